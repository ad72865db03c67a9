"""Sends single mails to a desk under faults, and runs its commands."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.desk import DESK_ADDRESS
from tests.journeys.desk import answers

START_SPAN = 60.0


def sent(port: int, name: str) -> int:
    """The answer to one mail with that name as its Message-ID; 0 where the line broke."""
    mail = (
        f"From: Rita <rita@{name}.example>\r\nTo: {DESK_ADDRESS}\r\nSubject: Fault {name}\r\n"
        f"Message-ID: <{name}@acme.example>\r\n\r\nThe printer {name} is dark.\r\n" + "y" * 2000
    ).encode()
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as line:
            line.sendmail(f"rita@{name}.example", [DESK_ADDRESS], mail)
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except (OSError, smtplib.SMTPException):
        return 0
    return 250


@contextmanager
def command(
    words: Sequence[str], environment: dict[str, str], log: Path, prefix: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the desk, run until the end of the block."""
    with log.open("ab") as writer:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "commondesk.cli", *words],
            env=environment,
            stdout=writer,
            stderr=writer,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the receiver listens."""
    end = time.monotonic() + START_SPAN
    while not answers(port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the receiver does not answer: {log.read_text()[-2000:]}")
        time.sleep(0.1)
