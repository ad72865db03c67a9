"""What chance brings to one run, drawn before it is played: the same seed, the same tickets.

Every ticket carries its own draws (kind, work per tier, whether it is escalated), each purpose with
a stream of its own. So two scenarios with one seed meet the same tickets, and what differs between
their figures is the scenario and not chance; more volume adds tickets and keeps the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from .model import DAY_H, WEEK_H, Flow, Hours, Model, Shape, Team, Waiting, Work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


AFTER_WEEKS = 26
"""People stay on duty for so long after the last arrival, to finish what was begun."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run ready to be played, as flat arrays.

    Tickets are sorted by arrival; the visits of ticket i are first[i] up to first[i + 1], in the
    order in which they are worked. A line is where a visit waits: a tier and skill (together a
    queue) and a priority. Changes say how many people of a team are there from an hour on."""

    arrival: Floats
    flow: Ints
    priority: Ints
    first: Ints
    tier: Ints
    line: Ints
    work: Floats
    pause: Floats
    """Hours somebody else is waited for before a visit can begin, in open hours of `answering`."""
    change_at: Floats
    change_team: Ints
    change_people: Ints
    change_pace: Floats


class _For(IntEnum):
    """What a stream of chance is for."""

    ARRIVALS = 1
    FLOW = 2
    MORE_ARRIVALS = 3
    MORE_FLOW = 4
    STEADINESS = 5
    PEOPLE = 6
    ABSENCE = 7
    FEWER = 8
    WORK = 10
    ESCALATION = 20
    TOUCHES = 30
    PAUSE = 40
    AGAIN = 50


def drawn(model: Model, *, weeks: int, seed: int, run: int, counted_from: float) -> Plan:
    """Draw one run of so many weeks; sick days fall into the weeks from counted_from (hours) on."""
    import numpy as np

    chance = _Chance(seed, run)
    arrival, flow, is_more = _arrivals(model, weeks, chance)
    visits = _visits(model, flow, is_more, chance)
    urgency = np.array([each.priority for each in model.flows], dtype=np.int64)
    skill = np.array([model.skills.index(each.skill) for each in model.flows], dtype=np.int64)
    queue = np.arange(len(model.tiers))[:, None] * len(model.skills) + skill
    line = queue * len(model.priorities) + urgency
    return Plan(
        arrival,
        flow,
        urgency[flow],
        visits.first,
        visits.tier,
        line.ravel()[visits.tier * len(model.flows) + flow[visits.ticket]],
        visits.work,
        visits.pause,
        *_changes(model, weeks + AFTER_WEEKS, chance, counted_from),
    )


class _Chance:
    """Streams of chance of one run, one for each purpose."""

    def __init__(self, seed: int, run: int) -> None:
        self._root = (seed, run)

    def stream(self, purpose: int, part: int = 0) -> np.random.Generator:
        import numpy as np

        return np.random.Generator(np.random.SFC64([*self._root, purpose, part]))


# ---- arrivals -----------------------------------------------------------------------------


def _arrivals(model: Model, weeks: int, chance: _Chance) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """When tickets come and of which flow; which of them are there by more volume only."""
    import numpy as np

    steadiness = np.ones(weeks)
    if model.unsteady > 0:
        shape = 1 / model.unsteady**2
        steadiness = chance.stream(_For.STEADINESS).gamma(shape, 1 / shape, weeks)
    at, flow = _poisson(model.flows, steadiness, chance, _For.ARRIVALS, _For.FLOW)
    is_more = np.zeros(len(at), dtype=np.bool_)
    if model.volume < 1:
        kept = chance.stream(_For.FEWER).random(len(at)) < model.volume
        at, flow, is_more = at[kept], flow[kept], is_more[kept]
    if model.volume > 1:
        more_at, more_flow = _poisson(
            model.flows,
            steadiness * (model.volume - 1),
            chance,
            _For.MORE_ARRIVALS,
            _For.MORE_FLOW,
        )
        at = np.concatenate([at, more_at])
        order = np.argsort(at, kind="stable")
        is_more = (np.arange(len(at)) >= len(flow))[order]
        at, flow = at[order], np.concatenate([flow, more_flow])[order]
    return at, flow, is_more


def _poisson(
    flows: tuple[Flow, ...], steadiness: Floats, chance: _Chance, when: _For, which: _For
) -> tuple[Floats, Ints]:
    """Arrivals at the rates of the week, by a unit process run on the clock of expected tickets."""
    import numpy as np

    rates = np.array([flow.per_hour for flow in flows])
    total = rates.sum(axis=0)
    expected = np.concatenate([[0.0], np.cumsum(np.outer(steadiness, total).ravel())])
    end = expected[-1]
    stream = chance.stream(when)
    clock = np.cumsum(stream.standard_exponential(int(end + 10 * end**0.5 + 20)))
    while clock[-1] < end:
        more = stream.standard_exponential(int(end**0.5) + 20)
        clock = np.concatenate([clock, clock[-1] + np.cumsum(more)])
    clock = clock[: np.searchsorted(clock, end)]
    at = np.interp(clock, expected, np.arange(len(expected), dtype=np.float64))
    return at, _flow_of(rates, total, at, chance.stream(which).random(len(at)))


def _flow_of(rates: Floats, total: Floats, at: Floats, mark: Floats) -> Ints:
    """The flow of each arrival, by the shares of the flows in its hour."""
    import numpy as np

    if len(rates) == 1:
        return np.zeros(len(at), dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        until = np.cumsum(rates / total, axis=0)
    busy = until[:, total > 0]
    if np.allclose(busy, busy[:, :1], rtol=0, atol=1e-12):
        found = np.searchsorted(busy[:-1, 0], mark, side="right")
        return found.astype(np.int64)
    hour = at.astype(np.int64) % int(WEEK_H)
    found = np.zeros(len(at), dtype=np.int64)
    for edge in until[:-1]:
        found += mark >= edge[hour]
    return found


# ---- visits -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Visits:
    first: Ints
    ticket: Ints
    tier: Ints
    work: Floats
    pause: Floats


def _visits(model: Model, flow: Ints, is_more: NDArray[np.bool_], chance: _Chance) -> _Visits:
    """Which tiers each ticket comes to, how often, and how much work each time takes."""
    import numpy as np

    tiers, count = len(model.tiers), len(flow)
    enters = np.array([each.enters for each in model.flows])
    comes = np.zeros((count, tiers), dtype=np.bool_)
    here = enters[flow] == 0
    for at in range(tiers):
        comes[:, at] = here
        if at < tiers - 1:
            passed = np.array([model.escalation(each, at) for each in model.flows])[flow]
            goes_on = _uniform(chance, _For.ESCALATION, at, is_more) < passed
            here = (here & goes_on) | (enters[flow] == at + 1)
    ticket, tier = np.nonzero(comes)
    work = np.empty(len(ticket))
    for at in range(tiers):
        kinds = tuple(each.work[at] for each in model.flows)
        work[tier == at] = _worked(kinds, flow, chance, at, is_more, comes[:, at])
    pause = np.zeros(len(work))
    if any(each.waiting for each in model.tiers):
        ticket, tier, work, pause = _again(model, flow, is_more, chance, ticket, tier, work)
    first = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ticket, minlength=count), out=first[1:])
    return _Visits(first, ticket, tier, work, pause)


def _again(
    model: Model,
    flow: Ints,
    is_more: NDArray[np.bool_],
    chance: _Chance,
    ticket: Ints,
    tier: Ints,
    work: Floats,
) -> tuple[Ints, Ints, Floats, Floats]:
    """The visits with those after each wait on others, and how long each such wait is."""
    import numpy as np

    touches = np.ones(len(ticket), dtype=np.int64)
    for at, each in enumerate(model.tiers):
        mine = tier == at
        touches[mine] = _touches(each.waiting, at, is_more, chance)[ticket[mine]]
    is_first = np.zeros(int(touches.sum()), dtype=np.bool_)
    is_first[np.cumsum(touches) - touches] = True
    ticket, tier = np.repeat(ticket, touches), np.repeat(tier, touches)
    work = np.repeat(work, touches)
    pause = np.zeros(len(ticket))
    for at, each in enumerate(model.tiers):
        if each.waiting:
            later = np.flatnonzero(~is_first & (tier == at))
            pause[later] = chance.stream(_For.PAUSE, at).exponential(
                each.waiting.mean_h, len(later)
            )
            kinds = tuple(flowing.work[at] for flowing in model.flows)
            work[later] = _times(kinds, flow[ticket[later]], chance.stream(_For.AGAIN, at))
    return ticket, tier, work, pause


def _touches(
    waiting: Waiting | None, tier: int, is_more: NDArray[np.bool_], chance: _Chance
) -> Ints:
    """How often a ticket is taken up at a tier: once, and again after each wait."""
    import numpy as np

    if waiting is None or waiting.share == 0:
        return np.ones(len(is_more), dtype=np.int64)
    luck = 1 - _uniform(chance, _For.TOUCHES, tier, is_more)
    again: Ints = np.floor(np.log(luck) / np.log(waiting.share)).astype(np.int64)
    return again + 1


def _worked(
    kinds: tuple[Work, ...],
    flow: Ints,
    chance: _Chance,
    tier: int,
    is_more: NDArray[np.bool_],
    comes: NDArray[np.bool_],
) -> Floats:
    """The work of the first touch at a tier of those who come there; drawn for all, so that no
    ticket gets another's."""
    import numpy as np

    if not is_more.any():
        return _times(kinds, flow, chance.stream(_For.WORK, 2 * tier), comes)
    found = np.empty(len(flow))
    for part, some in enumerate((~is_more, is_more)):
        stream = chance.stream(_For.WORK, 2 * tier + part)
        found[some & comes] = _times(kinds, flow[some], stream, comes[some])
    return found[comes]


