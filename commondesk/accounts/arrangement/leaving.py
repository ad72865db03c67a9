"""Leaving a company: nobody goes before all that is theirs has somebody else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement import absences, teams
from commondesk.accounts.arrangement.arranging import (
    PEOPLE,
    Act,
    NotThere,
    UnfitArrangement,
    arranging,
)
from commondesk.accounts.arrangement.places import place_of, require_steering
from commondesk.accounts.models import (
    Absence,
    ApiToken,
    Engagement,
    Invitation,
    Membership,
    Person,
    Team,
)
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import (
    AbsenceEntered,
    AbsenceRemoved,
    InvitationWithdrawn,
    PersonLeft,
    ProviderDismissed,
    TokenRevoked,
)
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, ngettext
from commondesk.ledger import chance

MOST_TOLD = 5


class BurdenKind(StrEnum):
    """What somebody can carry that must not fall down."""

    TICKET = "ticket"
    CONTACT = "contact"
    DEPUTY = "deputy"


@dataclass(frozen=True, slots=True)
class Burden:
    """Something that needs a successor. key is a ticket's uuid, a team, or an absence's uuid."""

    kind: BurdenKind
    key: str
    title: str
    number: int = 0
    side: str = ""
    provider: UUID | None = None

    @property
    def name(self) -> str:
        """Under what a successor for it is given."""
        return f"{self.kind}-{self.key}"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who goes, and which teams go with them."""

    people: frozenset[UUID]
    teams: frozenset[str] = frozenset()

    @classmethod
    def of_person(cls, person: UUID) -> Leaving:
        return cls(frozenset({person}))


@dataclass(frozen=True, slots=True)
class Successor:
    """Who gets something: a team, and perhaps a person of it."""

    team: str
    person: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandingOn:
    """What another room is to hand on, and to whom, as part of the leaving."""

    company: UUID
    at: Instant
    actor: Actor
    leaving: Leaving
    successors: Mapping[str, Successor]
    """By a burden's key."""


@dataclass(frozen=True, slots=True)
class LeavingStep:
    """What another room knows that people carry, and how it hands that on."""

    burdens: Callable[[UUID, Leaving], tuple[Burden, ...]]
    hand_on: Callable[[HandingOn], None]


LEAVING_STEPS: list[LeavingStep] = []
"""What other rooms do when somebody goes, in the same transaction."""


class StillNeeded(UnfitArrangement):
    """Somebody cannot go before what is listed has a successor."""

    def __init__(self, burdens: tuple[Burden, ...]) -> None:
        sentence = gettext("Without a successor: %(burdens)s. Choose one for each.")
        super().__init__(sentence % {"burdens": told(burdens)})
        self.burdens = burdens


def told(burdens: Collection[Burden]) -> str:
    """The burdens in words; of many the first few."""
    some = [each.title for each in burdens][:MOST_TOLD]
    listed, rest = ", ".join(some), len(burdens) - len(some)
    if not rest:
        return listed
    words = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", rest)
    return words % {"names": listed, "count": rest}


# ---- what would be left behind ------------------------------------------------------------


def burdens_of(company: UUID, leaving: Leaving, at: Instant | None = None) -> tuple[Burden, ...]:
    """All that needs a successor when these people go: tickets, contacts of teams, deputies."""
    tickets = (each for step in LEAVING_STEPS for each in step.burdens(company, leaving))
    return (*tickets, *_contacts(company, leaving), *_deputies(company, leaving, at))


def _contacts(company: UUID, leaving: Leaving) -> Iterable[Burden]:
    found = Team.objects.filter(company_id=company, contact__uuid__in=leaving.people)
    for team in found.exclude(slug__in=leaving.teams).order_by("id"):
        title = gettext("contact of %(team)s") % {"team": team.title}
        yield Burden(
            BurdenKind.CONTACT, team.slug, title, side=team.side, provider=team.provider_id
        )


