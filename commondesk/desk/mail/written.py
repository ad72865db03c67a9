"""Puts a mail together: head, text and HTML that say the same, and files beside them."""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commondesk.ledger import chance

from .headers import UnsafeMail, one_line, parameter

Header = tuple[str, str]

_BASE64_BYTES = 57 * 1024
_LONGEST_LINE = 990
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_HEADER_NAME = re.compile(rb"[A-Za-z-]+(?=: )")
# Text keeps its line ends and tabs; other controls mean nothing in a mail.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


def mail_bytes(
    headers: Sequence[Header], text: str, html: str, files: Sequence[File] = ()
) -> bytes:
    """The mail as it is sent. Raises UnsafeMail where its head is not exactly these headers."""
    kind, body = _body(text, html, files)
    # Joined once: a file of 25 MB is not copied from hand to hand.
    return b"".join([_head([*headers, ("MIME-Version", "1.0"), kind]), b"\r\n", *body])


def _head(headers: Sequence[Header]) -> bytes:
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
    lines = head.split(b"\r\n")[:-1]
    if any(b"\r" in line or b"\n" in line or not line.strip() for line in lines):
        raise UnsafeMail("a header of this mail would have ended its head")
    starts = [_HEADER_NAME.match(line) for line in lines if not line.startswith(b" ")]
    if [found and found[0] for found in starts] != [name.encode() for name, _ in headers]:
        raise UnsafeMail("a header of this mail would have become two")
    if any(len(line) > 998 for line in lines):
        raise UnsafeMail("a header of this mail is longer than a line may be")
    return head


def _body(text: str, html: str, files: Sequence[File]) -> tuple[Header, list[bytes]]:
    kind, alternative = _joined(
        "alternative", [[_text_part("plain", text)], [_text_part("html", html)]]
    )
    if not files:
        return kind, alternative
    name, value = kind
    first = [f"{name}: {value}\r\n\r\n".encode(), *alternative]
    return _joined("mixed", [first, *map(_file_part, files)])


def _joined(kind: str, parts: Sequence[list[bytes]]) -> tuple[Header, list[bytes]]:
    # Nobody can guess the boundary, so nothing that people wrote can hold it.
    boundary = f"=_{chance.some(16).hex()}"
    line = f"--{boundary}".encode()
    pieces = [piece for part in parts for piece in (line, b"\r\n", *part, b"\r\n")]
    header = ("Content-Type", f'multipart/{kind};\r\n boundary="{boundary}"')
    return header, [*pieces, line, b"--\r\n"]


def _text_part(kind: str, text: str) -> bytes:
    coding, body = _coded(wire_text(text))
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {coding}\r\n\r\n"
    ).encode() + body


def wire_text(text: str) -> bytes:
    """The text with the line ends of mail, ending in one."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub(" ", plain).rstrip("\n").replace("\n", "\r\n").encode() + b"\r\n"


def _coded(content: bytes) -> tuple[str, bytes]:
    if content.isascii() and max(map(len, content.split(b"\r\n"))) <= _LONGEST_LINE:
        return "7bit", content
    foreign = len(content) - len(content.decode().encode("ascii", "ignore"))
    if foreign * 6 > len(content):
        return "base64", b"".join(_base64(content))
    return "quoted-printable", binascii.b2a_qp(content, quotetabs=False, istext=True)


def _base64(content: bytes) -> Iterator[bytes]:
    """Lines of 76 characters, many at a time."""
    for start in range(0, len(content), _BASE64_BYTES):
        coded = b64encode(content[start : start + _BASE64_BYTES])
        lines = [coded[place : place + 76] for place in range(0, len(coded), 76)]
        yield b"\r\n".join([*lines, b""])


def _file_part(file: File) -> list[bytes]:
    media_type = file.media_type.strip().lower()
    is_plain = _MEDIA_TYPE.fullmatch(media_type) is not None
    # A message or a multipart may not be coded in base64: as a file it keeps its bytes.
    is_opaque = not is_plain or media_type.startswith(("message/", "multipart/"))
    name = one_line(file.name)[:200] or "file"
    head = (
        f"Content-Type: {'application/octet-stream' if is_opaque else media_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{parameter('filename', name)}\r\n\r\n"
    )
    return [head.encode(), *_base64(file.content)]
