"""Backlog: what is open, by age."""

from __future__ import annotations

from dataclasses import dataclass

from ..record.instant import DAY, Span
from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Period, Unit

AGES: tuple[tuple[str, Span], ...] = (
    ("under 1 day", DAY),
    ("1 to 3 days", 3 * DAY),
    ("3 to 7 days", 7 * DAY),
    ("1 to 2 weeks", 14 * DAY),
    ("2 to 4 weeks", 28 * DAY),
    ("over 4 weeks", 1 << 62),
)
"""The classes of age, each with the age it ends at, on the wall."""


@dataclass(frozen=True, slots=True)
class AgeClass:
    """The open tickets of an age; unowned counts those of them that nobody has."""

    title: str
    count: int
    unowned: int
    is_old: bool


def backlog(facts: Facts, period: Period) -> Figure:
    """How many tickets are open at the end of the period, or now."""
    found = open_tickets(facts)
    return Figure(
        name="backlog",
        title="Open tickets",
        unit=Unit.COUNT,
        value=float(len(found)),
        count=len(found),
        still_open=len(found),
        lens="",
        period=period,
        units=len(found),
        behind=lambda: tuple(
            Backing((each.ticket,), class_of(facts.at - each.started_at), _age(each, facts))
            for each in sorted(found, key=lambda each: each.started_at)
        ),
    )


def open_tickets(facts: Facts) -> list[TicketFacts]:
    """The tickets that are open at the instant of the facts."""
    return [each for each in facts.tickets if each.is_open_at(facts.at)]


def by_age(facts: Facts) -> tuple[AgeClass, ...]:
    """The open tickets by age, youngest first."""
    counts = {title: [0, 0] for title, _ in AGES}
    for each in open_tickets(facts):
        mine = counts[class_of(facts.at - each.started_at)]
        mine[0] += 1
        mine[1] += each.is_alone
    return tuple(
        AgeClass(title, counts[title][0], counts[title][1], until > 7 * DAY)
        for title, until in AGES
    )


def class_of(age: Span) -> str:
    """The class of an age."""
    return next(title for title, until in AGES if age < until)


def _age(ticket: TicketFacts, facts: Facts) -> float:
    return float(facts.at - ticket.started_at)
