"""Survival: how long things take when some have not ended yet (Kaplan and Meier, 1958)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from math import exp, inf, log, sqrt
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


def curve_of(ended: Sequence[float], still_open: Sequence[float]) -> tuple[Point, ...]:
    """The Kaplan-Meier curve: one point for each span at which something ended.

    ended: how long each unit took; still_open: how long those that have not ended have run.
    """
    at_risk, share, variance = len(ended) + len(still_open), 1.0, 0.0
    counts = Counter(ended)
    spans, shares, variances = sorted(counts), [], []
    waiting, left = [*sorted(still_open), inf], 0
    for span in spans:
        if waiting[left] < span:
            gone = bisect_left(waiting, span, left)
            at_risk -= gone - left
            left = gone
        count = counts[span]
        share *= 1 - count / at_risk
        if at_risk > count:
            variance += count / (at_risk * (at_risk - count))
        shares.append(share)
        variances.append(variance)
        at_risk -= count
    return tuple(map(Point._make, zip(spans, shares, variances, strict=True)))


def quantile_of(curve: Sequence[Point], percent: int) -> float | None:
    """The span by which this percent had ended; None where the curve does not get there."""
    place = bisect_left(curve, -_limit(percent), key=lambda point: -point.still_open)
    return curve[place].span if place < len(curve) else None


def quantile_interval(curve: Sequence[Point], percent: int) -> Interval | None:
    """The 95 % interval of a quantile; None where the curve does not settle both ends."""
    limit = _limit(percent)
    low = next((point.span for point in curve if point.interval.low <= limit), None)
    # No share lies above the upper end of its interval.
    first = bisect_left(curve, -limit, key=lambda point: -point.still_open)
    rest = (curve[place] for place in range(first, len(curve)))
    high = next((point.span for point in rest if point.interval.high <= limit), None)
    return None if low is None or high is None else Interval(low, high)


def _limit(percent: int) -> float:
    return 1 - percent / 100 + 1e-12


def _interval(share: float, variance: float) -> Interval:
    if not 0 < share < 1:
        return Interval(share, share)
    reach = 1.959963984540054 * sqrt(variance) / log(share)
    low, high = share ** exp(-reach), share ** exp(reach)
    return Interval(min(low, high), max(low, high))
