"""Erlang A: live calls and chats, where who waits too long hangs up (Palm; Mandelbaum, Zeltyn).

A birth-death chain: agents end calls at the rate k/work, each who waits leaves at 1/patience.
It has an answer under overload too, since leaving keeps the queue finite. Times in one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, floor, lgamma, log

from .limits import NonsenseError, check_agents, check_not_negative, check_positive, check_share

_TINY = 1e-18
_MOST_STATES = 2_000_000


@dataclass(frozen=True, slots=True)
class ImpatientQueue:
    """What callers of a queue meet in which patience ends.

    ahead: how likely it is that an arrival finds all agents busy and so many others waiting.
    """

    arrivals: float
    work: float
    patience: float
    agents: int
    p_wait: float
    mean_queue: float
    ahead: tuple[float, ...]

    @property
    def p_abandon(self) -> float:
        """The share of callers who leave before they are served."""
        return self.mean_queue / (self.patience * self.arrivals)

    @property
    def mean_wait(self) -> float:
        """Mean wait over all callers, until served or until they leave."""
        return self.mean_queue / self.arrivals

    @property
    def occupancy(self) -> float:
        """The share of their time that agents are busy."""
        return self.arrivals * self.work * (1 - self.p_abandon) / self.agents

    def answered_within(self, target: float) -> float:
        """The share of all callers who are served after waiting no longer than the target."""
        check_not_negative("target", target)
        served = 1.0 - sum(self.ahead)
        x = self.agents * self.patience / self.work
        left = _at_most(x + 1, target / self.patience, len(self.ahead))
        for others, (chance, late) in enumerate(zip(self.ahead, left, strict=True)):
            served += chance * x / (x + others + 1) * (1.0 - late)
        return served

    def waits_longer(self, span: float) -> float:
        """The share of all callers who wait longer than this, served or not."""
        check_not_negative("span", span)
        left = _at_most(
            self.agents * self.patience / self.work, span / self.patience, len(self.ahead)
        )
        still = sum(chance * late for chance, late in zip(self.ahead, left, strict=True))
        return exp(-span / self.patience) * still

    def wait_quantile(self, share: float) -> float:
        """The wait that this share of callers does not exceed; 0 if so many do not wait."""
        check_share(share)
        low, high = 0.0, self.work
        if self.waits_longer(0.0) <= 1 - share:
            return 0.0
        while self.waits_longer(high) > 1 - share:
            low, high = high, 2 * high
        for _ in range(60):
            middle = (low + high) / 2
            if self.waits_longer(middle) > 1 - share:
                low = middle
            else:
                high = middle
        return high


def impatient_queue(arrivals: float, work: float, patience: float, agents: int) -> ImpatientQueue:
    """The queue of so many agents: work is the mean of a call, patience the mean until leaving."""
    check_positive("arrivals", arrivals)
    check_positive("work", work)
    check_positive("patience", patience)
    check_agents(agents)
    top = _likeliest(arrivals, work, patience, agents)
    below: list[float] = []
    weight, at = 1.0, top
    while at > 0 and weight > _TINY:
        weight *= _leaving(at, work, patience, agents) / arrivals
        below.append(weight)
        at -= 1
    above: list[float] = []
    weight, up = 1.0, top
    while weight > _TINY or up < agents:
        up += 1
        weight *= arrivals / _leaving(up, work, patience, agents)
        above.append(weight)
        if len(above) > _MOST_STATES:
            raise NonsenseError(
                f"patience: {patience:g} is so long beside the work of {work:g} that nobody leaves:"
                " use the queue without abandonment"
            )
    weights = [*reversed(below), 1.0, *above]
    total = sum(weights)
    unseen = (0.0,) * max(0, at - agents)
    ahead = unseen + tuple(each / total for each in weights[max(0, agents - at) :])
    mean_queue = sum(others * chance for others, chance in enumerate(ahead))
    return ImpatientQueue(arrivals, work, patience, agents, sum(ahead), mean_queue, ahead)


def required_impatient(
    arrivals: float, work: float, patience: float, target: float, share: float
) -> int:
    """The fewest agents with whom this share of all callers is served within the target."""
    check_share(share)
    check_not_negative("target", target)

    def is_met(agents: int) -> bool:
        return impatient_queue(arrivals, work, patience, agents).answered_within(target) >= share

    high = max(1, ceil(arrivals * work))
    step = 1
    while not is_met(high):
        high, step = high + step, step * 2
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_met(middle) else (middle, high)
    return high


def _leaving(present: int, work: float, patience: float, agents: int) -> float:
    """The rate at which callers leave, served or not, while so many are present."""
    return min(present, agents) / work + max(0, present - agents) / patience


def _likeliest(arrivals: float, work: float, patience: float, agents: int) -> int:
    """How many are present most of the time: there as many leave as come."""
    load = arrivals * work
    if load <= agents:
        return floor(load)
    return agents + floor((arrivals - agents / work) * patience)


def _at_most(shape: float, span: float, size: int) -> list[float]:
    """For each number waiting ahead the chance that they are not all gone by the span.

    The time until n others and one agent's call are gone is minus the logarithm of a Beta(shape, n)
    variable, in patiences: its distribution function at whole n is a sum of positive terms.
    """
    if span == 0:
        return [1.0] * size
    gone = 1.0 - exp(-span)
    total, found = 0.0, []
    for others in range(size):
        term = lgamma(shape + others) - lgamma(shape) - lgamma(others + 1)
        total += exp(term - shape * span + others * log(gone)) if gone > 0 else 0.0
        found.append(min(1.0, total))
    return found
