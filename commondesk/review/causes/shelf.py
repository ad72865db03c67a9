"""The shelf: parts as they were worked out last, and who brings them up to date.

A part that takes little is worked out by the page that wants it. One that takes long is shown as it
was, with its time, and the worker makes it anew, as long as somebody has asked for it lately.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from time import process_time
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts.models import Company
from commondesk.core import texts
from commondesk.core.record.instant import MINUTE, Instant, Span
from commondesk.review.causes import making
from commondesk.review.causes.plain import Plain
from commondesk.review.models import FactsMade, PartMade, TicketFact
from commondesk.review.queries import Days, days_of

SHORT_MS = 40
"""A part that took no more processor time is worked out while the page waits."""
FEW = 1500
"""So is any part of a company with no more tickets."""
LONGEST: Span = 10 * MINUTE
"""Time alone changes figures too: what is open grows older."""
WANTED: Span = 10 * MINUTE
"""So long after somebody asked for a part it is kept up to date."""
RESTING = 5
"""A part that takes long is made anew after so many times as long as it takes, at the earliest."""
KEPT: Span = 7 * 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: what it tells, as of when, and whether it is being made anew.

    told is None while it was never made.
    """

    name: str
    told: Plain | None
    made_at: Instant
    is_behind: bool


def part_of(
    company: UUID, name: str, days: Days, zone: ZoneInfo, at: Instant, more: str = ""
) -> Part:
    """A part for a page, as fresh as can be without keeping anybody waiting.

    more: what else was asked, without spaces at its ends.
    """
    key, sequence = _key(name, days, more), _sequence(company)
    row = PartMade.objects.filter(company=company, part=name, key=key).first()
    if row is not None and row.told and _is_fresh(row, sequence, at):
        return _wanted(row, at, is_behind=False)
    if _is_large(company):
        if row is None or not row.told:
            _ask(company, name, key, at)
            return Part(name, None, 0, is_behind=True)
        if row.took_ms > SHORT_MS:
            return _wanted(row, at, is_behind=True)
    made = _make(company, name, key, zone, at, sequence)
    return Part(name, json.loads(made.told), made.made_at, is_behind=False)


def _is_large(company: UUID) -> bool:
    return TicketFact.objects.filter(company=company)[FEW : FEW + 1].exists()


def _ask(company: UUID, name: str, key: str, at: Instant) -> None:
    PartMade.objects.bulk_create(
        [PartMade(company=company, part=name, key=key, asked_at=at)],
        update_conflicts=True,
        unique_fields=["company", "part", "key"],
        update_fields=["asked_at"],
    )


def _wanted(row: PartMade, at: Instant, *, is_behind: bool) -> Part:
    if at - row.asked_at > MINUTE or (is_behind and row.asked_at <= row.made_at):
        PartMade.objects.filter(pk=row.pk).update(asked_at=at)
    return Part(row.part, json.loads(row.told), row.made_at, is_behind)


def _is_fresh(row: PartMade, sequence: int, at: Instant) -> bool:
    return row.sequence == sequence and 0 <= at - row.made_at < LONGEST


def _sequence(company: UUID) -> int:
    told = FactsMade.objects.filter(company=company, redo_after=None)
    return told.values_list("sequence", flat=True).first() or 0


def _key(name: str, days: Days, more: str) -> str:
    return "" if name == making.RECURRING else f"{days.first} {days.last} {more}".strip()


def _make(
    company: UUID, name: str, key: str, zone: ZoneInfo, at: Instant, sequence: int
) -> PartMade:
    began = process_time()
    with texts.spoken(texts.ENGLISH):
        days, more = _asked(key, zone, at)
        told = making.make(company, name, days, zone, at, more)
    row = PartMade(
        company=company,
        part=name,
        key=key,
        sequence=sequence,
        made_at=at,
        asked_at=at,
        took_ms=round(1000 * (process_time() - began)),
        told=json.dumps(told),
    )
    PartMade.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["company", "part", "key"],
        update_fields=["sequence", "made_at", "took_ms", "told"],
    )
    return row


# ---- behind the pages -----------------------------------------------------------------------


def catch_up(at: Instant, *, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Make the parts anew that somebody wants and that are behind; how many were.

    What nobody has asked for in a week is dropped.
    """
    made = 0
    PartMade.objects.filter(asked_at__lte=at - KEPT).delete()
    zones = {str(each.uuid): ZoneInfo(each.zone) for each in Company.objects.all()}
    for row in PartMade.objects.filter(asked_at__gt=at - WANTED).order_by("made_at"):
        zone = zones.get(str(row.company))
        sequence = _sequence(row.company)
        if zone is None or _is_fresh(row, sequence, at) or _rests(row, at):
            continue
        if not may_go_on():
            break
        _make(row.company, row.part, row.key, zone, at, sequence)
        made += 1
    return made


def _rests(row: PartMade, at: Instant) -> bool:
    return bool(row.told) and at - row.made_at < RESTING * row.took_ms * 1000


def _asked(key: str, zone: ZoneInfo, at: Instant) -> tuple[Days, str]:
    """The days of a key, and what else it asks."""
    if not key:
        return days_of("", "", zone, at), ""
    first, last, *more = key.split(" ", 2)
    return Days(date.fromisoformat(first), date.fromisoformat(last)), "".join(more)
