"""The business-clock queue: tickets whose targets run in business hours, as one line, first first.

Closed time is cut out: work that pauses at closing goes on at opening as if nothing had happened.
What arrives while closed stands at the door at opening, a batch of a Poisson number. The chain of
a queue is led through each stretch of the open week and each batch until the week repeats itself.
A ticket that finds n before it waits until fewer than the agents are left of them.

Exact for one line, equal agents and exponential work, and agents that change from stretch to
stretch. Where work varies otherwise (cv) waits are stretched, which is an approximation.
Times are in business hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, exp, floor, isfinite, log, log1p, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from .chain import passage, poisson
from .general import kimura_wait, mmc_wait
from .limits import (
    MOST_LOAD,
    NonsenseError,
    OverloadError,
    check_not_negative,
    check_positive,
    check_share,
)

if TYPE_CHECKING:
    from .chain import Passage, Vector

MOST_STATES = 40_000
"""Tickets present at once; beyond, the plan is worked out by other means."""

_SAME = 1e-8
_TAIL = 1e-7
_MEMORY = 8
_ROUNDS = 60
_NODES = 16


@dataclass(frozen=True, slots=True)
class Stretch:
    """Open hours with constant rates: arrivals an hour, and what waits at the door as it begins."""

    hours: float
    arrivals: float
    agents: int
    batch: float = 0.0

    @property
    def tickets(self) -> float:
        """How many it brings, in the mean."""
        return self.batch + self.hours * self.arrivals


def open_week(
    days: Sequence[tuple[float, float]], hours: float, agents: int
) -> tuple[Stretch, ...]:
    """Equal days: for each what waits at opening, and what arrives an open hour."""
    return tuple(Stretch(hours, arrivals, agents, batch) for batch, arrivals in days)


def staffed(week: Sequence[Stretch], agents: int) -> tuple[Stretch, ...]:
    """The same week with so many agents throughout."""
    return tuple(replace(stretch, agents=agents) for stretch in week)


def grown(week: Sequence[Stretch], factor: float) -> tuple[Stretch, ...]:
    """The same week with more or fewer tickets: 1.3 is 30 % more."""
    return tuple(
        replace(each, arrivals=each.arrivals * factor, batch=each.batch * factor) for each in week
    )


def least_agents(week: Sequence[Stretch], work: float) -> int:
    """The fewest agents, the same throughout, who can do the work of the week at all."""
    hours = sum(stretch.hours for stretch in week)
    return floor(sum(stretch.tickets for stretch in week) * work / hours * (1 + 1e-9)) + 1


def required(
    week: Sequence[Stretch], work: float, target: float, share: float, cv: float = 1.0
) -> int:
    """The fewest agents, the same throughout, who begin this share of tickets within the target."""
    check_share(share)

    def is_kept(agents: int) -> bool:
        return business_queue(staffed(week, agents), work, cv).started_within(target) >= share

    least = least_agents(week, work)
    agents = likely_agents(week, work, target, share)
    if is_kept(agents):
        while agents > least and is_kept(agents - 1):
            agents -= 1
        return agents
    while not is_kept(agents + 1):
        agents += 1
    return agents + 1


def likely_agents(week: Sequence[Stretch], work: float, target: float, share: float) -> int:
    """Where to begin a search: as many as a fluid would need, which has no chance in it."""
    least = least_agents(week, work)
    begin = least + round(sqrt(least) / 2)
    tickets = sum(stretch.tickets for stretch in week)

    def is_kept(agents: int) -> bool:
        return _fluid_in_time(week, work, target, agents) >= share * tickets

    low, high = begin - 1, begin
    while not is_kept(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_kept(middle) else (middle, high)
    return high


def _fluid_in_time(week: Sequence[Stretch], work: float, target: float, agents: int) -> float:
    """Tickets of a week begun in time if they came and went evenly, like water."""
    rate = agents / work
    room = agents + rate * target
    present = met = 0.0
    for _ in range(2):
        met = 0.0
        for stretch in week:
            met += min(max(room - present, 0.0), stretch.batch)
            present += stretch.batch
            span = stretch.hours / _NODES
            for _ in range(_NODES):
                met += stretch.arrivals * span if present <= room else 0.0
                present = max(0.0, present + (stretch.arrivals - rate) * span)
    return met


@dataclass(frozen=True)
class BusinessQueue:
    """What tickets meet in a week that repeats. Shares are of all tickets, whenever they came."""

    week: tuple[Stretch, ...]
    work: float
    cv: float
    states: int
    _begun: tuple[Vector, ...] = field(repr=False)
    """The chances of each number present as a stretch begins, before its batch."""
    _met: tuple[Vector, ...] = field(repr=False)
    """Expected arrivals of a stretch, by how many they find."""
    _spent: tuple[Vector, ...] = field(repr=False)

    @property
    def tickets(self) -> float:
        """Tickets a week."""
        return sum(stretch.tickets for stretch in self.week)

    @property
    def agent_hours(self) -> float:
        """Hours of agents a week."""
        return sum(stretch.hours * stretch.agents for stretch in self.week)

    @property
    def utilisation(self) -> float:
        """The share of their open hours that agents work on tickets."""
        return self.tickets * self.work / self.agent_hours

    @cached_property
    def exponential_wait(self) -> float:
        """The mean wait were the work exponential: those waiting over those arriving (Little)."""
        waiting = sum(
            float(spent @ _waiting(self.states, stretch.agents))
            for stretch, spent in zip(self.week, self._spent, strict=True)
        )
        return waiting / self.tickets

    @cached_property
    def mean_wait(self) -> float:
        """Mean business hours until work begins."""
        return self.exponential_wait * self.stretch_factor

    @cached_property
    def stretch_factor(self) -> float:
        """How much longer waits are than with exponential work; 1 where the work is exponential.

        Chance makes the waits of a steady queue longer or shorter by Kimura's factor; what waits
        because it came at night waits however even the work is.
        """
        if self.cv == 1.0 or not self.exponential_wait:
            return 1.0
        agents = max(1, round(self.agent_hours / sum(each.hours for each in self.week)))
        load = min(self.utilisation, 0.999) * agents
        by_chance = kimura_wait(load, self.work, agents, self.cv) - mmc_wait(
            load, self.work, agents
        )
        return max(0.1, 1.0 + by_chance / self.exponential_wait)

    def started_within(self, target: float) -> float:
        """The share of tickets on which work begins within so many business hours."""
        check_not_negative("target", target)
        return 1.0 - self._late(target / self.stretch_factor) / self.tickets

    def finished_within(self, target: float) -> float:
        """The share on which work ends within so many business hours, were no one waited for."""
        check_not_negative("target", target)
        if target == 0:
            return 0.0
        whole = _share_of_work(target, self.work, self.cv)
        places = [(at + 0.5) / _NODES * whole for at in range(_NODES)]
        rests = [target - _work_at(place, self.work, self.cv) for place in places]
        met = [
            1.0 - self._late(max(0.0, rest) / self.stretch_factor) / self.tickets for rest in rests
        ]
        return whole * sum(met) / _NODES

    @cached_property
    def backlog(self) -> tuple[tuple[float, float], ...]:
        """Tickets present in the mean as each stretch begins, with its batch, and as it ends."""
        import numpy as np

        present = np.arange(self.states)
        begun = [float(chances @ present) for chances in self._begun]
        ends = [*begun[1:], begun[0]]
        return tuple(
            (begin + stretch.batch, end)
            for begin, end, stretch in zip(begun, ends, self.week, strict=True)
        )

    def course(self) -> tuple[tuple[float, float], ...]:
        """Tickets present in the mean after open hours of the week: at each hour and change."""
        import numpy as np

        present = np.arange(self.states)
        points: list[tuple[float, float]] = []
        known: dict[tuple[float, int, float], Passage] = {}
        opened = 0.0
        for stretch, begun in zip(self.week, self._begun, strict=True):
            batch = _trimmed(poisson(stretch.batch, self.states))
            chances = _joined(begun, batch, stretch)
            points.append((opened, float(chances @ present)))
            pieces = max(1, ceil(stretch.hours - 1e-9))
            length = stretch.hours / pieces
            kind = (stretch.arrivals, stretch.agents, length)
            if kind not in known:
                rates = (stretch.arrivals, 1.0 / self.work, stretch.agents)
                known[kind] = passage(*rates, self.states, length, pieces * len(self.week))
            for _ in range(pieces):
                chances = known[kind].after(chances)
                opened += length
                points.append((opened, float(chances @ present)))
        return tuple(points)

    @cached_property
    def _alike(self) -> bool:
        return len({stretch.agents for stretch in self.week}) == 1

    def _late(self, target: float) -> float:
        """Expected tickets a week on which work begins later than the target."""
        if self._alike:
            agents = self.week[0].agents
            late = _late_by_found(self.states, agents, agents / self.work * target)
            return float(sum(met @ late for met in self._all_met))
        return sum(
            self._late_from(at, met, 0.0, target)
            if is_batch
            else self._late_spread(at, met, target)
            for at, (met, is_batch) in self._by_stretch
        )

    @cached_property
    def _all_met(self) -> list[Vector]:
        return [met for _, (met, _) in self._by_stretch]

    @cached_property
    def _by_stretch(self) -> list[tuple[int, tuple[Vector, bool]]]:
        found: list[tuple[int, tuple[Vector, bool]]] = []
        for at, stretch in enumerate(self.week):
            found.append((at, (self._met[at], False)))
            if stretch.batch:
                found.append((at, (_found_by_batch(self._begun[at], stretch.batch), True)))
        return found

    def _late_spread(self, at: int, met: Vector, target: float) -> float:
        """Arrivals are spread over their stretch: two points stand for it (Gauss)."""
        offset = 0.5 / sqrt(3.0)
        hours = self.week[at].hours
        return sum(
            self._late_from(at, met, hours * place, target) / 2
            for place in (0.5 - offset, 0.5 + offset)
        )

    def _late_from(self, at: int, met: Vector, begun: float, target: float) -> float:
        """Work off those found, run by run; who has fewer before him than agents begins.

        A run is the time until the number of agents changes. What a run begins, only its end tells:
        while a ticket waits, all agents are busy, and tickets end as a Poisson process.
        """
        import numpy as np

        left = met
        while True:
            agents = self.week[at].agents
            span, at = self._run(at, begun, target)
            begun = 0.0
            target -= span
            done = span * agents / self.work
            if target <= 1e-12:
                return float(left @ _late_by_found(self.states, agents, done))
            left = np.convolve(left[::-1], poisson(done, self.states))[: self.states][::-1]
            left[:agents] = 0.0

    def _run(self, at: int, begun: float, target: float) -> tuple[float, int]:
        """How long the agents stay the same, up to the target, and the stretch that comes then."""
        agents = self.week[at].agents
        span = self.week[at].hours - begun
        at = (at + 1) % len(self.week)
        while span < target and self.week[at].agents == agents:
            span += self.week[at].hours
            at = (at + 1) % len(self.week)
        return min(span, target), at


def business_queue(week: Sequence[Stretch], work: float, cv: float = 1.0) -> BusinessQueue:
    """The queue of a week that repeats. work: mean hours of one ticket.

    Raises OverloadError where the week brings more work than its agents can do, NonsenseError for
    quantities that cannot be.
    """
    _check_week(week)
    check_positive("work", work)
    check_not_negative("cv", cv)
    tickets = sum(stretch.tickets for stretch in week)
    capacity = sum(stretch.hours * stretch.agents for stretch in week)
    hours = sum(stretch.hours for stretch in week)
    if tickets * work >= capacity * (1 - 1e-9):
        raise OverloadError(tickets * work / hours, capacity / hours)
    parts = _parts(week)
    states = _states_for(parts, work, tickets * work / capacity)
    while True:
        found = _solved(parts, work, states)
        if found is not None:
            begun, met, spent = found
            return BusinessQueue(parts, work, cv, states, begun, met, spent)
        states = _more(states)


def single_week(usual: BusinessQueue, week: Sequence[Stretch]) -> BusinessQueue:
    """One week that is unlike the usual ones, begun as those begin and followed by more like it.

    It may bring more than can be done: what is left over is its backlog.
    """
    _check_week(week)
    parts = _parts(week)
    states = max(usual.states, _states_for(parts, usual.work, 0.9))
    first = _padded(usual._begun[0], states)
    while True:
        found = _passed(parts, _passages(parts, usual.work, states, 1.0), states, first)
        if found is not None:
            begun, met, spent = found
            return BusinessQueue(parts, usual.work, usual.cv, states, begun, met, spent)
        states = _more(states)
        first = _padded(first, states)


def _check_week(week: Sequence[Stretch]) -> None:
    if not week or not any(stretch.tickets for stretch in week):
        raise NonsenseError("week: give open hours with at least some tickets")
    for stretch in week:
        check_positive("hours", stretch.hours)
        check_not_negative("arrivals", stretch.arrivals)
        check_not_negative("batch", stretch.batch)
        if not isfinite(stretch.agents) or stretch.agents != int(stretch.agents):
            raise NonsenseError(f"agents: {stretch.agents!r} must be a whole number")
        if stretch.agents < 0 or stretch.tickets > MOST_LOAD:
            raise NonsenseError("week: fewer than no agents, or more tickets than any desk has")


def _parts(week: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Where agents change, stretches of at most an hour, so that two points can stand for each."""
    if len({stretch.agents for stretch in week}) == 1:
        return tuple(week)
    found: list[Stretch] = []
    for each in week:
        pieces = max(1, ceil(each.hours - 1e-9))
        for piece in range(pieces):
            batch = 0.0 if piece else each.batch
            found.append(Stretch(each.hours / pieces, each.arrivals, each.agents, batch))
    return tuple(found)


