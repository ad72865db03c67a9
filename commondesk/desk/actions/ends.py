"""Restoring, resolving, closing, and coming back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.events import (
    Attachment,
)
from commondesk.core.record.instant import Instant
from commondesk.desk import sweep
from commondesk.desk.actions.words_out import requester_only, write
from commondesk.desk.writing import (
    require_own_or,
    step_on,
)


def restore_service(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    is_workaround: bool = False,
) -> None:
    """The service works again, perhaps by a workaround."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketRestored(is_workaround))


def resolve(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str = "",
    article: str = "",
    attachments: Sequence[Attachment] = (),
    is_templated: bool = False,
    is_to_requester_only: bool = False,
    happened_at: Instant | None = None,
) -> None:
    """Say that it is done; a text goes to everyone on the ticket in the same save."""
    with step_on(
        company, ticket, at=at, actor=actor, expected=expected, happened_at=happened_at
    ) as work:
        ref = work.keep_if_any(ticket, "message", text)
        if ref is not None:
            to = requester_only(work, ticket) if is_to_requester_only else None
            write(work, ticket, text, attachments, is_templated=is_templated, to=to, ref=ref)
        work.take(ticket, e.TicketResolved(ref, article))


def void_reopen(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Say that the message which reopened the ticket was thanks only."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.ReopenVoided())


def reopen(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Take a resolved ticket up again."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.WORK_TICKETS)
        work.take(ticket, e.TicketReopened())


def close(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """The requester agrees that it is done, or somebody who works tickets says so."""
    with transaction.atomic():
        # On a closed ticket nothing falls due any more: what did before is told now.
        sweep.wake(company, ticket, at)
        with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
            require_own_or(work, ticket, Right.WORK_TICKETS)
            work.take(ticket, e.TicketClosed())
