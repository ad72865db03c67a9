"""Charters and calendars, to write: the long form, YAML, holidays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from commondesk.accounts import queries as people
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.charter import writing, yaml_text
from commondesk.core.service_level.charter_data import CharterError, Problem
from commondesk.core.texts import gettext, gettext_noop
from commondesk.governance import actions, charter_form, charters, founding, sharing
from commondesk.governance.charter_form import Names, Plain
from commondesk.governance.views import found, readable, title_of

TEMPLATES = {
    "help-desk-8x5": (
        gettext_noop("Help desk in office hours"),
        gettext_noop("Weekdays, a first and a second line."),
    ),
    "follow-the-sun": (
        gettext_noop("Follows the sun"),
        gettext_noop("Every hour of every day, by two regions."),
    ),
    "co-managed": (
        gettext_noop("Co-managed"),
        gettext_noop("Your own IT and a provider share the work."),
    ),
    "small-business": (
        gettext_noop("Small business"),
        gettext_noop("Few promises, kept. One person, or none."),
    ),
}


@require_safe
@member(Right.EDIT_CHARTER)
def begin(visit: Visit) -> HttpResponse:
    """Choose what a new version begins with, and whom it binds."""
    context = {
        "templates": [
            (name, gettext(title), gettext(says)) for name, (title, says) in TEMPLATES.items()
        ],
        "versions": [(each.version, title_of(visit, each)) for each in reversed(readable(visit))],
        "providers": providers(visit),
        "provider": visit.request.GET.get("provider", ""),
    }
    return page(visit, "governance/begin.html", context)


def providers(visit: Visit) -> list[tuple[str, str]]:
    return [(str(uuid), title) for uuid, title in people.providers(visit.company.uuid).items()]


# ---- the form -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds beside the document."""

    document: Plain
    provider: str
    replaces: int
    problems: tuple[Problem, ...] = ()
    refusal: str = ""
    blank: str = ""
    status: int = 200


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.EDIT_CHARTER)
def write(visit: Visit) -> HttpResponseBase:
    """The form; sending it writes a new version down, unsigned."""
    if visit.request.method != "POST":
        return form_page(visit, _started(visit))
    post = visit.request.POST
    draft = Draft(
        document=charter_form.document_from(post, visit.zone),
        provider=_known_provider(visit, post.get("provider", "")),
        replaces=_number(post.get("replaces", "")),
    )
    if "add" in post or "remove" in post:
        return form_page(visit, replace(draft, blank=post.get("add", "")))
    return _save(visit, draft)


def _save(visit: Visit, draft: Draft) -> HttpResponseBase:
    old = found(visit, draft.replaces) if draft.replaces else None
    try:
        uuid = actions.draft_charter(
            visit.company.uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            document=draft.document,
            provider=draft.provider,
            replaces=old.uuid if old else "",
        )
    except actions.NotAllowed:
        raise Http404 from None
    except CharterError as wrong:
        return form_page(visit, replace(draft, problems=wrong.problems, status=422))
    except actions.UnfitStep as unfit:
        return form_page(visit, replace(draft, refusal=str(unfit), status=422))
    return redirect("governance:version", visit.company.prefix, _drafted(visit, uuid))


def _drafted(visit: Visit, uuid: str) -> int:
    number = next(each.version for each in readable(visit) if each.uuid == uuid)
    said = gettext("Version %(number)s is written down, as a draft. Nobody has signed it yet.")
    messages.success(visit.request, said % {"number": number})
    return number


def _started(visit: Visit) -> Draft:
    """A copy of a version, or a template. Raises Http404."""
    given = visit.request.GET
    provider = _known_provider(visit, given.get("provider", ""))
    if number := _number(given.get("version", "")):
        version = found(visit, number)
        document = charters.document_of(version)
        is_draft = not version.signatures and version.until is None
        chosen = provider if "provider" in given else version.provider
        is_same = chosen == version.provider
        return Draft(document, chosen, number if is_draft and is_same else 0)
    name = given.get("template", "help-desk-8x5")
    if name not in TEMPLATES:
        raise Http404
    return Draft(founding.fitted(charters.template(name), visit.company), provider, 0)


def _known_provider(visit: Visit, uuid: str) -> str:
    """Raises Http404: a provider of others does not exist here."""
    if uuid and uuid not in dict(providers(visit)):
        raise Http404
    return uuid


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0


def form_page(visit: Visit, draft: Draft) -> HttpResponse:
    company = visit.company.uuid
    names = Names(
        people=tuple((str(each.uuid), each.title) for each in people.colleagues(company)),
        suggestions=charter_form.suggestions(
            draft.document, [team.slug for team in people.teams(company)]
        ),
    )
    parts = charter_form.parts_of(
        draft.document, draft.problems, names, visit.zone, blank=draft.blank
    )
    context = {
        "parts": parts,
        "general": charter_form.unplaced(draft.problems),
        "refusal": draft.refusal,
        "wrong": len(draft.problems),
        "providers": providers(visit),
        "provider": draft.provider,
        "replaces": draft.replaces,
        "suggestions": names.suggestions,
        "blank": draft.blank,
    }
    return page(visit, "governance/write.html", context, status=draft.status)


# ---- YAML ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.EDIT_CHARTER)
def import_(visit: Visit) -> HttpResponseBase:
    """Write a version down from YAML, pasted or as a file; every problem in one table."""
    context: dict[str, object] = {"text": "", "problems": (), "refusal": "", "provider": "read"}
    status = 200
    if visit.request.method == "POST":
        text = _pasted(visit)
        context |= {"provider": visit.request.POST.get("provider", "read")}
        context["text"] = text if isinstance(text, str) else text.decode("utf-8", "replace")
        status = 422
        try:
            return _imported(visit, text, str(context["provider"]))
        except actions.NotAllowed:
            raise Http404 from None
        except CharterError as wrong:
            context["problems"] = wrong.problems
        except actions.UnfitStep as unfit:
            context["refusal"] = str(unfit)
    context["providers"] = providers(visit)
    return page(visit, "governance/import.html", context, status=status)


def _pasted(visit: Visit) -> str | bytes:
    file = visit.request.FILES.get("file")
    if file is not None and not isinstance(file, list):
        content: bytes = file.read(yaml_text.MOST_BYTES + 1)
        return content
    return visit.request.POST.get("text", "")


def _imported(visit: Visit, text: str | bytes, provider: str) -> HttpResponseBase:
    charter = yaml_text.from_yaml(text)
    if provider == "read":
        provider = sharing.provider_of(visit.company.uuid, charter)
    uuid = actions.draft_charter(
        visit.company.uuid,
        at=visit.at,
        actor=visit.viewer.actor,
        document=writing.document_of(charter),
        provider=_known_provider(visit, provider),
    )
    return redirect("governance:version", visit.company.prefix, _drafted(visit, uuid))
