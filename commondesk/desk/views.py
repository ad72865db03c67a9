"""The desk's screens: queue, ticket, new ticket, and the steps between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.decorators import csp_update
from django.conf import settings
from django.forms import Field
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import policy
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.desk import (
    about,
    actions,
    blank,
    canned,
    forms,
    readers,
    steps,
    ticket_queries,
    undo,
    uploads,
    wording,
)
from commondesk.desk.content import passes, rendering
from commondesk.desk.content import views as content
from commondesk.desk.content.passes import Pass, Purpose
from commondesk.desk.models import TicketRow
from commondesk.desk.steps import STEPS, Attempt
from commondesk.ledger import words

Page = TypeVar("Page", bound=Callable[..., HttpResponseBase])

MORE = {
    "route": gettext_noop("Route to a team"),
    "escalate": gettext_noop("Call for more skill"),
    "call-on": gettext_noop("Call on somebody with more say"),
    "vendor": gettext_noop("Hand a part to a vendor"),
    "merge": gettext_noop("Merge into another ticket"),
    "release": gettext_noop("Give it up"),
}
VERBS = {
    "take": pgettext_noop("step", "take"),
    "release": pgettext_noop("step", "release"),
    "accept": pgettext_noop("step", "accept"),
    "take-back": pgettext_noop("step", "take back"),
    "confirm-priority": pgettext_noop("step", "confirm priority"),
    "agree-lowering": pgettext_noop("step", "agree lowering"),
    "reopen": pgettext_noop("step", "reopen"),
    "void-reopen": pgettext_noop("step", "void reopen"),
    "close": pgettext_noop("step", "close"),
    "resume": pgettext_noop("step", "resume"),
    "end-vendor": pgettext_noop("step", "end vendor"),
    "undo-merge": pgettext_noop("step", "undo merge"),
    "unlink": pgettext_noop("step", "unlink"),
    "remove-copy": pgettext_noop("step", "remove copy"),
    "split": pgettext_noop("step", "split"),
    "rate": pgettext_noop("step", "rate"),
}
"""What is pressed, and filled in nowhere."""
PRESSED = frozenset({"release"})
BUTTONS = {
    "offer": gettext_noop("Offer it"),
    "wait": gettext_noop("Let it wait"),
    "restore": gettext_noop("The service works again"),
    "escalate": gettext_noop("Call for more skill"),
    "vendor-write": gettext_noop("Send it to the vendor"),
    "vendor-change": gettext_noop("Note it"),
    "pass-on": gettext_noop("Offer it on"),
    "route": gettext_noop("Route it"),
    "call-on": gettext_noop("Call on them"),
    "vendor": gettext_noop("It is with them now"),
    "merge": gettext_noop("Merge this one into it"),
    "decline": gettext_noop("Decline"),
}


def framing(view: Page) -> Page:
    """Let a page that shows mail frame the origin that mail is shown on, and nothing else."""
    allow = csp_update({"frame-src": [settings.CONTENT_ORIGIN or "'self'"]})
    return cast(Page, allow(cast(Any, view)))


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
    told = ticket_queries.clocks(visit.company, visit.viewer, row, visit.at)
    context = {
        "clocks": told.clocks,
        "terms": told.terms,
        "path": ticket_path(visit, row),
        "newer": ticket_queries.has_news(visit.company.uuid, row, position),
        "seen": position,
    }
    return part(visit, "desk/ticket_clocks.html", context)


@require_safe
@member(Right.READ_TICKETS)
def counted(visit: Visit, number: int) -> HttpResponse:
    """How the clocks of a ticket were counted, and what every lens makes of them."""
    row = found_ticket(visit, number)
    context = {
        "counted": ticket_queries.counted(visit.company, visit.viewer, row, visit.at),
        "code": f"{visit.company.prefix}-{row.number}",
        "path": ticket_path(visit, row),
    }
    if "HX-Request" in visit.request.headers:
        return part(visit, "desk/ticket_counted_part.html", context)
    return page(visit, "desk/ticket_counted.html", context)


def part(visit: Visit, template: str, context: Mapping[str, object]) -> HttpResponse:
    """A piece of a page that is open already: without the frame, which would cost as much."""
    known = {"company": visit.company, "zone": visit.zone, "now": visit.at}
    return render(visit.request, template, known | dict(context))


def ticket_path(visit: Visit, row: TicketRow) -> str:
    return reverse("desk:ticket", args=[visit.company.prefix, row.number])


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
    news: ticket_queries.News | None = None,
    is_widening: bool = False,
    composed: blank.Composed | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a ticket; after a step that was refused, with what was filled in."""
    case = ticket_queries.ticket_page(visit.company, visit.viewer, row, visit.at)
    context: dict[str, object] = {
        "case": case,
        "csrf": csrf_input(visit.request),
        "tried": form,
        "open_step": tried,
        "refusal_title": refusal[0],
        "refusal": refusal[1],
        "news": news,
        "wanted": wanted_of(form) if news else (),
        "wanted_step": step_words(tried),
        "newer": False,
        "seen": case.ticket.position,
    }
    if not visit.may(Right.READ_TICKETS):
        own = ticket_queries.my_ticket(visit.company, row, visit.at)
        is_answer = isinstance(form, forms.Answer)
        answer = form if is_answer else forms.Answer(zone=visit.zone, givable=[])
        mine = {"mine": own, "answer": answer}
        return page(visit, "desk/my_ticket.html", context | mine, status=status)
    context |= {
        "lead": next((each for each in case.clocks if each.shape != "none"), None),
        "more": {verb: gettext(words) for verb, words in MORE.items() if verb in case.can},
        "pressed": PRESSED,
        "buttons": {verb: gettext(words) for verb, words in BUTTONS.items()},
        "blank": partial(blank.fields, case),
        "composed": composed or blank.composed(form, is_widening=is_widening),
        "canned": canned.titles_for(visit.company.uuid, visit.viewer),
        "may_agree": visit.may(Right.AGREE_LOWERING),
        "clocks": case.clocks,
        "terms": case.terms,
        "path": case.path,
    }
    return page(visit, "desk/ticket.html", context, status=status)


