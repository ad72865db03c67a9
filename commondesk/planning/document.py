"""The document of a case: what CASE.yaml holds, as plain data with places such as `cost.currency`.

What somebody typed is kept as they typed it, fit or not: the core says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import cast

from commondesk.core.record.codec import Json, canonical

Document = dict[str, Json]
MOST_BYTES = 256 * 1024
LONGEST_ANSWER = 4_000
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})\.\d{1,12}")
_WITH_COMMA = re.compile(r"(-?\d+),(\d{1,2}|\d{4,})")


def text_of(document: Mapping[str, Json]) -> str:
    """The canonical text of a case."""
    return canonical(cast(Json, dict(document)))


def of_text(text: str) -> Document:
    return cast(Document, json.loads(text))


def at(document: Mapping[str, Json], place: str) -> Json:
    """What stands at a place, such as `scoping.ends[1].where`; None where nothing does."""
    found: Json = dict(document)
    for name in _steps(place):
        if isinstance(name, int):
            is_there = isinstance(found, list) and name < len(found)
            found = found[name] if isinstance(found, list) and is_there else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def put(document: Document, place: str, value: Json) -> None:
    """Put a value at a place; None takes away what stands there, and all left empty by that."""
    made = _with(document, _steps(place), value)
    document.clear()
    document.update(made if isinstance(made, dict) else {})


_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]")


@lru_cache(maxsize=4096)
def _steps(place: str) -> tuple[str | int, ...]:
    """`ends[1].where` as `ends`, 0, `where`."""
    return tuple(name or int(count) - 1 for name, count in _STEP.findall(place))


def _with(data: Json, steps: tuple[str | int, ...], value: Json) -> Json:
    """The data with the value at a place within them; None for what is empty then."""
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        rows = list(data) if isinstance(data, list) else []
        rows += [None] * (first + 1 - len(rows))
        rows[first] = _with(rows[first], rest, value)
        while rows and rows[-1] is None:
            rows.pop()
        return [{} if each is None else each for each in rows] or None
    names = dict(data) if isinstance(data, dict) else {}
    inside = _with(names.get(first), rest, value)
    if inside is None:
        names.pop(first, None)
        return names or None
    return {**names, first: inside}


def typed(text: str) -> Json:
    """What a field of a form says: a number where it is one, else its text; None for nothing."""
    text = text.strip()[:LONGEST_ANSWER]
    if not text:
        return None
    # 2,5 is two and a half to half of our readers, and a slip to nobody; 1,200 stays a question.
    plain = _WITH_COMMA.sub(r"\1.\2", text) if _WITH_COMMA.fullmatch(text) else text
    if _WHOLE.fullmatch(plain):
        return int(plain)
    if _DECIMAL.fullmatch(plain):
        return float(plain)
    return text


def as_typed(value: Json) -> str:
    """What a field shows of a value."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def tidied(data: Json) -> Json:
    """Data from a file, without numbers that no document can hold: they stand there as texts."""
    if isinstance(data, dict):
        return {str(name)[:200]: tidied(each) for name, each in data.items()}
    if isinstance(data, list):
        return [tidied(each) for each in data]
    if isinstance(data, float) and not isfinite(data):
        return str(data)
    return data


def leaves(data: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """Every value with its place, in the order in which they stand."""
    if isinstance(data, dict):
        for name, each in data.items():
            yield from leaves(each, f"{place}.{name}" if place else name)
    elif isinstance(data, list):
        for index, each in enumerate(data, 1):
            yield from leaves(each, f"{place}[{index}]")
    else:
        yield place, data
