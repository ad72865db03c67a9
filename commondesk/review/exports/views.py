"""Hand over an export of another desk: say how it is read, and read what it tells.

Nothing of a file is read here, and nothing of it enters the record unless somebody says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts import policy, queries
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Work
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking
from commondesk.accounts.works_views import Shown, shown_work
from commondesk.core.charter.yaml_text import MOST_BYTES as LARGEST_CHARTER
from commondesk.core.texts import gettext
from commondesk.desk import handed_exports as handed
from commondesk.desk import uploads
from commondesk.desk.handed_exports import FIGURES, LOOK, PACK, RESULT, Export, Terms
from commondesk.governance import charters
from commondesk.review import lenses
from commondesk.review.exports import forms, telling, works
from commondesk.review.exports.saying import said_of

NEEDS = (Right.REVIEW_EXPORTS,)
SANDBOX = (
    "sandbox allow-scripts allow-downloads allow-modals; default-src 'none';"
    " script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A pack is a page of its own: it may run, and reach nothing here, no cookie, page or network. Its
own policy, inside of it, allows its scripts by their hashes and no other."""


def largest(request: HttpRequest, prefix: str) -> int:
    """How many bytes somebody may send here: a lot only if they may hand over exports at all."""
    company = queries.company_of(prefix)
    viewer = policy.viewer_of(request.user, company) if company else None
    if policy.may(viewer, Right.REVIEW_EXPORTS):
        return handed.MOST_BYTES
    return uploads.LARGEST


@require_safe
@member(*NEEDS)
def exports(visit: Visit) -> HttpResponse:
    """What was handed over, and the form for the next one."""
    return _choose(visit)


def _choose(visit: Visit, refusal: str = "") -> HttpResponse:
    kept = handed.listed(visit.company.uuid)
    context = {
        "exports": [(each, _state(visit, each)) for each in kept],
        "names": queries.titles({each.person for each in kept}),
        "refusal": refusal,
        "most_bytes": handed.MOST_BYTES,
        "most_files": handed.MOST_FILES,
        "days": handed.SPAN // 86_400_000_000,
    }
    return page(visit, "exports/exports.html", context, status=422 if refusal else 200)


def _state(visit: Visit, export: Export) -> str:
    """How far an export is, in a few words."""
    work = works.latest(export)
    if work is not None and work.state in asking.OPEN:
        return gettext("under way")
    if export.is_reviewed:
        return gettext("reviewed")
    look = export.made(LOOK)
    if look is None:
        return gettext("not looked at")
    return gettext("has questions") if look["problems"] else gettext("ready to be reviewed")


@uploads.taking(largest)
@require_POST
@member(*NEEDS)
def upload(visit: Visit) -> HttpResponse:
    """Keep the files, have them looked at, and lead to what they are taken for."""
    given = [each for each in visit.request.FILES.getlist("files") if each.size]
    if refusal := _refusal(visit, given):
        return _choose(visit, refusal)
    files = ((str(each.name or ""), each.chunks()) for each in given)
    try:
        export = handed.keep(visit.company.uuid, visit.viewer.person_uuid, files, at=visit.at)
    except (handed.TooMany, OSError):
        return _choose(
            visit,
            gettext(
                "There is no room for it: %(most)s exports are kept at a time, and the disk must"
                " not run full. Delete one below."
            )
            % {"most": handed.MOST_KEPT},
        )
    return _ask(visit, works.LOOKING, export)


