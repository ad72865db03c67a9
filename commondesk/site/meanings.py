"""Words of the glossary explain themselves where they stand: in headings, labels and tables.

What a template says in such a place is wrapped when the template is read, so nobody marks words by
hand and no page can forget one. Words that come from elsewhere go through the filter `explained`.
What is translated is looked through when it is shown, as its words are known only then.
A page explains a word where it first stands, in one tap, and carries the explanations at its foot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import cast

from jinja2 import Environment, pass_context, pass_environment
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup, escape

from commondesk.core import texts
from commondesk.site.glossary import TERMS, Term


@dataclass
class Held:
    """What a page must explain at its foot, and which of it can be tapped without unfolding."""

    terms: dict[str, Term] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


_PAGE: ContextVar[Held | None] = ContextVar("_PAGE", default=None)
"""The page that is being rendered; None while only a part of one is."""

_ATTRIBUTES = r"(?:[^<>{]|\{\{.*?\}\}|\{%.*?%\})*"
_PLACE = re.compile(
    rf"<(?P<tag>h[1-6]|th|dt|legend|caption|label|p(?=\s+class=\"meta))\b(?P<with>{_ATTRIBUTES})>"
    r"(?P<inside>.*?)</(?P=tag)>",
    re.DOTALL,
)
_TRANSLATED = r"\{%-?\s*trans\b.*?\bendtrans\s*-?%\}"
_PIECE = re.compile(
    rf"({_TRANSLATED}|\{{\{{.*?\}}\}}|\{{%.*?%\}}|\{{#.*?#\}}|<{_ATTRIBUTES}>)",
    re.DOTALL,
)
_BLOCK = re.compile(_TRANSLATED, re.DOTALL)
_LOOKED_UP = re.compile(r"\{\{-?\s*((?:_|n?p?gettext)\(.*?)\s*-?\}\}", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_POINTED = re.compile('popovertarget="word-([a-z0-9-]+)"')
_APART = frozenset({"a", "button", "summary", "label", "kbd", "code", "select", "svg"})
"""Within these nothing else can be tapped, or the words are no prose."""


def by_form() -> dict[str, Term]:
    """Every form of every word, in the language that is spoken."""
    return _by_form(texts.language())


@cache
def _by_form(_language: str) -> dict[str, Term]:
    return {form: term for term in TERMS.values() for form in term.all_forms}


@cache
def _pattern(_language: str) -> re.Pattern[str]:
    longest_first = sorted(by_form(), key=len, reverse=True)
    # A letter alone is none of them where it begins another word, as in « n’est ».
    forms = (re.escape(form) + "(?!’)" * (len(form) == 1) for form in longest_first)
    return re.compile(rf"(?<![\w.@-])(?:{'|'.join(forms)})(?![\w-]|[.@]\w)", re.IGNORECASE)


def found_in(text: str) -> Iterator[tuple[re.Match[str], Term]]:
    """Each word of the glossary in a text; of two that overlap the longer."""
    for match in _pattern(texts.language()).finditer(text):
        yield match, by_form()[match[0].lower()]


# ---- while a template is read -------------------------------------------------------------


class Explaining(Extension):
    """Wraps the words of the glossary that a template itself says."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        with texts.spoken(texts.ENGLISH):  # a template is read once for all languages
            return _PLACE.sub(lambda place: _explaining(place, source), source)


def _explaining(place: re.Match[str], source: str) -> str:
    if 'class="sr"' in place["with"]:
        return place[0]
    is_folded = _is_folded(source, place.start())
    if place["tag"] == "label":
        return _with_questions(place, is_folded)
    inside = "".join(_wrapped(*piece, is_folded) for piece in _words_apart(place["inside"]))
    return f"<{place['tag']}{place['with']}>{inside}</{place['tag']}>"


def _is_folded(source: str, at: int) -> bool:
    """Whether the place lies in something that must be unfolded first."""
    before = source[:at]
    return any(before.count(f"<{tag}") > before.count(f"</{tag}>") for tag in ("details", "dialog"))


