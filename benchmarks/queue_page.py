"""What the queue costs: CPU and time of a page of 50 rows, for each view, on desks of three sizes.

Prints one JSON line. `--tickets 1000 50000` measures fewer sizes than the usual three, `--data
/somewhere` keeps the desks for the next time and for other benchmarks, `--times 50` asks fewer
times. A page is asked as a browser does, signed in, through the whole of Django: session, rights,
rows, counters, template. `calibration_ms` is what this machine takes meanwhile to add up 10,000
numbers.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _desk_data as desk_data  # noqa: E402

TICKETS = [1_000, 50_000, 500_000]
TIMES = 200
TO_REACH = {"cpu_ms": 10.0, "p95_ms": 25.0, "filter_p95_ms": 150.0, "spread": 0.2}
VIEWS = (
    "due",
    "mine",
    "offered",
    "team",
    "unowned",
    "missed",
    "waiting",
    "vendor",
    "solved",
    "all",
)
FILTERS = {
    "owner": "view=all&owner=agent7",
    "requester": "view=all&requester=person5@acme.example",
    "priority": "view=due&priority=1",
    "kind": "view=all&kind=alert",
    "team": "view=due&team=L2",
    "service and site": "view=all&service=service-3&site=site-3",
    "nothing found": "view=all&service=none&priority=1",
    "channel": "view=all&channel=phone",
    "status": "view=all&status=merged",
    "opened": "view=all&opened=7d&kind=request",
}


def main() -> None:
    desk_data.run(
        "queue_page",
        __file__,
        __doc__,
        figures_of,
        tickets=TICKETS,
        times=TIMES,
        to_reach=TO_REACH,
    )


def figures_of(times: int, folder: Path) -> dict[str, Any]:
    desk = desk_data.desk(folder)
    desk_data.application()
    browser = desk_data.Browser(desk.agent)
    room = f"/c/{desk.prefix}/queue/"
    views = {view: asked(browser, f"{room}?view={view}", times) for view in VIEWS}
    views["second page"] = asked(browser, second_page(browser, room), times)
    views["all companies"] = asked(browser, "/queue/", times)
    filters = {
        name: asked(browser, f"{room}?{query}", max(20, times // 4))
        for name, query in FILTERS.items()
    }
    return {
        "tickets": desk.tickets,
        "calibration_ms": calibration(),
        "cpu_ms": round(statistics.median(each["cpu_ms"] for each in views.values()), 2),
        "p95_ms": max(each["p95_ms"] for each in views.values()),
        "filter_p95_ms": max(each["p95_ms"] for each in filters.values()),
        "views": views,
        "filters": filters,
        "built_s": desk.built_s,
    }


def asked(browser: desk_data.Browser, path: str, times: int) -> dict[str, float]:
    status, body = browser.get(path)
    assert status == 200, f"{path}: {status}"
    return {**desk_data.timed(times, lambda: browser.get(path)), "rows": body.count(b'"row ')}


def second_page(browser: desk_data.Browser, room: str) -> str:
    _, body = browser.get(f"{room}?view=all")
    link = body.decode().partition('rel="next" href="')[2].partition('"')[0]
    return f"{room}{link.replace('&amp;', '&')}"


def calibration() -> float:
    began = time.process_time()
    for _ in range(200):
        sum(range(10_000))
    return round((time.process_time() - began) / 200 * 1000, 3)


if __name__ == "__main__":
    main()
