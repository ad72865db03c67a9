"""The page of the sample: play it, watch it being played, stop that, look, remove it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.models import Person
from commondesk.core.texts import gettext
from commondesk.ledger.now import instant_now
from commondesk.sample import jobs

View = Callable[[HttpRequest, Person], HttpResponse]


def player(view: View) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let in whoever may play the sample; for anybody else there is no such page."""

    @wraps(view)
    def door(request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        try:
            return view(request, jobs.require_player(request.user))
        except jobs.NotTheirs:
            raise Http404 from None

    return door


@require_safe
@player
def look(request: HttpRequest, person: Person) -> HttpResponse:
    """What the sample is, and how far it is."""
    return render(request, "sample/look.html", _told())


@require_safe
@player
def progress(request: HttpRequest, person: Person) -> HttpResponse:
    """How far the play is, for the page that asks again and again."""
    answer = render(request, "sample/progress.html", _told())
    there = jobs.sample()
    if there is not None:
        # The page goes where there is something to see.
        answer["HX-Redirect"] = reverse("review:review", args=[there.prefix])
    return answer


def _told() -> dict[str, object]:
    play, company = jobs.current(), jobs.sample()
    share = 100 * play.day // play.days if play and play.days else 0
    return {"play": play, "company": company, "share": share}


@require_POST
@player
def play(request: HttpRequest, person: Person) -> HttpResponse:
    """One tap plays it; where it is played already, one tap opens it."""
    jobs.ask(person, at=instant_now())
    there = jobs.sample()
    if there is not None:
        return redirect("review:review", there.prefix)
    return redirect("sample:look")


@require_POST
@player
def stop(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop the play; what it made goes away."""
    jobs.stop(person)
    messages.success(request, gettext("Stopped. What was played by then is being removed."))
    return redirect("accounts:front-door")


@require_POST
@player
def remove(request: HttpRequest, person: Person) -> HttpResponse:
    """Remove the sample."""
    jobs.remove(person)
    messages.success(request, gettext("The sample company is removed, without a trace."))
    return redirect("accounts:front-door")
