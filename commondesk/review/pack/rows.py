"""Rows: what the pack lists of each ticket, and its events in words, read from its events alone.

They are told while an export is read, and lie in files: nothing of a ticket is kept in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, repeat
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Side
from commondesk.core.record.instant import Instant
from commondesk.readers.export import ExportedTicket

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, LINES = "rows", "lines"
"""Where the files of rows and of lines lie in the folder of an export."""
BATCH = 200_000
"""So many lines are held before they are written."""

_each = dict.fromkeys
COLUMNS: dict[str, str] = {
    "ticket": "int64",
    **_each(("number", "stream", "subject"), "string"),
    "opened_at": "int64",
    **_each(("requester", "channel", "state", "owner"), "string"),
    **_each(("service", "category", "item", "site"), "string"),
    "priorities": "strings",
    "prioritised_ats": "instants",
    "teams": "strings",
    "resolved_ats": "instants",
    "resolvers": "strings",
    **_each(("reopened_ats", "paused_ats"), "instants"),
    **_each(("closed_at", "touched_at", "last_row_at"), "int64"),
    **_each(("has_messages", "is_restored"), "bool"),
    **_each(("missing", "after_closing"), "int64"),
    "is_missed": "bool",
    "claimed_at": "int64",
}
"""The columns of rows. is_missed and claimed_at are what the source itself says: whether its flag
calls the ticket missed, and when it was resolved."""
LINE_COLUMNS: dict[str, str] = {
    **{"ticket": "int64", "place": "int32", "happened_at": "int64"},
    **_each(("what", "actor", "detail"), "string"),
    "is_estimated": "bool",
}
"""The columns of lines: a few words say what happened; detail names a team, a person, a
priority."""


def text_of(word: str) -> str:
    """A text as SQL writes it."""
    return "'" + word.replace("'", "''") + "'"


def kind_of(name: str) -> pa.DataType:
    """The Arrow type of a column."""
    import pyarrow as pa

    kinds = {"strings": pa.list_(pa.string()), "instants": pa.list_(pa.int64())}
    return kinds.get(name) or pa.type_for_alias(name)


@dataclass(slots=True)
class Row:
    """A ticket as the pack lists it.

    teams are those that it was given to or taken in, one after another. touched_at is when
    it first showed work: somebody took it, let it wait or resolved it. missing are updates that the
    source counted and the file lacks. priorities are those it was given, one after another.
    """

    number: str
    stream: str
    subject: str
    opened_at: Instant
    requester: str
    channel: str
    service: str = ""
    item: str = ""
    site: str = ""
    category: str = ""
    state: str = "open"
    owner: str = ""
    priorities: list[str] = field(default_factory=list)
    prioritised_ats: list[Instant] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    resolved_ats: list[Instant] = field(default_factory=list)
    resolvers: list[str] = field(default_factory=list)
    reopened_ats: list[Instant] = field(default_factory=list)
    paused_ats: list[Instant] = field(default_factory=list)
    closed_at: Instant | None = None
    touched_at: Instant | None = None
    last_row_at: Instant | None = None
    has_messages: bool = False
    is_restored: bool = False
    missing: int = 0
    after_closing: int = 0
    is_missed: bool | None = None
    claimed_at: Instant | None = None


class Listing:
    """Rows and lines on their way into files. `name` keeps those of several processes apart."""

    def __init__(self, folder: Path, name: str = "part") -> None:
        self._folder = folder
        self._name = name
        self._written = 0
        self._begin()

    def take(
        self, number: int, ticket: ExportedTicket, people: Mapping[str, tuple[str, Side]]
    ) -> Instant:
        """Take in a ticket under a number that no other has; when the last of its events happened.

        people are names by id.
        """
        drafts = sorted(ticket.drafts, key=_instant_of)
        reader = _Reader(_begun(ticket, people), people)
        reader.hear(drafts)
        row = reader.row
        if ticket.claim is not None:
            if ticket.claim.is_met is not None:
                row.is_missed = not ticket.claim.is_met
            row.claimed_at = ticket.claim.resolved_at
        self._numbers.append(number)
        self._rows.append(row)
        self._note(number, reader.lines)
        if len(self._lines[0]) >= BATCH:
            self._flush()
        return drafts[-1].happened_at

    def _begin(self) -> None:
        self._numbers: list[int] = []
        self._rows: list[Row] = []
        self._words = _Words()
        self._lines = tuple(array(kind) for kind in "qiqiiib")

    def end(self) -> None:
        """Write what is still held."""
        if self._rows:
            self._flush()

    def _note(self, number: int, told: Sequence[_Line]) -> None:
        tickets, places, ats, whats, actors, details, estimated = self._lines
        words = self._words
        tickets.extend(repeat(number, len(told)))
        places.extend(range(len(told)))
        for at, what, actor, detail, is_estimated in told:
            ats.append(at)
            whats.append(words[what])
            actors.append(words[actor])
            details.append(words[detail])
            estimated.append(is_estimated)

    def _flush(self) -> None:
        import pyarrow as pa

        rows = self._rows
        given = [
            pa.array(
                self._numbers if name == "ticket" else [*map(attrgetter(name), rows)],
                kind_of(kind),
            )
            for name, kind in COLUMNS.items()
        ]
        self._write(pa.table(given, names=list(COLUMNS)), ROWS)
        words = pa.array(list(self._words), pa.string())
        told = []
        for column, kind in zip(self._lines, LINE_COLUMNS.values(), strict=True):
            plain = pa.array(memoryview(column))
            told.append(words.take(plain) if kind == "string" else plain.cast(kind_of(kind)))
        self._write(pa.table(told, names=list(LINE_COLUMNS)), LINES)
        self._written += 1
        self._begin()

    def _write(self, table: pa.Table, kind: str) -> None:
        import pyarrow.parquet as pq

        place = self._folder / kind
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{self._name}-{self._written}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1)


_Line = tuple[Instant, str, str, str, bool]
"""When, what, who, detail, and whether the time is estimated."""


class _Words(dict[str, int]):
    """The places of words in a list that grows."""

    def __missing__(self, word: str) -> int:
        self[word] = place = len(self)
        return place


def _begun(ticket: ExportedTicket, people: Mapping[str, tuple[str, Side]]) -> Row:
    """The row of a ticket as it was opened."""
    opened = next(each for each in ticket.drafts if type(each.body) is e.TicketOpened)
    body = opened.body
    assert isinstance(body, e.TicketOpened)
    return Row(
        number=ticket.number,
        stream=ticket.stream,
        subject=ticket.words.get("subject", ""),
        opened_at=opened.happened_at,
        requester=_name_of(body.requester, people),
        channel=body.channel,
        service=body.service,
        item=body.item,
        site=body.site,
    )


_instant_of = attrgetter("happened_at")


class _Reader:
    """Hears the events of one ticket: what they make of its row, and each as a line."""

    def __init__(self, row: Row, people: Mapping[str, tuple[str, Side]]) -> None:
        self.row = row
        self.lines: list[_Line] = []
        self._people = people
        self._updates: list[int] = []

    def hear(self, events: Iterable[Draft]) -> None:
        """Take in the events, in order of time."""
        for event in events:
            body = event.body
            if type(body) is e.RowImported:
                self._hear_row(event, body)
                continue
            what, detail = self._told(event, body)
            is_estimated = event.certainty is Certainty.ESTIMATED
            actor = self._actor(event.actor)
            self.lines.append((event.happened_at, what, actor, detail, is_estimated))
        self.row.missing = _missing(self._updates)

    def _hear_row(self, event: Draft, body: e.RowImported) -> None:
        """A trace of a row: somebody did something, even where it changed nothing that we read."""
        self._updates.append(body.update)
        if body.state == "Resolved":
            self.row.last_row_at = event.happened_at
        if self.row.closed_at is not None and not body.changes:
            self.row.after_closing += event.happened_at > self.row.closed_at

    def _actor(self, actor: Actor) -> str:
        name = "" if actor.side is Side.MACHINE else self._name_of(actor.id)
        return name or self._name_of(actor.on_behalf_of)

    def _name_of(self, person: str) -> str:
        return _name_of(person, self._people)

    def _told(self, event: Draft, body: Body) -> tuple[str, str]:
        """Take an event in; what happened, in words, and to or by whom or what."""
        row, at = self.row, event.happened_at
        match body:
            case e.TicketAssigned():
                self._give(body.team)
                return "given to", body.team
            case e.TicketTaken() | e.HandoverAccepted():
                row.owner = self._name_of(body.owner)
                self._give(body.team)
                self._touch(at)
                return "taken by", " · ".join(filter(None, (row.owner, body.team)))
            case e.TicketClassified():
                row.service = body.service or row.service
                row.item, row.site, row.category = body.item, body.site, body.category
                named = (body.category, body.service, body.item, body.site)
                return "classified", " · ".join(filter(None, named))
            case e.TicketPrioritised():
                priority = body.priority
                if not row.priorities or row.priorities[-1] != priority:
                    row.priorities.append(priority)
                    row.prioritised_ats.append(at)
                return "priority", priority
            case e.TicketOpened():
                return "opened", f"by {body.channel}"
            case e.TicketReleased():
                row.owner = ""
                return "let go", "nobody has it"
            case e.WaitBegun():
                row.paused_ats.append(at)
                row.state = "waiting"
                self._touch(at)
                return "waits on", body.on
            case e.WaitEnded():
                row.state = "open"
                return "goes on", ""
            case e.TicketResolved():
                row.resolved_ats.append(at)
                row.resolvers.append(event.actor.id)
                row.state = "resolved"
                self._touch(at)
            case e.TicketReopened():
                row.reopened_ats.append(at)
                row.state, row.closed_at = "open", None
            case e.TicketClosed():
                row.closed_at, row.state = at, "closed"
            case e.MessageReceived() | e.MessageWritten():
                row.has_messages = True
            case e.TicketRestored():
                row.is_restored = True
            case _:
                pass
        return _words_of(body.NAME)

    def _give(self, team: str) -> None:
        if team and (not self.row.teams or self.row.teams[-1] != team):
            self.row.teams.append(team)

    def _touch(self, at: Instant) -> None:
        """It showed work, which counts where no message tells of any."""
        if self.row.touched_at is None:
            self.row.touched_at = max(at, self.row.opened_at)


def _missing(updates: Iterable[int]) -> int:
    """How many updates the source counted that the file does not have."""
    counts = sorted({*updates})
    return sum(later - earlier - 1 for earlier, later in pairwise([-1, *counts])) if counts else 0


def _name_of(person: str, people: Mapping[str, tuple[str, Side]]) -> str:
    return people[person][0] if person in people else ""


@lru_cache(maxsize=256)
def _words_of(name: str) -> tuple[str, str]:
    """An event of which its name says enough: what happened, and to what."""
    kind, _, what = name.replace("_", " ").partition(".")
    return what, "" if kind == "ticket" else kind
