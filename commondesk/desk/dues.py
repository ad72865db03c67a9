"""What a ticket owes next, and what falls due by itself: pure functions of its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Event, Side
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.record.ticket import Status, Ticket, ticket_of
from commondesk.core.service_level import clock, escalation, nearing
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import CalendarError
from commondesk.core.service_level.clock import Reading, State, Verdict
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE

SWEEP = Actor("sweep", Side.MACHINE)
ACTIVE = frozenset({Status.OPEN, Status.WAITING})
CLOSE_SPAN = 14 * DAY
BESIDE_THE_STEPS = 0
"""An escalation by machine that is none of the charter's steps: nobody took the ticket in time."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is due next. state is running, paused, missed or none; share is percent used."""

    clock: str = ""
    at: Instant | None = None
    state: str = "none"
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Falling:
    """A step that the desk takes by itself: from when on, dated when."""

    from_at: Instant
    happened_at: Instant
    body: Body


def readings_of(
    ticket: Ticket,
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreement: Agreement | None,
) -> tuple[Reading, ...]:
    """The clocks under the contract lens after the latest event. parts are tickets it absorbed.

    They tell when the shares of their targets are used up, too. None of a ticket on which nothing
    can fall due any more: most of a record is such.
    """
    if ticket.status is Status.MERGED or is_settled(ticket, history):
        return ()
    return _read(ticket, history, parts, agreement)


def _read(
    ticket: Ticket,
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreement: Agreement | None,
) -> tuple[Reading, ...]:
    global _latest
    now = known_at(history, agreement)
    heard = tuple(each for each in history if not _is_silent(each, ticket))
    latest = _latest
    if not parts and latest.agreement is agreement and (latest.now, latest.heard) == (now, heard):
        return latest.readings
    readings = _read_anew(ticket, heard, parts, agreement, now)
    if not parts:
        _latest = _Latest(heard, agreement, now, readings)
    return readings


@dataclass(frozen=True, slots=True)
class _Latest:
    """What was read last: an acknowledgement asks, and then the row that shows it."""

    heard: tuple[Event, ...] = ()
    agreement: Agreement | None = None
    now: Instant = 0
    readings: tuple[Reading, ...] = ()


_latest = _Latest()


def _is_silent(event: Event, ticket: Ticket) -> bool:
    """A machine's words that are not delivered yet: no clock hears them."""
    body = event.body
    return (
        isinstance(body, e.MessageWritten)
        and body.is_templated
        and event.actor.side is Side.MACHINE
        and body.message in ticket.undelivered
    )


def _read_anew(
    ticket: Ticket,
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreement: Agreement | None,
    now: Instant,
) -> tuple[Reading, ...]:
    lens = CONTRACT_TEMPLATE if agreement is None else agreement.lens
    histories = {ticket.stream: history, **parts}
    readings = clock.read(histories, lambda _: agreement, lens, now, shares=nearing.SHARES)
    # A ticket that it absorbed once and that is separate again has clocks of its own.
    return tuple(reading for reading in readings if ticket.stream in reading.tickets)


def is_settled(ticket: Ticket, history: Sequence[Event]) -> bool:
    """Whether the ticket is closed and the requester had the last answer they were owed."""
    if ticket.status is not Status.CLOSED or ticket.absorbed or ticket.undelivered:
        return False
    for event in reversed(history):
        match event.body:
            case e.MessageReceived(is_automatic=False) if event.actor.side.is_requesters:
                return False
            case e.MessageWritten(is_templated=False) if event.actor.side.is_technical:
                return True
            case _:
                pass
    return False


def known_at(history: Sequence[Event], agreement: Agreement | None) -> Instant:
    """When the latest of what these clocks depend on became known: an event, or a holiday."""
    events = max(max(event.happened_at, event.learnt_at) for event in history)
    if agreement is None:
        return events
    return max(events, *(versions.versions[-1][0] for versions in agreement.calendars.values()))


