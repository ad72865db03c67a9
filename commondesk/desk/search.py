"""Finding tickets by words: what is stored for that, and how it is asked, whatever the database.

Each message is one document: its own words, the names of its files, and the subject, the requester
and the number of its ticket beside them. With it stand marks that say who may read it, so that the
index itself finds nothing for whom it is not meant. Documents are numbered by ticket, the newest
last: a search walks them from the end and stops when a page is full.

A step on a ticket does not wait for its words to be indexed: it notes in its own transaction that
the ticket waits, and many tickets are taken in together a moment later, by the worker or by the
next search. An entry is there exactly for what is indexed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction

from commondesk.accounts import policy
from commondesk.accounts.policy import Right, Viewer
from commondesk.desk import search_postgresql, search_sqlite
from commondesk.desk.models import SearchEntry, SearchTicket, SearchWaiting
from commondesk.desk.queue.asked import Term
from commondesk.ledger import memory, store, tables

TICKETS = SearchTicket._meta.db_table
ENTRIES = SearchEntry._meta.db_table
WAITING = SearchWaiting._meta.db_table
BITS = 24
"""A document's number is its ticket's, shifted by so much, and its message's position."""
FIRST_LOOK = 400
LARGEST_LOOK = 6_400
MOST_LOOKED_AT = 60_000
JUMP = 300
"""To look at another place costs as much as to walk along so many documents."""
SHORTEST_BEGINNING = 3
BATCH = 500
AT_ONCE = 300
"""So many tickets are taken in by one transaction at most: then others may write."""
MOST_AT_A_SEARCH = 200
"""A search takes in so many tickets first; it waits for no other writer to do that."""

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What a database does for us."""

    def add(self, ids: Sequence[int]) -> None:
        """Store the words of these documents, the least id first, as the rows have them now."""

    def add_from(self, least: int) -> None:
        """The same of all documents with this id and above."""

    def remove(self, ids: Sequence[int]) -> None:
        """Take out the words of documents. The rows must still be as they were when added."""

    def clear(self) -> None:
        """Take out everything."""

    def find(
        self,
        scopes: Sequence[Sequence[str]],
        terms: Sequence[Term],
        bounds: tuple[int, int],
        *,
        backwards: bool,
        limit: int,
    ) -> list[int]:
        """Documents that hold all terms and, of one scope, all marks; the greatest id first."""

    def differences(self, company: UUID) -> list[str]:
        """Where the words differ from the rows."""

    def tidy(self) -> None:
        """Take what was removed off the disk, a little at a time, outside any transaction."""

    def hurry(self) -> AbstractContextManager[None]:
        """Within, who must wait for another writer fails with an OperationalError."""


def engine() -> Engine:
    return search_sqlite if connection.vendor == "sqlite" else search_postgresql


# ---- asking -------------------------------------------------------------------------------


def scopes_of(viewer: Viewer) -> list[tuple[str, ...]]:
    """The marks of what somebody may read in a company. Of one scope, all must be there."""
    company = f"c{viewer.company_uuid.hex}"
    if not policy.may(viewer, Right.READ_TICKETS):
        if not policy.may(viewer, Right.READ_OWN_TICKETS):
            return []
        return [(f"{company}e", f"r{viewer.person_uuid.hex}")]
    found: list[tuple[str, ...]] = [(f"{company}e",)]
    if policy.may(viewer, Right.READ_NOTES):
        own = f"{company}o{viewer.side}{viewer.provider.replace('-', '')}"
        found += [(f"{company}b",), (own,)]
    return found


def walk(
    scopes: Sequence[Sequence[str]],
    terms: Sequence[Term],
    *,
    place: int | None,
    backwards: bool = False,
    among: Callable[[], Collection[int] | None] | None = None,
) -> Iterator[list[int]]:
    """The numbers of the tickets that hold the words, the newest first, some at a time.

    place is a ticket's number to begin behind; backwards walks to newer ones. among is asked for
    the only tickets that matter, where a first look was not enough: the walk then passes over what
    lies between them. None means that they are many.
    """
    if not scopes or not terms:
        return
    _catch_up_in_a_hurry()
    terms = settled(scopes, terms)
    looked, limit = 0, FIRST_LOOK
    low, high = 0, 1 << 62
    if place is not None and backwards:
        low = place + 1 << BITS
    elif place is not None:
        high = place << BITS
    ahead = [(low, high)]
    few: Collection[int] | None = None
    while ahead and looked < MOST_LOOKED_AT:
        low, high = ahead.pop()
        ids = engine().find(scopes, terms, (low, high), backwards=backwards, limit=limit)
        numbers = list(dict.fromkeys(each >> BITS for each in ids))
        if numbers:
            yield numbers if few is None else [each for each in numbers if each in few]
        is_first = not looked
        looked += len(ids) if few is None else max(len(ids), JUMP)
        if len(ids) < limit:
            continue
        # The rest of the last ticket's documents is passed over: it is found already.
        last = numbers[-1]
        ahead.append((last + 1 << BITS, high) if backwards else (low, last << BITS))
        limit = min(limit * 4, LARGEST_LOOK)
        wanted = among() if among and is_first else None
        if wanted is not None:
            few = frozenset(wanted)
            tickets_a_jump = JUMP * (abs(numbers[0] - last) + 1) // len(ids)
            ahead = _stretches(sorted(few), ahead[0], max(tickets_a_jump, 1))
            if backwards:
                ahead.reverse()


def _stretches(
    numbers: Iterable[int], bounds: tuple[int, int], apart: int
) -> list[tuple[int, int]]:
    """What lies within bounds, without the gaps between tickets that are further apart."""
    low, high = bounds
    found: list[tuple[int, int]] = []
    for each in numbers:
        begin, end = each << BITS, each + 1 << BITS
        if begin < low or end > high:
            continue
        if found and begin - found[-1][1] <= apart << BITS:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return found


def settled(scopes: Sequence[Sequence[str]], terms: Sequence[Term]) -> list[Term]:
    """Take a half typed last word as it stands where somebody wrote just that.

    All words that begin so are many more, and to gather them takes long.
    """
    *others, last = terms
    if not last.is_open:
        return list(terms)
    whole = Term(last.text)
    is_written = engine().find(scopes, [whole], (0, 1 << 62), backwards=False, limit=1)
    if is_written or len(last.text) < SHORTEST_BEGINNING:
        return [*others, whole]
    return list(terms)


# ---- keeping ------------------------------------------------------------------------------

_TICKET = f"SELECT id FROM {TICKETS} WHERE ticket = %s"  # noqa: S608
_NEW_ENTRY = f"INSERT INTO {ENTRIES} (id, message) VALUES"
_ANY_WAITS = f"SELECT 1 FROM {WAITING} LIMIT 1"  # noqa: S608
_FIRST_WAITING = f"SELECT company FROM {WAITING} ORDER BY id LIMIT %s"  # noqa: S608
_WAITING = (
    f"SELECT id, ticket FROM {WAITING}"  # noqa: S608
    " WHERE company IN ({}) ORDER BY id LIMIT %s"
)
_MISSING = (
    "SELECT r.uuid, s.id, COALESCE(m.id, ''), COALESCE(m.position, 0) FROM desk_ticketrow r"  # noqa: S608
    f" LEFT JOIN {TICKETS} s ON s.ticket = r.uuid"
    " LEFT JOIN desk_messagerow m ON m.ticket_id = r.uuid"
    f" LEFT JOIN {ENTRIES} e ON e.id = (s.id << {BITS}) + COALESCE(m.position, 0)"
    " WHERE r.uuid IN ({}) AND e.id IS NULL"
)
_NUMBER_ALL = (
    f"INSERT INTO {TICKETS} (ticket)"  # noqa: S608
    " SELECT uuid FROM desk_ticketrow WHERE company = %s ORDER BY number"
)
_LEAST_NUMBER = (
    f"SELECT MIN(s.id) FROM {TICKETS} s"  # noqa: S608
    " JOIN desk_ticketrow r ON r.uuid = s.ticket WHERE r.company = %s"
)
_ENTER_ALL = (
    f"INSERT INTO {ENTRIES} (id, message)"  # noqa: S608
    f" SELECT (s.id << {BITS}) + COALESCE(m.position, 0), COALESCE(m.id, '') FROM {TICKETS} s"
    " JOIN desk_ticketrow r ON r.uuid = s.ticket"
    " LEFT JOIN desk_messagerow m ON m.ticket_id = s.ticket"
    " WHERE s.id >= %s AND r.company = %s ORDER BY 1"
)
_OF_TICKET = f"SELECT id FROM {ENTRIES} WHERE id >= %s AND id < %s"  # noqa: S608
_OF_COMPANY = (
    f"SELECT s.id FROM {TICKETS} s"  # noqa: S608
    " JOIN desk_ticketrow t ON t.uuid = s.ticket WHERE t.company = %s AND s.id > %s"
    " ORDER BY s.id LIMIT 500"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A message by its id and its position in the ticket; of a ticket without any: empty, 0."""

    message: str
    position: int


