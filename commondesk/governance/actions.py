"""Write charters and calendars: each change is an event on the company's stream."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Body
from commondesk.core.record.events import (
    CalendarEntered,
    CharterDrafted,
    CharterSigned,
    CharterWithdrawn,
)
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.charter_data import agreement_of, calendars_of
from commondesk.governance import charters, projections
from commondesk.governance.charters import Document
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import store

CALENDAR_FOLLOWERS: list[Callable[[UUID, Instant], None]] = []
"""What rooms above do when the calendars of a company change, in the same transaction."""


class UnfitStep(ValueError):
    """A charter or calendar cannot be changed as asked. The text says why."""


@transaction.atomic
def draft_charter(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    document: Document,
    in_force_at: Instant | None = None,
) -> str:
    """Write down a new version, unsigned; its uuid. Raises CharterError with every problem."""
    directory.hold_record(company)
    agreement_of(document.get("charter"), document.get("calendars"))
    identity = str(uuid.uuid4())
    body = CharterDrafted(
        charter=identity,
        version=CharterVersion.objects.filter(company=company).count() + 1,
        document=charters.text_of(document),
        in_force_at=at if in_force_at is None else in_force_at,
    )
    _record(company, body, at=at, actor=actor)
    return identity


@transaction.atomic
def sign_charter(company: UUID, *, at: Instant, actor: Actor, charter: str, party: str) -> None:
    """One party signs. Raises UnfitStep."""
    directory.hold_record(company)
    version = _version(company, charter)
    if party not in charters.parties_of(version):
        raise UnfitStep("This party is not named in the charter.")
    if any(each["party"] == party for each in version.signatures):
        raise UnfitStep("This party has signed already.")
    if empty := unfilled_points(charters.document_of(version)):
        raise UnfitStep(f"Fill these points before you sign: {', '.join(empty)}.")
    _record(company, CharterSigned(charter=charter, party=party), at=at, actor=actor)


def unfilled_points(document: Document) -> tuple[str, ...]:
    """Which of the six points that a signature needs are still empty."""
    points = charters.charter_part(document).get("points")
    filled = points if isinstance(points, dict) else {}
    return tuple(name for name in POINTS if not str(filled.get(name) or "").strip())


POINTS = ("criticality", "scope", "coverage", "documentation", "escalation", "referent")


@transaction.atomic
def withdraw_charter(company: UUID, *, at: Instant, actor: Actor, charter: str) -> None:
    """Let a version rule no ticket opened from now on. Raises UnfitStep."""
    directory.hold_record(company)
    if _version(company, charter).until is not None:
        raise UnfitStep("This version was withdrawn already.")
    _record(company, CharterWithdrawn(charter=charter), at=at, actor=actor)


def _version(company: UUID, charter: str) -> CharterVersion:
    version = CharterVersion.objects.filter(company=company, uuid=charter).first()
    if version is None:
        raise UnfitStep("There is no such charter.")
    return version


@transaction.atomic
def enter_calendar(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    calendar: str,
    holidays: Iterable[date],
    exceptional: Mapping[date, str] | None = None,
) -> int:
    """Enter the whole list of holidays and exceptional days anew; the number of the version.

    Due instants still ahead follow. Raises CharterError for days or hours that cannot be read.
    """
    directory.hold_record(company)
    document: Document = {
        "holidays": [day.isoformat() for day in sorted(set(holidays))],
        "exceptional": {day.isoformat(): text for day, text in (exceptional or {}).items()},
    }
    calendars_of({calendar: {"zone": "UTC", "week": {}, **document}})
    known = CalendarVersion.objects.filter(company=company, name=calendar)
    version = known.count() + 1
    body = CalendarEntered(calendar=calendar, version=version, document=charters.text_of(document))
    _record(company, body, at=_after_last(company, calendar, at), actor=actor, learnt_at=at)
    for follow in CALENDAR_FOLLOWERS:
        follow(company, at)
    return version


def _after_last(company: UUID, calendar: str, at: Instant) -> Instant:
    # Two versions of one calendar are never entered at the same instant.
    last = (
        CalendarVersion.objects.filter(company=company, name=calendar).order_by("-version").first()
    )
    return at if last is None else max(at, last.entered_at + 1)


def _record(
    company: UUID, body: Body, *, at: Instant, actor: Actor, learnt_at: Instant | None = None
) -> None:
    draft = Draft(COMPANY_STREAM, at, actor, body)
    recorded = store.append(company, [draft], learnt_at=at if learnt_at is None else learnt_at)
    projections.apply(company, [each.event for each in recorded])
