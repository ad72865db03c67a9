"""What a work has on disk while it is asked for and done: its file, how far it is, a wish to stop.

While all of it is written in one transaction nobody else sees rows change, and on SQLite nobody
else can write any. So how far it is, and that it shall stop, pass by files.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from commondesk.accounts.importing import kept

FILE, PROGRESS, STOP, LOCK = "file", "progress", "stop", "lock"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a work is within a phase."""

    phase: int
    done: int
    total: int


def keep(company: UUID, work: UUID, content: bytes) -> None:
    """Keep the file that the work is about."""
    _write(_place(company, work, FILE), content)


def content_of(company: UUID, work: UUID) -> bytes:
    """Its file; nothing where there is none."""
    try:
        return _place(company, work, FILE).read_bytes()
    except FileNotFoundError:
        return b""


def tell(company: UUID, work: UUID, progress: Progress) -> None:
    """Say how far it is."""
    told = [progress.phase, progress.done, progress.total]
    _write(_place(company, work, PROGRESS), json.dumps(told).encode())


def progress_of(company: UUID, work: UUID) -> Progress | None:
    """How far it is, if anybody said so."""
    try:
        phase, done, total = json.loads(_place(company, work, PROGRESS).read_bytes())
        return Progress(int(phase), int(done), int(total))
    except (OSError, ValueError, TypeError):
        return None


def ask_to_stop(company: UUID, work: UUID) -> None:
    """Wish that it stops."""
    _write(_place(company, work, STOP), b"")


def is_stop_asked(company: UUID, work: UUID) -> bool:
    """Whether somebody wished that it stops."""
    return _place(company, work, STOP).exists()


@contextlib.contextmanager
def held(company: UUID, work: UUID) -> Iterator[bool]:
    """Whether it is ours to do: nobody else alive is at it. It is let go with the process."""
    place = _place(company, work, LOCK)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def clear(company: UUID, work: UUID) -> None:
    """Leave nothing of it on disk: it has ended."""
    for what in (FILE, PROGRESS, STOP, LOCK):
        _place(company, work, what).unlink(missing_ok=True)


def left() -> Iterator[tuple[UUID, UUID]]:
    """Every company and work of which something lies on disk."""
    for place in (settings.DATA / "imports").glob("*/work-*.*"):
        with contextlib.suppress(ValueError):
            yield UUID(place.parent.name), UUID(place.stem.removeprefix("work-"))


def _write(place: Path, content: bytes) -> None:
    """Whole or not at all."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = place.parent / f"half-{secrets.token_hex(8)}"
    half.touch(mode=0o600, exist_ok=False)
    half.write_bytes(content)
    half.replace(place)


def _place(company: UUID, work: UUID, what: str) -> Path:
    return kept.folder_of(company) / f"work-{work.hex}.{what}"
