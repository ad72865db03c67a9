"""What the engine costs on logs of 100 thousand, 1 and 10 million events.

Prints one JSON line a size. `narrow` is the question that other tools are measured by: first human
response, resolution less pauses, reopens and changes of team, with the 50th, 90th and 99th
percentile by priority and month, each exact. `facts` is every outcome and ticket of `engine.facts`
under the contract's lens and all presets: `cpu_s` of this process (SQL, walks of changed targets),
`reference_s` of those that read what SQL does not, side by side. `--steps` tells the processor time
of each statement, the costliest first. `recurring` finds recurring incidents among a million
tickets with a fifth as many different lines of text. `--events 100000` measures fewer sizes,
`--data /somewhere` keeps the logs for the next time, `--only narrow` measures one of them.
Processor time counts all threads; trust it, not the wall, where others are at work.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _engine_data  # noqa: E402
from commondesk.core.metrics.recurring import Matter, recurrences  # noqa: E402
from commondesk.core.metrics.scheme import scheme_of  # noqa: E402
from commondesk.core.record.instant import DAY, HOUR  # noqa: E402
from commondesk.core.service_level.agreement import Agreement  # noqa: E402
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE  # noqa: E402
from commondesk.engine.database import DuckDatabase, table_of, written_out  # noqa: E402
from commondesk.engine.facts import Engine, EngineFacts  # noqa: E402
from commondesk.engine.hours import hours_of  # noqa: E402
from commondesk.readers.case_file import case_of  # noqa: E402

EVENTS = [100_000, 1_000_000, 10_000_000]
MEMORY = "2GB"
"""What DuckDB may take before it spills."""
TO_REACH = {"narrow_cpu_s_at_10M": 6.0, "narrow_peak_mb": 1500, "growth": 1.1}
CASE: dict[str, Any] = {
    "now": "2026-08-01T00:00Z",
    "calendars": {
        "office": {
            "zone": "Europe/London",
            "week": {"mon-fri": "09:00-17:30"},
            "holidays_of": {"country": "GB", "subdivision": "ENG"},
        },
        "always": {"zone": "UTC", "week": {"all": "24h"}},
    },
    "charter": {
        "targets": [
            {
                "priority": "P1",
                "calendar": "always",
                "response": "15m",
                "resolution": "4h",
                "restore": "2h",
            },
            {
                "priority": "P2",
                "calendar": "office",
                "response": "1h",
                "next_reply": "4h",
                "resolution": "8h",
            },
            {"calendar": "office", "response": "4h", "next_reply": "8h", "resolution": "24h"},
        ]
    },
    "tickets": {"A": {"events": [{"at": "2025-03-10T09:00Z", "did": "opened"}]}},
}


def agreement() -> tuple[Agreement, int]:
    """The charter of the made-up desk, and the instant at which it is read."""
    case = case_of(CASE)
    return case.charters[0][2], case.now


# ---- the narrow question --------------------------------------------------------------------

TALLY = """
SELECT
    ticket, MIN(happened_at) AS started_at, ARG_MAX(priority, place) AS priority,
    MIN(CASE WHEN is_human AND reaches THEN happened_at END) AS person_at,
    MAX(CASE WHEN name = 'ticket.resolved' THEN happened_at END) AS resolved_at,
    MAX(CASE WHEN name = 'ticket.reopened' THEN happened_at END) AS reopened_at,
    COUNT(CASE WHEN name = 'ticket.reopened' THEN 1 END) AS reopens
FROM events
WHERE name IN (
    'ticket.opened', 'ticket.prioritised', 'message.delivered', 'ticket.resolved', 'ticket.reopened'
)
GROUP BY ticket
"""
TEAMS = """
SELECT ticket, COUNT(*) AS changes
FROM (
    SELECT ticket, team, LAG(team) OVER (PARTITION BY ticket ORDER BY place) AS earlier
    FROM events
    WHERE name = 'ticket.taken'
) taken
WHERE team <> earlier
GROUP BY ticket
"""
PAUSES = """
SELECT
    w.ticket,
    CAST(SUM(@COUNT(b, w.ended_at) - @COUNT(a, w.begun_at)) AS BIGINT) AS paused
