"""ServiceNow's incident audit log as CSV, one row an update, to the events that it means.

docs/readers.md tells how each column is read.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby, pairwise
from typing import BinaryIO, NamedTuple, TextIO
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Side, WordsRef
from commondesk.core.record.instant import Instant, instant_of

SOURCE = "servicenow"
READER = Actor(f"import:{SOURCE}", Side.MACHINE)
NO_CALLER = "Unknown caller"  # not for readers
NAMED = 20
"""How many problems of a file are named."""
LONGEST = 200

REQUIRED = (
    "number",
    "incident_state",
    "sys_mod_count",
    "caller_id",
    "opened_at",
    "sys_updated_by",
    "sys_updated_at",
    "priority",
    "assignment_group",
    "assigned_to",
)
USEFUL = (
    "opened_by",
    "contact_type",
    "location",
    "category",
    "subcategory",
    "cmdb_ci",
    "impact",
    "urgency",
    "reopen_count",
    "reassignment_count",
)
_READ = REQUIRED + USEFUL
_MISSING = frozenset({"?", ""})
_UNKNOWN_STATES = frozenset({"-100", *_MISSING})
_CHANNELS = {
    "Phone": e.Channel.PHONE,
    "IVR": e.Channel.PHONE,
    "Email": e.Channel.MAIL,
    "Self service": e.Channel.PORTAL,  # not for readers
}
_GZIP = b"\x1f\x8b"


class Place(StrEnum):
    """Where an incident stands, as far as the desk tells states apart."""

    ACTIVE = "active"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


Meaning = tuple[Place, e.WaitReason | None]
_STATES: dict[str, Meaning] = {
    "New": (Place.ACTIVE, None),
    "Active": (Place.ACTIVE, None),
    "Awaiting User Info": (Place.WAITING, e.WaitReason.REQUESTER),  # not for readers
    "Awaiting Vendor": (Place.WAITING, e.WaitReason.VENDOR),  # not for readers
    "Awaiting Problem": (Place.WAITING, e.WaitReason.OTHER),  # not for readers
    "Awaiting Evidence": (Place.WAITING, e.WaitReason.OTHER),  # not for readers
    "Resolved": (Place.RESOLVED, None),
    "Closed": (Place.CLOSED, None),
}
_PRIORITIES = dict(enumerate(e.Priority, 1))
_DONE = (Place.RESOLVED, Place.CLOSED)


# ---- what the reader gives ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be used, with the place: a row counted from the header (1), a column."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"row {self.row}{column}: {self.text}"


class UnusableExport(ValueError):
    """A file that cannot be read into events; the text names every place, up to a number."""

    def __init__(self, problems: Sequence[Problem], further: int = 0) -> None:
        lines = [str(problem) for problem in problems]
        if further:
            lines.append(f"and {further} more")
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Quality:
    """What reading a file told about it, counted while the rows pass."""

    rows: int = 0
    tickets: int = 0
    blank_rows: int = 0
    moved_times: int = 0
    doubtful_times: int = 0
    repeated_updates: int = 0
    missing_updates: int = 0
    tickets_with_gaps: int = 0
    unknown_states: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    unknown_callers: int = 0
    closed_unresolved: int = 0
    absent_columns: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    further_problems: int = 0

    def refuse(self, problem: Problem) -> None:
        """Note a problem; the file cannot be used any more."""
        if len(self.problems) < NAMED:
            self.problems.append(problem)
        else:
            self.further_problems += 1

    def require_sound(self) -> None:
        """Raise UnusableExport if any problem was noted."""
        if self.problems:
            raise UnusableExport(self.problems, self.further_problems)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as events. rows are the SHA-256 of its rows, in the order of the updates."""

    number: str
    stream: str
    row: int
    rows: tuple[str, ...]
    people: Mapping[str, Side]
    drafts: tuple[Draft, ...]

    @property
    def subject(self) -> str:
        """Words for a subject, which this log does not have."""
        return f"{self.number} (imported, no subject)"

    def drafts_with(self, number: int, subject: WordsRef) -> tuple[Draft, ...]:
        """The events, once the ticket has its number and the record keeps its subject."""
        opened = self.drafts[0].body
        assert isinstance(opened, e.TicketOpened)
        body = replace(opened, number=number, subject=subject)
        return (replace(self.drafts[0], body=body), *self.drafts[1:])


