"""Bounces: tickets that came back to hands that had already had them."""

from __future__ import annotations

from collections import Counter

from ..texts import gettext
from .counting import counted, number_of
from .facts import Facts
from .figure import Backing, Figure, Period, share_of


def bounced(facts: Facts, period: Period) -> Figure:
    """The share of tickets opened in the period that came back to a team that had had them."""
    begun = counted(facts, period).begun
    return share_of(
        number_of(begun, lambda sort: bool(sort.bounces)),
        number_of(begun, lambda sort: sort.is_owned),
        name="bounces",
        title=gettext("Came back to hands that had it"),
        period=period,
        still_open=number_of(begun, lambda sort: bool(sort.bounces) and sort.is_open),
        behind=lambda: tuple(
            Backing((each.ticket,), each.owners.replace(" ", " → ").replace("_", " "))
            for each in facts.begun(period)
            if each.bounces
        ),
    )


def flows(facts: Facts, period: Period) -> dict[tuple[str, str], int]:
    """How often a ticket came back, by the team it came from and the one it came back to."""
    found: Counter[tuple[str, str]] = Counter()
    for sort, count in counted(facts, period).begun.items():
        for bounce in sort.bounces.split():
            giver, _, taker = bounce.partition(">")
            found[giver.replace("_", " "), taker.replace("_", " ")] += count
    return dict(sorted(found.items()))
