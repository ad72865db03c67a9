"""Children that are started together, restarted when they fall, and stopped together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from types import FrameType

GRACE_SPAN = 10.0
CALM_SPAN = 60.0
LONGEST_WAIT_SPAN = 30.0
LOOK_SPAN = 0.1
PR_SET_PDEATHSIG = 1

PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


@dataclass
class Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    starts_again_at: float = 0.0

    def start(self) -> None:
        # Its own group: Ctrl-C reaches us alone, and what the child leaves behind can be ended.
        self.process = subprocess.Popen(
            self.command,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self.started_at = time.monotonic()

    def has_fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def end(self, signum: signal.Signals) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signum)


def end_with_parent() -> None:
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)


def supervise(children: Sequence[Child]) -> Generator[None, None, None]:
    """Keep the children running; yields at each look until a stop is asked for."""
    stop = StopAsked()
    try:
        for child in children:
            child.start()
        while not stop.is_asked:
            for child in children:
                look_after(child)
            yield
            time.sleep(LOOK_SPAN)
    finally:
        stop_all(children)


class StopAsked:
    def __init__(self) -> None:
        self.is_asked = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self.ask)

    def ask(self, _signum: int, _frame: FrameType | None) -> None:
        self.is_asked = True


def look_after(child: Child) -> None:
    now = time.monotonic()
    if child.has_fallen():
        lay_down(child, now)
    elif child.process is None and now >= child.starts_again_at:
        child.start()


def lay_down(child: Child, now: float) -> None:
    code = child.process.returncode if child.process else None
    child.end(signal.SIGKILL)
    child.process = None
    child.falls = 1 if now - child.started_at > CALM_SPAN else child.falls + 1
    wait = min(2.0 ** (child.falls - 1), LONGEST_WAIT_SPAN)
    child.starts_again_at = now + wait
    print(f"{child.name} ended with {code}; it starts again in {wait:.0f} s", file=sys.stderr)


def stop_all(children: Sequence[Child]) -> None:
    for child in children:
        child.end(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SPAN
    for child in children:
        if child.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
        child.end(signal.SIGKILL)
        if child.process:
            child.process.wait()
