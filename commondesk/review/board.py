"""The live board: what a lead watches. Read from the desk's own rows, which follow each event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from commondesk.accounts.models import Team
from commondesk.core.metrics.to_come import NEXT_HOURS
from commondesk.core.metrics.words import clock_words
from commondesk.core.record.instant import Instant, datetime_of, instant_of
from commondesk.core.record.ticket import Status
from commondesk.core.texts import gettext
from commondesk.desk.models import TicketRow

SHOWN = 12
OPEN = (Status.OPEN.value, Status.WAITING.value)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A ticket that falls due next, or has fallen due."""

    number: int
    subject: str
    priority: str
    owner: str
    team: str
    clock: str
    due_at: Instant
    is_missed: bool


@dataclass(frozen=True, slots=True)
class TeamRow:
    """What a team has open, by priority."""

    team: str
    counts: tuple[int, ...]
    unowned: int
    total: int


@dataclass(frozen=True, slots=True)
class Board:
    """One look at the desk."""

    at: Instant
    due: tuple[DueRow, ...]
    to_come: int
    missed: int
    unowned: int
    unaccepted: int
    with_vendor: int
    open: int
    waiting: int
    opened_today: int
    solved_today: int
    priorities: tuple[str, ...]
    teams: tuple[TeamRow, ...]


PRIORITIES = ("P1", "P2", "P3", "P4")


def board_of(company: UUID, zone: ZoneInfo, at: Instant) -> Board:
    """The board of a company now."""
    rows = TicketRow.objects.filter(company=company, status__in=OPEN)
    today = _midnight(at, zone)
    titles = dict(Team.objects.filter(company=company).values_list("slug", "title"))
    counts = rows.aggregate(
        open=Count("uuid"),
        waiting=Count("uuid", filter=Q(status=Status.WAITING.value)),
        unowned=Count("uuid", filter=Q(owner__isnull=True)),
        unaccepted=Count("uuid", filter=~Q(offered_to="")),
        with_vendor=Count("uuid", filter=Q(vendor_since__isnull=False)),
        missed=Count("uuid", filter=Q(missed_at__isnull=False)),
        to_come=Count(
            "uuid", filter=Q(due_at__gte=at, due_at__lt=at + NEXT_HOURS, due_state="running")
        ),
    )
    own = TicketRow.objects.filter(company=company).exclude(status=Status.MERGED.value)
    return Board(
        at=at,
        due=tuple(_due(rows, titles, at)),
        opened_today=own.filter(opened_at__gte=today).count(),
        solved_today=own.filter(resolved_at__gte=today).count(),
        priorities=PRIORITIES,
        teams=tuple(_teams(rows, titles)),
        **counts,
    )


def _due(rows: QuerySet[TicketRow], titles: Mapping[str, str], at: Instant) -> list[DueRow]:
    told = rows.filter(due_at__isnull=False).order_by("due_at", "number")
    return [
        DueRow(
            number=each.number,
            subject=each.subject,
            priority=each.priority,
            owner=each.owner_title,
            team=titles.get(each.team, each.team),
            clock=clock_words(each.due_clock),
            due_at=each.due_at or 0,
            is_missed=each.due_state == "missed" or (each.due_at or 0) < at,
        )
        for each in told.filter(due_at__gte=at)[:SHOWN]
    ]


def _teams(rows: QuerySet[TicketRow], titles: Mapping[str, str]) -> list[TeamRow]:
    found: dict[str, dict[str, int]] = {}
    told = rows.values_list("team", "priority").annotate(
        count=Count("uuid"), alone=Count("uuid", filter=Q(owner__isnull=True))
    )
    for team, priority, count, alone in told.order_by("team", "priority"):
        mine = found.setdefault(team, {})
        mine[priority] = mine.get(priority, 0) + count
        mine["unowned"] = mine.get("unowned", 0) + alone
    return [
        TeamRow(
            team=titles.get(team, team) or gettext("no team"),
            counts=tuple(counts.get(priority, 0) for priority in PRIORITIES),
            unowned=counts.get("unowned", 0),
            total=sum(count for key, count in counts.items() if key != "unowned"),
        )
        for team, counts in found.items()
    ]


def _midnight(at: Instant, zone: ZoneInfo) -> Instant:
    day = datetime_of(at).astimezone(zone).date()
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))
