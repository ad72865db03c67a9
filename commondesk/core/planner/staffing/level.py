"""What one number of agents amounts to, whichever engine says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ...texts import gettext, gettext_noop
from ..demand.demand import Demand
from ..simulation.model import DAY_H, Hours

Team = tuple[int, ...]
"""Agents on duty at the same time, of each tier."""

Duty = tuple[tuple[float, float, int], ...]
"""Who is there: from an hour of the week to another, so many agents."""

Points = tuple[tuple[float, float], ...]
"""Tickets present at hours of the week."""

_NAMES = {
    "erlang_a": gettext_noop("Erlang A"),
    "erlang_c": gettext_noop("Erlang C"),
    "business_clock": gettext_noop("business-clock queue"),
    "simulation": gettext_noop("event simulation"),
}


class EngineName(StrEnum):
    """What works an answer out."""

    ERLANG_A = "erlang_a"
    ERLANG_C = "erlang_c"
    BUSINESS_CLOCK = "business_clock"
    SIMULATION = "simulation"

    @property
    def words(self) -> str:
        """What it is called, in the reader's language."""
        return gettext(_NAMES[self.value])


@dataclass(frozen=True, slots=True)
class Share:
    """A share of tickets; low and high are the 95 % interval where it was simulated."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Attained:
    """What becomes of one promise; None where nothing was promised, or the engine cannot tell."""

    promise: str
    first_response: Share | None
    resolution: Share | None

    def keeps(self, share: float) -> bool:
        """Whether all that can be told reaches the share."""
        told = [each for each in (self.first_response, self.resolution) if each is not None]
        return bool(told) and all(each.value >= share for each in told)


@dataclass(frozen=True, slots=True)
class Level:
    """The week of a team.

    utilisation is of each tier. backlog is filled for the team that is answered with. An overloaded
    team attains nothing that can be told: its backlog grows by so many tickets a week.
    """

    team: Team
    utilisation: tuple[float, ...]
    attained: tuple[Attained, ...] = ()
    mean_wait: float | None = None
    tier_waits: tuple[float, ...] = ()
    backlog: Points = ()
    growing: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def is_overloaded(self) -> bool:
        return self.growing > 0

    @property
    def busiest(self) -> float:
        """The utilisation of the busiest tier."""
        return max(self.utilisation)

    def keeps(self, share: float, most_busy: float) -> bool:
        """Whether every promise is kept and nobody is busier than the cap."""
        return (
            not self.is_overloaded
            and self.busiest <= most_busy + 1e-9
            and bool(self.attained)
            and all(each.keeps(share) for each in self.attained)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """How a week differs from the usual: volume, agent hours that nobody fills, a sick day."""

    volume: float = 1.0
    missing: float = 0.0
    """Agent hours a week of the first tier, taken from the beginning of the week on."""
    is_sick_monday: bool = False
    """One agent of the first tier is missing on the first open day of one week."""


USUAL = Change()


class Engine(Protocol):
    """Works out what a team attains."""

    name: EngineName

    @property
    def reason(self) -> str:
        """Why it fits, in a sentence."""
        ...

    def level(self, team: Team, change: Change = USUAL) -> Level:
        """The week of a team."""
        ...

    def backlog(self, team: Team) -> Points:
        """Tickets present as each hour of a usual week begins."""
        ...

    def likely(self, change: Change) -> int:
        """The agents with whom a search begins; 0 where the engine has no guess."""
        ...


def duty_of(hours: Hours, agents: int, change: Change = USUAL) -> Duty:
    """Who is on duty in the open hours, less those who are missing."""
    duty: Duty = tuple((start, end, agents) for start, end in hours.windows)
    missing = change.missing
    while missing > 1e-9 and any(number for _, _, number in duty):
        duty, missing = _less(duty, missing)
    if change.is_sick_monday:
        first = int(duty[0][0] // DAY_H) * DAY_H + DAY_H
        split = [piece for each in duty for piece in _split(each, first)]
        duty = tuple(
            (start, end, max(0, number - 1) if start < first - 1e-9 else number)
            for start, end, number in split
        )
    return duty


def _less(duty: Duty, missing: float) -> tuple[Duty, float]:
    """One agent fewer from the beginning on, until so many agent hours are gone."""
    found: list[tuple[float, float, int]] = []
    for start, end, number in duty:
        taken = min(missing, end - start) if number else 0.0
        missing -= taken
        if taken > 1e-9:
            found.append((start, start + taken, number - 1))
        if end - start - taken > 1e-9:
            found.append((start + taken, end, number))
    return tuple(found), missing


def _split(piece: tuple[float, float, int], at: float) -> Sequence[tuple[float, float, int]]:
    start, end, number = piece
    if start < at < end:
        return ((start, at, number), (at, end, number))
    return (piece,)


def tier_hours(demand: Demand) -> tuple[float, ...]:
    """Hours of work a week that reach each tier, all touches of a ticket counted."""
    touches = 1.0 / (1.0 - demand.waiting.share) if demand.waiting else 1.0
    found: list[float] = []
    reaching = demand.tickets_a_week
    for tier in demand.tiers:
        found.append(reaching * tier.work * touches)
        reaching *= tier.escalates
    return tuple(found)


def agent_hours(duty: Duty) -> float:
    """Hours of agents a week."""
    return sum((end - start) * number for start, end, number in duty)
