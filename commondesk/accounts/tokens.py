"""Keys for programs: what they open is never more than their holder may do at that moment."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, policy, queries
from commondesk.accounts.models import ApiToken, Company, Person
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record.arrangement import TokenIssued, TokenRevoked
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Event
from commondesk.core.record.instant import DAY, MINUTE, Instant
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.ledger import chance, store, tables

BEGIN = "cdk_"
SECRET_BYTES = 24
LONGEST_SPAN = 366 * DAY
LONGEST_TITLE = 100
USE_NOTED_EVERY = MINUTE
LOST = "lost:"
"""Begins what stands for the digest of a token that came out of the record: it fits no secret."""

_looks_like_one = re.compile(rf"{BEGIN}[A-Za-z0-9_-]{{22,86}}")


class Scope(StrEnum):
    """What a token is for. Beyond it, its holder's own rights count for nothing."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    NOTES_READ = "notes:read"
    NOTES_WRITE = "notes:write"


SCOPE_WORDS = {
    Scope.TICKETS_READ: gettext_lazy("read tickets and what was written to everyone"),
    Scope.TICKETS_WRITE: gettext_lazy("open tickets and answer to everyone"),
    Scope.NOTES_READ: gettext_lazy("read the notes of the technical teams"),
    Scope.NOTES_WRITE: gettext_lazy("write notes"),
}
_OPENS: dict[Scope, frozenset[Right]] = {
    Scope.TICKETS_READ: frozenset({Right.READ_TICKETS, Right.READ_OWN_TICKETS}),
    Scope.TICKETS_WRITE: frozenset({Right.ASK, Right.WORK_TICKETS}),
    Scope.NOTES_READ: frozenset({Right.READ_NOTES}),
    Scope.NOTES_WRITE: frozenset({Right.WORK_TICKETS}),
}


class UnfitToken(ValueError):
    """A token cannot be issued or revoked as asked. The text says why, for people."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. Its secret is known here and nowhere else."""

    token: UUID
    secret: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a token stands for, at this moment. viewer holds what scopes and rights share."""

    token: UUID
    company: Company
    viewer: Viewer
    actor: Actor
    scopes: frozenset[Scope]


# ---- issuing and revoking -----------------------------------------------------------------


@transaction.atomic
def issue(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    scopes: Iterable[str],
    expires_at: Instant,
    token: UUID | None = None,
) -> Issued:
    """Give the actor a token of their own; the secret is never shown again. Raises UnfitToken.

    token names an id that the caller chose, so that the same wish sent twice makes one.
    """
    directory.hold_record(company)
    person = _holder_to_be(company, actor)
    row = ApiToken(
        uuid=token or chance.uuid(),
        company_id=company,
        person=person,
        title=_title(title),
        scopes=_known_scopes(scopes),
        created_at=at,
        expires_at=_end(at, expires_at),
    )
    if ApiToken.objects.filter(uuid=row.uuid).exists():
        raise UnfitToken(gettext("This token was made already, and its secret is shown only once."))
    secret = BEGIN + secrets.token_urlsafe(SECRET_BYTES)
    row.digest = digest_of(secret)
    row.save(force_insert=True)
    body = TokenIssued(
        str(row.uuid), str(person.uuid), row.title, tuple(row.scopes), row.expires_at
    )
    store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
    return Issued(row.uuid, secret)


def _holder_to_be(company: UUID, actor: Actor) -> Person:
    uuid = queries.uuid_of(actor.id) if actor.is_person else None
    person = Person.objects.filter(uuid=uuid).first() if uuid else None
    if person is None or not policy.may(policy.viewer_of(person, company), Right.HOLD_TOKENS):
        raise UnfitToken(gettext("Your roles here do not include tokens for programs."))
    return person


def _title(text: str) -> str:
    title = " ".join(text.replace("\0", "").split())
    if not title:
        raise UnfitToken(gettext("Name the program that will use it."))
    if len(title) > LONGEST_TITLE:
        raise UnfitToken(
            gettext("Name it in %(count)s characters at most.") % {"count": LONGEST_TITLE}
        )
    return title


def _known_scopes(wanted: Iterable[str]) -> list[str]:
    chosen = set(wanted)
    if unknown := chosen - set(Scope):
        raise UnfitToken(
            gettext("There is no scope %(names)s.") % {"names": ", ".join(sorted(unknown))}
        )
    if not chosen:
        raise UnfitToken(gettext("Choose what it may do: a token without scopes opens nothing."))
    return [str(scope) for scope in Scope if scope in chosen]


def _end(at: Instant, expires_at: Instant) -> Instant:
    if not at < expires_at <= at + LONGEST_SPAN:
        raise UnfitToken(gettext("A token ends within a year."))
    return expires_at


@transaction.atomic
def revoke(company: UUID, token: UUID, *, at: Instant, actor: Actor) -> None:
    """Let a token open nothing any more: one's own, or anybody's with ADD_PEOPLE; twice is once.

    Raises UnfitToken for one that the actor has no say in, as for one that does not exist.
    """
    directory.hold_record(company)
    row = ApiToken.objects.select_related("person").filter(company_id=company, uuid=token).first()
    if row is None or not _may_revoke(company, row, actor):
        raise UnfitToken(gettext("There is no such token."))
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        body = TokenRevoked(str(row.uuid))
        store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)


def _may_revoke(company: UUID, row: ApiToken, actor: Actor) -> bool:
    if not actor.is_person or actor.id == str(row.person.uuid):
        return True
    uuid = queries.uuid_of(actor.id)
    person = Person.objects.filter(uuid=uuid).first() if uuid else None
    return policy.may(policy.viewer_of(person, company), Right.ADD_PEOPLE)


# ---- using --------------------------------------------------------------------------------


def holder_of(secret: str, *, at: Instant) -> Holder | None:
    """Whoever this secret stands for now; None for one that opens nothing, whatever the reason."""
    row = _row_of(secret)
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        return None
    viewer = policy.viewer_of(row.person, row.company)
    if viewer is None or not policy.may(viewer, Right.HOLD_TOKENS):
        return None
    _note_use(row, at)
    scopes = frozenset(Scope(each) for each in row.scopes if each in set(Scope))
    return Holder(row.uuid, row.company, narrowed(viewer, scopes), viewer.actor, scopes)


def _row_of(secret: str) -> ApiToken | None:
    """By the digest alone: how long the search takes tells nothing of the secret."""
    if not _looks_like_one.fullmatch(secret):
        return None
    for row in tables.read(ApiToken, "WHERE digest = %s", digest_of(secret)):
        # By plain SQL, all three: each request asks for them.
        (row.person,) = tables.read(Person, "WHERE id = %s", row.person_id)
        (row.company,) = tables.read(Company, "WHERE uuid = %s", row.company_id)
        return row
    return None


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 192 random bits, so that one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def narrowed(viewer: Viewer, scopes: Iterable[Scope]) -> Viewer:
    """The same person with no more rights than the scopes open."""
    opened = frozenset[Right]().union(*(_OPENS[scope] for scope in scopes))
    return replace(viewer, rights=viewer.rights & opened)


def _note_use(row: ApiToken, at: Instant) -> None:
    """When it was last used, to the minute: a program that asks all the time writes no more."""
    if row.last_used_at is None or row.last_used_at <= at - USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)


# ---- looking ------------------------------------------------------------------------------


def tokens_of(company: UUID, person: UUID) -> tuple[ApiToken, ...]:
    """Somebody's tokens for a company, the newest first."""
    mine = ApiToken.objects.filter(company_id=company, person__uuid=person)
    return tuple(mine.order_by("-created_at", "uuid"))


