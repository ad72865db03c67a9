"""Counting: how many facts of a period count alike, once for all figures made of them.

`Counts` counts facts one by one and says by that what each number means. Whoever keeps facts in a
table may ask the table instead: the numbers must be the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ..record.events import ClockName
from ..record.instant import Instant, Span
from ..service_level.clock import Verdict
from ..service_level.lens import Population
from .changed import changed_tickets
from .facts import Facts, TicketFacts
from .figure import Period
from .outcome import Outcome
from .survival import Point, curve_of

AFTER_THE_FACT = Verdict.AFTER_THE_FACT.value
_UNTIMED = (Verdict.LIVE.value, AFTER_THE_FACT)
_UNDECIDED = Verdict.UNDECIDED


class Sort(NamedTuple):
    """Outcomes that count alike: in which clock, under which lenses, in which population, as what.

    An outcome that is both due and ended in a period is counted once in each population.
    """

    clock: str
    lenses: int
    priority: str
    verdict: Verdict
    is_open: bool
    population: Population


Sorted = Mapping[Sort, int]
"""How many outcomes of each sort there are."""


class TicketSort(NamedTuple):
    """Tickets that count alike. reopens are the kinds, each once, with spaces."""

    opening: str
    first_reply: str
    joined: str
    is_owned: bool
    bounces: str
    functional: bool
    hierarchical: bool
    reopens: str
    is_thanks: bool
    is_open: bool


_Wanted = Callable[[TicketSort], bool]


class Alone(NamedTuple):
    """Time without an owner: of how many tickets, working time and wall time of all, and how many
    of them lay any time, and still do."""

    tickets: int = 0
    work: Span = 0
    wall: Span = 0
    lay: int = 0
    still_alone: int = 0


class Loss(NamedTuple):
    """Tickets, how many of them are open, and the working time lost."""

    tickets: int = 0
    still_open: int = 0
    lost: Span = 0


@dataclass(frozen=True)
class Counts:
    """What the figures of a period count, counted from facts."""

    facts: Facts
    period: Period

    @cached_property
    def outcomes(self) -> Sorted:
        """The outcomes of the period, for every clock, lens and priority."""
        at, start, end = self.facts.at, self.period.start, self.period.end
        found: Counter[Sort] = Counter()
        for (clock, lenses), some in self.facts.alike.items():
            counted: Counter[tuple[str, Verdict, bool, Population]] = Counter()
            for each in some:
                due_at, ended_at = each.due_at, each.ended_at
                if each.apart:
                    continue
                is_open = ended_at is None
                is_ended = ended_at is not None and start <= ended_at < end
                is_due = start <= due_at < end if due_at is not None else is_open
                if not is_due and not is_ended:
                    continue
                verdict = each.verdict_at(at)
                if is_due and (due_at is not None or verdict is _UNDECIDED):
                    counted[each.priority, verdict, is_open, Population.DUE] += 1
                if is_ended:
                    counted[each.priority, verdict, is_open, Population.ENDED] += 1
            for key, count in counted.items():
                found[Sort(clock, lenses, *key)] += count
        return found

    def of_clock(self, clock: ClockName, population: Population) -> Sorted:
        """The outcomes of the period of one clock, in one population."""
        return self._of_clock.get((clock.value, population), {})

    @cached_property
    def _of_clock(self) -> Mapping[tuple[str, Population], Sorted]:
        found: dict[tuple[str, Population], dict[Sort, int]] = {}
        for sort, count in self.outcomes.items():
            found.setdefault((sort.clock, sort.population), {})[sort] = count
        return found

    @cached_property
    def begun(self) -> Mapping[TicketSort, int]:
        """The tickets opened in the period."""
        return Counter(sort_of(each, self.facts.at) for each in self.facts.begun(self.period))

    @cached_property
    def solved(self) -> Mapping[TicketSort, int]:
        """The tickets first solved in the period."""
        return Counter(sort_of(each, self.facts.at) for each in self.facts.solved(self.period))

    def spans(self, clock: ClockName, lens: str) -> tuple[list[Span], list[Span]]:
        """How long the units begun in the period took, and how long the open ones have run for."""
        ended: list[Span] = []
        still_open: list[Span] = []
        for each in timed(self.facts, clock, lens, self.period):
            used = each.used_at(self.facts.counts)
            (still_open if each.ended_at is None else ended).append(used)
        return ended, still_open

    def curve(self, clock: ClockName, lens: str) -> tuple[Point, ...]:
        """The share of the units begun in the period that is still open, by working time."""
        key = clock.value, lens
        if key not in self._curves:
            self._curves[key] = curve_of(*self.spans(clock, lens))
        return self._curves[key]

    @cached_property
    def _curves(self) -> dict[tuple[str, str], tuple[Point, ...]]:
        return {}

    def automatic(self) -> list[Span]:
        """The wall time to the first automatic message of the tickets that had one."""
        told = (each.first_automatic for each in self.facts.begun(self.period))
        return [each for each in told if each is not None]

    @cached_property
    def alone(self) -> Alone:
        """Time without an owner of the tickets opened in the period."""
        count = work = wall = lay = still = 0
        for each in self.facts.begun(self.period):
            if each.opening == AFTER_THE_FACT:
                continue
            covered, on_the_wall = each.ownerless_at(self.facts.counts, self.facts.at)
            count, work, wall = count + 1, work + covered, wall + on_the_wall
            lay += on_the_wall > 0
            still += each.is_alone and on_the_wall > 0
        return Alone(count, work, wall, lay, still)

    def ages(self, ages: Sequence[Span]) -> list[tuple[int, int]]:
        """By class of age, each given by where it ends: open tickets, and those nobody has."""
        found = [[0, 0] for _ in ages]
        for each in self.facts.tickets:
            if each.is_open_at(self.facts.at):
                age = self.facts.at - each.started_at
                mine = found[next(place for place, until in enumerate(ages) if age < until)]
                mine[0] += 1
                mine[1] += each.is_alone
        return [(count, unowned) for count, unowned in found]

    def flow(self, bounds: Sequence[Instant]) -> tuple[list[int], list[int]]:
        """By stretch between bounds: the tickets opened, and solved for good so far."""
        at = self.facts.at
        settled = [each.settled_at for each in self.facts.tickets]
        return (
            _between(sorted(each.started_at for each in self.facts.tickets), bounds),
            _between(sorted(each for each in settled if each is not None and each <= at), bounds),
        )

    def losses(self, kind: str) -> Mapping[str, Loss]:
        """By service, item, site or requester: the tickets opened in the period, and their loss."""
        sums: dict[str, list[int]] = {}
        for each in self.facts.begun(self.period):
            if each.opening != AFTER_THE_FACT:
                mine = sums.setdefault(getattr(each, kind), [0, 0, 0])
                mine[0] += 1
                mine[1] += each.is_open_at(self.facts.at)
                mine[2] += each.lost_at(self.facts.counts)
        return {key: Loss(*some) for key, some in sums.items()}

    def changed(self, clock: ClockName) -> dict[str, int]:
        """By setting: how many tickets' verdicts change when it alone is switched."""
        told = changed_tickets(self.facts, clock, self.period)
        return {name: len(tickets) for name, tickets in told.items()}

    def near_due(self, clock: ClockName, lens: str, steps: int) -> Mapping[int, int]:
        """How many units due in the period ended in each step of the time to their due instant."""
        told = (step_of(each, self.period, steps) for each in self.facts.units(clock, lens))
        return Counter(step for step in told if step is not None)

    def coming(self, lens: str, within: Span) -> int:
        """How many clocks fall due within a span of wall time if nothing happens."""
        return sum(1 for _ in coming(self.facts, lens, within))

    def undecided(self, lens: str) -> int:
        """How many clocks wait with no due instant."""
        return sum(1 for _ in undecided(self.facts, lens))


