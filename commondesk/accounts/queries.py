"""Reads of people, teams and companies that other rooms and screens need."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from commondesk.accounts.models import (
    ERASED,
    Absence,
    Company,
    Engagement,
    Membership,
    Person,
    Provider,
    Team,
)
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
_AWAY = (
    f"SELECT p.uuid, d.uuid FROM {Absence._meta.db_table} a"  # noqa: S608
    f" JOIN {Person._meta.db_table} p ON p.id = a.person_id"
    f" JOIN {Person._meta.db_table} d ON d.id = a.deputy_id"
    " WHERE a.company_id = %s AND a.from_at <= %s AND a.until_at > %s ORDER BY a.from_at DESC"
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
    return next(iter(tables.read(Company, "WHERE prefix = %s", prefix.upper())), None)


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


def standing_in(company: UUID, at: int) -> dict[str, str]:
    """Who stands in for whom at an instant: deputy by whoever is away, uuids as text.

    Where a deputy is away too, it is theirs. Who has nobody left but themselves is left out.
    """
    return memory.recalled(("standing in", company, at), lambda: _standing_in(company, at))


def _standing_in(company: UUID, at: int) -> dict[str, str]:
    away = {
        str(tables.uuid_of(person)): str(tables.uuid_of(deputy))
        for person, deputy in tables.select(_AWAY, company, at, at)
    }
    found = {person: _last_of(person, away) for person in away}
    return {person: deputy for person, deputy in found.items() if deputy}


def _last_of(person: str, away: dict[str, str]) -> str:
    """The first deputy along the chain who is there; nobody where it runs in a circle."""
    seen, deputy = {person}, away[person]
    while deputy in away:
        if deputy in seen:
            return ""
        seen.add(deputy)
        deputy = away[deputy]
    return "" if deputy == person else deputy


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


def serving_teams(company: UUID) -> tuple[Team, ...]:
    """The teams that tickets can be given to: without those of providers that serve no longer."""
    served = set(providers(company))
    return tuple(
        team for team in teams(company) if team.provider_id is None or team.provider_id in served
    )


def providers(company: UUID) -> dict[UUID, str]:
    """The providers that serve the company now, by uuid: what they call themselves."""
    return memory.recalled(("providers", company), lambda: _providers(company))


def _providers(company: UUID) -> dict[UUID, str]:
    engaged = Engagement.objects.filter(company_id=company, until__isnull=True)
    found = engaged.order_by("provider__title").values_list("provider", "provider__title")
    return dict(found)


def provider_titles(company: UUID) -> dict[str, str]:
    """What every provider that ever served the company calls itself, by uuid as text."""
    found = Provider.objects.filter(engagements__company_id=company)
    return {str(uuid): title for uuid, title in found.values_list("uuid", "title")}


def provider_by_team(company: UUID) -> dict[str, str]:
    """The provider of each team that is one's, by slug; uuids as text."""
    return {team.slug: str(team.provider_id) for team in teams(company) if team.provider_id}


@lru_cache(maxsize=4096)
def uuid_of(text: str) -> UUID | None:
    """The uuid in a text, or None where there is none: a machine's name, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
