"""Ownerless time: how long nobody had it."""

from __future__ import annotations

from dataclasses import dataclass

from ..record.instant import Span
from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Period, Unit


@dataclass(frozen=True, slots=True)
class Ownerless:
    """Time without an owner of the tickets opened in a period. wall stands beside the figure.

    The figure's value is covered time; its units are the tickets that lay any time.
    """

    figure: Figure
    wall: Span


def ownerless(facts: Facts, period: Period) -> Ownerless:
    """The sum over the tickets opened in the period, after the fact ones left out."""
    told: list[tuple[TicketFacts, Span]] = []
    count = work = wall = 0
    for each in facts.begun(period):
        if each.opening == "after_the_fact":
            continue
        count += 1
        alone, on_the_wall = each.ownerless_at(facts.counts, facts.at)
        work, wall = work + alone, wall + on_the_wall
        if on_the_wall:
            told.append((each, alone))
    figure = Figure(
        name="ownerless",
        title="Time that nobody had it",
        unit=Unit.SPAN,
        value=float(work) if count else None,
        count=count,
        still_open=sum(each.is_alone for each, _ in told),
        lens="",
        period=period,
        units=len(told),
        behind=lambda: tuple(
            Backing((each.ticket,), "nobody has it" if each.is_alone else "was owned", float(alone))
            for each, alone in sorted(told, key=lambda pair: -pair[1])
        ),
    )
    return Ownerless(figure, wall)
