"""Promise: attainment of a target under a lens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..record.events import ClockName
from ..service_level.clock import Verdict
from ..service_level.lens import Population
from ..texts import gettext, gettext_noop
from .counting import Sort, Sorted, counted
from .facts import Facts
from .figure import Backing, Figure, Interval, Period, Unit, wilson
from .outcome import Outcome, belongs

TITLES = {
    ClockName.RESPONSE: gettext_noop("Response on time"),
    ClockName.NEXT_REPLY: gettext_noop("Next reply on time"),
    ClockName.RESOLUTION: gettext_noop("Resolution on time"),
    ClockName.RESTORE: gettext_noop("Service restored on time"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What an attainment is made from."""

    met: int = 0
    judged: int = 0
    undecided: int = 0
    so_far: int = 0
    still_open: int = 0
    units: int = 0

    @property
    def value(self) -> float | None:
        """(met + met so far) / (these + missed); None without any."""
        return self.met / self.judged if self.judged else None


def tally(sorted_: Sorted, population: Population, wanted: Callable[[Sort], bool]) -> Tally:
    """Add up the sorts that are in the population and wanted."""
    met = judged = undecided = so_far = still_open = units = 0
    for sort, count in sorted_.items():
        if sort.population is not population or not wanted(sort):
            continue
        verdict = sort.verdict
        met += count * verdict.is_met
        judged += count * verdict.is_judged
        undecided += count * (verdict is Verdict.UNDECIDED)
        so_far += count * (verdict is Verdict.MET_SO_FAR)
        still_open += count * sort.is_open
        units += count
    return Tally(met, judged, undecided, so_far, still_open, units)


def attainment(
    facts: Facts,
    clock: ClockName,
    lens: str,
    period: Period,
    caveats: tuple[str, ...] = (),
    *,
    priority: str = "",
) -> Figure:
    """(met + met so far) / (these + missed) among the units of the period; empty is no data.

    priority: only units of that priority.
    """
    scheme = facts.scheme
    mark, population = scheme.mark_of(lens), scheme.named[lens].population

    def is_wanted(sort: Sort) -> bool:
        is_its = sort.clock == clock.value and bool(sort.lenses & mark)
        return is_its and priority in ("", sort.priority)

    found = tally(counted(facts, period).of_clock(clock, population), population, is_wanted)
    return Figure(
        name=f"attainment.{clock.value}" + (f".{priority}" if priority else ""),
        title=gettext(TITLES[clock]) + (f", {priority}" if priority else ""),
        unit=Unit.SHARE,
        value=found.value,
        count=found.judged,
        still_open=found.still_open,
        lens=lens,
        period=period,
        undecided=found.undecided,
        so_far=found.so_far,
        interval=wilson(found.met, found.judged),
        extremes=_extremes(found),
        caveats=caveats,
        units=found.units,
        behind=lambda: tuple(_backing(facts, clock, lens, period, priority)),
    )


def _extremes(found: Tally) -> Interval | None:
    total = found.judged + found.undecided
    if not found.undecided:
        return None
    return Interval(found.met / total, (found.met + found.undecided) / total)


def _backing(
    facts: Facts, clock: ClockName, lens: str, period: Period, priority: str
) -> Iterator[Backing]:
    population = facts.scheme.named[lens].population
    for each in facts.units(clock, lens):
        verdict = each.verdict_at(facts.at)
        is_in = belongs(verdict, each.due_at, each.ended_at, population, period)
        if is_in and priority in ("", each.priority):
            yield backing(each, facts)


def backing(outcome: Outcome, facts: Facts) -> Backing:
    """A unit behind a figure: its verdict and the working time used."""
    verdict = outcome.verdict_at(facts.at).value
    return Backing(outcome.tickets, verdict, float(outcome.used_at(facts.counts)))
