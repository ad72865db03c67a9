"""Made-up logs of a desk for the engine's benchmark, made set-based, as ten million take time."""

from __future__ import annotations

from pathlib import Path

from commondesk.engine.exchange import COLUMNS

EVENTS_A_TICKET = 10.735
"""About so many events a ticket has."""
DAYS = 913
START = 1_704_067_200_000_000
"""2024-01-01T00:00Z."""
ITEMS = 20_000

_TYPES = {"int64": "BIGINT", "int32": "INTEGER", "string": "VARCHAR", "bool": "BOOLEAN"}

_TICKETS = """
CREATE TABLE t AS
SELECT
    i AS ticket, 'T' || i AS stream, requester, 'person-' || requester AS requester_name,
    {start} + CAST(day * 86400e6 + hour * 3600e6 + hash(i, 3) % 3600000000 AS BIGINT) AS t0,
    'P' || (CASE WHEN r1 < 3 THEN 1 WHEN r1 < 15 THEN 2 WHEN r1 < 65 THEN 3 ELSE 4 END) AS priority,
    'service-' || (hash(requester, i % 5, 1) % 40) AS service,
    'item-' || (hash(requester, i % 5, 1) % {items}) AS item,
    'team-' || (hash(i, 5) % 12) AS team, 'team-' || (hash(i, 6) % 12) AS second_team,
    hash(i, 7) % 1000 AS wait_draw, hash(i, 8) % 1000 AS team_draw, hash(i, 9) % 1000 AS back_draw,
    hash(i, 10) % 1000 AS end_draw, hash(i, 11) % 1000 AS priority_draw,
    hash(i, 12) % 1000 AS ask_draw, hash(i, 13) % 1000 AS other_draw,
    CAST(60e6 * (3 + hash(i, 14) % 240) AS BIGINT) AS to_answer,
    CAST(60e6 * (20 + hash(i, 15) % 4000) AS BIGINT) AS to_solve,
    CAST(60e6 * (30 + hash(i, 16) % 2800) AS BIGINT) AS to_wait,
    CAST(60e6 * (5 + hash(i, 17) % 9000) AS BIGINT) AS to_return
FROM (
    SELECT
        i, hash(i, 1) % 100 AS r1, hash(i, 2) % ({tickets} // 10 + 1) AS requester,
        (i * {days}) // {tickets} AS day,
        CASE WHEN hash(i, 4) % 10 < 8 THEN 7 + hash(i, 18) % 11 ELSE hash(i, 18) % 24 END AS hour
    FROM range(1, {tickets} + 1) AS numbers(i)
) draws
"""

_KINDS: list[tuple[str, str, str, dict[str, str]]] = [
    # name, instant, condition, columns
    (
        "ticket.opened",
        "t0",
        "true",
        {
            "side": "'requester'",
            "stream": "stream",
            "requester": "requester_name",
            "channel": "'mail'",
            "kind": "'incident'",
            "opening": "'normal'",
            "service": "service",
            "item": "item",
            "site": "''",
            "charter": "'charter'",
            "returned_from": "''",
        },
    ),
    ("ticket.prioritised", "t0", "true", {"side": "'machine'", "priority": "priority"}),
    (
        "ticket.assigned",
        "t0 + 1000000",
        "true",
        {"side": "'machine'", "team": "team", "tier": "'L1'"},
    ),
    (
        "ticket.taken",
        "t0 + to_answer // 2",
        "true",
        {"side": "'provider'", "team": "team", "tier": "'L1'"},
    ),
    (
        "message.written",
        "t0 + to_answer",
        "true",
        {"side": "'provider'", "key": "1", "is_templated": "false", "to_people": "''"},
    ),
    (
        "message.delivered",
        "t0 + to_answer + 2000000",
        "true",
        {
            "side": "'machine'",
            "key": "1",
            "is_human": "true",
            "by_person": "true",
            "reaches": "true",
            "is_templated": "false",
            "written_at": "t0 + to_answer",
        },
    ),
    (
        "question.asked",
        "t0 + to_answer + 3000000",
        "wait_draw < 400 AND ask_draw < 600",
        {"side": "'provider'", "key": "0"},
    ),
    (
        "wait.begun",
        "t0 + to_answer + 4000000",
        "wait_draw < 400",
        {
            "side": "'provider'",
            "key": "2",
            "reason": "'requester'",
            "is_requesters_date": "false",
        },
    ),
    (
        "message.received",
        "t0 + to_answer + to_wait",
        "wait_draw < 400",
        {"side": "'requester'", "is_automatic": "false"},
    ),
    (
        "wait.ended",
        "t0 + to_answer + to_wait",
        "wait_draw < 400",
        {"side": "'machine'", "key": "2"},
    ),
    (
        "ticket.prioritised",
        "t0 + to_answer + 60000000",
        "priority_draw < 40",
        {"side": "'provider'", "priority": "'P2'"},
    ),
    (
        "ticket.assigned",
        "t0 + to_answer + to_solve // 3",
        "team_draw < 250",
        {"side": "'provider'", "team": "second_team", "tier": "'L2'"},
    ),
    (
        "ticket.taken",
        "t0 + to_answer + to_solve // 2",
        "team_draw < 250",
        {"side": "'provider'", "team": "second_team", "tier": "'L2'"},
    ),
    (
        "message.written",
        "solved_at - 5000000",
        "other_draw < 350",
        {"side": "'provider'", "key": "3", "is_templated": "false", "to_people": "''"},
    ),
    (
        "message.delivered",
        "solved_at - 3000000",
        "other_draw < 350",
        {
            "side": "'machine'",
            "key": "3",
            "is_human": "true",
            "by_person": "true",
            "reaches": "true",
            "is_templated": "false",
            "written_at": "solved_at - 5000000",
        },
    ),
    ("ticket.resolved", "solved_at", "end_draw < 980", {"side": "'provider'"}),
    (
        "ticket.reopened",
        "solved_at + to_return",
        "end_draw < 980 AND back_draw < 50",
        {"side": "'requester'", "has_message": "true"},
    ),
    (
        "ticket.resolved",
        "solved_at + to_return + to_solve",
        "end_draw < 980 AND back_draw < 48",
        {"side": "'provider'"},
    ),
    (
        "ticket.closed",
        "solved_at + to_return + to_solve + 432000000000",
        "end_draw < 980 AND back_draw NOT IN (48, 49)",
        {"side": "'machine'"},
    ),
]


