"""Keeps the facts that figures are made from equal to the record: event by event, and from nothing.

Nobody who writes an event does anything for it: this reads on from where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db import models, transaction

from commondesk.accounts.models import Company
from commondesk.core.metrics.facts import TicketFacts, changed_at, read_facts, stale_at
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import Scheme, scheme_of
from commondesk.core.metrics.signs import Sign, signs_of
from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM, STREAMS_OF_THE_COMPANY, Event
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.clock import Agreements
from commondesk.core.service_level.lens import Lens
from commondesk.desk.projections import no_pauses_to_collect
from commondesk.governance import charters
from commondesk.ledger import chain, store, tables
from commondesk.ledger.models import ChainHead, Entry
from commondesk.review import alike, late, threads
from commondesk.review.models import (
    NEVER,
    FactsMade,
    Matter,
    Member,
    OutcomeFact,
    PartMade,
    SignFact,
    TicketFact,
)
from commondesk.review.threads import History, Thread

VERSION = 3
"""Goes up where facts that were made before are not what the record says any more."""

EVENTS = 4000
"""How many events are read at a time."""
TICKETS = 400
"""How many tickets are brought up to date in one transaction."""

HELD = ("company", "thread", "changed_at", "stale_at", "settled_at")
OF_TICKET = tuple("solved_at" if name == "settled_at" else name for name in TicketFacts._fields)
OF_OUTCOME = Outcome._fields
_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_MEMBERS, _MATTERS = Member._meta.db_table, Matter._meta.db_table
_SIGNS = SignFact._meta.db_table
_ENTRY = Entry._meta.db_table


@dataclass(frozen=True, slots=True)
class Behind:
    """What the facts of a company do not tell yet."""

    events: int
    tickets: int

    @property
    def is_nothing(self) -> bool:
        """True when they tell all."""
        return not self.events and not self.tickets


# ---- which lenses -------------------------------------------------------------------------


def scheme_for(company: UUID, at: Instant) -> Scheme:
    """The lenses that a company's figures are read with."""
    ruling = charters.agreement_for(company, at)
    return _scheme(ruling.lens if ruling else None)


@lru_cache(maxsize=256)
def _scheme(contract: Lens | None) -> Scheme:
    return scheme_of(contract)


def mark_of(scheme: Scheme) -> str:
    """The same text for the same lenses."""
    return ";".join(f"{name}={_lens_text(lens)}" for name, lens in scheme.named.items())


def _lens_text(lens: Lens) -> str:
    told = []
    for name in Lens.__slots__:
        value = getattr(lens, name)
        told.append(",".join(sorted(value)) if isinstance(value, frozenset) else str(value))
    return "|".join(told)


def agreements_of(company: UUID) -> Agreements:
    """The agreements of a company's charters, each read once."""
    known: dict[str, Agreement | None] = {"": None}

    def agreement(charter: str) -> Agreement | None:
        if charter not in known:
            known[charter] = charters.agreement_by_id(company, charter)
        return known[charter]

    return agreement


# ---- bringing up to date ------------------------------------------------------------------


def catch_up(at: Instant, *, may_go_on: Callable[[], bool] = lambda: True) -> None:
    """Bring the facts of every company up to date, a transaction at a time, as long as it may."""
    # What is being played needs its figures once, in the end.
    playing = set(Company.objects.filter(is_playing=True).values_list("uuid", flat=True))
    for company in store.companies():
        if company in playing:
            continue
        while not refresh(company, at).is_nothing and may_go_on():
            pass


def behind(company: UUID, at: Instant) -> Behind:
    """How far the facts are behind the record."""
    made = FactsMade.objects.filter(company=company).first()
    head = ChainHead.objects.filter(company=company).values_list("sequence", flat=True).first() or 0
    if made is None or made.version != VERSION:
        return Behind(head, 0)
    todo = 0
    if made.redo_after is not None:
        todo = _openings(company).filter(sequence__gt=made.redo_after).count()
    if todo == 0 and _stale(company, at, 1):
        todo = 1
    return Behind(head - made.sequence, todo)


