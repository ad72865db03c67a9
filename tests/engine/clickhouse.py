"""ClickHouse, embedded: the engine's statements run on it as sqlglot transpiles them, unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from chdb.session import Session
from sqlglot import exp

from commondesk.core.record.instant import Instant
from commondesk.engine.database import Rows

SETTINGS = {
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    "data_type_default_nullable": 1,
    "union_default_mode": "'DISTINCT'",
    "schema_inference_make_columns_nullable": 1,
    "allow_experimental_join_condition": 1,
    "output_format_json_quote_64bit_integers": 0,
}


class ClickHouse:
    """An embedded ClickHouse with its tables in memory; folder holds what it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        make: Any = Session
        self._session: Any = make()
        self._session.query("CREATE DATABASE IF NOT EXISTS engine")
        self._session.query("USE engine")
        for name, value in SETTINGS.items():
            self._session.query(f"SET {name} = {value}")

    def attach(self, folder: Path, at: Instant) -> None:
        self.drop("events")
        self._session.query(
            "CREATE TABLE events ENGINE = Memory AS SELECT * FROM"
            f" file('{folder}/*/*.parquet', 'Parquet') WHERE happened_at <= {at}"
        )

    def keep(self, name: str, table: pa.Table) -> None:
        path = self._folder / f"{name}.parquet"
        pq.write_table(table, path)
        self.drop(name)
        self._session.query(
            f"CREATE TABLE {name} ENGINE = Memory AS SELECT * FROM file('{path}', 'Parquet')"
        )

    def make(self, name: str, query: str) -> None:
        self.drop(name)
        self._session.query(f"CREATE TABLE {name} ENGINE = Memory AS {transpiled(query)}")

    def drop(self, name: str) -> None:
        self._session.query(f"DROP TABLE IF EXISTS {name}")

    def rows(self, query: str) -> Rows:
        told = str(self._session.query(transpiled(query), "JSONCompactEachRow"))
        return [tuple(json.loads(line)) for line in told.splitlines()]

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        yield from self.rows(query)

    def close(self) -> None:
        self._session.close()


def transpiled(query: str) -> str:
    """A statement as ClickHouse reads it. Columns keep their plain names, as everywhere else."""
    tree = sqlglot.parse_one(query, read="duckdb")
    for select in tree.find_all(exp.Select):
        told = [
            exp.alias_(each, each.name)
            if isinstance(each, exp.Column) and each.table and not each.is_star
            else each
            for each in select.expressions
        ]
        select.set("expressions", told)
    return tree.sql("clickhouse")
