"""What the review page costs: CPU and time of a page, and how soon an event is in its figures.

Prints one JSON line. `--tickets 1000 50000` measures fewer sizes than the usual three, `--data
/somewhere` keeps the desks for the next time and for other benchmarks, `--times 20` asks fewer
times. A page is asked as a browser does, through the whole of Django: `pages` as if nobody had
asked for it before, `again` where nothing has happened since. `rebuild_s` is what it takes to make
the facts from the record, `event_ms` the time from an event to figures that have it, for one
ticket. Sizes stop at 50 000, the size that is promised: a tenth of the tickets lie within the last
day, so that its periods hold far more of them than those of a real desk of that size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _desk_data as desk_data  # noqa: E402

TICKETS = [1_000, 10_000, 50_000]
TIMES = 40
TO_REACH = {"p95_ms": 300.0, "fresh_s": 5.0}
DAYS = (7, 30, 90, 365)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=TICKETS)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--data", help="a folder to keep the desks in")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(args.times, args.data)))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        sizes = [measured(size, args.times, args.data or folder) for size in args.tickets]
    load = [round(each, 2) for each in os.getloadavg()]
    print(
        json.dumps({"benchmark": "review_page", "to_reach": TO_REACH, "load": load, "sizes": sizes})
    )


def measured(tickets: int, times: int, data: str) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    folder = desk_data.prepared(tickets, data)
    command = [sys.executable, __file__, "--child", "--times", str(times), "--data", str(folder)]
    done = subprocess.run(
        command, env=desk_data.surroundings(folder), check=True, stdout=subprocess.PIPE
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def figures_of(times: int, folder: str) -> dict[str, Any]:
    desk = desk_data.desk(Path(folder))
    desk_data.application()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    rebuild_s = rebuilt(desk)
    browser = desk_data.Browser(desk.lead)
    pages = {f"{days} days": asked(browser, page_of(desk, days), times) for days in DAYS}
    pages["last month"] = asked(browser, page_of(desk, 30, before=30), times)
    again = asked(browser, page_of(desk, 30), times, is_anew=False)
    return {
        "tickets": desk.tickets,
        "rebuild_s": rebuild_s,
        "p95_ms": max(each["p95_ms"] for each in pages.values()),
        "pages": pages,
        "again": again,
        "event_ms": event_ms(desk),
        "built_s": desk.built_s,
    }


def rebuilt(desk: desk_data.Desk) -> float:
    from commondesk.accounts.models import Company
    from commondesk.ledger.now import instant_now
    from commondesk.review import refresh

    company = Company.objects.get(prefix=desk.prefix).uuid
    began = time.perf_counter()
    count = refresh.rebuild(company, instant_now())
    assert count == desk.tickets, count
    return round(time.perf_counter() - began, 1)


def page_of(desk: desk_data.Desk, days: int, before: int = 0) -> str:
    """The address of the review of so many days, up to today or so many days before."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    today = datetime.now(ZoneInfo("Europe/Berlin")).date() - timedelta(days=before)
    first = today - timedelta(days=days - 1)
    return f"/c/{desk.prefix}/review/?from={first}&until={today}"


def asked(
    browser: desk_data.Browser, path: str, times: int, *, is_anew: bool = True
) -> dict[str, float]:
    from commondesk.review import shelf

    def ask() -> None:
        if is_anew:
            shelf.clear()
        browser.get(path)

    status, body = browser.get(path)
    assert status == 200, f"{path}: {status}"
    assert b"being worked out" not in body
    return {**desk_data.timed(times, ask), "bytes": len(body)}


def event_ms(desk: desk_data.Desk) -> float:
    """From a note on a ticket to facts that have it."""
    from django.db import transaction

    from commondesk.accounts.models import Company
    from commondesk.core.record import events as e
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import Actor, Side
    from commondesk.desk.models import TicketRow
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now
    from commondesk.review import refresh

    company = Company.objects.get(prefix=desk.prefix).uuid
    row = TicketRow.objects.get(company=company, number=desk.ticket)
    actor, taken = Actor(str(row.requester), Side.MACHINE), []
    for _ in range(20):
        at = instant_now()
        with transaction.atomic():
            draft = Draft(str(row.uuid), at, actor, e.TimeLogged(str(row.requester), 60_000_000))
            store.append(company, [draft], learnt_at=at)
        began = time.perf_counter()
        assert refresh.refresh(company, instant_now()).is_nothing
        taken.append(time.perf_counter() - began)
    return round(sorted(taken)[len(taken) // 2] * 1000, 2)


if __name__ == "__main__":
    main()