def _uniform(chance: _Chance, purpose: _For, tier: int, is_more: NDArray[np.bool_]) -> Floats:
    """A number from 0 to 1 for each ticket, those of more volume from a stream of their own."""
    import numpy as np

    more = int(np.count_nonzero(is_more))
    base = chance.stream(purpose, 2 * tier).random(len(is_more) - more)
    if not more:
        return base
    found = np.empty(len(is_more))
    found[~is_more] = base
    found[is_more] = chance.stream(purpose, 2 * tier + 1).random(more)
    return found


def _times(
    kinds: tuple[Work, ...],
    flow: Ints,
    stream: np.random.Generator,
    kept: NDArray[np.bool_] | None = None,
) -> Floats:
    """Hours of work, each by the kind of its flow; drawn for all, told of those kept."""
    import numpy as np

    some = slice(None) if kept is None or kept.all() else kept

    mean = np.array([each.mean_h for each in kinds])
    spread = np.sqrt(np.log1p(np.array([each.cv for each in kinds]) ** 2))
    shapes = {each.shape for each in kinds}
    if shapes == {Shape.EXPONENTIAL}:
        return mean[flow[some]] * stream.standard_exponential(len(flow))[some]
    count, flow = len(flow), flow[some]
    found = np.zeros(len(flow))
    for shape in sorted(shapes):
        having = np.array([each.shape == shape for each in kinds])
        share = np.ones(len(flow))
        if shape is Shape.EXPONENTIAL:
            share = stream.standard_exponential(count)[some]
        if shape is Shape.LOG_NORMAL:
            share = stream.standard_normal(count)[some]
            share *= spread[flow]
            share -= (spread**2 / 2)[flow]
            np.exp(share, out=share)
        found = share if len(shapes) == 1 else np.where(having[flow], share, found)
    return mean[flow] * found


