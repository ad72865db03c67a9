"""The database that the engine's statements run on: DuckDB, in memory, over Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from commondesk.core.record.instant import Instant

from . import hours
from .hours import Hours

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Rows = list[tuple[Any, ...]]

FETCHED = 20_000
"""So many rows are taken out at once where there may be very many."""


class Database(Protocol):
    """Where statements run. Tests bring another engine."""

    def attach(self, folder: Path, at: Instant) -> None:
        """Make the events of an exchange that happened by an instant the table `events`."""

    def keep(self, name: str, table: pa.Table) -> None:
        """Make a table of rows."""

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query gives."""

    def drop(self, name: str) -> None:
        """Forget a table."""

    def rows(self, query: str) -> Rows:
        """What a query gives."""

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query gives, not all at once."""


class DuckDatabase:
    """DuckDB within this process."""

    def __init__(self, *, memory: str = "", threads: int = 0, spill: Path | None = None) -> None:
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {
            "preserve_insertion_order": "false"
        }
        if memory:
            settings["memory_limit"] = memory
        if threads:
            settings["threads"] = threads
        if spill is not None:
            settings["temp_directory"] = str(spill)
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=settings)

    def attach(self, folder: Path, at: Instant) -> None:
        files = str(folder / "*" / "*.parquet").replace("'", "''")
        self.connection.execute(
            f"CREATE OR REPLACE VIEW events AS SELECT * FROM read_parquet('{files}')"  # noqa: S608
            f" WHERE happened_at <= {at}"
        )

    def keep(self, name: str, table: pa.Table) -> None:
        self.connection.register("given", table)
        self.make(name, "SELECT * FROM given")
        self.connection.unregister("given")

    def make(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")

    def drop(self, name: str) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {name}")

    def rows(self, query: str) -> Rows:
        return self.connection.execute(query).fetchall()

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(query)
        while some := cursor.fetchmany(FETCHED):
            yield from some
        cursor.close()


# ---- statements -----------------------------------------------------------------------------

_CALL = re.compile(r"@(COUNT|INSTANT|DAY|DUE)\(([^,()]+), ([^()]+)\)")


def statement(name: str) -> str:
    """The text of a statement of this package."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def written_out(text: str, table: Hours | None, values: dict[str, str]) -> str:
    """A statement with its values, and with working time spelt out for these tables of hours."""
    for name, value in values.items():
        text = text.replace(f"@{name}", value)

    def spelt(call: re.Match[str]) -> str:
        kind, row, what = call.groups()
        if kind == "DAY":
            return hours.day_slot(row, what)
        if kind == "DUE":
            return hours.due_slot(row, what)
        assert table is not None
        return (hours.count_at if kind == "COUNT" else hours.instant_at)(table, row, what)

    return _CALL.sub(spelt, text)


def table_of(columns: dict[str, str], rows: Sequence[Sequence[object]]) -> pa.Table:
    """Rows as an Arrow table; columns are named with their types."""
    import pyarrow as pa

    sides = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [
        pa.array(side, pa.type_for_alias(kind))
        for side, kind in zip(sides, columns.values(), strict=True)
    ]
    return pa.table(arrays, names=list(columns))
