"""What follows MAIL and RCPT: an address in angle brackets, and words with values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_ADDRESS = 512

# Quoted parts may hold anything, brackets too. A route before the address is read over.
_PATH = re.compile(r"\s*<(?:@[^<>:\s]+:)?((?:\"(?:[^\"\\]|\\.)*\"|[^\"<>\s])*)>(?:\s+(.*))?")
_BARE_PATH = re.compile(r"\s*([^\s<>\"]+)(?:\s+(.*))?")


class Malformed(ValueError):
    """The argument cannot be read. The text is the answer to give."""


@dataclass(frozen=True, slots=True)
class Named:
    """An address, empty for `<>`, and what was said with it."""

    address: str
    words: Mapping[str, str]


def named(keyword: str, argument: str) -> Named:
    """The argument of MAIL (`FROM:`) or RCPT (`TO:`). Raises Malformed."""
    if argument[: len(keyword)].upper() != keyword:
        raise Malformed(f"501 5.5.4 It is written {keyword}<address>")
    rest = argument[len(keyword) :]
    found = _PATH.fullmatch(rest) or _BARE_PATH.fullmatch(rest)
    if not found:
        raise Malformed("553 5.1.3 That is no mail address")
    address, words = found.group(1), (found.group(2) or "").split()
    if len(address) > LONGEST_ADDRESS or not _is_printable(address):
        raise Malformed("553 5.1.3 That is no mail address")
    return Named(address, dict(_word(each) for each in words))


def _is_printable(address: str) -> bool:
    """Bytes that are no UTF-8 came as surrogates, and may stay."""
    return all(each.isprintable() or "\udc80" <= each <= "\udcff" for each in address)


def is_plain(address: str) -> bool:
    """A recipient we can keep: something on both sides of an @, no control characters or spaces."""
    local, _, domain = address.rpartition("@")
    return bool(local and domain) and address.isprintable() and " " not in address


def _word(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name.replace("-", "").isalnum() or (equals and not value):
        raise Malformed("501 5.5.4 Those parameters cannot be read")
    return name.upper(), value