def incidents(
    lines: Iterable[str], *, company: UUID, zone: ZoneInfo, quality: Quality
) -> Iterator[Incident]:
    """The incidents of a log, one at a time; counts into quality what it meets.

    Rows that cannot be read are noted as problems there and left out: call require_sound before
    using what was read. Raises UnusableExport where reading cannot go on at all.
    """
    updates = _updates(lines, _LocalTimes(zone, quality), quality)
    for number, some in groupby(updates, key=lambda update: update.number):
        quality.tickets += 1
        group = sorted(some, key=lambda row: row.update)
        _count_gaps(group, quality)
        yield _Teller(company, number, group, quality).incident()


def person_id(company: UUID, name: str) -> str:
    """The id of somebody whom an export of this company names; the same in every import."""
    return _id(company, f"{SOURCE}:person:{name}")


def stream_of(company: UUID, number: str) -> str:
    """The stream of an incident of this company; the same in every import."""
    return str(uuid5(company, f"{SOURCE}:incident:{number}"))


@lru_cache(maxsize=65536)
def _id(company: UUID, name: str) -> str:
    return str(uuid5(company, name))


# ---- the file -------------------------------------------------------------------------------


def text_of(file: BinaryIO) -> TextIO:
    """The text of a file from its beginning, unpacked if it is gzip, without a byte-order mark."""
    file.seek(0)
    is_packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if is_packed else file
    # A view that may be closed without closing the file itself.
    return io.TextIOWrapper(io.BufferedReader(_Kept(source)), encoding="utf-8-sig", newline="")


class _Kept(io.RawIOBase):
    """Bytes of a file that stays open when this is closed."""

    def __init__(self, source: BinaryIO | gzip.GzipFile) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._source.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


Values = dict[str, str]


def _rows(lines: Iterable[str], quality: Quality) -> Iterator[tuple[int, Values]]:
    """Each row by column, with its number. Raises UnusableExport where the file is broken."""
    row = 0
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        quality.absent_columns = _absent_columns(header)
        for row, fields in enumerate(reader, 2):
            if not fields:
                quality.blank_rows += 1
            elif len(fields) != len(header):
                text = f"{len(fields)} fields, where the header has {len(header)}"
                quality.refuse(Problem(row, "", text))
            elif "\0" in "".join(fields):
                column = next(
                    name for name, value in zip(header, fields, strict=True) if "\0" in value
                )
                quality.refuse(Problem(row, column, "holds a zero byte"))
            else:
                yield row, dict(zip(header, fields, strict=True))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _broken(row + 1, "the packed file is damaged or ends too early") from None
    except UnicodeDecodeError:
        raise _broken(row + 1, "the text from here on is not UTF-8") from None
    except csv.Error as problem:
        raise _broken(row + 1, f"no CSV from here on: {problem}") from None


def _broken(row: int, text: str) -> UnusableExport:
    return UnusableExport([Problem(row, "", text)])


def _absent_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The useful columns that are not there. Raises UnusableExport if it lacks a required one."""
    problems = [
        Problem(1, name, f"this column is missing; the header has {', '.join(header) or 'nothing'}")
        for name in REQUIRED
        if name not in header
    ]
    twins = [name for name, count in Counter(header).items() if count > 1]
    problems += [Problem(1, name, "two columns have this name") for name in twins]
    if problems:
        raise UnusableExport(problems[:NAMED], len(problems[NAMED:]))
    return tuple(name for name in USEFUL if name not in header)


# ---- a row ----------------------------------------------------------------------------------


Judgement = tuple[e.Priority, int, int]
"""Priority, impact and urgency."""


class Update(NamedTuple):
    """One row in our terms. What is missing is empty, or None."""

    row: int
    sha256: str
    number: str
    update: int
    state: str
    meaning: Meaning | None
    at: Instant
    opened_at: Instant
    by: str
    caller: str
    opener: str
    contact: str
    judgement: Judgement | None
    group: str
    resolver: str
    item: str
    site: str
    category: str
    reopens: int | None
    reassignments: int | None


class _Unfit(ValueError):
    """A value that does not fit its column."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


