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
from ..record.instant import Instant
from ..service_level.clock import Verdict
from ..service_level.lens import Population
from .facts import Facts
from .figure import Backing, Figure, Period
from .outcome import Outcome
from .promise import Sorted, attainment, sorted_outcomes
from .scheme import POPULATION, Scheme

Values = Mapping[int, float | None]
"""The attainment of each mixture: settings whose bits are set are as the lived lens has them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one setting contributes: points of a share, and the tickets that it alone changes.

    The two numbers answer different questions and are never equated: points count units over all
    mixtures, tickets are those whose verdict changes when this setting alone is switched.
    """

    setting: str
    points: float
    tickets: tuple[str, ...]


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


def mirage(
    facts: Facts,
    clock: ClockName,
    period: Period,
    caveats: tuple[str, ...] = (),
    *,
    counted: Sorted | None = None,
) -> Mirage:
    """The mirage of a clock in a period."""
    scheme = facts.scheme
    counted = sorted_outcomes(facts, period) if counted is None else counted
    usual = attainment(facts, clock, scheme.usual, period, caveats, counted=counted)
    lived = attainment(facts, clock, scheme.lived, period, caveats, counted=counted)
    values = values_of(counted, scheme, clock)
    points = shapley(values, len(scheme.settings))
    if usual.value is None or lived.value is None or points is None:
        return Mirage(clock, usual, lived, None, ())
    changed = changed_tickets(facts, clock, period)
    parts = [
        Part(name, -each, tuple(changed[name]))
        for name, each in zip(scheme.settings, points, strict=True)
    ]
    parts.sort(key=lambda part: (-abs(part.points), -len(part.tickets), part.setting))
    return Mirage(clock, usual, lived, usual.value - lived.value, tuple(parts))


def values_of(counted: Sorted, scheme: Scheme, clock: ClockName) -> Values:
    """The attainment of a clock under every mixture of the two lenses."""
    met = dict.fromkeys(range(1 << len(scheme.settings)), 0)
    judged = dict(met)
    alike: Counter[tuple[int, bool, bool, bool]] = Counter()
    for sort, count in counted.items():
        if sort.clock == clock.value and sort.verdict.is_judged:
            alike[sort.lenses, sort.is_due, sort.is_ended, sort.verdict.is_met] += count
    places = _places(scheme)
    for (lenses, is_due, is_ended, is_met), count in alike.items():
        for mixture, bit, population in places:
            is_in = is_ended if population is Population.ENDED else is_due
            if is_in and lenses >> bit & 1:
                judged[mixture] += count
                met[mixture] += count * is_met
    return {each: met[each] / judged[each] if judged[each] else None for each in met}


def _places(scheme: Scheme) -> list[tuple[int, int, Population]]:
    """Each mixture with the bit of its lens and the population it counts."""
    usual, lived = scheme.named[scheme.usual], scheme.named[scheme.lived]
    found = []
    for mixture in range(1 << len(scheme.settings)):
        taken = [name for place, name in enumerate(scheme.settings) if mixture >> place & 1]
        bit = sum(1 << scheme.read.index(name) for name in taken if name != POPULATION)
        population = (lived if POPULATION in taken else usual).population
        found.append((mixture, bit, population))
    return found


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


# ---- tickets --------------------------------------------------------------------------------


def changed_tickets(facts: Facts, clock: ClockName, period: Period) -> dict[str, list[str]]:
    """By setting: the tickets whose verdict changes when it alone is switched, from either side.

    A ticket's verdict is that of the units it begins: met, missed or not counted.
    """
    scheme = facts.scheme
    places = {mixture: (bit, population) for mixture, bit, population in _places(scheme)}
    whole = (1 << len(scheme.settings)) - 1
    pairs = {
        name: ((0, 1 << place), (whole, whole ^ 1 << place))
        for place, name in enumerate(scheme.settings)
    }
    wanted = sorted({mixture for sides in pairs.values() for pair in sides for mixture in pair})
    told: dict[str, dict[int, list[tuple[int, str]]]] = {}
    for ticket, units in _differing(facts, clock, period).items():
        mine = told.setdefault(ticket, {})
        for (cycle, due, ended), lenses in units.items():
            for mixture in wanted:
                bit, population = places[mixture]
                said = ended if population is Population.ENDED else due
                if said and lenses >> bit & 1:
                    mine.setdefault(mixture, []).append((cycle, said))
    found: dict[str, list[str]] = {name: [] for name in scheme.settings}
    for ticket, by_mixture in told.items():
        for name, sides in pairs.items():
            if any(_differ(by_mixture, *pair) for pair in sides):
                found[name].append(ticket)
    return {name: sorted(tickets) for name, tickets in found.items()}


def _differ(told: Mapping[int, list[tuple[int, str]]], one: int, other: int) -> bool:
    return sorted(told.get(one, ())) != sorted(told.get(other, ()))


_Said = tuple[int, str, str]
"""The cycle of a unit, and what it counts as among what was due, and among what ended."""


def _differing(facts: Facts, clock: ClockName, period: Period) -> dict[str, dict[_Said, int]]:
    """The units of the tickets that not all mixtures count alike, with the set of their lenses."""
    scheme = facts.scheme
    mixtures = (1 << (1 << len(scheme.read))) - 1
    has_populations = POPULATION in scheme.settings
    told: dict[str, dict[_Said, int]] = {}
    for (name, lenses), some in facts.alike.items():
        mine = lenses & mixtures
        if name != clock.value or not mine or (mine == mixtures and not has_populations):
            continue
        for each in some:
            said = _said(each, facts.at, period)
            units = told.setdefault(each.ticket, {})
            units[said] = units.get(said, 0) | mine
    return {ticket: units for ticket, units in told.items() if not _is_alike(units, mixtures)}


def _said(unit: Outcome, at: Instant, period: Period) -> _Said:
    verdict = unit.verdict_at(at)
    if not verdict.is_judged:
        return unit.cycle, "", ""
    said = "missed" if verdict is Verdict.MISSED else "met"
    is_due, is_ended = period.holds(unit.due_at), period.holds(unit.ended_at)
    return unit.cycle, said if is_due else "", said if is_ended else ""


def _is_alike(units: Mapping[_Said, int], mixtures: int) -> bool:
    """Whether every mixture counts the ticket in one way, whichever population it counts."""
    if len(units) != 1:
        return all(not due and not ended for _, due, ended in units)
    ((_, due, ended), lenses) = next(iter(units.items()))
    return due == ended and (lenses == mixtures or not due)


def backing_of(part: Part, facts: Facts, clock: ClockName) -> tuple[Backing, ...]:
    """The tickets of a part, each with its verdicts under the usual and the lived lens."""
    at, scheme = facts.at, facts.scheme
    wanted = set(part.tickets)
    said: dict[str, dict[str, list[str]]] = {each: {} for each in part.tickets}
    for each in facts.outcomes:
        if each.clock != clock.value or each.ticket not in wanted:
            continue
        for name in (scheme.usual, scheme.lived):
            if int(each.lenses, 16) & scheme.mark_of(name):
                verdicts = said[each.ticket].setdefault(name, [])
                verdicts.append(each.verdict_at(at).value.replace("_", " "))
    return tuple(
        Backing((ticket,), " → ".join(", ".join(names.get(each, ["not counted"])) for each in pair))
        for ticket, names in said.items()
        for pair in [(scheme.usual, scheme.lived)]
    )
