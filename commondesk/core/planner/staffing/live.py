"""Live calls and chats: Erlang A where callers hang up, Erlang C where patience is not known."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from ...texts import gettext
from ..queueing.abandonment import impatient_queue
from ..queueing.erlang import queue
from ..simulation.model import WEEK_H
from .level import (
    USUAL,
    Attained,
    Change,
    Duty,
    EngineName,
    Level,
    Points,
    Share,
    Team,
    agent_hours,
    duty_of,
)
from .question import Question


class LiveEngine:
    """Each open hour is a queue of its own, in its steady state: live work carries nothing on."""

    def __init__(self, question: Question) -> None:
        self.question = question
        has_patience = question.demand.patience is not None
        self.name = EngineName.ERLANG_A if has_patience else EngineName.ERLANG_C

    @property
    def reason(self) -> str:
        if self.name is EngineName.ERLANG_A:
            return gettext(
                "Somebody is on the line and hangs up when it takes too long: Erlang A, hour by"
                " hour."
            )
        return gettext(
            "Somebody is on the line, and no patience is given: Erlang C, hour by hour. It is"
            " usually too gloomy; give the mean patience for a closer answer."
        )

    def level(self, team: Team, change: Change = USUAL) -> Level:
        """The week of a team."""
        demand, promises = self.question.demand, self.question.promises
        duty = duty_of(self.question.hours, team[0], change)
        met = [0.0] * len(promises)
        came = waited = served = handled = 0.0
        unstable = 0.0
        for _, length, rate, agents in self._hours(duty, change.volume):
            came += rate * length
            shares, wait, _, answered = self._hour(rate, agents)
            handled += answered * length
            if shares is None:
                unstable += max(rate - agents / demand.work, 0.0) * length
            else:
                met = [
                    total + share * rate * length for total, share in zip(met, shares, strict=True)
                ]
                waited += wait * rate * length
                served += rate * length
        able = agent_hours(duty)
        offered = came * demand.work / able if able else float("inf")
        if not able or (offered >= 1.0 and self.name is EngineName.ERLANG_C):
            return Level(team, (offered,), growing=max(unstable, came - able / demand.work) + 1e-9)
        busy = handled * demand.work / able
        attained = tuple(
            Attained(
                each.name,
                None if each.first_response is None else Share(total / came if came else 1.0),
                None,
            )
            for each, total in zip(promises, met, strict=True)
        )
        mean_wait = waited / served if served else 0.0
        notes = (self._unstable_note(),) if unstable else ()
        return Level(team, (busy,), attained, mean_wait, (mean_wait,), notes=notes)

    def likely(self, change: Change) -> int:
        """No guess: the search begins with the work alone."""
        return 0

    def backlog(self, team: Team) -> Points:
        """Callers waiting in each hour of the week, in the mean."""
        waiting = [0.0] * int(WEEK_H)
        for hour, _, rate, agents in self._hours(duty_of(self.question.hours, team[0]), 1.0):
            waiting[hour] = self._hour(rate, agents)[2]
        return tuple((float(hour), each) for hour, each in enumerate(waiting))

    def _unstable_note(self) -> str:
        return gettext(
            "In some hours more calls come than can be taken; their callers count as not answered"
            " in time."
        )

    def _hour(self, rate: float, agents: int) -> tuple[list[float] | None, float, float, float]:
        """Of one hour the shares in time, the mean wait, how many wait, the calls answered."""
        demand = self.question.demand
        targets = [each.first_response or 0.0 for each in self.question.promises]
        if rate <= 0:
            return [1.0] * len(targets), 0.0, 0.0, 0.0
        if agents == 0:
            return None, 0.0, 0.0, 0.0
        if demand.patience is not None:
            held = impatient_queue(rate, demand.work, demand.patience, agents)
            in_time = [held.answered_within(each) for each in targets]
            return in_time, held.mean_wait, held.mean_queue, rate * (1.0 - held.p_abandon)
        if rate * demand.work >= agents:
            return None, 0.0, 0.0, agents / demand.work
        found = queue(rate * demand.work, demand.work, agents)
        in_time = [found.within(each) for each in targets]
        return in_time, found.mean_wait, found.mean_queue, rate

    def _hours(self, duty: Duty, volume: float) -> Iterator[tuple[int, float, float, int]]:
        """Open hours: which of the week, length, arrivals an hour, agents."""
        hourly = self.question.demand.hourly(self.question.hours)
        for start, end, agents in duty:
            at = start
            while at < end - 1e-9:
                to = min(end, float(floor(at + 1e-9) + 1))
                hour = int(at + 1e-9) % len(hourly)
                yield hour, to - at, hourly[hour] * volume, agents
                at = to
