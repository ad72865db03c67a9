"""Plans that were kept, as a table, from the events of the company's stream."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from commondesk.core.record.arrangement import PlanKept
from commondesk.core.record.event import COMPANY_STREAM, Event
from commondesk.ledger import store
from commondesk.planning.models import KeptPlan

TITLE, CASE = "plan_title", "plan_case"
"""The kinds of words that a plan names. Rows hold their ids alone, so erasing reaches all of it."""


def apply(company: UUID, history: Iterable[Event]) -> None:
    """Bring the table up to these events; the same event twice changes nothing."""
    for event in history:
        if isinstance(event.body, PlanKept):
            _kept(company, event.body, event)


def _kept(company: UUID, body: PlanKept, event: Event) -> None:
    KeptPlan.objects.get_or_create(
        uuid=body.plan,
        defaults={
            "company": company,
            "number": body.number,
            "title": body.title.id,
            "case": body.case.id,
            "option": body.option,
            "figures": body.figures,
            "kept_at": event.happened_at,
            "by": event.actor.id,
        },
    )


@transaction.atomic
def rebuild(company: UUID) -> None:
    """Make the table anew from the record."""
    KeptPlan.objects.filter(company=company).delete()
    apply(company, store.named(company, COMPANY_STREAM, PlanKept.NAME))
