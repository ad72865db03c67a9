"""The header lines of a mail or of a part, as they came; names are found in any case.

Not by Python's own reader of them: it stops at the first line that is none, and is slower.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from email.policy import compat32
from functools import lru_cache

from . import charsets, encoded_words

LONGEST_STRUCTURED_VALUE = 4096

_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_BARE_CR_OR_NUL = re.compile(rb"\r(?!\n)|\x00")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_PLAIN = re.compile(r"[!-~\s]*")
_PLAIN_PARAMETER = re.compile(
    r";\s*([A-Za-z-]+)=(?:\"((?:[^\"\\=?]|=(?!\?))*)\"|([A-Za-z0-9_.:/+-]+))\s*(?=;|$)"
)


class Headers:
    """Names and values, the values with their folds, and with bytes outside ASCII as surrogates."""

    __slots__ = ("_values",)

    def __init__(self, block: bytes = b"") -> None:
        self._values: dict[str, list[str]] = {}
        # Programs differ on what a bare CR or a NUL ends: as a control character it is unclear.
        lines = _BARE_CR_OR_NUL.sub(b"\x01", block).split(b"\n")
        name, value = "", [""]
        for line in (each.rstrip(b"\r") for each in lines if each.strip()):
            if _LINE.match(line):
                self._add(name, value)
                head, _, rest = line.decode("ascii", "surrogateescape").partition(":")
                name, value = head.rstrip(" \t").lower(), [rest.lstrip(" \t")]
            else:
                # A line that is none is taken as the rest of the one before.
                gap = b"" if line[:1] in (b" ", b"\t") else b" "
                value.append((gap + line).decode("ascii", "surrogateescape"))
        self._add(name, value)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def values(self, name: str) -> Sequence[str]:
        """The values of every line of that name, from the top."""
        return self._values.get(name.lower(), ())

    def _add(self, name: str, value: list[str]) -> None:
        if name:
            self._values.setdefault(name, []).append("\n".join(value))


def of_kind(media_type: str) -> Headers:
    """Headers that say nothing but what kind of content is meant."""
    return Headers(f"Content-Type: {media_type}".encode())


def first(headers: Headers, name: str) -> str:
    """The value of the first line of that name; empty if there is none."""
    found = headers.values(name)
    return found[0][:LONGEST_STRUCTURED_VALUE] if found else ""


def media_type_of(headers: Headers) -> str:
    found = _MEDIA_TYPE.match(first(headers, "content-type").strip().lower())
    return found[0] if found else "text/plain"


def parameter(headers: Headers, header: str, name: str) -> str:
    """A parameter of a structured header, RFC 2231 and RFC 2047 read alike; empty if missing."""
    value = first(headers, header)
    if ";" not in value:
        return ""
    plain = _plain_parameters(value)
    return plain.get(name, "") if plain is not None else _parameter(value, header, name)


@lru_cache(maxsize=32)
def _plain_parameters(value: str) -> dict[str, str] | None:
    """All parameters where they are written as nearly all are; None for any other way."""
    if not _PLAIN.fullmatch(value):
        return None
    found: dict[str, str] = {}
    at = value.index(";")
    while at < len(value):
        hit = _PLAIN_PARAMETER.match(value, at)
        if not hit:
            return found if not value[at:].strip("; \t\r\n") else None
        found.setdefault(hit[1].lower(), hit[2] if hit[2] is not None else hit[3])
        at = hit.end()
    return found


def _parameter(value: str, header: str, name: str) -> str:
    alone = Message(policy=compat32)
    alone[header] = encoded_words.raw_text(value)
    try:
        found = alone.get_param(name, "", header)
    except Exception:
        return ""
    if isinstance(found, tuple):
        charset, _, text = found
        return charsets.text_of(str(text).encode("latin-1", "replace"), str(charset or ""))
    return encoded_words.decoded(str(found))
