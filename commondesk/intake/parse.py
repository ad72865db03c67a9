"""Mails are read by a long-lived child process with limits; this is our end of the line to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import commondesk

from .mail.understood import Json, Understood, understood_of

LONGEST_SPAN = 30.0
START_SPAN = 20.0
MAILS_A_CHILD = 2000
"""To start one costs as much as a hundred mails; whatever a mail left in it goes with it."""
PATIENCE = 1.0
"""Over one mail: then others are read by a second child."""
LARGEST_ANSWER = 64 * 1024 * 1024
KEPT_SETTINGS = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class Unreadable(Exception):
    """The mail could not be understood at all. The text says what happened."""


class _ChildFailed(Exception):
    pass


def parse(path: Path, folder: Path, envelope_from: str | None = None) -> Understood:
    """What the mail at path says; its files lie in the folder afterwards. Raises Unreadable."""
    return _READER.parse(path, folder, envelope_from)


def stop() -> None:
    """End the child; the next mail starts another."""
    _READER.stop()


def reader() -> Reader:
    """A reader with a child of its own, for whoever reads a mail while the last is being filed."""
    return Reader()


class Reader:
    """One child and the pipe to it; a mail at a time. Threads wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._is_closed = False

    @property
    def pid(self) -> int:
        """The child's process, or 0 while there is none."""
        return self._child.pid if self._child else 0

    def parse(self, path: Path, folder: Path, envelope_from: str | None = None) -> Understood:
        """As parse() does.

        A mail that breaks the full reading is read a second time, by its headers alone.
        """
        try:
            return self.read(path, folder, envelope_from, is_little=False)
        except _ChildFailed as first:
            for left in folder.glob("*"):
                left.unlink()
            try:
                return self.read(path, folder, envelope_from, is_little=True)
            except _ChildFailed as second:
                raise Unreadable(str(second)) from first

    def read(
        self, path: Path, folder: Path, envelope_from: str | None, *, is_little: bool
    ) -> Understood:
        task: dict[str, object] = {
            "path": str(path),
            "folder": str(folder),
            "envelope_from": envelope_from,
            "is_little": is_little,
        }
        with self._lock:
            answer = self._asked(task)
        return _understood(answer)

    def stop(self) -> None:
        with self._lock:
            self._end()

    def close(self) -> None:
        """End the child for good, whatever it is at: a mail that comes now cannot be read."""
        self._is_closed = True
        if child := self._child:
            child.kill()  # it may hang, and whoever waits for it holds the lock
        self.stop()

    def _asked(self, task: dict[str, object]) -> dict[str, Json]:
        try:
            child = self._running()
            assert child.stdin is not None
            child.stdin.write(json.dumps(task).encode() + b"\n")
            child.stdin.flush()
            return self._answer(child, LONGEST_SPAN)
        except (OSError, ValueError, _ChildFailed) as error:
            self._end()
            raise _ChildFailed(str(error)) from None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise _ChildFailed("its reader was closed")
        if self._child and (self._count >= MAILS_A_CHILD or self._child.poll() is not None):
            self._end()
        if self._child is None:
            self._child = _started()
            self._count = 0
            self._answer(self._child, START_SPAN)
        self._count += 1
        return self._child

    def _answer(self, child: subprocess.Popen[bytes], span: float) -> dict[str, Json]:
        assert child.stdout is not None
        line = _line_from(child.stdout.fileno(), time.monotonic() + span)
        return cast(dict[str, Json], json.loads(line))

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


class Pair:
    """A reader, and a second one for as long as the first is kept by one mail."""

    def __init__(self) -> None:
        self.readers = Reader(), Reader()
        self._turn = threading.Condition()
        self._since: dict[Reader, float] = {}
        """Since when each is busy."""

    def parse(self, path: Path, folder: Path, envelope_from: str | None = None) -> Understood:
        """As parse() does."""
        reader = self._taken()
        try:
            return reader.parse(path, folder, envelope_from)
        finally:
            with self._turn:
                del self._since[reader]
                self._turn.notify()

    @property
    def is_busy(self) -> bool:
        """Whether a mail is being read right now."""
        return bool(self._since)

    def _taken(self) -> Reader:
        first, second = self.readers
        with self._turn:
            while first in self._since:
                left = self._since[first] + PATIENCE - time.monotonic()
                if left <= 0 and second not in self._since:
                    return self._take(second)
                self._turn.wait(left if left > 0 else None)
            return self._take(first)

    def _take(self, reader: Reader) -> Reader:
        self._since[reader] = time.monotonic()
        return reader


def _started() -> subprocess.Popen[bytes]:
    # It learns nothing of our settings: no keys, no addresses of databases.
    surroundings = {name: os.environ[name] for name in KEPT_SETTINGS if name in os.environ}
    surroundings["PYTHONPATH"] = str(Path(commondesk.__file__).resolve().parent.parent)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "commondesk.intake.mail.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=surroundings,
        cwd="/",
    )


def _line_from(descriptor: int, deadline: float) -> bytes:
    """One line of the child, by the deadline. Raises _ChildFailed."""
    blocks: list[bytes] = []
    size = 0
    while not blocks or not blocks[-1].endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise _ChildFailed("reading it took too long")
        block = os.read(descriptor, 1024 * 1024)
        size += len(block)
        if not block:
            raise _ChildFailed("the process that read it ended: too much memory or time")
        if size > LARGEST_ANSWER:
            raise _ChildFailed("more came out of it than a mail may hold")
        blocks.append(block)
    return b"".join(blocks)


def _understood(answer: dict[str, Json]) -> Understood:
    if "error" in answer:
        raise _ChildFailed(str(answer["error"]))
    try:
        return understood_of(cast(dict[str, Json], answer["mail"]))
    except (LookupError, TypeError, ValueError) as error:
        raise _ChildFailed(f"its answer does not fit: {error}") from None


_READER = Reader()
