"""Clocks: what the promise has come to, as a pure function of events, agreement and lens.

docs/clocks.md fixes every definition.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum

from ..record.event import Event
from ..record.events import ClockName
from ..record.events import Opening as OpeningMode
from ..record.instant import Instant, Span
from .agreement import Agreement
from .calendar import SINCE_EVER, Calendar
from .cases import Histories, cases_of
from .held import Held
from .lens import Lens
from .pauses import Pauses, after, before, merged, pauses_of
from .run import Run, Runner, Track
from .story import Part, Story
from .units import Unit, units_of


class State(StrEnum):
    """Whether a clock runs. A missed clock can be paused."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Verdict(StrEnum):
    """What came of a target."""

    MET = "met"
    MET_SO_FAR = "met_so_far"
    MISSED = "missed"
    RUNNING = "running"
    UNDECIDED = "undecided"
    NO_TARGET = "no_target"
    LIVE = "live"
    AFTER_THE_FACT = "after_the_fact"

    @property
    def is_met(self) -> bool:
        """True for met, and for met so far."""
        return self in (Verdict.MET, Verdict.MET_SO_FAR)

    @property
    def is_judged(self) -> bool:
        """True for what counts in an attainment."""
        return self.is_met or self is Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock of one unit, read at an instant.

    used and wall are spans from the start to the end (or now): in working time unpaused, and on
    the wall. span is the effective target in working time. due_at None: no target, or not known
    while paused. shares tells of a clock that has not ended when the shares asked for are used up,
    as far as that is known. holds_at: from then on a met so far is met.
    """

    tickets: tuple[str, ...]
    clock: ClockName
    cycle: int
    started_at: Instant
    due_at: Instant | None
    ended_at: Instant | None
    state: State
    verdict: Verdict
    used: Span
    wall: Span
    span: Span | None
    flags: frozenset[str]
    calendar: Calendar | None = None
    shares: tuple[tuple[int, Instant], ...] = ()
    holds_at: Instant | None = None

    @property
    def left(self) -> Span | None:
        """Working time left of the target; negative once overdrawn; None without a target."""
        return None if self.span is None else self.span - self.used


Agreements = Callable[[str], Agreement | None]
"""The agreement of a charter id, as written on the ticket's opening; None: none was in force."""


def read(
    histories: Histories,
    agreements: Agreements | Agreement,
    lens: Lens,
    now: Instant,
    *,
    percent: int = 100,
    shares: Sequence[int] = (),
) -> tuple[Reading, ...]:
    """Every clock of these tickets under a lens, at an instant.

    histories holds the events of each ticket by stream. With percent below 100 due instants are
    those of that share of each target, for escalation. shares asks for several at once beside the
    due instants: of each clock that has not ended the same instants that percent would give.
    """
    lookup = agreements if callable(agreements) else (lambda _charter: agreements)
    readings: list[Reading] = []
    for story in cases_of(histories, lens.disguised, now):
        agreement = lookup(story.charter)
        readings += readings_of(
            story, agreement, lens, now, percent=percent, parts=lookup, shares=shares
        )
    return tuple(readings)


def read_ticket(
    history: Sequence[Event], agreement: Agreement | None, lens: Lens, now: Instant
) -> tuple[Reading, ...]:
    """The clocks of one ticket by itself."""
    stream = history[0].stream if history else ""
    return read({stream: history}, lambda _charter: agreement, lens, now)


def readings_of(
    story: Story,
    agreement: Agreement | None,
    lens: Lens,
    now: Instant,
    *,
    percent: int = 100,
    parts: Agreements | None = None,
    shares: Sequence[int] = (),
    known: dict[Hashable, Reading | None] | None = None,
    alike: Hashable = None,
) -> Iterator[Reading]:
    """The clocks of one case. parts finds the agreements that merged tickets keep.

    known keeps readings of this case under other lenses; alike is what must be equal of two lenses
    for the same unit to be read alike.
    """
    lookup = parts or (lambda _charter: agreement)
    reader = _Reader(story, agreement, lens, now, percent, lookup, shares)
    has_restore = reader.promises(ClockName.RESTORE)
    for unit in units_of(story, lens, agreement, now, promises_restore=has_restore):
        if known is None:
            reading = reader.reading(unit)
        else:
            if (unit, alike) not in known:
                known[unit, alike] = reader.reading(unit)
            reading = known[unit, alike]
        if reading is not None:
            yield reading


