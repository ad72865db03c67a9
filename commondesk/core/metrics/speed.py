"""Speed: how long things take, as distributions in which the still open ones count."""

from __future__ import annotations

from collections.abc import Sequence

from ..record.events import ClockName
from ..texts import gettext, gettext_noop, pgettext
from .counting import TicketSort, counted, number_of, timed
from .facts import Facts
from .figure import Backing, Figure, Interval, Period, Unit, count_of, quantile
from .promise import backing
from .survival import Point, quantile_interval, quantile_of

PERCENTS = (50, 75, 90, 95)

TITLES = {
    ClockName.RESPONSE: gettext_noop("First human response"),
    ClockName.NEXT_REPLY: gettext_noop("Next reply"),
    ClockName.RESOLUTION: gettext_noop("Resolution"),
    ClockName.RESTORE: gettext_noop("Service restored"),
}


def time_to(
    facts: Facts, clock: ClockName, lens: str, period: Period, caveats: tuple[str, ...] = ()
) -> Figure:
    """Working time of a clock over units begun in the period; its median, by Kaplan and Meier."""
    counts = counted(facts, period)
    ended, still_open = counts.spans(clock, lens)
    curve = counts.curve(clock, lens)
    return Figure(
        name=f"time.{clock.value}",
        title=gettext(TITLES[clock]),
        unit=Unit.SPAN,
        value=quantile_of(curve, 50),
        count=len(ended) + len(still_open),
        still_open=len(still_open),
        lens=lens,
        period=period,
        interval=quantile_interval(curve, 50),
        quantiles={percent: quantile_of(curve, percent) for percent in PERCENTS},
        caveats=caveats,
        mean=sum(ended) / len(ended) if ended else None,
        units=len(ended) + len(still_open),
        behind=lambda: tuple(backing(each, facts) for each in timed(facts, clock, lens, period)),
    )


def curve(facts: Facts, clock: ClockName, lens: str, period: Period) -> tuple[Point, ...]:
    """The share of the units begun in the period that is still open, by working time."""
    return counted(facts, period).curve(clock, lens)


# ---- beside ---------------------------------------------------------------------------------


def first_automatic(facts: Facts, period: Period) -> Figure:
    """Wall time to the first automatic message: shown beside, never counted as a response."""
    spans = sorted(counted(facts, period).automatic())
    return Figure(
        name="time.first_automatic",
        title=gettext("First automatic response"),
        unit=Unit.SPAN,
        value=quantile(spans, 50),
        count=len(spans),
        still_open=0,
        lens="",
        period=period,
        interval=_order_interval(spans),
        quantiles={percent: quantile(spans, percent) for percent in PERCENTS},
        caveats=(gettext("never counted as a response"),),
        mean=sum(spans) / len(spans) if spans else None,
        units=len(spans),
        behind=lambda: tuple(
            Backing(
                (each.ticket,),
                pgettext("what came of it", "automatic"),
                float(each.first_automatic),
            )
            for each in facts.begun(period)
            if each.first_automatic is not None
        ),
    )


def _order_interval(ordered: Sequence[float]) -> Interval | None:
    """A 95 % interval of the median from order statistics (normal approximation of the ranks)."""
    count = len(ordered)
    if count < 6:
        return None
    reach = 0.98 * count**0.5
    low, high = int(count / 2 - reach), int(count / 2 + reach) + 1
    return Interval(ordered[max(0, low)], ordered[min(count - 1, high)])


_BUCKETS = {
    "templated": gettext_noop("First answered by a template or in bulk"),
    "live": gettext_noop("Opened live with the requester"),
    "after_the_fact": gettext_noop("Logged after the fact"),
}


def bucket(facts: Facts, name: str, period: Period) -> Figure:
    """Tickets of the period that stand apart: `templated`, `live` or `after_the_fact`."""
    begun = counted(facts, period).begun

    def is_its(sort: TicketSort) -> bool:
        return name in (sort.first_reply, sort.opening)

    return count_of(
        number_of(begun, is_its),
        name=f"bucket.{name}",
        title=gettext(_BUCKETS[name]),
        period=period,
        still_open=number_of(begun, lambda sort: is_its(sort) and sort.is_open),
        behind=lambda: tuple(
            Backing(
                (each.ticket,),
                pgettext("what came of it", "open")
                if each.is_open_at(facts.at)
                else pgettext("what came of it", "solved"),
            )
            for each in facts.begun(period)
            if name in (each.first_reply, each.opening)
        ),
    )
