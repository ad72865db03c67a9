"""Freshness: what a page does about facts that are behind the record."""

from __future__ import annotations

from uuid import UUID

from commondesk.core.record.instant import Instant
from commondesk.review import refresh
from commondesk.review.refresh import Behind

SMALL = 400
"""So many new events, or tickets to make anew, a page takes in by itself; more is the worker's."""


def brought_up(company: UUID, at: Instant) -> Behind:
    """Take in what is new if it is little; what is left for the worker."""
    found = refresh.behind(company, at)
    if found.is_nothing or (found.events <= SMALL and found.tickets <= SMALL):
        return refresh.refresh(company, at)
    return found
