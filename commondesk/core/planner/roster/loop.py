"""Cover, simulate, raise what is needed where a promise fails, and again, until it holds.

A cover only counts seats; whether promises hold with work carried from hour to hour is known once
the shifts are played through. So seats are added where tickets wait longest, and covered anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...texts import gettext
from ..simulation.model import WEEK_H, Model, Overloaded, Shift
from ..simulation.run import Outcome, run
from .columns import UnusableRoster, columns_of
from .cover import Cover, cover
from .question import RosterQuestion, seats_needed
from .rules import allowed

MOST_ROUNDS = 12
_WORST = 0.75
"""Seats are added to the hours with at least so much of the longest line for each seat."""


@dataclass(frozen=True, slots=True)
class Round:
    """One cover and how it fared; outcome None means the people could not keep up."""

    cover: Cover
    outcome: Outcome | None

    def least(self) -> float:
        """The least share in time of all promises; 0 where people cannot keep up."""
        if self.outcome is None:
            return 0.0
        shares = [
            reached.attained.value
            for priority in self.outcome.figures.priorities
            for reached in (priority.first_response, priority.resolution)
        ]
        return min((share for share in shares if share is not None), default=1.0)


@dataclass(frozen=True, slots=True)
class Held:
    """The rounds in order; is_met says whether the last one holds the promises."""

    rounds: tuple[Round, ...]
    is_met: bool


def until_held(
    question: RosterQuestion,
    model: Model,
    teams: Mapping[str, str],
    *,
    share: float = 0.9,
    weeks: int = 13,
    seed: int = 1,
    most_rounds: int = MOST_ROUNDS,
) -> Held:
    """Cover until every promise of the model is held for a share of its tickets.

    teams says which team of the model each role is; the hours of the model are UTC. The shifts of
    those teams are replaced by the cover's. Raises UnusableRoster, UnusableModel."""
    known = {team.name for _tier, team in model.teams}
    if missing := [name for name in teams.values() if name not in known]:
        raise UnusableRoster(
            gettext("%(team)s is no team of the simulation.") % {"team": missing[0]}
        )
    patterns, _left_out = allowed(question.patterns, question.rules)
    columns = columns_of(
        question.regions, question.posts, patterns, week=question.week, slot_h=question.slot_h
    )
    caps = {each.name: each.hire_cap for each in question.regions if each.hire_cap is not None}
    needed = {role: list(seats) for role, seats in seats_needed(question).items()}
    rounds: list[Round] = []
    for _round in range(most_rounds):
        found = cover(
            columns,
            needed,
            slot_h=question.slot_h,
            uncovered_price=question.uncovered_price,
            caps=caps,
            limit_s=question.limit_s,
        )
        staffed = with_shifts(model, found, teams)
        try:
            outcome = run(staffed, weeks=weeks, seed=seed)
        except Overloaded:
            outcome = None
        rounds.append(Round(found, outcome))
        if rounds[-1].least() >= share:
            return Held(tuple(rounds), True)
        for role in teams:
            _raise(needed[role], found.seats(role), outcome, question.slot_h)
    return Held(tuple(rounds), False)


def with_shifts(model: Model, found: Cover, teams: Mapping[str, str]) -> Model:
    """The model with the people of a cover in its teams."""
    shifts = {team: _shifts(found.seats(role), found.slot_h) for role, team in teams.items()}
    return replace(
        model,
        tiers=tuple(
            replace(
                tier,
                teams=tuple(
                    replace(team, shifts=shifts.get(team.name, team.shifts)) for team in tier.teams
                ),
            )
            for tier in model.tiers
        ),
    )


def _shifts(seats: tuple[int, ...], slot_h: float) -> tuple[Shift, ...]:
    """The seats of each slot as shifts: stretches of slots with as many people each."""
    found: list[Shift] = []
    start = 0
    for slot in range(1, len(seats) + 1):
        if slot == len(seats) or seats[slot] != seats[start]:
            if seats[start]:
                found.append(Shift(start * slot_h, (slot - start) * slot_h, seats[start]))
            start = slot
    return tuple(found)


def _raise(
    needed: list[float], there: tuple[int, ...], outcome: Outcome | None, slot_h: float
) -> None:
    """One seat more where most tickets wait for each seat; where people cannot keep up, in every
    slot that is needed at all."""
    if outcome is None:
        for slot, seats in enumerate(needed):
            if seats > 0:
                needed[slot] = max(seats, there[slot]) + 1
        return
    per_seat = [
        outcome.figures.unanswered_by_hour[int(slot * slot_h) % int(WEEK_H)] / max(1, there[slot])
        if seats > 0
        else 0.0
        for slot, seats in enumerate(needed)
    ]
    worst = max(per_seat)
    for slot, waiting in enumerate(per_seat):
        if waiting > 0 and waiting >= _WORST * worst:
            needed[slot] = max(needed[slot], there[slot]) + 1
