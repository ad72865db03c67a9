"""Header values out of words that anybody may have written: one line, ASCII, nothing to decode.

Python's own headers are parsed, decoded and folded anew each time; that costs more than filing the
whole mail may, and what decodes can be made to decode to a line end. These are only ever written.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import quote

LONGEST_NAME = 200
LONGEST_IDS = 16_000
"""How many characters of ids References may hold; mail servers refuse heads of some 30,000."""
_LINE = 76
_WORD_BYTES = 45
_CHUNK = 60

# Controls, halves of characters, what ends a line somewhere, and what turns the reading direction.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,990}>")
_PLAIN = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]+"
_PLAIN_ADDRESS = re.compile(f"{_PLAIN}@{_PLAIN}")


class UnsafeMail(ValueError):
    """Something would have become another header, or none. The code before should prevent it."""


def one_line(text: str) -> str:
    """Text that can stand in a header: without line ends and controls it cannot add another.

    Some programs decode encoded words wherever they stand, line ends in them too: none is left.
    """
    return " ".join(_UNFIT.sub(" ", text).replace("=?", "= ?").split())


def is_plain_address(address: str) -> bool:
    """True for what nobody can read as another address; Python's smtplib picks out odd ones."""
    return _PLAIN_ADDRESS.fullmatch(address) is not None


def in_ascii(address: str) -> str:
    """The address with its domain as it travels."""
    if address.isascii():
        return one_line(address)
    local, _, domain = one_line(address).rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


def addresses_in_wire_form(addresses: Iterable[str]) -> list[str]:
    """Envelope addresses as SMTP wants them. Raises ValueError for one that is not plain."""
    written = [in_ascii(address) for address in addresses]
    if odd := [address for address in written if not is_plain_address(address)]:
        raise ValueError(f"{odd[0]!r} is no mail address")
    return written


def text(value: str) -> str:
    """Words of people as a header value, folded where it is long."""
    line = one_line(value)
    return _folded(line.split(" ")) if line.isascii() else "\r\n ".join(_encoded_words(line))


def mailboxes(people: Sequence[tuple[str, str]]) -> str:
    """(address, name) of each, as To and Cc want them. Raises ValueError for no plain address."""
    return ",\r\n ".join(mailbox(address, name) for address, name in people)


def mailbox(address: str, name: str) -> str:
    """An address with a name before it. The name is decoration and may hold anything."""
    written = in_ascii(address)
    if not is_plain_address(written):
        raise ValueError(f"{written!r} is no mail address")
    shown = one_line(name)[:LONGEST_NAME].strip()
    if not shown:
        return written
    apart = " " if len(shown) + len(written) < _LINE - 12 else "\r\n "
    return f"{_phrase(shown)}{apart}<{written}>"


def message_ids(ids: Iterable[str]) -> str:
    """Ids one a line, the first and the latest where they are too many; odd ones are left out."""
    fit = [each for each in ids if _MESSAGE_ID.fullmatch(each)]
    while len(fit) > 2 and sum(map(len, fit)) > LONGEST_IDS:
        del fit[1]
    return "\r\n ".join(fit)


def parameter(name: str, value: str) -> str:
    """`; name="value"`, or in pieces by RFC 2231 where the value is long or not ASCII."""
    line = one_line(value)
    if line.isascii() and len(line) <= _CHUNK:
        return f'; {name}="{_quoted(line)}"'
    coded = "utf-8''" + quote(line, safe="")
    pieces = _percent_pieces(coded)
    if len(pieces) == 1:
        return f";\r\n {name}*={pieces[0]}"
    return "".join(f";\r\n {name}*{place}*={piece}" for place, piece in enumerate(pieces))


def _folded(words: Sequence[str]) -> str:
    lines, length = [""], 0
    for word in words:
        if length and length + 1 + len(word) > _LINE:
            lines.append(word)
            length = len(word)
        else:
            lines[-1] += f" {word}" if length else word
            length += len(word) + 1
    return "\r\n ".join(lines)


def _phrase(name: str) -> str:
    if not name.isascii():
        return "\r\n ".join(_encoded_words(name))
    return name if _ATOMS.fullmatch(name) else f'"{_quoted(name)}"'


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _encoded_words(line: str) -> list[str]:
    """RFC 2047: each word whole in itself, no character cut in two."""
    words, current = [], b""
    for character in line:
        coded = character.encode()
        if len(current) + len(coded) > _WORD_BYTES:
            words.append(current)
            current = b""
        current += coded
    return [f"=?utf-8?b?{b64encode(each).decode()}?=" for each in (*words, current)]


def _percent_pieces(coded: str) -> list[str]:
    """Pieces of a line that cut no %XX in two."""
    pieces, rest = [], coded
    while len(rest) > _CHUNK:
        cut = _CHUNK
        while "%" in rest[cut - 2 : cut]:
            cut -= 1
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]
