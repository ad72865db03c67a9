"""The desk's screens: queue, ticket, new ticket, and the steps between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import directory, policy
from commondesk.accounts.directory import UnfitPerson
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.record.events import Channel, Kind, Opening
from commondesk.desk import actions, forms, queries, steps, ticket_queries, uploads
from commondesk.desk.content import passes, rendering
from commondesk.desk.content import views as content
from commondesk.desk.content.passes import Pass, Purpose
from commondesk.desk.models import TicketRow
from commondesk.desk.queries import Queue
from commondesk.desk.steps import STEPS, Attempt
from commondesk.desk.ticket_queries import TicketPage
from commondesk.governance import charters
from commondesk.ledger import words

Page = TypeVar("Page", bound=Callable[..., HttpResponseBase])

MORE = {
    "route": "Route to a team",
    "call-on": "Call on somebody with more say",
    "vendor": "Hand a part to a vendor",
    "merge": "Merge into another ticket",
    "release": "Give it up",
}
PRESSED = frozenset({"release"})
BUTTONS = {
    "offer": "Offer it",
    "wait": "Let it wait",
    "restore": "The service works again",
    "route": "Route it",
    "call-on": "Call on them",
    "vendor": "It is with them now",
    "merge": "Merge this one into it",
    "decline": "Decline",
}
STALE = "This ticket changed while you wrote."
STALE_MORE = "Nothing was saved. Your text is below; look at what is new, then send it again."


def framing(view: Page) -> Page:
    """Let a page that shows mail frame the origin that mail is shown on, and nothing else."""
    allow = csp_update({"frame-src": [settings.CONTENT_ORIGIN or "'self'"]})
    return cast(Page, allow(cast(Any, view)))


# ---- the queue ----------------------------------------------------------------------------


@require_safe
@member(Right.READ_TICKETS, Right.READ_OWN_TICKETS)
def queue(visit: Visit) -> HttpResponse:
    """What is due next, and whose it is; for requesters their own tickets."""
    if not visit.may(Right.READ_TICKETS):
        return mine(visit)
    given = visit.request.GET
    view = Queue(given["view"]) if given.get("view") in list(Queue) else Queue.DUE
    text = given.get("q", "").strip()[:200]
    found = queries.queue_page(
        visit.company,
        visit.viewer,
        view=Queue.ALL if text else view,
        text=text,
        after=given.get("after", ""),
        at=visit.at,
    )
    context = {
        "queue": found,
        "by_change": found.view in queries.BY_CHANGE,
        "again": visit.request.get_full_path(),
        "first": "?" + urlencode(asked(found.view, text)),
        "next": "?" + urlencode(asked(found.view, text) | {"after": found.after}),
        "may_work": visit.may(Right.WORK_TICKETS),
        "receiver": settings.RECEIVER,
    }
    is_part = "HX-Request" in visit.request.headers
    return page(visit, "desk/queue_rows.html" if is_part else "desk/queue.html", context)


def asked(view: Queue, text: str) -> dict[str, str]:
    return {"view": view.value} | ({"q": text} if text else {})


def mine(visit: Visit) -> HttpResponse:
    after = visit.request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
    found = ticket_queries.my_tickets(visit.company, visit.viewer, after=number, at=visit.at)
    shown = found[: ticket_queries.MINE]
    onward = f"?after={shown[-1].number}" if len(found) > len(shown) else ""
    return page(visit, "desk/mine.html", {"tickets": shown, "next": onward})


# ---- one ticket ---------------------------------------------------------------------------


@framing
@require_safe
@member(Right.READ_TICKETS, Right.READ_OWN_TICKETS)
def ticket(visit: Visit, number: int) -> HttpResponse:
    """Conversation, hands and clocks of one ticket."""
    return ticket_page(visit, found_ticket(visit, number))


@require_safe
@member(Right.READ_TICKETS)
def clocks(visit: Visit, number: int) -> HttpResponse:
    """The clocks of a ticket as they stand now, for a page that is open already."""
    row = found_ticket(visit, number)
    seen = visit.request.GET.get("seen", "")
    position = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else row.position
    context = {
        "case": ticket_queries.ticket_page(visit.company, visit.viewer, row, visit.at),
        "newer": ticket_queries.has_news(visit.company.uuid, row, position),
        "seen": position,
    }
    return page(visit, "desk/ticket_clocks.html", context)


def found_ticket(visit: Visit, number: int) -> TicketRow:
    row = ticket_queries.find_ticket(visit.company, visit.viewer, number)
    if row is None:
        raise Http404
    return row


def ticket_page(
    visit: Visit,
    row: TicketRow,
    *,
    tried: str = "",
    form: forms.StepForm | None = None,
    refusal: tuple[str, str] = ("", ""),
    is_widening: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of a ticket; after a step that was refused, with what was filled in."""
    case = ticket_queries.ticket_page(visit.company, visit.viewer, row, visit.at)
    made = forms_of(visit, case) | ({tried: form} if form else {})
    context: dict[str, object] = {
        "case": case,
        "forms": made,
        "open_step": tried,
        "refusal_title": refusal[0],
        "refusal": refusal[1],
        "widen": is_widening,
        "buttons": BUTTONS,
        "newer": False,
        "seen": case.ticket.position,
    }
    if not visit.may(Right.READ_TICKETS):
        own = ticket_queries.my_ticket(visit.company, row, visit.at)
        return page(visit, "desk/my_ticket.html", context | {"mine": own}, status=status)
    context |= {
        "lead": next((each for each in case.clocks if each.shape != "none"), None),
        "more": {verb: words for verb, words in MORE.items() if verb in case.can},
        "pressed": PRESSED,
        "may_agree": visit.may(Right.AGREE_LOWERING),
    }
    return page(visit, "desk/ticket.html", context, status=status)


