"""Telling: figures in words, the same everywhere in a pack, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from commondesk.core.metrics.figure import Figure, Interval, Unit
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.core.texts import gettext, ngettext, number, pgettext
from commondesk.desk import wording


def value_of(figure: Figure, value: float | None) -> str:
    """A value of that figure: `71 %`, `22.1 h`, `1,204`, or `no data`."""
    if value is None:
        is_late = figure.unit is Unit.SPAN and figure.count > 0
        return gettext("not reached yet") if is_late else gettext("no data")
    if figure.unit is Unit.SHARE:
        return percent(value)
    if figure.name == "per_head":
        return number(value, 2)
    return span(value) if figure.unit is Unit.SPAN else number(round(value))


def percent(share: float) -> str:
    """`36.6 %`, unbroken; 100 means all of them and 0 none, whatever is closest."""
    points = 100 * share
    if 0 < points < 0.05:
        return gettext("under 0.1\u00a0%")
    if 99.95 <= points < 100:
        return gettext("over 99.9\u00a0%")
    return short(points) + "\u00a0%"


def of_hundred(share: float) -> str:
    """`71`: so many of 100, never 0 or 100 unless none or all."""
    whole = round(100 * share)
    is_near = whole in (0, 100) and share not in (0, 1)
    return number(100 * share, 1) if is_near else str(whole)


def signed(points: float) -> str:
    """`+1.5`, `−27.0`: points of a hundred, with their sign."""
    is_less = f"{points:+.1f}".startswith("-")
    return ("−" if is_less else "+") + number(abs(points), 1)


def short(value: float) -> str:
    """`22.1`, `22`: to a tenth, which is left out where it is none."""
    is_whole = f"{value:.1f}".endswith(".0")
    return number(value, 0 if is_whole else 1)


def span(value: float) -> str:
    """`35 s`, `42 min`, `22.1 h`, `6.1 days`: two or three figures that count."""
    if not value:
        return gettext("%(minutes)s min") % {"minutes": 0}
    if value < MINUTE:
        return gettext("%(seconds)s s") % {"seconds": f"{value / 1_000_000:.0f}"}
    if value < HOUR:
        return gettext("%(minutes)s min") % {"minutes": f"{value / MINUTE:.0f}"}
    if value < 3 * DAY:
        return gettext("%(hours)s h") % {"hours": short(value / HOUR)}
    days = value / DAY
    return gettext("%(days)s days") % {"days": number(days) if days >= 100 else short(days)}


def interval_of(figure: Figure, interval: Interval | None) -> str:
    """`36 % to 37.2 %`; empty without one."""
    if interval is None:
        return ""
    ends = {"low": value_of(figure, interval.low), "high": value_of(figure, interval.high)}
    return gettext("%(low)s to %(high)s") % ends


def listed(parts: Iterable[str]) -> str:
    """Sentences one after another: `a proxy; on the wall`."""
    between = gettext("%(one)s; %(other)s") % {"one": "", "other": ""}
    return between.join(parts)


def begun(words: str) -> str:
    """Words at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def tickets(count: int) -> str:
    """`1 ticket`, `1,204 tickets`."""
    return ngettext("%(count)s ticket", "%(count)s tickets", count) % {"count": number(count)}


def figures(count: int) -> str:
    """`1 figure`, `12 figures`."""
    return ngettext("%(count)s figure", "%(count)s figures", count) % {"count": number(count)}


def day(when: date) -> str:
    """`29 Feb 2016`."""
    return wording.calendar_words(when)


def weekday(place: int) -> str:
    """`Mon`, for 0."""
    return pgettext("day", wording.DAYS[place])
