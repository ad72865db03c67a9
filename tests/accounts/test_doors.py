"""The doors: signing in, one's account, second factors, a forgotten password."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from commondesk.accounts import policy
from commondesk.accounts.doors import addresses, factors, resets, sessions
from commondesk.accounts.models import Membership, Person
from commondesk.accounts.policy import Viewer
from commondesk.cli import let_in
from commondesk.cli.user_error import UserError
from commondesk.desk.models import OutgoingMail
from tests.accounts.doors import (
    NEW_PASSWORD,
    app_of,
    choose,
    is_in,
    link_in,
    link_of,
    posted,
    shown_again,
    sign_in,
    signed_in,
)
from tests.desk.cast import PASSWORD, Cast

CHROME = "Mozilla/5.0 (X11; Linux x86_64) (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


AtCommit = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def at_commit(django_capture_on_commit_callbacks: AtCommit) -> AtCommit:
    """What is done once a transaction is through, which no test's own transaction ever is."""
    return django_capture_on_commit_callbacks


@pytest.fixture(autouse=True)
def mail_goes_out(settings: Settings) -> Iterator[None]:
    settings.EMAIL_HOST = "mail.example.net"
    yield


# ---- signing in ---------------------------------------------------------------------------


def test_signing_in_leads_onward(cast: Cast) -> None:
    queue = f"/c/{cast.company.prefix}/queue/"
    assert sign_in(Client(), cast.agent, onward=queue).headers["Location"] == queue
    assert sign_in(Client(), cast.agent).headers["Location"] == "/"


def test_the_way_onward_stays_on_this_site(cast: Cast, settings: Settings) -> None:
    settings.CONTENT_ORIGIN = "http://localhost:8000"
    for foreign in ("https://evil.example/", "//evil.example/", "http://localhost:8000/content/"):
        assert sign_in(Client(), cast.agent, onward=foreign).headers["Location"] == "/"


