"""The table of legal steps: what is refused, what follows, and that it covers every event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commondesk.core.record import codec, steps
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.core.record.steps import IllegalStep, Terms, decide
from commondesk.core.record.ticket import Ticket, fold

WORDS = WordsRef("w", "d")
RITA = Actor("rita", Side.REQUESTER)
LENA = Actor("lena", Side.PROVIDER)
MARC = Actor("marc", Side.COMPANY)
ROBOT = Actor("robot", Side.MACHINE)
L1 = Terms(team="first", tier=e.Tier.L1)
START = 1_000 * DAY


class Desk:
    """A ticket at work: each step is decided and folded."""

    def __init__(self, opening: e.Opening = e.Opening.NORMAL) -> None:
        self.now = START
        self.ticket: Ticket | None = None
        self.told: list[Body] = []
        body = e.TicketOpened(1, "rita", e.Channel.MAIL, e.Kind.INCIDENT, WORDS, opening)
        self.do(body, RITA)

    def do(self, wanted: Body, actor: Actor = LENA, terms: Terms = L1) -> tuple[Body, ...]:
        self.now += MINUTE
        bodies = decide(self.ticket, wanted, at=self.now, actor=actor, terms=terms)
        for body in bodies:
            position = self.ticket.position + 1 if self.ticket else 1
            event = Event("T", position, self.now, self.now, Certainty.OBSERVED, actor, body)
            self.ticket = fold(self.ticket, event)
        self.told += bodies
        return bodies

    @property
    def state(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket

    @property
    def status(self) -> str:
        return self.state.status.value

    def refuses(self, wanted: Body, actor: Actor = LENA, terms: Terms = L1) -> str:
        before = self.ticket
        with pytest.raises(IllegalStep) as refused:
            decide(self.ticket, wanted, at=self.now, actor=actor, terms=terms)
        assert self.ticket == before
        return str(refused.value)


def reply(message: str = "m1", *, is_templated: bool = False) -> e.MessageWritten:
    return e.MessageWritten(message, ("rita",), WORDS, is_templated)


def mail(message: str = "m9", *, is_automatic: bool = False) -> e.MessageReceived:
    return e.MessageReceived(message, "rita", e.Channel.MAIL, WORDS, is_automatic)


def test_every_event_of_a_ticket_stands_in_the_table() -> None:
    of_companies = ("company.", "person.", "charter.", "calendar.", "words.", "template.")
    of_mail = ("mail.", "address.", "sender.")
    of_tickets = {
        body
        for body in codec.known_bodies()
        if body.__module__ == e.__name__ and not body.NAME.startswith((*of_companies, *of_mail))
    }
    assert of_tickets - {e.TicketOpened} == set(steps.LEGAL)


def test_people_come_on_copy_once_and_by_those_who_work_tickets() -> None:
    desk = Desk()
    desk.do(e.CopyAdded("carla"))
    assert list(desk.state.copies) == ["carla"]
    assert "on copy already" in desk.refuses(e.CopyAdded("carla"))
    assert "asked" in desk.refuses(e.CopyAdded("rita"))
    assert "Only the people" in desk.refuses(e.CopyAdded("dora"), actor=RITA)
    desk.do(e.CopyRemoved("carla"))
    assert not desk.state.copies
    assert "not on copy" in desk.refuses(e.CopyRemoved("carla"))


def test_a_ticket_is_opened_once() -> None:
    desk = Desk()
    again = e.TicketOpened(2, "rita", e.Channel.MAIL, e.Kind.INCIDENT, WORDS)
    assert "open already" in desk.refuses(again)
    with pytest.raises(IllegalStep, match="open it first"):
        decide(None, e.TicketResolved(), at=START, actor=LENA)


def test_first_public_reply_makes_an_owner() -> None:
    desk = Desk()
    told = desk.do(reply())
    assert told[-1] == e.TicketTaken("lena", "first", e.Tier.L1, by_reply=True)
    assert desk.state.owner == "lena"


@pytest.mark.parametrize(("message", "actor"), [(reply(is_templated=True), LENA), (reply(), ROBOT)])
def test_templates_and_machines_make_no_owner(message: e.MessageWritten, actor: Actor) -> None:
    desk = Desk()
    assert desk.do(message, actor) == (message,)
    assert desk.state.owner == ""


def test_assigning_makes_no_owner() -> None:
    desk = Desk()
    desk.do(e.TicketAssigned("first", e.Tier.L1, "lena"), ROBOT_AS_LEAD)
    assert (desk.state.owner, desk.state.assignee) == ("", "lena")


ROBOT_AS_LEAD = Actor("lead", Side.PROVIDER)


def test_giver_stays_owner_until_somebody_accepts() -> None:
    desk = Desk()
    desk.do(e.TicketTaken("lena", "first", e.Tier.L1))
    desk.do(e.HandoverOffered("second", e.Tier.L2))
    assert desk.state.owner == "lena"
    desk.do(e.HandoverLapsed("contact"), ROBOT)
    assert (desk.state.owner, desk.state.contact) == ("lena", "contact")
    desk.do(e.HandoverAccepted("ines", "second", e.Tier.L2), Actor("ines", Side.PROVIDER))
    assert (desk.state.owner, desk.state.tier, desk.state.offer) == ("ines", e.Tier.L2, None)


def test_offers_are_made_once_and_accepted_by_whom_they_are_for() -> None:
    desk = Desk()
    assert "no offer" in desk.refuses(e.HandoverAccepted("ines", "second", e.Tier.L2))
    desk.do(e.HandoverOffered("second", e.Tier.L2, "ines"))
    assert "already" in desk.refuses(e.HandoverOffered("third", e.Tier.L3))
    assert "another person" in desk.refuses(e.HandoverAccepted("pavel", "second", e.Tier.L2))
    desk.do(e.HandoverDeclined(WORDS))
    assert desk.state.offer is None


def test_functional_escalation_offers_to_the_tier() -> None:
    desk = Desk()
    told = desk.do(e.EscalatedFunctionally("second", e.Tier.L2))
    assert told[1] == e.HandoverOffered("second", e.Tier.L2)


def test_a_vendor_needs_an_inside_owner() -> None:
    desk = Desk()
    leg = e.VendorLegBegun("leg", "erp-house", "V-1")
    assert "Take it first" in desk.refuses(leg)
    desk.do(e.TicketTaken("lena", "first", e.Tier.L1))
    desk.do(leg)
    assert desk.status == "waiting" and desk.state.owner == "lena"
    assert "not at work" in desk.refuses(e.VendorLegEnded("other"))


def test_an_answer_ends_the_wait_on_the_requester_alone() -> None:
    desk = Desk()
    desk.do(e.WaitBegun("w1", e.WaitReason.REQUESTER))
    desk.do(e.WaitBegun("w2", e.WaitReason.APPROVAL))
    told = desk.do(mail(), RITA)
    assert told == (mail(), e.WaitEnded("w1"))
    assert [wait.id for wait in desk.state.waits] == ["w2"]


def test_s20_automatic_mail_changes_no_state() -> None:
    desk = Desk()
    desk.do(e.WaitBegun("w1", e.WaitReason.REQUESTER))
    assert desk.do(mail(is_automatic=True), RITA) == (mail(is_automatic=True),)
    assert desk.status == "waiting"
    desk.do(e.TicketResolved())
    desk.do(mail("m10", is_automatic=True), RITA)
    assert desk.status == "resolved"


def test_s21_a_portal_note_is_an_answer_like_a_mail() -> None:
    by_mail, by_portal = Desk(), Desk()
    for desk, channel in ((by_mail, e.Channel.MAIL), (by_portal, e.Channel.PORTAL)):
        desk.do(e.WaitBegun("w1", e.WaitReason.REQUESTER))
        desk.do(replace(mail(), channel=channel), RITA)
    assert by_mail.state == by_portal.state


def test_resolving_ends_every_wait() -> None:
    desk = Desk()
    desk.do(e.TicketTaken("lena", "first", e.Tier.L1))
    desk.do(e.WaitBegun("w1", e.WaitReason.APPROVAL))
    desk.do(e.VendorLegBegun("leg", "erp-house"))
    told = desk.do(e.TicketResolved())
    assert told == (e.WaitEnded("w1"), e.VendorLegEnded("leg"), e.TicketResolved())


def test_an_answer_after_a_resolve_reopens_at_once() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    assert desk.do(mail(), RITA)[1] == e.TicketReopened("m9")
    assert desk.status == "open" and desk.state.reopens == 1


def test_s33_thanks_are_voided_and_the_void_is_lifted_by_a_second_mail() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    desk.do(mail("thanks"), RITA)
    reopened_at = desk.state.reopened_at
    desk.do(e.ReopenVoided())
    assert (desk.status, desk.state.reopens) == ("resolved", 0)
    assert desk.do(mail("again"), RITA)[1] == e.VoidLifted()
    assert (desk.status, desk.state.reopens) == ("open", 1)
    assert desk.state.reopened_at == reopened_at


def test_after_the_hold_period_a_second_mail_is_a_new_reopen() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    desk.do(mail("thanks"), RITA)
    desk.do(e.ReopenVoided())
    desk.now += 8 * DAY
    assert isinstance(desk.do(mail("again"), RITA)[1], e.TicketReopened)


def test_a_reopen_is_voided_within_a_working_day_only() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    desk.do(mail(), RITA)
    late = replace(L1, void_until=desk.now - HOUR)
    assert "one working day" in desk.refuses(e.ReopenVoided(), LENA, late)
    assert "Only the people" in desk.refuses(e.ReopenVoided(), RITA)


def test_an_answer_to_a_closed_ticket_opens_another() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    desk.do(e.TicketClosed(), ROBOT)
    assert steps.opens_linked_ticket(desk.state, mail(), RITA)
    assert "opens a new ticket" in desk.refuses(mail(), RITA)
    desk.do(mail(is_automatic=True), RITA)
    assert desk.status == "closed"


def test_closing_needs_a_resolve() -> None:
    assert "open" in Desk().refuses(e.TicketClosed())


def test_lowering_is_agreed_by_the_requesters_side_alone() -> None:
    desk = Desk()
    desk.do(e.TicketPrioritised(e.Priority.P1, 1, 1))
    desk.do(e.TicketPrioritised(e.Priority.P3, 3, 3))
    assert "requester's side" in desk.refuses(e.LoweringAgreed(e.Priority.P3), LENA)
    desk.do(e.LoweringAgreed(e.Priority.P3), MARC)


def test_an_override_needs_a_reason() -> None:
    desk = Desk()
    assert "reason" in desk.refuses(e.TicketPrioritised(e.Priority.P1, is_override=True))
    desk.do(e.TicketPrioritised(e.Priority.P1, is_override=True, reason=WORDS))


def test_machine_priority_stays_provisional_until_a_person_speaks() -> None:
    desk = Desk()
    desk.do(e.TicketPrioritised(e.Priority.P2), ROBOT)
    assert desk.state.is_priority_provisional
    assert "Only a person" in desk.refuses(e.PriorityConfirmed(), ROBOT)
    desk.do(e.PriorityConfirmed())
    assert not desk.state.is_priority_provisional


def test_merging_leaves_the_source_alone_until_it_is_undone() -> None:
    desk = Desk()
    desk.do(e.TicketMerged("other"))
    assert desk.status == "merged"
    assert "undo the merge" in desk.refuses(e.TicketResolved())
    desk.do(e.MergeUndone("other"))
    assert desk.status == "open"
    assert "not merged" in desk.refuses(e.MergeUndone("other"))
    assert "itself" in desk.refuses(e.TicketMerged("T"))


def test_waiting_for_a_date_needs_a_date_ahead() -> None:
    desk = Desk()
    past = e.WaitBegun("w", e.WaitReason.SCHEDULED, desk.now - 1)
    assert "date ahead" in desk.refuses(past)
    assert "date ahead" in desk.refuses(e.WaitBegun("w", e.WaitReason.SCHEDULED))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (e.TimeLogged("lena", 0), "more than zero"),
        (e.MessageDelivered("m1", e.Channel.MAIL), "not on the ticket"),
        (e.TicketSplit("m1", "other"), "not on the ticket"),
        (e.TicketLinked("T", e.Relation.RELATED), "itself"),
        (e.LinkRemoved("other", e.Relation.RELATED), "not linked"),
        (e.TicketReleased("lena"), "does not own"),
        (e.TicketReopened(), "open"),
    ],
)
def test_plain_refusals(wanted: Body, words: str) -> None:
    assert words in Desk().refuses(wanted)


def test_rating_is_the_requesters_and_from_one_to_five() -> None:
    desk = Desk()
    desk.do(e.TicketResolved())
    assert "1 to 5" in desk.refuses(e.TicketRated(6), RITA)
    assert "requester's side" in desk.refuses(e.TicketRated(5), LENA)
    desk.do(e.TicketRated(4), RITA)
    assert desk.state.rating == 4


def test_a_gap_in_positions_is_refused() -> None:
    desk = Desk()
    event: Any = Event("T", 5, START, START, Certainty.OBSERVED, LENA, e.TicketResolved())
    with pytest.raises(ValueError, match="follows position"):
        fold(desk.ticket, event)
