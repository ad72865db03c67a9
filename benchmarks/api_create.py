"""What it costs a program to open a ticket by the API, with as many tickets there already.

Prints one JSON line. `--tickets 1000` measures other sizes than the usual two, `--data FOLDER`
keeps the desks that were built for whoever asks next. Measured is the whole of Django for one
request: middleware, token, rights, checks of the fields, ticket, record, rows, commit to disk; with
an Idempotency-Key, as programs should send it. Beside it: the same key sent again, and one read.
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _desk_data  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

TICKETS = [1_000, 50_000]
TO_REACH_CPU_MS = 6.0
TIMES = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=TICKETS)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--data", help="where to keep the desks")
    parser.add_argument("--profile", action="store_true", help="tell where the time goes instead")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(Path(args.data), args.times, is_profiled=args.profile)))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        sizes = [measured(each, args, Path(folder)) for each in args.tickets]
    load = [round(each, 2) for each in os.getloadavg()]
    told = {"benchmark": "api_create", "to_reach": {"cpu_ms": TO_REACH_CPU_MS}, "load": load}
    print(json.dumps({**told, "sizes": sizes}))


def measured(tickets: int, args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of one size, on a copy of the desk: opening tickets makes it another one."""
    built = _desk_data.prepared(tickets, args.data or folder)
    copy = Path(shutil.copytree(built, folder / f"copy-{tickets}"))
    command = [sys.executable, __file__, "--child", "--data", str(copy)]
    command += ["--times", str(args.times), *(["--profile"] if args.profile else [])]
    around = _desk_data.surroundings(copy) | {"COMMONDESK_API_RATE": "1000000"}
    done = subprocess.run(command, env=around, check=True, stdout=subprocess.PIPE)
    shutil.rmtree(copy)
    figures: dict[str, Any] = json.loads(done.stdout)
    return {"tickets": tickets, **figures}


def figures_of(folder: Path, times: int, *, is_profiled: bool) -> dict[str, Any]:
    app = _desk_data.application()
    program = Program(app, token_of(_desk_data.desk(folder)))
    for _ in range(20):
        program.open_ticket()
    if is_profiled:
        return {"profile": profile_of(program, times)}
    key, ticket = str(uuid.uuid4()), program.open_ticket()
    return {
        "create": _desk_data.timed(times, program.open_ticket),
        "same_key_again": _desk_data.timed(times, lambda: program.open_ticket(key)),
        "read": _desk_data.timed(times, lambda: program.ask("GET", ticket["url"])),
    }


def profile_of(program: "Program", times: int) -> str:
    profile, out = cProfile.Profile(), io.StringIO()
    profile.enable()
    for _ in range(times):
        program.open_ticket()
    profile.disable()
    pstats.Stats(profile, stream=out).sort_stats("cumulative").print_stats(90)
    print(out.getvalue(), file=sys.stderr)
    return "told on stderr"


def token_of(desk: _desk_data.Desk) -> str:
    from commondesk.accounts import policy, queries, tokens
    from commondesk.accounts.models import Person
    from commondesk.core.record.instant import DAY
    from commondesk.ledger.now import instant_now

    company = queries.company_of(desk.prefix)
    assert company is not None
    viewer = policy.viewer_of(Person.objects.get(address=desk.agent), company)
    assert viewer is not None
    at = instant_now()
    issued = tokens.issue(
        company.uuid,
        at=at,
        actor=viewer.actor,
        title="benchmark",
        scopes=tokens.Scope,
        expires_at=at + DAY,
    )
    return issued.secret


class Program:
    """Asks the whole of Django, as the web server does."""

    def __init__(self, app: "WSGIHandler", token: str) -> None:
        self.app, self.token = app, token

    def open_ticket(self, key: str = "") -> dict[str, Any]:
        body = {"subject": "The printer is out of toner", "text": "It says so. " * 60}
        return self.ask("POST", "/api/v1/tickets", body, key or str(uuid.uuid4()))

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> dict[str, Any]:
        content, said = json.dumps(body).encode() if body else b"", list[str]()
        environment: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if key:
            environment["HTTP_IDEMPOTENCY_KEY"] = key
        answer = self.app(environment, cast(Any, lambda status, *_: said.append(status)))
        told = b"".join(answer)
        answer.close()
        assert said[0][:3] in ("200", "201"), (said, told)
        found: dict[str, Any] = json.loads(told)
        return found


if __name__ == "__main__":
    main()
