"""Cases as YAML, or JSON: plain data, and the lines that complaints stand on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import yaml

from ...charter.plain_yaml import Kept, NotPlain, parsed
from ...record.codec import Json
from ...texts import gettext
from .fields import Complaint

MOST_BYTES = 1024 * 1024
MOST_NODES = 100_000
Lines = dict[str, int]


class NoCase(ValueError):
    """Why a text is no case at all."""

    def __init__(self, complaint: Complaint):
        self.complaint = complaint
        super().__init__(str(complaint))


def plain(text: str | bytes) -> tuple[Json, Lines]:
    """The data of a text, and the line of each of its places. Raises NoCase."""
    kept = Kept(
        MOST_BYTES,
        MOST_NODES,
        gettext("the text is longer than %(most)s KB; a case is a few pages")
        % {"most": MOST_BYTES // 1024},
        gettext("is too deep or too long for a case"),
    )
    try:
        node, data = parsed(text, kept)
    except NotPlain as wrong:
        if (found := _of_json(text, kept)) is not None:
            return found, {}
        raise NoCase(Complaint("case", wrong.what, wrong.line)) from None
    return data, dict(_lines(node, ""))


def _of_json(text: str | bytes, kept: Kept) -> Json:
    """The data of JSON that is no YAML, as where tabs indent it; None if it is not that either."""
    if len(text) > kept.most_bytes:
        return None
    try:
        found: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def with_lines(complaints: tuple[Complaint, ...], lines: Lines) -> tuple[Complaint, ...]:
    """The complaints with the lines they stand on, from the top of the text to its end."""
    lined = [replace(each, line=_line_of(each.place, lines)) for each in complaints]
    return tuple(sorted(lined, key=lambda each: each.line or 0))


def _lines(node: yaml.Node, place: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            spot = f"{place}.{key.value}" if place else str(key.value)
            yield spot, key.start_mark.line + 1
            yield from _lines(value, spot)
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value, 1):
            spot = f"{place}[{index}]"
            yield spot, value.start_mark.line + 1
            yield from _lines(value, spot)


_LAST = re.compile(r"(\.[^.\[]*|\[\d+\])$")


def _line_of(place: str, lines: Lines) -> int:
    """The line of a place, or of what it lies in: what is missing has no line of its own."""
    while place:
        if place in lines:
            return lines[place]
        shorter = _LAST.sub("", place)
        place = shorter if shorter != place else ""
    return 1