FROM (
    SELECT
        b.ticket, c.calendar, b.happened_at AS begun_at,
        LEAST(COALESCE(e.happened_at, @AT), COALESCE(t.resolved_at, @AT)) AS ended_at
    FROM events b
    LEFT JOIN (SELECT ticket, key, happened_at FROM events WHERE name = 'wait.ended') e
        ON e.ticket = b.ticket AND e.key = b.key
    JOIN tally t ON t.ticket = b.ticket
    JOIN calendars c ON c.priority = t.priority
    WHERE b.name = 'wait.begun'
) w
LEFT JOIN hours a ON a.slot = @DAY(w.calendar, w.begun_at)
LEFT JOIN hours b ON b.slot = @DAY(w.calendar, w.ended_at)
GROUP BY w.ticket
"""
SPANS = """
SELECT
    t.ticket, t.priority, @MONTH AS month, t.reopens, COALESCE(m.changes, 0) AS changes,
    CASE WHEN t.person_at IS NULL THEN NULL ELSE @COUNT(b, t.person_at) - @COUNT(a, t.started_at)
    END AS response,
    CASE
        WHEN t.resolved_at IS NULL OR t.resolved_at < t.reopened_at THEN NULL
        ELSE @COUNT(d, t.resolved_at) - @COUNT(a, t.started_at) - COALESCE(p.paused, 0)
    END AS resolution
FROM tally t
JOIN calendars c ON c.priority = t.priority
LEFT JOIN pauses p ON p.ticket = t.ticket
LEFT JOIN teams m ON m.ticket = t.ticket
LEFT JOIN hours a ON a.slot = @DAY(c.calendar, t.started_at)
LEFT JOIN hours b ON b.slot = @DAY(c.calendar, t.person_at)
LEFT JOIN hours d ON d.slot = @DAY(c.calendar, t.resolved_at)
"""
GROUPS = """
SELECT
    priority, month, COUNT(*) AS tickets, CAST(SUM(reopens) AS BIGINT) AS reopens,
    CAST(SUM(changes) AS BIGINT) AS changes
