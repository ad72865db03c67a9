"""Makes people known to a company, each with its event on the company's stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection, transaction

from commondesk.accounts import queries
from commondesk.accounts.models import ERASED, Company, Membership, Person, Team, address_of
from commondesk.accounts.policy import Role
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Event, Side
from commondesk.core.record.events import (
    CompanyFounded,
    PersonIntroduced,
    PersonProven,
    Proof,
    Tier,
)
from commondesk.core.record.instant import Instant
from commondesk.ledger import memory, store, tables, words

INTAKE = Actor("intake", Side.MACHINE)
LONGEST_ADDRESS = 254
_SHOWN = ("id", "uuid", "address", "title", "is_active", "language")
_PROVE = (
    f"UPDATE {Membership._meta.db_table} SET proven_at = %s"  # noqa: S608
    " WHERE company_id = %s AND person_id = %s AND proven_at IS NULL"
)
SIDES = (Side.REQUESTER, Side.PROVIDER, Side.COMPANY, Side.VENDOR)


class UnfitPerson(ValueError):
    """Somebody cannot be added as asked. The text says why, in a sentence for people."""


def hold_record(company: UUID) -> None:
    """Let nobody else write to this company's record until the transaction ends."""
    store.hold(company)


@memory.atomic()
def person_for_address(
    company: UUID, address: str, name: str, *, at: Instant, actor: Actor = INTAKE
) -> Person:
    """The person with that address; a stranger becomes a requester of the company.

    Without an address, a name makes a new person each time. Raises UnfitPerson.
    """
    hold_record(company)
    person, is_member = _known_at(company, address)
    if person is None:
        person = _made(address, name)
    elif is_member:
        return person
    memory.drop(queries.at_address(address))
    memory.drop(queries.as_addressee(company, person.uuid))
    member = Membership(
        company_id=company, person=person, side=str(Side.REQUESTER), roles=[str(Role.REQUESTER)]
    )
    member.save(force_insert=True)
    introduced = _introduction(company, member, at=at, actor=actor)
    store.append(company, [introduced], learnt_at=at)
    return person


@memory.atomic()
def prove(company: UUID, person: Person, how: Proof, *, at: Instant, happened_at: Instant) -> bool:
    """Note that somebody has the address they write from; False if that was shown before."""
    hold_record(company)
    if _is_proven(company, person):
        return False
    memory.drop(queries.at_address(person.address or ""))
    if not tables.execute(_PROVE, happened_at, company, person.pk):
        return False
    body = PersonProven(str(person.uuid), how)
    store.append(company, [Draft(COMPANY_STREAM, happened_at, INTAKE, body)], learnt_at=at)
    return True


@transaction.atomic
def add_person(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    address: str,
    side: str,
    roles: Sequence[str],
    team: str = "",
    password: str | None = None,
) -> Person:
    """Make somebody known with side, roles and team; a requester known by mail is promoted.

    Raises UnfitPerson.
    """
    hold_record(company)
    found_team = _checked_team(company, side, roles, team)
    person = _person_with(address)
    if person is None:
        person = _made(address, title)
    elif person.memberships.filter(company_id=company).exclude(roles=[Role.REQUESTER]).exists():
        raise UnfitPerson(f"{address_of(address)} is known to this company already.")
    if password is not None:
        _set_first_password(company, person, password)
    _join(company, person, side, roles, found_team)
    _introduce(company, person, at=at, actor=actor)
    return person


def _checked_team(company: UUID, side: str, roles: Sequence[str], slug: str) -> Team | None:
    if side not in SIDES:
        raise UnfitPerson(f"A side is one of {', '.join(SIDES)}, not {side!r}.")
    if unknown := [role for role in roles if role not in list(Role)]:
        raise UnfitPerson(f"A role is one of {', '.join(Role)}, not {', '.join(unknown)}.")
    if not slug:
        return None
    team = Team.objects.filter(company_id=company, slug__iexact=slug).first()
    if team is None:
        known = Team.objects.filter(company_id=company).values_list("slug", flat=True)
        raise UnfitPerson(f"There is no team {slug!r}; there are {', '.join(sorted(known))}.")
    return team


def _known_at(company: UUID, address: str) -> tuple[Person | None, bool]:
    """The person with this address, and whether they belong to the company. For every mail."""
    found = queries.acquaintances(address) if address.strip() else ()
    if not found:
        return None, False
    one = found[0]
    values = (one.pk, one.person, one.address, one.title, one.is_person_active, one.language)
    is_member = any(each.company == company for each in found)
    return Person.from_db(connection.alias, _SHOWN, values), is_member


def _is_proven(company: UUID, person: Person) -> bool:
    """Whether that was just read of them: then the database need not look."""
    found = memory.known(queries.at_address(person.address or "")) or ()
    return any(
        each.company == company and each.person == person.uuid and each.proven_at is not None
        for each in found
    )


def _person_with(address: str) -> Person | None:
    if not address.strip():
        return None
    return next(iter(Person.objects.filter(address=address_of(address))), None)


