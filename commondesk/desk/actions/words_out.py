"""Replies, questions and notes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Audience,
    WaitReason,
)
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.desk.writing import (
    Work,
    step_on,
)


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
) -> str:
    """Write to everyone on the ticket; the id of the message. It counts once it is delivered."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        return write(work, ticket, text, attachments, is_templated=is_templated, to=to)


def write(
    work: Work,
    ticket: UUID,
    text: str,
    attachments: Sequence[Attachment] = (),
    *,
    is_templated: bool = False,
    to: Sequence[UUID] | None = None,
    ref: WordsRef | None = None,
) -> str:
    if not text.strip() and not attachments:
        raise IllegalStep("Write something first.")
    people = [str(each) for each in to] if to is not None else _requesters(work, ticket)
    body = e.MessageWritten(
        message=str(uuid4()),
        to=tuple(people),
        text=ref or work.keep(ticket, "message", text),
        is_templated=is_templated,
        attachments=tuple(attachments),
    )
    work.take(ticket, body)
    return body.message


def _requesters(work: Work, ticket: UUID) -> list[str]:
    """Everybody who asked: merged tickets bring their requesters along."""
    own = work.ticket(ticket)
    others = [work.ticket(source).requester for source in own.absorbed]
    return list(dict.fromkeys([own.requester, *others]))


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
    """Write a note that no requester sees; the id of it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not text.strip():
            raise IllegalStep("Write something first.")
        body = e.NoteWritten(str(uuid4()), audience, work.keep(ticket, "note", text))
        work.take(ticket, body)
        return body.note


def ask(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    attachments: Sequence[Attachment] = (),
) -> str:
    """Put a question to the requester and wait for the answer, in one step."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        message = write(work, ticket, text, attachments)
        work.take(ticket, e.QuestionAsked(message))
        if not any(wait.on is WaitReason.REQUESTER for wait in work.ticket(ticket).waits):
            work.take(ticket, e.WaitBegun(str(uuid4()), WaitReason.REQUESTER))
        return message
