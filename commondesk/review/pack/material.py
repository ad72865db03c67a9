"""Material: all that the figures of a pack are made from, and the period it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commondesk.core.metrics.figure import Period
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR, Instant, datetime_of, instant_of
from commondesk.core.service_level.clock import Verdict
from commondesk.engine.facts import EngineFacts
from commondesk.review.pack.counts import PackCounts
from commondesk.review.pack.curves import Spans
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.tables import Tables
from commondesk.review.pack.terms import Terms

if TYPE_CHECKING:
    import pyarrow as pa

THIN = 0.1
"""Days with less than this share of a full day's tickets, at either end, are a thin edge. Half of
all tickets come on days as full as a full day, or fuller."""
BY_PRIORITY, BY_MONTH = "priority", "month"
_UNTIMED = f"('{Verdict.LIVE.value}', '{Verdict.AFTER_THE_FACT.value}')"


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
    facts: EngineFacts

    @cached_property
    def tables(self) -> Tables:
        """The tickets and their facts."""
        return Tables(self.facts, self.exhibit.tickets, self.zone)

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
        (first,) = self.tables.row("SELECT MIN(opened_at) FROM pack.rows")
        begun = self.midnight(self.day(self.at if first is None else int(first)))
        period = Period(begun, self.midnight(self.day(self.at), days=1))
        self.facts.counted[period] = PackCounts(self.facts, period, tables=self.tables)
        return period

    @property
    def counts(self) -> PackCounts:
        """What the figures of the period count."""
        found = self.facts.counted[self.period]
        assert isinstance(found, PackCounts)
        return found

    @cached_property
    def has_messages(self) -> bool:
        """Whether the export tells what was said."""
        return self.tables.count("has_messages") > 0

    @property
    def judged(self) -> tuple[ClockName, ...]:
        """The clocks that this export lets us judge.

        Without messages nobody knows of answers, without restore steps of services restored.
        """
        if not self.terms.has_targets:
            return ()
        spoken = (ClockName.RESPONSE, ClockName.NEXT_REPLY) if self.has_messages else ()
        restored = (ClockName.RESTORE,) if self.tables.count("is_restored") else ()
        return (ClockName.RESOLUTION, *spoken, *restored)

    @cached_property
    def window(self) -> Window:
        """The days that hold what was opened, without thin edges."""
        counts: dict[date, int] = dict(
            self.tables.rows(
                "SELECT h.day, COUNT(*) FROM pack.rows r"
                " JOIN pack.hours h ON h.hour = r.opened_hour GROUP BY h.day"
            )
        )
        if not counts:
            today = self.day(self.at)
            return Window(today, today, 0)
        full, so_far, total = 0, 0, sum(counts.values())
        for full in sorted(counts.values(), reverse=True):
            so_far += full
            if 2 * so_far >= total:
                break
        thick = [each for each, count in counts.items() if count >= THIN * full]
        first, last = min(thick), max(thick)
        outside = sum(count for each, count in counts.items() if not first <= each <= last)
        return Window(first, last, outside)

    def values(self, by: str) -> list[str]:
        """The priorities, or the months of opening, that there are."""
        query = (
            f"SELECT DISTINCT {by} FROM pack.rows r"  # noqa: S608
            f" JOIN pack.hours h ON h.hour = r.opened_hour WHERE {by} <> '' ORDER BY 1"
        )
        return [value for (value,) in self.tables.rows(query)]

    @property
    def weeks(self) -> list[Instant]:
        """The beginnings of the whole weeks of the window, and the end of the last."""
        window = self.window
        count = max(1, ((window.last - window.first).days + 1) // 7)
        return [self.midnight(window.first, days=7 * each) for each in range(count + 1)]

    # lenses

    @property
    def usual(self) -> str:
        """The lens of the usual count."""
        return self.facts.scheme.usual

    @property
    def lived(self) -> str:
        """The lens of what people lived."""
        return self.facts.scheme.lived

    # units

    def told_by(self, lens: str) -> str:
        """The condition that a lens reads a unit so."""
        sets = self.facts.engine.sets_with(self.facts.scheme.mark_of(lens))
        return f"lenses IN ({', '.join(map(str, sets)) or '-1'})"

    def within(self, column: str) -> str:
        """The condition that an instant lies in the period."""
        return f"({column} >= {self.period.start} AND {column} < {self.period.end})"

    def timed(self, clock: ClockName, lens: str) -> str:
        """The condition that a unit was begun in the period, and that its time counts."""
        return (
            f"clock = '{clock.value}' AND {self.told_by(lens)} AND {self.within('started_at')}"
            f" AND apart NOT IN {_UNTIMED}"
        )

    def spans(self, clock: ClockName, lens: str) -> Spans:
        """How long the units begun in the period took."""
        if (clock, lens) not in self._known:
            query = (
                "SELECT used, ended_at IS NULL AS is_open"  # noqa: S608
                f" FROM unit_facts WHERE {self.timed(clock, lens)}"
            )
            self._known[clock, lens] = spans_of(self.tables.arrow(query))
        return self._known[clock, lens]

    @cached_property
    def _known(self) -> dict[tuple[ClockName, str], Spans]:
        return {}

    # days

    def local(self, at: Instant) -> datetime:
        """An instant as the export's clock showed it, to the hour."""
        return datetime_of(at // HOUR * HOUR).astimezone(self.zone)

    def day(self, at: Instant) -> date:
        """The day of an instant on the export's clock."""
        return self.local(at).date()

    def midnight(self, day: date, days: int = 0) -> Instant:
        """When that day, or one some days later, began."""
        later = day + timedelta(days=days)
        return instant_of(datetime(later.year, later.month, later.day, tzinfo=self.zone))


def spans_of(told: pa.Table) -> Spans:
    """The spans of units, given with `used` and `is_open`."""
    used = told["used"].to_numpy()
    is_open = told["is_open"].to_numpy()
    return Spans(used[~is_open], used[is_open])


def listed(values: Iterable[str]) -> list[str]:
    """Each value once, in the order in which they first come."""
    return list(dict.fromkeys(values))
