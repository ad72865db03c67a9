"""Which ticket a mail answers, what proves it, and who its sender is to the company.

A From line, a number in the subject or a foreign id prove nothing: anybody can write them.
`facts_of` asks the database only about what the mail carries: it runs for every mail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from commondesk.accounts import queries
from commondesk.accounts.models import Company, Domain, Person, address_of
from commondesk.accounts.policy import Right, rights_of
from commondesk.accounts.queries import Acquaintance
from commondesk.core.record.event import Side
from commondesk.core.record.events import TicketAbsorbed, VendorLegBegun
from commondesk.core.texts import gettext_noop
from commondesk.desk import notify
from commondesk.desk.models import MailRef, MessageRow, TicketRow
from commondesk.ledger import store, tables
from commondesk.ledger.models import Entry

from . import caps, mailboxes
from .checks.finding import Finding
from .mail.understood import Understood
from .models import BlockedSender, Mailbox, RawMail
from .table import Facts, Limit, Standing

MOST_ADDRESSES = 10
"""So many signed addresses of one mail are looked at: an answer carries one, a guesser hundreds."""
MOST_IDS = 50

_NUMBER = re.compile(r"\b([A-Z][A-Z0-9]{0,5})-([1-9][0-9]{0,8})\b", re.IGNORECASE)
_TAGS = ("+t-", "+v-")
"""Of a ticket, and of a vendor's leg."""

__all__ = [
    "Answered",
    "Standing",
    "answered",
    "company_of_sender",
    "facts_of",
    "hinted",
    "is_on_ticket",
    "leg_of_contact",
    "message_of_ids",
    "person_of",
    "standing_of",
    "survivor_of",
    "ticket_of_ids",
]


@dataclass(frozen=True, slots=True)
class Answered:
    """The ticket that a mail answers, shown by a secret that only we gave out.

    person is its sender, where the company knows them. leg is the one of a vendor, where the
    secret was made for that.
    """

    ticket: TicketRow
    proof: str
    person: Person | None = None
    leg: str = ""
    leg_stream: str = ""
    """The ticket on which that leg began: it may have gone into another one since."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an address is to a company. person is a uuid, of whoever is an active member."""

    standing: Standing = Standing.STRANGER
    person: UUID | None = None
    is_agent_here: bool = False
    is_blocked: bool = False


_DESK, _BLOCKED = 1, 2
_MARKS = (
    f"SELECT {_DESK} FROM {Mailbox._meta.db_table} WHERE address = %s"  # noqa: S608
    f" UNION ALL SELECT {_DESK} FROM {Company._meta.db_table} WHERE desk_address = %s"
    f" UNION ALL SELECT {_BLOCKED} FROM {BlockedSender._meta.db_table}"
    " WHERE company = %s AND address = %s"
)


def facts_of(
    company: UUID, mail: RawMail, said: Understood, finding: Finding
) -> tuple[Facts, Answered | None]:
    """All that the table goes by, and the ticket that the mail answers, if it proves so."""
    found = answered(company, said, mail.envelope_to)
    known = _known(company, said.sender.address) if said.sender else Known()
    person = found and known.person and Person.objects.filter(uuid=known.person).first()
    limit, limit_reason = Limit.NONE, ""
    if said.sender:
        ticket = found.ticket if found else None
        limit, limit_reason = caps.limit_of(company, mail, said, ticket, known.person)
    facts = Facts(
        said=said,
        check=finding.result,
        finding=finding.text,
        standing=known.standing,
        proof=found.proof if found else "",
        is_on_ticket=bool(found and person and _has_place(company, found, person)),
        is_on_leg=bool(found and found.leg),
        is_own_matter=bool(found and person and found.ticket.requester == person.uuid),
        is_agent_here=known.is_agent_here,
        is_blocked=known.is_blocked,
        limit=limit,
        limit_reason=limit_reason,
    )
    return facts, replace(found, person=person or None) if found else None


def _has_place(company: UUID, found: Answered, person: Person) -> bool:
    """Whether somebody is on the ticket, or is the contact of the leg that the secret is for."""
    if found.leg:
        return contact_of_leg(company, found.leg_stream, found.leg) == str(person.uuid)
    return is_on_ticket(found.ticket, person)


def contact_of_leg(company: UUID, stream: str, leg: str) -> str:
    """Whom mail of a vendor's leg goes to, or went to while it lasted."""
    for event in store.history(company, stream):
        if isinstance(event.body, VendorLegBegun) and event.body.leg == leg:
            return event.body.contact
    return ""


