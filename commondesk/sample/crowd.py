"""Many more tickets than can be played: the same stories, told of other people.

Each is a played ticket once more, event by event at the same instants, with ids, words and numbers
of its own, and somebody else who asked. They go into the record as every event does; their rows
are those of the played ticket with the same changes, which is what the record says as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction

from commondesk.core.record import codec
from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Event
from commondesk.core.record.instant import Instant
from commondesk.desk import search
from commondesk.desk.models import MessageRow, NumberCounter, TicketRow
from commondesk.ledger import chance as ids
from commondesk.ledger import memory, store, tables, words
from commondesk.ledger.models import Words
from commondesk.sample.cast import Member

TOGETHER = 500
_ID = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIED = (e.TicketMerged, e.TicketAbsorbed, e.TicketSplit, e.TicketLinked, e.DueMoved)
"""Who is tied to other tickets, or to what was entered later, is not told again."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A played ticket: its events as text, the ids that are its own, its words and its rows."""

    stream: str
    requester: str
    requester_title: str
    events: tuple[tuple[Instant, Actor, type[Body], str], ...]
    own: tuple[str, ...]
    words: tuple[Words, ...]
    ticket: Mapping[str, Any]
    messages: tuple[Mapping[str, Any], ...]


def tell_again(
    company: UUID, more: int, requesters: Sequence[Member], chance: Random
) -> Iterator[int]:
    """Add so many tickets; yields how many there are after each batch, which is committed."""
    told = list(_told(company))
    counter = NumberCounter.objects.get(company=company)
    numbers = iter(range(counter.last + 1, counter.last + 1 + more))
    done = 0
    while some := list(islice(numbers, TOGETHER)):
        with memory.atomic():
            store.hold(company)
            copies = [
                _Copy(company, chance.choice(told), number, chance.choice(requesters))
                for number in some
            ]
            words.insert([row for each in copies for row in each.words])
            drafts = [draft for each in copies for draft in each.drafts()]
            streams = dict.fromkeys((each.stream for each in copies), 0)
            store.append(company, drafts, learnt_at=None, known=streams)
            tables.insert(TicketRow, [each.ticket_row() for each in copies])
            tables.insert(MessageRow, [row for each in copies for row in each.message_rows()])
            NumberCounter.objects.filter(company=company).update(last=some[-1])
        done += len(some)
        yield done
    with transaction.atomic():
        search.clear(company)
        search.add_all(company)


# ---- what was played ----------------------------------------------------------------------


def _told(company: UUID) -> Iterator[_Told]:
    messages: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in MessageRow.objects.filter(ticket__company=company).values().order_by("position"):
        messages[str(row["ticket_id"])].append(row)
    own_words: dict[str, list[Words]] = defaultdict(list)
    for each in Words.objects.filter(company=company).order_by("id"):
        own_words[each.stream].append(each)
    for ticket in TicketRow.objects.filter(company=company).values().order_by("number"):
        stream = str(ticket["uuid"])
        history = store.history(company, stream)
        if _may_be_told(history, own_words[stream]):
            yield _as_told(history, ticket, messages[stream], own_words[stream])


def _may_be_told(history: Sequence[Event], kept: Sequence[Words]) -> bool:
    opened = history[0].body
    is_alone = isinstance(opened, e.TicketOpened) and not (
        opened.returned_from or opened.split_from
    )
    is_tied = any(isinstance(each.body, _TIED) for each in history)
    is_as_it_happened = all(each.learnt_at == each.happened_at for each in history)
    return is_alone and not is_tied and is_as_it_happened and not any(w.has_file for w in kept)


def _as_told(
    history: Sequence[Event],
    ticket: Mapping[str, Any],
    messages: Sequence[Mapping[str, Any]],
    kept: Sequence[Words],
) -> _Told:
    own = dict.fromkeys(
        value
        for each in history
        for name in ("message", "note", "wait", "leg")
        if isinstance(value := getattr(each.body, name, None), str) and value
    )
    events = tuple(
        (each.happened_at, each.actor, type(each.body), codec.text_of(each.body))
        for each in history
    )
    return _Told(
        history[0].stream,
        str(ticket["requester"]),
        str(ticket["requester_title"]),
        events,
        tuple(own),
        tuple(kept),
        ticket,
        tuple(messages),
    )


# ---- told again ---------------------------------------------------------------------------


class _Copy:
    """A played ticket once more, of somebody else."""

    def __init__(self, company: UUID, told: _Told, number: int, who: Member) -> None:
        self.told, self.number, self.who = told, number, who
        self.stream = str(ids.uuid())
        self.changes = {told.stream: self.stream, told.requester: who.actor.id}
        self.changes |= {each: str(ids.uuid()) for each in told.own}
        self.words: list[tables.Values] = []
        for each in told.words:
            draft = words.drafted(company, self.stream, each.kind, each.text or "")
            self.words.append(draft.row)
            before = words.digest_of(words.salt_of(each), each.kind, each.text or "")
            self.changes |= {each.id: draft.ref.id, before: draft.ref.digest}

    def drafts(self) -> Iterator[Draft]:
        """Its events."""
        for at, actor, kind, text in self.told.events:
            body = codec.body_of(kind.NAME, kind.VERSION, self._changed(text))
            if isinstance(body, e.TicketOpened):
                body = self._numbered(body)
            yield Draft(self.stream, at, self._actor(actor), body)

    def _changed(self, text: str) -> str:
        return _ID.sub(lambda found: self.changes.get(found[0], found[0]), text)

    def _numbered(self, body: e.TicketOpened) -> e.TicketOpened:
        return replace(body, number=self.number)

    def _actor(self, actor: Actor) -> Actor:
        identity = self.changes.get(actor.id, actor.id)
        behalf = self.changes.get(actor.on_behalf_of, actor.on_behalf_of)
        return Actor(identity, actor.side, behalf)

    def ticket_row(self) -> tables.Values:
        """Its row."""
        row = self._row(self.told.ticket)
        return {**row, "uuid": UUID(self.stream), "number": self.number}

    def message_rows(self) -> Iterator[tables.Values]:
        """The rows of its messages."""
        for each in self.told.messages:
            yield {**self._row(each), "ticket_id": UUID(self.stream)}

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(value) for name, value in row.items()}

    def _value(self, value: Any) -> Any:
        if value == self.told.requester_title:
            return self.who.title
        if isinstance(value, UUID):
            found = self.changes.get(str(value))
            return UUID(found) if found else value
        if isinstance(value, list):
            return [self._value(each) for each in value]
        return self.changes.get(value, value) if isinstance(value, str) else value
