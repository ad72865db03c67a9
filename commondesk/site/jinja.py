"""The environment our pages are written in."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined

from commondesk.desk import wording


def environment(**options: Any) -> Environment:
    ours = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(**(options | ours))
    made.globals.update(static=static, url=reverse)
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
