"""Append events to the record of a company, and read them back."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from uuid import UUID

from django.db import connection, models

from commondesk.core.record import codec
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Body, Certainty, Event
from commondesk.core.record.events import CompanyFounded
from commondesk.core.record.instant import Instant

from . import chain, memory, tables
from .models import ChainHead, Entry

BATCH = 2000

_ENTRY, _HEAD = Entry._meta.db_table, ChainHead._meta.db_table
_INSERT = f"INSERT INTO {_ENTRY} (company, {', '.join(chain.FIELDS)}) VALUES"
_HISTORY = (
    f"SELECT {', '.join(chain.FIELDS)} FROM {_ENTRY}"  # noqa: S608
    " WHERE company = %s AND stream = %s ORDER BY position"
)
_NAMED = (
    f"SELECT {', '.join(chain.FIELDS)} FROM {_ENTRY}"  # noqa: S608
    " WHERE company = %s AND stream = %s AND name = %s ORDER BY position"
)
_POSITION = f"SELECT MAX(position) FROM {_ENTRY} WHERE company = %s AND stream = %s"  # noqa: S608
_HEADS = (
    f"SELECT company, sequence, digest FROM {_HEAD}"  # noqa: S608
    " WHERE company IN ({}) ORDER BY company"
)
_MOVE_HEAD = (
    f"UPDATE {_HEAD} SET sequence = %s, digest = %s"  # noqa: S608
    " WHERE company = %s AND sequence = %s AND digest = %s"
)
_half_character = re.compile("[\ud800-\udfff]")


class OutsideTransaction(RuntimeError):
    """append was called where nothing holds the event and its consequences together."""


class StaleWrite(Exception):
    """A stream has moved on since the writer looked at it."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} was expected at position {expected} and is at {actual}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class BrokenHold(RuntimeError):
    """What was remembered of a chain is not its head: a step was undone and not forgotten."""


class UnknownCompany(LookupError):
    """No company has that prefix or uuid."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the whole record of the company."""

    sequence: int
    event: Event


@dataclass(frozen=True, slots=True)
class Head:
    """How far a record reaches, and the digest of its last entry."""

    sequence: int
    digest: str


# ---- writing ------------------------------------------------------------------------------


def hold(company: UUID) -> None:
    """Let nobody else write to this company's record until the transaction ends.

    Every writer takes this first, so that two of them never wait for each other in a circle.
    """
    hold_all([company])


def hold_all(companies: Iterable[UUID]) -> None:
    """The same for many companies at once, in the one order in which everybody takes them."""
    wanted = [each for each in set(companies) if memory.known(("head", each)) is None]
    if not wanted:
        return
    if not connection.in_atomic_block:
        raise OutsideTransaction("a record is held inside transaction.atomic()")
    # On SQLite the transaction itself holds the only write lock.
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    sql = _HEADS.format(tables.marks(len(wanted))) + lock
    for company, sequence, digest in tables.select(sql, *wanted):
        memory.note(("head", tables.uuid_of(company)), Head(sequence, digest))


