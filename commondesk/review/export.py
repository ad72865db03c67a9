"""Figures and their tickets as CSV: UTF-8, durations in seconds, cells defused, in English."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar
from urllib.parse import quote

from django.http import StreamingHttpResponse

from commondesk.core import texts
from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.record.instant import SECOND
from commondesk.desk.queue.export import defused
from commondesk.review import figures
from commondesk.review.behind import Behind
from commondesk.review.causes import asked
from commondesk.review.figures import Sheet

_T = TypeVar("_T")

FIGURE_HEAD = (
    *("figure", "title", "lens", "value", "unit", "low_95", "high_95", "units", "still_open"),
    *("undecided", "met_so_far", "if_undecided_missed", "if_undecided_met", "p75", "p90", "p95"),
    *("mean", "caveats"),
)


def tickets_csv(prefix: str, units: Iterator[Sequence[Behind]], name: str) -> StreamingHttpResponse:
    """The tickets behind a figure, sent as they are read."""
    head = ("ticket", "with", "subject", "what_came_of_it", "value_s", "hands")
    rows = (
        (
            f"{prefix}-{each.number}",
            " ".join(f"{prefix}-{number}" for number in each.also),
            each.subject,
            each.said,
            "" if each.value is None else round(each.value / SECOND),
            each.hands,
        )
        for some in _in_english(units)
        for each in some
    )
    return _answer(chain([head], rows), f"{prefix} {name}")


def figures_csv(prefix: str, sheet: Sheet, name: str) -> StreamingHttpResponse:
    """Every figure of a period, with what it needs to be honest, sent as they are made."""
    made = chain((make() for make in figures.makers(sheet).values()), asked.every(sheet))
    rows = (figure_row(each) for each in _in_english(made) if each.count or each.undecided)
    return _answer(chain([FIGURE_HEAD], rows), f"{prefix} {name}")


def _in_english(made: Iterator[_T]) -> Iterator[_T]:
    """What is made when it is sent has left the page that spoke for it."""
    while True:
        with texts.spoken(texts.ENGLISH):
            each = next(made, None)
        if each is None:
            return
        yield each


def figure_row(figure: Figure) -> tuple[object, ...]:
    """A figure as a row under that head."""

    def told(value: float | None) -> object:
        if value is None:
            return ""
        if figure.unit is Unit.SHARE:
            return round(value, 6)
        if figure.unit is Unit.SPAN:
            return round(value / SECOND)
        return round(value, 4) if figure.name == "per_head" else round(value)

    interval, extremes = figure.interval, figure.extremes
    unit = {Unit.SHARE: "share", Unit.SPAN: "seconds", Unit.COUNT: "tickets"}[figure.unit]
    return (
        *(figure.name, figure.title, figure.lens, told(figure.value), unit),
        *((told(interval.low), told(interval.high)) if interval else ("", "")),
        *(figure.count, figure.still_open, figure.undecided, figure.so_far),
        *((told(extremes.low), told(extremes.high)) if extremes else ("", "")),
        *(told(figure.quantiles.get(percent)) for percent in (75, 90, 95)),
        *(told(figure.mean), "; ".join(figure.caveats)),
    )


def rows_csv(prefix: str, rows: Iterable[Sequence[object]], name: str) -> StreamingHttpResponse:
    """Rows with their head, as they are."""
    return _answer(rows, f"{prefix} {name}")


def _answer(rows: Iterable[Sequence[object]], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    return answer


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    for row in rows:
        written = io.StringIO()
        csv.writer(written).writerow([defused(each) for each in row])
        yield written.getvalue()
