"""Changed: which tickets a setting alone changes, among the two lenses that a mirage compares.

A mixture is a number: settings whose bits are set are as the lived lens has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..record.events import ClockName
from ..record.instant import Instant
from ..service_level.clock import Verdict
from ..service_level.lens import Population
from .facts import Facts
from .figure import Period
from .outcome import Outcome
from .scheme import POPULATION, Scheme


def mixtures_of(scheme: Scheme) -> dict[int, tuple[int, Population]]:
    """By mixture of the two lenses compared: the bit of its lens and the population it counts."""
    usual, lived = scheme.named[scheme.usual], scheme.named[scheme.lived]
    found = {}
    for mixture in range(1 << len(scheme.settings)):
        taken = [name for place, name in enumerate(scheme.settings) if mixture >> place & 1]
        bit = sum(1 << scheme.read.index(name) for name in taken if name != POPULATION)
        population = (lived if POPULATION in taken else usual).population
        found[mixture] = bit, population
    return found


def changed_tickets(facts: Facts, clock: ClockName, period: Period) -> dict[str, list[str]]:
    """By setting: the tickets whose verdict changes when it alone is switched, from either side.

    A ticket's verdict is that of the units it begins: met, missed or not counted.
    """
    scheme = facts.scheme
    if not facts.outcomes:
        return {name: [] for name in scheme.settings}
    places = mixtures_of(scheme)
    whole = (1 << len(scheme.settings)) - 1
    pairs = {
        name: ((0, 1 << place), (whole, whole ^ 1 << place))
        for place, name in enumerate(scheme.settings)
    }
    wanted = sorted({mixture for sides in pairs.values() for pair in sides for mixture in pair})
    known: dict[frozenset[tuple[_Said, int]], list[str]] = {}
    found: dict[str, list[str]] = {name: [] for name in scheme.settings}
    for ticket, units in _differing(facts, clock, period).items():
        alike = frozenset(units.items())
        if alike not in known:
            told: dict[int, list[tuple[int, str]]] = {}
            for (cycle, due, ended), lenses in units.items():
                for mixture in wanted:
                    bit, population = places[mixture]
                    said = ended if population is Population.ENDED else due
                    if said and lenses >> bit & 1:
                        told.setdefault(mixture, []).append((cycle, said))
            known[alike] = [
                name for name, sides in pairs.items() if any(_differ(told, *pair) for pair in sides)
            ]
        for name in known[alike]:
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


# ---- ahead of any period --------------------------------------------------------------------

PLAIN, FIRST, ODD = "", "first", "odd"
"""How a unit bears on the tickets that a setting changes: not at all; as the one unit that its
ticket has, which only the population can change; or together with other units of its ticket."""


def bearings_of(units: Iterable[Outcome], scheme: Scheme) -> list[str]:
    """The bearing of each unit of some tickets, whatever the period."""
    mixtures = (1 << (1 << len(scheme.read))) - 1
    told: dict[tuple[str, str], dict[tuple[object, ...], int]] = {}
    listed = list(units)
    for each in listed:
        mine = int(each.lenses, 16) & mixtures
        if mine:
            ways = told.setdefault((each.ticket, each.clock), {})
            way = each.cycle, each.apart, each.due_at, each.ended_at
            ways[way] = ways.get(way, 0) | mine
    seen: set[tuple[str, str]] = set()
    found = []
    for each in listed:
        key = each.ticket, each.clock
        ways = told.get(key, {})
        if not int(each.lenses, 16) & mixtures:
            found.append(PLAIN)
        elif len(ways) > 1 or mixtures not in ways.values():
            found.append(ODD)
        else:
            found.append(PLAIN if key in seen else FIRST)
            seen.add(key)
    return found
