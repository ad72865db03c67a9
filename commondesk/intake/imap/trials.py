"""Trying a mailbox before it is kept: who it lets in, its folders, how much lies there. No mail is
fetched and nothing is changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore

from imap_tools import BaseMailBox

from commondesk.intake.models import MailAccount

from . import connection
from .connection import Unreachable

ANSWER_SECONDS = 8.0
SPAN_IN_SECONDS = 20.0
MOST_FOLDERS = 100
LONGEST_FOLDER = 255
AT_ONCE = 3
"""How many are tried at once: slow servers must not hold up the desk's own pages."""
_places = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Trial:
    """What signing in brought. mails is how many lie in the account's folder."""

    folders: tuple[str, ...]
    mails: int


def tried(account: MailAccount) -> Trial:
    """Sign in and look around. Raises Unreachable."""
    with _entered(account) as mailbox:
        return Trial(_folders(mailbox, account.folder), _told(mailbox, account, "MESSAGES"))


def place_in(account: MailAccount) -> tuple[int, int]:
    """How the folder numbers its mails now, and the last number given. Raises Unreachable."""
    with _entered(account) as mailbox:
        validity = _told(mailbox, account, "UIDVALIDITY")
        return validity, max(0, _told(mailbox, account, "UIDNEXT") - 1)


@contextlib.contextmanager
def _entered(account: MailAccount) -> Iterator[BaseMailBox]:
    if not _places.acquire(timeout=ANSWER_SECONDS):
        raise Unreachable("too many mailboxes are tried at once", "busy")
    try:
        with connection.signed_in(account, ANSWER_SECONDS, ends_after=SPAN_IN_SECONDS) as mailbox:
            yield mailbox
    finally:
        _places.release()


def _folders(mailbox: BaseMailBox, wanted: str) -> tuple[str, ...]:
    """Those that mail can lie in, the account's own first."""
    names = {
        each.name
        for each in mailbox.folder.list()
        if r"\Noselect" not in each.flags and len(each.name) <= LONGEST_FOLDER
    }
    found = sorted(names - {wanted}, key=str.casefold)[: MOST_FOLDERS - 1]
    return (wanted, *found)


def _told(mailbox: BaseMailBox, account: MailAccount, what: str) -> int:
    told = None
    # What a server says of a folder that it does not have differs from one to the next.
    with contextlib.suppress(KeyError, ValueError):
        if mailbox.folder.exists(account.folder):
            told = mailbox.folder.status(account.folder, [what]).get(what)
    if told is None:
        raise Unreachable(f"there is no folder {account.folder}", "folder")
    return told