class _Reader:
    """Reads the units of one case."""

    def __init__(
        self,
        story: Story,
        agreement: Agreement | None,
        lens: Lens,
        now: Instant,
        percent: int,
        parts: Agreements,
        shares: Sequence[int] = (),
    ):
        self._story = story
        self._agreement = agreement
        self._lens = lens
        self._now = now
        self._percent = percent
        self._shares = shares
        self._agreement_of = parts
        self._ruled_by = [agreement, *(parts(part.story.charter) for part in story.parts)]
        self._entered = entered_instants(self._ruled_by, now)
        self._paused = pauses_of(story, lens)

    def promises(self, clock: ClockName) -> bool:
        """Whether any agreement of the case has a target for this clock."""
        return any(each is not None and each.promises(clock) for each in self._ruled_by)

    def reading(self, unit: Unit) -> Reading | None:
        """The reading of a unit; None where there is nothing to judge (a restore not promised)."""
        limit = self._now if unit.ended_at is None else unit.ended_at
        run = self._run(unit, limit) if any(self._ruled_by) else None
        if unit.clock is ClockName.RESTORE and not (run and run.has_target):
            return None
        flags = unit.flags | (run.flags if run else set())
        return Reading(
            tickets=self._story.tickets,
            clock=unit.clock,
            cycle=unit.cycle,
            started_at=unit.started_at,
            due_at=run.due_at if run else None,
            ended_at=unit.ended_at,
            state=self._state(unit),
            verdict=self._verdict(unit, run),
            used=run.used if run else 0,
            wall=limit - unit.started_at,
            span=run.span if run else None,
            flags=frozenset(flags | {"likely"} if self._story.is_likely else flags),
            calendar=run.calendar if run else None,
            shares=tuple(self._shares_of(unit, run)) if run and self._shares else (),
            holds_at=unit.holds_at,
        )

    def _state(self, unit: Unit) -> State:
        if unit.ended_at is not None:
            return State.ENDED
        return State.PAUSED if self._is_paused(unit) else State.RUNNING

    def _is_paused(self, unit: Unit) -> bool:
        return any(
            begin <= self._now and (end is None or end > self._now)
            for begin, end in self._pauses(self._story, unit)
        )

    def _verdict(self, unit: Unit, run: Run | None) -> Verdict:
        if self._story.opening is OpeningMode.AFTER_THE_FACT:
            return Verdict.AFTER_THE_FACT
        if self._story.opening is OpeningMode.LIVE and unit.clock is ClockName.RESPONSE:
            return Verdict.LIVE
        if run is None or not run.has_target:
            return Verdict.NO_TARGET
        if unit.ended_at is not None:
            return _ended_verdict(unit, run)
        if run.due_at is None:
            return Verdict.UNDECIDED
        return Verdict.MISSED if run.due_at < self._now else Verdict.RUNNING

    # shares

    def _shares_of(self, unit: Unit, run: Run) -> Iterator[tuple[int, Instant]]:
        if unit.ended_at is not None or not run.has_target:
            return
        for share in self._shares:
            used_up_at = self._used_up_at(unit, run, share)
            if used_up_at is not None:
                yield share, used_up_at

    def _used_up_at(self, unit: Unit, run: Run, share: int) -> Instant | None:
        """When a share is used up. Most clocks run plainly, and need not be followed again."""
        if run.is_plain and not self._entered and run.span is not None and run.calendar is not None:
            left = run.span * share // 100 - run.used
            if left > 0:
                return None if run.is_paused else run.calendar.add(self._now, left)
        other = copy(self)
        other._percent = share
        return other._run(unit, self._now).due_at

    # runs

    def _run(self, unit: Unit, limit: Instant) -> Run:
        """Run with the calendar versions known first, then with later ones while undecided."""
        runs = (self._run_known(unit, limit, at) for at in (SINCE_EVER, *self._entered))
        run = next(runs)
        stood = False
        for later_at, later in zip(self._entered, runs, strict=False):
            stood = stood or _is_settled(unit, run, later_at)
            if not stood:
                run = later
            elif later.due_at != run.due_at:
                run.flags.add("holiday_entered_afterwards")
        return run

    def _run_known(self, unit: Unit, limit: Instant, known_at: Instant) -> Run:
        pauses = self._pauses(self._story, unit)
        parts = self._parts_in(unit, limit)
        begins_too_late = unit.ended_at is not None and self._story.started_at >= limit
        if self._agreement is None or (parts and begins_too_late):
            run = Run(None, 0, has_target=False, is_paused=False)
        else:
            held = Held(self._story, self._agreement, self._lens, unit, known_at)
            run = self._follow(held, pauses, limit)
        for part in parts:
            self._add_part(run, part, unit, pauses, known_at, limit)
        return run

    def _parts_in(self, unit: Unit, limit: Instant) -> list[Part]:
        """The merged tickets whose targets count: in whole units, if they began before the end."""
        if not unit.is_whole or unit.clock is ClockName.NEXT_REPLY:
            return []
        is_running = unit.ended_at is None
        return [part for part in self._story.parts if is_running or part.story.started_at < limit]

    def _follow(self, held: Held, pauses: Pauses, limit: Instant) -> Run:
        """The run of a story's own priorities."""
        is_ended = held.unit.ended_at is not None
        runner = Runner(held.term_of, held.known_at, limit, is_ended, self._percent)
        opening, marks = held.beginning(pauses)
        return runner.run(Track(held.started_at, after(pauses, held.started_at), opening, marks))

    def _add_part(
        self,
        run: Run,
        part: Part,
        unit: Unit,
        pauses: Pauses,
        known_at: Instant,
        limit: Instant,
    ) -> None:
        """Let a part's own target count: the earliest due instant of all is the survivor's."""
        agreement = self._agreement_of(part.story.charter)
        if agreement is None:
            return
        held = Held(part.story, agreement, self._lens, unit, known_at)
        own = self._waits(part.story, unit)
        opening = held.at_merge(part.merged_at, own)
        paused = merged([*before(own, part.merged_at), *after(pauses, part.merged_at)])
        runner = Runner(held.term_of, known_at, limit, unit.ended_at is not None, self._percent)
        other = runner.run(Track(part.story.started_at, paused, opening))
        dues = [due for due in (run.due_at, other.due_at) if due is not None]
        run.due_at = min(dues, default=None)
        run.has_target = run.has_target or other.has_target
        run.is_plain = False
        if part.story is self._story.earliest:
            run.used, run.span, run.calendar = other.used, other.span, other.calendar

    def _pauses(self, story: Story, unit: Unit) -> Pauses:
        waits = self._waits(story, unit)
        return merged([*waits, *unit.resolved]) if unit.resolved else waits

    def _waits(self, story: Story, unit: Unit) -> Pauses:
        if unit.clock not in self._lens.pauses_for:
            return ()
        return self._paused if story is self._story else pauses_of(story, self._lens)


def _ended_verdict(unit: Unit, run: Run) -> Verdict:
    assert unit.ended_at is not None
    if run.due_at is None:
        return Verdict.NO_TARGET
    if unit.ended_at > run.due_at:
        return Verdict.MISSED
    return Verdict.MET_SO_FAR if unit.may_not_hold else Verdict.MET


def _is_settled(unit: Unit, run: Run, at: Instant) -> bool:
    """True when the clock had ended or fallen due by an instant."""
    if unit.ended_at is not None and unit.ended_at <= at:
        return True
    return run.due_at is not None and run.due_at <= at


def entered_instants(agreements: Sequence[Agreement | None], now: Instant) -> tuple[Instant, ...]:
    """When later versions of the calendars were entered, by now, in order."""
    entered = {
        entered_at
        for agreement in agreements
        if agreement is not None
        for versions in agreement.calendars.values()
        if len(versions.versions) > 1
        for entered_at, _ in versions.versions[1:]
        if entered_at <= now
    }
    return tuple(sorted(entered))