def forms_of(visit: Visit, case: TicketPage) -> dict[str, forms.StepForm]:
    """An empty form for each step, with what is known filled in."""
    row = case.row
    known: dict[str, dict[str, object]] = {
        "classify": {
            "kind": row.kind,
            "service": row.service,
            "item": row.item,
            "site": row.site,
            "category": row.category,
        },
        "prioritise": {"spread": 4, "urgency": row.urgency or 2},
    }
    return {
        verb: step.form(zone=visit.zone, givable=list(case.givable), initial=known.get(verb))
        for verb, step in STEPS.items()
    }


# ---- steps --------------------------------------------------------------------------------


@framing
@require_POST
@member(Right.READ_TICKETS, Right.READ_OWN_TICKETS)
def step(visit: Visit, number: int, verb: str) -> HttpResponse:
    """Take one step on a ticket; whole, or not at all."""
    row = found_ticket(visit, number)
    wanted = STEPS.get(verb)
    if wanted is None or not steps.may_try(visit, wanted, row):
        raise Http404
    form = filled(visit, wanted.form)
    if isinstance(form, forms.Write) and needs_second_step(form):
        return ticket_page(visit, row, tried=verb, form=form, is_widening=True, status=422)
    if not form.is_valid():
        return ticket_page(visit, row, tried=verb, form=form, refusal=blame(form), status=422)
    try:
        said = wanted.act(Attempt(visit, row, form))
    except actions.IllegalStep as refused:
        again = found_ticket(visit, number)
        refusal = ("Not done.", str(refused))
        return ticket_page(visit, again, tried=verb, form=form, refusal=refusal, status=422)
    except actions.StaleWrite:
        again = found_ticket(visit, number)
        refusal = (STALE, STALE_MORE)
        return ticket_page(visit, again, tried=verb, form=form, refusal=refusal, status=409)
    except (actions.NotAllowed, actions.NoSuchTicket):
        raise Http404 from None
    messages.success(visit.request, said)
    return redirect(onward(visit, number))


def filled(visit: Visit, form: type[forms.StepForm]) -> forms.StepForm:
    givable: list[tuple[str, str]] = []
    if form in (forms.HandOver, forms.Route, forms.CallOn):
        givable = list(ticket_queries.givable(visit.company.uuid))
    request = visit.request
    return form(
        request.POST,
        request.FILES,
        zone=visit.zone,
        givable=givable,
        passed_over=uploads.passed_over(request),
    )


def needs_second_step(form: forms.Write) -> bool:
    """A text that was written as a note goes to everyone only once that is said twice."""
    is_said_twice = form.text_of("confirmed") == "yes"
    return form.is_widening and not is_said_twice and bool(form.text_of("text").strip())


def blame(form: forms.StepForm) -> tuple[str, str]:
    """What to say where the form itself has no place to say it: hidden fields, plain buttons."""
    shown = {field.name for field in form.visible_fields()}
    if any(name in shown for name in form.errors):
        return "", ""
    return "Not done.", "The page was not complete. Try again from here."


def onward(visit: Visit, number: int) -> str:
    if visit.request.POST.get("back") == "queue":
        return reverse("desk:queue", args=[visit.company.prefix])
    return reverse("desk:ticket", args=[visit.company.prefix, number])


# ---- a new ticket -------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS)
def new_ticket(visit: Visit) -> HttpResponse:
    """Open a ticket for somebody who rang, came by, or was helped already."""
    is_sent = visit.request.method == "POST"
    form = forms.NewTicket(
        visit.request.POST if is_sent else None,
        visit.request.FILES if is_sent else None,
        zone=visit.zone,
        givable=[],
        passed_over=uploads.passed_over(visit.request),
    )
    if not form.is_valid():
        return new_ticket_page(visit, form, status=422 if form.is_bound else 200)
    try:
        number = open_for(visit, form.cleaned_data, form.attached)
    except (actions.IllegalStep, UnfitPerson) as refused:
        return new_ticket_page(visit, form, refusal=str(refused), status=422)
    except actions.NotAllowed:
        raise Http404 from None
    messages.success(visit.request, f"{visit.company.prefix}-{number} is open.")
    return redirect("desk:ticket", visit.company.prefix, number)


