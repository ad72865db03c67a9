"""Who is mailed about what happened on a ticket: once each, at the right time, and never much."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commondesk.accounts import directory
from commondesk.accounts.models import Membership, Person, Team
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import HOUR, MINUTE, Instant
from commondesk.desk import actions, notices, notify, projections, suppression
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.desk.sweep import sweep
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.ledger.store import Recorded
from tests.desk.cast import FOUNDED, MONDAY, Cast, on

MACHINE = Actor("test", Side.MACHINE)


class Told:
    """The notices that were queued, as (template, name of the person), and what they said."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []
        self.values: list[dict[str, str]] = []
        self.mails: list[OutgoingMail] = []

    def take(self) -> list[tuple[str, str]]:
        """What was told since the last time."""
        taken, self.all = self.all, []
        return taken


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    told, queue = Told(), notify.queue_notice

    def queue_notice(
        company: UUID, row: TicketRow, person: Person, template: str, **more: Any
    ) -> OutgoingMail | None:
        mail = queue(company, row, person, template, **more)
        assert mail is not None
        told.all.append((template, person.title))
        told.values.append(dict(more["values"]))
        told.mails.append(mail)
        return mail

    monkeypatch.setattr(notify, "queue_notice", queue_notice)
    yield told
    kinds = OutgoingMail.objects.filter(kind=OutgoingMail.Kind.NOTICE)
    assert kinds.count() == len(told.mails)


def message_of(mail: OutgoingMail) -> str:
    """The text of a mail."""
    read = message_from_bytes(bytes(mail.content), policy=policy.default)
    part = read.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def taken(cast: Cast, at: Instant = MONDAY, **more: Any) -> UUID:
    """A ticket that the agent owns."""
    ticket = cast.open(at=at, **more)
    cast.does(cast.agent, ticket, actions.take, at)()
    return ticket


# ---- hands --------------------------------------------------------------------------------


def test_a_new_ticket_tells_nobody_and_costs_nothing(cast: Cast, told: Told) -> None:
    ticket = cast.open()
    assert told.all == []
    events = [Recorded(0, event) for event in cast.history(ticket)]
    row = cast.row(ticket)
    with CaptureQueriesContext(connection) as made:
        notices.after(cast.uuid, row, events, MONDAY)
    assert len(made) == 0


def test_whoever_is_assigned_is_told_by_whom(cast: Cast, told: Told) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.assign, MONDAY)(team="L2", person=cast.expert.uuid)
    assert told.take() == [("assigned", "Ed Xpert")]
    assert told.values[-1]["person"] == "Ada Gent"
    page = f"/c/{cast.company.prefix}/tickets/{cast.row(ticket).number}/"
    assert page in message_of(told.mails[-1])
    assert told.mails[-1].envelope_to == ["ed@helpers.example"]


def test_nobody_is_told_of_what_they_did_themselves(cast: Cast, told: Told) -> None:
    ticket = cast.open()
    cast.does(cast.expert, ticket, actions.assign, MONDAY)(team="L2", person=cast.expert.uuid)
    cast.does(cast.expert, ticket, actions.take, MONDAY)()
    assert told.all == []


def test_a_team_without_a_person_is_not_told_of_an_assignment(cast: Cast, told: Told) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.assign, MONDAY)(team="L2")
    assert told.all == []


def contact_of(cast: Cast, team: str, person: Person) -> None:
    Team.objects.filter(company=cast.company, slug=team).update(contact=person)


@pytest.mark.parametrize("priority", list(e.Priority))
def test_a_pressing_ticket_that_nobody_owns_is_told_to_the_contact(
    cast: Cast, told: Told, priority: e.Priority
) -> None:
    contact_of(cast, "L1", cast.expert)
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.prioritise, MONDAY)(**_priority(priority))
    is_pressing = priority in (e.Priority.P1, e.Priority.P2)
    assert told.take() == ([("assigned_team", "Ed Xpert")] if is_pressing else [])
    owned = taken(cast)
    cast.does(cast.agent, owned, actions.prioritise, MONDAY)(**_priority(priority))
    assert told.all == []


def _priority(priority: e.Priority) -> dict[str, Any]:
    return {"priority": priority, "reason": "So it is."}


def test_a_handover_is_told_to_the_person_or_to_the_teams_contact(cast: Cast, told: Told) -> None:
    contact_of(cast, "L2", cast.referent)
    ticket = taken(cast)
    offer = cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)
    offer(person=cast.expert.uuid)
    assert told.take() == [("handover_offered", "Ed Xpert")]
    cast.does(cast.agent, ticket, actions.take_back_handover, MONDAY)()
    offer(team="L2")
    assert told.take() == [("handover_offered", "Rita Ferent")]
    assert told.values[-1]["team"] == Team.objects.get(company=cast.company, slug="L2").title


