"""Reading: an export as files of rows, lines and events, and what it was like.

Nothing of a ticket stays in memory but while the tickets are few, so that no export has to fit in.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Event, Side
from commondesk.core.record.instant import Instant
from commondesk.engine import arrow
from commondesk.engine.exchange import Filing
from commondesk.readers import export, known
from commondesk.readers.export import Asked, ExportedTicket, Portion, Quality, Source
from commondesk.readers.signs import Signs
from commondesk.review.pack import sharing
from commondesk.review.pack.claims import Claims
from commondesk.review.pack.rows import LINES, ROWS, Listing, text_of

NOBODYS = uuid5(NAMESPACE_URL, "commondesk:review-pack")
"""The company for whom ids are made: none, so that the same file gives the same ids."""
TOLD_EVERY = 5_000
FEW = 500
"""Of so many tickets the events are kept in memory: of so few, the reference is quicker."""
SMALL = 1_000_000
"""A file of less bytes is read by one process."""
NUMBERED = 1_000_000
"""Tickets of a portion are numbered from its place times this on; no portion has as many."""

Tell = Callable[[str], None]


@dataclass
class Tickets:
    """The tickets of an export, in files; those in the folder are there as long as this object.

    rows and lines are what a database asks for them, in the columns of `rows.py`. exchange is the
    folder with their events; of few tickets these are in memory, too.
    """

    folder: Path
    count: int
    exchange: Path
    rows: str
    lines: str
    events: list[tuple[Event, ...]] | None = None

    def __len__(self) -> int:
        return self.count

    @classmethod
    def made(cls, count: int = 0) -> Tickets:
        """So many, in a new folder."""
        folder = Path(mkdtemp(prefix="commondesk-review-"))
        rows, lines = (
            f"FROM read_parquet({text_of(str(folder / name / '*.parquet'))})"
            for name in (ROWS, LINES)
        )
        tickets = cls(folder, count, folder / "exchange", rows, lines)
        weakref.finalize(tickets, shutil.rmtree, tickets.folder, ignore_errors=True)
        return tickets

    def histories(self) -> dict[str, tuple[Event, ...]]:
        """The events of each ticket by its stream, where they are in memory."""
        assert self.events is not None
        return {each[0].stream: each for each in self.events}


@dataclass(slots=True)
class Exhibit:
    """An export that was read. at is the last instant that it tells of."""

    name: str
    format: str
    zone: ZoneInfo
    has_zone: bool
    tickets: Tickets
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
    arrow.load()
    guess = known.reader_of(sources, format)
    tell(f"reading {guess.reader.TITLE}: {guess.fit.why}")
    exhibit = Exhibit(
        name=", ".join(source.name for source in sources),
        format=guess.reader.TITLE,
        zone=zone or ZoneInfo("UTC"),
        has_zone=zone is not None,
        tickets=Tickets.made(),
        quality=Quality(source=guess.reader.SOURCE),
    )
    asked = Asked(NOBODYS, zone, mapping, is_kept=False)
    with sharing.unswept():
        gathering = _Gathering(exhibit, tell)
        if isinstance(guess.reader, export.Shares) and sharing.is_worth_it(sources, SMALL):
            gathering.take_portions(guess.reader, sources, asked)
        else:
            gathering.take_all(known.tickets_of(guess, sources, asked, exhibit.quality))
    exhibit.quality.require_sound()
    tell(f"  {len(exhibit.tickets):,} tickets read, {exhibit.quality.rows:,} rows")
    return exhibit


@dataclass(slots=True)
class _Taken:
    """A portion that was taken in: sent from the process that read it to the one that gathers."""

    place: int
    count: int
    claims: Claims
    at: Instant
    quality: Quality
    tally: object
    signs: Signs


class _Gathering:
    """Puts together what is read, in the order of the file."""

    def __init__(self, exhibit: Exhibit, tell: Tell) -> None:
        self._exhibit = exhibit
        self._tell = tell

    def take_all(self, tickets: Iterator[ExportedTicket]) -> None:
        """Take in all tickets, one at a time, in this process."""
        exhibit = self._exhibit
        taker = _Taker(exhibit.quality.source, exhibit.tickets.folder)
        kept: list[tuple[Draft, ...]] = []
        filing = Filing(exhibit.tickets.exchange)
        for number, each in enumerate(tickets, 1):
            exhibit.at = max(exhibit.at, taker.take(number, each))
            if each.claim is not None:
                exhibit.claims.take(each.claim)
            filing.take(number, each.drafts)
            if number <= FEW:
                kept.append(each.drafts)
            exhibit.tickets.count = number
            if number % TOLD_EVERY == 0:
                self._tell(f"  {number:,} tickets read")
        taker.end()
        filing.end()
        if len(exhibit.tickets) <= FEW:
            exhibit.tickets.events = [tuple(_events(drafts)) for drafts in kept]

    def take_portions(self, reader: export.Shares, sources: Sequence[Source], asked: Asked) -> None:
        """Let several processes read, and take in what they send."""
        exhibit, quality = self._exhibit, self._exhibit.quality
        tickets, signs, told = exhibit.tickets, Signs(), 0
        tallies: list[object] = []

        def read(mine: int, processes: int) -> Iterator[_Taken]:
            reopened = [sharing.reopened(each) for each in sources]
            portions = reader.portions(reopened, asked, lambda place: place % processes == mine)
            return _taken(portions, tickets, quality.source, mine)

        for each in sharing.in_turns(read, _make_ready):
            tickets.count += each.count
            exhibit.at = max(exhibit.at, each.at)
            exhibit.claims.add(each.claims)
            quality.add(each.quality)
            signs.add(each.signs)
            tallies.append(each.tally)
            if len(tickets) // TOLD_EVERY > told:
                told = len(tickets) // TOLD_EVERY
                self._tell(f"  {len(tickets):,} tickets read")
        reader.conclude(tallies, quality)
        signs.tell(quality)


def _make_ready() -> None:
    """What is needed later is loaded while others read."""
    import duckdb

    duckdb.connect(":memory:").close()


def _taken(
    portions: Iterator[Portion], tickets: Tickets, source: str, mine: int
) -> Iterator[_Taken]:
    """Portions, with their rows, lines and events on the way into files."""
    filing = Filing(tickets.exchange, name=f"part-{mine}")
    taker = _Taker(source, tickets.folder, f"part-{mine}")
    for portion in portions:
        signs = Signs()
        taken = _Taken(portion.place, 0, Claims(), 0, portion.quality, portion.tally, signs)
        for number, each in enumerate(portion.tickets, NUMBERED * portion.place):
            portion.quality.events += len(each.drafts)
            signs.hear(each)
            filing.take(number, each.drafts)
            taken.at = max(taken.at, taker.take(number, each))
            taken.count += 1
            if each.claim is not None:
                taken.claims.take(each.claim)
        yield taken
    filing.end()
    taker.end()


class _Taker:
    """Tells tickets as rows, with the names of the people in them."""

    def __init__(self, source: str, folder: Path, name: str = "part") -> None:
        self._source = source
        self._sides: dict[str, Side] = {}
        self._people: dict[str, tuple[str, Side]] = {}
        self._listing = Listing(folder, name)

    def take(self, number: int, ticket: ExportedTicket) -> Instant:
        """Take in a ticket; when the last of its events happened."""
        for name, side in ticket.people.items():
            if self._sides.get(name) is not side:
                self._sides[name] = side
                self._people[export.person_id(NOBODYS, self._source, name)] = name, side
        return self._listing.take(number, ticket, self._people)

    def end(self) -> None:
        """Write what is still held."""
        self._listing.end()


def _events(drafts: Sequence[Draft]) -> Iterator[Event]:
    for position, draft in enumerate(drafts, 1):
        at = draft.happened_at
        yield Event(draft.stream, position, at, at, draft.certainty, draft.actor, draft.body)
