"""Charters as YAML: a small, safe part of the language, with the lines that problems stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import yaml

from ..record.codec import Json
from ..service_level.charter_data import CharterError, Problem
from ..texts import gettext
from .reading import Read, read_charter
from .schema import Charter
from .writing import document_of

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
DEEPEST = 12
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,15})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}")
_TRUTH = {"true": True, "false": False}
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
    try:
        decoded = (
            text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        )
        decoded = decoded.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _no(gettext("the text is not in UTF-8")) from None
    if len(decoded.encode("utf-8", "replace")) > MOST_BYTES:
        raise _no(
            gettext("the text is longer than %(most)s KB; a charter is a page or two")
            % {"most": MOST_BYTES // 1024}
        )
    try:
        _refuse_tricks(decoded)
        node = yaml.compose(decoded, Loader=yaml.SafeLoader)
        if node is None:
            raise _no(gettext("the text is empty"))
        return node, _data_of(node)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else None
        said = " ".join(part for part in (wrong.context, wrong.problem) if part)
        raise _no(gettext("is no YAML: %(reason)s") % {"reason": said}, line) from None
    except (yaml.YAMLError, ValueError) as wrong:
        if isinstance(wrong, CharterError):
            raise
        raise _no(gettext("is no YAML: it holds characters that cannot be read")) from None


def _refuse_tricks(text: str) -> None:
    """No anchors, no tags, one document, and neither deep nor endless."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _no(
                gettext("anchors (&) and aliases (*) are not read; write the values out"), line
            )
        if getattr(event, "tag", None):
            raise _no(gettext("tags (!) are not read; write plain values"), line)
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if documents > 1:
            raise _no(gettext("holds more than one document; keep one"), line)
        if depth > DEEPEST or count > MOST_NODES:
            raise _no(gettext("is too deep or too long for a charter"), line)


def _no(what: str, line: int | None = None) -> CharterError:
    return CharterError([Problem("document", what, line)])


def _data_of(node: yaml.Node) -> Json:
    if isinstance(node, yaml.MappingNode):
        data: dict[str, Json] = {}
        for key, value in node.value:
            name = _name_of(key)
            if name in data:
                raise _no(
                    gettext("%(name)s stands there twice; keep one") % {"name": repr(name)},
                    key.start_mark.line + 1,
                )
            data[name] = _data_of(value)
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_data_of(each) for each in node.value]
    return _scalar(str(node.value), is_plain=getattr(node, "style", None) is None)


def _name_of(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _no(gettext("a name is a single word, not a list"), node.start_mark.line + 1)
    return str(node.value)


def _scalar(text: str, *, is_plain: bool) -> Json:
    """Only what looks like nothing else is a number or a truth: 09:30, NO and off are words."""
    if not is_plain:
        return text
    if text in ("", "~", "null"):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


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
