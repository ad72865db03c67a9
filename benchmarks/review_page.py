"""What the review page costs: CPU and time of a page, and how soon an event is in its figures.

Prints one JSON line. `--tickets 1000 50000` measures fewer sizes than the usual three, `--data
/somewhere` keeps the desks for the next time and for other benchmarks, `--times 20` asks fewer
times. A page is asked as a browser does, through the whole of Django: `pages` as if nobody had
asked for it before, but for its long parts, which the worker makes after a first look within
`parts_s`; `again` where nothing has happened since. `behind` are the pages of the tickets
behind every figure that the page links, and `csv` the same until their first bytes, each asked
once. `rebuild_s` is what it takes to make the facts from the record, `event_ms` the time from an
event to facts that have it, for one ticket. `fresh_s` is the longest time from a resolve to a page
that counts it, asked at once, and `fresh_by_worker_s` to facts that the worker's chore keeps while
nobody asks, looked for every 50 ms. `--keep-facts` leaves out the making anew. Sizes stop at 50
000, the size that is promised: a tenth of the tickets lie within the last day, so that its periods
hold far more of them than those of a real desk of that size.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

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
    parser.add_argument("--keep-facts", action="store_true", help="the facts are made already")
    parser.add_argument("--over", type=int, default=1, help="lay facts down so many times")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        of_size = figures_of(args.times, args.data, keep_facts=args.keep_facts, over=args.over)
        print(json.dumps(of_size))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        sizes = [measured(size, args.data or folder, args) for size in args.tickets]
    load = [round(each, 2) for each in os.getloadavg()]
    print(
        json.dumps({"benchmark": "review_page", "to_reach": TO_REACH, "load": load, "sizes": sizes})
    )


def measured(tickets: int, data: str, args: argparse.Namespace) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    folder = desk_data.prepared(tickets, data)
    command = [sys.executable, __file__, "--child", "--data", str(folder)]
    command += ["--times", str(args.times), "--over", str(args.over)]
    command += ["--keep-facts"] if args.keep_facts else []
    done = subprocess.run(
        command, env=desk_data.surroundings(folder), check=True, stdout=subprocess.PIPE
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def figures_of(times: int, folder: str, *, keep_facts: bool, over: int) -> dict[str, Any]:
    desk = desk_data.desk(Path(folder))
    desk_data.application()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    rebuild_s = None if keep_facts else rebuilt(desk)
    caught_up()
    if over > 1:
        return pages_of_many(desk, times, over)
    browser = Browser(desk.lead)
    pages = {f"{days} days": asked(browser, page_of(desk, days), times) for days in DAYS}
    pages["last month"] = asked(browser, page_of(desk, 30, before=30), times)
    again = asked(browser, page_of(desk, 30), times, is_anew=False)
    reached = {f"{days} days": behind(browser, page_of(desk, days)) for days in DAYS}
    reached["last month"] = behind(browser, page_of(desk, 30, before=30))
    return {
        "tickets": desk.tickets,
        "rebuild_s": rebuild_s,
        "p95_ms": max(each["p95_ms"] for each in pages.values()),
        "pages": pages,
        "again": again,
        "behind": {name: pages for name, (pages, _) in reached.items()},
        "csv": {name: tables for name, (_, tables) in reached.items()},
        "event_ms": event_ms(desk),
        "fresh_s": fresh_s(desk, browser),
        "fresh_by_worker_s": fresh_by_worker_s(desk),
        "built_s": desk.built_s,
    }


def pages_of_many(desk: desk_data.Desk, times: int, over: int) -> dict[str, Any]:
    """What pages cost where the facts are laid down many times over, and are taken away again."""
    from commondesk.review.models import TicketFact

    browser = Browser(desk.lead)
    try:
        for copy in range(1, over):
            laid_down(copy, over)
        pages = {f"{days} days": asked(browser, page_of(desk, days), times) for days in DAYS}
        pages["last month"] = asked(browser, page_of(desk, 30, before=30), times)
        tickets = TicketFact.objects.count()
    finally:
        taken_away()
    return {
        "tickets": tickets,
        "p95_ms": max(each["p95_ms"] for each in pages.values()),
        "pages": pages,
    }


def laid_down(copy: int, of: int) -> None:
    """Facts of what is over once more, under other names, and longer ago."""
    from django.db import connection

    from commondesk.core.record.instant import DAY
    from commondesk.review import models

    back = copy * desk_data.YEARS * 365 * DAY // of
    over = (
        f"SELECT thread FROM {models.TicketFact._meta.db_table} WHERE settled_at = {models.NEVER}"
    )
    for model in copied():
        columns = [each.column for each in model._meta.fields if each.column != "id"]
        told = ", ".join(as_told(each, copy, back) for each in columns)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {told} FROM {table}"
                f" WHERE thread NOT IN ({over}) AND thread NOT LIKE '%+%'"
            )


def taken_away() -> None:
    for model in copied():
        model.objects.filter(thread__contains="+").delete()


def copied() -> tuple[Any, ...]:
    from commondesk.review import models

    return models.TicketFact, models.OutcomeFact, models.SignFact, models.Member


def as_told(column: str, copy: int, back: int) -> str:
    from commondesk.review.models import NEVER

    if column in ("thread", "ticket"):
        return f"{column} || '+{copy}'"
    if column.endswith("_at"):
        return f"CASE WHEN {column} < {NEVER} THEN {column} - {back} ELSE {column} END"
    return column


def rebuilt(desk: desk_data.Desk) -> float:
    from commondesk.accounts.models import Company
    from commondesk.ledger.now import instant_now
    from commondesk.review import refresh

    company = Company.objects.get(prefix=desk.prefix).uuid
    began = time.perf_counter()
    count = refresh.rebuild(company, instant_now())
    assert count == desk.tickets, count
    return round(time.perf_counter() - began, 1)


def caught_up() -> None:
    """Bring the facts of every company up to date."""
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now
    from commondesk.review import refresh

    for company in store.companies():
        while not refresh.refresh(company, instant_now()).is_nothing:
            pass


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
    assert b"These figures are being worked out" not in body
    parts_s = parts_made()
    return {**desk_data.timed(times, ask), "bytes": len(body), "parts_s": parts_s}


def parts_made() -> float:
    """Let the worker make what a first look asked for; the seconds it took."""
    from commondesk.ledger.now import instant_now
    from commondesk.review.causes import shelf

    began = time.perf_counter()
    shelf.catch_up(instant_now())
    return round(time.perf_counter() - began, 2)


def behind(browser: "Browser", path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it takes to open each figure of a page, and to begin its CSV."""
    _, body = browser.get(path)
    links = sorted(set(re.findall(r'href="([^"]*/review/figures/[^"]+)"', body.decode())))
    found = []
    for more in ("", "&as=csv"):
        told = sorted(first_bytes(browser, link.replace("&amp;", "&") + more) for link in links)
        walls = sorted(wall for _, wall, _ in told)
        cpu, _, slowest = told[-1]
        found.append(
            {
                "links": len(links),
                "p50_ms": round(walls[len(walls) // 2] * 1000, 2),
                "p95_ms": round(walls[min(len(walls) - 1, len(walls) * 95 // 100)] * 1000, 2),
                "most_cpu_ms": round(cpu * 1000, 2),
                "of": slowest.partition("/figures/")[2],
            }
        )
    return found[0], found[1]


def first_bytes(browser: "Browser", path: str) -> tuple[float, float, str]:
    """CPU and time until the first bytes that tell of a ticket, or of the whole page."""
    cpu, began = time.process_time(), time.perf_counter()
    if path.endswith("&as=csv"):
        status = browser.begin(path, pieces=2)
    else:
        status, _ = browser.get(path)
    assert status == 200, f"{path}: {status}"
    return time.process_time() - cpu, time.perf_counter() - began, path


class Browser(desk_data.Browser):
    """One that can leave while an answer is being sent."""

    def begin(self, path: str, *, pieces: int) -> int:
        """Read so many pieces of an answer, the heads of tables among them; its status."""
        whole: Any = self.app

        def cut_short(environment: Any, begin: Any) -> Any:
            return Cut(whole(environment, begin), pieces)

        self.app = cast(Any, cut_short)
        try:
            status, _ = self.get(path)
        finally:
            self.app = whole
        return status


class Cut:
    """The first pieces of an answer."""

    def __init__(self, answer: Any, pieces: int) -> None:
        self.answer, self.pieces = answer, pieces

    def __iter__(self) -> Iterator[bytes]:
        return islice(iter(self.answer), self.pieces)

    def close(self) -> None:
        self.answer.close()


def fresh_s(desk: desk_data.Desk, browser: desk_data.Browser) -> float:
    """The longest of five times from a resolve to the end of a page that counts it."""
    path, taken = page_of(desk, 7), []
    for _ in range(5):
        before = open_on(browser, path)
        resolved_one(desk)
        began = time.perf_counter()
        after = open_on(browser, path)
        taken.append(time.perf_counter() - began)
        assert after == before - 1, (before, after)
    return round(max(taken), 2)


def fresh_by_worker_s(desk: desk_data.Desk) -> float:
    """The longest of five times from a resolve to facts that have it, nobody asking for a page."""
    from commondesk.accounts.models import Company
    from commondesk.cli import worker
    from commondesk.ledger import store
    from commondesk.review.models import FactsMade

    company, taken = Company.objects.get(prefix=desk.prefix).uuid, []
    stop = threading.Event()
    chore = worker.Chore("figures", worker.figures_up_to_date, worker.FIGURES_SECONDS)
    working = threading.Thread(target=worker.do_chores, args=([chore], stop))
    working.start()
    try:
        for _ in range(5):
            resolved_one(desk)
            began, head = time.perf_counter(), store.head_of(company).sequence
            while not FactsMade.objects.filter(company=company, sequence__gte=head).exists():
                assert time.perf_counter() - began < 60
                time.sleep(0.05)
            taken.append(time.perf_counter() - began)
    finally:
        stop.set()
        working.join()
    return round(max(taken), 2)


def open_on(browser: desk_data.Browser, path: str) -> int:
    """How many tickets a page says are open."""
    _, body = browser.get(path)
    found = re.search(r"<h3>([\d,]+) tickets open, by age", body.decode())
    assert found is not None
    return int(found[1].replace(",", ""))


def resolved_one(desk: desk_data.Desk) -> None:
    """Resolve the oldest ticket that somebody has."""
    from commondesk.accounts.models import Company
    from commondesk.core.record.event import Actor, Side
    from commondesk.desk import actions
    from commondesk.desk.models import TicketRow
    from commondesk.ledger.now import instant_now

    company = Company.objects.get(prefix=desk.prefix).uuid
    rows = TicketRow.objects.filter(company=company, status="open", owner__isnull=False)
    row = rows.exclude(number=desk.ticket).order_by("number")[0]
    actor = Actor(str(row.owner), Side.PROVIDER)
    actions.resolve(company, row.uuid, at=instant_now(), actor=actor)


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
