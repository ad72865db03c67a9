"""Curves: Kaplan and Meier over columns of numbers, as `core.metrics.survival` defines it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commondesk.core.metrics.figure import Interval

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[Any]]

_Z = 1.959963984540054
_NEARLY = 1e-12


@dataclass(frozen=True, slots=True)
class Curve:
    """From each span on, so large a share was still open; variances are Greenwood's sums."""

    spans: Numbers
    shares: Numbers
    variances: Numbers

    def quantile(self, percent: int) -> float | None:
        """The span by which this percent had ended; None where the curve does not get there."""
        place = self._first(_limit(percent))
        return int(self.spans[place]) if place < len(self.spans) else None

    def interval(self, percent: int) -> Interval | None:
        """The 95 % interval of a quantile; None where the curve does not settle both ends."""
        import numpy as np

        limit = _limit(percent)
        lows, highs = self._intervals()
        low = np.flatnonzero(lows <= limit)
        high = np.flatnonzero(highs <= limit)
        # No share lies above the upper end of its interval.
        high = high[high >= self._first(limit)]
        if not len(low) or not len(high):
            return None
        return Interval(int(self.spans[low[0]]), int(self.spans[high[0]]))

    def solved_within(self, span: float) -> float:
        """The share that had ended within a span."""
        import numpy as np

        place = int(np.searchsorted(self.spans, span, side="right"))
        return 1 - float(self.shares[place - 1]) if place else 0.0

    def _first(self, limit: float) -> int:
        import numpy as np

        return int(np.searchsorted(-self.shares, -limit, side="left"))

    def _intervals(self) -> tuple[Numbers, Numbers]:
        import numpy as np

        shares = self.shares
        is_between = (shares > 0) & (shares < 1)
        inner = np.where(is_between, shares, 0.5)
        reach = _Z * np.sqrt(np.where(is_between, self.variances, 0)) / np.log(inner)
        one, other = inner ** np.exp(-reach), inner ** np.exp(reach)
        return (
            np.where(is_between, np.minimum(one, other), shares),
            np.where(is_between, np.maximum(one, other), shares),
        )


@dataclass(frozen=True, slots=True)
class Spans:
    """How long some things took, and how long those that have not ended have run."""

    ended: Numbers
    still_open: Numbers

    @property
    def mean(self) -> float | None:
        """The mean of those that ended."""
        return sum_of(self.ended) / len(self.ended) if len(self.ended) else None

    def curve(self) -> Curve:
        """The share still open by span."""
        return curve_of(self.ended, self.still_open)


def curve_of(ended: Numbers, still_open: Numbers) -> Curve:
    """The curve of spans: of what ended, and of how long what has not ended has run."""
    import numpy as np

    spans, counts = np.unique(ended, return_counts=True)
    gone = np.searchsorted(np.sort(still_open), spans, side="left")
    before = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
    at_risk = len(ended) + len(still_open) - gone - before
    shares = np.cumprod(1 - counts / at_risk)
    rest = np.where(at_risk > counts, at_risk * (at_risk - counts), 1)
    variances = np.cumsum(np.where(at_risk > counts, counts / rest, 0.0))
    return Curve(spans, shares, variances)


def quantiles(curve: Curve, percents: Sequence[int]) -> dict[int, float | None]:
    """Some quantiles by their percent."""
    return {percent: curve.quantile(percent) for percent in percents}


def sum_of(numbers: Numbers) -> int:
    """The sum of whole numbers, however large."""
    high, low = numbers >> 32, numbers & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def _limit(percent: int) -> float:
    return 1 - percent / 100 + _NEARLY
