"""Alike: the text that tickets or units share which count alike, kept beside their facts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from commondesk.core.metrics.changed import bearings_of
from commondesk.core.metrics.counting import TicketSort, sort_of
from commondesk.core.metrics.facts import TicketFacts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.clock import Verdict

OPEN, MET, MISSED, ENDED = "open", "met", "missed", "ended"


class UnitSort(NamedTuple):
    """Units that count alike whatever the period. state: open, met, missed; ended if not judged."""

    clock: str
    lenses: int
    priority: str
    apart: str
    state: str
    bearing: str


def of_ticket(ticket: TicketFacts, at: Instant) -> str:
    """The text of a ticket."""
    return json.dumps(sort_of(ticket, at))


def ticket_sort(text: str) -> TicketSort:
    """The sort that a text names."""
    return TicketSort(*json.loads(text))


def of_units(units: Iterable[Outcome], scheme: Scheme, at: Instant) -> list[str]:
    """The texts of all units of some tickets."""
    listed = list(units)
    return [
        f"{each.clock},{each.lenses},{each.priority},{each.apart},{_state(each, at)},{bearing}"
        for each, bearing in zip(listed, bearings_of(listed, scheme), strict=True)
    ]


def unit_sort(text: str) -> UnitSort:
    """The sort that a text names."""
    clock, lenses, priority, apart, state, bearing = text.split(",")
    return UnitSort(clock, int(lenses, 16), priority, apart, state, bearing)


def _state(unit: Outcome, at: Instant) -> str:
    if unit.ended_at is None:
        return OPEN
    if unit.apart:
        return ENDED
    return MISSED if unit.verdict_at(at) is Verdict.MISSED else MET
