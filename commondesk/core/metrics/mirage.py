"""The mirage: what the usual count says beyond what people lived, and which settings say it.

The parts are Shapley values: each setting's average effect on the attainment over all orders in
which the settings could be switched from the usual lens to the lived one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import factorial, fsum

from ..record.events import ClockName
from ..service_level.lens import Population
from ..texts import gettext
from .changed import mixtures_of
from .counting import Sorted, counted
from .facts import Facts
from .figure import Backing, Figure, Period
from .promise import attainment
from .scheme import Scheme
from .words import verdict_words

Values = Mapping[int, float | None]
"""The attainment of each mixture: settings whose bits are set are as the lived lens has them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one setting contributes: points of a share, and how many tickets it alone changes.

    The two numbers answer different questions and are never equated: points count units over all
    mixtures, tickets are those whose verdict changes when this setting alone is switched.
    """

    setting: str
    points: float
    tickets: int


@dataclass(frozen=True, slots=True)
class Mirage:
    """The gap of a clock between two lenses, and its parts, largest first. They add up to it.

    gap and parts are None and empty where either lens, or a mixture of them, has no data.
    """

    clock: ClockName
    usual: Figure
    lived: Figure
    gap: float | None
    parts: tuple[Part, ...]


def mirage(facts: Facts, clock: ClockName, period: Period, caveats: tuple[str, ...] = ()) -> Mirage:
    """The mirage of a clock in a period."""
    scheme = facts.scheme
    counts = counted(facts, period)
    usual = attainment(facts, clock, scheme.usual, period, caveats)
    lived = attainment(facts, clock, scheme.lived, period, caveats)
    values = values_of(counts.outcomes, scheme, clock)
    points = shapley(values, len(scheme.settings))
    if usual.value is None or lived.value is None or points is None:
        return Mirage(clock, usual, lived, None, ())
    changed = counts.changed(clock)
    parts = [
        Part(name, -each, changed[name]) for name, each in zip(scheme.settings, points, strict=True)
    ]
    parts.sort(key=lambda part: (-abs(part.points), -part.tickets, part.setting))
    return Mirage(clock, usual, lived, usual.value - lived.value, tuple(parts))


def values_of(counted: Sorted, scheme: Scheme, clock: ClockName) -> Values:
    """The attainment of a clock under every mixture of the two lenses."""
    met = dict.fromkeys(range(1 << len(scheme.settings)), 0)
    judged = dict(met)
    alike: Counter[tuple[int, Population, bool]] = Counter()
    for sort, count in counted.items():
        if sort.clock == clock.value and sort.verdict.is_judged:
            alike[sort.lenses, sort.population, sort.verdict.is_met] += count
    places = mixtures_of(scheme).items()
    for (lenses, among, is_met), count in alike.items():
        for mixture, (bit, population) in places:
            if population is among and lenses >> bit & 1:
                judged[mixture] += count
                met[mixture] += count * is_met
    return {each: met[each] / judged[each] if judged[each] else None for each in met}


def shapley(values: Values, count: int) -> tuple[float, ...] | None:
    """The part of each setting in the change from no setting switched to all; None without data."""
    if any(value is None for value in values.values()):
        return None
    weights = [
        factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)
    ]
    return tuple(fsum(_steps(values, place, count, weights)) for place in range(count))


def _steps(values: Values, place: int, count: int, weights: Sequence[float]) -> Iterator[float]:
    bit = 1 << place
    for mixture in range(1 << count):
        if mixture & bit:
            continue
        before, after = values[mixture], values[mixture | bit]
        assert before is not None and after is not None
        if after != before:
            yield weights[mixture.bit_count()] * (after - before)


def backing_of(tickets: Sequence[str], facts: Facts, clock: ClockName) -> tuple[Backing, ...]:
    """Tickets of a part, each with its verdicts under the usual and the lived lens."""
    at, scheme = facts.at, facts.scheme
    wanted = set(tickets)
    said: dict[str, dict[str, list[str]]] = {each: {} for each in tickets}
    for each in facts.outcomes:
        if each.clock != clock.value or each.ticket not in wanted:
            continue
        for name in (scheme.usual, scheme.lived):
            if int(each.lenses, 16) & scheme.mark_of(name):
                verdicts = said[each.ticket].setdefault(name, [])
                verdicts.append(verdict_words(each.verdict_at(at)))
    return tuple(
        Backing(
            (ticket,),
            " → ".join(", ".join(names.get(each, [gettext("not counted")])) for each in pair),
        )
        for ticket, names in said.items()
        for pair in [(scheme.usual, scheme.lived)]
    )
