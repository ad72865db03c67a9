"""The table of legal steps: who may do what to a ticket when, and what follows from it.

A step is the event that somebody wants to happen. `decide` answers with that event and those that
follow from it, or raises IllegalStep with a sentence for the person who tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..texts import gettext, pgettext, pgettext_noop
from . import events as e
from .event import Actor, Body, Side
from .instant import DAY, Instant, Span
from .ticket import Status, Ticket


@dataclass(frozen=True, slots=True)
class Terms:
    """What decisions need to know from outside the ticket.

    hold_span is the charter's hold period; void_until ends the working day in which a reopening
    may be voided (None: no limit); team and tier are the actor's, if the actor works tickets.
    """

    hold_span: Span = 7 * DAY
    void_until: Instant | None = None
    team: str = ""
    tier: e.Tier | None = None


class IllegalStep(ValueError):
    """A step that the ticket's state forbids. The text says why, and what to do instead."""


# ---- the table of legal steps ---------------------------------------------------------------

_ACTIVE = frozenset({Status.OPEN, Status.WAITING})
_UNMERGED = frozenset({Status.OPEN, Status.WAITING, Status.RESOLVED, Status.CLOSED})
_UNCLOSED = frozenset({Status.OPEN, Status.WAITING, Status.RESOLVED})
_DONE = frozenset({Status.RESOLVED, Status.CLOSED})

LEGAL: dict[type[Body], frozenset[Status]] = {
    e.TicketClassified: _UNMERGED,
    e.TicketPrioritised: _UNCLOSED,
    e.PriorityConfirmed: _UNCLOSED,
    e.LoweringAgreed: _UNCLOSED,
    e.TicketAssigned: _ACTIVE,
    e.TicketTaken: _ACTIVE,
    e.TicketReleased: _ACTIVE,
    e.HandoverOffered: _ACTIVE,
    e.HandoverAccepted: _ACTIVE,
    e.HandoverDeclined: _ACTIVE,
    e.HandoverTakenBack: _ACTIVE,
    e.HandoverLapsed: _ACTIVE,
    e.EscalatedFunctionally: _ACTIVE,
    e.EscalatedHierarchically: _UNCLOSED,
    e.VendorLegBegun: _ACTIVE,
    e.VendorLegChanged: _ACTIVE,
    e.VendorLegEnded: _ACTIVE,
    e.VendorWritten: _ACTIVE,
    e.MessageReceived: _UNMERGED,
    e.MessageWritten: _UNMERGED,
    e.MessageDelivered: frozenset(Status),
    e.MessageBounced: frozenset(Status),
    e.CopyAdded: _UNMERGED,
    e.CopyRemoved: _UNMERGED,
    e.NoteWritten: _UNMERGED,
    e.QuestionAsked: _ACTIVE,
    e.WaitBegun: _ACTIVE,
    e.WaitEnded: _ACTIVE,
    e.TicketRestored: _ACTIVE,
    e.TicketResolved: _ACTIVE,
    e.TicketReopened: _DONE,
    e.ReopenVoided: _ACTIVE,
    e.VoidLifted: _UNMERGED,
    e.TicketClosed: frozenset({Status.RESOLVED}),
    e.TicketMerged: _ACTIVE,
    e.TicketAbsorbed: _ACTIVE,
    e.MergeUndone: frozenset(Status),
    e.TicketSplit: _UNMERGED,
    e.TicketLinked: _UNMERGED,
    e.LinkRemoved: _UNMERGED,
    e.MatterScored: _UNMERGED,
    e.MatterConfirmed: _UNMERGED,
    e.MatterDenied: _UNMERGED,
    e.TimeLogged: _UNMERGED,
    e.TicketRated: _DONE,
    e.TargetNeared: frozenset(Status),
    e.TargetMissed: frozenset(Status),
    e.DueMoved: frozenset(Status),
    e.RowImported: frozenset(Status),
}

_TECHNICAL_ONLY = (
    e.TicketTaken,
    e.HandoverAccepted,
    e.HandoverDeclined,
    e.HandoverTakenBack,
    e.ReopenVoided,
    e.TicketMerged,
    e.TicketSplit,
    e.VendorLegBegun,
    e.VendorWritten,
    e.CopyAdded,
    e.CopyRemoved,
)
_TECHNICAL_OR_RULE = (e.TicketAssigned, e.HandoverOffered, e.NoteWritten)

