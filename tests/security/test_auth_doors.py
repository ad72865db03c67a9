"""AUTH: what stands between a stranger and somebody's account."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from commondesk.accounts.doors import backend
from commondesk.accounts.models import Membership, Person
from commondesk.desk.models import OutgoingMail
from commondesk.site.logs import JsonLines
from tests.accounts.doors import (
    NEW_PASSWORD,
    app_of,
    choose,
    is_in,
    link_of,
    posted,
    shown_again,
    sign_in,
    signed_in,
)
from tests.desk.cast import PASSWORD, Cast, make_cast

UNKNOWN = "nobody@acme.example"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def mail_goes_out(settings: Settings) -> Iterator[None]:
    settings.EMAIL_HOST = "mail.example.net"
    yield


def plain(answer: object) -> tuple[int, dict[str, str], str]:
    """An answer without what differs between any two: the token of its form."""
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())  # type: ignore[attr-defined]
    headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}  # type: ignore[attr-defined]
    headers.pop("Content-Length", None)
    return answer.status_code, headers, text  # type: ignore[attr-defined]


# ---- AUTH-01: guessing ----------------------------------------------------------------------


def test_one_address_is_tried_five_times_whatever_host_is_named(cast: Cast) -> None:
    """Another port in the Host header is no other desk, and capitals are no other address."""
    said = []
    for turn in range(8):
        given = {"address": (cast.agent.address or "").swapcase(), "password": f"wrong {turn}"}
        host = f"localhost:{1000 + turn}"
        said.append(Client().post("/sign-in/", given, headers={"host": host}).content.decode())
    assert ["do not belong together" in each for each in said] == [True] * 5 + [False] * 3
    assert "tried too often" in said[-1]
    refused = sign_in(Client(), cast.agent)
    assert refused.status_code == 422, "the right one neither, for a while"
    assert sign_in(Client(), cast.referent).status_code == 302, "others come in as ever"


def test_an_unknown_address_is_counted_as_a_known_one(cast: Cast) -> None:
    def tries(address: str) -> list[tuple[int, dict[str, str], str]]:
        given = {"address": address, "password": "wrong"}
        answers = [plain(Client().post("/sign-in/", given)) for _ in range(7)]
        return [(code, headers, text.replace(address, "")) for code, headers, text in answers]

    assert tries(UNKNOWN) == tries(cast.agent.address or "")


def test_one_place_is_refused_after_many_addresses(cast: Cast) -> None:
    """Who tries one password on many addresses is stopped, and others elsewhere are not."""
    said = ""
    for turn in range(21):
        given = {"address": f"p{turn}@acme.example", "password": "winter-2025!"}
        said = Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/", given).content.decode()
    assert "tried too often" in said
    assert sign_in(Client(REMOTE_ADDR="192.0.2.8"), cast.agent).status_code == 302


def test_a_forged_place_counts_as_where_it_came_from(cast: Cast, settings: Settings) -> None:
    def last_of(tries: int, forwarded: Callable[[int], str]) -> str:
        cache.clear()
        said = ""
        for turn in range(tries):
            given = {"address": f"p{turn}@acme.example", "password": "winter-2025!"}
            headers = {"x-forwarded-for": forwarded(turn)}
            said = Client().post("/sign-in/", given, headers=headers).content.decode()
        return said

    assert "tried too often" in last_of(21, lambda turn: f"192.0.2.{turn}")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert "tried too often" not in last_of(21, lambda turn: f"192.0.2.{turn}")
    assert "tried too often" in last_of(21, lambda turn: f"192.0.2.{turn}, 198.51.100.1")


def test_a_good_sign_in_gives_no_new_tries(cast: Cast) -> None:
    for _ in range(4):
        sign_in(Client(), cast.agent, "wrong password here")
    assert sign_in(Client(), cast.agent).status_code == 302
    sign_in(Client(), cast.agent, "wrong password here")
    assert sign_in(Client(), cast.agent).status_code == 422


# ---- AUTH-02: telling who exists ------------------------------------------------------------


def known_and_unknown(cast: Cast) -> list[str]:
    """Known with a password, known without, without a company, inactive, unknown."""
    Membership.objects.filter(person=cast.outsider).update(is_active=False)
    Person.objects.filter(pk=cast.referent.pk).update(is_active=False)
    people = (cast.agent, cast.requester, cast.outsider, cast.referent)
    return [each.address or "" for each in people] + [UNKNOWN]


def test_signing_in_tells_nobody_apart(cast: Cast) -> None:
    answers = []
    for address in known_and_unknown(cast):
        given = {"address": address, "password": "wrong password here"}
        code, headers, text = plain(Client().post("/sign-in/", given))
        answers.append((code, headers, text.replace(address, "")))
    assert answers == [answers[0]] * len(answers)


def test_a_right_password_of_who_may_not_enter_tells_nothing(cast: Cast) -> None:
    known_and_unknown(cast)
    for person in (cast.outsider, cast.referent):
        right, wrong = (
            plain(sign_in(Client(), person, password)) for password in (PASSWORD, "wrong words")
        )
        assert right == wrong


def test_a_forgotten_password_tells_nobody_apart(cast: Cast) -> None:
    answers = [
        plain(Client().post("/forgot/", {"address": address}))
        for address in known_and_unknown(cast)
    ]
    assert answers == [answers[0]] * len(answers)
    assert [str(mail["To"]) for mail in posted()] == [cast.agent.address]


def test_nobody_is_told_apart_by_time(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but all of the time goes into the hash of real life: once for everybody."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    Person.objects.filter(pk=cast.agent.pk).update(password=make_password(PASSWORD))
    hashed: list[str] = []
    for name in ("encode", "verify"):
        kept = getattr(Argon2PasswordHasher, name)

        def counted(self: object, word: str, *rest: object, kept: Any = kept) -> object:
            hashed.append(word)
            return kept(self, word, *rest)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    wrong = "wrong password here"
    for address in (cast.agent.address, cast.requester.address, UNKNOWN):
        hashed.clear()
        Client().post("/sign-in/", {"address": address, "password": wrong})
        assert len(hashed) == 1, address


# ---- AUTH-03, AUTH-07: links that open an account -------------------------------------------


def test_a_link_works_once(cast: Cast) -> None:
    link = link_of(cast.agent)
    assert choose(Client(), link).status_code == 302
    over = choose(Client(), link, "a third long and quiet sentence")
    assert "opens nothing any more" in over.content.decode()
    assert sign_in(Client(), cast.agent, NEW_PASSWORD).status_code == 302


def test_two_links_open_once_together(cast: Cast) -> None:
    first, second = link_of(cast.agent), link_of(cast.agent)
    assert choose(Client(), second).status_code == 302
    assert "opens nothing" in choose(Client(), first, PASSWORD).content.decode()


def test_a_page_left_open_sets_no_second_password(cast: Cast) -> None:
    link, client = link_of(cast.agent), Client()
    form = client.get(link).headers["Location"]
    assert choose(Client(), link).status_code == 302
    late = client.post(form, {"password": "a third long and quiet sentence"})
    assert "opens nothing any more" in late.content.decode()


def test_a_link_ends_after_an_hour(cast: Cast, settings: Settings) -> None:
    link = link_of(cast.agent)
    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "opens nothing any more" in choose(Client(), link).content.decode()


def test_a_link_ends_with_signing_in_and_with_another_address(cast: Cast) -> None:
    link = link_of(cast.agent)
    signed_in(cast.agent)
    assert "opens nothing" in choose(Client(), link).content.decode()
    link = link_of(cast.referent)
    cast.referent.address = "new@acme.example"
    cast.referent.save()
    assert "opens nothing" in choose(Client(), link).content.decode()


def test_a_link_ends_with_ones_place(cast: Cast) -> None:
    link = link_of(cast.agent)
    Membership.objects.filter(person=cast.agent).update(is_active=False)
    assert "opens nothing" in choose(Client(), link).content.decode()


@pytest.mark.parametrize("key", ["%", "*", "%25", "0", "-", "set-password", "a" * 100, "b-" * 40])
def test_no_wildcard_and_no_guess_opens(cast: Cast, key: str) -> None:
    link = link_of(cast.agent)
    who, _, real = link.removeprefix("/forgot/").partition("-")
    for tried in (f"/forgot/{who}-{key}/", f"/forgot/{who}-{real[:-2]}/", f"/forgot/1{link[8:]}"):
        answer = Client().get(tried)
        assert answer.status_code in (200, 404)
        if answer.status_code == 200:
            assert "opens nothing any more" in answer.content.decode()
    assert sign_in(Client(), cast.agent).status_code == 302


def test_a_link_of_one_person_opens_nobody_else(cast: Cast) -> None:
    key = link_of(cast.agent).removeprefix("/forgot/").partition("-")[2]
    for pk in Person.objects.exclude(pk=cast.agent.pk).values_list("pk", flat=True):
        answer = Client().get(f"/forgot/{pk}-{key}")
        assert answer.status_code != 302


def test_links_cannot_be_guessed_from_each_other(cast: Cast) -> None:
    """128 bits of a keyed hash: no two alike, and every place of it takes every digit."""
    tails = set()
    for turn in range(300):
        cast.agent.password = f"x{turn}"
        tails.add(default_token_generator.make_token(cast.agent).partition("-")[2])
    assert len(tails) == 300
    assert {len(tail) for tail in tails} == {32}
    assert all(len({tail[place] for tail in tails}) == 16 for place in range(32))


def test_the_key_of_a_link_stays_out_of_pages_and_logs(cast: Cast) -> None:
    link, client = link_of(cast.agent), Client()
    key = link.split("-")[-1].strip("/")
    page = client.get(link, follow=True)
    assert key not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    record = logging.LogRecord("django.request", 30, "", 1, "Gone: %s", (link,), None)
    line = json.loads(JsonLines().format(record))
    assert key not in line["says"]
    assert line["says"].startswith("Gone: /forgot/")


# ---- AUTH-04: whose host --------------------------------------------------------------------


def test_links_name_our_host_whatever_the_request_named(cast: Cast, settings: Settings) -> None:
    given = {"address": cast.agent.address or ""}
    for headers in (
        {"host": "evil.example"},
        {"host": "desk.example.com.evil.example"},
        {"host": "localhost@evil.example"},
    ):
        assert Client().post("/forgot/", given, headers=headers).status_code == 400
    assert posted() == []
    for headers in (
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"x-host": "evil.example", "x-original-url": "//evil.example/"},
        {"host": "localhost:666"},
    ):
        Client().post("/forgot/", given, headers=headers)
    assert len(posted()) == 4
    for mail in posted():
        assert "evil" not in mail.as_string()
        assert ":666" not in mail.as_string()
        assert f"{settings.ORIGIN}/forgot/" in mail.as_string()


# ---- AUTH-05: long passwords ----------------------------------------------------------------


@pytest.mark.parametrize("length", [1025, 1_000_000])
def test_a_long_password_is_never_hashed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(Person, "check_password", lambda *_: pytest.fail("it was hashed"))
    monkeypatch.setattr(Person, "set_password", lambda *_: pytest.fail("it was hashed"))
    assert sign_in(Client(), cast.agent, "x" * length).status_code == 422


# ---- AUTH-06: second factors ----------------------------------------------------------------


def at_second_step(person: Person, password: str = PASSWORD) -> Client:
    client = Client()
    answer = sign_in(client, person, password)
    assert answer.headers["Location"] == "/sign-in/code/"
    return client


def enter(client: Client, code: str) -> bool:
    client.post("/sign-in/code/", {"code": code})
    return is_in(client)


def test_a_code_opens_once(cast: Cast) -> None:
    app, _ = app_of(signed_in(cast.agent))
    code = app.code()
    assert enter(at_second_step(cast.agent), code)
    assert not enter(at_second_step(cast.agent), code)
    spaced = f"{code[:3]}-{code[3:]}"
    assert not enter(at_second_step(cast.agent), spaced), "nor with other spaces in it"


def test_the_code_that_set_an_app_up_opens_nothing(cast: Cast) -> None:
    app, _ = app_of(signed_in(cast.agent))
    assert not enter(at_second_step(cast.agent), app.code(-1))


def test_codes_of_other_times_open_nothing(cast: Cast) -> None:
    app, _ = app_of(signed_in(cast.agent))
    client = at_second_step(cast.agent)
    for step in (-20, -4, 4, 20):
        assert not enter(client, app.code(step))


def test_codes_are_tried_five_times(cast: Cast) -> None:
    app, codes = app_of(signed_in(cast.agent))
    client = at_second_step(cast.agent)
    for _ in range(5):
        assert not enter(client, app.wrong())
    said = client.post("/sign-in/code/", {"code": app.code()}).content.decode()
    assert "tried too often" in said
    assert not is_in(client)
    other = at_second_step(cast.agent)
    assert not enter(other, codes[0]), "from elsewhere neither, nor by a recovery code"


def test_no_page_opens_between_the_steps(cast: Cast) -> None:
    app_of(signed_in(cast.agent))
    client = at_second_step(cast.agent)
    for place in ("/", f"/c/{cast.company.prefix}/queue/", "/you/", "/you/app/", "/you/codes/"):
        assert "/sign-in/" in client.get(place).headers["Location"], place
    assert client.post("/you/codes/new/").status_code == 302
    assert not is_in(client)


def test_the_second_step_needs_the_first(cast: Cast) -> None:
    app, codes = app_of(signed_in(cast.agent))
    client = Client()
    for code in (app.code(), codes[0]):
        assert client.post("/sign-in/code/", {"code": code}).headers["Location"] == "/sign-in/"
    assert not is_in(client)


def test_a_recovery_code_opens_once(cast: Cast) -> None:
    _, codes = app_of(signed_in(cast.agent))
    assert enter(at_second_step(cast.agent), codes[3])
    assert not enter(at_second_step(cast.agent), codes[3])
    assert enter(at_second_step(cast.agent), codes[4])


def test_a_code_of_one_person_opens_nobody_else(cast: Cast) -> None:
    app, codes = app_of(signed_in(cast.agent))
    app_of(signed_in(cast.referent))
    client = at_second_step(cast.referent)
    assert not enter(client, app.code())
    assert not enter(client, codes[0])


def test_a_factor_is_removed_only_by_who_shows_one(cast: Cast) -> None:
    """The password of a session that was left open is not enough."""
    app, codes = app_of(signed_in(cast.agent))
    thief = at_second_step(cast.agent)
    assert enter(thief, app.code())
    before = len(posted())
    assert thief.post("/you/app/remove/").headers["Location"].startswith("/you/again/code/")
    thief.post("/you/again/", {"password": PASSWORD})
    thief.post("/you/app/remove/")
    assert Authenticator.objects.filter(type="totp").exists()
    thief.post("/you/again/code/", {"code": codes[0]})
    thief.post("/you/app/remove/")
    assert not Authenticator.objects.exists(), "recovery codes go with the last factor"
    told = [str(mail["Subject"]) for mail in posted()[before:]]
    assert told == ["A second step was removed from your sign-in"]
    assert is_in(signed_in(cast.agent)), "by the password alone again"


def test_a_factor_is_added_only_by_who_shows_the_password(cast: Cast) -> None:
    client = signed_in(cast.agent)
    for place in ("/you/app/", "/you/passkeys/"):
        assert client.get(place).headers["Location"].startswith("/you/again/")
        assert client.post(place, {"code": "123456"}).headers["Location"].startswith("/you/again/")
    assert not Authenticator.objects.exists()
    client.post("/you/again/", {"password": "wrong password here"})
    assert client.get("/you/app/").status_code == 302


def test_factors_of_others_are_not_there(cast: Cast) -> None:
    foreign = Authenticator.objects.create(
        user=cast.referent, type="webauthn", data={"name": "Hers", "credential": {}}
    )
    client = signed_in(cast.agent)
    shown_again(client)
    for pk in (foreign.pk, foreign.pk + 999):
        assert client.post(f"/you/passkeys/{pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=foreign.pk).exists()
    assert "Hers" not in client.get("/you/").content.decode()


def test_a_new_password_leaves_the_second_factor(cast: Cast) -> None:
    app, _ = app_of(signed_in(cast.agent))
    assert choose(Client(), link_of(cast.agent)).status_code == 302
    client = at_second_step(cast.agent, NEW_PASSWORD)
    assert not is_in(client)
    assert enter(client, app.code())


def test_asking_again_is_counted_too(cast: Cast) -> None:
    client = signed_in(cast.agent)
    codes = [
        client.post("/you/again/", {"password": f"wrong {turn}"}).status_code for turn in range(6)
    ]
    assert set(codes) == {422}
    assert client.post("/you/again/", {"password": PASSWORD}).status_code == 422


def test_letters_about_passwords_are_limited(cast: Cast) -> None:
    given = {"address": cast.agent.address or ""}
    codes = [Client().post("/forgot/", given).status_code for _ in range(7)]
    assert codes == [302] * 5 + [429] * 2
    unknown = [Client().post("/forgot/", {"address": UNKNOWN}).status_code for _ in range(7)]
    assert unknown == codes, "an unknown address is counted alike"
    assert OutgoingMail.objects.count() == 5


def test_may_enter_asks_the_database(cast: Cast) -> None:
    assert backend.may_enter(cast.agent)
    Person.objects.filter(pk=cast.agent.pk).update(is_active=False)
    assert not backend.may_enter(cast.agent)
    assert not backend.may_enter(None)


# ---- CSRF-01: forms of others ---------------------------------------------------------------

POSTS = (
    *("/sign-in/", "/sign-in/code/", "/sign-in/passkey/", "/sign-out/", "/forgot/", "/you/"),
    *("/you/sessions/", "/you/password/", "/you/again/", "/you/again/code/", "/you/app/"),
    *("/you/app/remove/", "/you/passkeys/", "/you/passkeys/1/remove/", "/you/codes/new/"),
)


@pytest.mark.parametrize("place", POSTS)
def test_no_other_site_posts_for_somebody(cast: Cast, place: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.agent)
    assert client.post(place, {"session": "others", "language": "fr"}).status_code == 403


def test_nothing_changes_by_looking(cast: Cast) -> None:
    """Links in mails and pictures in pages ask by GET."""
    client = signed_in(cast.agent)
    app_of(client)
    before = (Authenticator.objects.count(), posted()[-1]["Message-ID"] if posted() else None)
    for place in POSTS:
        client.get(place)
    assert is_in(client)
    after = (Authenticator.objects.count(), posted()[-1]["Message-ID"] if posted() else None)
    assert after == before
