"""The pages of mailboxes: how they fare, a new one tried and kept, a test of the way out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right
from commondesk.core.record.instant import MINUTE
from commondesk.core.texts import gettext, ngettext, number
from commondesk.intake.imap import convention
from commondesk.intake.imap.connection import Unreachable
from commondesk.intake.imap.trials import Trial
from commondesk.intake.mailboxes import UnfitMailbox
from commondesk.intake.models import MailAccount

from . import actions, forms, sent_tests, wording
from .actions import NoSuchBox, NotAllowed

TRIED, SENT_TEST = "tried_mailbox", "sent_test_mail"
TRIED_SPAN = 15 * MINUTE
TRIES, TRIES_SECONDS = 12, 600
"""So often may one person try a mailbox in so many seconds: this is no way to guess passwords."""


@require_safe
@member(Right.CONNECT_MAILBOXES)
def boxes(visit: Visit) -> HttpResponse:
    """What is connected and how it fares, and a test of the way out."""
    return page(visit, "intake/boxes.html", _context(visit))


def _context(visit: Visit) -> dict[str, object]:
    boxes = actions.boxes_of(visit.company.uuid)
    return {
        "boxes": [
            (box, [(each, wording.standing_of(each, visit.at)) for each in box.accounts.all()])
            for box in boxes
        ],
        "is_desk_listed": any(box.address == visit.company.desk_address for box in boxes),
    } | _test_context(visit)


def _person(visit: Visit) -> Person:
    person = visit.request.user
    assert isinstance(person, Person)
    return person


# ---- a new one ----------------------------------------------------------------------------


@sensitive_post_parameters("password")
@sensitive_variables("form", "account")
@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.CONNECT_MAILBOXES)
def new(visit: Visit) -> HttpResponse:
    """The form; posted, the mailbox is looked for or tried. Nothing is kept yet."""
    if visit.company.is_sample:
        raise Http404
    if visit.request.method != "POST":
        visit.request.session.pop(TRIED, None)
        return _form(visit, forms.BoxForm(initial=_wishes(visit)))
    if visit.request.POST.get("do") == "find":
        return _find(visit)
    form = forms.BoxForm(visit.request.POST)
    if not form.is_valid():
        return _form(visit, form)
    if not _may_try(visit):
        form.add_error(None, gettext("That were many tries. Wait ten minutes, then try again."))
        return _form(visit, form)
    given = form.cleaned_data
    account = actions.unsaved(
        host=given["host"],
        port=given["port"],
        security=given["security"],
        username=given["user"],
        password=given["password"],
    )
    try:
        found = actions.try_out(_person(visit), visit.company, given["address"], account)
    except UnfitMailbox as unfit:
        form.add_error("address", str(unfit))
    except Unreachable as trouble:
        form.add_error(None, wording.why(trouble.why))
    except NotAllowed:
        raise Http404 from None
    else:
        visit.request.session[TRIED] = _noted(visit, given["address"], account, found)
        return redirect("intake:box-keep", visit.company.prefix)
    return _form(visit, form)


def _form(visit: Visit, form: forms.BoxForm, found: object = None) -> HttpResponse:
    is_wrong = form.is_bound and not form.is_valid()
    context = {"form": form, "found": found}
    return page(visit, "intake/box_new.html", context, status=422 if is_wrong else 200)


def _wishes(visit: Visit) -> dict[str, object]:
    """What the form begins with: the desk's own address, or a mailbox that is to be mended."""
    asked = visit.request.GET.get("account", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 12:
        try:
            known = actions.account_of(visit.company.uuid, int(asked))
        except NoSuchBox:
            raise Http404 from None
        return {
            "address": known.mailbox.address,
            "host": known.host,
            "port": known.port,
            "security": known.security,
            "user": known.username,
        }
    return {"address": visit.company.desk_address}


def _find(visit: Visit) -> HttpResponse:
    """Ask the name service what the domain says of itself, and put that into the form."""
    asked = {
        name: visit.request.POST.get(name, "")[:254]
        for name in ("address", "host", "port", "security", "user")
    }
    found = convention.told_by(asked["address"]) if _may_try(visit) else None
    if found is not None:
        asked |= {"host": found.host, "port": str(found.port), "security": found.security}
    return _form(visit, forms.BoxForm(initial=asked), found or "nothing")


def _may_try(visit: Visit) -> bool:
    key = f"mailbox-tries-{visit.viewer.person_uuid}"
    cache.add(key, 0, TRIES_SECONDS)
    try:
        return cache.incr(key) <= TRIES
    except ValueError:
        return True


def _noted(visit: Visit, address: str, account: MailAccount, found: Trial) -> dict[str, Any]:
    return {
        "company": str(visit.company.uuid),
        "at": visit.at,
        "address": address,
        "host": account.host,
        "port": account.port,
        "security": str(account.security),
        "username": account.username,
        "sealed_password": account.sealed_password,
        "folders": list(found.folders),
        "mails": found.mails,
    }


# ---- keeping it ---------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.CONNECT_MAILBOXES)
def keep(visit: Visit) -> HttpResponse:
    """What the trial found, and from which folder to fetch; posted, it is kept."""
    tried = _tried(visit)
    if tried is None:
        visit.request.session.pop(TRIED, None)
        return redirect("intake:box-new", visit.company.prefix)
    count = ngettext("%(count)s mail", "%(count)s mails", tried["mails"])
    form = forms.KeepForm(
        visit.request.POST if visit.request.method == "POST" else None,
        folders=tuple(tried["folders"]),
        mails=count % {"count": number(tried["mails"])},
    )
    if form.is_valid():
        try:
            kept = actions.keep(
                _person(visit),
                visit.company,
                tried["address"],
                _account_of(tried, form.given("folder") or tried["folders"][0]),
                is_only_new=form.is_only_new,
                at=visit.at,
            )
        except (Unreachable, UnfitMailbox) as trouble:
            said = wording.why(trouble.why) if isinstance(trouble, Unreachable) else str(trouble)
            form.add_error(None, said)
        except NotAllowed:
            raise Http404 from None
        else:
            del visit.request.session[TRIED]
            told = gettext("Mail to %(address)s is fetched from now on.")
            messages.success(visit.request, told % {"address": kept.mailbox.address})
            return redirect("intake:boxes", visit.company.prefix)
    status = 422 if form.is_bound else 200
    return page(visit, "intake/box_keep.html", {"form": form, "tried": tried}, status=status)


def _tried(visit: Visit) -> dict[str, Any] | None:
    """What was tried a moment ago, for this company."""
    tried = visit.request.session.get(TRIED)
    if not isinstance(tried, dict) or tried.get("company") != str(visit.company.uuid):
        return None
    return tried if tried["at"] > visit.at - TRIED_SPAN else None


def _account_of(tried: dict[str, Any], folder: str) -> MailAccount:
    return MailAccount(
        host=tried["host"],
        port=tried["port"],
        security=tried["security"],
        username=tried["username"],
        sealed_password=tried["sealed_password"],
        folder=folder,
        is_guarded=True,
    )


# ---- one that is connected ----------------------------------------------------------------


@require_POST
@member(Right.CONNECT_MAILBOXES)
def change(visit: Visit, pk: int, verb: str) -> HttpResponse:
    """Pause it, go on, or remove it."""
    person, company = _person(visit), visit.company
    try:
        if verb == "remove":
            account = actions.remove(person, company, pk)
            told = gettext("%(address)s is fetched no more, and its password is forgotten.")
        elif verb in ("pause", "resume"):
            account = actions.pause(person, company, pk, is_paused=verb == "pause")
            told = (
                gettext("%(address)s is paused.")
                if verb == "pause"
                else gettext("%(address)s is fetched again.")
            )
        else:
            raise Http404
    except (NotAllowed, NoSuchBox):
        raise Http404 from None
    messages.success(visit.request, told % {"address": account.mailbox.address})
    return redirect("intake:boxes", visit.company.prefix)


# ---- a test of the way out ----------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.CONNECT_MAILBOXES)
def test_mail(visit: Visit) -> HttpResponse:
    """Where the test mail is by now, for a page that looks again; posted, one is sent."""
    if visit.request.method == "POST":
        return _send_test(visit)
    if "HX-Request" not in visit.request.headers:
        return redirect("intake:boxes", visit.company.prefix)
    return page(visit, "intake/box_test.html", _test_context(visit))


def _send_test(visit: Visit) -> HttpResponse:
    if visit.company.is_sample:
        raise Http404
    if not _may_try(visit):
        messages.warning(
            visit.request, gettext("That were many tries. Wait ten minutes, then try again.")
        )
    else:
        try:
            pk = sent_tests.send(visit.company, _person(visit), at=visit.at)
        except sent_tests.NoWay as refused:
            messages.warning(visit.request, str(refused))
        else:
            visit.request.session[SENT_TEST] = pk
    return redirect("intake:boxes", visit.company.prefix)


def _test_context(visit: Visit) -> dict[str, object]:
    pk = visit.request.session.get(SENT_TEST)
    return {
        "can_send": sent_tests.can_send(),
        "way": sent_tests.way_of(visit.company.uuid, _person(visit), pk),
        "to": _person(visit).address or "",
    }
