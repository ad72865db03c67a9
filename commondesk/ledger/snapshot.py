"""The database as it was at one instant, written to files while others go on; and back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.apps import apps
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from . import tables

SQLITE, POSTGRESQL = "sqlite", "postgresql"
DATABASE = "database.sqlite3"
WAIT_SECONDS = 60.0

Asked = Mapping[str, str]
"""What else to read of the same instant: queries by name."""
Migrations = list[tuple[str, str]]

_APPLIED = "SELECT app, name FROM django_migrations ORDER BY app, name"
_HEADS = "SELECT company, sequence, digest FROM ledger_chainhead ORDER BY company"
_TABLES = (
    "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
)
_COLUMNS = (
    "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'"
    " ORDER BY ordinal_position"
)
_SQLITE_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    " ORDER BY name"
)


class NotLoaded(RuntimeError):
    """A snapshot cannot be taken in here. Nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database held. members are files below the folder that it was written to."""

    kind: str
    members: tuple[str, ...]
    columns: dict[str, list[str]]
    counts: dict[str, int]
    heads: dict[str, tuple[int, str]]
    migrations: Migrations
    answers: dict[str, list[tuple[Any, ...]]]


def kind_here() -> str:
    """The kind of database that this installation has."""
    return connection.vendor


# ---- out ----------------------------------------------------------------------------------


def take(folder: Path, asked: Asked) -> Snapshot:
    """Write the database as it is now below the folder."""
    return _of_sqlite(folder, asked) if kind_here() == SQLITE else _of_postgresql(folder, asked)


def _of_sqlite(folder: Path, asked: Asked) -> Snapshot:
    place = f"file:{quote(str(sqlite_path()))}?mode=ro"
    target = folder / DATABASE
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(place, uri=True, timeout=WAIT_SECONDS)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        # All pages in one go: one instant. Readers of the log keep no writer waiting.
        source.backup(copy, pages=-1)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        return _told_of_sqlite(copy, asked)


def _told_of_sqlite(copy: sqlite3.Connection, asked: Asked) -> Snapshot:
    return Snapshot(
        kind=SQLITE,
        members=(DATABASE,),
        columns={},
        counts=sqlite_counts(copy),
        heads=_heads(copy.execute(_HEADS).fetchall()),
        migrations=[(row[0], row[1]) for row in copy.execute(_APPLIED)],
        answers={name: copy.execute(query).fetchall() for name, query in asked.items()},
    )


def _heads(rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[int, str]]:
    return {str(tables.uuid_of(company)): (place, digest) for company, place, digest in rows}


def sqlite_path() -> Path:
    """Where the database lies."""
    return Path(str(connection.settings_dict["NAME"]))


def sqlite_counts(copy: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = [row[0] for row in copy.execute(_SQLITE_TABLES)]
    return {
        name: copy.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for name in names
    }


def _of_postgresql(folder: Path, asked: Asked) -> Snapshot:
    """Every table within one transaction that sees one instant."""
    (folder / "tables").mkdir(mode=0o700)
    with psycopg.connect(**_own_parameters()) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.read_only = True
        with other.cursor() as cursor:
            names = [row[0] for row in cursor.execute(_TABLES)]
            columns = {name: _columns(cursor, name) for name in names}
            for name in names:
                _copy_out(cursor, name, columns[name], folder / f"tables/{name}.copy")
            return Snapshot(
                kind=POSTGRESQL,
                members=tuple(f"tables/{name}.copy" for name in names),
                columns=columns,
                counts=_counts(cursor, names),
                heads=_heads(cursor.execute(_HEADS).fetchall()),
                migrations=[(row[0], row[1]) for row in cursor.execute(_APPLIED).fetchall()],
                answers={name: cursor.execute(query).fetchall() for name, query in asked.items()},
            )


def _own_parameters() -> dict[str, Any]:
    """How to connect once more, with rows as plain tuples."""
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "options")
    given = connection.get_connection_params()
    return {name: given[name] for name in wanted if name in given}


def _columns(cursor: psycopg.Cursor[Any], table: str) -> list[str]:
    return [row[0] for row in cursor.execute(_COLUMNS, [table]).fetchall()]


def _copy_out(cursor: psycopg.Cursor[Any], table: str, columns: Sequence[str], to: Path) -> None:
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as out,
        cursor.copy(_copying(table, columns, "TO STDOUT")) as rows,
    ):
        for block in rows:
            out.write(block)


def _copying(table: str, columns: Sequence[str], where: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    # `where` is one of two texts of ours.
    ends = {"TO STDOUT": sql.SQL("TO STDOUT"), "FROM STDIN": sql.SQL("FROM STDIN")}
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), names, ends[where])


def _counts(cursor: Any, names: Sequence[str]) -> dict[str, int]:
    found = {}
    for name in names:
        cursor.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(name)))
        found[name] = int(cursor.fetchone()[0])
    return found


# ---- in -----------------------------------------------------------------------------------


def is_empty() -> bool:
    """Whether there is no table here at all."""
    if kind_here() == SQLITE:
        path = sqlite_path()
        if not path.exists():
            return True
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as here:
            return not here.execute(_SQLITE_TABLES).fetchall()
    return not connection.introspection.table_names()


def refuse_newer(migrations: Migrations) -> None:
    """Raises NotLoaded for a database that this version does not know."""
    known = set(MigrationExecutor(None).loader.disk_migrations or {})
    if unknown := [each for each in migrations if each not in known]:
        names = ", ".join(".".join(each) for each in unknown[:3])
        raise NotLoaded(f"it was made by a newer Commondesk ({names}): install that one first")


def check_sqlite(path: Path, counts: Mapping[str, int]) -> None:
    """Raises NotLoaded where an unpacked database is not whole."""
    try:
        with closing(sqlite3.connect(path)) as here:
            if here.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise NotLoaded("the database in it is broken")
            _refuse_other_counts(counts, sqlite_counts(here))
    except sqlite3.DatabaseError as problem:
        raise NotLoaded(f"the database in it is broken: {problem}") from None


def change_sqlite(path: Path, statement: str, many: Sequence[Sequence[object]]) -> None:
    """Run a statement on an unpacked database, once for each values."""
    with closing(sqlite3.connect(path)) as here, here:
        here.executemany(statement.replace("%s", "?"), many)


@contextmanager
def loaded(
    folder: Path,
    migrations: Migrations,
    columns: Mapping[str, list[str]],
    counts: Mapping[str, int],
) -> Iterator[None]:
    """Fill an empty PostgreSQL database; what the block does belongs to the same transaction.

    The tables are made as they were when the snapshot was taken. If anything fails, the database is
    empty as before. Raises NotLoaded.
    """
    with transaction.atomic():
        executor = MigrationExecutor(connection)
        executor.migrate(_ends_of(executor, set(migrations)))
        try:
            _fill(folder, columns)
        except (DatabaseError, psycopg.Error) as problem:
            raise NotLoaded(f"the database refused it: {problem}".strip()) from None
        with connection.cursor() as cursor:
            _refuse_other_counts(counts, _counts(cursor, list(columns)))
        yield


def _fill(folder: Path, columns: Mapping[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        # What points at rows of a table that comes later is looked at in the end.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        # What migrations put there came with the snapshot too.
        for table in columns:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for table, names in columns.items():
            _copy_in(cursor, table, names, folder / f"tables/{table}.copy")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)


def _ends_of(executor: MigrationExecutor, applied: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those applied ones that no other applied one builds on."""
    graph = executor.loader.graph
    inner = {
        parent.key
        for key in applied
        for parent in graph.node_map[key].parents
        if parent.key[0] == key[0]
    }
    return sorted(applied - inner)


def _models() -> list[Any]:
    return [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]


def _copy_in(cursor: Any, table: str, columns: Sequence[str], source: Path) -> None:
    with source.open("rb") as file, cursor.copy(_copying(table, columns, "FROM STDIN")) as rows:
        while block := file.read(1024 * 1024):
            rows.write(block)


def _refuse_other_counts(wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    for table, count in wanted.items():
        if found.get(table) != count:
            raise NotLoaded(f"{table} has {found.get(table)} rows, the manifest says {count}")
