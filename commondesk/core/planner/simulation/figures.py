"""The figures of played runs: each a mean over the runs with its 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from .draws import OpenHours, Plan
from .model import DAY_H, WEEK_H, Hours, Model, Team
from .plain import Trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PERCENTILES = (50, 75, 90, 95)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over runs, and where the true one lies in 95 of 100 cases; value None is no data."""

    value: float | None
    low: float = nan
    high: float = nan

    def holds(self, other: float) -> bool:
        """Whether another figure lies inside."""
        return self.low <= other <= self.high


@dataclass(frozen=True, slots=True)
class Reached:
    """How long something took, in the hours that count for the priority, and the share in time."""

    attained: Interval
    """Share within its target; no data where nothing was promised."""
    mean_h: Interval
    percentiles_h: tuple[tuple[int, Interval], ...]


@dataclass(frozen=True, slots=True)
class PriorityFigures:
    """What one priority can expect."""

    name: str
    tickets_per_week: Interval
    first_response: Reached
    resolution: Reached


@dataclass(frozen=True, slots=True)
class TierFigures:
    """What happens at a tier. wait_h is from being ready until taken up, per touch, in hours in
    which the tier has people on duty by plan; utilisation is hours of work over hours on duty."""

    name: str
    touches_per_week: Interval
    wait_h: Interval
    wait_by_priority_h: tuple[Interval, ...]
    waits: Interval
    """Share of touches that did not begin at once."""
    utilisation: Interval


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a simulation."""

    priorities: tuple[PriorityFigures, ...]
    tiers: tuple[TierFigures, ...]
    overall: PriorityFigures
    """Over all tickets, each by the hours and targets of its own priority."""
    open_by_hour: tuple[float, ...]
    """Tickets not yet resolved, on average, at the start of each hour of the week."""
    unanswered_by_hour: tuple[float, ...]
    """Of these, the ones nobody has taken up yet."""
    left_open: Interval
    """Tickets counted that were never resolved, because nobody was left to do it."""


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The figures of one run, as numbers in the order of `_named`."""

    numbers: Floats
    open_by_hour: Floats
    unanswered_by_hour: Floats


# ---- one run ------------------------------------------------------------------------------


