"""Keeps the desk's rows equal to the record: after each step, and from nothing."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models, transaction

from commondesk.accounts import directory, queries
from commondesk.accounts.queries import uuid_of
from commondesk.accounts.setup import Founding
from commondesk.core.record import events as e
from commondesk.core.record.event import STREAMS_OF_THE_COMPANY, Event
from commondesk.core.record.instant import Instant
from commondesk.core.record.ticket import Ticket
from commondesk.core.service_level.agreement import Agreement
from commondesk.desk import canned, dues, rows, search, suppression
from commondesk.desk.models import (
    MailRef,
    MessageRow,
    NumberCounter,
    OutgoingMail,
    RowsMade,
    TicketRow,
)
from commondesk.desk.rows import ERASED, Known, Values
from commondesk.desk.wordings import own as wordings
from commondesk.governance import charters
from commondesk.ledger import chain, store, tables, words
from commondesk.ledger.models import Entry, Words
from commondesk.ledger.store import Recorded

History = tuple[Event, ...]
Row = TypeVar("Row", TicketRow, MessageRow)

log = logging.getLogger(__name__)
BATCH = 500


# ---- after each step ----------------------------------------------------------------------


def apply(company: UUID, recorded: Sequence[Recorded]) -> None:
    """Bring the rows of every ticket that these events touch up to date; twice changes nothing."""
    streams = dict.fromkeys(each.event.stream for each in recorded)
    for stream in streams:
        if stream not in STREAMS_OF_THE_COMPANY:
            refresh(company, stream)


def follow(
    company: UUID, recorded: Sequence[Recorded], before: Mapping[str, History]
) -> dict[str, TicketRow]:
    """The same where the histories before these events are at hand; the rows by stream.

    A ticket that has no history before is new: its rows are inserted without a look.
    """
    new: dict[str, list[Event]] = {}
    for each in recorded:
        new.setdefault(each.event.stream, []).append(each.event)
    if _here.behind is not None:
        for stream, events in new.items():
            _here.behind.note((*before[stream], *events), is_new=not before[stream])
        return {}
    return {
        stream: _bring(company, (*before[stream], *events), is_new=not before[stream])
        for stream, events in new.items()
    }


def refresh(company: UUID, stream: str, agreement: Agreement | None = None) -> History:
    """Bring the rows of one ticket, and of the one it went into, up to date."""
    history = store.history(company, stream)
    if _here.behind is not None:
        _here.behind.note(history)
    else:
        _bring(company, history, agreement)
    return history


class Behind:
    """Rows that wait: the record goes on, and they are brought up together.

    Whoever lets them wait asks when tickets wake, as the rows do not say it yet.
    """

    def __init__(self, company: UUID) -> None:
        self._company = company
        self._unread: dict[str, History] = {}
        self._read: dict[str, tuple[Values, tuple[Values, ...]]] = {}
        self._new: set[str] = set()

    def note(self, history: History, *, is_new: bool = False) -> None:
        """The record of a ticket went on; these are all its events."""
        stream = history[0].stream
        self._unread[stream] = history
        if is_new:
            self._new.add(stream)

    def wakes(self) -> Iterator[tuple[str, Instant | None]]:
        """When the tickets that went on since the last time wake: each stream and its instant."""
        while self._unread:
            stream, history = self._unread.popitem()
            known = _known(self._company, history, None)
            self._read[stream] = ticket, _ = rows.rows_of(self._company, history, known)
            into = ticket["merged_into"]
            if isinstance(into, UUID) and str(into) not in self._unread:
                # Its clocks hear what happens on the tickets that went into it.
                self._unread[str(into)] = store.history(self._company, str(into))
            yield stream, ticket["wakes_at"]

    def catch_up(self) -> None:
        """Bring every row up. Belongs into the transaction of the events."""
        for _ in self.wakes():
            pass
        read, self._read, new, self._new = self._read, {}, self._new, set()
        fresh = [read[stream] for stream in read if stream in new]
        tables.insert(TicketRow, [ticket for ticket, _ in fresh])
        tables.insert(MessageRow, [message for _, messages in fresh for message in messages])
        for ticket, _ in fresh:
            search.later(self._company, ticket["uuid"])
        for stream, (ticket, messages) in read.items():
            if stream not in new:
                _renew(ticket, messages)


class _Here(threading.local):
    behind: Behind | None = None


_here = _Here()


@contextmanager
def waiting(behind: Behind | None) -> Iterator[None]:
    """Let the rows of what this thread records wait until `catch_up`; None: not any more."""
    before, _here.behind = _here.behind, behind
    try:
        yield
    finally:
        _here.behind = before


def _bring(
    company: UUID, history: History, agreement: Agreement | None = None, *, is_new: bool = False
) -> TicketRow:
    ticket, messages = rows.rows_of(company, history, _known(company, history, agreement))
    if is_new:
        tables.insert(TicketRow, [ticket])
        tables.insert(MessageRow, messages)
        search.later(company, ticket["uuid"])
    else:
        _renew(ticket, messages)
    if isinstance(ticket["merged_into"], UUID):
        refresh(company, str(ticket["merged_into"]))
    return tables.object_of(TicketRow, ticket, ticket.values())


def outlook_of(company: UUID, ticket: Ticket, history: History) -> TicketRow:
    """Of the row that a ticket will have, who asked, and what is due next: no more than that."""
    agreement = charters.agreement_by_id(company, ticket.charter) if ticket.charter else None
    due = dues.due_of(
        ticket, dues.readings_of(ticket, history, parts_of(company, history), agreement)
    )
    told = {
        "uuid": UUID(ticket.stream),
        "company": company,
        "number": ticket.number,
        "requester": uuid_of(ticket.requester),
        "due_clock": str(due.clock),
        "due_at": due.at,
    }
    # As if only these were read: to ask for another field fails, and tells nothing wrong.
    return tables.object_of(TicketRow, told, told.values())


def _known(company: UUID, history: History, agreement: Agreement | None) -> Known:
    opened = history[0].body
    charter = opened.charter if isinstance(opened, e.TicketOpened) else ""
    contacts = queries.contacts(company)
    return Known(
        texts=words.texts(rows.words_in(history), company=company),
        titles=queries.titles({*rows.people_in(history), *contacts.values()}),
        contacts=contacts,
        agreement=agreement or (charters.agreement_by_id(company, charter) if charter else None),
        parts=parts_of(company, history),
        providers=providers(company),
    )


def providers(company: UUID) -> Mapping[str, str]:
    """Whose each team and each charter is; empty while the company has no provider."""
    return queries.provider_by_team(company) | charters.provider_by_charter(company)


def parts_of(company: UUID, history: History) -> dict[str, History]:
    """The histories of the tickets that this one absorbed."""
    sources = [event.body.source for event in history if isinstance(event.body, e.TicketAbsorbed)]
    return {source: store.history(company, source) for source in dict.fromkeys(sources)}


def _renew(ticket: Values, messages: Sequence[Values]) -> None:
    uuid = ticket["uuid"]
    own = _compared(TicketRow, [ticket], TicketRow.objects.filter(uuid=uuid))
    said = _compared(MessageRow, messages, MessageRow.objects.filter(ticket_id=uuid))
    new = {values["id"] for values in said.fresh}
    known = [values for values in messages if values["id"] not in new]
    has_new_head = any(not search.OF_TICKETS.isdisjoint(names) for _, _, names in own.changed)
    rewritten = [
        values for _, values, names in said.changed if not search.OF_MESSAGES.isdisjoint(names)
    ]
    stale = known if has_new_head else rewritten
    if not known and (has_new_head or messages):
        search.remove(uuid, [search.ALONE])
    # The index reads the rows to know what it takes out: before they change.
    search.remove(uuid, map(search.document, stale))
    _save(TicketRow, own)
    _save(MessageRow, said)
    if stale or said.fresh or (has_new_head and not messages):
        search.later(ticket["company"], uuid)


@dataclass(frozen=True, slots=True)
class _Compared(Generic[Row]):
    """Rows that are new, and those that differ, with their new values and the fields that do."""

    fresh: list[Values]
    changed: list[tuple[Row, Values, list[str]]]


def _compared(
    model: type[Row], wanted: Sequence[Values], current: models.QuerySet[Row]
) -> _Compared[Row]:
    known = {row.pk: row for row in current}
    found: _Compared[Row] = _Compared([], [])
    for values in wanted:
        row = known.get(values[model._meta.pk.attname])
        if row is None:
            found.fresh.append(values)
            continue
        names = [name for name, value in values.items() if getattr(row, name) != value]
        if names:
            found.changed.append((row, values, names))
    return found


def _save(model: type[Row], compared: _Compared[Row]) -> None:
    """Insert what is new, update what differs; leave the rest untouched."""
    for row, values, names in compared.changed:
        for name in names:
            setattr(row, name, values[name])
        row.save(update_fields=names)
    tables.insert(model, compared.fresh)


def follow_calendar(company: UUID, at: Instant) -> None:
    """Move the due instants that are still ahead to the newest calendars, each with an event."""
    ahead = TicketRow.objects.filter(company=company).filter(
        models.Q(status__in=[str(status) for status in dues.ACTIVE])
        | models.Q(wakes_at__isnull=False)
    )
    for uuid in list(ahead.order_by("number").values_list("uuid", flat=True)):
        _move_dues(company, str(uuid), at)
        refresh(company, str(uuid))


def _move_dues(company: UUID, stream: str, at: Instant) -> None:
    history = store.history(company, stream)
    moved = dues.moved(history, parts_of(company, history), _two_agreements(company, history), at)
    if moved:
        store.append(company, moved, learnt_at=at)


def _two_agreements(company: UUID, history: History) -> tuple[Agreement, Agreement] | None:
    opened = history[0].body
    charter = opened.charter if isinstance(opened, e.TicketOpened) else ""
    newest = charters.agreement_by_id(company, charter) if charter else None
    before = charters.agreement_before(company, charter) if charter else None
    return None if newest is None or before is None else (before, newest)


# ---- erased words -------------------------------------------------------------------------


def forget(company: UUID, ids: tuple[str, ...]) -> None:
    """Wipe every copy of erased words: people's names, rows, and outgoing mail."""
    people = directory.forget_erased(company, ids)
    of_people = set(_streams_of(company, people))
    for stream in sorted(of_people | set(_streams_with(company, ids))):
        history = refresh(company, stream)
        _forget_mail(company, stream, history, set(ids), is_all=stream in of_people)
    transaction.on_commit(search.tidy, robust=True)
    suppression.forget(company, ids)
    wordings.forget(company, ids)
    canned.forget(company, ids)


