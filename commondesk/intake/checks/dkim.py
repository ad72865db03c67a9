"""Which domains signed a mail (RFC 6376), as far as it matters for the address in From.

The library reads the signature and the key and does the sums. The body's digest is ours: the
library's way copies a large mail many times over, and some bodies keep it busy for minutes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import dkim as library  # type: ignore[import-untyped]
from dkim.util import parse_tag_value  # type: ignore[import-untyped]

from commondesk.core.record.instant import SECOND, Instant

from .dns import Inquiry, Silent

MOST_SIGNATURES = 5
"""So many are verified. More than one or two are only there to keep us busy."""
MOST_READ = 20
LONGEST_SIGNATURE = 8192
LONGEST_HEADER = 256 * 1024
MOST_LINES = 3000
MOST_SIGNED_NAMES = 200
LEAST_KEY_BITS = 1024
CHUNK = 1024 * 1024
ALGORITHMS = (b"rsa-sha256",)
"""rsa-sha1 is broken (RFC 8301). Whoever signs with ed25519 signs with RSA beside it."""

_LONG_BLANK = re.compile(rb"\s{100,}")
_quiet = logging.getLogger("commondesk.dkim-library")
_quiet.setLevel(logging.CRITICAL)
"""It tells each bad key as an error of ours; strangers write them."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A domain, and whether its signature holds: pass, fail, policy or temperror."""

    domain: str
    result: str
    detail: str = ""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def signatures_of(
    content: bytes, is_wanted: Callable[[str], bool], inquiry: Inquiry, *, at: Instant
) -> tuple[Signature, ...]:
    """The signatures of the domains that are wanted, each verified, the topmost first."""
    header, body = split(content)
    if not _is_readable(header) or b"dkim-signature" not in header.lower():
        return ()
    try:
        verifier = library.DKIM(header, logger=_quiet, minkey=LEAST_KEY_BITS)
    except (library.DKIMException, IndexError):
        return ()  # lines that are no header lines: no signature can cover them
    digests = BodyDigests(body)
    lines = [value for name, value in verifier.headers if name.lower() == b"dkim-signature"]
    wanted = [
        (place, tags)
        for place, tags in enumerate(map(_tags, lines[:MOST_READ]))
        if tags and is_wanted(_domain(tags))
    ]
    return tuple(
        _verified(verifier, place, tags, digests, inquiry, at)
        for place, tags in wanted[:MOST_SIGNATURES]
    )


def split(content: bytes) -> tuple[bytes, memoryview]:
    """The header lines with the empty one that ends them, and the body, which is not copied."""
    ends = [
        (found + len(mark), found + len(mark))
        for mark in (b"\r\n\r\n", b"\n\n")
        if (found := content.find(mark, 0, LONGEST_HEADER + len(mark))) >= 0
    ]
    end = min(ends)[0] if ends else len(content)
    return content[:end], memoryview(content)[end:]


def _is_readable(header: bytes) -> bool:
    """False for what would only keep us busy."""
    return len(header) <= LONGEST_HEADER and header.count(b"\n") <= MOST_LINES


def _tags(line: bytes) -> dict[bytes, bytes]:
    """The tags of a signature; none where they cannot be read."""
    if len(line) > LONGEST_SIGNATURE or _LONG_BLANK.search(line):
        return {}
    try:
        return dict(parse_tag_value(line))
    except library.util.InvalidTagValueList:
        return {}


def _domain(tags: dict[bytes, bytes]) -> str:
    return tags.get(b"d", b"").decode("ascii", "replace").strip().rstrip(".").lower()


# ---- one signature ------------------------------------------------------------------------


def _verified(
    verifier: library.DKIM,
    place: int,
    tags: dict[bytes, bytes],
    digests: BodyDigests,
    inquiry: Inquiry,
    at: Instant,
) -> Signature:
    domain = _domain(tags)
    if reason := _unfit(tags, at):
        return Signature(domain, "policy", reason)
    try:
        if digests.of(_body_form(tags)) != _promised_digest(tags):
            return Signature(domain, "fail", "the body is another one")
        sig, names, lines = verifier.verify_headerprep(place)
        # Without bh the library leaves the body to us; the line that was signed still has it.
        rest = {tag: value for tag, value in sig.items() if tag != b"bh"}
        keys = _Keys(inquiry)
        holds = verifier.verify_sig(rest, names, lines[place], keys)
        if not holds and keys.was_silent:
            return Signature(domain, "temperror", "the key could not be had")
        return Signature(domain, "pass" if holds else "fail")
    except library.KeyFormatError as trouble:
        return Signature(domain, "policy", str(trouble)[:100])
    except library.DKIMException as trouble:
        return Signature(domain, "fail", str(trouble)[:100])
    except Exception as trouble:
        # The line and the key belong to strangers, and the library fails on them in many ways:
        # a signature that cannot be read must not pass for one that was not looked at.
        return Signature(domain, "fail", type(trouble).__name__)


