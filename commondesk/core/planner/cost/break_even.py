"""Where two options cost the same: how many tickets, users, workstations or calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .inputs import INPUTS
from .sheet import YEARLY, Sheet, work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .formula import Numbers

VOLUMES = (
    *("tickets_per_month", "users", "workstations"),
    *("calls_per_month", "expert_calls_per_month"),
)
"""What a break-even is looked for along."""
TIMES = 3.0
"""It is looked for up to so many times the volume of the case."""
_PLACES = 4_001
_ROUNDS = 4
_CLOSE = 1e-9


# ---- in one line --------------------------------------------------------------------------


def calls_for_fee(fee_month: float, price_per_call: float, plan_month: float = 0.0) -> float | None:
    """Calls a month at which paying by the call, beside a plan, costs as much as a fee.

    None where no number of calls does: calls that cost nothing, or a plan above the fee.
    """
    if price_per_call <= 0 or plan_month > fee_month:
        return None
    return (fee_month - plan_month) / price_per_call


def workstations_for(month: float, fee_per_workstation: float) -> float | None:
    """Workstations at which a subscription costs so much a month; None for a fee of 0."""
    return month / fee_per_workstation if fee_per_workstation > 0 else None


# ---- between any two options --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crossing:
    """A volume from which on another option is cheaper. is_jump: the cost jumps over the other's
    there (one more person is hired), and is at no volume the same."""

    at: float
    cheaper_below: str
    cheaper_above: str
    is_jump: bool


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where two options cross along a volume. No crossings: cheaper_always is it all the way,
    or neither, where both cost the same or the volume moves neither of them."""

    one: str
    other: str
    driver: str
    limit: float
    crossings: tuple[Crossing, ...]
    cheaper_always: str | None
    moves: bool
    """Whether the volume moves either cost at all."""


def break_even(one: Sheet, other: Sheet, driver: str, limit: float) -> BreakEven:
    """Compare two options along a volume, up to a limit, all else at its likely value."""
    keys = one.candidate.key, other.candidate.key
    moves = driver in one.numbers or driver in other.numbers
    gap = _Gap(one, other, driver)
    start = max(0.0, INPUTS[driver].least) if driver in INPUTS else 0.0
    limit = max(limit, start)
    found = []
    for low, high in gap.turns(start, limit):
        at, before, after = gap.narrowed(low, high)
        below = keys[0] if before < 0 else keys[1]
        above = keys[1] if before < 0 else keys[0]
        size = max(abs(before), abs(after))
        found.append(Crossing(at, below, above, size > 1e-6 * max(1.0, gap.scale)))
    always = None
    if not found:
        ends = gap.at([start, (start + limit) / 2, limit])
        lowest = min(ends, key=abs) if all(abs(each) > _CLOSE for each in ends) else None
        always = None if lowest is None else keys[0] if lowest < 0 else keys[1]
    return BreakEven(*keys, driver, limit, tuple(found), always, moves)


def break_evens(one: Sheet, other: Sheet) -> tuple[BreakEven, ...]:
    """The same along each volume that the case gives and that moves one of the two."""
    found = []
    for name in VOLUMES:
        given = one.numbers.get(name) or other.numbers.get(name)
        if given is not None and given.given.range.likely:
            found.append(break_even(one, other, name, TIMES * given.given.range.likely))
    return tuple(found)


def yearly_at(sheet: Sheet, driver: str, volume: float) -> float:
    """What an option costs a year at a volume, all else at its likely value."""
    values: dict[str, Numbers] = sheet.base()
    if driver in sheet.numbers:
        values[driver] = volume
    return float(work(sheet, values)[YEARLY])


class _Gap:
    """What one option costs more than the other, along a volume."""

    def __init__(self, one: Sheet, other: Sheet, driver: str) -> None:
        self.sheets = (one, other)
        self.driver = driver
        self.scale = 0.0

    def at(self, volumes: list[float] | NDArray[np.float64]) -> list[float]:
        import numpy as np

        along = np.asarray(volumes, float)
        costs = []
        for sheet in self.sheets:
            values: dict[str, Numbers] = sheet.base()
            if self.driver in sheet.numbers:
                values[self.driver] = along
            costs.append(np.broadcast_to(np.asarray(work(sheet, values)[YEARLY]), along.shape))
        self.scale = max(self.scale, float(np.abs(costs[0]).max()), float(np.abs(costs[1]).max()))
        return [float(each) for each in costs[0] - costs[1]]

    def turns(self, low: float, high: float) -> list[tuple[float, float]]:
        """The stretches in which the one that costs less changes."""
        import numpy as np

        along = np.linspace(low, high, _PLACES)
        found, last = [], None
        for volume, gap in zip(along, self.at(along), strict=True):
            if abs(gap) <= _CLOSE:
                continue
            if last is not None and (gap < 0) != (last[1] < 0):
                found.append((last[0], float(volume)))
            last = float(volume), gap
        return found

    def narrowed(self, low: float, high: float) -> tuple[float, float, float]:
        """The volume of a turn, and the gap just below and just above it."""
        import numpy as np

        for _ in range(_ROUNDS):
            stretch = next(iter(_turns_of(np.linspace(low, high, 1_001), self)), None)
            if stretch is None:
                break
            low, high = stretch
        before, after = self.at([low, high])
        share = before / (before - after) if before != after else 0.5
        return low + (high - low) * share, before, after


def _turns_of(along: NDArray[np.float64], gap: _Gap) -> list[tuple[float, float]]:
    gaps = gap.at(along)
    first = gaps[0]
    for index in range(1, len(gaps)):
        if (gaps[index] < 0) != (first < 0) and abs(gaps[index]) > 0:
            return [(float(along[index - 1]), float(along[index]))]
    return []
