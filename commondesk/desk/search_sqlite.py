"""Words in SQLite: an FTS5 index without texts of its own; it reads them where the rows are."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from commondesk.desk.queue.asked import Term
from commondesk.ledger import tables

_RANGE = 500
_NARROW = 300 << 24
"""Bounds so many tickets apart hold few documents."""

log = logging.getLogger(__name__)


def add(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _RANGE):
        some = ids[start : start + _RANGE]
        tables.execute(
            "INSERT INTO desk_words (rowid, words, scope)"  # noqa: S608
            f" SELECT id, words, scope FROM desk_searchable WHERE id IN ({tables.marks(len(some))})"
            " ORDER BY id",
            *some,
        )


def add_from(least: int) -> None:
    tables.execute(
        "INSERT INTO desk_words (rowid, words, scope)"
        " SELECT id, words, scope FROM desk_searchable WHERE id >= %s ORDER BY id",
        least,
    )


def remove(ids: Sequence[int]) -> None:
    # FTS5 reads the words once more from the rows, to know what to take out.
    sql = f"DELETE FROM desk_words WHERE rowid IN ({tables.marks(len(ids))})"  # noqa: S608
    if not ids:
        return
    try:
        with transaction.atomic():
            tables.execute(sql, *ids)
    except DatabaseError:
        # A row was changed by other hands. To count all words anew is slow, and loses nothing.
        log.exception("the words do not agree with the rows: the index is made anew")
        tables.execute("INSERT INTO desk_words (desk_words) VALUES ('rebuild')")
        tables.execute(sql, *ids)


def clear() -> None:
    tables.execute("INSERT INTO desk_words (desk_words) VALUES ('delete-all')")


def find(
    scopes: Sequence[Sequence[str]],
    terms: Sequence[Term],
    bounds: tuple[int, int],
    *,
    backwards: bool,
    limit: int,
) -> list[int]:
    question = matching(scopes, terms)
    if not backwards and bounds[1] - bounds[0] <= _NARROW:
        # From the end FTS5 first reads where all documents are; from the front it finds the place.
        rows = tables.select(_FORWARDS, question, *bounds, limit + 1)
        if len(rows) <= limit:
            return [row[0] for row in reversed(rows)]
    sql = _FORWARDS if backwards else _BACKWARDS
    return [row[0] for row in tables.select(sql, question, *bounds, limit)]


_FOUND = "SELECT rowid FROM desk_words WHERE desk_words MATCH %s AND rowid >= %s AND rowid < %s"
_FORWARDS = f"{_FOUND} ORDER BY rowid LIMIT %s"
_BACKWARDS = f"{_FOUND} ORDER BY rowid DESC LIMIT %s"


def matching(scopes: Sequence[Sequence[str]], terms: Sequence[Term]) -> str:
    """The question as FTS5 reads it. Whatever people type stands within quotes."""
    words = " AND ".join(_quoted(each) for each in terms)
    each = " OR ".join(f"({' AND '.join(_mark(mark) for mark in scope)})" for scope in scopes)
    return f"(words : ({words})) AND (scope : ({each}))"


def _quoted(term: Term) -> str:
    text = term.text.replace('"', " ").replace("\0", " ")
    return f'"{text}"{" *" if term.is_open else ""}'


def _mark(mark: str) -> str:
    return f'"{mark}"'


def differences(company: UUID) -> list[str]:
    """FTS5 compares all its words with the rows; of all companies, as it knows none."""
    try:
        tables.execute("INSERT INTO desk_words (desk_words, rank) VALUES ('integrity-check', 1)")
    except DatabaseError:
        return ["search: the words do not agree with the rows"]
    return []


def tidy() -> None:
    """FTS5 keeps what was deleted until it writes that stretch of its index anew."""
    if connection.in_atomic_block:
        return
    merge = "INSERT INTO desk_words (desk_words, rank) VALUES ('merge', %s)"
    pages = -1000
    while True:
        before = _changes()
        tables.execute(merge, pages)
        if _changes() - before < 2:
            return
        pages = 1000


def _changes() -> int:
    return int(tables.select("SELECT total_changes()")[0][0])


@contextmanager
def hurry() -> Iterator[None]:
    if connection.in_atomic_block:  # then nobody else writes
        yield
        return
    usual = tables.select("PRAGMA busy_timeout")[0][0]
    tables.select("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        tables.select(f"PRAGMA busy_timeout = {int(usual)}")
