"""Behind a figure: exactly the units it was made from, missed ones first, a page at a time.

The database says which rows stand behind a figure, and in which order; what is said of each is the
core's own, which reads no more than the rows of a page. What moved on since the instant that is
asked about comes from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from django.db import connection

from commondesk.core.metrics import counting, mirage
from commondesk.core.metrics.changed import FIRST, changed_tickets
from commondesk.core.metrics.counting import AFTER_THE_FACT, TicketSort
from commondesk.core.metrics.facts import LIKELY, SURE, Facts, TicketFacts
from commondesk.core.metrics.figure import Backing, Figure
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import POPULATION
from commondesk.core.metrics.to_come import NEXT_HOURS
from commondesk.core.metrics.words import verdict_words
from commondesk.core.record.events import ClockName
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population
from commondesk.core.service_level.why import span_words
from commondesk.desk.models import TicketRow
from commondesk.ledger import tables
from commondesk.review import figures, late, refresh
from commondesk.review.alike import MISSED, OPEN, UnitSort
from commondesk.review.causes import asked
from commondesk.review.counted import KeptCounts
from commondesk.review.figures import Sheet
from commondesk.review.models import NEVER, Member, OutcomeFact, TicketFact

PAGE = 100
"""How many units a page shows."""
SLICE = 500
"""How many are read at a time where all are wanted."""

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_MEMBERS = Member._meta.db_table
_UNTIMED = (Verdict.LIVE.value, Verdict.AFTER_THE_FACT.value)


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit behind a figure: the number to open it by, what came of it and how long it took.

    said is the verdict in words.
    """

    uuid: str
    number: int
    subject: str
    also: tuple[int, ...]
    verdict: str
    said: str
    took: str
    value: float | None
    hands: str


def figure_of(sheet: Sheet, key: str, of: str = "") -> Figure | None:
    """The figure of a key in an address, of those counted from facts or of those asked for."""
    return asked.figure_named(sheet, key, of) or figures.figure_named(sheet, key, of)


def page_of(sheet: Sheet, key: str, of: str = "", *, first: int = 0) -> list[Behind]:
    """The units behind a figure from that place on, as many as a page shows."""
    return _told(sheet, units_of(sheet, key, of, first=first, most=PAGE))


def every(sheet: Sheet, key: str, of: str = "") -> Iterator[Sequence[Behind]]:
    """All units behind a figure, some at a time; nothing is read before the first is asked for."""
    for some in every_unit(sheet, key, of):
        yield _told(sheet, some)


def units_of(sheet: Sheet, key: str, of: str = "", *, first: int, most: int) -> list[Reached]:
    """The units behind a figure from that place on, so many at most."""
    found: list[Reached] = []
    for pile in _piles(sheet, key, of):
        count = pile.count()
        if first < count:
            found += pile.some(first, most - len(found))
        if len(found) >= most:
            break
        first = max(0, first - count)
    return found


def every_unit(sheet: Sheet, key: str, of: str = "") -> Iterator[Sequence[Reached]]:
    """All units behind a figure, some at a time."""
    for pile in _piles(sheet, key, of):
        yield from pile.every()


class Reached(NamedTuple):
    """A unit, and in whose hands its ticket was where that is known already."""

    backing: Backing
    hands: str | None


# ---- in words -----------------------------------------------------------------------------


def _told(sheet: Sheet, units: Sequence[Reached]) -> list[Behind]:
    streams = {stream for unit in units for stream in unit.backing.tickets}
    rows = _numbers(sheet, streams)
    asked = sorted({unit.backing.tickets[0] for unit in units if unit.hands is None})
    hands = _hands(asked)
    return [
        _behind(backing, rows, hands.get(backing.tickets[0], "") if known is None else known)
        for backing, known in units
        if backing.tickets[0] in rows
    ]


