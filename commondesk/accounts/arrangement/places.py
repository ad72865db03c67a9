"""What somebody can be to a company: side, roles, team and provider that fit together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement.arranging import Act, NotAllowed, UnfitArrangement
from commondesk.accounts.models import Membership, Team
from commondesk.accounts.policy import Right, Role
from commondesk.core.record.event import Side
from commondesk.core.record.events import Tier
from commondesk.core.texts import gettext, pgettext, pgettext_noop

ROLE_WORDS = {
    Role.REQUESTER: pgettext_noop("role", "requester"),
    Role.AGENT: pgettext_noop("role", "agent"),
    Role.LEAD: pgettext_noop("role", "lead"),
    Role.REFERENT: pgettext_noop("role", "referent"),
    Role.DECISION_MAKER: pgettext_noop("role", "decision maker"),
    Role.APPROVER: pgettext_noop("role", "approver"),
    Role.AUDITOR: pgettext_noop("role", "auditor"),
}
"""What each role is called in English, which lists of people are written in."""


def _told(role: str) -> str:
    return role_word(Role(role)) if role in ROLE_WORDS else role


def role_word(role: Role) -> str:
    """What a role is called, to whoever reads."""
    return pgettext("role", ROLE_WORDS[role])


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is, or is to be, to a company."""

    side: str
    roles: tuple[str, ...]
    team: Team | None = None
    provider: UUID | None = None

    @property
    def slug(self) -> str:
        """The team's short name; empty without one."""
        return self.team.slug if self.team else ""

    @property
    def tier(self) -> Tier | None:
        """The team's tier."""
        return Tier(self.team.tier) if self.team else None

    @property
    def works_tickets(self) -> bool:
        """Whether whoever has this place works tickets."""
        return Right.WORK_TICKETS in policy.rights_of(self.roles, self.side)


def place_of(member: Membership) -> Place:
    """What a member is."""
    return Place(member.side, tuple(member.roles), member.team, member.provider_id)


def fit_place(
    act: Act,
    *,
    side: str,
    roles: Collection[str],
    team: str,
    provider: UUID | None,
    before: Place | None = None,
    is_new_provider: bool = False,
) -> Place:
    """The place that was asked for, if whoever acts may give it in stead of the one before.

    Of a new provider there is neither uuid nor team yet. Raises NotAllowed and UnfitArrangement.
    """
    known = policy.ROLES_OF_SIDE.get(side)
    if known is None:
        raise UnfitArrangement(gettext("Choose a side from the list."), "side")
    if not is_new_provider:
        act.require(side, provider)
        _refuse_unfit_provider(act.company, side, provider)
    if unknown := [role for role in roles if role not in known]:
        raise UnfitArrangement(
            gettext("Nobody is %(roles)s on this side.")
            % {"roles": ", ".join(map(_told, unknown))},
            "roles",
        )
    if not roles:
        raise UnfitArrangement(gettext("Choose at least one role."), "roles")
    place = Place(
        side=str(side),
        roles=tuple(str(role) for role in Role if role in roles),
        team=_fit_team(act.company, side, team, provider) if not is_new_provider else None,
        provider=provider,
    )
    if place.works_tickets and place.team is None and not is_new_provider:
        raise UnfitArrangement(
            gettext("Choose a team: whoever works tickets belongs to one."), "team"
        )
    _refuse_signatures(act, place, before, is_new_provider=is_new_provider)
    return place


def _refuse_unfit_provider(company: UUID, side: str, provider: UUID | None) -> None:
    if (side == Side.PROVIDER) != (provider is not None):
        raise UnfitArrangement(
            gettext("Whoever is on the provider's side works for one."), "provider"
        )
    if provider is not None and provider not in queries.providers(company):
        raise UnfitArrangement(gettext("This provider does not serve the company."), "provider")


def _fit_team(company: UUID, side: str, slug: str, provider: UUID | None) -> Team | None:
    if not slug:
        return None
    if side == Side.REQUESTER:
        raise UnfitArrangement(gettext("Whoever only asks for help belongs to no team."), "team")
    found = Team.objects.filter(Q(provider_id=provider), company_id=company, slug=slug).first()
    if found is None:
        raise UnfitArrangement(gettext("Choose a team of the same side and provider."), "team")
    return found


def _refuse_signatures(
    act: Act, place: Place, before: Place | None, *, is_new_provider: bool
) -> None:
    """Nobody makes, moves or ends a signature of a party but those who sign for it.

    Where nobody signs for a provider yet, the company's side may name who does.
    """
    if not act.actor.is_person or is_new_provider:
        return
    held, wanted = before if before and _signs(before) else None, place if _signs(place) else None
    if held and wanted and _party(held) == _party(wanted):
        return
    for one in filter(None, (held, wanted)):
        if policy.may_make_decision_makers(act.viewer, one.side, str(one.provider or "")):
            continue
        is_vacant = one is wanted and one.provider and not signers(act.company, one.provider)
        if not (is_vacant and policy.may(act.viewer, Right.ADD_PEOPLE)):
            raise UnfitArrangement(
                gettext("Only a decision maker of the same side makes somebody one, or ends it."),
                "roles",
            )


def _signs(place: Place) -> bool:
    return Role.DECISION_MAKER in place.roles


def _party(place: Place) -> tuple[str, UUID | None]:
    return place.side, place.provider


def signers(company: UUID, provider: UUID) -> list[Membership]:
    """The people who sign for a provider at the company."""
    members = Membership.objects.filter(company_id=company, provider_id=provider, is_active=True)
    return [each for each in members if Role.DECISION_MAKER in each.roles]


def require_steering(act: Act, leaving: Iterable[UUID], place: Place | None = None) -> None:
    """Somebody of the company must stay who can add people. Raises UnfitArrangement.

    leaving are people who are no longer what they were; place is what they become, if anything.
    """
    if place is not None and _steers(place.side, place.roles):
        return
    others = Membership.objects.filter(
        company_id=act.company, side=Side.COMPANY, is_active=True, person__is_active=True
    ).exclude(person__uuid__in=list(leaving))
    if not any(_steers(each.side, each.roles) for each in others):
        raise UnfitArrangement(
            gettext(
                "Nobody could add people any more. Make somebody else referent or decision maker"
                " of the company first."
            ),
            "roles",
        )


def _steers(side: str, roles: Iterable[str]) -> bool:
    return Right.ADD_PEOPLE in policy.rights_of(roles, side)


__all__ = ["NotAllowed", "Place", "fit_place", "place_of", "require_steering", "signers"]
