"""What the company's own record tells of its demand: arrivals, booked work, teams in turn."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.planner.demand import section
from commondesk.core.planner.demand.calibration import Calibration, Seen, calibrated
from commondesk.core.record import codec
from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import DAY, Instant, Span
from commondesk.desk.models import TicketRow
from commondesk.ledger.models import Entry
from commondesk.planning import document as documents
from commondesk.planning.document import Document

LOOK_BACK: Span = 371 * DAY
"""A year and a week: what lies farther back tells of another desk."""
MOST_TICKETS = 50_000
"""Of more, the newest."""
_TEAMS = (e.TicketTaken.NAME, e.HandoverAccepted.NAME)
_PER_MONTH = 365.25 / 7 / 12
_VOLUMES = ("tickets_per_week", "tickets_per_month", "tickets_per_year", "closed_share")


def measured(company: UUID, zone: ZoneInfo, at: Instant) -> Calibration:
    """The demand that the tickets of the last year show. Raises TooLittleData."""
    newest = TicketRow.objects.filter(
        company=company, opened_at__gte=at - LOOK_BACK, merged_into__isnull=True
    ).order_by("-opened_at")
    rows = list(newest.values_list("uuid", "opened_at", "time_spent")[:MOST_TICKETS])
    teams = _teams(company, {str(row[0]) for row in rows}, at - LOOK_BACK)
    return calibrated(
        (Seen(row[1], teams.get(str(row[0]), ()), row[2] or None) for row in rows), zone
    )


def _teams(company: UUID, wanted: set[str], since: Instant) -> dict[str, tuple[str, ...]]:
    """The teams that had each ticket, in order, each once."""
    found: dict[str, dict[str, None]] = {}
    rows = Entry.objects.filter(company=company, name__in=_TEAMS, happened_at__gte=since)
    fields = rows.order_by("sequence").values_list("stream", "name", "version", "body")
    for stream, name, version, text in fields.iterator(chunk_size=2000):
        body = codec.body_of(name, version, text)
        if stream in wanted and isinstance(body, e.TicketTaken | e.HandoverAccepted):
            found.setdefault(stream, {})[body.team or body.tier.value] = None
    return {stream: tuple(teams) for stream, teams in found.items()}


def answers_of(found: Calibration, document: Document) -> dict[str, Json]:
    """What the record answers, by place; work that nobody booked stays as it was typed."""
    demand = found.demand()
    said: dict[str, Json] = {f"demand.{name}": None for name in _VOLUMES}
    said["demand.monday_weight"] = None
    said["demand.per_hour"] = [round(each.value, 4) for each in found.per_hour]
    said["demand.source"] = found.told[0]
    if demand is not None and documents.at(document, "demand.tiers") is None:
        said["demand.work"] = section.written(demand).get("work")
    if documents.at(document, "cost.tickets_per_month") is None:
        week = found.tickets_a_week
        said["cost.tickets_per_month"] = _range((week.low, week.value, week.high))
    return said


def _range(week: Iterable[float]) -> Json:
    low, likely, high = (round(each * _PER_MONTH, 1) for each in week)
    return {"low": low, "likely": likely, "high": high, "source": "record"}
