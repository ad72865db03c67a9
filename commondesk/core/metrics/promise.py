"""Promise: attainment of a target under a lens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..record.events import ClockName
from ..service_level.clock import Verdict
from ..service_level.lens import Population
from .facts import Facts
from .figure import Backing, Figure, Interval, Period, Unit, wilson
from .outcome import Outcome, belongs

TITLES = {
    ClockName.RESPONSE: "Response on time",
    ClockName.NEXT_REPLY: "Next reply on time",
    ClockName.RESOLUTION: "Resolution on time",
    ClockName.RESTORE: "Service restored on time",
}


class Sort(NamedTuple):
    """Outcomes that count alike: in which clock, under which lenses, as what."""

    clock: str
    lenses: int
    priority: str
    verdict: Verdict
    is_open: bool
    is_due: bool
    is_ended: bool

    def is_in(self, population: Population) -> bool:
        """Whether such outcomes are in a population of the period they were sorted for."""
        return self.is_ended if population is Population.ENDED else self.is_due


Sorted = Mapping[Sort, int]
"""How many outcomes of each sort there are."""


def sorted_outcomes(facts: Facts, period: Period) -> Sorted:
    """Count the outcomes of a period once, for every clock, lens and priority."""
    at, start, end = facts.at, period.start, period.end
    found: Counter[Sort] = Counter()
    for (clock, lenses), some in facts.alike.items():
        counted: Counter[tuple[str, Verdict, bool, bool, bool]] = Counter()
        for each in some:
            due_at, ended_at = each.due_at, each.ended_at
            is_ended = ended_at is not None and start <= ended_at < end
            is_due = due_at is not None and start <= due_at < end
            if each.apart or not (is_ended or is_due or (ended_at is None and due_at is None)):
                continue
            verdict = each.verdict_at(at)
            is_due = is_due or verdict is _UNDECIDED
            counted[each.priority, verdict, ended_at is None, is_due, is_ended] += 1
        for key, count in counted.items():
            found[Sort(clock, lenses, *key)] += count
    return found


_UNDECIDED = Verdict.UNDECIDED


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
        if not sort.is_in(population) or not wanted(sort):
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
    counted: Sorted | None = None,
) -> Figure:
    """(met + met so far) / (these + missed) among the units of the period; empty is no data.

    priority: only units of that priority. counted: the period's outcomes, if counted already.
    """
    scheme = facts.scheme
    mark, population = scheme.mark_of(lens), scheme.named[lens].population
    counted = sorted_outcomes(facts, period) if counted is None else counted

    def is_wanted(sort: Sort) -> bool:
        is_its = sort.clock == clock.value and bool(sort.lenses & mark)
        return is_its and priority in ("", sort.priority)

    found = tally(counted, population, is_wanted)
    return Figure(
        name=f"attainment.{clock.value}" + (f".{priority}" if priority else ""),
        title=TITLES[clock] + (f", {priority}" if priority else ""),
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
