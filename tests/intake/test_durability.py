"""Killed right after its 250, the receiver has the mail when it starts again."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from commondesk.core.record.instant import HOUR
from commondesk.desk.models import TicketRow
from commondesk.intake import actions
from commondesk.intake.models import RawMail
from commondesk.ledger.now import instant_now

from .letters import DESK, REQUESTER, found_acme, written

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = Path(__file__).parents[2]

PROGRAM = """
import sys, time
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"].update(NAME=sys.argv[1])
from pathlib import Path
settings.DATA = Path(sys.argv[2])
from commondesk.intake import receiver
running = receiver.start("127.0.0.1:0", is_filing=sys.argv[3] == "filing")
print(running.port, flush=True)
time.sleep(600)
"""


class Running:
    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def started(data: Path) -> Iterator[object]:
    running: list[Running] = []

    def start(mode: str = "keeping") -> Running:
        name = str(connection.settings_dict["NAME"])
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name, str(data), mode],
            stdout=subprocess.PIPE,
            text=True,
            cwd=HOUSE,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "commondesk.site.settings"},
        )
        assert process.stdout is not None
        running.append(Running(process, int(process.stdout.readline())))
        return running[-1]

    yield start
    for each in running:
        each.kill()
        if each.process.stdout:
            each.process.stdout.close()


def test_killed_after_the_yes_the_mail_is_there(started: object) -> None:
    found_acme()
    for count in range(5):
        running = started()  # type: ignore[operator]
        with smtplib.SMTP("127.0.0.1", running.port, timeout=20) as server:
            server.ehlo()
            server.mail(REQUESTER)
            server.rcpt(DESK)
            code, _ = server.data(written(subject=f"Matter {count}"))
            running.kill()
            assert code == 250
            server.close()
        assert RawMail.objects.count() == count + 1
    later = instant_now() + HOUR
    actions.file_waiting(later)
    assert sorted(TicketRow.objects.values_list("subject", flat=True)) == [
        f"Matter {count}" for count in range(5)
    ]


def test_killed_while_filing_each_mail_is_one_ticket(started: object) -> None:
    """A sender that tries again until it hears yes, and a receiver that is killed five times."""
    found_acme()
    running = started("filing")  # type: ignore[operator]
    deadline = time.monotonic() + 120
    for count in range(15):
        if count % 3 == 2:
            running.kill()
            running = started("filing")  # type: ignore[operator]
        while not accepted(running.port, written(subject=f"Matter {count:02}")):
            assert time.monotonic() < deadline
    running.kill()
    for hour in (1, 2):
        actions.file_waiting(instant_now() + hour * HOUR)
    assert sorted(TicketRow.objects.values_list("subject", flat=True)) == [
        f"Matter {count:02}" for count in range(15)
    ]
    assert set(RawMail.objects.values_list("state", flat=True)) == {"filed"}
    assert settings.DATA.exists()


def accepted(port: int, raw: bytes) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
            server.sendmail(REQUESTER, [DESK], raw)
    except (OSError, smtplib.SMTPException):
        return False
    return True
