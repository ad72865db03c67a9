"""Reading: an export as tickets with their events, and what the file was like."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Event, Side
from commondesk.core.record.instant import Instant
from commondesk.readers import export, known
from commondesk.readers.export import Asked, ExportedTicket, Quality, Source
from commondesk.review.pack.claims import Claims, claims_of

NOBODYS = uuid5(NAMESPACE_URL, "commondesk:review-pack")
"""The company for whom ids are made: none, so that the same file gives the same ids."""
TOLD_EVERY = 5_000
CLAIMING = "servicenow-log"

Tell = Callable[[str], None]


@dataclass(slots=True)
class Ticket:
    """One ticket of the export: its number there, its words, and its events by position."""

    number: str
    stream: str
    subject: str
    events: tuple[Event, ...]


@dataclass(slots=True)
class Exhibit:
    """An export that was read. people are names by id; at is the last instant that it tells of."""

    name: str
    format: str
    zone: ZoneInfo
    has_zone: bool
    tickets: list[Ticket]
    people: dict[str, tuple[str, Side]]
    quality: Quality
    claims: Claims = field(default_factory=Claims)
    at: Instant = 0


def exhibit_of(
    sources: Sequence[Source],
    zone: ZoneInfo | None,
    tell: Tell,
    *,
    format: str = "",
    mapping: str = "",
) -> Exhibit:
    """Read all of an export. Raises UnusableExport, with every place that cannot be read."""
    guess = known.reader_of(sources, format)
    tell(f"reading {guess.reader.TITLE}: {guess.fit.why}")
    quality = Quality()
    exhibit = Exhibit(
        name=", ".join(source.name for source in sources),
        format=guess.reader.TITLE,
        zone=zone or ZoneInfo("UTC"),
        has_zone=zone is not None,
        tickets=[],
        people={},
        quality=quality,
    )
    with _unswept():
        found = known.tickets_of(guess, sources, Asked(NOBODYS, zone, mapping), quality)
        for count, each in enumerate(found, 1):
            _take_in(exhibit, each)
            if count % TOLD_EVERY == 0:
                tell(f"  {count:,} tickets read")
    quality.require_sound()
    if guess.reader.NAME == CLAIMING:
        exhibit.claims = claims_of(sources[0], exhibit.zone)
    exhibit.tickets.sort(key=lambda each: (each.events[0].happened_at, each.number))
    exhibit.at = max(
        (each.happened_at for one in exhibit.tickets for each in one.events), default=0
    )
    tell(f"  {len(exhibit.tickets):,} tickets read, {quality.rows:,} rows")
    return exhibit


def _take_in(exhibit: Exhibit, ticket: ExportedTicket) -> None:
    exhibit.tickets.append(
        Ticket(
            ticket.number,
            ticket.stream,
            ticket.words.get("subject", ""),
            tuple(_events(ticket.drafts)),
        )
    )
    _name(exhibit.people, exhibit.quality.source, ticket.people)


def _events(drafts: Sequence[Draft]) -> Iterator[Event]:
    for position, draft in enumerate(drafts, 1):
        at = draft.happened_at
        yield Event(draft.stream, position, at, at, draft.certainty, draft.actor, draft.body)


def _name(people: dict[str, tuple[str, Side]], source: str, named: Mapping[str, Side]) -> None:
    for name, side in named.items():
        people[export.person_id(NOBODYS, source, name)] = name, side


@contextmanager
def _unswept() -> Iterator[None]:
    """Nothing read is garbage: looking for it among all that is kept would take the most time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
