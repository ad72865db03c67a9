"""The process that answers one question. It holds a copy of the tables and may be killed any time.

A task comes as one line of JSON, the answer goes back as one. Once the tables are in memory the
database may touch no file and no network, and its settings are locked.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

SLACK = 768 * 1024 * 1024
"""Address space of the interpreter and the database's code, on top of what the tables may take."""

KINDS = {
    "text": ("VARCHAR", "{}"),
    "count": ("BIGINT", "{}"),
    "yes": ("BOOLEAN", "{}"),
    "instant": ("BIGINT", "make_timestamp({})"),
    "hours": ("BIGINT", "({} / 3600000000.0)"),
    "words": ("VARCHAR", "string_split({}, ' ')"),
}
"""How each kind of column is read, and what is made of it: instants in UTC, spans in hours."""


def main() -> None:
    task = json.loads(sys.stdin.readline())
    limit_process(task)
    try:
        answer = answer_to(task)
    except MemoryError:
        answer = {"refused": "memory"}
    sys.stdout.write(json.dumps(answer))


def limit_process(task: Mapping[str, Any]) -> None:
    """No core, no file written, little memory, little time, and no child of its own."""
    memory, seconds = int(task["memory"]) + SLACK, int(task["seconds"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (3 * seconds + 5, 3 * seconds + 5))


def answer_to(task: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of the answer, or why there are none."""
    import duckdb

    base = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{int(task['memory'])}B",
            "threads": 1,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": "",
        },
    )
    for name, table in task["tables"].items():
        base.execute(created(name, table["columns"]), [table["path"]])
    base.execute("SET enable_external_access = false")
    base.execute("SET lock_configuration = true")
    try:
        (statement,) = base.extract_statements(task["sql"])
    except ValueError:
        return {"refused": "one"}
    except duckdb.Error as error:
        return {"refused": "sql", "text": plain(error)}
    if statement.type != duckdb.StatementType.SELECT:
        return {"refused": "select"}
    return answered(base, statement, task)


def created(name: str, columns: Mapping[str, str]) -> str:
    """The statement that takes a table in. Names are the parent's, checked by it."""
    read = ", ".join(f"'{column}': '{KINDS[kind][0]}'" for column, kind in columns.items())
    told = ", ".join(
        f"{KINDS[kind][1].format(column)} AS {column}" for column, kind in columns.items()
    )
    return (
        f"CREATE TABLE {name} AS SELECT {told} FROM read_csv(?, columns = {{{read}}},"  # noqa: S608
        " auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        " nullstr = '\\N', max_line_size = 10000000)"
    )


def answered(
    base: duckdb.DuckDBPyConnection, statement: duckdb.Statement, task: Mapping[str, Any]
) -> dict[str, Any]:
    """Run the one statement until its time is over."""
    import duckdb

    timer = threading.Timer(float(task["seconds"]), base.interrupt)
    timer.start()
    try:
        result = base.execute(statement)
        columns = [str(each[0]) for each in result.description or ()]
        rows = result.fetchmany(int(task["rows"]) + 1)
    except duckdb.InterruptException:
        return {"refused": "time"}
    except duckdb.OutOfMemoryException:
        return {"refused": "memory"}
    except duckdb.Error as error:
        return {"refused": "sql", "text": plain(error)}
    finally:
        timer.cancel()
    cut = len(rows) > int(task["rows"])
    told = [[cell(value, int(task["length"])) for value in row] for row in rows[: task["rows"]]]
    return {"columns": columns, "rows": told, "is_cut": cut}


def cell(value: object, length: int) -> object:
    """A value as JSON has it: numbers, truth and nothing as they are, the rest as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 1 << 53:
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def plain(error: Exception) -> str:
    """What the database says, without the places of this machine."""
    return str(error).split("\n\nLINE", 1)[0][:600]


if __name__ == "__main__":
    main()
