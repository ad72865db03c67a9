"""Notices all the way to the next mail server, and sweeps that come at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from pytest_django import Settings

from commondesk.core.record import events as e
from commondesk.core.record.instant import MINUTE, Instant
from commondesk.desk import actions, outbox
from commondesk.desk.models import OutgoingMail
from commondesk.desk.sweep import sweep
from tests.desk.cast import MONDAY, Cast, make_cast, on

pytestmark = pytest.mark.django_db(transaction=True)


class Sink:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), mail))
        return "250 taken"


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield made
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def works(at: Instant) -> None:
    """What the worker does in a minute."""
    sweep(at)
    outbox.send_due(at, clock=lambda: at)


def test_near_its_due_instant_a_ticket_sends_one_notice_at_each_share(
    cast: Cast, sink: Sink
) -> None:
    """A first answer within four hours, asked for at nine."""
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    sent: list[tuple[Instant, str]] = []
    for minute in range(0, 6 * 60, 4):
        at = MONDAY + minute * MINUTE
        works(at)
        works(at)
        sent += [(at, str(mail["Subject"])) for _, mail in sink.mails[len(sent) :]]
    number = f"[{cast.company.prefix}-{cast.row(ticket).number}]"
    assert sent == [
        (on(10, "11:00"), f"{number} 50 % of the time used: Press 4 stands still"),
        (on(10, "12:00"), f"{number} 75 % of the time used: Press 4 stands still"),
        (on(10, "12:36"), f"{number} 90 % of the time used: Press 4 stands still"),
        (on(10, "13:04"), f"{number} Target missed: Press 4 stands still"),
    ]
    assert {tuple(to) for to, _ in sink.mails} == {("ada@helpers.example",)}
    for _, mail in sink.mails:
        assert mail["Auto-Submitted"] == "auto-generated"
    assert "message.delivered" not in cast.names(ticket)


def test_sweeps_at_once_tell_nobody_twice(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    start, failures = threading.Barrier(3), list[BaseException]()

    def run() -> None:
        try:
            start.wait()
            sweep(on(10, "12:40"))
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    shares = [
        event.body.share for event in cast.history(ticket) if isinstance(event.body, e.TargetNeared)
    ]
    assert shares == [50, 75, 90]
    assert OutgoingMail.objects.filter(kind=OutgoingMail.Kind.NOTICE).count() == 1
