"""Promise: attainment of a target under a lens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..record.events import ClockName
from ..service_level.clock import Reading, State, Verdict
from ..service_level.lens import Lens
from .facts import CaseFacts, population
from .figure import Backing, Figure, Interval, Period, Unit, wilson


def attainment(
    facts: Iterable[CaseFacts],
    clock: ClockName,
    lens: Lens,
    lens_name: str,
    period: Period,
    caveats: tuple[str, ...] = (),
) -> Figure:
    """(met + met so far) / (these + missed) among the units of the period; empty is no data."""
    readings = [reading for case in facts for reading in case.readings if reading.clock is clock]
    units = list(population(readings, lens.population, period))
    met = sum(reading.verdict.is_met for reading in units)
    judged = sum(reading.verdict.is_judged for reading in units)
    undecided = sum(reading.verdict is Verdict.UNDECIDED for reading in units)
    return Figure(
        name=f"attainment.{clock.value}",
        title=f"{_title(clock)} on time",
        unit=Unit.SHARE,
        value=met / judged if judged else None,
        count=judged,
        still_open=sum(reading.state is not State.ENDED for reading in units),
        lens=lens_name,
        period=period,
        undecided=undecided,
        so_far=sum(reading.verdict is Verdict.MET_SO_FAR for reading in units),
        interval=wilson(met, judged),
        extremes=_extremes(met, judged, undecided),
        caveats=caveats,
        backing=_backing(units),
    )


def _title(clock: ClockName) -> str:
    return clock.value.replace("_", " ").capitalize()


def _extremes(met: int, judged: int, undecided: int) -> Interval | None:
    total = judged + undecided
    if not undecided:
        return None
    return Interval(met / total, (met + undecided) / total)


def _backing(units: Sequence[Reading]) -> tuple[Backing, ...]:
    return tuple(
        Backing(reading.tickets, reading.verdict.value, float(reading.used)) for reading in units
    )
