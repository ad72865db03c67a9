"""The environment our pages are written in."""

from functools import cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup

from commondesk.desk import wording

MOST_KEPT = 5000


class Keeper:
    """Remembers what macros made of plain values: a list shows the same few marks a hundred times.

    Only for macros that know nothing but their arguments.
    """

    def __init__(self) -> None:
        self.made: dict[tuple[object, ...], Markup] = {}

    def kept(self, macro: Macro, *values: str | int) -> Markup:
        key = (macro.name, *values)
        found = self.made.get(key)
        if found is None:
            if len(self.made) >= MOST_KEPT:
                self.made.clear()
            found = self.made[key] = Markup(macro(*values))  # noqa: S704 - a macro escapes itself
        return found


def environment(**options: Any) -> Environment:
    ours = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(**(options | ours))
    # The address of a file of ours never changes while we run, and a page asks sixty times.
    made.globals.update(static=cache(static), url=reverse, kept=Keeper().kept)
    made.filters.update(
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
