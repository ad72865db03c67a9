"""A connection to an IMAP server: encrypted and checked, or refused with a sentence for people."""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailboxStarttlsError,
)

from commondesk.intake import sealing
from commondesk.intake.models import MailAccount

from . import reach

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A selected folder: while validity stays, a number names the same mail for ever."""

    mailbox: BaseMailBox
    validity: int
    flags: str
    """The flags that stay when they are set."""


class Unreachable(Exception):
    """The mailbox cannot be read now. The text says why; it holds no password.

    why is the same in one word, for pages that have sentences of their own: the text may repeat
    what a server said.
    """

    def __init__(self, text: str, why: str = "trouble") -> None:
        super().__init__(text)
        self.why = why


@contextlib.contextmanager
def opened(account: MailAccount) -> Iterator[Opened]:
    """The account's folder, selected. Whatever goes wrong until the end is told as Unreachable."""
    with signed_in(account, ANSWER_SECONDS) as mailbox:
        yield _selected(mailbox, account)


@contextlib.contextmanager
def signed_in(
    account: MailAccount, seconds: float, *, ends_after: float | None = None
) -> Iterator[BaseMailBox]:
    """The account without a folder; seconds: how long to wait for each answer. ends_after: after
    how many seconds a server that somebody entered on a page is left.

    Whatever goes wrong until the end is told as Unreachable.
    """
    where = f"{account.host}:{account.port}"
    try:
        mailbox = _connected(account, seconds, ends_after)
        try:
            _sign_in(mailbox, account)
            yield mailbox
        finally:
            _leave(mailbox)
    except reach.Nowhere:
        raise Unreachable(
            f"{where} is asked for nobody who enters it on a page: COMMONDESK_MAIL_NETWORKS",
            "nowhere",
        ) from None
    except sealing.CannotUnseal as error:
        raise Unreachable(str(error), "password_lost") from None
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"the certificate of {where} cannot be trusted: {error.verify_message}", "certificate"
        ) from None
    except ssl.SSLError as error:
        raise Unreachable(f"no TLS with {where}: {error.reason or error}", "tls") from None
    except socket.gaierror:
        raise Unreachable(f"the name service knows no {account.host}", "nowhere") from None
    except TimeoutError:
        raise Unreachable(f"{where} does not answer in time", "silent") from None
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise Unreachable(f"{where}: {told}", "unanswered") from None
    except imaplib.IMAP4.abort as error:
        raise Unreachable(f"{where} ended the connection: {_one_line(error)}", "ended") from None
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise Unreachable(f"{where} refuses: {_one_line(error)}", "ended") from None


def _connected(account: MailAccount, seconds: float, ends_after: float | None) -> BaseMailBox:
    if account.is_guarded:
        return _reached(account, seconds, ends_after)
    if account.security == MailAccount.Security.NONE:
        if not is_loopback(account.host):
            raise Unreachable(f"{account.host} is another machine: without TLS it is not asked")
        return MailBoxUnencrypted(account.host, account.port, timeout=seconds)
    context = ssl.create_default_context()
    if account.security == MailAccount.Security.TLS:
        return MailBox(account.host, account.port, ssl_context=context, timeout=seconds)
    try:
        return MailBoxStartTls(account.host, account.port, ssl_context=context, timeout=seconds)
    except (MailboxStarttlsError, imaplib.IMAP4.error):
        raise Unreachable(f"{account.host}:{account.port} offers no STARTTLS", "starttls") from None


def _reached(account: MailAccount, seconds: float, ends_after: float | None) -> BaseMailBox:
    """One that was entered on a page: only with TLS, and only where pages may have us ask.

    Raises Nowhere.
    """
    place = reach.place_of(account.host, account.port)
    way = reach.Way(place, seconds, ends_after)
    context = ssl.create_default_context()
    if account.security == MailAccount.Security.TLS:
        return reach.Reached(reach.TlsLine(account.host, account.port, way, context))
    line = reach.PlainLine(account.host, account.port, way)
    try:
        line.starttls(context)
    except imaplib.IMAP4.error:
        line.shutdown()
        raise Unreachable(f"{account.host}:{account.port} offers no STARTTLS", "starttls") from None
    return reach.Reached(line)


def _sign_in(mailbox: BaseMailBox, account: MailAccount) -> None:
    password = sealing.unsealed(account.sealed_password)
    try:
        if password.isascii() and account.username.isascii():
            mailbox.login(account.username, password, initial_folder=None)
        else:
            mailbox.login_utf8(account.username, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise Unreachable(
            f"{account.host} does not accept the name {account.username} with that password",
            "sign_in",
        ) from None
    # Signed in, a server offers more than before; the library asked only then.
    _, told = mailbox.client.capability()
    mailbox.client.capabilities = tuple(told[-1].decode(errors="replace").upper().split())


def _selected(mailbox: BaseMailBox, account: MailAccount) -> Opened:
    try:
        mailbox.folder.set(account.folder)
    except MailboxFolderSelectError:
        raise Unreachable(
            f"there is no folder {account.folder} for {account.username}", "folder"
        ) from None
    validity = _told_of(mailbox, "UIDVALIDITY")
    if not validity.isdecimal():
        raise Unreachable(f"{account.host} does not number its mails", "ended")
    return Opened(mailbox, int(validity), _told_of(mailbox, "PERMANENTFLAGS"))


def _told_of(mailbox: BaseMailBox, name: str) -> str:
    """What the server said of this on selecting; the library gives it once."""
    _, data = mailbox.client.response(name)
    return data[0].decode(errors="replace") if data and data[0] else ""


def _leave(mailbox: BaseMailBox) -> None:
    with contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
        mailbox.client.sock.settimeout(2.0)
        mailbox.logout()
    with contextlib.suppress(OSError):
        mailbox.client.shutdown()


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
