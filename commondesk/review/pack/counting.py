"""Counting: figures made from rows, each with its number, interval and the tickets behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from commondesk.core.metrics.figure import Backing, Figure, Unit, count_of, share_of
from commondesk.core.metrics.survival import curve_of, quantile_interval, quantile_of
from commondesk.core.record.instant import Span
from commondesk.review.pack.material import Material

PERCENTS = (50, 75, 90, 95)


def share(
    material: Material,
    places: Iterable[int],
    cohort: int,
    *,
    name: str,
    title: str,
    verdict: str = "",
    values: Mapping[int, float] | None = None,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """So many tickets of so many; it opens the ones found."""
    found = list(places)
    behind = tuple(_backing(material, found, verdict, values))
    return share_of(
        len(found), cohort, name=name, title=title, period=material.period,
        still_open=_open(material, found), behind=lambda: behind, caveats=caveats,
    )  # fmt: skip


def count(
    material: Material,
    places: Iterable[int],
    *,
    name: str,
    title: str,
    verdict: str = "",
    caveats: tuple[str, ...] = (),
) -> Figure:
    """So many tickets, which it opens."""
    found = list(places)
    behind = tuple(_backing(material, found, verdict, None))
    return count_of(
        len(found), name=name, title=title, period=material.period,
        still_open=_open(material, found), behind=lambda: behind, caveats=caveats,
    )  # fmt: skip


def spans(
    material: Material,
    ended: Mapping[int, Span],
    still_open: Mapping[int, Span] | None = None,
    *,
    name: str,
    title: str,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """How long something took: the median by Kaplan and Meier, the open ones in it.

    ended and still_open are spans by the place of the ticket.
    """
    waiting = still_open or {}
    curve = curve_of(list(ended.values()), list(waiting.values()))
    known = {place: float(each) for place, each in {**ended, **waiting}.items()}
    behind = tuple(_backing(material, sorted(known), "", known))
    return Figure(
        name=name,
        title=title,
        unit=Unit.SPAN,
        value=quantile_of(curve, 50),
        count=len(known),
        still_open=len(waiting),
        lens="",
        period=material.period,
        interval=quantile_interval(curve, 50),
        quantiles={each: quantile_of(curve, each) for each in PERCENTS},
        caveats=caveats,
        mean=sum(ended.values()) / len(ended) if ended else None,
        units=len(known),
        behind=lambda: behind,
    )


def _backing(
    material: Material,
    places: Sequence[int],
    verdict: str,
    values: Mapping[int, float] | None,
) -> Iterable[Backing]:
    for place in places:
        value = None if values is None else values.get(place)
        yield Backing((material.rows[place].stream,), verdict, value)


def _open(material: Material, places: Iterable[int]) -> int:
    rows = material.rows
    return sum(rows[place].state in ("open", "waiting") for place in places)
