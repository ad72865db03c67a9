"""A small, safe part of YAML: plain data without tricks, with the lines it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from ..record.codec import Json
from ..texts import gettext

DEEPEST = 12
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,15})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}")
_TRUTH = {"true": True, "false": False}


class NotPlain(ValueError):
    """What the text is not, and the line where that shows."""

    def __init__(self, what: str, line: int | None = None):
        self.what = what
        self.line = line
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a text may be, and what is said of one that is longer."""

    most_bytes: int
    most_nodes: int
    too_long: str
    too_much: str


def parsed(text: str | bytes, kept: Kept) -> tuple[yaml.Node, Json]:
    """The nodes of a text, for their lines, and its plain data. Raises NotPlain."""
    try:
        decoded = (
            text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        )
        decoded = decoded.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise NotPlain(gettext("the text is not in UTF-8")) from None
    if len(decoded.encode("utf-8", "replace")) > kept.most_bytes:
        raise NotPlain(kept.too_long)
    try:
        _refuse_tricks(decoded, kept)
        node = yaml.compose(decoded, Loader=yaml.SafeLoader)
        if node is None:
            raise NotPlain(gettext("the text is empty"))
        return node, _data_of(node)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else None
        said = " ".join(part for part in (wrong.context, wrong.problem) if part)
        raise NotPlain(gettext("is no YAML: %(reason)s") % {"reason": said}, line) from None
    except (yaml.YAMLError, ValueError) as wrong:
        if isinstance(wrong, NotPlain):
            raise
        raise NotPlain(gettext("is no YAML: it holds characters that cannot be read")) from None


def _refuse_tricks(text: str, kept: Kept) -> None:
    """No anchors, no tags, one document, and neither deep nor endless."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise NotPlain(
                gettext("anchors (&) and aliases (*) are not read; write the values out"), line
            )
        if getattr(event, "tag", None):
            raise NotPlain(gettext("tags (!) are not read; write plain values"), line)
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if documents > 1:
            raise NotPlain(gettext("holds more than one document; keep one"), line)
        if depth > DEEPEST or count > kept.most_nodes:
            raise NotPlain(kept.too_much, line)


def _data_of(node: yaml.Node) -> Json:
    if isinstance(node, yaml.MappingNode):
        data: dict[str, Json] = {}
        for key, value in node.value:
            name = _name_of(key)
            if name in data:
                raise NotPlain(
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
        raise NotPlain(gettext("a name is a single word, not a list"), node.start_mark.line + 1)
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
