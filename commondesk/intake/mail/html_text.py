"""The text of safe HTML, as a person would read it, and which of its lines are quotes.

It reads only what safe_html.py writes: every `<` there begins a tag, every tag closes, and
attributes stand in double quotes. So one pattern takes it apart, in time that grows with its size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

_PIECE = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_SPACE = re.compile(r"[ \t\n\r\f]+")

QUOTING_CLASSES = frozenset(
    {"gmail_quote", "gmail_quote_container", "gmail_attr", "yahoo_quoted", "moz-cite-prefix"}
    | {"protonmail_quote", "zmail_extra", "tutanota_quote", "front-blockquote"}
)
QUOTING_IDS = frozenset(
    {"isReplyContent", "OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container"}
    | {"reply-intro", "replybody1"}
)
"""Elements that hold a quote."""
IDS_ABOVE_A_QUOTE = frozenset({"divRplyFwdMsg", "appendonsend"})
"""Elements below which all is quote, as Outlook writes them."""
_QUOTING = re.compile(
    r' (?:class="(?:[^"]* )?(?:{})(?: [^"]*)?"|id="(?:{})"|type="cite")'.format(
        "|".join(sorted(QUOTING_CLASSES)), "|".join(sorted(QUOTING_IDS))
    )
)
_ABOVE_A_QUOTE = re.compile(r' id="(?:{})"'.format("|".join(sorted(IDS_ABOVE_A_QUOTE))))

VOID = frozenset({"br", "col", "hr", "img"})
# Line ends before and after: two leave a blank line.
_BREAKS = {
    **dict.fromkeys(("p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "pre"), 2),
    **dict.fromkeys(("blockquote", "table", "hr"), 2),
    **dict.fromkeys(("div", "li", "tr", "dt", "dd", "address", "center", "caption"), 1),
    **dict.fromkeys(("details", "summary", "thead", "tbody", "tfoot"), 1),
}


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text, and the numbers of the lines in it that are quotes by their HTML."""

    text: str = ""
    quoted: frozenset[int] = frozenset()


def text_of(html: str) -> HtmlText:
    """What a person would read of safe HTML."""
    page = _Page()
    for closing, name, attributes, words in _PIECE.findall(html):
        if words:
            page.write(words)
        elif closing:
            page.close(name)
        else:
            page.open(name, attributes)
    return page.text()


@dataclass(slots=True)
class _Page:
    """The lines so far, and where in the HTML we are."""

    lines: list[str] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)
    line: list[str] = field(default_factory=list)
    """The pieces of the line that is being written."""
    open_tags: list[tuple[str, bool]] = field(default_factory=list)
    quotes_around: int = 0
    lists_around: int = 0
    preformatted_around: int = 0
    breaks: int = 0

    def open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._break_now()
            self._end_line()
            return
        self.breaks = max(self.breaks, _BREAKS.get(name, 0))
        if name in ("td", "th") and self.line and not self.breaks:
            self._add("  ")
        if attributes and _ABOVE_A_QUOTE.search(attributes):
            # Never taken back: what follows the element is quoted, to the end.
            self.quotes_around += 1
        if name in VOID:
            return
        is_quote = bool(attributes) and bool(_QUOTING.search(attributes))
        self.open_tags.append((name, is_quote))
        self.quotes_around += is_quote
        self.lists_around += name in ("ul", "ol")
        self.preformatted_around += name == "pre"
        if name == "li":
            self._break_now()
            self._add(f"{'  ' * min(10, max(1, self.lists_around))}* ")

    def close(self, name: str) -> None:
        if not self.open_tags or self.open_tags[-1][0] != name:
            return
        _, is_quote = self.open_tags.pop()
        self.quotes_around -= is_quote
        self.lists_around -= name in ("ul", "ol")
        self.preformatted_around -= name == "pre"
        self.breaks = max(self.breaks, _BREAKS.get(name, 0))

    def write(self, words: str) -> None:
        text = unescape(words) if "&" in words else words
        if self.preformatted_around:
            self._write_as_it_stands(text)
            return
        text = _SPACE.sub(" ", text)
        if self.breaks or not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            self._break_now()
            self._add(text)

    def text(self) -> HtmlText:
        self._end_line()
        lines = self.lines
        first = next((at for at, line in enumerate(lines) if line), len(lines))
        while lines and not lines[-1]:
            lines.pop()
        quoted = frozenset(at - first for at in self.quoted if first <= at < len(lines))
        return HtmlText("\n".join(lines[first:]), quoted)

    def _write_as_it_stands(self, text: str) -> None:
        self._break_now()
        first, *others = text.split("\n")
        self._add(first)
        for line in others:
            self._end_line()
            self._add(line)

    def _add(self, text: str) -> None:
        self.line.append(text)
        if self.quotes_around and text:
            self.quoted.add(len(self.lines))

    def _end_line(self) -> None:
        self.lines.append("".join(self.line).replace("\xa0", " ").rstrip())
        self.line.clear()

    def _break_now(self) -> None:
        """The line ends that were asked for; two requests never add up to more."""
        wanted, self.breaks = self.breaks, 0
        if not wanted:
            return
        if self.line:
            self._end_line()
        if wanted == 2 and self.lines and self.lines[-1]:
            self.lines.append("")
