"""Pages of the desk as somebody who is signed in gets them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person
from tests.desk.cast import Cast


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(cast: Cast, ticket: UUID, more: str = "") -> str:
    number = cast.row(ticket).number
    return reverse("desk:ticket", args=[cast.company.prefix, number]) + more


def shown(cast: Cast, person: Person, ticket: UUID, more: str = "") -> str:
    """The page of a ticket, or of what lies beside it."""
    answer = signed_in(person).get(address(cast, ticket, more))
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def press(cast: Cast, person: Person, ticket: UUID, verb: str, **given: object) -> HttpResponse:
    """Take a step from its page."""
    answer = signed_in(person).post(address(cast, ticket, f"steps/{verb}/"), given)
    assert isinstance(answer, HttpResponse)
    return answer
