"""Plain: figures as data that a table can keep, in no language but that of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commondesk.core import texts
from commondesk.core.metrics.figure import Figure, Interval, Period, Unit

Plain = dict[str, Any]
"""What JSON can say."""


class Worded(str):
    """Words made from a message and values, that can be made anew in another language."""

    message: str
    values: Mapping[str, object]


def worded(message: str, **values: object) -> Worded:
    """The message with its values, in the language that is spoken."""
    said = texts.gettext(message)
    found = Worded(said % values if values else said)
    found.message, found.values = message, values
    return found


def plain_of(figure: Figure) -> Plain:
    """A figure as data. It must have been made while English was spoken."""
    return {
        "name": figure.name,
        "title": figure.title,
        "unit": figure.unit.value,
        "value": figure.value,
        "count": figure.count,
        "still_open": figure.still_open,
        "undecided": figure.undecided,
        "so_far": figure.so_far,
        "lens": figure.lens,
        "period": [figure.period.start, figure.period.end],
        "interval": _ends(figure.interval),
        "extremes": _ends(figure.extremes),
        "quantiles": {str(percent): span for percent, span in figure.quantiles.items()},
        "mean": figure.mean,
        "caveats": [_caveat(each) for each in figure.caveats],
        "units": figure.units,
    }


def figure_of(told: Mapping[str, Any]) -> Figure:
    """The figure that data tell, in the language that is spoken. It opens nothing by itself."""
    return Figure(
        name=told["name"],
        title=texts.gettext(told["title"]),
        unit=Unit(told["unit"]),
        value=told["value"],
        count=told["count"],
        still_open=told["still_open"],
        undecided=told["undecided"],
        so_far=told["so_far"],
        lens=told["lens"],
        period=Period(*told["period"]),
        interval=_between(told["interval"]),
        extremes=_between(told["extremes"]),
        quantiles={int(percent): span for percent, span in told["quantiles"].items()},
        mean=told["mean"],
        caveats=tuple(worded(message, **values) for message, values in told["caveats"]),
        units=told["units"],
        behind=tuple,
    )


def _caveat(text: str) -> tuple[str, Mapping[str, object]]:
    return (text.message, text.values) if isinstance(text, Worded) else (text, {})


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _between(told: list[float] | None) -> Interval | None:
    return None if told is None else Interval(*told)