@no_pauses_to_collect()
def refresh(company: UUID, at: Instant) -> Behind:
    """Take in some of what is new, in a transaction of its own; what is left."""
    found = behind(company, at)
    if found.is_nothing and _is_same_scheme(company, at):
        return found
    with transaction.atomic():
        made = _made(company, at)
        scheme = scheme_for(company, at)
        dirty = _read_on(made)
        dirty += _stale(company, at, TICKETS)
        if len(dirty) < TICKETS and made.redo_after is not None:
            dirty += _redone(made, TICKETS - len(dirty))
        renew(company, dict.fromkeys(dirty), scheme, at)
        made.save()
    return behind(company, at)


def rebuild(company: UUID, at: Instant) -> int:
    """Make all facts of a company anew from its record; how many tickets there are."""
    with transaction.atomic():
        wipe(company)
        FactsMade.objects.filter(company=company).update(version=0)
    while not refresh(company, at).is_nothing:
        pass
    return TicketFact.objects.filter(company=company).count()


def wipe(company: UUID) -> None:
    """Drop all facts of a company; they are made anew by whoever looks next."""
    for model in (TicketFact, OutcomeFact, SignFact, Matter, Member, PartMade):
        rows = model._default_manager.filter(company=company)
        rows._raw_delete(rows.db)


def _is_same_scheme(company: UUID, at: Instant) -> bool:
    made = FactsMade.objects.filter(company=company).values_list("scheme", flat=True).first()
    return made == mark_of(scheme_for(company, at))


def _made(company: UUID, at: Instant) -> FactsMade:
    """How far we are, held until the transaction ends. Facts of other lenses are dropped."""
    mark = mark_of(scheme_for(company, at))
    first = FactsMade(company=company, sequence=0, version=0)
    FactsMade.objects.bulk_create([first], ignore_conflicts=True)
    made = FactsMade.objects.select_for_update().get(company=company)
    if (made.version, made.scheme) != (VERSION, mark):
        wipe(company)
        made.version, made.scheme, made.redo_after = VERSION, mark, 0
        before, made.sequence = made.sequence, store.head_of(company).sequence
        late.take_in(company, before, made.sequence)
    return made


def _read_on(made: FactsMade) -> list[str]:
    """The tickets that have new events. A calendar that changes changes every ticket."""
    rows = tables.select(
        f"SELECT sequence, stream, name FROM {_ENTRY}"  # noqa: S608 - names of ours
        " WHERE company = %s AND sequence > %s ORDER BY sequence LIMIT %s",
        *(made.company, made.sequence, EVENTS),
    )
    dirty: dict[str, None] = {}
    before = made.sequence
    for sequence, stream, name in rows:
        if stream not in STREAMS_OF_THE_COMPANY:
            if stream not in dirty and len(dirty) >= TICKETS:
                break
            dirty[stream] = None
        elif name == e.CalendarEntered.NAME:
            made.redo_after = 0
        made.sequence = sequence
    late.take_in(made.company, before, made.sequence)
    return list(dirty)


def _stale(company: UUID, at: Instant, most: int) -> list[str]:
    """Tickets whose facts held until now."""
    rows = tables.select(
        f"SELECT ticket FROM {_TICKETS}"  # noqa: S608
        f" WHERE company = %s AND stale_at < {NEVER} AND stale_at <= %s LIMIT %s",
        *(company, at, most),
    )
    return [row[0] for row in rows]


def waiting(made: FactsMade, at: Instant) -> list[str]:
    """The tickets whose facts are behind the record."""
    new = Entry.objects.filter(company=made.company, sequence__gt=made.sequence)
    found = [*new.values_list("stream", flat=True).distinct(), *_stale(made.company, at, NEVER)]
    if made.redo_after is not None:
        openings = _openings(made.company).filter(sequence__gt=made.redo_after)
        found += openings.values_list("stream", flat=True)
    return found


def _redone(made: FactsMade, most: int) -> list[str]:
    assert made.redo_after is not None
    after = _openings(made.company).filter(sequence__gt=made.redo_after).order_by("sequence")
    found = list(after.values_list("sequence", "stream")[: most + 1])
    made.redo_after = found[most - 1][0] if len(found) > most else None
    return [stream for _, stream in found[:most]]


