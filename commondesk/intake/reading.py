"""Mails are read and their senders checked ahead of filing: what takes long keeps nobody else."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from commondesk.ledger import chance

from . import checks, envelopes, parse, raw_files
from .mail.understood import Understood
from .models import RawMail

AT_ONCE = 8
"""Most of them wait for a name server; reading itself is done by the child."""
FOLDERS = "commondesk-mail-"
"""How the folders that mails are unpacked into begin."""
LEFT_AFTER_SECONDS = 3600.0
"""No mail is on its way for so long: whoever unpacked it was killed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as it was understood and what the check of its sender said; or why it was not."""

    mail: RawMail
    folder: Path
    said: Understood | None = None
    finding: checks.Finding = checks.ABSENT
    trouble: Exception | None = None

    def clear(self) -> None:
        """Remove the files that came with it."""
        if self.said is None or self.said.attachments:
            shutil.rmtree(self.folder, ignore_errors=True)


def read(mail: RawMail, reader: parse.Reader | parse.Pair | None = None) -> Read:
    """Have a mail read by a child, and its sender checked. Touches no database."""
    # Most mails bring no files: the child makes the folder, under a name that nobody can guess.
    folder = Path(tempfile.gettempdir(), f"{FOLDERS}{chance.some(16).hex()}")
    ask = reader.parse if reader else parse.parse
    try:
        path = raw_files.path_of(mail.path)
        said = ask(path, folder, envelopes.sender_of(mail))
        for note in said.notes:
            log.info("mail %s: %s", mail.sha256[:12], note)
        return Read(mail, folder, said, checks.check(mail, said, path.read_bytes()))
    except Exception as error:
        return Read(mail, folder, trouble=error)


def remove_left() -> int:
    """Remove the files of mails that processes left behind when they were killed; how many folders.

    Those of other users and those that are younger than LEFT_AFTER_SECONDS stay.
    """
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            is_old = time.time() - found.st_mtime > LEFT_AFTER_SECONDS
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and is_old:
                shutil.rmtree(folder)
                removed += 1
    return removed


class Ahead:
    """Reads mails on threads of its own and hands them out as they are done."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail-reader")
        # What failed before may hang again: it has a child of its own, and keeps no other waiting.
        self._first, self._again = parse.Pair(), parse.reader()
        self._done: queue.SimpleQueue[Read] = queue.SimpleQueue()
        self.waiting: dict[int, RawMail] = {}
        """The mails that are being read, or were and are not handed out yet."""
        self._is_ending = False

    @property
    def children(self) -> tuple[parse.Reader, ...]:
        """Whoever reads for us."""
        return (*self._first.readers, self._again)

    @property
    def is_busy(self) -> bool:
        """Whether a mail that was not tried before is being read right now."""
        return self._first.is_busy

    def begin(self, mails: Iterable[RawMail]) -> None:
        """Read these as soon as may be."""
        for mail in mails:
            self.waiting[mail.pk] = mail
            self._threads.submit(self._read, mail)

    def _read(self, mail: RawMail) -> None:
        try:
            self._done.put(read(mail, self._first if mail.attempts <= 1 else self._again))
            if self._is_ending:
                self._clear_done()
        finally:
            connections.close_all()

    def take(self, most: int, seconds: float) -> list[Read]:
        """Those that are done, once there is one; none if that takes longer."""
        some: list[Read] = []
        deadline = time.monotonic() + seconds
        while len(some) < most:
            try:
                done = self._done.get(timeout=0 if some else max(0, deadline - time.monotonic()))
            except queue.Empty:
                break
            del self.waiting[done.mail.pk]
            some.append(done)
        return some

    def stop(self) -> list[RawMail]:
        """Read no more; the mails that were not handed out."""
        self._is_ending = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in self.children:
            reader.close()
        self._clear_done()
        return list(self.waiting.values())

    def _clear_done(self) -> None:
        """Nobody asks for these any more."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._done.get_nowait().clear()