def _words_apart(inside: str) -> Iterator[tuple[str, bool]]:
    """The pieces of an element, and whether each is plain words that can be tapped."""
    apart: list[str] = []
    for piece in _PIECE.split(inside):
        if tag := _TAG.match(piece):
            if not tag[1] and (tag[2] in _APART or 'class="sr"' in piece):
                apart.append(tag[2])
            elif tag[1] and apart and apart[-1] == tag[2]:
                apart.pop()
        is_code = piece.startswith(("<", "{{", "{%", "{#")) and not _is_translated(piece)
        yield piece, not apart and not is_code


def _is_translated(piece: str) -> bool:
    return bool(_BLOCK.fullmatch(piece) or _LOOKED_UP.fullmatch(piece))


def _wrapped(piece: str, is_words: bool, is_folded: bool) -> str:
    if not is_words:
        return piece
    folded = "(folded=true)" if is_folded else ""
    if _BLOCK.fullmatch(piece):
        return f"{{% filter said{folded} %}}{piece}{{% endfilter %}}"
    if looked_up := _LOOKED_UP.fullmatch(piece):
        return f"{{{{ ({looked_up[1]}) | said{folded} }}}}"
    found = list(found_in(piece))
    if not found:
        return piece
    parts, end = [], 0
    for match, term in found:
        parts += [piece[end : match.start()], _call("term", term, match[0], is_folded)]
        end = match.end()
    parts.append(piece[end:])
    said = "".join(parts)
    # One thing for a heading that spreads what it holds.
    return said if piece.strip() == found[0][0][0] else f"<span>{said}</span>"


def _with_questions(place: re.Match[str], is_folded: bool) -> str:
    """Nothing in a label can be tapped but what it names: the question stands beside it."""
    pieces = [piece for piece, is_words in _words_apart(place["inside"]) if is_words]
    if any(map(_is_translated, pieces)):
        folded = "(folded=true)" if is_folded else ""
        return f"{{% filter asked{folded} %}}{place[0]}{{% endfilter %}}"
    words = "".join(pieces)
    found = [term for _, term in found_in(words)]
    asked = "".join(_call("ask", each, _told_apart(each, found), is_folded) for each in found)
    return f'<span class="asked">{place[0]}{asked}</span>' if asked else place[0]


def _told_apart(term: Term, found: Sequence[Term]) -> str:
    """The word that a question mark says, where others stand beside it."""
    return term.word if len(found) > 1 else ""


def _call(name: str, term: Term, words: str, is_folded: bool) -> str:
    given = [f'"{term.key}"', *([f'"{words}"'] if words else []), *(["folded=true"] * is_folded)]
    return f"{{{{ {name}({', '.join(given)}) }}}}"


# ---- while a page is rendered -------------------------------------------------------------


def begin_page() -> str:
    """At the head of a page: nothing is explained yet."""
    _PAGE.set(Held())
    return ""


@pass_environment
def meanings(environment: Environment) -> Markup:
    """At the foot of a page: what its words mean."""
    page = _PAGE.get() or Held()
    _PAGE.set(None)
    language = texts.language()
    return Markup().join(_meaning(environment, language, key) for key in page.terms)


@lru_cache(maxsize=1024)
def _meaning(environment: Environment, _language: str, key: str) -> Markup:
    return _macro(environment, "meaning")(TERMS[key])


@pass_environment
def term(environment: Environment, key: str, words: str = "", *, folded: bool = False) -> Markup:
    """A word with its explanation one tap away; where it stood before on the page, the word alone.

    folded: it must be unfolded first, so it does not count as explained.
    """
    return _tapped(environment, "term", TERMS[key], words or TERMS[key].word, folded=folded)


@pass_environment
def ask(environment: Environment, key: str, words: str = "", *, folded: bool = False) -> Markup:
    """A question mark beside a label that explains a word in it, after that word if it is given."""
    return _tapped(environment, "ask", TERMS[key], words and TERMS[key].word, folded=folded)


