"""API-03: a token opens what it is for, for as long as it is in force, and nothing else."""

import re
from typing import Any

import pytest
from django.test import Client

from commondesk.accounts import policy, tokens
from commondesk.accounts.models import ApiToken, Membership
from commondesk.accounts.tokens import Scope
from commondesk.api import rates
from commondesk.core.record.instant import DAY, MINUTE
from commondesk.desk.models import TicketRow
from commondesk.ledger.now import instant_now
from tests.api.asking import NEW, TICKETS, Program, problem, token_for, told
from tests.desk.cast import PASSWORD, Cast


def test_a_token_is_stored_as_a_hash_alone(cast: Cast) -> None:
    secret = token_for(cast, cast.agent)
    assert re.fullmatch(r"cdk_[A-Za-z0-9_-]{22,}", secret)
    row = ApiToken.objects.get()
    assert secret not in str(vars(row)) and row.digest == tokens.digest_of(secret)


def test_use_is_noted_once_a_minute(cast: Cast) -> None:
    secret, at = token_for(cast, cast.agent), instant_now()

    def used() -> int | None:
        return ApiToken.objects.get().last_used_at

    assert used() is None
    tokens.holder_of(secret, at=at)
    tokens.holder_of(secret, at=at + MINUTE - 1)
    assert used() == at
    tokens.holder_of(secret, at=at + MINUTE)
    assert used() == at + MINUTE


def expire() -> None:
    ApiToken.objects.update(expires_at=instant_now())


def revoke() -> None:
    ApiToken.objects.update(revoked_at=instant_now())


def leave() -> None:
    Membership.objects.filter(person__address="ada@helpers.example").update(is_active=False)


def switch_off() -> None:
    person = Membership.objects.get(person__address="ada@helpers.example").person
    person.is_active = False
    person.save()


def lose_the_right() -> None:
    Membership.objects.filter(person__address="ada@helpers.example").update(roles=["requester"])


@pytest.mark.parametrize("end", [expire, revoke, leave, switch_off, lose_the_right])
def test_a_token_that_is_over_opens_nothing(cast: Cast, agent: Program, end: Any) -> None:
    told(agent.get())
    end()
    assert problem(agent.get(), 401) == problem(Program().get(), 401)
    problem(agent.post(), 401)
    assert TicketRow.objects.count() == 0


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer cdk_",
        "Basic {}",
        "Bearer {}, Bearer {}",
        "Bearer {} {}",
        "Bearer  {}",
        "Bearer {}x",
        "Bearer \u00e9{}",
        "Token {}",
        "{}",
        "Bearer " + "cdk_" + "A" * 10_000,
    ],
)
def test_anything_but_one_whole_token_opens_nothing(cast: Cast, header: str) -> None:
    secret = token_for(cast, cast.agent)
    program = Program()
    program.headers = {"Authorization": header.format(secret, secret)}
    response = program.get()
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_case_of_a_token_matters(cast: Cast) -> None:
    secret = token_for(cast, cast.agent)
    for other in (secret.upper(), secret.lower(), secret.swapcase()):
        if other != secret:
            problem(Program(other).get(), 401)
    program = Program()
    program.headers = {"Authorization": f"bearer {secret}"}
    told(program.get())


def test_a_token_in_an_address_is_refused_even_beside_a_good_one(cast: Cast) -> None:
    secret = token_for(cast, cast.agent)
    problem(Program().get(token=secret), 401)
    found = problem(Program(secret).get(token=secret), 400)
    assert "Revoke it" in found["detail"]


def test_a_session_opens_nothing_here(cast: Cast) -> None:
    client = Client()
    assert client.login(username="ada@helpers.example", password=PASSWORD)
    assert client.get(TICKETS).status_code == 401
    assert client.post(TICKETS, NEW, content_type="application/json").status_code == 401
    assert TicketRow.objects.count() == 0


def test_no_cookie_is_set_and_nothing_is_stored(cast: Cast, agent: Program) -> None:
    response = agent.get()
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response


@pytest.mark.parametrize(
    ("scopes", "reads", "opens", "notes"),
    [
        ([Scope.TICKETS_READ], 200, 403, 403),
        ([Scope.TICKETS_WRITE], 403, 201, 403),
        ([Scope.TICKETS_READ, Scope.TICKETS_WRITE], 200, 201, 403),
        ([Scope.TICKETS_READ, Scope.NOTES_WRITE], 200, 403, 201),
        ([Scope.NOTES_READ], 403, 403, 403),
    ],
)
def test_a_scope_that_is_missing_is_named(
    cast: Cast, scopes: list[Scope], reads: int, opens: int, notes: int
) -> None:
    ticket = cast.open()
    program = Program(token_for(cast, cast.agent, scopes))
    note = {"text": "Between us.", "kind": "note"}
    for response, status in (
        (program.get(), reads),
        (program.get(f"{TICKETS}/{ticket}/events"), reads),
        (program.post(), opens),
        (program.post(f"{TICKETS}/{ticket}/messages", note), notes),
    ):
        assert response.status_code == status, response.content
        if status == 403:
            assert "scope" in problem(response, 403)["detail"]


