"""Counts: what the figures of a period count, counted by the database.

The numbers are those of `core.metrics.counting.Counts`, which says what each of them means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from commondesk.core.metrics.changed import changed_tickets
from commondesk.core.metrics.counting import (
    AFTER_THE_FACT,
    Alone,
    Counts,
    Loss,
    Sort,
    Sorted,
    TicketSort,
)
from commondesk.core.metrics.facts import Facts
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population

from .database import Rows, table_of

if TYPE_CHECKING:
    from .facts import EngineFacts

_KINDS = (("agent", 1), ("requester", 2), ("rule", 4))


@dataclass(frozen=True)
class EngineCounts(Counts):
    """What the figures of a period count, of facts that lie in the engine's database."""

    facts: EngineFacts

    @cached_property
    def outcomes(self) -> Sorted:
        start, end = self.period.start, self.period.end
        found: Counter[Sort] = Counter()
        query = f"""
            SELECT clock, lenses, priority, verdict, is_open, is_due, COUNT(*)
            FROM (
                SELECT
                    clock, lenses, priority, verdict, 1 AS is_due,
                    CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS is_open
                FROM unit_facts
                WHERE apart = '' AND (
                    (due_at >= {start} AND due_at < {end})
                    OR (due_at IS NULL AND verdict = 'undecided')
                )
                UNION ALL
                SELECT clock, lenses, priority, verdict, 0, 0
                FROM unit_facts
                WHERE apart = '' AND ended_at >= {start} AND ended_at < {end}
            ) counted
            GROUP BY clock, lenses, priority, verdict, is_open, is_due
        """  # noqa: S608
        for clock, lenses, priority, verdict, is_open, is_due, number in self._rows(query):
            population = Population.DUE if is_due else Population.ENDED
            mark = self.facts.engine.lens_set(lenses)
            sort = Sort(clock, mark, priority, Verdict(verdict), bool(is_open), population)
            found[sort] += int(number)
        return found

    @cached_property
    def begun(self) -> Mapping[TicketSort, int]:
        return self._sorted("started_at")

    @cached_property
    def solved(self) -> Mapping[TicketSort, int]:
        return self._sorted("first_resolved_at")

    def spans(self, clock: ClockName, lens: str) -> tuple[list[Span], list[Span]]:
        ended: list[Span] = []
        still_open: list[Span] = []
        query = f"""
            SELECT used, CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS is_open
            FROM unit_facts
            WHERE clock = '{clock.value}' AND {self._told_by(lens)} AND {self._within("started_at")}
                AND apart NOT IN ('live', 'after_the_fact')
        """  # noqa: S608
        for used, is_open in self._rows(query):
            (still_open if is_open else ended).append(used)
        return ended, still_open

    def automatic(self) -> list[Span]:
        query = f"""
            SELECT first_automatic FROM ticket_facts
            WHERE first_automatic IS NOT NULL AND {self._within("started_at")}
        """  # noqa: S608
        return [span for (span,) in self._rows(query)]

    @cached_property
    def alone(self) -> Alone:
        query = f"""
            SELECT
                COUNT(*), COALESCE(CAST(SUM(ownerless) AS BIGINT), 0),
                COALESCE(CAST(SUM(ownerless_wall) AS BIGINT), 0),
                COUNT(CASE WHEN ownerless_wall > 0 THEN 1 END),
                COUNT(CASE WHEN ownerless_wall > 0 AND is_alone = 1 THEN 1 END)
            FROM ticket_facts
            WHERE opening <> '{AFTER_THE_FACT}' AND {self._within("started_at")}
        """  # noqa: S608
        return Alone(*(int(each) for each in self._rows(query)[0]))

    def ages(self, ages: Sequence[Span]) -> list[tuple[int, int]]:
        at, bounds = self.facts.at, [-1, *ages]
        columns = ", ".join(
            f"COUNT(CASE WHEN age > {low - 1 if low >= 0 else -1} AND age < {high} THEN 1 END),"
            f" COUNT(CASE WHEN age > {low - 1 if low >= 0 else -1} AND age < {high}"
            " AND is_alone = 1 THEN 1 END)"
            for low, high in pairwise(bounds)
        )
        query = f"""
            SELECT {columns}
            FROM (
                SELECT {at} - started_at AS age, is_alone FROM ticket_facts
                WHERE started_at <= {at} AND (settled_at IS NULL OR settled_at > {at})
            ) open_ones
        """  # noqa: S608
        (told,) = self._rows(query)
        numbers = [int(each) for each in told]
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def flow(self, bounds: Sequence[Instant]) -> tuple[list[int], list[int]]:
        pairs = [(place, *pair) for place, pair in enumerate(pairwise(bounds))]
        columns = {"place": "int64", "begun_at": "int64", "ended_at": "int64"}
        self.facts.engine.database.keep("bounds", table_of(columns, pairs))
        found = []
        for column in ("started_at", "settled_at"):
            query = f"""
                SELECT b.place, COUNT(*)
                FROM ticket_facts t
                JOIN bounds b ON t.{column} >= b.begun_at AND t.{column} < b.ended_at
                {f"WHERE t.settled_at <= {self.facts.at}" if column == "settled_at" else ""}
                GROUP BY b.place
            """  # noqa: S608
            told = {int(place): int(number) for place, number in self._rows(query)}
            found.append([told.get(place, 0) for place in range(len(pairs))])
        return found[0], found[1]

    def losses(self, kind: str) -> Mapping[str, Loss]:
        at = self.facts.at
        query = f"""
            SELECT
                {kind}, COUNT(*), COUNT(CASE WHEN {_open_at(at)} THEN 1 END),
                CAST(SUM(lost) AS BIGINT)
            FROM ticket_facts
            WHERE opening <> '{AFTER_THE_FACT}' AND {self._within("started_at")}
            GROUP BY {kind}
        """  # noqa: S608
        return {key: Loss(*(int(each) for each in rest)) for key, *rest in self._rows(query)}

    def changed(self, clock: ClockName) -> dict[str, int]:
        alike = self.alike(clock)
        told = self.changed_among(alike, clock)
        return {name: sum(alike[each] for each in tickets) for name, tickets in told.items()}

    def alike(self, clock: ClockName) -> dict[str, int]:
        """One ticket for all that are counted alike, with how many there are.

        They are told by sums of random weights, which stay in the table `summed`.
        """
        start, end = self.period.start, self.period.end
        said = f"""
            SELECT
                ticket, cycle, lenses,
                CASE WHEN apart <> '' OR verdict IN ('undecided', 'running') THEN 0 ELSE
                    CASE WHEN verdict = 'missed' THEN 1 ELSE 2 END
                    * (1 + CASE WHEN due_at >= {start} AND due_at < {end} THEN 3 ELSE 0 END
                    + CASE WHEN ended_at >= {start} AND ended_at < {end} THEN 9 ELSE 0 END)
                END AS said
            FROM unit_facts
            WHERE clock = '{clock.value}'
        """  # noqa: S608
        codes = self._rows(f"SELECT DISTINCT cycle, lenses, said FROM ({said}) s")  # noqa: S608
        rng = Random(0)  # noqa: S311 - weights to tell sums apart, no secret
        weighed = [(*code, rng.getrandbits(40), rng.getrandbits(40)) for code in codes]
        columns = dict.fromkeys(("cycle", "lenses", "said", "one", "other"), "int64")
        database = self.facts.engine.database
        database.keep("weights", table_of(columns, weighed))
        summed = f"""
            SELECT
                s.ticket, CAST(SUM(w.one) AS BIGINT) AS one, CAST(SUM(w.other) AS BIGINT) AS other
            FROM ({said}) s
            JOIN weights w
                ON w.cycle = s.cycle AND w.lenses = s.lenses AND w.said = s.said
            GROUP BY s.ticket
        """  # noqa: S608
        database.make("summed", summed)
        query = "SELECT MIN(ticket), COUNT(*) FROM summed GROUP BY one, other"
        return {ticket: int(number) for ticket, number in self._rows(query)}

    def changed_among(self, tickets: Iterable[str], clock: ClockName) -> dict[str, list[str]]:
        """By setting: those of some tickets whose verdict changes when it alone is switched."""
        database = self.facts.engine.database
        database.keep("picked", table_of({"ticket": "string"}, [(each,) for each in tickets]))
        outcomes = list(self.facts.engine.outcomes("ticket IN (SELECT ticket FROM picked)"))
        few = Facts(self.facts.scheme, self.facts.at, [], outcomes, self.facts.counts)
        return changed_tickets(few, clock, self.period)

    def coming(self, lens: str, within: Span) -> int:
        at = self.facts.at
        return self._number(
            f"ended_at IS NULL AND apart = '' AND due_at >= {at} AND due_at < {at + within}"
            f" AND {self._told_by(lens)}"
        )

    def undecided(self, lens: str) -> int:
        return self._number(
            f"ended_at IS NULL AND apart = '' AND due_at IS NULL AND {self._told_by(lens)}"
        )

    # how

    def _rows(self, query: str) -> Rows:
        return self.facts.engine.database.rows(query)

    def _number(self, condition: str) -> int:
        ((number,),) = self._rows(f"SELECT COUNT(*) FROM unit_facts WHERE {condition}")  # noqa: S608
        return int(number)

    def _within(self, column: str) -> str:
        return f"{column} >= {self.period.start} AND {column} < {self.period.end}"

    def _told_by(self, lens: str) -> str:
        sets = self.facts.engine.sets_with(self.facts.scheme.mark_of(lens))
        return f"lenses IN ({', '.join(map(str, sets)) or '-1'})"

    def _sorted(self, column: str) -> Mapping[TicketSort, int]:
        query = f"""
            SELECT
                opening, first_reply, joined, is_owned, bounces, functional, hierarchical,
                by_agent + 2 * by_requester + 4 * by_rule AS reopens, is_thanks,
                CASE WHEN {_open_at(self.facts.at)} THEN 1 ELSE 0 END AS is_open, COUNT(*)
            FROM ticket_facts
            WHERE {self._within(column)}
            GROUP BY
                opening, first_reply, joined, is_owned, bounces, functional, hierarchical,
                by_agent + 2 * by_requester + 4 * by_rule, is_thanks,
                CASE WHEN {_open_at(self.facts.at)} THEN 1 ELSE 0 END
        """  # noqa: S608
        return dict(self._sorts(query))

    def _sorts(self, query: str) -> Iterator[tuple[TicketSort, int]]:
        for row in self._rows(query):
            opening, first_reply, joined, owned, bounces, functional, hierarchical = row[:7]
            reopens, is_thanks, is_open, number = (int(each) for each in row[7:])
            yield (
                TicketSort(
                    opening=str(opening),
                    first_reply=str(first_reply),
                    joined=str(joined),
                    is_owned=bool(owned),
                    bounces=str(bounces),
                    functional=bool(functional),
                    hierarchical=bool(hierarchical),
                    reopens=" ".join(name for name, bit in _KINDS if reopens & bit),
                    is_thanks=bool(is_thanks),
                    is_open=bool(is_open),
                ),
                number,
            )


def _open_at(at: Instant) -> str:
    return f"started_at <= {at} AND (settled_at IS NULL OR settled_at > {at})"
