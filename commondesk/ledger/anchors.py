"""Anchors: signed heads of the chain, kept outside the database.

Whoever can write to the database could make a whole chain anew. An anchor that lies elsewhere says
what the chain was at an instant, so that this comes to light.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from commondesk.core.record import codec
from commondesk.core.record.instant import HOUR, Instant, iso_of, parse_instant

from . import files, keys, store

EVERY = HOUR
PURPOSE = "commondesk anchor 1"


class UnreadableAnchor(ValueError):
    """A line is no anchor, or was not signed by a key we believe."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the head of a company's chain was at an instant."""

    company: UUID
    sequence: int
    digest: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of anchors: an anchor, or why it is none."""

    number: int
    anchor: Anchor | None
    problem: str = ""


# ---- writing ------------------------------------------------------------------------------


def write_due(at: Instant) -> int:
    """Write the anchors that fell due: the chain moved on and the last one is an hour old."""
    due = [company for company in store.companies() if _is_due(company, at)]
    for company in due:
        write(company, at=at)
    return len(due)


def _is_due(company: UUID, at: Instant) -> bool:
    last = last_of(company)
    if last is None:
        return True
    return at - last.at >= EVERY and last.sequence != store.head_of(company).sequence


def write(company: UUID, *, at: Instant) -> Anchor:
    """Sign the head of the chain and append it to the company's file, durably."""
    head = store.head_of(company)
    anchor = Anchor(company, head.sequence, head.digest, at)
    append(company, [signed(anchor)])
    return anchor


def signed(anchor: Anchor) -> str:
    """The line of an anchor, signed with this installation's key."""
    key = keys.signing_key()
    public = keys.name_of(key.public_key())
    text = _text_of(anchor, public)
    data = {**json.loads(text), "signature": key.sign(text.encode()).hex()}
    return codec.canonical(data)


def _text_of(anchor: Anchor, public: str) -> str:
    return codec.canonical(
        {
            "purpose": PURPOSE,
            "company": str(anchor.company),
            "sequence": anchor.sequence,
            "digest": anchor.digest,
            "at": iso_of(anchor.at),
            "key": public,
        }
    )


def append(company: UUID, lines: Iterable[str]) -> None:
    """Add lines to the company's file of anchors; they are durable before this returns."""
    path = path_of(company)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_torn_end(file)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    files.sync_folder(path.parent)


def _drop_torn_end(file: BinaryIO) -> None:
    # A power cut in the middle of a line: nobody was told that it was written.
    tail, start = _tail(file)
    file.truncate(start + tail.rfind(b"\n") + 1)


def _tail(file: BinaryIO, size: int = 8192) -> tuple[bytes, int]:
    start = max(0, file.seek(0, os.SEEK_END) - size)
    file.seek(start)
    return file.read(), start


# ---- reading ------------------------------------------------------------------------------


def path_of(company: UUID) -> Path:
    """Where the anchors of a company lie."""
    return Path(settings.DATA) / "anchors" / f"{company}.jsonl"


def companies() -> tuple[UUID, ...]:
    """Every company that has a file of anchors, even if its record is gone."""
    found = []
    for path in sorted((Path(settings.DATA) / "anchors").glob("*.jsonl")):
        with contextlib.suppress(ValueError):
            found.append(UUID(path.stem))
    return tuple(found)


def last_of(company: UUID) -> Anchor | None:
    """The latest anchor in the company's file that reads as one."""
    try:
        with path_of(company).open("rb") as file:
            tail, _ = _tail(file)
    except FileNotFoundError:
        return None
    lines = read(tail.decode(errors="replace").splitlines(), company, keys.trusted(company))
    return next((line.anchor for line in reversed(list(lines)) if line.anchor), None)


def of_company(company: UUID) -> list[Line]:
    """The lines of the company's own file, checked against the keys we believe."""
    path = path_of(company)
    if not path.exists():
        return []
    text = path.read_text(errors="replace")
    # What follows the last line feed was torn off and never promised.
    return list(read(text.split("\n")[:-1], company, keys.trusted(company)))


def read(lines: Iterable[str], company: UUID, trusted: frozenset[str]) -> Iterator[Line]:
    """Each line as an anchor of the company, or the reason why it is not; empty ones left out."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Line(number, anchor_of(line, company, trusted))
        except UnreadableAnchor as problem:
            yield Line(number, None, str(problem))


def anchor_of(line: str, company: UUID, trusted: frozenset[str]) -> Anchor:
    """The anchor in a line. Raises UnreadableAnchor."""
    try:
        data = json.loads(line)
        anchor = Anchor(
            UUID(data["company"]), int(data["sequence"]), data["digest"], parse_instant(data["at"])
        )
        public, signature = str(data["key"]), str(data["signature"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UnreadableAnchor("this is no anchor") from None
    if anchor.company != company:
        raise UnreadableAnchor("this is the anchor of another company")
    if public not in trusted:
        raise UnreadableAnchor(f"signed with the unknown key {public[:16]}…: give its public key")
    if not keys.is_signed(public, signature, _text_of(anchor, public)):
        raise UnreadableAnchor("the signature does not fit: this line was forged or changed")
    return anchor
