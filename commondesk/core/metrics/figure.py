"""Figures: a value that never travels alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, sqrt

from ..record.instant import Instant


class Unit(StrEnum):
    """What a value counts."""

    SHARE = "share"
    SPAN = "span"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the value lies with 95 % confidence, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Period:
    """From its start up to, without, its end."""

    start: Instant
    end: Instant

    def holds(self, at: Instant | None) -> bool:
        """True when an instant lies in it."""
        return at is not None and self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Backing:
    """One unit behind a figure: its tickets, what came of it, and its own value if it has one.

    verdict is that of a clock, or in words.
    """

    tickets: tuple[str, ...]
    verdict: str
    value: float | None = None


def _nothing() -> tuple[Backing, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it needs to be honest.

    value is a share from 0 to 1, a span in microseconds or a count; None is "no data". count is how
    many units are in it, still_open how many of them have not ended, undecided those without a due
    instant yet. extremes are the value if all undecided ones were missed, and if all were met.
    mean stands beside a median. behind gives what it opens, worked out when asked: so many units.
    """

    name: str
    title: str
    unit: Unit
    value: float | None
    count: int
    still_open: int
    lens: str
    period: Period
    undecided: int = 0
    so_far: int = 0
    interval: Interval | None = None
    extremes: Interval | None = None
    quantiles: Mapping[int, float | None] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    mean: float | None = None
    units: int = 0
    behind: Callable[[], tuple[Backing, ...]] = field(default=_nothing, compare=False, repr=False)

    @property
    def backing(self) -> tuple[Backing, ...]:
        """The units behind it."""
        return self.behind()


_Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def wilson(hits: int, count: int) -> Interval | None:
    """The 95 % interval of a rate after Wilson (1927). None without data."""
    if count == 0:
        return None
    rate, z2 = hits / count, _Z * _Z
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    reach = _Z * sqrt(rate * (1 - rate) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def quantile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least this percent of the ordered values do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def share_of(
    found: int,
    cohort: int,
    *,
    name: str,
    title: str,
    period: Period,
    still_open: int,
    behind: Callable[[], tuple[Backing, ...]],
    caveats: tuple[str, ...] = (),
) -> Figure:
    """So many of so many, as a figure with its interval; it opens the found ones."""
    return Figure(
        name=name,
        title=title,
        unit=Unit.SHARE,
        value=found / cohort if cohort else None,
        count=cohort,
        still_open=still_open,
        lens="",
        period=period,
        interval=wilson(found, cohort),
        caveats=caveats,
        units=found,
        behind=behind,
    )


def count_of(
    found: int,
    *,
    name: str,
    title: str,
    period: Period,
    still_open: int,
    behind: Callable[[], tuple[Backing, ...]],
    lens: str = "",
    caveats: tuple[str, ...] = (),
) -> Figure:
    """A number of things, as a figure."""
    return Figure(
        name=name,
        title=title,
        unit=Unit.COUNT,
        value=float(found),
        count=found,
        still_open=still_open,
        lens=lens,
        period=period,
        caveats=caveats,
        units=found,
        behind=behind,
    )
