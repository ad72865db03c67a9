"""Reopens: by the requester, an agent or a rule; thanks that were none; and those in disguise."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import AGENT, LIKELY, REQUESTER, RULE, SURE, Facts, TicketFacts
from .figure import Backing, Figure, Period, Unit, wilson

KINDS = (REQUESTER, AGENT, RULE)
_TITLES = {
    REQUESTER: "Reopened by the requester",
    AGENT: "Reopened by an agent",
    RULE: "Reopened by a rule",
}


def reopened(facts: Facts, kind: str, period: Period) -> Figure:
    """The share of tickets first solved in the period that were reopened so, up to now."""
    cohort = _solved(facts, period)
    found = [each for each in cohort if any(said == kind for said, _ in _turns(each, facts))]
    return _share(f"reopens.{kind}", _TITLES[kind], found, cohort, facts, period)


def thanks(facts: Facts, period: Period) -> Figure:
    """The share of them whose reopening turned out to be thanks only."""
    cohort = _solved(facts, period)
    found = [each for each in cohort if each.thanks]
    return _share(
        "reopens.thanks", "Thanks only, no reopening", found, cohort, facts, period,
        ("counted as no reopening",),
    )  # fmt: skip


def disguised(facts: Facts, period: Period, *, with_likely: bool) -> Figure:
    """The share of tickets opened in the period that are an earlier one come back."""
    cohort = [each for each in facts.begun(period) if each.opening != "after_the_fact"]
    kinds = (SURE, LIKELY) if with_likely else (SURE,)
    found = [each for each in cohort if each.joined in kinds]
    name, beside = ("with_likely", " or likely") if with_likely else ("sure", "")
    return _share(
        f"reopens.disguised.{name}",
        f"New ticket instead of a reopening, sure{beside}",
        found, cohort, facts, period,
        ("by likeness where nobody said so",) if with_likely else (),
    )  # fmt: skip


def _solved(facts: Facts, period: Period) -> list[TicketFacts]:
    return [each for each in facts.solved(period) if each.opening != "after_the_fact"]


def _turns(ticket: TicketFacts, facts: Facts) -> Iterator[tuple[str, int]]:
    for each in ticket.reopens.split():
        kind, _, at = each.partition("@")
        yield kind, int(at)


def _share(
    name: str,
    title: str,
    found: list[TicketFacts],
    cohort: list[TicketFacts],
    facts: Facts,
    period: Period,
    caveats: tuple[str, ...] = (),
) -> Figure:
    return Figure(
        name=name,
        title=title,
        unit=Unit.SHARE,
        value=len(found) / len(cohort) if cohort else None,
        count=len(cohort),
        still_open=sum(each.is_open_at(facts.at) for each in cohort),
        lens="",
        period=period,
        interval=wilson(len(found), len(cohort)),
        caveats=caveats,
        units=len(found),
        behind=lambda: tuple(
            Backing((each.ticket,), "open again" if each.is_open_at(facts.at) else "solved again")
            for each in found
        ),
    )