def _deputies(company: UUID, leaving: Leaving, at: Instant | None) -> Iterable[Burden]:
    found = Absence.objects.filter(company_id=company, deputy__uuid__in=leaving.people)
    if at is not None:
        found = found.filter(until_at__gt=at)
    others = found.exclude(person__uuid__in=leaving.people).select_related("person")
    for absence in others.order_by("from_at"):
        member = queries.membership_of(company, absence.person.uuid)
        if member is None:
            continue
        title = gettext("deputy of %(name)s") % {"name": absence.person.title}
        yield Burden(
            BurdenKind.DEPUTY,
            str(absence.uuid),
            title,
            side=member.side,
            provider=member.provider_id,
        )


def able(company: UUID, burden: Burden, leaving: Leaving) -> list[Membership]:
    """The people who can have it after them, by name."""
    members = (
        Membership.objects.filter(
            company_id=company,
            is_active=True,
            person__is_active=True,
            side__in=policy.ROLES_OF_SIDE,
        )
        .exclude(person__uuid__in=leaving.people)
        .select_related("person", "team")
        .order_by("person__title", "person__uuid")
    )
    if burden.kind is not BurdenKind.TICKET:
        members = members.filter(Q(provider_id=burden.provider), side=burden.side)
    needed = Right.READ_TICKETS if burden.kind is BurdenKind.CONTACT else Right.WORK_TICKETS
    return [each for each in members if needed in policy.rights_of(each.roles, each.side)]


# ---- going --------------------------------------------------------------------------------


def let_go(
    company: UUID,
    person: UUID,
    *,
    at: Instant,
    actor: Actor,
    successors: Mapping[str, Successor] | None = None,
    for_all: Successor | None = None,
) -> None:
    """End what somebody is to the company, once all that is theirs has a successor.

    successors go by a burden's name; for_all gets every ticket that names none. Raises StillNeeded,
    UnfitArrangement, NotAllowed and NotThere.
    """
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        member = act.member(person)
        if actor.id == str(person):
            raise UnfitArrangement(gettext("Ask somebody else to let you go."))
        require_steering(act, [person])
        _go(act, [member], Leaving.of_person(person), successors or {}, for_all)


def dismiss_provider(
    company: UUID,
    provider: UUID,
    *,
    at: Instant,
    actor: Actor,
    successors: Mapping[str, Successor] | None = None,
    for_all: Successor | None = None,
) -> None:
    """Let a provider serve the company no longer: its people leave, its tickets are handed on.

    Raises StillNeeded, UnfitArrangement, NotAllowed and NotThere.
    """
    with arranging(company, at=at, actor=actor, rights=(Right.ENGAGE_PROVIDERS,)) as act:
        served = Engagement.objects.filter(
            company_id=company, provider_id=provider, until__isnull=True
        )
        if not served.exists():
            raise NotThere(f"{provider} does not serve this company")
        leaving, members = of_provider(company, provider)
        _go(act, members, leaving, successors or {}, for_all)
        for team in Team.objects.filter(company_id=company, slug__in=leaving.teams):
            if team.contact is not None:
                team.contact = None
                teams.keep(act, team)
        _withdraw_invitations(act, provider)
        served.update(until=at)
        act.record(ProviderDismissed(str(provider)))


def of_provider(company: UUID, provider: UUID) -> tuple[Leaving, list[Membership]]:
    """Who goes with a provider."""
    members = list(
        Membership.objects.filter(company_id=company, provider_id=provider, is_active=True)
        .select_related("person", "team")
        .order_by("id")
    )
    slugs = Team.objects.filter(company_id=company, provider_id=provider)
    people = frozenset(member.person.uuid for member in members)
    return Leaving(people, frozenset(slugs.values_list("slug", flat=True))), members


def _go(
    act: Act,
    members: Iterable[Membership],
    leaving: Leaving,
    successors: Mapping[str, Successor],
    for_all: Successor | None,
) -> None:
    burdens = burdens_of(act.company, leaving, act.at)
    chosen = _chosen(act, burdens, leaving, successors, for_all)
    tickets = {each.key: chosen[each.name] for each in burdens if each.kind is BurdenKind.TICKET}
    for step in LEAVING_STEPS:
        step.hand_on(HandingOn(act.company, act.at, act.actor, leaving, tickets))
    for burden in burdens:
        if burden.kind is BurdenKind.CONTACT:
            _name_contact(act, burden, chosen[burden.name])
        elif burden.kind is BurdenKind.DEPUTY:
            _name_deputy(act, burden, chosen[burden.name])
    for member in members:
        _end(act, member)


