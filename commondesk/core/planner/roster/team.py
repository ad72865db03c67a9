"""A team by name: who works which shift on which day, and the fewest people who could."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import inf

from ...texts import gettext
from .columns import Pattern, Region, UnusableRoster
from .duties import Duty, of_named
from .named import LIMIT_S, NamedRoster, Need, Person, RosterTask, ShiftKind, Wish, assign
from .rotation import Rotation, smallest_team
from .rules import NONE, LabourRules, objection

DAYS = 7


@dataclass(frozen=True, slots=True)
class Seats:
    """People needed in a shift on some days of every week (0 is Monday)."""

    shift: str
    people: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TeamQuestion:
    """Who is to work when. week begins on a Monday; hours_a_week are the most of everybody who has
    none of their own. Without people the fewest who can are sought."""

    week: date
    weeks: int
    region: Region
    role: str
    shifts: tuple[ShiftKind, ...]
    needed: tuple[Seats, ...]
    people: tuple[Person, ...] = ()
    wishes: tuple[Wish, ...] = ()
    rules: LabourRules = NONE
    hours_a_week: float = 40.0
    fair: float = 0.0
    limit_s: float = LIMIT_S


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """The answer: the fewest people with weeks that repeat, and the roster of those who are named;
    of nobody named, that of the fewest."""

    question: TeamQuestion
    smallest: Rotation
    roster: NamedRoster

    @property
    def duties(self) -> tuple[Duty, ...]:
        """The shifts of everybody, for a calendar or a table."""
        asked = self.question
        return of_named(
            self.roster, asked.shifts, week=asked.week, role=asked.role, region=asked.region
        )


def planned(question: TeamQuestion) -> TeamPlan:
    """Who works when. Raises UnusableRoster."""
    rules = replace(
        question.rules,
        most_week_h=min(question.hours_a_week, question.rules.most_week_h or inf),
    )
    _check(question, rules)
    smallest = smallest_team(question.shifts, seats_of(question), rules, limit_s=question.limit_s)
    if not question.people:
        return TeamPlan(question, smallest, _repeated(question, smallest))
    needs = tuple(
        Need(7 * ahead + day, shift, people)
        for ahead in range(question.weeks)
        for (day, shift), people in seats_of(question).items()
    )
    task = RosterTask(
        DAYS * question.weeks,
        question.shifts,
        question.people,
        needs,
        question.wishes,
        question.fair,
    )
    return TeamPlan(question, smallest, assign(task, limit_s=question.limit_s))


def _check(question: TeamQuestion, rules: LabourRules) -> None:
    """Raises UnusableRoster for shifts that nobody may work, and where nobody is needed."""
    if not seats_of(question):
        raise UnusableRoster(gettext("Nobody is needed at any hour; give the seats that are."))
    for each in question.shifts:
        why = objection(Pattern(each.name, 1, each.hours), each.starts, rules)
        if why:
            raise UnusableRoster(
                gettext("The shift %(shift)s breaks the rules of %(rules)s: %(why)s.")
                % {"shift": each.name, "rules": rules.name, "why": why}
            )


def seats_of(question: TeamQuestion) -> Mapping[tuple[int, str], int]:
    """People needed in each (day, shift) of a week; where two say it, the more count."""
    found: dict[tuple[int, str], int] = {}
    for each in question.needed:
        for day in each.days:
            found[day, each.shift] = max(each.people, found.get((day, each.shift), 0))
    return found


def _repeated(question: TeamQuestion, smallest: Rotation) -> NamedRoster:
    """The weeks of the fewest people, again and again; people are numbered."""
    ways = {
        f"{question.role} {number}": week * question.weeks
        for number, week in enumerate(smallest.weeks, 1)
    }
    return NamedRoster(DAYS * question.weeks, ways, 0.0, 0.0, (), (), "")
