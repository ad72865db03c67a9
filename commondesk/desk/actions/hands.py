"""Whose a ticket is: taking, giving, handing over, escalating."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts import policy, queries
from commondesk.accounts.models import Engagement, Team
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import sides
from commondesk.desk.writing import Work, step_on

NO_OFFER = gettext_noop("There is no offer any more. Somebody was faster, or took it back.")
NOT_OFFERED = gettext_noop("It is not offered to you or your team.")
NOT_GIVEN = gettext_noop(
    "Only whoever offered it, or their lead, takes the offer back. You can decline it."
)
NO_TEAM = gettext_noop("There is no such team here.")
NO_COLLEAGUE = gettext_noop("This person does not work tickets here.")


def take(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Become the owner. What is offered by another provider is accepted by taking it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not _crosses_over(work, ticket):
            work.take(ticket, e.TicketTaken(actor.id, work.team, work.tier))
        elif work.viewer and sides.may_accept(company, work.viewer, work.ticket(ticket), at):
            _accept(work, ticket)
        else:
            raise IllegalStep(
                gettext(
                    "It runs under the charter of another provider. Ask them to offer it to you."
                )
            )


def _crosses_over(work: Work, ticket: UUID) -> bool:
    """Whether it would run under another charter once a provider's person had it."""
    viewer, found = work.viewer, work.ticket(ticket)
    if viewer is None or not viewer.provider:
        return False
    wanted = sides.leg_charter(work.company, found, viewer.provider, work.at)
    return wanted != found.leg_charter


def release(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Let go: the owner, whoever it is, owns it no longer."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        owner = work.ticket(ticket).owner
        if not owner:
            raise IllegalStep(gettext("Nobody owns the ticket."))
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
    """Route to a team, perhaps to a person. They own it once they take it.

    Where it would run under another charter, it must be offered instead.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        found = _team(company, team)
        provider, known = sides.provider_of(found), work.ticket(ticket)
        if actor.is_person and (
            _is_of_others(work, provider)
            or sides.leg_charter(company, known, provider, at) != known.leg_charter
        ):
            raise IllegalStep(
                gettext("That team is another provider’s. Offer it: they have to accept.")
            )
        who = _colleague(work, person)
        work.take(ticket, e.TicketAssigned(found.slug, e.Tier(found.tier), who))


# ---- handing over -------------------------------------------------------------------------


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
        _offer(work, ticket, team, person, reason)


def _offer(work: Work, ticket: UUID, team: str, person: UUID | None, reason: str) -> None:
    who = _colleague(work, person)
    found = _team(work.company, team or _team_of(work.company, person))
    ref = work.keep_if_any(ticket, "reason", reason)
    work.take(ticket, e.HandoverOffered(found.slug, e.Tier(found.tier), who, ref))


def accept_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Accept what was offered, and own it from now on.

    In the hands of another provider it runs under that provider's charter; back with the first
    one under its own again.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        _require_receiver(work, ticket)
        _accept(work, ticket)


def _accept(work: Work, ticket: UUID) -> None:
    found = work.ticket(ticket)
    team = work.team or (found.offer.team if found.offer else "")
    provider = work.viewer.provider if work.viewer else ""
    charter = sides.leg_charter(work.company, found, provider, work.at)
    work.take(ticket, e.HandoverAccepted(work.actor.id, team, work.tier, charter))


def decline_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    reason: str,
) -> None:
    """Refuse what was offered, or give back what lapsed, with a reason."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        _require_receiver(work, ticket)
        work.take(ticket, e.HandoverDeclined(work.keep(ticket, "reason", _said(reason))))


def _said(reason: str) -> str:
    if not reason.strip():
        raise IllegalStep(gettext("Say why, so that the giver can do better."))
    return reason


def take_back_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Withdraw the offer: whoever made it, the owner, or their lead."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        found = work.ticket(ticket)
        if found.offer is None:
            raise IllegalStep(gettext(NO_OFFER))
        giver = sides.giver_of(work.history(str(ticket)))
        if work.viewer and not sides.is_giver(company, work.viewer, found, giver, at):
            raise IllegalStep(gettext(NOT_GIVEN))
        work.take(ticket, e.HandoverTakenBack())


def pass_on_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str = "",
    person: UUID | None = None,
    reason: str,
) -> None:
    """Route an offer on to somebody else: it is declined and offered anew, in one step."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        _require_receiver(work, ticket)
        work.take(ticket, e.HandoverDeclined(work.keep(ticket, "reason", _said(reason))))
        _offer(work, ticket, team, person, reason)


def _require_receiver(work: Work, ticket: UUID) -> None:
    found = work.ticket(ticket)
    if found.offer is None:
        raise IllegalStep(gettext(NO_OFFER))
    if work.viewer and not sides.is_receiver(work.company, work.viewer, found, work.at):
        raise IllegalStep(gettext(NOT_OFFERED))


# ---- escalating ---------------------------------------------------------------------------


def escalate_functionally(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str,
    reason: str,
) -> None:
    """Call for more skill: offers the ticket to a team of a higher tier, and says why."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        found = _team(company, team)
        if not reason.strip():
            raise IllegalStep(gettext("Say what skill is missing."))
        ref = work.keep(ticket, "reason", reason)
        work.take(ticket, e.EscalatedFunctionally(found.slug, e.Tier(found.tier), ref))


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
        named = str(contact) if contact else _contact(work, ticket)
        if not named or (contact and not _is_here(company, contact)):
            raise IllegalStep(
                gettext("This team has no escalation contact. Name a person of this desk.")
            )
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.EscalatedHierarchically(named, reason=ref))


def _contact(work: Work, ticket: UUID) -> str:
    named = queries.contacts(work.company).get(work.ticket(ticket).team, "")
    return sides.stand_in(work.company, named, work.at) if named else ""


def _is_here(company: UUID, person: UUID) -> bool:
    member = queries.membership_of(company, person)
    rights = policy.rights_of(member.roles, member.side) if member else frozenset()
    return policy.Right.READ_TICKETS in rights


# ---- whom it can be given to --------------------------------------------------------------


def _team(company: UUID, slug: str) -> Team:
    team = sides.team_of(company, slug)
    if team is None or not _serves(company, sides.provider_of(team)):
        raise IllegalStep(gettext(NO_TEAM))
    return team


def _serves(company: UUID, provider: str) -> bool:
    """Whether the company's own people, or a provider that still serves it, are behind a team."""
    if not provider:
        return True
    engaged = Engagement.objects.filter(company_id=company, provider_id=provider)
    return engaged.filter(until__isnull=True).exists()


def _team_of(company: UUID, person: UUID | None) -> str:
    member = queries.membership_of(company, person) if person else None
    return member.team.slug if member and member.team else ""


def _colleague(work: Work, person: UUID | None) -> str:
    if person is None:
        return ""
    member = queries.membership_of(work.company, person)
    # A provider's people know those of another one by their team alone.
    if member is None or _is_of_others(work, str(member.provider_id or "")):
        raise IllegalStep(gettext(NO_COLLEAGUE))
    if all(each.uuid != person for each in queries.colleagues(work.company)):
        raise IllegalStep(gettext(NO_COLLEAGUE))
    return str(person)


def _is_of_others(work: Work, provider: str) -> bool:
    viewer = work.viewer
    return bool(viewer and viewer.provider and provider and provider != viewer.provider)
