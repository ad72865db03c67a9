"""Who is away until when, and who stands in for them meanwhile."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement.arranging import (
    PEOPLE,
    Act,
    NotAllowed,
    NotThere,
    UnfitArrangement,
    arranging,
)
from commondesk.accounts.models import Absence, Membership
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import AbsenceEntered, AbsenceRemoved
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.texts import gettext
from commondesk.ledger import chance

LONGEST_SPAN = 400 * DAY
MAY = (*PEOPLE, Right.READ_TICKETS)
"""Everybody who can be away enters that for themselves; for others, whoever arranges people."""


def enter_absence(
    company: UUID,
    person: UUID,
    *,
    at: Instant,
    actor: Actor,
    from_at: Instant,
    until_at: Instant,
    deputy: UUID,
) -> UUID:
    """Note that somebody is away, and who stands in; the absence's uuid.

    Raises NotAllowed, NotThere and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=MAY) as act:
        member = _whose(act, person)
        _refuse_unfit_span(at, from_at, until_at)
        stand_in = _fit_deputy(act, member, deputy)
        _refuse_overlap(company, member, from_at, until_at)
        refuse_circle(company, member, stand_in, from_at, until_at)
        absence = Absence.objects.create(
            uuid=chance.uuid(),
            company_id=company,
            person=member.person,
            deputy=stand_in.person,
            from_at=from_at,
            until_at=until_at,
        )
        act.record(AbsenceEntered(str(absence.uuid), str(person), from_at, until_at, str(deputy)))
        return absence.uuid


def remove_absence(company: UUID, absence: UUID, *, at: Instant, actor: Actor) -> Absence:
    """Somebody is back early, or does not go. Raises NotAllowed and NotThere."""
    with arranging(company, at=at, actor=actor, rights=MAY) as act:
        found = (
            Absence.objects.select_related("person", "deputy")
            .filter(company_id=company, uuid=absence)
            .first()
        )
        if found is None:
            raise NotThere(f"there is no absence {absence} here")
        _whose(act, found.person.uuid)
        act.record(AbsenceRemoved(str(absence)))
        Absence.objects.filter(uuid=absence).delete()
        return found


def deputies_of(company: UUID, member: Membership) -> list[Membership]:
    """Who can stand in for a member, by name: people of their side who work tickets."""
    others = (
        Membership.objects.filter(
            Q(provider_id=member.provider_id),
            company_id=company,
            side=member.side,
            is_active=True,
            person__is_active=True,
        )
        .exclude(person=member.person_id)
        .select_related("person", "team")
        .order_by("person__title", "person__uuid")
    )
    return [
        each for each in others if Right.WORK_TICKETS in policy.rights_of(each.roles, each.side)
    ]


def _whose(act: Act, person: UUID) -> Membership:
    if act.actor.id != str(person):
        return act.member(person)
    found = queries.membership_of(act.company, person)
    if found is None or not policy.may(act.viewer, Right.READ_TICKETS):
        raise NotAllowed(f"{person} is nobody to stand in for")
    return found


def _refuse_unfit_span(at: Instant, from_at: Instant, until_at: Instant) -> None:
    if until_at <= from_at:
        raise UnfitArrangement(gettext("The end comes after the beginning."), "until")
    if until_at <= at:
        raise UnfitArrangement(gettext("This is over already: give an end that is ahead."), "until")
    if until_at - from_at > LONGEST_SPAN:
        raise UnfitArrangement(
            gettext("Who is away for more than a year is better let go."), "until"
        )


def _fit_deputy(act: Act, member: Membership, deputy: UUID) -> Membership:
    for each in deputies_of(act.company, member):
        if each.person.uuid == deputy:
            return each
    raise UnfitArrangement(
        gettext("Choose somebody else of the same side who works tickets."), "deputy"
    )


def _refuse_overlap(company: UUID, member: Membership, from_at: Instant, until_at: Instant) -> None:
    overlapping = Absence.objects.filter(
        company_id=company, person=member.person_id, from_at__lt=until_at, until_at__gt=from_at
    )
    if overlapping.exists():
        raise UnfitArrangement(
            gettext("%(name)s is away in these days already. Remove that first.")
            % {"name": member.person.title},
            "from",
        )


def refuse_circle(
    company: UUID, member: Membership, deputy: Membership, from_at: Instant, until_at: Instant
) -> None:
    """Somebody must be left: whom the deputy has named meanwhile cannot be who goes now.

    Raises UnfitArrangement.
    """
    waiting, seen = [(deputy.person_id, from_at, until_at)], set[tuple[int, Instant, Instant]]()
    while waiting:
        stretch = waiting.pop()
        person, start, end = stretch
        if person == member.person_id:
            raise UnfitArrangement(
                gettext(
                    "%(name)s is away then too, and nobody would be left to stand in."
                    " Choose somebody else."
                )
                % {"name": deputy.person.title},
                "deputy",
            )
        if stretch in seen:
            continue
        seen.add(stretch)
        away = Absence.objects.filter(
            company_id=company, person=person, from_at__lt=end, until_at__gt=start
        )
        waiting += [
            (each.deputy_id, max(start, each.from_at), min(end, each.until_at)) for each in away
        ]
