"""TEN-01: what is another company's looks like nothing, by every route and role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person

from .routes import ROUTES, Route, known_routes
from .world import PERSONAS, House, unknown

OF_COMPANIES = {name: route for name, route in ROUTES.items() if route.reach is not None}


def test_every_route_has_its_row() -> None:
    assert sorted(known_routes()) == sorted(ROUTES)


def test_every_part_of_an_address_has_its_kind() -> None:
    for name, pattern in known_routes().items():
        parts = set(pattern.pattern.converters) | ({"prefix"} if name in OF_COMPANIES else set())
        parts |= set(pattern.pattern.regex.groupindex)
        assert parts == set(ROUTES[name].ids), name


# ---- another company ----------------------------------------------------------------------


def test_a_company_that_is_not_theirs_is_none(acme: House, bolt: House) -> None:
    asked = 0
    for persona, person in {**acme.people, "founder": acme.founder}.items():
        client = entered(person)
        for name, route in OF_COMPANIES.items():
            for words in worded(route):
                foreign = words | bolt_parts(route, bolt)
                nowhere = foreign | {"prefix": unknown("prefix")}
                for method in methods(route):
                    seen = answer(client, method, name, foreign, route.form)
                    other = answer(client, method, name, nowhere, route.form)
                    assert seen == other, (persona, method, name)
                    assert seen.startswith("404"), (persona, method, name, seen[:200])
                    asked += 1
    assert asked > 250


def test_an_id_that_is_not_theirs_is_none(acme: House, bolt: House) -> None:
    asked = 0
    for persona, person in {**acme.people, "founder": acme.founder}.items():
        client = entered(person)
        for name, route in OF_COMPANIES.items():
            for words in worded(route):
                for foreign, nowhere in pairs(route, acme, bolt):
                    for method in methods(route):
                        seen = answer(client, method, name, words | foreign, route.form)
                        other = answer(client, method, name, words | nowhere, route.form)
                        assert seen == other, (persona, method, name, foreign)
                        assert seen[:3] in ("404", "405"), (persona, method, name, seen[:200])
                        asked += 1
    assert asked > 150


def test_who_is_nobody_is_asked_to_sign_in_whatever_they_name(acme: House) -> None:
    client = Client()
    for name, route in OF_COMPANIES.items():
        for words in worded(route):
            own = words | bolt_parts(route, acme)
            nowhere = own | {"prefix": unknown("prefix")}
            for method in methods(route):
                seen = answer(client, method, name, own, route.form)
                assert seen == answer(client, method, name, nowhere, route.form), name
                assert seen[:3] in ("302", "405"), (name, seen[:100])


# ---- one's own company --------------------------------------------------------------------


@pytest.mark.parametrize("persona", PERSONAS)
def test_who_is_answered_at_home(persona: str, acme: House) -> None:
    client = entered(acme.people[persona])
    for name, route in OF_COMPANIES.items():
        if not route.gets:
            continue
        for words in worded(route):
            query = {field: acme.ids[kind] for field, kind in route.query.items()}
            seen = answer(client, "get", name, words | bolt_parts(route, acme), query)
            assert route.reach is not None
            is_answered = seen[:3] != "404"
            assert is_answered is (persona in route.reach), (name, seen[:100])


# ---- asking -------------------------------------------------------------------------------


def entered(person: Person) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person)
    return client


def methods(route: Route) -> Iterator[str]:
    if route.gets:
        yield "get"
    if route.posts:
        yield "post"


def worded(route: Route) -> Iterator[dict[str, str]]:
    """The parts of an address that are words of ours, in every way worth trying."""
    choices = {part: kind[1:].split("|") for part, kind in route.ids.items() if kind[0] == "="}
    for index in range(max(map(len, choices.values()), default=1)):
        yield {part: some[index % len(some)] for part, some in choices.items()}


def bolt_parts(route: Route, house: House) -> dict[str, str]:
    return {part: house.ids[kind] for part, kind in route.ids.items() if kind[0] != "="}


def pairs(
    route: Route, acme: House, bolt: House
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Addresses at Acme with one id of Bolt's, each with its twin whose id nothing has."""
    own = bolt_parts(route, acme)
    kinds = {part: kind for part, kind in route.ids.items() if part in own and part != "prefix"}
    for part, kind in kinds.items():
        yield own | {part: bolt.ids[kind]}, own | {part: unknown(kind)}
    if len(kinds) > 1:
        foreign = {part: bolt.ids[kind] for part, kind in kinds.items()}
        yield own | foreign, own | {part: unknown(kind) for part, kind in kinds.items()}


def answer(
    client: Client, method: str, name: str, parts: Mapping[str, str], form: Mapping[str, str]
) -> str:
    """Status, headers and body, without what differs with every request and the address."""
    path = reverse(name, kwargs=dict(parts))
    response = getattr(client, method)(path, dict(form))
    return plain(response, path)


def plain(response: HttpResponseBase, path: str) -> str:
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    headers = sorted(
        f"{name}: {value}"
        for name, value in response.headers.items()
        if name not in ("Content-Length", "X-Request-Id")
    )
    text = "\n".join([str(response.status_code), *headers, body.decode(errors="replace")])
    text = text.replace(path, "PATH").replace(quote(path), "PATH")
    text = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    return re.sub(r"nonce-[\w+/=-]+", "nonce", text)
