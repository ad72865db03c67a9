"""A file between being looked at and being imported: kept briefly, for one person and company."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from commondesk.core.record.instant import HOUR, SECOND, Instant, Span

SPAN: Span = 2 * HOUR
_DIGEST = re.compile("[0-9a-f]{64}")
_KIND = re.compile("[a-z]{1,20}")


class Gone(LookupError):
    """No such file is kept for this person: never, or not any more."""


def keep(company: UUID, person: UUID, kind: str, content: bytes, *, at: Instant) -> str:
    """Keep a file in stead of the one kept before; the digest by which it is found again."""
    tidy(at)
    digest = hashlib.sha256(content).hexdigest()
    place = _place(company, person, kind, digest)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in place.parent.glob(f"{kind}-*"):
        other.unlink(missing_ok=True)
    # Whoever finds it under its name finds all of it.
    half = place.parent / f"half-{secrets.token_hex(8)}"
    half.touch(mode=0o600, exist_ok=False)
    half.write_bytes(content)
    os.utime(half, (at // SECOND, at // SECOND))
    half.replace(place)
    return digest


def recall(company: UUID, person: UUID, kind: str, digest: str, *, at: Instant) -> bytes:
    """The file of that digest that this person gave this company. Raises Gone."""
    if not _DIGEST.fullmatch(digest) or not _KIND.fullmatch(kind):
        raise Gone
    place = _place(company, person, kind, digest)
    try:
        if _is_over(place, at):
            raise Gone
        content = place.read_bytes()
    except FileNotFoundError:
        raise Gone from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise Gone
    return content


def forget(company: UUID, person: UUID, kind: str, digest: str) -> None:
    """Keep it no longer: it was imported."""
    if _DIGEST.fullmatch(digest):
        _place(company, person, kind, digest).unlink(missing_ok=True)


def tidy(at: Instant) -> int:
    """Remove what was kept too long, of anybody; how many files."""
    removed = 0
    for place in _kept():
        try:
            if _is_over(place, at):
                place.unlink(missing_ok=True)
                removed += 1
        except FileNotFoundError:
            continue
    return removed


def _kept() -> Iterator[Path]:
    return (settings.DATA / "imports").glob("*/*/*")


def _is_over(place: Path, at: Instant) -> bool:
    return place.stat().st_mtime * SECOND + SPAN < at


def _place(company: UUID, person: UUID, kind: str, digest: str) -> Path:
    return folder_of(company) / person.hex / f"{kind}-{digest}"


def folder_of(company: UUID) -> Path:
    """Where all that is kept for a company lies."""
    folder: Path = settings.DATA / "imports" / company.hex
    return folder
