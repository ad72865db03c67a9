"""The review: figures of a period, and the tickets behind each of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core import texts
from commondesk.core.texts import gettext
from commondesk.desk import gaps
from commondesk.review import behind as reached
from commondesk.review import export, figures, freshness, lenses, names, queries, shelf
from commondesk.review.board import board_of
from commondesk.review.queries import Days, ReviewPage


@require_safe
@member(Right.READ_FIGURES)
def review(visit: Visit) -> HttpResponse:
    """The figures of a period."""
    left = freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    found, drawn = shelf.page_of(visit.company.uuid, days, visit.zone, visit.at)
    context = {
        "review": found,
        "lenses": lenses,
        "charts": drawn,
        "causes": causes(visit, found),
        "presets": queries.presets(visit.zone, visit.at),
        "left": left,
        "asked": asked(days),
        "asked_of": asked,
    }
    return page(visit, "review/review.html", context)


@require_safe
@member(Right.READ_FIGURES)
def behind(visit: Visit, key: str) -> HttpResponseBase:
    """Exactly the tickets that a figure was made from, with what came of each."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    sheet = figures.sheet_of(visit.company.uuid, days.period(visit.zone), at=visit.at)
    of = visit.request.GET.get("of", "")
    figure = figures.figure_named(sheet, key, of)
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
        "asked": asked(days),
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


def causes(visit: Visit, found: ReviewPage) -> dict[str, dict[str, str]]:
    """What the repeat offenders of a page are called, by kind."""
    return {
        each.kind: names.titles(
            visit.company.uuid, each.kind, [row.key for row in each.rows], visit.at
        )
        for each in found.causes
    }


def days_of(visit: Visit) -> Days:
    """The days in the address."""
    given = visit.request.GET
    return queries.days_of(given.get("from", ""), given.get("until", ""), visit.zone, visit.at)


def asked(days: Days) -> str:
    """The days as the end of an address."""
    return urlencode({"from": days.first.isoformat(), "until": days.last.isoformat()})
