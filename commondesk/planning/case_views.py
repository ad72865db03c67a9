"""What is done with a whole case: versions, copies, files, comparing, keeping it as the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking
from commondesk.core import texts
from commondesk.core.planner.demand.calibration import TooLittleData
from commondesk.core.planner.document import markdown
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import datetime_of
from commondesk.core.service_level.charter_data import CharterError
from commondesk.core.texts import gettext, ngettext
from commondesk.desk.wording import calendar_words
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.planning import (
    actions,
    exchange,
    measured,
    procuring,
    queries,
    rostering,
    side_by_side,
    signals,
    since,
    staffing,
    wording,
)
from commondesk.planning import document as documents
from commondesk.planning import provider_questions as asks
from commondesk.planning import worked as works
from commondesk.planning.document import Document
from commondesk.planning.models import Case
from commondesk.planning.views import begun, found, measured_beside


@require_safe
@member(Right.PLAN)
def versions(visit: Visit, case: UUID) -> HttpResponse:
    """Every version of a case, by whom and when."""
    row = found(visit, case)
    context = {"case": row, "versions": queries.versions(row)}
    return page(visit, "planning/versions.html", context)


@require_safe
@member(Right.PLAN)
def compare(visit: Visit) -> HttpResponse:
    """Two cases side by side: what came of them, and every answer that differs."""
    rows = queries.cases(visit.company.uuid)
    one, other = _asked(visit, "one"), _asked(visit, "other")
    table = None
    if one and other:
        table = side_by_side.of(one, _document(one), other, _document(other))
    context = {"cases": rows, "one": one, "other": other, "table": table}
    return page(visit, "planning/compare.html", context)


def _asked(visit: Visit, name: str) -> Case | None:
    """The case that the address names; None where it names none. Raises Http404."""
    text = visit.request.GET.get(name, "")
    if not text:
        return None
    try:
        return found(visit, UUID(text))
    except ValueError:
        raise Http404 from None


def _document(case: Case, version: int = 0) -> Document:
    """Raises Http404."""
    document = queries.document_of(case, version)
    if document is None:
        raise Http404
    return document


# ---- files --------------------------------------------------------------------------------


@require_safe
@member(Right.PLAN)
def download(visit: Visit, case: UUID, form: str) -> HttpResponse:
    """The case as a file."""
    row = found(visit, case)
    maker = FORMS.get(form)
    if maker is not None:
        media_type, is_english, make = maker
        with texts.spoken(texts.ENGLISH if is_english else texts.language()):
            content = make(visit, row, _document(row))
    elif form in DUTIES:
        searched = rostering.latest(row, visit.viewer.person_uuid, _document(row))
        content = (searched.work.result or {}).get(form, "") if searched else ""
        media_type = DUTIES[form]
        if not content:
            raise Http404
    else:
        raise Http404
    name = f"plan-{visit.company.prefix}-{str(row.uuid)[:8]}.{form}"
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


Maker = Callable[[Visit, Case, Document], str | bytes]


def _request(visit: Visit, _case: Case, document: Document) -> str:
    return markdown(procuring.asked(works.worked(document), visit.company))


def _workbook(visit: Visit, case: Case, document: Document) -> bytes:
    """Costs, staffing and roster with live formulas. Raises Http404 where there is none of them."""
    from commondesk.planning.export import xlsx

    made = works.worked(document)
    people = staffing.answer_now(case, made.people)
    searched = rostering.latest(case, visit.viewer.person_uuid, document)
    costing = made.cost.costing if made.cost else None
    plan = people.plan if people else None
    roster = searched.figures if searched else None
    if costing is None and plan is None and roster is None:
        raise Http404
    return xlsx.workbook(costing, drawn=made.cost, people=plan, roster=roster)


def _board(visit: Visit, case: Case, document: Document) -> bytes:
    """Two pages for the board."""
    from commondesk.planning.export import pdf

    day = calendar_words(datetime_of(visit.at).astimezone(visit.zone).date())
    made = works.worked(document)
    people = staffing.answer_now(case, made.people)
    return pdf.board_pdf(works.board(made, visit.company.title, day, people))


FORMS: Mapping[str, tuple[str, bool, Maker]] = {
    "yaml": (
        "text/yaml; charset=utf-8",
        True,
        lambda _visit, _case, said: exchange.yaml_text(said),
    ),
    "json": ("application/json", True, lambda _visit, _case, said: exchange.json_text(said)),
    "md": ("text/markdown; charset=utf-8", False, _request),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        False,
        _workbook,
    ),
    "pdf": ("application/pdf", False, _board),
}
DUTIES = {"csv": "text/csv; charset=utf-8", "ics": "text/calendar; charset=utf-8"}
"""Files of a roster that was searched."""
"""Media type, whether it speaks English whoever asks, and what makes it."""


# ---- doing something with it --------------------------------------------------------------


@require_POST
@member(Right.PLAN)
def change(visit: Visit, case: UUID, verb: str) -> HttpResponse:
    """Rename, copy, delete, take an older version up again, or keep it as the plan."""
    row = found(visit, case)
    act = VERBS.get(verb)
    if act is None:
        raise Http404
    try:
        return act(visit, row)
    except (actions.NotAllowed, Case.DoesNotExist):
        raise Http404 from None
    except actions.UnfitCase as unfit:
        messages.warning(visit.request, str(unfit))
        return _back(visit, row)


def _back(visit: Visit, case: Case) -> HttpResponse:
    return redirect("planning:step", visit.company.prefix, case.uuid, "diagnosis")


def _rename(visit: Visit, case: Case) -> HttpResponse:
    actions.rename(case, title=visit.request.POST.get("title", ""), at=visit.at)
    return _back(visit, case)


def _duplicate(visit: Visit, case: Case) -> HttpResponse:
    title = gettext("Copy of %(title)s") % {"title": case.title}
    return begun(visit, title[: actions.LONGEST_TITLE], _document(case))


def _delete(visit: Visit, case: Case) -> HttpResponse:
    title = case.title
    actions.delete(case)
    messages.success(visit.request, gettext("“%(title)s” is deleted.") % {"title": title})
    return redirect("planning:cases", visit.company.prefix)


def _restore(visit: Visit, case: Case) -> HttpResponse:
    text = visit.request.POST.get("version", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    document = _document(case, number)
    actions.rewrite(case.uuid, at=visit.at, by=visit.viewer.person_uuid, document=document)
    said = gettext("Version %(number)s is taken up again, as a new version.") % {"number": number}
    messages.success(visit.request, said)
    return _back(visit, case)


def _keep(visit: Visit, case: Case) -> HttpResponse:
    document = _document(case)
    made = works.worked(document)
    chosen = visit.request.POST.get("option", "")
    plan = actions.keep_plan(
        visit.company.uuid,
        at=visit.at,
        actor=visit.viewer.actor,
        title=case.title,
        document=document,
        option=chosen if chosen in works.options(made) else "",
        figures=works.figures(made, chosen, staffing.answer_now(case, made.people)),
    )
    messages.success(visit.request, gettext("Kept as the plan. Reviews can compare with it."))
    return redirect("planning:kept", visit.company.prefix, plan)


def _fill(visit: Visit, case: Case) -> HttpResponse:
    """Take the demand, and the signals nobody has answered yet, from the company's own tickets."""
    _fill_signals(visit, case)
    try:
        calibration = measured.measured(visit.company.uuid, visit.zone, visit.at)
    except TooLittleData as little:
        messages.warning(visit.request, str(little))
    else:
        answers = measured.answers_of(calibration, _document(case))
        actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers=answers)
        for said in (*calibration.told, *calibration.lacks):
            messages.success(visit.request, said)
    return redirect("planning:step", visit.company.prefix, case.uuid, "demand")


