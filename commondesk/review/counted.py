"""Counted: what figures count, counted by the database from the facts that are kept.

Each number is that of all kept rows, less the threads that moved on since the instant asked about,
as they are kept, plus the same threads as they stood then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from commondesk.core.metrics.changed import FIRST, ODD
from commondesk.core.metrics.counting import Alone, Counts, Loss, Sort, Sorted, TicketSort, counted
from commondesk.core.metrics.facts import Facts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import POPULATION
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population
from commondesk.ledger import tables
from commondesk.review import alike
from commondesk.review.alike import MET, MISSED, OPEN, UnitSort
from commondesk.review.models import NEVER, OutcomeFact, TicketFact

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_MILLION = 1_000_000
_SPLIT = f"SUM({{0}} / {_MILLION}), SUM({{0}} %% {_MILLION})"
"""A sum of spans that no whole number of a database is too small for."""
_UNTIMED = (Verdict.LIVE.value, Verdict.AFTER_THE_FACT.value)
# A plus before a column keeps SQLite from the index of that column: another holds all it reads.
_ALIKE = (
    "WITH RECURSIVE each_one(alike) AS (SELECT MIN(alike) FROM {0} WHERE company = %s UNION ALL"
    " SELECT (SELECT MIN(alike) FROM {0} WHERE company = %s AND alike > each_one.alike)"
    " FROM each_one WHERE each_one.alike IS NOT NULL)"
    " SELECT alike{1} FROM each_one WHERE alike IS NOT NULL"
)


@dataclass(frozen=True)
class KeptCounts(Counts):
    """The counts of a period. was and now are the threads that moved on, as kept and as then."""

    company: UUID
    was: Facts
    now: Facts

    @cached_property
    def _moved(self) -> tuple[Counts, Counts]:
        return counted(self.was, self.period), counted(self.now, self.period)

    @property
    def has_moved(self) -> bool:
        """Whether any thread moved on."""
        return bool(self.was.tickets)

    @property
    def _start(self) -> Instant:
        return self.period.start

    @property
    def _end(self) -> Instant:
        return self.period.end

    # ---- units --------------------------------------------------------------------------

    @cached_property
    def outcomes(self) -> Sorted:
        """The outcomes of the period, for every clock, lens and priority."""
        found: Counter[Sort] = Counter()
        for told, verdict, population, count in self._sorted():
            is_open = told.state == OPEN
            sort = Sort(told.clock, told.lenses, told.priority, verdict, is_open, population)
            found[sort] += count
        was, now = self._moved
        found.update(now.outcomes)
        found.subtract(was.outcomes)
        return +found

    def _sorted(self) -> Iterator[tuple[UnitSort, Verdict, Population, int]]:
        for told, late, soon, ended, undecided, due_so_far, ended_so_far, _, _ in self._units:
            due, among = Population.DUE, Population.ENDED
            if told.apart:
                continue
            if told.state == OPEN:
                yield told, Verdict.MISSED, due, late
                yield told, Verdict.RUNNING, due, soon
                yield told, Verdict.UNDECIDED, due, undecided
            elif told.state == MISSED:
                yield told, Verdict.MISSED, due, late + soon
                yield told, Verdict.MISSED, among, ended
            elif told.state == MET:
                yield told, Verdict.MET, due, late + soon - due_so_far
                yield told, Verdict.MET_SO_FAR, due, due_so_far
                yield told, Verdict.MET, among, ended - ended_so_far
                yield told, Verdict.MET_SO_FAR, among, ended_so_far

    @cached_property
    def _units(self) -> list[tuple[UnitSort, int, int, int, int, int, int, int, int]]:
        """By sort: due up to now, due later, ended, undecided; due and ended that may come back;
        due but not ended in the period, and ended but not due in it."""
        at, start, end = self.facts.at, self._start, self._end
        until = max(start, min(end, at))
        due, ended = "due_at >= %s AND due_at < %s", "ended_at >= %s AND ended_at < %s"
        not_ended = "(ended_at IS NULL OR ended_at < %s OR ended_at >= %s)"
        not_due = "(due_at IS NULL OR due_at < %s OR due_at >= %s)"
        beside = (
            (f"{due} AND {not_ended}", start, end, start, end),
            (f"{ended} AND {not_due}", start, end, start, end),
        )
        told = (
            (due, start, until),
            (due, until, end),
            (ended, start, end),
            ("due_at IS NULL AND ended_at IS NULL AND started_at <= %s", at),
            ("holds_at > %s AND +due_at >= %s AND +due_at < %s", at, start, end),
            ("holds_at > %s AND +ended_at >= %s AND +ended_at < %s", at, start, end),
            *(beside if POPULATION in self.facts.scheme.settings else [("1 = 0",)] * 2),
        )
        return [
            (alike.unit_sort(row[0]), *row[1:]) for row in _by_alike(_OUTCOMES, self.company, told)
        ]

    def spans(self, clock: ClockName, lens: str) -> tuple[list[Span], list[Span]]:
        """How long the units begun in the period took, and how long the open ones have run for."""
        key = clock.value, lens
        if key not in self._known_spans:
            self._known_spans[key] = self._spans(clock, lens)
        return self._known_spans[key]

    @cached_property
    def _known_spans(self) -> dict[tuple[str, str], tuple[list[Span], list[Span]]]:
        return {}

    def _spans(self, clock: ClockName, lens: str) -> tuple[list[Span], list[Span]]:
        mark, counts = self.facts.scheme.mark_of(lens), self.facts.counts
        wanted: tuple[list[str], list[str]] = [], []
        for text, told in self.sorts:
            if told.clock == clock.value and told.lenses & mark and told.apart not in _UNTIMED:
                wanted[told.state == OPEN].append(text)
        ended = [used for some in self._took(wanted[0]) for used in some]
        still_open = [
            counts[name] - used if name else used
            for groups in self._running_since(wanted[1])
            for name, some in groups
            for used in some
        ]
        was, now = (each.spans(clock, lens) for each in self._moved)
        return _less(ended, was[0]) + now[0], _less(still_open, was[1]) + now[1]

    def _took(self, texts: Sequence[str]) -> list[Sequence[Span]]:
        """By sort: how long the ended units begun in the period took, in no order."""
        known = self._known_ended
        missing = [text for text in texts if text not in known]
        known.update(dict.fromkeys(missing, ()))
        # A list in one text: a row for each span costs three times as much.
        for text, spans in self._used(missing, f"alike, {_list_of('used')}", "GROUP BY alike"):
            known[text] = list(map(int, spans.split(",")))
        return [known[text] for text in texts]

    @cached_property
    def _known_ended(self) -> dict[str, Sequence[Span]]:
        return {}

    def _running_since(self, texts: Sequence[str]) -> list[list[tuple[str, Sequence[Span]]]]:
        """By sort: what is kept of the open units begun in the period, by their calendar."""
        known = self._known_open
        missing = [text for text in texts if text not in known]
        known.update({text: [] for text in missing})
        mixed = []
        paused, running = (_list_of(f"CASE WHEN calendar {sign} '' THEN used END") for sign in "=>")
        columns = f"alike, {paused}, {running}, MIN(NULLIF(calendar, '')), MAX(calendar)"
        for text, resting, going, first, last in self._used(missing, columns, "GROUP BY alike"):
            if first is not None and first != last:
                mixed.append(text)
                continue
            for name, spans in (("", resting), (first, going)):
                if spans:
                    known[text].append((name, list(map(int, spans.split(",")))))
        for text, used, name in self._used(mixed, "alike, used, calendar"):
            known[text].append((name, (used,)))
        return [known[text] for text in texts]

    @cached_property
    def _known_open(self) -> dict[str, list[tuple[str, Sequence[Span]]]]:
        return {}

    def _used(self, texts: Sequence[str], columns: str, rest: str = "") -> list[tuple[Any, ...]]:
        if not texts:
            return []
        return tables.select(
            f"SELECT {columns} FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
            f" AND alike IN ({tables.marks(len(texts))}) AND started_at >= %s AND started_at < %s"
            f" {rest}",
            *(self.company, *texts, self._start, self._end),
        )

    @cached_property
    def sorts(self) -> list[tuple[str, UnitSort]]:
        """The sorts of units there are, by their text."""
        rows = _by_alike(_OUTCOMES, self.company, ())
        return [(row[0], alike.unit_sort(row[0])) for row in rows]

    def changed(self, clock: ClockName) -> dict[str, int]:
        """By setting: how many tickets' verdicts change when it alone is switched."""
        facts = self.facts
        odd = Facts(facts.scheme, facts.at, (), self.odd.get(clock.value, ()), facts.counts)
        found = Counter(Counts(odd, self.period).changed(clock))
        if POPULATION in facts.scheme.settings:
            for told, late, _, _, _, _, _, only_due, only_ended in self._units:
                if told.clock == clock.value and told.bearing == FIRST and not told.apart:
                    found[POPULATION] += late if told.state == OPEN else only_due + only_ended
        was, now = self._moved
        found.update(now.changed(clock))
        found.subtract(was.changed(clock))
        return {name: found[name] for name in facts.scheme.settings}

    @cached_property
    def odd(self) -> Mapping[str, list[Outcome]]:
        """The units of the period that some settings may count otherwise, by clock."""
        texts = [text for text, told in self.sorts if told.bearing == ODD and not told.apart]
        found: dict[str, list[Outcome]] = {}
        if not texts:
            return found
        columns, span = ", ".join(Outcome._fields), (self._start, self._end)
        where = f"WHERE company = %s AND alike IN ({tables.marks(len(texts))})"
        due, ended = "due_at >= %s AND due_at < %s", "ended_at >= %s AND ended_at < %s"
        beside = "(due_at IS NULL OR due_at < %s OR due_at >= %s)"
        rows = tables.select(
            f"SELECT {columns} FROM {_OUTCOMES} {where} AND {due} UNION ALL"  # noqa: S608
            f" SELECT {columns} FROM {_OUTCOMES} {where} AND {ended} AND {beside}",
            *(self.company, *texts, *span, self.company, *texts, *span, *span),
        )
        for each in map(Outcome._make, rows):
            found.setdefault(each.clock, []).append(each)
        return found

    def near_due(self, clock: ClockName, lens: str, steps: int) -> Mapping[int, int]:
        """How many units due in the period ended in each step of the time to their due instant."""
        mark = self.facts.scheme.mark_of(lens)
        texts = [
            text
            for text, told in self.sorts
            if told.clock == clock.value and told.lenses & mark and told.state == MET
        ]
        found: Counter[int] = Counter()
        if texts:
            share = f"((ended_at - started_at) * {int(steps)} - 1) / (due_at - started_at)"
            rows = tables.select(
                f"SELECT {share} AS step, COUNT(*) FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
                f" AND alike IN ({tables.marks(len(texts))}) AND due_at >= %s AND due_at < %s"
                " AND ended_at >= started_at AND ended_at <= due_at AND due_at > started_at"
                " GROUP BY step",
                *(self.company, *texts, self._start, self._end),
            )
            found.update({int(step): count for step, count in rows})
        was, now = self._moved
        found.update(now.near_due(clock, lens, steps))
        found.subtract(was.near_due(clock, lens, steps))
        return +found

    def coming(self, lens: str, within: Span) -> int:
        """How many clocks fall due within a span of wall time if nothing happens."""
        at = self.facts.at
        where = "due_at >= %s AND due_at < %s AND ended_at IS NULL AND started_at <= %s"
        count = self._running(lens, (where, at, at + within, at))
        was, now = self._moved
        return count - was.coming(lens, within) + now.coming(lens, within)

    def undecided(self, lens: str) -> int:
        """How many clocks wait with no due instant."""
        where = "due_at IS NULL AND ended_at IS NULL AND started_at <= %s"
        count = self._running(lens, (where, self.facts.at))
        was, now = self._moved
        return count - was.undecided(lens) + now.undecided(lens)

    def _running(self, lens: str, told: tuple[object, ...]) -> int:
        mark, count = self.facts.scheme.mark_of(lens), 0
        for text, number in _by_alike(_OUTCOMES, self.company, (told,)):
            sort = alike.unit_sort(text)
            count += number if sort.lenses & mark and not sort.apart else 0
        return count

    # ---- tickets ------------------------------------------------------------------------

    @cached_property
    def ticket_sorts(self) -> list[tuple[str, TicketSort]]:
        """The sorts of tickets there are, by their text."""
        rows = _by_alike(_TICKETS, self.company, ())
        return [(row[0], alike.ticket_sort(row[0])) for row in rows]

    @cached_property
    def begun(self) -> Mapping[TicketSort, int]:
        """The tickets opened in the period."""
        was, now = self._moved
        return self._tickets("started_at", was.begun, now.begun)

    @cached_property
    def solved(self) -> Mapping[TicketSort, int]:
        """The tickets first solved in the period."""
        was, now = self._moved
        return self._tickets("first_resolved_at", was.solved, now.solved)

    def _tickets(
        self, column: str, was: Mapping[TicketSort, int], now: Mapping[TicketSort, int]
    ) -> Mapping[TicketSort, int]:
        told = (f"{column} >= %s AND {column} < %s", self._start, self._end)
        found: Counter[TicketSort] = Counter()
        for text, count in _by_alike(_TICKETS, self.company, (told,)):
            found[alike.ticket_sort(text)] += count
        found.update(now)
        found.subtract(was)
        return +found

    def automatic(self) -> list[Span]:
        """The wall time to the first automatic message of the tickets that had one."""
        rows = tables.select(
            f"SELECT first_automatic FROM {_TICKETS} WHERE company = %s"  # noqa: S608
            " AND started_at >= %s AND started_at < %s AND first_automatic IS NOT NULL",
            *(self.company, self._start, self._end),
        )
        was, now = self._moved
        return _less([row[0] for row in rows], was.automatic()) + now.automatic()

    @cached_property
    def alone(self) -> Alone:
        """Time without an owner of the tickets opened in the period."""
        at = self.facts.at
        found: Counter[str] = Counter()
        for is_alone in (False, True):
            wall = f"({int(at)} - ownerless_wall)" if is_alone else "ownerless_wall"
            lay = f"CASE WHEN {wall} > 0 THEN 1 ELSE 0 END"
            rows = tables.select(
                f"SELECT calendar, COUNT(*), {_SPLIT.format('ownerless')},"  # noqa: S608
                f" {_SPLIT.format(wall)}, SUM({lay})"
                f" FROM {_TICKETS} WHERE company = %s AND is_alone = %s AND +started_at >= %s"
                " AND +started_at < %s AND opening <> 'after_the_fact' GROUP BY calendar",
                *(self.company, is_alone, self._start, self._end),
            )
            for calendar, count, work, rest, wall_whole, wall_rest, lying in rows:
                used = _whole(work, rest)
                if is_alone:
                    used = count * self.facts.counts[calendar] - used if calendar else 0
                found.update(
                    tickets=count, work=used, wall=_whole(wall_whole, wall_rest), lay=int(lying)
                )
                found["still_alone"] += int(lying) if is_alone else 0
        was, now = self._moved
        found.update(now.alone._asdict())
        found.subtract(was.alone._asdict())
        return Alone(**found)

    def ages(self, ages: Sequence[Span]) -> list[tuple[int, int]]:
        """By class of age, each given by where it ends: open tickets, and those nobody has."""
        at, found = self.facts.at, []
        was, now = (each.ages(ages) for each in self._moved)
        for place, (youngest, oldest) in enumerate(pairwise((0, *ages))):
            ((count, unowned),) = tables.select(
                "SELECT COUNT(*), COALESCE(SUM(CASE WHEN is_alone THEN 1 ELSE 0 END), 0)"  # noqa: S608
                f" FROM {_TICKETS} WHERE company = %s AND settled_at = {NEVER}"
                " AND started_at <= %s AND started_at > %s",
                *(self.company, at - youngest, at - oldest),
            )
            found.append(
                (
                    count - was[place][0] + now[place][0],
                    int(unowned) - was[place][1] + now[place][1],
                )
            )
        return found

    def flow(self, bounds: Sequence[Instant]) -> tuple[list[int], list[int]]:
        """By stretch between bounds: the tickets opened, and solved for good so far."""
        past = [min(each, self.facts.at + 1) for each in bounds]
        was, now = (each.flow(bounds) for each in self._moved)
        told = (("started_at", bounds, was[0], now[0]), ("solved_at", past, was[1], now[1]))
        opened, solved = (
            [
                self._between(column, *stretch) - less + more
                for stretch, less, more in zip(pairwise(places), before, after, strict=True)
            ]
            for column, places, before, after in told
        )
        return opened, solved

    def _between(self, column: str, start: Instant, end: Instant) -> int:
        rows = tables.select(
            f"SELECT COUNT(*) FROM {_TICKETS} WHERE company = %s"  # noqa: S608
            f" AND {column} >= %s AND {column} < %s",
            *(self.company, start, end),
        )
        return int(rows[0][0])

    def losses(self, kind: str) -> Mapping[str, Loss]:
        """By service, item, site or requester: the tickets opened in the period, and their loss."""
        assert kind in ("service", "item", "site", "requester")
        rows = tables.select(
            f"SELECT {kind}, lost_calendar, COUNT(*),"  # noqa: S608
            f" SUM(CASE WHEN settled_at = {NEVER} THEN 1 ELSE 0 END), {_SPLIT.format('lost')}"
            f" FROM {_TICKETS} WHERE company = %s AND +started_at >= %s AND +started_at < %s"
            f" AND opening <> 'after_the_fact' GROUP BY {kind}, lost_calendar",
            *(self.company, self._start, self._end),
        )
        was, now = self._moved
        found: dict[str, list[int]] = {}
        for key, calendar, count, still_open, whole, rest in rows:
            lost = _whole(whole, rest)
            if calendar:
                lost = count * self.facts.counts[calendar] - lost
            _add(found, key, (count, int(still_open), lost), 1)
        for sign, some in ((1, now.losses(kind)), (-1, was.losses(kind))):
            for key, loss in some.items():
                _add(found, key, loss, sign)
        return {key: Loss(*some) for key, some in found.items() if some[0]}