_STATUS_WORDS = {
    Status.OPEN: pgettext_noop("state of a ticket", "open"),
    Status.WAITING: pgettext_noop("state of a ticket", "waiting"),
    Status.RESOLVED: pgettext_noop("state of a ticket", "already resolved"),
    Status.CLOSED: pgettext_noop("state of a ticket", "closed"),
    Status.MERGED: pgettext_noop("state of a ticket", "merged into another one"),
}


def decide(
    ticket: Ticket | None,
    wanted: Body,
    *,
    at: Instant,
    actor: Actor,
    terms: Terms | None = None,
) -> tuple[Body, ...]:
    """The events that follow when this actor wants this step now: the step and its consequences.

    Raises IllegalStep with a sentence for the person who tried.
    """
    terms = terms or Terms()
    if ticket is None:
        if isinstance(wanted, e.TicketOpened):
            return (wanted,)
        raise IllegalStep(gettext("There is no such ticket yet: open it first."))
    _require_status(ticket, wanted)
    _require_actor(wanted, actor)
    check = _CHECKS.get(type(wanted))
    if check is not None:
        check(ticket, wanted, _Try(at, actor, terms))
    return (*_before(ticket, wanted), wanted, *_after(ticket, wanted, _Try(at, actor, terms)))


def opens_linked_ticket(ticket: Ticket, wanted: e.MessageReceived, actor: Actor) -> bool:
    """True when this message comes too late for the ticket: it is closed, so a new one opens."""
    return ticket.status is Status.CLOSED and _is_word_of_requester(wanted, actor)


@dataclass(frozen=True, slots=True)
class _Try:
    """An attempt: when, by whom, under which terms."""

    at: Instant
    actor: Actor
    terms: Terms


def _require_status(ticket: Ticket, wanted: Body) -> None:
    if isinstance(wanted, e.TicketOpened):
        raise IllegalStep(gettext("This ticket is open already."))
    if ticket.status not in LEGAL.get(type(wanted), frozenset()):
        told = gettext("The ticket is %(state)s.")
        if ticket.status is Status.MERGED:
            told = gettext(
                "The ticket is %(state)s. Work on the ticket that it went into, or undo the merge."
            )
        elif ticket.status in _DONE and type(wanted) is not e.TicketResolved:
            told = gettext("The ticket is %(state)s. Reopen it first.")
        state = pgettext("state of a ticket", _STATUS_WORDS[ticket.status])
        raise IllegalStep(told % {"state": state})


def _require_actor(wanted: Body, actor: Actor) -> None:
    is_refused = isinstance(wanted, _TECHNICAL_ONLY) and not actor.side.is_technical
    is_rule = actor.side is Side.MACHINE
    if isinstance(wanted, _TECHNICAL_OR_RULE) and not (actor.side.is_technical or is_rule):
        is_refused = True
    if is_refused:
        raise IllegalStep(gettext("Only the people who work tickets can do this."))


# ---- checks of single steps -----------------------------------------------------------------


def _check_taken(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketTaken)
    if ticket.owner == wanted.owner:
        raise IllegalStep(gettext("This person owns the ticket already."))


def _check_released(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketReleased)
    if not ticket.owner or ticket.owner != wanted.owner:
        raise IllegalStep(gettext("This person does not own the ticket."))


def _check_offered(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, (e.HandoverOffered, e.EscalatedFunctionally))
    if ticket.offer is not None:
        raise IllegalStep(
            gettext("It is offered already. Take that offer back before you make another.")
        )
    if isinstance(wanted, e.HandoverOffered) and wanted.person and wanted.person == ticket.owner:
        raise IllegalStep(gettext("This person owns the ticket already."))
    if isinstance(wanted, e.EscalatedFunctionally) and not _is_higher(wanted.tier, ticket.tier):
        raise IllegalStep(gettext("That team is of no higher tier. Offer it instead."))


def _is_higher(tier: e.Tier, held: e.Tier | None) -> bool:
    """The company's own IT stands beside the tiers: it can be called from any, and call any."""
    if e.Tier.REFERENT in (tier, held):
        return tier is not held
    return held is None or tier > held


