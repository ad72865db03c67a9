"""`commondesk receive`: takes mail in by SMTP and LMTP, and fetches it by IMAP."""

import argparse
import contextlib
import fcntl
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.intake.receiver import Receiver

NAME = "receive"
HELP = "take mail in by SMTP and LMTP and fetch it by IMAP until told to stop"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.db import connections

    from commondesk.intake.imap.fetchers import Fetchers

    stop = stop_asked()
    with sole_receiver(settings.DATA):
        receiver = listening()
        fetchers = Fetchers()
        fetchers.start()
        try:
            stop.wait()
        finally:
            fetchers.stop()
            receiver.stop()
            connections.close_all()
    return 0


def stop_asked() -> threading.Event:
    """Set once somebody asks us to end."""
    stop = threading.Event()

    def ask(_signum: int, _frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, ask)
    return stop


@contextlib.contextmanager
def sole_receiver(data: Path) -> Iterator[None]:
    """One process receives for a data folder: two would fetch the same mailbox at a time."""
    with (data / "receive.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"another process receives mail for {data} already") from None
        yield


def listening() -> "Receiver":
    from django.conf import settings

    from commondesk.intake import receiver

    try:
        return receiver.start(is_filing=False)
    except ssl.SSLError as error:
        raise UserError(
            "COMMONDESK_RECEIVER_CERTIFICATE and COMMONDESK_RECEIVER_KEY cannot be used "
            f"({error.reason or error})"
        ) from None
    except OSError as error:
        where = f"{settings.RECEIVER} {settings.LMTP}".strip()
        certificate = f" {settings.RECEIVER_CERTIFICATE}".rstrip()
        raise UserError(
            f"mail cannot be received at {where}{certificate} "
            f"({os.strerror(error.errno or 0).lower()})"
        ) from None
