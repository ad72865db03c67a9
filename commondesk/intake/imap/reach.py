"""Where a mailbox entered on a page may lie: on the open internet, or where we were told.

A name is looked up once, every address of it is looked at, and the connection goes to exactly the
one that was looked at. What a server sends is taken up to a limit, and never repeated to anybody.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Timer

from django.conf import settings
from imap_tools import BaseMailBox

from commondesk.desk.content import fetching
from commondesk.desk.content.fetching import Address

PORTS = frozenset({143, 993})
LONGEST_NAME = 253
LONGEST_PIECE = 64 * 1024 * 1024
"""No mail that we take is as large as this on the wire; a server that announces more is left."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
Lookup = Callable[[str], tuple[Address, ...]]


class Nowhere(Exception):
    """No such server is asked from here. One word for all: nobody learns what is inside."""


def place_of(host: str, port: int, *, look_up: Lookup | None = None) -> str:
    """The one address to connect to. Raises Nowhere."""
    plain = plain_host(host)
    try:
        found = fetching.addresses_of(plain, look_up or fetching.looked_up)
    except fetching.Refused:
        raise Nowhere from None
    if not found or not all(may_reach(each, port) for each in found):
        raise Nowhere
    return str(found[0])


def plain_host(host: str) -> str:
    """The name of a host as servers write it, or its address. Raises Nowhere."""
    text = host.strip().strip("[]").rstrip(".").lower()
    with contextlib.suppress(ValueError):
        return str(ip_address(text))
    try:
        name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        raise Nowhere from None
    # Digits alone are another way to write an address.
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise Nowhere
    return name


def may_reach(address: Address, port: int) -> bool:
    """Whether a page may have us ask there: by the usual ports of the open internet, or where
    whoever runs the installation said so."""
    if any(address in each for each in settings.MAIL_NETWORKS):
        return True
    return fetching.is_open(address) and port in PORTS


# ---- connecting ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """To one address, whatever the name stands for by now. timeout is for each answer."""

    place: str
    timeout: float
    ends_after: float | None = None
    """Seconds after which we hang up, however slowly the other side goes on talking."""

    def connected(self, port: int) -> socket.socket:
        line = socket.create_connection((self.place, port), self.timeout)
        if self.ends_after is not None:
            # A second handle of the same connection: TLS takes the first one over.
            timer = Timer(self.ends_after, _hang_up, [line.dup()])
            timer.daemon = True
            timer.start()
        return line


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError), line:
        line.shutdown(socket.SHUT_RDWR)


class PlainLine(imaplib.IMAP4):
    """A connection without TLS as yet."""

    def __init__(self, host: str, port: int, way: Way) -> None:
        self._way = way
        super().__init__(host, port, way.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._way.connected(self.port)

    def read(self, size: int) -> bytes:
        """What is announced as one piece. Raises abort where that is too much."""
        return super().read(_fit(size))


class TlsLine(imaplib.IMAP4_SSL):
    """A connection with TLS from the first byte, for the name that was given."""

    def __init__(self, host: str, port: int, way: Way, context: ssl.SSLContext) -> None:
        self._way = way
        super().__init__(host, port, ssl_context=context, timeout=way.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = self._way.connected(self.port)
        wrapped: socket.socket = self.ssl_context.wrap_socket(line, server_hostname=self.host)
        return wrapped

    def read(self, size: int) -> bytes:
        """What is announced as one piece. Raises abort where that is too much."""
        return super().read(_fit(size))


def _fit(size: int) -> int:
    if not 0 <= size <= LONGEST_PIECE:
        raise imaplib.IMAP4.abort("too much at once")  # not for readers
    return size


class Reached(BaseMailBox):
    """A mailbox by a connection that is there already."""

    def __init__(self, line: imaplib.IMAP4) -> None:
        self._line = line
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._line
