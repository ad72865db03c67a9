"""Mail that waits for a person: shown with its reason, decided with one tap, never lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right, visible_companies
from commondesk.core.texts import gettext, gettext_noop, number, pgettext
from commondesk.desk.actions import NotAllowed

from . import forms, raw_files, reasons
from .held import actions, claims, export, queries, release, unreachable
from .held.actions import AlreadyDecided, NoSuchMail, Unfit
from .held.look import look_at
from .held.queries import HeldMail, Shelf
from .models import RawMail

ALREADY = gettext_noop("Somebody has decided about this mail already.")


# ---- the list -----------------------------------------------------------------------------


@require_safe
@member(Right.WORK_TICKETS)
def held(visit: Visit) -> HttpResponse:
    """The mails on hold, and why; those that were discarded, and what was decided."""
    given, company = visit.request.GET, visit.company.uuid
    shelf = shelf_of(visit)
    asked = {"state": shelf.value} | ({"why": given["why"]} if given.get("why") else {})
    context: dict[str, object] = {
        "shelf": shelf.value,
        "shelves": shelves(visit, shelf),
        "why": given.get("why", ""),
        "first": "?" + urlencode(asked) if given.get("after") else "",
        "undo": undoable(visit),
    }
    after = given.get("after", "")
    if shelf is Shelf.DECIDED:
        decided = queries.decided_page(company, after=after)
        context |= {"decided": decided, "next": onward(asked, decided.after)}
        return page(visit, "intake/decided.html", context)
    found = queries.held_page(company, shelf, reason=given.get("why", ""), after=after)
    context |= {
        "held": found,
        "next": onward(asked, found.after),
        "blocked": queries.blocked(company) if shelf is Shelf.DISCARDED else (),
    }
    return page(visit, "intake/held.html", context)


def shelf_of(visit: Visit) -> Shelf:
    """The part of the page that is asked for. Raises Http404 for one that is not theirs to see."""
    wanted = visit.request.GET.get("state", "")
    shelf = Shelf(wanted) if wanted in list(Shelf) else Shelf.WAITING
    if shelf is Shelf.WHOSE and not steers_every_company(visit):
        raise Http404
    return shelf


def shelves(visit: Visit, current: Shelf) -> list[dict[str, object]]:
    """The parts of the page, with how much stands in those that wait."""
    found: list[tuple[Shelf, str, int | None]] = [
        (Shelf.WAITING, pgettext("mails", "Waiting"), queries.held_count(visit.company.uuid))
    ]
    lost = queries.waiting(None).count()
    if (lost or current is Shelf.WHOSE) and steers_every_company(visit):
        found.append((Shelf.WHOSE, gettext("Whose is this?"), lost))
    found += [
        (Shelf.DISCARDED, pgettext("mails", "Discarded"), None),
        (Shelf.DECIDED, pgettext("mails", "Decided"), None),
    ]
    return [
        {"name": shelf.value, "title": title, "count": count, "is_current": shelf is current}
        for shelf, title, count in found
    ]


def steers_every_company(visit: Visit) -> bool:
    person = visit.request.user
    return isinstance(person, Person) and queries.steers_every_company(person)


def undoable(visit: Visit) -> HeldMail | None:
    """The mail that was discarded on the page before, if it can be taken back."""
    pk = visit.request.GET.get("discarded", "")
    mail = queries.held_mail(visit.company.uuid, int(pk)) if queries.is_number(pk) else None
    if mail is None or not mail.path or not mail.settled_as:
        return None
    return queries.shown_mails(visit.company.uuid, [mail])[0]


def onward(asked: dict[str, str], after: str) -> str:
    return "?" + urlencode(asked | {"after": after}) if after else ""


@require_safe
@member(Right.WORK_TICKETS)
def held_count(visit: Visit) -> HttpResponse:
    """How many there are, as a fragment for other pages."""
    count = queries.held_count(visit.company.uuid)
    return page(visit, "intake/held_count.html", {"count": count})


# ---- one mail -----------------------------------------------------------------------------


@require_safe
@member(Right.WORK_TICKETS)
def view(visit: Visit, pk: int) -> HttpResponse:
    """What a mail on hold says, as plain text, and what can be done with it."""
    return mail_page(visit, found_mail(visit, pk), unfolded=visit.request.GET.get("do", ""))


def found_mail(visit: Visit, pk: int) -> RawMail:
    """A mail that this person may see. Raises Http404."""
    mail = queries.held_mail(visit.company.uuid, pk)
    if mail is None and steers_every_company(visit):
        mail = queries.ownerless_mail(pk)
    if mail is None:
        raise Http404
    return mail


def mail_page(
    visit: Visit,
    mail: RawMail,
    *,
    unfolded: str = "",
    tried: str = "",
    form: Form | None = None,
    refusal: str = "",
) -> HttpResponse:
    """The page of a mail; after a decision that was refused, with what was filled in."""
    shown = queries.shown_mails(mail.company, [mail])[0]
    known = forms_of(visit, mail, shown) | ({tried: form} if form else {})
    look = look_at(mail)
    context = {
        "mail": shown,
        "look": look,
        "automatic": reasons.in_words(look.automatic) if look else "",
        "notes": [reasons.in_words(note) for note in look.notes] if look else [],
        "forms": known,
        "open_form": tried or unfolded,
        "refusal": refusal,
        "is_ownerless": mail.company is None,
        "peer": mail.peer,
        "reason": reasons.in_words(mail.reason),
    }
    status = 422 if tried or refusal else 200
    return page(visit, "intake/mail.html", context, status=status)


def forms_of(visit: Visit, mail: RawMail, shown: HeldMail) -> dict[str, Form]:
    """An empty form for each decision, with what is known filled in."""
    if mail.company is None:
        companies = list(visible_companies(visit.request.user))
        return {"give": forms.Give(companies=companies)}
    ticket = f"{visit.company.prefix}-{shown.ticket.number}" if shown.ticket else ""
    first = forms.SENDER if mail.sender and not shown.asks_for_whom else ""
    return {
        "open": open_form(visit, mail, {"whom": first}),
        "add": add_form(visit, mail, {"whom": first, "ticket": ticket}),
        "discard": forms.Discard(),
    }


def open_form(visit: Visit, mail: RawMail, known: dict[str, str] | None = None) -> forms.Open:
    given = visit.request.POST if visit.request.method == "POST" and known is None else None
    return forms.Open(given, initial=known, sender=mail.sender, asks=asks_for_whom(mail))


def add_form(visit: Visit, mail: RawMail, known: dict[str, str] | None = None) -> forms.Add:
    given = visit.request.POST if visit.request.method == "POST" and known is None else None
    return forms.Add(
        given,
        initial=known,
        sender=mail.sender,
        asks=asks_for_whom(mail),
        prefix_of=visit.company.prefix,
    )


def asks_for_whom(mail: RawMail) -> bool:
    return queries.shown_mails(None, [mail])[0].asks_for_whom


@require_safe
@member(Right.WORK_TICKETS)
def raw(visit: Visit, pk: int) -> HttpResponseBase:
    """One of them as it came, to be saved: no browser ever shows it as a page of ours."""
    mail = found_mail(visit, pk)
    if not mail.path:
        raise Http404
    try:
        content = raw_files.path_of(mail.path).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=export.name_of(mail),
        content_type="application/octet-stream",
    )
    return guarded(response)


@require_safe
@member(Right.WORK_TICKETS)
def save_all(visit: Visit) -> HttpResponseBase:
    """Every mail that waits, as it came, in one archive."""
    # All rows before the first piece: a slow reader holds no question to the database open.
    mails = list(queries.waiting(visit.company.uuid).order_by("received_at", "pk"))
    pieces = export.archive(mails)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    name = f"held-mail-{visit.company.prefix.lower()}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return guarded(response)


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


# ---- decisions ----------------------------------------------------------------------------


@require_POST
@member(Right.WORK_TICKETS)
def decide(visit: Visit, pk: int, verb: str) -> HttpResponse:
    """Take one decision about a mail; whole, or not at all."""
    decision = DECISIONS.get(verb)
    if decision is None:
        raise Http404
    try:
        if queries.is_decided(visit.company.uuid, pk):
            raise AlreadyDecided
        return decision(visit, found_mail(visit, pk))
    except AlreadyDecided:
        messages.warning(visit.request, gettext(ALREADY))
        return redirect(back(visit))
    except (NotAllowed, NoSuchMail):
        raise Http404 from None


def back(visit: Visit, **asked: object) -> str:
    wanted = visit.request.POST.get("state", "")
    known = {"state": wanted} if wanted in list(Shelf) and wanted != Shelf.WAITING else {}
    query = urlencode(known | asked)
    return reverse("intake:held", args=[visit.company.prefix]) + (f"?{query}" if query else "")


def open_it(visit: Visit, mail: RawMail) -> HttpResponse:
    form = open_form(visit, mail)
    if not form.is_valid():
        return mail_page(visit, mail, tried="open", form=form)
    act = partial(release.open_as_ticket, visit.company.uuid, mail.pk, whom=form.chosen)
    return released(visit, mail, "open", form, act, gettext("%(ticket)s is open."))


def add_it(visit: Visit, mail: RawMail) -> HttpResponse:
    form = add_form(visit, mail)
    if not form.is_valid():
        return mail_page(visit, mail, tried="add", form=form)
    act = partial(
        release.add_to_ticket,
        visit.company.uuid,
        mail.pk,
        int(form.cleaned_data["ticket"]),
        whom=form.chosen,
        is_copied=bool(form.cleaned_data["copy"]),
    )
    return released(visit, mail, "add", form, act, gettext("The mail is on %(ticket)s now."))


def released(
    visit: Visit,
    mail: RawMail,
    verb: str,
    form: Form,
    act: Callable[..., release.Released],
    said: str,
) -> HttpResponse:
    """Let the mail through, and go to where it ended."""
    try:
        ended = act(at=visit.at, actor=visit.viewer.actor)
    except Unfit as refused:
        return mail_page(visit, mail, tried=verb, form=form, refusal=str(refused))
    messages.success(visit.request, said % {"ticket": f"{visit.company.prefix}-{ended.number}"})
    if visit.request.POST.get("stay"):
        return redirect(back(visit))
    return redirect("desk:ticket", visit.company.prefix, ended.number)


def discard_it(visit: Visit, mail: RawMail) -> HttpResponse:
    is_blocking = visit.request.POST.get("block") == "on"
    at, actor = visit.at, visit.viewer.actor
    try:
        if mail.company is None:
            actions.discard_ownerless(mail.pk, at=at, actor=actor)
            messages.success(visit.request, gettext("The mail is discarded."))
            return redirect(back(visit))
        actions.discard(mail.company, mail.pk, at=at, actor=actor, is_blocking=is_blocking)
    except Unfit as refused:
        return mail_page(visit, mail, tried="discard", refusal=str(refused))
    if is_blocking:
        said = gettext("New mail from %(sender)s is discarded from now on.")
        messages.success(visit.request, said % {"sender": mail.sender})
    return redirect(back(visit, discarded=mail.pk))


def take_back(visit: Visit, mail: RawMail) -> HttpResponse:
    company = visit.company.uuid
    actions.take_back(company, mail.pk, at=visit.at, actor=visit.viewer.actor)
    if mail.held_as:
        said = gettext("The mail waits again.")
    else:
        said = gettext("Its sender is unblocked; it is filed now.")
    messages.success(visit.request, said)
    return redirect(back(visit))


def try_again(visit: Visit, mail: RawMail) -> HttpResponse:
    actions.try_again(visit.company.uuid, mail.pk, at=visit.at, actor=visit.viewer.actor)
    messages.success(visit.request, gettext("The mail is read and filed anew in a moment."))
    return redirect(back(visit))


def give(visit: Visit, mail: RawMail) -> HttpResponse:
    if mail.company is not None:
        raise Http404
    companies = list(visible_companies(visit.request.user))
    form = forms.Give(visit.request.POST, companies=companies)
    if not form.is_valid():
        return mail_page(visit, mail, tried="give", form=form)
    company = next(each for each in companies if each.prefix == form.given("company"))
    always = form.given("always")
    try:
        claims.give(mail.pk, company, at=visit.at, actor=visit.viewer.actor, always=always)
    except Unfit as refused:
        return mail_page(visit, mail, tried="give", form=form, refusal=str(refused))
    said = gettext("The mail is %(company)s’s; it is filed in a moment.")
    messages.success(visit.request, said % {"company": company.title})
    return redirect(back(visit))


DECISIONS: dict[str, Callable[[Visit, RawMail], HttpResponse]] = {
    "open": open_it,
    "add": add_it,
    "discard": discard_it,
    "take-back": take_back,
    "try-again": try_again,
    "give": give,
}


# ---- senders and addresses ----------------------------------------------------------------


@require_POST
@member(Right.WORK_TICKETS)
def sender(visit: Visit, verb: str) -> HttpResponse:
    """Discard all that waits from an address, block it as well, or unblock it."""
    address = visit.request.POST.get("address", "")
    company, at, actor = visit.company.uuid, visit.at, visit.viewer.actor
    try:
        if verb == "unblock":
            actions.unblock_sender(company, address, at=at, actor=actor)
            said = gettext("Mail from %(sender)s is taken again.") % {"sender": address}
        elif verb in ("discard", "block"):
            is_blocking = verb == "block"
            count = actions.discard_all_of(
                company, address, at=at, actor=actor, is_blocking=is_blocking
            )
            said = discarded_words(count, address if is_blocking else "")
        else:
            raise Http404
    except Unfit as refused:
        said = str(refused)
    except NotAllowed:
        raise Http404 from None
    messages.success(visit.request, said)
    return redirect(back(visit))


def discarded_words(count: int, blocked: str) -> str:
    """How many were discarded, and the address that was blocked as well, if one was."""
    told = {"count": number(count), "sender": blocked}
    if blocked:
        return gettext("Discarded: %(count)s. %(sender)s is blocked.") % told
    return gettext("Discarded: %(count)s.") % told


@require_safe
@member(Right.WORK_TICKETS)
def addresses_not_reached(visit: Visit) -> HttpResponse:
    """The addresses that mail failed for, for good."""
    after = visit.request.GET.get("after", "")
    found = unreachable.addresses(visit.company.uuid, after=after)
    context = {
        "shelves": shelves(visit, Shelf.WAITING),
        "found": found,
        "next": "?" + urlencode({"after": found.after}) if found.after else "",
    }
    return page(visit, "intake/unreachable.html", context)


@require_POST
@member(Right.WORK_TICKETS)
def allow(visit: Visit) -> HttpResponse:
    """Let mail go to an address again."""
    address = visit.request.POST.get("address", "")
    try:
        unreachable.allow(visit.company.uuid, address, at=visit.at, actor=visit.viewer.actor)
    except NotAllowed:
        raise Http404 from None
    said = gettext("Mail goes to %(address)s again.") % {"address": address}
    messages.success(visit.request, said)
    return redirect("intake:unreachable", visit.company.prefix)
