"""How long things take, by each definition, priority and month."""

from __future__ import annotations

from collections.abc import Iterator

from commondesk.core import texts
from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.core.texts import gettext, pgettext
from commondesk.review.pack import telling
from commondesk.review.pack.blocks import Cell, Section, Table, cell, number
from commondesk.review.pack.entry import Entry, title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.material import BY_MONTH, BY_PRIORITY, Material
from commondesk.review.pack.sections.survival import survival


def section(figures: Figures) -> Section:
    """The times, and why two of them differ."""
    defined = [each for key, each in figures.entries.items() if key.startswith("resolved.")]
    tables = [
        Table(
            gettext("Resolution, by each definition of it"),
            _span_head(gettext("Definition")),
            [_span_row(each) for each in defined],
            " ".join(_why_they_differ(figures)),
        ),
        *_slices(figures),
    ]
    words = []
    if not figures.material.has_messages:
        words.append(
            gettext(
                "The file has no messages, so nobody can tell when a person first answered. In its"
                " place stands the first sign of work, which is a proxy and says so."
            )
        )
    charts = [survival(figures)]
    return Section("speed", gettext("How long things take"), words, charts=charts, tables=tables)


def _slices(figures: Figures) -> Iterator[Table]:
    """By priority and by month, where there are any."""
    for by, title, head in (
        (BY_PRIORITY, gettext("Resolution by priority"), pgettext("of a table", "Priority")),
        (BY_MONTH, gettext("Resolution by month of opening"), gettext("Month of opening")),
    ):
        prefix = f"time.resolution.{by}."
        rows = [
            (cell(key.removeprefix(prefix)), *_span_row(each)[1:])
            for key, each in figures.entries.items()
            if key.startswith(prefix)
        ]
        if rows:
            yield Table(title, _span_head(head), rows)


def _span_head(first: str) -> tuple[str, ...]:
    middle, interval, mean = gettext("Median"), gettext("95 % interval"), gettext("Mean")
    of, still_open = pgettext("of how many", "Of"), gettext("Still open")
    return (first, middle, interval, "p75", "p90", "p95", mean, of, still_open)


def _span_row(entry: Entry) -> tuple[Cell, ...]:
    figure = entry.figure

    def told(value: float | None) -> Cell:
        return number(telling.value_of(figure, value))

    return (
        cell(title_of(entry.key, figure.title)),
        told(figure.value),
        number(telling.interval_of(figure, figure.interval) or "–"),
        *(told(figure.quantiles.get(percent)) for percent in (75, 90, 95)),
        number("–") if figure.mean is None else told(figure.mean),
        number(figure.units, entry.key if figure.units else ""),
        number(figure.still_open),
    )


def _why_they_differ(figures: Figures) -> Iterator[str]:
    """Whether the file's own resolved_at and the rows tell of other times, or of other tickets."""
    material = figures.material
    if not material.exhibit.claims.dated or "resolved.last_row" not in figures:
        return
    both, same, without, at_once = material.tables.row(
        "SELECT COUNT(claimed_at), COUNT(CASE WHEN claimed_at IS NOT NULL"  # noqa: S608
        f" AND abs(claimed_at - last_row_at) < {HOUR} THEN 1 END),"
        " COUNT(CASE WHEN claimed_at IS NULL THEN 1 END),"
        f" COUNT(CASE WHEN claimed_at IS NULL AND last_row_at - opened_at < {HOUR} THEN 1 END)"
        " FROM pack.rows WHERE last_row_at IS NOT NULL"
    )
    claimed, last = figures["resolved.claimed"], figures["resolved.last_row"]
    yield (
        gettext(
            "Why %(claimed)s and %(last)s both are right: of the %(both)s tickets that have both"
            " times, %(same)s agree within the hour."
        )
        % {
            "claimed": telling.value_of(claimed, claimed.value),
            "last": telling.value_of(last, last.value),
            "both": texts.number(both),
            "same": texts.number(same),
        }
    )
    if without:
        yield _without_claim(material, without, at_once)


def _without_claim(material: Material, count: int, at_once: int) -> str:
    """How soon tickets were resolved that have no resolved_at."""
    middle = material.tables.number(
        "SELECT last_row_at - opened_at FROM pack.rows"  # noqa: S608
        " WHERE last_row_at IS NOT NULL AND claimed_at IS NULL"
        f" ORDER BY 1 LIMIT 1 OFFSET {count // 2}"
    )
    told = gettext(
        "%(count)s tickets have no resolved_at; half of those were resolved in the very minute"
        " of opening, %(soon)s within the hour. Leaving them out moves the median."
    )
    if middle >= MINUTE:
        told = gettext(
            "%(count)s tickets have no resolved_at; half of those were resolved within %(span)s"
            " of opening, %(soon)s within the hour. Leaving them out moves the median."
        )
    return told % {
        "count": texts.number(count),
        "span": telling.span(middle),
        "soon": texts.number(at_once),
    }