def _streams_with(company: UUID, ids: Sequence[str]) -> Iterator[str]:
    """The tickets that show any of these words, those split off and returned among them."""
    own = Words.objects.filter(company=company, id__in=ids).exclude(
        stream__in=STREAMS_OF_THE_COMPANY
    )
    waiting, seen = list(own.values_list("stream", flat=True)), set()
    while waiting:
        stream = waiting.pop()
        if stream in seen:
            continue
        seen.add(stream)
        uuid = uuid_of(stream)
        if uuid is None:
            continue
        row = TicketRow.objects.filter(company=company, uuid=uuid).first()
        if row is not None:
            yield stream
            waiting += _made_of(company, row)


def _made_of(company: UUID, row: TicketRow) -> Iterator[str]:
    """The tickets that took words over from this one."""
    for event in store.history(company, str(row.uuid)):
        if isinstance(event.body, e.TicketSplit):
            yield event.body.into
    theirs = TicketRow.objects.filter(company=company, requester=row.requester)
    for uuid in theirs.values_list("uuid", flat=True):
        opened = store.history(company, str(uuid))[0].body
        if isinstance(opened, e.TicketOpened) and opened.returned_from == str(row.uuid):
            yield str(uuid)


def _streams_of(company: UUID, people: Iterable[str]) -> Iterator[str]:
    named = [UUID(person) for person in people]
    if not named:
        return
    texts = [str(person) for person in named]
    tickets = TicketRow.objects.filter(company=company).filter(
        models.Q(requester__in=named)
        | models.Q(owner__in=named)
        | models.Q(accountable__in=named)
        | models.Q(messages__author__in=texts)
    )
    yield from (str(uuid) for uuid in tickets.values_list("uuid", flat=True).distinct())


