"""The parts of a mail, cut out of its bytes without recursion and within limits.

A message inside the message stays whole, as the bytes that came.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from commondesk.core.texts import gettext_noop

from . import charsets, encoded_words
from .headers import Headers, first, media_type_of, of_kind, parameter
from .understood import Notes

MOST_HEADER_BYTES = 256 * 1024
MOST_PART_HEADER_BYTES = 32 * 1024
MOST_PARTS = 500
DEEPEST = 30
LONGEST_FILE_NAME = 200

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_MBOX_LINE = re.compile(rb"\A(?:[ \t]*\r?\n)*(?:>?From (?![ \t]*:)[^\r\n]*\r?\n)?")
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069\u200b-\u200f]')


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf: its headers and where its body lies in the bytes of the mail."""

    headers: Headers
    raw: bytes
    start: int
    end: int
    inside: tuple[str, ...] = ()
    """The kinds of the multiparts around it, the outermost first."""

    @property
    def media_type(self) -> str:
        return media_type_of(self.headers)

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The body as it was before it was wrapped for the way."""
        try:
            return unwrapped(self.body, first(self.headers, "content-transfer-encoding"))
        except ValueError:
            return self.body

    @property
    def text(self) -> str:
        return charsets.text_of(self.content, parameter(self.headers, "content-type", "charset"))

    @property
    def disposition(self) -> str:
        value = first(self.headers, "content-disposition").partition(";")[0]
        return value.strip().lower()

    @property
    def file_name(self) -> str:
        name = parameter(self.headers, "content-disposition", "filename")
        return safe_name(name or parameter(self.headers, "content-type", "name"))


def headers_and_body(
    raw: bytes, start: int, end: int, most: int, notes: Notes
) -> tuple[Headers, int]:
    """The headers that begin at start, and where their body begins."""
    blank = _BLANK_LINE.search(raw, start, end)
    if raw[start : start + 1] in (b"\n", b"\r"):
        stop = body = start + (2 if raw[start : start + 2] == b"\r\n" else 1)
    elif blank:
        stop, body = blank.start(), blank.end()
    else:
        stop = body = _end_of_header_lines(raw, start, min(end, start + most))
    if stop - start > most:
        notes.add(
            gettext_noop("its headers are longer than we read; the rest of them was left aside")
        )
        stop = start + most
    return Headers(raw[start:stop]), body


def start_of_mail(raw: bytes) -> int:
    """Past the blank lines and the `From ` line that a mailbox file puts before a mail."""
    found = _MBOX_LINE.match(raw, 0, 4096)
    return found.end() if found else 0


def leaves(raw: bytes, headers: Headers, body: int, notes: Notes) -> Iterator[Part]:
    """Every part that holds no others, in order. Beyond the limits a multipart is one leaf."""
    waiting = [(Part(headers, raw, body, len(raw)), 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        kind, _, how = part.media_type.partition("/")
        boundary = parameter(part.headers, "content-type", "boundary")
        room = MOST_PARTS - count - len(waiting)
        children: list[Part] = []
        if kind == "multipart" and boundary:
            if depth < DEEPEST and room > 0:
                children = list(_children(part, boundary, how, room, notes))
            else:
                notes.add(
                    gettext_noop(
                        "its parts lie deeper than we look; the rest is attached as it came"
                    )
                )
        if not children:
            yield part
        waiting.extend((child, depth + 1) for child in reversed(children))


def _children(part: Part, boundary: str, kind: str, room: int, notes: Notes) -> Iterator[Part]:
    default = "message/rfc822" if kind == "digest" else ""
    for count, (start, end) in enumerate(_slices(part, boundary)):
        if count >= room:
            notes.add(
                gettext_noop(
                    "it has more parts than we take apart; the rest is attached as it came"
                )
            )
            yield Part(
                of_kind("application/octet-stream"), part.raw, start, part.end, (*part.inside, kind)
            )
            return
        headers, body = headers_and_body(part.raw, start, end, MOST_PART_HEADER_BYTES, notes)
        if default and "content-type" not in headers:
            headers = of_kind(default)
        yield Part(headers, part.raw, min(body, end), end, (*part.inside, kind))


def _slices(part: Part, boundary: str) -> Iterator[tuple[int, int]]:
    """Where each child begins and ends, headers included."""
    start = -1
    for line_start, line_end, is_last in _delimiters(part, boundary):
        if start >= 0:
            yield start, max(start, _without_line_end(part.raw, start, line_start))
        if is_last:
            return
        start = line_end
    if start >= 0:
        yield start, part.end


def _delimiters(part: Part, boundary: str) -> Iterator[tuple[int, int, bool]]:
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    at = part.start if part.raw.startswith(mark, part.start, part.end) else -1
    if at < 0:
        at = _next_line_with(mark, part, part.start)
    while at >= 0:
        line_end = part.raw.find(b"\n", at, part.end) + 1 or part.end
        rest = part.raw[at + len(mark) : min(line_end, at + len(mark) + 200)].strip()
        if rest in (b"", b"--"):
            yield at, line_end, rest == b"--"
        at = _next_line_with(mark, part, line_end - 1)


def _next_line_with(mark: bytes, part: Part, after: int) -> int:
    """Where the next line begins that begins with the mark, or -1."""
    found = part.raw.find(b"\n" + mark, after, part.end)
    return found + 1 if found >= 0 else -1


def _without_line_end(raw: bytes, start: int, end: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if raw[end - 1 : end] == b"\n" and end > start:
        end -= 1
        if raw[end - 1 : end] == b"\r" and end > start:
            end -= 1
    return end


def _end_of_header_lines(raw: bytes, start: int, end: int) -> int:
    """Where the header lines stop when no blank line follows them."""
    at = start
    while at < end:
        is_header = _HEADER_LINE.match(raw, at, end) or (at > start and raw[at : at + 1] in b" \t")
        if not is_header:
            return at
        at = raw.find(b"\n", at, end) + 1 or end
    return at


def safe_name(name: str) -> str:
    """A file name that is only a name: no folder, no control or turning characters."""
    last = re.split(r"[/\\]", name)[-1] if re.search(r"^[A-Za-z]:\\|/", name) else name
    shown = " ".join(_UNSAFE_IN_NAME.sub("_", last).split()).strip(". ")
    if len(shown) <= LONGEST_FILE_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    return f"{stem[: LONGEST_FILE_NAME - 12]}{dot}{ending[:10]}"


def unwrapped(body: bytes, encoding: str) -> bytes:
    """The content by its transfer encoding, whatever way that was written."""
    known = re.match(
        r"[\s\"']*(base64|quoted-printable|x-uuencode|uuencode|x-uue)", encoding.lower()
    )
    if not known:
        return body
    if known[1] == "base64":
        return encoded_words.base64_content(body)
    if known[1] == "quoted-printable":
        return binascii.a2b_qp(body)
    return _uudecoded(body)


def _uudecoded(body: bytes) -> bytes:
    lines = iter(body.splitlines())
    if not any(line.startswith(b"begin ") for line in lines):
        return body
    out = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some writers pad the line: the first character says how much of it counts.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            out.append(binascii.a2b_uu(line[:length]))
    return b"".join(out)
