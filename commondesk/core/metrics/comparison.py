"""Comparison: the same figure of two periods, before and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .figure import Figure


class Said(StrEnum):
    """What two figures say of a change."""

    HIGHER = "higher"
    LOWER = "lower"
    UNSETTLED = "unsettled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure before and after."""

    before: Figure
    after: Figure

    @property
    def difference(self) -> float | None:
        """After less before; None where one of them has no data."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def said(self) -> Said:
        """Higher or lower only where the two 95 % intervals do not touch.

        That is stricter than a test of the difference: it may miss a change, and seldom makes one
        up. Unknown where a figure has no data or no interval.
        """
        before, after = self.before.interval, self.after.interval
        if self.difference is None or before is None or after is None:
            return Said.UNKNOWN
        if after.low > before.high:
            return Said.HIGHER
        return Said.LOWER if after.high < before.low else Said.UNSETTLED