@transaction.atomic
def open_for(visit: Visit, given: Mapping[str, object], files: Sequence[UploadedFile[Any]]) -> int:
    """Everything that the form says, or nothing of it; the number of the ticket."""
    company, at, actor = visit.company.uuid, visit.at, visit.viewer.actor
    opening = Opening(str(given["opening"]))
    opened_at, resolved_at = given.get("opened_at"), given.get("resolved_at")
    if any(isinstance(when, int) and when > at for when in (opened_at, resolved_at)):
        raise actions.IllegalStep("A time that you gave lies ahead.")
    requester = directory.person_for_address(
        company,
        str(given["requester_address"]),
        str(given["requester_name"]),
        at=at,
        actor=actor,
    )
    ticket = uuid4()
    uuid = actions.open_ticket(
        ticket=ticket,
        attachments=uploads.kept(company, ticket, files),
        company=company,
        at=at,
        actor=actor,
        requester=requester.uuid,
        channel=Channel(str(given["channel"])),
        kind=Kind(str(given["kind"])),
        opening=opening,
        subject=str(given["subject"]),
        text=str(given.get("text") or given["subject"]),
        happened_at=opened_at if isinstance(opened_at, int) else None,
    )
    if given.get("spread") and given.get("urgency"):
        actions.prioritise(
            company,
            uuid,
            at=at,
            actor=actor,
            spread=int(str(given["spread"])),
            urgency=int(str(given["urgency"])),
        )
    if given.get("take"):
        actions.take(company, uuid, at=at, actor=actor)
    if opening is Opening.AFTER_THE_FACT and isinstance(resolved_at, int):
        actions.resolve(company, uuid, at=at, actor=actor, happened_at=resolved_at)
    return TicketRow.objects.get(company=company, uuid=uuid).number


def new_ticket_page(
    visit: Visit, form: forms.NewTicket, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    agreement = charters.agreement_for(visit.company.uuid, visit.at)
    context = {
        "form": form,
        "refusal": refusal,
        "default_priority": agreement.default_priority if agreement else "no priority",
    }
    return page(visit, "desk/new_ticket.html", context, status=status)


# ---- a mail as it looked ------------------------------------------------------------------


@framing
@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.READ_TICKETS)
def look(visit: Visit, number: int, message: str) -> HttpResponse:
    """A mail in a frame of another origin; pictures that lie elsewhere only once asked for."""
    row = found_ticket(visit, number)
    found = row.messages.filter(id=message).exclude(html="").first()
    if found is None or not policy.may_read_note(visit.viewer, found.audience, found.side):
        raise Http404
    with_pictures = visit.request.method == "POST"
    given = Pass(
        visit.company.uuid,
        visit.viewer.person_uuid,
        found.id,
        content.WITH_PICTURES if with_pictures else "",
    )
    context = {
        "row": row,
        "code": f"{visit.company.prefix}-{row.number}",
        "message": found,
        "frame_address": passes.address_of(Purpose.MAIL, given),
        "sandbox": content.SANDBOX,
        "with_pictures": with_pictures,
        "kept_out": rendering.rendered(found.html, inline=lambda _: None).kept_out,
    }
    if "HX-Request" in visit.request.headers:
        return page(visit, "desk/look_part.html", context | {"is_alone": False})
    return page(visit, "desk/look.html", context | {"is_alone": True})


# ---- files --------------------------------------------------------------------------------


@require_safe
@member(Right.READ_TICKETS, Right.READ_OWN_TICKETS)
def file(visit: Visit, number: int, identity: UUID) -> HttpResponseBase:
    """A file that came with a message, to be saved: no browser ever shows it as a page of ours."""
    row = found_ticket(visit, number)
    found = next((each for each in files_of(visit, row) if each["id"] == str(identity)), None)
    if found is None:
        raise Http404
    try:
        content = words.open_file(str(identity), company=visit.company.uuid)
    except (words.UnknownWords, words.ErasedWords):
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=safe_name(str(found["name"])),
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def files_of(visit: Visit, row: TicketRow) -> list[dict[str, object]]:
    return [
        attachment
        for message in row.messages.all()
        if policy.may_read_note(visit.viewer, message.audience, message.side)
        for attachment in message.attachments
    ]


def safe_name(name: str) -> str:
    """The name without what could mislead a shell, a header or a reader."""
    kept = "".join(each for each in name if each.isprintable() and each not in '/\\:*?"<>|')
    return kept.strip(". ")[:150] or "file"
