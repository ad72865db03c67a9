"""Figures that others ask of a desk."""

from __future__ import annotations

from commondesk.core.texts import gettext
from commondesk.review.pack.blocks import Section, Table, figure_head, row_of
from commondesk.review.pack.entry import SOURCES
from commondesk.review.pack.figures import Figures


def section(figures: Figures) -> Section:
    """Figures that others ask of a desk, as far as the file carries them."""
    return Section(
        "sources",
        gettext("What others ask of a desk"),
        [
            gettext(
                "The 70 % of first contact that is often quoted counts, at many desks, any ticket"
                " that its first owner closed. Here it stands beside the most that can have been."
            )
        ],
        tables=[
            Table(
                gettext("Asked figures"),
                figure_head(),
                [row_of(each) for each in figures.known(SOURCES)],
            )
        ],
    )
