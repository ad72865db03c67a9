"""Load that changes over the day: what an hour's rate hides, and what a long work item carries on.

SIPP staffs each hour on its own rate; lag SIPP on the rate one work item earlier; MOL on the load
that would be present were there agents for all (Eick, Massey, Whitt 1993; Jennings et al. 1996;
Green, Kolesar, Soares 2001). All three need the load below the agents: none carries a backlog.
Times in hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import atan, ceil, exp, pi, sin, sqrt
from typing import TYPE_CHECKING

from .chain import passage, steady
from .erlang import required_for_delay
from .limits import NonsenseError, OverloadError, check_agents, check_not_negative, check_positive

if TYPE_CHECKING:
    from .chain import Passage

_STEPS_AN_HOUR = 8
_STEPS_A_QUARTER = 2
_SAME = 1e-7
_MOST_CYCLES = 60


class Reading(StrEnum):
    """On which load an hour is staffed."""

    SIPP = "sipp"
    LAG = "lag"
    MOL = "mol"


@dataclass(frozen=True, slots=True)
class Wave:
    """A load that rises and falls as a sine: mean and amplitude in erlangs, work and period."""

    mean: float
    amplitude: float
    period: float
    work: float

    def __post_init__(self) -> None:
        check_positive("mean", self.mean)
        check_positive("period", self.period)
        check_positive("work", self.work)
        if not 0 <= self.amplitude <= self.mean:
            raise NonsenseError(f"amplitude: {self.amplitude:g} must be from 0 to the mean load")

    def arriving(self, at: float) -> float:
        """The arrivals at an hour, times the mean work: the load were it to stay so."""
        return self.mean + self.amplitude * sin(self._turn * at)

    def present(self, at: float) -> float:
        """The offered load at an hour: how many would be worked on were there agents for all."""
        return self.mean + self._damped * sin(self._turn * (at - self.peak_lag))

    @property
    def peak_lag(self) -> float:
        """How long after the most arrivals the most are present."""
        return atan(self._turn * self.work) / self._turn

    @property
    def peak(self) -> float:
        """The most that are present."""
        return self.mean + self._damped

    @property
    def _turn(self) -> float:
        return 2.0 * pi / self.period

    @property
    def _damped(self) -> float:
        return self.amplitude / sqrt(1.0 + (self._turn * self.work) ** 2)


def offered_load(rates: Sequence[float], work: float) -> tuple[float, ...]:
    """The load present at the end of each hour of a cycle, arrivals an hour given for each."""
    _check_rates(rates)
    check_positive("work", work)
    kept = exp(-1.0 / work)
    present = 0.0
    for rate in rates:
        present = rate * work + (present - rate * work) * kept
    present /= 1.0 - kept ** len(rates)
    found: list[float] = []
    for rate in rates:
        present = rate * work + (present - rate * work) * kept
        found.append(present)
    return tuple(found)


def hourly_agents(wave: Wave, reading: Reading, p_wait: float) -> tuple[int, ...]:
    """The agents of each hour of a period so that about this share waits, by Erlang C."""
    return tuple(
        required_for_delay(_load(wave, reading, hour), p_wait) for hour in range(_hours(wave))
    )


def hourly_waiting(wave: Wave, agents: Sequence[int]) -> tuple[float, ...]:
    """The chance to wait at the worst quarter of each hour, by the Kolmogorov equations."""
    if len(agents) != _hours(wave):
        raise NonsenseError(f"agents: give one number for each of the {_hours(wave)} hours")
    for number in agents:
        check_agents(number)
    return _cycled(wave, agents)


@dataclass(frozen=True, slots=True)
class Overload:
    """Waiting tickets at the end of each hour: exact, and as a fluid would have it."""

    exact: tuple[float, ...]
    fluid: tuple[float, ...]
    is_unstable: tuple[bool, ...]
    """Hours in which more arrives than can be done: Erlang C has no answer for them."""


def overload(rates: Sequence[float], work: float, agents: int) -> Overload:
    """How a queue fills and drains, hour by hour, begun in the steady state of the first hour.

    Raises OverloadError if already the first hour is too much.
    """
    _check_rates(rates)
    check_positive("work", work)
    check_agents(agents)
    if rates[0] * work >= agents:
        raise OverloadError(rates[0] * work, agents)
    fluid: list[float] = []
    backlog = highest = 0.0
    for rate in rates:
        backlog = max(0.0, backlog + rate - agents / work)
        highest = max(highest, backlog)
        fluid.append(backlog)
    spare = 1.0 - rates[0] * work / agents
    busiest = agents + highest + sum(rates)
    states = ceil(busiest + 10 * sqrt(busiest) + min(40 / spare, 4_000))
    return Overload(
        _ends(rates, work, agents, states),
        tuple(fluid),
        tuple(rate * work >= agents for rate in rates),
    )


def _ends(rates: Sequence[float], work: float, agents: int, states: int) -> tuple[float, ...]:
    import numpy as np

    waiting = np.maximum(np.arange(states) - float(agents), 0.0)
    chances = steady(max(rates[0], 1e-12), 1.0 / work, agents, states)
    found = []
    for rate in rates:
        chances = passage(rate, 1.0 / work, agents, states, 1.0).after(chances)
        found.append(float(chances @ waiting))
    return tuple(found)


def _cycled(wave: Wave, agents: Sequence[int]) -> tuple[float, ...]:
    import numpy as np

    states = _states_for(wave, agents)
    hours = [_steps(wave, hour, number, states) for hour, number in enumerate(agents)]
    chances = steady(wave.mean / wave.work, 1.0 / wave.work, max(agents), states)
    for _ in range(_MOST_CYCLES):
        before = chances
        for steps in hours:
            for step in steps:
                chances = step.after(chances)
        if float(np.abs(chances - before).sum()) < _SAME:
            break
    waits: list[float] = []
    for steps, number in zip(hours, agents, strict=True):
        worst = 0.0
        for place, step in enumerate(steps, start=1):
            chances = step.after(chances)
            if place % _STEPS_A_QUARTER == 0:
                worst = max(worst, float(chances[number:].sum()))
        waits.append(worst)
    return tuple(waits)


def _steps(wave: Wave, hour: int, agents: int, states: int) -> list[Passage]:
    """An hour in steps of constant arrivals: those of the middle of each."""
    rates = [
        wave.arriving(hour + (step + 0.5) / _STEPS_AN_HOUR) / wave.work
        for step in range(_STEPS_AN_HOUR)
    ]
    span = 1.0 / _STEPS_AN_HOUR
    return [passage(rate, 1.0 / wave.work, agents, states, span) for rate in rates]


def _states_for(wave: Wave, agents: Sequence[int]) -> int:
    """Agents, what a fluid would leave waiting at most, and room to vary."""
    backlog = highest = 0.0
    for _ in range(2):
        for hour, number in enumerate(agents):
            backlog = max(0.0, backlog + (wave.arriving(hour + 0.5) - number) / wave.work)
            highest = max(highest, backlog)
    busiest = max(agents) + highest
    return ceil(busiest + 10 * sqrt(busiest) + 60)


def _load(wave: Wave, reading: Reading, hour: int) -> float:
    """The load that stands for an hour: at its middle."""
    middle = hour + 0.5
    if reading is Reading.SIPP:
        return wave.arriving(middle)
    if reading is Reading.LAG:
        return wave.arriving(middle - wave.work)
    return wave.present(middle)


def _hours(wave: Wave) -> int:
    if wave.period != int(wave.period):
        raise NonsenseError(f"period: {wave.period:g} must be whole hours")
    return int(wave.period)


def _check_rates(rates: Sequence[float]) -> None:
    if not rates:
        raise NonsenseError("rates: give arrivals for at least one hour")
    for rate in rates:
        check_not_negative("rates", rate)
