"""How we count: rates and times that stand in no other section."""

from __future__ import annotations

from commondesk.core.metrics.figure import Unit
from commondesk.core.texts import gettext
from commondesk.review.pack import telling
from commondesk.review.pack.blocks import Section, Table, figure_head, row_of
from commondesk.review.pack.entry import PROMISE, SIGNALS, SOURCES
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.in_words import in_words
from commondesk.review.pack.material import BY_MONTH, BY_PRIORITY

_SLICED = tuple(f"time.resolution.{by}." for by in (BY_PRIORITY, BY_MONTH))


def section(figures: Figures) -> Section:
    """How figures are counted, and those that no other section shows."""
    shown = [
        each
        for each in figures.entries.values()
        if (each.figure.unit is not Unit.COUNT or each.key in ("volume", "backlog"))
        and each.group not in (SIGNALS, PROMISE, SOURCES)
        and not each.key.startswith(_SLICED)
    ]
    table = Table(gettext("Rates and times"), figure_head(), [row_of(each) for each in shown])
    caveats = [in_words(each) for each in figures.material.terms.caveats]
    return Section(
        "method",
        gettext("How we count"),
        [
            gettext(
                "A figure never travels alone: its value stands with how many tickets are in it,"
                " how many of them are still open, a 95 % interval (rates after Wilson, times"
                " log-log after Kaplan and Meier) and its caveats. No data is “no data”, never 0."
            ),
            gettext(
                "Times are distributions: the median counts the still open ones in; the mean"
                " stands beside it because people ask for it."
            ),
            *(f"{telling.begun(each)}." for each in caveats),
        ],
        tables=[table],
    )
