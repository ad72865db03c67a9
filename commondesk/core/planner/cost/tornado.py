"""Which number moves the answer most: each at its low and its high, all others as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .costing import Costing
from .sheet import YEARLY, Sheet, sheets_of, work

if TYPE_CHECKING:
    from .formula import Numbers


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a number may go: which number, from where to where, and what to call it."""

    name: str
    low: float
    high: float
    label: str = ""
    owner: str | None = None
    """Whose number it is; None moves it wherever it stands."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What comes of one number at its low and its high."""

    reach: Reach
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far the answer moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """The answer as it is, and its bars, the longest first."""

    base: float
    bars: tuple[Bar, ...]


def tornado(sheet: Sheet, output: str = YEARLY, reaches: Sequence[Reach] | None = None) -> Tornado:
    """The bars of one option. Without reaches, every uncertain number at the ends of its range."""
    return _swung([(sheet, 1.0)], output, reaches_of(sheet) if reaches is None else reaches)


def of_difference(one: Sheet, other: Sheet, output: str = YEARLY) -> Tornado:
    """The bars of what one option costs more than another: shared numbers move both."""
    reaches = {(each.owner, each.name): each for each in (*reaches_of(one), *reaches_of(other))}
    return _swung([(one, 1.0), (other, -1.0)], output, tuple(reaches.values()))


def tornados(costing: Costing, output: str = YEARLY) -> dict[str, Tornado]:
    """The bars of each option, by its key."""
    return {each.candidate.key: tornado(each, output) for each in sheets_of(costing)}


def reaches_of(sheet: Sheet) -> tuple[Reach, ...]:
    """The uncertain numbers of a sheet, at the ends of their ranges."""
    return tuple(
        Reach(each.name, each.given.range.low, each.given.range.high, each.label, each.owner)
        for each in sheet.numbers.values()
        if each.given.range.low < each.given.range.high
    )


def _swung(parts: Sequence[tuple[Sheet, float]], output: str, reaches: Sequence[Reach]) -> Tornado:
    """All bars in one go: place 0 is the base, then low and high of each reach."""
    import numpy as np

    total = np.zeros(1 + 2 * len(reaches))
    for sheet, sign in parts:
        values: dict[str, Numbers] = sheet.base()
        for name, moved in _moved(sheet, values, reaches).items():
            values[name] = moved
        total = total + sign * np.asarray(work(sheet, values)[output])
    base, ends = float(total[0]), total[1:]
    bars = [
        Bar(reach, float(ends[2 * index]), float(ends[2 * index + 1]))
        for index, reach in enumerate(reaches)
    ]
    return Tornado(base, tuple(sorted(bars, key=lambda bar: -bar.swing)))


def _moved(
    sheet: Sheet, values: Mapping[str, Numbers], reaches: Sequence[Reach]
) -> dict[str, Numbers]:
    """The numbers that move, each along all places."""
    import numpy as np

    moved: dict[str, Numbers] = {}
    for index, reach in enumerate(reaches):
        number = sheet.numbers.get(reach.name)
        if number is None or reach.owner not in (None, number.owner):
            continue
        along = np.array(
            np.broadcast_to(moved.get(reach.name, values[reach.name]), 1 + 2 * len(reaches)),
            dtype=float,
        )
        along[1 + 2 * index], along[2 + 2 * index] = reach.low, reach.high
        moved[reach.name] = along
    return moved
