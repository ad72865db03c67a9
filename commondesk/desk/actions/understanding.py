"""What a ticket is about, and how pressing it is."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.events import (
    Kind,
    Priority,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import Level, impact_of, priority_of, template_matrix
from commondesk.core.record.steps import IllegalStep
from commondesk.core.record.ticket import Ticket
from commondesk.core.texts import gettext
from commondesk.desk.writing import (
    Work,
    require_own_or,
    step_on,
)
from commondesk.governance import catalogue


def classify(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    kind: Kind,
    service: str = "",
    item: str = "",
    site: str = "",
    category: str = "",
) -> None:
    """Say what the ticket is about."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketClassified(kind, service, item, site, category))


def prioritise(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    urgency: Level = 0,
    spread: Level = 0,
    impact: Level = 0,
    priority: Priority | None = None,
    reason: str = "",
) -> Priority:
    """Work out the priority from spread (or impact) and urgency by the charter's matrix.

    Another priority than that is an override and needs a reason.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        impact = impact or _impact(work, work.ticket(ticket), spread)
        by_matrix = _priority(work, work.ticket(ticket), impact, urgency)
        chosen = priority or by_matrix
        if chosen is None:
            raise IllegalStep(gettext("Say how far it spreads and how urgent it is."))
        body = e.TicketPrioritised(
            priority=chosen,
            impact=impact,
            urgency=urgency,
            is_override=chosen is not by_matrix,
            reason=work.keep_if_any(ticket, "reason", reason),
        )
        work.take(ticket, body)
        return chosen


def _impact(work: Work, ticket: Ticket, spread: Level) -> Level:
    if not spread:
        return 0
    agreement = work.agreement(ticket)
    level = catalogue.criticality_of(
        work.company,
        work.at,
        ticket.service,
        ticket.item,
        ticket.site,
        charter=ticket.charter,
    )
    return impact_of((level,), spread, agreement.matrix if agreement else template_matrix())


def _priority(work: Work, ticket: Ticket, impact: Level, urgency: Level) -> Priority | None:
    if not impact or not urgency:
        return None
    agreement = work.agreement(ticket)
    return priority_of(impact, urgency, agreement.matrix if agreement else template_matrix())


def confirm_priority(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Confirm the priority that a machine had set."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.PriorityConfirmed())


def agree_lowering(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    priority: Priority | None = None,
) -> None:
    """Agree, for the requester's side, to a lower priority; to the present one if none is named."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.AGREE_LOWERING)
        agreed = priority or work.ticket(ticket).priority
        if agreed is None:
            raise IllegalStep(gettext("No priority has been set yet."))
        work.take(ticket, e.LoweringAgreed(agreed))
