"""To come: what will be missed in the next hours, and what is undecided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..record.instant import HOUR, Instant, Span
from ..service_level.clock import Verdict
from .facts import Facts
from .figure import Backing, Figure, Period, Unit
from .outcome import Outcome

NEXT_HOURS: Span = 8 * HOUR


class Running(NamedTuple):
    """A unit that has not ended: its ticket, its clock and when it falls due, if that is known."""

    ticket: str
    clock: str
    started_at: Instant
    due_at: Instant | None


def misses_to_come(facts: Facts, lens: str, period: Period, within: Span = NEXT_HOURS) -> Figure:
    """How many clocks fall due within a span of wall time if nothing happens."""
    found = sorted(_due(facts, lens, within), key=lambda each: (each.due_at or 0, each.ticket))
    return _figure("misses_to_come", "Misses to come", found, facts, lens, period)


def undecided(facts: Facts, lens: str, period: Period) -> Figure:
    """How many clocks wait with no due instant, with their age on the wall."""
    found = sorted(
        (
            Running(each.ticket, each.clock, each.started_at, None)
            for each in _running(facts, lens)
            if each.verdict_at(facts.at) is Verdict.UNDECIDED
        ),
        key=lambda each: (each.started_at, each.ticket),
    )
    return _figure("undecided", "Undecided", found, facts, lens, period)


def _due(facts: Facts, lens: str, within: Span) -> Iterator[Running]:
    at = facts.at
    for each in _running(facts, lens):
        if each.due_at is not None and not each.apart and at <= each.due_at < at + within:
            yield Running(each.ticket, each.clock, each.started_at, each.due_at)


def _running(facts: Facts, lens: str) -> Iterator[Outcome]:
    mark = facts.scheme.mark_of(lens)
    return (each for each in facts.running if int(each.lenses, 16) & mark)


def _figure(
    name: str, title: str, found: list[Running], facts: Facts, lens: str, period: Period
) -> Figure:
    return Figure(
        name=name,
        title=title,
        unit=Unit.COUNT,
        value=float(len(found)),
        count=len(found),
        still_open=len(found),
        lens=lens,
        period=period,
        units=len(found),
        behind=lambda: tuple(
            Backing(
                (each.ticket,),
                each.clock.replace("_", " "),
                float(
                    facts.at - each.started_at if each.due_at is None else each.due_at - facts.at
                ),
            )
            for each in found
        ),
    )