def _updates(lines: Iterable[str], times: _LocalTimes, quality: Quality) -> Iterator[Update]:
    """The rows as updates. Those that cannot be read are noted and left out."""
    seen: set[str] = set()
    last = ""
    for row, values in _rows(lines, quality):
        quality.rows += 1
        try:
            update = _update(row, values, times)
            if update.number != last and update.number in seen:
                text = f"{update.number} had other rows before: sort the file by number"
                raise _Unfit("number", text)
        except _Unfit as problem:
            quality.refuse(Problem(row, problem.column, str(problem)))
            continue
        last = update.number
        seen.add(last)
        yield update


def _update(row: int, values: Values, times: _LocalTimes) -> Update:
    """A row in our terms. Raises _Unfit."""
    known = {name: _text(values.get(name, "")) for name in _READ}
    _require_short(known)
    return Update(
        row=row,
        sha256=sha256_of(values),
        number=_present("number", known),
        update=_whole("sys_mod_count", _present("sys_mod_count", known)),
        state=values["incident_state"],
        meaning=_meaning(values["incident_state"]),
        at=times.instant("sys_updated_at", _present("sys_updated_at", known)),
        opened_at=times.instant("opened_at", _present("opened_at", known)),
        by=known["sys_updated_by"],
        caller=known["caller_id"],
        opener=known["opened_by"],
        contact=known["contact_type"],
        judgement=_judgement(known),
        group=known["assignment_group"],
        resolver=known["assigned_to"],
        item=known["cmdb_ci"],
        site=known["location"],
        category=_category(known),
        reopens=_counter("reopen_count", known),
        reassignments=_counter("reassignment_count", known),
    )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sha256_of(values: Values) -> str:
    """The SHA-256 of a row: of the JSON list of its values, columns in alphabetical order."""
    listed = [values[name] for name in sorted(values)]
    return hashlib.sha256(_encode(listed).encode()).hexdigest()


def _text(value: str) -> str:
    """The value, empty if it is missing."""
    value = value.strip()
    return "" if value in _MISSING else value


def _require_short(known: Values) -> None:
    """Every value that is read is a label; one that runs on is a sign of shifted fields."""
    longest = max(known, key=lambda name: len(known[name]))
    if len(known[longest]) > LONGEST:
        raise _Unfit(longest, f"is longer than {LONGEST} characters")


def _present(column: str, known: Values) -> str:
    if not known[column]:
        raise _Unfit(column, "is missing")
    return known[column]


def _counter(column: str, known: Values) -> int | None:
    return _whole(column, known[column]) if known[column] else None


def _whole(column: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _Unfit(column, f"{value!r} is no whole number")
    return int(value)


def _meaning(state: str) -> Meaning | None:
    """What a state means here; None for one that says nothing."""
    state = state.strip()
    if state in _STATES:
        return _STATES[state]
    if state in _UNKNOWN_STATES:
        return None
    raise _Unfit("incident_state", f"{state!r} is not known; known are {', '.join(_STATES)}, -100")


def _judgement(known: Values) -> Judgement | None:
    level = _level("priority", known["priority"])
    if not level:
        return None
    impact, urgency = _level("impact", known["impact"]), _level("urgency", known["urgency"])
    return _PRIORITIES[level], impact, urgency


@lru_cache(maxsize=256)
def _level(column: str, label: str) -> int:
    """The digit of a label such as `3 - Moderate`; 0 if it is missing."""
    if not label:
        return 0
    found = re.fullmatch(r"([1-4])(\s*-.*)?", label)
    if found is None:
        raise _Unfit(column, f"{label!r} does not begin with a level from 1 to 4")
    return int(found[1])


def _category(known: Values) -> str:
    category, part = known["category"], known["subcategory"]
    return f"{category} / {part}" if category and part else category


class _LocalTimes:
    """Reads day-first times of one zone."""

    _pattern = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)

    def __init__(self, zone: ZoneInfo, quality: Quality) -> None:
        self._zone = zone
        self._quality = quality
        self._known: dict[str, tuple[Instant, bool]] = {}

    def instant(self, column: str, text: str) -> Instant:
        """The instant of a local time. Raises _Unfit."""
        if text not in self._known:
            if len(self._known) > 200_000:
                self._known.clear()
            try:
                self._known[text] = self._read(text)
            except (ValueError, OverflowError):
                raise _Unfit(
                    column, f"{text!r} is no time, day first, such as 29/2/2016 01:16"
                ) from None
        instant, is_doubtful = self._known[text]
        self._quality.doubtful_times += is_doubtful
        return instant

    def _read(self, text: str) -> tuple[Instant, bool]:
        """The instant, and whether clocks there were changed so that it is in doubt."""
        found = self._pattern.fullmatch(text)
        if found is None:
            raise ValueError(text)
        day, month, year, hour, minute, second = (int(each or 0) for each in found.groups())
        local = datetime(year, month, day, hour, minute, second, tzinfo=self._zone)
        is_doubtful = _offset(local) != _offset(local.replace(fold=1))
        return instant_of(local.astimezone(UTC)), is_doubtful


