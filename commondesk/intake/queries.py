"""What a screen shows of the mail that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from commondesk.core.record.instant import Instant
from commondesk.desk.models import TicketRow

from .models import RawMail

MOST_SHOWN = 200
_WAITING = (RawMail.State.HELD, RawMail.State.FAILED)


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that is kept and shown, and does nothing until a person decides."""

    id: int
    received_at: Instant
    sender: str
    reason: str
    size: int
    is_failed: bool
    ticket_number: int | None
    has_content: bool


@dataclass(frozen=True, slots=True)
class HeldPage:
    """The newest of them, and how many there are."""

    mails: tuple[HeldMail, ...]
    count: int


def held_page(company: UUID) -> HeldPage:
    """The mail of a company that waits for a person, newest first."""
    waiting = list(_waiting(company).order_by("-received_at", "-pk")[:MOST_SHOWN])
    numbers = dict(
        TicketRow.objects.filter(
            company=company, uuid__in=[mail.ticket for mail in waiting if mail.ticket]
        ).values_list("uuid", "number")
    )
    shown = tuple(_shown(mail, numbers) for mail in waiting)
    return HeldPage(shown, held_count(company))


def held_count(company: UUID) -> int:
    """How many mails of a company wait for a person."""
    return _waiting(company).count()


def held_mail(company: UUID, pk: int) -> RawMail | None:
    """One of them."""
    return _waiting(company).filter(pk=pk).first()


def _waiting(company: UUID) -> QuerySet[RawMail]:
    return RawMail.objects.filter(company=company, state__in=_WAITING)


def _shown(mail: RawMail, numbers: dict[UUID, int]) -> HeldMail:
    return HeldMail(
        id=mail.pk,
        received_at=mail.received_at,
        sender=mail.sender or mail.envelope_from,
        reason=mail.reason,
        size=mail.size,
        is_failed=mail.state == RawMail.State.FAILED,
        ticket_number=numbers.get(mail.ticket) if mail.ticket else None,
        has_content=bool(mail.path),
    )
