"""How people become known, and how they are forgotten."""

from __future__ import annotations

import io

import pytest

from commondesk.accounts import directory, queries
from commondesk.accounts.models import Company, Membership, Person, Team
from commondesk.cli import main
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import PersonIntroduced
from commondesk.ledger import store, words
from tests.accounts.sides import Sides
from tests.desk.cast import FOUNDED, MONDAY, PASSWORD, Cast

TEST = Actor("test", Side.MACHINE)


def introductions(cast: Cast) -> list[PersonIntroduced]:
    history = store.history(cast.uuid, COMPANY_STREAM)
    return [event.body for event in history if isinstance(event.body, PersonIntroduced)]


def test_a_stranger_becomes_a_requester_once(cast: Cast) -> None:
    before = len(introductions(cast))
    for address in ("new@acme.example", "NEW@acme.example"):
        person = directory.person_for_address(cast.uuid, address, "Nora\nNew", at=MONDAY)
    assert person.title == "Nora New"
    assert not person.has_usable_password()
    assert len(introductions(cast)) == before + 1
    assert introductions(cast)[-1].side == "requester"
    member = queries.membership_of(cast.uuid, person.uuid)
    assert member is not None
    assert (member.side, member.roles) == ("requester", ["requester"])


def test_who_is_known_stays_what_they_are(cast: Cast) -> None:
    person = directory.person_for_address(cast.uuid, "ada@helpers.example", "Liar", at=MONDAY)
    assert (person, person.title) == (cast.agent, "Ada Gent")


def test_one_person_at_two_companies_is_introduced_to_each(cast: Cast) -> None:
    person = directory.person_for_address(cast.uuid, "otto@other.example", "Otto", at=MONDAY)
    assert person == cast.outsider
    assert person.memberships.count() == 2
    assert introductions(cast)[-1].person == str(person.uuid)


def test_without_an_address_a_name_is_enough(cast: Cast) -> None:
    person = directory.person_for_address(cast.uuid, "", "Walter Walkin", at=MONDAY)
    assert (person.address, person.title) == (None, "Walter Walkin")
    for address, name in (("", " "), ("no address", "X"), ("a" * 260 + "@b.example", "X")):
        with pytest.raises(directory.UnfitPerson):
            directory.person_for_address(cast.uuid, address, name, at=MONDAY)


def add(cast: Cast, **more: object) -> Person:
    wanted = {
        "at": MONDAY,
        "actor": TEST,
        "title": "Lea",
        "address": "lea@helpers.example",
        "side": "provider",
        "roles": ["agent"],
    }
    return directory.add_person(cast.uuid, **(wanted | more))  # type: ignore[arg-type]


def test_a_requester_can_be_promoted(cast: Cast) -> None:
    person = add(cast, address="paul@acme.example", side="company", team="l2", password=PASSWORD)
    assert person == cast.requester
    member = queries.membership_of(cast.uuid, person.uuid)
    assert member is not None
    assert member.team is not None
    assert (member.side, member.team.slug) == ("company", "L2")
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"side": "customer"}, "A side is one of"),
        ({"roles": ["agent", "boss"]}, "A role is one of"),
        ({"team": "L9"}, "there are L1, L2"),
        ({"address": "ada@helpers.example"}, "known to this company already"),
        ({"address": "otto@other.example", "password": PASSWORD}, "has a password already"),
    ],
)
def test_what_does_not_fit_is_told(cast: Cast, more: dict[str, object], said: str) -> None:
    before = (Membership.objects.count(), len(introductions(cast)))
    with pytest.raises(directory.UnfitPerson, match=said):
        add(cast, **more)
    assert (Membership.objects.count(), len(introductions(cast))) == before


def test_no_company_sets_the_password_of_another_ones_person(cast: Cast) -> None:
    other = Company.objects.exclude(pk=cast.uuid).get()
    directory.person_for_address(other.uuid, "shared@x.example", "Shared", at=MONDAY)
    with pytest.raises(directory.UnfitPerson, match="another company"):
        add(cast, address="shared@x.example", password=PASSWORD)


def test_the_first_of_a_team_without_a_contact_becomes_it(cast: Cast) -> None:
    Team.objects.filter(company=cast.uuid, slug="L2").update(contact=None)
    person = add(cast, team="L2")
    assert queries.contacts(cast.uuid)["L2"] == str(person.uuid)


def test_people_come_back_from_the_record(cast: Cast) -> None:
    before = {
        (member.person.uuid, member.person.title, member.person.address, member.side)
        for member in Membership.objects.filter(company=cast.uuid).select_related("person")
    }
    Membership.objects.filter(company=cast.uuid).delete()
    Team.objects.filter(company=cast.uuid).delete()
    Company.objects.filter(uuid=cast.uuid).delete()
    Person.objects.exclude(pk=cast.outsider.pk).delete()
    directory.restore(cast.uuid)
    directory.restore(cast.uuid)
    restored = Membership.objects.filter(company=cast.uuid).select_related("person", "team")
    assert {
        (member.person.uuid, member.person.title, member.person.address, member.side)
        for member in restored
    } == before
    assert Company.objects.get(uuid=cast.uuid).prefix == "ACMEPR"
    assert not any(member.person.has_usable_password() for member in restored)
    assert {team.slug for team in queries.teams(cast.uuid)} == {"L1", "L2"}


def test_erased_names_and_addresses_are_gone_everywhere(cast: Cast) -> None:
    ticket = cast.open()
    body = next(each for each in introductions(cast) if each.person == str(cast.requester.uuid))
    assert body.address is not None
    words.erase(cast.uuid, [body.title.id, body.address.id], ground="asked", actor=TEST, at=MONDAY)
    person = Person.objects.get(uuid=cast.requester.uuid)
    assert (person.title, person.address, person.is_active) == ("[erased]", None, False)
    assert cast.row(ticket).requester_title == "[erased]"
    assert cast.messages(ticket)[0].author_title == "[erased]"


def test_the_command_adds_somebody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    words_given = "add-person --company acmepr --name Lea --address lea@helpers.example"
    more = ["--side", "provider", "--roles", "agent, lead", "--team", "L2", "--password-stdin"]
    assert main([*words_given.split(), *more]) == 0
    assert "known now" in capsys.readouterr().out
    person = Person.objects.get(address="lea@helpers.example")
    assert person.check_password(PASSWORD)
    assert main([*words_given.split(), *more]) == 2
    assert "already" in capsys.readouterr().err
    assert introductions(cast)[-1].roles == ("agent", "lead")


def test_the_command_adds_somebody_of_a_provider(
    sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    words_given = "add-person --company acmepr --name Nils --address nils@helpers.example"
    more = ["--side", "provider", "--roles", "agent", "--team", "helpers", "--provider"]
    assert main([*words_given.split(), *more, "Nobody"]) == 2
    assert "those that do: Helpers, Others" in capsys.readouterr().err
    assert main([*words_given.split(), *more, "OTHERS"]) == 2
    assert "another provider's" in capsys.readouterr().err
    assert main([*words_given.split(), *more, "helpers"]) == 0
    member = Membership.objects.get(person__address="nils@helpers.example")
    assert member.provider == sides.helpers


def test_everybody_of_both_sides_is_a_colleague(cast: Cast) -> None:
    found = {each.title: (each.side, each.team) for each in queries.colleagues(cast.uuid)}
    assert found == {
        "Ada Gent": ("provider", "L1"),
        "Ed Xpert": ("provider", "L2"),
        "Rita Ferent": ("company", "L1"),
    }
    assert FOUNDED < MONDAY
