"""Escalations: calls for more skill, and for more authority."""

from __future__ import annotations

from .facts import Facts
from .figure import Backing, Figure, Period, Unit, wilson

_TITLES = {"functional": "Called for more skill", "hierarchical": "Called for more authority"}


def escalated(facts: Facts, how: str, period: Period) -> Figure:
    """The share of tickets opened in the period escalated: functional or hierarchical."""
    cohort = facts.begun(period)
    found = [
        (each, times)
        for each in cohort
        if (times := each.functional if how == "functional" else each.hierarchical)
    ]
    return Figure(
        name=f"escalations.{how}",
        title=_TITLES[how],
        unit=Unit.SHARE,
        value=len(found) / len(cohort) if cohort else None,
        count=len(cohort),
        still_open=sum(each.is_open_at(facts.at) for each, _ in found),
        lens="",
        period=period,
        interval=wilson(len(found), len(cohort)),
        units=len(found),
        behind=lambda: tuple(
            Backing((each.ticket,), "once" if times == 1 else f"{times} times")
            for each, times in found
        ),
    )