def _openings(company: UUID) -> models.QuerySet[Entry]:
    own = Entry.objects.filter(company=company, position=1)
    return own.exclude(stream__in=STREAMS_OF_THE_COMPANY)


# ---- some tickets -------------------------------------------------------------------------


@dataclass(frozen=True)
class Gathered:
    """Tickets with all that may belong to them, and the threads that they make."""

    histories: dict[str, History]
    threads: list[Thread]
    old: set[str]


def renew(company: UUID, streams: Collection[str], scheme: Scheme, at: Instant) -> None:
    """Make the facts of these tickets, and of all that may make one case with them, anew."""
    if not streams:
        return
    gathered = gather(company, streams, scheme, at)
    _drop(company, gathered.old)
    agreements = agreements_of(company)
    owner = tables.plain(company)
    introduced = introduced_to(company)
    tickets, outcomes, members, matters, signs = [], [], [], [], []
    for thread in gathered.threads:
        name = min(thread.tickets, key=lambda each: (gathered.histories[each][0].happened_at, each))
        mine = {stream: gathered.histories[stream] for stream in thread.tickets}
        facts, units = read_facts(mine, agreements, scheme, at)
        since = changed_at(mine, agreements, at)
        until = stale_at(mine, agreements, at) or NEVER
        held = owner, name, since, until
        members += [(stream, owner, name) for stream in thread.tickets]
        matters += [(owner, name, key, thread.begins_at, thread.ends_at) for key in thread.keys]
        tickets += [
            (
                *(*held, _settled(each.settled_at, each.started_at)),
                *(*each, alike.of_ticket(each, at)),
            )
            for each in facts
        ]
        outcomes += [
            (*held, _settled(each.settled_at, each.started_at), *each, text)
            for each, text in zip(units, alike.of_units(units, scheme, at), strict=True)
        ]
        signs += [
            (owner, name, each.ticket, each.started_at, *kept_sign(sign))
            for each in facts
            for sign in ticket_signs(mine[each.ticket], agreements, scheme, introduced, at)
        ]
    columns = ", ".join((*HELD, *OF_TICKET, "alike"))
    tables.insert_rows(f"INSERT INTO {_TICKETS} ({columns}) VALUES", tickets)
    columns = ", ".join((*HELD, *OF_OUTCOME, "alike"))
    tables.insert_rows(f"INSERT INTO {_OUTCOMES} ({columns}) VALUES", outcomes)
    tables.insert_rows(f"INSERT INTO {_MEMBERS} (ticket, company, thread) VALUES", members)
    columns = "company, thread, ticket, started_at, kind, at, until_at, actor"
    tables.insert_rows(f"INSERT INTO {_SIGNS} ({columns}) VALUES", signs)
    columns = "company, thread, key, begins_at, ends_at"
    tables.insert_rows(f"INSERT INTO {_MATTERS} ({columns}) VALUES", matters)


def ticket_signs(
    history: History,
    agreements: Agreements,
    scheme: Scheme,
    introduced: Mapping[str, Instant],
    at: Instant,
) -> list[Sign]:
    """The signs of a ticket, by the charter that it was opened under and the usual lens."""
    opened = next(each.body for each in history if isinstance(each.body, e.TicketOpened))
    agreement = agreements(opened.charter)
    return signs_of(history, agreement, scheme.named[scheme.usual], introduced, at)


def kept_sign(sign: Sign) -> tuple[str, Instant, Instant, str]:
    """A sign as its row keeps it."""
    return sign.kind, sign.at, NEVER if sign.until_at is None else sign.until_at, sign.by


def introduced_to(company: UUID) -> dict[str, Instant]:
    """Since when the people of both technical sides are known to a company."""
    rows = tables.select(
        f"SELECT {', '.join(chain.FIELDS)} FROM {_ENTRY} WHERE company = %s AND stream = %s"  # noqa: S608
        " AND name = %s AND body NOT LIKE %s ORDER BY position",
        *(company, COMPANY_STREAM, e.PersonIntroduced.NAME, '%"side":"requester"%'),
    )
    found: dict[str, Instant] = {}
    for event in map(store.event_of, rows):
        if isinstance(event.body, e.PersonIntroduced):
            found.setdefault(event.body.person, event.happened_at)
    return found