def test_a_call_for_more_skill_is_told_once(cast: Cast, told: Told) -> None:
    contact_of(cast, "L2", cast.expert)
    ticket = taken(cast)
    call = cast.does(cast.agent, ticket, actions.escalate_functionally, MONDAY)
    call(team="L2", reason="Deeper.")
    assert told.take() == [("handover_offered", "Ed Xpert")]


def test_a_handover_that_lapsed_is_told_to_the_contact(cast: Cast, told: Told) -> None:
    contact_of(cast, "L2", cast.referent)
    ticket = taken(cast)
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(person=cast.expert.uuid)
    told.take()
    sweep(on(10, "09:31"))
    assert told.take() == [("handover_lapsed", "Rita Ferent")]
    sweep(on(10, "09:40"))
    assert told.all == []


def test_a_call_for_more_authority_is_told_to_whom_it_names(cast: Cast, told: Told) -> None:
    ticket = taken(cast)
    cast.does(cast.agent, ticket, actions.escalate_hierarchically, MONDAY)(
        contact=cast.referent.uuid
    )
    assert told.take() == [("escalated", "Rita Ferent")]


def test_a_ticket_that_nobody_took_is_told_to_the_contact(cast: Cast, told: Told) -> None:
    contact_of(cast, "L1", cast.expert)
    cast.open()
    sweep(on(10, "09:31"))
    assert told.take() == [("escalated", "Ed Xpert")]


# ---- answers ------------------------------------------------------------------------------


def test_the_owner_is_told_of_an_answer(cast: Cast, told: Told) -> None:
    ticket = taken(cast)
    cast.writes(ticket, on(10, "09:20"))
    assert told.take() == [("answered", "Ada Gent")]
    assert told.values[-1]["person"] == "Paul Press"


def test_automatic_words_and_tickets_without_owner_tell_nobody(cast: Cast, told: Told) -> None:
    cast.writes(taken(cast), on(10, "09:20"), is_automatic=True)
    cast.writes(cast.open(), on(10, "09:20"))
    assert told.all == []


def test_an_owner_who_asked_themselves_is_not_told_of_their_own_words(
    cast: Cast, told: Told
) -> None:
    ticket = cast.open(requester=cast.agent.uuid, actor=cast.actor(cast.agent))
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    owner = Actor(str(cast.agent.uuid), Side.REQUESTER)
    actions.receive_message(cast.uuid, ticket, at=on(10, "09:20"), actor=owner, text="And this.")
    assert told.all == []


def test_answers_one_after_the_other_are_folded(cast: Cast, told: Told) -> None:
    ticket, other = taken(cast), taken(cast)
    first = on(10, "09:20")
    for after in (0, 50, 119):
        cast.writes(ticket, first + after * 1_000_000)
    assert told.take() == [("answered", "Ada Gent")]
    cast.writes(other, first + MINUTE)
    assert told.take() == [("answered", "Ada Gent")]
    # Two minutes after the last notice, not after the last answer.
    cast.writes(ticket, first + 2 * MINUTE)
    assert told.take() == [("answered", "Ada Gent")]
    cast.writes(ticket, first + 3 * MINUTE)
    assert told.all == []


def test_an_answer_is_folded_only_into_notices_of_answers(cast: Cast, told: Told) -> None:
    ticket = cast.open()
    cast.does(cast.expert, ticket, actions.assign, on(10, "09:10"))(
        team="L1", person=cast.agent.uuid
    )
    cast.does(cast.agent, ticket, actions.take, on(10, "09:10"))()
    cast.writes(ticket, on(10, "09:11"))
    assert told.take() == [("assigned", "Ada Gent"), ("answered", "Ada Gent")]


# ---- targets ------------------------------------------------------------------------------


def nearings(cast: Cast, ticket: UUID) -> list[tuple[str, int, Instant]]:
    return [
        (event.body.clock, event.body.share, event.happened_at)
        for event in cast.history(ticket)
        if isinstance(event.body, e.TargetNeared)
    ]


def test_the_owner_is_told_at_each_share_and_once_of_the_miss(cast: Cast, told: Told) -> None:
    """A first answer within four hours: 50, 75 and 90 % by 11:00, 12:00 and 12:36."""
    ticket = taken(cast)
    at = on(10, "09:01")
    while at < on(10, "14:00"):
        sweep(at)
        sweep(at)
        at += MINUTE
    assert nearings(cast, ticket) == [
        ("response", 50, on(10, "11:00")),
        ("response", 75, on(10, "12:00")),
        ("response", 90, on(10, "12:36")),
    ]
    assert told.take() == [("neared", "Ada Gent")] * 3 + [("missed", "Ada Gent")]
    assert [values["share"] for values in told.values[:3]] == ["50", "75", "90"]
    assert {values["clock"] for values in told.values} == {"response"}
    made = [mail.created_at for mail in told.mails]
    assert made == [on(10, "11:00"), on(10, "12:00"), on(10, "12:36"), on(10, "13:01")]
    assert [mail.next_attempt_at for mail in told.mails] == made
    assert projections.differences(cast.uuid) == []