class Counter:
    """Counts the tickets that arrive in the weeks from `warm_up` to `warm_up + weeks`."""

    def __init__(self, model: Model, warm_up: int, weeks: int) -> None:
        self._model = model
        self._warm_up, self._weeks = warm_up, weeks
        clocks = {each.hours: OpenHours(each.hours) for each in model.priorities}
        self._clocks = [clocks[each.hours] for each in model.priorities]
        self._staffed = [OpenHours(_staffed(tier.teams)) for tier in model.tiers]
        self._answering = [
            OpenHours(tier.waiting.hours if tier.waiting else Hours()) for tier in model.tiers
        ]

    def count(self, plan: Plan, trace: Trace) -> RunFigures:
        import numpy as np

        lower = int(np.searchsorted(plan.arrival, self._warm_up * WEEK_H))
        upper = int(np.searchsorted(plan.arrival, (self._warm_up + self._weeks) * WEEK_H))
        numbers: list[float] = []
        numbers += self._by_priority(plan, trace, lower, upper)
        numbers += self._by_tier(plan, trace)
        resolved = trace.done[plan.first[1:] - 1]
        begun = trace.begun[plan.first[:-1]]
        numbers.append(float(np.count_nonzero(~np.isfinite(resolved[lower:upper]))))
        return RunFigures(
            np.array(numbers),
            self._standing(plan.arrival, resolved),
            self._standing(plan.arrival, begun),
        )

    def _by_priority(self, plan: Plan, trace: Trace, lower: int, upper: int) -> list[float]:
        import numpy as np

        arrival, urgency = plan.arrival[lower:upper], plan.priority[lower:upper]
        first, last = plan.first[lower:upper], plan.first[lower + 1 : upper + 1] - 1
        begun, resolved = trace.begun[first], trace.done[last]
        found: list[float] = []
        kept: list[tuple[Floats, Floats, float | None, float | None]] = []
        paused: dict[OpenHours, Floats] = {}
        has_waits = any(tier.waiting for tier in self._model.tiers)
        for at, priority in enumerate(self._model.priorities):
            mine = np.flatnonzero(urgency == at)
            clock = self._clocks[at]
            came = clock.until(arrival[mine])
            answered = np.zeros(len(mine))
            late = np.flatnonzero(begun[mine] > arrival[mine])
            answered[late] = clock.until(begun[mine[late]]) - came[late]
            took = clock.until(resolved[mine]) - came
            if priority.is_paused and has_waits:
                if clock not in paused:
                    paused[clock] = _paused(plan, trace, clock)
                took = took - (paused[clock][last[mine] + 1] - paused[clock][first[mine]])
            took = np.maximum(took, 0.0)
            kept.append((answered, took, priority.first_response_h, priority.resolution_h))
            found += [len(mine) / self._weeks]
            found += _reached(answered, _within(answered, priority.first_response_h))
            found += _reached(took, _within(took, priority.resolution_h))
        answered = np.concatenate([each[0] for each in kept])
        took = np.concatenate([each[1] for each in kept])
        found += [len(answered) / self._weeks]
        found += _reached(answered, _joined([_within(a, t) for a, _b, t, _c in kept]))
        found += _reached(took, _joined([_within(b, t) for _a, b, _c, t in kept]))
        return found

    def _by_tier(self, plan: Plan, trace: Trace) -> list[float]:
        import numpy as np

        start, end = self._warm_up * WEEK_H, (self._warm_up + self._weeks) * WEEK_H
        is_counted = (trace.ready >= start) & (trace.ready < end)
        urgencies = len(self._model.priorities)
        priority = plan.line % urgencies
        found: list[float] = []
        for at, staffed in enumerate(self._staffed):
            mine = np.flatnonzero(is_counted & (plan.tier == at))
            ready, begun = trace.ready[mine], trace.begun[mine]
            late = np.flatnonzero(begun > ready)
            wait = np.zeros(len(mine))
            wait[late] = staffed.until(begun[late]) - staffed.until(ready[late])
            found += [len(mine) / self._weeks, _mean(wait)]
            found += [_mean(wait[priority[mine] == each]) for each in range(urgencies)]
            found += [len(late) / len(mine) if len(mine) else nan]
            worked = float(trace.took[mine].sum())
            on_duty = self._on_duty(plan, at, start, end)
            found += [worked / on_duty if on_duty > 0 else nan]
        return found

    def _on_duty(self, plan: Plan, tier: int, start: float, end: float) -> float:
        """Hours that people of a tier were on duty, as it came."""
        import numpy as np

        total = 0.0
        for at, (own, _team) in enumerate(self._model.teams):
            if own != tier:
                continue
            mine = plan.change_team == at
            when = np.clip(plan.change_at[mine], start, end)
            lasts = np.diff(np.concatenate([when, [end]]))
            total += float((lasts * plan.change_people[mine]).sum())
        return total

    def _standing(self, came: Floats, gone: Floats) -> Floats:
        """How many were there at the start of each hour of the week, on average over the weeks."""
        import numpy as np

        hours = int((self._warm_up + self._weeks) * WEEK_H)

        def until(at: Floats) -> Floats:
            inside = at[at < hours]
            counts = np.bincount(inside.astype(np.int64), minlength=hours)[:hours]
            return np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)[:-1]])

        standing = (until(came) - until(gone))[int(self._warm_up * WEEK_H) :]
        mean: Floats = standing.reshape(self._weeks, int(WEEK_H)).mean(axis=0)
        return mean


