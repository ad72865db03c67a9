"""Flow: what comes in and goes out by day or week, with the natural limits of the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..record.instant import Instant
from .counting import counted
from .facts import Facts
from .figure import Period

_REACH = 2.66
"""Three sigma by the mean moving range: 3 / d2, with d2 = 1.128 for ranges of two."""

_RUN = 8
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """The natural limits of a process (XmR, after Wheeler). low is never below 0.

    signals tells, by place, why a value is no common noise: "above", "below" its limits, or "run",
    the last of eight or more on one side of the mean.
    """

    mean: float
    low: float
    high: float
    signals: dict[int, str]


def limits_of(values: Sequence[float]) -> Limits | None:
    """The limits of counts in order of time; None for fewer than six."""
    if len(values) < _FEWEST:
        return None
    mean = sum(values) / len(values)
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    reach = _REACH * sum(ranges) / len(ranges)
    low, high = max(0.0, mean - reach), mean + reach
    signals = dict.fromkeys(_runs(values, mean), "run")
    signals |= {place: "above" for place, value in enumerate(values) if value > high}
    signals |= {place: "below" for place, value in enumerate(values) if value < low}
    return Limits(mean, low, high, dict(sorted(signals.items())))


def _runs(values: Sequence[float], mean: float) -> list[int]:
    """Where eight or more in a row lie on one side of the mean."""
    found, length, side = [], 0, 0
    for place, value in enumerate(values):
        now = (value > mean) - (value < mean)
        length = length + 1 if now == side and now else 1
        side = now
        if side and length >= _RUN:
            found.append(place)
    return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day or a week: how many tickets were opened in it, and how many solved for good so far."""

    start: Instant
    end: Instant
    inflow: int
    outflow: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Inflow and outflow of a period, stretch by stretch, each with its limits.

    Outflow counts the resolve that stands: inflow less outflow is what the backlog grew by.
    """

    stretches: tuple[Stretch, ...]
    inflow: Limits | None
    outflow: Limits | None


def flow(facts: Facts, period: Period, bounds: Sequence[Instant]) -> Flow:
    """The flow between bounds, ascending: the beginnings of days or weeks, and the end of all."""
    opened, solved = counted(facts, period).flow(bounds)
    stretches = tuple(
        Stretch(start, end, opened[place], solved[place])
        for place, (start, end) in enumerate(pairwise(bounds))
    )
    whole = [each for each in stretches if each.end <= facts.at]
    return Flow(
        stretches,
        limits_of([each.inflow for each in whole]),
        limits_of([each.outflow for each in whole]),
    )
