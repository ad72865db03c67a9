"""The bytes of mails on disk, durable before anybody is told yes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from commondesk.core.record.instant import Instant

_PLACE = re.compile(r"mail/raw/[0-9a-f]{2}/[0-9a-f]{64}")


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


def keep(content: bytes) -> str:
    """Write the bytes so that a power cut cannot take them, and return their SHA-256.

    Raises OSError, for instance when the disk is full; then nothing is left behind.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(place_of(sha256))
    make_folder(path.parent)
    if not _touched(path, len(content)):
        _write(path, content)
    sync_folder(path.parent)
    return sha256


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


def _touched(path: Path, size: int) -> bool:
    """True for a file that is whole already; being younger now, it is not tidied away."""
    try:
        os.utime(path)
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).rename(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
