"""What a simulation is told: who asks when, who works when, and what was promised.

Time is in hours; hours of the week run from Monday 00:00 (0) to Sunday 24:00 (168), in the time of
the desk. The week repeats; holidays and the two clock changes of a year are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import combinations

from ...texts import gettext

WEEK_H = 168.0
DAY_H = 24.0
YEAR_WEEKS = 365 / 7
MOST_TICKETS = 5_000_000
"""In one run; a run of ten years at 500,000 a year."""


class UnusableModel(ValueError):
    """The description cannot be simulated; `sentences` say why and what to do."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


class Overloaded(UnusableModel):
    """More work arrives than the people on duty can do: the backlog would grow for ever."""


# ---- parts of the description -------------------------------------------------------------


class Shape(StrEnum):
    """How the work per touch varies."""

    EXPONENTIAL = "exponential"
    LOG_NORMAL = "log-normal"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Work:
    """The hours of an agent that one touch takes.

    cv is the standard deviation over the mean; it counts for log-normal work only."""

    mean_h: float
    shape: Shape = Shape.LOG_NORMAL
    cv: float = 1.0


@dataclass(frozen=True, slots=True)
class Hours:
    """Open hours of a week: windows of (start, end) in hours of the week, in order, apart."""

    windows: tuple[tuple[float, float], ...] = ((0.0, WEEK_H),)

    @classmethod
    def office(
        cls, opens: float = 9.0, closes: float = 17.0, days: Iterable[int] = range(5)
    ) -> Hours:
        """The same hours on each of the days (0 is Monday)."""
        return cls(tuple((day * DAY_H + opens, day * DAY_H + closes) for day in sorted(days)))

    @property
    def per_week(self) -> float:
        return sum(end - start for start, end in self.windows)


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority with its promises in hours that count; None is no promise.

    The first of a model's priorities is the most urgent. is_paused: whether the resolution clock
    stands still while somebody else is waited for."""

    name: str
    first_response_h: float | None = None
    resolution_h: float | None = None
    hours: Hours = Hours()
    is_paused: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """People on duty from an hour of the week on; a shift may run over the end of the week."""

    starts_h: float
    length_h: float
    people: int


@dataclass(frozen=True, slots=True)
class Turnover:
    """How people come and go: a place is filled for 1 / leaves_per_year years on average, then
    empty for vacancy_days, then worked at start_productivity for ramp_days."""

    leaves_per_year: float
    vacancy_days: float = 45.0
    ramp_days: float = 75.0
    start_productivity: float = 0.5


@dataclass(frozen=True, slots=True)
class Team:
    """People of one tier who share their skills and their shifts; no skills named means all.

    absence is the chance that one of them is away for a shift; pace how much of the hours on duty
    goes into tickets (1 less breaks, meetings and other work)."""

    name: str
    shifts: tuple[Shift, ...]
    skills: tuple[str, ...] = ()
    absence: float = 0.0
    pace: float = 1.0
    turnover: Turnover | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting on the requester or a vendor: after a touch, with chance `share`, the ticket waits
    an exponential time of mean_h (in `hours`) and then needs another touch."""

    share: float
    mean_h: float
    hours: Hours = Hours()


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of support. escalates: the share of its tickets that goes on to the next tier."""

    name: str
    teams: tuple[Team, ...]
    escalates: float = 0.0
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Tickets of one kind: expected tickets for each of the 168 hours of the week.

    work holds the work per touch of each tier. escalates, if given, holds the share passed on by
    each tier in place of the tier's own. enters is the tier it comes in at."""

    name: str
    per_hour: tuple[float, ...]
    work: tuple[Work, ...]
    priority: int = 0
    skill: str = ""
    escalates: tuple[float, ...] = ()
    enters: int = 0

    @property
    def per_week(self) -> float:
        return sum(self.per_hour)