def append(
    company: UUID,
    drafts: Sequence[Draft],
    *,
    learnt_at: Instant | None,
    expected: Mapping[str, int] | None = None,
    known: Mapping[str, int] | None = None,
) -> tuple[Recorded, ...]:
    """Add the drafts, in order, to the company's record, inside the caller's transaction.

    learnt_at None: of each we learnt when it happened. expected names streams and the positions
    that the caller saw; known those that the caller read while holding the record. Raises
    StaleWrite when one has moved on, OutsideTransaction, and UnreadableEvent for a body that could
    not be read back.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("store.append belongs inside transaction.atomic()")
    expected, known = expected or {}, known or {}
    head = memory.known(("head", company)) or _locked_head(company)
    streams = {each.stream for each in drafts} | expected.keys()
    positions = {**_positions(company, streams - known.keys()), **known}
    _refuse_stale(expected, positions)
    recorded, rows, after = _numbered(company, head, positions, drafts, learnt_at)
    _move_head(company, head, after)
    insert(company, rows)
    return recorded


def _locked_head(company: UUID) -> Head:
    locked = ChainHead.objects.select_for_update().filter(company=company)
    told = locked.values_list("sequence", "digest")
    head = told.first()
    if head is None:
        first = ChainHead(company=company, sequence=0, digest=chain.GENESIS)
        ChainHead.objects.bulk_create([first], ignore_conflicts=True)
        head = told.get()
    return Head(*head)


def _move_head(company: UUID, before: Head, after: Head) -> None:
    memory.note(("head", company), after)
    owner = (company, before.sequence, before.digest)
    if not tables.execute(_MOVE_HEAD, after.sequence, after.digest, *owner):
        raise BrokenHold(f"the chain of {company} moved on while it was held")


def _positions(company: UUID, streams: set[str]) -> dict[str, int]:
    if not streams:
        return {}
    if len(streams) <= 8:
        found = {each: tables.select(_POSITION, company, each)[0][0] for each in streams}
        return {stream: position or 0 for stream, position in found.items()}
    positions = dict.fromkeys(streams, 0)
    names = sorted(streams)
    mine = Entry.objects.filter(company=company)
    for start in range(0, len(names), BATCH):
        some = mine.filter(stream__in=names[start : start + BATCH])
        positions.update(some.values_list("stream").annotate(models.Max("position")))
    return positions


def _refuse_stale(expected: Mapping[str, int], positions: Mapping[str, int]) -> None:
    for stream, position in expected.items():
        if positions[stream] != position:
            raise StaleWrite(stream, position, positions[stream])


def _numbered(
    company: UUID,
    head: Head,
    positions: dict[str, int],
    drafts: Sequence[Draft],
    learnt_at: Instant | None,
) -> tuple[tuple[Recorded, ...], list[chain.Row], Head]:
    """The drafts with their places, and the head after the last of them."""
    text, recorded, rows = str(company), [], []
    sequence, digest = head.sequence, head.digest
    for draft in drafts:
        positions[draft.stream] += 1
        sequence += 1
        at = draft.happened_at if learnt_at is None else learnt_at
        row = _row_of(draft, sequence, positions[draft.stream], at)
        digest = chain.digest_of(digest, chain.envelope_of(text, row, sequence))
        rows.append((*row[:10], digest))
        # Read back, so that an event which no one could read later never gets in.
        recorded.append(recorded_of(row))
    return tuple(recorded), rows, Head(sequence, digest)


def _row_of(draft: Draft, sequence: int, position: int, learnt_at: Instant) -> chain.Row:
    return (
        sequence,
        draft.stream,
        position,
        draft.body.NAME,
        draft.body.VERSION,
        draft.happened_at,
        learnt_at,
        str(draft.certainty),
        _actor_text(draft.actor),
        _body_text(draft.body),
        "",
    )


def _body_text(body: Body) -> str:
    text = codec.text_of(body)
    if _half_character.search(text):
        raise codec.UnreadableEvent(f"{body.NAME}: a text holds half a character: replace it")
    return text


@lru_cache(maxsize=4096)
def _actor_text(actor: Actor) -> str:
    return codec.actor_text_of(actor)


def insert(company: UUID, rows: Sequence[chain.Row]) -> None:
    """Write rows that continue the chain. By SQL, which takes a third of the time of models."""
    owner = tables.plain(company)
    tables.insert_rows(_INSERT, [(owner, *row) for row in rows])


# ---- reading ------------------------------------------------------------------------------


def history(company: UUID, stream: str) -> tuple[Event, ...]:
    """Every event of one stream, in order."""
    return tuple(map(event_of, cast(list[chain.Row], tables.select(_HISTORY, company, stream))))


def named(company: UUID, stream: str, name: str) -> tuple[Event, ...]:
    """The events of one stream that have that name, in order."""
    rows = tables.select(_NAMED, company, stream, name)
    return tuple(map(event_of, cast(list[chain.Row], rows)))


def read_on(company: UUID, *, after: int, limit: int) -> Iterator[Recorded]:
    """Up to limit events that stand after a sequence number, in order."""
    for batch in batches(company, after=after, limit=limit):
        yield from map(recorded_of, batch)


def batches(
    company: UUID, *, after: int | None = None, limit: int | None = None, size: int = BATCH
) -> Iterator[list[chain.Row]]:
    """Rows after a sequence number, or all of them, in order and a batch at a time."""
    rows = Entry.objects.filter(company=company).order_by("sequence").values_list(*chain.FIELDS)
    while limit is None or limit > 0:
        some = rows if after is None else rows.filter(sequence__gt=after)
        batch = list(some[: size if limit is None else min(size, limit)])
        if not batch:
            return
        yield batch
        after = batch[-1][0]
        limit = None if limit is None else limit - len(batch)


def recorded_of(row: chain.Row) -> Recorded:
    """The event of a stored row, with its place in the chain. Raises UnreadableEvent."""
    return Recorded(row[0], event_of(row))


def event_of(row: chain.Row) -> Event:
    """The event of a stored row. Raises UnreadableEvent."""
    _, stream, position, name, version, happened_at, learnt_at = row[:7]
    certainty, actor, body = row[7:10]
    return Event(
        stream,
        position,
        happened_at,
        learnt_at,
        certainty_of(certainty),
        actor_of(actor),
        codec.body_of(name, version, body),
    )


@lru_cache(maxsize=4096)
def actor_of(text: str) -> Actor:
    """The actor of a stored text. Raises UnreadableEvent."""
    return codec.actor_of(text)


_CERTAINTIES = {each.value: each for each in Certainty}


def certainty_of(text: str) -> Certainty:
    """The certainty of a stored text. Raises UnreadableEvent."""
    known = _CERTAINTIES.get(text)
    if known is None:
        raise codec.UnreadableEvent(f"no certainty: {text}")
    return known


def position_of(company: UUID, stream: str) -> int:
    """The position of the last event of a stream; 0 if it has none."""
    return _positions(company, {stream})[stream]


def head_of(company: UUID) -> Head:
    """How far the record of a company reaches, as its head row says."""
    row = ChainHead.objects.filter(company=company).values_list("sequence", "digest").first()
    return Head(*row) if row else Head(0, chain.GENESIS)


def companies() -> tuple[UUID, ...]:
    """Every company that has a record."""
    return tuple(ChainHead.objects.order_by("company").values_list("company", flat=True))


def company_of(text: str) -> UUID:
    """The company of a prefix or uuid, as its record tells it. Raises UnknownCompany."""
    known = {str(each): each for each in companies()}
    prefixes = {prefix_of(each).casefold(): each for each in known.values()}
    found = known.get(text.lower()) or prefixes.get(text.casefold())
    if found is None or not text:
        names = ", ".join(sorted(prefix.upper() for prefix in prefixes if prefix)) or "none"
        raise UnknownCompany(f"no company has the prefix or uuid {text!r}; known: {names}")
    return found


def prefix_of(company: UUID) -> str:
    """What the ticket numbers of a company begin with; empty if its record does not say."""
    rows = Entry.objects.filter(
        company=company, stream=COMPANY_STREAM, name=CompanyFounded.NAME
    ).order_by("position")
    for row in rows.values_list(*chain.FIELDS)[:1]:
        # A record that was tampered with must still be found, to be verified.
        with contextlib.suppress(codec.UnreadableEvent):
            body = recorded_of(row).event.body
            return body.prefix if isinstance(body, CompanyFounded) else ""
    return ""
