"""ServiceNow's incident audit log as CSV, one row an update, to the events that it means.

docs/readers.md tells how each column is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain, groupby, pairwise
from json.encoder import encode_basestring
from operator import attrgetter, itemgetter
from typing import BinaryIO, NamedTuple, TextIO, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Side, WordsRef
from commondesk.core.record.instant import MINUTE, SECOND, Instant, Span, instant_of
from commondesk.core.texts import gettext_noop
from commondesk.readers import export, wordings
from commondesk.readers.export import (
    NAMED,
    Asked,
    Claim,
    ExportedTicket,
    Fit,
    Head,
    Portion,
    Problem,
    Quality,
    Sort,
    Source,
    Support,
    UnusableExport,
)
from commondesk.readers.signs import Verdicts, closing_is_judged

K = TypeVar("K")
V = TypeVar("V")

NAME = "servicenow-log"
TITLE = gettext_noop("ServiceNow incident log (CSV)")
SOURCE = "servicenow"
READER = export.reader_of(SOURCE)
NO_CALLER = "Unknown caller"
LONGEST = 200
SPANS = 5_000
"""Incidents by which is told what the other desk's verdict goes by."""
PORTION = 1_000
"""Incidents on end that one process reads where several share a file."""
KNOWN = 200_000
"""So many values of a kind are remembered."""
AT_ONCE = 200
"""So many rows are read at once."""
FLAG = "made_sla"

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
FINAL = ("made_sla", "resolved_at", "closed_at")
"""What stands on every row, but was only known in the end: looked at, never made into events."""
_READ = REQUIRED + USEFUL + FINAL
_VERDICTS = {"true": True, "false": False}
_MISSING = frozenset({"?", ""})
_UNKNOWN_STATES = frozenset({"-100", *_MISSING})
_CHANNELS = {
    "Phone": e.Channel.PHONE,
    "IVR": e.Channel.PHONE,
    "Email": e.Channel.MAIL,
    "Self service": e.Channel.PORTAL,  # not for readers
}


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
_PRIORITIES = {**dict(enumerate(e.Priority, 1)), 5: e.Priority.P4}
"""5 is documented as Planning: work without haste, which no level below P4 stands for here."""
_DONE = (Place.RESOLVED, Place.CLOSED)


