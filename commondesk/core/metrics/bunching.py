"""Bunching: more resolutions just before their target than the steps before it hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..record.events import ClockName
from .counting import counted
from .facts import Facts
from .figure import Period

STEPS = 20
"""Up to the due instant, in shares of the time from the start, on the wall."""
BESIDE = 2
"""So many steps before the last one say what it would hold without a target."""


@dataclass(frozen=True, slots=True)
class Bunching:
    """Resolutions by how much of the time to the due instant had passed, up to it.

    excess is what the last step holds beyond the mean of the two before it; never below 0.
    """

    steps: tuple[int, ...]

    @property
    def last(self) -> int:
        """How many lie in the last step."""
        return self.steps[-1]

    @property
    def met(self) -> int:
        """How many ended at or before their due instant."""
        return sum(self.steps)

    @property
    def beside(self) -> float:
        """What the steps just before the last hold on average."""
        return sum(self.steps[-1 - BESIDE : -1]) / BESIDE

    @property
    def excess(self) -> float:
        """How many more than these."""
        return max(0.0, self.last - self.beside)


def bunching(facts: Facts, lens: str, period: Period) -> Bunching:
    """The resolutions due in the period that ended in time, by step."""
    told: Mapping[int, int] = counted(facts, period).near_due(ClockName.RESOLUTION, lens, STEPS)
    return Bunching(tuple(told.get(step, 0) for step in range(STEPS)))
