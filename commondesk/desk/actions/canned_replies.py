"""Writing canned replies, and taking them away."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, policy
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record.arrangement import CannedReplyWritten
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, number
from commondesk.desk import canned
from commondesk.desk.models import CannedReply
from commondesk.desk.writing import NotAllowed, viewer_of
from commondesk.ledger import chance, store, words

LONGEST_TITLE = 200
LONGEST_TEXT = 10_000


class UnfitReply(ValueError):
    """A canned reply that would help nobody; the sentence says why."""


class NoSuchReply(LookupError):
    """There is no such canned reply, or it is not theirs."""


@transaction.atomic
def write_reply(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    text: str,
    reply: UUID | None = None,
) -> UUID:
    """Write a canned reply for the own side, or another text for one; the uuid of it.

    It belongs to the provider of whoever writes it, or to the company itself. Raises UnfitReply,
    NoSuchReply and NotAllowed.
    """
    directory.hold_record(company)
    viewer = _writer(company, actor)
    title, text = " ".join(title.split()), text.strip()
    _refuse_unfit(title, text)
    if reply is not None:
        _own(company, viewer, reply)
    made = reply or chance.uuid()
    _record(company, viewer, made, title, text, at=at, actor=actor)
    return made


@transaction.atomic
def remove_reply(company: UUID, *, at: Instant, actor: Actor, reply: UUID) -> None:
    """Take a canned reply away; what was sent with it stays. Raises NoSuchReply and NotAllowed."""
    directory.hold_record(company)
    viewer = _writer(company, actor)
    title = _own(company, viewer, reply).title
    _record(company, viewer, reply, title, "", at=at, actor=actor)


def _writer(company: UUID, actor: Actor) -> Viewer:
    viewer = viewer_of(company, actor)
    if viewer is None or not policy.may(viewer, Right.WORK_TICKETS):
        raise NotAllowed(f"{actor.id} works no tickets here")
    return viewer


def _own(company: UUID, viewer: Viewer, reply: UUID) -> CannedReply:
    found = CannedReply.objects.filter(company=company, uuid=reply, provider=viewer.provider)
    kept = found.first()
    if kept is None:
        raise NoSuchReply(f"there is no canned reply {reply} of theirs")
    return kept


def _refuse_unfit(title: str, text: str) -> None:
    if not title:
        raise UnfitReply(gettext("Give it a name to find it by."))
    if not text:
        raise UnfitReply(gettext("Write the text that is sent."))
    if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        raise UnfitReply(
            gettext("A name has at most %(title)s characters, a text %(text)s.")
            % {"title": number(LONGEST_TITLE), "text": number(LONGEST_TEXT)}
        )
    unknown = canned.unknown_places(text)
    if unknown:
        known = ", ".join(f"{{{{{name}}}}}" for name in canned.PLACES)
        raise UnfitReply(
            gettext("Nothing is known as %(place)s; there are %(known)s.")
            % {"place": f"{{{{{unknown[0]}}}}}", "known": known}
        )


def _record(
    company: UUID,
    viewer: Viewer,
    reply: UUID,
    title: str,
    text: str,
    *,
    at: Instant,
    actor: Actor,
) -> None:
    kept = words.keep(company, stream=COMPANY_STREAM, kind=canned.KIND, text=text) if text else None
    body = CannedReplyWritten(str(reply), title, kept, viewer.provider)
    (recorded,) = store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
    canned.apply(company, recorded.event)