def _states_for(week: Sequence[Stretch], work: float, utilisation: float) -> int:
    """A first guess of how many may be present: what a fluid would reach, and room to vary."""
    backlog = peak = 0.0
    for _ in range(2):
        for stretch in week:
            backlog += stretch.batch
            peak = max(peak, backlog)
            backlog += stretch.hours * (stretch.arrivals - stretch.agents / work)
            backlog = max(backlog, 0.0)
            peak = max(peak, backlog)
    agents = max(stretch.agents for stretch in week)
    room = 6.0 * (1.0 + utilisation) / max(1.0 - utilisation, 2e-3)
    return _bounded(ceil(agents + peak + 4.0 * sqrt(agents + peak) + room))


def _bounded(states: int) -> int:
    if states > MOST_STATES:
        raise NonsenseError(
            f"week: more than {MOST_STATES:,} tickets would be present at once. Take more agents,"
            " or check arrivals and hours"
        )
    return states


def _more(states: int) -> int:
    return _bounded(int(states * 1.3) + 8)


Solved = tuple["tuple[Vector, ...]", "tuple[Vector, ...]", "tuple[Vector, ...]"]


def _solved(week: Sequence[Stretch], work: float, states: int) -> Solved | None:
    """The week that repeats itself, or None if more states are needed to hold it."""
    passages = _passages(week, work, states, _weeks_to_settle(week, work))
    batches = [_trimmed(poisson(each.batch, states)) for each in week]

    def through(chances: Vector) -> Vector:
        for stretch, step, batch in zip(week, passages, batches, strict=True):
            chances = step.after(_joined(chances, batch, stretch))
        return chances

    first = _repeating(through, poisson(week[0].agents * 0.7, states))
    return _passed(week, passages, states, first)


