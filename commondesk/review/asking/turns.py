"""Turns: only so many questions are answered at once on this machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

AT_ONCE = 2


@contextmanager
def turn() -> Iterator[bool]:
    """Whether there is a turn; it is given back at the end, or when the process ends."""
    folder = Path(settings.DATA) / "questions"
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(AT_ONCE):
        with (folder / f".turn-{place}").open("a") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
            return
    yield False
