"""Erlang B and C: calls that nobody abandons, arriving evenly, worked by equal agents.

Times are in any one unit: whatever work and targets are given in, waits come back in. The load is
arrivals times mean work, in erlangs: how many agents would be busy if nobody ever waited.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, floor, log, sqrt

from .limits import (
    MOST_LOAD,
    NonsenseError,
    OverloadError,
    check_agents,
    check_load,
    check_not_negative,
    check_positive,
    check_share,
)

_LARGE = 150.0
_REACH = 9.0
"""On a large load the recursion begins so many roots below: what is left out weighs 1e-17."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What callers of a queue without abandonment meet. Raises OverloadError when made."""

    load: float
    work: float
    agents: int
    p_wait: float

    @property
    def occupancy(self) -> float:
        """The share of their time that agents are busy."""
        return self.load / self.agents

    @property
    def mean_wait(self) -> float:
        """Mean wait over all callers, those who do not wait among them."""
        return self.p_wait * self.work / (self.agents - self.load)

    @property
    def mean_queue(self) -> float:
        """How many wait, in the mean over time."""
        return self.p_wait * self.load / (self.agents - self.load)

    def within(self, target: float) -> float:
        """The share of callers who wait no longer than the target."""
        check_not_negative("target", target)
        return 1.0 - self.p_wait * exp(-(self.agents - self.load) * target / self.work)

    def wait_quantile(self, share: float) -> float:
        """The wait that this share of callers does not exceed; 0 if so many do not wait."""
        if not 0 <= share < 1:
            raise NonsenseError(f"share: {share:g} must be from 0 to below 1, such as 0.9")
        if 1 - share >= self.p_wait:
            return 0.0
        return self.work / (self.agents - self.load) * log(self.p_wait / (1 - share))


def blocking(load: float, servers: int) -> float:
    """Erlang B: the share of callers who find all servers busy and are turned away."""
    if not (0 < load <= MOST_LOAD and servers >= 0):
        check_load(load)
        check_agents(servers, least=0)
        return 0.0 if servers else 1.0
    return 1.0 / _inverse(load, servers)


def wait_probability(load: float, agents: int) -> float:
    """Erlang C: the share of callers who wait. Raises OverloadError where the load is too much."""
    if not 0 <= load < agents:
        check_load(load)
        check_agents(agents)
        raise OverloadError(load, agents)
    if load == 0:
        return 0.0
    return agents / (agents + (agents - load) * (_inverse(load, agents) - 1.0))


def queue(load: float, work: float, agents: int) -> Queue:
    """The queue of so many agents with this load and mean work."""
    check_positive("work", work)
    return Queue(load, work, agents, wait_probability(load, agents))


def required(
    load: float, work: float, target: float, share: float, max_occupancy: float = 1.0
) -> int:
    """The fewest agents with whom this share of callers waits no longer than the target.

    max_occupancy caps how busy they may be. Raises NonsenseError for a share that nobody reaches.
    """
    check_load(load)
    check_positive("work", work)
    check_not_negative("target", target)
    check_share(share)
    if not 0 < max_occupancy <= 1:
        raise NonsenseError(f"max_occupancy: {max_occupancy:g} must be above 0 and at most 1")
    if load == 0:
        return 0
    least = max(floor(load) + 1, ceil(load / max_occupancy - 1e-9))
    allowed, rate = 1.0 - share, target / work
    agents, inverse = least, _inverse(load, least)
    while True:
        spare = agents - load
        if agents / (agents + spare * (inverse - 1.0)) * exp(-spare * rate) <= allowed:
            return agents
        agents += 1
        inverse = 1.0 + agents / load * inverse


def required_for_delay(load: float, p_wait: float) -> int:
    """The fewest agents with whom at most this share of callers waits at all."""
    return required(load, 1.0, 0.0, 1.0 - p_wait)


def rostered(agents: float, shrinkage: float) -> int:
    """How many are on the roster so that so many are on the queue: divided, never multiplied."""
    if not 0 <= shrinkage < 1:
        raise NonsenseError(f"shrinkage: {shrinkage:g} must be from 0 to below 1, such as 0.3")
    return ceil(agents / (1 - shrinkage) - 1e-9)


def _inverse(load: float, servers: int) -> float:
    """1/B, which is 1 + n/load of the one before: it begins near enough, and ends once B is nil."""
    last = min(servers, int(load + 60.0 * sqrt(load)) + 800)
    begin = 0
    inverse = 1.0
    if load > _LARGE:
        near = min(load, servers)
        begin = max(0, int(near - _REACH * sqrt(near) - _REACH))
        if begin:
            inverse = load / (load - begin)
    for at in range(begin + 1, last + 1):
        inverse = 1.0 + at / load * inverse
    return inverse
