"""`commondesk up`: the whole desk on this machine, as one tree of processes in the foreground.

What all of them work with is loaded once, before the first is forked off.
"""

import argparse
import contextlib
import fcntl
import http.client
import importlib
import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from commondesk.cli import main, supervision
from commondesk.cli.user_error import UserError

NAME = "up"
HELP = "prepare the data folder, then run the web pages, mail and the worker until Ctrl-C"
NEEDS_DATABASE = True
PAGES = "commondesk.site.wsgi:application"
OF_CHILDREN = (
    "commondesk.api.urls",
    "commondesk.intake.filer",
    "commondesk.intake.receiver",
    "commondesk.intake.imap.fetchers",
    "commondesk.review.refresh",
    "granian.server",
)
"""What is not loaded with the pages already."""
FRAMES = ("base.html", "desk.html", "parts.html")
"""The templates around every page."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--web-processes", type=int, default=2, help="how many serve pages")
    parser.add_argument("--web-threads", type=int, default=4, help="threads in each of them")


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    with sole_user(settings.DATA) as lock:
        refuse_busy(settings.WEB, "COMMONDESK_WEB")
        refuse_busy(settings.RECEIVER, "COMMONDESK_RECEIVER")
        if settings.LMTP and not settings.LMTP.startswith("unix:"):
            refuse_busy(settings.LMTP, "COMMONDESK_LMTP")
        with prepared_meanwhile():
            load()
        open_pages()
        children = [
            supervision.Child("web", lambda: serve(lock, settings.WEB, args)),
            supervision.Child("mail", lambda: command(lock, "receive")),
            supervision.Child("worker", lambda: command(lock, "worker")),
        ]
        is_told = False
        with contextlib.closing(supervision.supervise(children)) as looks:
            for _ in looks:
                if not is_told and is_answering(settings.WEB):
                    apart(lambda: tell(settings.ORIGIN))
                    is_told = True
    return 0


@contextlib.contextmanager
def sole_user(data: Path) -> Iterator[IO[str]]:
    with (data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"a running Commondesk already uses {data}; choose another with COMMONDESK_DATA"
            ) from None
        yield lock


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


# ---- before the fork ----------------------------------------------------------------------


def load() -> None:
    """Import what every process works with, and nothing that asks the database."""
    from django.conf import settings

    for name in (settings.ROOT_URLCONF, *OF_CHILDREN):
        importlib.import_module(name)


@contextlib.contextmanager
def prepared_meanwhile() -> Iterator[None]:
    """Bring the data folder up to date. Raises SystemExit where that failed, which was told."""
    process = supervision.FORKED.Process(target=prepared)
    process.start()
    try:
        yield
    finally:
        process.join()
    if status := process.exitcode:
        raise SystemExit(status)


def apart(work: Callable[[], None]) -> None:
    """Do it in a process of its own, which takes its connections along."""
    process = supervision.FORKED.Process(target=work)
    process.start()
    process.join()


def prepared() -> None:
    from django.core.management import CommandError, call_command

    try:
        call_command("prepare_site")
    except CommandError as error:
        print(f"commondesk: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def open_pages() -> None:
    """Make them ready to answer, which needs the files that were collected.

    What the first page would look up is looked up here, once for all processes.
    """
    from django.template import engines
    from django.urls import get_resolver

    get_resolver()._populate()
    for name in FRAMES:
        engines["jinja2"].get_template(name)
    importlib.import_module(PAGES.partition(":")[0])


# ---- after it -----------------------------------------------------------------------------


def command(lock: IO[str], name: str) -> int:
    """Another command of ours, in this process."""
    lock.close()
    return main([name])


def serve(lock: IO[str], address: str, args: argparse.Namespace) -> int:
    """Answer for pages until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    lock.close()
    host, port = split(address)
    Granian(
        PAGES,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=args.web_processes,
        blocking_threads=args.web_threads,
        workers_kill_timeout=3,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()
    return 0


# ---- once it answers ----------------------------------------------------------------------


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
