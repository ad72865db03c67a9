"""The queue's pages: of one company, of all companies of somebody, and as CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from commondesk.accounts import policy
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.record.instant import datetime_of
from commondesk.core.record.ticket import Status
from commondesk.desk import search, ticket_queries
from commondesk.desk.models import SearchTicket, TicketRow
from commondesk.desk.queue import export, pages
from commondesk.desk.queue.asked import Asked, Term, View, asked, parted
from commondesk.desk.queue.reach import Reach
from commondesk.ledger.now import instant_now

_NUMBER = re.compile(
    r"#?(?:(?P<prefix>[A-Za-z][A-Za-z0-9]{0,5})-)?(?P<number>[0-9]{1,9})", re.ASCII
)


@require_safe
@member(Right.READ_TICKETS, Right.READ_OWN_TICKETS)
def queue(visit: Visit) -> HttpResponseBase:
    """What is due next, and whose it is; for requesters their own tickets."""
    if not visit.may(Right.READ_TICKETS):
        return mine(visit)
    return answered(visit, [Reach(visit.company, visit.viewer)])


@require_safe
def queues(request: HttpRequest) -> HttpResponseBase:
    """The same over all companies for which somebody works tickets, each by its own rights."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    reaches = [
        Reach(company, viewer)
        for company, viewer in policy.viewers_of(request.user)
        if policy.may(viewer, Right.WORK_TICKETS)
    ]
    if not reaches:
        raise Http404
    if len(reaches) == 1:
        return redirect("desk:queue", reaches[0].company.prefix)
    first = reaches[0]
    return answered(Visit(request, first.company, first.viewer, instant_now()), reaches)


def answered(visit: Visit, reaches: Sequence[Reach]) -> HttpResponseBase:
    """A page of the list that the address asks for, its rows alone, or all of it as CSV."""
    given = visit.request.GET
    is_alone = len(reaches) == 1
    if found := named(reaches, given.get("q", "")):
        return redirect("desk:ticket", *found)
    wanted = asked(given.dict())
    if given.get("as") == "csv":
        return exported(visit, reaches, wanted)
    shown = pages.queue_page(
        reaches,
        wanted,
        at=visit.at,
        after=given.get("after", ""),
        before=given.get("before", ""),
    )
    is_part = "HX-Request" in visit.request.headers
    context = {
        "queue": shown,
        "again": visit.request.get_full_path(),
        "may_work": is_alone and visit.may(Right.WORK_TICKETS),
        "is_alone": is_alone,
        "heading": visit.company.title if is_alone else f"{len(reaches)} companies",
        "receiver": settings.RECEIVER,
    }
    return page(visit, "desk/queue_rows.html" if is_part else "desk/queue.html", context)


def named(reaches: Sequence[Reach], text: str) -> tuple[str, int] | None:
    """The one ticket that a number means, `ACME-1042` or `1042`, if the reader may see it."""
    number = _NUMBER.fullmatch(text.strip())
    if number is None:
        return None
    prefix = (number["prefix"] or "").upper()
    found = [
        (reach.company.prefix, row.number)
        for reach in reaches
        if prefix in ("", reach.company.prefix)
        and (row := _ticket(reach, int(number["number"]))) is not None
    ]
    return found[0] if len(found) == 1 else None


def _ticket(reach: Reach, number: int) -> TicketRow | None:
    return ticket_queries.find_ticket(reach.company, reach.viewer, number)


def exported(visit: Visit, reaches: Sequence[Reach], wanted: Asked) -> StreamingHttpResponse:
    """The whole list, as it stands while it is read."""
    selection, _ = pages.selected(reaches, wanted, visit.at)
    day = datetime_of(visit.at).astimezone(visit.zone).date()
    whose = visit.company.prefix if len(reaches) == 1 else "all"
    return StreamingHttpResponse(
        export.lines(selection),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="tickets-{whose}-{day}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def mine(visit: Visit) -> HttpResponse:
    """A requester's own tickets, the newest first; or those in whose public words something is."""
    given = visit.request.GET
    if found := named([Reach(visit.company, visit.viewer)], given.get("q", "")):
        return redirect("desk:ticket", *found)
    after = given.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
    terms, _ = parted(given.get("q", ""))
    if terms:
        rows = own_with(visit, terms)
        shown = [ticket_queries.my_ticket(visit.company, row, visit.at) for row in rows]
        context = {"tickets": shown, "next": "", "text": Asked(View.ALL, terms).text}
        return page(visit, "desk/mine.html", context)
    listed = ticket_queries.my_tickets(visit.company, visit.viewer, after=number, at=visit.at)
    shown = listed[: ticket_queries.MINE]
    onward = f"?after={shown[-1].number}" if len(listed) > len(shown) else ""
    return page(visit, "desk/mine.html", {"tickets": shown, "next": onward, "text": ""})


def own_with(visit: Visit, terms: Sequence[Term]) -> list[TicketRow]:
    """The newest of somebody's own tickets that hold the words, a page of them."""
    own = TicketRow.objects.filter(
        company=visit.company.uuid, requester=visit.viewer.person_uuid
    ).exclude(status=Status.MERGED)
    for places in search.walk(search.scopes_of(visit.viewer), terms, place=None):
        tickets = SearchTicket.objects.filter(id__in=places).values("ticket")
        return list(own.filter(uuid__in=tickets).order_by("-number")[: ticket_queries.MINE])
    return []
