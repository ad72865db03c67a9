"""API-01: the API keeps to its own OpenAPI document, whoever asks and whatever they send.

Schemathesis makes the requests out of the document and hands them to the application itself. More
than the few of a test run: `COMMONDESK_REAL_DATA` has nothing to do with it, `EXAMPLES` has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, Verbosity, settings
from schemathesis.checks import CHECKS

from commondesk.accounts.tokens import Scope
from commondesk.api.document import made
from commondesk.desk import actions, projections
from commondesk.ledger import verify
from commondesk.ledger.now import instant_now
from tests.api.asking import Program, token_for, told
from tests.desk.cast import Cast

EXAMPLES = 15
PERSONAS = ("agent", "reader", "auditor")


@pytest.fixture(autouse=True)
def often_enough(settings: Any) -> None:
    settings.API_RATE = 1_000_000


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The application within the test's own transaction: no request may end its connection."""
    ends = (request_started, request_finished)
    for each in ends:
        each.disconnect(close_old_connections)
    yield
    for each in ends:
        each.connect(close_old_connections)


def token_of(cast: Cast, persona: str) -> str:
    if persona == "agent":
        return token_for(cast, cast.agent)
    if persona == "reader":
        return token_for(cast, cast.agent, [Scope.TICKETS_READ])
    member = cast.referent.memberships.get(company=cast.company)
    member.roles = ["auditor"]
    member.save()
    return token_for(cast, cast.referent)


def operations() -> list[tuple[str, str]]:
    return [(path, method) for path, methods in made()["paths"].items() for method in methods]


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(("path", "method"), operations())
def test_the_document_is_kept(cast: Cast, path: str, method: str, persona: str) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.write_note, instant_now())(text="Between us.")
    number = cast.row(ticket).number
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    headers = {"Authorization": f"Bearer {token_of(cast, persona)}", "Host": "localhost"}
    checks = [each for each in CHECKS.get_all() if each.__name__ != "positive_data_acceptance"]
    operation = schema[path][method.upper()]

    def run(case: Any) -> None:
        if "key" in case.path_parameters and len(str(case.path_parameters["key"])) % 2:
            # Half of the time a ticket that is there.
            case.path_parameters["key"] = str(number)
        case.call_and_validate(headers=headers, checks=checks)

    schema_settings(_given(operation)(run))()
    assert verify.verify(cast.uuid).is_sound
    assert projections.differences(cast.uuid) == []


schema_settings = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)


def _given(operation: Any) -> Any:
    from hypothesis import given
    from schemathesis.generation import GenerationMode

    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    strategies = [operation.as_strategy(generation_mode=mode) for mode in modes]
    return given(case=strategies[0] | strategies[1])


def test_the_document_is_of_version_3_1_and_for_everybody(cast: Cast) -> None:
    document = told(Program().get("/api/v1/openapi.json"))
    assert document["openapi"].startswith("3.1")
    assert {(path, method) for path, method in operations()} == {
        ("/api/v1/tickets", "get"),
        ("/api/v1/tickets", "post"),
        ("/api/v1/tickets/{key}", "get"),
        ("/api/v1/tickets/{key}/messages", "get"),
        ("/api/v1/tickets/{key}/messages", "post"),
        ("/api/v1/tickets/{key}/events", "get"),
    }
    for operation in (each for path in document["paths"].values() for each in path.values()):
        assert operation["security"] == [{"Bearer": []}]
        for status, response in operation["responses"].items():
            media = "application/json" if status < "300" else "application/problem+json"
            assert set(response.get("content", {media: 0})) == {media}
