"""Telling: figures in words, the same everywhere in a pack. Packs are written in English."""

from __future__ import annotations

from datetime import date

from commondesk.core.metrics.figure import Figure, Interval, Unit
from commondesk.core.record.instant import DAY, HOUR, MINUTE


def value_of(figure: Figure, value: float | None) -> str:
    """A value of that figure: `71 %`, `22.1 h`, `1,204`, or `no data`."""
    if value is None:
        is_late = figure.unit is Unit.SPAN and figure.count > 0
        return "not reached yet" if is_late else "no data"
    if figure.unit is Unit.SHARE:
        return percent(value)
    if figure.name == "per_head":
        return f"{value:.2f}"
    return span(value) if figure.unit is Unit.SPAN else f"{round(value):,}"


def percent(share: float) -> str:
    """`36.6 %`, unbroken; 100 means all of them and 0 none, whatever is closest."""
    points = 100 * share
    if 0 < points < 0.05:
        return "under 0.1\u00a0%"
    if 99.95 <= points < 100:
        return "over 99.9\u00a0%"
    return f"{points:.1f}".removesuffix(".0") + "\u00a0%"


def of_hundred(share: float) -> str:
    """`71`: so many of 100, never 0 or 100 unless none or all."""
    whole = round(100 * share)
    return f"{100 * share:.1f}" if whole in (0, 100) and share not in (0, 1) else str(whole)


def span(value: float) -> str:
    """`35 s`, `42 min`, `22.1 h`, `6.1 days`: two or three figures that count."""
    if not value:
        return "0 min"
    if value < MINUTE:
        return f"{value / 1_000_000:.0f} s"
    if value < HOUR:
        return f"{value / MINUTE:.0f} min"
    if value < 3 * DAY:
        return f"{value / HOUR:.1f}".removesuffix(".0") + " h"
    days = value / DAY
    return (f"{days:,.0f}" if days >= 100 else f"{days:.1f}".removesuffix(".0")) + " days"


def interval_of(figure: Figure, interval: Interval | None) -> str:
    """`36 % to 37.2 %`; empty without one."""
    if interval is None:
        return ""
    return f"{value_of(figure, interval.low)} to {value_of(figure, interval.high)}"


def many(count: int, what: str) -> str:
    """`1 ticket`, `1,204 tickets`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def day(when: date) -> str:
    """`29 Feb 2016`."""
    return f"{when.day} {when:%b %Y}"
