"""What the pages about people show: rows made for one screen each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement.places import role_word
from commondesk.accounts.models import (
    ERASED,
    Absence,
    Company,
    Engagement,
    Membership,
    Person,
    Team,
)
from commondesk.accounts.policy import Right, Role, Viewer
from commondesk.core.record.event import Side
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext

ON_A_PAGE = 100
EVERYBODY, COMPANY, REQUESTERS, AWAY, INVITED = "all", "company", "requesters", "away", "invited"
TECHNICAL = (Side.COMPANY, Side.PROVIDER)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of the people, as the page's side lists it."""

    name: str
    title: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody as the list shows them."""

    uuid: UUID
    title: str
    address: str
    side: str
    whose: str
    roles: tuple[str, ...]
    team: str
    tier: str
    deputy: str
    away_until: Instant | None
    may_arrange: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, and the address of what follows; empty at the end."""

    title: str
    shelves: tuple[Shelf, ...]
    rows: tuple[PersonRow, ...]
    after: str


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team as the list shows it."""

    slug: str
    title: str
    tier: str
    whose: str
    contact: str
    count: int
    is_serving: bool
    may_arrange: bool


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider that serves the company, or once did."""

    uuid: UUID
    title: str
    since: Instant
    until: Instant | None
    people: int
    teams: int


def people_page(
    company: Company, viewer: Viewer, *, shelf: str, text: str, after: str, at: Instant
) -> PeoplePage:
    """The people of one shelf whose name or address holds the text, by name."""
    shelves = _shelves(company, viewer, shelf, at)
    current = next((each for each in shelves if each.is_current), shelves[0])
    members = _on_shelf(company.uuid, current.name, at)
    if text:
        members = members.filter(_matching(viewer, text))
    found = list(_beyond(members, after)[: ON_A_PAGE + 1])
    shown = found[:ON_A_PAGE]
    return PeoplePage(
        title=current.title,
        shelves=shelves,
        rows=_rows(company, viewer, shown, at),
        after=str(shown[-1].person.uuid) if len(found) > len(shown) else "",
    )


def _shelves(company: Company, viewer: Viewer, wanted: str, at: Instant) -> tuple[Shelf, ...]:
    told = _active(company.uuid).values_list("side", "provider").annotate(Count("id"))
    counts = {(side, provider): count for side, provider, count in told}
    by_side = {side: _sum(counts, side) for side in policy.ROLES_OF_SIDE}
    named: list[tuple[str, str, int]] = [
        (EVERYBODY, gettext("Both sides"), by_side[Side.COMPANY] + by_side[Side.PROVIDER]),
        (COMPANY, company.title, by_side[Side.COMPANY]),
    ]
    for uuid, title in queries.providers(company.uuid).items():
        named.append((str(uuid), title, counts.get((Side.PROVIDER, uuid), 0)))
    if nameless := counts.get((Side.PROVIDER, None), 0):
        named.append(("nobodys", gettext("No provider named"), nameless))
    named.append((REQUESTERS, gettext("Requesters"), by_side[Side.REQUESTER]))
    named.append((AWAY, gettext("Away now"), _on_shelf(company.uuid, AWAY, at).count()))
    known = {name for name, _, _ in named}
    current = wanted if wanted in known else EVERYBODY
    return tuple(Shelf(name, title, count, name == current) for name, title, count in named)


def _sum(counts: Mapping[tuple[str, UUID | None], int], side: str) -> int:
    return sum(count for (each, _), count in counts.items() if each == side)


