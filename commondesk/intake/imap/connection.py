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

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A selected folder: while validity stays, a number names the same mail for ever."""

    mailbox: BaseMailBox
    validity: int
    flags: str
    """The flags that stay when they are set."""


class Unreachable(Exception):
    """The mailbox cannot be read now. The text says why; it holds no password."""


@contextlib.contextmanager
def opened(account: MailAccount) -> Iterator[Opened]:
    """The account's folder, selected. Whatever goes wrong until the end is told as Unreachable."""
    where = f"{account.host}:{account.port}"
    try:
        mailbox = _connected(account)
        try:
            _sign_in(mailbox, account)
            yield _selected(mailbox, account)
        finally:
            _leave(mailbox)
    except sealing.CannotUnseal as error:
        raise Unreachable(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"the certificate of {where} cannot be trusted: {error.verify_message}"
        ) from None
    except ssl.SSLError as error:
        raise Unreachable(f"no TLS with {where}: {error.reason or error}") from None
    except socket.gaierror:
        raise Unreachable(f"the name service knows no {account.host}") from None
    except TimeoutError:
        raise Unreachable(f"{where} does not answer in time") from None
    except OSError as error:
        raise Unreachable(f"{where}: {(error.strerror or str(error)).lower()}") from None
    except imaplib.IMAP4.abort as error:
        raise Unreachable(f"{where} ended the connection: {_one_line(error)}") from None
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise Unreachable(f"{where} refuses: {_one_line(error)}") from None


def _connected(account: MailAccount) -> BaseMailBox:
    if account.security == MailAccount.Security.NONE:
        if not is_loopback(account.host):
            raise Unreachable(f"{account.host} is another machine: without TLS it is not asked")
        return MailBoxUnencrypted(account.host, account.port, timeout=ANSWER_SECONDS)
    context = ssl.create_default_context()
    if account.security == MailAccount.Security.TLS:
        return MailBox(account.host, account.port, ssl_context=context, timeout=ANSWER_SECONDS)
    try:
        return MailBoxStartTls(
            account.host, account.port, ssl_context=context, timeout=ANSWER_SECONDS
        )
    except (MailboxStarttlsError, imaplib.IMAP4.error):
        raise Unreachable(f"{account.host}:{account.port} offers no STARTTLS") from None


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
            f"{account.host} does not accept the name {account.username} with that password"
        ) from None
    # Signed in, a server offers more than before; the library asked only then.
    _, told = mailbox.client.capability()
    mailbox.client.capabilities = tuple(told[-1].decode(errors="replace").upper().split())


def _selected(mailbox: BaseMailBox, account: MailAccount) -> Opened:
    try:
        mailbox.folder.set(account.folder)
    except MailboxFolderSelectError:
        raise Unreachable(f"there is no folder {account.folder} for {account.username}") from None
    validity = _told_of(mailbox, "UIDVALIDITY")
    if not validity.isdecimal():
        raise Unreachable(f"{account.host} does not number its mails")
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
