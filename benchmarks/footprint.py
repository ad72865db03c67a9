"""What a whole desk takes of a machine: memory at rest and after work, and time to its first page.

Prints one JSON line. Measured are all processes of `commondesk up` together, on a desk of one
company that exists already: the seconds from the command to the first page that answers 200, over
several starts; the memory once it is at rest; and again after some hundred page views and some
hundred mails. `pss_mb` counts what processes share once, which is what the machine has to give;
`rss_mb` counts it for each of them. On a machine that is busy trust `cpu_s` of a start alone: the
computing of all its processes until that page.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

TO_REACH = {"idle_pss_mb": 200, "loaded_pss_mb": 300, "first_page_s": 1.5}
STARTS = 5
VIEWS = 400
MAILS = 300
SENDERS = 60
REST_SECONDS = 10.0
LONGEST_WAIT = 300.0
DESK = "support@acme.example"
ROOMS = ("queue/?view=all", "queue/", "gaps/", "review/", "charter/", "people/")
MEGABYTE = 1024
"""So many of the kernel's kilobytes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--views", type=int, default=VIEWS)
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--found", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.found:
        print(json.dumps(found()))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        load = [round(each, 2) for each in os.getloadavg()]
        figures = figures_of(Path(folder), args)
    print(json.dumps({"benchmark": "footprint", "to_reach": TO_REACH, "load": load, **figures}))


def figures_of(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    around = surroundings(folder)
    asked = subprocess.run(
        [sys.executable, __file__, "--found"], env=around, check=True, stdout=subprocess.PIPE
    )
    visit = Visit(around, **json.loads(asked.stdout))
    with running(around):
        """The first start collects the files for the browser; the desk exists only after it."""
    starts = []
    for _ in range(args.starts):
        with running(around) as (_, took):
            starts.append(took)
    with running(around) as (pid, _):
        time.sleep(REST_SECONDS)
        idle = memory(pid)
        work(visit, views=args.views, mails=args.mails)
        busy = memory(pid)
        time.sleep(REST_SECONDS)
        loaded = memory(pid)
    return {
        "first_page_s": round(statistics.median(wall for wall, _ in starts), 2),
        "first_page_least_s": round(min(wall for wall, _ in starts), 2),
        "first_page_cpu_s": round(statistics.median(cpu for _, cpu in starts), 2),
        "idle": idle,
        "busy": busy,
        "loaded": loaded,
        "views": args.views,
        "mails": args.mails,
    }


# ---- the desk -----------------------------------------------------------------------------


def surroundings(folder: Path) -> dict[str, str]:
    around = {
        **{name: text for name, text in os.environ.items() if is_of_everybody(name)},
        "COMMONDESK_DATA": str(folder / "data"),
        "COMMONDESK_WEB": f"127.0.0.1:{free_port()}",
        "COMMONDESK_RECEIVER": f"127.0.0.1:{free_port()}",
        "COMMONDESK_DNS": f"127.0.0.1:{free_port()}",
        "COMMONDESK_LOG": "ERROR",
        "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
        "PYTHONPATH": str(ROOT),
    }
    if url := os.environ.get("COMMONDESK_BENCH_DATABASE_URL"):
        around["COMMONDESK_DATABASE_URL"] = url
    return around


def is_of_everybody(name: str) -> bool:
    """Not a setting of ours, and not one that makes each start compile all modules again."""
    return not name.startswith("COMMONDESK_") and name != "PYTHONDONTWRITEBYTECODE"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def found() -> dict[str, str]:
    """Found a company; where its pages are, and what a browser of its founder shows at the door."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from commondesk.accounts import setup
    from commondesk.accounts.models import Company, Person
    from commondesk.ledger.now import instant_now

    call_command("prepare_site")
    setup.found_company(
        at=instant_now(),
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",  # noqa: S106 - a company that lives for minutes
        zone="Europe/London",
    )
    client = Client()
    client.force_login(Person.objects.get())
    name = settings.SESSION_COOKIE_NAME
    return {
        "cookie": f"{name}={client.cookies[name].value}",
        "home": f"/c/{Company.objects.get().prefix}/",
    }


@contextlib.contextmanager
def running(around: dict[str, str]) -> Iterator[tuple[int, tuple[float, float]]]:
    """The whole desk; its first process, and what it took to answer: seconds, and of computing."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "commondesk.cli", "up"],
        env=around,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        while (answer := page(around, "/sign-in/")) is None or answer[0] != 200:
            if process.poll() is not None or time.monotonic() - began > LONGEST_WAIT:
                raise RuntimeError("the desk did not open")
            time.sleep(0.01)
        took = time.monotonic() - began
        yield process.pid, (took, sum(cpu_of(pid) for pid in family(process.pid)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def page(around: dict[str, str], path: str, cookie: str = "") -> tuple[int, str] | None:
    """What comes back, as a new connection is given it; None where nobody answers."""
    host, _, port = around["COMMONDESK_WEB"].partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    return None


@dataclass(frozen=True)
class Visit:
    """Somebody who is signed in, and where the pages of the company are."""

    around: dict[str, str]
    cookie: str
    home: str

    def see(self, room: str) -> str:
        answer = page(self.around, self.home + room, self.cookie)
        if answer is None or answer[0] != 200:
            raise RuntimeError(f"{self.home}{room} answers {answer and answer[0]}")
        return answer[1]


def work(visit: Visit, *, views: int, mails: int) -> None:
    """Mails come in until the last is a ticket, then people look at pages."""
    host, _, port = visit.around["COMMONDESK_RECEIVER"].partition(":")
    with smtplib.SMTP(host, int(port), timeout=60) as server:
        for number in range(mails):
            server.sendmail(sender(number), [DESK], mail(number))
    end = time.monotonic() + LONGEST_WAIT
    last = f"Press {mails - 1}"
    # Found by its words: of those that are filed at one instant not all need be on the first page.
    while f"{last} stands" not in visit.see(f"queue/?{urlencode({'view': 'all', 'q': last})}"):
        if time.monotonic() > end:
            raise RuntimeError("the last mail never came to the queue")
        time.sleep(0.5)
    queue = visit.see("queue/?view=all")
    tickets = [f"tickets/{number}/" for number in re.findall(r"/tickets/(\d+)/", queue)]
    for number in range(views):
        visit.see(tickets[number % len(tickets)] if number % 2 else ROOMS[number // 2 % len(ROOMS)])


def sender(number: int) -> str:
    return f"person{number % SENDERS}@acme.example"


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender(number), DESK
    message["Subject"] = f"Press {number} stands still"
    message["Message-ID"] = f"<{number}@acme.example>"
    message.set_content(f"Since the night shift number {number} does nothing.\n" * 12)
    message.add_attachment(os.urandom(20_000), maintype="image", subtype="png", filename="it.png")
    return message.as_bytes(policy=SMTP)


# ---- what the kernel counts ---------------------------------------------------------------


def family(pid: int) -> list[int]:
    """A process and all below it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = [int(each) for task in tasks for each in (task / "children").read_text().split()]
        return [pid, *(each for child in below for each in family(child))]
    return []


def memory(pid: int) -> dict[str, float]:
    """Megabytes of all processes together, and how many there are."""
    sums = {"Pss": 0, "Rss": 0}
    pids = family(pid)
    for each in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
    return {
        "pss_mb": round(sums["Pss"] / MEGABYTE, 1),
        "rss_mb": round(sums["Rss"] / MEGABYTE, 1),
        "processes": len(pids),
    }


def cpu_of(pid: int) -> float:
    """Seconds of computing of a process and of those below it that have ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return 0.0


if __name__ == "__main__":
    main()
