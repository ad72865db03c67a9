"""The curve of what is solved by which time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, log

from commondesk.core import texts
from commondesk.core.metrics.figure import Figure
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR
from commondesk.core.texts import gettext
from commondesk.review import lenses
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Chart, Table, cell, number, same_numbers
from commondesk.review.pack.curves import Curve, Spans
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.groups.speed import ON_THE_WALL
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.material import listed
from commondesk.review.pack.sentences import half_and_tenth

_SHORTEST = 0.25
_STEP = 0.02
_STEPS = tuple(HOUR * each // 4 for each in (1, 4, 16, 32, 48, 96, 192, 288, 672, 1344, 2688, 8640))


def survival(figures: Figures) -> Chart:
    """The share solved by time since opening, as people lived it and by the usual count."""
    told = {
        lens: figures.material.spans(ClockName.RESOLUTION, lens)
        for lens in listed((figures.usual, figures.lived))
    }
    curves = {lens: spans.curve() for lens, spans in told.items()}
    figure = figures[f"time.resolution.{figures.lived}"]
    values: list[dict[str, Plain]] = [
        {"by": lens, "lived": lens == figures.lived, "hours": hours, "share": round(share, 4)}
        for lens, curve in curves.items()
        for hours, share in _thinned(curve)
    ]
    waiting = _waiting(told[figures.lived], curves[figures.lived], figure)
    return Chart(
        "survival",
        half_and_tenth(figure) or gettext("Half is not solved yet"),
        _words(figures, figure, is_double=len(curves) > 1),
        charts.survival(values, _marks(figure), waiting),
        _table(curves),
    )


def _marks(figure: Figure) -> list[dict[str, Plain]]:
    """Where the median and the 90th percentile lie."""
    return [
        {"hours": max(_SHORTEST, value / HOUR), "share": percent / 100,
         "text": name % {"span": telling.span(value)}}
        for percent, name in ((50, gettext("median %(span)s")), (90, gettext("p90 %(span)s")))
        if (value := figure.quantiles.get(percent)) is not None
    ]  # fmt: skip


def _waiting(spans: Spans, curve: Curve, figure: Figure) -> list[dict[str, Plain]]:
    """Some two hundred of the open ones, at their age."""
    some = sorted(spans.still_open.tolist())[:: max(1, figure.still_open // 200)]
    return [
        {"hours": max(_SHORTEST, span / HOUR), "share": round(curve.solved_within(span), 4)}
        for span in some
    ]


def _table(curves: Mapping[str, Curve]) -> Table:
    rows = [
        (
            cell(telling.span(at)),
            *(number(telling.percent(curve.solved_within(at))) for curve in curves.values()),
        )
        for at in _STEPS
    ]
    solved = (gettext("Solved, %(lens)s") % {"lens": lenses.name(lens)} for lens in curves)
    return same_numbers((gettext("Within"), *solved), rows)


def _words(figures: Figures, figure: Figure, *, is_double: bool) -> str:
    is_wall = ON_THE_WALL in figure.caveats
    hours = gettext(ON_THE_WALL) if is_wall else gettext("working time")
    told = gettext(
        "Share solved by time since opening (%(hours)s), Kaplan and Meier, as people lived it."
        " %(count)s units, %(open)s still open, as ticks at their age. Time in doubling steps."
    )
    if is_double:
        told = gettext(
            "Share solved by time since opening (%(hours)s), Kaplan and Meier, as people lived it"
            " (blue) and by %(lens)s (grey). %(count)s units, %(open)s still open, as ticks at"
            " their age. Time in doubling steps."
        )
    return told % {
        "hours": hours,
        "lens": lenses.name(figures.usual),
        "count": texts.number(figure.count),
        "open": texts.number(figure.still_open),
    }


def _thinned(curve: Curve) -> Iterator[tuple[float, float]]:
    """The share solved at steps even to the eye on a time axis of doubling steps."""
    yield _SHORTEST, curve.solved_within(_SHORTEST * HOUR)
    spans, shares = curve.spans, curve.shares
    last = log(_SHORTEST)
    place = int(spans.searchsorted(_SHORTEST * HOUR, side="right"))
    while place < len(spans):
        hours = int(spans[place]) / HOUR
        if log(hours) - last >= _STEP:
            last = log(hours)
            yield round(hours, 3), 1 - float(shares[place])
        # A span an instant short of the next step is looked at, too.
        place = max(place + 1, int(spans.searchsorted(exp(last + _STEP) * HOUR - 1, side="left")))