def tokens_of_others(company: UUID, person: UUID) -> tuple[ApiToken, ...]:
    """Everybody else's tokens that are not revoked, by name of their holders."""
    others = ApiToken.objects.filter(company_id=company, revoked_at=None)
    others = others.exclude(person__uuid=person).select_related("person")
    return tuple(others.order_by("person__title", "-created_at", "uuid"))


# ---- from the record ----------------------------------------------------------------------


@transaction.atomic
def restore(company: UUID) -> None:
    """Make tokens that are missing from the record, which knows no secret and no digest.

    Such a token opens nothing; it is listed so that its holder sees what is to be issued anew.
    """
    for row in told(store.history(company, COMPANY_STREAM), company):
        known = ApiToken.objects.filter(uuid=row.uuid)
        if not known.update(revoked_at=row.revoked_at):
            row.person = Person.objects.get(uuid=row.person.uuid)
            row.save(force_insert=True)


def told(history: Iterable[Event], company: UUID) -> Iterator[ApiToken]:
    """The tokens as the record tells of them, with people who are known by their uuid alone."""
    found: dict[str, ApiToken] = {}
    for event in history:
        body = event.body
        if isinstance(body, TokenIssued):
            found[body.token] = ApiToken(
                uuid=UUID(body.token),
                company_id=company,
                person=Person(uuid=UUID(body.person)),
                title=body.title,
                digest=LOST + body.token,
                scopes=list(body.scopes),
                created_at=event.happened_at,
                expires_at=body.expires_at,
            )
        elif isinstance(body, TokenRevoked) and body.token in found:
            found[body.token].revoked_at = event.happened_at
    yield from found.values()


def differences(company: UUID) -> list[str]:
    """Where the tokens differ from the record; empty is well. Secrets are no part of it."""
    live = {
        row.uuid: row
        for row in ApiToken.objects.filter(company_id=company).select_related("person")
    }
    found = []
    for wanted in told(store.history(company, COMPANY_STREAM), company):
        row = live.pop(wanted.uuid, None)
        if row is None:
            found.append(f"token {wanted.uuid}: has no row")
        elif _shown(row) != _shown(wanted):
            found.append(f"token {wanted.uuid}: {_shown(row)}, the record says {_shown(wanted)}")
    return found + [f"token {uuid}: not in the record" for uuid in live]


def _shown(row: ApiToken) -> tuple[object, ...]:
    ends = row.created_at, row.expires_at, row.revoked_at
    return row.person.uuid, row.title, list(row.scopes), *ends
