"""Read JSON from strangers: one meaning only, and never more than a page can hold."""

from __future__ import annotations

import json
from typing import NoReturn

from commondesk.api.problems import Problem, printable

LARGEST = 2 * 1024 * 1024
DEEPEST = 20
_DIGITS = 40


class _Twice(ValueError):
    """A name stands twice in one object: which of the two is meant, nobody can say."""


def read(content: bytes) -> object:
    """The value that these bytes mean. Raises Problem."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "The body is not in UTF-8.") from None
    if _depth(text) > DEEPEST:
        raise Problem(400, f"The body is nested more than {DEEPEST} deep.")
    try:
        return _DECODER.decode(text)
    except _Twice as twice:
        raise Problem(400, str(twice)) from None
    except (ValueError, RecursionError):
        raise Problem(400, "The body is no JSON.") from None


def _depth(text: str) -> int:
    """How deep brackets are nested, at most: those inside of texts count as well as others."""
    deepest = depth = 0
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    is_in_text = is_escaped = False
    for each in text:
        if is_in_text:
            if is_escaped:
                is_escaped = False
            elif each == "\\":
                is_escaped = True
            elif each == '"':
                is_in_text = False
        elif each == '"':
            is_in_text = True
        elif each in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif each in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"The name {printable(twice)[:100]!r} stands twice in one object.")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("a number this long means nothing here")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole)
