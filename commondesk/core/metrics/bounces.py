"""Bounces: tickets that came back to hands that had already had them."""

from __future__ import annotations

from collections import Counter

from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Period, Unit, wilson


def bounced(facts: Facts, period: Period) -> Figure:
    """The share of tickets opened in the period that came back to a team that had had them."""
    cohort = _owned(facts, period)
    found = [each for each in cohort if each.bounces]
    return Figure(
        name="bounces",
        title="Came back to hands that had it",
        unit=Unit.SHARE,
        value=len(found) / len(cohort) if cohort else None,
        count=len(cohort),
        still_open=sum(each.is_open_at(facts.at) for each in found),
        lens="",
        period=period,
        interval=wilson(len(found), len(cohort)),
        units=len(found),
        behind=lambda: tuple(
            Backing((each.ticket,), each.owners.replace(" ", " → ").replace("_", " "))
            for each in found
        ),
    )


def flows(facts: Facts, period: Period) -> dict[tuple[str, str], int]:
    """How often a ticket came back, by the team it came from and the one it came back to."""
    counted: Counter[tuple[str, str]] = Counter()
    for each in _owned(facts, period):
        for bounce in each.bounces.split():
            giver, _, taker = bounce.partition(">")
            counted[giver.replace("_", " "), taker.replace("_", " ")] += 1
    return dict(sorted(counted.items()))


def _owned(facts: Facts, period: Period) -> list[TicketFacts]:
    return [each for each in facts.begun(period) if each.owners]
