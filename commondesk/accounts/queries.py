"""Reads of people, teams and companies that other rooms and screens need."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from commondesk.accounts.models import ERASED, Company, Membership, Person, Team
from commondesk.ledger import memory, tables

BATCH = 500
_TITLES = f"SELECT uuid, title FROM {Person._meta.db_table} WHERE uuid IN ({{}})"  # noqa: S608


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


def all_titles(company: UUID) -> dict[str, str]:
    """The names of everybody a company knows, by uuid as text."""
    found = Membership.objects.filter(company_id=company)
    return {str(uuid): name for uuid, name in found.values_list("person__uuid", "person__title")}


def contacts(company: UUID) -> dict[str, str]:
    """Each team's escalation contact, by slug; uuid as text, empty where none is named."""
    return memory.recalled(("contacts", company), lambda: _contacts(company))


def _contacts(company: UUID) -> dict[str, str]:
    found = Team.objects.filter(company_id=company).select_related("contact")
    return {team.slug: str(team.contact.uuid) if team.contact else "" for team in found}


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
    return tuple(Team.objects.filter(company_id=company).order_by("tier", "title"))


def uuid_of(text: str) -> UUID | None:
    """The uuid in a text, or None where there is none: a machine's name, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