# ---- what the reader gives ------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file is such a log, by its header."""
    lines = head.text.splitlines()[:1]
    header = [name.strip() for name in next(csv.reader(lines), [])]
    found = [name for name in REQUIRED if name in header]
    if len(found) == len(REQUIRED):
        return Fit(1.0, f"its header has {', '.join(REQUIRED)}")
    if "number" in found and "incident_state" in found and "sys_mod_count" in found:
        lacking = ", ".join(name for name in REQUIRED if name not in found)
        return Fit(0.6, f"its header is that of a ServiceNow incident log, but lacks {lacking}")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The incidents of the first file. Raises UnusableExport where reading cannot go on."""
    with text_of(sources[0].file) as lines:
        _note_zone(asked, quality)
        zone = asked.zone or ZoneInfo("UTC")
        log = _Log(lines, zone, asked.company, quality, is_kept=asked.is_kept)
        yield from _all_of(log)


def incidents(
    lines: Iterable[str], *, company: UUID, zone: ZoneInfo, quality: Quality
) -> Iterator[ExportedTicket]:
    """The incidents of a log, one at a time; counts into quality what it meets.

    Rows that cannot be read are noted as problems there and left out: call require_sound before
    using what was read. Raises UnusableExport where reading cannot go on at all.
    """
    yield from _all_of(_Log(lines, zone, company, quality))


def _all_of(log: _Log) -> Iterator[ExportedTicket]:
    finals = Finals()
    yield from log.incidents(log.rows(), finals)
    conclude([finals], log.quality)


def portions(
    sources: Sequence[Source], asked: Asked, is_wanted: Callable[[int], bool]
) -> Iterator[Portion]:
    """The incidents of the first file by PORTION, so that several processes may share them.

    Rows of other portions are looked at for their number alone. Raises as tickets does.
    """
    with text_of(sources[0].file) as lines:
        quality = Quality()
        _note_zone(asked, quality)
        zone = asked.zone or ZoneInfo("UTC")
        log = _Log(lines, zone, asked.company, quality, is_kept=asked.is_kept)
        for place, rows in groupby(log.rows(), log.portion):
            if place:
                log.quality = Quality()
            if is_wanted(place):
                finals = Finals()
                yield Portion(place, log.quality, finals, log.incidents(rows, finals))
            else:
                log.pass_over(rows)


def conclude(tallies: Iterable[object], quality: Quality) -> None:
    """Tell what all incidents together showed: their tallies, in the order of the portions."""
    finals = Finals()
    for each in tallies:
        assert isinstance(each, Finals)
        finals.add(each)
    finals.tell(quality)
    _carry(quality)


def _note_zone(asked: Asked, quality: Quality) -> None:
    if asked.zone is None:
        text = gettext_noop("no zone was given: times are taken for UTC")
        quality.note("zoneless", Sort.DOUBTFUL, text, count=0)


# ---- the file -------------------------------------------------------------------------------


def text_of(file: BinaryIO) -> TextIO:
    """The text of a file from its beginning, unpacked if it is gzip, without a byte-order mark."""
    source = Source("", file).opened()
    return io.TextIOWrapper(source, encoding="utf-8-sig", newline="")


Line = str | list[str]
"""A row as it stands in the file: a line in which commas part the fields, or the fields."""

Raw = tuple[int, Line]
"""A row of the file with its number."""


def _rows_of(lines: Iterable[str]) -> Iterator[Line]:
    """The rows of a CSV file. Raises csv.Error.

    Where nothing is quoted a row is a line, and commas are all that a parser would look for; it may
    be left for later, or for others, to take it apart.
    """
    longest = csv.field_size_limit()
    ahead = iter(lines)
    for block in _batches(ahead):
        rows = [line.rstrip("\r\n") for line in block]
        if not _is_marked("".join(rows)) and max(map(len, rows)) <= longest:
            yield from rows
            continue
        rest = iter(block)
        for line in rest:
            row = line.rstrip("\r\n")
            if _is_marked(row) or len(row) > longest:
                yield next(csv.reader(chain((line,), rest, ahead), strict=True))
            else:
                yield row


def _is_marked(text: str) -> bool:
    """Whether a text holds more of CSV than commas."""
    return '"' in text or "\r" in text or "\n" in text


def _fields_of(row: Line) -> list[str]:
    if isinstance(row, str):
        return row.split(",") if row else []
    return row


def _batches(given: Iterable[V]) -> Iterator[list[V]]:
    """What is given, many at once. Where the file is broken, what stands before comes first."""
    batch: list[V] = []
    try:
        for each in given:
            batch.append(each)
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    except (UnusableExport, UnicodeDecodeError, csv.Error):
        if batch:
            yield batch
        raise
    if batch:
        yield batch


class _Log:
    """A log that is being read, with what is known of its columns, values and names.

    Rows are read many at once, a column after another, since a value that came before is looked up
    and not read again. Where one of them does not fit, they are read one by one to tell which.
    """

    def __init__(
        self,
        lines: Iterable[str],
        zone: ZoneInfo,
        company: UUID,
        quality: Quality,
        *,
        is_kept: bool = True,
    ) -> None:
        self.quality = quality
        self._is_kept = is_kept
        self._rows = _rows_of(lines)
        self._cast = _Cast(company)
        self._meanings = _Meanings(zone)
        self._seen: set[str] = set()
        self._last = ""
        self._runs = -1
        self._run: str | None = None
        self._begins = ""

    def rows(self) -> Iterator[Raw]:
        """Each row, whatever its width. Raises UnusableExport where the file is broken."""
        row = 0
        try:
            self._take_header([name.strip() for name in _fields_of(next(self._rows, ""))])
            for row, line in enumerate(self._rows, 2):
                yield row, line
        except UnusableExport as problem:
            raise problem.at_row(row + 1) from None
        except UnicodeDecodeError:
            raise _broken(row + 1, "the text from here on is not UTF-8") from None
        except csv.Error as problem:
            raise _broken(row + 1, f"no CSV from here on: {problem}") from None

    def _take_header(self, header: list[str]) -> None:
        for name in _absent_columns(header):
            self.quality.note(
                "absent_columns", Sort.ABSENT, gettext_noop("columns missing"), example=name
            )
        self._header = header
        self._width = len(header)
        self._number = header.index("number")
        self._listed = itemgetter(*sorted(range(len(header)), key=header.__getitem__))

    def portion(self, raw: Raw) -> int:
        """Which portion a row belongs to; rows of one incident stand together."""
        line = raw[1]
        if not (self._begins and isinstance(line, str) and line.startswith(self._begins)):
            number = self._number_in(line)
            if self._runs < 0 or number not in (None, self._run):
                self._run = number
                self._runs += 1
                is_plain = isinstance(line, str) and self._number == 0 and number is not None
                self._begins = f"{number}," if is_plain else ""
        return self._runs // PORTION

    def pass_over(self, rows: Iterable[Raw]) -> None:
        """Only remember whose rows these are, while `portion` tells them apart."""
        run: str | None = None
        for _ in rows:
            if self._run is not None and self._run is not run:
                run = self._run
                self._last = run.strip()
                self._seen.add(self._last)

    def _number_in(self, row: Line) -> str | None:
        """The incident of a row, as it stands there; None for a row of another width."""
        place = self._number
        if isinstance(row, str):
            is_whole = row.count(",") + 1 == self._width
            return row.split(",", place + 1)[place] if is_whole else None
        return row[place] if len(row) == self._width else None

    def incidents(self, rows: Iterable[Raw], finals: Finals) -> Iterator[ExportedTicket]:
        """The incidents of some rows, one at a time."""
        for number, some in groupby(self._updates(rows), key=attrgetter("number")):
            self.quality.tickets += 1
            group = sorted(some, key=attrgetter("update"))
            _count_gaps(group, self.quality)
            finals.hear(group, self.quality)
            yield _Teller(self._cast, number, group, self.quality).incident()

    def _updates(self, rows: Iterable[Raw]) -> Iterator[Update]:
        """The rows as updates. Those that cannot be read are noted and left out."""
        quality = self.quality
        for batch in _batches(rows):
            for update in self._fitting(batch):
                quality.rows += 1
                for code, sort, text, example in update.remarks:
                    quality.note(code, sort, text, example=example)
                if update.number != self._last:
                    if update.number in self._seen:
                        text = f"{update.number} had other rows before: sort the file by number"
                        quality.refuse(Problem(update.row, "number", text))
                        continue
                    self._last = update.number
                    self._seen.add(update.number)
                yield update

    def _fitting(self, batch: Sequence[Raw]) -> Iterable[Update]:
        """The rows that can be read."""
        try:
            return self._read(batch)
        except _Unfit:
            return self._read_singly(batch)

    def _read_singly(self, batch: Sequence[Raw]) -> Iterator[Update]:
        for row, line in batch:
            fields = _fields_of(line)
            if not fields:
                self.quality.note("blank_rows", Sort.DROPPED, gettext_noop("blank rows"))
                continue
            try:
                self._require_values(fields)
                yield from self._read([(row, line)])
            except _Unfit as problem:
                self.quality.rows += len(fields) == self._width
                self.quality.refuse(Problem(row, problem.column, str(problem)))

    def _require_values(self, fields: Sequence[str]) -> None:
        """Raise _Unfit where not every column has a text that may be kept."""
        if len(fields) != self._width:
            raise _Unfit("", f"{len(fields)} fields, where the header has {self._width}")
        for name, value in zip(self._header, fields, strict=True):
            if _ZERO in value:
                raise _Unfit(name, "holds a zero byte")
        read = {name: _text(value) for name, value in zip(self._header, fields, strict=True)}
        longest = max((name for name in _READ if name in read), key=lambda name: len(read[name]))
        if len(read[longest]) > LONGEST:
            raise _Unfit(longest, f"is longer than {LONGEST} characters")

    def _read(self, batch: Sequence[Raw]) -> Iterable[Update]:
        """Rows as updates, column by column. Raises _Unfit for the first column that does not fit.

        Columns that are not there are empty.
        """
        numbers, lines = zip(*batch, strict=True)
        fields = list(map(_fields_of, lines))
        if {*map(len, fields)} != {self._width}:
            raise _Unfit("", "has not the width of the header")
        listed = dict(zip(self._header, zip(*fields, strict=True), strict=True))
        empty = ("",) * len(batch)
        return self._meanings.updates(
            numbers, self._hashes(lines, fields), {name: listed.get(name, empty) for name in _READ}
        )

    def _hashes(self, lines: Sequence[Line], fields: Sequence[list[str]]) -> list[str]:
        """The SHA-256 of each row; empty where nobody keeps them. Raises _Unfit."""
        if not _are_plain(lines):
            return [_digest(self._listed(each)) for each in fields]
        if not self._is_kept:
            return [""] * len(lines)
        return [_digest_of_plain(self._listed(each)) for each in fields]


def _digest(listed: Sequence[str]) -> str:
    """The SHA-256 of a row: of the JSON list of its values, columns in the order of names."""
    if any(_ZERO in value for value in listed):
        raise _Unfit("", "holds a zero byte")
    text = ",".join(map(encode_basestring, listed))
    return hashlib.sha256(f"[{text}]".encode()).hexdigest()


def _digest_of_plain(listed: Sequence[str]) -> str:
    """The same, of values that JSON writes as they are."""
    return hashlib.sha256(f'["{_BETWEEN.join(listed)}"]'.encode()).hexdigest()


def _are_plain(rows: Sequence[Line]) -> bool:
    """Whether JSON writes all that stands in rows as it is."""
    lines = [row for row in rows if isinstance(row, str)]
    text = "".join(lines).encode()
    return len(lines) == len(rows) and len(text.translate(None, _ESCAPED)) == len(text)


_ZERO = "\0"
_BETWEEN = '","'
_ESCAPED = bytes((*range(32), *b'"\\'))
"""What JSON does not write as it is."""


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

Matter = tuple[str, str, str]
"""Item, site and category."""

Remark = tuple[str, Sort, str, str]
"""What to note of a row: the code, sort and text of a finding, and an example."""


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
    matter: Matter
    reopens: int | None
    reassignments: int | None
    is_met: bool | None
    resolved_at: Instant | None
    closed_at: Instant | None
    remarks: Sequence[Remark]


class _Unfit(ValueError):
    """A row, or a value that does not fit its column."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


