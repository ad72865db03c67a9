"""The pages of black holes, of one company and of all that somebody answers for."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts import doorway, policy
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import actions, notices, own_words, ticket_queries, undo
from commondesk.desk import gaps as queries
from commondesk.desk.gaps import Gap, Reach
from commondesk.desk.models import TicketRow
from commondesk.ledger.store import StaleWrite

STALE = gettext_noop("%(code)s changed meanwhile. Nothing was done; look at it again.")


@require_safe
@member(Right.READ_BLACK_HOLES)
def gaps(visit: Visit) -> HttpResponse:
    """The tickets of a company that fell into a gap, each with one step."""
    return _page(visit, (Reach(visit.company, visit.viewer),), is_of_all=False)


@require_safe
@login_required
def all_gaps(request: HttpRequest) -> HttpResponse:
    """The same for every company in which somebody may see them."""
    companies = policy.visible_companies(request.user)
    reaches = queries.reaches_of(companies, request.user)
    if not reaches:
        raise Http404
    first = doorway.visit_of(request, reaches[0].company.prefix, (Right.READ_BLACK_HOLES,))
    return _page(first, reaches, is_of_all=True)


def _page(visit: Visit, reaches: tuple[Reach, ...], *, is_of_all: bool) -> HttpResponse:
    given = visit.request.GET
    gap = Gap(given["gap"]) if given.get("gap") in list(Gap) else None
    after = given.get("after", "")
    found = (
        queries.groups(reaches, visit.at)
        if gap is None
        else (queries.group(reaches, gap, visit.at, after=after),)
    )
    counts = {each.gap: each.count for each in found}
    views = [
        (
            each,
            gettext(queries.TITLES[each]),
            counts.get(each) or queries.count_words(reaches, each, visit.at),
        )
        for each in Gap
    ]
    shown = found[0] if gap else None
    context = {
        "groups": found,
        "gap": gap,
        "views": views,
        "is_of_all": is_of_all,
        "has_all": is_of_all or _has_others(visit),
        "is_quiet": not any(each.rows for each in found),
        "is_first": not after,
        "next": "?" + urlencode({"gap": gap.value, "after": shown.after})
        if gap and shown and shown.after
        else "",
        "here": visit.request.get_full_path(),
        "stretch": queries.STRETCH * queries.MOST_STRETCHES,
    }
    return page(visit, "desk/gaps.html", context)


def _has_others(visit: Visit) -> bool:
    companies = policy.visible_companies(visit.request.user)
    return len(companies) > 1 and len(queries.reaches_of(companies, visit.request.user)) > 1


# ---- steps --------------------------------------------------------------------------------


@require_POST
@member(Right.READ_BLACK_HOLES)
def step(visit: Visit, verb: str) -> HttpResponse:
    """The one step of a row, and back to the list."""
    visit.require(Right.WORK_TICKETS)
    act = _STEPS.get(verb)
    row = _row(visit)
    if act is None:
        raise Http404
    code = f"{visit.company.prefix}-{row.number}"
    try:
        said = act(visit, row, code)
        undo.say(visit.request, said, _way_back(visit, row, verb))
    except actions.IllegalStep as refused:
        told = gettext("%(code)s: %(refused)s") % {"code": code, "refused": refused}
        messages.error(visit.request, told)
    except StaleWrite:
        messages.error(visit.request, gettext(STALE) % {"code": code})
    except notices.AlreadyTold:
        told = gettext("%(code)s: they were told less than an hour ago.") % {"code": code}
        messages.error(visit.request, told)
    except (actions.NotAllowed, actions.NoSuchTicket):
        raise Http404 from None
    return redirect(_back(visit))


def _way_back(visit: Visit, row: TicketRow, verb: str) -> undo.Offer | None:
    """Giving a ticket back that nobody had; the button leads to the same list. row: as it was."""
    taken = ticket_queries.find_ticket(visit.company, visit.viewer, row.number)
    if verb != "take" or row.owner is not None or taken is None:
        return None
    back = "all-gaps" if _back(visit).startswith(reverse("all-gaps")) else "gaps"
    path = reverse("desk:step", args=[visit.company.prefix, row.number, "release"])
    fields = {"position": str(taken.position), "back": back}
    return undo.Offer(gettext("Give it back"), path, fields)


def _row(visit: Visit) -> TicketRow:
    text = visit.request.POST.get("number", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    row = ticket_queries.find_ticket(visit.company, visit.viewer, number)
    if row is None:
        raise Http404
    return row


def _back(visit: Visit) -> str:
    """The list that the step was taken on: never an address of somebody else."""
    back = visit.request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    home = reverse("desk:gaps", args=[visit.company.prefix])
    return back if is_ours and back.startswith((home, reverse("all-gaps"))) else home


def _expected(visit: Visit) -> int | None:
    text = visit.request.POST.get("position", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _take(visit: Visit, row: TicketRow, code: str) -> str:
    actor, expected = visit.viewer.actor, _expected(visit)
    actions.take(visit.company.uuid, row.uuid, at=visit.at, actor=actor, expected=expected)
    return gettext("You own %(code)s now.") % {"code": code}


def _accept(visit: Visit, row: TicketRow, code: str) -> str:
    actor, expected = visit.viewer.actor, _expected(visit)
    actions.accept_handover(
        visit.company.uuid, row.uuid, at=visit.at, actor=actor, expected=expected
    )
    return gettext("You own %(code)s now.") % {"code": code}


def _call_on(visit: Visit, row: TicketRow, code: str) -> str:
    actions.escalate_hierarchically(
        visit.company.uuid,
        row.uuid,
        at=visit.at,
        actor=visit.viewer.actor,
        expected=_expected(visit),
        reason=own_words.SILENT,
    )
    return gettext("The contact of the team is called to %(code)s. It stands on the ticket.") % {
        "code": code
    }


def _remind(visit: Visit, row: TicketRow, code: str) -> str:
    told = notices.remind(visit.company.uuid, row, at=visit.at, actor=visit.viewer.actor)
    if not told:
        raise actions.IllegalStep(
            gettext("Mail reaches nobody who could be reminded. Take it, or call.")
        )
    return gettext("%(person)s gets a mail about %(code)s.") % {"person": told, "code": code}


_STEPS: dict[str, Callable[[Visit, TicketRow, str], str]] = {
    "take": _take,
    "accept": _accept,
    "call-on": _call_on,
    "remind": _remind,
}
