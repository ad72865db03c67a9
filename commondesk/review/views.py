"""The review: figures of a period, and the tickets behind each of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.review import figures, queries
from commondesk.review.queries import Days


@require_safe
@member(Right.READ_FIGURES)
def review(visit: Visit) -> HttpResponse:
    """The figures of a period."""
    days = days_of(visit)
    context = {
        "review": queries.review_page(visit.company.uuid, days, visit.zone, visit.at),
        "asked": asked(days),
        "lens_titles": queries.LENS_TITLES,
        "lens_words": queries.LENS_WORDS,
    }
    return page(visit, "review/review.html", context)


@require_safe
@member(Right.READ_FIGURES)
def behind(visit: Visit, key: str) -> HttpResponse:
    """Exactly the tickets that a figure was made from, with what came of each."""
    days = days_of(visit)
    found = figures.figures_of(visit.company.uuid, days.period(visit.zone), at=visit.at)
    figure = figures.figure_named(key, found)
    if figure is None:
        raise Http404
    context = {
        "figure": figure,
        "units": figures.behind(visit.company.uuid, figure.figure),
        "days": days,
        "asked": asked(days),
        "lens_titles": queries.LENS_TITLES,
        "lens_words": queries.LENS_WORDS,
    }
    return page(visit, "review/behind.html", context)


def days_of(visit: Visit) -> Days:
    given = visit.request.GET
    return queries.days_of(given.get("from", ""), given.get("until", ""), visit.zone, visit.at)


def asked(days: Days) -> str:
    return urlencode({"from": days.first.isoformat(), "until": days.last.isoformat()})