# ---- whose it is --------------------------------------------------------------------------


def company_of_sender(recipients: Sequence[str], said: Understood) -> UUID | None:
    """Whose mail it is that came to an address which serves many companies.

    A signed address says so; else the sender's domain, or the nearest one above it.
    """
    for address in _tagged(_addresses(said, recipients)):
        on_leg = notify.leg_of_vendor_address(address)
        row = on_leg[0] if on_leg else notify.ticket_of_reply_address(address)
        if row:
            return row.company
    if said.sender is None:
        return None
    names = _domains_above(_wire_form(said.sender.address.rpartition("@")[2].lower()))
    found = dict(Domain.objects.filter(name__in=names).values_list("name", "company_id"))
    return next((found[each] for each in names if each in found), None)


def _wire_form(domain: str) -> str:
    """The domain as name servers write it, and as a company's domains are stored."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _domains_above(domain: str) -> list[str]:
    """`a.b.example`, `b.example`, `example`; the domain and what it lies in, the nearest first."""
    labels = domain.split(".")[-10:]
    return [".".join(labels[place:]) for place in range(len(labels))]


# ---- what it answers ----------------------------------------------------------------------


def answered(company: UUID, mail: Understood, recipients: Sequence[str]) -> Answered | None:
    """The ticket whose signed address or unguessable id the mail carries; None without proof."""
    tagged = _tagged(_addresses(mail, recipients))
    # A vendor's first: whoever puts both into one mail gets the narrower of the two.
    for address in tagged:
        on_leg = notify.leg_of_vendor_address(address)
        if on_leg and on_leg[0].company == company:
            return _on_leg(*on_leg, gettext_noop("the address of the vendor’s leg"))
    for address in tagged:
        row = notify.ticket_of_reply_address(address)
        if row and row.company == company:
            return Answered(survivor_of(row), gettext_noop("its reply address"))
    ref = message_of_ids(company, mail.answered_ids)
    row = _with_leg(ref) if ref else None
    if row is None:
        return None
    if row.answered_leg:
        return _on_leg(row, row.answered_leg, gettext_noop("the id of a mail to the vendor"))
    return Answered(survivor_of(row), gettext_noop("the id of a mail of ours"))


def _on_leg(row: TicketRow, leg: str, proof: str) -> Answered:
    return Answered(survivor_of(row), proof, leg=leg, leg_stream=str(row.uuid))


def _with_leg(ref: MailRef) -> Any:
    """The ticket of a mail of ours, with the vendor's leg that it went out on, if on any."""
    said = MessageRow.objects.filter(id=ref.message, ticket=OuterRef("uuid"))
    rows = TicketRow.objects.filter(uuid=ref.ticket)
    return rows.annotate(answered_leg=Subquery(said.values("leg")[:1])).first()


def _addresses(mail: Understood, recipients: Sequence[str]) -> Iterable[str]:
    return (*recipients, *(each.address for each in (*mail.to, *mail.cc, *mail.reply_to)))


def _tagged(addresses: Iterable[str]) -> list[str]:
    """Those that may be signed by us, each once."""
    some = dict.fromkeys(
        each.lower() for each in addresses if any(tag in each.lower() for tag in _TAGS)
    )
    return list(some)[:MOST_ADDRESSES]


def ticket_of_ids(company: UUID, ids: Sequence[str], *, is_ours: bool) -> TicketRow | None:
    """The ticket of the first id that belongs to one."""
    found = _known_ids(company, ids, is_ours)
    first = next((found[each][0] for each in ids if each in found), None)
    return TicketRow.objects.filter(uuid=first).first() if first else None


def message_of_ids(company: UUID, ids: Sequence[str]) -> MailRef | None:
    """Our own message that the first known id belongs to."""
    found = _known_ids(company, ids, is_ours=True)
    first = next((each for each in ids if each in found), None)
    if first is None:
        return None
    ticket, message = found[first]
    return MailRef(company=company, message_id=first, ticket=ticket, message=message, emitted=True)


def _known_ids(company: UUID, ids: Sequence[str], is_ours: bool) -> dict[str, tuple[UUID, str]]:
    """The ticket and message of each of these ids, as far as they are known."""
    wanted = list(ids[:MOST_IDS])
    if not wanted:
        return {}
    rows = tables.select(
        f"SELECT message_id, ticket, message FROM {MailRef._meta.db_table}"  # noqa: S608
        f" WHERE company = %s AND emitted = %s AND message_id IN ({tables.marks(len(wanted))})",
        company,
        is_ours,
        *wanted,
    )
    return {message_id: (tables.uuid_of(ticket), message) for message_id, ticket, message in rows}