@dataclass(frozen=True, slots=True)
class Model:
    """A whole desk. unsteady is the spread (standard deviation over mean) of the volume from week
    to week beyond chance; volume multiplies all arrivals; sick_days are (team, people, day of the
    first week counted) in which people are missing from every shift begun that day."""

    priorities: tuple[Priority, ...]
    tiers: tuple[Tier, ...]
    flows: tuple[Flow, ...]
    volume: float = 1.0
    unsteady: float = 0.0
    sick_days: tuple[tuple[str, int, int], ...] = field(default=())

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that tickets ask for, in order of first mention."""
        return tuple(dict.fromkeys(flow.skill for flow in self.flows))

    @property
    def teams(self) -> tuple[tuple[int, Team], ...]:
        """Every team with the number of its tier."""
        return tuple((at, team) for at, tier in enumerate(self.tiers) for team in tier.teams)

    def escalation(self, flow: Flow, tier: int) -> float:
        """The share of a flow that a tier passes on."""
        if tier >= len(self.tiers) - 1:
            return 0.0
        return flow.escalates[tier] if flow.escalates else self.tiers[tier].escalates


def takes(team: Team, skill: str) -> bool:
    """Whether a team works tickets that ask for a skill."""
    return not team.skills or not skill or skill in team.skills


def spread(
    name: str,
    per_hour: Iterable[float],
    work: tuple[Work, ...],
    *,
    priorities: Iterable[float] = (1.0,),
    skills: Iterable[tuple[str, float]] = (("", 1.0),),
) -> tuple[Flow, ...]:
    """One weekly pattern split into flows by shares of priorities and of skills."""
    rates = tuple(per_hour)
    return tuple(
        Flow(
            f"{name} {urgent + 1} {skill}".strip(),
            tuple(rate * share * part for rate in rates),
            work,
            priority=urgent,
            skill=skill,
        )
        for urgent, share in enumerate(priorities)
        for skill, part in skills
        if share * part > 0
    )


# ---- other days ---------------------------------------------------------------------------


def with_volume(model: Model, factor: float) -> Model:
    """The same desk with more or fewer tickets; 1.3 is 30 % more."""
    return replace(model, volume=model.volume * factor)


def with_people(model: Model, team: str, change: int) -> Model:
    """The same desk with so many people more (or fewer) in every shift of a team, never under 0."""

    def changed(each: Team) -> Team:
        shifts = tuple(replace(s, people=max(0, s.people + change)) for s in each.shifts)
        return replace(each, shifts=shifts) if each.name == team else each

    return replace(
        model,
        tiers=tuple(
            replace(tier, teams=tuple(changed(each) for each in tier.teams)) for tier in model.tiers
        ),
    )


def one_leaves(model: Model, team: str) -> Model:
    """The same desk after one of a team has left, before anybody comes."""
    return with_people(model, team, -1)


def sick_day(model: Model, team: str, *, day: int = 0, people: int = 1) -> Model:
    """The same desk with people of a team missing for one day (0 is Monday) of every week counted:
    the figures are those of such weeks."""
    return replace(model, sick_days=(*model.sick_days, (team, people, day)))


# ---- what is wrong with it ----------------------------------------------------------------


def check(model: Model, *, weeks: float = 52.0) -> None:
    """Refuse what cannot be simulated. Raises UnusableModel, or Overloaded."""
    if wrong := tuple(_complaints(model, weeks)):
        raise UnusableModel(wrong)
    if overload := tuple(_overloads(model)):
        raise Overloaded(overload)


def offered_h(model: Model, tier: int, skills: Iterable[str] | None = None) -> float:
    """Hours of work that reach a tier in a week, of some skills or of all."""
    wanted = None if skills is None else set(skills)
    total = 0.0
    for flow in model.flows:
        if (wanted is not None and flow.skill not in wanted) or flow.enters > tier:
            continue
        reaching = flow.per_week
        for below in range(flow.enters, tier):
            reaching *= model.escalation(flow, below)
        waiting = model.tiers[tier].waiting
        touches = 1 / (1 - waiting.share) if waiting else 1.0
        total += reaching * touches * flow.work[tier].mean_h
    return total * model.volume


def capacity_h(team: Team) -> float:
    """Hours a team can put into tickets in a week, on average."""
    hours = sum(shift.people * shift.length_h for shift in team.shifts)
    return hours * team.pace * (1 - team.absence) * staying(team.turnover)


def staying(turnover: Turnover | None) -> float:
    """The share of a place's output that is left with people coming and going: renewal-reward."""
    if turnover is None or turnover.leaves_per_year == 0:
        return 1.0
    leaves = turnover.leaves_per_year
    learning = 1 - math.exp(-leaves * turnover.ramp_days / 365)
    lost = (1 - turnover.start_productivity) * learning
    return (1 - lost) / (1 + leaves * turnover.vacancy_days / 365)


