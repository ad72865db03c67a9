"""How long it takes to read an incident log, to import it into the record, and to verify that.

Run as `python benchmarks/import_log.py`; prints one JSON line, times in seconds.
The logs are generated, with 1,000, 10,000 and 100,000 rows, so that growth can be seen. Importing
includes checking the whole log first; rebuild makes the rows of the screens.
"""

import csv
import io
import json
import os
import random
import tempfile
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import DAY, MINUTE, datetime_of, parse_instant
from commondesk.readers import servicenow_log
from commondesk.readers.export import Quality

STEPS = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
ZONE = ZoneInfo("UTC")
START = parse_instant("2024-01-01T00:00Z")
PEOPLE_A_ROW = 0.04
STATES = ("New", "Active", "Active", "Awaiting User Info", "Active", "Resolved", "Closed")

T = TypeVar("T")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_ready(folder)
        figures: dict[str, float] = {}
        for label, count in STEPS.items():
            figures |= {f"{name}_{label}_s": time for name, time in measured(label, count).items()}
    print(json.dumps({"benchmark": "import_log", **figures}))


def make_ready(folder: str) -> None:
    """An empty database of its own."""
    os.environ["COMMONDESK_DATA"] = folder
    os.environ["COMMONDESK_LOG"] = "ERROR"
    os.environ.pop("COMMONDESK_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def measured(label: str, count: int) -> dict[str, float]:
    from commondesk.cli import import_log
    from commondesk.desk import projections
    from commondesk.ledger import verify

    company = founded(label)
    file = io.BytesIO(generated(count))
    _, read_time = timed(lambda: read(file))
    _, import_time = timed(
        lambda: import_log.import_log(
            company, file, zone=ZONE, at=START + 400 * DAY, tell=lambda text: None
        )
    )
    report, verify_time = timed(lambda: verify.verify(company))
    assert report.is_sound
    _, rebuild_time = timed(lambda: projections.rebuild(company))
    times = {
        "read": read_time,
        "import": import_time,
        "verify": verify_time,
        "rebuild": rebuild_time,
    }
    return {name: round(time, 3) for name, time in times.items()}


def founded(label: str) -> UUID:
    from commondesk.accounts.setup import found_company

    company, _ = found_company(
        at=START,
        title=f"Bench {label}",
        person_title="Anna Miller",
        address=f"anna@{label}.example",
        password="a long enough word",  # noqa: S106 (of a database that is thrown away)
        zone="UTC",
    )
    return company.uuid


def read(file: io.BytesIO) -> int:
    quality = Quality()
    with servicenow_log.text_of(file) as lines:
        found = servicenow_log.incidents(lines, company=UUID(int=1), zone=ZONE, quality=quality)
        return sum(len(incident.drafts) for incident in found)


def generated(count: int) -> bytes:
    """A log of that many rows: incidents of seven updates each, the last one cut short."""
    draw = random.Random(20250310)
    out = io.StringIO()
    writer = csv.DictWriter(out, (*servicenow_log.REQUIRED, *servicenow_log.USEFUL))
    writer.writeheader()
    for index in range(count):
        writer.writerow(row(index, max(1, int(count * PEOPLE_A_ROW)), draw))
    return out.getvalue().encode()


def row(index: int, people: int, draw: random.Random) -> dict[str, str]:
    incident, update = divmod(index, len(STATES))
    opened_at = START + incident * MINUTE
    resolver = f"Resolver {incident % 40}" if update else "?"
    return {
        "number": f"INC{incident:07}",
        "incident_state": STATES[update],
        "sys_mod_count": str(update),
        "caller_id": f"Caller {incident % people}",
        "opened_by": f"Desk {incident % 30}",
        "opened_at": local(opened_at),
        "sys_updated_by": f"Desk {draw.randrange(30)}",
        "sys_updated_at": local(opened_at + update * DAY // 3),
        "contact_type": "Phone",
        "location": f"Location {incident % 50}",
        "category": f"Category {incident % 40}",
        "subcategory": f"Part {draw.randrange(3)}",
        "cmdb_ci": "?",
        "impact": "2 - Medium",
        "urgency": "2 - Medium",
        "priority": "3 - Moderate" if draw.random() < 0.9 else "2 - High",
        "assignment_group": f"Group {draw.randrange(3)}",
        "assigned_to": resolver,
        "reopen_count": "0",
        "reassignment_count": "0",
    }


def local(at: int) -> str:
    moment = datetime_of(at)
    return f"{moment.day}/{moment.month}/{moment.year} {moment:%H:%M}"


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = perf_counter()
    result = work()
    return result, perf_counter() - began


if __name__ == "__main__":
    main()
