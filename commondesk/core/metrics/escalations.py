"""Escalations: calls for more skill, and for more authority."""

from __future__ import annotations

from ..texts import gettext, gettext_noop, ngettext
from .counting import counted, number_of
from .facts import Facts
from .figure import Backing, Figure, Period, share_of

_TITLES = {
    "functional": gettext_noop("Called for more skill"),
    "hierarchical": gettext_noop("Called for more authority"),
}


def escalated(facts: Facts, how: str, period: Period) -> Figure:
    """The share of tickets opened in the period escalated: functional or hierarchical."""
    begun = counted(facts, period).begun
    return share_of(
        number_of(begun, lambda sort: getattr(sort, how)),
        number_of(begun),
        name=f"escalations.{how}",
        title=gettext(_TITLES[how]),
        period=period,
        still_open=number_of(begun, lambda sort: getattr(sort, how) and sort.is_open),
        behind=lambda: tuple(
            Backing((each.ticket,), ngettext("once", "%(count)s times", times) % {"count": times})
            for each in facts.begun(period)
            if (times := getattr(each, how))
        ),
    )
