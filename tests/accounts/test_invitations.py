"""Invitations: a link that works once, and what it makes of whoever opens it."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts import directory, letters, policy, queries
from commondesk.accounts.arrangement import invitations, leaving, providers, teams
from commondesk.accounts.arrangement.arranging import NotAllowed, NotThere, UnfitArrangement
from commondesk.accounts.arrangement.invitations import InvitationOver, Sent
from commondesk.accounts.models import Engagement, Invitation, Membership, Person, Provider
from commondesk.core.record.arrangement import InvitationSent
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.instant import HOUR
from commondesk.ledger import claims, store, words
from commondesk.ledger.models import Words
from commondesk.ledger.now import instant_now
from tests.accounts.sides import MACHINE, Sides, make_sides
from tests.desk.cast import MONDAY, PASSWORD, Cast, found

NEW = "nils@helpers.example"


@pytest.fixture(autouse=True)
def posted(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[letters.Letter]:
    """Mail goes out, and what is posted lands here."""
    settings.EMAIL_HOST = "mail.example"
    told: list[letters.Letter] = []
    monkeypatch.setattr(letters, "POSTMEN", [told.append])
    return told


def invite(sides: Sides, by: Person, **more: Any) -> Sent:
    wanted: dict[str, Any] = {
        "address": NEW,
        "title": "Nils New",
        "side": "provider",
        "roles": ["agent"],
        "team": "helpers",
        "provider": sides.helpers.uuid,
    }
    return invitations.invite(sides.cast.uuid, at=MONDAY, actor=sides.actor(by), **(wanted | more))


def token_of(sent: Sent) -> str:
    found = re.search("/invited/([^/]+)/$", sent.link)
    assert found
    return found[1]


def accept(sent: Sent, at: int = MONDAY + HOUR, **more: Any) -> Any:
    given: dict[str, Any] = {"name": "Nils New", "password": PASSWORD} | more
    return invitations.accept(token_of(sent), at=at, **given)


def names(company: Any) -> list[str]:
    return [event.name for event in store.history(company, COMPANY_STREAM)]


# ---- asking -------------------------------------------------------------------------------


def test_a_letter_takes_the_link_and_nothing_else_keeps_it(
    sides: Sides, posted: list[letters.Letter]
) -> None:
    sent = invite(sides, sides.lead)
    (letter,) = posted
    assert (letter.address, letter.link) == (NEW, sent.link)
    token = token_of(sent)
    row = Invitation.objects.get()
    assert token not in str(vars(row))
    kept = Words.objects.filter(stream=COMPANY_STREAM).values_list("text", flat=True)
    assert not any(token in (text or "") for text in kept)
    assert all(token not in str(each.body) for each in store.history(sides.cast.uuid, "company"))
    assert sent.link_to_show == ""


def test_who_asks_whom(sides: Sides) -> None:
    for by in (sides.agent, sides.cast.agent, sides.cast.requester):
        with pytest.raises(NotAllowed):
            invite(sides, by)
    with pytest.raises(NotAllowed):
        invite(sides, sides.stranger)
    for more in ({"side": "company", "provider": None, "team": "L1"}, {"side": "requester"}):
        with pytest.raises(NotAllowed):
            invite(sides, sides.lead, **more)
    assert not Invitation.objects.exists()
    invite(sides, sides.cast.referent)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": "a\r\nBcc: b@x.example"}, "address"),
        ({"address": "hal@helpers.example"}, "address"),
        ({"roles": ["referent"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"team": "others"}, "team"),
        ({"team": ""}, "team"),
    ],
)
def test_an_invitation_that_does_not_fit(
    sides: Sides, posted: list[letters.Letter], more: dict[str, Any], field: str
) -> None:
    with pytest.raises(UnfitArrangement) as refused:
        invite(sides, sides.lead, **more)
    assert refused.value.field == field
    assert not posted
    assert not Invitation.objects.exists()


def test_nobody_is_asked_twice_at_once(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    with pytest.raises(UnfitArrangement, match="invited already"):
        invite(sides, sides.lead)
    again = invitations.send_again(
        sides.cast.uuid, sent.invitation.uuid, at=MONDAY, actor=sides.actor(sides.lead)
    )
    with pytest.raises(InvitationOver):
        accept(sent)
    accept(again)


def test_a_withdrawn_link_opens_nothing(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    who: dict[str, Any] = {"at": MONDAY, "actor": sides.actor(sides.stranger)}
    with pytest.raises(NotAllowed):
        invitations.withdraw(sides.cast.uuid, sent.invitation.uuid, **who)
    who = {"at": MONDAY, "actor": sides.actor(sides.lead)}
    invitations.withdraw(sides.cast.uuid, sent.invitation.uuid, **who)
    with pytest.raises(InvitationOver):
        accept(sent)
    with pytest.raises(NotThere):
        invitations.withdraw(sides.cast.uuid, sent.invitation.uuid, **who)
    assert not Person.objects.filter(address=NEW).exists()


# ---- joining ------------------------------------------------------------------------------


def test_whoever_opens_it_joins_once(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    company, person = accept(sent)
    assert (company, person.title) == (sides.cast.company, "Nils New")
    seen = policy.viewer_of(person, company)
    assert seen
    assert (seen.team, set(seen.roles), seen.provider) == (
        "helpers",
        {"agent"},
        str(sides.helpers.uuid),
    )
    assert person.check_password(PASSWORD)
    assert Membership.objects.get(person=person).proven_at is not None
    assert names(company.uuid)[-3:] == [
        "invitation.accepted",
        "person.introduced",
        "person.proven",
    ]
    with pytest.raises(InvitationOver):
        accept(sent)


@pytest.mark.parametrize("hours", [-1, 72, 100])
def test_a_link_works_for_three_days(sides: Sides, hours: int) -> None:
    sent = invite(sides, sides.lead)
    if hours < 0:
        accept(sent, MONDAY + 72 * HOUR - 1)
        return
    with pytest.raises(InvitationOver):
        accept(sent, MONDAY + hours * HOUR)


def test_a_weak_password_is_refused_and_the_link_stays(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    for password in ("", "short", "x" * 2000):
        with pytest.raises(UnfitArrangement) as refused:
            accept(sent, password=password)
        assert refused.value.field == "password"
    with pytest.raises(UnfitArrangement):
        accept(sent, name=" ")
    assert not Person.objects.filter(address=NEW).exists()
    accept(sent)


def test_who_signs_in_here_already_confirms_signed_in(sides: Sides) -> None:
    sent = invite(sides, sides.lead, address="otto@other.example")
    before = sides.cast.outsider.password
    for signed_in in (None, sides.lead):
        with pytest.raises(UnfitArrangement, match="Sign in"):
            accept(sent, signed_in=signed_in)
    accept(sent, signed_in=sides.cast.outsider)
    sides.cast.outsider.refresh_from_db()
    assert sides.cast.outsider.password == before
    assert policy.viewer_of(sides.cast.outsider, sides.cast.company)


def test_a_requester_known_by_mail_is_promoted(sides: Sides) -> None:
    company_side: dict[str, Any] = {
        "side": "company",
        "provider": None,
        "team": "L1",
        "roles": ["agent"],
    }
    sent = invite(sides, sides.cast.referent, address="paul@acme.example", **company_side)
    _, person = accept(sent, name="Liar")
    assert (person, person.title) == (sides.cast.requester, "Paul Press")
    seen = policy.viewer_of(person, sides.cast.company)
    assert seen and seen.is_technical
    assert "person.changed" in names(sides.cast.uuid)


def test_who_became_somebody_else_meanwhile_stays_that(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    directory.add_person(
        sides.cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Nils",
        address=NEW,
        side="company",
        roles=["referent"],
        team="L1",
        password=PASSWORD,
    )
    person = Person.objects.get(address=NEW)
    with pytest.raises(UnfitArrangement, match="somebody else here already"):
        accept(sent, signed_in=person)
    seen = policy.viewer_of(person, sides.cast.company)
    assert seen and seen.roles == {"referent"}


def test_who_left_comes_back_by_a_new_invitation(sides: Sides) -> None:
    leaving.let_go(sides.cast.uuid, sides.agent.uuid, at=MONDAY, actor=sides.actor(sides.lead))
    sent = invite(sides, sides.lead, address="hal@helpers.example")
    _, person = accept(sent)
    assert person == sides.agent
    assert policy.viewer_of(person, sides.cast.company)


def test_without_mail_a_link_is_shown_but_never_to_take_somebody_over(
    sides: Sides, settings: Settings
) -> None:
    settings.EMAIL_HOST = ""
    assert invite(sides, sides.lead).link_to_show
    other, _ = found("Third Works", "Thea Ird", "thea@third.example")
    directory.person_for_address(other.uuid, "vic@third.example", "Vic", at=MONDAY)
    sent = invite(sides, sides.lead, address="vic@third.example")
    assert sent.link_to_show == ""
    with pytest.raises(UnfitArrangement):
        accept(sent)
    assert not Person.objects.get(address="vic@third.example").has_usable_password()
    later = invite(sides, sides.lead, address="wim@third.example")
    directory.person_for_address(other.uuid, "wim@third.example", "Wim", at=MONDAY)
    with pytest.raises(UnfitArrangement):
        accept(later)


# ---- a provider, and many companies -------------------------------------------------------


def ask_provider(cast: Cast, title: str = "Fresh Hands", **more: Any) -> Sent:
    wanted: dict[str, Any] = {"provider_title": title, "address": NEW, "at": MONDAY}
    return invitations.invite_provider(
        cast.uuid, actor=cast.actor(cast.referent), **(wanted | more)
    )


def test_a_provider_serves_once_its_first_person_joins(cast: Cast) -> None:
    sent = ask_provider(cast)
    assert not Engagement.objects.exists()
    assert not Provider.objects.exists()
    _, person = accept(sent)
    seen = policy.viewer_of(person, cast.company)
    assert seen
    assert seen.roles == {"agent", "lead", "decision_maker"}
    assert list(queries.providers(cast.uuid).values()) == ["Fresh Hands"]
    assert queries.contacts(cast.uuid)["fresh-hands"] == str(person.uuid)
    assert names(cast.uuid)[-5:] == [
        "invitation.accepted",
        "provider.engaged",
        "team.formed",
        "person.introduced",
        "person.proven",
    ]


def test_only_the_company_asks_providers(sides: Sides) -> None:
    for by in (sides.lead, sides.cast.agent, sides.cast.requester):
        with pytest.raises(NotAllowed):
            invitations.invite_provider(
                sides.cast.uuid,
                at=MONDAY,
                actor=sides.actor(by),
                provider_title="Mine",
                address=NEW,
            )
    with pytest.raises(UnfitArrangement, match="already"):
        ask_provider(sides.cast, "hELPERS")


def test_the_second_of_two_who_were_asked_signs_nothing(cast: Cast) -> None:
    first, second = ask_provider(cast), ask_provider(cast, address="bea@fresh.example")
    accept(first)
    _, person = accept(second, name="Bea")
    seen = policy.viewer_of(person, cast.company)
    assert seen and seen.roles == {"agent", "lead"}
    assert Engagement.objects.count() == 1


def two_companies(sides: Sides) -> Any:
    other, _ = found("Third Works", "Thea Ird", "thea@third.example")
    providers.engage_provider(other.uuid, at=MONDAY, actor=MACHINE, title="Helpers")
    return other


def lead_there(sides: Sides, other: Any) -> None:
    teams.form_team(
        other.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Their desk",
        tier="L1",
        provider=sides.helpers.uuid,
    )
    directory.add_person(
        other.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Lea Der",
        address="lea@helpers.example",
        side="provider",
        roles=["agent", "lead"],
        team="their-desk",
        provider=sides.helpers.uuid,
    )


def test_one_letter_for_several_companies(sides: Sides, posted: list[letters.Letter]) -> None:
    other = two_companies(sides)
    with pytest.raises(NotAllowed):
        invite(sides, sides.lead, also_in=[other.uuid])
    assert not Invitation.objects.exists()
    lead_there(sides, other)
    posted.clear()
    sent = invite(sides, sides.lead, also_in=[other.uuid])
    assert [letter.link for letter in posted] == [sent.link]
    _, person = accept(sent)
    seen = policy.viewer_of(person, other)
    assert seen
    assert (seen.team, set(seen.roles)) == ("their-desk", {"agent"})
    assert policy.viewer_of(person, sides.cast.company)


def test_what_was_withdrawn_at_one_company_is_not_joined_there(sides: Sides) -> None:
    other = two_companies(sides)
    lead_there(sides, other)
    sent = invite(sides, sides.lead, also_in=[other.uuid])
    owner = policy.viewer_of(Person.objects.get(address="thea@third.example"), other)
    assert owner
    there = Invitation.objects.get(company=other)
    invitations.withdraw(other.uuid, there.uuid, at=MONDAY, actor=owner.actor)
    _, person = accept(sent)
    assert policy.viewer_of(person, other) is None
    assert policy.viewer_of(person, sides.cast.company)


# ---- the page -----------------------------------------------------------------------------


def fresh(sides: Sides, **more: Any) -> str:
    """A link that works at the moment of the test."""
    sent = invite(sides, sides.lead, **more)
    Invitation.objects.update(expires_at=instant_now() + HOUR)
    return reverse("invited:join", args=[token_of(sent)])


def test_the_page_makes_somebody_and_signs_them_in(sides: Sides) -> None:
    client, link = Client(), fresh(sides)
    shown = client.get(link)
    assert shown.status_code == 200
    assert "Lea Der asks you" in shown.content.decode()
    refused = client.post(link, {"name": "", "password": "short"})
    assert refused.status_code == 422
    given: dict[str, Any] = {
        "name": "Nils",
        "password": PASSWORD,
        "roles": "referent",
        "side": "company",
    }
    done = client.post(link, given)
    assert done.headers["Location"] == f"/c/{sides.cast.company.prefix}/queue/"
    assert client.get(done.headers["Location"]).status_code == 200
    seen = policy.viewer_of(Person.objects.get(address=NEW), sides.cast.company)
    assert seen and seen.roles == {"agent"}
    again = Client().get(link)
    assert again.status_code == 410
    assert again.content == Client().get(reverse("invited:join", args=["x" * 43])).content


def test_the_page_of_somebody_with_an_account(sides: Sides) -> None:
    link = fresh(sides, address="otto@other.example")
    client = Client()
    assert "next=/invited/" in client.get(link).content.decode()
    client.post(link, {"name": "Evil", "password": PASSWORD})
    assert policy.viewer_of(sides.cast.outsider, sides.cast.company) is None
    client.force_login(sides.lead)
    assert "somebody else" in client.get(link).content.decode()
    client.post(link)
    assert policy.viewer_of(sides.cast.outsider, sides.cast.company) is None
    client.force_login(sides.cast.outsider)
    assert client.post(link).status_code == 302
    assert policy.viewer_of(sides.cast.outsider, sides.cast.company)


# ---- afterwards ---------------------------------------------------------------------------


def test_an_erased_address_is_gone_from_the_invitation(sides: Sides) -> None:
    sent = invite(sides, sides.lead)
    body = store.history(sides.cast.uuid, COMPANY_STREAM)[-1].body
    assert isinstance(body, InvitationSent)
    words.erase(sides.cast.uuid, [body.address.id], ground="asked", actor=MACHINE, at=MONDAY)
    row = Invitation.objects.get()
    assert (row.address, row.title) == ("", "")
    with pytest.raises(InvitationOver):
        accept(sent)


def test_the_address_belongs_to_who_accepted_not_to_who_asked(sides: Sides) -> None:
    sent, other = invite(sides, sides.lead), invite(sides, sides.lead, address="b@helpers.example")
    _, person = accept(sent)
    addresses = {
        each.body.invitation: each.body.address.id
        for each in store.history(sides.cast.uuid, COMPANY_STREAM)
        if isinstance(each.body, InvitationSent)
    }
    theirs = claims.ids_of(sides.cast.uuid, str(person.uuid))
    assert addresses[str(sent.invitation.uuid)] in theirs
    assert addresses[str(other.invitation.uuid)] not in theirs
    assert set(addresses.values()).isdisjoint(claims.ids_of(sides.cast.uuid, str(sides.lead.uuid)))


@pytest.mark.django_db(transaction=True)
def test_two_open_the_same_link_at_once() -> None:
    sides = make_sides()
    sent = invite(sides, sides.lead)
    told: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            accept(sent)
            told.append("done")
        except Exception as problem:
            told.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["InvitationOver", "done"]
    assert names(sides.cast.uuid).count("invitation.accepted") == 1
    assert Membership.objects.filter(person__address=NEW).count() == 1
