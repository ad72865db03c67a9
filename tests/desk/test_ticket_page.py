"""The page of a ticket: what it shows of charter, calendar, hands, vendors and restoring."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commondesk.accounts import policy
from commondesk.accounts.models import Person
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions, ticket_queries, wording
from commondesk.desk.clock_words import ClockWords
from commondesk.desk.ticket_queries import TicketPage
from commondesk.governance import actions as governance
from commondesk.governance import charters, entering
from commondesk.ledger.now import instant_now
from tests.accounts.sides import make_sides
from tests.desk.cast import OUTBOX, Cast, on
from tests.desk.pages import address, press, shown, signed_in

FEW = 15
"""Statements for a whole page: session, rights and frame among them."""


def page_at(cast: Cast, ticket: UUID, at: int, person: Person | None = None) -> TicketPage:
    viewer = policy.viewer_of(person or cast.agent, cast.company)
    assert viewer is not None
    return ticket_queries.ticket_page(cast.company, viewer, cast.row(ticket), at)


# ---- how much it asks ---------------------------------------------------------------------


def statements(cast: Cast, ticket: UUID) -> int:
    client, where = signed_in(cast.agent), address(cast, ticket)
    assert client.get(where).status_code == 200
    with CaptureQueriesContext(connection) as told:
        assert client.get(where).status_code == 200
    return len(told)


def test_a_long_ticket_asks_no_more_than_a_short_one(cast: Cast) -> None:
    begun = instant_now() - DAY
    short, long = cast.open(begun), cast.open(begun)
    for each in range(20):
        cast.replies(long, begun + each * HOUR + MINUTE)
        cast.writes(long, begun + each * HOUR + 30 * MINUTE)
    assert len(cast.messages(long)) == 41
    few = statements(cast, short)
    assert statements(cast, long) <= few + 1
    assert few <= FEW


def test_how_it_was_counted_comes_when_it_is_asked_for(cast: Cast) -> None:
    ticket = cast.open(instant_now() - HOUR)
    page = shown(cast, cast.agent, ticket)
    assert "restart-on-reopen" not in page and "counted/" in page
    alone = shown(cast, cast.agent, ticket, "counted/")
    assert "were counted</span></h1>" in alone and "restart-on-reopen" in alone
    part = signed_in(cast.agent).get(
        address(cast, ticket, "counted/"), headers={"HX-Request": "true"}
    )
    assert part.content.decode().strip().startswith('<div class="stack">')
    assert signed_in(cast.requester).get(address(cast, ticket, "counted/")).status_code == 404


# ---- charter and calendar (S17, S24, S35) --------------------------------------------------


def enter(cast: Cast, at: int, *days: date) -> None:
    actor = cast.actor(cast.referent)
    governance.enter_calendar(cast.uuid, at=at, actor=actor, calendar="office", holidays=days)


def told(page: TicketPage) -> dict[str, ClockWords]:
    return {one.title: one for one in page.clocks}


def test_a_late_holiday_moves_what_is_ahead_and_says_so(cast: Cast) -> None:
    """S17: dues ahead move with an event; what is finished keeps its calendar version."""
    ended = cast.open(on(3, "09:00"))
    cast.replies(ended, on(3, "09:20"))
    cast.does(cast.agent, ended, actions.resolve, on(4, "10:00"))(text="It runs.")
    ticket = cast.open(on(10, "09:00"))
    cast.replies(ticket, on(10, "09:20"))
    before = told(page_at(cast, ended, on(10, "11:00")))["Resolution"]
    enter(cast, on(10, "12:00"), date(2025, 3, 11), date(2025, 3, 3))
    page = page_at(cast, ticket, on(10, "13:00"))
    lines = [entry.line.text for entry in page.entries if entry.line]
    moved = "The resolution is due Thu 17:00 instead of Wed 17:00: the calendar changed."
    assert moved in lines
    assert told(page)["Resolution"].due_at == on(13, "17:00")
    first = told(page)["First response"]
    assert first.text == "met in 20 min"
    assert first.lines[-1].startswith("Judged by calendar version ")
    assert first.lines[-1].endswith("what was entered Mon 12:00 changes nothing.")
    assert not any("Judged" in line for line in told(page)["Resolution"].lines)
    after = told(page_at(cast, ended, on(10, "13:00")))["Resolution"]
    assert (after.text, after.due_at) == ("met in 9 h", before.due_at)
    assert "the calendar changed" not in shown(cast, cast.agent, ended)
    assert "changes nothing." in shown(cast, cast.agent, ended)
    now, zone = instant_now(), ZoneInfo(cast.company.zone)
    due, was = (wording.instant_words(on(day, "17:00"), zone, now) for day in (13, 12))
    assert f"The resolution is due {due} instead of {was}" in shown(cast, cast.agent, ticket)
    assert f"It was promised for {due}" in shown(cast, cast.requester, ticket)


def test_a_holiday_after_its_day_is_flagged_and_changes_no_verdict(cast: Cast) -> None:
    """S35: missed on Friday stays missed, and says that the holiday was entered afterwards."""
    ticket = cast.open(on(3, "09:00"))
    enter(cast, on(10, "09:00"), date(2025, 3, 5))
    page = page_at(cast, ticket, on(10, "10:00"))
    resolution = told(page)["Resolution"]
    assert resolution.verdict == "missed"
    assert "holiday entered afterwards" in resolution.tags
    assert "holiday entered afterwards" in shown(cast, cast.agent, ticket)


def test_a_ticket_keeps_the_charter_of_its_opening(cast: Cast) -> None:
    """S24: a new version, or a withdrawal, rules tickets opened from then on."""
    old = cast.open(on(10, "09:00"))
    version = charters.charter_for(cast.uuid, on(10, "09:00"))
    assert version is not None
    governance.draft_charter(
        cast.uuid,
        at=on(10, "10:00"),
        actor=cast.actor(cast.referent),
        document=charters.document_of(version),
    )
    new = cast.open(on(10, "11:00"))
    assert page_at(cast, old, on(10, "12:00")).terms[0].startswith("Under the charter, version 1")
    assert page_at(cast, new, on(10, "12:00")).terms[0].startswith("Under the charter, version 2")
    assert "version 2, unsigned draft." in shown(cast, cast.agent, new)


@pytest.mark.parametrize(
    ("priorities", "flag"),
    [
        (((4, 3), (1, 1)), "used up when raised"),
        (((1, 1), (4, 4)), "lowered after the miss"),
    ],
)
def test_what_a_change_of_priority_left_is_told(
    cast: Cast, priorities: tuple[tuple[int, int], ...], flag: str
) -> None:
    ticket = cast.open(on(10, "09:00"))
    for at, (spread, urgency) in zip((on(10, "09:01"), on(12, "16:00")), priorities, strict=True):
        step = cast.does(cast.agent, ticket, actions.prioritise, at)
        step(spread=spread, urgency=urgency)
    tags = [tag for one in page_at(cast, ticket, on(12, "16:30")).clocks for tag in one.tags]
    assert flag in tags


# ---- restoring ----------------------------------------------------------------------------


def test_restoring_is_asked_for_while_it_matters(cast: Cast) -> None:
    ticket = cast.open(instant_now() - HOUR)
    ask = "Does the service work again?"
    assert ask not in shown(cast, cast.agent, ticket)
    press(cast, cast.agent, ticket, "prioritise", spread=1, urgency=1)
    assert ask in shown(cast, cast.agent, ticket)
    assert ask not in shown(cast, cast.requester, ticket)
    assert press(cast, cast.agent, ticket, "restore", is_workaround="on").status_code == 302
    page = shown(cast, cast.agent, ticket)
    assert ask not in page
    assert "said the service works again, by a workaround" in page


# ---- what it is about ---------------------------------------------------------------------


def test_what_it_is_about_is_chosen_from_the_catalogue(cast: Cast) -> None:
    actor, at = cast.actor(cast.referent), instant_now() - DAY
    site = {"kind": CatalogueKind.SITE, "key": "hall-2", "title": "Hall two", "criticality": 1}
    entering.enter(cast.uuid, at=at, actor=actor, **site)  # type: ignore[arg-type]
    item = {"kind": CatalogueKind.ITEM, "key": "press-4", "title": "Press 4", "site": "hall-2"}
    entering.enter(cast.uuid, at=at, actor=actor, **item)  # type: ignore[arg-type]
    ticket = cast.open(instant_now() - HOUR)
    form = shown(cast, cast.agent, ticket, "about/")
    assert '<option value="press-4">Press 4</option>' in form
    refused = press(cast, cast.agent, ticket, "classify", kind="alert", item="no such thing")
    assert refused.status_code == 422
    assert "Choose one of the list." in refused.content.decode()
    assert (
        press(cast, cast.agent, ticket, "classify", kind="alert", item="press-4").status_code == 302
    )
    row = cast.row(ticket)
    assert (row.kind, row.item, row.site) == ("alert", "press-4", "hall-2")
    page = shown(cast, cast.agent, ticket)
    assert "Hall two" in page and "alert: told by a machine" in page
    press(cast, cast.agent, ticket, "prioritise", spread=4, urgency=1)
    critical = cast.row(ticket).impact
    assert press(cast, cast.agent, ticket, "classify", kind="alert").status_code == 302
    press(cast, cast.agent, ticket, "prioritise", spread=4, urgency=1)
    assert critical < cast.row(ticket).impact


def test_what_is_known_no_more_may_stay(cast: Cast) -> None:
    ticket = cast.open(instant_now() - HOUR, site="old hall")
    entering.enter(
        cast.uuid,
        at=instant_now() - MINUTE,
        actor=cast.actor(cast.referent),
        kind=CatalogueKind.SITE,
        key="hall-2",
        title="Hall two",
    )
    given = {"kind": "request", "site": "old hall"}
    assert press(cast, cast.agent, ticket, "classify", **given).status_code == 302
    assert cast.row(ticket).site == "old hall"


# ---- hands --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_with_several_providers_the_legs_carry_their_names() -> None:
    sides = make_sides()
    cast = sides.cast
    ticket = cast.open(on(10, "09:00"))
    cast.does(sides.agent, ticket, actions.take, on(10, "10:00"))()
    cast.does(sides.agent, ticket, actions.offer_handover, on(10, "11:00"))(team="others")
    cast.does(sides.stranger, ticket, actions.accept_handover, on(10, "12:00"))()
    legs = page_at(cast, ticket, on(10, "14:00"), cast.referent).legs
    assert legs is not None
    assert {one.hands: one.work // HOUR for one in legs.sums} == {
        "Nobody": 1,
        "L1, Helpers": 2,
        "L1, Others": 2,
    }
    assert "L1, Helpers" in shown(cast, cast.referent, ticket)


def test_a_vendors_leg_is_told_in_words_and_never_to_the_requester(cast: Cast) -> None:
    now = instant_now()
    ticket = cast.open(now - 2 * DAY)
    cast.does(cast.agent, ticket, actions.take, now - 2 * DAY + MINUTE)()
    cast.does(cast.agent, ticket, actions.begin_vendor_leg, now - 30 * HOUR)(
        vendor="Müller", reference="M-1", due_at=now - 3 * HOUR - MINUTE
    )
    (wait,) = page_at(cast, ticket, now).waits
    assert wait.text.startswith("With Müller, their number M-1, since ")
    assert "30 h, promised for " in wait.text and wait.text.endswith(": 3 h 01 min late")
    assert wait.is_late and not wait.has_contact
    assert "Müller" in shown(cast, cast.agent, ticket)
    assert "Müller" not in shown(cast, cast.requester, ticket)
    leg = cast.ticket(ticket).vendor_legs[0].id
    given = {"leg": leg, "reference": "M-2"}
    assert press(cast, cast.agent, ticket, "vendor-change", **given).status_code == 302
    assert "their number M-2" in shown(cast, cast.agent, ticket)


def test_the_first_human_response_is_tagged(cast: Cast) -> None:
    now = instant_now()
    ticket = cast.open(now - HOUR)
    key = cast.does(cast.agent, ticket, actions.reply, now - 40 * MINUTE)(text="We look.")
    actions.mark_delivered(cast.uuid, ticket, at=now - 40 * MINUTE, actor=OUTBOX, message=str(key))
    assert "first human response, 20 min on the wall" in shown(cast, cast.agent, ticket)


def test_a_requesters_refused_step_shows_their_page_again(cast: Cast) -> None:
    ticket = cast.open(instant_now() - HOUR)
    for verb, given in (("rate", {"score": 7}), ("reopen", {}), ("answer", {"text": " "})):
        answer = press(cast, cast.requester, ticket, verb, **given)
        assert answer.status_code == 422, verb
        assert "Write to the desk" in answer.content.decode()
