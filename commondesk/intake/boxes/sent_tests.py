"""A test mail to whoever asks for it, by the way of every mail, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from commondesk.accounts.letters import Letter
from commondesk.accounts.models import Company, Person
from commondesk.core import texts
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.desk import letters, own_words
from commondesk.desk.models import OutgoingMail

State = OutgoingMail.State


class NoWay(ValueError):
    """There is no server to send by, or no address to send to. The text says so."""


@dataclass(frozen=True, slots=True)
class Way:
    """How far a test mail has come. said: what the next server answered where it did not go."""

    to: str
    state: str
    asked_at: Instant
    sent_at: Instant | None
    said: str

    @property
    def is_moving(self) -> bool:
        return self.state in (State.QUEUED, State.SENDING)


def can_send() -> bool:
    """Whether there is a server to send by."""
    return bool(settings.EMAIL_HOST)


def send(company: Company, person: Person, *, at: Instant) -> int:
    """Queue a mail to this person's own address; its number. Raises NoWay."""
    if not can_send():
        raise NoWay(gettext("No server for outgoing mail is set, so nothing can be sent."))
    if not person.address:
        raise NoWay(gettext("You have no mail address here, so nothing can be sent to you."))
    with transaction.atomic():
        letters.carry(
            Letter(
                address=person.address,
                subject=gettext("A test of your desk"),
                text=gettext("If you read this, your desk can send mail."),
                link="",
                below=gettext("Nobody needs to answer this."),
                desk=gettext("%(company)s desk") % {"company": company.title},
                language=texts.language(),
                company=company.uuid,
                at=at,
            )
        )
        mine = _letters(company.uuid, person).filter(created_at=at)
        return mine.latest("pk").pk


def way_of(company: UUID, person: Person, pk: object) -> Way | None:
    """How far that mail to this person has come; None if there is no such mail."""
    if not isinstance(pk, int):
        return None
    mail = _letters(company, person).filter(pk=pk).first()
    if mail is None:
        return None
    said = own_words.shown(mail.last_error)
    return Way(person.address or "", mail.state, mail.created_at, mail.sent_at, said)


def _letters(company: UUID, person: Person) -> QuerySet[OutgoingMail]:
    kind = OutgoingMail.Kind.LETTER
    return OutgoingMail.objects.filter(company=company, kind=kind, envelope_to=[person.address])
