"""Cases seen from outside: their versions, two side by side, and the plan that was kept."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.planning import queries, side_by_side, since, wording
from commondesk.planning.at_hand import case_of, document_of
from commondesk.planning.models import Case


@require_safe
@member(Right.PLAN)
def versions(visit: Visit, case: UUID) -> HttpResponse:
    """Every version of a case, by whom and when."""
    row = case_of(visit, case)
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
        table = side_by_side.of(one, document_of(one), other, document_of(other))
    context = {"cases": rows, "one": one, "other": other, "table": table}
    return page(visit, "planning/compare.html", context)


def _asked(visit: Visit, name: str) -> Case | None:
    """The case that the address names; None where it names none. Raises Http404."""
    text = visit.request.GET.get(name, "")
    if not text:
        return None
    try:
        return case_of(visit, UUID(text))
    except ValueError:
        raise Http404 from None


@require_safe
@member(Right.PLAN)
def kept(visit: Visit, plan: UUID) -> HttpResponse:
    """A plan as it was kept, beside what has come of it since."""
    one = queries.plan_of(visit.company.uuid, plan)
    if one is None:
        raise Http404
    context = {"plan": one, "since": since.since(visit, one), "words": wording}
    return page(visit, "planning/kept.html", context)
