"""Arrivals: in which hours of the week tickets come, and how many of them outside covered hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ..record.instant import MINUTE, Instant, Span, datetime_of
from ..service_level.calendar import Calendar

STEP: Span = 15 * MINUTE
"""No zone is off by less: within a step all tickets lie in one hour of the week."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """counts by weekday (Monday first) and hour of the day; outside: beyond the covered hours.

    outside is None where no calendar says which hours are covered.
    """

    counts: tuple[tuple[int, ...], ...]
    outside: int | None

    @property
    def total(self) -> int:
        """How many tickets."""
        return sum(map(sum, self.counts))

    @property
    def most(self) -> tuple[int, int]:
        """The weekday and the hour with most of them, the first of several."""
        places = ((day, hour) for day in range(7) for hour in range(24))
        return max(
            places, key=lambda place: (self.counts[place[0]][place[1]], -place[0], -place[1])
        )


def arrivals_of(
    steps: Mapping[int, int], zone: ZoneInfo, calendar: Calendar | None = None
) -> Arrivals:
    """Arrivals by the hour of the week on the clock of a zone.

    steps: how many tickets were opened in each step, by its number (instant // STEP). A step counts
    as covered when the calendar is open where it begins.
    """
    counts = [[0] * 24 for _ in range(7)]
    outside = 0
    for step, count in steps.items():
        at: Instant = step * STEP
        local = datetime_of(at).astimezone(zone)
        counts[local.weekday()][local.hour] += count
        if calendar is not None and not calendar.is_open(at):
            outside += count
    return Arrivals(tuple(map(tuple, counts)), None if calendar is None else outside)
