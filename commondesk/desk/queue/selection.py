"""Which tickets a list shows, and in which order: plain SQL that walks along an index.

A list is cut into arms, each a stretch of one index of one company; they are read from a place on,
a page's worth each, and merged. So a page costs the same however many tickets there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts import policy
from commondesk.core.record.instant import DAY, Instant
from commondesk.desk import search
from commondesk.desk.models import TicketRow
from commondesk.desk.queue.asked import ME, NOBODY, STATUSES, Asked, Field, View, since
from commondesk.desk.queue.reach import People, Reach
from commondesk.desk.rows import HAS_DUE, NOBODY_HAS_IT
from commondesk.ledger import tables

TABLE = TicketRow._meta.db_table
MOST_COUNTED = 1000
"""Counters stop here, so that they cost the same on a desk of any size."""
FEW = 2_000
"""So many tickets are listed beforehand at most, to look for words in them alone."""


class Row(NamedTuple):
    """A ticket as a list reads it: uuids and truths as they are stored.

    place is its number in the index of words, where that was asked.
    """

    company: Any
    number: int
    position: int
    subject: str
    requester_title: str
    kind: str
    service: str
    site: str
    channel: str
    status: str
    waits_on: str
    priority: str
    is_priority_provisional: bool
    impact: int
    urgency: int
    owner: Any
    owner_title: str
    team: str
    tier: str
    accountable_title: str
    offered_to: str
    offered_at: int | None
    vendor: str
    vendor_due_at: int | None
    opened_at: int
    updated_at: int
    resolved_at: int | None
    closed_at: int | None
    last_word: str
    last_word_by: str
    has_unread: bool
    charter: str
    due_clock: str
    due_at: int | None
    due_state: str
    used_share: int | None
    missed_at: int | None
    shelf: int | None
    shelf_at: int
    reopens: int
    time_spent: int
    uuid: Any
    place: int


_SELECTED = ", ".join(f"t.{name}" for name in Row._fields[:-1])

BY_CHANGE = (View.SOLVED, View.ALL)
_ON_A_SHELF = "t.shelf IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on a ticket `t`, with its values."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """A stretch of one index of one company: fixed is the shelf where there is only one."""

    reach: Reach
    clause: Clause
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is ordered: columns, and whether the greatest comes first."""

    columns: tuple[str, ...]
    is_falling: bool

    def is_turned(self, *, backwards: bool) -> bool:
        return self.is_falling is not backwards


BY_SHELF = Order(("shelf", "shelf_at", "number"), is_falling=False)
BY_UPDATE = Order(("updated_at", "number"), is_falling=True)
BY_RESOLVE = Order(("resolved_at", "number"), is_falling=True)
BY_WORDS = Order(("place",), is_falling=True)

Key = tuple[int | str, ...]
"""A place in a list: the values of the order's columns, and the company, as 32 digits."""


def order_of(asked: Asked) -> Order:
    if asked.terms:
        return BY_WORDS
    return {View.SOLVED: BY_RESOLVE, View.ALL: BY_UPDATE}.get(asked.view, BY_SHELF)


def key_of(row: Row, order: Order) -> Key:
    if order is BY_WORDS:
        return (row.place,)
    values = [getattr(row, name) for name in order.columns]
    return (*values, tables.uuid_of(row.company).hex)


# ---- the arms of a view -------------------------------------------------------------------


def arms(view: View, reach: Reach, at: Instant) -> Iterator[Arm]:
    """The stretches that make up a view of one company, without any further filter."""
    viewer = reach.viewer
    match view:
        case View.MINE:
            yield Arm(reach, Clause(f"t.owner = %s AND {_ON_A_SHELF}", (viewer.person_uuid,)))
        case View.OFFERED:
            for whom in dict.fromkeys((str(viewer.person_uuid), viewer.team)):
                if whom:
                    given = f"t.offered_to = %s AND t.offered_to <> '' AND {_ON_A_SHELF}"
                    yield Arm(reach, Clause(given, (whom,)))
        case View.TEAM:
            if viewer.team:
                yield Arm(reach, Clause(f"t.team = %s AND {_ON_A_SHELF}", (viewer.team,)))
        case View.DUE:
            yield Arm(reach, Clause(_ON_A_SHELF))
        case View.UNOWNED:
            yield Arm(reach, Clause(""), NOBODY_HAS_IT)
        case View.MISSED:
            for shelf in (NOBODY_HAS_IT, HAS_DUE):
                yield Arm(reach, Clause("t.shelf_at < %s", (at,)), shelf)
        case View.WAITING:
            yield Arm(reach, Clause(f"t.status = 'waiting' AND {_ON_A_SHELF}"))
        case View.VENDOR:
            yield Arm(reach, Clause(f"t.vendor_since IS NOT NULL AND {_ON_A_SHELF}"))
        case View.SOLVED:
            solved = "t.status IN ('resolved', 'closed') AND t.resolved_at > %s"
            yield Arm(reach, Clause(solved, (at - 7 * DAY,)))
        case View.ALL:
            yield Arm(reach, Clause("t.status <> 'merged'"))


