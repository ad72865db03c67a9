"""What a connection may not do: two mails out of one, endless mails, endless waiting, plain TLS."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.intake import raw_files, receiver
from commondesk.intake.models import RawMail
from commondesk.intake.receiver import Receiver
from commondesk.intake.smtp.server import Limits
from tests.mail_servers import certificates

from .letters import DESK, REQUESTER, found_acme, written

pytestmark = pytest.mark.django_db(transaction=True)
Opens = Callable[..., Receiver]


@pytest.fixture
def opened() -> Iterator[Opens]:
    found_acme()
    running: list[Receiver] = []

    def start(**given: object) -> Receiver:
        running.append(receiver.start("127.0.0.1:0", is_filing=False, **given))  # type: ignore[arg-type]
        return running[-1]

    yield start
    for each in running:
        each.stop()


class Line:
    """A sender that says exactly what it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def answer(self) -> str:
        """One answer, its last line if it has several; empty when the line is closed."""
        while (line := self.file.readline().decode()) and line[3:4] == "-":
            pass
        return line.strip()

    def say(self, *commands: str | bytes) -> str:
        for each in commands:
            self.socket.sendall((each if isinstance(each, bytes) else each.encode()) + b"\r\n")
            answer = self.answer()
        return answer

    def begin_mail(self) -> str:
        return self.say("EHLO mx.example", f"MAIL FROM:<{REQUESTER}>", f"RCPT TO:<{DESK}>", "DATA")


@contextlib.contextmanager
def line_to(running: Receiver) -> Iterator[Line]:
    with Line(running.port) as line:
        assert line.answer().startswith("220 ")
        yield line


# ---- two mails out of one (MAIL-25) -------------------------------------------------------

SMUGGLED = (
    b"MAIL FROM:<fiona@acme.example>\r\nRCPT TO:<" + DESK.encode() + b">\r\nDATA\r\nforged\r\n"
)


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\n", b"\n.\r", b"\r.\n"],
)
@pytest.mark.parametrize("is_in_pieces", [False, True])
def test_no_other_end_of_a_mail_is_one(opened: Opens, end: bytes, is_in_pieces: bool) -> None:
    said = b"From: a@b.example\r\n\r\nhello" + end + SMUGGLED + b".\r\n"
    with line_to(opened()) as line:
        line.begin_mail()
        for piece in [said[i : i + 1] for i in range(len(said))] if is_in_pieces else [said]:
            line.socket.sendall(piece)
        assert line.answer().startswith("250 ")
        assert line.say("QUIT").startswith("221 "), "and nothing was said in between"
    assert RawMail.objects.count() == 1
    assert SMUGGLED in raw_files.path_of(RawMail.objects.get().path).read_bytes()


def test_lines_without_carriage_return_are_one_mail_or_refused(opened: Opens) -> None:
    with line_to(opened()) as line:
        line.begin_mail()
        line.socket.sendall(b"From: a@b.example\n\nhello\nMAIL FROM:<x@y.example>\n.\r\n\r\n.\r\n")
        assert line.answer().startswith("250 ")
        line.socket.sendall(b"NOOP\n")
        assert line.answer().startswith("500 ")
    assert RawMail.objects.count() == 1


def test_mails_in_one_go_are_taken_one_after_another(opened: Opens) -> None:
    """Commands sent ahead (RFC 2920) are answered in order; DATA ends what may be sent ahead."""
    mail = f"MAIL FROM:<{REQUESTER}>\r\nRCPT TO:<{DESK}>\r\nDATA\r\n".encode()
    said = b"EHLO x\r\n" + mail + b"one\r\n.\r\n" + mail + b"..two\r\n.\r\nQUIT\r\n"
    with line_to(opened()) as line:
        line.socket.sendall(said)
        codes = [line.answer()[:3] for _ in range(10)]
    assert codes == ["250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    contents = [
        raw_files.path_of(mail.path).read_bytes() for mail in RawMail.objects.order_by("id")
    ]
    assert contents == [b"one\r\n", b".two\r\n"]


# ---- TLS ------------------------------------------------------------------------------------


@pytest.fixture
def authority(settings: Settings, tmp_path: Path) -> Path:
    made = certificates.made_in(tmp_path)
    settings.RECEIVER_CERTIFICATE, settings.RECEIVER_KEY = str(made.certificate), str(made.key)
    return made.authority


