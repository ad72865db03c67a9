"""One look into a mailbox: what is new is fetched, stored, and only then marked as done.

Killed in between, the next look fetches it again, and the same bytes are the same mail. What is
done is known by its number in the folder, so a server that ignores marks gives nothing twice.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxFetchError, MailboxFlagError, MailboxMoveError
from imap_tools.utils import check_command_status, encode_folder

from commondesk.intake import arrivals, raw_files, receiver, wake
from commondesk.intake.models import MailAccount
from commondesk.ledger.now import instant_now

from .connection import Opened

SEEN = r"\Seen"
KEYWORD = "$Commondesk"
MOST_AT_ONCE = 20
MOST_BYTES_AT_ONCE = 1024 * 1024

_SIZE = re.compile(rb"UID (\d+)[^)]*RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+)[^)]*UID (\d+)")
_UID = re.compile(rb"UID (\d+)")
# A large mail lies in memory whole for a moment: one at a time, however many mailboxes there are.
_LARGE = threading.Lock()


class NotKept(Exception):
    """Nothing could be stored now. The mails stay on their server."""


@dataclass(slots=True)
class Told:
    """What a look brought."""

    stored: int = 0
    too_large: int = 0
    unmarked: str = ""

    @property
    def trouble(self) -> str:
        some = []
        if self.too_large:
            some.append(
                f"{self.too_large} of its mails are larger than we take "
                f"({receiver.LARGEST // 1024 // 1024} MB) and stay on the server"
            )
        if self.unmarked:
            some.append(f"mails are stored, but cannot be marked as done: {self.unmarked}")
        return "; ".join(some)

    @property
    def why(self) -> str:
        """In one word what was wrong, if anything was."""
        return "too_large" if self.too_large else "unmarked" if self.unmarked else ""


@dataclass(frozen=True, slots=True)
class Fetched:
    uid: int
    content: bytes


def look(opened: Opened, account: MailAccount) -> Told:
    """Bring in what is new in the folder. The account's row remembers how far we are.

    Raises NotKept, DatabaseError, and what the library raises.
    """
    told, mailbox = Told(), opened.mailbox
    start_anew_if_renumbered(account, opened.validity)
    # A server tells of new mail only when it is asked something.
    mailbox.client.noop()
    for some in batches(sizes_of(mailbox, new_uids(mailbox, account))):
        with _LARGE if is_large(some) else contextlib.nullcontext():
            fetched = fetch(mailbox, some)
            store(account, fetched)
        told.stored += len(fetched)
        told.unmarked = mark(opened, account, [each.uid for each in fetched]) or told.unmarked
        note(account, max(uid for uid, _ in some))
    told.too_large = len(mailbox.uids(f"LARGER {receiver.LARGEST}"))  # not for readers
    return told


def start_anew_if_renumbered(account: MailAccount, validity: int) -> None:
    """With another UIDVALIDITY the numbers mean other mails: all are looked at again."""
    if validity != account.uid_validity:
        account.uid_validity, account.last_uid = validity, 0
        account.save(update_fields=["uid_validity", "last_uid"])


def new_uids(mailbox: BaseMailBox, account: MailAccount) -> list[int]:
    first = account.last_uid + 1
    # n:* names the last mail even where it is older than n.
    found = mailbox.uids(f"UID {first}:*")  # not for readers
    return sorted(uid for uid in map(int, found) if uid >= first)


def sizes_of(mailbox: BaseMailBox, uids: Sequence[int]) -> list[tuple[int, int]]:
    """The mails that are still there, with the size that the server gives."""
    sizes: dict[int, int] = {}
    for start in range(0, len(uids), 500):
        listed = ",".join(map(str, uids[start : start + 500]))
        for line in _answer(mailbox, listed, "(UID RFC822.SIZE)"):
            found = _SIZE.search(line) if isinstance(line, bytes) else None
            if found:
                uid, size, size_first, uid_last = found.groups()
                sizes[int(uid or uid_last)] = int(size or size_first)
    return [(uid, sizes[uid]) for uid in uids if uid in sizes]


def batches(sizes: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Some mails at a time, in the order of their numbers; a large one alone."""
    some: list[tuple[int, int]] = []
    for uid, size in sizes:
        total = sum(each for _, each in some)
        if some and (len(some) >= MOST_AT_ONCE or total + size > MOST_BYTES_AT_ONCE):
            yield some
            some = []
        some.append((uid, size))
    if some:
        yield some