# With the context, so that nothing is worked out once for all pages when a template is read.
@pass_context
def explained(context: Context, text: str) -> Markup | str:
    """The text, with those of its words that nothing explains yet one tap away."""
    if isinstance(text, Markup) and "<" in text:
        return text
    parts, end = [Markup()], 0
    for match, found in found_in(text):
        parts += [escape(text[end : match.start()])]
        parts += [_tapped(context.environment, "term", found, match[0], folded=False)]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


@pass_context
def questions(context: Context, text: str) -> Markup:
    """Question marks for the words in a label that comes from elsewhere."""
    return _questions(context.environment, str(text), folded=False)


def _questions(environment: Environment, text: str, *, folded: bool) -> Markup:
    found = [term for _, term in found_in(text)]
    return Markup().join(
        _tapped(environment, "ask", each, _told_apart(each, found), folded=folded) for each in found
    )


@pass_context
def said(context: Context, text: str, *, folded: bool = False) -> Markup:
    """A translated text, with those of its words that nothing explains yet one tap away."""
    parts: list[str] = []
    for words, found in _said_pieces(texts.language(), str(escape(text))):
        if not found:
            parts.append(words)
            continue
        parts.extend(
            _tapped(context.environment, "term", TERMS[key], Markup(each), folded=folded)  # noqa: S704
            if key
            else each
            for each, key in found
        )
    return Markup("".join(parts))  # noqa: S704 - it was escaped before it was taken apart


@lru_cache(maxsize=4096)
def _said_pieces(_language: str, text: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The pieces of an escaped text; for one that holds words of the glossary, its parts."""
    told = []
    for piece, is_words in _words_apart(text):
        found = list(found_in(piece)) if is_words else []
        parts, end = [], 0
        for match, term in found:
            parts += [(piece[end : match.start()], ""), (match[0], term.key)]
            end = match.end()
        if found:
            parts.append((piece[end:], ""))
            if piece.strip() != found[0][0][0]:
                # One thing for a heading that spreads what it holds.
                parts = [("<span>", ""), *parts, ("</span>", "")]
        told.append((piece, tuple(parts)))
    return tuple(told)


@pass_context
def asked(context: Context, label: str, *, folded: bool = False) -> Markup:
    """A label that is translated, with question marks beside it for the words in it."""
    inside = label[label.index(">") + 1 : label.rindex("<")]
    words = " ".join(piece for piece, is_words in _words_apart(inside) if is_words)
    beside = _questions(context.environment, words, folded=folded)
    if not beside:
        return Markup(label)  # noqa: S704 - a template of ours escaped it
    return Markup('<span class="asked">{}{}</span>').format(Markup(label), beside)  # noqa: S704


@pass_environment
def drawn_once(environment: Environment, draw: Callable[..., str], *given: object) -> Markup:
    """What a function draws that keeps it for many pages: this page says what its words mean.

    It explains its own words, whatever the page explains already.
    """
    page = _PAGE.get()
    here = _PAGE.set(Held())
    try:
        drawn = Markup(draw(*given))  # noqa: S704 - a template of ours escapes itself
    finally:
        _PAGE.reset(here)
    pointed = {key: TERMS[key] for key in _POINTED.findall(drawn)}
    if page is None:
        return drawn + Markup().join(map(_macro(environment, "meaning"), pointed.values()))
    page.terms.update(pointed)
    return drawn


def _tapped(
    environment: Environment, macro: str, entry: Term, words: str, *, folded: bool
) -> Markup:
    page = _PAGE.get()
    if page is None:
        # A part of a page that is fetched later brings its explanation along.
        own = f"part-{entry.key}"
        tapped = _macro(environment, macro)(entry, words, own)
        return tapped + _macro(environment, "meaning")(entry, own)
    if entry.key in page.shown:
        return escape(words) if macro == "term" else Markup()
    page.terms[entry.key] = entry
    if not folded:
        page.shown.add(entry.key)
    return _macro(environment, macro)(entry, words)


def _macro(environment: Environment, name: str) -> Callable[..., Markup]:
    return cast(Callable[..., Markup], getattr(environment.get_template("parts.html").module, name))
