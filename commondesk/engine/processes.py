"""Processes: work on many things that several processes do side by side, a share each."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

SHARES_A_PROCESS = 4

_work: Callable[[int, int], Any] | None = None
"""What the processes that are forked off find in their copy of the memory."""


def processes() -> int:
    """How many processes may work at once; one where none can be forked off."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return 1
    if multiprocessing.current_process().daemon:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def in_shares(work: Callable[[int, int], T], count: int, *, least: int) -> list[T]:
    """The results of work(first, last) on shares of all places below count, in their order.

    Below `least` places one process does it all, as more would cost more than they save. The work
    must not touch a database that was open before: it runs in a copy of this process.
    """
    workers = processes()
    if workers < 2 or count < least:
        return [work(0, count)] if count else []
    size = -(-count // (workers * SHARES_A_PROCESS))
    bounds = [(first, min(count, first + size)) for first in range(0, count, size)]
    global _work
    _work = work
    gc.freeze()
    try:
        with multiprocessing.get_context("fork").Pool(workers, initializer=gc.disable) as pool:
            return list(pool.imap(_share, bounds))
    finally:
        _work = None
        gc.unfreeze()


def _share(bounds: tuple[int, int]) -> Any:
    assert _work is not None
    return _work(*bounds)