def own(reach: Reach) -> Iterator[Clause]:
    """What every list of a company is cut down to for this viewer."""
    yield Clause("t.company = %s", (reach.company.uuid,))
    if provider := policy.only_with(reach.viewer):
        yield Clause("(t.providers = '' OR t.providers LIKE %s)", (f"%{provider}%",))


def where(arm: Arm, more: Sequence[Clause]) -> Clause:
    """Everything that a ticket of this arm must be."""
    clauses = [*own(arm.reach), arm.clause, *more]
    if arm.fixed is not None:
        clauses.append(Clause("t.shelf = %s", (arm.fixed,)))
    said = [each for each in clauses if each.sql]
    return Clause(
        " AND ".join(each.sql for each in said), tuple(v for each in said for v in each.values)
    )


# ---- filters ------------------------------------------------------------------------------


def filters(
    asked: Asked, reach: Reach, people: Mapping[tuple[Field, str], People], at: Instant
) -> list[Clause]:
    """The filters as conditions on a ticket of that company."""
    made = []
    for field, codes in asked.filters.items():
        match field:
            case Field.STATUS:
                made.append(_in("t.status", [each for code in codes for each in STATUSES[code]]))
            case Field.OPENED | Field.CHANGED:
                made.append(_since(field, codes, reach, at))
            case Field.OWNER | Field.REQUESTER:
                made.append(_of_people(field, codes, reach, people))
            case Field.TEAM | Field.SERVICE | Field.SITE | Field.ITEM:
                name = f"t.{field.value}"
                low = [code.lower() for code in codes]
                # As written too: not every database knows the small letters of all scripts.
                either = [_in(name, list(codes)), _in(f"LOWER({name})", low)]
                made.append(_any(either))
            case _:
                made.append(_in(f"t.{field.value}", list(codes)))
    return made


def _lead(
    arm: Arm, asked: Asked, people: Mapping[tuple[Field, str], People], at: Instant
) -> Clause | None:
    """What an index of its own knows of the tickets of an arm, as narrow as can be; else None."""
    given = asked.filters
    if _is_indexed(given.get(Field.REQUESTER, ())):
        return _of_people(Field.REQUESTER, given[Field.REQUESTER], arm.reach, people)
    is_open = {STATUSES[each] for each in given.get(Field.STATUS, ())} <= _OPEN_STATUSES
    is_on_shelf = asked.view not in BY_CHANGE or (Field.STATUS in given and is_open)
    if is_on_shelf and _is_indexed(given.get(Field.OWNER, ())):
        owned = _of_people(Field.OWNER, given[Field.OWNER], arm.reach, people)
        return Clause(f"{owned.sql} AND {_ON_A_SHELF}", owned.values)
    if arm.fixed is not None:
        on_it = [each for each in (arm.clause.sql, "t.shelf = %s") if each]
        return Clause(" AND ".join(on_it), (*arm.clause.values, arm.fixed))
    if asked.view is not View.ALL:
        return arm.clause
    if is_on_shelf:
        return Clause(_ON_A_SHELF)
    if codes := given.get(Field.CHANGED):
        return _since(Field.CHANGED, codes, arm.reach, at)
    return None


_OPEN_STATUSES = {STATUSES["open"], STATUSES["waiting"]}


def _is_indexed(codes: Sequence[str]) -> bool:
    """Whether one stretch of an index answers for these people: nobody beside others takes two."""
    return bool(codes) and (NOBODY not in codes or len(codes) == 1)