def _offset(local: datetime) -> timedelta | None:
    return local.utcoffset()


def _count_gaps(group: Sequence[Update], quality: Quality) -> None:
    """Count updates that the log leaves out, and those that it has twice."""
    counts = [row.update for row in group]
    steps = [after - before for before, after in pairwise([-1, *counts])]
    missing = sum(step - 1 for step in steps if step > 1)
    quality.repeated_updates += steps.count(0)
    quality.missing_updates += missing
    quality.tickets_with_gaps += missing > 0


# ---- an incident ----------------------------------------------------------------------------


class _Teller:
    """Walks the updates of one incident and tells the events that they mean."""

    def __init__(
        self, company: UUID, number: str, group: Sequence[Update], quality: Quality
    ) -> None:
        self._company = company
        self._number = number
        self._group = group
        self._quality = quality
        self._stream = stream_of(company, number)
        self._caller = group[0].caller or NO_CALLER
        self._people: dict[str, Side] = {self._caller: Side.REQUESTER}
        self._drafts: list[Draft] = []
        self._latest_at = group[0].opened_at
        self._meaning: Meaning = (Place.ACTIVE, None)
        self._wait = ""
        self._matter = ("", "", "")
        self._judgement: Judgement | None = None
        self._group_name = ""
        self._owner = ""
        self._reopens = 0
        self._reassignments = 0

    def incident(self) -> Incident:
        """The whole incident."""
        self._open(self._group[0])
        for update in self._group:
            self._hear(update)
        self._count_disagreements()
        return Incident(
            number=self._number,
            stream=self._stream,
            row=min(update.row for update in self._group),
            rows=tuple(update.sha256 for update in self._group),
            people=self._people,
            drafts=tuple(self._drafts),
        )

    def _open(self, first: Update) -> None:
        self._quality.unknown_callers += not first.caller
        body = e.TicketOpened(
            number=0,
            requester=person_id(self._company, self._caller),
            channel=_CHANNELS.get(first.contact, e.Channel.IMPORT),
            kind=e.Kind.INCIDENT,
            subject=WordsRef("", ""),
        )
        self._add(first.opened_at, self._worker(first.opener), body)

    def _hear(self, update: Update) -> None:
        """Add the trace of the row, then what it changed."""
        actor = self._worker(update.by)
        changes = list(self._changes(update))
        trace = e.RowImported(
            source=SOURCE,
            row=update.row,
            update=update.update,
            sha256=update.sha256,
            state=update.state,
            changes=len(changes),
        )
        self._add(update.at, self._machine(actor), trace)
        at, certainty = self._orderly(update.at)
        for body in changes:
            by = self._machine(actor) if isinstance(body, e.TicketReopened) else actor
            self._add(at, by, body, certainty)

    def _orderly(self, at: Instant) -> tuple[Instant, Certainty]:
        """No change happens before an earlier one; where the log says so, the time is a guess."""
        if at >= self._latest_at:
            self._latest_at = at
            return at, Certainty.IMPORTED
        self._quality.moved_times += 1
        return self._latest_at, Certainty.ESTIMATED

    def _add(
        self, at: Instant, actor: Actor, body: Body, certainty: Certainty = Certainty.IMPORTED
    ) -> None:
        self._drafts.append(Draft(self._stream, at, actor, body, certainty))

    # who

    def _worker(self, name: str) -> Actor:
        """Who updated: the requester, or else somebody taken for the provider's; or nobody."""
        if not name:
            return READER
        person = self._person(name)
        return Actor(person, self._people[name])

    def _person(self, name: str) -> str:
        self._people.setdefault(name, Side.PROVIDER)
        return person_id(self._company, name)

    def _machine(self, actor: Actor) -> Actor:
        return replace(READER, on_behalf_of=actor.id) if actor.is_person else READER

    # what

    def _changes(self, update: Update) -> Iterator[Body]:
        """What this row changed: what ends first, what begins last."""
        meaning = update.meaning
        if meaning is None:
            self._quality.unknown_states[update.state] += 1
            meaning = self._meaning
        is_moved = meaning != self._meaning
        if is_moved:
            yield from self._left(meaning[0])
        yield from self._classified(update)
        yield from self._prioritised(update)
        yield from self._assigned(update)
        yield from self._owned(update)
        if is_moved:
            yield from self._entered(update, meaning)
        self._meaning = meaning

    def _left(self, new: Place) -> Iterator[Body]:
        old = self._meaning[0]
        if self._wait:
            yield e.WaitEnded(self._wait)
            self._wait = ""
        if old in _DONE and (old, new) != _DONE:
            self._reopens += 1
            yield e.TicketReopened()

    def _entered(self, update: Update, meaning: Meaning) -> Iterator[Body]:
        place, reason = meaning
        if reason is not None:
            self._wait = str(uuid5(UUID(self._stream), f"wait:{update.update}:{update.sha256}"))
            yield e.WaitBegun(self._wait, reason)
        elif place is Place.RESOLVED:
            yield e.TicketResolved()
        elif place is Place.CLOSED:
            self._quality.closed_unresolved += self._meaning[0] is not Place.RESOLVED
            yield e.TicketClosed()

    def _classified(self, update: Update) -> Iterator[Body]:
        now = (update.item, update.site, update.category)
        item, site, category = (new or old for new, old in zip(now, self._matter, strict=True))
        if (item, site, category) != self._matter:
            self._matter = (item, site, category)
            yield e.TicketClassified(e.Kind.INCIDENT, item=item, site=site, category=category)

    def _prioritised(self, update: Update) -> Iterator[Body]:
        if update.judgement is not None and update.judgement != self._judgement:
            self._judgement = update.judgement
            yield e.TicketPrioritised(*update.judgement)

    def _assigned(self, update: Update) -> Iterator[Body]:
        if update.group and update.group != self._group_name:
            self._reassignments += bool(self._group_name)
            self._group_name = update.group
            yield e.TicketAssigned(update.group, e.Tier.L1)

    def _owned(self, update: Update) -> Iterator[Body]:
        owner = self._person(update.resolver) if update.resolver else ""
        if owner == self._owner:
            return
        if owner:
            yield e.TicketTaken(owner, self._group_name, e.Tier.L1)
        else:
            yield e.TicketReleased(self._owner)
        self._owner = owner

    def _count_disagreements(self) -> None:
        last = self._group[-1]
        found = {
            "reopen_count": last.reopens not in (None, self._reopens),
            "reassignment_count": last.reassignments not in (None, self._reassignments),
            "caller_id": len({update.caller for update in self._group}) > 1,
            "opened_at": len({update.opened_at for update in self._group}) > 1,
        }
        self._quality.disagreements.update(name for name, is_so in found.items() if is_so)


