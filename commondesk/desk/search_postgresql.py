"""Words in PostgreSQL: a tsvector beside each document, of the configuration `simple`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from uuid import UUID

from django.db import connection, transaction

from commondesk.desk.queue.asked import Term
from commondesk.ledger import tables

PLAIN = (
    r"regexp_replace(regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g'),"
    r" '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+', ' ', 'g')"
)
"""Text without accents and marks, so that only words are left for `simple` to part."""
# Marks weigh A, words D: nobody writes a mark into a message and is taken at that word.
_VECTOR = (
    f"to_tsvector('simple', {PLAIN.format('w.words')})"
    " || setweight(to_tsvector('simple', w.scope), 'A')"
)


def add(ids: Sequence[int]) -> None:
    if ids:
        tables.execute(
            f"UPDATE desk_searchentry e SET words = {_VECTOR}"  # noqa: S608
            f" FROM desk_searchable w WHERE w.id = e.id AND e.id IN ({tables.marks(len(ids))})",
            *ids,
        )


def add_from(least: int) -> None:
    tables.execute(
        f"UPDATE desk_searchentry e SET words = {_VECTOR}"  # noqa: S608
        " FROM desk_searchable w WHERE w.id = e.id AND e.id >= %s",
        least,
    )


def remove(ids: Sequence[int]) -> None:
    """The words lie in the entries themselves and go with them."""


def clear() -> None:
    """The same."""


def find(
    scopes: Sequence[Sequence[str]],
    terms: Sequence[Term],
    bounds: tuple[int, int],
    *,
    backwards: bool,
    limit: int,
) -> list[int]:
    asked: list[str] = []
    values: list[str] = []
    for term in terms:
        asked.append(_ASKED_OPEN if term.is_open else _ASKED)
        values += [term.text] * asked[-1].count("%s")
    marks = " | ".join(f"({' & '.join(f'{mark}:A' for mark in scope)})" for scope in scopes)
    turn = "ASC" if backwards else "DESC"
    words, allowed = f"words @@ ({' && '.join(asked)})", "words @@ to_tsquery('simple', %s)"
    match = f"words @@ ({' && '.join(asked)} && to_tsquery('simple', %s))"
    near = _NEAR.format(words=words, match=match, turn=turn, most=NEAR)
    ((looked, told, found),) = tables.select(near, *values, *values, marks, *bounds)
    ids = list(found or ())
    if looked < NEAR or len(ids) >= limit:
        return ids[:limit]
    # Where none may be read, the nearest are another company's: the own ones lie behind them.
    likely = max(len(ids), told * OWN)
    to_walk = limit * looked / likely if likely else inf
    to_gather = DEAR * told * _documents() / looked
    if to_walk < to_gather:
        sql = _WALKED.format(match=match, turn=turn)
    else:
        sql = _GATHERED.format(words=words, allowed=allowed, turn=turn)
    return [row[0] for row in tables.select(sql, *bounds, *values, marks, limit)]


def _documents() -> float:
    """About how many documents there are."""
    rows = tables.select("SELECT reltuples FROM pg_class WHERE oid = 'desk_searchentry'::regclass")
    return max(float(rows[0][0]), 0.0)


NEAR = 1_000
"""How many documents are looked through at once, to see how frequent the words are."""
OWN = 0.05
"""The share of documents that somebody may read, where nothing better is known."""
DEAR = 4
"""What a document costs that the index names, in documents that are walked through in order."""
# Frequent words are found by walking on from the newest, rare ones by the index, which gathers and
# sorts all documents that hold them. Each is a thousand times slower where the other belongs.
_NEAR = (
    "SELECT count(*), count(*) FILTER (WHERE {words}),"
    " array_agg(id ORDER BY id {turn}) FILTER (WHERE {match})"
    " FROM (SELECT id, words FROM desk_searchentry WHERE id >= %s AND id < %s"
    " ORDER BY id {turn} LIMIT {most}) AS near"
)
_WALKED = (
    "SELECT id FROM desk_searchentry WHERE id >= %s AND id < %s AND {match}"
    " ORDER BY id {turn} LIMIT %s"
)
# What somebody may read is asked of what was found: nearly every document has those marks, and the
# index would gather them all.
_GATHERED = (
    "WITH found AS MATERIALIZED (SELECT id, words FROM desk_searchentry WHERE id >= %s AND id < %s"
    " AND {words}) SELECT id FROM found WHERE {allowed} ORDER BY id {turn} LIMIT %s"
)


_ASKED = f"phraseto_tsquery('simple', {PLAIN.format('%s')})"
# The last word of a phrase may go on.
_ASKED_OPEN = (
    f"(CASE WHEN phraseto_tsquery('simple', {PLAIN.format('%s')}) = ''::tsquery THEN ''::tsquery"
    f" ELSE (phraseto_tsquery('simple', {PLAIN.format('%s')})::text || ':*')::tsquery END)"
)


def differences(company: UUID) -> list[str]:
    sql = (
        "SELECT COUNT(*) FROM desk_searchentry e JOIN desk_searchable w ON w.id = e.id"  # noqa: S608
        " JOIN desk_searchticket s ON s.id = e.id >> 24 JOIN desk_ticketrow t ON t.uuid = s.ticket"
        f" WHERE t.company = %s AND e.words IS DISTINCT FROM ({_VECTOR})"
    )
    count = tables.select(sql, company)[0][0]
    return [f"search: the words of {count} messages differ from the rows"] if count else []


def tidy() -> None:
    """What was deleted goes with the next vacuum, as all rows do."""


@contextmanager
def hurry() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute("SET LOCAL lock_timeout = '1ms'")
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [usual])
