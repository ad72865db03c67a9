"""Merging, splitting and linking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Event
from commondesk.core.record.events import (
    Relation,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.record.ticket import Status
from commondesk.core.texts import gettext
from commondesk.desk.actions.opening import charter_at, next_number, route
from commondesk.desk.writing import (
    step_on,
)
from commondesk.ledger import chance, store


def merge(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    into: UUID,
) -> None:
    """Put this ticket into another one of the same company; it leaves all counts."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.ticket(into)
        work.take(ticket, e.TicketMerged(str(into)))
        work.take(into, e.TicketAbsorbed(str(ticket)))


def undo_merge(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID | None = None,
) -> None:
    """Separate two tickets again; from a merged one, the other is known."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        merged_into = work.ticket(ticket).merged_into
        partner = other or (UUID(merged_into) if merged_into else None)
        if partner is None:
            raise IllegalStep(gettext("Say which ticket is to be separated."))
        work.take(ticket, e.MergeUndone(str(partner)))
        work.take(partner, e.MergeUndone(str(ticket)))


def split(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    subject: str = "",
) -> UUID:
    """Give a message that came in a ticket of its own, which begins when the message came."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        source, uuid = work.ticket(ticket), chance.uuid()
        event, received = _received(company, ticket, message)
        work.take(ticket, e.TicketSplit(message, str(uuid)))
        opened = e.TicketOpened(
            number=next_number(company),
            requester=received.author,
            channel=received.channel,
            kind=source.kind,
            subject=work.keep(uuid, "subject", subject) if subject.strip() else source.subject,
            service=source.service,
            item=source.item,
            site=source.site,
            charter=charter_at(company, event.happened_at, source.service),
            split_from=str(ticket),
        )
        work.take(uuid, opened, happened_at=event.happened_at)
        route(work, uuid, opened)
        copied = replace(received, message=str(chance.uuid()))
        work.take(uuid, copied, actor=event.actor, happened_at=event.happened_at)
    return uuid


def _received(company: UUID, ticket: UUID, message: str) -> tuple[Event, e.MessageReceived]:
    for event in store.history(company, str(ticket)):
        if isinstance(event.body, e.MessageReceived) and event.body.message == message:
            if event.body.leg:  # a ticket's first words are read by whoever asked
                break
            return event, event.body
    raise IllegalStep(gettext("Only a message that came in can be split off."))


def link(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID,
    relation: Relation = Relation.RELATED,
) -> None:
    """Say that two tickets of the company belong together."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.ticket(other)
        work.take(ticket, e.TicketLinked(str(other), relation))


def link_all(
    company: UUID, head: UUID, others: Iterable[UUID], *, at: Instant, actor: Actor
) -> int:
    """Say that tickets belong together with one of them, on both sides; how many were new to it.

    What was merged into another ticket is left out. All or nothing. Raises NotAllowed.
    """
    count = 0
    with step_on(company, head, at=at, actor=actor, expected=None) as work:
        for other in others:
            work.require_known(other)
            is_new = False
            for one, far in ((head, other), (other, head)):
                ticket = work.ticket(one)
                is_linked = (str(far), Relation.RELATED) in ticket.links
                if not is_linked and Status.MERGED not in (ticket.status, work.ticket(far).status):
                    work.take(one, e.TicketLinked(str(far), Relation.RELATED))
                    is_new = True
            count += is_new
    return count


def unlink(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID,
    relation: Relation = Relation.RELATED,
) -> None:
    """Say that they do not."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.LinkRemoved(str(other), relation))
