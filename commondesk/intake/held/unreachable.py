"""Addresses that mail failed for, for good: nothing is sent to them until somebody allows it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.desk import suppression
from commondesk.desk.models import SuppressedAddress
from commondesk.intake import reasons

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An address, whose it is, since when nothing goes to it, and what the other server said."""

    address: str
    person: str
    since: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class UnreachablePage:
    """A portion of them, by address."""

    addresses: tuple[Unreachable, ...]
    count: int
    after: str


def addresses(company: UUID, *, after: str = "", most: int = MOST_SHOWN) -> UnreachablePage:
    """The addresses that nothing is sent to."""
    found = SuppressedAddress.objects.filter(company=company)
    rows = list(found.filter(address__gt=after).order_by("address")[: most + 1])
    shown = rows[:most]
    names = dict(
        Person.objects.filter(
            address__in=[row.address for row in shown], memberships__company_id=company
        ).values_list("address", "title")
    )
    return UnreachablePage(
        addresses=tuple(
            Unreachable(
                row.address, names.get(row.address, ""), row.since, reasons.in_words(row.reason)
            )
            for row in shown
        ),
        count=found.count(),
        after=shown[-1].address if len(rows) > most else "",
    )


def allow(company: UUID, address: str, *, at: Instant, actor: Actor) -> None:
    """Send mail to an address again. Raises NotAllowed."""
    with transaction.atomic():
        suppression.allow(company, address, at=at, actor=actor)
