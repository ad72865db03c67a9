"""Random bytes of the system, drawn many at a time: to ask for them costs as much as a query."""

import os
import threading
from uuid import UUID

DRAWN = 1024


class _Here(threading.local):
    drawn = b""


_here = _Here()


def some(count: int) -> bytes:
    """So many bytes that nobody can guess; no two callers get the same."""
    drawn = _here.drawn
    if len(drawn) < count:
        drawn = os.urandom(max(DRAWN, count))
    # What was given out is not kept.
    _here.drawn = drawn[count:]
    return drawn[:count]


def uuid() -> UUID:
    """A random uuid, as uuid4() makes them."""
    return UUID(bytes=some(16), version=4)


def _forget() -> None:
    _here.drawn = b""


# Else a forked process and its parent would be given the same bytes.
os.register_at_fork(after_in_child=_forget)
