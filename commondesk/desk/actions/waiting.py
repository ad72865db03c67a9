"""Waiting for somebody, and going on."""

from __future__ import annotations

from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.events import (
    WaitReason,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.texts import gettext
from commondesk.desk.writing import (
    step_on,
)
from commondesk.ledger import chance


def wait_on(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    reason: WaitReason,
    until: Instant | None = None,
    is_requesters_date: bool = False,
) -> str:
    """Let the ticket wait; the id of the wait."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        body = e.WaitBegun(str(chance.uuid()), reason, until, is_requesters_date)
        work.take(ticket, body)
        return body.wait


def resume(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    wait: str | None = None,
) -> None:
    """End one wait, or all of them."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        waits = [wait] if wait else [each.id for each in work.ticket(ticket).waits]
        if not waits:
            raise IllegalStep(gettext("It does not wait for anything."))
        for each in waits:
            work.take(ticket, e.WaitEnded(each))
