"""Charters as YAML: a small, safe part of the language, with the lines that problems stand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import yaml

from ..record.codec import Json
from ..service_level.charter_data import CharterError, Problem
from ..texts import gettext
from .plain_yaml import Kept, NotPlain, parsed
from .reading import Read, read_charter
from .schema import Charter
from .writing import document_of

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
Lines = dict[str, int]


def to_yaml(charter: Charter) -> str:
    """The charter as YAML that reads back to the same charter."""
    return yaml_of(document_of(charter))


def yaml_of(document: Mapping[str, Json]) -> str:
    """Plain data as YAML, in the order they come."""
    text: str = yaml.dump(
        document,
        Dumper=_Plain,
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=100,
    )
    return text


class _Plain(yaml.SafeDumper):
    """Rows stand each on a line of their own; nothing is ever an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def from_yaml(text: str | bytes) -> Charter:
    """The charter of a YAML text. Raises CharterError with every problem, by line if known."""
    found, _ = read_yaml(text)
    if found.problems:
        raise CharterError(found.problems)
    return found.charter


def read_yaml(text: str | bytes) -> tuple[Read, Json]:
    """What could be read of a YAML text, and the plain data it holds.

    Raises CharterError where it is no such YAML at all.
    """
    node, data = _parsed(text)
    lines = dict(_lines(node))
    found = read_charter(data)
    problems = tuple(
        replace(problem, line=_line_of(problem.place, lines)) for problem in found.problems
    )
    ordered = sorted(problems, key=lambda each: each.line or 0)
    return Read(found.charter, tuple(ordered)), data


def _parsed(text: str | bytes) -> tuple[yaml.Node, Json]:
    kept = Kept(
        MOST_BYTES,
        MOST_NODES,
        gettext("the text is longer than %(most)s KB; a charter is a page or two")
        % {"most": MOST_BYTES // 1024},
        gettext("is too deep or too long for a charter"),
    )
    try:
        return parsed(text, kept)
    except NotPlain as wrong:
        raise CharterError([Problem("document", wrong.what, wrong.line)]) from None


# ---- lines --------------------------------------------------------------------------------


def _lines(node: yaml.Node, place: str = "document") -> Iterator[tuple[str, int]]:
    """The line of each place, written as problems write it."""
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value)
            for spot in _spots(place, name):
                yield spot, key.start_mark.line + 1
                yield from ((inner, line) for inner, line in _lines(value, spot) if inner != spot)
    if isinstance(node, yaml.SequenceNode):
        word = "step" if place == "charter.escalation" else "row"
        for index, value in enumerate(node.value, 1):
            yield from _lines(value, f"{place} {word} {index}")


def _spots(place: str, name: str) -> tuple[str, ...]:
    """How a place below another is written: by a dot, or in a row by a space."""
    if place == "document":
        return (name,)
    if " " in place:
        return (f"{place} {name}",)
    return (f"{place}.{name}", f"{place} {name}")


def _line_of(place: str, lines: Lines) -> int | None:
    """The line of a place, or of what it lies in: what is missing has no line of its own."""
    while place:
        if place in lines:
            return lines[place]
        shorter = max(place.rfind(" "), place.rfind("."))
        place = place[:shorter] if shorter > 0 else ""
    return lines.get("document")
