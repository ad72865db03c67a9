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
from tests.stock import from_stock

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


@from_stock
def three_of_acme() -> tuple[Company, Person, Person]:
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
    return company, agent, requester


@pytest.fixture
def cast(db: None) -> Cast:
    company, agent, requester = three_of_acme()
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


def send_at(at: Instant) -> int:
    return outbox.send_due(at, clock=lambda: at)


def text_of(mail: EmailMessage) -> str:
    """What somebody wrote in it, without what the desk puts around."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").split("\n\n", 1)[1].split("\n\n-- ")[0]


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
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "with_jitter", lambda span: span)
    queued = cast.reply()
    waits = []
    at = MONDAY + HOUR
    sink.says = ["451 come back"] * 12
    for _ in range(12):
        assert send_at(at) == 0
        queued.refresh_from_db()
        waits.append((queued.next_attempt_at - at) // SECOND)
        at = queued.next_attempt_at
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert (queued.state, queued.last_error) == ("queued", "451 come back")
    assert "message.delivered" not in names(cast)
    assert send_at(at) == 1
    assert sink.taken[0][1]["Message-ID"] == queued.message_id


def test_what_failed_together_does_not_come_again_together() -> None:
    waits = {outbox.with_jitter(HOUR) for _ in range(50)}
    assert len(waits) > 40
    assert all(HOUR <= each <= HOUR + 15 * MINUTE for each in waits)


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
    tried = sorted(OutgoingMail.objects.values_list("attempts", flat=True))
    assert tried == [0, 0, 0, 0, 1], "one try stands for all"
    assert all("cannot be reached" in mail.last_error for mail in OutgoingMail.objects.all())
    settings.EMAIL_PORT = sink.port
    assert send(MONDAY + 2 * HOUR) == 5
    assert [text_of(mail) for _, mail, _ in sink.taken] == [f"Number {each}" for each in range(5)]


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
        broken.setattr(outbox, "_note", lambda *_: 1 / 0)
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

    failures: list[BaseException] = []

    def work() -> None:
        try:
            outbox.send_due(MONDAY + HOUR, clock=lambda: SENT)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    senders = [threading.Thread(target=work) for _ in range(4)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert failures == []
    # On a busy machine they may all have used up their spell, or given the server a rest.
    later = MONDAY + HOUR
    while OutgoingMail.objects.exclude(state="sent").exists() and later < MONDAY + DAY:
        later += HOUR
        send(later)
    assert len({str(mail["Message-ID"]) for _, mail, _ in sink.taken}) == len(sink.taken) == 10
    assert OutgoingMail.objects.filter(state="sent").count() == 10
    assert MailRef.objects.filter(emitted=True).count() == 10


# ---- of several recipients ----------------------------------------------------------------


def both(cast: Cast) -> OutgoingMail:
    """A mail to the requester, with a colleague on copy."""
    other = directory.person_for_address(cast.company.uuid, "olaf@acme.example", "Olaf", at=MONDAY)
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text="Both of you.",
        to=[cast.requester.uuid],
        copies=[other.uuid],
    )
    return OutgoingMail.objects.latest("id")


def test_people_on_copy_get_the_same_mail_and_stand_in_it(cast: Cast, sink: Sink) -> None:
    both(cast)
    assert send() == 1
    ((recipients, mail, _),) = sink.taken
    assert recipients == ["rita@acme.example", "olaf@acme.example"]
    assert str(mail["To"]) == "Rita Requester <rita@acme.example>"
    assert str(mail["Cc"]) == "Olaf <olaf@acme.example>"


def test_one_who_is_put_off_gets_it_later_and_the_others_not_again(cast: Cast, sink: Sink) -> None:
    queued = both(cast)
    sink.refuses["olaf@acme.example"] = "451 4.7.1 greylisted"
    assert send_at(MONDAY + HOUR) == 1
    queued.refresh_from_db()
    assert (queued.state, queued.envelope_to) == ("queued", ["olaf@acme.example"])
    sink.refuses.clear()
    assert send_at(MONDAY + 2 * HOUR) == 1
    assert [recipients for recipients, _, _ in sink.taken] == [
        ["rita@acme.example"],
        ["olaf@acme.example"],
    ]
    assert len({mail["Message-ID"] for _, mail, _ in sink.taken}) == 1
    assert names(cast).count("message.delivered") == 1
    assert "message.bounced" not in names(cast)


def test_of_two_refused_one_bounces_at_once_and_one_waits(cast: Cast, sink: Sink) -> None:
    queued = both(cast)
    sink.refuses["rita@acme.example"] = "550 5.7.1 not from you"
    sink.refuses["olaf@acme.example"] = "451 later"
    assert send() == 0
    queued.refresh_from_db()
    assert (queued.state, queued.envelope_to) == ("queued", ["olaf@acme.example"])
    assert names(cast).count("message.bounced") == 1


def test_who_left_gets_nothing(cast: Cast, sink: Sink) -> None:
    other = directory.person_for_address(cast.company.uuid, "olaf@acme.example", "Olaf", at=MONDAY)
    Person.objects.filter(pk=other.pk).update(is_active=False)
    both(cast)
    assert send() == 1
    assert sink.taken[0][0] == ["rita@acme.example"]
    assert sink.taken[0][1]["Cc"] is None


def test_a_message_that_reaches_nobody_says_so(cast: Cast, sink: Sink) -> None:
    Person.objects.filter(pk=cast.requester.pk).update(address=None)
    queued = cast.reply()
    assert send() == 0
    queued.refresh_from_db()
    assert (queued.state, queued.last_error) == ("failed", outbox.NOBODY)
    assert MessageRow.objects.get(id=queued.message).bounced == outbox.NOBODY
    assert sink.taken == []


# ---- order --------------------------------------------------------------------------------


def test_a_later_mail_waits_for_the_earlier_one_of_its_ticket(cast: Cast, sink: Sink) -> None:
    first, second = cast.reply("first"), cast.reply("second")
    sink.says = ["451 come back"]
    assert send_at(MONDAY + HOUR) == 0
    second.refresh_from_db()
    assert (second.state, second.attempts) == ("queued", 0)
    assert send_at(MONDAY + HOUR + 5 * SECOND) == 0
    assert send_at(MONDAY + HOUR + MINUTE) == 2
    assert [text_of(mail) for _, mail, _ in sink.taken] == ["first", "second"]
    first.refresh_from_db()
    assert first.attempts == 2


def test_it_goes_on_when_the_earlier_one_failed_for_good(cast: Cast, sink: Sink) -> None:
    cast.reply("first")
    cast.reply("second")
    sink.says = ["554 5.6.0 we do not like this one"]
    assert send() == 1
    assert [text_of(mail) for _, mail, _ in sink.taken] == ["second"]


def test_mail_to_somebody_else_does_not_wait(cast: Cast, sink: Sink) -> None:
    cast.reply("first")
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text="to another",
        to=[cast.agent.uuid],
    )
    sink.says = ["451 come back"]
    assert send() == 1
    assert [recipients for recipients, _, _ in sink.taken] == [["ben@provider.example"]]


# ---- the line -----------------------------------------------------------------------------


def test_a_server_that_is_away_is_left_alone_for_a_while(
    cast: Cast, settings: Settings, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "with_jitter", lambda span: span)
    settings.EMAIL_PORT = free_port()
    tries = []

    def refuse() -> None:
        tries.append(1)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr("commondesk.desk.mail.line._connection", refuse)
    cast.reply()
    for second in range(600):
        send_at(MONDAY + HOUR + second * SECOND)
    assert 12 <= len(tries) <= 15, "5, 10, 20, 40 s and then each minute"
    assert OutgoingMail.objects.get().state == "queued"


def test_mail_that_waited_too_long_for_a_server_is_told_of(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    cast.reply("old")
    cast.reply("older")
    assert send_at(MONDAY + 6 * DAY) == 0
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"failed"}
    assert names(cast).count("message.bounced") == 2


def test_a_line_that_breaks_takes_no_mail_with_it(cast: Cast, sink: Sink) -> None:
    cast.reply("one")
    sink.says = ["421 4.3.2 shutting down"]
    assert send_at(MONDAY + HOUR) == 0
    assert OutgoingMail.objects.get().state == "queued"
    assert send_at(MONDAY + 2 * HOUR) == 1
    assert len(sink.taken) == 1


def test_dots_and_long_texts_arrive_as_they_were(cast: Cast, sink: Sink) -> None:
    text = "\n".join([".", "..", ".hidden", *("." * each for each in range(300))] * 5)
    cast.reply(f"begin\n{text}\nend")
    assert send() == 1
    assert text_of(sink.taken[0][1]) == f"begin\n{text}\nend"


def test_a_record_that_cannot_be_told_sends_nothing_twice(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = cast.reply()
    OutgoingMail.objects.filter(pk=queued.pk).update(ticket=UUID(int=1))
    assert send() == 1
    assert send(MONDAY + DAY) == 0
    queued.refresh_from_db()
    assert queued.state == "sent"
    assert len(sink.taken) == 1


def test_a_test_mail_can_be_sent(cast: Cast, sink: Sink, settings: Settings) -> None:
    outbox.send_test("fiona@acme.example")
    assert sink.taken[0][0] == ["fiona@acme.example"]
    with pytest.raises(ValueError, match="no mail address"):
        outbox.send_test("nonsense")
    settings.EMAIL_HOST = ""
    with pytest.raises(outbox.NotSent, match="COMMONDESK_SMTP_URL"):
        outbox.send_test("fiona@acme.example")
