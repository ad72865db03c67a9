"""One connection as a state machine: bytes in, answers out. No socket, no clock, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from . import arguments
from .arguments import Malformed
from .content import Content

LONGEST_COMMAND = 2048
MOST_COMMANDS_WITHOUT_MAIL = 200
MOST_MAILS = 500
MOST_ERRORS = 20

READY = "354 End it with CR LF . CR LF"
TOO_MANY = "452 4.5.3 Too many recipients for one mail; send the rest in another one"
TOO_LARGE = "552 5.3.4 That mail is larger than we take"
FULL = "452 4.3.1 We cannot store mail at the moment; please try again later"
NOT_AN_ADDRESS = "553 5.1.3 That is no mail address"
CLOSING = "421 4.3.2 We are closing this connection; please try again later"
ENOUGH = "421 4.7.0 Enough for one connection"


class Draft(Protocol):
    """Where the bytes of a mail go while they come."""

    def write(self, content: bytes | bytearray) -> None: ...

    def discard(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Rules:
    name: str
    largest: int
    most_recipients: int
    is_lmtp: bool = False
    has_tls: bool = False


class Wish(StrEnum):
    """What whoever carries the dialogue must do before it goes on."""

    KEEP = "keep"
    START_TLS = "start tls"
    CLOSE = "close"


@dataclass
class Letter:
    """A mail as it is being said."""

    sender: str
    recipients: list[str] = field(default_factory=list)
    content: Content | None = None
    draft: Draft | None = None
    size: int = 0
    refusal: str = ""


class Dialogue:
    """Feed it with `take`; while it has a `wish`, it waits: for `kept`, `secured`, or the end."""

    def __init__(self, rules: Rules, new_draft: Callable[[], Draft]) -> None:
        self.rules = rules
        self.wish: Wish | None = None
        self.letter: Letter | None = None
        self.helo = ""
        self._new_draft = new_draft
        self._waiting = bytearray()
        self._is_secure = False
        self._is_within_long_line = False
        self._says: list[str] = []
        self._errors = self._mails = self._commands = 0

    def greeting(self) -> bytes:
        kind = "LMTP" if self.rules.is_lmtp else "ESMTP"
        return f"220 {self.rules.name} {kind} Commondesk\r\n".encode()

    @property
    def is_within_mail(self) -> bool:
        return self.letter is not None and self.letter.content is not None

    @property
    def waiting_size(self) -> int:
        return len(self._waiting)

    def take(self, data: bytes) -> bytes:
        """What to say to these bytes, as far as they can be answered by now."""
        self._waiting += data
        while self.wish is None:
            if self.letter and self.letter.content:
                if not self._took_content(self.letter, self.letter.content):
                    break
            elif not self._took_line():
                break
        return self._said()

    def kept(self, answer: str) -> bytes:
        """The mail is answered; by LMTP once for each recipient. The dialogue goes on."""
        assert self.letter is not None and self.wish is Wish.KEEP
        self._says += [answer] * (len(self.letter.recipients) if self.rules.is_lmtp else 1)
        self.wish = self.letter = None
        self._mails += 1
        self._commands = 0
        return self.take(b"")

    def secured(self) -> None:
        """TLS has begun: whatever was said before it is void, also what came along unasked."""
        self.wish = None
        self._waiting.clear()
        self._is_secure = True
        self._forget()
        self.helo = ""

    def end(self) -> None:
        """The connection is gone; half a mail is none."""
        self.wish = Wish.CLOSE
        self._forget()

    # ---- a mail's bytes --------------------------------------------------------------------

    def _took_content(self, letter: Letter, content: Content) -> bool:
        """False while more must come."""
        if not self._waiting:
            return False
        some = content.taken(bytes(self._waiting))
        self._waiting.clear()
        self._write(letter, some)
        if content.is_whole:
            self._waiting += content.left()
            letter.content = None
            self._finish(letter)
        elif letter.size > 2 * self.rules.largest:
            self._close(CLOSING)
        return content.is_whole

    def _write(self, letter: Letter, some: bytearray) -> None:
        letter.size += len(some)
        if letter.draft is None:
            return
        if letter.size > self.rules.largest:
            # Said at once: whoever listens while sending need not send the rest.
            self._refuse(letter, TOO_LARGE)
            return
        try:
            letter.draft.write(some)
        except OSError:
            self._refuse(letter, FULL)

    def _refuse(self, letter: Letter, answer: str) -> None:
        self._drop(letter)
        letter.refusal = answer
        self._answer_all(letter, answer)

    def _finish(self, letter: Letter) -> None:
        if letter.refusal:
            self._forget()
        else:
            self.wish = Wish.KEEP

    def _answer_all(self, letter: Letter, answer: str) -> None:
        self._says += [answer] * (len(letter.recipients) if self.rules.is_lmtp else 1)

    # ---- commands --------------------------------------------------------------------------

    def _took_line(self) -> bool:
        end = self._waiting.find(b"\n")
        if end < 0:
            if len(self._waiting) > LONGEST_COMMAND:
                self._is_within_long_line = True
                self._waiting.clear()
                self._count_error()
            return False
        line = bytes(self._waiting[: end + 1])
        del self._waiting[: end + 1]
        self._obey_line(line)
        return True

    def _obey_line(self, line: bytes) -> None:
        if self._is_within_long_line or len(line) > LONGEST_COMMAND:
            self._is_within_long_line = False
            self._fail("500 5.5.2 That line is too long")
        elif not line.endswith(b"\r\n"):
            self._fail("500 5.5.2 Lines end with CR LF")
        elif b"\r" in line[:-2] or b"\0" in line:
            self._fail("500 5.5.2 That line holds characters it may not hold")
        else:
            word, _, rest = line[:-2].decode("utf-8", "surrogateescape").partition(" ")
            self._obey(word.upper(), rest)

    def _obey(self, word: str, rest: str) -> None:
        self._commands += 1
        if self._commands > MOST_COMMANDS_WITHOUT_MAIL + self.rules.most_recipients * 2:
            self._close(ENOUGH)
            return
        command = COMMANDS.get(word)
        if command is None:
            self._fail("500 5.5.1 That command is not known here")
            return
        try:
            command(self, rest.strip(" "))
        except Malformed as malformed:
            self._fail(str(malformed))

    def _greet(self, rest: str) -> None:
        self._forget()
        self.helo = rest.split(" ")[0][:255]
        if not self.helo:
            raise Malformed("501 5.5.4 Say your name with it")

    def helo_(self, rest: str) -> None:
        if self.rules.is_lmtp:
            raise Malformed("500 5.5.1 This is LMTP: say LHLO")
        self._greet(rest)
        self._say(f"250 {self.rules.name}")

    def ehlo(self, rest: str) -> None:
        if self.rules.is_lmtp:
            raise Malformed("500 5.5.1 This is LMTP: say LHLO")
        self._greet(rest)
        self._say_extensions()

    def lhlo(self, rest: str) -> None:
        if not self.rules.is_lmtp:
            raise Malformed("500 5.5.1 This is SMTP: say EHLO")
        self._greet(rest)
        self._say_extensions()

    def _say_extensions(self) -> None:
        offered = [
            self.rules.name,
            f"SIZE {self.rules.largest}",  # not for readers
            "8BITMIME",
            "SMTPUTF8",
            "PIPELINING",
            "ENHANCEDSTATUSCODES",
        ]
        if self.rules.has_tls and not self._is_secure:
            offered.append("STARTTLS")
        self._says += [f"250-{each}" for each in offered[:-1]] + [f"250 {offered[-1]}"]

    def starttls(self, rest: str) -> None:
        if rest:
            raise Malformed("501 5.5.4 STARTTLS stands alone")
        if not self.rules.has_tls or self._is_secure:
            raise Malformed("503 5.5.1 TLS is not to be had now")
        self._say("220 2.0.0 Begin")
        self.wish = Wish.START_TLS

    def mail(self, rest: str) -> None:
        if not self.helo:
            raise Malformed("503 5.5.1 Say who you are first")
        if self.letter:
            raise Malformed("503 5.5.1 One mail at a time")
        if self._mails >= MOST_MAILS:
            self._close(ENOUGH)
            return
        named = arguments.named("FROM:", rest)
        self._check_words(named.words)
        self.letter = Letter(named.address)
        self._say("250 2.1.0 Ok")

    def _check_words(self, words: Mapping[str, str]) -> None:
        unknown = set(words) - {"SIZE", "BODY", "SMTPUTF8", "AUTH"}
        if unknown:
            raise Malformed(f"555 5.5.4 {sorted(unknown)[0]} is not known here")
        if words.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            raise Malformed("501 5.5.4 BODY is 7BIT or 8BITMIME")
        size = words.get("SIZE", "0")
        if not (size.isascii() and size.isdecimal() and len(size) <= 20):
            raise Malformed("501 5.5.4 SIZE is a number")
        if int(size) > self.rules.largest:
            raise Malformed(TOO_LARGE)

    def rcpt(self, rest: str) -> None:
        if not self.letter:
            raise Malformed("503 5.5.1 Say MAIL first")
        named = arguments.named("TO:", rest)
        if named.words:
            raise Malformed("555 5.5.4 Those parameters are not known here")
        if not arguments.is_plain(named.address):
            raise Malformed(NOT_AN_ADDRESS)
        if len(self.letter.recipients) >= self.rules.most_recipients:
            self._say(TOO_MANY)
            return
        self.letter.recipients.append(named.address)
        self._say("250 2.1.5 Ok")

    def data(self, rest: str) -> None:
        if rest:
            raise Malformed("501 5.5.4 DATA stands alone")
        if not self.letter or not self.letter.recipients:
            raise Malformed("503 5.5.1 Say RCPT first")
        self.letter.draft, self.letter.content = self._new_draft(), Content()
        self._say(READY)

    def rset(self, _rest: str) -> None:
        self._forget()
        self._say("250 2.0.0 Ok")

    def noop(self, _rest: str) -> None:
        self._say("250 2.0.0 Ok")

    def vrfy(self, _rest: str) -> None:
        self._say("252 2.1.5 Send it, and see")

    def help(self, _rest: str) -> None:
        self._say("214 2.0.0 See RFC 5321")

    def quit(self, _rest: str) -> None:
        self._close("221 2.0.0 Bye")

    # ---- what they share -------------------------------------------------------------------

    def _say(self, answer: str) -> None:
        self._says.append(answer)

    def _said(self) -> bytes:
        lines, self._says = self._says, []
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _fail(self, answer: str) -> None:
        self._say(answer)
        self._count_error()

    def _count_error(self) -> None:
        self._errors += 1
        if self._errors > MOST_ERRORS:
            self._close("421 4.7.0 Too many errors")

    def _close(self, answer: str) -> None:
        self._forget()
        self._say(answer)
        self.wish = Wish.CLOSE

    def _forget(self) -> None:
        if self.letter:
            self._drop(self.letter)
        self.letter = None

    def _drop(self, letter: Letter) -> None:
        if letter.draft:
            letter.draft.discard()
        letter.draft = None


COMMANDS: dict[str, Callable[[Dialogue, str], None]] = {
    "HELO": Dialogue.helo_,
    "EHLO": Dialogue.ehlo,
    "LHLO": Dialogue.lhlo,
    "STARTTLS": Dialogue.starttls,
    "MAIL": Dialogue.mail,
    "RCPT": Dialogue.rcpt,
    "DATA": Dialogue.data,
    "RSET": Dialogue.rset,
    "NOOP": Dialogue.noop,
    "VRFY": Dialogue.vrfy,
    "HELP": Dialogue.help,
    "QUIT": Dialogue.quit,
}