# ---- people -------------------------------------------------------------------------------


def _changes(
    model: Model, weeks: int, chance: _Chance, counted_from: float
) -> tuple[Floats, Ints, Ints, Floats]:
    """When the number of people on duty changes, for all teams, in order of time."""
    import numpy as np

    parts = [
        _steady_changes(team, weeks, _sick(model, team), counted_from)
        if team.turnover is None and team.absence == 0
        else _team_changes(team, at, weeks, chance, _sick(model, team), counted_from)
        for at, (_tier, team) in enumerate(model.teams)
    ]
    when, people, pace = (np.concatenate(each) for each in zip(*parts, strict=True))
    team = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    order = np.lexsort((team, when))
    return when[order], team[order], people[order], pace[order]


def _sick(model: Model, team: Team) -> tuple[tuple[int, int], ...]:
    return tuple((people, day) for name, people, day in model.sick_days if name == team.name)


@lru_cache(maxsize=64)
def _steady_changes(
    team: Team, weeks: int, sick: tuple[tuple[int, int], ...], counted_from: float
) -> tuple[Floats, Ints, Floats]:
    """The same in every run, as nobody is away by chance."""
    return _team_changes(team, 0, weeks, _Chance(0, 0), sick, counted_from)


def _team_changes(
    team: Team,
    at: int,
    weeks: int,
    chance: _Chance,
    sick: tuple[tuple[int, int], ...],
    counted_from: float,
) -> tuple[Floats, Ints, Floats]:
    """The times from which so many of a team are there, and how fast they work on average."""
    import numpy as np

    begins = np.array([shift.starts_h for shift in team.shifts])
    lasts = np.array([shift.length_h for shift in team.shifts])
    places = np.array([shift.people for shift in team.shifts], dtype=np.int64)
    week = np.repeat(np.arange(-1, weeks), len(begins))
    start = week * WEEK_H + np.tile(begins, weeks + 1)
    end = start + np.tile(lasts, weeks + 1)
    most = int(places.max(initial=0))
    output = _places(team, most, weeks, chance.stream(_For.PEOPLE, at))
    there = np.concatenate([np.zeros((weeks, 1), np.int64), np.cumsum(output > 0, axis=1)], axis=1)
    people = there[np.maximum(week, 0), np.tile(places, weeks + 1)]
    if team.absence > 0:
        people = chance.stream(_For.ABSENCE, at).binomial(people, 1 - team.absence)
    for missing, day in sick:
        is_sick = (start >= counted_from) & (start % WEEK_H // DAY_H == day)
        people = np.maximum(0, people - missing * is_sick)
    when, index = np.unique(np.maximum(0.0, np.concatenate([start, end])), return_inverse=True)
    change = np.zeros(len(when), dtype=np.int64)
    np.add.at(change, index, np.concatenate([people, -people]))
    total = np.cumsum(change)
    pace = team.pace * _mean_output(output)[np.minimum(when // WEEK_H, weeks - 1).astype(np.int64)]
    kept = np.concatenate([[True], (np.diff(total) != 0) | (np.diff(pace) != 0)])[: len(when)]
    return when[kept], total[kept], pace[kept]


def _places(team: Team, places: int, weeks: int, stream: np.random.Generator) -> Floats:
    """What each place gives in each week: 1, less while learning, 0 while empty."""
    import numpy as np

    found = np.ones((weeks, places))
    change = team.turnover
    if change is None or change.leaves_per_year == 0:
        return found
    stay_w = 365 / 7 / change.leaves_per_year
    for place in range(places):
        at = -stream.random() * (stay_w + change.vacancy_days / 7)
        while at < weeks:
            learnt = at + change.ramp_days / 7
            left = at + stream.exponential(stay_w)
            _fill(found[:, place], at, min(learnt, left), change.start_productivity)
            at = left + change.vacancy_days / 7
            _fill(found[:, place], left, at, 0.0)
    return found


def _fill(weeks: Floats, start: float, end: float, value: float) -> None:
    weeks[max(0, round(start)) : max(0, round(end))] = value


def _mean_output(output: Floats) -> Floats:
    """The mean output of the places that are filled, by week."""
    import numpy as np

    filled = np.count_nonzero(output > 0, axis=1)
    return np.where(filled > 0, output.sum(axis=1) / np.maximum(filled, 1), 1.0)


# ---- hours --------------------------------------------------------------------------------


_CELLS = 12
"""Of an hour: edges on five minutes are looked up, others searched for."""


class OpenHours:
    """Hours of a week that count, running on for ever."""

    def __init__(self, hours: Hours) -> None:
        import numpy as np

        self._edges = np.array([0.0, *(e for window in hours.windows for e in window), WEEK_H])
        steps = np.diff(self._edges)
        steps[::2] = 0.0
        self._passed = np.concatenate([[0.0], np.cumsum(steps)])
        self.per_week = float(self._passed[-1])
        self.is_always = self.per_week == WEEK_H
        cells = np.arange(int(WEEK_H) * _CELLS + 1) / _CELLS
        self._before = np.interp(cells, self._edges, self._passed)
        self._is_open = np.diff(self._before) * _CELLS
        self._is_even = bool(np.all(self._edges * _CELLS % 1 == 0))

    def until(self, at: Floats) -> Floats:
        """Open hours from the start of the first week to each instant."""
        import numpy as np

        if self.is_always:
            return at
        if not np.isfinite(at.sum()):
            is_known = np.isfinite(at)
            found = at.copy()
            found[is_known] = self.until(at[is_known])
            return found
        week = np.floor(at / WEEK_H)
        inside = at - week * WEEK_H
        if self._is_even:
            cell = (inside * _CELLS).astype(np.int64)
            cell[cell == len(self._is_open)] -= 1
            passed: Floats = self._before[cell] + (inside - cell / _CELLS) * self._is_open[cell]
        else:
            passed = np.interp(inside, self._edges, self._passed)
        passed += week * self.per_week
        return passed
