"""Tables: a pack's tickets and their facts in one database, which counts what figures need.

Beside the tables of the engine, in the schema `pack`: `rows`, one a ticket, by its place in the
order of opening; `lines_given`, their events in words; `hours`, what the clock of the export
showed; `trips` from a team to another and straight back; `told`, more facts of tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from commondesk.core.metrics.figure import Backing
from commondesk.core.metrics.words import verdict_words
from commondesk.core.record.instant import DAY, HOUR, Instant, datetime_of
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.hands import NOBODY
from commondesk.engine.database import DuckDatabase, table_of
from commondesk.engine.facts import EngineFacts
from commondesk.engine.hours import NEVER
from commondesk.review.pack.reading import Tickets
from commondesk.review.pack.rows import LINES, ROWS, text_of

if TYPE_CHECKING:
    import pyarrow as pa

    from commondesk.review.pack.curves import Numbers

MONTH_END = 2 * DAY
"""The last days of a month that count as its end."""


class Tables:
    """The tables of a pack, made from its files and facts."""

    def __init__(self, facts: EngineFacts, tickets: Tickets, zone: ZoneInfo) -> None:
        self.facts = facts
        database = facts.engine.database
        assert isinstance(database, DuckDatabase)
        self.connection = database.connection
        self._zone = zone
        self.execute(_BEGIN)
        for name, given in ((ROWS, tickets.rows), (LINES, tickets.lines)):
            self.execute(f"CREATE OR REPLACE VIEW pack.{name}_given AS {given}")
        self.execute(_ROWS.format(at=facts.at))
        self._keep_hours()
        self._keep_told()
        said = [(each.value, verdict_words(each)) for each in Verdict]
        self.keep("verdicts", {"verdict": "string", "words": "string"}, said)

    # asking

    def execute(self, text: str) -> None:
        """Run statements."""
        self.connection.execute(text)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self.connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        """What a query of one row gives."""
        (row,) = self.rows(query)
        return row

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query gives, not all at once."""
        return self.facts.engine.database.each(query)

    def number(self, query: str) -> int:
        """The number that a query gives; what it does not know is 0."""
        return int(self.row(query)[0] or 0)

    def count(self, where: str) -> int:
        """How many tickets are so."""
        return self.number(f"SELECT COUNT(*) FROM pack.rows WHERE {where}")  # noqa: S608

    def arrow(self, query: str) -> pa.Table:
        """What a query gives, as columns."""
        return self.connection.sql(query).to_arrow_table()

    def batches(self, query: str, size: int) -> Iterator[pa.Table]:
        """What a query gives, so many rows at a time."""
        import pyarrow as pa

        for batch in self.connection.cursor().sql(query).to_arrow_reader(size):
            if batch.num_rows:
                yield pa.Table.from_batches([batch])

    def keep(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """Make a table of rows; columns are named with their Arrow types."""
        self.keep_table(name, table_of(dict(columns), rows))

    def keep_table(self, name: str, table: pa.Table) -> None:
        """Make a table of columns."""
        self.connection.register("given_to_pack", table)
        self.execute(f"CREATE OR REPLACE TABLE pack.{name} AS FROM given_to_pack")
        self.connection.unregister("given_to_pack")

    # what several ask

    @cached_property
    def lines(self) -> int:
        """How many events in words there are."""
        return self.number("SELECT COUNT(*) FROM pack.lines_given")

    @cached_property
    def open_stretches(self) -> tuple[Numbers, Numbers]:
        """When tickets were opened, ascending, and when each was settled; NEVER for an open one."""
        told = self.arrow(
            f"SELECT started_at, COALESCE(settled_at, {NEVER}) AS settled_at"  # noqa: S608
            " FROM ticket_facts ORDER BY started_at"
        )
        return told["started_at"].to_numpy(), told["settled_at"].to_numpy()

    # making

    def _keep_hours(self) -> None:
        found = []
        query = "SELECT DISTINCT unnest([opened_hour, resolved_hour]) FROM pack.rows"
        for (hour,) in self.rows(query):
            if hour is None:
                continue
            local = datetime_of(hour * HOUR).astimezone(self._zone)
            later = datetime_of(hour * HOUR + MONTH_END).astimezone(self._zone)
            month_ends = later.month != local.month
            found.append(
                (hour, local.date(), f"{local:%Y-%m}", local.weekday(), local.hour, month_ends)
            )
        self.keep("hours", _HOURS, found)

    def _keep_told(self) -> None:
        """The kind and channel of each ticket, and whose hands it was in for how long."""
        engine = self.facts.engine
        rows = []
        for each in engine.referred():
            spans = [part.partition("=") for part in each.hands.split()]
            total = sum(int(span) for _, _, span in spans)
            alone = sum(int(span) for name, _, span in spans if name == NOBODY)
            rows.append((each.ticket, each.kind, each.channel, alone, total))
        self.keep("told", _TOLD, rows)
        if engine.has_read:
            self.execute(_TOLD_BY_SQL)


@dataclass(frozen=True, slots=True)
class Behind:
    """The tickets behind a figure, found by the database when somebody asks.

    query gives key, verdict and value of each; the key is a ticket's place, or else its stream.
    """

    tables: Tables
    query: str
    is_by_place: bool = True
    has_values: bool = False

    def __call__(self) -> tuple[Backing, ...]:
        """All of them, in the order of their opening."""
        told = self.tables.rows(
            "SELECT r.stream, b.verdict, b.value"  # noqa: S608
            f" FROM ({self.placed()}) b JOIN pack.rows r ON r.place = b.place"
            " ORDER BY b.place, b.value"
        )
        return tuple(Backing((stream,), verdict, value) for stream, verdict, value in told)

    def placed(self, most: int = 0) -> str:
        """A query that gives place, verdict and value of each; of no more than `most` if told:
        those with the highest values, or without values the latest."""
        query = self.query
        if self.is_by_place:
            query = f"SELECT key AS place, verdict, value FROM ({query})"  # noqa: S608
        else:
            if most and self.has_values:
                # A ticket may have several units: more than are wanted are looked up.
                query = f"FROM ({query}) ORDER BY value DESC, key LIMIT {4 * most}"
            query = (
                "SELECT r.place, b.verdict, b.value"  # noqa: S608
                f" FROM ({query}) b JOIN pack.rows r ON r.stream = b.key"
            )
        if not most:
            return query
        return f"FROM ({query}) ORDER BY value DESC NULLS LAST, place DESC LIMIT {most}"


def by_place(tables: Tables, where: str, *, verdict: str = "''", value: str = "") -> Behind:
    """The tickets of which a condition on `pack.rows` holds."""
    return Behind(tables, _behind("place", verdict, value, "pack.rows", where), True, bool(value))


def by_stream(
    tables: Tables,
    where: str,
    *,
    table: str = "unit_facts",
    verdict: str = "COALESCE(NULLIF(apart, ''), verdict)",
    value: str = "used",
) -> Behind:
    """The units or tickets of which a condition on a table of the engine holds."""
    return Behind(tables, _behind("ticket", verdict, value, table, where), False, bool(value))


def open_at(at: Instant) -> str:
    """The condition that a ticket of `ticket_facts` was open then."""
    return f"started_at <= {at} AND (settled_at IS NULL OR settled_at > {at})"


def _behind(key: str, verdict: str, value: str, table: str, where: str) -> str:
    return (
        f"SELECT {key} AS key, {verdict} AS verdict,"  # noqa: S608
        f" CAST({value or 'NULL'} AS DOUBLE) AS value FROM {table} WHERE {where}"
    )


def texts_of(words: Iterable[str]) -> str:
    """Texts in brackets, as SQL writes them; none that is in it where there are none."""
    return f"({', '.join(map(text_of, words)) or 'NULL'})"


_HOURS = {
    **{"hour": "int64", "day": "date32", "month": "string"},
    **{"weekday": "int32", "clock": "int32", "ends_month": "bool"},
}
_TOLD = {
    **dict.fromkeys(("ticket", "kind", "channel"), "string"),
    **{"alone": "int64", "total": "int64"},
}
_BEGIN = f"""
CREATE SCHEMA IF NOT EXISTS pack;
CREATE OR REPLACE MACRO pack.hour_of(moment) AS
    CAST((moment - ((moment % {HOUR}) + {HOUR}) % {HOUR}) // {HOUR} AS BIGINT);
CREATE OR REPLACE MACRO pack.since(moment, start) AS
    CASE WHEN moment < start THEN 0 ELSE moment - start END;
"""
_ROWS = """
CREATE OR REPLACE TABLE pack.places AS
SELECT ticket, row_number() OVER (ORDER BY opened_at, number) - 1 AS place
FROM pack.rows_given;

CREATE OR REPLACE TABLE pack.rows AS
SELECT
    p.place,
    g.*,
    COALESCE(g.teams[-1], '') AS team,
    COALESCE(g.priorities[-1], '') AS priority,
    CAST(len(g.teams) - list_unique(g.teams) AS BIGINT) AS returns,
    len(g.reopened_ats) AS reopens,
    g.resolved_ats[1] AS first_resolved_at,
    g.resolved_ats[-1] AS resolved_at,
    CASE WHEN NOT COALESCE(g.reopened_ats[-1] >= g.resolved_ats[-1], FALSE)
        THEN pack.since(g.resolved_ats[-1], g.opened_at) END AS took,
    g.state IN ('open', 'waiting') AS is_open,
    pack.hour_of(g.opened_at) AS opened_hour,
    pack.hour_of(g.resolved_ats[-1]) AS resolved_hour,
    f.ticket IS NOT NULL AS is_told,
    f.opening, f.started_at, f.settled_at, f.lost, f.is_owned,
    f.ownerless_wall AS alone,
    f.started_at <= {at} AND (f.settled_at IS NULL OR f.settled_at > {at}) AS is_unsettled
FROM pack.rows_given g
JOIN pack.places p ON p.ticket = g.ticket
LEFT JOIN ticket_facts f ON f.ticket = g.stream;
DROP TABLE pack.places;

CREATE OR REPLACE TABLE pack.trips AS
SELECT DISTINCT place, pair[1] AS one, pair[2] AS other
FROM (
    SELECT
        place,
        unnest(list_transform(
            list_filter(range(1, len(teams) - 1), lambda i: teams[i] = teams[i + 2]),
            lambda i: [teams[i], teams[i + 1]]
        )) AS pair
    FROM pack.rows
    WHERE len(teams) > 2
);
"""
_TOLD_BY_SQL = """
INSERT INTO pack.told
SELECT t.stream, t.kind, t.channel, COALESCE(h.alone, 0), COALESCE(h.total, 0)
FROM tickets t
LEFT JOIN (
    SELECT
        ticket, CAST(SUM(work) AS BIGINT) AS total,
        CAST(SUM(CASE WHEN hands = 0 THEN work ELSE 0 END) AS BIGINT) AS alone
    FROM hands
    GROUP BY ticket
) h ON h.ticket = t.ticket
"""
