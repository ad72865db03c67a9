"""Which files are pictures that a browser may show: decided by their bytes, never by their name.

Drawings that are programs (svg) are none, and neither is a picture so large that showing it would
be an attack on the reader's machine.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_PIXELS = 50_000_000
HEAD = 65_536
"""How many bytes of a picture tell its kind and size, metadata of cameras included."""
FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Picture:
    """What kind of picture, and how large."""

    media_type: str
    width: int
    height: int

    @property
    def is_fit(self) -> bool:
        return 0 < self.width * self.height <= MOST_PIXELS


def picture_of(content: bytes) -> Picture | None:
    """What the bytes are, if they are a picture that can be shown; None for anything else."""
    head = content[:HEAD]
    try:
        found = _png(head) or _jpeg(head) or _gif(head) or _webp(head)
    except (struct.error, IndexError):
        return None
    return found if found and found.is_fit else None


def _png(head: bytes) -> Picture | None:
    if not head.startswith(b"\x89PNG\r\n\x1a\n") or head[12:16] != b"IHDR":
        return None
    return Picture("image/png", *struct.unpack(">II", head[16:24]))


def _gif(head: bytes) -> Picture | None:
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    return Picture("image/gif", *struct.unpack("<HH", head[6:10]))


def _jpeg(head: bytes) -> Picture | None:
    if not head.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while head[place] == 0xFF:
        marker = head[place + 1]
        if marker in FRAME_MARKERS:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return Picture("image/jpeg", width, height)
        place += 2 + struct.unpack(">H", head[place + 2 : place + 4])[0]
    return None


def _webp(head: bytes) -> Picture | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        wide, high = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        wide, high = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        wide, high = (each & 0x3FFF for each in struct.unpack("<HH", head[26:30]))
    else:
        return None
    return Picture("image/webp", wide, high)