def _since(field: Field, codes: Sequence[str], reach: Reach, at: Instant) -> Clause:
    column = "t.opened_at" if field is Field.OPENED else "t.updated_at"
    zone = ZoneInfo(reach.company.zone)
    return Clause(f"{column} >= %s", (max(since(each, zone, at) for each in codes),))


def _of_people(
    field: Field,
    codes: Sequence[str],
    reach: Reach,
    people: Mapping[tuple[Field, str], People],
) -> Clause:
    column = f"t.{field.value}"
    uuids: list[UUID] = []
    either = []
    for code in codes:
        if code == ME:
            uuids.append(reach.viewer.person_uuid)
        elif code == NOBODY:
            either.append(Clause(f"{column} IS NULL"))
        else:
            uuids += people[field, code].uuids
    if uuids or not either:
        either.append(_in(column, uuids))
    return _any(either)


def _in(column: str, values: Sequence[object]) -> Clause:
    if not values:
        return Clause("1 = 0")
    if len(values) == 1:
        return Clause(f"{column} = %s", (values[0],))
    return Clause(f"{column} IN ({tables.marks(len(values))})", tuple(values))


def _any(clauses: Sequence[Clause]) -> Clause:
    return Clause(
        f"({' OR '.join(each.sql for each in clauses)})",
        tuple(value for each in clauses for value in each.values),
    )


# ---- reading a page -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that says which tickets a list holds."""

    asked: Asked
    reaches: Sequence[Reach]
    people: Mapping[tuple[Field, str], People]
    at: Instant

    def read(self, limit: int, *, key: Key | None = None, backwards: bool = False) -> list[Row]:
        """Up to limit tickets behind a place, or before it, in the order of the list."""
        if self.asked.terms:
            rows = self._read_words(limit, key, backwards=backwards)
        else:
            rows = self._read_arms(limit, key, backwards=backwards)
        return rows[::-1] if backwards else rows

    def _read_arms(self, limit: int, key: Key | None, *, backwards: bool) -> list[Row]:
        order = order_of(self.asked)
        parts, values = [], []
        for reach in self.reaches:
            more = filters(self.asked, reach, self.people, self.at)
            for arm in arms(self.asked.view, reach, self.at):
                behind = _behind(arm, order, key, backwards=backwards)
                if behind is None:
                    continue
                found = where(arm, [*more, behind])
                parts.append(
                    f"SELECT {_SELECTED}, 0 AS place FROM {TABLE} t WHERE {found.sql}"  # noqa: S608
                    f" ORDER BY {_ordering(order, 't.', arm.fixed, backwards=backwards)}"
                    " LIMIT %s"
                )
                values += [*found.values, limit]
        if not parts:
            return []
        if len(parts) == 1:
            return [Row(*each) for each in tables.select(parts[0], *values)]
        arms_sql = " UNION ALL ".join(f"SELECT * FROM ({part}) AS arm" for part in parts)  # noqa: S608
        ordering = _ordering(order, "", None, backwards=backwards)
        sql = f"SELECT * FROM ({arms_sql}) AS arms ORDER BY {ordering} LIMIT %s"  # noqa: S608
        return [Row(*each) for each in tables.select(sql, *values, limit)]

    def _read_words(self, limit: int, key: Key | None, *, backwards: bool) -> list[Row]:
        place = int(key[0]) if key else None
        scopes = [scope for reach in self.reaches for scope in search.scopes_of(reach.viewer)]
        found: list[Row] = []
        terms = self.asked.terms
        walk = search.walk(scopes, terms, place=place, backwards=backwards, among=self._few_places)
        for places in walk:
            found += self._tickets_at(places, backwards=backwards)
            if len(found) >= limit:
                break
        return found[:limit]

    def _few_places(self) -> list[int] | None:
        """Where in the index of words all tickets stand that the list may hold, and some more.

        None where they are many, or where no index tells them.
        """
        leads = [
            (arm.reach.company.uuid, _lead(arm, self.asked, self.people, self.at))
            for reach in self.reaches
            for arm in arms(self.asked.view, reach, self.at)
        ]
        stretches = []
        for company, lead in leads:
            if lead is None:
                return None
            stretches.append(Clause(f"t.company = %s AND {lead.sql}", (company, *lead.values)))
        if sum(_counted([[each] for each in stretches], FEW + 1)) > FEW:
            return None
        places: list[int] = []
        for each in stretches:
            sql = (
                f"SELECT s.id FROM {TABLE} t JOIN {search.TICKETS} s ON s.ticket = t.uuid"  # noqa: S608
                f" WHERE {each.sql}"
            )
            places += [row[0] for row in tables.select(sql, *each.values)]
        return places

    def _tickets_at(self, places: Sequence[int], *, backwards: bool) -> list[Row]:
        parts: list[str] = []
        values: list[object] = []
        for reach in self.reaches:
            more = filters(self.asked, reach, self.people, self.at)
            either = [where(arm, more) for arm in arms(self.asked.view, reach, self.at)]
            if either:
                whole = _any(either)
                parts.append(whole.sql)
                values += whole.values
        if not parts or not places:
            return []
        turn = "ASC" if backwards else "DESC"
        sql = (
            f"SELECT {_SELECTED}, s.id AS place FROM {search.TICKETS} s"  # noqa: S608
            f" JOIN {TABLE} t ON t.uuid = s.ticket"
            f" WHERE s.id IN ({tables.marks(len(places))}) AND ({' OR '.join(parts)})"
            f" ORDER BY s.id {turn}"
        )
        return [Row(*each) for each in tables.select(sql, *places, *values)]

    def counts(self, views: Sequence[View]) -> dict[View, int]:
        """How many tickets are in each of these views, up to MOST_COUNTED; without any filter."""
        questions = []
        for view in views:
            each = [where(arm, []) for reach in self.reaches for arm in arms(view, reach, self.at)]
            questions.append(each)
        return dict(zip(views, _counted(questions, MOST_COUNTED), strict=True))

    def group_counts(self, bounds: Sequence[Clause]) -> list[int]:
        """How many tickets of the list lie within each of these bounds, up to MOST_COUNTED."""
        questions = []
        for bound in bounds:
            found = []
            for reach in self.reaches:
                more = filters(self.asked, reach, self.people, self.at)
                each = arms(self.asked.view, reach, self.at)
                found += [where(arm, [*more, bound]) for arm in each]
            questions.append(found)
        return _counted(questions, MOST_COUNTED)

    def has_any(self) -> bool:
        """Whether there is any ticket at all in these companies."""
        for reach in self.reaches:
            sql = f"SELECT 1 FROM {TABLE} WHERE company = %s LIMIT 1"  # noqa: S608
            if tables.select(sql, reach.company.uuid):
                return True
        return False


