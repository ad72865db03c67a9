"""The state of a ticket: what its events add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from enum import StrEnum

from . import events as e
from .event import Body, Event, WordsRef
from .instant import Instant, Span


class Status(StrEnum):
    """Where a ticket stands. MERGED has left all counts."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that the ticket waits for."""

    id: str
    on: e.WaitReason
    until: Instant | None


@dataclass(frozen=True, slots=True)
class VendorLeg:
    """A third party at work."""

    id: str
    vendor: str
    reference: str
    due_at: Instant | None
    begun_at: Instant
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A handover that nobody has accepted yet."""

    team: str
    tier: e.Tier
    person: str
    offered_at: Instant
    is_lapsed: bool = False


@dataclass(slots=True)
class Ticket:
    """The state of a ticket, folded from its events.

    A value to everybody else: only this module changes one, and only one of its own making.
    """

    stream: str
    position: int
    number: int
    requester: str
    kind: e.Kind
    channel: e.Channel
    opening: e.Opening
    subject: WordsRef
    charter: str
    opened_at: Instant
    leg_charter: str = ""
    service: str = ""
    item: str = ""
    site: str = ""
    category: str = ""
    returned_from: str = ""
    is_resolved: bool = False
    is_closed: bool = False
    priority: e.Priority | None = None
    impact: int = 0
    urgency: int = 0
    is_override: bool = False
    is_priority_provisional: bool = True
    owner: str = ""
    owned_since: Instant = 0
    team: str = ""
    tier: e.Tier | None = None
    assignee: str = ""
    offer: Offer | None = None
    contact: str = ""
    waits: tuple[Wait, ...] = ()
    vendor_legs: tuple[VendorLeg, ...] = ()
    has_open_question: bool = False
    has_human_reply: bool = False
    messages: frozenset[str] = frozenset()
    undelivered: frozenset[str] = frozenset()
    resolved_at: Instant | None = None
    restored_at: Instant | None = None
    closed_at: Instant | None = None
    reopened_at: Instant | None = None
    is_reopen_voided: bool = False
    reopens: int = 0
    merged_into: str = ""
    absorbed: tuple[str, ...] = ()
    links: frozenset[tuple[str, e.Relation]] = frozenset()
    copies: tuple[str, ...] = ()
    time_spent: Span = 0
    rating: int | None = None

    @property
    def status(self) -> Status:
        """Where the ticket stands."""
        if self.merged_into:
            return Status.MERGED
        if self.is_closed:
            return Status.CLOSED
        if self.is_resolved:
            return Status.RESOLVED
        return Status.WAITING if self.waits or self.vendor_legs else Status.OPEN

    def waits_on(self, reason: e.WaitReason) -> bool:
        """True while it waits for that; a vendor at work is a wait on a vendor."""
        if reason is e.WaitReason.VENDOR and self.vendor_legs:
            return True
        return any(wait.on is reason for wait in self.waits)


def ticket_of(history: Iterable[Event]) -> Ticket | None:
    """The state that these events of one ticket, in order of position, add up to."""
    ticket: Ticket | None = None
    for event in history:
        if ticket is None:
            ticket = _begun(event)
        else:
            _add(ticket, event)
    return ticket


def fold(ticket: Ticket | None, event: Event) -> Ticket:
    """The state after one more event.

    Raises ValueError when the first event is no opening, or the positions have a gap.
    """
    if ticket is None:
        return _begun(event)
    folded = copy(ticket)
    _add(folded, event)
    return folded


def _begun(event: Event) -> Ticket:
    body = event.body
    if not isinstance(body, e.TicketOpened):
        raise ValueError(f"{event.stream}: the first event is {event.name}, not ticket.opened")
    return _opened(event, body)


def _add(ticket: Ticket, event: Event) -> None:
    if event.position != ticket.position + 1:
        raise ValueError(f"{event.stream}: {event.position} follows position {ticket.position}")
    ticket.position = event.position
    step = _FOLDS.get(type(event.body))
    if step is not None:
        step(ticket, event.body, event)


def _opened(event: Event, body: e.TicketOpened) -> Ticket:
    return Ticket(
        stream=event.stream,
        position=event.position,
        number=body.number,
        requester=body.requester,
        kind=body.kind,
        channel=body.channel,
        opening=body.opening,
        subject=body.subject,
        charter=body.charter,
        opened_at=event.happened_at,
        service=body.service,
        item=body.item,
        site=body.site,
        returned_from=body.returned_from,
        links=frozenset({(body.returned_from, e.Relation.RETURNED)} if body.returned_from else ()),
    )


def _classified(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketClassified)
    ticket.kind = body.kind
    ticket.service = body.service
    ticket.item = body.item
    ticket.site = body.site
    ticket.category = body.category


def _prioritised(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketPrioritised)
    ticket.priority = body.priority
    ticket.impact = body.impact
    ticket.urgency = body.urgency
    ticket.is_override = body.is_override
    ticket.is_priority_provisional = ticket.is_priority_provisional and (not event.actor.is_person)


def _confirmed(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_priority_provisional = False


def _assigned(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketAssigned)
    ticket.team = body.team
    ticket.tier = body.tier
    ticket.assignee = body.person


def _owned(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, (e.TicketTaken, e.HandoverAccepted))
    ticket.owner = body.owner
    ticket.owned_since = event.happened_at
    ticket.team = body.team or ticket.team
    ticket.tier = body.tier
    ticket.assignee = ""
    ticket.offer = None
    ticket.contact = ""
    if isinstance(body, e.HandoverAccepted):
        ticket.leg_charter = body.charter


def _released(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.owner = ""
    ticket.owned_since = event.happened_at


def _offered(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.HandoverOffered)
    ticket.offer = Offer(body.team, body.tier, body.person, event.happened_at)


def _offer_gone(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.offer = None
    ticket.contact = ""


def _lapsed(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.HandoverLapsed)
    offer = replace(ticket.offer, is_lapsed=True) if ticket.offer else None
    ticket.contact = body.contact
    ticket.offer = offer


def _vendor_begun(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.VendorLegBegun)
    leg = VendorLeg(
        body.leg, body.vendor, body.reference, body.due_at, event.happened_at, body.contact
    )
    ticket.vendor_legs = (*ticket.vendor_legs, leg)


def _vendor_changed(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.VendorLegChanged)
    ticket.vendor_legs = tuple(
        replace(leg, reference=body.reference, due_at=body.due_at) if leg.id == body.leg else leg
        for leg in ticket.vendor_legs
    )


def _vendor_written(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.VendorWritten)
    ticket.messages = ticket.messages | {body.message}
    ticket.undelivered = ticket.undelivered | {body.message}


def _vendor_ended(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.VendorLegEnded)
    ticket.vendor_legs = tuple(x for x in ticket.vendor_legs if x.id != body.leg)


def _received(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.MessageReceived)
    answers = event.actor.side.is_requesters and (not body.is_automatic)
    ticket.messages = ticket.messages | {body.message}
    ticket.has_open_question = ticket.has_open_question and (not answers)


def _written(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.MessageWritten)
    is_human = event.actor.side.is_technical and (not body.is_templated)
    ticket.messages = ticket.messages | {body.message}
    ticket.undelivered = ticket.undelivered | {body.message}
    ticket.has_human_reply = ticket.has_human_reply or is_human


def _delivered(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.MessageDelivered)
    ticket.undelivered = ticket.undelivered - {body.message}


def _copy_added(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.CopyAdded)
    ticket.copies = (*ticket.copies, body.person)


def _copy_removed(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.CopyRemoved)
    ticket.copies = tuple(each for each in ticket.copies if each != body.person)


def _asked(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.has_open_question = True


def _wait_begun(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.WaitBegun)
    ticket.waits = (*ticket.waits, Wait(body.wait, body.on, body.until))


def _wait_ended(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.WaitEnded)
    ticket.waits = tuple(wait for wait in ticket.waits if wait.id != body.wait)


def _restored(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.restored_at = event.happened_at


def _resolved(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_resolved = True
    ticket.resolved_at = event.happened_at
    ticket.waits = ()
    ticket.vendor_legs = ()
    ticket.offer = None
    ticket.contact = ""
    ticket.has_open_question = False
    ticket.reopened_at = None
    ticket.is_reopen_voided = False


def _reopened(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_resolved = False
    ticket.is_closed = False
    ticket.closed_at = None
    ticket.restored_at = None
    ticket.reopened_at = event.happened_at
    ticket.is_reopen_voided = False
    ticket.reopens = ticket.reopens + 1


def _voided(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_resolved = True
    ticket.is_reopen_voided = True
    ticket.reopens = ticket.reopens - 1


def _lifted(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_resolved = False
    ticket.is_reopen_voided = False
    ticket.reopens = ticket.reopens + 1


def _closed(ticket: Ticket, body: Body, event: Event) -> None:
    ticket.is_closed = True
    ticket.closed_at = event.happened_at


def _merged(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketMerged)
    ticket.merged_into = body.into
    ticket.waits = ()
    ticket.vendor_legs = ()
    ticket.offer = None
    ticket.contact = ""


def _absorbed(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketAbsorbed)
    ticket.absorbed = (*ticket.absorbed, body.source)


def _unmerged(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.MergeUndone)
    if ticket.merged_into == body.other:
        ticket.merged_into = ""
    else:
        ticket.absorbed = tuple(x for x in ticket.absorbed if x != body.other)


def _linked(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketLinked)
    ticket.links = ticket.links | {(body.other, body.relation)}


def _unlinked(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.LinkRemoved)
    ticket.links = ticket.links - {(body.other, body.relation)}


def _logged(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TimeLogged)
    ticket.time_spent = ticket.time_spent + body.span


def _rated(ticket: Ticket, body: Body, event: Event) -> None:
    assert isinstance(body, e.TicketRated)
    ticket.rating = body.score


_FOLDS: dict[type[Body], Callable[[Ticket, Body, Event], None]] = {
    e.TicketClassified: _classified,
    e.TicketPrioritised: _prioritised,
    e.PriorityConfirmed: _confirmed,
    e.TicketAssigned: _assigned,
    e.TicketTaken: _owned,
    e.TicketReleased: _released,
    e.HandoverOffered: _offered,
    e.HandoverAccepted: _owned,
    e.HandoverDeclined: _offer_gone,
    e.HandoverTakenBack: _offer_gone,
    e.HandoverLapsed: _lapsed,
    e.VendorLegBegun: _vendor_begun,
    e.VendorLegChanged: _vendor_changed,
    e.VendorLegEnded: _vendor_ended,
    e.VendorWritten: _vendor_written,
    e.MessageReceived: _received,
    e.MessageWritten: _written,
    e.MessageDelivered: _delivered,
    e.CopyAdded: _copy_added,
    e.CopyRemoved: _copy_removed,
    e.QuestionAsked: _asked,
    e.WaitBegun: _wait_begun,
    e.WaitEnded: _wait_ended,
    e.TicketRestored: _restored,
    e.TicketResolved: _resolved,
    e.TicketReopened: _reopened,
    e.ReopenVoided: _voided,
    e.VoidLifted: _lifted,
    e.TicketClosed: _closed,
    e.TicketMerged: _merged,
    e.TicketAbsorbed: _absorbed,
    e.MergeUndone: _unmerged,
    e.TicketLinked: _linked,
    e.LinkRemoved: _unlinked,
    e.TimeLogged: _logged,
    e.TicketRated: _rated,
}