def _overloads(model: Model) -> Iterator[str]:
    for at, tier in enumerate(model.tiers):
        skills = sorted({f.skill for f in model.flows if offered_h(model, at, [f.skill]) > 0})
        sizes = range(len(skills), 0, -1) if len(skills) <= 8 else (len(skills), 1)
        for some in (each for size in sizes for each in combinations(skills, size)):
            load = offered_h(model, at, some)
            able = sum(
                capacity_h(team) for team in tier.teams if any(takes(team, skill) for skill in some)
            )
            if load >= able:
                yield _overload(tier.name, some if len(some) < len(skills) else (), load, able)
                break


def _overload(tier: str, skills: tuple[str, ...], load: float, able: float) -> str:
    where = f"{tier} ({', '.join(skills)})" if any(skills) else tier
    return gettext(
        "%(where)s gets %(load)s hours of work a week and can do %(able)s: the backlog would grow"
        " for ever. Add people, or lower the volume or the work per ticket."
    ) % {"where": where, "load": f"{load:,.1f}", "able": f"{able:,.1f}"}


def _complaints(model: Model, weeks: float) -> Iterator[str]:
    if not model.priorities or not model.tiers or not model.flows:
        yield gettext("A simulation needs at least one priority, one tier and one flow of tickets.")
        return
    for name, value in _numbers(model):
        if not math.isfinite(value) or value < 0:
            yield gettext("%(name)s is %(value)s; it wants a number of 0 or more.") % {
                "name": name,
                "value": f"{value:g}",
            }
            return
    if bad := [*_bad_shares(model), *_bad_shifts(model)]:
        yield from bad
        return
    yield from _bad_flows(model)
    for priority in model.priorities:
        yield from _bad_hours(priority.name, priority.hours)
    expected = sum(flow.per_week for flow in model.flows) * model.volume * weeks
    if expected > MOST_TICKETS:
        yield gettext(
            "%(count)s tickets in one run are too many to play through one by one; at most"
            " %(most)s. Is the number of tickets meant per year? Else simulate fewer weeks."
        ) % {"count": f"{expected:,.0f}", "most": f"{MOST_TICKETS:,}"}


def _numbers(model: Model) -> Iterator[tuple[str, float]]:
    yield "volume", model.volume
    yield "unsteady", model.unsteady
    for priority in model.priorities:
        yield f"{priority.name}: first response", priority.first_response_h or 0.0
        yield f"{priority.name}: resolution", priority.resolution_h or 0.0
    for flow in model.flows:
        for rate in flow.per_hour:
            yield f"{flow.name}: tickets per hour", rate
        for work in flow.work:
            yield f"{flow.name}: work", work.mean_h
            yield f"{flow.name}: spread of the work", work.cv
    for _tier, team in model.teams:
        yield f"{team.name}: pace", team.pace
        for shift in team.shifts:
            yield f"{team.name}: start of a shift", shift.starts_h
            yield f"{team.name}: length of a shift", shift.length_h
            yield f"{team.name}: people", float(shift.people)
        if team.turnover:
            yield f"{team.name}: leaves per year", team.turnover.leaves_per_year
            yield f"{team.name}: vacancy", team.turnover.vacancy_days
            yield f"{team.name}: ramp", team.turnover.ramp_days
    for tier in model.tiers:
        if tier.waiting:
            yield f"{tier.name}: waiting", tier.waiting.mean_h


