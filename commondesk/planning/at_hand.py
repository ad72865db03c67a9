"""At hand: the case that an address names, its answers, and the way to a step of it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from commondesk.accounts.doorway import Visit
from commondesk.accounts.policy import Right
from commondesk.core.record.codec import Json
from commondesk.planning import actions, queries, signals
from commondesk.planning.document import Document
from commondesk.planning.models import Case


def case_of(visit: Visit, case: UUID) -> Case:
    """Raises Http404."""
    row = queries.case_of(visit.company.uuid, case)
    if row is None:
        raise Http404
    return row


def document_of(case: Case, version: int = 0) -> Document:
    """What was answered, now or in that version. Raises Http404."""
    document = queries.document_of(case, version)
    if document is None:
        raise Http404
    return document


def write_answers(visit: Visit, case: Case, answers: Mapping[str, Json]) -> Document:
    """Write answers down in the name of whoever is there. Raises UnfitCase."""
    return actions.answer(case.uuid, at=visit.at, by=visit.viewer.person_uuid, answers=answers)


def to_step(visit: Visit, case: Case, step: str) -> HttpResponse:
    """Go to a step of the case."""
    return redirect("planning:step", visit.company.prefix, case.uuid, step)


def begun(visit: Visit, title: str, document: Document) -> HttpResponse:
    """Begin a case, and go there."""
    try:
        case = actions.begin_case(
            visit.company.uuid,
            at=visit.at,
            by=visit.viewer.person_uuid,
            title=title,
            document=document,
        )
    except actions.UnfitCase as unfit:
        messages.warning(visit.request, str(unfit))
        return redirect("planning:cases", visit.company.prefix)
    return to_step(visit, case, "diagnosis")


def measured_beside(visit: Visit, document: Document) -> tuple[signals.Shown, ...]:
    """What was measured of the questions of a diagnosis, as far as this person may see it."""
    return signals.beside(
        visit.company.uuid,
        visit.zone,
        visit.at,
        document,
        with_exports=visit.may(Right.REVIEW_EXPORTS),
    )
