"""The figures for machines: figures.json, in a stable order, as docs/review-pack.md tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from commondesk.core.metrics.figure import Figure, Interval, Unit
from commondesk.core.record.instant import SECOND, iso_of
from commondesk.review.pack.entry import Entry
from commondesk.review.pack.figures import Figures

FORMAT = "commondesk.review-pack/1"
UNITS = {Unit.SHARE: "share", Unit.SPAN: "seconds", Unit.COUNT: "tickets"}

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def document_of(figures: Figures) -> dict[str, Plain]:
    """All figures of a pack as plain data."""
    material = figures.material
    exhibit, quality = material.exhibit, material.exhibit.quality
    window = material.window
    return {
        "format": FORMAT,
        "source": {
            "file": exhibit.name,
            "read_as": exhibit.format,
            "zone": str(exhibit.zone),
            "zone_was_given": exhibit.has_zone,
            "rows": quality.rows,
            "tickets": len(exhibit.tickets),
            "events": quality.events,
        },
        "charter": material.terms.title or None,
        "lens": figures.usual if material.terms.has_targets else None,
        "period": {
            "start": iso_of(material.period.start),
            "end": iso_of(material.period.end),
            "read_at": iso_of(material.at),
            "window": [window.first.isoformat(), window.last.isoformat()],
            "opened_outside_window": window.outside,
        },
        "quality": [
            {
                "code": code,
                "sort": str(each.sort),
                "text": each.text,
                "count": each.count,
                "examples": list(each.examples),
            }
            for code, each in quality.findings.items()
        ],
        "figures": {key: _figure(each) for key, each in figures.entries.items()},
        "mirage": {
            clock.value: {
                "usual": told.usual.lens,
                "lived": told.lived.lens,
                "gap": _rounded(told.gap),
                "parts": [
                    {
                        "setting": part.setting,
                        "points": _rounded(part.points),
                        "tickets": part.tickets,
                    }
                    for part in told.parts
                ],
            }
            for clock, told in figures.mirages.items()
        },
    }


def _figure(entry: Entry) -> Plain:
    figure = entry.figure
    plain: dict[str, Plain] = {
        "group": entry.group,
        "title": figure.title,
        "value": _value(figure, figure.value),
        "unit": UNITS[figure.unit],
        "n": figure.count,
        "still_open": figure.still_open,
        "opens": figure.units,
        "interval_95": _between(figure, figure.interval),
        "undecided": figure.undecided,
        "met_so_far": figure.so_far,
        "extremes": _between(figure, figure.extremes),
        "lens": figure.lens or None,
        "support": str(entry.support),
        "reason": entry.reason,
        "caveats": list(figure.caveats),
    }
    if figure.quantiles:
        plain["quantiles"] = _quantiles(figure, figure.quantiles)
        plain["mean"] = _value(figure, figure.mean)
    return plain


def _quantiles(figure: Figure, quantiles: Mapping[int, float | None]) -> Plain:
    return {f"p{percent}": _value(figure, value) for percent, value in quantiles.items()}


def _between(figure: Figure, interval: Interval | None) -> Plain:
    if interval is None:
        return None
    return [_value(figure, interval.low), _value(figure, interval.high)]


def _value(figure: Figure, value: float | None) -> Plain:
    if value is None:
        return None
    if figure.unit is Unit.SPAN:
        return _rounded(value / SECOND)
    is_whole = figure.unit is Unit.COUNT and figure.name != "per_head"
    return round(value) if is_whole else _rounded(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)