def _numbers(sheet: Sheet, streams: set[str]) -> dict[str, tuple[int, str]]:
    """The number and the subject of tickets."""
    names, found = sorted(streams), {}
    for start in range(0, len(names), SLICE):
        some = TicketRow.objects.filter(company=sheet.company, uuid__in=names[start:][:SLICE])
        for uuid, number, subject in some.values_list("uuid", "number", "subject"):
            found[str(uuid)] = (number, subject)
    return found


def _hands(tickets: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(tickets), SLICE):
        # With the company beside it, a database may walk all of its tickets.
        some = TicketFact.objects.filter(ticket__in=tickets[start:][:SLICE])
        found.update(some.values_list("ticket", "hands"))
    return found


def _behind(unit: Backing, rows: Mapping[str, tuple[int, str]], hands: str) -> Behind:
    number, subject = rows[unit.tickets[0]]
    return Behind(
        uuid=unit.tickets[0],
        number=number,
        subject=subject,
        also=tuple(rows[stream][0] for stream in unit.tickets[1:] if stream in rows),
        verdict=unit.verdict,
        said=verdict_words(unit.verdict),
        took="" if unit.value is None else span_words(figures.whole_minutes(unit.value)),
        value=unit.value,
        hands=figures.hands_words(hands),
    )


# ---- piles --------------------------------------------------------------------------------


class _Pile(Protocol):
    """Units behind a figure, in an order."""

    def count(self) -> int: ...
    def some(self, first: int, most: int) -> Sequence[Reached]: ...
    def every(self) -> Iterator[Sequence[Reached]]: ...


@dataclass(frozen=True)
class _Listed:
    """Units that are known one by one."""

    units: Sequence[Reached]

    def count(self) -> int:
        return len(self.units)

    def some(self, first: int, most: int) -> Sequence[Reached]:
        return self.units[first : first + most]

    def every(self) -> Iterator[Sequence[Reached]]:
        yield self.units


class _Arm(NamedTuple):
    """Rows of certain sorts that meet a condition; None: of any sort."""

    texts: Sequence[str] | None
    where: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class _Asked:
    """Units whose rows the database finds. place is the column they are ordered by."""

    sheet: Sheet
    key: str
    of: str
    arms: Sequence[_Arm]
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
            if _counts(self.sheet).has_moved:
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
        found = _backing(replace(self.sheet, facts=some), self.key, self.of)
        units = [Reached(each, hands.get(each.tickets[0])) for each in found]
        return sorted(units, key=lambda unit: order[unit.backing.tickets[0]])


@dataclass(frozen=True)
class _Changed:
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


def _counts(sheet: Sheet) -> KeptCounts:
    counts = counting.counted(sheet.facts, sheet.period)
    assert isinstance(counts, KeptCounts)
    return counts


def _backing(sheet: Sheet, key: str, of: str) -> Sequence[Backing]:
    """What the core finds behind a figure among the facts of a sheet."""
    kind, _, name = key.partition(".")
    if kind == "part":
        clock, _, setting = name.partition(".")
        tickets = changed_tickets(sheet.facts, ClockName(clock), sheet.period).get(setting, [])
        return mirage.backing_of(tickets, sheet.facts, ClockName(clock))
    figure = figures.figure_named(sheet, key, of)
    return figure.backing if figure else ()


# ---- which rows ---------------------------------------------------------------------------


