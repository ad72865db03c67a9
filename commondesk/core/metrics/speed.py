"""Speed: how long things take, as distributions in which the still open ones count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..record.events import ClockName
from ..service_level.clock import Reading, State, Verdict
from .facts import CaseFacts
from .figure import Backing, Figure, Interval, Period, Unit, quantile
from .survival import Lifetime, curve_of, quantile_interval, quantile_of

PERCENTS = (50, 75, 90, 95)
_APART = (Verdict.LIVE, Verdict.AFTER_THE_FACT)


def time_to(
    facts: Iterable[CaseFacts],
    clock: ClockName,
    lens_name: str,
    period: Period,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """Working time of a clock over units begun in the period; its median, by Kaplan and Meier."""
    units = [
        reading
        for case in facts
        for reading in case.readings
        if reading.clock is clock
        and reading.verdict not in _APART
        and period.holds(reading.started_at)
    ]
    curve = curve_of([Lifetime(reading.used, reading.ended_at is not None) for reading in units])
    return Figure(
        name=f"time.{clock.value}",
        title=_TITLES[clock],
        unit=Unit.SPAN,
        value=quantile_of(curve, 50),
        count=len(units),
        still_open=sum(reading.state is not State.ENDED for reading in units),
        lens=lens_name,
        period=period,
        interval=quantile_interval(curve, 50),
        quantiles={percent: quantile_of(curve, percent) for percent in PERCENTS},
        caveats=caveats,
        backing=_backing(units),
    )


_TITLES = {
    ClockName.RESPONSE: "First human response",
    ClockName.NEXT_REPLY: "Next reply",
    ClockName.RESOLUTION: "Resolution",
    ClockName.RESTORE: "Service restored",
}


def first_automatic(facts: Iterable[CaseFacts], lens_name: str, period: Period) -> Figure:
    """Wall time to the first automatic message: shown beside, never counted as a response."""
    cases = [case for case in facts if period.holds(case.started_at)]
    answered = [case for case in cases if case.diagnosis.first_automatic is not None]
    spans = sorted(case.diagnosis.first_automatic or 0 for case in answered)
    return Figure(
        name="time.first_automatic",
        title="First automatic response",
        unit=Unit.SPAN,
        value=quantile(spans, 50),
        count=len(answered),
        still_open=0,
        lens=lens_name,
        period=period,
        interval=_order_interval(spans),
        quantiles={percent: quantile(spans, percent) for percent in PERCENTS},
        caveats=("never counted as a response",),
        backing=tuple(
            Backing(case.tickets, "automatic", float(case.diagnosis.first_automatic or 0))
            for case in answered
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


def _backing(units: Sequence[Reading]) -> tuple[Backing, ...]:
    return tuple(
        Backing(reading.tickets, reading.verdict.value, float(reading.used)) for reading in units
    )