def _weeks_to_settle(week: Sequence[Stretch], work: float) -> float:
    """About how many weeks are gone through until they repeat: the busier, the more."""
    busy = sum(each.tickets for each in week) * work
    return 3.0 + 2.0 / max(1.0 - busy / sum(each.hours * each.agents for each in week), 0.02)


def _passages(week: Sequence[Stretch], work: float, states: int, weeks: float) -> list[Passage]:
    """Of each stretch; those that are alike share theirs. Gone through about so many weeks."""
    kinds = Counter((each.arrivals, each.agents, each.hours) for each in week)
    known = {
        (arrivals, agents, hours): passage(
            arrivals, 1.0 / work, agents, states, hours, many * weeks
        )
        for (arrivals, agents, hours), many in kinds.items()
    }
    return [known[each.arrivals, each.agents, each.hours] for each in week]


def _passed(
    week: Sequence[Stretch], passages: Sequence[Passage], states: int, chances: Vector
) -> Solved | None:
    """What one week sees, begun with these chances; None if more states are needed to hold it."""
    begun, met, spent = [], [], []
    for stretch, step in zip(week, passages, strict=True):
        begun.append(chances)
        chances = _joined(chances, _trimmed(poisson(stretch.batch, states)), stretch)
        if float(chances[-4:].sum()) > _TAIL:
            return None
        chances, passed = step.over(chances)
        if float(chances[-4:].sum()) > _TAIL:
            return None
        spent.append(passed)
        met.append(passed * stretch.arrivals)
    return tuple(begun), tuple(met), tuple(spent)


