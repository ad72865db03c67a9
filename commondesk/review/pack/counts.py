"""Counts: what a pack's figures count beyond the engine's, from its rows, and only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from commondesk.core.metrics.counting import AFTER_THE_FACT, Loss
from commondesk.core.record.events import ClockName
from commondesk.engine.counts import EngineCounts
from commondesk.review.pack.tables import Tables

OF_ROWS = ("category", "team", "requester")
"""What tickets come back to by the words of the export, which no fact has."""


@dataclass(frozen=True)
class PackCounts(EngineCounts):
    """The counts of a period, of a pack's tables."""

    tables: Tables = field(kw_only=True)

    def losses(self, kind: str) -> Mapping[str, Loss]:
        """By category, team or requester in the words of the export; else as the engine has it."""
        if kind not in OF_ROWS:
            return super().losses(kind)
        query = f"""
            SELECT
                {kind}, COUNT(*), COUNT(CASE WHEN is_unsettled THEN 1 END),
                CAST(SUM(lost) AS BIGINT)
            FROM pack.rows
            WHERE is_told AND opening <> '{AFTER_THE_FACT}' AND {self._within("started_at")}
            GROUP BY {kind}
        """  # noqa: S608
        return {key: Loss(*(int(each) for each in rest)) for key, *rest in self._rows(query)}

    def changed(self, clock: ClockName) -> dict[str, int]:
        """By setting: how many tickets' verdicts change when it alone is switched.

        Which these are stands in `pack.changed` from then on.
        """
        if clock not in self._known_changed:
            self._known_changed[clock] = self._changed(clock)
        return self._known_changed[clock]

    @cached_property
    def _known_changed(self) -> dict[ClockName, dict[str, int]]:
        return {}

    def _changed(self, clock: ClockName) -> dict[str, int]:
        told = self.changed_among(self.alike(clock), clock)
        some = [(name, ticket) for name, tickets in told.items() for ticket in tickets]
        self.tables.keep("some_changed", {"setting": "string", "ticket": "string"}, some)
        self.tables.execute(
            "CREATE TABLE IF NOT EXISTS pack.changed"  # noqa: S608
            " (clock VARCHAR, setting VARCHAR, ticket VARCHAR);"
            f" INSERT INTO pack.changed SELECT '{clock.value}', c.setting, s.ticket"
            " FROM pack.some_changed c JOIN summed one ON one.ticket = c.ticket"
            " JOIN summed s ON s.one = one.one AND s.other = one.other"
        )
        found = dict(
            self.tables.rows(
                "SELECT setting, COUNT(*) FROM pack.changed"  # noqa: S608
                f" WHERE clock = '{clock.value}' GROUP BY setting"
            )
        )
        return {name: int(found.get(name, 0)) for name in told}
