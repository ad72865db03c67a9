"""SESS: a session belongs to who signed in, ends when it should, and its key is told to nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from commondesk.accounts.doors import middleware
from commondesk.accounts.models import Membership, Person
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.ledger.now import instant_now
from tests.accounts.doors import (
    NEW_PASSWORD,
    app_of,
    choose,
    is_in,
    link_of,
    posted,
    sign_in,
    signed_in,
)
from tests.desk.cast import PASSWORD, Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def mail_goes_out(settings: Settings) -> Iterator[None]:
    settings.EMAIL_HOST = "mail.example.net"
    yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[Instant]:
    """What the doors take for now."""
    now = [instant_now()]
    monkeypatch.setattr(middleware, "instant_now", lambda: now[0])
    return now


def key_of(client: Client) -> str:
    return str(client.cookies["session"].value)


# ---- SESS-01: fixation ----------------------------------------------------------------------


def test_a_key_that_was_set_before_is_not_the_one_that_opens(cast: Cast) -> None:
    attacker = Client()
    attacker.get("/sign-in/passkey/")  # makes a session for nobody
    planted = key_of(attacker)
    victim = Client()
    victim.cookies["session"] = planted
    assert sign_in(victim, cast.agent).status_code == 302
    assert key_of(victim) != planted
    assert is_in(victim)
    assert not is_in(attacker)
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize("made_up", ["a" * 32, "x", "../../etc/passwd", "0" * 4000])
def test_a_key_that_was_made_up_is_never_taken(cast: Cast, made_up: str) -> None:
    client = Client()
    client.cookies["session"] = made_up
    sign_in(client, cast.agent)
    assert key_of(client) != made_up
    assert not Session.objects.filter(session_key=made_up).exists()


def test_a_key_in_the_address_means_nothing(cast: Cast) -> None:
    key = key_of(signed_in(cast.agent))
    for place in (f"/you/?session={key}", f"/you/?sessionid={key}", f"/you/;session={key}"):
        assert Client().get(place).status_code in (302, 404)
    assert Client().post("/you/", {"session": key}).status_code == 302


def test_the_key_changes_at_the_second_step_too(cast: Cast) -> None:
    app, _ = app_of(signed_in(cast.agent))
    client = Client()
    sign_in(client, cast.agent)
    between = key_of(client)
    client.post("/sign-in/code/", {"code": app.code()})
    assert is_in(client)
    assert key_of(client) != between
    assert not Session.objects.filter(session_key=between).exists()


def test_the_cookie_is_kept_from_scripts_and_other_sites(cast: Cast) -> None:
    cookie = signed_in(cast.agent).cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
    assert cookie["path"] == "/"


# ---- SESS-02: ending ------------------------------------------------------------------------


def test_other_sessions_end_with_the_password(cast: Cast) -> None:
    here, there = signed_in(cast.agent), signed_in(cast.agent)
    before = key_of(here)
    given = {"oldpassword": PASSWORD, "password": NEW_PASSWORD}
    assert here.post("/you/password/", given).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert key_of(here) != before
    assert UserSession.objects.filter(user=cast.agent).count() == 1


def test_all_sessions_end_with_a_forgotten_password(cast: Cast) -> None:
    here, there = signed_in(cast.agent), signed_in(cast.agent)
    bystander = signed_in(cast.referent)
    assert choose(here, link_of(cast.agent)).status_code == 302
    assert (is_in(here), is_in(there), is_in(bystander)) == (False, False, True)
    assert not UserSession.objects.filter(user=cast.agent).exists()


def test_a_session_ends_with_signing_out(cast: Cast) -> None:
    client = signed_in(cast.agent)
    copied = Client()
    copied.cookies["session"] = key_of(client)
    assert is_in(copied)
    client.post("/sign-out/")
    assert not is_in(copied)


def test_a_session_ends_with_the_person(cast: Cast) -> None:
    client = signed_in(cast.agent)
    Person.objects.filter(pk=cast.agent.pk).update(is_active=False)
    assert not is_in(client)
    Person.objects.filter(pk=cast.agent.pk).update(is_active=True)
    Membership.objects.filter(person=cast.agent).update(is_active=False)
    assert not is_in(client)


def test_a_session_that_is_used_goes_on_and_one_that_is_not_ends(
    cast: Cast, clock: list[Instant]
) -> None:
    client = signed_in(cast.agent)
    first = Session.objects.get(session_key=key_of(client)).expire_date
    clock[0] += 5 * MINUTE
    client.get("/you/")
    assert Session.objects.get(session_key=key_of(client)).expire_date == first, "no write yet"
    clock[0] += 6 * MINUTE
    client.get("/you/")
    assert Session.objects.get(session_key=key_of(client)).expire_date > first
    length = client.session.get_expiry_age() * 1_000_000
    assert 11 * HOUR < length <= 12 * HOUR


def test_a_session_ends_after_a_week_however_busy(cast: Cast, clock: list[Instant]) -> None:
    client = signed_in(cast.agent)
    for _ in range(14):
        clock[0] += DAY // 2 - MINUTE
        assert is_in(client)
    clock[0] += 20 * MINUTE
    assert not is_in(client)
    assert is_in(signed_in(cast.agent)), "signing in begins anew"


def test_going_on_with_an_old_session_does_not_make_it_young(
    cast: Cast, clock: list[Instant]
) -> None:
    client = signed_in(cast.agent)
    clock[0] += 6 * DAY
    assert is_in(client)
    given = {"oldpassword": PASSWORD, "password": NEW_PASSWORD}
    assert client.post("/you/password/", given).status_code == 302
    clock[0] += DAY + MINUTE
    assert not is_in(client)


# ---- SESS-03: keys told to nobody -----------------------------------------------------------


def test_the_key_stands_in_no_page_and_no_letter(cast: Cast) -> None:
    client = signed_in(cast.agent)
    key = key_of(client)
    prefix = cast.company.prefix
    for place in ("/you/", f"/c/{prefix}/queue/", "/you/password/", "/no-such-page/"):
        answer = client.get(place)
        assert key not in answer.content.decode()
        assert key not in str(answer.headers.get("Location", ""))
    client.post("/you/password/", {"oldpassword": PASSWORD, "password": NEW_PASSWORD})
    for mail in posted():
        assert key not in mail.as_string()
        assert key_of(client) not in mail.as_string()


def test_sessions_of_others_are_not_listed(cast: Cast) -> None:
    signed_in(cast.referent).get("/you/")
    page = signed_in(cast.agent).get("/you/").content.decode()
    assert page.count("last seen") == 1
