"""Mails that say one thing to people and another to programs: two versions, or hidden words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

import nh3

from .safe_html import DROPPED_WHOLE, TAGS

FEWEST_WORDS = 3
"""Of a line, before it counts: a lone word tells little."""
FEWEST_MISSING = 2
MOST_CHARACTERS = 100_000
LONGEST_PIECE = 20_000
LEAST_SHARED = 0.5
"""The share of a line's words that the other version has somewhere, or else it is missing there."""

_WORD = re.compile(r"[^\W_]+")
_LONG_WORD = re.compile(r"[^\W_]{2,}")
_BETWEEN_SENTENCES = re.compile(r"\n\s*\n|[.!?。！？](?:\s|$)|\n(?=[>*•-])")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
_LINK = re.compile(r"<?\b(?:https?://|mailto:|www\.)[^\s<>()\[\]]*>?")
_MAY_HIDE = re.compile(
    r"display\s*:|visibility\s*:|opacity|font-size\s*:\s*0|font\s*:\s*0|color\s*[:=]|\bhidden\b"
    r"|max-height\s*:\s*0|height\s*:\s*0|text-indent\s*:\s*-|left\s*:\s*-|mso-hide|clip|<!--",
    re.IGNORECASE,
)
_HIDES = re.compile(
    r"(?:^|;)(?:display:none|visibility:hidden|mso-hide:all|opacity:(?:0?\.0\d*|0)(?:[%;!]|$)"
    r"|font-size:[01](?:\.\d+)?(?:px|pt|%|;|!|$)|font-size:0?\.?0+(?:r?em|;|!|$)|font:[01](?:px|pt|/)"
    r"|text-indent:-\d{3,}|(?:left|top):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%)"
)
_NO_SIZE = re.compile(r"(?:^|;)(?:max-)?(?:height|width):0(?:px|pt|%|;|!|$)")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_RGB = re.compile(r"rgba?\((\d+),(\d+),(\d+)(?:,([\d.]+))?\)")
_NAMED = {"white": "ffffff", "black": "000000", "transparent": "transparent"}
_OF_PROGRAMS = re.compile(
    r"\s*(?:\[if|\[endif|<|/\*|\.|#|@|[\w-]+\s*\{|webflow|mso|yui)", re.IGNORECASE
)
_PIECE = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_DESCRIPTION = re.compile(r' (?:alt|title|href)="([^"]*)"')
# The HTML as its reader takes it apart, with the styles that safe HTML does not have.
_STYLED = nh3.Cleaner(
    tags=set(TAGS) | {"body"},
    clean_content_tags=set(DROPPED_WHOLE - {"head"}) | {"title"},
    attributes={"*": {"style", "class", "id", "hidden", "bgcolor", "color", "size"}},
    link_rel=None,
)
_VOID = frozenset({"br", "col", "hr", "img"})


def differ(plain: str, html_text: str, safe_html: str) -> bool:
    """True if either version has a sentence that the other has not, not even in other order."""
    one, two = plain[:MOST_CHARACTERS], html_text[:MOST_CHARACTERS]
    if one.split() == two.split():
        return False
    # Programs write a picture's description into the text.
    described = " ".join(unescape(each) for each in _DESCRIPTION.findall(safe_html))
    two = f"{two}\n\n{described[:MOST_CHARACTERS]}" if described else two
    return _has_line_missing_in(plain, two) or _has_line_missing_in(html_text, one)


def _has_line_missing_in(text: str, other: str) -> bool:
    known = set(_words(other))
    # Of a sentence that is missing, at least two words are.
    if len(set(_words(text[:MOST_CHARACTERS])) - known) < FEWEST_MISSING:
        return False
    return any(_is_missing(words, known) for words in _sentences(text[:MOST_CHARACTERS]))


def _is_missing(words: set[str], known: set[str]) -> bool:
    return len(known.intersection(words)) < LEAST_SHARED * len(words)


def _sentences(text: str) -> Iterator[set[str]]:
    """The words of each paragraph's sentences that are long enough to say something."""
    for line in _BETWEEN_SENTENCES.split(text):
        words = set(_words(line))
        if len(words) >= FEWEST_WORDS:
            yield words


def _words(text: str) -> list[str]:
    """Words in lower case; texts without spaces in pairs of characters."""
    plain = (_LINK.sub(" ", text) if "://" in text or "@" in text else text).lower()
    if text.isascii():
        return _LONG_WORD.findall(plain)
    return [each for word in _WORD.findall(plain) for each in _pieces(word)]


