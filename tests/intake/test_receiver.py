"""The receiver over a real connection: yes only for what is on disk and in the database."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import DatabaseError

from commondesk.desk.models import TicketRow
from commondesk.intake import arrivals, raw_files, receiver
from commondesk.intake.models import RawMail
from commondesk.intake.receiver import Receiver

from .letters import DESK, REQUESTER, found_acme, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_receiver() -> Iterator[Receiver]:
    found_acme()
    running = receiver.start("127.0.0.1:0", is_filing=False)
    yield running
    running.stop()


def send(running: Receiver, raw: bytes, *recipients: str, sender: str = REQUESTER) -> None:
    with smtplib.SMTP("127.0.0.1", running.port, timeout=20) as server:
        server.sendmail(sender, recipients or (DESK,), raw)


def test_what_was_accepted_is_kept_byte_for_byte(open_receiver: Receiver) -> None:
    raw = b"From: rita@acme.example\r\nSubject: \xe4\xff\r\n\r\n.dot\r\n..\r\nend\r\n"
    send(open_receiver, raw, DESK, "other@acme.example")
    mail = RawMail.objects.get()
    assert raw_files.path_of(mail.path).read_bytes() == raw
    assert (mail.envelope_from, mail.envelope_to) == (REQUESTER, [DESK, "other@acme.example"])
    assert (mail.size, mail.peer, mail.state) == (len(raw), "127.0.0.1", "received")
    assert abs(mail.received_at / 1e6 - time.time()) < 60


def test_a_ticket_is_there_within_a_second_or_so() -> None:
    found_acme()
    running = receiver.start("127.0.0.1:0")
    try:
        send(running, written())
        deadline = time.monotonic() + 10
        while not TicketRow.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert TicketRow.objects.get().subject == "The printer is on fire"
    finally:
        running.stop()


def test_the_same_bytes_again_are_accepted_and_one(open_receiver: Receiver) -> None:
    with ThreadPoolExecutor(8) as senders:
        list(senders.map(lambda _: send(open_receiver, written()), range(40)))
    assert RawMail.objects.count() == 1


def test_many_at_once_are_all_kept(open_receiver: Receiver) -> None:
    mails = [written(subject=f"Matter {count}") for count in range(60)]
    with ThreadPoolExecutor(8) as senders:
        list(senders.map(lambda raw: send(open_receiver, raw), mails))
    kept = {raw_files.path_of(mail.path).read_bytes() for mail in RawMail.objects.all()}
    assert kept == set(mails)


def refusal_of(running: Receiver, raw: bytes = b"From: a@b.example\r\n\r\nx\r\n") -> int:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(running, raw)
    return refused.value.smtp_code


def test_a_full_disk_accepts_nothing(
    open_receiver: Receiver, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("commondesk.intake.raw_files.os.fsync", full)
        assert refusal_of(open_receiver) == 452
    assert not RawMail.objects.exists()
    assert [path for path in data.rglob("*") if path.is_file() and "mail" in path.parts] == []
    send(open_receiver, written())
    assert RawMail.objects.count() == 1, "it heals by itself"


def test_a_database_that_refuses_accepts_nothing(
    open_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DatabaseError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(arrivals, "_insert", refuse)
        assert refusal_of(open_receiver) == 452
    assert not RawMail.objects.exists()
    send(open_receiver, written())
    assert RawMail.objects.count() == 1


def test_an_unknown_error_is_temporary(
    open_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_files, "keep_all", lambda _: 1 / 0)
    assert refusal_of(open_receiver) == 451


def test_without_a_company_it_asks_to_come_back(db: None) -> None:
    running = receiver.start("127.0.0.1:0", is_filing=False)
    try:
        assert refusal_of(running) == 451
    finally:
        running.stop()
    assert not RawMail.objects.exists()


def test_too_many_recipients_are_for_another_mail(open_receiver: Receiver) -> None:
    with smtplib.SMTP("127.0.0.1", open_receiver.port, timeout=20) as server:
        refused = server.sendmail(
            REQUESTER, [f"support+{count}@acme.example" for count in range(105)], written()
        )
    assert len(refused) == 5
    assert {code for code, _ in refused.values()} == {452}


def test_long_lines_are_taken(open_receiver: Receiver) -> None:
    raw = b"From: rita@acme.example\r\n\r\n" + b"x" * 200_000 + b"\r\n"
    send(open_receiver, raw)
    assert RawMail.objects.get().size == len(raw)


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\r.\r\n", b"\r\n\x00.\r\n"]
)
def test_only_one_mail_comes_out_of_smuggling(open_receiver: Receiver, end: bytes) -> None:
    smuggled = (
        b"From: rita@acme.example\r\n\r\nhello" + end + b"MAIL FROM:<fiona@acme.example>\r\n"
        b"RCPT TO:<support@acme.example>\r\nDATA\r\nFrom: fiona@acme.example\r\n\r\nforged\r\n.\r\n"
    )
    answers = spoken(open_receiver, smuggled)
    assert answers.count(b"250 2.0.0 Kept") == 1
    assert RawMail.objects.count() == 1


def spoken(running: Receiver, data: bytes) -> bytes:
    """What the server says to one connection that sends this as its DATA."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as line:
        file = line.makefile("rwb")
        file.readline()
        for command in (
            b"HELO x",
            b"MAIL FROM:<rita@acme.example>",
            b"RCPT TO:<" + DESK.encode() + b">",
        ):
            file.write(command + b"\r\n")
            file.flush()
            file.readline()
        file.write(b"DATA\r\n")
        file.flush()
        file.readline()
        file.write(data + b"QUIT\r\n")
        file.flush()
        return file.read()


def test_a_connection_that_breaks_leaves_nothing(open_receiver: Receiver) -> None:
    line = socket.create_connection(("127.0.0.1", open_receiver.port), timeout=20)
    for command in (b"HELO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">"):
        line.sendall(command + b"\r\n")
        time.sleep(0.05)
    line.sendall(b"DATA\r\nFrom: a@b.example\r\n\r\nhalf a m")
    line.close()
    time.sleep(0.3)
    assert not RawMail.objects.exists()
    send(open_receiver, written())
    assert RawMail.objects.count() == 1
