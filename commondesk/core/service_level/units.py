"""Units: what each clock judges, from when to when. docs/clocks.md, sections 6 to 8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..record.events import ClockName
from ..record.instant import DAY, Instant, Span
from .agreement import Agreement
from .lens import Lens, ReopenRule, ReplyOwed, ResolutionEnd, ResponseEnd
from .story import Mark, Story


@dataclass(frozen=True, slots=True)
class Unit:
    """What one clock judges. is_whole: it begins with the ticket, not with a reopen.

    holds_at: from then on its end counts as held, if the lens asks for that.
    """

    clock: ClockName
    cycle: int
    started_at: Instant
    ended_at: Instant | None
    is_whole: bool = True
    may_not_hold: bool = False
    flags: frozenset[str] = frozenset()
    resolved: tuple[tuple[Instant, Instant], ...] = ()
    every: Span | None = None
    holds_at: Instant | None = None


def units_of(
    story: Story,
    lens: Lens,
    agreement: Agreement | None,
    now: Instant,
    *,
    promises_restore: bool,
) -> Iterator[Unit]:
    """Every unit of a case under a lens: response, resolutions, restores, owed answers."""
    hold_span = agreement.hold_span if agreement else 7 * DAY
    yield Unit(ClockName.RESPONSE, 0, story.earliest_start, responded_at(story, lens))
    resolutions = list(_resolutions(story, lens, hold_span, now))
    yield from resolutions
    if promises_restore:
        for unit in resolutions:
            yield _restore_of(story, unit)
    owed = _owed_first if lens.next_reply_owed is ReplyOwed.FIRST_UNANSWERED else _owed_every
    for cycle, (started_at, ended_at) in enumerate(owed(story.marks)):
        every = lens.next_reply_every if lens.next_reply_owed is ReplyOwed.EVERY else None
        yield Unit(ClockName.NEXT_REPLY, cycle, started_at, ended_at, False, every=every)


def responded_at(story: Story, lens: Lens) -> Instant | None:
    """When the first response of a case ended under a lens; None if it has not."""
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


def _resolutions(story: Story, lens: Lens, hold_span: Span, now: Instant) -> Iterator[Unit]:
    rounds = tuple((each.resolved_at, each.reopened_at) for each in story.rounds)
    if lens.reopen is ReopenRule.IGNORED:
        yield _ignoring(story, lens, rounds)
        return
    is_held = lens.resolution_ends is ResolutionEnd.FIRST_HELD
    stretches = list(_stretches(story.earliest_start, rounds, lens, hold_span))
    resolved: tuple[tuple[Instant, Instant], ...] = ()
    for cycle, stretch in enumerate(stretches):
        unit = _resolution_of(stretch, lens, cycle)
        resolved += unit.resolved
        ended_at = unit.ended_at
        is_last = stretch is stretches[-1]
        is_last_held = is_held and is_last
        holds_at = ended_at + hold_span if is_last_held and ended_at is not None else None
        is_open = holds_at is not None and now < holds_at
        yield replace(unit, may_not_hold=is_open, resolved=resolved, holds_at=holds_at)


def _ignoring(story: Story, lens: Lens, rounds: tuple[tuple[Instant, Instant | None], ...]) -> Unit:
    ends = [resolved_at for resolved_at, _ in rounds]
    last = -1 if lens.resolution_ends is ResolutionEnd.LAST else 0
    ended_at = ends[last] if ends else None
    return Unit(ClockName.RESOLUTION, 0, story.earliest_start, ended_at)


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


def _resolution_of(stretch: _Span, lens: Lens, cycle: int) -> Unit:
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
    return Unit(ClockName.RESOLUTION, cycle, started_at, ended_at, is_whole, False, flags, resolved)


def _restore_of(story: Story, unit: Unit) -> Unit:
    """The restore clock beside a resolution: the first restore step, or the resolution's end."""
    until = unit.ended_at
    steps = [
        at for at in story.restored_at if at >= unit.started_at and (until is None or at <= until)
    ]
    if steps:
        unit = replace(unit, ended_at=min(steps), may_not_hold=False, holds_at=None)
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
