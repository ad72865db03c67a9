"""Which ticket a mail answers, what proves it, and who its sender is to the company.

A From line, a number in the subject or a foreign id prove nothing: anybody can write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import viewer_of
from commondesk.core.record.event import Side
from commondesk.desk import notify
from commondesk.desk.models import MailRef, MessageRow, TicketRow

from . import mailboxes
from .mail.understood import Understood
from .models import Mailbox

_NUMBER = re.compile(r"\b([A-Z][A-Z0-9]{0,5})-([1-9][0-9]{0,8})\b", re.IGNORECASE)


class Standing(StrEnum):
    """What an address is to a company, if it is really its owner who writes."""

    STRANGER = "stranger"
    REQUESTER = "requester"
    TECHNICAL = "technical"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Answered:
    """The ticket that a mail answers, shown by a secret that only we gave out."""

    ticket: TicketRow
    proof: str


def answered(company: UUID, mail: Understood, recipients: Sequence[str]) -> Answered | None:
    """The ticket whose signed address or unguessable id the mail carries; None without proof."""
    for address in (*recipients, *(each.address for each in (*mail.to, *mail.cc, *mail.reply_to))):
        row = notify.ticket_of_reply_address(address)
        if row and row.company == company:
            return Answered(survivor_of(row), "its reply address")
    row = ticket_of_ids(company, mail.answered_ids, is_ours=True)
    return Answered(survivor_of(row), "the id of a mail of ours") if row else None


def ticket_of_ids(company: UUID, ids: Sequence[str], *, is_ours: bool) -> TicketRow | None:
    """The ticket of the first id that belongs to one."""
    refs = MailRef.objects.filter(company=company, message_id__in=ids, emitted=is_ours)
    tickets = dict(refs.values_list("message_id", "ticket"))
    first = next((tickets[each] for each in ids if each in tickets), None)
    return TicketRow.objects.filter(uuid=first).first() if first else None


def message_of_ids(company: UUID, ids: Sequence[str]) -> MailRef | None:
    """Our own message that the first known id belongs to."""
    refs = MailRef.objects.filter(company=company, message_id__in=ids, emitted=True)
    found = {ref.message_id: ref for ref in refs}
    return next((found[each] for each in ids if each in found), None)


def hinted(company: UUID, mail: Understood) -> TicketRow | None:
    """A ticket that the mail names without proof: by number, or by an id that is not ours."""
    prefix = Company.objects.values_list("prefix", flat=True).get(uuid=company)
    for written, number in _NUMBER.findall(mail.subject):
        if written.casefold() == prefix.casefold():
            row = TicketRow.objects.filter(company=company, number=int(number)).first()
            if row:
                return row
    return ticket_of_ids(company, mail.answered_ids, is_ours=False)


def survivor_of(row: TicketRow) -> TicketRow:
    """The ticket that this one went into, or itself."""
    seen = {row.uuid}
    while row.status == "merged" and row.merged_into and row.merged_into not in seen:
        seen.add(row.merged_into)
        row = TicketRow.objects.get(uuid=row.merged_into)
    return row


def is_on_ticket(row: TicketRow, person: Person) -> bool:
    """True for the requester, for whom a public message named, and for whose mail is on it."""
    if row.requester == person.uuid:
        return True
    messages = MessageRow.objects.filter(ticket__in=[row.uuid, *_absorbed(row)])
    who = str(person.uuid)
    if messages.filter(kind="received", author=who).exists():
        return True
    named = messages.filter(kind="written").values_list("to", flat=True)
    return any(who in to for to in named) or _is_requester_of_absorbed(row, person)


def _absorbed(row: TicketRow) -> list[UUID]:
    return list(TicketRow.objects.filter(merged_into=row.uuid).values_list("uuid", flat=True))


def _is_requester_of_absorbed(row: TicketRow, person: Person) -> bool:
    return TicketRow.objects.filter(merged_into=row.uuid, requester=person.uuid).exists()


def standing_of(company: UUID, address: str) -> Standing:
    """What the address claims to be. Somebody who works tickets anywhere is technical here too."""
    plain = address.lower()
    if _is_of_desk(plain):
        return Standing.DESK
    person = Person.objects.filter(address=plain).first()
    if person is None:
        return Standing.STRANGER
    return Standing.TECHNICAL if _works_tickets(person) else Standing.REQUESTER


def _is_of_desk(address: str) -> bool:
    plain = mailboxes.without_tag(address)
    return (
        Mailbox.objects.filter(address=plain).exists()
        or Company.objects.filter(desk_address=plain).exists()
    )


def _works_tickets(person: Person) -> bool:
    for member in Membership.objects.filter(person=person, is_active=True):
        viewer = viewer_of(person, member.company_id)
        if member.side == Side.PROVIDER or (viewer and viewer.is_technical):
            return True
    return False


def person_of(company: UUID, address: str) -> Person | None:
    """The member of the company with this address."""
    return Person.objects.filter(
        address=address.lower(), memberships__company_id=company, is_active=True
    ).first()
