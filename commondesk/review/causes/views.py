"""The causes: what keeps coming back, when, through whose hands, and what the signs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core import texts
from commondesk.core.metrics.scheme import LIVED
from commondesk.core.texts import gettext, ngettext
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.review import export, freshness, lenses, queries, refresh
from commondesk.review.causes import making, recurring, shelf, shown, table
from commondesk.review.causes.shelf import Part
from commondesk.review.figures import JUDGED
from commondesk.review.period import asked, choice, days_of
from commondesk.review.queries import CLOCKS, Days

ON_THE_PAGE = (
    *(making.RECURRING, making.ARRIVALS, making.HANDS),
    *(making.TREND, making.SIGNS, making.SOURCES),
)


@require_safe
@member(Right.READ_FIGURES)
def causes(visit: Visit) -> HttpResponse:
    """The page of the causes of a period."""
    left = freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    parts = [part_of(visit, name) for name in ON_THE_PAGE]
    context = {
        "parts": parts,
        "left": left,
        **choice(visit, days),
        "lenses": lenses,
    }
    return page(visit, "review/causes.html", context)


@require_safe
@member(Right.READ_FIGURES)
def part(visit: Visit, name: str) -> HttpResponse:
    """One part, for a page that waits for it."""
    if name not in making.PARTS:
        raise Http404
    freshness.brought_up(visit.company.uuid, visit.at)
    context = {"one": part_of(visit, name), "asked": asked(days_of(visit)), "lenses": lenses}
    return page(visit, "review/part.html", context)


@require_safe
@member(Right.READ_FIGURES)
def group(visit: Visit, number: int) -> HttpResponse:
    """The tickets of one group that says the same. number: its first ticket."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    told, found = _group_of(visit, number)
    if found is None:
        known = TicketRow.objects.filter(company=visit.company.uuid, number=number)
        if not known.exists():
            raise Http404
        return page(
            visit, "review/group.html", {"row": None, "number": number, "asked": asked(days)}
        )
    rows = recurring.rows_of(visit.company.uuid, found.tickets, visit.at)
    linked = sum(each.is_linked for each in rows)
    context = {
        "row": shown.group_row(found, visit.zone),
        "terms": recurring.terms_of(visit.company.uuid, found.tickets),
        "rows": rows,
        "linked": linked,
        "part": told,
        "asked": asked(days),
        "can_link": visit.may(Right.WORK_TICKETS) and linked < len(rows) - 1,
    }
    return page(visit, "review/group.html", context)


def _group_of(visit: Visit, number: int) -> tuple[Part, recurring.Group | None]:
    """What keeps coming back, and the group that begins with a ticket."""
    told = shelf.part_of(visit.company.uuid, making.RECURRING, days_of(visit), visit.zone, visit.at)
    groups = recurring.groups_of(visit.company.uuid, told.told) if told.told else []
    return told, next((each for each in groups if each.number == number), None)


@require_POST
@member(Right.WORK_TICKETS)
def link_group(visit: Visit, number: int) -> HttpResponse:
    """Link the tickets that were ticked to the head of their group: somebody says it is one."""
    visit.require(Right.READ_FIGURES)
    company = visit.company.uuid
    head = get_object_or_404(TicketRow, company=company, number=number)
    _, found = _group_of(visit, number)
    chosen = {each for each in visit.request.POST.getlist("ticket") if each.isdecimal()}
    known = recurring.numbers_of(company, found.tickets[1:]) if found else {}
    wanted = [uuid for uuid, one in known.items() if str(one) in chosen]
    try:
        count = actions.link_all(company, head.uuid, wanted, at=visit.at, actor=visit.viewer.actor)
    except actions.IllegalStep as refused:
        messages.error(visit.request, str(refused))
    except actions.NotAllowed:
        raise Http404 from None
    else:
        said = ngettext("%(count)s ticket is linked.", "%(count)s tickets are linked.", count)
        nothing = gettext("Nothing was linked: none was ticked, or all were linked already.")
        messages.success(visit.request, said % {"count": count} if count else nothing)
    where = reverse("review:group", args=[visit.company.prefix, number])
    return redirect(f"{where}?{asked(days_of(visit))}")


