"""Rows into and out of tables by plain SQL.

Where a mail or a replay needs the same few rows again and again, building a query out of objects
costs ten times as much as asking it. Everywhere else, ask by models.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=models.Model)
Result = TypeVar("Result")
Cursor = CursorWrapper | sqlite3.Cursor

FEW = 16
PREPARED_AFTER = 3
Values = Mapping[str, Any]
"""A row by the names of its fields."""


def select(sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a query gives."""
    return _run(sql, list(map(plain, values)), _all)


def read(model: type[Row], clause: str, *values: object) -> list[Row]:
    """The rows of a table as objects; clause is all that stands behind the name of the table."""
    sql, names, readings = _reading(model)
    return [
        object_of(
            model,
            names,
            [
                value if reading is None or value is None else reading(value)
                for reading, value in zip(readings, row, strict=True)
            ],
        )
        for row in select(f"{sql} {clause}", *values)
    ]


def object_of(model: type[Row], names: Iterable[str], values: Iterable[Any]) -> Row:
    """What `Model.from_db` gives, for a third of what it takes: nobody listens for objects that are
    made. A field that is not named is read when it is asked for."""
    made = model.__new__(model)
    state = ModelState()
    state.db, state.adding = "default", False
    made.__dict__.update(zip(names, values, strict=True), _state=state)
    return made


def execute(sql: str, *values: object) -> int:
    """How many rows a statement changed."""
    return _run(sql, list(map(plain, values)), _count)


def insert_rows(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement that ends in VALUES with each row, as the database takes it.

    A few rows go in one statement.
    """
    if not rows:
        return
    if len(rows) <= FEW:
        _run(_many(sql, len(rows[0]), len(rows)), list(chain.from_iterable(rows)), _count)
        return
    with connections["default"].cursor() as cursor:
        cursor.executemany(_many(sql, len(rows[0]), 1), rows)


@lru_cache(maxsize=512)
def _many(sql: str, width: int, count: int) -> str:
    """A statement that ends in VALUES, with places for so many rows."""
    return f"{sql} {', '.join([f'({marks(width)})'] * count)}"


# ---- running a statement ------------------------------------------------------------------


def _all(cursor: Cursor) -> list[tuple[Any, ...]]:
    return cursor.fetchall()


def _count(cursor: Cursor) -> int:
    return int(cursor.rowcount)


def _run(sql: str, values: Sequence[Any], result: Callable[[Cursor], Result]) -> Result:
    """What a statement comes to.

    The cursor stays with its connection: a new one for each statement costs as much as a small
    statement itself. On PostgreSQL only within a transaction, as connections come from a pool.
    """
    here = connections["default"]
    is_watched = bool(here.execute_wrappers) or here.queries_logged
    if is_watched or not (here.in_atomic_block or here.vendor == "sqlite"):
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            return result(cursor)
    kept = _kept_cursor(here)
    if not isinstance(kept, sqlite3.Cursor):
        kept.execute(sql, values)
        return result(kept)
    # On SQLite we go past Django's cursor, which translates each statement anew.
    if here.needs_rollback:
        here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        kept.execute(_as_sqlite_writes_it(sql), values)
        return result(kept)


def _kept_cursor(here: BaseDatabaseWrapper) -> Cursor:
    if here.connection is None:
        here.ensure_connection()
    kept = here.__dict__.get("commondesk_cursor")
    if kept is None or kept[0] is not here.connection:
        is_sqlite = isinstance(here.connection, sqlite3.Connection)
        kept = here.connection, here.connection.cursor() if is_sqlite else _preparing(here)
        here.__dict__["commondesk_cursor"] = kept
    return cast(Cursor, kept[1])


def _preparing(here: Any) -> Cursor:
    """A cursor of PostgreSQL that has a statement planned once, after it came a few times.

    Django's writes the values into the statement: the server then reads and plans each anew.
    """
    from psycopg import Cursor as Preparing

    here.connection.prepare_threshold = PREPARED_AFTER
    prepared: Cursor = here._prepare_cursor(Preparing(here.connection))
    return prepared


@lru_cache(maxsize=512)
def _as_sqlite_writes_it(sql: str) -> str:
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")


def marks(count: int) -> str:
    """As many places for values, with commas between them."""
    return ", ".join(["%s"] * count)


def uuid_of(value: object) -> UUID:
    """A uuid as a query gives it: some databases know only text."""
    return value if isinstance(value, UUID) else _uuid_of(str(value))


_uuid_of = lru_cache(maxsize=8192)(UUID)


def insert(model: type[models.Model], rows: Sequence[Values]) -> None:
    """Insert rows; a field that one leaves out gets its default, an automatic id its next."""
    if rows:
        sql, columns = _insertion(model)
        insert_rows(sql, [_stored(columns, row) for row in rows])


class _Column(NamedTuple):
    """A column, and how its values are stored."""

    name: str
    default: Callable[[], Any]
    store: Callable[[Any], Any] | None


def _stored(columns: Sequence[_Column], row: Values) -> list[Any]:
    values = []
    for name, default, store in columns:
        value = row[name] if name in row else default()
        values.append(value if store is None else store(value))
    return values


@lru_cache(maxsize=256)
def _insertion(model: type[models.Model]) -> tuple[str, tuple[_Column, ...]]:
    quote = connection.ops.quote_name
    fields = [
        each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)
    ]
    names = ", ".join(quote(str(field.column)) for field in fields)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES"
    columns = (_Column(str(each.attname), each.get_default, _storing(each)) for each in fields)
    return sql, tuple(columns)


@lru_cache(maxsize=256)
def _reading(model: type[models.Model]) -> tuple[str, list[str], list[Callable[[Any], Any] | None]]:
    quote, fields = connection.ops.quote_name, model._meta.concrete_fields
    names = ", ".join(quote(str(field.column)) for field in fields)
    sql = f"SELECT {names} FROM {quote(model._meta.db_table)}"  # noqa: S608 - names of ours
    return sql, [str(field.attname) for field in fields], [_taking(field) for field in fields]


def _taking(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes of what the database gives a value; None where that is the value itself."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.JSONField):
        return _from_json
    if isinstance(target, models.UUIDField):
        return uuid_of
    return bool if isinstance(target, models.BooleanField) else None


def _from_json(value: object) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _storing(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes of a value what the database takes; None where that is the value itself."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.JSONField):
        return _json_text if connection.vendor == "sqlite" else _json
    if isinstance(target, models.UUIDField):
        return None if _has_uuids() else plain
    return None


def _json_text(value: object) -> str:
    # Most lists of a row are empty.
    return "[]" if value == [] else json.dumps(value)


def _json(value: object) -> Any:
    return connection.ops.adapt_json_value(value, None)


def plain(value: object) -> Any:
    """A uuid in the form of this database; everything else as it is."""
    if isinstance(value, UUID) and not _has_uuids():
        return value.hex
    return value


@lru_cache(maxsize=1)
def _has_uuids() -> bool:
    """A process has one kind of database."""
    return bool(connection.features.has_native_uuid_field)
