"""The contents of kept files, on disk below the data folder, one file an id."""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

BLOCK = 1024 * 1024
_HEX = frozenset("0123456789abcdef-")


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.DATA) / "files"


def path_of(identity: str) -> Path:
    """Where the content of an id lies. Ids are ours: hexadecimal digits and dashes."""
    if len(identity) < 3 or not _HEX.issuperset(identity):
        raise ValueError(f"{identity!r} is no id of a file")
    return folder() / identity[:2] / identity


@contextmanager
def durable_together() -> Iterator[None]:
    """Files stored within are durable at the end of the block, all at once, not one by one.

    The first folder that is synced brings along what the others changed: the rest costs little.
    """
    if _here.unsynced is not None:
        yield
        return
    _here.unsynced = []
    try:
        yield
        _sync(_here.unsynced)
    finally:
        _here.unsynced = None


class _Here(threading.local):
    unsynced: list[Path] | None = None


_here = _Here()


def write(identity: str, content: bytes) -> None:
    """Store the content so that it is still there after a power cut."""
    path = path_of(identity)
    _make_folders(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    _sync_soon([path, path.parent])


def link(identity: str, path: Path) -> bool:
    """Give durable content a second name here; False where that cannot be done."""
    place = path_of(identity)
    _make_folders(place.parent)
    try:
        os.link(path, place)
    except OSError:
        return False
    # Young again, so that nobody takes it for left behind before its words are committed.
    os.utime(place)
    _sync_soon([place.parent])
    return True


def _sync_soon(paths: list[Path]) -> None:
    if _here.unsynced is None:
        _sync(paths)
    else:
        _here.unsynced.extend(paths)


def _sync(paths: list[Path]) -> None:
    """Make files and folders durable: what they hold before what they are called."""
    distinct = dict.fromkeys(paths)
    for path in sorted(distinct, key=os.path.isdir):
        sync(path)


def _make_folders(wanted: Path) -> None:
    if wanted.is_dir():
        return
    missing = [each for each in (wanted, *wanted.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    sync(path)


def open_content(identity: str) -> BinaryIO:
    """The content, open for reading. Raises FileNotFoundError."""
    return path_of(identity).open("rb")


def blocks(identity: str) -> Iterator[bytes]:
    """The content, a block at a time. Raises FileNotFoundError."""
    with open_content(identity) as file:
        while block := file.read(BLOCK):
            yield block


def digest_of(start: bytes, content: Iterable[bytes]) -> str:
    """SHA-256 of start and content."""
    sha256 = hashlib.sha256(start)
    for block in content:
        sha256.update(block)
    return sha256.hexdigest()


def remove(identities: Iterable[str]) -> None:
    """Remove the contents; what is gone already is well."""
    folders = set()
    for identity in identities:
        path = path_of(identity)
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for each in folders:
        if each.exists():
            sync_folder(each)


def stored() -> Iterator[Path]:
    """Every content there is; other files in the folder are not ours."""
    for path in folder().glob("??/*"):
        if _is_content(path):
            yield path


def _is_content(path: Path) -> bool:
    try:
        return path == path_of(str(UUID(path.name))) and path.is_file()
    except ValueError:
        return False
