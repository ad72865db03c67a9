"""Makes people known to a company, each with its event on the company's stream."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from commondesk.accounts import arranged, queries
from commondesk.accounts.doors import addresses
from commondesk.accounts.models import (
    ERASED,
    Absence,
    Company,
    Engagement,
    Invitation,
    Membership,
    Person,
    Provider,
    Team,
    address_of,
)
from commondesk.accounts.policy import Role
from commondesk.core.record.arrangement import InvitationSent
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import (
    CompanyFounded,
    PersonIntroduced,
    PersonProven,
    Proof,
    Tier,
)
from commondesk.core.record.instant import HOUR, Instant, Span
from commondesk.core.texts import gettext
from commondesk.ledger import chance, memory, store, tables, words

INVITATION_SPAN: Span = 72 * HOUR
"""So long the link of an invitation works."""
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
    provider: UUID | None = None,
    password: str | None = None,
) -> Person:
    """Make somebody known with side, roles and team; a requester known by mail is promoted.

    provider is whom they work for, one that serves the company. Raises UnfitPerson.
    """
    hold_record(company)
    found_team = _checked_team(company, side, roles, team)
    _refuse_unfit_provider(company, side, provider, found_team)
    person = _person_with(address)
    if person is None:
        person = _made(address, title)
    elif person.memberships.filter(company_id=company).exclude(roles=[Role.REQUESTER]).exists():
        raise UnfitPerson(
            gettext("%(address)s is known to this company already.")
            % {"address": address_of(address)}
        )
    if password is not None:
        _set_first_password(company, person, password)
    join(company, person, side, roles, found_team, provider)
    _introduce(company, person, at=at, actor=actor)
    return person


def _checked_team(company: UUID, side: str, roles: Sequence[str], slug: str) -> Team | None:
    if side not in SIDES:
        raise UnfitPerson(f"A side is one of {', '.join(SIDES)}, not {side!r}.")  # not for readers
    if unknown := [role for role in roles if role not in list(Role)]:
        raise UnfitPerson(
            f"A role is one of {', '.join(Role)}, not {', '.join(unknown)}."  # not for readers
        )
    if not slug:
        return None
    team = Team.objects.filter(company_id=company, slug__iexact=slug).first()
    if team is None:
        known = Team.objects.filter(company_id=company).values_list("slug", flat=True)
        listed = ", ".join(sorted(known))
        raise UnfitPerson(f"There is no team {slug!r}; there are {listed}.")  # not for readers
    return team


def _refuse_unfit_provider(
    company: UUID, side: str, provider: UUID | None, team: Team | None
) -> None:
    if provider is not None and side != Side.PROVIDER:
        raise UnfitPerson(
            "Only people of the provider's side work for a provider."  # not for readers
        )
    if provider is not None and provider not in queries.providers(company):
        raise UnfitPerson("This provider does not serve the company.")  # not for readers
    if team is not None and team.provider_id not in (None, provider):
        raise UnfitPerson(f"The team {team.slug!r} is another provider's.")  # not for readers


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
        raise UnfitPerson(
            gettext("%(address)s is no mail address.") % {"address": address[:LONGEST_ADDRESS]}
        )
    if not address and not title:
        raise UnfitPerson(gettext("Give a name or a mail address."))
    person = Person(
        uuid=chance.uuid(), address=address or None, title=title or address.partition("@")[0]
    )
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


def join(
    company: UUID,
    person: Person,
    side: str,
    roles: Sequence[str],
    team: Team | None,
    provider: UUID | None = None,
) -> Membership:
    """Make them a member as said; the first of a team that has no contact becomes it."""
    member, _ = Membership.objects.update_or_create(
        company_id=company,
        person=person,
        defaults={
            "side": str(side),
            "roles": [str(role) for role in roles],
            "team": team,
            "provider_id": provider,
            "is_active": True,
        },
    )
    memory.drop(queries.at_address(person.address or ""))
    memory.drop(queries.as_addressee(company, person.uuid))
    if team and team.contact is None:
        team.contact = person
        team.save(update_fields=["contact"])
        memory.drop(("contacts", company))
    return member


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
        provider=str(member.provider_id or ""),
    )
    return Draft(COMPANY_STREAM, at, actor, body)


# ---- from the record ----------------------------------------------------------------------


@transaction.atomic
def restore(company: UUID) -> None:
    """Make the company and all that is arranged around it as the record says.

    Teams that no event formed are made only where they are missing. Passwords and the links of
    invitations are no part of the record: whoever comes from it cannot sign in yet.
    """
    history = store.history(company, COMPANY_STREAM)
    known = arranged.arranged_of(history)
    texts = words.texts(known.words)
    if known.founded is not None:
        _restore_company(company, known, known.founded, texts)
    for engagement in known.engagements.values():
        _restore_engagement(company, engagement)
    for introduced in known.introduced.values():
        _restore_person(introduced, texts)
    for team in known.teams.values():
        _restore_team(company, team)
    for member in known.members.values():
        _restore_member(company, member)
    _restore_absences(company, known)
    for invitation in known.invitations.values():
        _restore_invitation(company, invitation, texts)
    memory.forget()


def _restore_company(
    company: UUID, known: arranged.Arranged, body: CompanyFounded, texts: dict[str, str | None]
) -> None:
    title = (known.changed or body).title
    said = {"title": texts.get(title.id) or ERASED}
    if known.changed is not None:
        said["language"] = known.changed.language
    row, is_new = Company.objects.get_or_create(
        uuid=company,
        defaults=said | {"prefix": body.prefix, "zone": body.zone, "is_sample": body.is_sample},
    )
    if not is_new and known.changed is not None:
        Company.objects.filter(pk=row.pk).update(**said)


def _restore_engagement(company: UUID, known: arranged.EngagementState) -> None:
    uuid = UUID(known.provider)
    if not Provider.objects.filter(uuid=uuid).exists():
        taken = Provider.objects.filter(title=known.title).exists()
        title = f"{known.title} ({known.provider[:8]})" if taken else known.title
        Provider.objects.create(uuid=uuid, title=title)
    Engagement.objects.update_or_create(
        company_id=company,
        provider_id=uuid,
        defaults={"since": known.since, "until": known.until},
    )


def _restore_person(body: PersonIntroduced, texts: dict[str, str | None]) -> None:
    identity = UUID(body.person)
    if Person.objects.filter(uuid=identity).exists():
        return
    address = texts.get(body.address.id) if body.address else None
    taken = address and Person.objects.filter(address=address_of(address)).exists()
    person = Person(
        uuid=identity,
        title=texts.get(body.title.id) or ERASED,
        address=None if taken else address,
    )
    person.set_unusable_password()
    person.save()


def _restore_team(company: UUID, known: arranged.TeamState) -> None:
    contact = _person_of(known.contact)
    told: dict[str, object] = {
        "title": known.title,
        "tier": known.tier,
        "side": known.side,
        "provider_id": queries.uuid_of(known.provider),
    }
    if known.is_formed:
        told["contact"] = contact
        Team.objects.update_or_create(company_id=company, slug=known.slug, defaults=told)
        return
    team, _ = Team.objects.get_or_create(company_id=company, slug=known.slug, defaults=told)
    if team.contact is None and contact is not None:
        team.contact = contact
        team.save(update_fields=["contact"])


def _restore_member(company: UUID, known: arranged.MemberState) -> None:
    person = _person_of(known.person)
    if person is None:
        return
    team = Team.objects.filter(company_id=company, slug=known.team).first() if known.team else None
    member, _ = Membership.objects.update_or_create(
        company_id=company,
        person=person,
        defaults={
            "side": known.side,
            "roles": list(known.roles),
            "team": team,
            "provider_id": queries.uuid_of(known.provider),
            "is_active": known.is_active,
        },
    )
    if member.proven_at is None and known.proven_at is not None:
        member.proven_at = known.proven_at
        member.save(update_fields=["proven_at"])


def _restore_absences(company: UUID, known: arranged.Arranged) -> None:
    there = {UUID(each.absence): each for each in known.absences.values()}
    Absence.objects.filter(company_id=company).exclude(uuid__in=list(there)).delete()
    for uuid, each in there.items():
        person, deputy = _person_of(each.person), _person_of(each.deputy)
        if person is None or deputy is None:
            continue
        Absence.objects.update_or_create(
            uuid=uuid,
            company_id=company,
            defaults={
                "person": person,
                "deputy": deputy,
                "from_at": each.from_at,
                "until_at": each.until_at,
            },
        )


def _restore_invitation(
    company: UUID, known: arranged.InvitationState, texts: dict[str, str | None]
) -> None:
    by = _person_of(known.invited_by)
    if by is None:
        return
    ends = {"accepted_at": known.accepted_at, "withdrawn_at": known.withdrawn_at}
    team = Team.objects.filter(company_id=company, slug=known.team).first() if known.team else None
    Invitation.objects.update_or_create(
        uuid=UUID(known.invitation),
        company_id=company,
        defaults=ends,
        create_defaults={
            **ends,
            "address": texts.get(known.address.id) or "",
            "side": known.side,
            "roles": list(known.roles),
            "team": team,
            "provider_id": queries.uuid_of(known.provider),
            "digest": f"lost with the link: {known.invitation}",
            "invited_by": by,
            "created_at": known.sent_at,
            "expires_at": known.sent_at + INVITATION_SPAN,
        },
    )


def _person_of(uuid: str) -> Person | None:
    known = queries.uuid_of(uuid)
    return Person.objects.filter(uuid=known).first() if known else None


@transaction.atomic
def forget_erased(company: UUID, ids: Sequence[str]) -> tuple[str, ...]:
    """Wipe names and addresses whose words were erased; the uuids of the people concerned."""
    gone, touched = set(ids), []
    for event in store.history(company, COMPANY_STREAM):
        body = event.body
        if isinstance(body, InvitationSent) and body.address.id in gone:
            asked = Invitation.objects.filter(company_id=company, uuid=UUID(body.invitation))
            asked.update(address="", title="", expires_at=event.happened_at)
        if not isinstance(body, PersonIntroduced):
            continue
        person = Person.objects.filter(uuid=UUID(body.person))
        if body.title.id in gone:
            person.update(title=ERASED)
            touched.append(body.person)
        if body.address and body.address.id in gone:
            person.update(address=None, is_active=False, manager=None, language="")
            addresses.forget(UUID(body.person))
            touched.append(body.person)
    return tuple(touched)