def test_the_row_wakes_at_the_next_share(cast: Cast, told: Told) -> None:
    ticket = taken(cast)
    assert cast.row(ticket).wakes_at == on(10, "11:00")
    sweep(on(10, "11:00"))
    assert cast.row(ticket).wakes_at == on(10, "12:00")
    cast.replies(ticket, on(10, "11:30"))
    # Three days of eight hours for a solution: half of them by Tuesday, 13:00.
    assert cast.row(ticket).wakes_at == on(11, "13:00")


def test_a_late_sweep_records_every_share_and_tells_the_highest(cast: Cast, told: Told) -> None:
    ticket = taken(cast)
    sweep(on(10, "12:40"))
    assert [(share, at) for _, share, at in nearings(cast, ticket)] == [
        (50, on(10, "11:00")),
        (75, on(10, "12:00")),
        (90, on(10, "12:36")),
    ]
    assert told.take() == [("neared", "Ada Gent")]
    assert told.values[-1]["share"] == "90"


def test_a_sweep_after_the_due_instant_tells_only_that_it_is_missed(cast: Cast, told: Told) -> None:
    ticket = taken(cast)
    sweep(on(10, "14:00"))
    assert len(nearings(cast, ticket)) == 3
    assert told.take() == [("missed", "Ada Gent")]


def test_without_an_owner_the_contact_is_told(cast: Cast, told: Told) -> None:
    contact_of(cast, "L1", cast.expert)
    cast.open()
    sweep(on(10, "09:31"))
    told.take()
    sweep(on(10, "11:00"))
    assert told.take() == [("neared", "Ed Xpert")]


def test_a_miss_is_told_to_whoever_is_accountable_and_to_the_owner(cast: Cast, told: Told) -> None:
    contact_of(cast, "L2", cast.referent)
    ticket = taken(cast)
    cast.does(cast.agent, ticket, actions.offer_handover, on(10, "12:00"))(team="L2")
    sweep(on(10, "12:50"))
    told.take()
    assert cast.row(ticket).accountable == cast.referent.uuid
    sweep(on(10, "13:10"))
    assert sorted(told.take()) == [("missed", "Ada Gent"), ("missed", "Rita Ferent")]


def test_what_falls_due_outside_hours_is_told_when_they_begin(cast: Cast, told: Told) -> None:
    taken(cast)
    sweep(on(10, "20:00"))
    assert told.take() == [("missed", "Ada Gent")]
    assert told.mails[-1].next_attempt_at == on(11, "09:00")


def test_around_the_clock_nothing_waits_for_the_morning(cast: Cast, told: Told) -> None:
    always = charters.template("help-desk-8x5")
    part, calendars = charters.charter_part(always), always["calendars"]
    assert isinstance(calendars, dict)
    part["targets"] = [{"response": "1h", "resolution": "8h", "calendar": "always"}]
    calendars["always"] = {"zone": "UTC", "week": {"mon-sun": "24h"}}
    governance.draft_charter(
        cast.uuid, at=on(7, "09:00"), actor=cast.actor(cast.referent), document=always
    )
    ticket = taken(cast, at=on(10, "22:00"))
    sweep(on(10, "22:30"))
    assert [share for _, share, _ in nearings(cast, ticket)] == [50]
    assert told.take() == [("neared", "Ada Gent")]
    assert told.mails[-1].next_attempt_at == on(10, "22:30")


def test_what_is_done_is_not_warned_of(cast: Cast, told: Told) -> None:
    resolved, waiting = taken(cast), taken(cast)
    cast.does(cast.agent, resolved, actions.resolve, on(10, "10:00"))(text="It runs.")
    key = cast.does(cast.agent, waiting, actions.ask, on(10, "10:00"))(text="Which belt?")
    actions.mark_delivered(
        cast.uuid, waiting, at=on(10, "10:00"), actor=cast.actor(cast.agent), message=key
    )
    merged = taken(cast)
    cast.does(cast.agent, merged, actions.merge, on(10, "10:00"))(into=waiting)
    sweep(on(20, "10:00"))
    assert nearings(cast, resolved) == nearings(cast, merged) == []
    assert [each for each in told.all if each[0] == "neared"] == []


