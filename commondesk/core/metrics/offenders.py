"""Repeat offenders: what tickets come back to, by their number and by the working time lost."""

from __future__ import annotations

from dataclasses import dataclass

from ..record.instant import Span
from ..texts import gettext, pgettext
from .counting import Loss, counted
from .facts import Facts, TicketFacts
from .figure import Backing, Figure, Period, Unit

KINDS = ("service", "item", "site", "requester")


@dataclass(frozen=True, slots=True)
class Offender:
    """One service, item, site or requester. shares are of all tickets, added up from the top."""

    key: str
    tickets: int
    still_open: int
    lost: Span
    share: float
    cumulated: float


@dataclass(frozen=True, slots=True)
class Pareto:
    """The offenders of a kind that had two tickets or more, by lost working time, most first.

    lost is that of all tickets of the period, count their number; unnamed had no such key.
    """

    kind: str
    rows: tuple[Offender, ...]
    lost: Span
    count: int
    unnamed: int


def offenders(facts: Facts, kind: str, period: Period) -> Pareto:
    """Who or what the tickets opened in the period come back to."""
    sums = counted(facts, period).losses(kind)
    count = sum(each.tickets for each in sums.values())
    lost = sum(each.lost for each in sums.values())
    unnamed = sums[""].tickets if "" in sums else 0
    named = ((key, each) for key, each in sums.items() if key)
    ordered = sorted(named, key=lambda pair: (-pair[1].lost, -pair[1].tickets, pair[0]))
    rows, cumulated = [], 0
    for key, (tickets, still_open, span) in ordered:
        if tickets < 2:
            continue
        cumulated += span
        share = span / lost if lost else 0.0
        rows.append(Offender(key, tickets, still_open, span, share, cumulated / (lost or 1)))
    return Pareto(kind, tuple(rows), lost, count, unnamed)


def offender(facts: Facts, kind: str, key: str, period: Period) -> Figure:
    """The working time lost to one of them, with its tickets."""
    tickets, still_open, lost = counted(facts, period).losses(kind).get(key, Loss())
    return Figure(
        name=f"offender.{kind}",
        title=gettext("Working time lost"),
        unit=Unit.SPAN,
        value=float(lost) if tickets else None,
        count=tickets,
        still_open=still_open,
        lens=facts.scheme.lived,
        period=period,
        units=tickets,
        behind=lambda: tuple(
            Backing(
                (each.ticket,),
                pgettext("what came of it", "open")
                if each.is_open_at(facts.at)
                else pgettext("what came of it", "solved"),
                float(each.lost_at(facts.counts)),
            )
            for each in sorted(
                (each for each in _cohort(facts, period) if getattr(each, kind) == key),
                key=lambda each: -each.lost_at(facts.counts),
            )
        ),
    )


def _cohort(facts: Facts, period: Period) -> list[TicketFacts]:
    return [each for each in facts.begun(period) if each.opening != "after_the_fact"]