def _made(address: str, title: str) -> Person:
    address, title = address_of(address), _one_line(title)
    if address and (len(address) > LONGEST_ADDRESS or "@" not in address):
        raise UnfitPerson(f"{address[:LONGEST_ADDRESS]} is no mail address.")
    if not address and not title:
        raise UnfitPerson("Give a name or a mail address.")
    person = Person(address=address or None, title=title or address.partition("@")[0])
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def _one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:200]


def _set_first_password(company: UUID, person: Person, password: str) -> None:
    if person.has_usable_password():
        raise UnfitPerson(f"{person.address} has a password already; leave it out.")
    if person.memberships.exclude(company_id=company).exists():
        # Else one company could enter another one through a person both know.
        raise UnfitPerson(f"{person.address} is known to another company, which sets the password.")
    person.set_password(password)
    person.save(update_fields=["password"])


def _join(
    company: UUID, person: Person, side: str, roles: Sequence[str], team: Team | None
) -> None:
    Membership.objects.update_or_create(
        company_id=company,
        person=person,
        defaults={"side": str(side), "roles": [str(role) for role in roles], "team": team},
    )
    if team and team.contact is None:
        team.contact = person
        team.save(update_fields=["contact"])


def _introduce(company: UUID, person: Person, *, at: Instant, actor: Actor) -> None:
    store.append(company, [introduction(company, person, at=at, actor=actor)], learnt_at=at)


def introduction(company: UUID, person: Person, *, at: Instant, actor: Actor) -> Draft:
    """The event that makes this member known; keeps their name and address as words."""
    member = Membership.objects.select_related("team").get(company_id=company, person=person)
    return _introduction(company, member, at=at, actor=actor)


def _introduction(company: UUID, member: Membership, *, at: Instant, actor: Actor) -> Draft:
    person = member.person
    title = words.keep(company, stream=COMPANY_STREAM, kind="person", text=person.title)
    address = None
    if person.address:
        address = words.keep(company, stream=COMPANY_STREAM, kind="address", text=person.address)
    body = PersonIntroduced(
        person=str(person.uuid),
        title=title,
        address=address,
        side=member.side,
        roles=tuple(member.roles),
        team=member.team.slug if member.team else "",
        tier=Tier(member.team.tier) if member.team else None,
    )
    return Draft(COMPANY_STREAM, at, actor, body)


# ---- from the record ----------------------------------------------------------------------


@transaction.atomic
def restore(company: UUID) -> None:
    """Make the company, its teams and its people as far as they are missing, from the record.

    Passwords are no part of the record: whoever comes from it cannot sign in yet.
    """
    history = store.history(company, COMPANY_STREAM)
    texts = words.texts(_words_of(history))
    for event in history:
        if isinstance(event.body, CompanyFounded):
            _restore_company(company, event.body, texts)
        elif isinstance(event.body, PersonIntroduced):
            _restore_person(company, event.body, texts)
        elif isinstance(event.body, PersonProven):
            proven = Membership.objects.filter(company_id=company, proven_at=None)
            proven.filter(person__uuid=event.body.person).update(proven_at=event.happened_at)


def _words_of(history: Iterable[Event]) -> list[str]:
    bodies = [event.body for event in history]
    titles = [
        body.title.id for body in bodies if isinstance(body, CompanyFounded | PersonIntroduced)
    ]
    return titles + [
        body.address.id for body in bodies if isinstance(body, PersonIntroduced) and body.address
    ]


def _restore_company(company: UUID, body: CompanyFounded, texts: dict[str, str | None]) -> None:
    Company.objects.get_or_create(
        uuid=company,
        defaults={
            "title": texts.get(body.title.id) or ERASED,
            "prefix": body.prefix,
            "zone": body.zone,
        },
    )


def _restore_person(company: UUID, body: PersonIntroduced, texts: dict[str, str | None]) -> None:
    identity = UUID(body.person)
    person = Person.objects.filter(uuid=identity).first()
    if person is None:
        address = texts.get(body.address.id) if body.address else None
        taken = address and Person.objects.filter(address=address_of(address)).exists()
        person = Person(
            uuid=identity,
            title=texts.get(body.title.id) or ERASED,
            address=None if taken else address,
        )
        person.set_unusable_password()
        person.save()
    if Membership.objects.filter(company_id=company, person=person).exists():
        return
    _join(company, person, body.side, body.roles, _restored_team(company, body))


def _restored_team(company: UUID, body: PersonIntroduced) -> Team | None:
    if not body.team:
        return None
    team, _ = Team.objects.get_or_create(
        company_id=company,
        slug=body.team,
        defaults={
            "title": f"Team {body.team}",
            "tier": body.tier or Tier.L1,
            "side": body.side,
        },
    )
    return team


@transaction.atomic
def forget_erased(company: UUID, ids: Sequence[str]) -> tuple[str, ...]:
    """Wipe names and addresses whose words were erased; the uuids of the people concerned."""
    gone, touched = set(ids), []
    for event in store.history(company, COMPANY_STREAM):
        body = event.body
        if not isinstance(body, PersonIntroduced):
            continue
        if body.title.id in gone:
            Person.objects.filter(uuid=UUID(body.person)).update(title=ERASED)
            touched.append(body.person)
        if body.address and body.address.id in gone:
            Person.objects.filter(uuid=UUID(body.person)).update(address=None, is_active=False)
            touched.append(body.person)
    return tuple(touched)