def test_scopes_give_nobody_a_right(cast: Cast) -> None:
    member = Membership.objects.get(person=cast.referent)
    member.roles = ["auditor"]
    member.save()
    program = Program(token_for(cast, cast.referent))
    ticket = cast.open()
    told(program.get(f"{TICKETS}/{ticket}/events"))
    problem(program.post(), 403)
    problem(program.post(f"{TICKETS}/{ticket}/messages", {"text": "x", "kind": "note"}), 403)
    problem(program.post(f"{TICKETS}/{ticket}/messages", {"text": "x"}), 403)


def test_too_many_requests_wait(
    cast: Cast, agent: Program, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rates, "BURST", 5)
    settings.API_RATE = 1
    answers = [agent.get() for _ in range(7)]
    assert [each.status_code for each in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) >= 1
    problem(answers[-1], 429)
    # Everybody counts by themselves.
    told(Program(token_for(cast, cast.referent)).get())


def test_the_rate_is_even_and_a_clock_set_back_locks_nobody_out(
    settings: Any, monkeypatch: Any
) -> None:
    settings.API_RATE = 60
    monkeypatch.setattr(rates, "BURST", 3)
    from uuid import uuid4

    token, at = uuid4(), 1_000 * DAY
    second = MINUTE // 60
    assert [rates.wait_of(token, at=at) for _ in range(4)] == [0, 0, 0, second]
    assert rates.wait_of(token, at=at + second) == 0
    assert rates.wait_of(token, at=at + second) == second
    assert rates.wait_of(token, at=at - DAY) <= 3 * second
    assert rates.wait_of(token, at=at - DAY + 3 * second) == 0


# ---- the token itself ---------------------------------------------------------------------


def test_a_token_ends_within_a_year_and_has_a_name_and_a_scope(cast: Cast) -> None:
    at = instant_now()
    wish: dict[str, Any] = {
        "at": at,
        "actor": cast.actor(cast.agent),
        "title": "a script",
        "scopes": ["tickets:read"],
        "expires_at": at + DAY,
    }
    wrongs: tuple[dict[str, Any], ...] = (
        {"expires_at": at + 400 * DAY},
        {"expires_at": at},
        {"title": " "},
        {"title": "x" * 101},
        {"scopes": []},
        {"scopes": ["tickets:read", "everything"]},
        {"actor": cast.actor(cast.requester)},
    )
    for wrong in wrongs:
        with pytest.raises(tokens.UnfitToken):
            tokens.issue(cast.uuid, **(wish | wrong))
    assert not ApiToken.objects.exists()
    wished_for = tokens.issue(cast.uuid, **wish)
    with pytest.raises(tokens.UnfitToken):
        tokens.issue(cast.uuid, **wish, token=wished_for.token)


def test_whoever_manages_people_revokes_any_token_and_nobody_else(cast: Cast) -> None:
    token_for(cast, cast.agent)
    token = ApiToken.objects.get().uuid
    at = instant_now()
    for person in (cast.expert, cast.requester, cast.outsider):
        viewer = policy.viewer_of(person, cast.company)
        actor = viewer.actor if viewer else cast.actor(cast.expert)
        with pytest.raises(tokens.UnfitToken):
            tokens.revoke(cast.uuid, token, at=at, actor=actor)
    other = Membership.objects.get(person=cast.outsider).company_id
    with pytest.raises(tokens.UnfitToken):
        tokens.revoke(other, token, at=at, actor=cast.actor(cast.agent))
    tokens.revoke(cast.uuid, token, at=at, actor=cast.actor(cast.referent))
    tokens.revoke(cast.uuid, token, at=at + 1, actor=cast.actor(cast.referent))
    assert ApiToken.objects.get().revoked_at == at


def test_tokens_come_back_from_the_record_and_open_nothing(cast: Cast) -> None:
    secret, _gone = token_for(cast, cast.agent), token_for(cast, cast.referent)
    revoked = ApiToken.objects.get(person=cast.referent).uuid
    tokens.revoke(cast.uuid, revoked, at=instant_now(), actor=cast.actor(cast.referent))
    assert tokens.differences(cast.uuid) == []
    ApiToken.objects.all().delete()
    assert len(tokens.differences(cast.uuid)) == 2
    tokens.restore(cast.uuid)
    assert tokens.differences(cast.uuid) == []
    problem(Program(secret).get(), 401)
    ApiToken.objects.update(revoked_at=None)
    tokens.restore(cast.uuid)
    assert tokens.differences(cast.uuid) == []
