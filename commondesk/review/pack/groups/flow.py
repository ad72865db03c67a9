"""Flow: how many tickets there are, and how many of them wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from commondesk.core.metrics import backlog
from commondesk.core.texts import gettext_noop
from commondesk.review.pack import counting
from commondesk.review.pack.entry import FLOW, Entry
from commondesk.review.pack.material import Material
from commondesk.review.pack.tables import by_stream, open_at


def entries(material: Material) -> Iterator[Entry]:
    """How many tickets there are, and how many of them wait."""
    at = material.at
    yield Entry(
        "volume", FLOW,
        counting.count(
            material, "TRUE", name="volume", title=gettext_noop("Tickets in the file")
        ),
    )  # fmt: skip
    ages = " ".join(
        f"WHEN {at} - started_at < {until} THEN '{title}'"  # not for readers
        for title, until in backlog.AGES
    )
    behind = by_stream(
        material.tables, open_at(at), table="ticket_facts", verdict=f"CASE {ages} END",
        value=f"{at} - started_at",
    )  # fmt: skip
    figure = backlog.backlog(material.facts, material.period)
    yield Entry("backlog", FLOW, replace(figure, behind=behind))
