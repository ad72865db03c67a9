"""Survival: how long things take when some have not ended yet (Kaplan and Meier, 1958)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from math import exp, log, sqrt
from typing import NamedTuple

from .figure import Interval


class Point(NamedTuple):
    """From this span on, this share was still open. variance is Greenwood's sum up to it."""

    span: float
    still_open: float
    variance: float

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share (log-log)."""
        return _interval(self.still_open, self.variance)


_Height = Callable[[Point], float]


def curve_of(ended: Sequence[float], still_open: Sequence[float]) -> tuple[Point, ...]:
    """The Kaplan-Meier curve: one point for each span at which something ended.

    ended: how long each unit took; still_open: how long those that have not ended have run.
    """
    at_risk, share, variance = len(ended) + len(still_open), 1.0, 0.0
    points: list[Point] = []
    waiting, left = sorted(still_open), 0
    for span, count in sorted(Counter(ended).items()):
        gone = bisect_left(waiting, span)
        at_risk -= gone - left
        left = gone
        share *= 1 - count / at_risk
        if at_risk > count:
            variance += count / (at_risk * (at_risk - count))
        points.append(Point(span, share, variance))
        at_risk -= count
    return tuple(points)


def quantile_of(curve: Sequence[Point], percent: int) -> float | None:
    """The span by which this percent had ended; None where the curve does not get there."""
    return _first(curve, percent, lambda point: point.still_open)


def quantile_interval(curve: Sequence[Point], percent: int) -> Interval | None:
    """The 95 % interval of a quantile; None where the curve does not settle both ends."""
    low = _first(curve, percent, lambda point: point.interval.low)
    high = _first(curve, percent, lambda point: point.interval.high)
    return None if low is None or high is None else Interval(low, high)


def _first(curve: Sequence[Point], percent: int, height: _Height) -> float | None:
    limit = 1 - percent / 100 + 1e-12
    return next((point.span for point in curve if height(point) <= limit), None)


def _interval(share: float, variance: float) -> Interval:
    if not 0 < share < 1:
        return Interval(share, share)
    reach = 1.959963984540054 * sqrt(variance) / log(share)
    low, high = share ** exp(-reach), share ** exp(reach)
    return Interval(min(low, high), max(low, high))
