"""Shown: a part of the page in words and pictures, in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts import queries as people
from commondesk.core.metrics import sources
from commondesk.core.metrics.arrivals import Arrivals
from commondesk.core.metrics.comparison import Comparison, Said
from commondesk.core.metrics.figure import Unit
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.core.service_level.why import span_words
from commondesk.core.texts import gettext, gettext_noop, number, pgettext
from commondesk.desk import wording
from commondesk.review import figures, names
from commondesk.review.causes import making, pairs, pictures, recurring
from commondesk.review.causes.plain import Plain, figure_of
from commondesk.review.causes.recurring import Group
from commondesk.review.charts import Pair
from commondesk.review.figures import ShownFigure, percent
from commondesk.review.parts import part_title
from commondesk.review.queries import KIND_TITLES

Told = Mapping[str, Any]


def shown(name: str, company: UUID, told: Plain, at: Instant, zone: ZoneInfo) -> dict[str, object]:
    """What the template of a part needs."""
    if name == making.OFFENDERS:
        return {"kinds": _offenders(company, told, at)}
    if name == making.RECURRING:
        return _recurring(company, told, zone)
    if name == making.HANDS:
        return _hands(company, told)
    return _PLAIN[name](told)


def _figure(told: Told) -> ShownFigure:
    return figures.shown(figure_of(told))


# ---- what comes back ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A repeat offender in words; share and cumulated in percent of all time lost."""

    key: str
    title: str
    tickets: int
    still_open: int
    lost: str
    share: float
    cumulated: float


@dataclass(frozen=True, slots=True)
class Causes:
    """The repeat offenders of a kind, with their picture."""

    kind: str
    title: str
    rows: tuple[CauseRow, ...]
    count: int
    unnamed: int
    lost: str
    picture: Pair


def _offenders(company: UUID, told: Plain, at: Instant) -> list[Causes]:
    found = []
    for kind, each in told["kinds"].items():
        if not each["rows"]:
            continue
        titles = names.titles(company, kind, [row["key"] for row in each["rows"]], at)
        rows = tuple(
            CauseRow(
                key=row["key"],
                title=titles[row["key"]],
                tickets=row["tickets"],
                still_open=row["still_open"],
                lost=span(row["lost"]),
                share=100 * row["share"],
                cumulated=100 * row["cumulated"],
            )
            for row in each["rows"]
        )
        bars = [
            pictures.Bar(row.title, row.share / 100, row.cumulated / 100, row.lost) for row in rows
        ]
        title, lost = gettext(KIND_TITLES[kind]), span(each["lost"])
        picture = pictures.pareto(bars)
        found.append(Causes(kind, title, rows, each["count"], each["unnamed"], lost, picture))
    return found


def span(length: float) -> str:
    """`3 h 20 min`."""
    return span_words(figures.whole_minutes(length))


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of tickets in words."""

    group: Group
    lost: str
    first_on: date
    last_on: date


def day_of(at: Instant, zone: ZoneInfo) -> date:
    """The day of an instant on the company's clock."""
    return datetime_of(at).astimezone(zone).date()


def group_row(group: Group, zone: ZoneInfo) -> GroupRow:
    """A group in words."""
    lost = span(group.lost)
    return GroupRow(group, lost, day_of(group.first_at, zone), day_of(group.last_at, zone))


def _recurring(company: UUID, told: Plain, zone: ZoneInfo) -> dict[str, object]:
    groups = recurring.groups_of(company, told)
    return {
        "groups": [group_row(each, zone) for each in groups],
        "compared": told["compared"],
        "is_cut": told["is_cut"],
        "since": day_of(told["since"], zone),
    }


# ---- when, and through whose hands ----------------------------------------------------------


def _arrivals(told: Plain) -> dict[str, object]:
    counts = tuple(map(tuple, told["counts"]))
    found = Arrivals(counts, None)
    day, hour = found.most
    return {
        "total": told["total"],
        "still_open": told["still_open"],
        "rows": [
            (place, pictures.day_words(place), row, sum(row)) for place, row in enumerate(counts)
        ],
        "day": pictures.day_words(day),
        "hour": f"{hour}:00",
        "outside": _figure(told["outside"]) if told["has_hours"] else None,
        "picture": pictures.hours(counts),
    }


def _hands(company: UUID, told: Plain) -> dict[str, object]:
    titles = {team.slug.replace("_", " "): team.title for team in people.teams(company)}
    flows = [
        (titles.get(giver, giver), titles.get(taker, taker), count)
        for giver, taker, count in told["flows"]
    ]
    return {
        "bounced": _figure(told["bounced"]),
        "flows": [
            (*row, f"{giver}>{taker}")
            for row, (giver, taker, _) in zip(flows, told["flows"], strict=True)
        ],
        "is_cut": len(pictures.teams_of(flows)) == pictures.MOST_TEAMS,
        "picture": pictures.hands(flows) if flows else None,
    }


# ---- signs and trend ------------------------------------------------------------------------


