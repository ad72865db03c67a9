"""Ticket work with priorities, tiers, waits or uneven work: played through, ticket by ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...texts import gettext
from ..queueing.limits import NonsenseError
from ..simulation.figures import Interval, Reached
from ..simulation.model import (
    Flow,
    Model,
    Overloaded,
    Priority,
    Shape,
    Shift,
    Tier,
    UnusableModel,
    Waiting,
    Work,
    sick_day,
    with_volume,
)
from ..simulation.model import Team as Crew
from ..simulation.run import LEAST_RUNS, Outcome, run
from .level import (
    USUAL,
    Attained,
    Change,
    EngineName,
    Level,
    Points,
    Share,
    Team,
    agent_hours,
    duty_of,
    tier_hours,
)
from .question import Question


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is played: runs of so many weeks, after a warm-up; the seed makes it repeatable."""

    runs: int = LEAST_RUNS
    weeks: int = 26
    warm_up: int = 4
    seed: int = 1


MOST_PLAYED = 600_000
"""Tickets of all runs of one team: of a large desk fewer weeks are played, which tell as much."""
MOST_A_WEEK = 25_000
"""More than so many a week would take minutes."""
_FEWEST_WEEKS, _SHORT_WARM_UP = 4, 2
_BEHIND = 2
"""Weeks that are played behind the last one counted."""


def effort_for(question: Question) -> Effort:
    """The usual effort, with fewer weeks where so many tickets come that these tell enough."""
    usual = Effort()
    played = usual.runs * max(question.demand.tickets_a_week, 1e-9)
    if played * (usual.warm_up + usual.weeks + _BEHIND) <= MOST_PLAYED:
        return usual
    weeks = int(MOST_PLAYED / played) - _SHORT_WARM_UP - _BEHIND
    weeks = min(usual.weeks, max(_FEWEST_WEEKS, weeks))
    return replace(usual, weeks=weeks, warm_up=_SHORT_WARM_UP)


class SimulatedEngine:
    """Every tier is a team on the desk's hours; priorities go first, nobody is interrupted."""

    name = EngineName.SIMULATION

    def __init__(self, question: Question, why: tuple[str, ...], effort: Effort) -> None:
        self.question = question
        self.why = why
        self.effort = effort
        self._known: dict[tuple[Team, Change], Level] = {}

    @property
    def reason(self) -> str:
        return gettext("Played through ticket by ticket, as %(why)s.") % {
            "why": gettext(" and ").join(self.why)
        }

    def level(self, team: Team, change: Change = USUAL) -> Level:
        """The week of a team."""
        key = (team, change)
        if key not in self._known:
            self._known[key] = self._played(team, change)
        return self._known[key]

    def likely(self, change: Change) -> int:
        """No guess: the search begins with the work alone."""
        return 0

    def backlog(self, team: Team) -> Points:
        """Tickets not yet resolved as each hour of a usual week begins."""
        return self.level(team).backlog

    def _played(self, team: Team, change: Change) -> Level:
        demand = self.question.demand
        able = [
            agent_hours(duty_of(self.question.hours_of(tier), number))
            for tier, number in enumerate(team)
        ]
        able[0] -= change.missing
        needed = [each * change.volume for each in tier_hours(demand)]
        busy = tuple(
            need / have if have > 0 else float("inf")
            for need, have in zip(needed, able, strict=True)
        )
        model = with_volume(self.model(team, change), change.volume)
        if change.is_sick_monday:
            model = sick_day(model, demand.tiers[0].name)
        effort = self.effort
        try:
            outcome = run(
                model,
                runs=effort.runs,
                weeks=effort.weeks,
                warm_up=effort.warm_up,
                seed=effort.seed,
            )
        except Overloaded:
            most = max(
                (need - have) / tier.work
                for need, have, tier in zip(needed, able, demand.tiers, strict=True)
            )
            return Level(team, busy, growing=max(most, 0.0) + 1e-9)
        except UnusableModel as wrong:
            raise NonsenseError(str(wrong)) from None
        return self._level(team, busy, outcome)

    def _level(self, team: Team, busy: tuple[float, ...], outcome: Outcome) -> Level:
        figures = outcome.figures
        waits = tuple(tier.wait_h.value or 0.0 for tier in figures.tiers)
        return Level(
            team,
            busy,
            tuple(
                Attained(told.name, _share(told.first_response), _share(told.resolution))
                for told in figures.priorities
            ),
            figures.overall.first_response.mean_h.value,
            waits,
            tuple((float(hour), each) for hour, each in enumerate(figures.open_by_hour)),
            notes=(outcome.note,) if outcome.note else (),
        )

    def model(self, team: Team, change: Change = USUAL) -> Model:
        """The desk as the simulation wants it described."""
        demand, hours = self.question.demand, self.question.hours
        shape = Shape.EXPONENTIAL if demand.cv == 1.0 else Shape.LOG_NORMAL
        work = tuple(Work(tier.work, shape, demand.cv) for tier in demand.tiers)
        hourly = demand.hourly(hours)
        promises = self.question.promises
        total = sum(each.share_of_tickets for each in promises)
        waits = demand.waiting
        waiting = Waiting(waits.share, waits.hours, hours) if waits else None
        return Model(
            tuple(
                Priority(each.name or "tickets", each.first_response, each.resolution, hours)
                for each in promises
            ),
            tuple(
                Tier(
                    tier.name,
                    (Crew(tier.name, self._shifts(at, number, change if at == 0 else USUAL)),),
                    tier.escalates if at < len(demand.tiers) - 1 else 0.0,
                    waiting,
                )
                for at, (tier, number) in enumerate(zip(demand.tiers, team, strict=True))
            ),
            tuple(
                Flow(
                    each.name or "tickets",
                    tuple(rate * each.share_of_tickets / total for rate in hourly),
                    work,
                    at,
                )
                for at, each in enumerate(promises)
            ),
            unsteady=demand.unsteady,
        )

    def _shifts(self, tier: int, agents: int, change: Change) -> tuple[Shift, ...]:
        duty = duty_of(self.question.hours_of(tier), agents, Change(missing=change.missing))
        return tuple(Shift(start, end - start, number) for start, end, number in duty)


def _share(reached: Reached) -> Share | None:
    attained: Interval = reached.attained
    if attained.value is None:
        return None
    return Share(attained.value, attained.low, attained.high)
