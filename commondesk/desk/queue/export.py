"""A list as CSV, whole: read a stretch at a time, so that no list is too long."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import SECOND, Instant
from commondesk.desk import wording
from commondesk.desk.queue.selection import Row, Selection, key_of, order_of
from commondesk.ledger import tables

STRETCH = 1000
HEAD = (
    *("ticket", "company", "subject", "requester", "kind", "service", "site", "channel"),
    *("status", "waits_on", "priority", "owner", "team", "accountable", "vendor"),
    *("opened_at", "updated_at", "resolved_at", "closed_at", "due_clock", "due_at", "due_state"),
    *("first_missed_at", "reopens", "time_spent_s"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(selection: Selection) -> Iterator[str]:
    """The head, then a line a ticket, in the order of the list."""
    yield _line(HEAD)
    order, key = order_of(selection.asked), None
    whose = {tables.plain(each.company.uuid): each.company for each in selection.reaches}
    zones = {stored: ZoneInfo(company.zone) for stored, company in whose.items()}
    while rows := selection.read(STRETCH, key=key):
        for row in rows:
            company = whose[row.company]
            yield _line(_cells(row, company.prefix, company.title, zones[row.company]))
        key = key_of(rows[-1], order)


def _cells(row: Row, prefix: str, company: str, zone: ZoneInfo) -> tuple[object, ...]:
    def instant(at: Instant | None) -> str:
        return "" if at is None else wording.iso_words(at, zone)

    return (
        *(f"{prefix}-{row.number}", company, row.subject, row.requester_title, row.kind),
        *(row.service, row.site, row.channel, row.status, row.waits_on, row.priority),
        *(row.owner_title, row.team, row.accountable_title, row.vendor),
        *(instant(row.opened_at), instant(row.updated_at), instant(row.resolved_at)),
        *(instant(row.closed_at), row.due_clock, instant(row.due_at), row.due_state),
        *(instant(row.missed_at), row.reopens, row.time_spent // SECOND),
    )


def _line(cells: tuple[object, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([defused(each) for each in cells])
    return written.getvalue()


def defused(cell: object) -> object:
    """A text that a spreadsheet would run is kept a text by an apostrophe before it."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA):
        return f"'{cell}"
    return cell