def _padded(chances: Vector, states: int) -> Vector:
    import numpy as np

    padded = np.zeros(states)
    padded[: len(chances)] = chances
    return padded


def _joined(chances: Vector, batch: Vector, stretch: Stretch) -> Vector:
    """With the batch at the door; what goes beyond the states stands in the last, to be seen."""
    import numpy as np

    if not stretch.batch:
        return chances
    joined: Vector = np.convolve(chances, batch)[: len(chances)]
    joined[-1] += max(0.0, 1.0 - float(joined.sum()))
    return joined


def _trimmed(chances: Vector) -> Vector:
    """Without the numbers behind the last that has any chance."""
    import numpy as np

    return chances[: int(np.flatnonzero(chances > 1e-18)[-1]) + 1]


def _repeating(through: Callable[[Vector], Vector], first: Vector) -> Vector:
    """The chances that a week leaves as it found them.

    Weeks are gone through a few times, then what they tend to is read off (reduced rank
    extrapolation); where the load is high that spares hundreds of weeks.
    """
    import numpy as np

    chances = _normed(first)
    for _ in range(_ROUNDS):
        seen = [chances]
        for _ in range(_MEMORY):
            seen.append(through(seen[-1]))
            if float(np.abs(seen[-1] - seen[-2]).sum()) < _SAME:
                return _normed(seen[-1])
        moves = np.diff(np.array(seen), axis=0)
        inner = moves @ moves.T
        inner += np.eye(len(moves)) * float(np.trace(inner)) * 1e-15
        blend = np.linalg.solve(inner, np.ones(len(moves)))
        tending = np.clip((blend / blend.sum()) @ np.array(seen[1:]), 0.0, None)
        chances = _normed(tending)
    return chances


