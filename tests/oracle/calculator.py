"""The minute-stepping calculator: every unit of every clock of a case file under one lens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from tests.oracle import cycles
from tests.oracle.candidates import (
    LAST,
    OCCURRED,
    Agreed,
    Begin,
    Candidate,
    Highest,
    Meter,
    Pauses,
    Terms,
    begin_of,
    first_held,
)
from tests.oracle.cycles import Unit
from tests.oracle.grouping import Case, Merge, PriorityEvent, cases_of, merges_of, priorities_of
from tests.oracle.openness import Flags, open_minutes
from tests.oracle.presets import TEMPLATE
from tests.oracle.reading import (
    DAY,
    DEFAULT_HOLD,
    Charter,
    Raw,
    calendar_of,
    charters_of,
    minute,
    span,
)
from tests.oracle.story import Key, Ticket, Wait, tickets_of

AHEAD = 60 * DAY  # how far past `now` a due instant may lie
MATTERS = ("response", "next_reply", "resolution", "restore")


@dataclass(frozen=True)
class Result:
    """A clock worked out with the calendars as known at some instant."""

    has_target: bool
    due_at: int | None
    used: int
    flags: frozenset[str]


def units_of(case: Raw, lens: Raw, now: object) -> list[dict[str, Any]]:
    """Every unit of every clock of a case file (parsed YAML) under a lens, read at `now`."""
    return Record(case, now if isinstance(now, int) else minute(now)).units(lens)


class Record:
    """A case file read at an instant; to be used again for each further lens."""

    def __init__(self, case: Raw, now: int) -> None:
        self.now = now
        raw_calendars = case.get("calendars") or {}
        self.calendars = {name: calendar_of(name, raw) for name, raw in raw_calendars.items()}
        self.tickets = tickets_of(case, charters_of(case), now)
        self.merges = merges_of(self.tickets)
        self.first = min((ticket.start for ticket in self.tickets), default=now)
        self._opened: dict[tuple[str, int | None], Flags] = {}
        self.meter = Meter(self.first, now, self.opened)

    def units(self, lens: Raw) -> list[dict[str, Any]]:
        full = {**TEMPLATE, **lens}
        off = full["disguised"] in (None, False, "off")
        window = None if off else span(full["disguised"])
        found = []
        for case in cases_of(self.tickets, self.merges, window):
            found += CaseClocks(self, case, full).units()
        return found

    def opened(self, calendar: str, known_at: int | None) -> Flags:
        key = (calendar, known_at)
        if key not in self._opened:
            end = self.now + AHEAD
            self._opened[key] = open_minutes(self.calendars[calendar], known_at, self.first, end)
        return self._opened[key]

    @cached_property
    def entered(self) -> list[int]:
        """The instants at which a later version of some calendar was entered, up to `now`."""
        versions = [each for calendar in self.calendars.values() for each in calendar.versions]
        instants = {version.entered_at for version in versions}
        return sorted(at for at in instants if at is not None and at <= self.now)


class CaseClocks:
    """The clocks of one case under one lens."""

    def __init__(self, record: Record, case: Case, lens: Raw) -> None:
        self.record, self.case, self.lens = record, case, lens
        self.now, self.meter = record.now, record.meter
        charter = case.first.charter
        self.hold = charter.hold_period if charter else DEFAULT_HOLD
        default = charter.default_priority if charter else None
        self.opening = begin_of(case.first.start, default, case.priorities)
        self.agreements = [each for each in case.priorities if each.did == "agreed"]
        self._pauses: dict[tuple[str, bool], Pauses] = {}
        self._known_terms: dict[str, Agreed] = {}

    def units(self) -> list[dict[str, Any]]:
        found = [cycles.response(self.case, self.lens)]
        found += cycles.next_replies(self.case, self.lens)
        resolutions = cycles.resolutions(self.case, self.lens, self.hold)
        found += resolutions
        restores = [cycles.restore(self.case, unit) for unit in resolutions]
        answers = [self._answer(unit) for unit in found]
        return answers + [self._answer(unit) for unit in restores if self._result(unit).has_target]

    # the answer for one unit

    def _answer(self, unit: Unit) -> dict[str, Any]:
        result = self._result(unit)
        likely = {"likely"} if self.case.is_likely else set()
        paused = unit.end is None and bool(self._pauses_of(unit).flags[-1])
        until = self.now if unit.end is None else unit.end
        return {
            "tickets": [ticket.name for ticket in self.case.tickets],
            "clock": unit.clock,
            "cycle": unit.cycle,
            "started_at": unit.start,
            "due_at": result.due_at,
            "ended_at": unit.end,
            "state": "ended" if unit.end is not None else "paused" if paused else "running",
            "verdict": self._verdict(unit, result),
            "used": result.used,
            "wall": until - unit.start,
            "flags": sorted(unit.flags | result.flags | likely),
        }

    def _verdict(self, unit: Unit, result: Result) -> str:
        opening = self.case.first.opening
        if opening == "after_the_fact" or (opening == "live" and unit.clock == "response"):
            return opening
        if not result.has_target:
            return "no_target"
        if result.due_at is None:
            return "undecided"
        if result.due_at < (self.now if unit.end is None else unit.end):
            return "missed"
        if unit.end is None:
            return "running"
        is_held = unit.end + self.hold <= self.now or unit.is_followed
        is_asked = self.lens["resolution_ends"] == "first_held" and self.lens["reopen"] != "ignored"
        return "met_so_far" if unit.is_resolve and is_asked and not is_held else "met"

    # calendar versions

    def _result(self, unit: Unit) -> Result:
        """The result of the version that stands, flagged if a later one would have moved it."""
        entered = self.record.entered
        result = self._worked_out(unit, None)
        for number, at in enumerate(entered):
            has_ended = unit.end is not None and unit.end <= at
            if has_ended or (result.due_at is not None and result.due_at <= at):
                later = [self._worked_out(unit, each).due_at for each in entered[number:]]
                moved = {"holiday_entered_afterwards"} if set(later) - {result.due_at} else set()
                return Result(result.has_target, result.due_at, result.used, result.flags | moved)
            earlier, result = result, self._worked_out(unit, at)
            OCCURRED["a later calendar version moved a due"] += earlier.due_at != result.due_at
        return result

    def _worked_out(self, unit: Unit, known: int | None) -> Result:
        if self.lens["priority"] == "highest":
            return self._by_highest(unit, known)
        return self._by_one_priority(unit, known)

    # one priority from the start

    def _by_one_priority(self, unit: Unit, known: int | None) -> Result:
        stop = self.now if unit.end is None else unit.end
        events = self._before(self.case.priorities, unit.end)
        priority = self._one_priority(
            self.opening, events, self._agreed(unit), self._pauses_of(unit), known
        )
        begin = self._own_key(unit)[0]
        own = Candidate(priority, self._agreed(unit)(priority), self._pauses_of(unit), begin)
        own.advance(self.meter, known, stop)
        return self._closed(unit, known, [own], set())

    def _one_priority(
        self,
        begin: Begin,
        events: list[PriorityEvent],
        agreed: Agreed,
        pauses: Pauses,
        known: int | None,
    ) -> str | None:
        """The last priority set or the first one held."""
        later = [event for event in events if event.key > begin.key]
        if self.lens["priority"] == "first":
            return first_held(begin, agreed, pauses, self.meter, known, later)
        return next((e.priority for e in reversed(later) if e.did == "set"), begin.priority)

    def _closed(
        self, unit: Unit, known: int | None, own: list[Candidate], flags: set[str]
    ) -> Result:
        """Read the candidates off once all of them were taken to the end, or to `now`."""
        stop = self.now if unit.end is None else unit.end
        parts = [self._part(merge, unit, known, stop) for merge in self._merges(unit)]
        is_paused = unit.end is None and bool(self._pauses_of(unit).flags[-1])
        begins_too_late = unit.end is not None and self._own_key(unit)[0] >= unit.end
        if begins_too_late and not parts:  # it ends where it starts
            own = [Candidate(own[0].priority, own[0].terms, own[0].pauses, unit.start)]
        candidates = parts if parts and begins_too_late else own + parts
        dues = [one.due_at for one in candidates]
        if not is_paused:
            dues = [
                self.meter.projected(one, known, max(stop, one.at)) if due is None else due
                for one, due in zip(candidates, dues, strict=True)
            ]
        reached = [due for due in dues if due is not None]
        OCCURRED["a part's candidate"] += bool(parts)
        OCCURRED["a part's candidate decides"] += (
            bool(reached) and min(reached) not in dues[: len(candidates) - len(parts)]
        )
        has_target = any(one.terms.target is not None for one in candidates)
        due_at = min(reached, default=None)
        used = self._counted(unit, own[-1], parts).used
        return Result(has_target, due_at, used, frozenset(flags))

    # highest

    def _by_highest(self, unit: Unit, known: int | None) -> Result:
        """The candidates taken through every change before the end."""
        begin = self._begin(unit, known)
        pauses = self._pauses_of(unit)
        run = Highest(begin, self._agreed(unit), pauses, self.meter, known, self.agreements)
        for event in self._before(self.case.priorities, unit.end):
            if event.key > begin.key:
                run.take(event)
        run.advance(self.now if unit.end is None else unit.end)
        return self._closed(unit, known, run.own, run.flags)

    def _begin(self, unit: Unit, known: int | None) -> Begin:
        """With what priority a unit begins: the first one, or the one effective where it starts."""
        if unit.key == self.case.start_key:
            return self.opening
        OCCURRED["highest: begins later than the ticket"] += 1
        told = [event for event in self.case.priorities if event.key[0] <= unit.start]
        run = self._timeless(self.opening, told, self._agreed(unit), self._pauses_of(unit), known)
        key = max((unit.start, LAST, LAST), self.opening.key)
        return Begin(unit.start, key, run.effective.priority, run.value, False, run.pending)

    def _timeless(
        self,
        begin: Begin,
        events: list[PriorityEvent],
        agreed: Agreed,
        pauses: Pauses,
        known: int | None,
    ) -> Highest:
        """What the changes of priority make effective, due instants left out."""
        agreements = [event for event in events if event.did == "agreed"]
        run = Highest(begin, agreed, pauses, self.meter, known, agreements, is_timeless=True)
        for event in events:
            if event.key > begin.key:
                run.take(event)
        return run

    # merged parts

    def _merges(self, unit: Unit) -> list[Merge]:
        """The parts that bring a candidate to this unit: to those that start with the ticket."""
        if unit.key != self.case.start_key:
            return []
        return [
            merge for merge in self.case.merges if unit.end is None or merge.source.start < unit.end
        ]

    def _part(self, merge: Merge, unit: Unit, known: int | None, stop: int) -> Candidate:
        """The own candidate of a part, taken to `stop`."""
        part = merge.source
        charter = part.charter
        default = charter.default_priority if charter else None
        agreed = self._terms(unit.clock, charter, part)
        pauses = self._part_pauses(unit, merge)
        events = [e for e in priorities_of([part]) if e.key[0] <= merge.key[0]]
        begin = begin_of(part.start, default, events)
        if self.lens["priority"] == "highest":
            priority = self._timeless(begin, events, agreed, pauses, known).effective.priority
        else:
            events = self._before(events, unit.end)
            priority = self._one_priority(begin, events, agreed, pauses, known)
        one = Candidate(priority, agreed(priority), pauses, part.start)
        one.advance(self.meter, known, stop)
        return one

    def _counted(self, unit: Unit, own: Candidate, parts: list[Candidate]) -> Candidate:
        """Whose used time is told: the earliest part's."""
        merges = self._merges(unit)
        if not merges or self.case.first.opened.key == unit.key:
            return own
        earliest = min(range(len(merges)), key=lambda number: merges[number].source.opened.key)
        return parts[earliest]

    # what holds for a unit

    def _own_key(self, unit: Unit) -> Key:
        """Where a unit's own candidate begins: a survivor's at its own start."""
        if unit.key == self.case.start_key:
            return self.case.first.opened.key
        return unit.key

    def _before(self, events: list[PriorityEvent], end: int | None) -> list[PriorityEvent]:
        return [event for event in events if end is None or event.key[0] < end]

    def _agreed(self, unit: Unit) -> Agreed:
        if unit.clock not in self._known_terms:
            first = self.case.first
            self._known_terms[unit.clock] = self._terms(unit.clock, first.charter, first)
        return self._known_terms[unit.clock]

    def _terms(self, clock: str, charter: Charter | None, ticket: Ticket) -> Agreed:
        return lru_cache(lambda priority: self._row_terms(clock, charter, ticket, priority))

    def _row_terms(
        self, clock: str, charter: Charter | None, ticket: Ticket, priority: str | None
    ) -> Terms:
        wanted = {"service": ticket.service, "kind": ticket.kind, "priority": priority}
        if charter is None:
            return Terms(None, None)
        rows = (r for r in charter.rows if all(r.get(n) in (None, v) for n, v in wanted.items()))
        row = next(rows, {})
        target = row.get(clock)
        if clock == "next_reply" and self.lens["next_reply_owed"] == "every":
            target = self.lens["next_reply_every"]
        return self._term(target, row.get("calendar", charter.calendar))

    def _term(self, target: object, calendar: str | None) -> Terms:
        if target in (None, "none") or calendar is None:
            return Terms(None, calendar)
        return Terms(span(target, self.record.calendars[calendar].longest_day()), calendar)

    # pauses (section 5)

    def _pauses_of(self, unit: Unit) -> Pauses:
        subtracts = unit.clock in ("resolution", "restore")
        return self._kept("case", unit.clock in self.lens["pauses_for"], subtracts)

    def _kept(self, name: str, is_listed: bool, subtracts: bool) -> Pauses:
        key = (f"{name} {subtracts}", is_listed)
        if key not in self._pauses:
            flags = self._flags(self._intervals(self.case.tickets) if is_listed else [])
            if subtracts:
                flags |= self._flags(cycles.resolved_times(self.case, self.lens, self.hold))
            self._pauses[key] = Pauses(flags)
        return self._pauses[key]

    def _part_pauses(self, unit: Unit, merge: Merge) -> Pauses:
        """The part's own pauses until the merge, those of what it was merged into from then on."""
        is_listed = unit.clock in self.lens["pauses_for"]
        key = (f"part {merge.source.name} {unit.clock in ('resolution', 'restore')}", is_listed)
        if key not in self._pauses:
            further = next((m for m in self.case.merges if m.source is merge.survivor), None)
            after = self._part_pauses(unit, further) if further else self._pauses_of(unit)
            own = self._flags(self._intervals([merge.source]) if is_listed else [])
            cut = merge.key[0] - self.record.first
            self._pauses[key] = Pauses(np.concatenate([own[:cut], after.flags[cut:]]))
        return self._pauses[key]

    def _flags(self, intervals: Iterable[tuple[int, int | None]]) -> Flags:
        """One flag for each minute up to `now`, and one for `now` itself."""
        first = self.record.first
        flags = np.zeros(self.now - first + 1, dtype=np.bool_)
        for begin, end in intervals:
            flags[max(begin - first, 0) : None if end is None else max(end - first, 0)] = True
        return flags

    def _intervals(self, tickets: list[Ticket]) -> list[tuple[int, int | None]]:
        """The pauses that the lens honours; a question on any of the tickets will do."""
        questions = [question for ticket in tickets for question in ticket.questions]
        waits = [wait for ticket in tickets for wait in ticket.waits]
        return [each for wait in waits for each in self._honoured(wait, questions)]

    def _honoured(
        self, wait: Wait, questions: list[tuple[int, int | None]]
    ) -> list[tuple[int, int | None]]:
        on = "vendor" if wait.on == "vendor_leg" else wait.on
        if on not in self.lens["pauses"]:
            return []
        if on == "requester" and self.lens["requester_pause_needs"] == "question":
            return [_overlap(wait.begin, wait.end, *question) for question in questions]
        if on == "scheduled" and self.lens["scheduled_pause_needs"] == "date":
            if not wait.is_requesters_date or wait.until is None:
                return []
            return [_overlap(wait.begin, wait.end, wait.begin, wait.until)]
        return [(wait.begin, wait.end)]


def _overlap(
    begin: int, end: int | None, other_begin: int, other_end: int | None
) -> tuple[int, int | None]:
    ends = [each for each in (end, other_end) if each is not None]
    last = min(ends, default=None)
    first = max(begin, other_begin)
    return first, last if last is None else max(first, last)
