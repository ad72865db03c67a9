"""ServiceNow's incident audit log as CSV, one row an update, to the events that it means.

docs/readers.md tells how each column is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
from commondesk.readers import export
from commondesk.readers.export import (
    NAMED,
    Asked,
    ExportedTicket,
    Fit,
    Head,
    Problem,
    Quality,
    Sort,
    Source,
    Support,
    UnusableExport,
)
from commondesk.readers.signs import Verdicts, closing_is_judged

NAME = "servicenow-log"
TITLE = "ServiceNow incident log (CSV)"
SOURCE = "servicenow"
READER = export.reader_of(SOURCE)
NO_CALLER = "Unknown caller"
LONGEST = 200
SPANS = 5_000
"""Incidents by which is told what the other desk's verdict goes by."""

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
_PRIORITIES = dict(enumerate(e.Priority, 1))
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
    zone = asked.zone or ZoneInfo("UTC")
    if asked.zone is None:
        quality.note(
            "zoneless", Sort.DOUBTFUL, "no zone was given: times are taken for UTC", count=0
        )
    with text_of(sources[0].file) as lines:
        yield from incidents(lines, company=asked.company, zone=zone, quality=quality)


def incidents(
    lines: Iterable[str], *, company: UUID, zone: ZoneInfo, quality: Quality
) -> Iterator[ExportedTicket]:
    """The incidents of a log, one at a time; counts into quality what it meets.

    Rows that cannot be read are noted as problems there and left out: call require_sound before
    using what was read. Raises UnusableExport where reading cannot go on at all.
    """
    updates = _updates(lines, _LocalTimes(zone, quality), quality)
    finals = _Finals(quality)
    for number, some in groupby(updates, key=lambda update: update.number):
        quality.tickets += 1
        group = sorted(some, key=lambda row: row.update)
        _count_gaps(group, quality)
        finals.hear(group)
        yield _Teller(company, number, group, quality).incident()
    finals.tell()
    _carry(quality)


# ---- the file -------------------------------------------------------------------------------


def text_of(file: BinaryIO) -> TextIO:
    """The text of a file from its beginning, unpacked if it is gzip, without a byte-order mark."""
    source = Source("", file).opened()
    return io.TextIOWrapper(source, encoding="utf-8-sig", newline="")


Values = dict[str, str]


def _rows(lines: Iterable[str], quality: Quality) -> Iterator[tuple[int, Values]]:
    """Each row by column, with its number. Raises UnusableExport where the file is broken."""
    row = 0
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        for name in _absent_columns(header):
            quality.note("absent_columns", Sort.ABSENT, "columns missing", example=name)
        for row, fields in enumerate(reader, 2):
            if not fields:
                quality.note("blank_rows", Sort.DROPPED, "blank rows")
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
    except UnusableExport as problem:
        raise problem.at_row(row + 1) from None
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
    is_met: bool | None
    resolved_at: Instant | None
    closed_at: Instant | None


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
    known = {name: _text(values[name]) if name in values else "" for name in _READ}
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
        is_met=_VERDICTS.get(known["made_sla"]),
        resolved_at=times.final(known["resolved_at"]),
        closed_at=times.final(known["closed_at"]),
    )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sha256_of(values: Values) -> str:
    """The SHA-256 of a row: of the JSON list of its values, columns in alphabetical order."""
    listed = [values[name] for name in sorted(values)]
    return hashlib.sha256(_encode(listed).encode()).hexdigest()


@lru_cache(maxsize=65536)
def _text(value: str) -> str:
    """The value, empty if it is missing."""
    value = value.strip()
    return "" if value in _MISSING else value


def _require_short(known: Values) -> None:
    """Every value that is read is a label; one that runs on is a sign of shifted fields."""
    if max(map(len, known.values())) > LONGEST:
        longest = max(known, key=lambda name: len(known[name]))
        raise _Unfit(longest, f"is longer than {LONGEST} characters")


def _present(column: str, known: Values) -> str:
    if not known[column]:
        raise _Unfit(column, "is missing")
    return known[column]


def _counter(column: str, known: Values) -> int | None:
    return _whole(column, known[column]) if known[column] else None


