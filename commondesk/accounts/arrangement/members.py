"""What members are: changing it, and taking a provider's person along to another company."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from commondesk.accounts import directory
from commondesk.accounts.arrangement import leaving
from commondesk.accounts.arrangement.arranging import (
    PEOPLE,
    Act,
    NotAllowed,
    NotThere,
    UnfitArrangement,
    arranging,
)
from commondesk.accounts.arrangement.places import Place, fit_place, place_of, require_steering
from commondesk.accounts.models import Membership, Person
from commondesk.accounts.policy import Right, Role
from commondesk.core.record.arrangement import PersonChanged
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import memory, store


def change_member(
    company: UUID,
    person: UUID,
    *,
    at: Instant,
    actor: Actor,
    side: str,
    roles: Collection[str],
    team: str = "",
    provider: UUID | None = None,
) -> None:
    """Make a member something else to the company.

    Who moves to another side or works tickets no longer hands on first what is theirs. Raises
    NotAllowed, NotThere and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        member = act.member(person)
        before = place_of(member)
        place = fit_place(act, side=side, roles=roles, team=team, provider=provider, before=before)
        if place == before:
            return
        require_steering(act, [person], place)
        if _moves_away(before, place):
            _require_free_hands(act, member)
        put(act, member.person, place)


def _moves_away(before: Place, place: Place) -> bool:
    is_elsewhere = (before.side, before.provider) != (place.side, place.provider)
    return is_elsewhere or (before.works_tickets and not place.works_tickets)


def _require_free_hands(act: Act, member: Membership) -> None:
    burdens = leaving.burdens_of(act.company, leaving.Leaving.of_person(member.person.uuid))
    if burdens:
        raise UnfitArrangement(
            gettext(
                "%(name)s still has %(burdens)s. Hand that on first:"
                " give the tickets away, and name another contact or deputy."
            )
            % {"name": member.person.title, "burdens": leaving.told(burdens)}
        )


def put(act: Act, person: Person, place: Place) -> Membership:
    """Make somebody whom the company knows a member with that place, and record it."""
    member = directory.join(
        act.company, person, place.side, place.roles, place.team, place.provider
    )
    act.record(
        PersonChanged(
            person=str(person.uuid),
            side=place.side,
            roles=place.roles,
            team=place.slug,
            tier=place.tier,
            provider=str(place.provider or ""),
        )
    )
    return member


def bring_in(act: Act, person: Person, place: Place) -> None:
    """Make somebody a member with that place: whether the company knew them before or not."""
    if Membership.objects.filter(company_id=act.company, person=person).exists():
        put(act, person, place)
        return
    directory.join(act.company, person, place.side, place.roles, place.team, place.provider)
    introduced = directory.introduction(act.company, person, at=act.at, actor=act.actor)
    act.drafts.append(introduced)


def copy_member(
    person: UUID,
    *,
    source: UUID,
    target: UUID,
    at: Instant,
    actor: Actor,
    roles: Collection[str] = (Role.AGENT,),
    team: str,
) -> None:
    """Let a person of a provider work for another company that it serves.

    Whoever does it answers for the provider's people in both. Raises NotAllowed, NotThere and
    UnfitArrangement.
    """
    with memory.atomic(), memory.remembering():
        store.hold_all([source, target])
        with arranging(source, at=at, actor=actor, rights=(Right.ADD_OWN_PEOPLE,)) as act:
            member = act.member(person)
        with arranging(target, at=at, actor=actor, rights=(Right.ADD_OWN_PEOPLE,)) as act:
            provider = member.provider_id
            if act.viewer is None or act.viewer.provider != str(provider):
                raise NotAllowed(f"{actor.id} answers for other people there")
            _refuse_known(target, member.person)
            place = fit_place(act, side=Side.PROVIDER, roles=roles, team=team, provider=provider)
            bring_in(act, member.person, place)


def _refuse_known(company: UUID, person: Person) -> None:
    if is_more_than_requester(company, person):
        raise UnfitArrangement(
            gettext("%(name)s is known to that company already.") % {"name": person.title}
        )


def is_more_than_requester(company: UUID, person: Person) -> bool:
    """Whether somebody is an active member of the company with more to do than to ask."""
    found = Membership.objects.filter(company_id=company, person=person, is_active=True).first()
    return found is not None and found.roles != [Role.REQUESTER]


__all__ = ["COMPANY_STREAM", "NotThere", "bring_in", "change_member", "copy_member", "put"]
