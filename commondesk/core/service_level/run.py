"""Runs: how far a clock has run, and when it falls due. docs/clocks.md, section 4.

A candidate is a target that counts down in its calendar. A run walks from its start over pauses and
changes of priority, and the earliest candidate to be used up gives the due instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..record.events import Priority
from ..record.instant import Instant, Span
from .agreement import Term
from .calendar import Calendar
from .pauses import Pauses
from .story import PriorityMark

TermOf = Callable[[Priority], Term]


@dataclass(slots=True)
class Candidate:
    """A target counting down: used working time so far, and the due instant once it is reached."""

    span: Span | None
    calendar: Calendar
    used: Span = 0
    due_at: Instant | None = None

    def run(self, start: Instant, end: Instant) -> None:
        """Count the working time of an unpaused range."""
        worked = self.calendar.elapsed(start, end)
        if self.due_at is None and self.span is not None and self.used + worked >= self.span:
            self.due_at = self.calendar.add(start, self.span - self.used)
        self.used += worked

    def due_after(self, at: Instant) -> Instant | None:
        """The due instant if the clock ran on from here unpaused."""
        if self.due_at is None and self.span is not None:
            return self.calendar.add(at, self.span - self.used)
        return self.due_at


@dataclass(frozen=True, slots=True)
class Opening:
    """The priority with which a run begins."""

    priority: Priority
    is_provisional: bool
    nominal: Priority
    agreed: frozenset[Priority] = frozenset()


@dataclass(frozen=True, slots=True)
class Track:
    """What a run follows: a start, pauses, the priority it begins with and what became of it."""

    started_at: Instant
    pauses: Pauses
    opening: Opening
    marks: Sequence[PriorityMark] = ()


@dataclass(slots=True)
class Run:
    """What came of a run at its limit (its end, or now).

    is_plain: one target counted down from the start, so that any share of it follows from used.
    """

    due_at: Instant | None
    used: Span
    has_target: bool
    is_paused: bool
    flags: set[str] = field(default_factory=set)
    span: Span | None = None
    calendar: Calendar | None = None
    is_plain: bool = False


class Runner:
    """Follows a track up to a limit, with the calendars that were known at an instant."""

    def __init__(
        self, term_of: TermOf, known_at: Instant, limit: Instant, is_ended: bool, percent: int = 100
    ):
        self._term_of = term_of
        self._known_at = known_at
        self._limit = limit
        self._is_ended = is_ended
        self._percent = percent

    def run(self, track: Track) -> Run:
        """Walk the track. A replaced provisional priority makes the walk begin anew."""
        flags: set[str] = set()
        is_first = True
        while True:
            walk = _Walk(self, track, flags)
            again = walk.to_the_limit()
            if again is None:
                return walk.result(is_first=is_first)
            track, is_first = again, False

    def candidate(self, priority: Priority, used: Span = 0) -> Candidate:
        """The candidate of a priority's target, as far as it was known."""
        term = self._term_of(priority)
        span = None if term.span is None else term.span * self._percent // 100
        return Candidate(span, term.calendar.known_at(self._known_at), used)

    @property
    def limit(self) -> Instant:
        """Where the walk stops: the end of the clock, or now."""
        return self._limit

    @property
    def is_ended(self) -> bool:
        """True when the limit is the end of the clock."""
        return self._is_ended


