"""Counting: figures made from tables, each with its number, interval and the tickets behind it.

Conditions and values are SQL over `pack.rows`, or over the engine's `unit_facts`.
"""

from __future__ import annotations

from commondesk.core.metrics.figure import Figure, Unit, count_of, share_of
from commondesk.core.record.events import ClockName
from commondesk.review.pack import curves
from commondesk.review.pack.curves import Spans
from commondesk.review.pack.material import Material
from commondesk.review.pack.tables import Behind, by_place, by_stream

PERCENTS = (50, 75, 90, 95)


def share(
    material: Material,
    where: str,
    cohort: int,
    *,
    name: str,
    title: str,
    verdict: str = "",
    value: str = "",
    caveats: tuple[str, ...] = (),
) -> Figure:
    """So many tickets of so many; it opens the ones found."""
    found, still_open = _found(material, where)
    return share_of(
        found, cohort, name=name, title=title, period=material.period, still_open=still_open,
        caveats=caveats,
        behind=by_place(material.tables, where, verdict=f"'{verdict}'", value=value),
    )  # fmt: skip


def count(
    material: Material,
    where: str,
    *,
    name: str,
    title: str,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """So many tickets, which it opens."""
    found, still_open = _found(material, where)
    return count_of(
        found, name=name, title=title, period=material.period, still_open=still_open,
        caveats=caveats, behind=by_place(material.tables, where),
    )  # fmt: skip


def _found(material: Material, where: str) -> tuple[int, int]:
    found, still_open = material.tables.row(
        f"SELECT COUNT(*), COUNT(CASE WHEN is_open THEN 1 END) FROM pack.rows WHERE {where}"  # noqa: S608
    )
    return int(found), int(still_open)


def spans(
    material: Material,
    ended: str,
    still_open: str = "CAST(NULL AS BIGINT)",
    *,
    name: str,
    title: str,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """How long something took: the median by Kaplan and Meier, the open ones in it.

    ended and still_open are spans of a ticket, each null where it has none.
    """
    tables = material.tables
    told = tables.arrow(f"SELECT {ended} AS ended, {still_open} AS waiting FROM pack.rows")  # noqa: S608
    some, waiting = (told[each].drop_null().to_numpy() for each in ("ended", "waiting"))
    last = f"COALESCE({still_open}, {ended})"
    where = f"({last}) IS NOT NULL"
    return _timed(
        material, Spans(some, waiting), tables.count(where), name=name, title=title,
        caveats=caveats, behind=by_place(tables, where, value=last),
    )  # fmt: skip


def time_to(
    material: Material,
    clock: ClockName,
    lens: str,
    *,
    title: str,
    caveats: tuple[str, ...] = (),
    spans: Spans | None = None,
    where: str = "",
) -> Figure:
    """Working time of a clock over the units begun in the period.

    spans are those of the units for which `where` holds, if not of all.
    """
    told = spans or material.spans(clock, lens)
    condition = material.timed(clock, lens) + (f" AND {where}" if where else "")
    return _timed(
        material, told, len(told.ended) + len(told.still_open), name=f"time.{clock.value}",
        title=title, lens=lens, caveats=caveats, behind=by_stream(material.tables, condition),
    )  # fmt: skip


def _timed(
    material: Material,
    told: Spans,
    units: int,
    *,
    name: str,
    title: str,
    behind: Behind,
    lens: str = "",
    caveats: tuple[str, ...] = (),
) -> Figure:
    curve = told.curve()
    return Figure(
        name=name,
        title=title,
        unit=Unit.SPAN,
        value=curve.quantile(50),
        count=units,
        still_open=len(told.still_open),
        lens=lens,
        period=material.period,
        interval=curve.interval(50),
        quantiles=curves.quantiles(curve, PERCENTS),
        caveats=caveats,
        mean=told.mean,
        units=units,
        behind=behind,
    )
