"""Charts: each a Vega-Lite specification as plain data. Colours are the tokens of the page's style.

The width is set where a chart is drawn. Every chart stands above a table of the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from commondesk.core.texts import gettext, ngettext, number
from commondesk.review.pack.machine import Plain

Spec = dict[str, Plain]
Values = Sequence[dict[str, Plain]]

INK, FAINT, ACCENT, LATE = "var(--ink-2)", "var(--ink-3)", "var(--accent)", "var(--late)"
PALE, MIDDLE, LINE = "var(--hand-1)", "var(--hand-2)", "var(--line)"

CONFIG: Spec = {
    "aria": False,
    "background": "transparent",
    "font": "'Inter Variable', Inter, system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": FAINT, "titleColor": FAINT, "gridColor": LINE, "domainColor": LINE,
        "tickColor": LINE, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400,
        "labelLimit": 220, "labelOverlap": "greedy",
    },
    "legend": {
        "labelColor": INK, "titleColor": FAINT, "labelFontSize": 12, "orient": "top",
        "title": None, "symbolStrokeWidth": 3,
    },
    "text": {"fontSize": 12, "fill": INK},
}  # fmt: skip


def _spec(values: Values, height: int, layers: Sequence[Spec]) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "height": height,
        "data": {"values": list(values)},
        "layer": list(layers),
    }


def _x(field: str, kind: str, title: str | None = None, **more: Plain) -> Spec:
    return {"field": field, "type": kind, "title": title, **more}


_y = _x
_NO_AXIS: Spec = {"ticks": False, "domain": False, "grid": False, "labelPadding": 8}


# ---- flow -----------------------------------------------------------------------------------


def process(values: Values, mean: float, low: float, high: float) -> Spec:
    """Counts by week (`week`, `count`, `signal`) with the natural limits of the process."""
    x = _x("week", "temporal", axis={"format": "%-d %b", "grid": False, "tickCount": 6})
    y = _y("count", "quantitative", axis={"tickCount": 4, "domain": False, "ticks": False})
    limits: Values = [
        {"at": high, "text": gettext("limit %(count)s") % {"count": number(high)}},
        {"at": mean, "text": gettext("mean %(count)s") % {"count": number(mean)}},
        {"at": low, "text": gettext("limit %(count)s") % {"count": number(low)}},
    ]
    at = _y("at", "quantitative")
    return _spec(values, 240, [
        {"data": {"values": list(limits)},
         "mark": {"type": "rule", "stroke": MIDDLE, "strokeDash": [2, 4]},
         "encoding": {"y": at}},
        {"data": {"values": list(limits)},
         "mark": {"type": "text", "align": "right", "dy": -6, "fill": FAINT,
                  "x": {"expr": "width"}},
         "encoding": {"y": at, "text": {"field": "text"}}},
        {"mark": {"type": "line", "stroke": MIDDLE, "strokeWidth": 1.75},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "filled": True, "opacity": 1},
         "encoding": {
             "x": x, "y": y, "tooltip": {"field": "tip"},
             "size": {"condition": {"test": "datum.signal != ''", "value": 110}, "value": 30},
             "color": {"condition": {"test": "datum.signal != ''", "value": ACCENT},
                       "value": MIDDLE}}},
    ])  # fmt: skip


def open_ones(values: Values) -> Spec:
    """Tickets open at the end of each week (`week`, `open`)."""
    encoding: Spec = {
        "x": _x("week", "temporal", axis={"format": "%-d %b", "grid": False, "tickCount": 6}),
        "y": _y("open", "quantitative", axis={"tickCount": 4, "domain": False, "ticks": False}),
        "tooltip": {"field": "tip"},
    }
    return _spec(values, 200, [
        {"mark": {"type": "area", "fill": PALE, "opacity": 0.5}, "encoding": encoding},
        {"mark": {"type": "line", "stroke": MIDDLE, "strokeWidth": 1.75}, "encoding": encoding},
        {"mark": {"type": "point", "filled": True, "size": 30, "color": MIDDLE, "opacity": 1},
         "encoding": encoding},
    ])  # fmt: skip


def ages(values: Values) -> Spec:
    """Open tickets by age (`age`, `count`, `old`), those that nobody has apart (`unowned`)."""
    y = _y("age", "nominal", sort=None, axis=_NO_AXIS)
    return _spec(values, 200, [
        {"mark": {"type": "bar", "height": {"band": 0.66}},
         "encoding": {
             "y": y, "x": _x("count", "quantitative", axis=None), "tooltip": {"field": "tip"},
             "color": {"condition": {"test": "datum.old", "value": MIDDLE}, "value": PALE}}},
        {"mark": {"type": "bar", "height": {"band": 0.3}, "color": LATE},
         "encoding": {"y": y, "x": _x("unowned", "quantitative", axis=None),
                      "tooltip": {"field": "tip"}}},
        {"mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
         "encoding": {"y": y, "x": _x("count", "quantitative", axis=None),
                      "text": {"field": "count", "format": ","}}},
    ])  # fmt: skip


def hours_of_week(values: Values, most: int, days: Sequence[str]) -> Spec:
    """Tickets opened by hour of the week (`day`, `hour`, `count`): the darker, the more."""
    return _spec(values, 220, [
        {"mark": {"type": "rect", "fill": ACCENT, "stroke": "var(--paper)", "strokeWidth": 1},
         "encoding": {
             "x": _x("hour", "ordinal", gettext("hour of the day"),
                     axis={"labelAngle": 0, "ticks": False, "domain": False,
                           "values": [0, 3, 6, 9, 12, 15, 18, 21]}),
             "y": _y("day", "nominal", sort=list(days), axis=_NO_AXIS),
             "opacity": {"field": "count", "type": "quantitative", "legend": None,
                         "scale": {"domain": [0, max(1, most)], "range": [0.03, 1]}},
             "tooltip": {"field": "tip"}}},
    ])  # fmt: skip


# ---- speed ----------------------------------------------------------------------------------


def survival(values: Values, marks: Values, waiting: Values) -> Spec:
    """Share solved (`share`) within so many hours (`hours`), by reading (`by`, `lived`).

    marks name quantiles (`hours`, `share`, `text`); waiting are the open ones, at their age.
    """
    x = _x("hours", "quantitative", scale={"type": "log", "nice": False}, axis={
        "grid": False, "values": [0.25, 1, 4, 12, 24, 72, 168, 720, 2160],
        "labelExpr": "datum.value < 1 ? '15 min' : datum.value < 24 ? datum.value + ' h'"
                     " : format(datum.value / 24, '.0f') + (datum.value == 24 ? "
                     f"{_quoted(_day_word(1))} : {_quoted(_day_word(2))})",
    })  # fmt: skip
    y = _y("share", "quantitative", scale={"domain": [0, 1]},
           axis={"format": ".0%", "tickCount": 4, "domain": False, "ticks": False})  # fmt: skip
    lived: Spec = {"condition": {"test": "datum.lived", "value": ACCENT}, "value": MIDDLE}
    ticks: list[Spec] = []
    if waiting:
        ticks.append({
            "data": {"values": list(waiting)},
            "mark": {"type": "tick", "orient": "vertical", "color": INK, "size": 12},
            "encoding": {"x": x, "y": y},
        })  # fmt: skip
    return _spec(values, 280, [
        {"mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "color": lived, "detail": {"field": "by"}}},
        *ticks,
        {"data": {"values": list(marks)},
         "mark": {"type": "rule", "stroke": INK, "strokeDash": [1, 4]},
         "encoding": {"x": x, "y": y, "y2": {"datum": 0}}},
        {"data": {"values": list(marks)},
         "mark": {"type": "point", "filled": True, "size": 70, "color": ACCENT, "opacity": 1},
         "encoding": {"x": x, "y": y}},
        {"data": {"values": list(marks)},
         "mark": {"type": "text", "align": "left", "dx": 8, "dy": 16, "fill": ACCENT,
                  "fontWeight": 600},
         "encoding": {"x": x, "y": y, "text": {"field": "text"}}},
    ])  # fmt: skip


def _day_word(count: int) -> str:
    """What stands behind a number of days."""
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": ""}


def _quoted(words: str) -> str:
    """Words as an expression of Vega writes them."""
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ---- promise --------------------------------------------------------------------------------


def bridge(values: Values) -> Spec:
    """From the usual count to what people lived (`step`, `low`, `high`, `kind`, `text`)."""
    y = _y("step", "nominal", sort=None, axis={**_NO_AXIS, "labelLimit": 260})
    x = _x("low", "quantitative", scale={"domain": [0, 100]},
           axis={"tickCount": 4, "domain": False, "ticks": False})  # fmt: skip
    tone: Spec = {
        "field": "kind", "type": "nominal", "legend": None,
        "scale": {"domain": ["usual", "lost", "gained", "lived"],
                  "range": [MIDDLE, LATE, "var(--met)", ACCENT]},
    }  # fmt: skip
    return _spec(values, max(160, 34 * len(values)), [
        {"mark": {"type": "bar", "height": {"band": 0.56}},
         "encoding": {"y": y, "x": x, "x2": {"field": "high"}, "color": tone,
                      "tooltip": {"field": "tip"}}},
        {"mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
         "encoding": {"y": y, "x": _x("high", "quantitative"), "text": {"field": "text"}}},
    ])  # fmt: skip


# ---- counts ---------------------------------------------------------------------------------


def bars(values: Values, *, height: int = 0) -> Spec:
    """Named counts (`name`, `count`, `text`), the first in the accent."""
    y = _y("name", "nominal", sort=None, axis=_NO_AXIS)
    x = _x("count", "quantitative", axis=None)
    return _spec(values, height or max(80, 30 * len(values)), [
        {"mark": {"type": "bar", "height": {"band": 0.6}},
         "encoding": {"y": y, "x": x, "tooltip": {"field": "tip"},
                      "color": {"condition": {"test": "datum.first", "value": ACCENT},
                                "value": MIDDLE}}},
        {"mark": {"type": "text", "align": "left", "dx": 6},
         "encoding": {"y": y, "x": x, "text": {"field": "text"}}},
    ])  # fmt: skip


def matrix(values: Values, teams: Sequence[str], most: int) -> Spec:
    """Ping-pong between teams (`from`, `to`, `count`): the darker, the more."""
    order: list[Plain] = list(teams)
    encoding: Spec = {
        "x": _x("to", "nominal", gettext("went to, and came back from"), sort=order,
                axis={**_NO_AXIS, "labelAngle": -40, "orient": "top", "labelLimit": 110}),
        "y": _y("from", "nominal", sort=order, axis={**_NO_AXIS, "labelLimit": 140}),
        "tooltip": {"field": "tip"},
    }  # fmt: skip
    return _spec(values, 60 + 30 * len(teams), [
        {"mark": {"type": "rect", "fill": ACCENT, "stroke": "var(--paper)", "strokeWidth": 2},
         "encoding": {**encoding,
                      "opacity": {"field": "count", "type": "quantitative", "legend": None,
                                  "scale": {"domain": [0, max(1, most)], "range": [0.04, 1]}}}},
        {"mark": {"type": "text", "fontWeight": 600},
         "encoding": {**encoding, "text": {"field": "text"},
                      "color": {"condition": {"test": f"datum.count > {most * 0.5}",
                                              "value": "var(--on-accent)"}, "value": INK}}},
    ])  # fmt: skip


def histogram(values: Values, title: str) -> Spec:
    """Counts by step (`low`, `high`, `count`, `is_marked`)."""
    return _spec(values, 180, [
        {"mark": {"type": "bar"},
         "encoding": {
             "x": _x("low", "quantitative", title, bin={"binned": True},
                     axis={"grid": False, "tickCount": 8, "ticks": False}),
             "x2": {"field": "high"},
             "y": _y("count", "quantitative", axis={"tickCount": 3, "domain": False,
                                                    "ticks": False}),
             "tooltip": {"field": "tip"},
             "color": {"condition": {"test": "datum.is_marked", "value": ACCENT},
                       "value": MIDDLE}}},
    ])  # fmt: skip


def pareto(values: Values) -> Spec:
    """Named shares of the time lost (`name`, `share`), with their sum from the top (`sum`)."""
    y = _y("name", "nominal", sort=None, axis={**_NO_AXIS, "labelLimit": 260})
    axis: Spec = {"format": ".0%", "tickCount": 5, "domain": False, "ticks": False}
    return _spec(values, max(100, 30 * len(values)), [
        {"mark": {"type": "bar", "height": {"band": 0.6}},
         "encoding": {"y": y, "x": _x("share", "quantitative", axis=axis),
                      "tooltip": {"field": "tip"},
                      "color": {"condition": {"test": "datum.first", "value": ACCENT},
                                "value": MIDDLE}}},
        {"mark": {"type": "line", "stroke": INK, "strokeWidth": 1.5},
         "encoding": {"y": y, "x": _x("sum", "quantitative"), "order": {"field": "place"}}},
        {"mark": {"type": "point", "filled": True, "size": 30, "color": INK, "opacity": 1},
         "encoding": {"y": y, "x": _x("sum", "quantitative"), "tooltip": {"field": "tip"}}},
    ])  # fmt: skip
