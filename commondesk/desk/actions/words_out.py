"""Replies, questions and notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Audience,
    WaitReason,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.texts import gettext
from commondesk.desk import readers
from commondesk.desk.models import TicketRow
from commondesk.desk.writing import (
    Work,
    step_on,
)
from commondesk.ledger import chance, tables


def reply(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    attachments: Sequence[Attachment] = (),
    is_templated: bool = False,
    to: Sequence[UUID] | None = None,
    copies: Sequence[UUID] | None = None,
    is_to_requester_only: bool = False,
    raw: WordsRef | None = None,
) -> str:
    """Write to everyone on the ticket; the id of the message. It counts once it is delivered.

    Everyone is who asked and who is on copy. to names the people instead, and copies those beside
    them; is_to_requester_only leaves all others out. raw is the mail of an agent who wrote it so.
    """
    if is_to_requester_only and (to is not None or copies is not None):
        raise IllegalStep(gettext("Either the requester only, or the people you name."))
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if is_to_requester_only:
            to = requester_only(work, ticket)
        return write(
            work,
            ticket,
            text,
            attachments,
            is_templated=is_templated,
            to=to,
            copies=copies,
            raw=raw,
        )


def requester_only(work: Work, ticket: UUID) -> list[UUID]:
    """Whoever asked, and nobody beside them."""
    return [UUID(work.ticket(ticket).requester)]


def write(
    work: Work,
    ticket: UUID,
    text: str,
    attachments: Sequence[Attachment] = (),
    *,
    is_templated: bool = False,
    to: Sequence[UUID] | None = None,
    copies: Sequence[UUID] | None = None,
    ref: WordsRef | None = None,
    raw: WordsRef | None = None,
) -> str:
    """Write as part of a greater step. Without to and copies, everyone on the ticket gets it."""
    if not text.strip() and not attachments:
        raise IllegalStep(gettext("Write something first."))
    people = _requesters(work, ticket) if to is None else _distinct(str(each) for each in to)
    body = e.MessageWritten(
        message=str(chance.uuid()),
        to=tuple(people),
        text=ref or work.keep(ticket, "message", text),
        is_templated=is_templated,
        attachments=tuple(attachments),
        copies=tuple(_copies(work, ticket, to, copies, {*people, work.actor.id})),
        raw=raw,
    )
    work.take(ticket, body)
    return body.message


def _requesters(work: Work, ticket: UUID) -> list[str]:
    """Everybody who asked: merged tickets bring their requesters along."""
    own = work.ticket(ticket)
    return _distinct([own.requester, *(work.ticket(each).requester for each in own.absorbed)])


def _copies(
    work: Work,
    ticket: UUID,
    to: Sequence[UUID] | None,
    copies: Sequence[UUID] | None,
    others: Collection[str],
) -> list[str]:
    """Who gets it beside the others. Who named the people it is for named all that get it."""
    if copies is not None:
        wanted = [str(each) for each in copies]
    else:
        wanted = _on_copy(work, ticket) if to is None else []
    return [each for each in _distinct(wanted) if each not in others]


def _on_copy(work: Work, ticket: UUID) -> list[str]:
    """Everybody on copy: merged tickets bring theirs along."""
    own = work.ticket(ticket)
    brought = (each for source in own.absorbed for each in work.ticket(source).copies)
    return [*own.copies, *brought]


def _distinct(people: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(people))


def write_note(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    audience: Audience = Audience.OWN_TEAM,
) -> str:
    """Write a note that no requester sees; the id of it. @Name tells whoever may read it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not text.strip():
            raise IllegalStep(gettext("Write something first."))
        body = e.NoteWritten(
            str(chance.uuid()),
            audience,
            work.keep(ticket, "note", text),
            provider=work.viewer.provider if work.viewer else "",
            mentions=_mentions(work, ticket, text, audience),
        )
        work.take(ticket, body)
        return body.note


def _mentions(work: Work, ticket: UUID, text: str, audience: Audience) -> tuple[str, ...]:
    """Whom the note calls upon by @Name, among those who may read it and nobody else."""
    if work.viewer is None or "@" not in text:
        return ()
    found = readers.readers_of(
        work.company,
        _providers_of(ticket),
        audience=str(audience),
        side=work.viewer.side,
        provider=work.viewer.provider,
    )
    return readers.named_in(text, found)


_PROVIDERS = f"SELECT providers FROM {TicketRow._meta.db_table} WHERE uuid = %s"  # noqa: S608


def _providers_of(ticket: UUID) -> str:
    found = tables.select(_PROVIDERS, ticket)
    return str(found[0][0]) if found else ""


def ask(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    attachments: Sequence[Attachment] = (),
    is_templated: bool = False,
    is_to_requester_only: bool = False,
) -> str:
    """Put a question to the requester and wait for the answer, in one step."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        to = requester_only(work, ticket) if is_to_requester_only else None
        message = write(work, ticket, text, attachments, is_templated=is_templated, to=to)
        work.take(ticket, e.QuestionAsked(message))
        if not any(wait.on is WaitReason.REQUESTER for wait in work.ticket(ticket).waits):
            work.take(ticket, e.WaitBegun(str(chance.uuid()), WaitReason.REQUESTER))
        return message
