"""A desk run for a test: the whole tree of processes, on free ports and in a folder of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

READY_SPAN = 60.0
STOP_SPAN = 20.0


@dataclass(frozen=True)
class Desk:
    process: subprocess.Popen[str]
    origin: str
    printed: list[str]

    def page(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(self.origin + path, timeout=20) as answer:
            return answer.status, answer.read().decode(errors="replace")

    def stop(self, signum: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(signum)
        return self.process.wait(STOP_SPAN)


@contextlib.contextmanager
def desk(command: Sequence[str | Path], folder: Path, **environment: str) -> Iterator[Desk]:
    with (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=surroundings(folder, environment),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process:
        try:
            yield ready(process, folder)
        finally:
            if process.poll() is None:
                process.terminate()


def surroundings(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COMMONDESK_", "DJANGO_", "PYTHON", "PYTEST"))
    }
    ours = {
        "COMMONDESK_DATA": str(folder / "data"),
        "COMMONDESK_WEB": f"127.0.0.1:{free_port()}",
        "COMMONDESK_RECEIVER": f"127.0.0.1:{free_port()}",
    }
    return kept | ours | environment


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def ready(process: subprocess.Popen[str], folder: Path) -> Desk:
    assert process.stdout
    printed: list[str] = []
    deadline = time.monotonic() + READY_SPAN
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        printed.append(line.rstrip("\n"))
        if line.startswith("Ctrl-C"):
            return Desk(process, printed[0].rpartition(" ")[2].rstrip("/"), printed)
    raise AssertionError(f"the desk did not open: {printed} {(folder / 'stderr').read_text()}")


def descendants(pid: int) -> list[int]:
    """Every process below this one, as the kernel lists them."""
    children = [int(child) for text in lists_of_children(pid) for child in text.split()]
    return [*children, *(below for child in children for below in descendants(child))]


def lists_of_children(pid: int) -> Iterator[str]:
    """What the kernel lists for each thread of a process; nothing once it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield (task / "children").read_text()


def alive(pids: Sequence[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def wait_until_gone(pids: Sequence[int], span: float = STOP_SPAN) -> list[int]:
    deadline = time.monotonic() + span
    while (left := alive(pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
