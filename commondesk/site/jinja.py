"""The environment our pages are written in."""

from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from functools import cache, lru_cache, partial
from types import FunctionType, MethodType
from typing import Any

from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from commondesk.core import texts
from commondesk.desk import undo, wording
from commondesk.site import meanings

MOST_KEPT = 5000
ERASED = texts.gettext_noop("[erased]")
"""What rows hold where words were erased: in English, like the record."""


def kept(macro: Macro, *values: Hashable) -> Markup:
    """What a macro makes of plain values, remembered: a list shows the same things again and again.

    Only for macros imported from another template, without its context, that know nothing but
    their arguments and the language: those stay the same object while we run.
    """
    return _kept(texts.language(), macro, *values)


@lru_cache(maxsize=MOST_KEPT)
def _kept(_language: str, macro: Macro, *values: Hashable) -> Markup:
    return Markup(macro(*values))  # noqa: S704 - a macro escapes itself


def keeping(macro: Macro) -> Callable[..., Markup]:
    """The macro as one that remembers what it makes, under the same conditions."""
    return partial(kept, macro)


class Calls(Context):
    """What a page runs in, with a shorter way to what it calls.

    Jinja searches everything that is called for a wish to be given the context. A page makes four
    hundred calls, and nearly all are of macros, of functions and of texts that wish for nothing.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        if isinstance(called, Macro):
            args = (self.eval_ctx, *args)
        elif not isinstance(called, _PLAIN) or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **more)
        more.pop("_block_vars", None)
        more.pop("_loop_vars", None)
        return called(*args, **more)


_PLAIN = (FunctionType, MethodType, partial)


class Pages(Environment):
    """Templates whose globals are one plain mapping: an import asks for all of them each time."""

    context_class = Calls

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What the environment gives every template, and what is given to this one."""
        more: Mapping[str, Any] = d or {}
        return {**self.globals, **more}


# ---- texts --------------------------------------------------------------------------------


def said(text: str, /, **values: Any) -> Markup:
    """A text of a template in the language that is spoken, with values in it."""
    return _filled(texts.gettext(text), values)


def said_of(one: str, many: str, count: int, /, **values: Any) -> Markup:
    """The one or the other, as the language counts; the count stands in it as `num`, too."""
    return _filled(texts.ngettext(one, many, count), {"num": count, **values})


def said_as(context: str, text: str, /, **values: Any) -> Markup:
    """Like `said`, for a short text that says another thing elsewhere."""
    return _filled(texts.pgettext(context, text), values)


def said_of_as(context: str, one: str, many: str, count: int, /, **values: Any) -> Markup:
    """Like `said_of`, for a short text that says another thing elsewhere."""
    return _filled(texts.npgettext(context, one, many, count), {"num": count, **values})


def _filled(text: str, values: Mapping[str, Any]) -> Markup:
    """Texts are ours and hold no harm; what is put into them is escaped."""
    marked = Markup(text)  # noqa: S704
    if "%" not in text:
        return marked
    return marked % {name: in_language(value) for name, value in values.items()}


def in_language(value: Any) -> Any:
    """What a page shows of a value: rows say in English that words were erased, pages do not."""
    return texts.gettext(ERASED) if isinstance(value, str) and value == ERASED else value


# ---- addresses ----------------------------------------------------------------------------


def url(name: str, args: Sequence[Hashable] = ()) -> str:
    """The address of a page; a frame asks for the same dozen each time."""
    return _url(name, tuple(args), get_script_prefix(), get_urlconf())


@lru_cache(maxsize=MOST_KEPT)
def _url(name: str, args: tuple[Hashable, ...], _prefix: str, urls: str | None) -> str:
    return reverse(name, urls, args)


def plain(**options: Any) -> Environment:
    """The language of our templates, without what is ours in it: enough to read them."""
    ours = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Pages(**(options | ours))
    made.add_extension("jinja2.ext.i18n")
    # A text may be written over several lines.
    made.policies["ext.i18n.trimmed"] = True
    return made


def environment(**options: Any) -> Environment:
    made = plain(finalize=in_language, **options)
    # As `install_gettext_callables` would have them, without a search of the context at each text.
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    made.globals.update(
        {"_": said, "gettext": said},
        ngettext=said_of,
        pgettext=said_as,
        npgettext=said_of_as,
    )
    # The address of a file of ours never changes while we run, and a page asks sixty times.
    made.globals.update(static=cache(static), url=url, kept=kept, keeping=keeping)
    made.add_extension(meanings.Explaining)
    made.globals.update(
        begin_page=meanings.begin_page,
        meanings=meanings.meanings,
        term=meanings.term,
        ask=meanings.ask,
        drawn_once=meanings.drawn_once,
        language=texts.language,
        other_languages=texts.others,
    )
    made.filters.update(
        explained=meanings.explained,
        questions=meanings.questions,
        said=meanings.said,
        asked=meanings.asked,
        way_back=undo.offer_of,
        span=wording.span_words,
        age=wording.age_words,
        instant=wording.instant_words,
        full_instant=wording.full_words,
        day=wording.calendar_words,
        iso=wording.iso_words,
        size=wording.size_words,
        names=wording.list_words,
        number=texts.number,
    )
    return made
