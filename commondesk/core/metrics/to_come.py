"""To come: what will be missed in the next hours, and what is undecided."""

from __future__ import annotations

from collections.abc import Iterable

from ..record.instant import HOUR, Span
from ..texts import gettext
from . import counting
from .counting import counted
from .facts import Facts
from .figure import Backing, Figure, Period, count_of
from .outcome import Outcome
from .words import clock_words

NEXT_HOURS: Span = 8 * HOUR


def misses_to_come(facts: Facts, lens: str, period: Period, within: Span = NEXT_HOURS) -> Figure:
    """How many clocks fall due within a span of wall time if nothing happens."""
    found = counted(facts, period).coming(lens, within)
    return count_of(
        found,
        name="misses_to_come",
        title=gettext("Misses to come"),
        lens=lens,
        period=period,
        still_open=found,
        behind=lambda: _backing(facts, counting.coming(facts, lens, within)),
    )


def undecided(facts: Facts, lens: str, period: Period) -> Figure:
    """How many clocks wait with no due instant, with their age on the wall."""
    found = counted(facts, period).undecided(lens)
    return count_of(
        found,
        name="undecided",
        title=gettext("Undecided"),
        lens=lens,
        period=period,
        still_open=found,
        behind=lambda: _backing(facts, counting.undecided(facts, lens)),
    )


def _backing(facts: Facts, units: Iterable[Outcome]) -> tuple[Backing, ...]:
    """Soonest or oldest first; how long until it is due, or how old it is."""
    ordered = sorted(units, key=lambda each: (each.due_at or each.started_at, each.ticket))
    return tuple(
        Backing(
            (each.ticket,),
            clock_words(each.clock),
            float(facts.at - each.started_at if each.due_at is None else each.due_at - facts.at),
        )
        for each in ordered
    )
