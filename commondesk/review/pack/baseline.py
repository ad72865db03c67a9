"""Baseline: the figures of an older pack beside those of this one, before and after a change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commondesk.core import texts
from commondesk.core.metrics.comparison import Comparison, Said
from commondesk.core.metrics.figure import Figure, Interval, Period, Unit
from commondesk.core.record.instant import SECOND, parse_instant
from commondesk.core.texts import gettext, gettext_noop
from commondesk.review.pack import telling
from commondesk.review.pack.blocks import Section, Table, cell, number
from commondesk.review.pack.entry import title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import FORMAT, UNITS

SAID = {
    Said.HIGHER: gettext_noop("higher"),
    Said.LOWER: gettext_noop("lower"),
    Said.UNSETTLED: gettext_noop("may be chance"),
    Said.UNKNOWN: gettext_noop("cannot be told"),
}


class UnusableBaseline(ValueError):
    """The file is no figures.json of a pack."""


Baseline = Mapping[str, Any]


def baseline_of(text: str) -> Baseline:
    """The figures of an older pack, from what `--json` wrote. Raises UnusableBaseline."""
    try:
        told = json.loads(text)
    except ValueError:
        raise UnusableBaseline("it is no JSON") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise UnusableBaseline(f"its format is not {FORMAT}: it was not written by review --json")
    try:
        for each in told["figures"].values():
            _figure("", each)
        parse_instant(told["period"]["start"])
        parse_instant(told["period"]["read_at"])
        f"{told['source']['file']}{told['source']['tickets']:,}"
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnusableBaseline("a figure in it is not as review --json writes them") from None
    return told


def section(figures: Figures, baseline: Baseline) -> Section:
    """The two side by side: shares and times that both have, each with its interval."""
    found = list(_compared(figures, baseline))
    settled = sum(each.said in (Said.HIGHER, Said.LOWER) for each in found)
    source, period = baseline["source"], baseline["period"]
    first, last = (
        telling.day(figures.material.day(parse_instant(period[name])))
        for name in ("start", "read_at")
    )
    return Section(
        "before",
        gettext("Before and after: %(figures)s of %(count)s changed for sure")
        % {"figures": telling.figures(settled), "count": texts.number(len(found))},
        [
            gettext(
                "Before: %(file)s, %(tickets)s, %(first)s to %(last)s, as its own pack told. After:"
                " this file. A change is called higher or lower only where the two 95 %% intervals"
                " do not touch; otherwise it may be chance. Two desks may mean different things by"
                " one word: see what each file can tell."
            )
            % {
                "file": source["file"],
                "tickets": telling.tickets(source["tickets"]),
                "first": first,
                "last": last,
            }
        ],
        tables=[_table(found)],
    )


def _table(found: Sequence[Comparison]) -> Table:
    rows = [
        (
            cell(title_of(each.after.name, each.after.title)),
            number(_told(each.before)),
            number(_told(each.after), each.after.name if each.after.units else ""),
            number(_difference(each)),
            cell(gettext(SAID[each.said])),
        )
        for each in found
    ]
    return Table(
        gettext("The same figures of both"),
        (
            gettext("Figure"),
            gettext("Before"),
            gettext("After"),
            gettext("Difference"),
            gettext("After is"),
        ),
        rows,
    )


def _compared(figures: Figures, baseline: Baseline) -> Iterator[Comparison]:
    for key, entry in figures.entries.items():
        after, told = entry.figure, baseline["figures"].get(key)
        is_plain = after.unit is not Unit.COUNT or after.name == "per_head"
        if told is None or not is_plain or ".month." in key or key.startswith("part."):
            continue
        before = _figure(key, told)
        if before.unit is after.unit and (before.count or after.count):
            yield Comparison(before, _keyed(after, key))


def _keyed(figure: Figure, key: str) -> Figure:
    return Figure(
        name=key, title=figure.title, unit=figure.unit, value=figure.value, count=figure.count,
        still_open=figure.still_open, lens=figure.lens, period=figure.period,
        interval=figure.interval, units=figure.units, behind=tuple,
    )  # fmt: skip


def _figure(key: str, told: Mapping[str, Any]) -> Figure:
    unit = next(unit for unit, word in UNITS.items() if word == told["unit"])
    times = SECOND if unit is Unit.SPAN else 1
    value, interval = told["value"], told["interval_95"]
    return Figure(
        name=key,
        title=told["title"],
        unit=unit,
        value=None if value is None else value * times,
        count=int(told["n"]),
        still_open=int(told["still_open"]),
        lens=told["lens"] or "",
        period=Period(0, 0),
        interval=None if interval is None else Interval(*(each * times for each in interval)),
        units=0,
        behind=tuple,
    )


def _told(figure: Figure) -> str:
    between = telling.interval_of(figure, figure.interval)
    value = telling.value_of(figure, figure.value)
    if not between:
        of = gettext("%(value)s (of %(count)s)")
        return of % {"value": value, "count": texts.number(figure.count)}
    return gettext("%(value)s (%(interval)s; of %(count)s)") % {
        "value": value,
        "interval": between,
        "count": texts.number(figure.count),
    }


def _difference(found: Comparison) -> str:
    if found.difference is None:
        return "–"
    sign = "−" if found.difference < 0 else "+"
    size = abs(found.difference)
    if found.after.unit is Unit.SHARE:
        return gettext("%(points)s points") % {"points": sign + texts.number(100 * size, 1)}
    return sign + telling.value_of(found.after, size)
