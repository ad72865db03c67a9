"""Rows into and out of tables by plain SQL.

Where a mail or a replay needs the same few rows again and again, building a query out of objects
costs ten times as much as asking it. Everywhere else, ask by models.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Row = TypeVar("Row", bound=models.Model)

FEW = 16
Values = Mapping[str, Any]
"""A row by the names of its fields."""


def select(sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a query gives."""
    with _cursor() as cursor:
        cursor.execute(sql, [plain(each) for each in values])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def read(model: type[Row], clause: str, *values: object) -> list[Row]:
    """The rows of a table as objects; clause is all that stands behind the name of the table."""
    sql, names, readings = _reading(model)
    return [
        model.from_db(
            "default",
            names,
            [
                value if reading is None or value is None else reading(value)
                for reading, value in zip(readings, row, strict=True)
            ],
        )
        for row in select(f"{sql} {clause}", *values)
    ]


def execute(sql: str, *values: object) -> int:
    """How many rows a statement changed."""
    with _cursor() as cursor:
        cursor.execute(sql, [plain(each) for each in values])
        return int(cursor.rowcount)


def insert_rows(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement that ends in VALUES with each row, as the database takes it.

    A few rows go in one statement.
    """
    if not rows:
        return
    one = f"({marks(len(rows[0]))})"
    with _cursor() as cursor:
        if len(rows) <= FEW:
            values = [each for row in rows for each in row]
            cursor.execute(f"{sql} {', '.join([one] * len(rows))}", values)
        else:
            cursor.executemany(f"{sql} {one}", rows)


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """A cursor that stays with its connection within a transaction: a new one for each statement
    costs as much as a small statement itself.
    """
    here = connections["default"]
    if not here.in_atomic_block or here.queries_logged:
        with here.cursor() as cursor:
            yield cursor
        return
    yield _kept_cursor(here)


def _kept_cursor(here: BaseDatabaseWrapper) -> CursorWrapper:
    kept = here.__dict__.get("commondesk_cursor")
    if kept is None or kept[0] is not here.connection:
        kept = here.connection, here.cursor()
        here.__dict__["commondesk_cursor"] = kept
    return cast(CursorWrapper, kept[1])


def marks(count: int) -> str:
    """As many places for values, with commas between them."""
    return ", ".join(["%s"] * count)


def uuid_of(value: object) -> UUID:
    """A uuid as a query gives it: some databases know only text."""
    return value if isinstance(value, UUID) else UUID(str(value))


def insert(model: type[models.Model], rows: Sequence[Values]) -> None:
    """Insert rows; a field that one leaves out gets its default, an automatic id its next."""
    if rows:
        sql, columns = _insertion(model, connection.vendor)
        stored = [column.stored(rows) for column in columns]
        insert_rows(sql, list(zip(*stored, strict=True)))


class _Column:
    """A column, and how its values are stored."""

    def __init__(self, field: models.Field[Any, Any]) -> None:
        self.name = str(field.attname)
        self.default = field.get_default
        self.store = _storing(field)
        self.take = itemgetter(self.name)

    def stored(self, rows: Sequence[Values]) -> list[Any]:
        try:
            values = list(map(self.take, rows))
        except KeyError:
            values = [row[self.name] if self.name in row else self.default() for row in rows]
        return values if self.store is None else [self.store(each) for each in values]


@lru_cache(maxsize=256)
def _insertion(model: type[models.Model], _vendor: str) -> tuple[str, tuple[_Column, ...]]:
    quote = connection.ops.quote_name
    fields = [
        each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)
    ]
    names = ", ".join(quote(str(field.column)) for field in fields)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES"
    return sql, tuple(map(_Column, fields))


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
        return _json
    if isinstance(target, models.UUIDField):
        return plain
    return None


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