def _piles(sheet: Sheet, key: str, of: str) -> list[_Pile]:
    """Missed ones first; in each part, those that moved on come first."""
    listed = asked.figure_named(sheet, key, of)
    if listed is not None:
        return [_Listed([Reached(each, None) for each in listed.backing])]
    counts = _counts(sheet)
    hands = {each.ticket: each.hands for each in counts.now.tickets}
    now = [
        Reached(each, hands.get(each.tickets[0], ""))
        for each in _backing(replace(sheet, facts=counts.now), key, of)
    ]
    missed = [unit for unit in now if unit.backing.verdict == Verdict.MISSED.value]
    rest = [unit for unit in now if unit.backing.verdict != Verdict.MISSED.value]
    kind, _, name = key.partition(".")
    if kind == "part":
        return [_Listed(now), _changed(sheet, name)]

    def reached(arms: Sequence[_Arm], *, is_ticket: bool, place: str = "started_at") -> _Pile:
        kept = [arm for arm in arms if arm.texts is None or arm.texts]
        return _Asked(sheet, key, of, kept, is_ticket, place)

    if kind in ("attainment", "time") and name != "first_automatic":
        late, others = (_due if kind == "attainment" else _timed)(sheet, name.split("."))
        return [
            *(_Listed(missed), reached(late, is_ticket=False)),
            *(_Listed(rest), reached(others, is_ticket=False)),
        ]
    if kind in ("misses_to_come", "undecided"):
        arms = [_running(sheet, kind, name)]
        place = "started_at" if kind == "undecided" else "due_at"
        return [_Listed(now), reached(arms, is_ticket=False, place=place)]
    return [_Listed(now), reached([_tickets(sheet, key, of)], is_ticket=True)]


def _texts(sheet: Sheet, is_wanted: Callable[[UnitSort], bool]) -> list[str]:
    return [text for text, told in _counts(sheet).sorts if is_wanted(told)]


def _due(sheet: Sheet, name: Sequence[str]) -> tuple[list[_Arm], list[_Arm]]:
    """Behind an attainment: what was missed, and the rest."""
    clock, *priority, lens = name
    scheme, period = sheet.facts.scheme, sheet.period
    mark, span = scheme.mark_of(lens), (period.start, period.end)

    def of(is_open: bool, is_missed: bool) -> list[str]:
        return _texts(
            sheet,
            lambda told: (
                told.clock == clock
                and bool(told.lenses & mark)
                and not told.apart
                and (not priority or priority == [told.priority])
                and (told.state == OPEN, told.state == MISSED) == (is_open, is_missed)
            ),
        )

    late, met, still_open = of(False, True), of(False, False), of(True, False)
    if scheme.named[lens].population is Population.ENDED:
        where = "ended_at >= %s AND ended_at < %s"
        return [_Arm(late, where, span)], [_Arm(met, where, span)]
    due = "due_at >= %s AND due_at < %s"
    nowhere = "due_at IS NULL AND ended_at IS NULL AND started_at <= %s"
    return (
        [_Arm(late, due, span), _Arm(still_open, f"{due} AND due_at < %s", (*span, sheet.at))],
        [
            _Arm(met, due, span),
            _Arm(still_open, f"{due} AND due_at >= %s", (*span, sheet.at)),
            _Arm(still_open, nowhere, (sheet.at,)),
        ],
    )


def _timed(sheet: Sheet, name: Sequence[str]) -> tuple[list[_Arm], list[_Arm]]:
    """Behind a time: what was missed, and the rest."""
    clock, lens = name
    mark, span = sheet.facts.scheme.mark_of(lens), (sheet.period.start, sheet.period.end)
    begun = "started_at >= %s AND started_at < %s"
    mine = [
        (text, told)
        for text, told in _counts(sheet).sorts
        if told.clock == clock and told.lenses & mark and told.apart not in _UNTIMED
    ]
    late = [text for text, told in mine if told.state == MISSED]
    running = [text for text, told in mine if told.state == OPEN and not told.apart]
    others = [text for text, _ in mine if text not in late and text not in running]
    return (
        [_Arm(late, begun, span), _Arm(running, f"{begun} AND due_at < %s", (*span, sheet.at))],
        [
            _Arm(others, begun, span),
            _Arm(running, f"{begun} AND (due_at IS NULL OR due_at >= %s)", (*span, sheet.at)),
        ],
    )


def _running(sheet: Sheet, kind: str, lens: str) -> _Arm:
    mark, at = sheet.facts.scheme.mark_of(lens), sheet.at
    texts = _texts(
        sheet,
        lambda told: told.state == OPEN and bool(told.lenses & mark) and not told.apart,
    )
    if kind == "undecided":
        return _Arm(texts, "due_at IS NULL AND started_at <= %s", (at,))
    where = "due_at >= %s AND due_at < %s AND started_at <= %s"
    return _Arm(texts, where, (at, at + NEXT_HOURS, at))


