"""The one way in: whoever signs in, is invited or sets up passes through here."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse

from commondesk.accounts.models import Person


def let_in(request: HttpRequest, person: Person, onward: str) -> HttpResponse:
    """Sign somebody in whose word was taken: the way onward, or first to their second factor."""
    answer: Any = perform_login(request, person, redirect_url=onward)
    assert isinstance(answer, HttpResponse)
    return answer
