"""Charters, calendars and the catalogue as tables, from the events of the company's stream."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from commondesk.core.record.arrangement import CatalogueEntered
from commondesk.core.record.event import COMPANY_STREAM, Event
from commondesk.core.record.events import (
    CalendarEntered,
    CharterDrafted,
    CharterSigned,
    CharterWithdrawn,
)
from commondesk.governance.models import CalendarVersion, CatalogueEntry, CharterVersion
from commondesk.ledger import store


def apply(company: UUID, history: Iterable[Event]) -> None:
    """Bring the tables up to these events; the same event twice changes nothing."""
    catalogue: dict[tuple[str, str], CatalogueEntered] = {}
    for event in history:
        match event.body:
            case CharterDrafted() as drafted:
                _drafted(company, drafted)
            case CharterSigned() as signed:
                _signed(company, signed, event)
            case CharterWithdrawn(charter=charter):
                found = CharterVersion.objects.filter(company=company, uuid=charter)
                found.update(until=event.happened_at)
            case CalendarEntered() as entered:
                _entered(company, entered, event)
            case CatalogueEntered() as entry:
                catalogue[entry.kind.value, entry.key] = entry
            case _:
                pass
    _catalogue(company, catalogue.values())


def _drafted(company: UUID, body: CharterDrafted) -> None:
    CharterVersion.objects.get_or_create(
        uuid=body.charter,
        defaults={
            "company": company,
            "version": body.version,
            "document": body.document,
            "in_force_at": body.in_force_at,
            "provider": body.provider,
            "ends_at": body.until_at,
        },
    )


def _signed(company: UUID, body: CharterSigned, event: Event) -> None:
    version = CharterVersion.objects.get(company=company, uuid=body.charter)
    if all(each["party"] != body.party for each in version.signatures):
        signature = {"party": body.party, "by": event.actor.id, "at": event.happened_at}
        version.signatures = [*version.signatures, signature]
        version.save(update_fields=["signatures"])


def _entered(company: UUID, body: CalendarEntered, event: Event) -> None:
    CalendarVersion.objects.get_or_create(
        company=company,
        name=body.calendar,
        version=body.version,
        defaults={"document": body.document, "entered_at": event.happened_at},
    )


def _catalogue(company: UUID, entries: Iterable[CatalogueEntered]) -> None:
    # All at once: a list that somebody imports has thousands.
    CatalogueEntry.objects.bulk_create(
        [
            CatalogueEntry(
                company=company,
                kind=each.kind.value,
                key=each.key,
                title=each.title,
                criticality=each.criticality,
                site=each.site,
                service=each.service,
                is_retired=each.is_retired,
            )
            for each in entries
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["company", "kind", "key"],
        update_fields=["title", "criticality", "site", "service", "is_retired"],
    )


@transaction.atomic
def rebuild(company: UUID) -> None:
    """Make the tables anew from the record."""
    CharterVersion.objects.filter(company=company).delete()
    CalendarVersion.objects.filter(company=company).delete()
    CatalogueEntry.objects.filter(company=company).delete()
    apply(company, store.history(company, COMPANY_STREAM))
