"""Priorities: the more urgent goes first, but nobody is interrupted.

Classes are told from the most urgent on. None as a wait is "without end": that class is starved.
"""

from __future__ import annotations

from collections.abc import Sequence

from .erlang import wait_probability
from .limits import NonsenseError, check_agents, check_not_negative, check_positive


def priority_waits(arrivals: Sequence[float], work: float, agents: int) -> tuple[float | None, ...]:
    """The mean wait of each class where all classes take the same exponential work (Davis 1966)."""
    check_positive("work", work)
    check_agents(agents)
    rates = _rates(arrivals)
    load = sum(rates) * work
    p_wait = wait_probability(load, agents) if load < agents else 1.0
    return _waits(p_wait * work / agents, [rate * work / agents for rate in rates])


def cobham_waits(
    arrivals: Sequence[float], works: Sequence[float], cvs: Sequence[float] | None = None
) -> tuple[float | None, ...]:
    """The mean wait of each class with one agent, work of each class its own (Cobham 1954).

    cvs: how much the work of a class varies; 1, exponential, unless given.
    """
    rates = _rates(arrivals)
    varied = [1.0] * len(works) if cvs is None else list(cvs)
    if not len(rates) == len(works) == len(varied):
        raise NonsenseError(
            f"works: {len(rates)} classes arrive, {len(works)} have work: give each class both"
        )
    for work, cv in zip(works, varied, strict=True):
        check_positive("works", work)
        check_not_negative("cvs", cv)
    classes = list(zip(rates, works, varied, strict=True))
    ahead, busy = 0.0, 0.0
    for rate, work, cv in classes:
        served = max(0.0, min(rate * work, 1.0 - busy))
        ahead += served * work * (1 + cv * cv) / 2
        busy += served
    return _waits(ahead, [rate * work for rate, work, _ in classes])


def _waits(ahead: float, shares: Sequence[float]) -> tuple[float | None, ...]:
    """The wait for who is served now, over what the classes before and the own one leave."""
    found: list[float | None] = []
    before = 0.0
    for share in shares:
        after = before + share
        found.append(ahead / ((1 - before) * (1 - after)) if after < 1 else None)
        before = after
    return tuple(found)


def _rates(arrivals: Sequence[float]) -> list[float]:
    if not arrivals:
        raise NonsenseError("arrivals: give at least one class")
    for rate in arrivals:
        check_not_negative("arrivals", rate)
    return list(arrivals)
