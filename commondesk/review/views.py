"""The review: figures of a period, and the tickets behind each of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core import texts
from commondesk.core.texts import gettext
from commondesk.desk import gaps
from commondesk.review import behind as reached
from commondesk.review import (
    closing,
    corrections,
    export,
    figures,
    freshness,
    lenses,
    names,
    queries,
    shelf,
)
from commondesk.review.board import board_of
from commondesk.review.causes import making
from commondesk.review.causes.views import part_of
from commondesk.review.period import asked, choice, days_of

MOST_CLOSED = 12
"""So many closed periods are one tap away."""


@require_safe
@member(Right.READ_FIGURES)
def review(visit: Visit) -> HttpResponse:
    """The figures of a period."""
    left = freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    found, drawn = shelf.page_of(visit.company.uuid, days, visit.zone, visit.at)
    corrected = corrections.of(visit.company.uuid, found.period)
    is_over = visit.at >= found.period.end and not found.is_empty
    context = {
        "review": found,
        "corrected": corrected,
        "can_close": visit.may(Right.CLOSE_PERIODS) and is_over and corrected is None,
        "closed": [
            (one, queries.Days(one.first, one.last))
            for one in closing.latest(visit.company.uuid, MOST_CLOSED)
        ],
        "lenses": lenses,
        "charts": drawn,
        "offenders": part_of(visit, making.OFFENDERS),
        "left": left,
        **choice(visit, days),
    }
    return page(visit, "review/review.html", context)


@require_POST
@member(Right.CLOSE_PERIODS)
def close(visit: Visit) -> HttpResponse:
    """Settle the figures of the period in the address."""
    days = days_of(visit)
    try:
        closing.close(visit.company.uuid, days, visit.zone, at=visit.at, actor=visit.viewer.actor)
    except closing.NotYet as refused:
        messages.error(visit.request, str(refused))
    except closing.NotAllowed:
        raise Http404 from None
    else:
        messages.success(visit.request, gettext("Closed. These figures stand as they are now."))
    return redirect(f"{reverse('review:review', args=[visit.company.prefix])}?{asked(days)}")


@require_safe
@member(Right.READ_FIGURES)
def behind(visit: Visit, key: str) -> HttpResponseBase:
    """Exactly the tickets that a figure was made from, with what came of each."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    # A trend reads each month as it is known now, and so do the tickets behind it.
    is_known_now = visit.request.GET.get("known") == "now"
    read = figures.sheet_as_known if is_known_now else figures.sheet_of
    sheet = read(visit.company.uuid, days.period(visit.zone), at=visit.at)
    of = visit.request.GET.get("of", "")
    figure = reached.figure_of(sheet, key, of)
    if figure is None:
        raise Http404
    if visit.request.GET.get("as") == "csv":
        units = reached.every(sheet, key, of)
        return export.tickets_csv(visit.company.prefix, units, f"{key} {days.first}")
    first = _place(visit)
    page_of_units = reached.page_of(sheet, key, of, first=first)
    context = {
        "figure": figures.shown(figure),
        "title": names.title_of(visit.company.uuid, figure, of, visit.at),
        "of": of,
        "units": page_of_units,
        "first": first,
        "before": max(0, first - reached.PAGE) if first else None,
        "next": first + reached.PAGE if first + reached.PAGE < figure.units else None,
        "days": days,
        "asked": asked(days) + ("&known=now" if is_known_now else ""),
        "lenses": lenses,
    }
    return page(visit, "review/behind.html", context)


def _place(visit: Visit) -> int:
    """After how many units the page begins."""
    text = visit.request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_safe
@member(Right.READ_FIGURES)
def table(visit: Visit) -> HttpResponseBase:
    """Every figure of a period as CSV."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    with texts.spoken(texts.ENGLISH):
        sheet = figures.sheet_of(visit.company.uuid, days.period(visit.zone), at=visit.at)
    return export.figures_csv(visit.company.prefix, sheet, f"figures {days.first} {days.last}")


@require_safe
@member(Right.READ_FIGURES)
def board(visit: Visit) -> HttpResponse:
    """What a lead watches."""
    return page(visit, "review/board.html", _board(visit))


@require_safe
@member(Right.READ_FIGURES)
def board_now(visit: Visit) -> HttpResponse:
    """The part of the board that changes."""
    return page(visit, "review/board_now.html", _board(visit))


def _board(visit: Visit) -> dict[str, object]:
    holes: list[tuple[str, str]] = []
    if visit.may(Right.READ_BLACK_HOLES):
        reach = [gaps.Reach(visit.company, visit.viewer)]
        holes = [
            (gettext(gaps.TITLES[gap]), gaps.count_words(reach, gap, visit.at)) for gap in gaps.Gap
        ]
    return {"board": board_of(visit.company.uuid, visit.zone, visit.at), "holes": holes}
