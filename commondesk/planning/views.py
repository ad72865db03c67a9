"""The guided path: cases, and the steps through one of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.charter.yaml_text import MOST_BYTES
from commondesk.core.texts import gettext
from commondesk.planning import (
    actions,
    between,
    costs,
    exchange,
    explaining,
    procuring,
    queries,
    rostering,
    sheet,
    staffed,
    staffing,
    wording,
)
from commondesk.planning import worked as works
from commondesk.planning.at_hand import (
    begun,
    case_of,
    document_of,
    measured_beside,
    to_step,
    write_answers,
)
from commondesk.planning.document import Document
from commondesk.planning.models import Case
from commondesk.planning.questions import STEPS, Step


@require_safe
@member(Right.PLAN)
def cases(visit: Visit) -> HttpResponse:
    """All cases of the company, and the plans that were kept."""
    context = {
        "cases": queries.cases(visit.company.uuid),
        "plans": queries.plans(visit.company.uuid),
    }
    return page(visit, "planning/cases.html", context)


@require_POST
@member(Right.PLAN)
def begin(visit: Visit) -> HttpResponse:
    """Begin a case with nothing in it but a name."""
    title = visit.request.POST.get("title", "") or gettext("IT support")
    return begun(visit, title, {})


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.PLAN)
def import_(visit: Visit) -> HttpResponseBase:
    """Begin a case with a CASE.yaml, pasted or as a file."""
    context: dict[str, object] = {"text": "", "title": "", "problem": None}
    if visit.request.method != "POST":
        return page(visit, "planning/import.html", context)
    file = visit.request.FILES.get("file")
    text: str | bytes = visit.request.POST.get("text", "")
    if file is not None and not isinstance(file, list):
        text = file.read(MOST_BYTES + 1)
    title = visit.request.POST.get("title", "")
    try:
        document = exchange.from_text(text)
    except exchange.Unreadable as unreadable:
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        context |= {"text": shown, "title": title, "problem": unreadable}
        return page(visit, "planning/import.html", context, status=422)
    return begun(visit, title or exchange.title_in(document) or gettext("IT support"), document)


# ---- a step -------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.PLAN)
def step(visit: Visit, case: UUID, step: str) -> HttpResponseBase:
    """One step of a case; answers are saved as they come, and what they change is sent back."""
    row = case_of(visit, case)
    if step not in STEPS:
        raise Http404
    asked = STEPS[step]
    if visit.request.method == "POST":
        return _answered(visit, row, asked)
    document = document_of(row)
    return page(visit, "planning/step.html", context_of(visit, row, asked, document))


@require_safe
@member(Right.PLAN)
def people(visit: Visit, case: UUID) -> HttpResponse:
    """How many people it takes, or how far that is: a part of the step on demand."""
    row = case_of(visit, case)
    document = document_of(row)
    question = works.worked(document).people
    answer = staffing.answer_now(row, question)
    if answer is None and question is not None:
        return page(visit, "planning/waiting.html", _waiting(visit, row))
    return page(visit, "planning/found.html", context_of(visit, row, STEPS["demand"], document))


@require_safe
@member(Right.PLAN)
def told(visit: Visit, case: UUID) -> HttpResponse:
    """How a number of the cost came about: for whoever taps on it."""
    row, made = _worked(visit, case)
    asked = visit.request.GET
    found = None
    if made.cost:
        found = explaining.panel(made.cost, asked.get("model", ""), asked.get("of", ""))
    if found is None:
        raise Http404
    return _part(visit, "planning/told.html", {"case": row, "panel": found, "made": made})


@require_safe
@member(Right.PLAN)
def two(visit: Visit, case: UUID) -> HttpResponse:
    """Two models against each other."""
    row, made = _worked(visit, case)
    if made.cost is None or len(made.cost.options) < 2:
        raise Http404
    keys = [each.key for each in made.cost.options]
    base = costs.base_of(made.cost)
    one = visit.request.GET.get("one", "") or (base.key if base else keys[0])
    rest = [each for each in keys if each != one]
    other = visit.request.GET.get("other", "") or rest[0]
    context = {
        "case": row,
        "options": made.cost.options,
        "one": one,
        "other": other,
        "against": between.against(made.cost, one, other),
        "chances": between.chances(made.cost),
        "words": wording,
    }
    return _part(visit, "planning/between.html", context)


@require_safe
@member(Right.PLAN)
def record(visit: Visit, case: UUID) -> HttpResponse:
    """What the company's own tickets, and its reviewed exports, show beside what was answered."""
    row = case_of(visit, case)
    document = document_of(row)
    context = {
        "case": row,
        "sources": measured_beside(visit, document),
        "words": wording,
        "back": "diagnosis",
    }
    return _part(visit, "planning/record.html", context)


