"""Speed: how long things take, as distributions in which the still open ones count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..record.events import ClockName
from ..record.instant import Span
from ..service_level.clock import Verdict
from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Interval, Period, Unit, quantile
from .outcome import Outcome
from .promise import backing
from .survival import Point, curve_of, quantile_interval, quantile_of

PERCENTS = (50, 75, 90, 95)
_APART = (Verdict.LIVE.value, Verdict.AFTER_THE_FACT.value)

TITLES = {
    ClockName.RESPONSE: "First human response",
    ClockName.NEXT_REPLY: "Next reply",
    ClockName.RESOLUTION: "Resolution",
    ClockName.RESTORE: "Service restored",
}


def time_to(
    facts: Facts, clock: ClockName, lens: str, period: Period, caveats: tuple[str, ...] = ()
) -> Figure:
    """Working time of a clock over units begun in the period; its median, by Kaplan and Meier."""
    ended, still_open = spans_of(facts, clock, lens, period)
    curve = curve_of(ended, still_open)
    return Figure(
        name=f"time.{clock.value}",
        title=TITLES[clock],
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
        behind=lambda: tuple(backing(each, facts) for each in _begun(facts, clock, lens, period)),
    )


def spans_of(
    facts: Facts, clock: ClockName, lens: str, period: Period
) -> tuple[list[Span], list[Span]]:
    """How long the units begun in the period took, and how long the open ones have run for."""
    units = list(_begun(facts, clock, lens, period))
    running = [each.used_at(facts.counts) for each in units if each.ended_at is None]
    return [each.used for each in units if each.ended_at is not None], running


def curve(facts: Facts, clock: ClockName, lens: str, period: Period) -> tuple[Point, ...]:
    """The share of the units begun in the period that is still open, by working time."""
    return curve_of(*spans_of(facts, clock, lens, period))


def _begun(facts: Facts, clock: ClockName, lens: str, period: Period) -> Iterator[Outcome]:
    start, end = period.start, period.end
    for each in facts.units(clock, lens):
        if start <= each.started_at < end and each.apart not in _APART:
            yield each


# ---- beside ---------------------------------------------------------------------------------


def first_automatic(facts: Facts, period: Period) -> Figure:
    """Wall time to the first automatic message: shown beside, never counted as a response."""
    told = [
        (each, each.first_automatic)
        for each in facts.begun(period)
        if each.first_automatic is not None
    ]
    spans = sorted(span for _, span in told)
    return Figure(
        name="time.first_automatic",
        title="First automatic response",
        unit=Unit.SPAN,
        value=quantile(spans, 50),
        count=len(told),
        still_open=0,
        lens="",
        period=period,
        interval=_order_interval(spans),
        quantiles={percent: quantile(spans, percent) for percent in PERCENTS},
        caveats=("never counted as a response",),
        mean=sum(spans) / len(spans) if spans else None,
        units=len(told),
        behind=lambda: tuple(
            Backing((each.ticket,), "automatic", float(span)) for each, span in told
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
    "templated": "First answered by a template or in bulk",
    "live": "Opened live with the requester",
    "after_the_fact": "Logged after the fact",
}


def bucket(facts: Facts, name: str, period: Period) -> Figure:
    """Tickets of the period that stand apart: `templated`, `live` or `after_the_fact`."""
    found = [each for each in facts.begun(period) if name in (each.first_reply, each.opening)]
    return counted(f"bucket.{name}", _BUCKETS[name], found, facts, period)


def counted(
    name: str,
    title: str,
    found: Sequence[TicketFacts],
    facts: Facts,
    period: Period,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """A count of tickets, as a figure."""
    return Figure(
        name=name,
        title=title,
        unit=Unit.COUNT,
        value=float(len(found)),
        count=len(found),
        still_open=sum(each.is_open_at(facts.at) for each in found),
        lens="",
        period=period,
        caveats=caveats,
        units=len(found),
        behind=lambda: tuple(Backing((each.ticket,), _state(each, facts)) for each in found),
    )


def _state(ticket: TicketFacts, facts: Facts) -> str:
    return "open" if ticket.is_open_at(facts.at) else "solved"