ALONE = Document("", 0)
"""Stands for a ticket that nobody has written on: its subject is words all the same."""
OF_TICKETS = frozenset({"number", "subject", "requester", "requester_title", "company"})
OF_MESSAGES = frozenset({"text", "attachments", "audience", "side", "provider", "position"})
"""The fields of rows that the index is made of."""


def document(message: tables.Values) -> Document:
    """The document of a message's row."""
    return Document(message["id"], message["position"])


def later(company: UUID, ticket: UUID) -> None:
    """Note that messages of a ticket are to be made findable; their rows are stored already."""
    tables.insert(SearchWaiting, [{"company": company, "ticket": ticket}])


def catch_up(most: int = 1 << 30) -> int:
    """Make findable what waits for it, the longest waiting first; how many tickets.

    Outside a transaction it takes one for some tickets at a time.
    """
    count = 0
    while count < most:
        limit = min(AT_ONCE, most - count)
        some = _catch_up_some(limit)
        count += some
        if some < limit:
            break
    return count


def _catch_up_in_a_hurry() -> None:
    """So that people find what they just wrote. What another writer keeps us from comes later."""
    if not tables.select(_ANY_WAITS):
        return
    try:
        with engine().hurry():
            catch_up(MOST_AT_A_SEARCH)
    except OperationalError:
        memory.forget()
        log.debug("another writer is at work: what waits for the index is not found yet")
    except DatabaseError:
        memory.forget()
        log.exception("what waits for the index is not found yet")