def test_a_ticket_that_was_merged_and_separated_has_its_own_clocks(cast: Cast, told: Told) -> None:
    early, late = taken(cast), taken(cast, at=on(10, "10:00"))
    merge = cast.does(cast.agent, early, actions.merge, on(10, "10:10"))
    merge(into=late)
    assert cast.row(late).due_at == on(10, "13:00")
    cast.does(cast.agent, early, actions.undo_merge, on(10, "10:20"))()
    assert cast.row(late).due_at == on(10, "14:00")
    assert cast.row(early).due_at == on(10, "13:00")
    sweep(on(10, "11:05"))
    assert nearings(cast, late) == []
    assert nearings(cast, early) == [("response", 50, on(10, "11:00"))]


# ---- people whom no notice reaches ----------------------------------------------------------


def leaves(cast: Cast) -> None:
    Membership.objects.filter(company=cast.company, person=cast.agent).update(is_active=False)


def is_switched_off(cast: Cast) -> None:
    Person.objects.filter(pk=cast.agent.pk).update(is_active=False)


def loses_address(cast: Cast) -> None:
    Person.objects.filter(pk=cast.agent.pk).update(address=None)


def becomes_requester(cast: Cast) -> None:
    Membership.objects.filter(company=cast.company, person=cast.agent).update(
        roles=["requester"], side="requester"
    )


def is_suppressed(cast: Cast) -> None:
    suppression.suppress(
        cast.uuid, "ada@helpers.example", "5.1.1", at=MONDAY, actor=MACHINE, person=None
    )


@pytest.mark.parametrize(
    "change", [leaves, is_switched_off, loses_address, becomes_requester, is_suppressed]
)
def test_whom_mail_cannot_or_may_not_reach_gets_none(cast: Cast, told: Told, change: Any) -> None:
    ticket = taken(cast)
    change(cast)
    cast.writes(ticket, on(10, "09:20"))
    sweep(on(10, "12:40"))
    assert told.all == []
    assert len(nearings(cast, ticket)) == 3


def test_a_contact_who_only_reads_tickets_is_told_when_called(cast: Cast, told: Told) -> None:
    boss = directory.add_person(
        cast.uuid,
        at=FOUNDED,
        actor=MACHINE,
        title="Bea Oss",
        address="bea@acme.example",
        side="company",
        roles=["decision_maker"],
    )
    ticket = taken(cast)
    cast.does(cast.agent, ticket, actions.escalate_hierarchically, MONDAY)(contact=boss.uuid)
    assert told.take() == [("escalated", "Bea Oss")]


def test_a_contact_that_nobody_can_be_found_for_is_the_teams_own(cast: Cast, told: Told) -> None:
    document = charters.template("help-desk-8x5")
    charters.charter_part(document)["escalation"] = [
        {"clock": "response", "percent": 50, "contact": "the lead on duty"}
    ]
    governance.draft_charter(
        cast.uuid, at=on(7, "09:00"), actor=cast.actor(cast.referent), document=document
    )
    ticket = taken(cast)
    sweep(on(10, "11:00"))
    assert "escalation.hierarchical" in cast.names(ticket)
    assert told.take() == [("escalated", "Rita Ferent"), ("neared", "Ada Gent")]


# ---- storms -------------------------------------------------------------------------------


def test_a_storm_ends_in_one_summary(cast: Cast, told: Told) -> None:
    tickets = [taken(cast) for _ in range(34)]
    for place, ticket in enumerate(tickets):
        cast.writes(ticket, on(10, "09:20") + place * MINUTE)
    names = [template for template, _ in told.take()]
    assert names == ["answered"] * 30 + ["many"]
    assert told.values[-1]["link"].endswith(f"/c/{cast.company.prefix}/queue/")
    # An hour after the first ones there is room again; the summary was a notice too.
    cast.writes(tickets[0], on(10, "09:20") + HOUR)
    assert told.take() == []
    cast.writes(tickets[1], on(10, "09:21") + HOUR)
    assert told.take() == [("answered", "Ada Gent")]
    cast.writes(tickets[0], on(11, "09:00"))
    assert told.take() == [("answered", "Ada Gent")]


def test_one_persons_storm_leaves_the_others_their_notices(cast: Cast, told: Told) -> None:
    for _ in range(32):
        cast.writes(taken(cast), on(10, "09:20"))
    told.take()
    ticket = cast.open()
    cast.does(cast.expert, ticket, actions.take, on(10, "09:21"))()
    cast.writes(ticket, on(10, "09:22"))
    assert told.take() == [("answered", "Ed Xpert")]


def test_every_notice_has_its_wording() -> None:
    from commondesk.desk.wordings import shipped

    named = {
        notices.ASSIGNED,
        notices.ASSIGNED_TEAM,
        notices.ANSWERED,
        notices.OFFERED,
        notices.LAPSED,
        notices.ESCALATED,
        notices.NEARED,
        notices.MISSED,
        notices.MANY,
    }
    assert named <= shipped.PLACEHOLDERS.keys()
