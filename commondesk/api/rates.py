"""How often one token may ask: counted on disk, so that all processes of a desk count together."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from uuid import UUID

from django.conf import settings

from commondesk.core.record.instant import MINUTE, Instant, Span

BURST = 100
"""How many may come at once after a pause."""

_ENTRY = struct.Struct("<q")


def wait_of(token: UUID, *, at: Instant) -> Span:
    """0 for a request that is taken, else how long to wait for the next one.

    Noted is the instant at which the requests so far would be over if they came evenly: a request
    is taken unless that lies further ahead than a burst reaches.
    """
    each: Span = MINUTE // settings.API_RATE
    descriptor = os.open(_path(token), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        noted = os.pread(descriptor, _ENTRY.size, 0)
        (over,) = _ENTRY.unpack(noted) if len(noted) == _ENTRY.size else (at,)
        if not at <= over <= at + each * BURST:
            # Long over; or noted before the clock was set back, which must lock nobody out.
            over = at
        ahead = over - at - each * (BURST - 1)
        if ahead > 0:
            return int(ahead)
        os.pwrite(descriptor, _ENTRY.pack(over + each), 0)
        return 0
    finally:
        os.close(descriptor)


def _path(token: UUID) -> Path:
    folder = Path(settings.DATA) / "api" / "rates"
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / token.hex
