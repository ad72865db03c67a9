"""A nudge across processes: whoever keeps mail tells whoever files it. A lost one costs seconds."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

POLL_SECONDS = 1.0


def tell() -> None:
    """Wake the listener, if there is one. Never waits, never fails."""
    with contextlib.suppress(OSError), _reached() as name, _socket() as line:
        line.sendto(b".", name)


class Listener:
    """The one who is woken, a process for each data folder; the latest to listen is heard."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        with contextlib.suppress(OSError), _reached() as name:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            self._line = _socket()
            self._line.bind(name)

    def wait(self, seconds: float) -> None:
        """Return when told, or after this time; after a second where nobody can tell us."""
        if self._line is None:
            select.select([], [], [], min(seconds, POLL_SECONDS))
            return
        select.select([self._line], [], [], seconds)
        with contextlib.suppress(OSError):
            while self._line.recv(64):
                pass

    def close(self) -> None:
        if self._line:
            self._line.close()
            self._line = None


def _socket() -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.setblocking(False)
    return line


@contextlib.contextmanager
def _reached() -> Iterator[str]:
    """The name of the socket, through an open folder: the path of a data folder may be too long."""
    folder = Path(settings.DATA) / "mail"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = Path(f"/proc/self/fd/{descriptor}")
        yield str((short if short.exists() else folder) / "wake")
    finally:
        os.close(descriptor)