# ---- what is due next ---------------------------------------------------------------------


def due_of(ticket: Ticket, readings: Sequence[Reading]) -> Due:
    """The earliest due instant of the clocks that still count, or the one that is paused."""
    if ticket.status not in ACTIVE:
        return Due()
    owed = [reading for reading in readings if _counts(reading)]
    dated = [reading for reading in owed if reading.due_at is not None]
    if dated:
        first = min(dated, key=lambda reading: reading.due_at or 0)
        return Due(first.clock, first.due_at, _state_of(first), _share_of(first))
    if owed:
        longest = max(owed, key=lambda reading: _share_of(reading) or 0)
        return Due(longest.clock, None, "paused", _share_of(longest))
    return Due()


def _counts(reading: Reading) -> bool:
    return reading.ended_at is None and reading.verdict in (
        Verdict.RUNNING,
        Verdict.MISSED,
        Verdict.UNDECIDED,
    )


def _state_of(reading: Reading) -> str:
    if reading.verdict is Verdict.MISSED:
        return "missed"
    return "paused" if reading.state is State.PAUSED else "running"


def _share_of(reading: Reading) -> int | None:
    return 100 * reading.used // reading.span if reading.span else None


# ---- what falls due by itself -------------------------------------------------------------


def falling(
    ticket: Ticket,
    history: Sequence[Event],
    readings: Sequence[Reading],
    agreement: Agreement | None,
    contacts: Mapping[str, str],
    parts: Mapping[str, Sequence[Event]],
) -> tuple[Falling, ...]:
    """Every step that time alone will bring about, unless something happens before."""
    if ticket.status is Status.MERGED or ticket.opening is e.Opening.AFTER_THE_FACT:
        return tuple(_closing(ticket, agreement))
    return (
        *_misses(ticket, history, readings),
        *_nearings(ticket, history, readings),
        *_waits(ticket),
        *_handover(ticket, agreement, contacts),
        *_unowned(ticket, history, agreement, contacts),
        *_steps(ticket, history, agreement, parts),
        *_closing(ticket, agreement),
    )


def _misses(
    ticket: Ticket, history: Sequence[Event], readings: Sequence[Reading]
) -> Iterator[Falling]:
    recorded = {
        (event.body.clock, event.body.due_at)
        for event in history
        if isinstance(event.body, e.TargetMissed)
    }
    for reading in readings:
        due_at = reading.due_at
        is_ahead = reading.ended_at is None and reading.verdict is Verdict.RUNNING
        if due_at is None or not (is_ahead or reading.verdict is Verdict.MISSED):
            continue
        if (reading.clock, due_at) not in recorded:
            # What ends at the due instant itself is met.
            body = e.TargetMissed(reading.clock, due_at, ticket.charter)
            yield Falling(due_at + 1, due_at, body)


def _nearings(
    ticket: Ticket, history: Sequence[Event], readings: Sequence[Reading]
) -> Iterator[Falling]:
    """Shares of a target that are used up, while somebody can still do something about it."""
    if ticket.status not in ACTIVE:
        return
    for each in nearing.nearings_ahead(history, readings):
        yield Falling(each.used_up_at, each.used_up_at, each.body)


def _waits(ticket: Ticket) -> Iterator[Falling]:
    for wait in ticket.waits:
        if wait.until is not None and ticket.status in ACTIVE:
            yield Falling(wait.until, wait.until, e.WaitEnded(wait.id))


def _handover(
    ticket: Ticket, agreement: Agreement | None, contacts: Mapping[str, str]
) -> Iterator[Falling]:
    offer = ticket.offer
    if offer is None or offer.is_lapsed or agreement is None:
        return
    contact = contact_of(offer.team, contacts)
    at = _window_end(offer.offered_at, ticket, agreement)
    if contact and at is not None:
        yield Falling(at, at, e.HandoverLapsed(contact))