def is_large(some: Sequence[tuple[int, int]]) -> bool:
    return sum(size for _, size in some) > MOST_BYTES_AT_ONCE


def fetch(mailbox: BaseMailBox, some: Sequence[tuple[int, int]]) -> list[Fetched]:
    """The bytes of these mails, untouched and still unread on the server."""
    listed = ",".join(str(uid) for uid, size in some if size <= receiver.LARGEST)
    if not listed:
        return []
    found: list[Fetched] = []
    uid = 0
    for line in _answer(mailbox, listed, "(UID BODY.PEEK[])"):
        if isinstance(line, tuple):
            named = _UID.search(line[0])
            uid = int(named.group(1)) if named else 0
            if uid and len(line[1]) <= receiver.LARGEST:
                found.append(Fetched(uid, line[1]))
    return found


def store(account: MailAccount, fetched: Sequence[Fetched]) -> None:
    """Bytes and rows, durable. Raises NotKept, DatabaseError."""
    if not fetched:
        return
    at = instant_now()
    drafts = [raw_files.Draft() for _ in fetched]
    try:
        for draft, each in zip(drafts, fetched, strict=True):
            draft.write(each.content)
            if draft.is_on_disk:
                draft.sync()
        raw_files.keep_all(drafts)
    except OSError as error:
        raise NotKept(f"mail cannot be stored here: {(error.strerror or '').lower()}") from None
    finally:
        for draft in drafts:
            draft.discard()
    answer = arrivals.record([arrival_of(account, draft, at) for draft in drafts])
    if answer != arrivals.KEPT:
        raise NotKept("this desk is not set up yet")
    wake.tell()


def arrival_of(account: MailAccount, draft: raw_files.Draft, at: int) -> arrivals.Arrival:
    """Nobody told us an envelope: it came to this mailbox, and its headers say the rest."""
    return arrivals.Arrival(
        sha256=draft.sha256,
        size=draft.size,
        received_at=at,
        envelope_from="",
        envelope_to=(account.mailbox.address,),
        peer="",
        helo=account.host,
        source="imap",
        account=account.pk,
    )


def mark(opened: Opened, account: MailAccount, uids: Sequence[int]) -> str:
    """Flag or move what is stored. A refusal is told and loses nothing."""
    if not uids:
        return ""
    listed = ",".join(map(str, uids))
    try:
        _flag(opened.mailbox, listed, _marks_of(opened.flags))
        if account.done == MailAccount.Done.MOVE:
            _move(opened.mailbox, listed, account.done_folder)
    except (imaplib.IMAP4.abort, OSError):
        raise
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        return " ".join(str(error).split())[:200]
    return ""


def note(account: MailAccount, uid: int) -> None:
    account.last_uid = uid
    MailAccount.objects.filter(pk=account.pk, uid_validity=account.uid_validity).update(
        last_uid=uid
    )


def _marks_of(flags: str) -> str:
    is_keyword_kept = r"\*" in flags or KEYWORD in flags
    return f"({SEEN} {KEYWORD})" if is_keyword_kept else f"({SEEN})"


def _flag(mailbox: BaseMailBox, uids: str, flags: str) -> None:
    check_command_status(
        mailbox.client.uid("STORE", uids, "+FLAGS.SILENT", flags), MailboxFlagError
    )


def _move(mailbox: BaseMailBox, uids: str, folder: str) -> None:
    """By copy and removal where the server cannot move; of others' removed mails none goes."""
    encoded = encode_folder(folder).decode()
    if "MOVE" in mailbox.client.capabilities:
        check_command_status(mailbox.client.uid("MOVE", uids, encoded), MailboxMoveError)
        return
    check_command_status(mailbox.client.uid("COPY", uids, encoded), MailboxMoveError)
    _flag(mailbox, uids, r"(\Deleted)")
    if "UIDPLUS" in mailbox.client.capabilities:
        check_command_status(mailbox.client.uid("EXPUNGE", uids), MailboxMoveError)


def _answer(mailbox: BaseMailBox, uids: str, parts: str) -> Sequence[object]:
    answer = mailbox.client.uid("FETCH", uids, parts)
    check_command_status(answer, MailboxFetchError)
    return answer[1]
