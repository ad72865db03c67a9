"""The bytes of mails on disk, durable before anybody is told yes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings

from commondesk.core.record.instant import Instant

LARGEST_IN_MEMORY = 128 * 1024
LEFT_BEHIND_SECONDS = 24 * 3600.0

_PLACE = re.compile(r"mail/raw/[0-9a-f]{2}/[0-9a-f]{64}")
# A name is given, and taken back, by one thread at a time.
_NAMING = threading.Lock()
_SYNCERS = ThreadPoolExecutor(8, thread_name_prefix="mail-sync")


def data() -> Path:
    return Path(settings.DATA)


def place_of(sha256: str) -> str:
    """Where a mail lies, below the data folder."""
    return f"mail/raw/{sha256[:2]}/{sha256}"


def path_of(place: str) -> Path:
    """The file at a place. Raises ValueError for a place that is none of ours."""
    if not _PLACE.fullmatch(place):
        raise ValueError(f"{place!r} is no place of a mail")
    return data() / place


class Draft:
    """The bytes of one mail while they come: small ones in memory, large ones in a file."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._file: int | None = None
        self._path: Path | None = None
        self._is_synced = False

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def place(self) -> str:
        return place_of(self.sha256)

    @property
    def is_on_disk(self) -> bool:
        return self._file is not None

    def write(self, content: bytes | bytearray) -> None:
        """Raises OSError, for instance when the disk is full."""
        self.size += len(content)
        self._digest.update(content)
        if len(self._waiting) + len(content) > LARGEST_IN_MEMORY:
            self._write_out(content)
        else:
            self._waiting += content

    def sync(self) -> None:
        """Bring all of it to disk, under whatever name it has by now."""
        if self._is_synced:
            return
        if not self.is_on_disk or self._waiting:
            self._write_out()
        assert self._file is not None
        os.fsync(self._file)
        self._is_synced = True

    def move_to(self, path: Path) -> None:
        if not self.is_on_disk or self._waiting:
            self._write_out()
        assert self._path is not None
        self._path.rename(path)
        self._path = None

    def discard(self) -> None:
        """Leave nothing behind; what was moved stays."""
        self._waiting = bytearray()
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    def _write_out(self, further: bytes | bytearray = b"") -> None:
        if self._file is None:
            folder = data() / "mail" / "raw"
            make_folder(folder)
            self._path = folder / f".draft-{secrets.token_hex(12)}"
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        for part in (self._waiting, further):
            left = memoryview(part)
            while left:
                left = left[os.write(self._file, left) :]
        self._waiting = bytearray()


def keep(content: bytes) -> str:
    """Write the bytes so that a power cut cannot take them, and return their SHA-256.

    Raises OSError, for instance when the disk is full; then nothing is left behind.
    """
    draft = Draft()
    try:
        draft.write(content)
        keep_all([draft])
    finally:
        draft.discard()
    return draft.sha256


def keep_all(drafts: Sequence[Draft]) -> None:
    """Make these durable under the names of their content. Raises OSError; then none of them is.

    Named before they are synced: then one write of the journal carries bytes and name. A name is
    therefore no proof of its bytes; who finds one looks at them.
    """
    with _NAMING:
        named: list[Path] = []
        try:
            for draft in drafts:
                path = path_of(draft.place)
                if not _is_there(path, draft):
                    make_folder(path.parent)
                    draft.move_to(path)
                    named.append(path)
            _sync_all([draft for draft in drafts if draft.is_on_disk])
            for folder in dict.fromkeys(path_of(draft.place).parent for draft in drafts):
                sync_folder(folder)
        except BaseException:
            # What the disk refused once may pass a second time without being there.
            for path in named:
                path.unlink(missing_ok=True)
            raise


def _sync_all(drafts: Sequence[Draft]) -> None:
    """Several at a time: a slow disk takes them together, where one by one each would wait."""
    if len(drafts) > 1:
        list(_SYNCERS.map(Draft.sync, drafts))
    elif drafts:
        drafts[0].sync()


def make_places() -> None:
    """Make the folders beforehand: a mail then has fewer names to wait for."""
    root = data() / "mail" / "raw"
    make_folder(root)
    for number in range(256):
        with contextlib.suppress(FileExistsError):
            (root / f"{number:02x}").mkdir(mode=0o700)
    sync_folder(root)


def remove(place: str) -> None:
    """Remove the bytes; what is gone already is well."""
    path_of(place).unlink(missing_ok=True)


def remove_if_older(place: str, at: Instant) -> bool:
    """Remove bytes that nobody has kept since; False if they were kept again meanwhile.

    Moved aside first: whoever keeps the same bytes at this moment either made them younger before
    the move, or finds no file and writes them anew.
    """
    path = path_of(place)
    aside = path.with_name(f".gone-{path.name}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return True
    if aside.stat().st_mtime_ns // 1000 >= at:
        aside.rename(path)
        return False
    aside.unlink()
    return True


def remove_left_behind() -> None:
    """Remove drafts that a killed process left, a day later."""
    oldest = time.time() - LEFT_BEHIND_SECONDS
    for path in (data() / "mail" / "raw").glob(".draft-*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def make_folder(folder: Path) -> None:
    """Make the folder and those above it as far as they are missing, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_there(path: Path, draft: Draft) -> bool:
    """True for a file that is whole already. Being younger now, it is not tidied away."""
    try:
        os.utime(path)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != draft.sha256:
                return False
            os.fsync(file.fileno())
    except FileNotFoundError:
        return False
    return True
