"""Reopens: by the requester, an agent or a rule; thanks that were none; and those in disguise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..texts import gettext, gettext_noop
from .counting import AFTER_THE_FACT, TicketSort, counted, number_of, sort_of
from .facts import AGENT, LIKELY, REQUESTER, RULE, SURE, Facts, TicketFacts
from .figure import Backing, Figure, Period, share_of

KINDS = (REQUESTER, AGENT, RULE)
_TITLES = {
    REQUESTER: gettext_noop("Reopened by the requester"),
    AGENT: gettext_noop("Reopened by an agent"),
    RULE: gettext_noop("Reopened by a rule"),
}


def reopened(facts: Facts, kind: str, period: Period) -> Figure:
    """The share of tickets first solved in the period that were reopened so, up to now."""
    return _share(
        facts, f"reopens.{kind}", gettext(_TITLES[kind]), period,
        counted(facts, period).solved, facts.solved, lambda sort: kind in sort.reopens.split(),
    )  # fmt: skip


def thanks(facts: Facts, period: Period) -> Figure:
    """The share of them whose reopening turned out to be thanks only."""
    return _share(
        facts, "reopens.thanks", gettext("Thanks only, no reopening"), period,
        counted(facts, period).solved, facts.solved, lambda sort: sort.is_thanks,
        (gettext("counted as no reopening"),),
    )  # fmt: skip


def disguised(facts: Facts, period: Period, *, with_likely: bool) -> Figure:
    """The share of tickets opened in the period that are an earlier one come back."""
    kinds: tuple[str, ...]
    caveats: tuple[str, ...]
    if with_likely:
        kinds, name = (SURE, LIKELY), "with_likely"
        title = gettext("New ticket instead of a reopening, sure or likely")
        caveats = (gettext("by likeness where nobody said so"),)
    else:
        kinds, name = (SURE,), "sure"
        title, caveats = gettext("New ticket instead of a reopening, sure"), ()
    return _share(
        facts, f"reopens.disguised.{name}", title,
        period, counted(facts, period).begun, facts.begun, lambda sort: sort.joined in kinds,
        caveats,
    )  # fmt: skip


def _share(
    facts: Facts,
    name: str,
    title: str,
    period: Period,
    counted: Mapping[TicketSort, int],
    listed: Callable[[Period], Sequence[TicketFacts]],
    is_so: Callable[[TicketSort], bool],
    caveats: tuple[str, ...] = (),
) -> Figure:
    """The share of a cohort; what was logged after the fact is in none."""

    def is_wanted(sort: TicketSort) -> bool:
        return sort.opening != AFTER_THE_FACT and is_so(sort)

    def behind() -> tuple[Backing, ...]:
        sorts = ((each, sort_of(each, facts.at)) for each in listed(period))
        return tuple(
            Backing(
                (each.ticket,),
                gettext("open again") if sort.is_open else gettext("solved again"),
            )
            for each, sort in sorts
            if is_wanted(sort)
        )

    cohort = {sort: count for sort, count in counted.items() if sort.opening != AFTER_THE_FACT}
    return share_of(
        number_of(cohort, is_so),
        number_of(cohort),
        name=name,
        title=title,
        period=period,
        still_open=number_of(cohort, lambda sort: sort.is_open),
        behind=behind,
        caveats=caveats,
    )
