"""Blocks: what a section of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from commondesk.core.metrics.figure import Figure
from commondesk.readers.export import Support
from commondesk.review.pack import telling
from commondesk.review.pack.charts import Spec
from commondesk.review.pack.figures import Entry


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; key names the figure that it opens."""

    text: str
    key: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers in rows: the first cell of each heads it. numbers are the columns set as numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the finding as its title, and its numbers as a table below."""

    key: str
    title: str
    words: str
    spec: Spec
    table: Table


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure by itself, with all that it needs to be honest."""

    key: str
    title: str
    value: str
    aside: str
    notes: tuple[str, ...]
    opens: str
    is_quiet: bool
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    key: str
    title: str
    words: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    pairs: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    after: Sequence[str] = field(default_factory=tuple)


def cell(text: str, key: str = "") -> Cell:
    """A cell of words."""
    return Cell(text, key)


def number(value: float | int | str, key: str = "") -> Cell:
    """A cell of a number."""
    return Cell(f"{value:,}" if isinstance(value, int) else str(value), key, is_number=True)


def tile(entry: Entry, aside: str = "", *, is_late: bool = False, what: str = "ticket") -> Tile:
    """The tile of a figure."""
    figure = entry.figure
    return Tile(
        key=entry.key if figure.units else "",
        title=figure.title,
        value=telling.value_of(figure, figure.value),
        aside=aside or _aside(figure),
        notes=tuple(filter(None, _notes(entry))),
        opens=telling.many(figure.units, what) if figure.units else "",
        is_quiet=figure.value is None or entry.support is not Support.EXACT,
        is_late=is_late,
    )


def _aside(figure: Figure) -> str:
    p90 = figure.quantiles.get(90)
    told = []
    if p90 is not None:
        told.append(f"p90 {telling.span(p90)}")
    if figure.mean is not None:
        told.append(f"mean {telling.span(figure.mean)}")
    return ", ".join(told)


def _notes(entry: Entry) -> Sequence[str]:
    figure = entry.figure
    between = telling.interval_of(figure, figure.interval)
    extremes = telling.interval_of(figure, figure.extremes)
    return (
        entry.support.value if entry.support is not Support.EXACT else "",
        f"of {figure.count:,}",
        f"95 %: {between}" if between else "",
        f"{figure.still_open:,} still open",
        f"{figure.undecided:,} undecided: {extremes}" if figure.undecided else "",
        f"{figure.so_far:,} met so far" if figure.so_far else "",
        *figure.caveats,
    )


def row_of(entry: Entry) -> tuple[Cell, ...]:
    """A figure as a row: title, value, number, still open, interval, what it opens, and caveats."""
    figure = entry.figure
    said = (*figure.caveats, entry.reason)
    return (
        cell(figure.title),
        number(telling.value_of(figure, figure.value)),
        number(figure.count),
        number(figure.still_open),
        number(telling.interval_of(figure, figure.interval) or "–"),
        number(figure.units, entry.key if figure.units else ""),
        cell("; ".join(filter(None, dict.fromkeys(said)))),
    )


FIGURE_HEAD = ("Figure", "Value", "Of", "Still open", "95 % interval", "Opens", "Caveats")
