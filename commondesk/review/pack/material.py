"""Material: all that the figures of a pack are made from, and the period it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from commondesk.core.metrics.facts import Facts, TicketFacts
from commondesk.core.metrics.figure import Period
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR, Instant, datetime_of, instant_of
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.rows import Row
from commondesk.review.pack.terms import Terms

THIN = 0.1
"""Days with less than this share of a full day's tickets, at either end, are a thin edge. Half of
all tickets come on days as full as a full day, or fuller."""


@dataclass(frozen=True)
class Window:
    """The days in which the export holds what was opened; outside lies a thin edge, if any."""

    first: date
    last: date
    outside: int


@dataclass(frozen=True)
class Material:
    """An export that was read and worked out."""

    exhibit: Exhibit
    terms: Terms
    rows: Sequence[Row]
    facts: Facts

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the export's clock."""
        return self.exhibit.zone

    @property
    def at(self) -> Instant:
        """The instant at which everything is read: the last that the export tells of."""
        return self.facts.at

    @cached_property
    def period(self) -> Period:
        """From the first opening to the end of the last day."""
        first = self.rows[0].opened_at if self.rows else self.at
        return Period(self.midnight(self.day(first)), self.midnight(self.day(self.at), days=1))

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each ticket by its stream."""
        return {row.stream: place for place, row in enumerate(self.rows)}

    @cached_property
    def told(self) -> dict[str, TicketFacts]:
        """The facts of each ticket by its stream; what went into another has none."""
        return {each.ticket: each for each in self.facts.tickets}

    @cached_property
    def has_messages(self) -> bool:
        """Whether the export tells what was said."""
        return any(row.has_messages for row in self.rows)

    @property
    def judged(self) -> tuple[ClockName, ...]:
        """The clocks that this export lets us judge.

        Without messages nobody knows of answers, without restore steps of services restored.
        """
        if not self.terms.has_targets:
            return ()
        spoken = (ClockName.RESPONSE, ClockName.NEXT_REPLY) if self.has_messages else ()
        restored = (ClockName.RESTORE,) if any(row.is_restored for row in self.rows) else ()
        return (ClockName.RESOLUTION, *spoken, *restored)

    @cached_property
    def window(self) -> Window:
        """The days that hold what was opened, without thin edges."""
        days = sorted(self.day(row.opened_at) for row in self.rows)
        if not days:
            today = self.day(self.at)
            return Window(today, today, 0)
        counts = Counter(days)
        full, so_far = 0, 0
        for full in sorted(counts.values(), reverse=True):
            so_far += full
            if 2 * so_far >= len(days):
                break
        thick = [each for each, count in counts.items() if count >= THIN * full]
        first, last = min(thick), max(thick)
        outside = sum(not first <= each <= last for each in days)
        return Window(first, last, outside)

    def local(self, at: Instant) -> datetime:
        """An instant as the export's clock showed it, to the hour."""
        hour = at // HOUR
        if hour not in self._hours:
            self._hours[hour] = datetime_of(hour * HOUR).astimezone(self.zone)
        return self._hours[hour]

    @cached_property
    def _hours(self) -> dict[int, datetime]:
        return {}

    def day(self, at: Instant) -> date:
        """The day of an instant on the export's clock."""
        return self.local(at).date()

    @cached_property
    def months(self) -> list[str]:
        """The month in which each ticket was opened, as `2016-03`."""
        return [f"{self.local(row.opened_at):%Y-%m}" for row in self.rows]

    def midnight(self, day: date, days: int = 0) -> Instant:
        """When that day, or one some days later, began."""
        later = day + timedelta(days=days)
        return instant_of(datetime(later.year, later.month, later.day, tzinfo=self.zone))

    def only(self, places: Iterable[int]) -> Facts:
        """The facts of the tickets at these places alone."""
        wanted = {self.rows[place].stream for place in places}
        return replace(
            self.facts,
            tickets=[each for each in self.facts.tickets if each.ticket in wanted],
            outcomes=[each for each in self.facts.outcomes if each.ticket in wanted],
        )


def listed(values: Iterable[str]) -> list[str]:
    """Each value once, in the order in which they first come."""
    return list(dict.fromkeys(values))
