"""Reads of people, teams and companies that other rooms and screens need."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from commondesk.accounts.models import ERASED, Company, Membership, Person, Team
from commondesk.accounts.models import address_of as plain_address
from commondesk.ledger import memory, tables

BATCH = 500
_TITLES = f"SELECT uuid, title FROM {Person._meta.db_table} WHERE uuid IN ({{}})"  # noqa: S608

_AT_ADDRESS = (
    "SELECT p.id, p.uuid, p.address, p.title, p.is_active, p.language,"  # noqa: S608
    " m.company_id, m.side, m.roles, m.is_active, m.proven_at"
    f" FROM {Person._meta.db_table} p"
    f" LEFT JOIN {Membership._meta.db_table} m ON m.person_id = p.id WHERE p.address = %s"
)
_ADDRESSEES = (
    "SELECT p.uuid, p.address, p.title, p.language"  # noqa: S608
    f" FROM {Person._meta.db_table} p JOIN {Membership._meta.db_table} m ON m.person_id = p.id"
    " WHERE m.company_id = %s AND m.is_active AND p.is_active AND p.uuid IN ({marks})"
)
_CONTACTS = (
    f"SELECT t.slug, p.uuid FROM {Team._meta.db_table} t"  # noqa: S608
    f" LEFT JOIN {Person._meta.db_table} p ON p.id = t.contact_id"
    " WHERE t.company_id = %s ORDER BY t.id"
)


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Whoever has an address, and what they are to one company. company is None: to none."""

    pk: int
    person: UUID
    address: str
    title: str
    is_person_active: bool
    language: str
    company: UUID | None
    side: str
    roles: tuple[str, ...]
    is_member_active: bool
    proven_at: int | None

    @property
    def is_active(self) -> bool:
        """Whether they are somebody there now."""
        return self.is_member_active and self.is_person_active


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody whom mail reaches."""

    uuid: UUID
    address: str
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a ticket can be given to, as a list shows them."""

    uuid: UUID
    title: str
    side: str
    team: str
    tier: str
    roles: tuple[str, ...]


def company_of(prefix: str) -> Company | None:
    """The company whose ticket numbers begin so."""
    return Company.objects.filter(prefix=prefix.upper()).first()


def titles(people: Iterable[str]) -> dict[str, str]:
    """Names by uuid, as text; whoever is not known here is left out."""
    wanted = {each for text in people if isinstance(each := uuid_of(text), UUID)}
    return {
        str(uuid): title for uuid, title in memory.recalled_each("title", wanted, _titles).items()
    }


def _titles(wanted: Collection[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    some = list(wanted)
    for start in range(0, len(some), BATCH):
        part = some[start : start + BATCH]
        rows = tables.select(_TITLES.format(tables.marks(len(part))), *part)
        found.update((tables.uuid_of(uuid), title) for uuid, title in rows)
    return found


def acquaintances(address: str) -> tuple[Acquaintance, ...]:
    """The person with this address, once for each company they belong to. For every mail."""
    return memory.recalled(at_address(address), lambda: _acquaintances(plain_address(address)))


def at_address(address: str) -> Hashable:
    """Under what that is remembered; whoever changes it has it dropped."""
    return "at address", plain_address(address)


def _acquaintances(address: str) -> tuple[Acquaintance, ...]:
    found = tuple(map(_acquaintance, tables.select(_AT_ADDRESS, address)))
    for each in found:
        # The same transaction will ask for them by other names.
        memory.note(("title", each.person), each.title)
        if each.company and each.is_active:
            one = Addressee(each.person, each.address, each.title, each.language)
            memory.note(as_addressee(each.company, each.person), one)
    return found


def _acquaintance(row: Sequence[Any]) -> Acquaintance:
    pk, person, address, title, is_person_active, language = row[:6]
    company, side, roles, is_active, proven_at = row[6:]
    return Acquaintance(
        pk=pk,
        person=tables.uuid_of(person),
        address=address or "",
        title=title,
        is_person_active=bool(is_person_active),
        language=language,
        company=tables.uuid_of(company) if company else None,
        side=side or "",
        roles=tuple(json.loads(roles) if isinstance(roles, str) else roles or ()),
        is_member_active=bool(is_active),
        proven_at=proven_at,
    )


def addressees(company: UUID, wanted: Iterable[UUID]) -> dict[UUID, Addressee]:
    """Those of these people who are members of the company, by uuid."""
    kind, _ = as_addressee(company, company)
    people = list(dict.fromkeys(wanted))
    return memory.recalled_each(kind, people, lambda some: _addressees(company, some))


def as_addressee(company: UUID, person: UUID) -> tuple[str, UUID]:
    """Under what that is remembered; whoever changes it has it dropped."""
    return f"addressee of {company}", person


def _addressees(company: UUID, wanted: Collection[UUID]) -> dict[UUID, Addressee]:
    rows = tables.select(_ADDRESSEES.format(marks=tables.marks(len(wanted))), company, *wanted)
    found = [Addressee(tables.uuid_of(row[0]), row[1] or "", *row[2:]) for row in rows]
    return {each.uuid: each for each in found}


def all_titles(company: UUID) -> dict[str, str]:
    """The names of everybody a company knows, by uuid as text."""
    found = Membership.objects.filter(company_id=company)
    return {str(uuid): name for uuid, name in found.values_list("person__uuid", "person__title")}


def contacts(company: UUID) -> dict[str, str]:
    """Each team's escalation contact, by slug; uuid as text, empty where none is named."""
    return memory.recalled(("contacts", company), lambda: _contacts(company))


def _contacts(company: UUID) -> dict[str, str]:
    found = tables.select(_CONTACTS, company)
    return {slug: str(tables.uuid_of(person)) if person else "" for slug, person in found}


def address_of(person: str) -> str | None:
    """The mail address of a person, if they have one."""
    uuid = uuid_of(person)
    if uuid is None:
        return None
    return Person.objects.filter(uuid=uuid).values_list("address", flat=True).first()


def membership_of(company: UUID, person: UUID) -> Membership | None:
    """What this person is to the company, if anything."""
    found = Membership.objects.select_related("team", "person")
    return found.filter(company_id=company, person__uuid=person, is_active=True).first()


def colleagues(company: UUID) -> tuple[Colleague, ...]:
    """The people of both technical sides, by name."""
    members = (
        Membership.objects.filter(
            company_id=company,
            is_active=True,
            person__is_active=True,
            side__in=("company", "provider"),
            team__isnull=False,
        )
        .select_related("person", "team")
        .order_by("person__title", "person__uuid")
    )
    return tuple(_colleague(member) for member in members)


def _colleague(member: Membership) -> Colleague:
    return Colleague(
        uuid=member.person.uuid,
        title=member.person.title or ERASED,
        side=member.side,
        team=member.team.slug if member.team else "",
        tier=member.team.tier if member.team else "",
        roles=tuple(member.roles),
    )


def teams(company: UUID) -> tuple[Team, ...]:
    """The teams of a company, by tier and title."""
    return memory.recalled(("teams", company), lambda: _teams(company))


def _teams(company: UUID) -> tuple[Team, ...]:
    return tuple(tables.read(Team, "WHERE company_id = %s ORDER BY tier, title", company))


@lru_cache(maxsize=4096)
def uuid_of(text: str) -> UUID | None:
    """The uuid in a text, or None where there is none: a machine's name, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