@lru_cache(maxsize=4096)
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
        try:
            instant, is_doubtful = self._known_or_read(text)
        except (ValueError, OverflowError):
            told = f"{text!r} is no time, day first, such as 29/2/2016 01:16"
            raise _Unfit(column, told) from None
        if is_doubtful:
            self._quality.note(
                "doubtful_times",
                Sort.DOUBTFUL,
                "times in an hour that the zone skips or has twice",
                example=text,
            )
        return instant

    def final(self, text: str) -> Instant | None:
        """A time that is only compared; None if it is missing or cannot be read."""
        try:
            return self._known_or_read(text)[0] if text else None
        except (ValueError, OverflowError):
            return None

    def _known_or_read(self, text: str) -> tuple[Instant, bool]:
        if text not in self._known:
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[text] = self._read(text)
        return self._known[text]

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
    number = group[0].number
    if repeated := steps.count(0):
        text = "updates that the file has twice, by sys_mod_count"
        quality.note("repeated_updates", Sort.DOUBTFUL, text, example=number, count=repeated)
    if missing:
        text = "missing updates, by gaps in sys_mod_count: a wait or a reopening may hide there"
        quality.note("missing_updates", Sort.ABSENT, text, count=missing)
        text = "tickets with missing updates"
        quality.note("tickets_with_gaps", Sort.ABSENT, text, example=number)


class _Finals:
    """What the log says on every row although it was only known in the end: reported, not used."""

    def __init__(self, quality: Quality) -> None:
        self._quality = quality
        self._verdicts = Verdicts()
        self._spans: list[tuple[bool, int, int]] = []

    def hear(self, group: Sequence[Update]) -> None:
        """Take an incident into account."""
        self._verdicts.hear([row.is_met for row in group if row.is_met is not None])
        first, last = group[0], group[-1]
        for name, at in (("resolved_at", first.resolved_at), ("closed_at", first.closed_at)):
            if at is not None and at > first.at:
                text = f"tickets with {name} on rows from before it: a last value, not used"
                self._quality.note(f"final:{name}", Sort.READ, text, example=first.number)
        resolved_at, closed_at = last.resolved_at, last.closed_at
        if last.is_met is None or resolved_at is None or closed_at is None:
            return
        if len(self._spans) < SPANS:
            opened_at = last.opened_at
            span = (last.is_met, resolved_at - opened_at, closed_at - opened_at)
            self._spans.append(span)

    def tell(self) -> None:
        """The log is over."""
        self._verdicts.tell(self._quality, judges_closing=closing_is_judged(self._spans))


def _carry(quality: Quality) -> None:
    """Say which figures such a log carries."""
    for figure in ("time.response", "attainment.response"):
        told = "the log has no messages: the first work by somebody stands for a first response"
        quality.carry(figure, Support.PROXY, told)
    for figure in ("escalations", "bucket", "time.next_reply", "attainment.next_reply"):
        quality.carry(figure, Support.NONE, "the log has no messages and no tiers")
    quality.carry("reopens", Support.PROXY, "the log does not tell who asked for a reopening")
    if quality.count_of("missing_updates"):
        told = "updates are missing, in which a wait or a reopening may hide"
        for figure in ("part", "time.resolution", "attainment.resolution", "reopens"):
            quality.carry(figure, Support.PROXY, told)


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
        self._stream = export.stream_of(company, SOURCE, number)
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
        )

    def _open(self, first: Update) -> None:
        if not first.caller:
            text = f"tickets without a caller; {NO_CALLER} stands for them"
            self._note("unknown_callers", Sort.ABSENT, text)
        body = e.TicketOpened(
            number=0,
            requester=export.person_id(self._company, SOURCE, self._caller),
            channel=_CHANNELS.get(first.contact, e.Channel.IMPORT),
            kind=e.Kind.INCIDENT,
            subject=WordsRef("subject", ""),
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
        text = (
            "rows timed before the opening or an earlier update; what they changed is dated at that"
            " one and marked as estimated"
        )
        self._note("moved_times", Sort.REPAIRED, text)
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
        return export.person_id(self._company, SOURCE, name)

    def _machine(self, actor: Actor) -> Actor:
        return replace(READER, on_behalf_of=actor.id) if actor.is_person else READER

    # what

    def _changes(self, update: Update) -> Iterator[Body]:
        """What this row changed: what ends first, what begins last."""
        meaning = update.meaning
        if meaning is None:
            self._quality.note(
                "unknown_states",
                Sort.DOUBTFUL,
                "rows with an unknown state; it changes nothing",
                example=update.state.strip() or "none",
            )
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
            if self._meaning[0] is not Place.RESOLVED:
                text = "tickets closed without a resolved row"
                self._note("closed_unresolved", Sort.DOUBTFUL, text)
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
        for name, is_so in found.items():
            if is_so:
                text = f"tickets whose {name} is not what the rows show"
                self._note(f"disagrees:{name}", Sort.DISAGREES, text)

    def _note(self, code: str, sort: Sort, text: str) -> None:
        self._quality.note(code, sort, text, example=self._number)