FROM spans
GROUP BY priority, month
"""
PERCENTILES = """
SELECT
    priority, month, COUNT(*) AS ended,
    MAX(CASE WHEN turn = (ended * 50 + 99 - (ended * 50 + 99) % 100) // 100 THEN @WHAT END) AS p50,
    MAX(CASE WHEN turn = (ended * 90 + 99 - (ended * 90 + 99) % 100) // 100 THEN @WHAT END) AS p90,
    MAX(CASE WHEN turn = (ended * 99 + 99 - (ended * 99 + 99) % 100) // 100 THEN @WHAT END) AS p99
FROM (
    SELECT
        priority, month, @WHAT,
        ROW_NUMBER() OVER (PARTITION BY priority, month ORDER BY @WHAT) AS turn,
        COUNT(*) OVER (PARTITION BY priority, month) AS ended
    FROM spans
    WHERE @WHAT IS NOT NULL
) ranked
GROUP BY priority, month
"""
MONTH = "CAST(strftime(make_timestamp(t.started_at), '%Y%m') AS INTEGER)"


def narrow(folder: Path) -> dict[str, Any]:
    """Answer the narrow question; what it cost."""
    charter, at = agreement()
    start, wall = time.process_time(), time.perf_counter()
    database = DuckDatabase(threads=2)
    database.attach(folder, at)
    office = charter.calendars["office"].known_at(at)
    always = charter.calendars["always"].known_at(at)
    hours = hours_of([office, always], _engine_data.START, at + DAY)
    database.keep("hours", table_of(dict.fromkeys(hours.day_columns, "int64"), hours.days))
    rows = [("P1", 1), ("P2", 0), ("P3", 0), ("P4", 0)]
    database.keep("calendars", table_of({"priority": "string", "calendar": "int64"}, rows))
    values = {"AT": str(at), "MONTH": MONTH}
    for name, text in (("tally", TALLY), ("teams", TEAMS), ("pauses", PAUSES), ("spans", SPANS)):
        database.make(name, written_out(text, hours, values))
    groups = database.rows(GROUPS)
    told = [
        database.rows(PERCENTILES.replace("@WHAT", each)) for each in ("response", "resolution")
    ]
    return {
        "cpu_s": round(time.process_time() - start, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "groups": len(groups),
        "answers": sum(map(len, told)),
    }


# ---- all facts ------------------------------------------------------------------------------


class Timed(DuckDatabase):
    """DuckDB, with the processor seconds of each statement."""

    def __init__(self, spill: Path) -> None:
        super().__init__(threads=2, memory=MEMORY, spill=spill)
        self.costs: defaultdict[str, float] = defaultdict(float)

    def make(self, name: str, query: str) -> None:
        start = time.process_time()
        super().make(name, query)
        self.costs[name] += time.process_time() - start


def facts(folder: Path) -> dict[str, Any]:
    """Work out all facts; what it cost."""
    charter, at = agreement()
    start, wall = time.process_time(), time.perf_counter()
    database = Timed(folder.parent / "spill")
    scheme = scheme_of(CONTRACT_TEMPLATE)
    engine = Engine(folder, lambda _charter: charter, scheme, at, database)
    engine.run()
    found = EngineFacts.of(engine)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "cpu_s": round(time.process_time() - start, 2),
        "reference_s": round(children.ru_utime + children.ru_stime, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reference_peak_mb": children.ru_maxrss // 1024,
        "lenses": len(scheme.lenses),
        "tickets_by_sql": found.shares.by_sql,
        "tickets_by_reference": found.shares.by_reference,
        "units": database.rows("SELECT COUNT(*) FROM unit_facts")[0][0],
    }
    costs = sorted(database.costs.items(), key=lambda each: -each[1])
    return {**told, "steps": {name: round(cost, 2) for name, cost in costs if cost >= 0.005}}


# ---- recurring incidents --------------------------------------------------------------------

LINES = 5
"""A line of text is said by so many tickets, on average."""
THINGS = (
    "printer",
    "vpn",
    "mail",
    "laptop",
    "badge",
    "sap",
    "login",
    "disk",
    "phone",
    "screen",
    "share",
)
FAULTS = (
    "jammed",
    "slow",
    "drops",
    "expired",
    "broken",
    "flickers",
    "missing",
    "locked",
    "rejected",
)


def lines(count: int) -> list[str]:
    """Different lines of text: what, how, where, and words of their own."""
    rng = random.Random("lines")
    words = [f"word{int(rng.paretovariate(0.35)) % 40_000:x}" for _ in range(60_000)]
    return [
        " ".join(
            [
                *(rng.choice(THINGS), rng.choice(FAULTS), f"site{rng.randrange(100)}"),
                *rng.choices(words, k=rng.randrange(1, 6)),
                str(place),
            ]
        )
        for place in range(count)
    ]


def recurring(tickets: int) -> dict[str, Any]:
    """Find recurring incidents among so many tickets; what it cost."""
    rng = random.Random("tickets")
    texts = lines(tickets // LINES)
    matters = []
    for number in range(tickets):
        place = number if number < len(texts) else rng.randrange(len(texts))
        item = rng.randrange(20_000) if rng.random() < 0.1 else place % 20_000
        matters.append(Matter(f"T{number}", texts[place], (f"item:{item}",), number * HOUR, HOUR))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start = time.process_time()
    found = recurrences(matters)
    return {
        "tickets": tickets,
        "lines": len(texts),
        "cpu_s": round(time.process_time() - start, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "peak_before_mb": before,
        "groups": len(found),
    }


QUESTIONS = {"narrow": narrow, "facts": facts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=EVENTS)
    parser.add_argument("--only", choices=[*QUESTIONS, "recurring"], help="measure one of them")
    parser.add_argument("--steps", action="store_true", help="tell what each statement costs")
    parser.add_argument("--tickets", type=int, default=1_000_000, help="for recurring incidents")
    parser.add_argument("--data", help="a folder to keep the logs in")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(QUESTIONS[args.child](Path(args.data))))
        return
    if args.only in (None, "recurring"):
        print(json.dumps({"benchmark": "recurring", **recurring(args.tickets)}), flush=True)
    if args.only == "recurring":
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        for size in args.events:
            told = measured(size, Path(args.data or folder), args.only)
            if "facts" in told and not args.steps:
                del told["facts"]["steps"]
            print(json.dumps(told), flush=True)


def measured(size: int, data: Path, only: str | None) -> dict[str, Any]:
    """The figures of one size, each taken by a process of its own."""
    folder = data / f"events-{size}"
    if not folder.exists():
        _engine_data.make(int(size / _engine_data.EVENTS_A_TICKET), folder)
    found: dict[str, Any] = {"benchmark": "engine", "to_reach": TO_REACH, "events": size}
    for name in [only] if only else QUESTIONS:
        command = [sys.executable, __file__, "--child", name, "--data", str(folder)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found[name] = json.loads(done.stdout)
    return {**found, "load": [round(each, 2) for each in os.getloadavg()]}


if __name__ == "__main__":
    main()