# ---- the report -----------------------------------------------------------------------------


def told(quality: Quality) -> list[str]:
    """The quality of a file in plain lines."""
    q = quality
    lines = [
        f"rows read: {_many(q.rows, 'row')} of {_many(q.tickets, 'ticket')}",
        f"dropped: {_many(q.blank_rows, 'blank row')}",
        f"repaired: {_many(q.moved_times, 'row')} timed before the opening or an earlier update; "
        "what they changed is dated at that one and marked as estimated",
        f"missing updates: {q.missing_updates:,} in {_many(q.tickets_with_gaps, 'ticket')}, "
        f"by gaps in sys_mod_count; repeated updates: {q.repeated_updates:,}",
        f"unknown states: {_list_of(q.unknown_states, 'row')}; they change nothing",
        f"disagree with the rows: {_list_of(q.disagreements, 'ticket')}",
        f"closed without a resolved row: {_many(q.closed_unresolved, 'ticket')}",
        f"without a caller: {_many(q.unknown_callers, 'ticket')}",
        f"columns missing: {', '.join(q.absent_columns) or 'none'}",
    ]
    if q.doubtful_times:
        lines.append(f"times in an hour that the zone skips or has twice: {q.doubtful_times:,}")
    return lines


def _list_of(counts: Counter[str], what: str) -> str:
    each = (f"{name or 'missing'} ({_many(count, what)})" for name, count in sorted(counts.items()))
    return ", ".join(each) or "none"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
