"""The answer: a table of steps from agents to promises kept, what could go wrong, and why so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, floor

from ...texts import gettext, ngettext, number
from ..demand.demand import Demand, stretches
from ..people import whole
from ..queueing import erlang
from ..queueing.limits import NonsenseError, OverloadError
from ..told import Explained, given
from .choosing import engine_for, refuse
from .level import USUAL, Change, Engine, EngineName, Level, Team, duty_of, tier_hours
from .question import Question
from .remembered import Known, Remembering
from .simulated import Effort

_BELOW, _ABOVE = 2, 2
"""So many rows are shown beside the smallest that holds."""

_MOST_ROWS = 40
_MOST_AGENTS = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table: agents on duty of each tier, people on the payroll, what they attain.

    busy is the utilisation of the busiest tier.
    """

    level: Level
    people: Explained
    busy: Explained
    is_kept: bool

    @property
    def agents(self) -> int:
        """On duty at the same time, all tiers together."""
        return sum(self.level.team)

    @property
    def heads(self) -> int:
        """Whole people on the payroll."""
        return whole(self.people.value or 0.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Another week with the same people: what is attained then, in a sentence, and what mends it.

    team is the smallest that keeps the promises then, where one was sought; heads are its people.
    uncovered holds agent hours a week that nobody fills.
    """

    name: str
    title: str
    told: str
    level: Level
    team: Team | None = None
    heads: int | None = None
    uncovered: float = 0.0
    explained: Explained | None = None
    """How the uncovered hours come about."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people it takes, and everything one must know to defend the number."""

    question: Question
    engine: EngineName
    reason: str
    steps: tuple[Step, ...]
    smallest: Step | None
    scenarios: tuple[Scenario, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]


def plan(
    question: Question,
    effort: Effort | None = None,
    known: Known | None = None,
) -> Plan:
    """Answer a question. Raises NonsenseError, which names the field and what may be done.

    known: teams of this question that were worked out before; those tried now are added to it.
    """
    refuse(question)
    engine = Remembering(engine_for(question, effort), known or Known())
    steps = _with_backlog(engine, _steps(question, engine))
    smallest = next((step for step in steps if step.is_kept), None)
    scenarios = tuple(_scenarios(question, engine, smallest)) if smallest else ()
    return Plan(
        question,
        engine.name,
        engine.reason,
        steps,
        smallest,
        scenarios,
        tuple(_warnings(question, engine, steps, smallest)),
        tuple(_assumptions(question, engine)),
    )


def people_of(question: Question, team: Team) -> Explained:
    """People on the payroll for a team that is on duty in all open hours."""
    stays = question.staying.share if question.staying else 1.0
    if question.other_hours:
        return Explained(
            question.agent_hours(team) / question.hours_of_one,
            "people",
            "agent_hours / (paid_hours * (1 - shrinkage) * staying)",
            {
                "agent_hours": given(question.agent_hours(team), "hours a week"),
                "paid_hours": given(question.paid_hours, "hours a week"),
                "shrinkage": question.shrinkage,
                "staying": stays,
            },
        )
    return Explained(
        sum(team) * question.hours.per_week / question.hours_of_one,
        "people",
        "agents * open_hours / (paid_hours * (1 - shrinkage) * staying)",
        {
            "agents": sum(team),
            "open_hours": given(question.hours.per_week, "hours a week"),
            "paid_hours": given(question.paid_hours, "hours a week"),
            "shrinkage": question.shrinkage,
            "staying": stays,
        },
    )


# ---- the table ------------------------------------------------------------------------------


def _steps(question: Question, engine: Engine) -> tuple[Step, ...]:
    if engine.name is EngineName.SIMULATION:
        return tuple(_grown_steps(question, engine))
    smallest = _smallest(question, engine, USUAL)
    least = _least(question)[0]
    first = max(1, min(least - 1, smallest[0]), smallest[0] - _BELOW)
    last = smallest[0] + _ABOVE
    return tuple(_step(question, engine.level((agents,))) for agents in range(first, last + 1))


def _with_backlog(engine: Engine, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The backlog is worked out for the smallest team that holds."""
    for at, step in enumerate(steps):
        if step.is_kept:
            level = replace(step.level, backlog=engine.backlog(step.level.team))
            return (*steps[:at], replace(step, level=level), *steps[at + 1 :])
    return steps


def _grown_steps(question: Question, engine: Engine) -> Iterator[Step]:
    """From the least team on, an agent more each time where the wait is worst."""
    team = _least(question)
    if team[0] > 1:
        yield _step(question, engine.level((team[0] - 1, *team[1:])))
    beyond = 0
    for _ in range(_MOST_ROWS):
        step = _step(question, engine.level(team))
        yield step
        beyond += step.is_kept
        if beyond > 1:
            return
        team = _more(question, team, step.level)


def _more(question: Question, team: Team, level: Level) -> Team:
    """One agent more for the tier that is over the cap, or else for that which makes wait most."""
    over = [busy - question.most_busy for busy in level.utilisation]
    worst = max(range(len(team)), key=over.__getitem__)
    if over[worst] <= 0 and level.tier_waits:
        reached = _reaching(question.demand)
        costs = [wait * share for wait, share in zip(level.tier_waits, reached, strict=True)]
        worst = max(range(len(team)), key=costs.__getitem__)
    return tuple(each + (tier == worst) for tier, each in enumerate(team))


def _reaching(demand: Demand) -> list[float]:
    found = [1.0]
    for tier in demand.tiers[:-1]:
        found.append(found[-1] * tier.escalates)
    return found


def _smallest(question: Question, engine: Engine, change: Change, begin: int = 0) -> Team:
    """The fewest agents of one tier who keep the promises, sought from some number on.

    Raises NonsenseError where no number does.
    """

    def is_kept(agents: int) -> bool:
        level = engine.level((agents,), change)
        return level.keeps(question.share, question.most_busy)

    least = max(1, ceil(_least(question)[0] * change.volume - 1))
    if engine.name is EngineName.BUSINESS_CLOCK:
        begin = engine.likely(change)
    agents = max(least, begin) if begin else least + round(least**0.5 / 2)
    if is_kept(agents):
        while agents > 1 and is_kept(agents - 1):
            agents -= 1
        return (agents,)
    low, step = agents, 1
    while not is_kept(low + step):
        low, step = low + step, step * 2
        if low > _most_agents(least):
            raise NonsenseError(_out_of_reach(question, engine.level((low,), change)))
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_kept(middle) else (middle, high)
    return (high,)


def _most_agents(least: int) -> int:
    return max(20, 4 * least)


def _out_of_reach(question: Question, level: Level) -> str:
    if any(
        each.resolution is not None and each.resolution.value < question.share
        for each in level.attained
    ):
        return gettext(
            "resolution: with work of %(work)s hours a ticket in the mean, %(share)s of tickets"
            " cannot be resolved in that time by any number of people; promise a longer time, or"
            " a smaller share."
        ) % {"work": f"{question.demand.work:g}", "share": _percent(question.share)}
    return gettext(
        "promises: no number of people keeps them; promise a longer time, or a smaller share."
    )


def _least(question: Question, volume: float = 1.0) -> Team:
    """The fewest agents of each tier who can do the work within the cap."""
    return tuple(
        max(1, ceil(volume * hours / question.hours_of(tier).per_week / question.most_busy - 1e-9))
        for tier, hours in enumerate(tier_hours(question.demand))
    )


def _step(question: Question, level: Level) -> Step:
    return Step(
        level,
        people_of(question, level.team),
        _busy(question, level),
        level.keeps(question.share, question.most_busy),
    )


def _busy(question: Question, level: Level) -> Explained:
    tier = max(range(len(level.team)), key=level.utilisation.__getitem__)
    agents, hours = level.team[tier], question.hours_of(tier).per_week
    if question.demand.patience is not None:
        return Explained(level.busiest, "share", source=gettext("Erlang A: calls answered only"))
    return Explained(
        level.busiest,
        "share",
        "work_hours / (agents * open_hours)",
        {
            "work_hours": given(tier_hours(question.demand)[tier], "hours a week"),
            "agents": agents,
            "open_hours": given(hours, "hours a week"),
        },
    )


# ---- other weeks ----------------------------------------------------------------------------


def _scenarios(question: Question, engine: Engine, smallest: Step) -> Iterator[Scenario]:
    yield _more_volume(question, engine, smallest)
    yield _one_leaves(question, engine, smallest)
    yield _sick_day(question, engine, smallest)


def _more_volume(question: Question, engine: Engine, smallest: Step) -> Scenario:
    change = Change(volume=1.0 + question.growth)
    level = engine.level(smallest.level.team, change)
    team = _enough(question, engine, smallest.level.team, change)
    heads = whole(people_of(question, team).value or 0.0) if team else None
    told = _said(question, level)
    if heads is not None:
        more = heads - smallest.heads
        told += " " + (
            ngettext(
                "%(count)s person more keeps the promises.",
                "%(count)s people more keep the promises.",
                more,
            )
            % {"count": more}
            if more > 0
            else gettext("The same people keep the promises.")
        )
    title = gettext("%(growth)s more tickets") % {"growth": _percent(question.growth)}
    return Scenario("more_volume", title, told, level, team, heads)


def _enough(question: Question, engine: Engine, team: Team, change: Change) -> Team | None:
    """The smallest team at least as large as this that keeps the promises then."""
    if engine.name is not EngineName.SIMULATION:
        return _smallest(question, engine, change, ceil(team[0] * change.volume) - 1)
    least = _least(question, change.volume)
    team = tuple(max(pair) for pair in zip(team, least, strict=True))
    for _ in range(_MOST_ROWS):
        level = engine.level(team, change)
        if level.keeps(question.share, question.most_busy):
            return team
        team = _more(question, team, level)
    return None


def _one_leaves(question: Question, engine: Engine, smallest: Step) -> Scenario:
    """One of the whole people is gone, and nobody has come: agent hours are missing."""
    needed = question.agent_hours(smallest.level.team)
    there = (smallest.heads - 1) * question.hours_of_one
    uncovered = max(0.0, needed - there)
    explained = Explained(
        needed - there,
        "hours a week",
        "agent_hours - (people - 1) * hours_of_one",
        {"agent_hours": needed, "people": smallest.heads, "hours_of_one": question.hours_of_one},
    )
    level = engine.level(smallest.level.team, Change(missing=uncovered))
    told = (
        gettext("%(hours)s agent hours a week are not covered.") % {"hours": number(uncovered, 1)}
        if uncovered
        else gettext("All hours stay covered.")
    )
    told += " " + _said(question, level)
    return Scenario(
        "one_leaves",
        gettext("One person leaves"),
        told,
        level,
        uncovered=uncovered,
        explained=explained,
    )


def _sick_day(question: Question, engine: Engine, smallest: Step) -> Scenario:
    level = engine.level(smallest.level.team, Change(is_sick_monday=True))
    return Scenario(
        "sick_day",
        gettext("One agent is ill on the first day of the week"),
        _said(question, level),
        level,
    )


def _said(question: Question, level: Level) -> str:
    """What a level attains, in a sentence."""
    if level.is_overloaded:
        return gettext(
            "The work cannot be done: the backlog grows by %(tickets)s tickets a week."
        ) % {"tickets": number(level.growing, 0 if level.growing >= 10 else 1)}
    parts = []
    for each in level.attained:
        name = f"{each.promise}: " if each.promise else ""
        if each.first_response is not None:
            parts.append(
                gettext("%(name)s%(share)s answered in time")
                % {"name": name, "share": _percent(each.first_response.value)}
            )
        if each.resolution is not None:
            parts.append(
                gettext("%(name)s%(share)s resolved in time")
                % {"name": name, "share": _percent(each.resolution.value)}
            )
    if not parts:
        return ""
    is_kept = level.keeps(question.share, question.most_busy)
    end = gettext("the promises hold") if is_kept else gettext("the promises do not hold")
    return f"{'; '.join(parts)}: {end}."


# ---- beside the table -----------------------------------------------------------------------


def _warnings(
    question: Question, engine: Engine, steps: tuple[Step, ...], smallest: Step | None
) -> Iterator[str]:
    if smallest is None:
        yield gettext(
            "None of the teams that were tried keeps the promises; promise a longer time or a"
            " smaller share, or look at the work per ticket."
        )
        return
    if engine.name is EngineName.BUSINESS_CLOCK:
        yield from _by_weekly_average(question, smallest)
    yield from _by_division(question, smallest)
    if question.people is not None and question.people < smallest.heads:
        uncovered = max(
            0.0,
            question.agent_hours(smallest.level.team) - question.people * question.hours_of_one,
        )
        yield gettext(
            "Today there are %(people)s people; the smallest team that keeps the promises takes"
            " %(heads)s. Its seats would be empty for %(hours)s hours a week."
        ) % {
            "people": question.people,
            "heads": smallest.heads,
            "hours": number(uncovered, 1),
        }
    if smallest.agents == 1:
        yield gettext(
            "One agent on duty: a day of illness or leave leaves nobody there. Plan who steps in."
        )
    yield from dict.fromkeys(note for step in steps for note in step.level.notes)


def _by_weekly_average(question: Question, smallest: Step) -> Iterator[str]:
    """What Erlang C would promise on the average of the week."""
    target = question.promises[0].first_response
    agents = smallest.level.team[0]
    week = stretches(question.demand, duty_of(question.hours, agents))
    rate = sum(each.tickets for each in week) / sum(each.hours for each in week)
    told = smallest.level.attained[0].first_response
    if target is None or told is None:
        return
    work = question.demand.work
    try:
        promised = erlang.queue(rate * work, work, agents).within(target)
        needed = erlang.required(rate * work, work, target, question.share)
    except (OverloadError, NonsenseError):
        return
    if promised > told.value + 0.005:
        yield gettext(
            "Erlang C on the average of the week would promise %(promised)s answered in time with"
            " %(agents)s agents, and ask for %(needed)s; what waits at opening makes it"
            " %(told)s."
        ) % {
            "promised": _percent(promised),
            "agents": agents,
            "needed": needed,
            "told": _percent(told.value),
        }


def _by_division(question: Question, smallest: Step) -> Iterator[str]:
    """What tickets times work over hours would say, whatever is promised."""
    divided = sum(
        floor(hours / question.hours_of(tier).per_week) + 1
        for tier, hours in enumerate(tier_hours(question.demand))
    )
    if divided < smallest.agents:
        yield gettext(
            "Tickets times work over open hours gives %(divided)s agents, whatever is promised:"
            " it does not see the waits. These promises take %(agents)s."
        ) % {"divided": divided, "agents": smallest.agents}


def _assumptions(question: Question, engine: Engine) -> Iterator[str]:
    demand = question.demand
    if demand.source:
        yield demand.source
    if demand.per_hour is None and not demand.closed_share:
        yield gettext("Tickets come evenly over the open hours, and none while closed.")
    elif demand.per_hour is None:
        yield gettext(
            "Tickets come evenly over the open hours; %(share)s come while closed, before Monday"
            " %(weight)s times as many as before another day."
        ) % {"share": _percent(demand.closed_share), "weight": f"{demand.monday_weight:g}"}
    if engine.name is EngineName.BUSINESS_CLOCK and demand.cv == 1.0:
        yield gettext("Work varies as exponential times do; it pauses at closing.")
    elif engine.name is EngineName.BUSINESS_CLOCK:
        yield gettext(
            "Work varies by %(cv)s of its mean; waits are stretched for it, which is an"
            " approximation of a few points."
        ) % {"cv": f"{demand.cv:g}"}
    if engine.name is EngineName.SIMULATION:
        yield gettext(
            "Shares are means over simulated runs; their 95 % intervals are in the table."
        )
    if any(each.resolution is not None for each in question.promises) and not demand.waiting:
        yield gettext(
            "Resolution counts waits for an agent and the work, not waits for users or vendors."
        )
    yield gettext("No agent is to be busy with tickets for more than %(share)s of the time.") % {
        "share": _percent(question.most_busy)
    }


def _percent(share: float) -> str:
    percent = share * 100
    places = 0 if abs(percent - round(percent)) < 0.05 else 1
    return f"{number(percent, places)} %"