def _unowned(
    ticket: Ticket,
    history: Sequence[Event],
    agreement: Agreement | None,
    contacts: Mapping[str, str],
) -> Iterator[Falling]:
    contact, since = contact_of(ticket.team, contacts), unowned_since(ticket)
    if since is None or ticket.offer or not contact or not agreement:
        return
    at = _window_end(since, ticket, agreement)
    is_told = any(
        isinstance(event.body, e.EscalatedHierarchically)
        and event.body.step == BESIDE_THE_STEPS
        and not event.actor.is_person
        and event.happened_at >= since
        for event in history
    )
    if at is not None and not is_told:
        # While it was offered, the window of the offer ran instead.
        at = max(at, _offered_until(history))
        yield Falling(at, at, e.EscalatedHierarchically(contact, step=BESIDE_THE_STEPS))


def _offered_until(history: Sequence[Event]) -> Instant:
    """When the latest offer was declined or taken back; long ago without one."""
    gone = (e.HandoverDeclined, e.HandoverTakenBack)
    return next((each.happened_at for each in reversed(history) if isinstance(each.body, gone)), 0)


def unowned_since(ticket: Ticket) -> Instant | None:
    """Since when nobody has had a ticket that is open; None while somebody owns it."""
    if ticket.owner or ticket.status not in ACTIVE:
        return None
    return max(ticket.opened_at, ticket.owned_since, ticket.reopened_at or 0)


def accountable(ticket: Ticket, contacts: Mapping[str, str]) -> str:
    """The one person who answers for a ticket: at each instant there is one.

    That is whoever a lapsed handover went to, else the owner, else the contact of its team.
    """
    return ticket.contact or ticket.owner or contact_of(ticket.team, contacts)


def contact_of(team: str, contacts: Mapping[str, str]) -> str:
    """The contact of a team; without one, the first contact there is."""
    return contacts.get(team) or next(filter(None, contacts.values()), "")


def _steps(
    ticket: Ticket,
    history: Sequence[Event],
    agreement: Agreement | None,
    parts: Mapping[str, Sequence[Event]],
) -> Iterator[Falling]:
    """The charter's steps: at a share of a target somebody with more authority is called."""
    if agreement is None or ticket.status not in ACTIVE:
        return
    histories = {ticket.stream: history, **parts}
    now = known_at(history, agreement)
    for due in escalation.steps_ahead(ticket.stream, histories, agreement, now):
        body = e.EscalatedHierarchically(due.step.contact, step=due.number)
        yield Falling(due.falls_due_at, due.falls_due_at, body)


def _window_end(since: Instant, ticket: Ticket, agreement: Agreement) -> Instant | None:
    try:
        return escalation.window_ends_at(since, ticket.priority, agreement)
    except CalendarError:
        return None  # hours that never come again


def _closing(ticket: Ticket, agreement: Agreement | None) -> Iterator[Falling]:
    if ticket.status is Status.RESOLVED and ticket.resolved_at is not None:
        span = CLOSE_SPAN if agreement is None else agreement.close_span
        yield Falling(ticket.resolved_at + span, ticket.resolved_at + span, e.TicketClosed())


# ---- calendars that change ----------------------------------------------------------------


def moved(
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreements: tuple[Agreement, Agreement] | None,
    at: Instant,
) -> tuple[Draft, ...]:
    """What to record of due instants still ahead that a new calendar version moved."""
    ticket = ticket_of(history)
    if ticket is None or agreements is None:
        return ()
    before, after = (
        {(each.clock, each.cycle): each for each in readings_of(ticket, history, parts, agreement)}
        for agreement in agreements
    )
    return tuple(
        Draft(ticket.stream, at, SWEEP, e.DueMoved(reading.clock, was, now, _name_of(reading)))
        for key, reading in after.items()
        if (now := reading.due_at) is not None
        and key in before
        and (was := before[key].due_at) is not None
        and was > at
        and now != was
        and reading.ended_at is None
    )


def _name_of(reading: Reading) -> str:
    return reading.calendar.name if reading.calendar else ""