def _forget_mail(
    company: UUID, stream: str, history: History, ids: set[str], *, is_all: bool
) -> None:
    """Outgoing mail that holds erased words is emptied, and not sent any more."""
    erased = [
        event.body.message
        for event in history
        if isinstance(event.body, e.MessageReceived | e.MessageWritten | e.VendorWritten)
        and not ids.isdisjoint(_held_by(event.body))
    ]
    opened = history[0].body
    is_all = is_all or (isinstance(opened, e.TicketOpened) and opened.subject.id in ids)
    mail = OutgoingMail.objects.filter(company=company, ticket=UUID(stream))
    if not is_all:
        # A notice may repeat words of any message.
        mail = mail.filter(models.Q(message__in=erased) | models.Q(kind=OutgoingMail.Kind.NOTICE))
    mail.filter(state__in=("queued", "sending")).update(state="failed", last_error=ERASED)
    mail.update(content=b"", envelope_to=[])
    MailRef.objects.filter(company=company, message__in=erased, emitted=False).delete()


def _held_by(body: e.MessageReceived | e.MessageWritten | e.VendorWritten) -> Iterator[str]:
    yield body.text.id
    for attachment in body.attachments:
        yield attachment.id
        yield attachment.name.id


# ---- from nothing -------------------------------------------------------------------------