def _active(company: UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(
        company_id=company, is_active=True, person__is_active=True, side__in=policy.ROLES_OF_SIDE
    )


def _on_shelf(company: UUID, shelf: str, at: Instant) -> QuerySet[Membership]:
    members = _active(company).select_related("person", "team", "provider")
    members = members.order_by("person__title", "person__uuid")
    provider = queries.uuid_of(shelf)
    if provider is not None:
        return members.filter(provider_id=provider)
    match shelf:
        case "company":
            return members.filter(side=Side.COMPANY)
        case "requesters":
            return members.filter(side=Side.REQUESTER)
        case "nobodys":
            return members.filter(side=Side.PROVIDER, provider__isnull=True)
        case "away":
            away = Absence.objects.filter(
                company_id=company, person=OuterRef("person"), from_at__lte=at, until_at__gt=at
            )
            return members.filter(Exists(away))
        case _:
            return members.filter(side__in=TECHNICAL)


def _matching(viewer: Viewer, text: str) -> Q:
    by_address = Q(person__address__icontains=text)
    if viewer.is_one_of_many:
        # The addresses of another provider's people are not shown, so nobody finds them by one.
        mine = Q(provider_id=queries.uuid_of(viewer.provider)) | ~Q(side=Side.PROVIDER)
        by_address &= mine
    return Q(person__title__icontains=text) | by_address


def _beyond(members: QuerySet[Membership], after: str) -> QuerySet[Membership]:
    known = queries.uuid_of(after)
    last = Person.objects.filter(uuid=known).first() if known else None
    if last is None:
        return members
    same = Q(person__title=last.title, person__uuid__gt=last.uuid)
    return members.filter(Q(person__title__gt=last.title) | same)


def _rows(
    company: Company, viewer: Viewer, members: Sequence[Membership], at: Instant
) -> tuple[PersonRow, ...]:
    people = [member.person_id for member in members]
    away = {
        each.person_id: each
        for each in Absence.objects.filter(
            company_id=company.uuid, person__in=people, from_at__lte=at, until_at__gt=at
        ).select_related("deputy")
    }
    return tuple(
        person_row(company, viewer, member, away.get(member.person_id)) for member in members
    )


def person_row(
    company: Company, viewer: Viewer, member: Membership, away: Absence | None = None
) -> PersonRow:
    """Somebody as this viewer may see them."""
    return PersonRow(
        uuid=member.person.uuid,
        title=member.person.title or ERASED,
        address=(member.person.address or "") if _shows_address(viewer, member) else "",
        side=member.side,
        whose=whose_words(company, member.side, member.provider.title if member.provider else ""),
        roles=role_words(member.roles),
        team=member.team.title if member.team else "",
        tier=member.team.tier if member.team else "",
        deputy=away.deputy.title if away else "",
        away_until=away.until_at if away else None,
        may_arrange=policy.may_arrange(viewer, member.side, str(member.provider_id or "")),
    )


def _shows_address(viewer: Viewer, member: Membership) -> bool:
    is_others = member.side == Side.PROVIDER and str(member.provider_id or "") != viewer.provider
    return not (is_others and viewer.is_one_of_many)


def whose_words(company: Company, side: str, provider: str) -> str:
    """On which side somebody or some team is, in words."""
    if side == Side.PROVIDER:
        return provider or gettext("provider not named")
    if side == Side.COMPANY:
        return company.title
    return gettext("%(company)s, asks for help") % {"company": company.title}


def role_words(roles: Sequence[str]) -> tuple[str, ...]:
    """Roles in words, in their usual order."""
    return tuple(role_word(role) for role in Role if role in roles)


# ---- teams and providers ------------------------------------------------------------------


def team_rows(company: Company, viewer: Viewer) -> tuple[TeamRow, ...]:
    """Every team, the company's own first."""
    serving = {team.slug for team in queries.serving_teams(company.uuid)}
    teams = (
        Team.objects.filter(company=company)
        .select_related("contact", "provider")
        .annotate(
            people=Count(
                "memberships",
                filter=Q(memberships__is_active=True, memberships__person__is_active=True),
            )
        )
        .order_by("side", "provider__title", "tier", "title", "slug")
    )
    return tuple(_team_row(company, viewer, team, team.slug in serving) for team in teams)


def _team_row(company: Company, viewer: Viewer, team: Team, is_serving: bool) -> TeamRow:
    provider = str(team.provider_id or "")
    return TeamRow(
        slug=team.slug,
        title=team.title,
        tier=team.tier,
        whose=whose_words(company, team.side, team.provider.title if team.provider else ""),
        contact=team.contact.title if team.contact else "",
        count=int(getattr(team, "people", 0)),
        is_serving=is_serving,
        may_arrange=is_serving and policy.may_arrange(viewer, team.side, provider),
    )


def provider_rows(company: Company) -> tuple[ProviderRow, ...]:
    """Who serves the company, then who once did."""
    found = Engagement.objects.filter(company=company).select_related("provider")
    rows = [_provider_row(each) for each in found.order_by("provider__title")]
    return tuple(sorted(rows, key=lambda row: row.until is not None))


def _provider_row(engagement: Engagement) -> ProviderRow:
    there = {"company_id": engagement.company_id, "provider_id": engagement.provider_id}
    people = Membership.objects.filter(**there, is_active=True, person__is_active=True)
    return ProviderRow(
        uuid=engagement.provider_id,
        title=engagement.provider.title,
        since=engagement.since,
        until=engagement.until,
        people=people.count(),
        teams=Team.objects.filter(**there).count(),
    )


def absences_ahead(company: UUID, person: UUID, at: Instant) -> tuple[Absence, ...]:
    """When somebody is or will be away, the next one first."""
    found = Absence.objects.filter(company_id=company, person__uuid=person, until_at__gt=at)
    return tuple(found.select_related("deputy").order_by("from_at"))


def other_companies(person: object, viewer: Viewer) -> tuple[tuple[Company, Viewer], ...]:
    """The other companies where this viewer answers for people of the same provider."""
    if not viewer.provider:
        return ()
    found = []
    for company in policy.visible_companies(person):
        there = policy.viewer_of(person, company) if company.uuid != viewer.company_uuid else None
        is_same = there is not None and there.provider == viewer.provider
        if there and is_same and policy.may(there, Right.ADD_OWN_PEOPLE):
            found.append((company, there))
    return tuple(found)