def counted(facts: Facts, period: Period) -> Counts:
    """The counts of a period, made once."""
    found = facts.counted.get(period)
    if not isinstance(found, Counts):
        found = facts.counted[period] = Counts(facts, period)
    return found


def sort_of(ticket: TicketFacts, at: Instant) -> TicketSort:
    """The sort of a ticket at an instant."""
    return TicketSort(
        opening=ticket.opening,
        first_reply=ticket.first_reply,
        joined=ticket.joined,
        is_owned=bool(ticket.owners),
        bounces=ticket.bounces,
        functional=ticket.functional > 0,
        hierarchical=ticket.hierarchical > 0,
        reopens=" ".join(sorted({each.partition("@")[0] for each in ticket.reopens.split()})),
        is_thanks=bool(ticket.thanks),
        is_open=ticket.is_open_at(at),
    )


def timed(facts: Facts, clock: ClockName, lens: str, period: Period) -> Iterator[Outcome]:
    """The units begun in a period whose time counts."""
    start, end = period.start, period.end
    for each in facts.units(clock, lens):
        if start <= each.started_at < end and each.apart not in _UNTIMED:
            yield each


def step_of(unit: Outcome, period: Period, steps: int) -> int | None:
    """The step of one unit; None where it is not among them."""
    due_at, ended_at, started_at = unit.due_at, unit.ended_at, unit.started_at
    if unit.apart or due_at is None or ended_at is None or not period.holds(due_at):
        return None
    if not started_at <= ended_at <= due_at or due_at == started_at:
        return None
    # A step holds its end: what ends at the due instant is in the last one.
    return max(0, -(-(ended_at - started_at) * steps // (due_at - started_at)) - 1)


def coming(facts: Facts, lens: str, within: Span) -> Iterator[Outcome]:
    """The units that fall due within a span of wall time if nothing happens."""
    at = facts.at
    for each in _running(facts, lens):
        if each.due_at is not None and not each.apart and at <= each.due_at < at + within:
            yield each


def undecided(facts: Facts, lens: str) -> Iterator[Outcome]:
    """The units that wait with no due instant."""
    for each in _running(facts, lens):
        if each.verdict_at(facts.at) is _UNDECIDED:
            yield each


def _running(facts: Facts, lens: str) -> Iterator[Outcome]:
    mark = facts.scheme.mark_of(lens)
    return (each for each in facts.running if int(each.lenses, 16) & mark)


def _between(ordered: Sequence[Instant], bounds: Sequence[Instant]) -> list[int]:
    places = [bisect_left(ordered, each) for each in bounds]
    return [later - earlier for earlier, later in pairwise(places)]


def number_of(sorts: Mapping[TicketSort, int], is_wanted: _Wanted = lambda _: True) -> int:
    """How many tickets are of the wanted sorts."""
    return sum(count for sort, count in sorts.items() if is_wanted(sort))