def make(tickets: int, folder: Path) -> int:
    """Write an exchange of so many tickets; the number of its events."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(_TICKETS.format(start=START, tickets=tickets, days=DAYS, items=ITEMS))
    connection.execute(
        "CREATE VIEW tt AS SELECT *, t0 + to_answer + to_solve"
        " + CASE WHEN wait_draw < 400 THEN to_wait ELSE 0 END AS solved_at FROM t"
    )
    union = " UNION ALL ".join(_events(step, *kind) for step, kind in enumerate(_KINDS))
    folder.mkdir(parents=True, exist_ok=True)
    place = "CAST(row_number() OVER (PARTITION BY ticket ORDER BY happened_at, step) AS INTEGER)"
    connection.execute(
        f"CREATE VIEW placed AS SELECT * REPLACE ({place} AS place, {place} AS position),"
        f" strftime(make_timestamp(happened_at), '%Y-%m') AS month FROM ({union}) AS told"
    )
    connection.execute(
        f"COPY (SELECT * EXCLUDE (step) FROM placed ORDER BY happened_at) TO '{folder}'"
        " (FORMAT parquet, PARTITION_BY (month), COMPRESSION zstd, OVERWRITE_OR_IGNORE)"
    )
    (events,) = connection.execute(
        f"SELECT COUNT(*) FROM read_parquet('{folder}/*/*.parquet')"
    ).fetchall()[0]
    connection.close()
    return int(events)


def _events(step: int, name: str, at: str, when: str, more: dict[str, str]) -> str:
    given = {"ticket": "ticket", "happened_at": at, "name": f"'{name}'", **more}
    columns = ", ".join(
        f"CAST({given.get(column, 'NULL')} AS {_TYPES.get(kind, 'DOUBLE')}) AS {column}"
        for column, kind in COLUMNS.items()
    )
    return f"SELECT {step} AS step, {columns} FROM tt WHERE {when}"


TEXTS = 200_000
"""So many lines of text there are, some for each item; half of the tickets say its first one."""
_SUBJECTS = """
COPY (
    SELECT
        'T' || i AS stream,
        ['Printer', 'Laptop', 'Badge', 'Mailbox', 'Phone', 'Screen', 'Scanner', 'Share', 'Form',
         'Report'][1 + text % 10] || ' ' || ['jams', 'is slow', 'is locked', 'shows an error',
         'is missing', 'was refused', 'lost its settings', 'does not start'][1 + text // 10 % 8]
        || ' in ' || ['hall', 'office', 'store', 'lab', 'ward'][1 + text // 80 % 5] || ' '
        || (text // 400) || ' for unit ' || (hash(text, 1) % 5000) AS subject
    FROM (
        SELECT
            i, CAST(item * ({texts} // {items}) + CASE WHEN hash(i, 31) % 2 = 0
                THEN hash(i, 30) % ({texts} // {items}) ELSE 0 END AS BIGINT) AS text
        FROM (
            SELECT i, hash(hash(i, 2) % ({tickets} // 10 + 1), i % 5, 1) % {items} AS item
            FROM range(1, {tickets} + 1) AS numbers(i)
        )
    )
) TO '{path}' (FORMAT parquet)
"""


def make_subjects(tickets: int, path: Path) -> None:
    """Write what the tickets of an exchange say, a line each."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(_SUBJECTS.format(tickets=tickets, texts=TEXTS, items=ITEMS, path=path))
    connection.close()
