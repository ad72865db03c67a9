"""A program that asks the desk: tokens, requests, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.test import Client

from commondesk.accounts import tokens
from commondesk.accounts.models import Person
from commondesk.accounts.tokens import Scope
from commondesk.core.record.instant import DAY
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast

TICKETS = "/api/v1/tickets"
NEW = {"subject": "Press 4 stands still", "text": "It stopped at nine."}


def token_for(
    cast: Cast, person: Person, scopes: Iterable[str] = Scope, *, company: Any = None
) -> str:
    """The secret of a new token of this person."""
    at = instant_now()
    issued = tokens.issue(
        company or cast.uuid,
        at=at,
        actor=cast.actor(person) if company is None else _actor(person, company),
        title="a script",
        scopes=scopes,
        expires_at=at + 30 * DAY,
    )
    return issued.secret


def _actor(person: Person, company: Any) -> Any:
    from commondesk.accounts import policy

    viewer = policy.viewer_of(person, company)
    assert viewer is not None
    return viewer.actor


class Program:
    """Asks with one token, or with none."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str = TICKETS, *, headers: Any = None, **query: Any) -> HttpResponse:
        return self.client.get(path, query, headers=self.headers | (headers or {}))  # type: ignore[return-value]

    def post(
        self, path: str = TICKETS, body: object = None, *, raw: bytes | None = None, **headers: str
    ) -> HttpResponse:
        content = json.dumps(NEW if body is None else body).encode() if raw is None else raw
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(  # type: ignore[return-value]
            path,
            content,
            content_type=named.pop("Content-Type", "application/json"),
            headers=self.headers | named,
        )


def told(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of a response of that status."""
    assert response.status_code == status, response.content[:2000]
    return json.loads(response.content)


def problem(response: HttpResponse, status: int, field: str = "") -> Any:
    """The problem that a response tells, about that field if one is named."""
    assert response["Content-Type"] == "application/problem+json", response.content[:500]
    found = told(response, status)
    assert found["status"] == status and found["detail"]
    if field:
        assert field in [each["field"] for each in found["errors"]], found
    return found
