"""What the page of a ticket costs: five messages of 700 bytes, an agent signed in, the whole stack.

Prints one JSON line. `--tickets 1000 50000` measures fewer sizes than the usual three, `--pages
300` fewer pages at each; `--data` keeps the desks for the next run. A page is asked of the WSGI
application with a session's cookie: session, rights, queries, clocks and template are in it.
Tickets are taken at random from all of them, one in five open. The CPU is this process's, and with
PostgreSQL its server's part is told beside it (COMMONDESK_BENCH_DATABASE_URL names the database).
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _desk_data  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from benchmarks._desk_data import Browser

TICKETS = [1_000, 50_000, 500_000]
PAGES = 600
WARMING = 60
TO_REACH_CPU_MS = 8.0
TO_REACH_P95_MS = 25.0
FIRST_NUMBER = 1001


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=TICKETS)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--data", help="where the desks are kept; else they are thrown away")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(Path(args.child), args.pages)))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as passing:
        sizes = [measured(size, args.pages, args.data or passing) for size in args.tickets]
    to_reach = {"cpu_ms_a_page": TO_REACH_CPU_MS, "p95_ms": TO_REACH_P95_MS}
    load = [round(each, 2) for each in os.getloadavg()]
    told = {"benchmark": "ticket_page", "to_reach": to_reach, "load": load, "sizes": sizes}
    print(json.dumps(told))


def measured(tickets: int, pages: int, data: str) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    folder = _desk_data.prepared(tickets, data)
    command = [sys.executable, __file__, "--child", str(folder), "--pages", str(pages)]
    around = _desk_data.surroundings(folder)
    done = subprocess.run(command, env=around, check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def figures_of(folder: Path, pages: int) -> dict[str, Any]:
    desk = _desk_data.desk(folder)
    _desk_data.application()
    browser = _desk_data.Browser(desk.agent)
    dice = random.Random(4)
    numbers = range(FIRST_NUMBER, FIRST_NUMBER + desk.tickets)
    paths = [f"/c/{desk.prefix}/tickets/{dice.choice(numbers)}/" for _ in range(WARMING + pages)]
    for path in paths[:WARMING]:
        shown(browser, path)
    wall, largest = [], 0
    cpu, server = time.process_time(), server_seconds()
    for path in paths[WARMING:]:
        began = time.perf_counter()
        largest = max(largest, len(shown(browser, path)))
        wall.append((time.perf_counter() - began) * 1000)
    cpu, server = time.process_time() - cpu, server_seconds() - server
    return {
        "tickets": desk.tickets,
        "pages": pages,
        "cpu_ms_a_page": round(cpu / pages * 1000, 2),
        "database_cpu_ms_a_page": round(server / pages * 1000, 2),
        "p50_ms": round(statistics.median(wall), 2),
        "p95_ms": round(statistics.quantiles(wall, n=20)[18], 2),
        "queries": queries_of(browser, paths[0]),
        "largest_page_bytes": largest,
        "building_s": desk.built_s,
    }


def shown(browser: "Browser", path: str) -> bytes:
    """The body of a page; anything but 200 ends the benchmark."""
    status, body = browser.get(path)
    assert status == 200, f"{path}: {status}"
    return body


def server_seconds() -> float:
    """What PostgreSQL's process for us used so far; SQLite has none."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def queries_of(browser: "Browser", path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as told:
        shown(browser, path)
    return len(told)


if __name__ == "__main__":
    main()