def _check_offer_exists(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if ticket.offer is None:
        raise IllegalStep(
            gettext("There is no offer any more. Somebody was faster, or took it back.")
        )
    if isinstance(wanted, e.HandoverAccepted):
        wanted_person = ticket.offer.person
        if wanted_person and wanted_person != wanted.owner and not ticket.offer.is_lapsed:
            raise IllegalStep(gettext("It was offered to another person. Take it instead."))
    if isinstance(wanted, e.HandoverLapsed) and ticket.offer.is_lapsed:
        raise IllegalStep(gettext("This offer has lapsed already."))


def _check_vendor_begun(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if not ticket.owner:
        raise IllegalStep(gettext("Nobody owns the ticket. Take it first: an inside owner stays."))


def _check_vendor_at_work(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, (e.VendorLegChanged, e.VendorLegEnded, e.VendorWritten))
    if all(leg.id != wanted.leg for leg in ticket.vendor_legs):
        raise IllegalStep(gettext("This vendor is not at work on the ticket any more."))


def _check_wait_begun(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.WaitBegun)
    if wanted.on is e.WaitReason.SCHEDULED and (wanted.until is None or wanted.until <= attempt.at):
        raise IllegalStep(gettext("Waiting for a date needs a date ahead."))
    if any(wait.on is wanted.on for wait in ticket.waits):
        raise IllegalStep(gettext("It waits for this already."))


def _check_wait_ended(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.WaitEnded)
    if all(wait.id != wanted.wait for wait in ticket.waits):
        raise IllegalStep(gettext("It does not wait for this any more."))


def _check_confirmed(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if ticket.priority is None:
        raise IllegalStep(gettext("No priority has been set yet."))
    if not attempt.actor.is_person:
        raise IllegalStep(gettext("Only a person can confirm a priority."))


def _check_prioritised(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketPrioritised)
    if wanted.is_override and wanted.reason is None:
        raise IllegalStep(gettext("Another priority than the matrix gives needs a reason."))


def _check_agreed(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if not attempt.actor.side.is_requesters:
        raise IllegalStep(gettext("Only the requester's side can agree to a lower priority."))


def _check_restored(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if ticket.restored_at is not None:
        raise IllegalStep(gettext("The service is restored already."))


def _check_voided(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if ticket.reopened_at is None or ticket.is_reopen_voided:
        raise IllegalStep(gettext("There is no reopening to take back."))
    if not attempt.actor.is_person:
        raise IllegalStep(gettext("Only a person can say that a message was thanks only."))
    limit = attempt.terms.void_until
    if limit is not None and attempt.at > limit:
        raise IllegalStep(
            gettext("A reopening can be taken back within one working day. Resolve instead.")
        )


def _check_lifted(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    if not ticket.is_reopen_voided:
        raise IllegalStep(gettext("No reopening was taken back."))


def _check_merged(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketMerged)
    if wanted.into == ticket.stream:
        raise IllegalStep(gettext("A ticket cannot be merged into itself."))
    if ticket.absorbed:
        raise IllegalStep(
            gettext("Others were merged into this ticket. Merge them the other way round.")
        )


def _check_absorbed(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketAbsorbed)
    if wanted.source == ticket.stream:
        raise IllegalStep(gettext("A ticket cannot be merged into itself."))


def _check_unmerged(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.MergeUndone)
    if ticket.merged_into != wanted.other and wanted.other not in ticket.absorbed:
        raise IllegalStep(gettext("These two tickets are not merged."))


def _check_linked(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, (e.TicketLinked, e.LinkRemoved))
    is_there = (wanted.other, wanted.relation) in ticket.links
    if wanted.other == ticket.stream:
        raise IllegalStep(gettext("A ticket cannot be linked to itself."))
    if isinstance(wanted, e.TicketLinked) and is_there:
        raise IllegalStep(gettext("They are linked already."))
    if isinstance(wanted, e.LinkRemoved) and not is_there:
        raise IllegalStep(gettext("They are not linked."))


def _check_split(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketSplit)
    if wanted.message not in ticket.messages:
        raise IllegalStep(gettext("This message is not on the ticket."))


def _check_received(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.MessageReceived)
    if opens_linked_ticket(ticket, wanted, attempt.actor):
        raise IllegalStep(
            gettext("The ticket is closed. An answer opens a new ticket, linked to it.")
        )


def _check_delivered(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.MessageDelivered)
    if wanted.message not in ticket.undelivered:
        raise IllegalStep(gettext("This message is delivered already, or is not on the ticket."))


def _check_copy(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, (e.CopyAdded, e.CopyRemoved))
    is_on_copy = wanted.person in ticket.copies
    if isinstance(wanted, e.CopyRemoved):
        if not is_on_copy:
            raise IllegalStep(gettext("This person is not on copy."))
    elif is_on_copy:
        raise IllegalStep(gettext("This person is on copy already."))
    elif wanted.person == ticket.requester:
        raise IllegalStep(gettext("This person asked: every answer goes to them already."))


def _check_logged(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TimeLogged)
    if wanted.span <= 0:
        raise IllegalStep(gettext("The time must be more than zero."))


def _check_rated(ticket: Ticket, wanted: Body, attempt: _Try) -> None:
    assert isinstance(wanted, e.TicketRated)
    if not 1 <= wanted.score <= 5:
        raise IllegalStep(gettext("A rating goes from 1 to 5."))
    if not attempt.actor.side.is_requesters:
        raise IllegalStep(gettext("Only the requester's side can rate."))


_CHECKS: dict[type[Body], Callable[[Ticket, Body, _Try], None]] = {
    e.TicketTaken: _check_taken,
    e.TicketReleased: _check_released,
    e.HandoverOffered: _check_offered,
    e.EscalatedFunctionally: _check_offered,
    e.HandoverAccepted: _check_offer_exists,
    e.HandoverDeclined: _check_offer_exists,
    e.HandoverTakenBack: _check_offer_exists,
    e.HandoverLapsed: _check_offer_exists,
    e.VendorLegBegun: _check_vendor_begun,
    e.VendorLegChanged: _check_vendor_at_work,
    e.VendorLegEnded: _check_vendor_at_work,
    e.VendorWritten: _check_vendor_at_work,
    e.WaitBegun: _check_wait_begun,
    e.WaitEnded: _check_wait_ended,
    e.TicketPrioritised: _check_prioritised,
    e.PriorityConfirmed: _check_confirmed,
    e.LoweringAgreed: _check_agreed,
    e.TicketRestored: _check_restored,
    e.ReopenVoided: _check_voided,
    e.VoidLifted: _check_lifted,
    e.TicketMerged: _check_merged,
    e.TicketAbsorbed: _check_absorbed,
    e.MergeUndone: _check_unmerged,
    e.TicketLinked: _check_linked,
    e.LinkRemoved: _check_linked,
    e.TicketSplit: _check_split,
    e.MessageReceived: _check_received,
    e.MessageDelivered: _check_delivered,
    e.CopyAdded: _check_copy,
    e.CopyRemoved: _check_copy,
    e.TimeLogged: _check_logged,
    e.TicketRated: _check_rated,
}


# ---- consequences ---------------------------------------------------------------------------


def _before(ticket: Ticket, wanted: Body) -> tuple[Body, ...]:
    """What must end first: nobody waits for a ticket that is resolved, or gone."""
    if isinstance(wanted, (e.TicketResolved, e.TicketMerged, e.ReopenVoided)):
        return (
            *(e.WaitEnded(wait.id) for wait in ticket.waits),
            *(e.VendorLegEnded(leg.id) for leg in ticket.vendor_legs),
        )
    return ()


def _after(ticket: Ticket, wanted: Body, attempt: _Try) -> tuple[Body, ...]:
    match wanted:
        case e.MessageReceived() if _is_word_of_requester(wanted, attempt.actor):
            return _after_requester_wrote(ticket, wanted, attempt)
        case e.MessageWritten() if _makes_owner(ticket, wanted, attempt):
            terms = attempt.terms
            tier = terms.tier or e.Tier.L1
            return (e.TicketTaken(attempt.actor.id, terms.team, tier, by_reply=True),)
        case e.EscalatedFunctionally():
            return (e.HandoverOffered(wanted.team, wanted.tier, reason=wanted.reason),)
        case _:
            return ()


def _makes_owner(ticket: Ticket, wanted: e.MessageWritten, attempt: _Try) -> bool:
    return (
        not ticket.owner
        and attempt.actor.side.is_technical
        and not wanted.is_templated
        and ticket.status in _ACTIVE
    )


def _is_word_of_requester(wanted: e.MessageReceived, actor: Actor) -> bool:
    return actor.side.is_requesters and not wanted.is_automatic


def _after_requester_wrote(
    ticket: Ticket, wanted: e.MessageReceived, attempt: _Try
) -> tuple[Body, ...]:
    if ticket.status is Status.RESOLVED:
        if _lifts_void(ticket, attempt):
            return (e.VoidLifted(),)
        return (e.TicketReopened(message=wanted.message),)
    return tuple(e.WaitEnded(wait.id) for wait in ticket.waits if wait.on is e.WaitReason.REQUESTER)


def _lifts_void(ticket: Ticket, attempt: _Try) -> bool:
    return (
        ticket.is_reopen_voided
        and ticket.resolved_at is not None
        and attempt.at < ticket.resolved_at + attempt.terms.hold_span
    )
