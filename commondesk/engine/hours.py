"""Hours: calendars as tables, so that working time is an equi-join and whole numbers.

A calendar's count at an instant is the working time from `since` to it. `hours` has one row for
each day in UTC, with the stretches inside hours and the count at its begin. `dues` has one row for
each few hours of counted time, with the stretches in which the count passes through them: it finds
the instant at which a count is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commondesk.core.record.instant import DAY, HOUR, Instant, Span
from commondesk.core.service_level.calendar import Calendar

BUCKET: Span = 4 * HOUR
"""The counted time of a row of `dues`."""

DAYS = 1_000_000
"""Rows of `hours` are numbered by calendar times this, plus the day since 1970."""

BUCKETS = 10_000_000
"""Rows of `dues` are numbered by calendar times this, plus the bucket."""

NEVER: Instant = 1 << 61


@dataclass(frozen=True)
class Hours:
    """The rows of both tables, and how many stretches a row of each holds."""

    since: Instant
    until: Instant
    days: Sequence[tuple[int, ...]]
    dues: Sequence[tuple[int, ...]]
    a_day: int
    a_due: int

    @property
    def day_columns(self) -> tuple[str, ...]:
        """The columns of `hours`: row, count before it, stretches."""
        return ("slot", "before_span", *_numbered(self.a_day, "opens", "closes"))

    @property
    def due_columns(self) -> tuple[str, ...]:
        """The columns of `dues`: row, then for each stretch the count before it and its begin."""
        return ("slot", *_numbered(self.a_due, "from_span", "opens"))


def hours_of(calendars: Sequence[Calendar], since: Instant, until: Instant) -> Hours:
    """The tables of some calendars from since to until, both made whole days."""
    first, last = since // DAY, until // DAY + 1
    days: list[tuple[int, list[tuple[Instant, Instant]], Span]] = []
    dues: dict[int, list[tuple[Span, Instant]]] = {}
    for number, calendar in enumerate(calendars):
        by_day: dict[int, list[tuple[Instant, Instant]]] = {}
        for day, opens, closes in _pieces(calendar, first * DAY, last * DAY):
            by_day.setdefault(day, []).append((opens, closes))
        count = 0
        for day in range(first, last):
            pieces = by_day.get(day, [])
            days.append((number * DAYS + day, pieces, count))
            for opens, closes in pieces:
                for bucket in range(count // BUCKET, (count + closes - opens - 1) // BUCKET + 1):
                    dues.setdefault(number * BUCKETS + bucket, []).append((count, opens))
                count += closes - opens
    a_day = max((len(pieces) for _, pieces, _ in days), default=0) or 1
    a_due = max((len(pieces) for pieces in dues.values()), default=0) or 1
    return Hours(
        first * DAY,
        last * DAY,
        [(slot, count, *_flat(pieces, a_day, (0, 0))) for slot, pieces, count in days],
        [(slot, *_flat(pieces, a_due, (NEVER, 0))) for slot, pieces in dues.items()],
        a_day,
        a_due,
    )


def _pieces(
    calendar: Calendar, since: Instant, until: Instant
) -> Iterator[tuple[int, Instant, Instant]]:
    """The stretches inside hours, cut at midnight UTC, with their day."""
    for opens, closes in calendar.openings(since, until):
        while opens < closes:
            end = min(closes, (opens // DAY + 1) * DAY)
            yield opens // DAY, opens, end
            opens = end


def _flat(pairs: Sequence[tuple[int, int]], length: int, filler: tuple[int, int]) -> Iterator[int]:
    for pair in [*pairs, *[filler] * (length - len(pairs))]:
        yield from pair


def _numbered(count: int, *names: str) -> Iterator[str]:
    for number in range(1, count + 1):
        for name in names:
            yield f"{name}_{number}"


# ---- in SQL ---------------------------------------------------------------------------------


def day_slot(calendar: str, at: str) -> str:
    """The row of `hours` for an instant. Written so that a division is exact on every engine."""
    return f"{calendar} * {DAYS} + ({at} - {at} % {DAY}) // {DAY}"


def due_slot(calendar: str, count: str) -> str:
    """The row of `dues` in which a count is reached."""
    return f"{calendar} * {BUCKETS} + ({count} - 1 - ({count} - 1) % {BUCKET}) // {BUCKET}"


def count_at(hours: Hours, row: str, at: str) -> str:
    """The count at an instant, from its row of `hours`."""
    parts = [
        f"GREATEST(0, LEAST({at}, {row}.closes_{each}) - {row}.opens_{each})"
        for each in range(1, hours.a_day + 1)
    ]
    return f"({row}.before_span + {' + '.join(parts)})"


def instant_at(hours: Hours, row: str, count: str) -> str:
    """The earliest instant at which a count is reached, from its row of `dues`."""
    cases = [
        f"WHEN {count} > {row}.from_span_{each}"
        f" THEN {row}.opens_{each} + {count} - {row}.from_span_{each}"
        for each in range(hours.a_due, 0, -1)
    ]
    return f"CASE {' '.join(cases)} END"
