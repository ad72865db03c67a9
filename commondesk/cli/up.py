"""`commondesk up`: the whole desk on this machine, as one tree of processes in the foreground."""

import argparse
import contextlib
import fcntl
import http.client
import io
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from commondesk.cli import supervision
from commondesk.cli.user_error import UserError

NAME = "up"
HELP = "prepare the data folder, then run the web pages, mail and the worker until Ctrl-C"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--web-processes", type=int, default=2, help="how many serve pages")
    parser.add_argument("--web-threads", type=int, default=4, help="threads in each of them")


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    with sole_user(settings.DATA):
        refuse_busy(settings.WEB, "COMMONDESK_WEB")
        refuse_busy(settings.RECEIVER, "COMMONDESK_RECEIVER")
        if settings.LMTP and not settings.LMTP.startswith("unix:"):
            refuse_busy(settings.LMTP, "COMMONDESK_LMTP")
        prepare()
        children = [
            supervision.Child("web", web_command(settings.WEB, args)),
            supervision.Child("mail", [sys.executable, "-m", "commondesk.cli", "receive"]),
            supervision.Child("worker", [sys.executable, "-m", "commondesk.cli", "worker"]),
        ]
        is_told = False
        with contextlib.closing(supervision.supervise(children)) as looks:
            for _ in looks:
                if not is_told and is_answering(settings.WEB):
                    tell(settings.ORIGIN)
                    is_told = True
    return 0


@contextlib.contextmanager
def sole_user(data: Path) -> Iterator[None]:
    with (data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"a running Commondesk already uses {data}; choose another with COMMONDESK_DATA"
            ) from None
        yield


def refuse_busy(address: str, variable: str) -> None:
    try:
        with socket.create_server(split(address)):
            pass
    except OSError as error:
        raise UserError(
            f"{address} cannot be used ({os.strerror(error.errno or 0).lower()}); "
            f"choose another with {variable}"
        ) from None


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"an address is written host:port, not {address!r}")
    return host.strip("[]"), int(port)


def prepare() -> None:
    from django.core.management import CommandError, call_command

    try:
        call_command("prepare_site")
    except CommandError as error:
        raise UserError(str(error)) from None


def web_command(address: str, args: argparse.Namespace) -> list[str]:
    host, port = split(address)
    return [
        *(sys.executable, "-m", "granian"),
        *("--interface", "wsgi"),
        *("--host", host),
        *("--port", str(port)),
        *("--workers", str(args.web_processes)),
        *("--blocking-threads", str(args.web_threads)),
        *("--workers-kill-timeout", "3"),
        *("--respawn-failed-workers",),
        *("--no-ws", "--log-level", "warning"),
        "commondesk.site.wsgi:application",
    ]


def is_answering(address: str) -> bool:
    """Whether a page comes back; the port alone is open long before that."""
    host, port = split(address)
    connection = http.client.HTTPConnection(host, port, timeout=1)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("HEAD", "/")
        connection.getresponse()
        return True
    return False


def tell(origin: str) -> None:
    from commondesk.accounts.setup import setup_link

    lines = io.StringIO()
    print(f"Commondesk is open at {origin}/", file=lines)
    if link := setup_link():
        print(f"Set up your company, once, at {origin}{link}", file=lines)
    print("Ctrl-C stops it.", file=lines)
    print(lines.getvalue(), end="", flush=True)
