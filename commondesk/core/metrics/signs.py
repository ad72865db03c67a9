"""Signs: what the events of a ticket show beside its clocks, each with the instant it dates from.

Some are signs that a figure may have been helped along, no verdicts; each opens its tickets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..record import events as e
from ..record.event import Event, Side
from ..record.instant import DAY, HOUR, Instant, Span
from ..service_level.agreement import Agreement
from ..service_level.clock import readings_of
from ..service_level.lens import Lens, ResponseEnd
from ..service_level.story import Outgoing, Story, story_of

AUTOMATIC_FIRST = "automatic_first"
BACK_WITHIN_A_DAY = "back_within_a_day"
PAUSED_BEFORE_DUE = "paused_before_due"
LOWERED_NEAR_DUE = "lowered_near_due"
AFTER_CLOSING = "after_closing"
FIRST_CONTACT = "first_contact"
NEW_HANDS = "new_hands"
RESOLVED = "resolved"
KINDS = (
    *(AUTOMATIC_FIRST, BACK_WITHIN_A_DAY, PAUSED_BEFORE_DUE, LOWERED_NEAR_DUE, AFTER_CLOSING),
    *(FIRST_CONTACT, NEW_HANDS, RESOLVED),
)

SHORTLY: Span = HOUR
"""So long before a due instant is shortly before it."""
NEW: Span = 90 * DAY
"""So long somebody is new on the account."""
BULK = 20
"""So many tickets resolved by one person in one minute were resolved in bulk."""

_BY_HAND = (e.MessageWritten, e.NoteWritten, e.TicketTaken, e.TicketClassified, e.TimeLogged)


class Sign(NamedTuple):
    """One sign: its kind, when it showed, until when it held (None: it still does), and by whom."""

    kind: str
    at: Instant
    until_at: Instant | None = None
    by: str = ""


def signs_of(
    history: Sequence[Event],
    agreement: Agreement | None,
    lens: Lens,
    introduced: Mapping[str, Instant],
    at: Instant,
) -> list[Sign]:
    """The signs of one ticket by itself, read at an instant; each of a kind once an instant.

    lens judges due instants; introduced tells since when the people of both technical sides are
    known to the company.
    """
    story = story_of(history, at)
    if story is None:
        return []
    events = sorted(
        (each for each in history if each.happened_at <= at),
        key=lambda each: (each.happened_at, each.position),
    )
    found = [
        *_automatic_first(story, lens),
        *_back_within_a_day(story),
        *_near_due(events, agreement, lens),
        *_after_closing(events),
        *_first_contact(story, events, agreement.hold_span if agreement else 7 * DAY),
        *_new_hands(events, introduced),
        *_resolved(events),
    ]
    return list(dict.fromkeys(found))


def _delivered(outgoing: Sequence[Outgoing]) -> list[tuple[Instant, Outgoing]]:
    sent = [(each.delivered_at, each) for each in outgoing if each.delivered_at is not None]
    return sorted(sent, key=lambda pair: pair[0])


def _automatic_first(story: Story, lens: Lens) -> Iterator[Sign]:
    """The first words that reached the requester were a machine's, and the lens counts them."""
    sent = _delivered(story.outgoing)
    is_counted = lens.response_ends is ResponseEnd.ANY_OUTGOING
    if is_counted and sent and not sent[0][1].is_person and story.opening is e.Opening.NORMAL:
        yield Sign(AUTOMATIC_FIRST, sent[0][0])


def _back_within_a_day(story: Story) -> Iterator[Sign]:
    for each in story.rounds:
        if each.reopened_at is not None and each.reopened_at - each.resolved_at < DAY:
            yield Sign(BACK_WITHIN_A_DAY, each.reopened_at)


def _near_due(events: Sequence[Event], agreement: Agreement | None, lens: Lens) -> Iterator[Sign]:
    """A pause set in the last hour before a clock fell due; a priority lowered then, or later."""
    held: e.Priority | None = None
    for place, event in enumerate(events):
        body = event.body
        if isinstance(body, e.WaitBegun) and event.actor.side is not Side.REQUESTER:
            left = _left(events[:place], agreement, lens, event.happened_at)
            if any(0 <= each < SHORTLY for each in left):
                yield Sign(PAUSED_BEFORE_DUE, event.happened_at, by=event.actor.id)
        if isinstance(body, e.TicketPrioritised):
            if held is not None and body.priority > held:
                left = _left(events[:place], agreement, lens, event.happened_at)
                if any(each < SHORTLY for each in left):
                    yield Sign(LOWERED_NEAR_DUE, event.happened_at, by=event.actor.id)
            held = body.priority


def _left(
    events: Sequence[Event], agreement: Agreement | None, lens: Lens, at: Instant
) -> list[Span]:
    """How long before its due instant each running clock was, on the wall; negative: after it."""
    story = story_of(events, at)
    if story is None:
        return []
    return [
        each.due_at - at
        for each in readings_of(story, agreement, lens, at)
        if each.ended_at is None and each.due_at is not None
    ]


def _after_closing(events: Sequence[Event]) -> Iterator[Sign]:
    """A person worked on a closed ticket without taking it up again."""
    is_closed = False
    for event in events:
        body = event.body
        if isinstance(body, e.TicketClosed):
            is_closed = True
        elif isinstance(body, e.TicketReopened):
            is_closed = False
        elif is_closed and isinstance(body, _BY_HAND) and event.actor.is_person:
            yield Sign(AFTER_CLOSING, event.happened_at, by=event.actor.id)


def _first_contact(story: Story, events: Sequence[Event], hold: Span) -> Iterator[Sign]:
    """Settled by the first person who answered, at the first tier, in one contact, and it held."""
    if not story.rounds or story.opening is e.Opening.AFTER_THE_FACT or story.parts:
        return
    resolved_at, reopened_at = story.rounds[0].resolved_at, story.rounds[0].reopened_at
    tiers = {tier for at, tier in story.owners if at <= resolved_at and tier is not None}
    answers = [
        each
        for at, each in _delivered(story.outgoing)
        if each.is_person and at <= resolved_at and each.reaches(story.requester)
    ]
    is_live = story.opening is e.Opening.LIVE
    if tiers - {e.Tier.L1} or len(answers) > 1 or not (answers or is_live):
        return
    contact = story.started_at if is_live else answers[0].written_at
    asked_again = any(
        isinstance(each.body, e.MessageReceived)
        and not each.body.is_automatic
        and contact < each.happened_at <= resolved_at
        for each in events
    )
    handed_on = any(
        isinstance(each.body, e.HandoverOffered | e.VendorLegBegun | e.EscalatedFunctionally)
        and each.happened_at <= resolved_at
        for each in events
    )
    if not asked_again and not handed_on:
        came_back = reopened_at is not None and reopened_at - resolved_at <= hold
        yield Sign(FIRST_CONTACT, resolved_at, reopened_at if came_back else None)


def _new_hands(events: Sequence[Event], introduced: Mapping[str, Instant]) -> Iterator[Sign]:
    """Somebody who was new on the account became its owner."""
    for event in events:
        body = event.body
        if isinstance(body, e.TicketTaken | e.HandoverAccepted):
            since = introduced.get(body.owner)
            if since is not None and event.happened_at - since < NEW:
                yield Sign(NEW_HANDS, event.happened_at, by=body.owner)
                return


def _resolved(events: Sequence[Event]) -> Iterator[Sign]:
    for event in events:
        if isinstance(event.body, e.TicketResolved):
            by = event.actor.id if event.actor.is_person else ""
            yield Sign(RESOLVED, event.happened_at, by=by)