@require_safe
@member(Right.READ_FIGURES)
def pair(visit: Visit) -> HttpResponse:
    """Two lenses side by side, for one clock."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days, given = days_of(visit), visit.request.GET
    named = list(refresh.scheme_for(visit.company.uuid, visit.at).named)
    one = _chosen(given.get("one", ""), named, named[0])
    other = _chosen(given.get("other", ""), named, LIVED)
    clock = _chosen(given.get("clock", ""), [each.value for each in JUDGED], "resolution")
    context = {
        "one": part_of(visit, making.PAIR, f"{clock} {one} {other}"),
        "chosen": {"one": one, "other": other, "clock": clock},
        "named": named,
        "clocks": {each.value: gettext(CLOCKS[each]) for each in JUDGED},
        "days": days,
        "asked": asked(days),
        "lenses": lenses,
    }
    return page(visit, "review/pair.html", context)


def _chosen(text: str, known: Sequence[str], otherwise: str) -> str:
    return text if text in known else otherwise


@require_safe
@member(Right.READ_FIGURES)
def before(visit: Visit) -> HttpResponse:
    """Two periods side by side: before and after a change."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days, given = days_of(visit), visit.request.GET
    last = days.first - timedelta(days=1)
    earlier = Days(last - timedelta(days=days.count - 1), last)
    if given.get("before_from") and given.get("before_until"):
        earlier = queries.days_of(given["before_from"], given["before_until"], visit.zone, visit.at)
    context = {
        "one": part_of(visit, making.COMPARISON, f"{earlier.first} {earlier.last}"),
        "days": days,
        "earlier": earlier,
        "asked": asked(days),
        "asked_of": asked,
    }
    return page(visit, "review/before.html", context)


@require_safe
@member(Right.READ_FIGURES)
def summary(visit: Visit) -> HttpResponse:
    """One page for a small firm: how soon, how often at once, what keeps coming back."""
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    context = {
        "one": part_of(visit, making.SUMMARY),
        "again": part_of(visit, making.RECURRING),
        **choice(visit, days),
        "lenses": lenses,
    }
    return page(visit, "review/summary.html", context)


@require_safe
@member(Right.READ_FIGURES)
def part_table(visit: Visit, name: str) -> HttpResponseBase:
    """The numbers of a part as CSV."""
    if name not in making.PARTS:
        raise Http404
    freshness.brought_up(visit.company.uuid, visit.at)
    days = days_of(visit)
    with texts.spoken(texts.ENGLISH):
        found = shelf.part_of(visit.company.uuid, name, days, visit.zone, visit.at)
        rows = table.rows_of(name, visit.company.uuid, found.told) if found.told else []
    return export.rows_csv(visit.company.prefix, rows, f"{name} {days.first} {days.last}")


@require_safe
@member(Right.READ_FIGURES)
def beside(visit: Visit, number: int) -> HttpResponse:
    """On a ticket's page: the group that it is one of; nothing where it is in none."""
    row = get_object_or_404(TicketRow, company=visit.company.uuid, number=number)
    told = shelf.part_of(
        visit.company.uuid, making.RECURRING, days_of(visit), visit.zone, visit.at
    ).told
    mine = recurring.with_ticket(told, str(row.uuid)) if told else None
    groups = recurring.groups_of(visit.company.uuid, mine) if mine else []
    context = {"row": shown.group_row(groups[0], visit.zone) if groups else None}
    return page(visit, "review/beside.html", context)


def part_of(visit: Visit, name: str, more: str = "") -> Mapping[str, object]:
    """A part for its template: what it shows, as of when, and where to ask for it again."""
    days, company = days_of(visit), visit.company.uuid
    found: Part = shelf.part_of(company, name, days, visit.zone, visit.at, more)
    told = found.told
    return {
        "name": name,
        "is_behind": found.is_behind,
        "made_at": found.made_at,
        "shows": None if told is None else shown.shown(name, company, told, visit.at, visit.zone),
    }
