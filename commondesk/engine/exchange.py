"""The exchange: events of tickets as a flat, typed table, in Parquet files by month.

A row is one event with what figures read of it. docs/engine.md describes every column.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import Instant

if TYPE_CHECKING:
    import pyarrow as pa

Value: TypeAlias = int | str | bool | float | None

COLUMNS: dict[str, str] = {
    # which ticket, where in it, when, what, and who
    "ticket": "int64",
    "place": "int32",
    "position": "int32",
    "happened_at": "int64",
    "name": "string",
    "side": "string",
    "is_odd": "bool",
    # what an opening or a classification says
    "stream": "string",
    "requester": "string",
    "channel": "string",
    "kind": "string",
    "opening": "string",
    "service": "string",
    "item": "string",
    "site": "string",
    "charter": "string",
    "returned_from": "string",
    # whose it is, and how pressing
    "priority": "string",
    "tier": "string",
    "team": "string",
    # messages: key numbers those of a ticket
    "key": "int32",
    "is_automatic": "bool",
    "is_templated": "bool",
    "to_people": "string",
    "is_human": "bool",
    "by_person": "bool",
    "reaches": "bool",
    "written_at": "int64",
    "has_message": "bool",
    # waits: key numbers those of a ticket
    "reason": "string",
    "until_at": "int64",
    "is_requesters_date": "bool",
    # what is said of another ticket
    "other": "string",
    "relation": "string",
    "score": "double",
    "threshold": "double",
}
"""The columns with their types. What an event does not say is null."""

BATCH = 200_000
"""So many rows are held before they are written."""


def schema() -> pa.Schema:
    """The Arrow schema of the exchange."""
    import pyarrow as pa

    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])


def write(tickets: Iterable[Sequence[Event | Draft]], folder: Path, *, first: int = 1) -> int:
    """Write the events of tickets, each ticket's in one sequence; the number of rows.

    folder gets a folder for each month. Tickets are numbered from `first` on. No more than BATCH
    rows are held. A sequence of drafts counts as in the order of their positions.
    """
    filing = Filing(folder, by_month=True)
    for number, history in enumerate(tickets, start=first):
        filing.take(number, history)
    return filing.end()


class Filing:
    """Events on their way into the files of a folder, as columns.

    Files for others are by month; those that are only read again here need not be. `name` keeps the
    files of several processes apart.
    """

    def __init__(self, folder: Path, *, by_month: bool = False, name: str = "part") -> None:
        self._folder = folder
        self._by_month = by_month
        self._name = name
        self._columns = _Columns()
        self._first = 0
        self._written = 0

    def take(self, number: int, history: Sequence[Event | Draft]) -> None:
        """Take in a ticket's events under a number that no other ticket has.

        One that was never opened leaves nothing.
        """
        if not self._columns.ats:
            self._first = number
        told = _in_order(history)
        opened = next((event for _, _, event in told if type(event.body) is e.TicketOpened), None)
        if opened is None:
            return
        _Writer(self._columns, opened).take(number, told)
        if len(self._columns.ats) >= BATCH:
            self._flush()

    def end(self) -> int:
        """Write what is still held; how many rows were written in all."""
        if self._columns.ats:
            self._flush()
        return self._written

    def _flush(self) -> None:
        table = self._columns.table()
        self._written += table.num_rows
        self._columns = _Columns()
        name = f"{self._name}-{self._first}"
        if self._by_month:
            write_by_month(table, self._folder, name)
            return
        import pyarrow.parquet as pq

        place = self._folder / "any"
        place.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, place / f"{name}.parquet", compression="zstd", compression_level=1)


def write_by_month(table: pa.Table, folder: Path, name: str) -> None:
    """Write rows into a folder for each month of their `happened_at`, in UTC, as `month=2025-03`.

    Files begin with the name; one that is there already is replaced.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    months = pc.strftime(table["happened_at"].cast(pa.timestamp("us")), "%Y-%m")
    ds.write_dataset(
        table.append_column("month", months),
        folder,
        basename_template=f"{name}-{{i}}.parquet",
        format="parquet",
        file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"),
        partitioning=ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive"),
        existing_data_behavior="overwrite_or_ignore",
        max_partitions=1 << 20,
        max_open_files=64,
    )


# ---- events to rows -------------------------------------------------------------------------

