"""What time alone brings about, dated when it fell due, once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from commondesk.core.record import events as e
from commondesk.core.record.event import Event
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions, projections
from commondesk.desk.models import TicketRow
from commondesk.desk.sweep import sweep
from commondesk.governance import actions as governance
from commondesk.governance import charters
from tests.desk.cast import MONDAY, Cast, on


def misses(cast: Cast, ticket: UUID) -> list[tuple[str, int]]:
    return [
        (event.body.clock, event.happened_at)
        for event in cast.history(ticket)
        if isinstance(event.body, e.TargetMissed)
    ]


def last(cast: Cast, ticket: UUID) -> Event:
    return cast.history(ticket)[-1]


def test_a_miss_is_dated_at_the_due_instant_and_told_once(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    sweep(on(10, "13:00"))
    assert misses(cast, ticket) == []
    assert sweep(on(10, "13:30")) == 1
    assert misses(cast, ticket) == [("response", on(10, "13:00"))]
    event = last(cast, ticket)
    assert (event.learnt_at, event.actor.id) == (on(10, "13:30"), "sweep")
    row = cast.row(ticket)
    assert (row.due_state, row.due_clock, row.missed_at) == (
        "missed",
        "response",
        on(10, "13:00"),
    )
    assert sweep(on(10, "13:30")) == sweep(on(10, "14:00")) == 0
    assert misses(cast, ticket) == [("response", on(10, "13:00"))]


def test_a_late_sweep_tells_every_miss_in_order(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    sweep(on(20, "09:00"))
    assert misses(cast, ticket) == [
        ("response", on(10, "13:00")),
        ("resolution", on(12, "17:00")),
    ]


def test_a_reply_that_came_late_is_a_miss_even_if_the_sweep_comes_after_it(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "13:05"))
    sweep(on(10, "13:06"))
    assert misses(cast, ticket) == [("response", on(10, "13:00"))]
    assert cast.row(ticket).due_clock == "resolution"


def test_met_exactly_when_due_is_no_miss(cast: Cast) -> None:
    """S37."""
    ticket = cast.open()
    cast.replies(ticket, on(10, "13:00"))
    sweep(on(10, "14:00"))
    assert misses(cast, ticket) == []


def test_a_paused_clock_misses_nothing(cast: Cast) -> None:
    """S36, S15."""
    ticket = cast.open()
    key = cast.does(cast.agent, ticket, actions.ask, on(10, "10:00"))(text="Which belt?")
    actions.mark_delivered(
        cast.uuid, ticket, at=on(10, "10:00"), actor=cast.actor(cast.agent), message=key
    )
    sweep(on(31, "10:00"))
    assert misses(cast, ticket) == []
    assert cast.row(ticket).due_state == "paused"


def test_a_scheduled_wait_ends_at_its_date(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "10:00"))
    cast.does(cast.agent, ticket, actions.wait_on, on(10, "10:00"))(
        reason=e.WaitReason.SCHEDULED, until=on(12, "09:00"), is_requesters_date=True
    )
    assert sweep(on(12, "08:59")) == 0
    assert sweep(on(12, "09:20")) == 1
    event = last(cast, ticket)
    assert (event.name, event.happened_at) == ("wait.ended", on(12, "09:00"))
    row = cast.row(ticket)
    assert (row.status, row.due_state, row.due_at) == ("open", "running", on(14, "16:00"))


def test_what_falls_due_after_a_wait_that_ended_meanwhile(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "10:00"))
    cast.does(cast.agent, ticket, actions.wait_on, on(10, "10:00"))(
        reason=e.WaitReason.SCHEDULED, until=on(12, "09:00")
    )
    sweep(on(25, "09:00"))
    assert last(cast, ticket).name == "target.missed"
    assert misses(cast, ticket) == [("resolution", on(14, "16:00"))]


def test_an_unaccepted_handover_goes_to_the_receiving_sides_contact(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="L2")
    assert sweep(on(10, "09:29")) == 0
    assert sweep(on(10, "10:00")) == 1
    event = last(cast, ticket)
    assert (event.name, event.happened_at) == ("handover.lapsed", on(10, "09:30"))
    row = cast.row(ticket)
    assert (row.owner, row.accountable) == (cast.agent.uuid, cast.referent.uuid)
    assert row.offered_to == "L2"
    cast.does(cast.expert, ticket, actions.accept_handover, on(10, "11:00"))()
    assert cast.row(ticket).accountable == cast.expert.uuid


def test_a_ticket_that_nobody_takes_is_told_to_the_contact_once(cast: Cast) -> None:
    ticket = cast.open(at=on(7, "16:50"))
    assert sweep(on(10, "09:19")) == 0
    assert sweep(on(10, "09:20")) == 1
    event = last(cast, ticket)
    assert isinstance(event.body, e.EscalatedHierarchically)
    assert (event.body.contact, event.body.step) == (str(cast.referent.uuid), 0)
    assert event.happened_at == on(10, "09:20")
    sweep(on(10, "12:00"))
    assert cast.names(ticket).count("escalation.hierarchical") == 1


def test_the_charters_steps_call_somebody_at_a_share_of_a_target(cast: Cast) -> None:
    person = str(cast.referent.uuid)
    document = charters.template("help-desk-8x5")
    charters.charter_part(document)["escalation"] = [
        {"clock": "resolution", "percent": 50, "contact": person},
        {"clock": "response", "percent": 50, "contact": person},
    ]
    governance.draft_charter(
        cast.uuid, at=on(7, "09:00"), actor=cast.actor(cast.referent), document=document
    )
    ticket = cast.open()
    cast.replies(ticket, on(10, "09:30"))
    assert sweep(on(11, "12:59")) == 0
    assert sweep(on(11, "14:00")) == 2
    event = cast.history(ticket)[-2]
    assert isinstance(event.body, e.EscalatedHierarchically)
    assert (event.body.step, event.happened_at) == (1, on(11, "13:00"))
    assert (last(cast, ticket).name, last(cast, ticket).happened_at) == (
        "target.neared",
        on(11, "13:00"),
    )
    assert sweep(on(11, "15:00")) == 0
    assert projections.differences(cast.uuid) == []


def test_a_critical_ticket_waits_ten_minutes_at_most(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.prioritise, MONDAY)(spread=1, urgency=1)
    sweep(on(10, "09:10"))
    assert last(cast, ticket).happened_at == on(10, "09:10")


def test_a_resolved_ticket_closes_after_fourteen_days_of_wall_time(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "10:00"))
    cast.does(cast.agent, ticket, actions.resolve, on(10, "11:00"))()
    assert sweep(on(24, "10:59")) == 0
    assert sweep(on(26, "08:00")) == 1
    row = cast.row(ticket)
    assert (row.status, row.closed_at) == ("closed", on(24, "11:00"))
    assert row.resolved_at == on(10, "11:00")
    assert row.wakes_at is None


def test_a_miss_that_no_sweep_saw_is_told_before_the_closing(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "13:05"))
    seen = cast.row(ticket).position
    cast.does(cast.agent, ticket, actions.resolve, on(10, "13:06"))(expected=seen)
    cast.does(cast.requester, ticket, actions.close, on(10, "13:07"))(expected=seen + 1)
    assert misses(cast, ticket) == [("response", on(10, "13:00"))]
    assert cast.names(ticket)[-2:] == ["target.missed", "ticket.closed"]
    with pytest.raises(actions.NoSuchTicket):
        cast.does(cast.requester, UUID(int=3), actions.close, on(10, "13:07"))()


def test_a_closed_ticket_that_owes_an_answer_still_misses_it(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.resolve, on(10, "09:06"))()
    cast.does(cast.requester, ticket, actions.close, on(10, "09:07"))()
    assert sweep(on(10, "14:00")) == 1
    assert misses(cast, ticket) == [("response", on(10, "13:00"))]
    assert cast.row(ticket).due_state == "none"
    assert sweep(on(28, "14:00")) == 0


def test_nothing_falls_due_on_what_was_logged_after_the_fact(cast: Cast) -> None:
    """S22."""
    ticket = cast.open(
        actor=cast.actor(cast.agent),
        channel=e.Channel.PHONE,
        opening=e.Opening.AFTER_THE_FACT,
        happened_at=on(3, "10:00"),
    )
    sweep(on(10, "10:00"))
    assert misses(cast, ticket) == []


def test_ownerless_time_ends_with_the_first_reply(cast: Cast) -> None:
    """S34."""
    ticket = cast.open()
    cast.replies(ticket, on(10, "09:30"))
    assert cast.row(ticket).owner == cast.agent.uuid
    assert cast.names(ticket)[-2:] == ["ticket.taken", "message.delivered"]


def test_a_holiday_moves_only_what_is_still_ahead(cast: Cast) -> None:
    """S17."""
    finished, ahead = cast.open(at=on(3, "09:00")), cast.open(at=MONDAY)
    cast.replies(finished, on(3, "10:00"))
    cast.does(cast.agent, finished, actions.resolve, on(4, "10:00"))()
    cast.replies(ahead, on(10, "10:00"))
    before = cast.row(finished)
    assert cast.row(ahead).due_at == on(12, "17:00")
    enter(cast, on(10, "11:00"), date(2025, 3, 11), date(2025, 3, 3))
    assert cast.row(ahead).due_at == on(13, "17:00")
    event = last(cast, ahead)
    assert isinstance(event.body, e.DueMoved)
    assert (event.body.from_at, event.body.to_at) == (on(12, "17:00"), on(13, "17:00"))
    assert event.body.calendar == "office"
    after = cast.row(finished)
    assert (after.position, after.missed_at) == (before.position, None)
    assert projections.differences(cast.uuid) == []


def test_a_miss_stays_when_a_holiday_is_entered_afterwards(cast: Cast) -> None:
    """S35."""
    ticket = cast.open(at=on(6, "09:00"))
    cast.replies(ticket, on(6, "10:00"))
    sweep(on(11, "09:00"))
    before = misses(cast, ticket)
    enter(cast, on(11, "10:00"), date(2025, 3, 7))
    sweep(on(11, "11:00"))
    assert misses(cast, ticket) == before == [("resolution", on(10, "17:00"))]
    assert cast.row(ticket).due_state == "missed"


def test_a_new_charter_rules_tickets_opened_from_then_on(cast: Cast) -> None:
    """S24."""
    old = cast.open()
    sweep(on(10, "14:00"))
    old_charter = cast.row(old).charter
    document = charters.template("small-business")
    governance.draft_charter(
        cast.uuid, at=on(10, "15:00"), actor=cast.actor(cast.referent), document=document
    )
    governance.withdraw_charter(
        cast.uuid, at=on(10, "15:00"), actor=cast.actor(cast.referent), charter=old_charter
    )
    fresh = cast.open(at=on(10, "16:00"))
    row = cast.row(old)
    assert (row.charter, row.missed_at, row.due_state) == (
        old_charter,
        on(10, "13:00"),
        "missed",
    )
    assert cast.row(fresh).charter != old_charter
    assert cast.row(fresh).due_at == on(11, "16:00")
    sweep(on(13, "09:00"))
    assert ("resolution", on(12, "17:00")) in misses(cast, old)


def test_without_a_charter_nothing_is_promised(cast: Cast) -> None:
    charter = charters.charter_for(cast.uuid, MONDAY)
    assert charter is not None
    governance.withdraw_charter(
        cast.uuid, at=on(7, "09:00"), actor=cast.actor(cast.referent), charter=charter.uuid
    )
    ticket = cast.open()
    row = cast.row(ticket)
    assert (row.charter, row.due_state, row.priority) == ("", "none", "")
    assert sweep(MONDAY + 30 * DAY) == 0


def test_a_broken_ticket_does_not_keep_others_from_their_deadlines(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = cast.open(), cast.open(at=MONDAY + MINUTE)
    real = projections.parts_of

    def parts_of(company: UUID, history: projections.History) -> dict[str, projections.History]:
        if history[0].stream == str(broken):
            raise ValueError("broken")
        return real(company, history)

    monkeypatch.setattr(projections, "parts_of", parts_of)
    sweep(MONDAY + 8 * HOUR)
    assert misses(cast, broken) == []
    assert misses(cast, sound) == [("response", on(10, "13:01"))]
    assert "failed on ticket" in caplog.text


def test_the_sweep_reads_an_index_and_nothing_else_when_nothing_is_due(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    cast.open()
    assert TicketRow.objects.filter(wakes_at__isnull=False).exists()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert sweep(MONDAY) == 0


def enter(cast: Cast, at: int, *days: date) -> None:
    governance.enter_calendar(
        cast.uuid, at=at, actor=cast.actor(cast.referent), calendar="office", holidays=days
    )
