"""The page of tokens: made once, shown once, revoked by those who may."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from commondesk.accounts.models import ApiToken, Person
from tests.api.asking import Program, problem, token_for, told
from tests.desk.cast import Cast

GIVEN = {"title": "nightly export", "scopes": ["tickets:read"], "days": "90"}


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(cast: Cast) -> str:
    return f"/c/{cast.company.prefix}/tokens/"


def test_a_token_is_issued_shown_once_and_works(cast: Cast) -> None:
    client, path = signed_in(cast.agent), page_of(cast)
    given = GIVEN | {"token": str(uuid4())}
    shown = client.post(path, given).content.decode()
    (secret,) = re.findall(r'value="(cdk_[^"]+)"', shown)
    told(Program(secret).get())
    problem(Program(secret).post(), 403)
    listed = client.get(path).content.decode()
    assert secret not in listed and "nightly export" in listed
    # The same form sent again, by reloading the page for instance.
    again = client.post(path, given)
    assert again.status_code == 422 and "made already" in again.content.decode()
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"title": ""},
        {"title": "x" * 101},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"days": "400"},
        {"days": ""},
        {"token": "x"},
    ],
)
def test_an_unfit_form_says_so_and_makes_nothing(cast: Cast, more: dict[str, object]) -> None:
    response = signed_in(cast.agent).post(page_of(cast), GIVEN | {"token": str(uuid4())} | more)
    assert response.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_holder_and_by_whoever_manages_people(cast: Cast) -> None:
    secrets = [token_for(cast, cast.agent) for _ in range(2)]
    tokens = ApiToken.objects.order_by("created_at")
    for client, token in zip(map(signed_in, (cast.agent, cast.referent)), tokens, strict=True):
        path = f"{page_of(cast)}{token.uuid}/revoke/"
        assert client.get(path).status_code == 405
        assert client.post(path).status_code == 302
    for secret in secrets:
        problem(Program(secret).get(), 401)


def test_nobody_else_sees_or_revokes_a_token(cast: Cast) -> None:
    token_for(cast, cast.agent)
    token = ApiToken.objects.get()
    assert "a script" in signed_in(cast.referent).get(page_of(cast)).content.decode()
    assert "a script" not in signed_in(cast.expert).get(page_of(cast)).content.decode()
    for person in (cast.expert, cast.requester, cast.outsider):
        client = signed_in(person)
        assert client.post(f"{page_of(cast)}{token.uuid}/revoke/").status_code == 404
        assert client.post(f"{page_of(cast)}{uuid4()}/revoke/").status_code == 404
    for person in (cast.requester, cast.outsider):
        client = signed_in(person)
        assert client.get(page_of(cast)).status_code == 404
        assert client.post(page_of(cast), GIVEN | {"token": str(uuid4())}).status_code == 404
    assert ApiToken.objects.count() == 1 and ApiToken.objects.get().revoked_at is None


def test_a_form_without_its_secret_of_the_page_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.agent)
    assert client.post(page_of(cast), GIVEN | {"token": str(uuid4())}).status_code == 403
    assert not ApiToken.objects.exists()
