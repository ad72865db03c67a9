"""Mail that waits for a person: shown with its reason, never lost."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right

from . import queries, raw_files


@require_safe
@member(Right.WORK_TICKETS)
def held(visit: Visit) -> HttpResponse:
    """The mails on hold, and why."""
    return page(visit, "intake/held.html", {"held": queries.held_page(visit.company.uuid)})


@require_safe
@member(Right.WORK_TICKETS)
def held_count(visit: Visit) -> HttpResponse:
    """How many there are, as a fragment for other pages."""
    count = queries.held_count(visit.company.uuid)
    return page(visit, "intake/held_count.html", {"count": count})


@require_safe
@member(Right.WORK_TICKETS)
def raw(visit: Visit, pk: int) -> HttpResponseBase:
    """One of them as it came, to be saved: no browser ever shows it as a page of ours."""
    mail = queries.held_mail(visit.company.uuid, pk)
    if mail is None or not mail.path:
        raise Http404
    try:
        content = raw_files.path_of(mail.path).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=f"mail-{mail.pk}.eml",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