def _signs(told: Plain) -> dict[str, object]:
    steps = list(told["steps"])
    return {
        "signs": [_figure(each) for each in told["signs"]],
        "near_due": _figure(told["near_due"]),
        "steps": [
            (_percent(place / len(steps)), _percent((place + 1) / len(steps)), count)
            for place, count in enumerate(steps)
        ],
        "picture": pictures.near_due(steps) if sum(steps) else None,
    }


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month: its days, its figures."""

    title: str
    first: str
    last: str
    is_over: bool
    opened: ShownFigure
    usual: ShownFigure
    lived: ShownFigure
    response: ShownFigure
    resolution: ShownFigure


def _trend(told: Plain) -> dict[str, object]:
    today = datetime_of(told["at"])
    rows = []
    for each in told["months"]:
        first = date.fromisoformat(each["first"])
        rows.append(
            MonthRow(
                title=_month_words(first, today.year),
                first=each["first"],
                last=each["last"],
                is_over=each["is_over"],
                **{
                    name: _figure(each[name])
                    for name in ("opened", "usual", "lived", "response", "resolution")
                },
            )
        )
    known = [row for row in rows if row.opened.count or row.lived.count]
    labels = [row.title for row in rows]
    lines = [
        ("", [_ends(row.usual) for row in rows]),
        ("key", [_ends(row.lived) for row in rows]),
    ]
    return {
        "rows": rows,
        "has_data": bool(known),
        "usual": rows[0].usual.lens,
        "picture": pictures.trend(labels, lines),
    }


def _month_words(day: date, year: int) -> str:
    words = pgettext("month", wording.MONTHS[day.month - 1])
    return words if day.year == year else f"{words} {day.year}"


def _ends(row: ShownFigure) -> Mapping[str, float] | None:
    figure = row.figure
    if figure.value is None or figure.interval is None:
        return None
    return {
        "value": figure.value,
        "low": figure.interval.low,
        "high": figure.interval.high,
    }


# ---- the sources ----------------------------------------------------------------------------


def _sources(told: Plain) -> dict[str, object]:
    found = [_figure(each) for each in told["figures"]]
    fees = told["fees"]
    return {
        "figures": found,
        "line": _percent(sources.FIRST_CONTACT_LINE),
        "fees": _fees(fees) if fees else [],
        "each": _amount(fees["each"], fees) if fees and fees["each"] is not None else "",
        "tickets": fees["tickets"] if fees else 0,
    }


def _percent(share: float) -> str:
    return percent(f"{100 * share:.0f}")


def _fees(fees: Told) -> Sequence[str]:
    words = (
        ("per_month", gettext("%(amount)s a month")),
        ("per_ticket", gettext("%(amount)s a ticket")),
        ("per_hour", gettext("%(amount)s an hour")),
    )
    return [told % {"amount": _amount(fees[name], fees)} for name, told in words if fees[name]]


def _amount(value: float, fees: Told) -> str:
    places = 0 if value == round(value) else 2
    return f"{number(value, places)} {fees['currency']}".strip()


# ---- pages of their own ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a gap: its words, points of 100, the tickets that it alone changes."""

    title: str
    change: str
    tickets: int


@dataclass(frozen=True, slots=True)
class MoveRow:
    """What two lenses say differently of so many tickets; key opens them."""

    key: str
    title: str
    tickets: int


def _pair(told: Plain) -> dict[str, object]:
    one, other = _figure(told["one"]), _figure(told["other"])
    both = one.figure.value, other.figure.value
    gap = None if None in both else 100 * ((both[0] or 0.0) - (both[1] or 0.0))
    key = f"moves.{told['clock']}.{one.lens}.{other.lens}"
    parts = told["parts"]
    return {
        "one": one,
        "other": other,
        "gap": gap,
        "moves": [
            MoveRow(f"{key}.{was}-{now}", gettext(words), told["moves"][f"{was}-{now}"])
            for (was, now), words in pairs.MOVES.items()
        ],
        "parts": None
        if parts is None
        else [
            PartRow(
                part_title(each["setting"]),
                "0" if abs(100 * each["points"]) < 0.05 else figures.signed(-100 * each["points"]),
                each["tickets"],
            )
            for each in parts
        ],
        "most": told["most"],
    }


SAID = {
    Said.HIGHER: gettext_noop("higher"),
    Said.LOWER: gettext_noop("lower"),
    Said.UNSETTLED: gettext_noop("may be chance"),
    Said.UNKNOWN: gettext_noop("cannot be told"),
}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A figure of two periods, and what they say of a change."""

    before: ShownFigure
    after: ShownFigure
    difference: str
    said: str
    is_settled: bool


def _comparison(told: Plain) -> dict[str, object]:
    rows = []
    for before, after in zip(told["before"], told["after"], strict=True):
        found = Comparison(figure_of(before), figure_of(after))
        rows.append(
            ComparedRow(
                figures.shown(found.before),
                figures.shown(found.after),
                _difference(found),
                gettext(SAID[found.said]),
                found.said in (Said.HIGHER, Said.LOWER),
            )
        )
    return {"rows": rows}


def _difference(found: Comparison) -> str:
    """`+3.2 points`, `−2 h`."""
    if found.difference is None:
        return "–"
    unit = found.after.unit
    if unit is Unit.SHARE:
        points = figures.signed(100 * found.difference)
        return gettext("%(points)s points") % {"points": points}
    sign = "−" if found.difference < 0 else "+"
    size = abs(found.difference)
    return sign + (span(size) if unit is Unit.SPAN else number(size, 2))


def _summary(told: Plain) -> dict[str, object]:
    response, resolution, first, *rest = (_figure(each) for each in told["figures"])
    return {
        "opened": told["opened"],
        "still_open": told["still_open"],
        "response": response,
        "resolution": resolution,
        "first_contact": first,
        "rest": rest,
        "line": _percent(sources.FIRST_CONTACT_LINE),
    }


_PLAIN: dict[str, Callable[[Plain], dict[str, object]]] = {
    making.ARRIVALS: _arrivals,
    making.SIGNS: _signs,
    making.TREND: _trend,
    making.SOURCES: _sources,
    making.PAIR: _pair,
    making.COMPARISON: _comparison,
    making.SUMMARY: _summary,
}