def _worked(visit: Visit, case: UUID) -> tuple[Case, works.Worked]:
    """Raises Http404."""
    row = case_of(visit, case)
    document = document_of(row)
    return row, works.worked(document)


def _part(visit: Visit, template: str, context: dict[str, object]) -> HttpResponse:
    """A part of a page for a page that asks for it, else a page of its own."""
    is_part = "HX-Request" in visit.request.headers
    return page(visit, template, {"back": "cost", "is_part": is_part} | context)


def _waiting(visit: Visit, case: Case) -> dict[str, object]:
    return {"case": case, "waiting": staffing.waiting(visit, case)}


def _answered(visit: Visit, case: Case, asked: Step) -> HttpResponseBase:
    before = document_of(case)
    shown = sheet.asked_in(asked, before)
    answers = sheet.answers_in(shown, _posted(visit), before)
    is_part = "HX-Request" in visit.request.headers
    try:
        document = write_answers(visit, case, answers)
    except Case.DoesNotExist:
        raise Http404 from None
    except actions.UnfitCase as unfit:
        if is_part:
            return HttpResponse(str(unfit), status=422, content_type="text/plain; charset=utf-8")
        messages.warning(visit.request, str(unfit))
        document = before
    if not is_part:
        return to_step(visit, case, _onward(visit, asked))
    if document == before:
        return HttpResponse(status=204)
    if list(sheet.asked_in(asked, document).questions) != list(shown.questions):
        # Other questions fit now: the page is asked for anew.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return page(visit, "planning/answered.html", context_of(visit, case, asked, document))


def _posted(visit: Visit) -> dict[str, str]:
    given: MultiValueDict[str, str] = visit.request.POST
    return {name: given.get(name, "") for name in given}


def _onward(visit: Visit, asked: Step) -> str:
    """The step that the button names, else the same."""
    wanted = visit.request.POST.get("onward", "")
    return wanted if wanted in STEPS else asked.key


def context_of(visit: Visit, case: Case, asked: Step, document: Document) -> dict[str, object]:
    made = works.worked(document)
    more: dict[str, object] = {"costs": None, "risks": None}
    answer = staffing.answer_of(case, made.people)
    if asked.key == "demand" and made.people and answer is None:
        more |= _waiting(visit, case)
    if asked.key in ("charter", "providers"):
        more["procuring"] = procuring.procuring(made, visit.company)
    model = visit.request.GET.get("model", "") or works.suggested(made)
    more["results_first"] = asked.key in ("cost", "risks", "providers")
    if asked.key == "risks":
        more["roster"] = rostering.latest(case, visit.viewer.person_uuid, document)
    if made.cost and asked.key in ("cost", "risks"):
        more["costs"] = costs.costs_of(made.cost, model)
    if made.cost and asked.key == "risks":
        more["risks"] = costs.risks_of(made.cost, model)
    order = [sheet.asked_in(each, document) for each in STEPS.values()]
    place = list(STEPS).index(asked.key)
    asked = order[place]
    return {
        "case": case,
        "step": asked,
        "steps": order,
        "place": place + 1,
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < len(order) else None,
        "groups": sheet.groups_of(asked, document, made.complaints),
        "unplaced": sheet.unplaced(order, made.complaints),
        "worked": made,
        "words": wording,
        "people": answer,
        "is_quick": made.people is None or answer is not None or staffed.is_quick(made.people),
        "staffed": staffed,
        "model": works.priced_of(made, model),
        "spread": works.spread_of(made, model),
        "done": progress(order, document, made),
        **more,
    }


def progress(order: Sequence[Step], document: Document, made: works.Worked) -> dict[str, int]:
    """How far each step is, of 100: the share of its questions that are answered, or of the scores
    that are given."""
    shares = {"providers": procuring.progress(made)}
    for each in order:
        if each.key in shares:
            continue
        asked = [
            one
            for group in sheet.groups_of(each, document, made.complaints)
            if not group.group.is_folded
            for one in group.asked
        ]
        shares[each.key] = (
            round(100 * sum(one.is_answered for one in asked) / len(asked)) if asked else 0
        )
    return shares
