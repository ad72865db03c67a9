"""An answer on the planning path: from the field to the page that it changes, on a full case.

Prints one JSON line: p50 and p95 of wall and CPU time in ms, for each step. Each answer is another
number, so nothing is remembered from the one before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks._planning_case import CASE

REACH_MS = 400
FIELDS = {
    "diagnosis": ("diagnosis.incidents_per_month", 2),
    "demand": ("demand.closed_share", 0),
    "cost": ("cost.hour_value", 80),
    "charter": ("scoping.why", 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMMONDESK_DATA"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
        os.environ["COMMONDESK_DEVELOP"] = "1"
        print(json.dumps(measured(asked.answers, Path(folder))))


def measured(answers: int, _folder: Path) -> dict[str, object]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from commondesk.accounts import setup
    from commondesk.ledger.now import instant_now
    from commondesk.planning import actions

    call_command("migrate", verbosity=0)
    company, person = setup.found_company(
        at=instant_now(),
        title="Acme",
        person_title="Dana",
        address="dana@acme.example",
        password="a long and quiet sentence",  # noqa: S106
        zone="UTC",
    )
    case = actions.begin_case(
        company.uuid, at=instant_now(), by=person.uuid, title="Support", document=CASE
    )
    client = Client(headers={"host": "localhost", "hx-request": "true"})
    client.force_login(person)
    found: dict[str, object] = {"bench": "plan_page", "answers": answers, "reach_ms": REACH_MS}
    for step, (field, start) in FIELDS.items():
        url = reverse("planning:step", args=[company.prefix, case.uuid, step])
        walls, cpus = [], []
        for number in range(answers + 2):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = client.post(url, {field: said(field, start, number)})
            walls.append(1000 * (time.perf_counter() - wall))
            cpus.append(1000 * (time.process_time() - cpu))
            assert answer.status_code == 200, (step, answer.status_code)
        found[step] = {"wall": spread(walls[2:]), "cpu": spread(cpus[2:])}
    return found


def said(field: str, start: int, number: int) -> str:
    if field == "scoping.why":
        return f"Nights are not covered, {number} of them."
    return f"{start + 1 + number} %" if field.endswith("share") else str(start + number)


def spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
    }


if __name__ == "__main__":
    main()