def _counted(questions: Sequence[Sequence[Clause]], most: int) -> list[int]:
    """Each question is a set of stretches that do not overlap; most is where counting stops."""
    columns, values = [], []
    for clauses in questions:
        if not clauses:
            columns.append("0")
            continue
        parts = [f"SELECT 1 FROM {TABLE} t WHERE {one.sql}" for one in clauses]  # noqa: S608
        some = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS a LIMIT {most}"  # noqa: S608
        columns.append(f"(SELECT COUNT(*) FROM ({some}) AS b)")  # noqa: S608
        values += [value for one in clauses for value in one.values]
    if not columns:
        return []
    return [int(each) for each in tables.select(f"SELECT {', '.join(columns)}", *values)[0]]


def _ordering(order: Order, before: str, fixed: int | None, *, backwards: bool) -> str:
    turn = "DESC" if order.is_turned(backwards=backwards) else "ASC"
    names = [f"{before}{name}" for name in order.columns if fixed is None or name != "shelf"]
    return ", ".join(f"{name} {turn}" for name in [*names, f"{before}company"])


def _behind(arm: Arm, order: Order, key: Key | None, *, backwards: bool) -> Clause | None:
    """What lies behind a place, as a stretch of the arm's index; None where nothing of it does."""
    if key is None:
        return Clause("")
    *place, company = key
    own = arm.reach.company.uuid.hex
    is_turned = order.is_turned(backwards=backwards)
    columns = list(order.columns)
    if arm.fixed is not None:
        shelf, place, columns = int(place[0]), place[1:], columns[1:]
        if shelf != arm.fixed:
            is_behind = (arm.fixed > shelf) is not is_turned
            return Clause("") if is_behind else None
    sign = "<" if is_turned else ">"
    # Of two tickets at one place, the company decides, as it does in the order.
    if (own < str(company)) if is_turned else (own > str(company)):
        sign += "="
    names = ", ".join(f"t.{name}" for name in columns)
    return Clause(f"({names}) {sign} ({tables.marks(len(columns))})", tuple(place))