_LEFT_OUT = frozenset(
    (
        *(e.TargetMissed, e.TargetNeared, e.DueMoved, e.RowImported),
        *(e.TicketRated, e.MessageBounced),
    )
)
"""Kinds that no figure reads, unless a person of a technical side did it: that is an action."""
_TECHNICAL = frozenset(side for side in Side if side.is_technical)

_Told = tuple[Instant, int, Event | Draft]
"""An event with when it happened and its position."""


def _in_order(history: Sequence[Event | Draft]) -> list[_Told]:
    """The events that figures read, with their positions, as they happened."""
    told: list[_Told] = [
        (each.happened_at, each.position if isinstance(each, Event) else place, each)
        for place, each in enumerate(history, start=1)
        if type(each.body) not in _LEFT_OUT or each.actor.side in _TECHNICAL
    ]
    told.sort(key=_moment)
    return told


_moment = itemgetter(0, 1)

_ASSIGNED = ("tier", "team")
_CLASSIFIED = ("kind", "service", "item", "site")
_PRIORITISED = ("priority",)
_BEGUN = ("key", "reason", "until_at", "is_requesters_date")
_KEYED = ("key",)
_OPENED = (
    *("stream", "requester", "channel", "kind", "opening", "service", "item", "site", "charter"),
    "returned_from",
)
_RECEIVED = ("is_automatic",)
_WRITTEN = ("key", "is_templated", "to_people")
_DELIVERED = ("key", "is_human", "by_person", "reaches", "is_templated", "written_at")
_LEG_BEGUN = ("key", "reason")
_REOPENED = ("has_message",)
_LINKED = ("other", "relation")
_SCORED = ("other", "score", "threshold")
_OTHER = ("other",)
_ODD = ("is_odd",)


class _Columns:
    """Rows as columns: what every row says, and what only some say, by the columns that it needs.

    Of what some say, the number of the row comes before the values.
    """

    def __init__(self) -> None:
        self.tickets = array("q")
        self.places = array("i")
        self.positions = array("i")
        self.ats = array("q")
        self.names: list[str] = []
        self.sides: list[str] = []
        self.some: defaultdict[tuple[str, ...], list[tuple[Value, ...]]] = defaultdict(list)

    def table(self) -> pa.Table:
        """All rows."""
        import pyarrow as pa

        plain = {
            "ticket": pa.array(memoryview(self.tickets)),
            "place": pa.array(memoryview(self.places)),
            "position": pa.array(memoryview(self.positions)),
            "happened_at": pa.array(memoryview(self.ats)),
            "name": pa.array(self.names, pa.string()),
            "side": pa.array(self.sides, pa.string()),
        }
        some: dict[str, list[tuple[Sequence[int], Sequence[Value]]]] = {}
        for names, told in self.some.items():
            rows, *columns = zip(*told, strict=True)
            for name, values in zip(names, columns, strict=True):
                some.setdefault(name, []).append((rows, values))
        given = [
            plain[each.name]
            if each.name in plain
            else _spread(some.get(each.name, ()), len(self.ats), each.type)
            for each in schema()
        ]
        return pa.table(given, schema())


def _spread(
    pieces: Iterable[tuple[Sequence[int], Sequence[Value]]], count: int, kind: pa.DataType
) -> pa.Array:
    """A column of so many rows from pieces of it: the numbers of some rows, and their values."""
    import numpy as np
    import pyarrow as pa

    told = [(rows, pa.array(values, kind)) for rows, values in pieces]
    if not told:
        return pa.nulls(count, kind)
    values = pa.concat_arrays([values for _, values in told])
    places = np.zeros(count, np.int64)
    is_null = np.ones(count, np.bool_)
    rows = np.concatenate([np.array(rows, np.int64) for rows, _ in told])
    places[rows] = np.arange(len(rows))
    is_null[rows] = False
    return values.take(pa.array(places, mask=is_null))


@dataclass(slots=True)
class _Written:
    """A message on its way out."""

    at: Instant
    is_human: bool
    by_person: bool
    is_templated: bool
    reaches: bool
    is_delivered: bool = False


