"""Mails on hold for the tests: put there as the filer does, for a reason that a test names."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from commondesk.core.record.event import MAIL_STREAM, Actor, Event, Side
from commondesk.core.record.events import HeldReason, SenderCheck
from commondesk.core.record.instant import Instant
from commondesk.intake.checks import Finding
from commondesk.intake.held import actions
from commondesk.intake.mail.understood import Mailbox, Understood
from commondesk.intake.models import RawMail
from commondesk.ledger import store

from .letters import DESK, MONDAY, REQUESTER, Acme, kept, written

FINDING = Finding(SenderCheck.FAILED, "spf=fail dkim=none dmarc=fail")


def on_hold(
    acme: Acme,
    reason: HeldReason = HeldReason.UNVERIFIED,
    *,
    sender: str = REQUESTER,
    subject: str = "The printer is on fire",
    text: str = "Smoke comes out of it.",
    ticket: UUID | None = None,
    finding: Finding | None = None,
    at: Instant = MONDAY,
    is_unclear: bool = False,
    to: tuple[str, ...] = (DESK,),
) -> RawMail:
    """A mail that waits for a person."""
    mail = kept(written(sender=sender, subject=subject, text=text), at=at, envelope_to=to)
    if mail.company is None and reason is not HeldReason.WHOSE:
        mail.company = acme.uuid
    who = None if is_unclear else Mailbox(sender)
    with transaction.atomic():
        actions.hold(mail, Understood(sender=who), reason, at=at, ticket=ticket, finding=finding)
    RawMail.objects.filter(pk=mail.pk).update(
        company=mail.company,
        state=RawMail.State.HELD,
        next_attempt_at=None,
        sender="" if is_unclear else sender.lower(),
        subject=subject,
        ticket=ticket,
        check_result=str(finding.result) if finding else "",
        check_finding=finding.text if finding else "",
    )
    mail.refresh_from_db()
    return mail


def told(company: UUID) -> list[Event]:
    """What the record of a company says about its mail."""
    return list(store.history(company, MAIL_STREAM))


def names(company: UUID) -> list[str]:
    return [event.name for event in told(company)]


def founder_of(acme: Acme) -> Actor:
    return Actor(str(acme.founder.uuid), Side.COMPANY)
