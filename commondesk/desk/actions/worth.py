"""Time booked, and how the help was judged."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant, Span
from commondesk.desk.writing import (
    require_own_or,
    step_on,
)


def log_time(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    span: Span,
    note: str = "",
) -> None:
    """Record time worked on it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        ref = work.keep_if_any(ticket, "note", note)
        work.take(ticket, e.TimeLogged(actor.id, span, ref))


def rate(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    score: int,
    text: str = "",
) -> None:
    """Judge the help, from 1 to 5."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.AGREE_LOWERING)
        ref = work.keep_if_any(ticket, "rating", text)
        work.take(ticket, e.TicketRated(score, ref))
