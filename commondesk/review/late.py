"""Late events: what was learnt of a closed period after its closing."""

from __future__ import annotations

from uuid import UUID

from commondesk.core.metrics.figure import Period
from commondesk.core.record.event import STREAMS_OF_THE_COMPANY
from commondesk.ledger import tables
from commondesk.ledger.models import Entry
from commondesk.review.models import ClosedPeriod, LateEvent, Member

_LATE, _CLOSED = LateEvent._meta.db_table, ClosedPeriod._meta.db_table
_ENTRY, _MEMBER = Entry._meta.db_table, Member._meta.db_table
_COLUMNS = "company, sequence, stream, position, happened_at, learnt_at"

OF_PERIOD = "company = %s AND sequence > %s AND happened_at <= %s"
"""Which late events concern a period: its company, the place of its closing, its end."""

THREADS = (
    f"SELECT m.thread FROM {_MEMBER} m WHERE m.company = %s AND m.ticket IN"  # noqa: S608
    f" (SELECT stream FROM {_LATE} WHERE {OF_PERIOD})"
)
"""The threads that they change; asked with the company, then the three of OF_PERIOD."""


def closed(company: UUID, period: Period) -> ClosedPeriod | None:
    """The closing of exactly this period."""
    rows = ClosedPeriod.objects.filter(company=company, until_at=period.end)
    return rows.filter(from_at=period.start).first()


def first_places(company: UUID, sequence: int, until: int) -> dict[str, int]:
    """By ticket, where in its events the first late one stands."""
    query = f"SELECT stream, MIN(position) FROM {_LATE} WHERE {OF_PERIOD} GROUP BY stream"  # noqa: S608
    return {stream: int(place) for stream, place in tables.select(query, company, sequence, until)}


def take_in(company: UUID, after: int, until: int) -> None:
    """Note which events between two places of the record came too late for a closed period."""
    if not ClosedPeriod.objects.filter(company=company).exists():
        return
    owns = tuple(STREAMS_OF_THE_COMPANY)
    tables.execute(
        f"INSERT INTO {_LATE} ({_COLUMNS}) SELECT {_COLUMNS} FROM {_ENTRY} e"  # noqa: S608
        " WHERE company = %s AND sequence > %s AND sequence <= %s"
        f" AND stream NOT IN ({tables.marks(len(owns))})"
        f" AND EXISTS (SELECT 1 FROM {_CLOSED} c WHERE c.company = e.company"
        " AND c.sequence < e.sequence AND c.until_at >= e.happened_at)"
        f" AND NOT EXISTS (SELECT 1 FROM {_LATE} l"
        " WHERE l.company = e.company AND l.sequence = e.sequence)",
        *(company, after, until, *owns),
    )