def _catch_up_some(limit: int) -> int:
    if not tables.select(_ANY_WAITS):
        return 0
    with transaction.atomic():
        companies = {row[0] for row in tables.select(_FIRST_WAITING, limit)}
        if not companies:
            return 0
        # Nobody changes a ticket's words between our look at them and their being indexed.
        store.hold_all(map(tables.uuid_of, companies))
        waiting = tables.select(
            _WAITING.format(tables.marks(len(companies))), *sorted(companies), limit
        )
        _take_in(list(dict.fromkeys(ticket for _, ticket in waiting)))
        for start in range(0, len(waiting), BATCH):
            ids = [key for key, _ in waiting[start : start + BATCH]]
            tables.execute(f"DELETE FROM {WAITING} WHERE id IN ({tables.marks(len(ids))})", *ids)  # noqa: S608
        return len(waiting)


def _take_in(tickets: Sequence[object]) -> None:
    """Index every message of these tickets that is not; one without any stands for itself."""
    if not tickets:
        return
    missing = tables.select(_MISSING.format(tables.marks(len(tickets))), *tickets)
    numbers = {ticket: number for ticket, number, _, _ in missing}
    new = [each for each in tickets if each in numbers and numbers[each] is None]
    if new:
        tables.insert_rows(f"INSERT INTO {TICKETS} (ticket) VALUES", [(each,) for each in new])
        sql = f"SELECT ticket, id FROM {TICKETS} WHERE ticket IN ({tables.marks(len(new))})"  # noqa: S608
        numbers |= dict(tables.select(sql, *new))
    rows = sorted(
        ((numbers[ticket] << BITS) + position, message) for ticket, _, message, position in missing
    )
    tables.insert_rows(_NEW_ENTRY, rows)
    engine().add([key for key, _ in rows])