def _bad_shares(model: Model) -> Iterator[str]:
    shares = [(f"{tier.name}: escalates", tier.escalates, 1.0) for tier in model.tiers]
    shares += [(f"{f.name}: escalates", share, 1.0) for f in model.flows for share in f.escalates]
    shares += [
        (f"{tier.name}: waiting", tier.waiting.share, 0.95) for tier in model.tiers if tier.waiting
    ]
    shares += [(f"{team.name}: absence", team.absence, 0.95) for _at, team in model.teams]
    shares += [
        (f"{team.name}: start productivity", team.turnover.start_productivity, 1.0)
        for _at, team in model.teams
        if team.turnover
    ]
    for name, share, most in shares:
        if not 0 <= share <= most:
            yield gettext("%(name)s is %(share)s; it wants a share from 0 to %(most)s.") % {
                "name": name,
                "share": f"{share:g}",
                "most": f"{most:g}",
            }


def _bad_shifts(model: Model) -> Iterator[str]:
    for tier in model.tiers:
        if not tier.teams:
            yield gettext("%(tier)s has no team; give it one, or leave the tier out.") % {
                "tier": tier.name
            }
    for _at, team in model.teams:
        if team.pace <= 0:
            yield gettext("%(team)s has a pace of 0; it wants a share over 0.") % {
                "team": team.name
            }
        for shift in team.shifts:
            if not 0 <= shift.starts_h < WEEK_H or not 0 < shift.length_h <= WEEK_H:
                yield gettext(
                    "%(team)s has a shift of %(length)s hours from hour %(start)s of the week; a"
                    " week has the hours 0 to 168."
                ) % {
                    "team": team.name,
                    "length": f"{shift.length_h:g}",
                    "start": f"{shift.starts_h:g}",
                }
    names = [team.name for _at, team in model.teams]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield gettext("Two teams are called %(name)s; give each its own name.") % {"name": name}


def _bad_flows(model: Model) -> Iterator[str]:
    tiers = len(model.tiers)
    for flow in model.flows:
        if len(flow.per_hour) != WEEK_H:
            yield gettext(
                "%(flow)s has %(count)s rates; it wants one for each of the 168 hours of a week."
            ) % {"flow": flow.name, "count": len(flow.per_hour)}
        if len(flow.work) != tiers or (flow.escalates and len(flow.escalates) != tiers - 1):
            yield gettext(
                "%(flow)s wants the work of each of the %(tiers)s tiers, and the share escalated by"
                " each but the last."
            ) % {"flow": flow.name, "tiers": tiers}
            continue
        if not 0 <= flow.priority < len(model.priorities) or not 0 <= flow.enters < tiers:
            yield gettext("%(flow)s has a priority or a tier that does not exist.") % {
                "flow": flow.name
            }
            continue
        for at in range(flow.enters, tiers):
            if offered_h(replace(model, flows=(flow,)), at) > 0 and not any(
                takes(team, flow.skill) for team in model.tiers[at].teams
            ):
                yield gettext(
                    "%(flow)s asks for %(skill)s, which nobody in %(tier)s has; give the skill to"
                    " a team."
                ) % {"flow": flow.name, "skill": flow.skill, "tier": model.tiers[at].name}
    if all(flow.per_week == 0 for flow in model.flows):
        yield gettext("No tickets arrive; give a number of tickets over 0.")


def _bad_hours(name: str, hours: Hours) -> Iterator[str]:
    edges = [edge for window in hours.windows for edge in window]
    if not edges or edges != sorted(edges) or edges[0] < 0 or edges[-1] > WEEK_H:
        yield gettext(
            "The hours of %(name)s want windows in order, apart, between hour 0 and 168."
        ) % {"name": name}