def step_words(verb: str) -> str:
    """What a step is called where nothing was filled in."""
    if verb in BUTTONS:
        return gettext(BUTTONS[verb])
    return pgettext("step", VERBS[verb]) if verb in VERBS else verb.replace("-", " ")


# ---- beside the ticket --------------------------------------------------------------------


@require_safe
@member(Right.WORK_TICKETS)
def what_about(visit: Visit, number: int) -> HttpResponse:
    """The form that says what a ticket is about; with all of the catalogue, so it comes late."""
    row = found_ticket(visit, number)
    form = forms.Classify(
        zone=visit.zone,
        givable=[],
        catalogue=about.catalogue_of(visit.company.uuid, visit.at),
        initial=about_of(row),
    )
    context = {
        "form": form,
        "row": row,
        "code": f"{visit.company.prefix}-{row.number}",
        "path": ticket_path(visit, row),
    }
    if "HX-Request" in visit.request.headers:
        return part(visit, "desk/ticket_about_part.html", context)
    return page(visit, "desk/ticket_about.html", context)


@framing
@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS)
def insert(visit: Visit, number: int) -> HttpResponse:
    """A reply kept for use again, filled for this ticket: alone, or below what was written."""
    row = found_ticket(visit, number)
    given = visit.request.POST if visit.request.method == "POST" else visit.request.GET
    text = canned.text_of(visit.company.uuid, visit.viewer, given.get("reply", ""))
    if visit.request.method != "POST":
        if text is None:
            raise Http404
        filled_in = canned.filled(text, steps.places_of(visit, row))
        return HttpResponse(filled_in, content_type="text/plain; charset=utf-8")
    form = filled(visit, forms.Write, row)
    assert isinstance(form, forms.Write)
    if text is None:
        refusal = (
            gettext("Nothing was inserted."),
            gettext("There is no reply of that name. Choose one of the list."),
        )
        return ticket_page(visit, row, tried="write", form=form, refusal=refusal, status=422)
    written = form.text_of("text").rstrip()
    added = canned.filled(text, steps.places_of(visit, row))
    made = blank.written(form, f"{written}\n\n{added}" if written else added)
    return ticket_page(visit, row, composed=made)


@require_safe
@member(Right.WORK_TICKETS)
def colleagues(visit: Visit, number: int) -> HttpResponse:
    """The names that may follow an @ in a note for the own team, or for both."""
    row = found_ticket(visit, number)
    audience = policy.BOTH_TEAMS if visit.request.GET.get("to") == "both" else policy.OWN_TEAM
    found = readers.readers_of(
        visit.company.uuid,
        row.providers,
        audience=audience,
        side=visit.viewer.side,
        provider=visit.viewer.provider,
    )
    me = str(visit.viewer.person_uuid)
    return JsonResponse({"names": [each.title for each in found if each.uuid != me]})


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
    form = filled(visit, wanted.form, row)
    if isinstance(form, forms.Write) and needs_second_step(form):
        return ticket_page(visit, row, tried=verb, form=form, is_widening=True, status=422)
    if not form.is_valid():
        return ticket_page(visit, row, tried=verb, form=form, refusal=blame(form), status=422)
    attempt = Attempt(visit, row, form)
    try:
        said = wanted.act(attempt)
    except actions.IllegalStep as refused:
        again = found_ticket(visit, number)
        refusal = (gettext("Not done."), str(refused))
        return ticket_page(visit, again, tried=verb, form=form, refusal=refusal, status=422)
    except actions.StaleWrite:
        again = found_ticket(visit, number)
        return stale_page(visit, again, verb, form)
    except (actions.NotAllowed, actions.NoSuchTicket):
        raise Http404 from None
    undo.say(visit.request, said, way_back(attempt))
    return redirect(onward(visit, number))


