"""Texts in the language of whoever reads: English is written in the code, others are looked up.

The site brings the catalogues and says for each request which language is spoken; whatever runs
without a reader speaks English. What is stored is never translated: only what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from typing import cast

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "fr": "Français"}
"""What a person can read the pages in, each in its own word."""


@dataclass(frozen=True, slots=True)
class _Spoken:
    language: str
    catalogue: NullTranslations


_PLAIN = _Spoken(ENGLISH, NullTranslations())
_SPOKEN: ContextVar[_Spoken] = ContextVar("_SPOKEN", default=_PLAIN)
_LEARNT: dict[str, Callable[[], NullTranslations]] = {}


# ---- languages ----------------------------------------------------------------------------


def learn(language: str, catalogue: Callable[[], NullTranslations]) -> None:
    """Where the texts of a language come from; asked once, when it is first spoken."""
    _LEARNT[language] = cache(catalogue)


def language() -> str:
    """The language that is spoken now: two letters."""
    return _SPOKEN.get().language


def others() -> tuple[tuple[str, str], ...]:
    """The languages that are not spoken now, and what each calls itself."""
    return tuple(each for each in LANGUAGES.items() if each[0] != language())


def speak(language: str) -> None:
    """Speak another language until the end of the `spoken` that is around."""
    learnt = _LEARNT.get(language)
    _SPOKEN.set(_Spoken(language, learnt()) if learnt else _PLAIN)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak a language for a while; one that nobody taught is English."""
    before = _SPOKEN.set(_PLAIN)
    speak(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


# ---- texts: the names by which every tool knows them ---------------------------------------


def gettext(message: str) -> str:
    """The text in the language that is spoken."""
    return _SPOKEN.get().catalogue.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The one or the other, as the language counts."""
    return _SPOKEN.get().catalogue.ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """Like `gettext`, for a short text that says another thing elsewhere."""
    return _SPOKEN.get().catalogue.pgettext(context, message)


def npgettext(context: str, one: str, many: str, count: int) -> str:
    """Like `ngettext`, for a short text that says another thing elsewhere."""
    return _SPOKEN.get().catalogue.npgettext(context, one, many, count)


def gettext_noop(message: str) -> str:
    """The text as it is, for the catalogue: whoever shows it calls `gettext` on it."""
    return message


def pgettext_noop(context: str, message: str) -> str:
    """The text as it is, for the catalogue: whoever shows it calls `pgettext` on it."""
    return message


class _Later:
    """A text that is looked up each time it is shown."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __repr__(self) -> str:
        return repr(self.message)

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.message)


def gettext_lazy(message: str) -> str:
    """For what is written once for all readers, such as the label of a form's field.

    It can be shown, compared and filled with `%`; for anything else say `str(…)` first.
    """
    return cast(str, _Later(message))


# ---- numbers ------------------------------------------------------------------------------

_NUMBERS = {ENGLISH: (",", "."), "fr": ("\N{NARROW NO-BREAK SPACE}", ",")}


def number(value: float, places: int = 0) -> str:
    """`12,345`, `98.2`; in French `12 345`, `98,2`, with a space that keeps a line together."""
    plain = f"{value:,.{places}f}"
    spoken_now = language()
    if spoken_now == ENGLISH:
        return plain
    groups, point = _NUMBERS[spoken_now]
    return plain.replace(",", "\0").replace(".", point).replace("\0", groups)
