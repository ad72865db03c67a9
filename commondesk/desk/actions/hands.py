"""Whose a ticket is: taking, giving, handing over, escalating."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts import queries
from commondesk.accounts.models import Team
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.desk.writing import (
    step_on,
)


def take(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Become the owner."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketTaken(actor.id, work.team, work.tier))


def release(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Let go: the owner, whoever it is, owns it no longer."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        owner = work.ticket(ticket).owner
        if not owner:
            raise IllegalStep("Nobody owns the ticket.")
        work.take(ticket, e.TicketReleased(owner))


def assign(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str,
    person: UUID | None = None,
) -> None:
    """Route to a team, perhaps to a person. They own it once they take it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team)
        work.take(ticket, e.TicketAssigned(slug, tier, _colleague(company, person)))


def offer_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str = "",
    person: UUID | None = None,
    reason: str = "",
) -> None:
    """Offer the ticket to a team or person; the giver stays owner until somebody accepts."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team or _team_of(company, person))
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.HandoverOffered(slug, tier, _colleague(company, person), ref))


def accept_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Accept what was offered, and own it from now on."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        offer = work.ticket(ticket).offer
        team = work.team or (offer.team if offer else "")
        work.take(ticket, e.HandoverAccepted(actor.id, team, work.tier))


def decline_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    reason: str,
) -> None:
    """Refuse what was offered, with a reason."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not reason.strip():
            raise IllegalStep("Say why, so that the giver can do better.")
        work.take(ticket, e.HandoverDeclined(work.keep(ticket, "reason", reason)))


def take_back_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Withdraw the offer."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.HandoverTakenBack())


def escalate_functionally(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str,
    reason: str = "",
) -> None:
    """Call for more skill: offers the ticket to that team."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team)
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.EscalatedFunctionally(slug, tier, ref))


def escalate_hierarchically(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    contact: UUID | None = None,
    reason: str = "",
) -> None:
    """Call for more authority; without a contact named, that of the ticket's team."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        named = str(contact) if contact else queries.contacts(company).get(work.ticket(ticket).team)
        if not named:
            raise IllegalStep("This team has no escalation contact. Name a person.")
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.EscalatedHierarchically(named, reason=ref))


def _team(company: UUID, slug: str) -> tuple[str, e.Tier]:
    team = Team.objects.filter(company_id=company, slug=slug).first()
    if team is None:
        raise IllegalStep("There is no such team here.")
    return team.slug, e.Tier(team.tier)


def _team_of(company: UUID, person: UUID | None) -> str:
    member = queries.membership_of(company, person) if person else None
    return member.team.slug if member and member.team else ""


def _colleague(company: UUID, person: UUID | None) -> str:
    if person is None:
        return ""
    if all(each.uuid != person for each in queries.colleagues(company)):
        raise IllegalStep("This person does not work tickets here.")
    return str(person)
