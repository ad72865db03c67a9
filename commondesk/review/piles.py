"""Piles: units behind a figure, which are known one by one or whose rows the database finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from django.db import connection

from commondesk.core.metrics import counting, mirage
from commondesk.core.metrics.changed import changed_tickets
from commondesk.core.metrics.facts import Facts, TicketFacts
from commondesk.core.metrics.figure import Backing
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.record.events import ClockName
from commondesk.ledger import tables
from commondesk.review import figures, late, refresh
from commondesk.review.counted import KeptCounts
from commondesk.review.figures import Sheet
from commondesk.review.models import Member, OutcomeFact, TicketFact

SLICE = 500
"""How many are read at a time where all are wanted."""

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_MEMBERS = Member._meta.db_table


class Reached(NamedTuple):
    """A unit, and in whose hands its ticket was where that is known already."""

    backing: Backing
    hands: str | None


class Pile(Protocol):
    """Units behind a figure, in an order."""

    def count(self) -> int: ...
    def some(self, first: int, most: int) -> Sequence[Reached]: ...
    def every(self) -> Iterator[Sequence[Reached]]: ...


@dataclass(frozen=True)
class Listed:
    """Units that are known one by one."""

    units: Sequence[Reached]

    def count(self) -> int:
        return len(self.units)

    def some(self, first: int, most: int) -> Sequence[Reached]:
        return self.units[first : first + most]

    def every(self) -> Iterator[Sequence[Reached]]:
        yield self.units


class Arm(NamedTuple):
    """Rows of certain sorts that meet a condition; None: of any sort."""

    texts: Sequence[str] | None
    where: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class Found:
    """Units whose rows the database finds. place is the column they are ordered by."""

    sheet: Sheet
    key: str
    of: str
    arms: Sequence[Arm]
    is_ticket: bool
    place: str = "started_at"

    def count(self) -> int:
        if not self.arms:
            return 0
        sql, values = self._rows("1 AS one")
        return int(tables.select(f"SELECT COUNT(*) FROM ({sql}) found", *values)[0][0])  # noqa: S608

    def some(self, first: int, most: int) -> Sequence[Reached]:
        if not self.arms:
            return ()
        table, name = (_TICKETS, "ticket") if self.is_ticket else (_OUTCOMES, "id")
        columns = ", ".join(self._columns)
        sql, values = self._rows(f"{name}, {self.place} AS place")
        chosen = f"SELECT {name} FROM ({sql}) found ORDER BY place, {name} LIMIT %s OFFSET %s"  # noqa: S608
        rows = tables.select(
            f"SELECT {columns} FROM {table} WHERE {name} IN (SELECT {name} FROM ({chosen}) chosen)"  # noqa: S608
            f" ORDER BY {self.place}, {name}",
            *(*values, most, first),
        )
        return self._units(rows)

    def every(self) -> Iterator[Sequence[Reached]]:
        if not self.arms:
            return
        name = "ticket" if self.is_ticket else "id"
        columns = ", ".join(self._columns)
        inner = columns if self.is_ticket else f"{columns}, id"
        sql, values = self._rows(f"{inner}, {self.place} AS place")
        # One statement: nothing that happens while it is read takes a row away, or adds one.
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM ({sql}) found ORDER BY place, {name}",  # noqa: S608
                list(map(tables.plain, values)),
            )
            while rows := cursor.fetchmany(SLICE):
                yield self._units(rows)

    @property
    def _columns(self) -> Sequence[str]:
        return refresh.OF_TICKET if self.is_ticket else refresh.OF_OUTCOME

    def _rows(self, columns: str) -> tuple[str, list[object]]:
        """The rows of all arms, without those of threads that moved on."""
        table = _TICKETS if self.is_ticket else _OUTCOMES
        told, values = [], []
        for texts, where, some in self.arms:
            among = "" if texts is None else f" AND alike IN ({tables.marks(len(texts))})"
            sql = f"SELECT {columns} FROM {table} WHERE company = %s{among} AND {where}"  # noqa: S608
            values += [self.sheet.company, *(texts or ()), *some]
            if counts_of(self.sheet).has_moved:
                at = self.sheet.at
                sql += " AND changed_at <= %s AND stale_at > %s AND started_at <= %s"
                values += [at, at, at]
                if closed := self.sheet.closed:
                    sql += f" AND thread NOT IN ({late.THREADS})"
                    company = self.sheet.company
                    values += [company, company, closed.sequence, closed.until_at]
            told.append(sql)
        return " UNION ALL ".join(told), values

    def _units(self, rows: Iterable[tuple[Any, ...]]) -> Sequence[Reached]:
        """What the core says of these rows, in their order."""
        facts = self.sheet.facts
        tickets: list[TicketFacts] = []
        outcomes: list[Outcome] = []
        if self.is_ticket:
            tickets = list(map(TicketFacts._make, rows))
        else:
            outcomes = list(map(Outcome._make, rows))
        order: dict[str, int] = {}
        for stream in (*(each.ticket for each in tickets), *(each.ticket for each in outcomes)):
            order.setdefault(stream, len(order))
        hands = {each.ticket: each.hands for each in tickets}
        some = Facts(facts.scheme, facts.at, tickets, outcomes, facts.counts)
        found = backing_of(replace(self.sheet, facts=some), self.key, self.of)
        units = [Reached(each, hands.get(each.tickets[0])) for each in found]
        return sorted(units, key=lambda unit: order[unit.backing.tickets[0]])


@dataclass(frozen=True)
class Changed:
    """Tickets whose verdict one setting alone changes."""

    sheet: Sheet
    clock: ClockName
    tickets: Sequence[str]

    def count(self) -> int:
        return len(self.tickets)

    def some(self, first: int, most: int) -> Sequence[Reached]:
        some = self.tickets[first : first + most]
        rows = tables.select(
            f"SELECT {', '.join(refresh.OF_OUTCOME)} FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
            f" AND thread IN (SELECT thread FROM {_MEMBERS} WHERE company = %s"
            f" AND ticket IN ({tables.marks(len(some))}))",
            *(self.sheet.company, self.sheet.company, *some),
        )
        facts = self.sheet.facts
        read = Facts(facts.scheme, facts.at, (), list(map(Outcome._make, rows)), facts.counts)
        return [Reached(each, None) for each in mirage.backing_of(some, read, self.clock)]

    def every(self) -> Iterator[Sequence[Reached]]:
        for first in range(0, len(self.tickets), SLICE):
            yield self.some(first, SLICE)


def counts_of(sheet: Sheet) -> KeptCounts:
    """What the figures of a sheet count."""
    counts = counting.counted(sheet.facts, sheet.period)
    assert isinstance(counts, KeptCounts)
    return counts


def backing_of(sheet: Sheet, key: str, of: str) -> Sequence[Backing]:
    """What the core finds behind a figure among the facts of a sheet."""
    kind, _, name = key.partition(".")
    if kind == "part":
        clock, _, setting = name.partition(".")
        tickets = changed_tickets(sheet.facts, ClockName(clock), sheet.period).get(setting, [])
        return mirage.backing_of(tickets, sheet.facts, ClockName(clock))
    figure = figures.figure_named(sheet, key, of)
    return figure.backing if figure else ()
