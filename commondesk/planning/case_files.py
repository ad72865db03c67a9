"""A case as a file: its answers, the request to providers, a workbook, pages for the board."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member
from commondesk.accounts.policy import Right
from commondesk.core import texts
from commondesk.core.planner.document import markdown
from commondesk.core.record.instant import datetime_of
from commondesk.desk.wording import calendar_words
from commondesk.planning import exchange, procuring, rostering, staffing
from commondesk.planning import worked as works
from commondesk.planning.at_hand import case_of, document_of
from commondesk.planning.document import Document
from commondesk.planning.models import Case


@require_safe
@member(Right.PLAN)
def download(visit: Visit, case: UUID, form: str) -> HttpResponse:
    """The case as a file."""
    row = case_of(visit, case)
    maker = FORMS.get(form)
    if maker is not None:
        media_type, is_english, make = maker
        with texts.spoken(texts.ENGLISH if is_english else texts.language()):
            content = make(visit, row, document_of(row))
    elif form in DUTIES:
        searched = rostering.latest(row, visit.viewer.person_uuid, document_of(row))
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
"""Media type, whether it speaks English whoever asks, and what makes it."""
DUTIES = {"csv": "text/csv; charset=utf-8", "ics": "text/calendar; charset=utf-8"}
"""Files of a roster that was searched."""
