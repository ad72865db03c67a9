"""Pages about the desk itself, the same for every company: its words, and its look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commondesk.core.texts import gettext
from commondesk.site import styleguide
from commondesk.site.glossary import PARTS, TERMS


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Every word with its meaning. Open to all: a reader of a printed review may look one up."""
    parts = [(gettext(title), terms) for title, terms in PARTS]
    return render(request, "glossary.html", {"parts": parts, "terms": TERMS})


@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component in every state. Open to all: it shows what is invented and nobody's."""
    context = {
        "colours": styleguide.colours(),
        "sizes": styleguide.sizes(),
        "icons": styleguide.icons(),
        "on": styleguide.ON,
        "contrasts": list(styleguide.contrasts()),
        "blank": styleguide.Example(auto_id="blank_%s"),
        "form": styleguide.filled_badly(),
        "dues": styleguide.dues(),
        "hands": styleguide.hands(),
        "said": styleguide.said(),
    }
    return render(request, "styleguide.html", context)
