"""Claims: what the other desk's own columns say of its tickets, which no event tells."""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.readers.export import Claim


@dataclass(slots=True)
class Claims:
    """What the flag of a source says in all; what it says of a ticket stands in its row.

    rows and rows_missed count rows of the file, for the wrong number that counting rows gives.
    flagged and dated are tickets whose flag is known, and that have a resolved_at of the source.
    """

    flag: str = ""
    rows: int = 0
    rows_missed: int = 0
    flagged: int = 0
    dated: int = 0

    def take(self, claim: Claim) -> None:
        """Take in what is said of a ticket."""
        self.flag = claim.flag
        self.rows += claim.rows
        self.rows_missed += claim.rows_missed
        self.flagged += claim.is_met is not None
        self.dated += claim.resolved_at is not None

    def add(self, later: Claims) -> None:
        """Take in what is said of tickets further on in the file."""
        self.flag = later.flag or self.flag
        self.rows += later.rows
        self.rows_missed += later.rows_missed
        self.flagged += later.flagged
        self.dated += later.dated
