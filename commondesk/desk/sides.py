"""Who stands for a team or a person: receivers of a handover, leads, contacts and deputies."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from commondesk.accounts import queries
from commondesk.accounts.models import Membership, Team, address_of
from commondesk.accounts.policy import Role, Viewer
from commondesk.core.record.event import Event, Side
from commondesk.core.record.events import HandoverOffered
from commondesk.core.record.instant import Instant
from commondesk.core.record.ticket import Offer, Ticket
from commondesk.governance import charters

WORKING_SIDES = (Side.COMPANY, Side.PROVIDER)
OWN_LEADS = frozenset({Role.LEAD, Role.REFERENT, Role.DECISION_MAKER})
"""On the company's own side its IT person answers for every team."""


# ---- deputies -----------------------------------------------------------------------------


def stand_in(company: UUID, person: str, at: Instant) -> str:
    """Whoever acts for a person at an instant: their deputy while they are away, else they."""
    return queries.standing_in(company, at).get(person, person)


def called(company: UUID, contact: str, team: str, at: Instant) -> str:
    """The person whom a charter means by a contact: a uuid, a mail address, a name, a team, a role.

    Whoever is away has a deputy; where it means nobody here, the contact of the ticket's team.
    """
    meant = contact.strip()
    uuid = queries.uuid_of(meant)
    if uuid is not None and queries.membership_of(company, uuid) is not None:
        return stand_in(company, meant, at)
    found = _of_team(company, meant) or _of_people(company, meant, team)
    return stand_in(company, found, at) if found else contact_for(company, team, at)


def _of_team(company: UUID, meant: str) -> str:
    """The contact of a team, named by slug or title, with or without `team:` before it."""
    name = meant.removeprefix("team:").strip().casefold()
    for team in queries.teams(company):
        if name in (team.slug.casefold(), team.title.casefold()):
            return queries.contacts(company).get(team.slug, "")
    return ""


def _of_people(company: UUID, meant: str, team: str) -> str:
    """The first member with that address, name or role; of a role, one of the ticket's team."""
    name = meant.removeprefix("role:").strip()
    people = Membership.objects.filter(
        company_id=company, is_active=True, person__is_active=True, side__in=WORKING_SIDES
    ).select_related("person")
    named = people.filter(Q(person__address=address_of(name)) | Q(person__title__iexact=name))
    if one := named.order_by("pk").first():
        return str(one.person.uuid)
    role = name.casefold().replace(" ", "_")
    holders = [each for each in people.select_related("team").order_by("pk") if role in each.roles]
    holders.sort(key=lambda each: each.team is None or each.team.slug != team)
    return str(holders[0].person.uuid) if holders else ""


# ---- teams --------------------------------------------------------------------------------


def team_of(company: UUID, slug: str) -> Team | None:
    """The company's team of that name."""
    return next((team for team in queries.teams(company) if team.slug == slug), None)


def provider_of(team: Team | None) -> str:
    """The provider whose team it is; empty for the company's own, and for none."""
    return str(team.provider_id) if team is not None and team.provider_id else ""


def contact_for(company: UUID, slug: str, at: Instant) -> str:
    """The escalation contact of a team, or whoever stands in; else the first contact there is."""
    contacts = queries.contacts(company)
    named = contacts.get(slug) or next(filter(None, contacts.values()), "")
    return stand_in(company, named, at) if named else ""


def answers_for(company: UUID, viewer: Viewer, slug: str, at: Instant) -> bool:
    """Whether somebody is the contact of a team, stands in for them, or leads its side."""
    team = team_of(company, slug)
    me = str(viewer.person_uuid)
    contact = queries.contacts(company).get(slug, "")
    if contact and me in (contact, stand_in(company, contact, at)):
        return True
    return team is not None and _leads(viewer, team)


def _leads(viewer: Viewer, team: Team) -> bool:
    """Whoever leads a team leads every team of their side, but none of another provider."""
    if viewer.provider != provider_of(team):
        return False
    if viewer.side == Side.COMPANY:
        return team.side == Side.COMPANY and bool(viewer.roles & OWN_LEADS)
    return Role.LEAD in viewer.roles and (viewer.team == team.slug or viewer.side == team.side)


# ---- a handover ---------------------------------------------------------------------------


def is_receiver(company: UUID, viewer: Viewer, ticket: Ticket, at: Instant) -> bool:
    """Whether somebody may accept or decline what is offered.

    That is the person it is offered to or their deputy, the members of the receiving team, and
    whoever answers for it. Once it has lapsed, the person who became accountable too.
    """
    offer, me = ticket.offer, str(viewer.person_uuid)
    if offer is None:
        return False
    if me in (offer.person, ticket.contact):
        return True
    if offer.person:
        is_deputy = stand_in(company, offer.person, at) == me
        return is_deputy or answers_for(company, viewer, offer.team, at)
    return viewer.team == offer.team or answers_for(company, viewer, offer.team, at)


def may_accept(company: UUID, viewer: Viewer, ticket: Ticket, at: Instant) -> bool:
    """Whether somebody may become the owner by accepting.

    What is offered to one person nobody else accepts, until it has lapsed.
    """
    offer = ticket.offer
    if offer is None or not is_receiver(company, viewer, ticket, at):
        return False
    return _is_free(offer) or str(viewer.person_uuid) == offer.person


def _is_free(offer: Offer) -> bool:
    return not offer.person or offer.is_lapsed


def giver_of(history: Sequence[Event]) -> str:
    """Whoever made the latest offer."""
    for event in reversed(history):
        if isinstance(event.body, HandoverOffered):
            return event.actor.id
    return ""


def is_giver(company: UUID, viewer: Viewer, ticket: Ticket, giver: str, at: Instant) -> bool:
    """Whether somebody gave the ticket away: the person who offered it, its owner, their leads."""
    me = str(viewer.person_uuid)
    if me in filter(None, (giver, ticket.owner)):
        return True
    return any(
        answers_for(company, viewer, slug, at)
        for slug in dict.fromkeys((_team_of(company, giver), ticket.team))
        if slug
    )


def _team_of(company: UUID, person: str) -> str:
    uuid = queries.uuid_of(person)
    member = queries.membership_of(company, uuid) if uuid else None
    return member.team.slug if member and member.team else ""


# ---- under which charter ------------------------------------------------------------------


def leg_charter(company: UUID, ticket: Ticket, provider: str, at: Instant) -> str:
    """The charter under which a ticket runs in the hands of a provider; empty: its own.

    A leg keeps the version in force when it began.
    """
    whose = charters.provider_by_charter(company)
    if not provider or whose.get(ticket.charter, "") == provider:
        return ""
    if ticket.leg_charter and whose.get(ticket.leg_charter) == provider:
        return ticket.leg_charter
    return _in_force(company, provider, at)


def _in_force(company: UUID, provider: str, at: Instant) -> str:
    """The newest version of that provider's charter that all had signed, and that rules then."""
    for version in charters.ruling_versions(company, at):
        if version.provider == provider and charters.is_signed(version, at):
            return version.uuid
    return ""
