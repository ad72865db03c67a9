"""Who is on the phone: people of a company by a part of their name or address, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from commondesk.accounts import policy
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Viewer
from commondesk.core.texts import gettext
from commondesk.desk.models import TicketRow
from commondesk.ledger import tables

MOST = 8
MOST_OPEN = 3
SHORTEST = 2
_PEOPLE = (
    "SELECT p.uuid, p.title, p.address"  # noqa: S608
    f" FROM {Membership._meta.db_table} m JOIN {Person._meta.db_table} p ON p.id = m.person_id"
    " WHERE m.company_id = %s AND m.is_active AND p.is_active AND p.address IS NOT NULL"
    " AND m.side IN ('requester', 'company')"
    " AND (LOWER(p.title) LIKE %s ESCAPE '!' OR p.address LIKE %s ESCAPE '!')"
    " ORDER BY p.title, p.address LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that somebody has asked for and that is not done."""

    number: int
    subject: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be calling, with what is open of theirs."""

    title: str
    address: str
    open: tuple[OpenTicket, ...]
    has_more: bool


def callers(company: Company, viewer: Viewer, text: str) -> tuple[Caller, ...]:
    """Up to MOST people of the company whose name or address has these words in it."""
    words = " ".join(text.split()).lower()[:100]
    if len(words) < SHORTEST:
        return ()
    likeness = f"%{_literal(words)}%"
    found = tables.select(_PEOPLE, company.uuid, likeness, likeness, MOST)
    people = {tables.uuid_of(uuid): (title, address) for uuid, title, address in found}
    opened = _open_of(company, viewer, tuple(people))
    return tuple(
        Caller(title, address, *_some(opened.get(uuid, [])))
        for uuid, (title, address) in people.items()
    )


def _literal(words: str) -> str:
    for each in "!%_":
        words = words.replace(each, f"!{each}")
    return words


def _open_of(
    company: Company, viewer: Viewer, people: tuple[UUID, ...]
) -> dict[UUID, list[TicketRow]]:
    if not people:
        return {}
    marks = tables.marks(len(people))
    rows = tables.read(
        TicketRow,
        f"WHERE company = %s AND requester IN ({marks}) AND shelf IS NOT NULL"
        " ORDER BY number DESC LIMIT 100",
        company.uuid,
        *people,
    )
    found: dict[UUID, list[TicketRow]] = {}
    for row in rows:
        if policy.may_read_ticket(viewer, company.uuid, row.requester, row.providers):
            found.setdefault(row.requester, []).append(row)
    return found


def _some(rows: list[TicketRow]) -> tuple[tuple[OpenTicket, ...], bool]:
    shown = tuple(
        OpenTicket(row.number, row.subject or gettext("(no subject)")) for row in rows[:MOST_OPEN]
    )
    return shown, len(rows) > MOST_OPEN
