"""The charter, to read."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.governance import queries


@require_safe
@member(Right.READ_CHARTER)
def charter(visit: Visit) -> HttpResponse:
    """The charter in force, as one sheet."""
    sheet = queries.charter_sheet(visit.company.uuid, visit.at)
    return page(visit, "governance/charter.html", {"sheet": sheet})
