"""Targets that run: candidates, raises, lowerings, provisional priorities (section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from tests.oracle.grouping import PriorityEvent
from tests.oracle.openness import Flags, Minutes
from tests.oracle.story import Key


@dataclass(frozen=True)
class Terms:
    target: int | None  # working minutes
    calendar: str | None


Agreed = Callable[[str | None], Terms]

LAST = 10**9  # after every other key of an instant
OCCURRED: Counter[str] = Counter()  # which rules were used, for the coverage of random cases


@dataclass(frozen=True)
class Pauses:
    """Flags for each minute from the first one of the record to `now`, the last one for `now`."""

    flags: Flags
    gains: dict[tuple[str, int | None], Minutes] = field(default_factory=dict)


class Meter:
    """Counts the minutes in which a calendar, as known at some instant, is open."""

    def __init__(self, first: int, now: int, opened: Callable[[str, int | None], Flags]) -> None:
        self.first, self.now, self.opened = first, now, opened
        self.totals: dict[tuple[str, int | None], Minutes] = {}

    def gained(self, one: Candidate, known: int | None, until: int) -> tuple[int, int | None]:
        """What a candidate gains up to an instant, minute by minute, and when it falls due."""
        if one.terms.calendar is None or until <= one.at:
            return 0, None
        sums = self._gains(one.pauses, one.terms.calendar, known)
        return _walk(sums, one.at - self.first, until - self.first, one.left(), self.first)

    def projected(self, one: Candidate, known: int | None, since: int) -> int | None:
        """When it falls due if it runs on unpaused."""
        if one.terms.calendar is None or one.terms.target is None:
            return None
        key = (one.terms.calendar, known)
        if key not in self.totals:
            self.totals[key] = _sums(self.opened(*key))
        sums = self.totals[key]
        due = _walk(sums, since - self.first, len(sums) - 1, one.left(), self.first)[1]
        if due is None:
            raise ValueError("the target lies beyond the minutes that were worked out")
        return due

    def _gains(self, pauses: Pauses, calendar: str, known: int | None) -> Minutes:
        key = (calendar, known)
        if key not in pauses.gains:
            is_open = self.opened(calendar, known)[: self.now - self.first]
            pauses.gains[key] = _sums(is_open & ~pauses.flags[:-1])
        return pauses.gains[key]


def _sums(counted: Flags) -> Minutes:
    """How many minutes counted before each minute."""
    sums = np.zeros(len(counted) + 1, dtype=np.int32)
    np.cumsum(counted, out=sums[1:])
    return sums


def _walk(
    sums: Minutes, start: int, end: int, left: int | None, first: int
) -> tuple[int, int | None]:
    """Minutes counted from start to end, and the end of the minute in which `left` is used up."""
    before = int(sums[start])
    gained = int(sums[end]) - before
    if left is None or left > gained:
        return gained, None
    return gained, first + int(np.searchsorted(sums, np.int32(before + left), side="left"))


@dataclass
class Candidate:
    priority: str | None
    terms: Terms
    pauses: Pauses
    at: int  # counted up to here
    used: int = 0
    due_at: int | None = None

    def left(self) -> int | None:
        if self.terms.target is None or self.due_at is not None:
            return None
        return self.terms.target - self.used

    def advance(self, meter: Meter, known: int | None, until: int) -> None:
        gained, due_at = meter.gained(self, known, until)
        self.used += gained
        self.due_at = due_at if self.due_at is None else self.due_at
        self.at = max(self.at, until)

    def has_fallen(self, at: int) -> bool:
        return self.due_at is not None and self.due_at <= at


def is_longer(target: int | None, other: int | None) -> bool:
    """None is the longest target."""
    return other is not None and (target is None or target > other)


@dataclass(frozen=True)
class Begin:
    """With what a clock begins."""

    at: int
    key: Key
    priority: str | None  # effective
    value: str | None  # as last set
    is_provisional: bool
    pending: str | None = None  # a lowering that nobody has agreed to


def begin_of(start: int, default: str | None, events: list[PriorityEvent]) -> Begin:
    """What is said at the very instant of the start belongs to the start."""
    told = [event for event in events if event.key[0] == start]
    sets = [event.priority for event in told if event.did == "set"]
    priority = sets[-1] if sets else default
    touched = any(event.is_by_person and event.did != "agreed" for event in told)
    return Begin(start, (start, LAST, LAST), priority, priority, not touched)


class Highest:
    """The candidates of one clock under `highest`, taken forward in time."""

    def __init__(
        self,
        begin: Begin,
        agreed: Agreed,
        pauses: Pauses,
        meter: Meter,
        known: int | None,
        agreements: list[PriorityEvent],
        *,
        is_timeless: bool = False,
    ) -> None:
        self.begin, self.agreed, self.pauses = begin, agreed, pauses
        self.meter, self.known, self.agreements = meter, known, agreements
        self.value, self.is_provisional = begin.value, begin.is_provisional
        self.pending = begin.pending
        self.flags: set[str] = set()
        self.is_timeless = is_timeless  # due instants left out
        self.own = [self._from_start(begin.priority)]

    @property
    def effective(self) -> Candidate:
        return self.own[-1]

    def advance(self, until: int) -> None:
        for one in [] if self.is_timeless else self.own:
            one.advance(self.meter, self.known, until)

    def take(self, event: PriorityEvent) -> None:
        """One event about the priority, at its instant."""
        at = event.key[0]
        self.advance(at)
        if self.is_provisional and self.own[0].has_fallen(at):
            self.is_provisional = False
            OCCURRED["provisional fell due"] += 1
        if event.did == "agreed":
            self._agree(event, at)
        elif event.did == "confirmed":
            OCCURRED["provisional confirmed"] += self.is_provisional
            self.is_provisional = False
        elif self.is_provisional and not event.is_by_person:
            OCCURRED["provisional replaced by machine"] += 1
            self.own, self.value = [self._from_start(event.priority)], event.priority
            self.advance(at)
        elif self.is_provisional:
            self._settle(event, at)
        elif event.priority != self.value:
            self._change(event, at)

    def _from_start(self, priority: str | None) -> Candidate:
        return Candidate(priority, self.agreed(priority), self.pauses, self.begin.at)

    def _settle(self, event: PriorityEvent, at: int) -> None:
        """A person sets the priority while a machine's is provisional."""
        self.is_provisional = False
        if is_longer(self.agreed(event.priority).target, self.effective.terms.target):
            OCCURRED["provisional lengthened by a person"] += 1
            self.own, self.value = [self._from_start(event.priority)], event.priority
            self.advance(at)
        elif event.priority != self.value:
            OCCURRED["provisional shortened by a person"] += 1
            self._change(event, at)

    def _change(self, event: PriorityEvent, at: int) -> None:
        self.value, self.pending = event.priority, None
        target, held = self.agreed(event.priority).target, self.effective.terms.target
        if any(one.has_fallen(at) for one in self.own):
            if is_longer(target, held):
                self.flags.add("lowered_after_miss")
        elif is_longer(held, target):
            self._raise(event.priority, at)
        elif is_longer(target, held):
            OCCURRED["lowering"] += 1
            self.pending = event.priority
            if any(_is_agreement(each, event) for each in self.agreements):
                self._lower(at)

    def _raise(self, priority: str | None, at: int) -> None:
        OCCURRED["raise"] += 1
        terms, used = self.agreed(priority), self.effective.used
        one = Candidate(priority, terms, self.pauses, at, used)
        if terms.target is not None and used >= terms.target:
            one.due_at = at
            self.flags.add("used_up_when_raised")
        self.own.append(one)

    def _agree(self, event: PriorityEvent, at: int) -> None:
        has_fallen = any(one.has_fallen(at) for one in self.own)
        if self.pending is not None and event.priority == self.pending and not has_fallen:
            self._lower(at)

    def _lower(self, at: int) -> None:
        """An agreed lowering replaces every candidate."""
        OCCURRED["agreed lowering"] += 1
        used = self.effective.used
        self.own = [Candidate(self.pending, self.agreed(self.pending), self.pauses, at, used)]
        self.pending = None


def _is_agreement(agreement: PriorityEvent, change: PriorityEvent) -> bool:
    """Agreed to this priority since the change before this one, and before this one."""
    is_since = change.since is None or agreement.key > change.since
    return is_since and agreement.key < change.key and agreement.priority == change.priority


def first_held(
    begin: Begin,
    agreed: Agreed,
    pauses: Pauses,
    meter: Meter,
    known: int | None,
    events: list[PriorityEvent],
) -> str | None:
    """The first priority held."""
    one = Candidate(begin.priority, agreed(begin.priority), pauses, begin.at)
    if not begin.is_provisional:
        return begin.priority
    for event in events:
        one.advance(meter, known, event.key[0])
        if one.has_fallen(event.key[0]) or event.did == "confirmed":
            return one.priority
        if event.did == "set" and event.is_by_person:
            return event.priority
        if event.did == "set":
            one = replace(
                one,
                priority=event.priority,
                terms=agreed(event.priority),
                at=begin.at,
                used=0,
                due_at=None,
            )
            one.advance(meter, known, event.key[0])
    return one.priority
