"""What people leave behind on tickets when they go, and how it is handed on."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from commondesk.accounts import queries
from commondesk.accounts.arrangement.leaving import (
    Burden,
    BurdenKind,
    HandingOn,
    Leaving,
    LeavingStep,
    Successor,
)
from commondesk.accounts.models import Company, Team
from commondesk.core.record import events as e
from commondesk.desk import projections
from commondesk.desk.dues import ACTIVE
from commondesk.desk.models import TicketRow
from commondesk.desk.writing import Work, step


def burdens(company: UUID, leaving: Leaving) -> tuple[Burden, ...]:
    """The open tickets that are with these people, or with teams that go with them."""
    prefix = Company.objects.values_list("prefix", flat=True).get(uuid=company)
    return tuple(
        Burden(
            BurdenKind.TICKET,
            str(row.uuid),
            f"{prefix}-{row.number} {row.subject}",
            number=row.number,
        )
        for row in _left_behind(company, leaving)
    )


def _left_behind(company: UUID, leaving: Leaving) -> list[TicketRow]:
    people, teams = list(leaving.people), list(leaving.teams)
    is_theirs = Q(owner__in=people) | Q(offered_to__in=[*map(str, people), *teams])
    is_theirs |= Q(team__in=teams) | Q(accountable__in=people)
    rows = TicketRow.objects.filter(is_theirs, company=company, status__in=ACTIVE)
    contacts = queries.contacts(company)
    return [row for row in rows.order_by("number") if not _falls_to_contact(row, leaving, contacts)]


def _falls_to_contact(row: TicketRow, leaving: Leaving, contacts: Mapping[str, str]) -> bool:
    """Whether it is theirs only as its team's contact: then it is their successor's there."""
    is_named = row.offered_to in leaving.teams or _is_of(leaving, row.offered_to)
    return (
        row.owner is None
        and not is_named
        and not row.is_offer_lapsed
        and row.team not in leaving.teams
        and str(row.accountable or "") == contacts.get(row.team)
    )


def hand_on(handing: HandingOn) -> None:
    """Release each of these tickets and route it to its successor, as part of the leaving."""
    if not handing.successors:
        return
    # Whoever lets somebody go need not work tickets; that they may is decided where they do.
    with step(handing.company, at=handing.at, actor=handing.actor, right=None) as work:
        for ticket, successor in handing.successors.items():
            _hand_on(work, ticket, handing.leaving, successor)


def _hand_on(work: Work, ticket: str, leaving: Leaving, successor: Successor) -> None:
    found = work.ticket(ticket)
    tier = e.Tier(Team.objects.get(company_id=work.company, slug=successor.team).tier)
    person = str(successor.person or "")
    is_offered, owner = found.offer is not None, found.owner
    is_theirs = _is_of(leaving, owner)
    if is_offered:
        work.take(ticket, e.HandoverTakenBack())
    if is_theirs:
        work.take(ticket, e.TicketReleased(owner))
    if is_theirs or not owner:
        work.take(ticket, e.TicketAssigned(successor.team, tier, person))
    elif is_offered and person != owner:
        work.take(ticket, e.HandoverOffered(successor.team, tier, person, None))


def _is_of(leaving: Leaving, person: str) -> bool:
    return queries.uuid_of(person) in leaving.people


def follow_contact(company: UUID, team: str) -> None:
    """Bring up to date for whom a team's tickets, and those of nobody else, are accountable."""
    contacts = queries.contacts(company)
    teams = {team, "", *(slug for slug, contact in contacts.items() if not contact)}
    rows = TicketRow.objects.filter(company=company, owner__isnull=True, team__in=teams)
    for uuid in rows.values_list("uuid", flat=True):
        projections.refresh(company, str(uuid))


STEP = LeavingStep(burdens, hand_on)