def _refusal(visit: Visit, given: list[UploadedFile[Any]]) -> str:
    if left := uploads.passed_over(visit.request):
        larger = gettext(
            "%(name)s is too much: all files together may have %(most)s MB here. The command"
            " “commondesk review” reads files of any size."
        )
        return larger % {"name": left[0][:120], "most": handed.MOST_BYTES // 1024**2}
    if not given:
        return gettext("Choose a file that is not empty.")
    if len(given) > handed.MOST_FILES:
        many = gettext("At most %(most)s files go together. Pack them into a ZIP.")
        return many % {"most": handed.MOST_FILES}
    return ""


# ---- one export -----------------------------------------------------------------------------


@require_safe
@member(*NEEDS)
def export(visit: Visit, uuid: UUID) -> HttpResponse:
    """How an export is read, its first tickets, and what came of its review."""
    return _shown(visit, _export(visit, uuid))


def _shown(visit: Visit, export: Export, refusal: str = "") -> HttpResponse:
    look, result = export.made(LOOK), export.made(RESULT)
    work = works.latest(export)
    context = {
        "export": export,
        "who": queries.titles({export.person}).get(export.person, ""),
        "look": look,
        "result": result if export.is_reviewed else None,
        "work": _work(visit, work),
        "is_mine": work is not None and work.person == visit.viewer.person_uuid,
        "refusal": refusal,
        "form": _form(export, look),
        "mapping": export.terms.mapping or (look or {}).get("mapping", ""),
        "zones": forms.zones(),
        "its_zone": ZoneInfo(export.terms.zone or "UTC"),
        "charters": _charters(visit),
        "lens_names": _lens_names(),
        "telling": telling,
        "may_import": visit.may(Right.IMPORT_TICKETS) and not visit.company.is_sample,
    }
    return page(visit, "exports/export.html", context, status=422 if refusal else 200)


@require_safe
@member(*NEEDS)
def under_way(visit: Visit, uuid: UUID) -> HttpResponse:
    """How far the work on an export is; once it has ended, the whole page is asked for anew."""
    export = _export(visit, uuid)
    work = works.latest(export)
    context = {
        "export": export,
        "work": _work(visit, work),
        "is_mine": work is not None and work.person == visit.viewer.person_uuid,
    }
    answer = page(visit, "exports/under_way.html", context)
    if work is None or work.state not in asking.OPEN:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@member(*NEEDS)
def read_as(visit: Visit, uuid: UUID) -> HttpResponse:
    """Say how it is to be read, and have it looked at once more."""
    export = _export(visit, uuid)
    if _is_busy(export):
        return _shown(visit, export, gettext("It is being worked on. Wait for that, or stop it."))
    given = visit.request.POST.dict()
    look = export.made(LOOK) or {}
    named = {each["name"] for each in look.get("formats", ())}
    taken_for = next((each["name"] for each in look.get("guesses", ())), "")
    chosen = str(given.get("format", ""))
    is_other = bool(chosen) and chosen != look.get("format")
    mapping = "" if is_other else _mapping(export, look, given)
    if len(mapping) > forms.LONGEST:
        return _shown(visit, export, gettext("The mapping is too long."))
    terms = replace(
        export.terms,
        # What it is taken for anyway needs no saying, and keeps its reason.
        format=chosen if chosen in named and chosen != taken_for else "",
        zone=given.get("zone", "") if given.get("zone", "") in forms.zones() else "",
        mapping=mapping,
    )
    said = handed.say(export, terms)
    handed.drop(said, RESULT, FIGURES, PACK)
    return _ask(visit, works.LOOKING, said)


def _mapping(export: Export, look: dict[str, Any], given: dict[str, str]) -> str:
    """The mapping that was said: in the form, as text, or from a file."""
    if "mapping" in given:
        return given["mapping"].replace("\r\n", "\n").strip()
    if "outline" not in look:
        return ""
    before = said_of(export.terms.mapping or look.get("mapping", ""))
    return forms.said_in(given, before).text()


@require_POST
@member(*NEEDS)
def review(visit: Visit, uuid: UUID) -> HttpResponse:
    """Have it reviewed, as it was looked at, by a charter or none."""
    export = _export(visit, uuid)
    look, hindrance = _looked_at(export)
    if hindrance:
        return _shown(visit, export, hindrance)
    charter, refusal = _charter(visit, export)
    if refusal:
        return _shown(visit, export, refusal)
    lens = visit.request.POST.get("lens", "")
    terms = _as_looked_at(export, look, charter=charter, lens=lens if lens in _lens_names() else "")
    return _ask(visit, works.REVIEWING, handed.say(export, terms))


@require_POST
@member(Right.IMPORT_TICKETS)
def import_tickets(visit: Visit, uuid: UUID) -> HttpResponse:
    """Put its tickets into the company's record: nothing takes them out again."""
    visit.require(Right.REVIEW_EXPORTS)
    export = _export(visit, uuid)
    look, hindrance = _looked_at(export)
    if hindrance:
        return _shown(visit, export, hindrance)
    if visit.request.POST.get("sure") != "yes" or visit.company.is_sample:
        return _shown(visit, export, gettext("Say that you are sure: it cannot be taken back."))
    terms = _as_looked_at(export, look, charter=export.terms.charter, lens=export.terms.lens)
    return _ask(visit, works.IMPORTING, handed.say(export, terms))


@require_POST
@member(*NEEDS)
def remove(visit: Visit, uuid: UUID) -> HttpResponse:
    """Leave nothing of it; what is under way is stopped."""
    export = _export(visit, uuid)
    work = works.latest(export)
    if work is not None:
        asking.stop(work)
    works.put_away(export)
    handed.remove(export)
    messages.success(visit.request, gettext("%(title)s is deleted.") % {"title": export.title})
    return redirect("exports:list", visit.company.prefix)


# ---- what came of it ------------------------------------------------------------------------


@require_safe
@member(*NEEDS)
def pack(visit: Visit, uuid: UUID) -> HttpResponseBase:
    """The review pack, in a sandbox of its own; asked so, as a file to keep."""
    export = _export(visit, uuid)
    is_kept = "download" in visit.request.GET
    answer = _file(export, PACK, "text/html; charset=utf-8", "pack.html", is_kept=is_kept)
    answer["Content-Security-Policy"] = SANDBOX
    return answer


@require_safe
@member(*NEEDS)
def figures(visit: Visit, uuid: UUID) -> HttpResponseBase:
    """The figures for programs."""
    return _file(_export(visit, uuid), FIGURES, "application/json", "figures.json", is_kept=True)


@require_safe
@member(*NEEDS)
def mapping(visit: Visit, uuid: UUID) -> HttpResponse:
    """What its columns mean, as the command takes it."""
    export = _export(visit, uuid)
    text = export.terms.mapping or (export.made(LOOK) or {}).get("mapping", "")
    if not text:
        raise Http404
    answer = HttpResponse(text, content_type="text/yaml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="mapping.yaml"'
    return answer


def _file(export: Export, what: str, kind: str, end: str, *, is_kept: bool) -> HttpResponseBase:
    try:
        file = (export.folder / what).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(file, content_type=kind)
    how = "attachment" if is_kept else "inline"
    answer["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(f'{export.title} {end}')}"
    return answer


# ---- behind them ----------------------------------------------------------------------------


def _export(visit: Visit, uuid: UUID) -> Export:
    """Raises Http404: another company's looks like none."""
    found = handed.export_of(visit.company.uuid, uuid)
    if found is None:
        raise Http404
    return found


def _ask(visit: Visit, kind: str, export: Export) -> HttpResponse:
    """Have the worker do it, and show how far it is."""
    try:
        works.ask(kind, export, visit.viewer.person_uuid, at=visit.at)
    except asking.TooMany:
        told = gettext("You have several long works under way. Wait for one to end.")
        messages.warning(visit.request, told)
    return redirect("exports:export", visit.company.prefix, export.uuid)


def _looked_at(export: Export) -> tuple[dict[str, Any], str]:
    """What looking at it found, and why nothing can be made of that now, if so."""
    look = export.made(LOOK) or {}
    if _is_busy(export):
        return look, gettext("It is being worked on. Wait for that, or stop it.")
    if look.get("problems") or not look.get("format"):
        return look, gettext("Answer what is asked first, and look at it again.")
    return look, ""


def _is_busy(export: Export) -> bool:
    work = works.latest(export)
    return work is not None and work.state in asking.OPEN


def _work(visit: Visit, work: Work | None) -> Shown | None:
    """The last work in words, while it is of interest: under way, failed, or an import."""
    if work is None or (work.state == Work.State.DONE and work.kind != works.IMPORTING):
        return None
    return shown_work(visit, work)


def _form(export: Export, look: dict[str, Any] | None) -> forms.TableForm | None:
    """The form for a table; None where there is no table, or a form cannot show the mapping."""
    if look is None or "outline" not in look:
        return None
    said = said_of(export.terms.mapping or look["mapping"])
    return forms.form_of(look["outline"], said) if said is not None else None


def _as_looked_at(export: Export, look: dict[str, Any], *, charter: str, lens: str) -> Terms:
    """What was looked at is what is read: what was proposed and not corrected is said now."""
    mapping = look.get("mapping", "") if look.get("takes_mapping") else ""
    return replace(
        export.terms,
        format=look["format"],
        mapping=export.terms.mapping or mapping,
        charter=charter,
        lens=lens,
    )


def _charters(visit: Visit) -> list[tuple[str, str]]:
    """The charters by which an export may be reviewed, by version, the newest first."""
    found = []
    for each in sorted(charters.versions_of(visit.company.uuid), key=lambda one: -one.version):
        if policy.may_read_charter(visit.viewer, each.provider):
            told = gettext("Version %(version)s: %(title)s")
            words = {"version": each.version, "title": charters.whole(each).about.title}
            found.append((str(each.version), told % words))
    return found


def _charter(visit: Visit, export: Export) -> tuple[str, str]:
    """Which charter was chosen, and what is wrong with that."""
    file = visit.request.FILES.get("charter_file")
    if file is not None and file.size:
        if file.size > LARGEST_CHARTER:
            return "", gettext("The charter is too large to be one.")
        (export.folder / works.CHARTER).write_bytes(file.read())
        return works.OWN_FILE, ""
    chosen = visit.request.POST.get("charter", "")
    known: Iterable[str] = (number for number, _ in _charters(visit))
    if chosen == works.OWN_FILE and (export.folder / works.CHARTER).exists():
        return chosen, ""
    return (chosen, "") if chosen in {"", *known} else ("", gettext("There is no such charter."))


def _lens_names() -> dict[str, str]:
    from commondesk.core.service_level.lens import PRESETS

    return {name: lenses.title(name) for name in PRESETS}
