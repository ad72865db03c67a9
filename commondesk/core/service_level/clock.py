"""Clocks: what the promise has come to, as a pure function of events, agreement and lens.

docs/clocks.md fixes every definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..record.event import Event
from ..record.events import ClockName, Priority, WaitReason
from ..record.events import Opening as OpeningMode
from ..record.instant import Instant, Span
from .agreement import Agreement, Term
from .calendar import SINCE_EVER, Calendar
from .cases import Histories, cases_of
from .lens import (
    Lens,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)
from .run import Opening, Pauses, Run, Runner, Track, effective_at
from .story import Mark, Part, PriorityMark, Story


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
    while paused.
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
) -> tuple[Reading, ...]:
    """Every clock of these tickets under a lens, at an instant.

    histories holds the events of each ticket by stream. With percent below 100 due instants are
    those of that share of each target, for warnings and escalation.
    """
    lookup = agreements if callable(agreements) else (lambda _charter: agreements)
    readings: list[Reading] = []
    for story in cases_of(histories, lens.disguised, now):
        readings += readings_of(story, lookup(story.charter), lens, now, percent=percent)
    return tuple(readings)


def read_ticket(
    history: Sequence[Event], agreement: Agreement | None, lens: Lens, now: Instant
) -> tuple[Reading, ...]:
    """The clocks of one ticket by itself."""
    stream = history[0].stream if history else ""
    return read({stream: history}, lambda _charter: agreement, lens, now)


def readings_of(
    story: Story, agreement: Agreement | None, lens: Lens, now: Instant, *, percent: int = 100
) -> Iterator[Reading]:
    """The clocks of one case."""
    reader = _Reader(story, agreement, lens, now, percent)
    for unit in _units_of(story, lens, agreement, now):
        reading = reader.reading(unit)
        if reading is not None:
            yield reading


# ---- units: what is judged, from when to when -----------------------------------------------


@dataclass(frozen=True, slots=True)
class _Unit:
    """What one clock judges. is_whole: it begins with the ticket, not with a reopen."""

    clock: ClockName
    cycle: int
    started_at: Instant
    ended_at: Instant | None
    is_whole: bool = True
    may_not_hold: bool = False
    flags: frozenset[str] = frozenset()
    resolved: tuple[tuple[Instant, Instant], ...] = ()
    every: Span | None = None


def _units_of(
    story: Story, lens: Lens, agreement: Agreement | None, now: Instant
) -> Iterator[_Unit]:
    hold_span = agreement.hold_span if agreement else 0
    yield _Unit(ClockName.RESPONSE, 0, story.earliest_start, _responded_at(story, lens))
    resolutions = list(_resolutions(story, lens, hold_span, now))
    yield from resolutions
    if agreement is not None and agreement.promises(ClockName.RESTORE):
        for unit in resolutions:
            yield _restore_of(story, unit)
    owed = _owed_first if lens.next_reply_owed is ReplyOwed.FIRST_UNANSWERED else _owed_every
    for cycle, (started_at, ended_at) in enumerate(owed(story.marks)):
        every = lens.next_reply_every if lens.next_reply_owed is ReplyOwed.EVERY else None
        yield _Unit(ClockName.NEXT_REPLY, cycle, started_at, ended_at, False, every=every)


def _responded_at(story: Story, lens: Lens) -> Instant | None:
    requester = story.earliest.requester
    if lens.response_ends is ResponseEnd.ANY_AGENT_ACTION:
        ends = [story.first_action_at]
    else:
        is_any = lens.response_ends is ResponseEnd.ANY_OUTGOING
        ends = [
            outgoing.delivered_at
            for outgoing in story.outgoing
            if (is_any or outgoing.is_human) and outgoing.reaches(requester)
        ]
    if lens.resolving_responds and story.rounds:
        ends.append(story.rounds[0].resolved_at)
    return min((at for at in ends if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of rounds that one resolution unit covers."""

    started_at: Instant
    rounds: tuple[tuple[Instant, Instant | None], ...]
    is_late: bool = False


