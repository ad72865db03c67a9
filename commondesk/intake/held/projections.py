"""What the stream of mail says about held mails and blocked senders, as rows that screens read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction

from commondesk.accounts.models import address_of
from commondesk.core.record.event import MAIL_STREAM, Event
from commondesk.core.record.events import MailHeld, MailSettled, SenderBlocked, SenderUnblocked
from commondesk.intake.models import BlockedSender, RawMail
from commondesk.ledger import chain, store, words
from commondesk.ledger.models import Entry

from . import actions


@transaction.atomic
def rebuild(company: UUID) -> None:
    """Make blocked senders anew from the record, and what it says about mails that are here."""
    BlockedSender.objects.filter(company=company).delete()
    held: dict[str, str] = {}
    settled: dict[str, str] = {}
    blocked: dict[str, str] = {}
    for event, text in _with_addresses(company, store.history(company, MAIL_STREAM)):
        match event.body:
            case MailHeld() as body:
                held[body.mail], settled[body.mail] = str(body.reason), ""
            case MailSettled() as body:
                settled[body.mail] = str(body.decision)
            case SenderBlocked(address=ref) if text:
                blocked[text] = ref.id
            case SenderUnblocked() if text:
                blocked.pop(text, None)
    for address, identity in blocked.items():
        BlockedSender.objects.create(company=company, address=address, words=identity)
    for mail, decision in settled.items():
        known = RawMail.objects.filter(company=company, uuid=mail)
        known.update(held_as=held.get(mail, ""), settled_as=decision)


def _with_addresses(company: UUID, events: Iterable[Event]) -> Iterator[tuple[Event, str]]:
    """Each event with the address it names as text; empty where it was erased."""
    seen = list(events)
    refs = [
        event.body.address.id
        for event in seen
        if isinstance(event.body, SenderBlocked | SenderUnblocked)
    ]
    texts = words.texts(refs, company=company)
    for event in seen:
        body, text = event.body, None
        if isinstance(body, SenderBlocked | SenderUnblocked):
            text = texts.get(body.address.id)
        yield event, address_of(text or "")


def forget(company: UUID, ids: tuple[str, ...]) -> None:
    """Wipe blocked senders whose address was erased, and held mails whose sender was."""
    BlockedSender.objects.filter(company=company, words__in=ids).delete()
    gone = set(ids)
    mails = [body.mail for body in _held(company) if body.sender and body.sender.id in gone]
    wiped = RawMail.objects.filter(company=company, uuid__in=mails)
    actions.let_go(wiped)
    wiped.update(state=RawMail.State.FILED, next_attempt_at=None, reason="erased")


def _held(company: UUID) -> Iterator[MailHeld]:
    rows = Entry.objects.filter(company=company, stream=MAIL_STREAM, name=MailHeld.NAME)
    for row in rows.values_list(*chain.FIELDS).iterator():
        body = store.recorded_of(row).event.body
        if isinstance(body, MailHeld):
            yield body
