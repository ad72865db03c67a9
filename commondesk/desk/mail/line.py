"""The line to the next mail server: opened when first needed, kept for all mails of a batch."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.conf import settings

from .headers import addresses_in_wire_form

LONGEST_ANSWER = 500
CHUNK = 65_536
FINAL_ANSWER_SECONDS = 300.0
"""How long a server may look through a mail before it says yes: asking again would be a second."""
MOST_DROPS = 3
_OWN_FAULT = frozenset({530, 534, 535, 538})
"""The server refuses us, not the mail: somebody may set that right."""


class OutOfReach(Exception):
    """No mail gets through now, whichever. The text says why."""


class Dropped(Exception):
    """The line broke while a mail was on it. It may have arrived, or be what broke it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a recipient. is_about_them: it was this address that was refused."""

    said: str
    is_final: bool
    is_about_them: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who the next server took a mail for, and what it said of the others."""

    taken: tuple[str, ...] = ()
    refused: dict[str, Answer] = field(default_factory=dict)


@dataclass
class Line:
    """A connection to the next server, opened when first needed and again when it broke."""

    server: smtplib.SMTP | None = None
    drops: int = 0

    def send(self, mail_from: str, recipients: Sequence[str], content: bytes) -> Outcome:
        """Hand over one mail. Raises OutOfReach and Dropped."""
        try:
            sender = addresses_in_wire_form([mail_from])[0]
            written = addresses_in_wire_form(recipients)
        except ValueError as error:
            return _refused_all(recipients, Answer(_said(error), is_final=True))
        server = self._opened()
        try:
            outcome = _handed_over(
                server, sender, dict(zip(written, recipients, strict=True)), content
            )
        except smtplib.SMTPNotSupportedError as error:
            return _refused_all(recipients, Answer(_said(error), is_final=True))
        except (OSError, smtplib.SMTPException) as error:
            self._note_drop(error)
            raise Dropped(f"the connection broke: {_said(error)}") from None
        self.drops = 0
        return outcome

    def _opened(self) -> smtplib.SMTP:
        if self.server is None:
            try:
                self.server = _connection()
            except (OSError, smtplib.SMTPException) as error:
                raise OutOfReach(f"the mail server cannot be reached: {_said(error)}") from None
        return self.server

    def _note_drop(self, error: Exception) -> None:
        self.close()
        self.drops += 1
        if self.drops >= MOST_DROPS:
            raise OutOfReach(f"the mail server breaks every connection: {_said(error)}") from None

    def close(self) -> None:
        """Say goodbye as far as the other side still listens."""
        server, self.server = self.server, None
        if server:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


@contextmanager
def connected() -> Iterator[Line]:
    """A line that is closed in the end."""
    line = Line()
    try:
        yield line
    finally:
        line.close()


def _connection() -> smtplib.SMTP:
    """Certificates are checked wherever TLS is asked for."""
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=timeout)
    try:
        assert server.sock is not None
        # Else the dot after a mail waits 40 ms for the other side to confirm what came before.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.EMAIL_USE_TLS:
            server.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


# ---- one mail -----------------------------------------------------------------------------


def _handed_over(
    server: smtplib.SMTP, sender: str, recipients: dict[str, str], content: bytes
) -> Outcome:
    """recipients names each as it travels and as it is known to us."""
    everybody = tuple(recipients.values())
    code, said = server.mail(sender, _options(server, [sender, *recipients], content))
    if code != 250:
        return _refused_whole(server, everybody, code, said)
    refused, taken = {}, []
    for written, known in recipients.items():
        code, said = server.rcpt(written)
        if code in (250, 251):
            taken.append(known)
        else:
            refused[known] = _answer(code, said, is_about_them=True)
    if not taken:
        server.rset()
        return Outcome(refused=refused)
    server.putcmd("data")
    code, said = server.getreply()
    if code == 354:
        code, said = _sent_content(server, content)
    if code != 250:
        whole = _refused_whole(server, taken, code, said)
        return Outcome(refused={**refused, **whole.refused})
    return Outcome(tuple(taken), refused)


def _options(server: smtplib.SMTP, addresses: Sequence[str], content: bytes) -> list[str]:
    options = [f"SIZE={len(content)}"] if server.has_extn("size") else []
    if not all(each.isascii() for each in addresses):
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    return options


def _refused_whole(
    server: smtplib.SMTP, recipients: Sequence[str], code: int, said: bytes
) -> Outcome:
    answer = _answer(code, said)
    server.rset()
    return _refused_all(recipients, answer)


def _refused_all(recipients: Sequence[str], answer: Answer) -> Outcome:
    return Outcome(refused=dict.fromkeys(recipients, answer))


def _sent_content(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """In pieces: a mail of 25 MB is not copied again and again."""
    for piece in _dotted(content):
        server.send(piece)
    assert server.sock is not None
    usual = server.sock.gettimeout()
    server.sock.settimeout(FINAL_ANSWER_SECONDS)
    server.send(b".\r\n")
    answer = server.getreply()
    if server.sock is not None:
        server.sock.settimeout(usual)
    return answer


def _dotted(content: bytes) -> Iterator[bytes]:
    """Whole lines; one that begins with a dot gets another, so that none ends the mail."""
    start, end = 0, len(content)
    while start < end:
        stop = content.rfind(b"\n", start, start + CHUNK) + 1 or end
        piece = content[start:stop].replace(b"\n.", b"\n..")
        yield b"." + piece if piece.startswith(b".") else piece
        start = stop
    if not content.endswith(b"\r\n"):
        yield b"\r\n"


def _answer(code: int, text: bytes, *, is_about_them: bool = False) -> Answer:
    said = f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"[:LONGEST_ANSWER]
    if code == 421:
        # It closes the line whatever we do.
        raise smtplib.SMTPServerDisconnected(said)
    if code in _OWN_FAULT:
        raise OutOfReach(f"the mail server refuses us: {said}")
    return Answer(said, 500 <= code < 600, is_about_them)


def _said(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST_ANSWER]
