"""All sections of a page, from the sentence to the method."""

from __future__ import annotations

from commondesk.review.pack.blocks import Section
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.sections import (
    asked,
    causes,
    flow,
    glance,
    hands,
    method,
    promise,
    quality,
    signs,
    speed,
)


def sections(figures: Figures) -> list[Section]:
    """All sections, in the order of reading."""
    found = [
        glance.section(figures),
        quality.section(figures),
        promise.section(figures),
        speed.section(figures),
        flow.section(figures),
        hands.section(figures),
        causes.section(figures),
        signs.section(figures),
        asked.section(figures),
        method.section(figures),
    ]
    return [each for each in found if each is not None]
