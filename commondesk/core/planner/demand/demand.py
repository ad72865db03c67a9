"""The work that comes to a desk in a usual week, as typed or as measured.

Hours of the week run from Monday 00:00 (0) to Sunday 24:00 (168) in the time of the desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ..queueing.business_queue import Stretch
from ..queueing.limits import NonsenseError
from ..simulation.model import DAY_H, WEEK_H, Hours

WEEKS_OF_A_MONTH = 365.25 / 7 / 12
_BLOCK_H = 2.0
"""Measured arrivals are held even within so many open hours."""


@dataclass(frozen=True, slots=True)
class TierWork:
    """The hours of an agent that a ticket takes at a tier, and the share that it passes on."""

    name: str
    work: float
    escalates: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """After a touch this share of tickets waits on somebody else, so many hours in the mean."""

    share: float
    hours: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Tickets of a usual week and the work in them.

    per_hour holds what arrives in each of the 168 hours; without it, closed_share of the tickets
    arrive while the desk is closed, before Monday's opening monday_weight times as many as before
    another day's. cv is how much work varies: 1 as exponential times do. patience, in hours, is for
    live channels only. unsteady is the spread of the weekly volume beyond chance.
    """

    tickets_a_week: float
    tiers: tuple[TierWork, ...]
    closed_share: float = 0.0
    monday_weight: float = 2.0
    per_hour: tuple[float, ...] | None = None
    cv: float = 1.0
    patience: float | None = None
    waiting: Waiting | None = None
    unsteady: float = 0.0
    source: str = ""

    @property
    def work(self) -> float:
        """Hours of an agent that a ticket takes where it comes in."""
        return self.tiers[0].work

    def hourly(self, hours: Hours) -> tuple[float, ...]:
        """Tickets expected in each of the 168 hours of the week."""
        if self.per_hour is not None:
            return self.per_hour
        found = [0.0] * int(WEEK_H)
        for stretch in _windows(self, hours):
            for start, end, tickets in stretch:
                _spread(found, start, end, tickets)
        return tuple(found)

    def grown(self, factor: float) -> Demand:
        """The same demand with more or fewer tickets: 1.3 is 30 % more."""
        hourly = self.per_hour and tuple(each * factor for each in self.per_hour)
        return replace(self, tickets_a_week=self.tickets_a_week * factor, per_hour=hourly)


def of_month(tickets: float) -> float:
    """Tickets a week of so many a month."""
    return tickets / WEEKS_OF_A_MONTH


def stretches(demand: Demand, duty: Sequence[tuple[float, float, int]]) -> tuple[Stretch, ...]:
    """The open week as the business-clock queue reads it, from who is on duty from when to when.

    What arrives between two windows stands at the door as the next one opens.
    """
    windows = joined((start, end) for start, end, _ in duty)
    hourly = _Arrivals(demand.hourly(Hours(windows)))
    found: list[Stretch] = []
    closed_at = windows[-1][1] - WEEK_H
    for opens, closes in windows:
        batch = hourly.between(closed_at, opens)
        for start, end, agents in duty:
            if opens <= start and end <= closes:
                for at, to in _blocks(start, end, demand.per_hour is not None):
                    rate = hourly.between(at, to) / (to - at)
                    found.append(Stretch(to - at, rate, agents, batch))
                    batch = 0.0
        closed_at = closes
    return tuple(found)


def joined(windows: Iterator[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Windows in order, those that touch made one. Raises NonsenseError without any."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1] + 1e-9:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    if not found:
        raise NonsenseError("hours: the desk is never open; give it hours, such as mon-fri 9-17")
    return tuple(found)


class _Arrivals:
    """How many are expected between two hours, begun in the week before if need be."""

    def __init__(self, hourly: Sequence[float]) -> None:
        self._hourly = hourly
        self._before = [0.0]
        for each in hourly:
            self._before.append(self._before[-1] + each)

    def between(self, start: float, end: float) -> float:
        return self._until(end) - self._until(start)

    def _until(self, at: float) -> float:
        weeks, rest = divmod(at, WEEK_H)
        hour = min(int(rest), len(self._hourly) - 1)
        inside = self._before[hour] + self._hourly[hour] * (rest - hour)
        return weeks * self._before[-1] + inside


def _blocks(start: float, end: float, is_measured: bool) -> Iterator[tuple[float, float]]:
    pieces = max(1, ceil((end - start) / _BLOCK_H - 1e-9)) if is_measured else 1
    length = (end - start) / pieces
    for piece in range(pieces):
        yield start + piece * length, start + (piece + 1) * length


def _windows(demand: Demand, hours: Hours) -> Iterator[list[tuple[float, float, float]]]:
    """Of each window: the closed time before it and itself, with the tickets of both."""
    windows = joined(iter(hours.windows))
    closed = sum(
        start - end
        for (start, _), end in zip(
            windows, [windows[-1][1] - WEEK_H, *(end for _, end in windows[:-1])], strict=True
        )
    )
    share = demand.closed_share if closed > 1e-9 else 0.0
    weights = [demand.monday_weight if start < DAY_H else 1.0 for start, _ in windows]
    total = sum(weights)
    per_hour = demand.tickets_a_week * (1 - share) / sum(end - start for start, end in windows)
    closed_at = windows[-1][1] - WEEK_H
    for (start, end), weight in zip(windows, weights, strict=True):
        parts = [(start, end, per_hour * (end - start))]
        if start > closed_at + 1e-9:
            parts.insert(0, (closed_at, start, demand.tickets_a_week * share * weight / total))
        yield parts
        closed_at = end


def _spread(hourly: list[float], start: float, end: float, tickets: float) -> None:
    """Spread tickets evenly from start to end; hours below 0 are of the week's end."""
    at = start
    while at < end - 1e-12:
        to = min(end, float(int(at // 1) + 1))
        hourly[int(at // 1) % int(WEEK_H)] += tickets * (to - at) / (end - start)
        at = to
