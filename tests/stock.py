"""What a function adds to an empty database: made once, then put there again for each test.

To found a company takes the record, people, a charter and its calendars, a hundred statements and
more; to insert the rows it left takes a tenth of that. Only for functions whose work is all in the
database, the same each time, and told by what they return.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

from commondesk.desk.queue import agreements

P = ParamSpec("P")
T = TypeVar("T")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Table:
    """The rows that were added to a table, and how many had been there before."""

    name: str
    columns: tuple[str, ...]
    rows: Rows
    before: int


@dataclass(frozen=True)
class Kept:
    tables: tuple[Table, ...]
    made: object

    def fits(self) -> bool:
        """Whether these tables are as they were when it was made."""
        counts = ", ".join(f'(SELECT COUNT(*) FROM "{each.name}")' for each in self.tables)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counts}")
            return bool(cursor.fetchone() == tuple(each.before for each in self.tables))

    def put(self) -> None:
        # Within one transaction the order of the tables does not matter.
        with transaction.atomic(), connection.cursor() as cursor:
            for each in self.tables:
                names = ", ".join(f'"{name}"' for name in each.columns)
                marks = ", ".join(["%s"] * len(each.columns))
                statement = f'INSERT INTO "{each.name}" ({names}) VALUES ({marks})'
                cursor.executemany(statement, each.rows)
        # It knows calendars by company, number and last id: here another test's are like that.
        agreements._agreement.cache_clear()


def from_stock(make: Callable[P, T]) -> Callable[P, T]:
    """Let a function that fills an empty database do so once for each of its arguments."""
    stock: dict[Hashable, Kept] = {}

    @wraps(make)
    def made(*args: P.args, **more: P.kwargs) -> T:
        key = (args, tuple(sorted(more.items())))
        if key not in stock:
            before = contents()
            found = make(*args, **more)
            if not before["accounts_company"][1]:
                stock[key] = Kept(added(before, contents()), copy.deepcopy(found))
            return found
        kept = stock[key]
        if not kept.fits():
            return make(*args, **more)
        kept.put()
        return copy.deepcopy(kept.made)  # type: ignore[return-value]

    return made


def contents() -> dict[str, tuple[tuple[str, ...], Rows]]:
    """The columns and rows of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = tuple(each[0] for each in cursor.description)
            found[table] = (columns, cursor.fetchall())
    return found


def added(
    before: dict[str, tuple[tuple[str, ...], Rows]],
    after: dict[str, tuple[tuple[str, ...], Rows]],
) -> tuple[Table, ...]:
    """Where rows were added. None may be changed: that could not be done again."""
    tables = []
    for name, (columns, rows) in after.items():
        old = before[name][1]
        new = [row for row in rows if row not in old]
        assert len(new) == len(rows) - len(old), f"rows of {name} were changed"
        if new:
            tables.append(Table(name, columns, new, len(old)))
    return tuple(tables)
