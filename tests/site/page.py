"""A page as a tree, with what a reader can see and tap of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass
class Node:
    """An element: its name, attributes, and what it holds in order."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None = None
    holds: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for each in self.holds:
            if isinstance(each, Node):
                yield from each.walk()

    def above(self) -> Iterator[Node]:
        node = self.parent
        while node:
            yield node
            node = node.parent

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def text(self, without: frozenset[str] = frozenset()) -> str:
        """The words in it, but for those in elements of these names or said to readers aloud.

        What opens over the page counts only for itself.
        """
        if self.tag in without or "sr" in self.classes:
            return ""
        return "".join(
            each if isinstance(each, str) else each.text(without)
            for each in self.holds
            if isinstance(each, str) or "popover" not in each.attributes
        )


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Node("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.holds.append(node)
        if tag not in _VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.holds.append(Node(tag, {name: value or "" for name, value in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.at
        while node and node.tag != tag:
            node = node.parent
        if node and node.parent:
            self.at = node.parent

    def handle_data(self, data: str) -> None:
        self.at.holds.append(data)


def parsed(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    return builder.root


def is_folded(node: Node) -> bool:
    """Whether something must be opened before this can be tapped."""
    return any(
        each.tag == "dialog" or (each.tag == "details" and "open" not in each.attributes)
        for each in node.above()
    )
