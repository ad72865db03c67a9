"""The environment our pages are written in."""

from collections.abc import Hashable, Sequence
from functools import cache, lru_cache
from typing import Any

from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup

from commondesk.desk import undo, wording
from commondesk.site import meanings

MOST_KEPT = 5000


@lru_cache(maxsize=MOST_KEPT)
def kept(macro: Macro, *values: Hashable) -> Markup:
    """What a macro makes of plain values, remembered: a list shows the same things again and again.

    Only for macros imported from another template, without its context, that know nothing but
    their arguments: those stay the same object while we run.
    """
    return Markup(macro(*values))  # noqa: S704 - a macro escapes itself


def url(name: str, args: Sequence[Hashable] = ()) -> str:
    """The address of a page; a frame asks for the same dozen each time."""
    return _url(name, tuple(args), get_script_prefix(), get_urlconf())


@lru_cache(maxsize=MOST_KEPT)
def _url(name: str, args: tuple[Hashable, ...], _prefix: str, urls: str | None) -> str:
    return reverse(name, urls, args)


def environment(**options: Any) -> Environment:
    ours = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(**(options | ours))
    # The address of a file of ours never changes while we run, and a page asks sixty times.
    made.globals.update(static=cache(static), url=url, kept=kept)
    made.add_extension(meanings.Explaining)
    made.globals.update(
        begin_page=meanings.begin_page,
        meanings=meanings.meanings,
        term=meanings.term,
        ask=meanings.ask,
        drawn_once=meanings.drawn_once,
    )
    made.filters.update(
        explained=meanings.explained,
        questions=meanings.questions,
        way_back=undo.offer_of,
        span=wording.span_words,
        age=wording.age_words,
        instant=wording.instant_words,
        full_instant=wording.full_words,
        day=wording.calendar_words,
        iso=wording.iso_words,
        size=wording.size_words,
        names=wording.list_words,
        counted=wording.count_words,
    )
    return made