@contextmanager
def no_pauses_to_collect() -> Iterator[None]:
    """Millions of small objects live for one ticket and hold no circles: look for none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@transaction.atomic
@no_pauses_to_collect()
def rebuild(company: UUID) -> int:
    """Make all rows of a company anew from its record; how many tickets there are."""
    own = TicketRow.objects.filter(company=company)
    search.clear(company)
    # Raw: nothing else hangs on these rows, and there may be millions.
    MessageRow.objects.filter(ticket_id__in=own.values("uuid"))._raw_delete(own.db)
    own._raw_delete(own.db)
    count = highest = 0
    for some in _sliced(made_anew(company)):
        tables.insert(TicketRow, [ticket for ticket, _ in some])
        tables.insert(MessageRow, [message for _, messages in some for message in messages])
        count += len(some)
        highest = max(highest, *(int(str(ticket["number"])) for ticket, _ in some))
    search.add_all(company)
    counter, _ = NumberCounter.objects.get_or_create(company=company)
    counter.last = max(counter.last, highest)
    counter.save()
    mark(company)
    return count


VERSION = 2
"""Goes up where rows or the words of the index are made in another way than before."""


def mark_founded(founding: Founding) -> None:
    """A company begins with rows of this version: with none."""
    mark(founding.company.uuid)


def mark(company: UUID) -> None:
    """Note that the rows of a company are made by this version of our code."""
    RowsMade.objects.update_or_create(company=company, defaults={"version": VERSION})


def catch_up() -> tuple[UUID, ...]:
    """Make anew what an older version made; the companies whose rows were."""
    made = dict(RowsMade.objects.values_list("company", "version"))
    behind = tuple(each for each in store.companies() if made.get(each, 0) < VERSION)
    for company in behind:
        count = rebuild(company)
        log.info("%d tickets of company %s made anew for this version", count, company)
    return behind


@no_pauses_to_collect()
def differences(company: UUID) -> list[str]:
    """Where the rows differ from the record, by ticket number and field; empty is well."""
    found = []
    seen: set[object] = set()
    for some in _sliced(made_anew(company)):
        found += _differing(TicketRow, [ticket for ticket, _ in some])
        found += _differing(MessageRow, [message for _, messages in some for message in messages])
        seen |= {ticket["uuid"] for ticket, _ in some}
    live = TicketRow.objects.filter(company=company).values_list("uuid", "number")
    found += [f"ticket {number}: not in the record" for uuid, number in live if uuid not in seen]
    return found + search.differences(company)


def _differing(model: type[Row], wanted: Sequence[Values]) -> list[str]:
    live = model._default_manager.in_bulk([values[model._meta.pk.attname] for values in wanted])
    return [
        text for values in wanted for text in _differences(values, live.get(_key(model, values)))
    ]


def _key(model: type[Row], values: Values) -> Any:
    return values[model._meta.pk.attname]


def _differences(values: Values, row: TicketRow | MessageRow | None) -> Iterator[str]:
    name = f"ticket {values['number']}" if "number" in values else f"message {values['id']}"
    if row is None:
        yield f"{name}: has no row"
        return
    for field, value in values.items():
        live = getattr(row, field)
        if live != value:
            yield f"{name}: {field} is {live!r}, the record says {value!r}"


def made_anew(company: UUID) -> Iterator[tuple[Values, tuple[Values, ...]]]:
    """The rows of every ticket, from the record alone."""
    titles = queries.all_titles(company)
    contacts = queries.contacts(company)
    whose = providers(company)
    agreements: dict[str, Agreement | None] = {"": None}
    for some in _sliced(histories(company)):
        texts = _texts_of(company, some)
        for history in some:
            opened = history[0].body
            charter = opened.charter if isinstance(opened, e.TicketOpened) else ""
            if charter not in agreements:
                agreements[charter] = charters.agreement_by_id(company, charter)
            parts = parts_of(company, history)
            known = Known(texts, titles, contacts, agreements[charter], parts, whose)
            yield rows.rows_of(company, history, known)


def _texts_of(company: UUID, some: Sequence[History]) -> dict[str, str | None]:
    """All words that these tickets show: their own, and those of a ticket they were split from."""
    texts = words.texts_of(company, (history[0].stream for history in some))
    others = {key for history in some for key in rows.words_in(history) if key not in texts}
    return texts | words.texts(others, company=company)


def histories(company: UUID) -> Iterator[History]:
    """The history of each ticket of a company, a few at a time in memory.

    In the order in which they were opened: their events, words and rows then lie close together.
    """
    own = Entry.objects.filter(company=company).exclude(stream__in=STREAMS_OF_THE_COMPANY)
    streams = list(own.filter(position=1).order_by("sequence").values_list("stream", flat=True))
    for some in _sliced(streams):
        entries = Entry.objects.filter(company=company, stream__in=some)
        told = entries.order_by("stream", "position").values_list(*chain.FIELDS)
        for _, rows_of_one in groupby(told.iterator(2000), key=itemgetter(1)):
            yield tuple(map(store.event_of, rows_of_one))


Each = TypeVar("Each")


def _sliced(source: Iterable[Each], size: int = BATCH) -> Iterator[list[Each]]:
    each = iter(source)
    while some := list(islice(each, size)):
        yield some
