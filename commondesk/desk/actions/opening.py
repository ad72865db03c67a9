"""Opening tickets, and the files that come with them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from commondesk.accounts import queries
from commondesk.accounts.models import Person, Team
from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Channel,
    Fold,
    Kind,
    Opening,
    Relation,
    SenderCheck,
)
from commondesk.core.record.instant import Instant
from commondesk.desk import notify
from commondesk.desk.models import NumberCounter
from commondesk.desk.rows import HTML_BODY
from commondesk.desk.writing import (
    Work,
    step,
)
from commondesk.governance import charters
from commondesk.ledger import chance, tables, words

ROUTING = Actor("routing", Side.MACHINE)
NUMBER_BEFORE_FIRST = 1000
_NEXT_NUMBER = (
    f"UPDATE {NumberCounter._meta.db_table} SET last = last + 1"  # noqa: S608
    " WHERE company = %s RETURNING last"
)


def open_ticket(
    *,
    company: UUID,
    at: Instant,
    actor: Actor,
    requester: UUID,
    channel: Channel,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    kind: Kind = Kind.INCIDENT,
    opening: Opening = Opening.NORMAL,
    service: str = "",
    item: str = "",
    site: str = "",
    happened_at: Instant | None = None,
    is_automatic: bool = False,
    raw: WordsRef | None = None,
    returned_from: UUID | None = None,
    ticket: UUID | None = None,
    message: str | None = None,
    folds: Sequence[Fold] = (),
    copied: str = "",
    check: SenderCheck = SenderCheck.ABSENT,
    related: UUID | None = None,
    acknowledged: Person | None = None,
) -> UUID:
    """Open a ticket with its first message; the uuid of it.

    happened_at is when the request reached us, if that was before now. ticket and message name
    ids that the caller chose, so that it can keep attachments under them first. related is a
    ticket that this one is linked to; acknowledged is the requester, if they are told at once that
    we have it.
    """
    uuid = ticket or chance.uuid()
    right = Right.ASK if actor.id == str(requester) else Right.WORK_TICKETS
    right_needed = None if channel is Channel.MAIL else right
    with step(company, at=at, actor=actor, right=right_needed, happened_at=happened_at) as work:
        body = e.TicketOpened(
            number=next_number(company),
            requester=str(requester),
            channel=channel,
            kind=kind,
            subject=work.keep(uuid, "subject", subject),
            opening=opening,
            service=service,
            item=item,
            site=site,
            charter=charter_at(company, work.happened_at, service),
            returned_from=str(returned_from or ""),
        )
        work.take(uuid, body, actor=_opener(actor, requester))
        route(work, uuid, body)
        received = e.MessageReceived(
            message=message or str(chance.uuid()),
            author=str(requester),
            channel=channel,
            text=work.keep(uuid, "message", text),
            is_automatic=is_automatic,
            attachments=with_html(work, uuid, html, attachments),
            raw=raw,
            folds=tuple(folds),
            copied=work.keep_if_any(uuid, "copied", copied),
            check=check,
        )
        work.take(uuid, received, actor=Actor(str(requester), Side.REQUESTER))
        if related is not None:
            work.take(uuid, e.TicketLinked(str(related), Relation.RELATED))
        if acknowledged is not None:
            _acknowledge(work, uuid, acknowledged)
    return uuid


def _acknowledge(work: Work, ticket: UUID, person: Person) -> None:
    """Say that we have it, and what happens next: the row tells by when."""
    text = notify.acknowledgement_text(work.row(ticket), person)
    body = e.MessageWritten(
        message=str(chance.uuid()),
        to=(str(person.uuid),),
        text=work.keep(ticket, "message", text),
        is_templated=True,
    )
    work.take(ticket, body, actor=notify.ACKNOWLEDGEMENT, happened_at=work.at)


def _opener(actor: Actor, requester: UUID) -> Actor:
    """Whoever opens for somebody else acts on their behalf; for oneself one is the requester."""
    if actor.id == str(requester):
        return Actor(actor.id, Side.REQUESTER)
    return Actor(actor.id, actor.side, on_behalf_of=str(requester)) if actor.is_person else actor


def next_number(company: UUID) -> int:
    """The next number of the company; one that was given out is never used again."""
    while not (given := tables.select(_NEXT_NUMBER, company)):
        first = NumberCounter(company=company, last=NUMBER_BEFORE_FIRST)
        NumberCounter.objects.bulk_create([first], ignore_conflicts=True)
    return int(given[0][0])


def charter_at(company: UUID, at: Instant, service: str = "") -> str:
    """The id of the charter in force for a service; empty without one."""
    charter = charters.charter_for(company, at, service)
    return charter.uuid if charter else ""


def route(work: Work, ticket: UUID, opened: e.TicketOpened) -> None:
    """Send a new ticket to the first line, so that somebody is accountable from the start."""
    team = _first_team(work.company, opened.charter, opened.service)
    if team is not None:
        work.take(ticket, e.TicketAssigned(team.slug, e.Tier(team.tier)), actor=ROUTING)


def _first_team(company: UUID, charter: str, service: str) -> Team | None:
    """The team that the charter names for the service, else the first of whom it binds."""
    teams = queries.teams(company)
    if any(team.provider_id for team in teams):
        teams = queries.serving_teams(company)
    named = charters.team_of(company, charter, service)
    provider = charters.provider_by_charter(company).get(charter, "")
    of_provider = [team for team in teams if provider and str(team.provider_id) == provider]
    by_name = [team for team in teams if named and team.slug == named]
    return next(iter((*by_name, *of_provider, *teams)), None)


def with_html(
    work: Work, ticket: UUID, html: str, attachments: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """The attachments and, as one more that is no file, the message as sanitised HTML."""
    if not html:
        return tuple(attachments)
    ref = work.keep(ticket, "html", html)
    body = Attachment(ref, ref, HTML_BODY, len(words.storable(html).encode()))
    return (*attachments, body)


def keep_attachment(
    company: UUID, ticket: UUID, *, name: str, media_type: str, content: bytes
) -> Attachment:
    """Store a file that belongs to a message of this ticket, before the message itself."""
    stream = str(ticket)
    file = words.keep_file(company, stream=stream, kind="attachment", content=content)
    return Attachment(
        content=file,
        name=words.keep(company, stream=stream, kind="file_name", text=name),
        media_type=media_type,
        size=len(content),
    )
