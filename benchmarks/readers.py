"""What it costs to read an export, by format: processor time in microseconds a row.

Run as `python benchmarks/readers.py [FORMAT ...] [--rows N ...]`; prints one JSON line a format.
The same desk is written in each format, with 1,000, 10,000 and 100,000 updates unless told, so that
growth can be seen: a row is an update of a ticket.
"""

import argparse
import gc
import io
import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from time import process_time
from uuid import UUID
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.import_log import PEOPLE_A_ROW, generated, row
from commondesk.readers import known
from commondesk.readers.export import Asked, Quality, Source

ROWS = (1_000, 10_000, 100_000)
TO_REACH = "below 100 us a row, the same at every size"
Update = dict[str, str]

TABLE = """
rows: update
columns:
  number: number
  updated: sys_updated_at
  updated_by: sys_updated_by
  update: sys_mod_count
  state: incident_state
  opened: opened_at
  team: assignment_group
  owner: assigned_to
  requester: caller_id
  priority: priority
states: {New: open, Active: open, Awaiting User Info: waiting requester,
         Resolved: resolved, Closed: closed}
priorities: {2 - High: P2, 3 - Moderate: P3}
missing: ["?"]
dates: day-first
"""
XES = """
activities: {New: received, Active: taken, Awaiting User Info: waiting requester,
             Resolved: resolved, Closed: closed}
requester: caller
"""
ZENDESK = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "pending",
    "Resolved": "solved",
    "Closed": "closed",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=", ".join(WRITTEN))
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    args = parser.parse_args()
    gc.disable()
    for name in args.formats or WRITTEN:
        figures = {f"us_a_row_{size}": read(name, size) for size in args.rows}
        print(json.dumps({"benchmark": "readers", "format": name, "to_reach": TO_REACH, **figures}))


def read(name: str, size: int) -> float:
    """Microseconds of processor time a row."""
    write, mapping = WRITTEN[name]
    source = Source(name, io.BytesIO(write(size)))
    guess = known.reader_of([source], name)
    quality = Quality()
    asked = Asked(UUID(int=1), ZoneInfo("UTC"), mapping)
    began = process_time()
    tickets = sum(1 for _ in known.tickets_of(guess, [source], asked, quality))
    spent = process_time() - began
    quality.require_sound()
    assert tickets == len({update["number"] for update in updates(size)})
    return round(spent / size * 1e6, 1)


def updates(size: int) -> Iterator[Update]:
    draw = random.Random(20250310)
    people = max(1, int(size * PEOPLE_A_ROW))
    return (row(index, people, draw) for index in range(size))


def iso(text: str) -> str:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC).isoformat()


def xes(size: int) -> bytes:
    out = io.StringIO()
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="2.0">\n')
    for number, some in groupby(updates(size), key=lambda update: update["number"]):
        group = list(some)
        out.write(f'<trace><string key="concept:name" value="{number}"/>')
        out.write(f'<string key="caller" value="{group[0]["caller_id"]}"/>')
        for each in group:
            out.write(
                f'<event><string key="concept:name" value="{each["incident_state"]}"/>'
                f'<date key="time:timestamp" value="{iso(each["sys_updated_at"])}"/>'
                f'<string key="org:resource" value="{each["sys_updated_by"]}"/>'
                f'<string key="org:group" value="{each["assignment_group"]}"/></event>\n'
            )
        out.write("</trace>\n")
    out.write("</log>\n")
    return out.getvalue().encode()


def zendesk(size: int) -> bytes:
    """The export of ticket events, one a line."""
    return b"".join(
        json.dumps(zendesk_event(place, update)).encode() + b"\n"
        for place, update in enumerate(updates(size))
    )


def zendesk_event(place: int, update: Update) -> dict[str, object]:
    ticket, at = int(update["number"][3:]) + 1, iso(update["sys_updated_at"])
    requester, agent = 1_000_000 + ticket % 500, int(update["sys_updated_by"][5:]) + 1
    is_first = update["sys_mod_count"] == "0"
    change: dict[str, object] = {"status": ZENDESK[update["incident_state"]]}
    if is_first:
        change |= {"subject": "Printer", "requester_id": requester, "type": "incident"}
        change |= {"priority": "normal"}
    return {
        "id": 2 * place + 1,
        "ticket_id": ticket,
        "created_at": at.replace("+00:00", "Z"),
        "updater_id": requester if is_first else agent,
        "via": "Mail",
        "event_type": "Audit",
        "child_events": [
            {"id": 2 * place + 2, "event_type": "Create" if is_first else "Change", **change}
        ],
    }


WRITTEN: dict[str, tuple[Callable[[int], bytes], str]] = {
    "servicenow-log": (generated, ""),
    "table": (generated, TABLE),
    "xes": (xes, XES),
    "zendesk": (zendesk, ""),
}
"""How each format is written, and the mapping that it needs."""


if __name__ == "__main__":
    main()