class _Walk:
    """One walk along a track."""

    def __init__(self, runner: Runner, track: Track, flags: set[str]):
        self._runner = runner
        self._track = track
        self._flags = flags
        self._at = track.started_at
        self._pause = 0
        self._nominal = track.opening.nominal
        self._agreed = set(track.opening.agreed)
        self._is_provisional = track.opening.is_provisional
        self._began_with = runner.candidate(track.opening.priority)
        self._candidates = [self._began_with]

    def to_the_limit(self) -> Track | None:
        """Walk on; a new track when the priority it began with was never held."""
        limit, is_ended = self._runner.limit, self._runner.is_ended
        for index, mark in enumerate(self._track.marks):
            if mark.at > limit or (is_ended and mark.at >= limit):
                break
            self._advance(mark.at)
            again = self._note(mark, index)
            if again is not None:
                return again
        self._advance(limit)
        return None

    def result(self, *, is_first: bool) -> Run:
        """What came of it. is_first: no walk was given up before this one."""
        is_paused = not self._runner.is_ended and self._is_paused()
        dues = [
            candidate.due_at if is_paused else candidate.due_after(self._runner.limit)
            for candidate in self._candidates
        ]
        effective = self._candidates[-1]
        return Run(
            due_at=min((due for due in dues if due is not None), default=None),
            used=effective.used,
            has_target=any(candidate.span is not None for candidate in self._candidates),
            is_paused=is_paused,
            flags=self._flags,
            span=effective.span,
            calendar=effective.calendar,
            is_plain=is_first and effective is self._began_with,
        )

    # time

    def _advance(self, to: Instant) -> None:
        """Count the unpaused time up to an instant."""
        pauses, at = self._track.pauses, self._at
        while at < to:
            begin, end = pauses[self._pause] if self._pause < len(pauses) else (to, to)
            if begin > at:
                stop = min(begin, to)
                for candidate in self._candidates:
                    candidate.run(at, stop)
                at = stop
            elif end is None or end >= to:
                at = to
            else:
                at = max(at, end)
                self._pause += 1
        self._at = max(at, self._at)

    def _is_paused(self) -> bool:
        now = self._runner.limit
        return any(begin <= now and (end is None or end > now) for begin, end in self._track.pauses)

    # priority

    def _note(self, mark: PriorityMark, index: int) -> Track | None:
        if mark.step == "confirmed":
            self._is_provisional = False
            return None
        assert mark.priority is not None
        if mark.step == "agreed":
            self._agree(mark.priority)
            return None
        return self._set(mark, index)

    def _set(self, mark: PriorityMark, index: int) -> Track | None:
        assert mark.priority is not None
        is_provisional = self._is_provisional and not self._is_due()
        if mark.priority is self._nominal:
            self._is_provisional = is_provisional and not mark.is_person
            return None
        self._nominal = mark.priority
        if is_provisional and not mark.is_person:
            return self._anew(mark, index)
        self._is_provisional = False
        effective, wanted = self._candidates[-1].span, self._runner.candidate(mark.priority)
        if is_provisional and _shorter(effective, wanted.span):
            return self._anew(mark, index)
        self._change(wanted, is_agreed=mark.priority in self._agreed)
        self._agreed.clear()
        return None

    def _anew(self, mark: PriorityMark, index: int) -> Track:
        """The track as if the priority it began with had never been."""
        assert mark.priority is not None
        opening = Opening(mark.priority, not mark.is_person, mark.priority)
        rest = self._track.marks[index + 1 :]
        return Track(self._track.started_at, self._track.pauses, opening, rest)

    def _change(self, wanted: Candidate, *, is_agreed: bool) -> None:
        effective = self._candidates[-1].span
        is_lowering = _shorter(effective, wanted.span)
        if self._is_due():
            if is_lowering:
                self._flags.add("lowered_after_miss")
        elif _shorter(wanted.span, effective):
            self._raise(wanted)
        elif is_lowering and is_agreed:
            self._lower(wanted)

    def _raise(self, wanted: Candidate) -> None:
        wanted.used = self._candidates[-1].used
        assert wanted.span is not None
        if wanted.used >= wanted.span:
            wanted.due_at = self._at
            self._flags.add("used_up_when_raised")
        self._candidates.append(wanted)

    def _lower(self, wanted: Candidate) -> None:
        wanted.used = self._candidates[-1].used
        self._candidates = [wanted]

    def _agree(self, priority: Priority) -> None:
        wanted = self._runner.candidate(priority)
        is_lower = _shorter(self._candidates[-1].span, wanted.span)
        if priority is self._nominal and is_lower and not self._is_due():
            self._lower(wanted)
        else:
            self._agreed.add(priority)

    def _is_due(self) -> bool:
        return any(
            candidate.due_at is not None and candidate.due_at <= self._at
            for candidate in self._candidates
        )


def _shorter(one: Span | None, other: Span | None) -> bool:
    """True when the first target is shorter; none is longest."""
    return one is not None and (other is None or one < other)


def effective_at(
    marks: Sequence[PriorityMark], opening: Opening, at: Instant, term: TermOf
) -> Opening:
    """The priority effective at an instant under `highest`, due instants left out."""
    effective, nominal = opening.priority, opening.nominal
    is_provisional, agreed = opening.is_provisional, set(opening.agreed)
    for mark in marks:
        if mark.at > at:
            break
        if mark.step == "confirmed":
            is_provisional = False
            continue
        assert mark.priority is not None
        wanted, held = term(mark.priority).span, term(effective).span
        if mark.step == "agreed":
            if mark.priority is nominal and _shorter(held, wanted):
                effective = mark.priority
            else:
                agreed.add(mark.priority)
        elif mark.priority is nominal:
            is_provisional = is_provisional and not mark.is_person
        else:
            is_agreed = _shorter(held, wanted) and mark.priority in agreed
            is_replaced = is_provisional and not (mark.is_person and wanted == held)
            if is_replaced or _shorter(wanted, held) or is_agreed:
                effective = mark.priority
            is_provisional = is_provisional and not mark.is_person
            nominal = mark.priority
            agreed.clear()
    return Opening(effective, False, nominal, frozenset(agreed))