def _fill_signals(visit: Visit, case: Case) -> None:
    found = signals.measured(visit.company.uuid, visit.at)
    if answers := signals.answers_of(found, _document(case)):
        actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers=answers)
    for each in found:
        messages.success(
            visit.request,
            gettext("Diagnosis, from your tickets: %(words)s.") % {"words": each.words},
        )


def _take(visit: Visit, case: Case) -> HttpResponse:
    """Answer what is ticked with what was measured."""
    shown = measured_beside(visit, _document(case))
    said = signals.taken(shown, set(visit.request.POST.getlist("take")))
    if said:
        actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers=said)
        told = ngettext(
            "%(count)s answer is taken over from what was measured.",
            "%(count)s answers are taken over from what was measured.",
            len(said),
        )
        messages.success(visit.request, told % {"count": len(said)})
    return _back(visit, case)


def _add_provider(visit: Visit, case: Case) -> HttpResponse:
    """Begin a provider with nothing but its name."""
    page = redirect("planning:step", visit.company.prefix, case.uuid, "providers")
    name = actions.fit_title(visit.request.POST.get("name", ""))
    document = _document(case)
    if len(asks.offers_in(document)) >= asks.MOST:
        messages.warning(
            visit.request,
            gettext("A case compares at most %(most)s providers. Take one out first.")
            % {"most": asks.MOST},
        )
        return page
    place = f"{asks.OFFERS}.{asks.free_key(document)}.name"
    actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers={place: name})
    return page


