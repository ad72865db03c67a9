"""The question box answers questions about its tables, and can do nothing else."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from commondesk.engine.questions import child
from commondesk.engine.questions.box import (
    LONGEST,
    Answer,
    Limits,
    Refused,
    Table,
    Why,
    answer,
    task_of,
)

QUICK = Limits(seconds=2, memory=256 * 1024 * 1024)
COLUMNS = {
    "number": "count",
    "team": "text",
    "opened_at": "instant",
    "lost_hours": "hours",
    "is_open": "yes",
    "lenses": "words",
}
ROWS = [
    (1, "Desk, Lyon", 1_741_597_200_000_000, 7_200_000_000, "true", "contract experienced"),
    (2, 'The "night" team', 1_741_600_800_000_000, 3_600_000_000, "false", "contract"),
    (3, "", 1_741_604_400_000_000, "\\N", "true", ""),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Table]:
    path = tmp_path_factory.mktemp("box") / "tickets.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(ROWS)
    return {"tickets": Table(path, COLUMNS)}


def test_a_question_is_answered_in_columns_and_rows(tables: Mapping[str, Table]) -> None:
    said = answer("SELECT number, team, lost_hours FROM tickets ORDER BY number", tables)
    assert said == Answer(
        ("number", "team", "lost_hours"),
        ((1, "Desk, Lyon", 2.0), (2, 'The "night" team', 1.0), (3, "", None)),
        is_cut=False,
    )


def test_instants_are_timestamps_and_lists_can_be_asked(tables: Mapping[str, Table]) -> None:
    sql = (
        "WITH said AS (SELECT unnest(lenses) AS lens, opened_at FROM tickets)"
        " SELECT lens, min(opened_at), count(*) FROM said WHERE lens <> '' GROUP BY lens ORDER BY 1"
    )
    assert answer(sql, tables).rows == (
        ("contract", "2025-03-10 09:00:00", 2),
        ("experienced", "2025-03-10 09:00:00", 1),
    )


def test_more_rows_than_are_told_are_said_to_be_more(tables: Mapping[str, Table]) -> None:
    said = answer("SELECT * FROM range(50)", tables, Limits(rows=7))
    assert (len(said.rows), said.is_cut) == (7, True)


def test_a_long_cell_is_cut(tables: Mapping[str, Table]) -> None:
    ((cell,),) = answer("SELECT repeat('ab', 500)", tables, Limits(length=20)).rows
    assert cell == "ab" * 9 + "a…"


REFUSED = {
    "SELECT 1; SELECT 2": Why.ONE,
    "DROP TABLE tickets": Why.SELECT,
    "UPDATE tickets SET number = 0": Why.SELECT,
    "INSERT INTO tickets VALUES (1)": Why.SELECT,
    "COPY tickets TO 'out.csv'": Why.SELECT,
    "EXPORT DATABASE 'out'": Why.SELECT,
    "ATTACH 'other.db'": Why.SELECT,
    "ATTACH ':memory:' AS other": Why.SELECT,
    "INSTALL httpfs": Why.SELECT,
    "LOAD httpfs": Why.SELECT,
    "SET enable_external_access = true": Why.SELECT,
    "PRAGMA database_list": Why.SELECT,
    "CALL pragma_version()": Why.SELECT,
    "CREATE SECRET s (TYPE s3)": Why.SELECT,
    "SELEC 1": Why.SQL,
    "SELECT * FROM companies": Why.SQL,
    "SELECT * FROM read_csv('/etc/passwd')": Why.SQL,
    "SELECT * FROM '/etc/passwd'": Why.SQL,
    "SELECT * FROM read_text('/etc/passwd')": Why.SQL,
    "SELECT * FROM read_blob('/etc/passwd')": Why.SQL,
    "SELECT * FROM glob('/*')": Why.SQL,
    "SELECT * FROM sniff_csv('/etc/passwd')": Why.SQL,
    "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')": Why.SQL,
    "SELECT * FROM read_json('https://127.0.0.1/x.json')": Why.SQL,
    "SELECT * FROM query('ATTACH ''other.db''')": Why.SQL,
    "SELECT getenv('PATH')": Why.SQL,
    "SELECT * FROM task": Why.SQL,
    "SELECT * FROM duckdb_secrets()": Why.SQL,
}


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: sql[:40])
def test_what_is_no_question_about_the_tables_is_refused(
    sql: str, tables: Mapping[str, Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the process decides it, which is started for some of them only."""
    monkeypatch.chdir(tmp_path)
    said = child.answer_to(json.loads(task_of(sql, tables, QUICK)))
    assert said["refused"] == REFUSED[sql].value, said
    assert list(tmp_path.iterdir()) == []


THROUGH = {
    "": Why.EMPTY,
    " \n": Why.EMPTY,
    "x" * (LONGEST + 1): Why.LONG,
    "SELECT 1; SELECT 2": Why.ONE,
    "COPY tickets TO 'out.csv'": Why.SELECT,
    "SELECT * FROM read_csv('/etc/passwd')": Why.SQL,
    "SELECT count(*) FROM range(100000000000) a, range(1000) b": Why.TIME,
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t": (
        Why.TIME
    ),
    "SELECT repeat('x', 1000000000)": Why.MEMORY,
}


@pytest.mark.parametrize("sql", THROUGH, ids=lambda sql: sql[:40])
def test_the_process_refuses_likewise(
    sql: str, tables: Mapping[str, Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused) as refused:
        answer(sql, tables, QUICK)
    assert refused.value.why is THROUGH[sql], refused.value.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(i) FROM range(1000000000) r(i)",
        "SELECT string_agg(repeat('x', 100000), '') FROM range(100000)",
        "SELECT * FROM range(1000000000000)  ORDER BY random()",
    ],
)
def test_a_question_that_takes_too_much_ends(sql: str, tables: Mapping[str, Table]) -> None:
    """Whether its time or its memory is over first is not ours to say."""
    with pytest.raises(Refused) as refused:
        answer(sql, tables, QUICK)
    assert refused.value.why in (Why.TIME, Why.MEMORY), refused.value.text


def test_the_wording_of_a_mistake_is_told(tables: Mapping[str, Table]) -> None:
    with pytest.raises(Refused, match="numbr"):
        answer("SELECT numbr FROM tickets", tables)


def test_nothing_of_our_surroundings_reaches_the_process(
    tables: Mapping[str, Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONDESK_DATABASE_URL", "postgres://secret")
    said = answer("SELECT * FROM duckdb_settings()", tables)
    assert "secret@" not in str(said.rows) and "postgres" not in str(said.rows)


def test_a_table_of_no_proper_name_is_our_mistake(tables: Mapping[str, Table]) -> None:
    with pytest.raises(ValueError, match="no name"):
        answer("SELECT 1", {'x" AS SELECT 1; --': tables["tickets"]})
