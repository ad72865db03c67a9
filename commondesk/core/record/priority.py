"""Priority is worked out, not typed: impact by criticality and spread, then the agreed matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..texts import gettext_noop
from .events import Priority

Level = int
"""1 (worst) to 4 (mildest). 0 is unknown."""

SPREAD_WORDS = {
    1: gettext_noop("everyone"),
    2: gettext_noop("a site"),
    3: gettext_noop("a team"),
    4: gettext_noop("one person"),
}
URGENCY_WORDS = {
    1: gettext_noop("stopped"),
    2: gettext_noop("degraded"),
    3: gettext_noop("has a workaround"),
    4: gettext_noop("no hurry"),
}
CRITICALITY_WORDS = {
    1: gettext_noop("critical"),
    2: gettext_noop("important"),
    3: gettext_noop("useful"),
    4: gettext_noop("convenient"),
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """The charter's two tables: (criticality, spread) to impact, (impact, urgency) to priority."""

    impact: Mapping[tuple[Level, Level], Level]
    priority: Mapping[tuple[Level, Level], Priority]


def impact_of(criticalities: tuple[Level, ...], spread: Level, matrix: Matrix) -> Level:
    """The impact level of what is affected: the worst of service, site and item by the spread.

    criticalities of unknown things are 0 and left out; with none known, "useful" (3) is taken.
    """
    known = [level for level in criticalities if level]
    return matrix.impact[(min(known, default=3), spread)]


def priority_of(impact: Level, urgency: Level, matrix: Matrix) -> Priority:
    """The priority that the charter's matrix gives to impact and urgency."""
    return matrix.priority[(impact, urgency)]


def summed_table(worst_sums: tuple[int, int, int]) -> dict[tuple[Level, Level], Level]:
    """A 4 x 4 table of levels by the sum of both: up to each bound the level is 1, 2, 3, else 4."""
    return {
        (row, column): next(
            (level for level, bound in enumerate(worst_sums, 1) if row + column <= bound), 4
        )
        for row in range(1, 5)
        for column in range(1, 5)
    }


def template_matrix() -> Matrix:
    """The matrix of the charter templates: impact and priority by sums 3, 4 and 6."""
    table = summed_table((3, 4, 6))
    ranks = tuple(Priority)
    return Matrix(table, {cell: ranks[level - 1] for cell, level in table.items()})
