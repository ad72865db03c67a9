"""Who may work what: the lines in which tickets wait, and the teams that take from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .model import WEEK_H, Hours, Model, takes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Row = tuple[float, ...] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines are numbered by tier, skill and priority, in this order of weight.

    takers: for each line the teams that may take from it, those with the fewest skills first.
    order: for each team the lines it takes from, the most urgent first; lines of one priority
    stand together, and the longest waiting of them goes first.
    level: the tier of each team.
    answering: for each tier its waiting hours as (edges, open hours passed at each edge)."""

    takers: tuple[tuple[int, ...], ...]
    order: tuple[tuple[tuple[int, ...], ...], ...]
    level: tuple[int, ...]
    answering: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]

    @property
    def lines(self) -> int:
        return len(self.takers)


def layout_of(model: Model) -> Layout:
    skills, urgencies = model.skills, range(len(model.priorities))
    teams = model.teams

    def line(tier: int, skill: int, priority: int) -> int:
        return (tier * len(skills) + skill) * len(urgencies) + priority

    takers = tuple(
        tuple(sorted(_able(model, tier, skill), key=lambda at: _breadth(model, at)))
        for tier in range(len(model.tiers))
        for skill in skills
        for _priority in urgencies
    )
    order = tuple(
        tuple(
            tuple(line(tier, at, p) for at, each in enumerate(skills) if takes(team, each))
            for p in urgencies
        )
        for tier, team in teams
    )
    answering = tuple(_edges(t.waiting.hours if t.waiting else Hours()) for t in model.tiers)
    return Layout(takers, order, tuple(tier for tier, _team in teams), answering)


def _able(model: Model, tier: int, skill: str) -> list[int]:
    return [at for at, (own, team) in enumerate(model.teams) if own == tier and takes(team, skill)]


def _breadth(model: Model, at: int) -> int:
    team = model.teams[at][1]
    return len(team.skills) or len(model.skills) + 1


def _edges(hours: Hours) -> tuple[tuple[float, ...], tuple[float, ...]]:
    edges, passed = [0.0], [0.0]
    for start, end in hours.windows:
        edges += [start, end]
        passed += [passed[-1], passed[-1] + (end - start)]
    return (*edges, WEEK_H), (*passed, passed[-1])


def hours_after(at: float, span: float, edges: Row, passed: Row) -> float:
    """The instant at which so many open hours have passed since `at`. Hours, as in `Layout`."""
    last = len(edges) - 1
    per_week = passed[last]
    week = at // 168.0
    inside = at - week * 168.0
    i = 0
    while i < last - 1 and edges[i + 1] <= inside:
        i += 1
    so_far = passed[i]
    if passed[i + 1] > passed[i]:
        so_far += inside - edges[i]
    wanted = week * per_week + so_far + span
    week = wanted // per_week
    rest = wanted - week * per_week
    j = 0
    while j < last - 1 and passed[j + 1] <= rest:
        j += 1
    return week * 168.0 + edges[j] + (rest - passed[j])