def _by_alike(
    table: str, company: UUID, told: Sequence[tuple[object, ...]]
) -> list[tuple[Any, ...]]:
    """How many rows of each sort meet each of some conditions: each a text and its values."""
    counts = "".join(
        f", (SELECT COUNT(*) FROM {table} t WHERE t.company = %s AND t.alike = each_one.alike"  # noqa: S608
        f" AND {text})"
        for text, *_ in told
    )
    values = [value for _, *some in told for value in (company, *some)]
    return tables.select(_ALIKE.format(table, counts), company, company, *values)


def _list_of(column: str) -> str:
    """All values of a column in one text, with commas."""
    is_sqlite = connection.vendor == "sqlite"
    return f"GROUP_CONCAT({column})" if is_sqlite else f"STRING_AGG(({column})::text, ',')"


def _whole(whole: int, rest: int) -> Span:
    return int(whole) * _MILLION + int(rest)


def _less(spans: list[Span], gone: Sequence[Span]) -> list[Span]:
    return list((Counter(spans) - Counter(gone)).elements()) if gone else spans


def _add(found: dict[str, list[int]], key: str, some: Sequence[int], sign: int) -> None:
    mine = found.setdefault(key, [0, 0, 0])
    for place, value in enumerate(some):
        mine[place] += sign * value