def _unfit(tags: dict[bytes, bytes], at: Instant) -> str:
    """Why this signature says too little, even if it holds; "" where it may count."""
    if tags.get(b"a", b"").lower() not in ALGORITHMS:
        return "an algorithm that does not count"
    if b"l" in tags:
        return "it covers only the beginning of the body"
    if tags.get(b"h", b"").count(b":") > MOST_SIGNED_NAMES:
        return "it signs too many lines"
    expires = tags.get(b"x", b"").strip()
    if expires and (not expires.isdigit() or len(expires) > 12):
        return "its expiry is no time"
    if expires and int(expires) * SECOND < at:
        return "it has expired"
    return ""


def _promised_digest(tags: dict[bytes, bytes]) -> bytes:
    try:
        return base64.b64decode(b"".join(tags.get(b"bh", b"").split()), validate=True)
    except binascii.Error:
        return b""


def _body_form(tags: dict[bytes, bytes]) -> str:
    """simple or relaxed, as the second half of c= says; simple where it says nothing."""
    _, _, form = tags.get(b"c", b"simple/simple").strip().lower().partition(b"/")
    return "relaxed" if form == b"relaxed" else "simple"


class _Keys:
    """Fetches the key of a signature for the library."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry = inquiry
        self.was_silent = False

    def __call__(self, name: bytes | str, timeout: float = 0) -> bytes | None:
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        try:
            records = self.inquiry.records(text, "TXT")
        except Silent as silence:
            self.was_silent = True
            raise library.DnsTimeoutError(str(silence)) from None
        keys = [each.encode("latin-1") for each in records if "p=" in each]
        return keys[0] if keys else None


# ---- the body -----------------------------------------------------------------------------


class BodyDigests:
    """The SHA-256 of a body in either form, worked out once."""

    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.known: dict[str, bytes] = {}

    def of(self, form: str) -> bytes:
        if form not in self.known:
            digest = hashlib.sha256()
            _digest_lines(digest, _pieces(self.body, is_relaxed=form == "relaxed"), form)
            self.known[form] = digest.digest()
        return self.known[form]


def _pieces(body: memoryview, *, is_relaxed: bool) -> Iterable[bytes]:
    """The body piece by piece, each of whole lines, with the blanks as the form wants them."""
    start = 0
    while start < len(body):
        end = _end_of_line(body, start + CHUNK)
        # Bare line feeds are told apart nowhere: the receiver takes them for line ends, too.
        piece = bytes(body[start:end]).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if is_relaxed:
            piece = re.sub(rb"[\t ]+", b" ", piece).replace(b" \r\n", b"\r\n")
        yield piece
        start = end


def _end_of_line(body: memoryview, place: int) -> int:
    """Behind the first line end from there on."""
    while place < len(body):
        window = bytes(body[place : place + CHUNK])
        found = window.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += CHUNK
    return len(body)


def _digest_lines(digest: _Digest, pieces: Iterable[bytes], form: str) -> None:
    """Empty lines at the end do not count, nor does it matter whether the last line ends."""
    waiting, is_empty = 0, True
    for piece in pieces:
        text, ends = _without_line_ends(piece)
        if text:
            while waiting:
                some = min(waiting, CHUNK)
                digest.update(b"\r\n" * some)
                waiting -= some
            digest.update(text)
            is_empty = False
        waiting += ends
    if not is_empty or form == "simple":
        digest.update(b"\r\n")


def _without_line_ends(piece: bytes) -> tuple[bytes, int]:
    """The piece without the line ends behind it, and how many there were. A lone CR is text."""
    tail = piece[len(piece.rstrip(b"\r\n")) :].replace(b"\r\n", b"\0\0")
    ends = len(tail) - (max(tail.rfind(b"\r"), tail.rfind(b"\n")) + 1)
    return piece[: len(piece) - ends], ends // 2