def _resolutions(story: Story, lens: Lens, hold_span: Span, now: Instant) -> Iterator[_Unit]:
    rounds = tuple((each.resolved_at, each.reopened_at) for each in story.rounds)
    if lens.reopen is ReopenRule.IGNORED:
        yield _ignoring(story, lens, rounds)
        return
    is_held = lens.resolution_ends is ResolutionEnd.FIRST_HELD
    stretches = list(_stretches(story.earliest_start, rounds, lens, hold_span))
    for cycle, stretch in enumerate(stretches):
        unit = _resolution_of(stretch, lens, cycle)
        ended_at = unit.ended_at
        is_last = stretch is stretches[-1]
        is_open = is_held and is_last and ended_at is not None and now < ended_at + hold_span
        yield replace(unit, may_not_hold=is_open)


def _ignoring(
    story: Story, lens: Lens, rounds: tuple[tuple[Instant, Instant | None], ...]
) -> _Unit:
    ends = [resolved_at for resolved_at, _ in rounds]
    last = -1 if lens.resolution_ends is ResolutionEnd.LAST else 0
    ended_at = ends[last] if ends else None
    return _Unit(ClockName.RESOLUTION, 0, story.earliest_start, ended_at)


def _stretches(
    started_at: Instant,
    rounds: tuple[tuple[Instant, Instant | None], ...],
    lens: Lens,
    hold_span: Span,
) -> Iterator[_Span]:
    """Cut the rounds where a reopen begins a new unit: each, or each late one."""
    is_held = lens.resolution_ends is ResolutionEnd.FIRST_HELD
    taken: list[tuple[Instant, Instant | None]] = []
    is_late = False
    for resolved_at, reopened_at in rounds:
        comes_late = is_held and reopened_at is not None and reopened_at >= resolved_at + hold_span
        if reopened_at is not None and (comes_late or lens.reopen is ReopenRule.NEW_CYCLE):
            yield _Span(started_at, (*taken, (resolved_at, None)), is_late)
            started_at, taken, is_late = reopened_at, [], comes_late
        else:
            taken.append((resolved_at, reopened_at))
    yield _Span(started_at, tuple(taken), is_late)


def _resolution_of(stretch: _Span, lens: Lens, cycle: int) -> _Unit:
    rounds, started_at = stretch.rounds, stretch.started_at
    reopens = [reopened_at for _, reopened_at in rounds if reopened_at is not None]
    is_whole = cycle == 0
    if lens.reopen is ReopenRule.RESTARTS and reopens:
        started_at, is_whole = reopens[-1], False
        rounds = tuple(each for each in rounds if each[0] >= started_at and each[1] is None)
    ended_at = None
    if rounds and lens.resolution_ends is ResolutionEnd.FIRST:
        ended_at = rounds[0][0]
    elif rounds and rounds[-1][1] is None:
        ended_at = rounds[-1][0]
    resolved: tuple[tuple[Instant, Instant], ...] = ()
    if lens.reopen is ReopenRule.SUBTRACTS:
        resolved = tuple((begin, end) for begin, end in rounds if end is not None)
    flags = frozenset({"late_return"} if stretch.is_late else ())
    return _Unit(
        ClockName.RESOLUTION, cycle, started_at, ended_at, is_whole, False, flags, resolved
    )


def _restore_of(story: Story, unit: _Unit) -> _Unit:
    """The restore clock beside a resolution: the first restore step, or the resolution's end."""
    until = unit.ended_at
    steps = [
        at for at in story.restored_at if at >= unit.started_at and (until is None or at <= until)
    ]
    if steps:
        unit = replace(unit, ended_at=min(steps), may_not_hold=False)
    return replace(unit, clock=ClockName.RESTORE)


