"""One step on tickets: rights, rules, record, rows and outgoing mail in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right, Viewer
from commondesk.accounts.queries import uuid_of
from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Event, WordsRef
from commondesk.core.record.events import Tier
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.record.steps import IllegalStep, Terms, decide
from commondesk.core.record.ticket import Ticket, fold, ticket_of
from commondesk.core.service_level.agreement import Agreement, longest_day
from commondesk.core.service_level.calendar import CalendarError
from commondesk.desk import notices, notify, projections
from commondesk.desk.models import TicketRow
from commondesk.desk.projections import History
from commondesk.governance import charters
from commondesk.ledger import memory, store, tables, words
from commondesk.ledger.store import StaleWrite

QUIET = (e.MessageDelivered, e.TargetNeared, e.TargetMissed, e.DueMoved)
"""What may happen behind somebody's back without making what they saw out of date."""


class NoSuchTicket(LookupError):
    """This company has no such ticket."""


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the step. Callers answer as for no ticket."""


@dataclass
class Work:
    """A step that is being taken: what was seen, and what is going to be recorded."""

    company: UUID
    at: Instant
    happened_at: Instant
    actor: Actor
    viewer: Viewer | None
    tickets: dict[str, Ticket] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    """What was on record of each ticket before this step; nothing of one that it opens."""
    drafts: list[Draft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """The drafts as they will be read, once they are recorded."""
    words: list[tables.Values] = field(default_factory=list)

    @property
    def team(self) -> str:
        """The team of whoever acts."""
        return self.viewer.team if self.viewer else ""

    @property
    def tier(self) -> Tier:
        """In whose hands a ticket is once this person owns it."""
        if self.viewer and self.viewer.tier:
            return Tier(self.viewer.tier)
        is_referent = self.viewer is not None and policy.Role.REFERENT in self.viewer.roles
        return Tier.REFERENT if is_referent else Tier.L1

    def keep(self, ticket: UUID | str, kind: str, text: str) -> WordsRef:
        """Store words of a ticket, with all others of this step."""
        draft = words.drafted(self.company, str(ticket), kind, text)
        self.words.append(draft.row)
        return draft.ref

    def keep_if_any(self, ticket: UUID | str, kind: str, text: str) -> WordsRef | None:
        """Store words of a ticket, unless there are none."""
        return self.keep(ticket, kind, text) if text.strip() else None

    def ticket(self, ticket: UUID | str) -> Ticket:
        """The state of a ticket as this step will leave it. Raises NoSuchTicket."""
        stream = str(ticket)
        if stream not in self.tickets:
            found = ticket_of(self.history(stream))
            if found is None:
                raise NoSuchTicket(f"there is no ticket {stream}")
            self.tickets[stream] = found
        return self.tickets[stream]

    def history(self, stream: str) -> History:
        """What was on record of a ticket before this step."""
        if stream not in self.histories:
            self.histories[stream] = store.history(self.company, stream)
        return self.histories[stream]

    def row(self, ticket: UUID | str) -> TicketRow:
        """What the row of a ticket will say of whoever asked, and of what is due next."""
        stream = str(ticket)
        new = tuple(each for each in self.events if each.stream == stream)
        history = (*self.history(stream), *new)
        return projections.outlook_of(self.company, self.ticket(stream), history)

    def take(
        self,
        ticket: UUID | str,
        wanted: Body,
        *,
        actor: Actor | None = None,
        happened_at: Instant | None = None,
    ) -> None:
        """Take a step with all that follows from it. Raises IllegalStep."""
        stream, actor = str(ticket), actor or self.actor
        at = self.happened_at if happened_at is None else happened_at
        is_opening = isinstance(wanted, e.TicketOpened)
        before = None if is_opening else self.ticket(stream)
        if is_opening:
            self.histories.setdefault(stream, ())
        terms = self._terms(before, wanted)
        for body in decide(before, wanted, at=at, actor=actor, terms=terms):
            self._add(stream, Draft(stream, at, actor, body))

    def _add(self, stream: str, draft: Draft) -> None:
        known = self.tickets.get(stream)
        position = known.position + 1 if known else 1
        event = Event(
            stream,
            position,
            draft.happened_at,
            self.at,
            Certainty.OBSERVED,
            draft.actor,
            draft.body,
        )
        self.tickets[stream] = fold(known, event)
        self.drafts.append(draft)
        self.events.append(event)

    def require_known(self, ticket: UUID) -> None:
        """Nobody works on a ticket of another provider that they cannot even see.

        Raises NotAllowed.
        """
        viewer = self.viewer
        if viewer is None or not viewer.is_one_of_many:
            return
        row = TicketRow.objects.get(uuid=ticket)
        if not policy.may_read_ticket(viewer, self.company, row.requester, row.providers):
            raise NotAllowed(f"{self.actor.id} may not see {ticket}")

    def _terms(self, ticket: Ticket | None, wanted: Body) -> Terms:
        agreement = self.agreement(ticket) if ticket else None
        return Terms(
            hold_span=agreement.hold_span if agreement else 7 * DAY,
            void_until=_void_until(ticket, agreement, wanted),
            team=self.team,
            tier=self.tier,
        )

    def agreement(self, ticket: Ticket) -> Agreement | None:
        """What was agreed when the ticket was opened."""
        return charters.agreement_by_id(self.company, ticket.charter) if ticket.charter else None

    def finish(self) -> None:
        """Write the record, the rows and the mail. Nothing happens where no step was taken."""
        if not self.drafts:
            return
        words.insert(self.words)
        known = {draft.stream: len(self.history(draft.stream)) for draft in self.drafts}
        recorded = store.append(self.company, self.drafts, learnt_at=self.at, known=known)
        for stream, row in projections.follow(self.company, recorded, self.histories).items():
            own = [each for each in recorded if each.event.stream == stream]
            notify.after(self.company, row, own, self.at)
            notices.after(self.company, row, own, self.at)


def _void_until(ticket: Ticket | None, agreement: Agreement | None, wanted: Body) -> Instant | None:
    """When the working day in which a reopening may be taken back is over."""
    if not isinstance(wanted, e.ReopenVoided) or ticket is None or agreement is None:
        return None
    reopened_at = ticket.reopened_at
    if reopened_at is None:
        return None
    calendar = agreement.coverage.known_at(reopened_at)
    try:
        return calendar.add(reopened_at, longest_day(calendar))
    except CalendarError:
        return None  # hours that never come again


@contextmanager
def step(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    right: Right | None = Right.WORK_TICKETS,
    happened_at: Instant | None = None,
) -> Iterator[Work]:
    """A transaction for steps of one actor. Rights are read inside it; machines need none.

    Raises NotAllowed.
    """
    with memory.atomic(), memory.remembering():
        directory.hold_record(company)
        viewer = viewer_of(company, actor)
        if right is not None and actor.is_person and not policy.may(viewer, right):
            raise NotAllowed(f"{actor.id} may not {right}")
        work = Work(company, at, at if happened_at is None else happened_at, actor, viewer)
        yield work
        work.finish()


@contextmanager
def step_on(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None,
    right: Right | None = Right.WORK_TICKETS,
    happened_at: Instant | None = None,
) -> Iterator[Work]:
    """A transaction for steps on a ticket that the actor saw at a position.

    Raises NotAllowed, NoSuchTicket and StaleWrite.
    """
    with step(company, at=at, actor=actor, right=right, happened_at=happened_at) as work:
        work.ticket(ticket)
        work.require_known(ticket)
        _refuse_stale(work.history(str(ticket)), expected)
        yield work


def _refuse_stale(history: tuple[Event, ...], expected: int | None) -> None:
    if expected is None:
        return
    last = history[-1].position
    if expected > last or any(not isinstance(each.body, QUIET) for each in history[expected:]):
        raise StaleWrite(history[0].stream, expected, last)


def viewer_of(company: UUID, actor: Actor) -> Viewer | None:
    """The member that acts, as the directory knows them at this moment."""
    uuid = uuid_of(actor.id) if actor.is_person else None
    found = tables.read(Person, "WHERE uuid = %s", uuid) if uuid is not None else []
    return policy.viewer_of(found[0], company) if found else None


def require_own_or(work: Work, ticket: UUID, right: Right) -> None:
    """Let requesters act on their own tickets, and those who hold the right on any.

    Raises NotAllowed.
    """
    if not work.actor.is_person or policy.may(work.viewer, right):
        return
    if work.ticket(ticket).requester != work.actor.id or not policy.may(work.viewer, Right.ASK):
        raise NotAllowed(f"{work.actor.id} may not do this to {ticket}")


__all__ = [
    "IllegalStep",
    "NoSuchTicket",
    "NotAllowed",
    "StaleWrite",
    "Work",
    "require_own_or",
    "step",
    "step_on",
    "viewer_of",
]