def test_a_mail_over_tls(opened: Opens, authority: Path) -> None:
    running = opened()
    with smtplib.SMTP("localhost", running.port, timeout=20) as server:
        assert server.ehlo()[0] == 250 and server.has_extn("starttls")
        server.starttls(context=ssl.create_default_context(cafile=str(authority)))
        server.ehlo()
        assert not server.has_extn("starttls")
        server.sendmail(REQUESTER, [DESK], written(text="secret\n" * 30_000))
    assert RawMail.objects.get().envelope_from == REQUESTER


def test_what_was_said_before_tls_is_void(opened: Opens, authority: Path) -> None:
    injected = b"STARTTLS\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<" + DESK.encode() + b">\r\n"
    with line_to(opened()) as line:
        line.say("EHLO x")
        line.socket.sendall(injected)
        assert line.answer().startswith("220 ")
        context = ssl.create_default_context(cafile=str(authority))
        with context.wrap_socket(line.socket, server_hostname="localhost") as secured:
            secured.sendall(b"DATA\r\n")
            assert secured.recv(1024).startswith(b"503 "), "neither MAIL nor EHLO was heard"
            secured.sendall(b"EHLO x\r\nQUIT\r\n")
            assert b"STARTTLS" not in secured.recv(4096)
    assert not RawMail.objects.exists()


def test_without_a_certificate_tls_is_not_offered(opened: Opens) -> None:
    with smtplib.SMTP("127.0.0.1", opened().port, timeout=20) as server:
        server.ehlo()
        assert not server.has_extn("starttls")
        assert server.docmd("STARTTLS")[0] == 503


# ---- how much -------------------------------------------------------------------------------


def test_a_mail_too_large_is_refused_at_once(opened: Opens, data: Path) -> None:
    with line_to(opened(largest=500_000)) as line:
        assert line.say("EHLO x", "MAIL FROM:<a@b.example> SIZE=500001").startswith("552 ")
        assert line.begin_mail().startswith("354 ")
        line.socket.sendall(b"x" * 70 * 1024 + b"\r\n")
        line.socket.sendall((b"x" * 998 + b"\r\n") * 450)
        assert line.answer().startswith("552 "), "before its end"
        line.socket.sendall(b".\r\n")
        assert line.begin_mail().startswith("354 "), "and the line is of use again"
        line.socket.sendall(written() + b".\r\n")
        assert line.answer().startswith("250 ")
    assert RawMail.objects.count() == 1
    assert sum(1 for path in data.rglob(".draft-*")) == 0


def test_an_endless_mail_is_cut_off(opened: Opens) -> None:
    with line_to(opened(largest=100_000)) as line:
        line.begin_mail()
        with pytest.raises(OSError):
            for _ in range(2000):
                line.socket.sendall(b"x" * 10_000)
    assert not RawMail.objects.exists()


def test_the_size_is_announced_and_recipients_are_limited(opened: Opens) -> None:
    with smtplib.SMTP("127.0.0.1", opened().port, timeout=20) as server:
        server.ehlo()
        assert server.esmtp_features["size"] == str(receiver.LARGEST)
        server.mail(REQUESTER)
        codes = [server.rcpt(f"support+{count}@acme.example")[0] for count in range(102)]
    assert codes == [250] * 100 + [452] * 2


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MAIL FROM:<a@b.example> SIZE=x", "501"),
        ("MAIL FROM:<a@b.example> FOO=1", "555"),
        ("MAIL FROM:a@b.example", "250"),
        ("MAIL FROM: <> BODY=8BITMIME SMTPUTF8", "250"),
        ('MAIL FROM:<"odd >@ one"@b.example>', "250"),
        ("MAIL FROM:<@relay.example:a@b.example>", "250"),
        ("MAIL FROM:<a@b.example", "553"),
        ("MAIL TO:<a@b.example>", "501"),
        ("RCPT TO:<support@acme.example>", "503"),
        ("DATA", "503"),
        ("AUTH PLAIN AAAA", "500"),
        ("LHLO x", "500"),
        ("VRFY root", "252"),
        ("N\0OP", "500"),
        ("x" * 5000, "500"),
    ],
)
def test_commands_are_answered_by_the_book(opened: Opens, command: str, code: str) -> None:
    with line_to(opened()) as line:
        line.say("EHLO x")
        assert line.say(command)[:3] == code
        assert line.say("NOOP").startswith("250 ")