def _paused(plan: Plan, trace: Trace, clock: OpenHours) -> Floats:
    """Hours that count in which tickets waited on others, summed up to each visit."""
    import numpy as np

    ready = clock.until(trace.ready)
    before = clock.until(np.concatenate([[0.0], trace.done[:-1]]))
    with np.errstate(invalid="ignore"):
        waited = np.where(plan.pause > 0, ready - before, 0.0)
    return np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(waited), waited, 0.0))])


def _staffed(teams: Sequence[Team]) -> Hours:
    """The hours of the week in which at least one of the teams has somebody on duty by plan."""
    windows: list[tuple[float, float]] = []
    for team in teams:
        for shift in team.shifts:
            if shift.people > 0:
                end = shift.starts_h + shift.length_h
                windows.append((shift.starts_h, min(end, WEEK_H)))
                if end > WEEK_H:
                    windows.append((0.0, end - WEEK_H))
    joined: list[tuple[float, float]] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return Hours(tuple(joined))


def _within(took: Floats, target: float | None) -> NDArray[np.bool_] | None:
    return None if target is None else took <= target + 1e-9


def _joined(parts: list[NDArray[np.bool_] | None]) -> NDArray[np.bool_] | None:
    import numpy as np

    given = [each for each in parts if each is not None]
    return np.concatenate(given) if given else None


def _reached(took: Floats, within: NDArray[np.bool_] | None) -> list[float]:
    import numpy as np

    share = nan if within is None or not len(within) else float(np.mean(within))
    if not len(took):
        return [share, nan, *(nan for _each in PERCENTILES)]
    at = [max(0, -(-len(took) * each // 100) - 1) for each in PERCENTILES]
    ordered = np.sort(took)
    return [share, float(took.mean()), *(float(ordered[each]) for each in at)]


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else nan


# ---- all runs -----------------------------------------------------------------------------


def gathered(model: Model, runs: Sequence[RunFigures]) -> Figures:
    """The figures of all runs together."""
    import numpy as np

    table = np.array([run.numbers for run in runs])
    numbers = iter([_interval(column) for column in table.T])

    def take() -> Interval:
        return next(numbers)

    priorities = tuple(_priority(each.name, take) for each in model.priorities)
    overall = _priority("", take)
    tiers = tuple(
        TierFigures(
            tier.name,
            touches_per_week=take(),
            wait_h=take(),
            wait_by_priority_h=tuple(take() for _each in model.priorities),
            waits=take(),
            utilisation=take(),
        )
        for tier in model.tiers
    )
    return Figures(
        priorities,
        tiers,
        overall,
        tuple(np.mean([run.open_by_hour for run in runs], axis=0).tolist()),
        tuple(np.mean([run.unanswered_by_hour for run in runs], axis=0).tolist()),
        take(),
    )


def _priority(name: str, take: Callable[[], Interval]) -> PriorityFigures:
    return PriorityFigures(name, take(), _reached_of(take), _reached_of(take))


def _reached_of(take: Callable[[], Interval]) -> Reached:
    return Reached(take(), take(), tuple((each, take()) for each in PERCENTILES))


def _interval(values: Floats) -> Interval:
    """Mean and 95 % interval of independent runs, by Student's t."""
    import numpy as np
    from scipy.special import stdtrit

    known = values[~np.isnan(values)]
    count = len(known)
    if not count:
        return Interval(None)
    mean = float(np.mean(known))
    if count == 1 or not isfinite(mean):
        return Interval(mean, -inf if count == 1 else mean, inf if count == 1 else mean)
    half = float(stdtrit(count - 1, 0.975)) * float(np.std(known, ddof=1)) / count**0.5
    return Interval(mean, mean - half, mean + half)


def hour_names() -> tuple[str, ...]:
    """`Mon 00:00` … for the hours of the week, in English; pages say it in their language."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return tuple(f"{day} {hour:02d}:00" for day in days for hour in range(int(DAY_H)))
