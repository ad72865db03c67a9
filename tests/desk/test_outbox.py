"""Mail out: to a real SMTP server, once, and told truly in the record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from commondesk.accounts import directory, setup
from commondesk.accounts.models import Company, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Channel
from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from commondesk.desk import actions, outbox
from commondesk.desk.models import MailRef, MessageRow, OutgoingMail
from commondesk.ledger import store

MONDAY = parse_instant("2025-03-10T09:00:00Z")
SENT = parse_instant("2025-03-10T10:00:07Z")


@dataclass
class Sink:
    """The next mail server: takes mail, or answers as it was told to."""

    taken: list[tuple[list[str], EmailMessage, str]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.says:
            return self.says.pop(0)
        mail = BytesParser(policy=default).parsebytes(envelope.original_content or b"")
        assert isinstance(mail, EmailMessage)
        self.taken.append((list(envelope.rcpt_tos), mail, envelope.mail_from or ""))
        return "250 taken"


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    made.port = int(controller.port)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield made
    controller.stop()


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Cast:
    company: Company
    agent: Person
    requester: Person
    ticket: UUID

    @property
    def actor(self) -> Actor:
        return Actor(str(self.agent.uuid), Side.PROVIDER)

    def reply(self, text: str = "Try again now.", at: Instant = MONDAY + HOUR) -> OutgoingMail:
        actions.reply(self.company.uuid, self.ticket, at=at, actor=self.actor, text=text)
        return OutgoingMail.objects.latest("id")


@pytest.fixture
def cast(db: None) -> Cast:
    company, founder = setup.found_company(
        at=MONDAY - DAY,
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",
        zone="Europe/London",
    )
    agent = directory.add_person(
        company.uuid,
        at=MONDAY - DAY,
        actor=Actor(str(founder.uuid), Side.COMPANY),
        title="Ben Agent",
        address="ben@provider.example",
        side=Side.PROVIDER,
        roles=[Role.AGENT],
        team="L1",
    )
    requester = directory.person_for_address(
        company.uuid, "rita@acme.example", "Rita Requester", at=MONDAY
    )
    ticket = actions.open_ticket(
        company=company.uuid,
        at=MONDAY,
        actor=Actor(str(requester.uuid), Side.REQUESTER),
        requester=requester.uuid,
        channel=Channel.MAIL,
        subject="The printer is on fire",
        text="Smoke!",
    )
    return Cast(company, agent, requester, ticket)


def names(cast: Cast) -> list[str]:
    return [event.name for event in store.history(cast.company.uuid, str(cast.ticket))]


def send(at: Instant = MONDAY + HOUR) -> int:
    return outbox.send_due(at, clock=lambda: SENT)


# ---- sending ------------------------------------------------------------------------------


def test_a_reply_goes_out_and_is_delivered_when_the_server_took_it(cast: Cast, sink: Sink) -> None:
    queued = cast.reply()
    assert send() == 1
    ((recipients, mail, sender),) = sink.taken
    assert (recipients, sender) == (["rita@acme.example"], "support@acme.example")
    assert mail["Message-ID"] == queued.message_id
    queued.refresh_from_db()
    assert (queued.state, queued.sent_at, queued.attempts) == ("sent", SENT, 1)
    event = store.history(cast.company.uuid, str(cast.ticket))[-1]
    assert (event.name, event.happened_at) == ("message.delivered", SENT)
    assert MessageRow.objects.get(id=queued.message).delivered_at == SENT


def test_what_was_sent_is_not_sent_again_and_its_copy_is_empty(cast: Cast, sink: Sink) -> None:
    queued = cast.reply()
    assert [send(), send(), send(MONDAY + DAY)] == [1, 0, 0]
    queued.refresh_from_db()
    assert bytes(queued.content) == b""
    assert len(sink.taken) == 1


def test_an_internal_note_is_never_mailed(cast: Cast, sink: Sink) -> None:
    actions.write_note(
        cast.company.uuid, cast.ticket, at=MONDAY, actor=cast.actor, text="He always says that."
    )
    assert not OutgoingMail.objects.exists()


def test_a_step_that_fails_queues_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commondesk.desk.writing.notify.after", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cast.reply()
    assert not OutgoingMail.objects.exists()
    assert "message.written" not in names(cast)


def test_without_a_server_it_waits_and_says_so(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    queued = cast.reply()
    assert send() == 0
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, queued.last_error) == ("queued", 0, outbox.NO_SERVER)


# ---- trouble ------------------------------------------------------------------------------


def test_a_temporary_refusal_waits_longer_each_time_with_the_same_id(
    cast: Cast, sink: Sink
) -> None:
    queued = cast.reply()
    waits = []
    at = MONDAY + HOUR
    sink.says = ["451 come back"] * 12
    for _ in range(12):
        assert outbox.send_due(at, clock=lambda at=at: at) == 0  # type: ignore[misc]
        queued.refresh_from_db()
        waits.append((queued.next_attempt_at - at) // SECOND)
        at = queued.next_attempt_at
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert (queued.state, queued.last_error) == ("queued", "451 come back")
    assert "message.delivered" not in names(cast)
    assert outbox.send_due(at, clock=lambda: at) == 1
    assert sink.taken[0][1]["Message-ID"] == queued.message_id


def test_a_refusal_for_good_is_told_on_the_message(cast: Cast, sink: Sink) -> None:
    queued = cast.reply()
    sink.refuses["rita@acme.example"] = "550 5.1.1 no such user"
    assert send() == 0
    queued.refresh_from_db()
    assert (queued.state, queued.last_error) == ("failed", "550 5.1.1 no such user")
    assert names(cast)[-1] == "message.bounced"
    assert MessageRow.objects.get(id=queued.message).bounced == "550 5.1.1 no such user"
    assert send(MONDAY + DAY) == 0


def test_one_of_two_recipients_refused_is_delivered_and_bounced(cast: Cast, sink: Sink) -> None:
    other = directory.person_for_address(cast.company.uuid, "olaf@acme.example", "Olaf", at=MONDAY)
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text="Both of you.",
        to=[cast.requester.uuid, other.uuid],
    )
    sink.refuses["olaf@acme.example"] = "550 5.1.1 unknown"
    assert send() == 1
    assert sink.taken[0][0] == ["rita@acme.example"]
    assert names(cast)[-2:] == ["message.delivered", "message.bounced"]


def test_a_server_that_is_away_delays_all_and_loses_none(
    cast: Cast, settings: Settings, sink: Sink
) -> None:
    for count in range(5):
        cast.reply(f"Number {count}")
    settings.EMAIL_PORT = free_port()
    assert send() == 0
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("queued", 1)}
    assert "cannot be reached" in OutgoingMail.objects.all()[0].last_error
    settings.EMAIL_PORT = sink.port
    assert send(MONDAY + 2 * HOUR) == 5
    assert len(sink.taken) == 5


def test_one_bad_mail_does_not_hold_up_the_others(cast: Cast, sink: Sink) -> None:
    bad = cast.reply("bad")
    OutgoingMail.objects.filter(pk=bad.pk).update(envelope_to=["not an address\r\nRCPT TO:<x@y>"])
    cast.reply("good")
    assert send() == 1
    assert [recipients for recipients, _, _ in sink.taken] == [["rita@acme.example"]]
    bad.refresh_from_db()
    assert bad.last_error.endswith("is no mail address")


def test_after_five_days_it_gives_up_and_says_so(cast: Cast, sink: Sink) -> None:
    queued = cast.reply()
    sink.says = ["451 come back"]
    late = MONDAY + 6 * DAY
    outbox.send_due(late, clock=lambda: late)
    queued.refresh_from_db()
    assert queued.state == "failed"
    assert names(cast)[-1] == "message.bounced"


def test_a_crash_after_sending_sends_again_with_the_same_id(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = cast.reply()
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "_note_taken", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send()
    queued.refresh_from_db()
    assert queued.state == "sending"
    assert send(MONDAY + HOUR + MINUTE) == 0, "it may still be on its way"
    assert send(MONDAY + 2 * HOUR) == 1
    assert [mail["Message-ID"] for _, mail, _ in sink.taken] == [queued.message_id] * 2
    assert names(cast).count("message.delivered") == 1


@pytest.mark.django_db(transaction=True)
def test_several_senders_send_each_mail_once(cast: Cast, sink: Sink) -> None:
    from django.db import connection

    for count in range(10):
        cast.reply(f"Number {count}")

    def work() -> None:
        outbox.send_due(MONDAY + HOUR, clock=lambda: SENT)
        connection.close()

    senders = [threading.Thread(target=work) for _ in range(4)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert len(sink.taken) == 10
    assert OutgoingMail.objects.filter(state="sent").count() == 10
    assert MailRef.objects.filter(emitted=True).count() == 10


def test_a_test_mail_can_be_sent(cast: Cast, sink: Sink, settings: Settings) -> None:
    outbox.send_test("fiona@acme.example")
    assert sink.taken[0][0] == ["fiona@acme.example"]
    with pytest.raises(ValueError, match="no mail address"):
        outbox.send_test("nonsense")
    settings.EMAIL_HOST = ""
    with pytest.raises(outbox.NotSent, match="COMMONDESK_SMTP_URL"):
        outbox.send_test("fiona@acme.example")
