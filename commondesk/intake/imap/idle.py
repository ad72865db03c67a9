"""Waiting until the server has news (RFC 2177)."""

from __future__ import annotations

import imaplib
import select
import socket
import ssl
import time
from collections.abc import Callable
from io import BufferedReader
from typing import cast

from imap_tools import BaseMailBox

LOOK_SECONDS = 0.5


def is_offered(mailbox: BaseMailBox) -> bool:
    return "IDLE" in mailbox.client.capabilities


def wait_for_news(mailbox: BaseMailBox, seconds: float, is_ending: Callable[[], bool]) -> None:
    """Return at once when the server says anything, after this time, or when we are to end."""
    client = mailbox.client
    tag = client._command("IDLE")
    has_news = _has_begun_with_news(client, tag)
    end = time.monotonic() + seconds
    while not has_news and not is_ending() and time.monotonic() < end:
        has_news = _is_readable(client.sock, LOOK_SECONDS)
    client.send(b"DONE\r\n")
    mailbox.consume_until_tagged_response(tag)


def _has_begun_with_news(client: imaplib.IMAP4, tag: bytes) -> bool:
    """Read up to the server's go-ahead. Lines before it, or come along with it, are news."""
    has_news = False
    while client._get_response() is not None:
        if client.tagged_commands.get(tag):
            raise client.error("IDLE was refused")  # not for readers
        has_news = True
    old = client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        return has_news or bool(cast(BufferedReader, client.file).peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return has_news
    finally:
        client.sock.settimeout(old)


def _is_readable(line: socket.socket, seconds: float) -> bool:
    if isinstance(line, ssl.SSLSocket) and line.pending():
        return True
    poller = select.poll()
    poller.register(line, select.POLLIN)
    return bool(poller.poll(seconds * 1000))
