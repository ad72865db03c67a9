"""The page of a shift's end: what it lists, and a selection that is offered at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts import policy
from commondesk.accounts.models import Person
from commondesk.core.record.events import Priority
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.desk import actions, shift
from commondesk.ledger.now import instant_now
from tests.desk.cast import MONDAY, Cast, on

EVENING = on(10, "16:30")


def shown(cast: Cast, at: Instant = EVENING, **more: Any) -> shift.ShiftPage:
    viewer = policy.viewer_of(cast.agent, cast.company)
    assert viewer is not None
    wanted: dict[str, Any] = {"back": 8 * HOUR, "ahead": 8 * HOUR, "team": ""}
    return shift.shift_page(cast.company, viewer, at=at, **(wanted | more))


def reasons(page: shift.ShiftPage) -> dict[int, list[str]]:
    return {
        row.number: [why.text for why in row.reasons] for team in page.teams for row in team.rows
    }


def owned(cast: Cast, at: Instant = MONDAY, **more: Any) -> UUID:
    ticket = cast.open(at=at, **more)
    cast.does(cast.agent, ticket, actions.take, at)()
    return ticket


def number(cast: Cast, ticket: UUID) -> int:
    return cast.row(ticket).number


def prioritised(cast: Cast, ticket: UUID, priority: Priority) -> None:
    step = cast.does(cast.agent, ticket, actions.prioritise, MONDAY)
    step(priority=priority, reason="So it is.")


def test_what_the_next_shift_must_know(cast: Cast) -> None:
    pressing, offered, waiting, outside, quiet = (owned(cast) for _ in range(5))
    prioritised(cast, pressing, Priority.P1)
    for ticket in (pressing, offered, waiting, outside, quiet):
        cast.replies(ticket, MONDAY + HOUR)
    cast.does(cast.agent, offered, actions.offer_handover, EVENING - 20 * MINUTE)(team="L2")
    cast.does(cast.agent, waiting, actions.ask, EVENING - HOUR)(text="Which belt?")
    begin = cast.does(cast.agent, outside, actions.begin_vendor_leg, MONDAY + HOUR)
    begin(vendor="PrintCo", due_at=on(10, "20:00"))
    found = reasons(shown(cast))
    assert set(found) == {number(cast, each) for each in (pressing, offered, waiting, outside)}
    assert any("missed" in why for why in found[number(cast, pressing)])
    assert found[number(cast, offered)] == ["offered to Second line 20 min ago, not accepted"]
    assert found[number(cast, waiting)] == ["waits for the requester’s answer"]
    assert "PrintCo promises it for Mon 20:00" in found[number(cast, outside)]
    later = shown(cast, at=on(11, "08:00"))
    assert "PrintCo promised it for Mon 20:00" in reasons(later)[number(cast, outside)]


def test_a_pressing_ticket_stands_first_and_nobodys_is_told(cast: Cast) -> None:
    late, pressing = cast.open(), cast.open()
    prioritised(cast, pressing, Priority.P1)
    (team,) = shown(cast).teams
    assert [row.number for row in team.rows] == [number(cast, pressing), number(cast, late)]
    assert team.rows[0].owner == "Nobody"
    assert team.rows[0].reasons[0].text.startswith("nobody has it, for 7 h 30 min")


def test_what_the_last_shift_did(cast: Cast) -> None:
    old = cast.open(at=MONDAY - 3 * DAY)
    new = owned(cast)
    cast.replies(new, MONDAY + HOUR)
    cast.does(cast.agent, new, actions.resolve, EVENING)()
    page = shown(cast)
    assert [each.number for each in page.opened] == [number(cast, new)]
    assert [each.number for each in page.solved] == [number(cast, new)]
    assert number(cast, old) not in [each.number for each in page.opened]


def test_the_last_note_of_the_own_team_stands_beside_it(cast: Cast) -> None:
    ticket = cast.open()
    write = cast.does(cast.agent, ticket, actions.write_note, MONDAY)
    write(text="First thought.")
    write(text="Call the plant at six.")
    cast.does(cast.referent, ticket, actions.write_note, MONDAY)(text="Of the company alone.")
    (team,) = shown(cast).teams
    assert team.rows[0].note == "Call the plant at six."
    assert team.rows[0].note_by == "Ada Gent, Mon 09:00"


def test_one_team_alone(cast: Cast) -> None:
    first, second = cast.open(), cast.open()
    cast.does(cast.agent, second, actions.assign, MONDAY)(team="L2")
    assert [team.slug for team in shown(cast).teams] == ["L1", "L2"]
    only = shown(cast, team="L2").teams
    assert [row.number for team in only for row in team.rows] == [number(cast, second)]
    assert number(cast, first) not in reasons(shown(cast, team="L2"))


@pytest.mark.parametrize(
    ("text", "span"), [("4", 4), ("24", 24), ("9", 8), ("", 8), ("-4", 8), ("x", 8)]
)
def test_hours_of_an_address(text: str, span: int) -> None:
    assert shift.hours(text) == span * HOUR


# ---- on screen ----------------------------------------------------------------------------


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(cast: Cast) -> str:
    return reverse("desk:shift", args=[cast.company.prefix])


def test_who_may_open_it(cast: Cast) -> None:
    for person, status in (
        (cast.agent, 200),
        (cast.referent, 200),
        (cast.requester, 404),
        (cast.outsider, 404),
    ):
        assert signed_in(person).get(address(cast)).status_code == status
    page = signed_in(cast.agent).get(address(cast)).content.decode()
    assert "Nothing to hand over" in page


def chosen(cast: Cast, *tickets: UUID) -> list[str]:
    return [f"{row.number}:{row.position}" for row in map(cast.row, tickets)]


def test_a_selection_is_offered_each_by_itself(cast: Cast) -> None:
    at = instant_now() - HOUR
    good, offered, stale = owned(cast, at), owned(cast, at), owned(cast, at)
    picks = chosen(cast, good, offered, stale)
    cast.does(cast.agent, offered, actions.offer_handover, at)(team="L2")
    picks[1] = chosen(cast, offered)[0]
    cast.does(cast.agent, stale, actions.write_note, at)(text="Meanwhile.")
    given = {"ticket": [*picks, "999999:1", "x"], "to": "team:L2", "reason": "Night shift."}
    answer = signed_in(cast.agent).post(address(cast), given)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert cast.row(good).offered_to == "L2"
    assert cast.row(good).owner == cast.agent.uuid
    assert cast.row(stale).offered_to == ""
    assert "It is offered already" in page
    assert "It changed meanwhile" in page
    assert "There is no such ticket here." in page
    assert cast.names(offered).count("handover.offered") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": "team:L2"}, "Choose at least one ticket."),
        ({"ticket": ["T"], "to": ""}, "Say to whom"),
        ({"ticket": ["T"], "to": "team:other"}, "Say to whom"),
        ({"ticket": ["T"] * 201, "to": "team:L2"}, "at most 200"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(
    cast: Cast, given: dict[str, Any], said: str
) -> None:
    ticket = owned(cast, instant_now() - HOUR)
    (pick,) = chosen(cast, ticket)
    given = {
        name: [pick if x == "T" else x for x in value] if name == "ticket" else value
        for name, value in given.items()
    }
    answer = signed_in(cast.agent).post(address(cast), given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert cast.row(ticket).offered_to == ""


def test_a_stranger_offers_nothing(cast: Cast) -> None:
    ticket = owned(cast, instant_now() - HOUR)
    given = {"ticket": chosen(cast, ticket), "to": "team:L2"}
    for person in (cast.requester, cast.outsider):
        assert signed_in(person).post(address(cast), given).status_code == 404
    assert cast.row(ticket).offered_to == ""
