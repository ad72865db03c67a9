"""Random bytes of the system, drawn many at a time: to ask for them costs as much as a query.

What is played from a seed draws from that instead, so that it comes out the same every time.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as counted
from uuid import UUID

DRAWN = 1024


class _Here(threading.local):
    drawn = b""
    seeded: Iterator[bytes] | None = None


_here = _Here()


def some(count: int) -> bytes:
    """So many bytes that nobody can guess; no two callers get the same."""
    drawn = _here.drawn
    while len(drawn) < count:
        drawn = drawn + next(_here.seeded) if _here.seeded else os.urandom(max(DRAWN, count))
    # What was given out is not kept.
    _here.drawn = drawn[count:]
    return drawn[:count]


def uuid() -> UUID:
    """A random uuid, as uuid4() makes them."""
    return UUID(bytes=some(16), version=4)


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Give this thread the bytes that follow from a seed: for made-up things alone."""
    before = _here.drawn, _here.seeded
    _here.drawn, _here.seeded = b"", _stream(seed)
    try:
        yield
    finally:
        _here.drawn, _here.seeded = before


def _stream(seed: str) -> Iterator[bytes]:
    for number in counted():
        yield hashlib.shake_256(f"{seed} {number}".encode()).digest(DRAWN)


def _forget() -> None:
    _here.drawn = b""


# Else a forked process and its parent would be given the same bytes.
os.register_at_fork(after_in_child=_forget)