class _Wrong(ValueError):
    """A value that does not fit, whichever column it stands in."""


class _Known(dict[K, V]):
    """What values mean, each read once."""

    def __init__(self, read: Callable[[K], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, value: K) -> V:
        if len(self) > KNOWN:
            self.clear()
        self[value] = meaning = self._read(value)
        return meaning


class _Meanings:
    """What the values of a log mean, each read once."""

    def __init__(self, zone: ZoneInfo) -> None:
        times = _LocalTimes(zone)
        self._times = times
        self._labels = labels = _Known(_label)
        self._names = _Known[str, str](lambda value: _present(_label(value)))
        self._states = _Known(_meaning)
        self._updates = _Known[str, int](lambda value: _whole(_present(labels[value])))
        self._counters = _Known[str, int | None](
            lambda value: _whole(labels[value]) if labels[value] else None
        )
        self._instants = _Known[str, Instant](
            lambda value: times.known(value) or times.instant(_present(_label(value)))
        )
        self._doubts = _Known[str, bool](lambda value: times.is_doubtful(labels[value]))
        self._finals = _Known[str, Instant | None](
            lambda value: times.known(value) or times.final(_label(value))
        )
        self._verdicts = _Known[str, bool | None](
            lambda value: _VERDICTS.get(labels[value].lower())
        )
        self._judgements = _Known[tuple[str, ...], Judgement | None](lambda each: _judgement(*each))
        self._matters = _Known[tuple[str, ...], Matter](lambda each: _matter(*each))

    def updates(
        self, rows: Sequence[int], hashes: Sequence[str], columns: Mapping[str, Sequence[str]]
    ) -> Iterable[Update]:
        """Rows as updates. Raises _Unfit for the first column with a value that does not fit."""

        def read(name: str, known: _Known[str, V]) -> list[V]:
            try:
                return list(map(known.__getitem__, columns[name]))
            except _Wrong as wrong:
                raise _Unfit(name, str(wrong)) from None

        def label(name: str) -> list[str]:
            return read(name, self._labels)

        def together(known: _Known[tuple[str, ...], V], *names: str) -> list[V]:
            return list(map(known.__getitem__, zip(*map(label, names), strict=True)))

        told = zip(
            rows,
            hashes,
            read("number", self._names),
            read("sys_mod_count", self._updates),
            columns["incident_state"],
            read("incident_state", self._states),
            read("sys_updated_at", self._instants),
            read("opened_at", self._instants),
            label("sys_updated_by"),
            label("caller_id"),
            label("opened_by"),
            label("contact_type"),
            together(self._judgements, "priority", "impact", "urgency"),
            label("assignment_group"),
            label("assigned_to"),
            together(self._matters, "cmdb_ci", "location", "category", "subcategory"),
            read("reopen_count", self._counters),
            read("reassignment_count", self._counters),
            read("made_sla", self._verdicts),
            read("resolved_at", self._finals),
            read("closed_at", self._finals),
            self._remarks(columns),
            strict=True,
        )
        return map(Update._make, told)

    def _remarks(self, columns: Mapping[str, Sequence[str]]) -> Sequence[tuple[Remark, ...]]:
        """What is to be noted of each row."""
        priorities = columns["priority"]
        if not self._times.was_doubtful and not any(map(self._is_planning, {*priorities})):
            return ((),) * len(priorities)
        named = (columns[name] for name in ("number", "priority", "sys_updated_at", "opened_at"))
        return [tuple(self._remarks_of(*each)) for each in zip(*named, strict=True)]

    def _remarks_of(self, number: str, priority: str, *times: str) -> Iterator[Remark]:
        if self._is_planning(priority):
            text = gettext_noop("priority 5 (Planning): taken for P4")
            yield "planning", Sort.READ, text, self._labels[number]
        for each in times:
            if self._doubts[each]:
                text = gettext_noop("times in an hour that the zone skips or has twice")
                yield "doubtful_times", Sort.DOUBTFUL, text, self._labels[each]

    def _is_planning(self, priority: str) -> bool:
        return self._labels[priority].startswith("5")


def _label(value: str) -> str:
    """A value without blanks around it, empty if it is missing.

    Every value that is read is a label; one that runs on is a sign of shifted fields.
    """
    text = _text(value)
    if len(text) > LONGEST:
        raise _Wrong(f"is longer than {LONGEST} characters")
    return text


def _text(value: str) -> str:
    value = value.strip()
    return "" if value in _MISSING else value


def _present(label: str) -> str:
    if not label:
        raise _Wrong("is missing")
    return label


def _whole(label: str) -> int:
    if not (label.isascii() and label.isdigit() and len(label) < 10):
        raise _Wrong(f"{label!r} is no whole number")
    return int(label)


def _meaning(state: str) -> Meaning | None:
    """What a state means here; None for one that says nothing."""
    state = state.strip()
    if state in _STATES:
        return _STATES[state]
    if state in _UNKNOWN_STATES:
        return None
    raise _Wrong(f"{state!r} is not known; known are {', '.join(_STATES)}, -100")


def _judgement(priority: str, impact: str, urgency: str) -> Judgement | None:
    level = _level("priority", priority)
    if not level:
        return None
    return _PRIORITIES[level], _level("impact", impact), _level("urgency", urgency)


def _level(column: str, label: str) -> int:
    """The digit of a label such as `3 - Moderate`; 0 if it is missing. Raises _Unfit."""
    if not label:
        return 0
    most = max(_PRIORITIES) if column == "priority" else 4
    found = re.fullmatch(rf"([1-{most}])(\s*-.*)?", label)
    if found is None:
        raise _Unfit(column, f"{label!r} does not begin with a level from 1 to {most}")
    return int(found[1])


def _matter(item: str, site: str, category: str, part: str) -> Matter:
    return item, site, f"{category} / {part}" if category and part else category


class _LocalTimes:
    """Reads day-first times of one zone."""

    _hour = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2})", re.ASCII)
    _rest = re.compile(r"(\d{2})(?::(\d{2}))?", re.ASCII)

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours = _Known(self._plain_hour)
        self._spans = _Known(self._span)
        self.was_doubtful = False
        """Whether any time that was read is in an hour that the zone skips or has twice."""

    def known(self, text: str) -> Instant | None:
        """The instant of a local time whose hour and minute came before; None for all others."""
        hour, _, rest = text.partition(":")
        begins_at, span = self._hours.get(hour), self._spans.get(rest)
        return None if begins_at is None or span is None else begins_at + span

    def instant(self, text: str) -> Instant:
        """The instant of a local time. Raises _Wrong."""
        try:
            return self._instant(text)
        except (ValueError, OverflowError):
            raise _Wrong(f"{text!r} is no time, day first, such as 29/2/2016 01:16") from None

    def final(self, text: str) -> Instant | None:
        """A time that is only compared; None if it is missing or cannot be read."""
        try:
            return self._instant(text) if text else None
        except (ValueError, OverflowError):
            return None

    def is_doubtful(self, text: str) -> bool:
        """Whether a time that can be read is one that the zone skips or has twice."""
        hour, _, rest = text.partition(":")
        if self._hours[hour] is not None:
            return False
        local = self._local(hour, self._spans[rest])
        return local.utcoffset() != local.replace(fold=1).utcoffset()

    def _instant(self, text: str) -> Instant:
        hour, _, rest = text.partition(":")
        span, begins_at = self._spans[rest], self._hours[hour]
        if begins_at is not None:
            return begins_at + span
        self.was_doubtful = True
        return instant_of(self._local(hour, span).astimezone(UTC))

    def _span(self, rest: str) -> Span:
        """What minutes, and seconds if there are any, add to the hour. Raises ValueError."""
        found = self._rest.fullmatch(rest)
        minute, second = (int(each or 0) for each in found.groups()) if found else (60, 0)
        if minute > 59 or second > 59:
            raise ValueError(rest)
        return minute * MINUTE + second * SECOND

    def _plain_hour(self, hour: str) -> Instant | None:
        """When an hour began; None for one in which clocks are changed."""
        begins = self._local(hour, 0)
        ends = begins.replace(minute=59, second=59)
        folded = begins.replace(fold=1), ends.replace(fold=1)
        offset = begins.utcoffset()
        if any(each.utcoffset() != offset for each in (ends, *folded)):
            return None
        return instant_of(begins.astimezone(UTC))

    def _local(self, hour: str, span: Span) -> datetime:
        found = self._hour.fullmatch(hour)
        if found is None:
            raise ValueError(hour)
        day, month, year, number = map(int, found.groups())
        minute, second = divmod(span // SECOND, 60)
        return datetime(year, month, day, number, minute, second, tzinfo=self._zone)


def _count_gaps(group: Sequence[Update], quality: Quality) -> None:
    """Count updates that the log leaves out, and those that it has twice."""
    counts = [row.update for row in group]
    steps = [after - before for before, after in pairwise([-1, *counts])]
    missing = sum(step - 1 for step in steps if step > 1)
    number = group[0].number
    if repeated := steps.count(0):
        text = gettext_noop("updates that the file has twice, by sys_mod_count")
        quality.note("repeated_updates", Sort.DOUBTFUL, text, example=number, count=repeated)
    if missing:
        text = gettext_noop(
            "missing updates, by gaps in sys_mod_count: a wait or a reopening may hide there"
        )
        quality.note("missing_updates", Sort.ABSENT, text, count=missing)
        text = gettext_noop("tickets with missing updates")
        quality.note("tickets_with_gaps", Sort.ABSENT, text, example=number)


@dataclass(slots=True)
class Finals:
    """What the log says on every row although it was only known in the end: reported, not used."""

    verdicts: Verdicts = field(default_factory=Verdicts)
    spans: list[tuple[bool, Span, Span]] = field(default_factory=list)
    """Whether the target was met, the span to the solution and to the closing, of some tickets."""

    def hear(self, group: Sequence[Update], quality: Quality) -> None:
        """Take an incident into account."""
        self.verdicts.hear([row.is_met for row in group if row.is_met is not None])
        first, last = group[0], group[-1]
        for name, at in (("resolved_at", first.resolved_at), ("closed_at", first.closed_at)):
            if at is not None and at > first.at:
                text = wordings.LAST_VALUE % {"column": name}
                quality.note(f"final:{name}", Sort.READ, text, example=first.number)
        resolved_at, closed_at = last.resolved_at, last.closed_at
        if last.is_met is None or resolved_at is None or closed_at is None:
            return
        if len(self.spans) < SPANS:
            opened_at = last.opened_at
            self.spans.append((last.is_met, resolved_at - opened_at, closed_at - opened_at))

    def add(self, later: Finals) -> None:
        """Take in what was gathered from incidents further on."""
        self.verdicts.add(later.verdicts)
        self.spans = (self.spans + later.spans)[:SPANS]

    def tell(self, quality: Quality) -> None:
        """The log is over."""
        self.verdicts.tell(quality, judges_closing=closing_is_judged(self.spans))


def _carry(quality: Quality) -> None:
    """Say which figures such a log carries."""
    for figure in ("time.response", "attainment.response"):
        told = gettext_noop(
            "the log has no messages: the first work by somebody stands for a first response"
        )
        quality.carry(figure, Support.PROXY, told)
    for figure in ("escalations", "bucket", "time.next_reply", "attainment.next_reply"):
        quality.carry(figure, Support.NONE, gettext_noop("the log has no messages and no tiers"))
    quality.carry(
        "reopens", Support.PROXY, gettext_noop("the log does not tell who asked for a reopening")
    )
    if quality.count_of("missing_updates"):
        told = gettext_noop("updates are missing, in which a wait or a reopening may hide")
        for figure in ("part", "time.resolution", "attainment.resolution", "reopens"):
            quality.carry(figure, Support.PROXY, told)


# ---- an incident ----------------------------------------------------------------------------


class _Person(NamedTuple):
    """Somebody whom a log names: their id, and as actors themselves and the reader for them."""

    id: str
    worker: Actor
    reader: Actor


class _Cast:
    """The people whom a log names, by their names."""

    def __init__(self, company: UUID) -> None:
        self.company = company
        self.known = _Known(self._person)

    def _person(self, name: str) -> _Person:
        id_ = export.person_id(self.company, SOURCE, name)
        return _Person(id_, Actor(id_, Side.PROVIDER), replace(READER, on_behalf_of=id_))


@lru_cache(maxsize=4096)
def _assigned(team: str) -> Body:
    return e.TicketAssigned(team, e.Tier.L1)


@lru_cache(maxsize=4096)
def _prioritised(judgement: Judgement) -> Body:
    return e.TicketPrioritised(*judgement)


@lru_cache(maxsize=65536)
def _taken(owner: str, team: str) -> Body:
    return e.TicketTaken(owner, team, e.Tier.L1)


_RESOLVED, _CLOSED, _REOPENED = e.TicketResolved(), e.TicketClosed(), e.TicketReopened()


class _Teller:
    """Walks the updates of one incident and tells the events that they mean."""

    def __init__(self, cast: _Cast, number: str, group: Sequence[Update], quality: Quality) -> None:
        self._cast = cast.known
        self._number = number
        self._group = group
        self._quality = quality
        self._stream = export.stream_of(cast.company, SOURCE, number)
        self._caller = group[0].caller or NO_CALLER
        self._requester = Actor(self._cast[self._caller].id, Side.REQUESTER)
        self._people: dict[str, Side] = {self._caller: Side.REQUESTER}
        self._drafts: list[Draft] = []
        self._latest_at = group[0].opened_at
        self._meaning: Meaning = (Place.ACTIVE, None)
        self._wait = ""
        self._matter: Matter = ("", "", "")
        self._judgement: Judgement | None = None
        self._team = ""
        self._resolver = ""
        self._reopens = 0
        self._reassignments = 0

    def incident(self) -> ExportedTicket:
        """The whole incident."""
        self._open(self._group[0])
        for update in self._group:
            self._hear(update)
        self._count_disagreements()
        return ExportedTicket(
            number=self._number,
            stream=self._stream,
            row=min(update.row for update in self._group),
            rows=tuple(update.sha256 for update in self._group),
            people=self._people,
            drafts=tuple(self._drafts),
            claim=self._claim(),
        )

    def _claim(self) -> Claim | None:
        """What the last row says of the verdict and the solution."""
        last, said = self._group[-1], [row.is_met for row in self._group if row.is_met is not None]
        if not said and last.resolved_at is None:
            return None
        return Claim(FLAG, last.is_met, last.resolved_at, len(said), said.count(False))

    def _open(self, first: Update) -> None:
        if not first.caller:
            text = wordings.NOBODY_NAMED % {"name": NO_CALLER}
            self._note("unknown_callers", Sort.ABSENT, text)
        body = e.TicketOpened(
            number=0,
            requester=self._requester.id,
            channel=_CHANNELS.get(first.contact, e.Channel.IMPORT),
            kind=e.Kind.INCIDENT,
            subject=WordsRef("subject", ""),
        )
        opener, _ = self._actors(first.opener)
        self._drafts.append(Draft(self._stream, first.opened_at, opener, body, Certainty.IMPORTED))

    def _hear(self, update: Update) -> None:
        """Add the trace of the row, then what it changed."""
        drafts, stream, at = self._drafts, self._stream, update.at
        worker, reader = self._actors(update.by)
        changes = self._changes(update)
        trace = e.RowImported(
            SOURCE, update.row, update.update, update.sha256, update.state, len(changes)
        )
        drafts.append(Draft(stream, at, reader, trace, Certainty.IMPORTED))
        at, certainty = self._orderly(at)
        for body in changes:
            actor = reader if body is _REOPENED else worker
            drafts.append(Draft(stream, at, actor, body, certainty))

    def _orderly(self, at: Instant) -> tuple[Instant, Certainty]:
        """No change happens before an earlier one; where the log says so, the time is a guess."""
        if at >= self._latest_at:
            self._latest_at = at
            return at, Certainty.IMPORTED
        text = gettext_noop(
            "rows timed before the opening or an earlier update; what they changed is dated at that"
            " one and marked as estimated"
        )
        self._note("moved_times", Sort.REPAIRED, text)
        return self._latest_at, Certainty.ESTIMATED

    # who

    def _actors(self, name: str) -> tuple[Actor, Actor]:
        """Whoever updated, and the reader on their behalf; the reader alone where nobody is named.

        All but the requester are taken for the provider's people.
        """
        if not name:
            return READER, READER
        self._people.setdefault(name, Side.PROVIDER)
        _, worker, reader = self._cast[name]
        return self._requester if name == self._caller else worker, reader

    # what

    def _changes(self, update: Update) -> list[Body]:
        """What this row changed: what ends first, what begins last."""
        changes: list[Body] = []
        meaning = update.meaning
        if meaning is None:
            self._quality.note(
                "unknown_states",
                Sort.DOUBTFUL,
                gettext_noop("rows with an unknown state; it changes nothing"),
                example=update.state.strip() or "none",
            )
            meaning = self._meaning
        is_moved = meaning != self._meaning
        if is_moved:
            self._leave(meaning[0], changes)
        if update.matter != self._matter:
            self._classify(update.matter, changes)
        if update.judgement is not None and update.judgement != self._judgement:
            self._judgement = update.judgement
            changes.append(_prioritised(update.judgement))
        if update.group and update.group != self._team:
            self._reassignments += bool(self._team)
            self._team = update.group
            changes.append(_assigned(update.group))
        if update.resolver != self._resolver:
            changes.append(self._owned(update.resolver))
        if is_moved:
            self._enter(update, meaning, changes)
            self._meaning = meaning
        return changes

    def _leave(self, new: Place, changes: list[Body]) -> None:
        old = self._meaning[0]
        if self._wait:
            changes.append(e.WaitEnded(self._wait))
            self._wait = ""
        if old in _DONE and (old, new) != _DONE:
            self._reopens += 1
            changes.append(_REOPENED)

    def _enter(self, update: Update, meaning: Meaning, changes: list[Body]) -> None:
        place, reason = meaning
        if reason is not None:
            name = f"wait:{update.update}:{update.sha256 or update.row}"
            self._wait = export.uuid5_text(UUID(self._stream).bytes, name)
            changes.append(e.WaitBegun(self._wait, reason))
        elif place is Place.RESOLVED:
            changes.append(_RESOLVED)
        elif place is Place.CLOSED:
            if self._meaning[0] is not Place.RESOLVED:
                text = gettext_noop("tickets closed without a resolved row")
                self._note("closed_unresolved", Sort.DOUBTFUL, text)
            changes.append(_CLOSED)

    def _classify(self, said: Matter, changes: list[Body]) -> None:
        """What is missing stays as it was."""
        item, site, category = (new or old for new, old in zip(said, self._matter, strict=True))
        if (item, site, category) != self._matter:
            self._matter = (item, site, category)
            body = e.TicketClassified(e.Kind.INCIDENT, item=item, site=site, category=category)
            changes.append(body)

    def _owned(self, resolver: str) -> Body:
        """Who has it now, if anybody."""
        before, self._resolver = self._resolver, resolver
        if not resolver:
            return e.TicketReleased(self._cast[before].id)
        self._people.setdefault(resolver, Side.PROVIDER)
        return _taken(self._cast[resolver].id, self._team)

    def _count_disagreements(self) -> None:
        last, others = self._group[-1], self._group[:-1]
        found = {
            "reopen_count": last.reopens not in (None, self._reopens),
            "reassignment_count": last.reassignments not in (None, self._reassignments),
            "caller_id": {each.caller for each in others} - {last.caller},
            "opened_at": {each.opened_at for each in others} - {last.opened_at},
        }
        for name, is_so in found.items():
            if is_so:
                text = f"tickets whose {name} is not what the rows show"
                self._note(f"disagrees:{name}", Sort.DISAGREES, text)

    def _note(self, code: str, sort: Sort, text: str) -> None:
        self._quality.note(code, sort, text, example=self._number)
