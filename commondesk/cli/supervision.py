"""Children that are forked off together, started again when they fall, and stopped together.

A child has all that this process has loaded by then, in the same memory: it begins at once, and
what none of them changes is there once for all. Threads and connections to a database do not
survive a fork: whoever supervises has none.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from types import FrameType

GRACE_SPAN = 10.0
CALM_SPAN = 60.0
LONGEST_WAIT_SPAN = 30.0
LOOK_SPAN = 0.1
EAGER_SPAN = 10.0
"""So long after the start they are looked at more often: somebody waits for the first page."""
EAGER_LOOK_SPAN = 0.02
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None
FORKED = multiprocessing.get_context("fork")


@dataclass
class Child:
    name: str
    work: Callable[[], int]
    """What it does until it is told to stop; its exit status."""
    process: ForkProcess | None = None
    started_at: float = 0.0
    falls: int = 0
    starts_again_at: float = 0.0

    def start(self) -> None:
        self.process = FORKED.Process(target=self._live, args=(os.getpid(),), name=self.name)
        # A stop that comes before the child can hear it waits until it does.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.started_at = time.monotonic()

    def _live(self, parent: int) -> None:
        # Its own group: Ctrl-C reaches us alone, and what the child leaves behind can be ended.
        os.setsid()
        name_and_end_with(parent, self.name)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for signum in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        sys.exit(self.work())

    def has_fallen(self) -> bool:
        return self.process is not None and self.process.exitcode is not None

    def end(self, signum: signal.Signals) -> None:
        if self.process and self.process.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signum)


def name_and_end_with(parent: int, name: str) -> None:
    """Be listed under a name of its own, and go when the parent goes."""
    if PRCTL:
        PRCTL(PR_SET_NAME, f"commondesk-{name}".encode()[:15], 0, 0, 0)
        PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


def supervise(children: Sequence[Child]) -> Generator[None, None, None]:
    """Keep the children running; yields at each look until a stop is asked for."""
    stop = StopAsked()
    try:
        for child in children:
            child.start()
        began = time.monotonic()
        while not stop.is_asked:
            for child in children:
                look_after(child)
            yield
            is_new = time.monotonic() - began < EAGER_SPAN
            time.sleep(EAGER_LOOK_SPAN if is_new else LOOK_SPAN)
    finally:
        stop_all(children)


class StopAsked:
    def __init__(self) -> None:
        self.is_asked = False
        for signum in STOPS:
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
    code = child.process.exitcode if child.process else None
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
            child.process.join(max(0.0, deadline - time.monotonic()))
        child.end(signal.SIGKILL)
        if child.process:
            child.process.join()