def add_all(company: UUID) -> None:
    """Make all messages of a company findable at once, of which none is."""
    tables.execute(_NUMBER_ALL, company)
    least = tables.select(_LEAST_NUMBER, company)[0][0]
    if least is not None:
        tables.execute(_ENTER_ALL, least, company)
        engine().add_from(least << BITS)


def remove(ticket: UUID, documents: Iterable[Document]) -> None:
    """Forget these messages' words. Their rows must still be as they were."""
    positions = {each.position for each in documents}
    if not positions:
        return
    _remove_ids([each for each in _ids_of(ticket) if each % (1 << BITS) in positions])


def _ids_of(ticket: UUID) -> list[int]:
    found = tables.select(_TICKET, ticket)
    if not found:
        return []
    number = found[0][0]
    return [row[0] for row in tables.select(_OF_TICKET, number << BITS, number + 1 << BITS)]


def _remove_ids(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        engine().remove(some)
        tables.execute(f"DELETE FROM {ENTRIES} WHERE id IN ({tables.marks(len(some))})", *some)  # noqa: S608


def clear(company: UUID) -> None:
    """Forget all words of a company. Its rows must still be as they were."""
    tables.execute(f"DELETE FROM {WAITING} WHERE company = %s", company)  # noqa: S608
    if _is_alone(company):
        engine().clear()
        tables.execute(f"DELETE FROM {ENTRIES}")  # noqa: S608
        tables.execute(f"DELETE FROM {TICKETS}")  # noqa: S608
        return
    after = 0
    while numbers := [row[0] for row in tables.select(_OF_COMPANY, company, after)]:
        for number in numbers:
            ids = tables.select(_OF_TICKET, number << BITS, number + 1 << BITS)
            _remove_ids([row[0] for row in ids])
        tables.execute(
            f"DELETE FROM {TICKETS} WHERE id IN ({tables.marks(len(numbers))})",  # noqa: S608
            *numbers,
        )
        after = numbers[-1]


def _is_alone(company: UUID) -> bool:
    """Whether no other company has a ticket: then all can go at once."""
    sql = "SELECT 1 FROM desk_ticketrow WHERE company <> %s LIMIT 1"
    return not tables.select(sql, company)


def tidy() -> None:
    """Leave no trace on the disk of words that were removed."""
    engine().tidy()


def differences(company: UUID) -> list[str]:
    """Where the index differs from the rows of a company."""
    missing = (
        "SELECT COUNT(*) FROM desk_messagerow m JOIN desk_ticketrow t ON t.uuid = m.ticket_id"  # noqa: S608
        f" LEFT JOIN {TICKETS} s ON s.ticket = t.uuid"
        f" LEFT JOIN {ENTRIES} e ON e.id = (s.id << {BITS}) + m.position AND e.message = m.id"
        " WHERE t.company = %s AND e.id IS NULL"
        f" AND t.uuid NOT IN (SELECT ticket FROM {WAITING})"
    )
    count = tables.select(missing, company)[0][0]
    found = [f"search: {count} messages cannot be found by their words"] if count else []
    return found + engine().differences(company)
