"""What is asked of each request of somebody who is signed in, before any page answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from commondesk.accounts.doors import factors, sessions
from commondesk.accounts.models import Person
from commondesk.ledger.now import instant_now

Answer = Callable[[HttpRequest], HttpResponse]
ALWAYS_OPEN = ("/you/", "/sign-in/", "/sign-out/", "/healthz")
"""What somebody reaches who still has to set up a second factor."""


def at_the_door(answer: Answer) -> Answer:
    """End sessions that are too old; send on who still lacks a second factor that is asked for."""

    def answered(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, Person):
            return answer(request)
        sessions.note_use(request, instant_now())
        if _lacks_a_factor(request):
            return redirect("accounts:you")
        return answer(request)

    return answered


def _lacks_a_factor(request: HttpRequest) -> bool:
    if request.path.startswith(ALWAYS_OPEN) or not isinstance(request.user, Person):
        return False
    return factors.needs_second_factor(request.user) and not factors.has_second_factor(request.user)