def test_nobody_signs_up(cast: Cast) -> None:
    for place in (
        "/signup/",
        "/sign-up/",
        "/accounts/signup/",
        "/accounts/login/",
        "/confirm-email/",
    ):
        assert Client().get(place).status_code == 404
    for name in ("account_signup", "account_email", "account_set_password", "mfa_trust"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_who_left_every_company_comes_in_no_more(cast: Cast) -> None:
    client = signed_in(cast.agent)
    Membership.objects.filter(person=cast.agent).update(is_active=False)
    assert client.get("/you/").status_code == 302
    assert client.get(f"/c/{cast.company.prefix}/queue/").status_code == 302
    refused = sign_in(Client(), cast.agent)
    assert refused.status_code == 422
    assert "do not belong together" in refused.content.decode()


def test_who_left_one_company_keeps_the_session_for_the_other(cast: Cast) -> None:
    other = Membership.objects.get(person=cast.outsider).company
    Membership.objects.create(company=other, person=cast.agent, side="provider", roles=["agent"])
    client = signed_in(cast.agent)
    Membership.objects.filter(person=cast.agent, company=cast.company).update(is_active=False)
    assert client.get(f"/c/{cast.company.prefix}/queue/").status_code == 404
    assert client.get(f"/c/{other.prefix}/queue/").status_code == 200


def test_addresses_of_the_library_follow_people(cast: Cast) -> None:
    def own(person: Person) -> list[tuple[str, bool, bool]]:
        rows = EmailAddress.objects.filter(user=person)
        return list(rows.values_list("email", "verified", "primary"))

    assert own(cast.agent) == [(cast.agent.address, True, True)]
    assert own(cast.requester) == [], "who has no password has no row"
    cast.agent.address = "Ada.New@helpers.example"
    cast.agent.save()
    assert own(cast.agent) == [("ada.new@helpers.example", True, True)]
    assert sign_in(Client(), cast.agent).status_code == 302
    cast.agent.set_unusable_password()
    cast.agent.save(update_fields=["password"])
    assert own(cast.agent) == []
    EmailAddress.objects.all().delete()
    addresses.keep_missing()
    assert own(cast.referent) == [(cast.referent.address, True, True)]
    assert own(cast.requester) == []


def test_the_site_is_made_ready_twice_without_harm(cast: Cast) -> None:
    for _ in range(2):
        call_command("createcachetable", stdout=StringIO())
        addresses.keep_missing()
    assert EmailAddress.objects.filter(user=cast.agent).count() == 1


# ---- one's own account --------------------------------------------------------------------


def test_ones_account_shows_who_one_is_and_where_one_belongs(cast: Cast) -> None:
    page = signed_in(cast.agent).get("/you/").content.decode()
    for words in (cast.agent.title, cast.agent.address or "", cast.company.title, "this one"):
        assert words in page
    assert "Other Works" not in page
    assert Client().get("/you/").headers["Location"] == "/sign-in/?next=/you/"


def test_the_language_of_mails_can_be_chosen_among_those_there_are(cast: Cast) -> None:
    client = signed_in(cast.agent)
    client.post("/you/", {"language": "fr"})
    cast.agent.refresh_from_db()
    assert cast.agent.language == "fr"
    client.post("/you/", {"language": "xx"})
    cast.agent.refresh_from_db()
    assert cast.agent.language == "fr"


def test_a_new_password_takes_the_old_one_and_fits_the_rules(cast: Cast) -> None:
    client = signed_in(cast.agent)

    def change(old: str, new: str) -> int:
        given = {"oldpassword": old, "password": new}
        return client.post("/you/password/", given).status_code

    assert change("not my password at all", NEW_PASSWORD) == 422
    assert change(PASSWORD, "too short") == 422
    assert change(PASSWORD, "x y" * 342) == 422, "more than 1024 characters"
    assert change(PASSWORD, NEW_PASSWORD) == 302
    assert is_in(client), "who changes it stays in"
    assert sign_in(Client(), cast.agent).status_code == 422
    assert sign_in(Client(), cast.agent, NEW_PASSWORD).status_code == 302
    assert "password was changed" in str(posted()[-1]["Subject"])


def test_sessions_are_listed_and_ended(cast: Cast) -> None:
    here, there, elsewhere = (signed_in(cast.agent) for _ in range(3))
    foreign = signed_in(cast.referent)
    page = here.get("/you/").content.decode()
    assert page.count("Sign out</button>") == 3, "two others and oneself"
    key = there.cookies["session"].value
    one = UserSession.objects.get(session_key=key)
    assert key not in page
    assert foreign.post("/you/sessions/", {"session": one.pk}).status_code == 302
    assert is_in(there), "nobody ends sessions of others"
    here.post("/you/sessions/", {"session": one.pk})
    assert not is_in(there)
    assert is_in(elsewhere)
    here.post("/you/sessions/", {"session": "others"})
    assert (is_in(here), is_in(elsewhere), is_in(foreign)) == (True, False, True)
    for nonsense in ("", "-1", "9" * 40, "x"):
        assert here.post("/you/sessions/", {"session": nonsense}).status_code == 302


def test_a_browser_is_told_in_words() -> None:
    assert sessions.browser_of(CHROME) == "Chrome on Linux"
    assert sessions.browser_of("curl/8") == "curl/8"
    assert sessions.browser_of("") == "Unknown"


# ---- second factors -----------------------------------------------------------------------


def test_an_app_is_set_up_and_asked_for(cast: Cast, at_commit: AtCommit) -> None:
    client = signed_in(cast.agent)
    assert client.get("/you/app/").headers["Location"].startswith("/you/again/?next=")
    with at_commit(execute=True):
        app, codes = app_of(client)
    assert len(codes) == len(set(codes)) == 10
    fresh = Client()
    step = sign_in(fresh, cast.agent, onward="/you/")
    assert step.headers["Location"] == "/sign-in/code/"
    assert not is_in(fresh)
    assert fresh.get("/sign-in/code/").status_code == 200
    entered = fresh.post("/sign-in/code/", {"code": f" {app.code()[:3]} {app.code()[3:]} "})
    assert entered.headers["Location"] == "/you/"
    assert is_in(fresh)
    subjects = [str(mail["Subject"]) for mail in posted()]
    assert subjects == ["A second step was added to your sign-in"]


def test_the_secret_of_an_app_lies_sealed(cast: Cast) -> None:
    app, codes = app_of(signed_in(cast.agent))
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.secret not in stored
    assert not any(code in stored for code in codes)


def test_recovery_codes_are_shown_once(cast: Cast) -> None:
    client = signed_in(cast.agent)
    _, codes = app_of(client)
    again = client.get("/you/codes/").content.decode()
    assert "shown once" in again
    assert not any(f"{code[:5]} {code[5:]}" in again for code in codes)
    client.post("/you/codes/new/")
    fresh = client.get("/you/codes/").content.decode()
    assert "Keep these now" in fresh
    assert not any(f"{code[:5]} {code[5:]}" in fresh for code in codes)
    assert client.get("/you/codes/new/").status_code == 405


def test_a_desk_can_ask_a_second_factor_of_those_who_work_tickets(
    cast: Cast, settings: Settings
) -> None:
    assert not factors.needs_second_factor(cast.agent)
    settings.SECOND_FACTOR = "agents"
    assert factors.needs_second_factor(cast.agent)
    assert not factors.needs_second_factor(cast.requester)
    client = signed_in(cast.agent)
    queue = f"/c/{cast.company.prefix}/queue/"
    assert client.get(queue).headers["Location"] == "/you/"
    assert "Add a passkey or an app" in client.get("/you/").content.decode()
    app_of(client)
    assert client.get(queue).status_code == 200
    requester = Client()
    requester.force_login(cast.requester)
    assert requester.get(f"/c/{cast.company.prefix}/queue/").status_code == 200


def test_passkeys_need_a_name(settings: Settings) -> None:
    for origin, can in (
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", True),
        ("https://desk.example.com", True),
        ("https://192.0.2.1", False),
        ("http://desk.example.com", False),
    ):
        settings.ORIGIN = origin
        assert factors.can_have_passkeys() is can


@pytest.mark.parametrize("nonsense", ["", "{", "[]", "1", '{"id": 1}', '{"response": []}', "null"])
def test_what_is_no_passkey_opens_nothing(cast: Cast, settings: Settings, nonsense: str) -> None:
    settings.ORIGIN = "http://localhost:8000"
    client = Client()
    options = client.get("/sign-in/passkey/").json()["request_options"]["publicKey"]
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert client.post("/sign-in/passkey/", {"credential": nonsense}).status_code == 302
    assert not is_in(client)
    inside = signed_in(cast.agent)
    shown_again(inside)
    assert inside.get("/you/passkeys/").status_code == 200
    assert inside.post("/you/passkeys/", {"credential": nonsense}).status_code == 422
    assert not Authenticator.objects.exists()


# ---- a forgotten password -----------------------------------------------------------------


def test_a_forgotten_password_is_chosen_anew(cast: Cast) -> None:
    link = link_of(cast.agent)
    client = Client()
    landed = client.get(link).headers["Location"]
    assert landed.endswith("-set-password/"), "the key leaves the address"
    assert client.post(landed, {"password": "short"}).status_code == 422
    assert choose(Client(), link).headers["Location"] == "/sign-in/"
    assert sign_in(Client(), cast.agent).status_code == 422
    assert sign_in(Client(), cast.agent, NEW_PASSWORD).status_code == 302
    assert [str(mail["Subject"]) for mail in posted()] == [
        "Choose a new password",
        "Your password was changed",
    ]


def test_only_who_had_a_password_forgot_one(cast: Cast) -> None:
    """Somebody known from a mail alone gets no letter that would let them in."""
    for person in (cast.requester, cast.expert):
        assert Client().post("/forgot/", {"address": person.address or ""}).status_code == 302
    assert posted() == []


def steering(cast: Cast) -> Viewer:
    """The company's referent, who arranges people."""
    viewer = policy.viewer_of(cast.referent, cast.uuid)
    assert viewer is not None
    return viewer


def test_whoever_invites_may_offer_a_password(cast: Cast, settings: Settings) -> None:
    assert resets.offer(cast.expert, cast.uuid, by=steering(cast)) is None
    assert choose(Client(), link_in(posted()[-1])).status_code == 302
    assert sign_in(Client(), cast.expert, NEW_PASSWORD).status_code == 302
    settings.EMAIL_HOST = ""
    link = resets.offer(cast.agent, cast.uuid, by=steering(cast))
    assert link is not None
    assert link.startswith(settings.ORIGIN)
    assert len(posted()) == 2, "a link that is told is not posted too"


def test_a_link_told_by_hand_opens_no_other_company(cast: Cast, settings: Settings) -> None:
    """Somebody of one company could else enter another one as a person whom both know."""
    other = Membership.objects.get(person=cast.outsider).company
    Membership.objects.create(company=other, person=cast.agent, side="provider", roles=["agent"])
    settings.EMAIL_HOST = ""
    with pytest.raises(resets.CannotBeOffered, match="another company"):
        resets.offer(cast.agent, cast.uuid, by=steering(cast))
    Membership.objects.filter(person=cast.agent).update(is_active=False)
    with pytest.raises(resets.CannotBeOffered, match="no desk"):
        resets.offer(cast.agent, cast.uuid, by=steering(cast))


def test_whoever_runs_the_machine_lets_somebody_in(
    cast: Cast, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    client = signed_in(cast.agent)
    app_of(client)
    parser = argparse.ArgumentParser()
    let_in.arguments(parser)
    assert let_in.run(parser.parse_args([cast.agent.address or ""])) == 0
    assert Authenticator.objects.count() == 2
    words = [cast.agent.address or "", "--without-second-factor"]
    assert let_in.run(parser.parse_args(words)) == 0
    assert not Authenticator.objects.exists()
    assert not is_in(client)
    assert "removed from your sign-in" in str(posted()[-1]["Subject"])
    link = capsys.readouterr().out.split()[-1].removeprefix(settings.ORIGIN)
    assert choose(Client(), link).status_code == 302
    assert is_in(signed_in(cast.agent, NEW_PASSWORD))
    with pytest.raises(UserError, match="nobody here"):
        let_in.run(parser.parse_args(["nobody@acme.example"]))


def test_without_a_mail_server_the_page_says_so(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    page = Client().get("/forgot/").content.decode()
    assert "No mail server is set" in page
    answer = Client().post("/forgot/", {"address": cast.agent.address or ""})
    assert answer.status_code == 503
    assert "/forgot/" + "1" not in answer.content.decode()
    assert not OutgoingMail.objects.exists()


def test_erased_people_leave_no_address_behind(cast: Cast) -> None:
    addresses.forget(cast.agent.uuid)
    assert not EmailAddress.objects.filter(user=cast.agent).exists()
