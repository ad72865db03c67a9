"""Opening a ticket on a page: for somebody who rings or comes by, and for oneself."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from commondesk.accounts import directory
from commondesk.accounts.directory import UnfitPerson
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Channel, Kind, Opening
from commondesk.core.record.priority import SPREAD_WORDS, URGENCY_WORDS
from commondesk.core.texts import gettext
from commondesk.desk import about, actions, forms, uploads
from commondesk.desk import callers as people
from commondesk.desk.models import TicketRow
from commondesk.governance import charters


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS, Right.ASK)
def new_ticket(visit: Visit) -> HttpResponse:
    """Open a ticket for somebody who rang, came by, or was helped already; or for oneself."""
    return _for_somebody(visit) if visit.may(Right.WORK_TICKETS) else _for_oneself(visit)


# ---- for somebody -------------------------------------------------------------------------


def _for_somebody(visit: Visit) -> HttpResponse:
    is_sent = visit.request.method == "POST"
    form = forms.NewTicket(
        visit.request.POST if is_sent else None,
        visit.request.FILES if is_sent else None,
        zone=visit.zone,
        givable=[],
        passed_over=uploads.passed_over(visit.request),
        catalogue=about.catalogue_of(visit.company.uuid, visit.at),
    )
    if not form.is_valid():
        return _page(visit, form, status=422 if form.is_bound else 200)
    try:
        number = open_for(visit, form)
    except (actions.IllegalStep, UnfitPerson) as refused:
        return _page(visit, form, refusal=str(refused), status=422)
    except actions.NotAllowed:
        raise Http404 from None
    told = gettext("%(code)s is open.") % {"code": f"{visit.company.prefix}-{number}"}
    messages.success(visit.request, told)
    return redirect("desk:ticket", visit.company.prefix, number)


@transaction.atomic
def open_for(visit: Visit, form: forms.NewTicket) -> int:
    """Everything that the form says, or nothing of it; the number of the ticket."""
    company, at, actor = visit.company.uuid, visit.at, visit.viewer.actor
    opened_at, resolved_at = form.instant("opened_at"), form.instant("resolved_at")
    if any(when is not None and when > at for when in (opened_at, resolved_at)):
        raise actions.IllegalStep(gettext("A time that you gave lies ahead."))
    requester = directory.person_for_address(
        company, form.given("requester_address"), form.given("requester_name"), at=at, actor=actor
    )
    opening = Opening(form.given("opening"))
    uuid = _opened(visit, form, requester=requester.uuid, actor=actor)
    if form.given("spread") and form.given("urgency"):
        actions.prioritise(
            company,
            uuid,
            at=at,
            actor=actor,
            spread=int(form.given("spread")),
            urgency=int(form.given("urgency")),
        )
    if form.given("take"):
        actions.take(company, uuid, at=at, actor=actor)
    if opening is Opening.AFTER_THE_FACT and resolved_at is not None:
        actions.resolve(company, uuid, at=at, actor=actor, happened_at=resolved_at)
    return _number_of(visit, uuid)


def _opened(visit: Visit, form: forms.NewTicket, *, requester: UUID, actor: Actor) -> UUID:
    ticket = uuid4()
    service, item, site = forms.about_of(form)
    return actions.open_ticket(
        ticket=ticket,
        attachments=uploads.kept(visit.company.uuid, ticket, form.attached),
        company=visit.company.uuid,
        at=visit.at,
        actor=actor,
        requester=requester,
        channel=Channel(form.given("channel")),
        kind=Kind(form.given("kind")),
        opening=Opening(form.given("opening")),
        service=service,
        item=item,
        site=site,
        subject=form.given("subject"),
        text=form.given("text") or form.given("subject"),
        happened_at=form.instant("opened_at"),
    )


def _number_of(visit: Visit, ticket: UUID) -> int:
    return TicketRow.objects.get(company=visit.company.uuid, uuid=ticket).number


def _page(
    visit: Visit, form: forms.NewTicket, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    agreement = charters.agreement_for(visit.company.uuid, visit.at)
    context = {
        "form": form,
        "refusal": refusal,
        "default_priority": agreement.default_priority if agreement else gettext("no priority"),
    }
    return page(visit, "desk/new_ticket.html", context, status=status)


@require_safe
@member(Right.WORK_TICKETS)
def callers(visit: Visit) -> HttpResponse:
    """Who may be calling: for the name that is being typed, with what is open of theirs."""
    text = visit.request.GET.get("requester_name", "")
    context = {
        "company": visit.company,
        "callers": people.callers(visit.company, visit.viewer, text),
        "asked": len(" ".join(text.split())) >= people.SHORTEST,
    }
    return render(visit.request, "desk/callers.html", context)


@require_safe
@member(Right.WORK_TICKETS)
def priority(visit: Visit) -> HttpResponse:
    """The priority that what is chosen so far leads to."""
    given = visit.request.GET
    spread, urgency = given.get("spread", ""), given.get("urgency", "")
    is_known = spread in map(str, SPREAD_WORDS) and urgency in map(str, URGENCY_WORDS)
    found = (
        about.priority_at(
            visit.company.uuid,
            visit.at,
            spread=int(spread),
            urgency=int(urgency),
            service=given.get("service", ""),
            item=given.get("item", ""),
            site=given.get("site", ""),
        )
        if is_known
        else None
    )
    return render(visit.request, "desk/priority_part.html", {"priority": found})


# ---- for oneself --------------------------------------------------------------------------


def _for_oneself(visit: Visit) -> HttpResponse:
    is_sent = visit.request.method == "POST"
    form = forms.Ask(
        visit.request.POST if is_sent else None,
        visit.request.FILES if is_sent else None,
        zone=visit.zone,
        givable=[],
        passed_over=uploads.passed_over(visit.request),
    )
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return page(visit, "desk/my_new.html", {"form": form, "refusal": ""}, status=status)
    try:
        number = asked_by(visit, form)
    except actions.IllegalStep as refused:
        context = {"form": form, "refusal": str(refused)}
        return page(visit, "desk/my_new.html", context, status=422)
    except actions.NotAllowed:
        raise Http404 from None
    code = f"{visit.company.prefix}-{number}"
    told = gettext("The desk has it. Its number is %(code)s.") % {"code": code}
    messages.success(visit.request, told)
    return redirect("desk:ticket", visit.company.prefix, number)


@transaction.atomic
def asked_by(visit: Visit, form: forms.Ask) -> int:
    """The viewer's own ticket; its number."""
    ticket, me = uuid4(), visit.viewer.person_uuid
    actions.open_ticket(
        ticket=ticket,
        attachments=uploads.kept(visit.company.uuid, ticket, form.attached),
        company=visit.company.uuid,
        at=visit.at,
        actor=Actor(str(me), Side.REQUESTER),
        requester=me,
        channel=Channel.PORTAL,
        kind=Kind(form.given("kind")),
        subject=form.given("subject"),
        text=form.given("text"),
    )
    return _number_of(visit, ticket)