def _settled(at: Instant | None, started_at: Instant) -> Instant:
    return NEVER if at is None else max(at, started_at)


def gather(company: UUID, streams: Collection[str], scheme: Scheme, at: Instant) -> Gathered:
    """Read these tickets and, again and again, what may belong to one of them."""
    histories: dict[str, History] = {}
    alone: dict[str, Thread] = {}
    ties: dict[str, list[str]] = {}
    old: set[str] = set()
    seen: set[str] = set(STREAMS_OF_THE_COMPANY)
    waiting = set(streams)
    while True:
        while waiting:
            seen |= waiting
            for stream, history in _histories(company, waiting):
                histories[stream] = history
                alone[stream] = threads.thread_of(stream, history, scheme.farthest, at)
                ties[stream] = list(threads.ties_of(history))
            tied = {other for stream in waiting for other in ties.get(stream, ())}
            names = _threads_with(company, waiting) - old
            old |= names
            waiting = (tied | set(_members(company, names))) - seen
        found = threads.threads_of(alone, ties)
        names = _overlapping(company, found) - old
        if not names:
            return Gathered(histories, found, old)
        old |= names
        waiting = set(_members(company, names)) - seen


def histories_of(company: UUID, streams: Collection[str]) -> dict[str, History]:
    """The events of some tickets."""
    return dict(_histories(company, streams))


def _histories(company: UUID, streams: Collection[str]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    fields = ", ".join(chain.FIELDS)
    for some in _sliced(sorted(streams)):
        rows = tables.select(
            f"SELECT {fields} FROM {_ENTRY}"  # noqa: S608
            f" WHERE company = %s AND stream IN ({tables.marks(len(some))})"
            " ORDER BY stream, position",
            *(company, *some),
        )
        for stream, own in groupby(rows, key=itemgetter(1)):
            events = tuple(map(store.event_of, own))
            if isinstance(events[0].body, e.TicketOpened):
                yield str(stream), events


def _threads_with(company: UUID, tickets: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in _sliced(sorted(tickets)):
        rows = tables.select(
            f"SELECT DISTINCT thread FROM {_MEMBERS}"  # noqa: S608
            f" WHERE company = %s AND ticket IN ({tables.marks(len(some))})",
            *(company, *some),
        )
        found.update(row[0] for row in rows)
    return found


def _members(company: UUID, names: Collection[str]) -> Iterator[str]:
    for some in _sliced(sorted(names)):
        rows = tables.select(
            f"SELECT ticket FROM {_MEMBERS}"  # noqa: S608
            f" WHERE company = %s AND thread IN ({tables.marks(len(some))})",
            *(company, *some),
        )
        yield from (row[0] for row in rows)


def _overlapping(company: UUID, found: Sequence[Thread]) -> set[str]:
    """The kept threads about the same matter, at a time when they could be one case with these."""
    wanted: dict[str, list[Thread]] = {}
    for thread in found:
        for key in thread.keys:
            wanted.setdefault(key, []).append(thread)
    names: set[str] = set()
    for some in _sliced(sorted(wanted)):
        rows = tables.select(
            f"SELECT key, thread, begins_at, ends_at FROM {_MATTERS}"  # noqa: S608
            f" WHERE company = %s AND key IN ({tables.marks(len(some))})",
            *(company, *some),
        )
        for key, name, begins_at, ends_at in rows:
            for mine in wanted[key]:
                is_later = mine.begins_at <= begins_at < mine.ends_at
                if is_later or begins_at <= mine.begins_at < ends_at:
                    names.add(name)
    return names


def _drop(company: UUID, names: Collection[str]) -> None:
    for some in _sliced(sorted(names)):
        for table in (_TICKETS, _OUTCOMES, _SIGNS, _MEMBERS, _MATTERS):
            tables.execute(
                f"DELETE FROM {table}"  # noqa: S608
                f" WHERE company = %s AND thread IN ({tables.marks(len(some))})",
                *(company, *some),
            )


def _sliced(names: Sequence[str], size: int = 400) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
