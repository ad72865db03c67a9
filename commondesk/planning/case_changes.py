"""What is done with a whole case: named, copied, filled, worked on, kept as the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from commondesk.accounts.doorway import Visit, member
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking
from commondesk.core.planner.demand.calibration import TooLittleData
from commondesk.core.record.codec import Json
from commondesk.core.service_level.charter_data import CharterError
from commondesk.core.texts import gettext, ngettext
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.planning import actions, measured, procuring, rostering, signals, staffing
from commondesk.planning import document as documents
from commondesk.planning import provider_questions as asks
from commondesk.planning import worked as works
from commondesk.planning.at_hand import (
    begun,
    case_of,
    document_of,
    measured_beside,
    to_step,
    write_answers,
)
from commondesk.planning.models import Case


@require_POST
@member(Right.PLAN)
def change(visit: Visit, case: UUID, verb: str) -> HttpResponse:
    """Rename, copy, delete, take an older version up again, or keep it as the plan."""
    row = case_of(visit, case)
    act = VERBS.get(verb)
    if act is None:
        raise Http404
    try:
        return act(visit, row)
    except (actions.NotAllowed, Case.DoesNotExist):
        raise Http404 from None
    except actions.UnfitCase as unfit:
        messages.warning(visit.request, str(unfit))
        return to_step(visit, row, "diagnosis")


def _rename(visit: Visit, case: Case) -> HttpResponse:
    actions.rename(case, title=visit.request.POST.get("title", ""), at=visit.at)
    return to_step(visit, case, "diagnosis")


def _duplicate(visit: Visit, case: Case) -> HttpResponse:
    title = gettext("Copy of %(title)s") % {"title": case.title}
    return begun(visit, title[: actions.LONGEST_TITLE], document_of(case))


def _delete(visit: Visit, case: Case) -> HttpResponse:
    title = case.title
    actions.delete(case)
    messages.success(visit.request, gettext("“%(title)s” is deleted.") % {"title": title})
    return redirect("planning:cases", visit.company.prefix)


def _restore(visit: Visit, case: Case) -> HttpResponse:
    text = visit.request.POST.get("version", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    document = document_of(case, number)
    actions.rewrite(case.uuid, at=visit.at, by=visit.viewer.person_uuid, document=document)
    said = gettext("Version %(number)s is taken up again, as a new version.") % {"number": number}
    messages.success(visit.request, said)
    return to_step(visit, case, "diagnosis")


def _keep(visit: Visit, case: Case) -> HttpResponse:
    document = document_of(case)
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
        answers = measured.answers_of(calibration, document_of(case))
        write_answers(visit, case, answers)
        for said in (*calibration.told, *calibration.lacks):
            messages.success(visit.request, said)
    return to_step(visit, case, "demand")


def _fill_signals(visit: Visit, case: Case) -> None:
    found = signals.measured(visit.company.uuid, visit.at)
    if answers := signals.answers_of(found, document_of(case)):
        write_answers(visit, case, answers)
    for each in found:
        messages.success(
            visit.request,
            gettext("Diagnosis, from your tickets: %(words)s.") % {"words": each.words},
        )


def _take(visit: Visit, case: Case) -> HttpResponse:
    """Answer what is ticked with what was measured."""
    shown = measured_beside(visit, document_of(case))
    said = signals.taken(shown, set(visit.request.POST.getlist("take")))
    if said:
        write_answers(visit, case, said)
        told = ngettext(
            "%(count)s answer is taken over from what was measured.",
            "%(count)s answers are taken over from what was measured.",
            len(said),
        )
        messages.success(visit.request, told % {"count": len(said)})
    return to_step(visit, case, "diagnosis")


def _add_provider(visit: Visit, case: Case) -> HttpResponse:
    """Begin a provider with nothing but its name."""
    page = to_step(visit, case, "providers")
    name = actions.fit_title(visit.request.POST.get("name", ""))
    document = document_of(case)
    if len(asks.offers_in(document)) >= asks.MOST:
        messages.warning(
            visit.request,
            gettext("A case compares at most %(most)s providers. Take one out first.")
            % {"most": asks.MOST},
        )
        return page
    place = f"{asks.OFFERS}.{asks.free_key(document)}.name"
    write_answers(visit, case, {place: name})
    return page


def _drop_provider(visit: Visit, case: Case) -> HttpResponse:
    """Take a provider out of the case; an older version of the case still has it."""
    offers, key = asks.offers_in(document_of(case)), visit.request.POST.get("provider", "")
    if key not in offers:
        raise Http404
    listed = documents.at(document_of(case), asks.OFFERS)
    is_last = isinstance(listed, dict) and len(listed) == 1
    gone = [asks.OFFERS, asks.WEIGHTS] if is_last else [f"{asks.OFFERS}.{key}"]
    answers: dict[str, Json] = dict.fromkeys(gone)
    write_answers(visit, case, answers)
    return to_step(visit, case, "providers")


def _roster(visit: Visit, case: Case) -> HttpResponse:
    """Have the roster searched, as long work."""
    if works.worked(document_of(case)).case.roster is None:
        messages.warning(visit.request, gettext("Fill the questions on shifts first."))
        return to_step(visit, case, "risks")
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
    demand = to_step(visit, case, "demand")
    if works.worked(document_of(case)).people is None:
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
    return to_step(visit, case, "demand")


def _draft_charter(visit: Visit, case: Case) -> HttpResponse:
    """Write the charter down as a draft, to be read, changed and signed there."""
    visit.require(Right.EDIT_CHARTER)
    made = works.worked(document_of(case))
    try:
        document = procuring.charter_document(made, visit.company, case.title)
        uuid = governance.draft_charter(
            visit.company.uuid, at=visit.at, actor=visit.viewer.actor, document=document
        )
    except governance.NotAllowed:
        raise Http404 from None
    except (CharterError, governance.UnfitStep) as unfit:
        messages.warning(visit.request, str(unfit))
        return to_step(visit, case, "charter")
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
