"""Several writers at once: the chain stays one chain."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection, transaction

from commondesk.core.record.draft import Draft
from commondesk.core.record.events import TicketResolved
from commondesk.ledger import store, verify
from tests.ledger.record import AGENT, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, TIMES = 4, 10


def together(work: Callable[[int], None]) -> list[BaseException]:
    """Let every writer begin at the same moment; returns what went wrong."""
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


def test_appends_of_several_writers_follow_one_another(company: UUID) -> None:
    def write(number: int) -> None:
        for _ in range(TIMES):
            with transaction.atomic():
                drafts = [Draft(each, MONDAY, AGENT, TicketResolved()) for each in ("all", "all")]
                drafts.append(Draft(f"own {number}", MONDAY, AGENT, TicketResolved()))
                store.append(company, drafts, learnt_at=MONDAY)

    assert together(write) == []
    report = verify.verify(company)
    assert report.is_sound
    assert report.entries == 3 * WRITERS * TIMES
    assert store.position_of(company, "all") == 2 * WRITERS * TIMES


def test_of_writers_who_saw_the_same_position_one_gets_through(company: UUID) -> None:
    def write(number: int) -> None:
        with transaction.atomic():
            draft = Draft("one", MONDAY, AGENT, TicketResolved())
            store.append(company, [draft], learnt_at=MONDAY, expected={"one": 0})

    failures = together(write)
    assert [type(failure) for failure in failures] == [store.StaleWrite] * (WRITERS - 1)
    assert store.position_of(company, "one") == 1


def test_verifying_while_others_append_finds_no_fault(company: UUID) -> None:
    def write_or_look(number: int) -> None:
        for _ in range(TIMES):
            if number == 0:
                assert verify.verify(company).faults == ()
            else:
                with transaction.atomic():
                    draft = Draft("one", MONDAY, AGENT, TicketResolved())
                    store.append(company, [draft], learnt_at=MONDAY)

    assert together(write_or_look) == []
    assert verify.verify(company).entries == (WRITERS - 1) * TIMES
