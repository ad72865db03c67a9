"""Who a mail is for, and on whose paper it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts import queries
from commondesk.accounts.models import Company
from commondesk.accounts.queries import Addressee
from commondesk.core.record.events import MessageWritten
from commondesk.core.record.ticket import VendorLeg, ticket_of
from commondesk.desk import wordings
from commondesk.desk.models import TicketRow
from commondesk.desk.wordings import Language, Wording
from commondesk.ledger import memory, store, tables

from .addresses import desk_address
from .headers import is_plain_address, one_line


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every mail of a company, read once for a whole transaction."""

    home: Company
    own: dict[tuple[str, str], Wording]

    @property
    def zone(self) -> ZoneInfo:
        """Where the company's times are told."""
        return ZoneInfo(self.home.zone)

    @property
    def address(self) -> str:
        """What its desk writes from."""
        return desk_address(self.home)

    def number(self, row: TicketRow) -> str:
        """A ticket's number as people say it."""
        return f"{self.home.prefix}-{row.number}"

    def language(self, persons: str) -> Language:
        """What a mail is written in: the person's language, the company's, or English."""
        return wordings.language(wordings.fit_language(persons, self.home.language))

    def desk(self, language: Language) -> str:
        """How the desk signs."""
        return _signed(language.desk, self.home.title)

    def wording(self, template: str, language: Language) -> Wording:
        """The company's own words, or the shipped ones."""
        return wordings.wording_of(self.own, template, language.code)


@lru_cache(maxsize=256)
def _signed(wording: str, company: str) -> str:
    """Each mail says it five times."""
    return one_line(wordings.filled_line(wording, {"company": company}))


def letterhead_of(company: UUID) -> Letterhead:
    """The company's paper. Raises Company.DoesNotExist."""
    return memory.recalled(("letterhead", company), lambda: _letterhead(company))


def _letterhead(company: UUID) -> Letterhead:
    found = tables.read(Company, "WHERE uuid = %s", company)
    if not found:
        raise Company.DoesNotExist
    return Letterhead(found[0], wordings.own_wordings(company))


def addressees_of(
    company: UUID, row: TicketRow, body: MessageWritten
) -> tuple[list[Addressee], list[Addressee]]:
    """Whom a message is for (the requester, if it names nobody), and who gets it beside them.

    Members that mail reaches; who left is left out.
    """
    to = [UUID(each) for each in body.to] or [row.requester]
    copies = [UUID(each) for each in body.copies if UUID(each) not in to]
    found = queries.addressees(company, [*to, *copies])
    return _in_order(to, found), _in_order(copies, found)


def vendor_of(company: UUID, row: TicketRow, leg: str) -> tuple[VendorLeg, Addressee | None]:
    """A vendor's leg as it stands, and its contact, if mail reaches them. Raises KeyError."""
    ticket = ticket_of(store.history(company, str(row.uuid)))
    legs = {each.id: each for each in ticket.vendor_legs} if ticket else {}
    found = legs[leg]
    if not found.contact:
        return found, None
    contact = queries.addressees(company, [UUID(found.contact)]).get(UUID(found.contact))
    return found, contact if contact and is_plain_address(contact.address) else None


def language_of(company: UUID, person: UUID) -> str:
    """The language of a member; empty where they have none, or are none."""
    found = queries.addressees(company, [person]).get(person)
    return found.language if found else ""


def _in_order(wanted: Sequence[UUID], found: dict[UUID, Addressee]) -> list[Addressee]:
    people = [found[each] for each in dict.fromkeys(wanted) if each in found]
    return [each for each in people if is_plain_address(each.address)]
