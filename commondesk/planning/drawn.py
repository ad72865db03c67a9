"""The charts of a case, from plain numbers: each answers one question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from commondesk.core.texts import number
from commondesk.planning.drawing import Drawing, Number, Pair, pair


@dataclass(frozen=True, slots=True)
class Bar:
    """A range with its middle, and perhaps the invoice alone as a thin tick."""

    title: str
    low: Number
    middle: Number
    high: Number
    tick: Number | None = None
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input moves the total to, at its low and at its high end."""

    title: str
    at_low: Number
    at_high: Number


@dataclass(frozen=True, slots=True)
class Curve:
    """A line over months or people."""

    title: str
    values: tuple[Number, ...]
    is_key: bool = False


def ticks(most: Number, count: int = 4) -> list[Number]:
    """Round numbers from 0 to the most."""
    if most <= 0:
        return [0]
    rough = most / count
    size = 10 ** floor(log10(rough))
    step = next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= rough)
    return [step * place for place in range(int(most / step) + 1)]


def ranges(bars: Sequence[Bar]) -> Pair:
    """One bar a row, on one scale from 0."""
    most = max((each.high for each in bars), default=1) or 1

    def draw(on: Drawing) -> None:
        step, left = (36.0, 200.0) if on.is_wide else (50.0, 2.0)
        bottom = len(bars) * step
        on.height = bottom + 24
        x = _scale(0, most, left, on.width - 64)
        _axis(on, x, ticks(most), bottom)
        for place, bar in enumerate(bars):
            y = place * step + (step / 2 if on.is_wide else 32)
            on.text(0, y + 4 if on.is_wide else y - 14, bar.title, "key" if bar.is_key else "")
            on.rect(x(bar.low), y - 4, max(1.0, x(bar.high) - x(bar.low)), 8, "pale")
            if bar.tick is not None:
                on.path([(x(bar.tick), y - 8), (x(bar.tick), y + 8)], "line")
            on.circle(x(bar.middle), y, 6, "key" if bar.is_key else "plain")
            tone = "key" if bar.is_key else "strong"
            on.text(x(bar.high) + 10, y + 4, _short(bar.middle), tone)

    return pair(draw)


def cut(title: str, most: int) -> str:
    """As many letters as there is room for; the table beside a picture has it whole."""
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


_LETTERS = 42
"""How many fit between the edge and the shortest bar's number, where names stand beside bars."""


def tornado(swings: Sequence[Swing], base: Number) -> Pair:
    """The widest swing on top; the line is the total with every input at its likely value."""
    ends = [end for each in swings for end in (each.at_low, each.at_high)] or [base]
    low, high = min(*ends, base), max(*ends, base)
    span = (high - low) or 1

    def draw(on: Drawing) -> None:
        step, left = (30.0, 290.0) if on.is_wide else (46.0, 2.0)
        bottom = len(swings) * step
        on.height = bottom + 24
        x = _scale(low - span * 0.02, high + span * 0.02, left + 56, on.width - 60)
        for place, each in enumerate(swings):
            y = place * step + (step / 2 if on.is_wide else 30)
            title = cut(each.title, _LETTERS) if on.is_wide else each.title
            on.text(0, y + 4 if on.is_wide else y - 12, title)
            start, end = sorted((each.at_low, each.at_high))
            on.rect(x(start), y - 7, x(end) - x(start), 14, "pale")
            on.text(x(start) - 6, y + 4, _short(start), "faint", "end")
            on.text(x(end) + 6, y + 4, _short(end), "faint")
        on.line(x(base), 0, x(base), bottom, "axis")
        on.text(x(base), bottom + 18, _short(base), "strong", "middle")

    return pair(draw)


def curves(
    lines: Sequence[Curve],
    labels: Sequence[str],
    *,
    top: Number | None = None,
    at: Sequence[Number] | None = None,
) -> Pair:
    """Lines over the same places, each named at its end. top: where the scale must reach; at:
    where each place lies, where they are not all as far apart.
    """
    places = list(at) if at is not None else [float(each) for each in range(len(labels))]
    most = max([top or 0, *(value for each in lines for value in each.values)]) or 1
    least = min([0, *(value for each in lines for value in each.values)])

    def draw(on: Drawing) -> None:
        height, left, right = 240.0, 52.0, 196.0 if on.is_wide else 96.0
        on.height = height + 24
        y = _scale(least, most, height, 10)
        x = _scale(places[0], places[-1], left, on.width - right)
        for tick in ticks(most):
            on.line(left, y(tick), on.width - right, y(tick), "grid" if tick else "axis")
            on.text(left - 8, y(tick) + 4, _short(tick), "faint", "end")
        every = max(1, len(labels) // (8 if on.is_wide else 4))
        for place, label in enumerate(labels):
            if place % every == 0 and label:
                on.text(x(places[place]), height + 20, label, "faint", "middle")
        ends = _apart([y(each.values[-1]) for each in lines])
        for each, end in zip(lines, ends, strict=True):
            tone = "line key" if each.is_key else "line"
            on.path(
                [(x(at), y(value)) for at, value in zip(places, each.values, strict=True)], tone
            )
            most_said = 28 if on.is_wide else 14
            title = each.title
            title = cut(title, most_said)
            on.text(on.width - right + 8, end + 4, title, "key" if each.is_key else "")

    return pair(draw)


def columns(values: Sequence[Number], labels: Sequence[str], *, every: int = 1) -> Pair:
    """A column for each place; a label below every so many."""
    most = max([*values, 0]) or 1

    def draw(on: Drawing) -> None:
        height, left = 150.0, 40.0
        on.height = height + 24
        y = _scale(0, most, height, 10)
        wide = (on.width - left) / max(1, len(values))
        for tick in ticks(most, 3):
            on.line(left, y(tick), on.width, y(tick), "grid" if tick else "axis")
            on.text(left - 8, y(tick) + 4, _short(tick), "faint", "end")
        for place, value in enumerate(values):
            on.rect(
                *(left + place * wide + wide * 0.1, y(value), wide * 0.8, height - y(value)),
                "plain",
            )
            if place % every == 0:
                on.text(left + (place + 0.5) * wide, height + 18, labels[place], "faint", "start")

    return pair(draw)


def _axis(
    on: Drawing, x: Callable[[Number], Number], marked: Sequence[Number], bottom: Number
) -> None:
    for tick in marked:
        on.line(x(tick), 0, x(tick), bottom, "grid")
        on.text(x(tick), bottom + 18, _short(tick), "faint", "middle" if tick else "start")


def _scale(low: Number, high: Number, start: Number, end: Number) -> Callable[[Number], Number]:
    span = (high - low) or 1
    return lambda value: start + (value - low) / span * (end - start)


def _apart(places: Sequence[Number], least: Number = 15.0) -> list[Number]:
    """The same heights, moved so far apart that words on them can be read."""
    order = sorted(range(len(places)), key=lambda each: places[each])
    found = list(places)
    for before, after in pairwise(order):
        found[after] = max(found[after], found[before] + least)
    return found


def _short(value: Number) -> str:
    size = abs(value)
    if size >= 1e6:
        return f"{number(value / 1e6, 1)} M"
    if size >= 10_000:
        return f"{number(value / 1e3)} k"
    return number(value) if size >= 10 or value == int(value) else number(value, 1)
