"""The whole walk over real connections: mail in, reply out, answer in, resolved, back, resolved."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default

import pytest
from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from pytest_django import Settings

from commondesk.desk import actions as desk
from commondesk.desk import outbox, projections
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.intake import receiver
from commondesk.intake.receiver import Receiver
from commondesk.ledger import verify
from commondesk.ledger.now import instant_now

from .letters import REQUESTER, Acme, found_acme, names_of, written

pytestmark = pytest.mark.django_db(transaction=True)


class Letterbox:
    """Rita's mail server."""

    def __init__(self) -> None:
        self.every: list[EmailMessage] = []

    @property
    def mails(self) -> list[EmailMessage]:
        """What she got; the agent is told of her answers in mails of his own."""
        return [mail for mail in self.every if REQUESTER in str(mail["To"])]

    async def handle_DATA(
        self, _server: smtp.SMTP, _session: smtp.Session, envelope: smtp.Envelope
    ) -> str:
        mail = BytesParser(policy=default).parsebytes(envelope.original_content or b"")
        assert isinstance(mail, EmailMessage)
        self.every.append(mail)
        return "250 ok"


@pytest.fixture
def letterbox(settings: Settings) -> Iterator[Letterbox]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    controller.stop()


@pytest.fixture
def running() -> Iterator[Receiver]:
    made = receiver.start("127.0.0.1:0")
    yield made
    made.stop()


def sent_by_rita(running: Receiver, raw: bytes, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", running.port, timeout=20) as server:
        server.sendmail(REQUESTER, [to], raw)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answer_to(mail: EmailMessage, text: str) -> tuple[bytes, str]:
    """What a mail program makes of pressing "reply"."""
    to = mail["Reply-To"].addresses[0].addr_spec
    answer = EmailMessage()
    answer["From"], answer["To"] = f"Rita <{REQUESTER}>", to
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["In-Reply-To"] = mail["Message-ID"]
    answer["References"] = f"{mail['References']} {mail['Message-ID']}"
    answer.set_content(f"{text}\n\nOn Monday, the desk wrote:\n> what we wrote\n")
    return answer.as_bytes(policy=SMTP), to


def test_the_walk(letterbox: Letterbox, running: Receiver) -> None:
    acme: Acme = found_acme()
    sent_by_rita(running, written(Message_ID="<rita.1@acme.example>"), "support@acme.example")
    until(TicketRow.objects.exists)
    row = TicketRow.objects.get()

    desk.reply(acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor, text="Is it warm?")
    assert outbox.send_due(instant_now()) == 2
    acknowledgement, reply = letterbox.mails
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert reply["In-Reply-To"] == "<rita.1@acme.example>"

    sent_by_rita(running, *answer_to(reply, "Very warm."))
    until(lambda: MessageRow.objects.filter(ticket=row, kind="received").count() == 2)
    desk.resolve(
        acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor, text="It is out now."
    )
    assert outbox.send_due(instant_now()) == 2
    sent_by_rita(running, *answer_to(letterbox.mails[-1], "It burns again."))
    until(lambda: TicketRow.objects.get().status == "open")
    desk.resolve(acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor, text="Now it is.")
    assert outbox.send_due(instant_now()) == 1
    assert len(letterbox.every) == 5

    names = names_of(row)
    assert [name for name in names if name in ("ticket.resolved", "ticket.reopened")] == [
        *("ticket.resolved", "ticket.reopened", "ticket.resolved")
    ]
    assert names.count("message.delivered") == 4
    assert len({mail["Message-ID"] for mail in letterbox.mails}) == 4
    assert str(letterbox.mails[-1]["References"]).split()[0] == "<rita.1@acme.example>"
    assert projections.differences(acme.uuid) == []
    assert verify.verify(acme.uuid).is_sound