def _chosen(
    act: Act,
    burdens: tuple[Burden, ...],
    leaving: Leaving,
    successors: Mapping[str, Successor],
    for_all: Successor | None,
) -> dict[str, Successor]:
    found: dict[str, Successor] = {}
    for burden in burdens:
        usual = for_all if burden.kind is BurdenKind.TICKET else None
        wanted = successors.get(burden.name) or usual
        if wanted is not None:
            found[burden.name] = _fit(act, burden, leaving, wanted)
    if missing := tuple(each for each in burdens if each.name not in found):
        raise StillNeeded(missing)
    return found


def _fit(act: Act, burden: Burden, leaving: Leaving, wanted: Successor) -> Successor:
    """Raises UnfitArrangement for somebody who cannot have it."""
    if wanted.person is None:
        known = {team.slug for team in serving_teams(act.company, leaving)}
        if burden.kind is BurdenKind.TICKET and wanted.team in known:
            return wanted
    else:
        for member in able(act.company, burden, leaving):
            if member.person.uuid == wanted.person:
                if burden.kind is BurdenKind.TICKET and member.team is None:
                    continue
                return replace(wanted, team=place_of(member).slug)
    raise UnfitArrangement(
        gettext("Choose from the list who gets this: %(burden)s.") % {"burden": burden.title},
        burden.name,
    )


def serving_teams(company: UUID, leaving: Leaving) -> list[Team]:
    """The teams that tickets can go to when these go."""
    return [team for team in queries.serving_teams(company) if team.slug not in leaving.teams]


def _name_contact(act: Act, burden: Burden, successor: Successor) -> None:
    team = Team.objects.get(company_id=act.company, slug=burden.key)
    team.contact = _member(act.company, successor).person
    teams.keep(act, team)


def _name_deputy(act: Act, burden: Burden, successor: Successor) -> None:
    absence = Absence.objects.select_related("person").get(uuid=burden.key, company=act.company)
    absent = queries.membership_of(act.company, absence.person.uuid)
    deputy = _member(act.company, successor)
    if absent is None or deputy.person_id == absent.person_id:
        raise UnfitArrangement(gettext("Nobody stands in for themselves."), burden.name)
    act.record(AbsenceRemoved(str(absence.uuid)))
    absence.delete()
    absences.refuse_circle(act.company, absent, deputy, absence.from_at, absence.until_at)
    _enter(act, absence, deputy.person)


def _enter(act: Act, absence: Absence, deputy: Person) -> None:
    again = Absence.objects.create(
        uuid=chance.uuid(),
        company_id=act.company,
        person=absence.person,
        deputy=deputy,
        from_at=absence.from_at,
        until_at=absence.until_at,
    )
    act.record(
        AbsenceEntered(
            absence=str(again.uuid),
            person=str(absence.person.uuid),
            from_at=absence.from_at,
            until_at=absence.until_at,
            deputy=str(deputy.uuid),
        )
    )


def _member(company: UUID, successor: Successor) -> Membership:
    assert successor.person is not None
    found = queries.membership_of(company, successor.person)
    assert found is not None
    return found


def _end(act: Act, member: Membership) -> None:
    person = member.person
    ahead = Absence.objects.filter(company_id=act.company, person=person, until_at__gt=act.at)
    for absence in ahead:
        act.record(AbsenceRemoved(str(absence.uuid)))
    ahead.delete()
    open_tokens = ApiToken.objects.filter(
        company_id=act.company, person=person, revoked_at__isnull=True
    )
    for token in open_tokens:
        act.record(TokenRevoked(str(token.uuid)))
    open_tokens.update(revoked_at=act.at)
    member.is_active = False
    member.save(update_fields=["is_active"])
    act.record(PersonLeft(str(person.uuid)))


def _withdraw_invitations(act: Act, provider: UUID) -> None:
    waiting = Invitation.objects.filter(
        company_id=act.company,
        provider_id=provider,
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
    )
    for invitation in waiting:
        act.record(InvitationWithdrawn(str(invitation.uuid)))
    waiting.update(withdrawn_at=act.at)
