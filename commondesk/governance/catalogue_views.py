"""The catalogue: services to read, sites and items to find, enter and retire."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import queries as people
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext
from commondesk.governance import catalogue_importing, catalogue_list, entering
from commondesk.governance.catalogue_forms import EntryForm
from commondesk.governance.catalogue_list import Asked, Entry
from commondesk.governance.entering import NoSuchEntry, NotAllowed, UnfitEntry

KINDS = {"sites": CatalogueKind.SITE, "items": CatalogueKind.ITEM}
SHELF = {kind: shelf for shelf, kind in KINDS.items()}
LONGEST_SEARCH = 200


def kind_of(shelf: str) -> CatalogueKind:
    """Raises Http404."""
    if shelf not in KINDS:
        raise Http404
    return KINDS[shelf]


# ---- reading ------------------------------------------------------------------------------


@require_safe
@member(Right.READ_CHARTER)
def services(visit: Visit) -> HttpResponse:
    """The services that charters in force cover."""
    context = {
        "shelf": "services",
        "services": catalogue_list.services_for(visit.viewer, visit.at),
        "levels": {level: gettext(word) for level, word in CRITICALITY_WORDS.items()},
        "providers": people.provider_titles(visit.company.uuid),
        "teams": {team.slug: team.title for team in people.teams(visit.company.uuid)},
        **_rights(visit),
    }
    return page(visit, "governance/catalogue_services.html", context)


@require_safe
@member(Right.READ_CHARTER)
def entries(visit: Visit, shelf: str) -> HttpResponse:
    """A page of the sites or of the items."""
    asked = _asked(visit, kind_of(shelf))
    found = catalogue_list.page(visit.company.uuid, visit.viewer, asked, visit.at)
    hidden = catalogue_list.hidden_services(visit.viewer, visit.at)
    listed = catalogue_list.listed_services(visit.company.uuid, visit.at)
    context = {
        "shelf": shelf,
        "asked": asked,
        "found": found,
        "sites": catalogue_list.offered_sites(visit.company.uuid, visit.at),
        "services": {key: title for key, title in listed.items() if key not in hidden},
        "next": _address(visit, shelf, asked, found.next) if found.next else "",
        "first": _address(visit, shelf, asked, "") if asked.after else "",
        **_rights(visit),
    }
    return page(visit, "governance/catalogue.html", context)


def _asked(visit: Visit, kind: CatalogueKind) -> Asked:
    given = {name: visit.request.GET.get(name, "") for name in ("q", "site", "service", "after")}
    clean = {name: text.replace("\0", "")[:LONGEST_SEARCH] for name, text in given.items()}
    return Asked(
        kind=kind,
        words=clean["q"].strip(),
        site=clean["site"],
        service=clean["service"],
        is_retired=visit.request.GET.get("retired") == "yes",
        after=clean["after"],
    )


def _address(visit: Visit, shelf: str, asked: Asked, after: str) -> str:
    given = {
        "q": asked.words,
        "site": asked.site,
        "service": asked.service,
        "retired": "yes" if asked.is_retired else "",
        "after": after,
    }
    told = urlencode({name: text for name, text in given.items() if text})
    place = reverse("governance:entries", args=[visit.company.prefix, shelf])
    return f"{place}?{told}" if told else place


def _rights(visit: Visit) -> dict[str, bool]:
    return {
        "may_enter": visit.may(Right.ENTER_CATALOGUE),
        "may_import": visit.may(Right.ENTER_CATALOGUE) or visit.may(Right.ADD_PEOPLE),
    }


@require_safe
@member(Right.READ_CHARTER)
def export(visit: Visit, shelf: str) -> StreamingHttpResponse:
    """All sites or items as CSV, in the form in which they can be imported."""
    lines = catalogue_importing.exported(visit.company.uuid, visit.viewer, kind_of(shelf), visit.at)
    return as_csv(lines, f"{visit.company.prefix.lower()}-{shelf}.csv")


def as_csv(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    """Lines of CSV to save. The mark at the beginning tells spreadsheets that it is UTF-8."""
    return StreamingHttpResponse(
        chain(["\ufeff"], lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# ---- entering -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ENTER_CATALOGUE)
def new(visit: Visit, shelf: str) -> HttpResponse:
    """Enter another site or item."""
    kind = kind_of(shelf)
    form = _form(visit, kind, None)
    if visit.request.method == "POST" and _entered(visit, kind, None, form):
        return redirect("governance:entries", visit.company.prefix, shelf)
    return _entry_page(visit, shelf, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ENTER_CATALOGUE)
def entry(visit: Visit, shelf: str) -> HttpResponse:
    """One site or item, to be changed. Its key stands behind the question mark."""
    kind = kind_of(shelf)
    known = _known(visit, kind, visit.request.GET.get("key", ""))
    form = _form(visit, kind, known)
    if visit.request.method == "POST" and _entered(visit, kind, known, form):
        return redirect("governance:entries", visit.company.prefix, shelf)
    return _entry_page(visit, shelf, known, form)


@require_POST
@member(Right.ENTER_CATALOGUE)
def retire(visit: Visit, shelf: str) -> HttpResponse:
    """Offer a site or item no more."""
    kind = kind_of(shelf)
    known = _known(visit, kind, visit.request.POST.get("key", ""))
    try:
        entering.retire(
            visit.company.uuid, at=visit.at, actor=visit.viewer.actor, kind=kind, key=known.key
        )
    except UnfitEntry as unfit:
        form = _form(visit, kind, known, is_fresh=True)
        return _entry_page(visit, shelf, known, form, refusal=str(unfit))
    except (NotAllowed, NoSuchEntry):
        raise Http404 from None
    said = gettext("%(title)s is retired. Tickets that name it keep it.")
    messages.success(visit.request, said % {"title": known.title})
    return redirect("governance:entries", visit.company.prefix, shelf)


def _known(visit: Visit, kind: CatalogueKind, key: str) -> Entry:
    """Raises Http404."""
    if not key or "\0" in key or len(key) > entering.LONGEST_KEY:
        raise Http404
    found = catalogue_list.find(visit.company.uuid, kind, key, visit.at, visit.viewer)
    if found is None:
        raise Http404
    return found


def _form(
    visit: Visit, kind: CatalogueKind, known: Entry | None, *, is_fresh: bool = False
) -> EntryForm:
    initial = (
        {
            "title": known.title,
            "criticality": str(known.criticality),
            "site": known.site,
            "service": known.service,
        }
        if known
        else None
    )
    is_sent = visit.request.method == "POST" and not is_fresh
    return EntryForm(
        visit.request.POST if is_sent else None,
        initial=initial,
        kind=kind,
        is_new=known is None,
        sites=catalogue_list.offered_sites(visit.company.uuid, visit.at),
        services=catalogue_list.listed_services(visit.company.uuid, visit.at),
    )


def _entered(visit: Visit, kind: CatalogueKind, known: Entry | None, form: EntryForm) -> bool:
    if not form.is_valid():
        return False
    told = form.cleaned_data
    try:
        is_other = entering.enter(
            visit.company.uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            kind=kind,
            key=known.key if known else told["key"],
            title=told["title"],
            criticality=int(told["criticality"] or 0),
            site=told.get("site", ""),
            service=told.get("service", ""),
            is_new=known is None,
        )
    except UnfitEntry as unfit:
        form.blame(unfit)
        return False
    except NotAllowed:
        raise Http404 from None
    name = " ".join(told["title"].split())
    said = gettext("%(title)s is kept.") if is_other else gettext("%(title)s is as it was.")
    messages.success(visit.request, said % {"title": name})
    return True


def _entry_page(
    visit: Visit, shelf: str, known: Entry | None, form: EntryForm, *, refusal: str = ""
) -> HttpResponse:
    context = {"shelf": shelf, "known": known, "form": form, "refusal": refusal}
    status = 422 if refusal or form.errors else 200
    return page(visit, "governance/catalogue_entry.html", context, status=status)