def test_whoever_only_errs_is_sent_away(opened: Opens) -> None:
    with line_to(opened()) as line:
        answers = [line.say("WHAT") for _ in range(20)]
        assert {each[:3] for each in answers} == {"500"}
        assert line.say("WHAT").startswith("500 ")
        assert line.answer().startswith("421 ")
        assert line.answer() == ""


# ---- how many, how long -----------------------------------------------------------------------


def test_connections_are_limited_in_all_and_for_each_stranger(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = opened(limits=Limits(most_connections=3, most_of_one_peer=2))
    with line_to(running), line_to(running), line_to(running), Line(running.port) as refused:
        assert refused.answer().startswith("421 ")
    monkeypatch.setattr(type(running.server), "is_trusted", lambda *_: False)
    time.sleep(0.2)
    with line_to(running), line_to(running), Line(running.port) as refused:
        assert refused.answer().startswith("421 ")
    time.sleep(0.2)
    with line_to(running) as line:
        assert line.say("NOOP").startswith("250 "), "there is room again"


def test_dripping_silent_and_slow_lines_are_closed(opened: Opens) -> None:
    running = opened(limits=Limits(idle_span=0.6, slowest_bytes_per_s=1000))
    with line_to(running) as silent, line_to(running) as dripping, line_to(running) as slow:
        slow.begin_mail()
        slow.socket.sendall(b"From: a@b.example\r\n\r\n")
        end = time.monotonic() + 6
        closed: set[str] = set()
        while time.monotonic() < end and len(closed) < 2:
            for name, line in (("dripping", dripping), ("slow", slow)):
                try:
                    line.socket.sendall(b"x")
                except OSError:
                    closed.add(name)
            time.sleep(0.05)
        assert closed == {"dripping", "slow"}
        assert silent.answer().startswith("421 ")
    assert not RawMail.objects.exists()


def test_a_slow_mail_at_a_pace_is_taken(opened: Opens) -> None:
    with line_to(opened(limits=Limits(idle_span=0.5, slowest_bytes_per_s=1000))) as line:
        line.begin_mail()
        for _ in range(20):
            line.socket.sendall(b"x" * 198 + b"\r\n")
            time.sleep(0.1)
        line.socket.sendall(b".\r\n")
        assert line.answer().startswith("250 ")


def test_whoever_does_not_listen_is_not_listened_to(opened: Opens) -> None:
    with line_to(opened()) as line:
        line.socket.settimeout(1)
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises(OSError):
            while True:
                line.socket.sendall(b"NOOP\r\n" * 1000)


def test_stopping_tells_the_others_to_come_again(opened: Opens) -> None:
    running = opened()
    with line_to(running) as idle, line_to(running) as sending:
        sending.begin_mail()
        running.server.stop()
        assert idle.answer().startswith("421 ")
        assert sending.answer().startswith("421 ")
        running.server._thread = None


# ---- LMTP -------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["tcp", "unix"])
def test_lmtp_answers_for_each_recipient(opened: Opens, where: str, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    running = opened(lmtp=f"unix:{path}" if where == "unix" else "127.0.0.1:0")
    host, port = (str(path), 0) if where == "unix" else ("127.0.0.1", running.lmtp_port)
    server = smtplib.LMTP(host, port)
    assert server.docmd("EHLO x")[0] == 500
    refused = server.sendmail(REQUESTER, [DESK, "support+2@acme.example", "odd one"], written())
    assert list(refused) == ["odd one"] and refused["odd one"][0] == 553
    server.quit()
    mail = RawMail.objects.get()
    assert (mail.source, mail.envelope_to) == ("lmtp", [DESK, "support+2@acme.example"])
    assert mail.peer == ("" if where == "unix" else "127.0.0.1")


def test_lmtp_says_each_refusal_too(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    running = opened(lmtp="127.0.0.1:0")
    monkeypatch.setattr(raw_files, "keep_all", lambda _: 1 / 0)
    with Line(running.lmtp_port) as line:
        line.answer()
        to_both = (f"RCPT TO:<{DESK}>", f"RCPT TO:<{DESK}>")
        line.say("LHLO x", f"MAIL FROM:<{REQUESTER}>", *to_both, "DATA")
        line.socket.sendall(written() + b".\r\n")
        assert line.answer().startswith("451 ")
        assert line.answer().startswith("451 ")
        assert line.say("QUIT").startswith("221 ")