def _owed_first(marks: Sequence[Mark]) -> Iterator[tuple[Instant, Instant | None]]:
    """Answers owed from the requester's first unanswered message on."""
    has_reply, owed_since = False, None
    for mark in marks:
        if mark.step == "reply":
            has_reply = True
            if owed_since is not None and mark.written_at >= owed_since:
                yield owed_since, mark.at
                owed_since = None
        elif mark.step == "words" and has_reply and owed_since is None:
            owed_since = mark.at
        elif mark.step == "voided" and owed_since is not None:
            yield owed_since, mark.at
            owed_since = None
    if owed_since is not None:
        yield owed_since, None


def _owed_every(marks: Sequence[Mark]) -> Iterator[tuple[Instant, Instant | None]]:
    """Answers owed again and again while the ticket is open."""
    has_reply, is_open, owed_since = False, True, None
    resolved_at = {mark.at for mark in marks if mark.step == "resolved"}
    for mark in marks:
        if mark.step in ("reply", "resolved") and owed_since is not None:
            yield owed_since, mark.at
            owed_since = None
        has_reply = has_reply or mark.step == "reply"
        is_open = mark.step == "reopened" or (is_open and mark.step != "resolved")
        begins = mark.step == "reply" and mark.at not in resolved_at
        if is_open and (begins or (mark.step == "reopened" and has_reply and owed_since is None)):
            owed_since = mark.at
    if owed_since is not None:
        yield owed_since, None


# ---- pauses ---------------------------------------------------------------------------------


def pauses_of(story: Story, lens: Lens) -> list[tuple[Instant, Instant | None]]:
    """The pauses that a lens honours, merged, in order."""
    found: list[tuple[Instant, Instant | None]] = []
    for wait in story.waits:
        if wait.on not in lens.pauses:
            continue
        if wait.on is WaitReason.REQUESTER and (
            lens.requester_pause_needs is RequesterPause.QUESTION
        ):
            for question in story.questions:
                begin = max(wait.begun_at, question.opened_at)
                found.append((begin, _earlier(wait.ended_at, question.closed_at)))
        elif wait.on is WaitReason.SCHEDULED and lens.scheduled_pause_needs is ScheduledPause.DATE:
            if wait.is_requesters_date and wait.until is not None:
                found.append((wait.begun_at, _earlier(wait.ended_at, wait.until)))
        else:
            found.append((wait.begun_at, wait.ended_at))
    return merged(found)


def merged(
    ranges: Sequence[tuple[Instant, Instant | None]],
) -> list[tuple[Instant, Instant | None]]:
    """Ranges joined where they touch or overlap, without empty ones, in order."""
    joined: list[tuple[Instant, Instant | None]] = []
    for begin, end in sorted(ranges, key=lambda each: each[0]):
        if end is not None and end <= begin:
            continue
        if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
            last_begin, last_end = joined[-1]
            later = None if last_end is None or end is None else max(last_end, end)
            joined[-1] = (last_begin, later)
        else:
            joined.append((begin, end))
    return joined


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _cut(pauses: Pauses, until: Instant) -> list[tuple[Instant, Instant | None]]:
    return [(begin, _earlier(end, until)) for begin, end in pauses if begin < until]


def _from(pauses: Pauses, since: Instant) -> list[tuple[Instant, Instant | None]]:
    return [(max(begin, since), end) for begin, end in pauses if end is None or end > since]


# ---- reading one unit -----------------------------------------------------------------------


