"""What programs read: tickets, what was written on them, and their record, as far as they may."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from commondesk.accounts import policy
from commondesk.accounts.models import Company
from commondesk.accounts.policy import Right, Viewer
from commondesk.api.shapes import (
    ActorGiven,
    DueGiven,
    EventGiven,
    EventsGiven,
    FileGiven,
    MessageGiven,
    MessagesGiven,
    PersonGiven,
    TicketGiven,
    TicketsGiven,
)
from commondesk.core.record import codec
from commondesk.core.record.event import Event
from commondesk.core.record.events import Kind, Opening
from commondesk.core.record.instant import Instant, iso_of
from commondesk.core.record.ticket import Status
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.ledger import store, words
from commondesk.ledger.claims import claims_of

MOST = 200
LAST_NUMBER = 2**31 - 1

_uuid = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_cursor = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,10})")


class NoCursor(ValueError):
    """A cursor is none of ours."""


# ---- tickets ------------------------------------------------------------------------------


def find_ticket(company: Company, viewer: Viewer, key: str) -> TicketRow | None:
    """The ticket of that uuid, number or code (`ACME-1042`), if the viewer may see it."""
    named = _named(company, key)
    row = None if named is None else TicketRow.objects.filter(named, company=company.uuid).first()
    if row is None:
        return None
    may_read = policy.may_read_ticket(viewer, row.company, row.requester, row.providers)
    return row if may_read else None


def _named(company: Company, key: str) -> Q | None:
    if _uuid.fullmatch(key):
        return Q(uuid=UUID(key))
    number = key.removeprefix(f"{company.prefix}-")
    is_number = number.isascii() and number.isdigit() and len(number) <= 10
    return Q(number=int(number)) if is_number and int(number) <= LAST_NUMBER else None


def tickets(
    company: Company,
    viewer: Viewer,
    *,
    statuses: Sequence[Status],
    since: Instant | None,
    cursor: str,
    limit: int,
) -> TicketsGiven:
    """A page of the tickets that the viewer may see, by last change. Raises NoCursor."""
    found = _visible(company, viewer)
    if statuses:
        found = found.filter(status__in=[str(status) for status in statuses])
    if since is not None:
        found = found.filter(updated_at__gte=since)
    if cursor:
        changed, number = _place_of(cursor)
        found = found.filter(Q(updated_at__gt=changed) | Q(updated_at=changed, number__gt=number))
        found = found.filter(updated_at__gte=changed)
    rows = list(found.order_by("updated_at", "number")[: limit + 1])
    shown = rows[:limit]
    onward = _cursor_of(shown[-1]) if len(rows) > limit else None
    return TicketsGiven(tickets=[ticket(company, row) for row in shown], next=onward)


def _visible(company: Company, viewer: Viewer) -> QuerySet[TicketRow]:
    """Those of `policy.may_read_ticket`, as a query."""
    own = Q(requester=viewer.person_uuid)
    found = TicketRow.objects.filter(company=company.uuid)
    if not policy.may(viewer, Right.READ_TICKETS):
        return found.filter(own)
    only = policy.only_with(viewer)
    if not only:
        return found
    shared = Q(providers="") | Q(providers__contains=only)
    return found.filter(shared | own if policy.may(viewer, Right.READ_OWN_TICKETS) else shared)


def _cursor_of(row: TicketRow) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at}.{row.number}".encode()).decode()


def _place_of(cursor: str) -> tuple[Instant, int]:
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise NoCursor(cursor) from None
    found = _cursor.fullmatch(text)
    if found is None:
        raise NoCursor(cursor)
    return int(found[1]), int(found[2])


def ticket(company: Company, row: TicketRow) -> TicketGiven:
    """A ticket as a program gets it."""
    return TicketGiven(
        uuid=row.uuid,
        number=row.number,
        code=f"{company.prefix}-{row.number}",
        position=row.position,
        subject=row.subject,
        kind=Kind(row.kind),
        status=Status(row.status),
        waits_on=[each for each in row.waits_on.split(",") if each],
        priority=row.priority,
        is_priority_provisional=row.is_priority_provisional,
        requester=PersonGiven(uuid=row.requester, title=row.requester_title),
        owner=_person(row.owner, row.owner_title),
        accountable=_person(row.accountable, row.accountable_title),
        team=row.team,
        tier=row.tier,
        service=row.service,
        item=row.item,
        site=row.site,
        category=row.category,
        channel=row.channel,
        opening=Opening(row.opening),
        due=_due(row),
        missed_at=_iso(row.missed_at),
        opened_at=iso_of(row.opened_at),
        updated_at=iso_of(row.updated_at),
        restored_at=_iso(row.restored_at),
        resolved_at=_iso(row.resolved_at),
        closed_at=_iso(row.closed_at),
        reopens=row.reopens,
        merged_into=row.merged_into,
    )


def _person(uuid: UUID | None, title: str) -> PersonGiven | None:
    return None if uuid is None else PersonGiven(uuid=uuid, title=title)


def _due(row: TicketRow) -> DueGiven | None:
    if not row.due_clock:
        return None
    return DueGiven(clock=row.due_clock, state=row.due_state, at=_iso(row.due_at))


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso_of(at)


# ---- what was written ---------------------------------------------------------------------


def messages(row: TicketRow, viewer: Viewer, *, after: int, limit: int) -> MessagesGiven:
    """A page of the messages and notes that the viewer may read."""
    found = row.messages.filter(position__gt=after).order_by("position").defer("html")
    readable = [each for each in found.iterator(MOST) if _may_read(viewer, each)]
    shown = readable[:limit]
    onward = shown[-1].position if len(readable) > limit else None
    return MessagesGiven(messages=[_message(each) for each in shown], next=onward)


def _may_read(viewer: Viewer, row: MessageRow) -> bool:
    return policy.may_read_note(viewer, row.audience, row.side, row.provider)


def _message(row: MessageRow) -> MessageGiven:
    return MessageGiven(
        id=row.id,
        position=row.position,
        kind=row.kind,
        audience=row.audience,
        author=row.author,
        author_title=row.author_title,
        side=row.side,
        channel=row.channel,
        text=row.text,
        is_automatic=row.is_automatic,
        happened_at=iso_of(row.happened_at),
        delivered_at=_iso(row.delivered_at),
        attachments=[
            FileGiven(
                id=str(each["id"]),
                name=str(each["name"]),
                media_type=str(each["media_type"]),
                size=int(each["size"]),
            )
            for each in row.attachments
        ],
    )


# ---- the record ---------------------------------------------------------------------------


def events(row: TicketRow, viewer: Viewer, *, after: int, limit: int) -> EventsGiven:
    """A page of the record of a ticket, without notes that are not the viewer's to read."""
    hidden = {each.id for each in row.messages.defer("html", "text") if not _may_read(viewer, each)}
    history = store.history(row.company, str(row.uuid))
    readable = [
        event for event in history if event.position > after and _names_none_of(event, hidden)
    ]
    shown = readable[:limit]
    onward = shown[-1].position if len(readable) > limit else None
    claimed = {claim.id for event in shown for claim in claims_of(event.body)}
    texts = words.texts(claimed, company=row.company)
    return EventsGiven(events=[_event(event, texts) for event in shown], next=onward)


def _names_none_of(event: Event, hidden: Iterable[str]) -> bool:
    named = {getattr(event.body, field, "") for field in ("message", "note")}
    return named.isdisjoint(hidden)


def _event(event: Event, texts: dict[str, str | None]) -> EventGiven:
    return EventGiven(
        position=event.position,
        name=event.name,
        version=event.body.VERSION,
        happened_at=iso_of(event.happened_at),
        learnt_at=iso_of(event.learnt_at),
        certainty=str(event.certainty),
        actor=ActorGiven(
            id=event.actor.id, side=str(event.actor.side), on_behalf_of=event.actor.on_behalf_of
        ),
        body=json.loads(codec.text_of(event.body)),
        words={claim.id: texts.get(claim.id) for claim in claims_of(event.body)},
    )
