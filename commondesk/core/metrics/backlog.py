"""Backlog: what is open, by age."""

from __future__ import annotations

from dataclasses import dataclass

from ..record.instant import DAY, Span
from ..texts import gettext, gettext_noop
from .counting import counted
from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Period, count_of

AGES: tuple[tuple[str, Span], ...] = (
    (gettext_noop("under 1 day"), DAY),
    (gettext_noop("1 to 3 days"), 3 * DAY),
    (gettext_noop("3 to 7 days"), 7 * DAY),
    (gettext_noop("1 to 2 weeks"), 14 * DAY),
    (gettext_noop("2 to 4 weeks"), 28 * DAY),
    (gettext_noop("over 4 weeks"), 1 << 62),
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
    found = sum(each.count for each in by_age(facts, period))
    return count_of(
        found,
        name="backlog",
        title=gettext("Open tickets"),
        period=period,
        still_open=found,
        behind=lambda: tuple(
            Backing((each.ticket,), class_of(facts.at - each.started_at), _age(each, facts))
            for each in sorted(open_tickets(facts), key=lambda each: each.started_at)
        ),
    )


def open_tickets(facts: Facts) -> list[TicketFacts]:
    """The tickets that are open at the instant of the facts."""
    return [each for each in facts.tickets if each.is_open_at(facts.at)]


def by_age(facts: Facts, period: Period) -> tuple[AgeClass, ...]:
    """The open tickets by age, youngest first."""
    found = counted(facts, period).ages([until for _, until in AGES])
    return tuple(
        AgeClass(gettext(title), count, unowned, until > 7 * DAY)
        for (title, until), (count, unowned) in zip(AGES, found, strict=True)
    )


def class_of(age: Span) -> str:
    """The class of an age."""
    return gettext(next(title for title, until in AGES if age < until))


def _age(ticket: TicketFacts, facts: Facts) -> float:
    return float(facts.at - ticket.started_at)