def _tickets(sheet: Sheet, key: str, of: str) -> _Arm:
    kind, _, name = key.partition(".")
    span = sheet.period.start, sheet.period.end
    begun = "started_at >= %s AND started_at < %s"
    after = f"opening <> '{AFTER_THE_FACT}'"
    if kind == "offender":
        assert name in ("service", "item", "site", "requester")
        return _Arm(None, f"{name} = %s AND {begun} AND {after}", (of, *span))
    if kind == "backlog":
        return _Arm(None, f"settled_at = {NEVER} AND started_at <= %s", (sheet.at,))
    if kind == "ownerless":
        wall = "CASE WHEN is_alone THEN %s - ownerless_wall ELSE ownerless_wall END"
        return _Arm(None, f"{begun} AND {after} AND {wall} > 0", (*span, sheet.at))
    if key == "time.first_automatic":
        return _Arm(None, f"{begun} AND first_automatic IS NOT NULL", span)
    texts = [text for text, sort in _counts(sheet).ticket_sorts if _is_behind(sort, kind, name)]
    is_solved = kind == "reopens" and not name.startswith("disguised.")
    solved = "first_resolved_at >= %s AND first_resolved_at < %s"
    return _Arm(texts, solved if is_solved else begun, span)


def _is_behind(sort: TicketSort, kind: str, name: str) -> bool:
    """Whether tickets of a sort stand behind a figure of a cohort."""
    if kind == "bounces":
        return bool(sort.bounces)
    if kind == "escalations":
        return sort.functional if name == "functional" else sort.hierarchical
    if kind == "bucket":
        return name in (sort.first_reply, sort.opening)
    if sort.opening == AFTER_THE_FACT:
        return False
    if name == "thanks":
        return sort.is_thanks
    if name.startswith("disguised."):
        return sort.joined in ((SURE,) if name == "disguised.sure" else (SURE, LIKELY))
    return name in sort.reopens.split()


def _changed(sheet: Sheet, name: str) -> _Changed:
    clock_name, _, setting = name.partition(".")
    clock, counts = ClockName(clock_name), _counts(sheet)
    moved = {each.ticket for each in counts.was.outcomes}
    odd = [each for each in counts.odd.get(clock_name, ()) if each.ticket not in moved]
    facts = Facts(sheet.facts.scheme, sheet.at, (), odd, sheet.facts.counts)
    found = changed_tickets(facts, clock, sheet.period).get(setting, [])
    if setting == POPULATION:
        found += [each for each in _counted_elsewhere(sheet, clock_name) if each not in moved]
    return _Changed(sheet, clock, sorted(found))


def _counted_elsewhere(sheet: Sheet, clock: str) -> Iterator[str]:
    """Tickets of one unit that is in the period as due or as ended, and not as the other."""
    start, end = sheet.period.start, sheet.period.end
    until = max(start, min(end, sheet.at))

    def of(is_open: bool) -> list[str]:
        return _texts(
            sheet,
            lambda told: (
                told.clock == clock
                and told.bearing == FIRST
                and not told.apart
                and (told.state == OPEN) is is_open
            ),
        )

    due, ended = "due_at >= %s AND due_at < %s", "ended_at >= %s AND ended_at < %s"
    arms = (
        _Arm(of(True), due, (start, until)),
        _Arm(of(False), f"{due} AND NOT ({ended})", (start, end) * 2),
        _Arm(of(False), f"{ended} AND (due_at IS NULL OR NOT ({due}))", (start, end) * 2),
    )
    for texts, where, values in arms:
        if texts:
            rows = tables.select(
                f"SELECT ticket FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
                f" AND alike IN ({tables.marks(len(texts))}) AND {where}",
                *(sheet.company, *texts, *values),
            )
            yield from (row[0] for row in rows)
