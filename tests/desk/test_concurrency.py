"""Several at the desk at once: numbers, owners, misses and the rows stay right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection

from commondesk.accounts import directory
from commondesk.core.record import events as e
from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.desk import actions, projections
from commondesk.desk.models import TicketRow
from commondesk.desk.sweep import sweep
from commondesk.ledger import store, verify
from tests.desk.cast import MONDAY, Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, TIMES = 4, 5


def together(work: Callable[[int], None]) -> list[BaseException]:
    """Let every writer begin at the same moment; what went wrong."""
    failures: list[BaseException] = []
    start = threading.Barrier(WRITERS)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_strangers_who_write_at_once_get_numbers_of_their_own(cast: Cast) -> None:
    def mails(number: int) -> None:
        for time in range(TIMES):
            person = directory.person_for_address(
                cast.uuid, f"new{time}@acme.example", f"New {number}", at=MONDAY
            )
            cast.open(requester=person.uuid)

    assert together(mails) == []
    numbers = sorted(TicketRow.objects.values_list("number", flat=True))
    assert numbers == list(range(1001, 1001 + WRITERS * TIMES))
    assert TicketRow.objects.values("requester").distinct().count() == TIMES
    assert verify.verify(cast.uuid).is_sound
    assert projections.differences(cast.uuid) == []


def test_one_of_many_takes_it(cast: Cast) -> None:
    ticket = cast.open()
    seen = cast.row(ticket).position
    actor = cast.actor(cast.agent)

    def takes(number: int) -> None:
        actions.take(cast.uuid, ticket, at=MONDAY + MINUTE, actor=actor, expected=seen)

    failures = together(takes)
    assert [type(failure) for failure in failures] == [store.StaleWrite] * (WRITERS - 1)
    assert cast.names(ticket).count("ticket.taken") == 1


def test_merging_both_ways_at_once_ends(cast: Cast) -> None:
    pair = [cast.open(), cast.open()]
    actor = cast.actor(cast.agent)

    def merges(number: int) -> None:
        one, other = pair[number % 2], pair[1 - number % 2]
        actions.merge(cast.uuid, one, at=MONDAY + MINUTE, actor=actor, into=other)

    failures = together(merges)
    assert {type(failure) for failure in failures} == {actions.IllegalStep}
    assert len(failures) == WRITERS - 1
    assert sorted(TicketRow.objects.values_list("status", flat=True)) == ["merged", "open"]


def test_many_sweeps_tell_a_miss_once(cast: Cast) -> None:
    tickets = [cast.open() for _ in range(TIMES)]
    assert together(lambda _: drop(sweep(MONDAY + 8 * HOUR))) == []
    for ticket in tickets:
        assert misses(cast, ticket) == 1


def drop(_: int) -> None:
    pass


def misses(cast: Cast, ticket: UUID) -> int:
    return sum(isinstance(event.body, e.TargetMissed) for event in cast.history(ticket))
