"""The exchange: events of tickets as a flat, typed table, in Parquet files by month.

A row is one event with what figures read of it. docs/engine.md describes every column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
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

_PLACES = {name: place for place, name in enumerate(COLUMNS)}

Row: TypeAlias = list[Value]


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
    """Rows on their way into the files of a folder.

    Files for others are by month; those that are only read again here need not be. `name` keeps the
    files of several processes apart.
    """

    def __init__(self, folder: Path, *, by_month: bool = False, name: str = "part") -> None:
        self._folder = folder
        self._by_month = by_month
        self._name = name
        self._rows: list[Row] = []
        self._first = 0
        self._written = 0

    def take(self, number: int, history: Sequence[Event | Draft]) -> None:
        """Take in a ticket's events under a number that no other ticket has."""
        if not self._rows:
            self._first = number
        self._rows += rows_of(number, history)
        if len(self._rows) >= BATCH:
            self._flush()

    def end(self) -> int:
        """Write what is still held; how many rows were written in all."""
        if self._rows:
            self._flush()
        return self._written

    def _flush(self) -> None:
        import pyarrow as pa

        arrays = [
            pa.nulls(len(column), kind.type)
            if column.count(None) == len(column)
            else pa.array(column, kind.type)
            for column, kind in zip(zip(*self._rows, strict=True), schema(), strict=True)
        ]
        table = pa.table(arrays, names=list(COLUMNS))
        self._written += len(self._rows)
        self._rows = []
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

_FIRST = ("ticket", "place", "position", "happened_at", "name", "side")
_REST: tuple[None, ...] = (None,) * (len(COLUMNS) - len(_FIRST))


def rows_of(ticket: int, history: Sequence[Event | Draft]) -> Iterator[Row]:
    """The rows of one ticket, in order. Nothing for a ticket that was never opened."""
    told = _in_order(history)
    opened = next((each for _, each in told if type(each.body) is e.TicketOpened), None)
    if opened is None:
        return
    writer = _Writer(ticket, opened)
    place = 0
    for position, event in told:
        if type(event.body) in _LEFT_OUT and not event.actor.side.is_technical:
            continue
        place += 1
        yield writer.row(event, place, position)


def _in_order(history: Sequence[Event | Draft]) -> list[tuple[int, Event | Draft]]:
    """Each event with its position, as they happened."""
    told: list[tuple[int, Event | Draft]] = [
        (each.position if isinstance(each, Event) else place, each)
        for place, each in enumerate(history, start=1)
    ]
    told.sort(key=lambda each: (each[1].happened_at, each[0]))
    return told


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
    """Makes the rows of one ticket. A delivery tells what was delivered."""

    def __init__(self, ticket: int, opened: Event | Draft) -> None:
        assert isinstance(opened.body, e.TicketOpened)
        self._ticket = ticket
        self._opened = opened
        self._requester = opened.body.requester
        self._keys: dict[str, int] = {}
        self._messages: dict[str, _Written] = {}
        self._is_open = False

    def row(self, event: Event | Draft, place: int, position: int) -> Row:
        body, side = event.body, event.actor.side.value
        row: Row = [self._ticket, place, position, event.happened_at, body.NAME, side, *_REST]
        self._is_open = self._is_open or event is self._opened
        if not self._is_open or (type(body) is e.TicketOpened and event is not self._opened):
            self._fill(row, is_odd=True)
        self._tell(row, event)
        return row

    def _fill(self, row: Row, **values: Value) -> None:
        for name, value in values.items():
            row[_PLACES[name]] = value

    def _key(self, name: str) -> int:
        return self._keys.setdefault(name, len(self._keys) + 1)

    def _message(self, name: str) -> int:
        return self._key(f"message {name}")

    def _tell(self, row: Row, event: Event | Draft) -> None:
        body = event.body
        match body:
            case e.TicketOpened():
                self._fill(
                    row, stream=event.stream, requester=body.requester, channel=body.channel.value,
                    kind=body.kind.value, opening=body.opening.value, service=body.service,
                    item=body.item, site=body.site, charter=body.charter,
                    returned_from=body.returned_from,
                )  # fmt: skip
            case e.TicketClassified():
                self._fill(
                    row, kind=body.kind.value, service=body.service, item=body.item, site=body.site
                )  # fmt: skip
            case e.TicketPrioritised(priority) | e.LoweringAgreed(priority):
                self._fill(row, priority=priority.value)
            case e.TicketAssigned() | e.TicketTaken() | e.HandoverAccepted():
                self._fill(row, tier=body.tier.value, team=body.team)
            case e.MessageReceived():
                self._fill(row, is_automatic=body.is_automatic)
            case e.MessageWritten():
                self._write(row, event, body)
            case e.MessageDelivered(message):
                self._deliver(row, message)
            case e.QuestionAsked(message):
                self._fill(row, key=self._message(message) if message else 0)
            case e.WaitBegun():
                self._fill(
                    row, key=self._key(f"wait {body.wait}"), reason=body.on.value,
                    until_at=body.until, is_requesters_date=body.is_requesters_date,
                )  # fmt: skip
            case e.VendorLegBegun(leg):
                self._fill(row, key=self._key(f"wait {leg}"), reason=e.WaitReason.VENDOR.value)
            case e.WaitEnded(wait):
                self._fill(row, key=self._key(f"wait {wait}"))
            case e.VendorLegEnded(leg):
                self._fill(row, key=self._key(f"wait {leg}"))
            case e.TicketReopened(message):
                self._fill(row, has_message=bool(message))
            case e.TicketLinked(other, relation) | e.LinkRemoved(other, relation):
                self._fill(row, other=other, relation=relation.value)
            case e.MatterScored(other, score, threshold):
                self._fill(row, other=other, score=score, threshold=threshold)
            case e.MatterConfirmed(other) | e.MatterDenied(other) | e.MergeUndone(other):
                self._fill(row, other=other)
            case e.TicketAbsorbed(source):
                self._fill(row, other=source)
            case e.TicketMerged(into):
                self._fill(row, other=into)
            case _:
                pass

    def _write(self, row: Row, event: Event | Draft, body: e.MessageWritten) -> None:
        side = event.actor.side
        written = _Written(
            at=event.happened_at,
            is_human=side.is_technical and not body.is_templated,
            by_person=event.actor.is_person,
            is_templated=body.is_templated,
            reaches=not body.to or self._requester in body.to,
        )
        if body.message in self._messages:
            self._fill(row, is_odd=True)
        self._messages[body.message] = written
        self._fill(
            row,
            key=self._message(body.message),
            is_templated=body.is_templated,
            to_people="\n".join(body.to),
        )

    def _deliver(self, row: Row, message: str) -> None:
        written = self._messages.get(message)
        self._fill(row, key=self._message(message))
        if written is None or written.is_delivered:
            return
        written.is_delivered = True
        self._fill(
            row, is_human=written.is_human, by_person=written.by_person, reaches=written.reaches,
            is_templated=written.is_templated, written_at=written.at,
        )  # fmt: skip


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
