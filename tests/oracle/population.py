"""Which units count in a period, and the attainment of these (end of section 9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.oracle.reading import Raw, minute

Unit = dict[str, Any]


def population_of(units: Iterable[Unit], lens: Raw, period: Raw) -> list[Unit]:
    """The units of a period, under the lens's setting `population`."""
    start, end = minute(period["from"]), minute(period["until"])
    by_end = lens["population"] == "ended"
    instant = "ended_at" if by_end else "due_at"
    return [
        unit
        for unit in units
        if (unit[instant] is not None and start <= unit[instant] < end)
        or (unit["verdict"] == "undecided" and not by_end)
    ]


def attainment_of(units: Iterable[Unit]) -> tuple[int, int]:
    """How many were met, of how many that were judged."""
    verdicts = [unit["verdict"] for unit in units]
    met = verdicts.count("met") + verdicts.count("met_so_far")
    return met, met + verdicts.count("missed")
