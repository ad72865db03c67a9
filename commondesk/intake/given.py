"""A request that somebody who is signed in hands over as a mail of their own.

It takes the way of every mail, from the bytes on disk to the ticket. That it is theirs nobody need
check: the desk knows who is signed in.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from uuid import UUID

from django.db.models import QuerySet

from commondesk.accounts.models import Company, Person
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.core.texts import gettext, gettext_noop

from . import arrivals, raw_files, wake
from .arrivals import Arrival
from .models import RawMail

NO_ADDRESS = gettext_noop("You have no mail address here, so no request can come from you.")


class NoAddress(ValueError):
    """Whoever has no address sends no mail."""


def give(company: Company, person: Person, *, subject: str, text: str, at: Instant) -> None:
    """Keep a mail from this person to the company's desk; it is filed in a moment.

    Raises NoAddress, and OSError when the disk is full.
    """
    if not person.address:
        raise NoAddress(gettext(NO_ADDRESS))
    to = company.desk_address or person.address
    content = _mail(person, to, subject, text, at)
    arrivals.record_for(
        company.uuid,
        Arrival(
            sha256=raw_files.keep(content),
            size=len(content),
            received_at=at,
            envelope_from=person.address,
            envelope_to=(to,),
            peer="",
            helo="",
            source=RawMail.Source.GIVEN,
        ),
    )
    wake.tell()


def _mail(person: Person, to: str, subject: str, text: str, at: Instant) -> bytes:
    assert person.address
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(person.title, addr_spec=person.address)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime_of(at))
    mail["Message-ID"] = make_msgid(domain=person.address.rpartition("@")[2])
    mail.set_content(text)
    return mail.as_bytes()


def is_on_its_way(company: UUID) -> bool:
    """Whether such a mail waits to be filed."""
    return _given(company).filter(state=RawMail.State.RECEIVED).exists()


def was_held(company: UUID) -> bool:
    """Whether the latest of them waits for a person instead of being a ticket."""
    latest = _given(company).order_by("-pk").first()
    return latest is not None and latest.state in (RawMail.State.HELD, RawMail.State.FAILED)


def _given(company: UUID) -> QuerySet[RawMail]:
    return RawMail.objects.filter(company=company, source=RawMail.Source.GIVEN)