class _Writer:
    """Writes the events of one ticket. A delivery tells what was delivered."""

    def __init__(self, columns: _Columns, opened: Event | Draft) -> None:
        assert isinstance(opened.body, e.TicketOpened)
        self._columns = columns
        self._some = columns.some
        self._opened = opened
        self._requester = opened.body.requester
        self._keys: dict[str, int] = {}
        self._messages: dict[str, _Written] = {}

    def take(self, ticket: int, told: Sequence[_Told]) -> None:
        """Write events, in their order."""
        columns, some, opened = self._columns, self._some, self._opened
        first = len(columns.ats)
        columns.tickets.extend(repeat(ticket, len(told)))
        columns.places.extend(range(1, len(told) + 1))
        is_open = False
        for row, (at, position, event) in enumerate(told, first):
            body = event.body
            columns.positions.append(position)
            columns.ats.append(at)
            columns.names.append(body.NAME)
            columns.sides.append(event.actor.side)
            if event is opened:
                is_open = True
            elif not is_open or type(body) is e.TicketOpened:
                some[_ODD].append((row, True))
            self._tell(row, event, body)

    def _key(self, name: str) -> int:
        return self._keys.setdefault(name, len(self._keys) + 1)

    def _message(self, name: str) -> int:
        return self._key(f"message {name}")

    def _tell(self, row: int, event: Event | Draft, body: Body) -> None:
        """Write what an event says beyond what all say. The most frequent ones come first."""
        some = self._some
        match body:
            case e.TicketAssigned() | e.TicketTaken() | e.HandoverAccepted():
                some[_ASSIGNED].append((row, body.tier, body.team))
            case e.TicketClassified():
                some[_CLASSIFIED].append((row, body.kind, body.service, body.item, body.site))
            case e.TicketPrioritised() | e.LoweringAgreed():
                some[_PRIORITISED].append((row, body.priority))
            case e.TicketResolved() | e.TicketClosed() | e.TicketReleased():
                pass
            case e.TicketOpened():
                some[_OPENED].append((
                    row, event.stream, body.requester, body.channel, body.kind, body.opening,
                    body.service, body.item, body.site, body.charter, body.returned_from,
                ))  # fmt: skip
            case e.WaitBegun():
                key = self._key(f"wait {body.wait}")
                some[_BEGUN].append((row, key, body.on, body.until, body.is_requesters_date))
            case e.WaitEnded(wait):
                some[_KEYED].append((row, self._key(f"wait {wait}")))
            case e.MessageWritten():
                self._write(row, event, body)
            case e.MessageDelivered(message):
                self._deliver(row, message)
            case e.MessageReceived():
                some[_RECEIVED].append((row, body.is_automatic))
            case e.QuestionAsked(message):
                some[_KEYED].append((row, self._message(message) if message else 0))
            case e.VendorLegBegun(leg):
                key = self._key(f"wait {leg}")
                some[_LEG_BEGUN].append((row, key, e.WaitReason.VENDOR))
            case e.VendorLegEnded(leg):
                some[_KEYED].append((row, self._key(f"wait {leg}")))
            case e.TicketReopened(message):
                some[_REOPENED].append((row, bool(message)))
            case e.TicketLinked(other, relation) | e.LinkRemoved(other, relation):
                some[_LINKED].append((row, other, relation))
            case e.MatterScored(other, score, threshold):
                some[_SCORED].append((row, other, score, threshold))
            case e.MatterConfirmed(other) | e.MatterDenied(other) | e.MergeUndone(other):
                some[_OTHER].append((row, other))
            case e.TicketAbsorbed(source):
                some[_OTHER].append((row, source))
            case e.TicketMerged(into):
                some[_OTHER].append((row, into))
            case _:
                pass

    def _write(self, row: int, event: Event | Draft, body: e.MessageWritten) -> None:
        side = event.actor.side
        written = _Written(
            at=event.happened_at,
            is_human=side.is_technical and not body.is_templated,
            by_person=event.actor.is_person,
            is_templated=body.is_templated,
            reaches=not body.to or self._requester in body.to,
        )
        if body.message in self._messages:
            self._some[_ODD].append((row, True))
        self._messages[body.message] = written
        key = self._message(body.message)
        self._some[_WRITTEN].append((row, key, body.is_templated, "\n".join(body.to)))

    def _deliver(self, row: int, message: str) -> None:
        written = self._messages.get(message)
        key = self._message(message)
        if written is None or written.is_delivered:
            self._some[_KEYED].append((row, key))
            return
        written.is_delivered = True
        self._some[_DELIVERED].append((
            row, key, written.is_human, written.by_person, written.reaches, written.is_templated,
            written.at,
        ))  # fmt: skip


