"""Closing a period: its figures are settled, and what is learnt of it later is a correction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from commondesk.accounts import directory, policy
from commondesk.accounts.arrangement.arranging import viewer_of
from commondesk.accounts.policy import Right
from commondesk.core.metrics.figure import Figure
from commondesk.core.record.arrangement import PeriodClosed
from commondesk.core.record.codec import Json, canonical
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Event, Side
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import memory, store
from commondesk.ledger.models import Entry
from commondesk.review import figures, freshness, late
from commondesk.review.models import ClosedPeriod, LateEvent
from commondesk.review.queries import Days

DIGITS = 9
"""Values are kept to so many places."""


class NotYet(ValueError):
    """A period cannot be closed now; the sentence says why."""


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the act. Callers answer as for no such thing."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a figure was when its period was closed, and of how many."""

    value: float | None
    count: int


def latest(company: UUID, most: int) -> list[ClosedPeriod]:
    """The closed periods of a company, the latest first, without what their figures were."""
    rows = ClosedPeriod.objects.filter(company=company).defer("figures")
    return list(rows.order_by("-until_at", "-from_at")[:most])


def settled(closed: ClosedPeriod) -> dict[str, Settled]:
    """What the figures were, by key."""
    return {key: Settled(*told) for key, told in json.loads(closed.figures).items()}


def told_of(figure: Figure) -> Settled:
    """What is kept of a figure."""
    return Settled(None if figure.value is None else round(figure.value, DIGITS), figure.count)


@transaction.atomic
def close(company: UUID, days: Days, zone: ZoneInfo, *, at: Instant, actor: Actor) -> None:
    """Settle the figures of a period that is over. Raises NotYet, NotAllowed."""
    directory.hold_record(company)
    viewer = viewer_of(company, actor)
    if viewer is None or viewer.side != Side.COMPANY or not policy.may(viewer, Right.CLOSE_PERIODS):
        raise NotAllowed(f"{actor.id} closes no period here")
    period = days.period(zone)
    if at < period.end:
        raise NotYet(gettext("This period is not over yet: close it once its last day is."))
    if late.closed(company, period) is not None:
        raise NotYet(gettext("This period is closed already."))
    if not freshness.brought_up(company, at).is_nothing:
        raise NotYet(gettext("These figures are still being worked out. Try again in a minute."))
    sheet = figures.sheet_of(company, period, at=at)
    told = ((key, told_of(make())) for key, make in figures.makers(sheet).items())
    body = PeriodClosed(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        zone=zone.key,
        figures=canonical({key: _plain(one) for key, one in told if one.count}),
    )
    recorded = store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
    apply(company, [each.event for each in recorded])
    memory.forget()


def _plain(told: Settled) -> Json:
    return [told.value, told.count]


# ---- projections ----------------------------------------------------------------------------


def apply(company: UUID, history: Iterable[Event]) -> None:
    """Bring the table up to these events; the same event twice changes nothing."""
    for event in history:
        if isinstance(event.body, PeriodClosed):
            _closed(company, event, event.body)


def _closed(company: UUID, event: Event, body: PeriodClosed) -> None:
    days = Days(date.fromisoformat(body.first), date.fromisoformat(body.last))
    period = days.period(ZoneInfo(body.zone))
    place = Entry.objects.get(company=company, stream=event.stream, position=event.position)
    ClosedPeriod.objects.get_or_create(
        company=company,
        from_at=period.start,
        until_at=period.end,
        defaults={
            "first": days.first,
            "last": days.last,
            "sequence": place.sequence,
            "closed_at": event.happened_at,
            "by": event.actor.id,
            "figures": body.figures,
        },
    )


@transaction.atomic
def rebuild(company: UUID) -> None:
    """Make both tables anew from the record."""
    ClosedPeriod.objects.filter(company=company).delete()
    LateEvent.objects.filter(company=company).delete()
    apply(company, store.named(company, COMPANY_STREAM, PeriodClosed.NAME))
    late.take_in(company, 0, store.head_of(company).sequence)
