"""The pages about people: what they show whom, and that nobody reaches beyond their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts import directory, policy, queries
from commondesk.accounts.arrangement import absences, members, providers, teams
from commondesk.accounts.models import Absence, Invitation, Membership, Person, Team
from commondesk.core.record.arrangement import CompanyChanged
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.instant import DAY
from commondesk.desk import actions
from commondesk.ledger import store, words
from commondesk.ledger.now import instant_now
from tests.accounts.sides import MACHINE, Sides
from tests.desk.cast import MONDAY, found


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(sides: Sides, name: str, *args: object) -> str:
    return reverse(f"people:{name}", args=[sides.cast.company.prefix, *args])


def shown(sides: Sides, person: Person, name: str, *args: object, query: str = "") -> str:
    answer = signed_in(person).get(url(sides, name, *args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def at_other(sides: Sides) -> dict[str, Any]:
    """A person, a team, a provider, an absence and an invitation of another company."""
    other = sides.cast.outsider.memberships.get().company
    away = Absence.objects.create(
        uuid=uuid4(),
        company=other,
        person=sides.cast.outsider,
        deputy=sides.cast.outsider,
        from_at=MONDAY,
        until_at=instant_now() + DAY,
    )
    asked = Invitation.objects.create(
        company=other,
        address="x@other.example",
        side="company",
        digest="1" * 64,
        invited_by=sides.cast.outsider,
        created_at=MONDAY,
        expires_at=instant_now() + DAY,
    )
    provider = providers.engage_provider(other.uuid, at=MONDAY, actor=MACHINE, title="Far Away")
    team = teams.form_team(other.uuid, at=MONDAY, actor=MACHINE, title="Far", tier="L1")
    return {
        "person": sides.cast.outsider.uuid,
        "away": away.uuid,
        "asked": asked.uuid,
        "provider": provider.uuid,
        "team": team.slug,
    }


ROUTES: list[tuple[str, str, str]] = [
    ("get", "person", "person"),
    ("post", "change", "person"),
    ("post", "enter-absence", "person"),
    ("post", "copy", "person"),
    ("get", "leave", "person"),
    ("post", "leave", "person"),
    ("post", "invite-again", "asked"),
    ("post", "withdraw", "asked"),
    ("get", "team", "team"),
    ("post", "team", "team"),
    ("get", "dismiss", "provider"),
    ("post", "dismiss", "provider"),
    ("post", "offer-password", "person"),
    ("post", "remove-absence", "away"),
]


@pytest.mark.parametrize(("method", "name", "kind"), ROUTES)
def test_what_is_another_companys_is_not_there(
    sides: Sides, method: str, name: str, kind: str
) -> None:
    foreign = at_other(sides)[kind]
    unknown = "nowhere" if kind == "team" else uuid4()
    for person in (sides.cast.referent, sides.lead, sides.agent, sides.cast.requester):
        client = signed_in(person)
        answers = [getattr(client, method)(url(sides, name, key)) for key in (foreign, unknown)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


PAGES = ["list", "invite", "teams", "providers", "settings"]


@pytest.mark.parametrize("name", PAGES)
def test_requesters_and_strangers_see_nothing_of_it(sides: Sides, name: str) -> None:
    for person in (sides.cast.requester, sides.cast.outsider):
        assert signed_in(person).get(url(sides, name)).status_code == 404
    assert Client().get(url(sides, name)).status_code == 302
    page = signed_in(sides.cast.requester).get(f"/c/{sides.cast.company.prefix}/queue/")
    assert "/people/" not in page.content.decode()


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("list", {"referent", "lead", "agent"}),
        ("teams", {"referent", "lead", "agent"}),
        ("invite", {"referent", "lead"}),
        ("providers", {"referent"}),
        ("settings", {"referent"}),
    ],
)
def test_who_sees_which_page(sides: Sides, name: str, who: set[str]) -> None:
    people = {"referent": sides.cast.referent, "lead": sides.lead, "agent": sides.agent}
    for role, person in people.items():
        status = signed_in(person).get(url(sides, name)).status_code
        assert status == (200 if role in who else 404), role


# ---- the list -----------------------------------------------------------------------------


def test_everybody_by_side(sides: Sides) -> None:
    both = shown(sides, sides.cast.referent, "list")
    for name in ("Rita Ferent", "Lea Der", "Ola Ther", "Ada Gent"):
        assert name in both
    assert "Paul Press" not in both
    own = shown(sides, sides.cast.referent, "list", query=f"?shelf={sides.helpers.uuid}")
    assert "Lea Der" in own
    assert "Ola Ther" not in own
    asking = shown(sides, sides.cast.referent, "list", query="?shelf=requesters")
    assert "Paul Press" in asking
    strange = shown(sides, sides.cast.referent, "list", query=f"?shelf={uuid4()}")
    assert "Lea Der" in strange


def test_one_finds_somebody_by_name_or_address(sides: Sides) -> None:
    for text in ("hal per", "HAL@helpers"):
        page = shown(sides, sides.cast.referent, "list", query=f"?q={text}")
        assert "Hal Per" in page
        assert "Lea Der" not in page
    assert "Nobody here is called" in shown(sides, sides.lead, "list", query="?q=zzz")


def test_two_providers_do_not_see_each_others_addresses(sides: Sides) -> None:
    page = shown(sides, sides.lead, "list")
    assert "Ola Ther" in page
    assert "ola@others.example" not in page
    assert "hal@helpers.example" in page
    assert "Ola Ther" not in shown(sides, sides.lead, "list", query="?q=ola@others")
    assert "ola@others.example" not in shown(sides, sides.lead, "person", sides.stranger.uuid)
    assert "ola@others.example" in shown(sides, sides.cast.referent, "list")


def test_the_list_asks_as_often_for_many_as_for_few(sides: Sides) -> None:
    client = signed_in(sides.cast.referent)

    def count() -> int:
        with CaptureQueriesContext(connection) as told:
            assert client.get(url(sides, "list")).status_code == 200
        return len(told)

    count()
    few = count()
    for number in range(5):
        add(sides, f"Ex Tra{number}")
    assert count() == few


def add(sides: Sides, title: str, **more: Any) -> Person:
    wanted: dict[str, Any] = {"side": "provider", "roles": ["agent"], "team": "helpers"}
    return directory.add_person(
        sides.cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title=title,
        address=f"{title.replace(' ', '.').lower()}@helpers.example",
        provider=sides.helpers.uuid,
        **(wanted | more),
    )


def test_a_long_list_goes_on(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commondesk.accounts.people_queries.ON_A_PAGE", 2)
    seen: list[str] = []
    after = ""
    while True:
        page = signed_in(sides.cast.referent).get(url(sides, "list") + f"?after={after}")
        found_people = page.content.decode().split("<tbody>")[1].split('<th scope="row">')[1:]
        seen += [each.split("</a>")[0].rpartition(">")[2] for each in found_people]
        if "More" not in page.content.decode():
            break
        after = page.content.decode().rpartition("after=")[2].split('"')[0]
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen)


# ---- one person ---------------------------------------------------------------------------


def test_a_lead_changes_somebody_on_their_page(sides: Sides) -> None:
    page = shown(sides, sides.lead, "person", sides.agent.uuid)
    assert "Change Hal Per" in page
    place = f"provider:{sides.helpers.uuid}:helpers"
    given: dict[str, Any] = {"place-place": place, "place-roles": ["agent", "lead"]}
    done = signed_in(sides.lead).post(url(sides, "change", sides.agent.uuid), given)
    assert done.status_code == 302
    seen = policy.viewer_of(sides.agent, sides.cast.company)
    assert seen and seen.roles == {"agent", "lead"}


@pytest.mark.parametrize(
    "given",
    [
        {"place-place": "company::L1", "place-roles": ["agent"]},
        {"place-place": "requester::", "place-roles": ["requester"]},
        {"place-place": "provider:OTHERS:others", "place-roles": ["agent"]},
        {"place-place": "provider:HELPERS:helpers", "place-roles": ["referent"]},
        {"place-place": "provider:HELPERS:others", "place-roles": ["agent"]},
        {"place-place": "machine::", "place-roles": ["agent"]},
        {"place-place": "", "place-roles": []},
        {"side": "company", "roles": "referent"},
    ],
)
def test_a_form_gives_nothing_that_it_does_not_offer(sides: Sides, given: dict[str, Any]) -> None:
    before = list(Membership.objects.order_by("id").values())
    text = str(given.get("place-place", ""))
    text = text.replace("OTHERS", str(sides.others.uuid))
    given = given | {"place-place": text.replace("HELPERS", str(sides.helpers.uuid))}
    answer = signed_in(sides.lead).post(url(sides, "change", sides.agent.uuid), given)
    assert answer.status_code == 422
    assert list(Membership.objects.order_by("id").values()) == before


def test_what_is_not_asked_for_is_ignored(sides: Sides) -> None:
    given: dict[str, Any] = {
        "place-place": f"provider:{sides.helpers.uuid}:helpers",
        "place-roles": ["agent", "lead"],
        "is_active": "",
        "company": str(uuid4()),
        "person": str(sides.lead.uuid),
        "address": "evil@x.example",
    }
    done = signed_in(sides.lead).post(url(sides, "change", sides.agent.uuid), given)
    assert done.status_code == 302
    person = Person.objects.get(pk=sides.agent.pk)
    assert person.address == "hal@helpers.example"
    assert Membership.objects.get(person=person).company_id == sides.cast.uuid


@pytest.mark.parametrize("name", ["change", "leave", "copy", "enter-absence"])
def test_a_lead_arranges_nobody_elses_people(sides: Sides, name: str) -> None:
    for person in (sides.stranger, sides.cast.referent, sides.cast.requester, sides.cast.agent):
        given = {"place-place": f"provider:{sides.helpers.uuid}:helpers", "place-roles": ["agent"]}
        answer = signed_in(sides.lead).post(url(sides, name, person.uuid), given)
        assert answer.status_code == 404
        unknown = signed_in(sides.lead).post(url(sides, name, uuid4()), given)
        assert answer.content == unknown.content
    assert "Change" not in shown(sides, sides.lead, "person", sides.stranger.uuid)


def test_an_agent_enters_their_own_days_away(sides: Sides) -> None:
    client = signed_in(sides.agent)
    page = shown(sides, sides.agent, "person", sides.agent.uuid)
    assert "Enter days away" in page
    assert "Change Hal Per" not in page
    wrong = {"absence-from_on": "soon", "absence-until_on": "9999-12-31", "absence-deputy": ""}
    answer = client.post(url(sides, "enter-absence", sides.agent.uuid), wrong)
    assert answer.status_code == 422
    assert "Give a day such as" in answer.content.decode()
    for deputy, status in ((sides.stranger, 422), (sides.lead, 302)):
        given = {
            "absence-from_on": "2099-07-01",
            "absence-until_on": "2099-07-14",
            "absence-deputy": str(deputy.uuid),
        }
        answer = client.post(url(sides, "enter-absence", sides.agent.uuid), given)
        assert answer.status_code == status
    absence = Absence.objects.get()
    assert absence.until_at - absence.from_at == 14 * DAY
    assert "Lea Der" in shown(sides, sides.agent, "person", sides.agent.uuid)
    removed = client.post(url(sides, "remove-absence", absence.uuid))
    assert removed.status_code == 302
    assert not Absence.objects.exists()


# ---- leaving ------------------------------------------------------------------------------


def test_leaving_shows_all_of_it_and_takes_one_choice_for_all(
    sides: Sides, soon: Callable[..., Any]
) -> None:
    first, second = soon(), soon()
    for ticket in (first, second):
        sides.cast.does(sides.agent, ticket, actions.take, MONDAY)()
    client, place = signed_in(sides.lead), url(sides, "leave", sides.agent.uuid)
    page = client.get(place).content.decode()
    assert "ACMEPR-1001" in page
    assert "ACMEPR-1002" in page
    assert "team:others" not in page
    refused = client.post(place, {})
    assert refused.status_code == 422
    assert "Without a successor" in refused.content.decode()
    given: dict[str, Any] = {
        "for_all": "team:helpers",
        f"ticket-{second}": f"person:{sides.lead.uuid}",
    }
    assert client.post(place, given).status_code == 302
    assert sides.cast.row(first).team == "helpers"
    assert policy.viewer_of(sides.agent, sides.cast.company) is None
    assert signed_in(sides.agent).get(url(sides, "list")).status_code in (302, 404)
    assert client.get(place).status_code == 404


@pytest.fixture
def soon(sides: Sides) -> Callable[..., Any]:
    return sides.cast.open


def test_a_provider_is_let_go_on_its_page(sides: Sides) -> None:
    client = signed_in(sides.cast.referent)
    assert "Helpers" in shown(sides, sides.cast.referent, "providers")
    place = url(sides, "dismiss", sides.helpers.uuid)
    assert "2 people leave" in client.get(place).content.decode()
    assert client.post(place).status_code == 302
    assert "Helpers" not in queries.providers(sides.cast.uuid).values()
    assert client.get(place).status_code == 404
    assert "until" in shown(sides, sides.cast.referent, "providers")
    shown(sides, sides.cast.referent, "teams")


# ---- teams and invitations ----------------------------------------------------------------


def test_a_lead_forms_and_changes_a_team(sides: Sides) -> None:
    client = signed_in(sides.lead)
    given: dict[str, Any] = {
        "title": "Night watch",
        "tier": "L1",
        "provider": str(sides.helpers.uuid),
    }
    assert client.post(url(sides, "teams"), given).status_code == 302
    team = Team.objects.get(slug="night-watch")
    assert (team.provider, team.side) == (sides.helpers, "provider")
    for wrong in ("", str(sides.others.uuid), str(uuid4())):
        refused = client.post(url(sides, "teams"), given | {"provider": wrong, "title": "No"})
        assert refused.status_code in (404, 422)
    change: dict[str, Any] = {"title": "Night", "tier": "L2", "contact": str(sides.agent.uuid)}
    assert client.post(url(sides, "team", "night-watch"), change).status_code == 302
    wrong_contact = change | {"contact": str(sides.stranger.uuid)}
    assert client.post(url(sides, "team", "night-watch"), wrong_contact).status_code == 422
    for slug in ("others", "L1"):
        assert client.post(url(sides, "team", slug), change).status_code == 404
    assert not Team.objects.filter(title="No").exists()
    agent = signed_in(sides.agent)
    assert agent.post(url(sides, "teams"), given).status_code == 404


def test_somebody_is_invited_and_withdrawn_on_the_page(sides: Sides) -> None:
    client = signed_in(sides.lead)
    given: dict[str, Any] = {
        "address": "nils@helpers.example",
        "name": "Nils",
        "place": f"provider:{sides.helpers.uuid}:helpers",
        "roles": ["agent"],
    }
    sent = client.post(url(sides, "invite"), given)
    assert sent.status_code == 200
    assert "/invited/" in sent.content.decode()
    waiting = shown(sides, sides.lead, "list", query="?shelf=invited")
    assert "nils@helpers.example" in waiting
    assert "/invited/" not in waiting
    assert "nils@" not in shown(sides, sides.stranger, "list", query="?shelf=invited")
    asked = Invitation.objects.get()
    stranger = signed_in(sides.stranger)
    assert stranger.post(url(sides, "withdraw", asked.uuid)).status_code == 404
    again = client.post(url(sides, "invite-again", asked.uuid))
    assert again.status_code == 200
    asked.refresh_from_db()
    assert asked.withdrawn_at is not None
    newest = Invitation.objects.get(withdrawn_at=None)
    assert client.post(url(sides, "withdraw", newest.uuid)).status_code == 302
    refused = client.post(url(sides, "invite"), given | {"address": "no", "roles": ["referent"]})
    assert refused.status_code == 422


def test_a_provider_is_asked_on_the_page(sides: Sides) -> None:
    client = signed_in(sides.cast.referent)
    given: dict[str, Any] = {
        "provider_title": "Fresh Hands",
        "address": "bea@fresh.example",
        "name": "Bea",
    }
    assert client.post(url(sides, "providers"), given).status_code == 200
    assert Invitation.objects.get().provider_title == "Fresh Hands"
    refused = client.post(url(sides, "providers"), given | {"provider_title": "Helpers"})
    assert refused.status_code == 422
    assert signed_in(sides.lead).post(url(sides, "providers"), given).status_code == 404


def test_people_are_taken_along_on_their_page(sides: Sides) -> None:
    other, _ = found("Third Works", "Thea Ird", "thea@third.example")
    providers.engage_provider(other.uuid, at=MONDAY, actor=MACHINE, title="Helpers")
    teams.form_team(
        other.uuid, at=MONDAY, actor=MACHINE, title="Far", tier="L1", provider=sides.helpers.uuid
    )
    assert "Third Works" not in shown(sides, sides.lead, "person", sides.agent.uuid)
    directory.add_person(
        other.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Lea",
        address="lea@helpers.example",
        side="provider",
        roles=["lead"],
        team="far",
        provider=sides.helpers.uuid,
    )
    assert "Third Works" in shown(sides, sides.lead, "person", sides.agent.uuid)
    place = url(sides, "copy", sides.agent.uuid)
    client = signed_in(sides.lead)
    assert client.post(place, {"copy-place": "OTHERW:L1"}).status_code == 422
    done = client.post(place, {"copy-place": f"{other.prefix}:far"})
    assert done.status_code == 302
    assert policy.viewer_of(sides.agent, other)


def test_every_change_is_on_record_under_its_name(sides: Sides) -> None:
    absences.enter_absence(
        sides.cast.uuid,
        sides.agent.uuid,
        at=MONDAY,
        actor=sides.actor(sides.agent),
        from_at=MONDAY,
        until_at=MONDAY + DAY,
        deputy=sides.lead.uuid,
    )
    last = store.history(sides.cast.uuid, COMPANY_STREAM)[-1]
    assert (last.name, last.actor.id) == ("absence.entered", str(sides.agent.uuid))


# ---- settings, and passwords for others ---------------------------------------------------


def test_the_company_gets_another_name_and_language(sides: Sides) -> None:
    wanted = {"title": "  Acme   Presses & Tools ", "language": "fr"}
    answer = signed_in(sides.cast.referent).post(url(sides, "settings"), wanted)
    assert answer.status_code == 302
    sides.cast.company.refresh_from_db()
    assert (sides.cast.company.title, sides.cast.company.language) == (
        "Acme Presses & Tools",
        "fr",
    )
    told = store.history(sides.cast.uuid, COMPANY_STREAM)
    last = told[-1]
    assert isinstance(last.body, CompanyChanged)
    assert words.texts([last.body.title.id]) == {last.body.title.id: "Acme Presses & Tools"}
    # The same once more tells nothing new.
    signed_in(sides.cast.referent).post(url(sides, "settings"), wanted)
    assert store.history(sides.cast.uuid, COMPANY_STREAM) == told


def test_what_no_company_can_be_is_said_at_its_field(sides: Sides) -> None:
    before = len(store.history(sides.cast.uuid, COMPANY_STREAM))
    for wanted, said in (
        ({"title": " ", "language": "en"}, "Fill this in."),
        ({"title": "Acme", "language": "xx"}, "Select a valid choice"),
    ):
        answer = signed_in(sides.cast.referent).post(url(sides, "settings"), wanted)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert len(store.history(sides.cast.uuid, COMPANY_STREAM)) == before


def test_only_who_steers_changes_the_settings(sides: Sides) -> None:
    for person in (sides.lead, sides.agent, sides.cast.requester, sides.cast.outsider):
        wanted = {"title": "Mine now", "language": "en"}
        assert signed_in(person).post(url(sides, "settings"), wanted).status_code == 404


def test_without_mail_the_link_to_a_password_is_shown(sides: Sides, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    answer = signed_in(sides.lead).post(url(sides, "offer-password", sides.agent.uuid))
    assert answer.status_code == 200
    assert settings.ORIGIN + "/forgot/" in answer.content.decode()
    mine = signed_in(sides.lead).post(url(sides, "offer-password", sides.lead.uuid))
    assert mine.status_code == 404


def test_nobody_sees_the_link_of_somebody_who_may_do_more(sides: Sides, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    for person, roles in (
        (sides.agent, ["agent", "lead", "decision_maker"]),
        (sides.lead, ["agent", "lead"]),
    ):
        member = Membership.objects.get(company=sides.cast.company, person=person)
        members.change_member(
            sides.cast.uuid,
            person.uuid,
            at=MONDAY,
            actor=MACHINE,
            side="provider",
            roles=roles,
            team=member.team.slug if member.team else "",
            provider=sides.helpers.uuid,
        )
    answer = signed_in(sides.lead).post(url(sides, "offer-password", sides.agent.uuid), follow=True)
    assert "only a mail can bring the link" in answer.content.decode()