def way_back(attempt: Attempt) -> undo.Offer | None:
    """The step that takes this one back, as a button sends it from the page that comes next."""
    if not attempt.ways_back:
        return None
    visit, way = attempt.visit, attempt.ways_back[0]
    row = ticket_queries.find_ticket(visit.company, visit.viewer, attempt.row.number)
    if row is None:
        return None
    back = visit.request.POST.get("back", "")
    fields = {**way.fields, "position": str(row.position), "back": back}
    path = reverse("desk:step", args=[visit.company.prefix, row.number, way.verb])
    return undo.Offer(way.words, path, fields)


def stale_page(visit: Visit, row: TicketRow, verb: str, form: forms.StepForm) -> HttpResponse:
    """What others did meanwhile beside what this person wanted, which is kept to be sent again."""
    seen = form.cleaned_data.get("position") or 0
    new = ticket_queries.news(visit.company, visit.viewer, row, int(seen), visit.at)
    refusal = (
        gettext("This ticket changed while you wrote."),
        gettext("Nothing was saved. Your text is below; look at what is new, then send it again."),
    )
    return ticket_page(visit, row, tried=verb, form=form, refusal=refusal, news=new, status=409)


def wanted_of(form: forms.StepForm | None) -> list[tuple[str, str]]:
    """What somebody filled in, in words, to be read beside what others did."""
    if form is None:
        return []
    told = []
    for bound in form.visible_fields():
        value = form.cleaned_data.get(bound.name)
        if bound.name in UNTOLD or value in (None, "", [], False):
            continue
        told.append((str(bound.label), said_words(bound.field, value, form.zone)))
    return told


def said_words(field: Field, value: object, zone: ZoneInfo) -> str:
    if isinstance(field, forms.InstantField) and isinstance(value, int):
        return wording.full_words(value, zone)
    choices = dict(getattr(field, "choices", None) or ())
    if value is True:
        return gettext("yes")
    return str(choices.get(value, choices.get(str(value), value)))


UNTOLD = frozenset({"to", "whom", "then", "attachments"})


def filled(visit: Visit, form: type[forms.StepForm], row: TicketRow) -> forms.StepForm:
    givable: list[tuple[str, str]] = []
    if forms.gives(form):
        givable = list(ticket_queries.givable(visit.company.uuid, visit.viewer.provider))
    request = visit.request
    more: dict[str, object] = {}
    if issubclass(form, forms.AboutForm):
        more["catalogue"] = about.catalogue_of(visit.company.uuid, visit.at)
        more["initial"] = about_of(row)
    return form(
        request.POST,
        request.FILES,
        zone=visit.zone,
        givable=givable,
        passed_over=uploads.passed_over(request),
        **more,
    )


def about_of(row: TicketRow) -> dict[str, str]:
    return {
        "kind": row.kind,
        "service": row.service,
        "item": row.item,
        "site": row.site,
        "category": row.category,
    }


def needs_second_step(form: forms.Write) -> bool:
    """A text that was written as a note goes to everyone only once that is said twice."""
    is_said_twice = form.text_of("confirmed") == "yes"
    return form.is_widening and not is_said_twice and bool(form.text_of("text").strip())


def blame(form: forms.StepForm) -> tuple[str, str]:
    """What to say where the form itself has no place to say it: hidden fields, plain buttons."""
    shown = {field.name for field in form.visible_fields()}
    if any(name in shown for name in form.errors):
        return "", ""
    return gettext("Not done."), gettext("The page was not complete. Try again from here.")


def onward(visit: Visit, number: int) -> str:
    back = visit.request.POST.get("back", "")
    if back in ("queues", "all-gaps"):
        return reverse(back)
    if back in ("queue", "gaps"):
        return reverse(f"desk:{back}", args=[visit.company.prefix])
    return reverse("desk:ticket", args=[visit.company.prefix, number])


# ---- a mail as it looked ------------------------------------------------------------------


@framing
@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.READ_TICKETS)
def look(visit: Visit, number: int, message: str) -> HttpResponse:
    """A mail in a frame of another origin; pictures that lie elsewhere only once asked for."""
    row = found_ticket(visit, number)
    found = row.messages.filter(id=message).exclude(html="").first()
    if found is None or not policy.may_read_note(
        visit.viewer, found.audience, found.side, found.provider
    ):
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
        if policy.may_read_note(visit.viewer, message.audience, message.side, message.provider)
        for attachment in message.attachments
    ]


def safe_name(name: str) -> str:
    """The name without what could mislead a shell, a header or a reader."""
    kept = "".join(each for each in name if each.isprintable() and each not in '/\\:*?"<>|')
    return kept.strip(". ")[:150] or "file"
