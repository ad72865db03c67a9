"""Ticket work as one line, with targets in business hours: the business-clock queue."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from ...texts import gettext
from ..demand.demand import joined, stretches
from ..queueing.business_queue import (
    BusinessQueue,
    business_queue,
    likely_agents,
    single_week,
)
from ..simulation.model import WEEK_H
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


class LineEngine:
    """One tier, all tickets alike, first come first."""

    name = EngineName.BUSINESS_CLOCK

    def __init__(self, question: Question) -> None:
        self.question = question
        self._usual: dict[Team, BusinessQueue] = {}
        self._known: dict[tuple[Team, Change], Level] = {}

    @property
    def reason(self) -> str:
        return gettext(
            "One line of tickets with targets in working hours: the business-clock queue counts"
            " what waits at the door each morning, which Erlang C does not."
        )

    def level(self, team: Team, change: Change = USUAL) -> Level:
        """The week of a team."""
        if (team, change) not in self._known:
            self._known[team, change] = self._worked_out(team, change)
        return self._known[team, change]

    def _worked_out(self, team: Team, change: Change) -> Level:
        demand = self.question.demand
        if change.volume != 1.0:
            demand = demand.grown(change.volume)
        duty = duty_of(self.question.hours, team[0], change)
        hours, able = tier_hours(demand)[0], agent_hours(duty)
        if not change.is_sick_monday and hours >= able * (1 - 1e-6):
            busy = hours / able if able else float("inf")
            return Level(team, (busy,), growing=(hours - able) / demand.work + 1e-9)
        week = stretches(demand, duty)
        if change.is_sick_monday:
            found = single_week(self.queue(team), week)
        elif change == USUAL:
            found = self.queue(team)
        else:
            found = business_queue(week, demand.work, demand.cv)
        return Level(
            team,
            (hours / able,),
            self._attained(found),
            found.mean_wait,
            (found.mean_wait,),
        )

    def backlog(self, team: Team) -> Points:
        """Tickets present as each hour of the week begins, those that came while closed too."""
        windows = joined(iter(self.question.hours.windows))
        hourly = self.question.demand.hourly(self.question.hours)
        points: list[float] = [0.0] * len(hourly)
        course = self.queue(team).course()
        opened = 0.0
        for start, end in windows:
            for hour in range(ceil(start - 1e-9), ceil(end - 1e-9)):
                points[hour % len(points)] = _at(course, opened + hour - start)
            opened += end - start
            present = _before_batch(course, opened)
            for hour in _closed_after(end, windows):
                points[hour % len(points)] = present
                present += hourly[hour % len(points)]
        return tuple((float(hour), present) for hour, present in enumerate(points))

    def likely(self, change: Change) -> int:
        """The agents with whom a search begins."""
        first = [each.first_response for each in self.question.promises]
        target = min((each for each in first if each is not None), default=None)
        if target is None:
            return 0
        demand = self.question.demand.grown(change.volume)
        week = stretches(demand, duty_of(self.question.hours, 1))
        return likely_agents(week, demand.work, target, self.question.share)

    def queue(self, team: Team) -> BusinessQueue:
        """The queue of a usual week. Raises OverloadError."""
        if team not in self._usual:
            week = stretches(self.question.demand, duty_of(self.question.hours, team[0]))
            demand = self.question.demand
            self._usual[team] = business_queue(week, demand.work, demand.cv)
        return self._usual[team]

    def _attained(self, found: BusinessQueue) -> tuple[Attained, ...]:
        return tuple(
            Attained(
                each.name,
                None
                if each.first_response is None
                else Share(found.started_within(each.first_response)),
                None if each.resolution is None else Share(found.finished_within(each.resolution)),
            )
            for each in self.question.promises
        )


def _closed_after(end: float, windows: Sequence[tuple[float, float]]) -> range:
    """The hours from a closing until the next opening, perhaps of the next week."""
    following = [start for start, _ in windows if start >= end - 1e-9]
    opens = following[0] if following else windows[0][0] + WEEK_H
    return range(ceil(end - 1e-9), ceil(opens - 1e-9))


def _at(course: Sequence[tuple[float, float]], offset: float) -> float:
    """On the course, straight between two points; behind the batch where one comes."""
    last = course[0]
    for point in course:
        if point[0] > offset + 1e-9:
            share = (offset - last[0]) / (point[0] - last[0])
            return last[1] + share * (point[1] - last[1])
        last = point
    return last[1]


def _before_batch(course: Sequence[tuple[float, float]], offset: float) -> float:
    """What is left as the doors close: the first point of that open hour."""
    return next(present for at, present in course if at > offset - 1e-6)
