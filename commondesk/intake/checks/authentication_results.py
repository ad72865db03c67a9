"""What a mail server that we trust found, in the lines it wrote for us (RFC 8601).

Anybody can write such a line into a mail. Believed are those of the one named host, and of these
only the topmost together: whoever sends a mail cannot write above what the host adds to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .domains import is_aligned

LONGEST_LINE = 16 * 1024
MOST_RESULTS = 50
VERSION = "1"
_SEVERITY = ("fail", "permerror", "softfail", "policy", "temperror", "neutral", "none", "pass")
"""Where two lines of a host say different things about a method, the worse one counts."""

_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_BY = re.compile(r"\sby\s+([a-z0-9.-]+)", re.IGNORECASE)
_METHOD = re.compile(r"([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:/([0-9]+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one method, and about what: properties such as `smtp.mailfrom`."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: which host wrote it, or says it did, and its results."""

    host: str
    results: tuple[Result, ...] = ()


class Malformed(ValueError):
    """This is no such line."""


# ---- which lines are believed -------------------------------------------------------------


def results_by(host: str, header: bytes) -> tuple[Result, ...]:
    """What that host found out about a mail with these header lines; nothing if it wrote none."""
    lines: list[Line] = []
    hops = 0
    for name, value in _fields(header):
        if name == "received":
            if lines or (hops and not _was_added_by(host, value)):
                break
            hops += 1
        elif name == "authentication-results":
            lines.extend(line for line in _parsed(value) if line.host == host.lower())
    return tuple(result for line in lines for result in line.results)


def _parsed(value: str) -> Iterator[Line]:
    try:
        yield parse(value)
    except Malformed:
        return


def _was_added_by(host: str, received: str) -> bool:
    """Whether this hop, too, was within the host's own house."""
    by = _BY.search(received[:2000])
    name = by[1].rstrip(".").lower() if by else ""
    return name == "localhost" or is_aligned(host.lower(), name, is_strict=False)


def _fields(header: bytes) -> Iterator[tuple[str, str]]:
    """The header lines, unfolded, from the top: names in lower case."""
    text = header.decode("latin-1").replace("\r\n", "\n")
    for line in re.split(r"\n(?![ \t])", text):
        found = _FIELD.match(line)
        if found:
            yield found[1].lower(), found[2].replace("\n", "")


def worst(method: str, results: Iterable[Result]) -> str:
    """What the host says of a method; "" where it says nothing."""
    said = [each.result for each in results if each.method == method]
    known = [_SEVERITY.index(each) for each in said if each in _SEVERITY]
    if not said:
        return ""
    return _SEVERITY[min(known)] if len(known) == len(said) else "permerror"


# ---- reading a line -----------------------------------------------------------------------


def parse(value: str) -> Line:
    """The line with that value. Raises Malformed."""
    if len(value) > LONGEST_LINE:
        raise Malformed("too long")
    first, *rest = _parts(value)
    host = _host(first)
    if len(rest) > MOST_RESULTS:
        raise Malformed("too many results")
    if not rest:
        raise Malformed("no results")
    if rest == [["none"]]:
        return Line(host)
    return Line(host, tuple(_result(words) for words in rest if words))


def _host(words: list[str]) -> str:
    if not 1 <= len(words) <= 2 or "=" in words[0]:
        raise Malformed("it does not say who wrote it")
    if len(words) == 2 and words[1] != VERSION:
        raise Malformed("a version that is not known")
    return words[0].rstrip(".").lower()


def _result(words: list[str]) -> Result:
    method, mark, result = words[0].partition("=")
    found = _METHOD.fullmatch(method)
    if not mark or not found or not result.isascii() or not result.isalnum():
        raise Malformed("a result without method")
    if found[2] not in (None, VERSION):
        raise Malformed("a version of a method that is not known")
    return Result(found[1].lower(), result.lower(), _properties(words[1:]))


def _properties(words: Iterable[str]) -> dict[str, str]:
    properties: dict[str, str] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark:
            raise Malformed("a property without value")
        properties.setdefault(name.lower(), value)
    return properties


def _parts(value: str) -> list[list[str]]:
    """The words between semicolons, without comments; `a . b = c` is one word like `a.b=c`."""
    parts: list[list[str]] = [[]]
    for piece in _pieces(value):
        words = parts[-1]
        if piece == ";":
            parts.append([])
        elif words and _goes_on(words[-1], piece):
            words[-1] += piece.removeprefix("\0")
        else:
            words.append(piece.removeprefix("\0"))
    return parts


def _goes_on(word: str, piece: str) -> bool:
    """Whether white space was allowed between the two: around marks, up to the value."""
    name, mark, value = word.partition("=")
    if mark:
        return not value
    return piece[0] in "=./" or name[-1:] in (".", "/")


def _pieces(value: str) -> Iterator[str]:
    """Words, and semicolons outside of quotes and comments; each character is looked at once.

    What was quoted begins with a zero byte, so that its first character means nothing.
    """
    place, word = 0, ""
    while place < len(value):
        character = value[place]
        if character == "(":
            place = _end_of_comment(value, place)
        elif character == '"':
            place, quoted = _quoted(value, place)
            word = word + quoted if word else "\0" + quoted
            continue
        else:
            place += 1
            if character not in " \t\r\n;":
                word += character
                continue
        if word:
            yield word
            word = ""
        if character == ";":
            yield ";"
    if word:
        yield word


def _end_of_comment(value: str, start: int) -> int:
    """Behind a comment, which may hold others."""
    depth, place = 0, start
    while place < len(value):
        character = value[place]
        if character == "\\":
            place += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    raise Malformed("a comment without end")


def _quoted(value: str, start: int) -> tuple[int, str]:
    """Where a quoted word ends, and what it says."""
    said, place = "", start + 1
    while place < len(value):
        character = value[place]
        if character == '"':
            return place + 1, said
        if character == "\\":
            place += 1
            character = value[place : place + 1]
        said += character
        place += 1
    raise Malformed("a quote without end")
