"""Agreements: what one charter version promises, as the clocks need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..record.events import ClockName, Kind, Priority
from ..record.instant import DAY, MINUTE, Span
from ..record.priority import Matrix, template_matrix
from .calendar import MINUTES_A_DAY, Calendar, CalendarVersions, Windows
from .lens import CONTRACT_TEMPLATE, Lens


@dataclass(frozen=True, slots=True)
class Term:
    """A target of working time (None: no target) in a calendar."""

    span: Span | None
    calendar: CalendarVersions


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the targets: what it is for, and what it promises. Empty matches anything."""

    service: str
    kind: Kind | None
    priority: Priority | None
    calendar: str
    spans: Mapping[ClockName, Span | None]

    def matches(self, service: str, kind: Kind, priority: Priority) -> bool:
        """True when the row rules such a ticket."""
        return (
            (not self.service or self.service == service)
            and self.kind in (None, kind)
            and self.priority in (None, priority)
        )


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """At a share (percent) of a target, tell or hand to a contact."""

    clock: ClockName
    percent: int
    contact: str


@dataclass(frozen=True)
class Agreement:
    """What one charter version promises. Hashed by identity: build once per version, then share."""

    id: str
    calendars: Mapping[str, CalendarVersions]
    rows: tuple[Row, ...]
    default_calendar: str
    default_priority: Priority = Priority.P3
    hold_span: Span = 7 * DAY
    close_span: Span = 14 * DAY
    window_spans: Mapping[Priority, Span] = field(default_factory=dict)
    matrix: Matrix = field(default_factory=template_matrix)
    criticality: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[EscalationStep, ...] = ()
    lens: Lens = CONTRACT_TEMPLATE
    is_signed: bool = False

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    @lru_cache(maxsize=4096)  # noqa: B019 (agreements are few, and shared)
    def term(self, clock: ClockName, service: str, kind: Kind, priority: Priority) -> Term:
        """The target and calendar of the first row that matches; without one, no target."""
        for row in self.rows:
            if row.matches(service, kind, priority):
                return Term(row.spans.get(clock), self.calendars[row.calendar])
        return Term(None, self.calendars[self.default_calendar])

    def promises(self, clock: ClockName) -> bool:
        """True when any row has a target for this clock."""
        return any(row.spans.get(clock) is not None for row in self.rows)

    @property
    def coverage(self) -> CalendarVersions:
        """The calendar of the charter's coverage hours."""
        return self.calendars[self.default_calendar]

    def window_span(self, priority: Priority | None) -> Span:
        """How long, in working time, a handover or an unowned ticket may wait."""
        held = priority or self.default_priority
        return self.window_spans.get(held, 10 * MINUTE if held is Priority.P1 else 30 * MINUTE)


def longest_day(calendar: Calendar) -> Span:
    """The longest weekday of a calendar: what a business day means in it."""
    return max(_day_span(windows) for windows in calendar.week)


def _day_span(windows: Windows) -> Span:
    minutes = {minute for window in windows for minute in range(window.opens, window.closes)}
    return min(len(minutes), MINUTES_A_DAY) * MINUTE