# ---- rows to events -------------------------------------------------------------------------

_KINDS: dict[str, type[Body]] = {
    each.NAME: each
    for each in vars(e).values()
    if isinstance(each, type) and issubclass(each, Body) and each is not Body
}
_NO_WORDS = WordsRef("", "")


def event_of(row: Mapping[str, Value], stream: str) -> Event:
    """The event of a row, as far as figures read it; words are empty, keys are numbers."""
    name = row["name"]
    assert isinstance(name, str)
    happened_at, position = row["happened_at"], row["position"]
    assert isinstance(happened_at, int) and isinstance(position, int)
    actor = Actor("", Side(str(row["side"])))
    body = _body_of(_KINDS[name], row)
    return Event(stream, position, happened_at, happened_at, Certainty.IMPORTED, actor, body)


def _body_of(kind: type[Body], row: Mapping[str, Value]) -> Body:
    def text(name: str) -> str:
        return str(row[name] or "")

    key = f"{row['ticket']}.{row['key']}"
    if kind is e.TicketOpened:
        return e.TicketOpened(
            number=0, requester=text("requester"), channel=e.Channel(text("channel")),
            kind=e.Kind(text("kind")), subject=_NO_WORDS, opening=e.Opening(text("opening")),
            service=text("service"), item=text("item"), site=text("site"),
            charter=text("charter"), returned_from=text("returned_from"),
        )  # fmt: skip
    if kind is e.TicketClassified:
        return e.TicketClassified(
            e.Kind(text("kind")), text("service"), text("item"), text("site")
        )  # fmt: skip
    if kind is e.TicketPrioritised:
        return e.TicketPrioritised(e.Priority(text("priority")))
    if kind is e.LoweringAgreed:
        return e.LoweringAgreed(e.Priority(text("priority")))
    if kind is e.TicketAssigned:
        return e.TicketAssigned(text("team"), e.Tier(text("tier")))
    if kind is e.TicketTaken:
        return e.TicketTaken("", text("team"), e.Tier(text("tier")))
    if kind is e.HandoverAccepted:
        return e.HandoverAccepted("", text("team"), e.Tier(text("tier")))
    if kind is e.MessageReceived:
        return e.MessageReceived("", "", e.Channel.IMPORT, _NO_WORDS, bool(row["is_automatic"]))
    if kind is e.MessageWritten:
        to = tuple(text("to_people").split("\n")) if row["to_people"] else ()
        return e.MessageWritten(key, to, _NO_WORDS, bool(row["is_templated"]))
    if kind is e.MessageDelivered:
        return e.MessageDelivered(key, e.Channel.IMPORT)
    if kind is e.QuestionAsked:
        return e.QuestionAsked(key if row["key"] else "")
    if kind is e.WaitBegun:
        until = row["until_at"]
        assert until is None or isinstance(until, int)
        reason = e.WaitReason(text("reason"))
        return e.WaitBegun(key, reason, until, bool(row["is_requesters_date"]))
    if kind is e.TicketReopened:
        return e.TicketReopened("said" if row["has_message"] else "")
    if kind in (e.TicketLinked, e.LinkRemoved):
        return kind(text("other"), e.Relation(text("relation")))
    if kind is e.MatterScored:
        return e.MatterScored(
            text("other"), float(row["score"] or 0), float(row["threshold"] or 0)
        )  # fmt: skip
    if kind in (e.MatterConfirmed, e.MatterDenied, e.MergeUndone, e.TicketAbsorbed, e.TicketMerged):
        return kind(text("other"))
    return _bare(kind, key)


def _bare(kind: type[Body], key: str) -> Body:
    """An event of which figures read no more than its kind, or a key."""
    values: dict[str, object] = {}
    for each in fields(kind):
        if each.name in ("wait", "leg"):
            values[each.name] = key
        elif each.default is MISSING:
            values[each.name] = _BLANKS.get(str(each.type), "")
    return kind(**values)


_BLANKS: dict[str, object] = {
    "WordsRef": _NO_WORDS,
    "Tier": e.Tier.L1,
    "Audience": e.Audience.OWN_TEAM,
    "ClockName": e.ClockName.RESPONSE,
    "int": 0,
    "Span": 0,
    "Instant": 0,
    "tuple[str, ...]": (),
}
