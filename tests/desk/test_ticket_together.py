"""Two agents, ten, fifty at one ticket: nobody writes over another, and the loser sees both."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from commondesk.core.record import events as e
from commondesk.core.record.instant import MINUTE
from commondesk.desk import actions, projections
from commondesk.ledger import verify
from commondesk.ledger.now import instant_now
from tests.desk.cast import MONDAY, Cast, make_cast
from tests.desk.pages import press, shown

TOGETHER = (2, 10, 50)


def together(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Let so many begin at the same moment; what went wrong."""
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", TOGETHER)
def test_of_many_who_saw_the_same_one_saves(count: int) -> None:
    cast = make_cast()
    ticket = cast.open()
    seen, before = cast.row(ticket).position, cast.names(ticket)
    actor = cast.actor(cast.agent)

    def saves(number: int) -> None:
        text, at = f"note {number}", MONDAY + MINUTE
        actions.write_note(cast.uuid, ticket, at=at, actor=actor, expected=seen, text=text)

    failures = together(count, saves)
    assert [type(each) for each in failures] == [actions.StaleWrite] * (count - 1)
    assert cast.names(ticket) == [*before, "note.written"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", TOGETHER)
def test_who_was_refused_looks_again_and_nothing_is_lost(count: int) -> None:
    cast = make_cast()
    ticket = cast.open()
    actor = cast.actor(cast.agent)
    refused = []

    def saves(number: int) -> None:
        while True:
            seen = len(cast.history(ticket))
            try:
                actions.write_note(
                    cast.uuid,
                    ticket,
                    at=MONDAY + MINUTE,
                    actor=actor,
                    expected=seen,
                    text=f"note {number}",
                )
                return
            except actions.StaleWrite:
                refused.append(number)
            finally:
                # As between two requests: there are fewer connections than people.
                connection.close()

    assert together(count, saves) == []
    notes = [each.text for each in cast.messages(ticket) if each.kind == "note"]
    assert sorted(notes) == sorted(f"note {number}" for number in range(count))
    positions = [event.position for event in cast.history(ticket)]
    assert positions == list(range(1, len(positions) + 1))
    assert verify.verify(cast.uuid).is_sound
    assert projections.differences(cast.uuid) == []


# ---- what the loser sees ------------------------------------------------------------------


def test_the_loser_sees_both_versions_and_may_send_anyway(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    seen = cast.row(ticket).position
    later = instant_now()
    cast.does(cast.expert, ticket, actions.take, later)()
    cast.does(cast.expert, ticket, actions.reply, later)(text="I have the part here.")
    given = {"to": "everyone", "written_for": "everyone", "text": "We send somebody."}
    answer = press(cast, cast.agent, ticket, "write", position=seen, **given)
    page = answer.content.decode()
    assert answer.status_code == 409
    theirs = page.index("What others did meanwhile")
    assert theirs < page.index("Ed Xpert took it.") < page.index("What you wanted")
    assert theirs < page.index("I have the part here.") < page.index("What you wanted")
    assert ">We send somebody.</textarea>" in page
    assert "We send somebody." in page[page.index("What you wanted") : page.index("</dl>")]
    now = cast.row(ticket).position
    assert f'name="position" value="{now}"' in page
    again = press(cast, cast.agent, ticket, "write", position=now, **given)
    assert again.status_code == 302
    assert [each.text for each in cast.messages(ticket)][-1] == "We send somebody."


def test_a_requester_whose_answer_comes_late_sees_both_versions(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    seen, later = cast.row(ticket).position, instant_now()
    cast.does(cast.expert, ticket, actions.take, later)()
    cast.does(cast.expert, ticket, actions.write_note, later)(text="canary of the desk")
    cast.does(cast.expert, ticket, actions.resolve, later)(text="The belt is new, it runs.")
    given = {"text": "It smells burnt, too."}
    answer = press(cast, cast.requester, ticket, "answer", position=seen, **given)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This ticket changed while you wrote." in page
    theirs, mine = page.index("What others did meanwhile"), page.index("What you wanted")
    assert theirs < page.index("The belt is new, it runs.") < mine
    assert "It smells burnt, too." in page[mine : page.index("</dl>", mine)]
    assert "It smells burnt, too.</textarea>" in page and 'href="#answer"' in page
    assert "canary" not in page
    assert cast.row(ticket).status == "resolved"
    now = cast.row(ticket).position
    assert f'name="position" value="{now}"' in page
    again = press(cast, cast.requester, ticket, "answer", position=now, **given)
    assert again.status_code == 302
    assert cast.messages(ticket)[-1].text == "It smells burnt, too."
    assert cast.row(ticket).status == "open"


def test_a_requesters_answer_is_not_held_up_by_what_they_may_not_read(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    seen = cast.row(ticket).position
    cast.does(cast.agent, ticket, actions.write_note, instant_now())(text="canary of the desk")
    given = {"text": "It smells burnt, too.", "position": seen}
    assert press(cast, cast.requester, ticket, "answer", **given).status_code == 302
    assert cast.messages(ticket)[-1].text == "It smells burnt, too."


def test_what_the_loser_may_not_read_stays_hidden_in_both_versions(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    seen = cast.row(ticket).position
    note = cast.does(cast.agent, ticket, actions.write_note, instant_now())
    note(text="canary of the provider", audience=e.Audience.OWN_TEAM)
    answer = press(cast, cast.referent, ticket, "take", position=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "canary" not in page
    assert "Nothing that you may read." in page


def test_a_step_with_a_form_is_told_in_words(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    seen = cast.row(ticket).position
    cast.does(cast.expert, ticket, actions.take, instant_now())()
    given = {"spread": 2, "urgency": 1, "position": seen}
    page = press(cast, cast.agent, ticket, "prioritise", **given).content.decode()
    mine = page[page.index("What you wanted") :]
    assert "a site" in mine and "stopped" in mine
    assert cast.ticket(ticket).is_priority_provisional == cast.row(ticket).is_priority_provisional
    assert cast.names(ticket).count("ticket.prioritised") == 0


def test_an_open_page_is_not_stale_by_what_machines_add(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    cast.replies(ticket, instant_now())
    seen = cast.row(ticket).position
    assert f'name="position" value="{seen}"' in shown(cast, cast.agent, ticket)
