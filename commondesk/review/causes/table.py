"""Tables: the numbers of a part as rows of a CSV, in English, spans in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from commondesk.core.record.instant import SECOND, iso_of
from commondesk.review.causes import making, recurring
from commondesk.review.causes.plain import Plain, figure_of
from commondesk.review.export import FIGURE_HEAD, figure_row

Row = Sequence[object]


def rows_of(name: str, company: UUID, told: Plain) -> Iterator[Row]:
    """The head of a part's table, and its rows."""
    if name == making.RECURRING:
        yield from _recurring(company, told)
    else:
        yield from _ROWS[name](told)


def _recurring(company: UUID, told: Plain) -> Iterator[Row]:
    yield "words", "first_ticket", "tickets", "still_open", "lost_seconds", "first_at", "last_at"
    for each in recurring.groups_of(company, told):
        instants = iso_of(each.first_at), iso_of(each.last_at)
        lost = round(each.lost / SECOND)
        yield each.label, each.number, len(each.tickets), each.still_open, lost, *instants


def _offenders(told: Plain) -> Iterator[Row]:
    yield "kind", "key", "tickets", "still_open", "lost_seconds", "share", "added_up"
    for kind, each in told["kinds"].items():
        for row in each["rows"]:
            yield (
                *(kind, row["key"], row["tickets"], row["still_open"]),
                *(round(row["lost"] / SECOND), round(row["share"], 6), round(row["cumulated"], 6)),
            )


def _arrivals(told: Plain) -> Iterator[Row]:
    yield "weekday", "hour", "tickets"
    for day, row in enumerate(told["counts"]):
        for hour, count in enumerate(row):
            yield day + 1, hour, count


def _hands(told: Plain) -> Iterator[Row]:
    yield "from", "back_to", "times"
    yield from told["flows"]


def _figures(told: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    yield FIGURE_HEAD
    for each in told:
        yield figure_row(figure_of(each))


def _signs(told: Plain) -> Iterator[Row]:
    yield from _figures([*told["signs"], told["near_due"]])


def _trend(told: Plain) -> Iterator[Row]:
    yield "month", *FIGURE_HEAD
    for month in told["months"]:
        for name in ("opened", "usual", "lived", "response", "resolution"):
            yield month["first"][:7], *figure_row(figure_of(month[name]))


def _sources(told: Plain) -> Iterator[Row]:
    yield from _figures(told["figures"])


_ROWS: dict[str, Callable[[Plain], Iterator[Row]]] = {
    making.OFFENDERS: _offenders,
    making.ARRIVALS: _arrivals,
    making.HANDS: _hands,
    making.SIGNS: _signs,
    making.TREND: _trend,
    making.SOURCES: _sources,
}
