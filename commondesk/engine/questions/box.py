"""The question box: read-only SQL over some tables, with no way to files, network or other tables.

What a question can see is what was put in: the caller gives the tables of one company. Everything
runs in a process of its own that ends with the answer.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LONGEST = 10_000
"""Characters of a question."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class Why(StrEnum):
    """Why a question has no answer."""

    EMPTY = "empty"
    LONG = "long"
    ONE = "one"
    SELECT = "select"
    SQL = "sql"
    TIME = "time"
    MEMORY = "memory"
    BROKEN = "broken"


class Refused(Exception):
    """A question that was not answered; text is what the database said of its wording."""

    def __init__(self, why: Why, text: str = "") -> None:
        super().__init__(text or why.value)
        self.why = why
        self.text = text


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds of work, bytes of memory for tables and work, rows told, characters of a cell."""

    seconds: int = 5
    memory: int = 512 * 1024 * 1024
    rows: int = 1_000
    length: int = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of an answer. is_cut: there were more rows than are told."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file without header, and its columns: each a name and a kind (child.KINDS).

    Nothing is written as `\\N`, instants and spans in microseconds, lists of words with spaces.
    """

    path: Path
    columns: Mapping[str, str]


def answer(sql: str, tables: Mapping[str, Table], limits: Limits | None = None) -> Answer:
    """What a question says of these tables.

    Raises Refused where it is no single SELECT, cannot be understood, takes too long or too much.
    """
    limits = limits or Limits()
    if not sql.strip():
        raise Refused(Why.EMPTY)
    if len(sql) > LONGEST:
        raise Refused(Why.LONG)
    said = _asked(task_of(sql, tables, limits), limits)
    if "refused" in said:
        raise Refused(Why(str(said["refused"])), str(said.get("text", "")))
    rows = said["rows"]
    columns = said["columns"]
    assert isinstance(rows, list) and isinstance(columns, list)
    return Answer(tuple(columns), tuple(tuple(row) for row in rows), bool(said["is_cut"]))


def task_of(sql: str, tables: Mapping[str, Table], limits: Limits) -> str:
    """What the process is told. Raises ValueError for a table or column of no proper name."""
    names = [*tables, *(name for table in tables.values() for name in table.columns)]
    if bad := [name for name in names if not _NAME.fullmatch(name)]:
        raise ValueError(f"no name for a table or column: {bad[0]!r}")
    task = {
        "sql": sql,
        "tables": {
            name: {"path": str(table.path), "columns": dict(table.columns)}
            for name, table in tables.items()
        },
        "seconds": limits.seconds,
        "memory": limits.memory,
        "rows": limits.rows,
        "length": limits.length,
    }
    return json.dumps(task)


def _asked(task: str, limits: Limits) -> Mapping[str, object]:
    command = [sys.executable, "-P", "-m", "commondesk.engine.questions.child"]
    try:
        done = subprocess.run(
            command,
            input=f"{task}\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=2 * limits.seconds + 10,
            env=_around(),
        )
    except subprocess.TimeoutExpired:
        raise Refused(Why.TIME) from None
    if done.returncode or not done.stdout:
        raise Refused(_ended(done.returncode, done.stderr))
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


def _around() -> dict[str, str]:
    """Nothing of our own surroundings: no secret, no address of a database."""
    return {"PATH": "", "LANG": "C.UTF-8", "PYTHONPATH": _places(sys.path)}


def _places(path: Sequence[str]) -> str:
    return ":".join(each for each in path if each and Path(each).is_dir())


def _ended(code: int, said: str) -> Why:
    """Why the process ended without a word: its time, its memory, or something of ours."""
    if code in (-9, -24):
        return Why.TIME
    return Why.MEMORY if code in (-6, -11, 134, 139) or "bad_alloc" in said else Why.BROKEN