def _drop_provider(visit: Visit, case: Case) -> HttpResponse:
    """Take a provider out of the case; an older version of the case still has it."""
    offers, key = asks.offers_in(_document(case)), visit.request.POST.get("provider", "")
    if key not in offers:
        raise Http404
    listed = documents.at(_document(case), asks.OFFERS)
    is_last = isinstance(listed, dict) and len(listed) == 1
    gone = [asks.OFFERS, asks.WEIGHTS] if is_last else [f"{asks.OFFERS}.{key}"]
    answers: dict[str, Json] = dict.fromkeys(gone)
    actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers=answers)
    return redirect("planning:step", visit.company.prefix, case.uuid, "providers")


def _roster(visit: Visit, case: Case) -> HttpResponse:
    """Have the roster searched, as long work."""
    if works.worked(_document(case)).case.roster is None:
        messages.warning(visit.request, gettext("Fill the questions on shifts first."))
        return redirect("planning:step", visit.company.prefix, case.uuid, "risks")
    person = visit.viewer.person_uuid
    try:
        work = asking.ask(
            visit.company.uuid, person, rostering.NAME, rostering.asked(case), at=visit.at
        )
    except asking.TooMany:
        messages.warning(visit.request, gettext("Wait until what you asked for is done."))
        return redirect("works:list", visit.company.prefix)
    return redirect("works:work", visit.company.prefix, work.uuid)


def _people(visit: Visit, case: Case) -> HttpResponse:
    """Have the teams tried, as long work."""
    demand = redirect("planning:step", visit.company.prefix, case.uuid, "demand")
    if works.worked(_document(case)).people is None:
        messages.warning(visit.request, gettext("Fill the questions on demand first."))
        return demand
    try:
        staffing.ask(case, visit.viewer.person_uuid, at=visit.at)
    except asking.TooMany:
        messages.warning(visit.request, gettext("Wait until what you asked for is done."))
        return redirect("works:list", visit.company.prefix)
    return demand


def _halt_people(visit: Visit, case: Case) -> HttpResponse:
    """Wish that trying the teams stops."""
    staffing.stop(case, visit.viewer.person_uuid)
    return redirect("planning:step", visit.company.prefix, case.uuid, "demand")


def _draft_charter(visit: Visit, case: Case) -> HttpResponse:
    """Write the charter down as a draft, to be read, changed and signed there."""
    visit.require(Right.EDIT_CHARTER)
    made = works.worked(_document(case))
    try:
        document = procuring.charter_document(made, visit.company, case.title)
        uuid = governance.draft_charter(
            visit.company.uuid, at=visit.at, actor=visit.viewer.actor, document=document
        )
    except governance.NotAllowed:
        raise Http404 from None
    except (CharterError, governance.UnfitStep) as unfit:
        messages.warning(visit.request, str(unfit))
        return redirect("planning:step", visit.company.prefix, case.uuid, "charter")
    number = next(
        each.version for each in charters.versions_of(visit.company.uuid) if each.uuid == uuid
    )
    said = gettext("Version %(number)s of the charter is written down, as a draft.")
    messages.success(visit.request, said % {"number": number})
    return redirect("governance:version", visit.company.prefix, number)


VERBS: Mapping[str, Callable[[Visit, Case], HttpResponse]] = {
    "rename": _rename,
    "duplicate": _duplicate,
    "delete": _delete,
    "restore": _restore,
    "keep": _keep,
    "charter": _draft_charter,
    "fill": _fill,
    "take": _take,
    "provider": _add_provider,
    "drop-provider": _drop_provider,
    "roster": _roster,
    "people": _people,
    "halt-people": _halt_people,
}


# ---- the plan that was kept ---------------------------------------------------------------


@require_safe
@member(Right.PLAN)
def kept(visit: Visit, plan: UUID) -> HttpResponse:
    """A plan as it was kept, beside what has come of it since."""
    one = queries.plan_of(visit.company.uuid, plan)
    if one is None:
        raise Http404
    context = {"plan": one, "since": since.since(visit, one), "words": wording}
    return page(visit, "planning/kept.html", context)