def hinted(company: UUID, mail: Understood) -> TicketRow | None:
    """A ticket that the mail names without proof: by number, or by an id that is not ours."""
    named = _NUMBER.findall(mail.subject)
    if named:
        prefix = Company.objects.values_list("prefix", flat=True).get(uuid=company).casefold()
        numbers = [int(number) for written, number in named if written.casefold() == prefix]
        for number in numbers[:MOST_ADDRESSES]:
            row = TicketRow.objects.filter(company=company, number=number).first()
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
    """True for the requester, for people on copy, and for whoever's public words it has.

    That is whoever a public message was for, and whoever's mail is on it already.
    """
    who = str(person.uuid)
    if row.requester == person.uuid or who in row.copies:
        return True
    if _has_part_in([row.uuid], who):
        return True
    absorbed = list(_absorbed(row))
    return any(each.requester == person.uuid or who in each.copies for each in absorbed) or (
        bool(absorbed) and _has_part_in([each.uuid for each in absorbed], who)
    )


def _has_part_in(tickets: Sequence[UUID], who: str) -> bool:
    # A vendor has a part in its own leg alone.
    spoken = MessageRow.objects.filter(ticket__in=tickets, leg="").filter(
        Q(kind="received", author=who) | Q(kind="written")
    )
    return any(
        kind == "received" or who in to or who in copies
        for kind, to, copies in spoken.values_list("kind", "to", "copies")
    )


def _absorbed(row: TicketRow) -> QuerySet[TicketRow]:
    """The tickets that went into this one. Its own history names them: no search over all."""
    entries = Entry.objects.filter(
        company=row.company, stream=str(row.uuid), name=TicketAbsorbed.NAME
    )
    sources = [str(json.loads(body)["source"]) for body in entries.values_list("body", flat=True)]
    if not sources:
        return TicketRow.objects.none()
    return TicketRow.objects.filter(uuid__in=sources, merged_into=row.uuid)


def leg_of_contact(company: UUID, row: TicketRow, person: Person) -> str:
    """The latest leg on a ticket that somebody is or was the contact of; empty without one."""
    legs = [
        event.body.leg
        for event in store.history(company, str(row.uuid))
        if isinstance(event.body, VendorLegBegun) and event.body.contact == str(person.uuid)
    ]
    return legs[-1] if legs else ""


# ---- who it is from -----------------------------------------------------------------------


def standing_of(company: UUID, address: str) -> Standing:
    """What the address claims to be. Somebody who works tickets anywhere is technical here too."""
    return _known(company, address).standing


def _known(company: UUID, address: str) -> Known:
    plain = address_of(address)
    marks = _marks(company, plain)
    is_blocked = _BLOCKED in marks
    if _DESK in marks:
        return Known(Standing.DESK, is_blocked=is_blocked)
    members = [each for each in queries.acquaintances(plain) if each.company]
    here = next((each for each in members if each.company == company), None)
    if any(map(_is_technical, members)):
        standing = Standing.TECHNICAL
    elif here and here.side == Side.VENDOR:
        standing = Standing.VENDOR
    else:
        standing = Standing.REQUESTER if here else Standing.STRANGER
    active = here if here and here.is_active else None
    is_agent_here = bool(active and _works_tickets(active))
    return Known(standing, active.person if active else None, is_agent_here, is_blocked)


def _marks(company: UUID, address: str) -> set[int]:
    """Whether it is an address of a desk, and whether it is blocked here: one look for both."""
    own = mailboxes.without_tag(address)
    return {int(mark) for (mark,) in tables.select(_MARKS, own, own, company, address)}


def _is_technical(member: Acquaintance) -> bool:
    """Also somebody who left: nobody should pass for an agent whom people remember."""
    return member.side == Side.PROVIDER or _works_tickets(member)


def _works_tickets(member: Acquaintance) -> bool:
    return Right.WORK_TICKETS in rights_of(member.roles, member.side)


def person_of(company: UUID, address: str) -> Person | None:
    """The member of the company with this address."""
    return Person.objects.filter(
        address=address_of(address), memberships__company_id=company, is_active=True
    ).first()
