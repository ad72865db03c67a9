"""Mails for the tests: written, kept as the receiver keeps them, and filed."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from uuid import UUID

from commondesk.accounts import directory, setup
from commondesk.accounts.models import Company, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Actor, Event, Side
from commondesk.core.record.instant import MINUTE, Instant, parse_instant
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.intake import actions, mailboxes, raw_files, receiver
from commondesk.intake.models import RawMail
from commondesk.ledger import store
from tests.stock import from_stock

MONDAY = parse_instant("2025-03-10T09:00:00Z")
REQUESTER = "rita@acme.example"
OUTSIDER = "otto@elsewhere.example"
AGENT = "ben@provider.example"
DESK = "support@acme.example"


@dataclass(frozen=True)
class Acme:
    """A company, its own person, and an agent of its provider."""

    company: Company
    founder: Person
    agent: Person

    @property
    def uuid(self) -> UUID:
        return self.company.uuid

    @property
    def agent_actor(self) -> Actor:
        return Actor(str(self.agent.uuid), Side.PROVIDER)


@from_stock
def found_acme(title: str = "Acme", domain: str = "acme.example") -> Acme:
    company, founder = setup.found_company(
        at=MONDAY - MINUTE,
        title=title,
        person_title="Fiona Founder",
        address=f"fiona@{domain}",
        password="a long and quiet word",
        zone="Europe/London",
    )
    agent = directory.add_person(
        company.uuid,
        at=MONDAY - MINUTE,
        actor=Actor(str(founder.uuid), Side.COMPANY),
        title="Ben Agent",
        address=AGENT if domain == "acme.example" else f"ben@of-{domain}",
        side=Side.PROVIDER,
        roles=[Role.AGENT],
        team="L1",
    )
    return Acme(company, founder, agent)


def written(
    *,
    sender: str = f"Rita Requester <{REQUESTER}>",
    subject: str = "The printer is on fire",
    text: str = "Smoke comes out of it.",
    to: str = DESK,
    **lines: str,
) -> bytes:
    """A mail; further lines are given with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in lines.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes(policy=SMTP)


def kept(
    raw: bytes,
    *,
    at: Instant = MONDAY,
    envelope_from: str = "bounces@acme.example",
    envelope_to: tuple[str, ...] = (DESK,),
) -> RawMail:
    """The mail as the receiver keeps it, without the network."""
    sha256 = raw_files.keep(raw)
    arrival = receiver.Arrival(
        sha256, len(raw), at, envelope_from, envelope_to, "192.0.2.1", "mx.example"
    )
    assert receiver.record([arrival]) == receiver.KEPT
    scope = next(iter(mailboxes.scopes_of(envelope_to)))
    return RawMail.objects.get(sha256=sha256, scope=scope)


def filed(raw: bytes, *, at: Instant = MONDAY, **envelope: object) -> RawMail:
    """The mail once it is filed, a second after it came."""
    mail = kept(raw, at=at, **envelope)  # type: ignore[arg-type]
    actions.file_waiting(at + 1_000_000)
    mail.refresh_from_db()
    return mail


def ticket_of(mail: RawMail) -> TicketRow:
    assert mail.ticket is not None, mail.reason
    return TicketRow.objects.get(uuid=mail.ticket)


def events_of(row: TicketRow) -> list[Event]:
    return list(store.history(row.company, str(row.uuid)))


def names_of(row: TicketRow) -> list[str]:
    return [event.name for event in events_of(row)]


def received_on(row: TicketRow) -> list[MessageRow]:
    return list(MessageRow.objects.filter(ticket=row, kind="received").order_by("position"))


def sent_out(row: TicketRow) -> list[EmailMessage]:
    """The mails queued for this ticket, in order, as their readers get them."""
    queued = OutgoingMail.objects.filter(ticket=row.uuid).order_by("id")
    parser = BytesParser(policy=default)
    found = [parser.parsebytes(bytes(mail.content)) for mail in queued]
    return [mail for mail in found if isinstance(mail, EmailMessage)]
