"""Survival: how long things take when some have not ended yet (Kaplan and Meier, 1958)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log, sqrt

from .figure import Interval


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long one unit took, or, while it has not ended, how long it has run."""

    span: float
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Point:
    """From this span on, this share was still open, with its 95 % interval (log-log)."""

    span: float
    still_open: float
    interval: Interval


_Height = Callable[[Point], float]


def curve_of(lifetimes: Sequence[Lifetime]) -> tuple[Point, ...]:
    """The Kaplan-Meier curve: one point for each span at which something ended."""
    at_risk, share, variance = len(lifetimes), 1.0, 0.0
    points: list[Point] = []
    ordered = sorted(lifetimes, key=lambda each: each.span)
    for span, group in groupby(ordered, key=lambda each: each.span):
        members = list(group)
        ended = sum(each.has_ended for each in members)
        if ended:
            share *= 1 - ended / at_risk
            if at_risk > ended:
                variance += ended / (at_risk * (at_risk - ended))
            points.append(Point(span, share, _interval(share, variance)))
        at_risk -= len(members)
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
