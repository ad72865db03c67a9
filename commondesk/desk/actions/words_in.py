"""Words that reach the desk, and what became of those that left it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Channel,
    Fold,
    SenderCheck,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import opens_linked_ticket
from commondesk.desk.actions.opening import charter_at, next_number, route, with_html
from commondesk.desk.writing import (
    Work,
    step_on,
)
from commondesk.ledger import chance, store


def receive_message(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    channel: Channel = Channel.MAIL,
    is_automatic: bool = False,
    happened_at: Instant | None = None,
    raw: WordsRef | None = None,
    message: str | None = None,
    folds: Sequence[Fold] = (),
    copied: str = "",
    check: SenderCheck = SenderCheck.ABSENT,
    leg: str = "",
) -> UUID:
    """Add what somebody wrote to the desk; the ticket where it ended up.

    leg is the one of a vendor who writes: its words stay among the technical teams.

    A merged ticket passes it on to the one it went into. An answer to a closed ticket opens a new
    one, linked to it. Who may write is settled before: by the mail table, or by the page.
    """
    stream = _survivor(company, ticket)
    key = message or str(chance.uuid())
    with step_on(
        company,
        stream,
        at=at,
        actor=actor,
        expected=expected if stream == ticket else None,
        right=None,
        happened_at=happened_at,
    ) as work:
        received = e.MessageReceived(
            message=key,
            author=actor.id,
            channel=channel,
            text=work.keep(stream, "message", text),
            is_automatic=is_automatic,
            attachments=with_html(work, stream, html, attachments),
            raw=raw,
            folds=tuple(folds),
            copied=work.keep_if_any(stream, "copied", copied),
            check=check,
            leg=leg,
        )
        if not opens_linked_ticket(work.ticket(stream), received, actor):
            work.take(stream, received)
            return stream
        return _return(work, stream, received)


def _survivor(company: UUID, ticket: UUID) -> UUID:
    """The ticket that this one went into, if it was merged."""
    seen = {ticket}
    while (into := _merged_into(company, ticket)) and into not in seen:
        ticket = into
        seen.add(into)
    return ticket


def _merged_into(company: UUID, ticket: UUID) -> UUID | None:
    into = ""
    for event in store.history(company, str(ticket)):
        if isinstance(event.body, e.TicketMerged):
            into = event.body.into
        elif isinstance(event.body, e.MergeUndone) and event.body.other == into:
            into = ""
    return UUID(into) if into else None


def _return(work: Work, closed: UUID, received: e.MessageReceived) -> UUID:
    """Open a new ticket for an answer that came after the closing."""
    old, uuid = work.ticket(closed), chance.uuid()
    opened = e.TicketOpened(
        number=next_number(work.company),
        requester=old.requester,
        channel=received.channel,
        kind=old.kind,
        subject=old.subject,
        service=old.service,
        item=old.item,
        site=old.site,
        charter=charter_at(work.company, work.happened_at, old.service),
        returned_from=str(closed),
    )
    work.take(uuid, opened)
    route(work, uuid, opened)
    work.take(uuid, received)
    return uuid


def mark_delivered(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    channel: Channel = Channel.MAIL,
    happened_at: Instant | None = None,
) -> bool:
    """Record that a message reached the next mail server, or was shown; False if that is known."""
    with step_on(
        company,
        ticket,
        at=at,
        actor=actor,
        expected=expected,
        right=None,
        happened_at=happened_at,
    ) as work:
        if message not in work.ticket(ticket).undelivered:
            return False
        work.take(ticket, e.MessageDelivered(message, channel))
        return True


def mark_bounced(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    person: UUID | None = None,
    reason: str,
) -> None:
    """Record that a message could not be delivered."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        ref = work.keep(ticket, "bounce", reason)
        work.take(ticket, e.MessageBounced(message, str(person or ""), ref))
