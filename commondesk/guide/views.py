"""The first ten minutes of a desk: a short path that shows by itself what is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext, gettext_noop
from commondesk.guide import steps
from commondesk.intake import given

SUBJECT = gettext_noop("Test request: the printer in the hall")
HELLO = gettext_noop("Hello,")
MATTER = gettext_noop(
    "the printer in the hall prints only grey stripes since this morning. We can still use the one"
    " upstairs."
)
TEST = gettext_noop("This is a test request that you sent yourself.")


@require_safe
@member(Right.EDIT_CHARTER)
def start(visit: Visit) -> HttpResponse:
    """The path; while a test request comes in, the steps alone for a page that looks again."""
    is_part = "HX-Request" in visit.request.headers
    context = {
        "path": steps.path_of(visit),
        "was_held": given.was_held(visit.company.uuid),
        "address": visit.company.desk_address,
    }
    return page(visit, "guide/steps.html" if is_part else "guide/start.html", context)


@require_safe
@member(Right.EDIT_CHARTER)
def shelf(visit: Visit) -> HttpResponse:
    """A line for other pages that leads here; nothing once all is done or it is put aside."""
    return page(visit, "guide/shelf.html", {"path": steps.path_of(visit)})


@require_POST
@member(Right.EDIT_CHARTER)
def send_request(visit: Visit) -> HttpResponse:
    """Hand over a request in the name of whoever is signed in, as a mail."""
    person = visit.request.user
    assert isinstance(person, Person)
    text = "\n\n".join(gettext(each) for each in (HELLO, MATTER, TEST)) + "\n"
    try:
        given.give(visit.company, person, subject=gettext(SUBJECT), text=text, at=visit.at)
    except given.NoAddress as refused:
        messages.warning(visit.request, str(refused))
    return redirect("guide:start", visit.company.prefix)


@require_POST
@member(Right.EDIT_CHARTER)
def aside(visit: Visit) -> HttpResponse:
    """Put the steps aside for oneself, or take them up again."""
    company, person = visit.company.uuid, visit.viewer.person_uuid
    if visit.request.POST.get("again"):
        steps.take_up(company, person)
        return redirect("guide:start", visit.company.prefix)
    steps.put_aside(company, person)
    messages.success(visit.request, gettext("Put aside. You find it again under your name."))
    return redirect("desk:queue", visit.company.prefix)