def _normed(chances: Vector) -> Vector:
    normed: Vector = chances / chances.sum()
    return normed


def _waiting(states: int, agents: int) -> Vector:
    import numpy as np

    waiting: Vector = np.maximum(np.arange(states) - float(agents), 0.0)
    return waiting


def _late_by_found(states: int, agents: int, done: float) -> Vector:
    """By how many are found, the chance that too few are done: at most n - agents of them."""
    import numpy as np

    late = np.zeros(states)
    late[agents:] = np.minimum(np.cumsum(poisson(done, states - agents)), 1.0)
    return late


def _found_by_batch(present: Vector, batch: float) -> Vector:
    """Expected tickets of a batch by how many they find: those present and others of the batch."""
    import numpy as np

    sizes = poisson(batch, len(present))
    beyond = np.maximum(0.0, 1.0 - np.cumsum(sizes))
    found: Vector = np.convolve(present, beyond)[: len(present)]
    return found


def _share_of_work(span: float, work: float, cv: float) -> float:
    """The share of tickets whose work alone takes no longer than the span."""
    if cv == 0:
        return 1.0 if span >= work else 0.0
    if cv == 1:
        return 1.0 - exp(-span / work)
    middle, width = _log_normal(work, cv)
    return NormalDist(middle, width).cdf(log(span))


def _work_at(share: float, work: float, cv: float) -> float:
    """The work that this share of tickets does not exceed: exponential, or log-normal by its cv."""
    if cv == 0:
        return work
    if cv == 1:
        return -work * log1p(-share)
    middle, width = _log_normal(work, cv)
    return exp(NormalDist(middle, width).inv_cdf(share))


def _log_normal(mean: float, cv: float) -> tuple[float, float]:
    square = log1p(cv * cv)
    return log(mean) - square / 2, sqrt(square)
