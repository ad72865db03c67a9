"""Ownerless time: how long nobody had it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..record.instant import Span
from ..texts import gettext
from .counting import AFTER_THE_FACT, counted
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
    found = counted(facts, period).alone
    figure = Figure(
        name="ownerless",
        title=gettext("Time that nobody had it"),
        unit=Unit.SPAN,
        value=float(found.work) if found.tickets else None,
        count=found.tickets,
        still_open=found.still_alone,
        lens="",
        period=period,
        units=found.lay,
        behind=lambda: tuple(
            Backing(
                (each.ticket,),
                gettext("nobody has it") if each.is_alone else gettext("was owned"),
                float(alone),
            )
            for each, alone in sorted(_lay(facts, period), key=lambda pair: -pair[1])
        ),
    )
    return Ownerless(figure, found.wall)


def _lay(facts: Facts, period: Period) -> Iterator[tuple[TicketFacts, Span]]:
    for each in facts.begun(period):
        alone, on_the_wall = each.ownerless_at(facts.counts, facts.at)
        if on_the_wall and each.opening != AFTER_THE_FACT:
            yield each, alone
