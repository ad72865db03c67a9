"""Blocks: what a section of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from commondesk.core import texts
from commondesk.core.metrics.figure import Figure
from commondesk.core.texts import gettext, ngettext, pgettext, pgettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import telling
from commondesk.review.pack.charts import Spec
from commondesk.review.pack.entry import Entry, title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.in_words import in_words


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
    told = texts.number(value) if isinstance(value, int) else str(value)
    return Cell(told, key, is_number=True)


def tile(figures: Figures, key: str) -> Tile:
    """The tile of a figure."""
    entry = figures.entries[key]
    figure = entry.figure
    aside = _aside(figure)
    if key == "ownerless.share":
        told = telling.span(figures["ownerless"].value or 0)
        aside = gettext("%(span)s in all") % {"span": told}
    return Tile(
        key=key if figure.units else "",
        title=title_of(key, figure.title),
        value=telling.value_of(figure, figure.value),
        aside=aside,
        notes=tuple(filter(None, _notes(entry))),
        opens=telling.tickets(figure.units) if figure.units else "",
        is_quiet=figure.value is None or entry.support is not Support.EXACT,
        is_late=key == "claimed.missed",
    )


def _aside(figure: Figure) -> str:
    p90 = figure.quantiles.get(90)
    told = []
    if p90 is not None:
        told.append(gettext("p90 %(span)s") % {"span": telling.span(p90)})
    if figure.mean is not None:
        told.append(gettext("mean %(span)s") % {"span": telling.span(figure.mean)})
    return ", ".join(told)


def _notes(entry: Entry) -> Sequence[str]:
    figure = entry.figure
    between = telling.interval_of(figure, figure.interval)
    extremes = telling.interval_of(figure, figure.extremes)
    return (
        pgettext("how far", _SUPPORT[entry.support]) if entry.support in _SUPPORT else "",
        gettext("of %(count)s") % {"count": texts.number(figure.count)},
        gettext("95 %%: %(interval)s") % {"interval": between} if between else "",
        ngettext("%(shown)s still open", "%(shown)s still open", figure.still_open)
        % {"shown": texts.number(figure.still_open)},
        ngettext(
            "%(count)s undecided: %(extremes)s",
            "%(count)s undecided: %(extremes)s",
            figure.undecided,
        )
        % {"count": texts.number(figure.undecided), "extremes": extremes}
        if figure.undecided
        else "",
        ngettext("%(count)s met so far", "%(count)s met so far", figure.so_far)
        % {"count": texts.number(figure.so_far)}
        if figure.so_far
        else "",
        *map(in_words, figure.caveats),
    )


_SUPPORT = {
    Support.PROXY: pgettext_noop("how far", "proxy"),
    Support.NONE: pgettext_noop("how far", "none"),
}


def same_numbers(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """The table below a chart, with the numbers that it draws."""
    return Table(gettext("The same numbers"), head, rows)


def row_of(entry: Entry) -> tuple[Cell, ...]:
    """A figure as a row: title, value, number, still open, interval, what it opens, and caveats."""
    figure = entry.figure
    said = (*figure.caveats, entry.reason)
    return (
        cell(title_of(entry.key, figure.title)),
        number(telling.value_of(figure, figure.value)),
        number(figure.count),
        number(figure.still_open),
        number(telling.interval_of(figure, figure.interval) or "–"),
        number(figure.units, entry.key if figure.units else ""),
        cell(telling.listed(in_words(each) for each in dict.fromkeys(said) if each)),
    )


def figure_head() -> tuple[str, ...]:
    """The head of a table of `row_of`."""
    return (
        gettext("Figure"),
        gettext("Value"),
        pgettext("of how many", "Of"),
        gettext("Still open"),
        gettext("95 % interval"),
        pgettext("how many", "Opens"),
        gettext("Caveats"),
    )
