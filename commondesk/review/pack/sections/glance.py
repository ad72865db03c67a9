"""The figures at a glance."""

from __future__ import annotations

from commondesk.core.texts import gettext
from commondesk.review.pack.blocks import Section, tile
from commondesk.review.pack.figures import Figures


def section(figures: Figures) -> Section:
    """The figures that most ask for first."""
    wanted = (
        f"time.resolution.{figures.lived}",
        "time.first_touch",
        f"time.response.{figures.lived}",
        f"attainment.resolution.{figures.usual}",
        f"attainment.resolution.{figures.lived}",
        "claimed.missed",
        "reopens",
        "bounces.straight",
        "ownerless.share",
        "closing.automatic",
        "missing_updates",
    )
    keys = [key for key in dict.fromkeys(wanted) if key in figures]
    return Section(
        "figures", gettext("Figures at a glance"), tiles=[tile(figures, key) for key in keys]
    )