class _Reader:
    """Reads the units of one case."""

    def __init__(
        self, story: Story, agreement: Agreement | None, lens: Lens, now: Instant, percent: int
    ):
        self._story = story
        self._agreement = agreement
        self._lens = lens
        self._now = now
        self._percent = percent
        self._entered = entered_instants(agreement, now) if agreement else ()
        self._paused = pauses_of(story, lens)

    def reading(self, unit: _Unit) -> Reading | None:
        """The reading of a unit; None where there is nothing to judge (a restore not promised)."""
        limit = self._now if unit.ended_at is None else unit.ended_at
        run = self._run(unit, limit) if self._agreement is not None else None
        if unit.clock is ClockName.RESTORE and not (run and run.has_target):
            return None
        state = _state_of(unit, run)
        flags = unit.flags | (run.flags if run else set())
        return Reading(
            tickets=self._story.tickets,
            clock=unit.clock,
            cycle=unit.cycle,
            started_at=unit.started_at,
            due_at=run.due_at if run else None,
            ended_at=unit.ended_at,
            state=state,
            verdict=self._verdict(unit, run),
            used=run.used if run else 0,
            wall=limit - unit.started_at,
            span=run.span if run else None,
            flags=flags | {"likely"} if self._story.is_likely else frozenset(flags),
            calendar=run.calendar if run else None,
        )

    def _verdict(self, unit: _Unit, run: Run | None) -> Verdict:
        if self._story.opening is OpeningMode.AFTER_THE_FACT:
            return Verdict.AFTER_THE_FACT
        if self._story.opening is OpeningMode.LIVE and unit.clock is ClockName.RESPONSE:
            return Verdict.LIVE
        if run is None or not run.has_target:
            return Verdict.NO_TARGET
        if unit.ended_at is not None:
            return _ended_verdict(unit, run)
        if run.due_at is None:
            return Verdict.UNDECIDED if run.is_paused else Verdict.NO_TARGET
        return Verdict.MISSED if run.due_at < self._now else Verdict.RUNNING

    def _run(self, unit: _Unit, limit: Instant) -> Run:
        """Run with the calendar versions known first, then with later ones while undecided."""
        entered = self._entered
        runs = (self._run_known(unit, limit, at) for at in (SINCE_EVER, *entered))
        run = next(runs)
        stood = False
        for later_at, later in zip(entered, runs, strict=False):
            stood = stood or _is_settled(unit, run, later_at)
            if not stood:
                run = later
            elif later.due_at != run.due_at:
                run.flags.add("holiday_entered_afterwards")
        return run

    def _run_known(self, unit: _Unit, limit: Instant, known_at: Instant) -> Run:
        runner = Runner(
            self._term_of(unit), known_at, limit, unit.ended_at is not None, self._percent
        )
        pauses = self._pauses(self._story, unit)
        run = runner.run(self._track(self._story, unit, pauses))
        if unit.is_whole and unit.clock is not ClockName.NEXT_REPLY:
            for part in self._story.parts:
                self._add_part(run, runner, part, unit, pauses)
        return run

    def _add_part(self, run: Run, runner: Runner, part: Part, unit: _Unit, pauses: Pauses) -> None:
        """Let a part's own target count: the earliest due instant of all is the survivor's."""
        own = _cut(self._pauses(part.story, unit), part.merged_at)
        track = Track(
            part.story.started_at,
            merged([*own, *_from(pauses, part.merged_at)]),
            self._part_opening(part, unit),
        )
        other = runner.run(track)
        dues = [due for due in (run.due_at, other.due_at) if due is not None]
        run.due_at = min(dues, default=None)
        run.has_target = run.has_target or other.has_target
        if part.story is self._story.earliest:
            run.used, run.span, run.calendar = other.used, other.span, other.calendar

    # priority

    def _term_of(self, unit: _Unit) -> Callable[[Priority], Term]:
        agreement, story = self._agreement, self._story
        assert agreement is not None

        def term_of(priority: Priority) -> Term:
            term = agreement.term(unit.clock, story.service, story.kind, priority)
            return term if unit.every is None else Term(unit.every, term.calendar)

        return term_of

    def _track(self, story: Story, unit: _Unit, pauses: Pauses) -> Track:
        if self._lens.priority is PriorityUsed.HIGHEST:
            opening, marks = self._beginning(story)
            if not unit.is_whole:
                opening = effective_at(marks, opening, unit.started_at, self._term_of(unit))
                marks = [mark for mark in marks if mark.at > unit.started_at]
        else:
            opening, marks = self._fixed(story, unit, pauses), []
        started_at = unit.started_at if not unit.is_whole else story.started_at
        return Track(started_at, _from(pauses, started_at), opening, marks)

    def _beginning(self, story: Story) -> tuple[Opening, list[PriorityMark]]:
        """The priority a ticket began with, and what was said of priorities since."""
        assert self._agreement is not None
        priority, is_provisional = self._agreement.default_priority, True
        default = self._agreement.default_priority
        rest = [
            replace(mark, priority=default) if mark.step == "set" and not mark.priority else mark
            for mark in story.priorities
        ]
        while rest and rest[0].at == story.started_at and rest[0].step == "set":
            mark = rest.pop(0)
            assert mark.priority is not None
            priority = mark.priority
            is_provisional = is_provisional and not mark.is_person
        return Opening(priority, is_provisional, priority), rest

    def _fixed(self, story: Story, unit: _Unit, pauses: Pauses) -> Opening:
        """The one priority that rules under `current` and `first`."""
        opening, marks = self._beginning(story)
        marks = [mark for mark in marks if unit.ended_at is None or mark.at < unit.ended_at]
        sets = [mark.priority for mark in marks if mark.step == "set" and mark.priority]
        if self._lens.priority is PriorityUsed.CURRENT:
            priority = sets[-1] if sets else opening.priority
        else:
            priority = self._first_held(story, unit, opening, marks, pauses)
        return Opening(priority, False, priority)

    def _first_held(
        self,
        story: Story,
        unit: _Unit,
        opening: Opening,
        marks: Sequence[PriorityMark],
        pauses: Pauses,
    ) -> Priority:
        priority, is_provisional = opening.priority, opening.is_provisional
        for mark in marks:
            if not is_provisional or mark.step == "confirmed":
                break
            if mark.step != "set" or mark.priority is None:
                continue
            runner = Runner(self._term_of(unit), SINCE_EVER, mark.at, is_ended=False)
            run = runner.run(Track(story.started_at, pauses, Opening(priority, False, priority)))
            if run.due_at is not None and run.due_at <= mark.at:
                break
            priority, is_provisional = mark.priority, not mark.is_person
        return priority

    def _part_opening(self, part: Part, unit: _Unit) -> Opening:
        story = part.story
        if self._lens.priority is not PriorityUsed.HIGHEST:
            return self._fixed(story, unit, self._pauses(story, unit))
        opening, marks = self._beginning(story)
        return effective_at(marks, opening, part.merged_at, self._term_of(unit))

    # pauses

    def _pauses(self, story: Story, unit: _Unit) -> Pauses:
        pauses: Pauses = ()
        if unit.clock in self._lens.pauses_for:
            pauses = self._paused if story is self._story else pauses_of(story, self._lens)
        return merged([*pauses, *unit.resolved]) if unit.resolved else pauses


def _state_of(unit: _Unit, run: Run | None) -> State:
    if unit.ended_at is not None:
        return State.ENDED
    return State.PAUSED if run is not None and run.is_paused else State.RUNNING


def _ended_verdict(unit: _Unit, run: Run) -> Verdict:
    assert unit.ended_at is not None
    if run.due_at is None:
        return Verdict.NO_TARGET
    if unit.ended_at > run.due_at:
        return Verdict.MISSED
    return Verdict.MET_SO_FAR if unit.may_not_hold else Verdict.MET


def _is_settled(unit: _Unit, run: Run, at: Instant) -> bool:
    """True when the clock had ended or fallen due by an instant."""
    if unit.ended_at is not None and unit.ended_at <= at:
        return True
    return run.due_at is not None and run.due_at <= at


def entered_instants(agreement: Agreement, now: Instant) -> tuple[Instant, ...]:
    """When later versions of its calendars were entered, by now, in order."""
    if all(len(versions.versions) == 1 for versions in agreement.calendars.values()):
        return ()
    return tuple(
        sorted(
            {
                entered_at
                for versions in agreement.calendars.values()
                for entered_at, _ in versions.versions[1:]
                if entered_at <= now
            }
        )
    )