def _pieces(word: str) -> list[str]:
    if _WIDE.search(word):
        return [word[at : at + 2] for at in range(len(word) - 1)]
    return [word] if len(word) > 1 else []


def hidden_words(source: str) -> str:
    """Words of the HTML that a mail program would not show; empty if there are hardly any."""
    if not _MAY_HIDE.search(source):
        return ""
    hidden = " ".join((*_comments(source), *_unseen(source)))
    words = hidden.split()
    return " ".join(words) if len(_words(hidden)) >= FEWEST_WORDS else ""


def _comments(source: str) -> Iterator[str]:
    """Comments in which somebody wrote words; those of editors and Outlook hold markup."""
    for comment in _between(source, "<!--", "-->"):
        if not _OF_PROGRAMS.match(comment) and len(_words(comment)) >= FEWEST_WORDS:
            yield comment


def _between(source: str, opening: str, closing: str) -> Iterator[str]:
    """What stands between the marks, up to a length. Not by a pattern: that may take for ever."""
    at = source.find(opening)
    while at >= 0:
        end = source.find(closing, at + len(opening))
        if end < 0:
            return
        yield source[at + len(opening) : min(end, at + LONGEST_PIECE)]
        at = source.find(opening, end)


def _unseen(source: str) -> Iterator[str]:
    """Texts in elements that are not displayed, too small, or of the colour of their ground."""
    hiding_classes = _hiding_classes(source)
    waiting: list[tuple[str, bool, str, str]] = [("", False, "000000", "ffffff")]
    for closing, name, attributes, words in _PIECE.findall(_STYLED.clean(source)):
        _, is_hidden, colour, ground = waiting[-1]
        if words:
            if (is_hidden or colour == ground) and (text := unescape(words)).strip():
                yield text
        elif closing:
            if len(waiting) > 1 and waiting[-1][0] == name:
                waiting.pop()
        elif name not in _VOID:
            if attributes:
                is_hidden, colour, ground = _looks(
                    attributes, hiding_classes, is_hidden, colour, ground
                )
            waiting.append((name, is_hidden, colour, ground))


@lru_cache(maxsize=256)
def _looks(
    attributes: str, hiding: frozenset[str], is_hidden: bool, colour: str, ground: str
) -> tuple[bool, str, str]:
    found = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    style = re.sub(r"\s+", "", found.get("style", "")[:2000].lower())
    names = {f".{each}" for each in found.get("class", "").split()} | {f"#{found.get('id', '')}"}
    if "hidden" in found or _is_hidden_by(style) or names & hiding:
        is_hidden = True
    own = _COLOUR.search(style)
    under = _BACKGROUND.search(style)
    colour = _plain_colour(own[1] if own else found.get("color", "")) or colour
    ground = _plain_colour(under[1] if under else found.get("bgcolor", "")) or ground
    return is_hidden or colour == "transparent", colour, ground if ground != "transparent" else ""


def _plain_colour(value: str) -> str:
    """Six hexadecimal digits, so that ways of writing a colour are equal; empty if unknown."""
    value = value.strip().lower()
    if found := _RGB.match(value):
        if found[4] and float(found[4]) < 0.1:
            return "transparent"
        return "".join(f"{min(255, int(part)):02x}" for part in found.groups()[:3])
    digits = value.partition(" ")[0].lstrip("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        return "".join(digit * 2 for digit in digits)
    return digits if re.fullmatch(r"[0-9a-f]{6}", digits) else _NAMED.get(digits, "")


def _hiding_classes(source: str) -> frozenset[str]:
    """Classes and ids that a style sheet hides always, not only on small screens."""
    found: set[str] = set()
    for sheet in _between(source, "<style", "</style"):
        for block in _without_media(sheet.partition(">")[2]).split("}"):
            selectors, _, rule = block.partition("{")
            if _is_hidden_by(re.sub(r"\s+", "", rule.lower())):
                each = (one.strip() for one in selectors.split(","))
                found.update(one for one in each if re.fullmatch(r"[.#][\w-]+", one))
    return frozenset(found)


def _is_hidden_by(style: str) -> bool:
    return bool(_HIDES.search(style)) or (
        "overflow:hidden" in style and bool(_NO_SIZE.search(style))
    )


def _without_media(sheet: str) -> str:
    """The style sheet up to its first rule for certain screens; such rules come last."""
    return sheet.partition("@media")[0]
