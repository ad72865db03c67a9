"""The set-up link, and the company that five fields make."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import authenticate

from commondesk.accounts import policy, queries, setup
from commondesk.accounts.models import Company, Membership, Person, SetupToken
from commondesk.accounts.policy import Role
from commondesk.core.record.codec import canonical
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import CharterDrafted, CompanyFounded, PersonIntroduced
from commondesk.governance import charters
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import store, words
from tests.desk.cast import FOUNDED, PASSWORD

pytestmark = pytest.mark.django_db
FIELDS: dict[str, Any] = {
    "title": "Brüder Öl & Söhne 3000",
    "person_title": "Rita Ferent",
    "address": "Rita@Bruder.example",
    "password": PASSWORD,
    "zone": "Europe/Berlin",
}


def token() -> str:
    link = setup.setup_link()
    assert link is not None
    found = re.fullmatch(r"/setup/([\w-]{43})/", link)
    assert found is not None
    return found[1]


def test_a_link_is_replaced_at_each_start_and_kept_as_a_hash() -> None:
    first, second = token(), token()
    assert not setup.is_open(first)
    assert setup.is_open(second)
    assert not setup.is_open("")
    assert second not in SetupToken.objects.get().digest


def test_a_link_works_once() -> None:
    used = token()
    setup.set_up(used, at=FOUNDED, **FIELDS)
    assert not setup.is_open(used)
    with pytest.raises(setup.SetupClosed):
        setup.set_up(used, at=FOUNDED, **(FIELDS | {"address": "other@bruder.example"}))
    assert setup.setup_link() is None
    assert Company.objects.count() == 1


def test_a_link_survives_a_form_that_does_not_fit() -> None:
    kept = token()
    with pytest.raises(setup.UnfitCompany):
        setup.set_up(kept, at=FOUNDED, **(FIELDS | {"password": "short"}))
    assert setup.is_open(kept)
    assert not Person.objects.exists()


def test_five_fields_make_a_company() -> None:
    company, person = setup.set_up(token(), at=FOUNDED, **FIELDS)
    assert (company.prefix, company.country) == ("BRUDER", "DE")
    assert company.desk_address == "support@bruder.example"
    assert person.address == "rita@bruder.example"
    assert authenticate(email="RITA@bruder.example", password=PASSWORD) == person
    assert authenticate(email="rita@bruder.example", password="wrong") is None
    viewer = policy.viewer_of(person, company)
    assert viewer is not None
    assert viewer.side == "company"
    assert {*viewer.roles} >= {Role.REFERENT, Role.DECISION_MAKER, Role.AGENT, Role.LEAD}
    teams = {team.slug: team.contact for team in queries.teams(company.uuid)}
    assert teams == {"L1": person, "L2": person}


def test_the_founding_is_on_record() -> None:
    company, person = setup.set_up(token(), at=FOUNDED, **FIELDS)
    history = store.history(company.uuid, COMPANY_STREAM)
    assert [event.name for event in history] == [
        "company.founded",
        "team.formed",
        "team.formed",
        "person.introduced",
        "calendar.entered",
        "charter.drafted",
    ]
    founded, introduced = history[0].body, history[3].body
    assert isinstance(founded, CompanyFounded)
    assert isinstance(introduced, PersonIntroduced)
    assert words.text(founded.title) == "Brüder Öl & Söhne 3000"
    assert words.text(introduced.title) == "Rita Ferent"
    assert words.text(introduced.address) == "rita@bruder.example"
    assert introduced.person == str(person.uuid)
    assert {event.actor.id for event in history} == {str(person.uuid)}


def test_the_charter_works_from_the_first_minute() -> None:
    company, person = setup.set_up(token(), at=FOUNDED, **FIELDS)
    charter = CharterVersion.objects.get(company=company.uuid)
    agreement = charters.agreement_for(company.uuid, FOUNDED)
    assert agreement is not None
    assert not agreement.is_signed
    assert agreement.id == charter.uuid
    assert agreement.coverage.versions[0][1].zone == "Europe/Berlin"
    calendar = CalendarVersion.objects.get(company=company.uuid)
    assert '"2025-10-03"' in calendar.document
    assert '"2026-01-01"' in calendar.document
    drafted = store.history(company.uuid, COMPANY_STREAM)[-1].body
    assert isinstance(drafted, CharterDrafted)
    assert drafted.document == canonical(charters.document_of(charter))
    for personal in ("Rita", "bruder", "Brüder"):
        assert personal not in drafted.document
    assert str(person.uuid) in drafted.document


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "  ", "company's name"),
        ("person_title", "", "your name"),
        ("address", "rita", "mail address"),
        ("zone", "Europe/Atlantis", "place from the list"),
        ("zone", "", "place from the list"),
        ("password", "password1234", "common"),
        ("password", "short", "12 characters"),
        ("password", "x" * 2000, "1024"),
    ],
)
def test_each_field_is_told_what_is_wrong(field: str, value: str, said: str) -> None:
    with pytest.raises(setup.UnfitCompany) as refused:
        setup.found_company(at=FOUNDED, **(FIELDS | {field: value}))
    assert list(refused.value.problems) == [field]
    assert said in refused.value.problems[field]
    assert not Company.objects.exists()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(setup.UnfitCompany) as refused:
        setup.found_company(
            at=FOUNDED, title="", person_title="", address="", password="", zone="nowhere"
        )
    assert len(refused.value.problems) == 5


def test_an_address_is_known_once() -> None:
    setup.found_company(at=FOUNDED, **FIELDS)
    with pytest.raises(setup.UnfitCompany, match="known here"):
        setup.found_company(at=FOUNDED, **FIELDS)


def test_prefixes_are_free_and_made_of_letters() -> None:
    assert setup.free_prefix("Acme Presses") == "ACMEPR"
    assert setup.free_prefix("3000") == "DESK"
    Company.objects.create(title="Acme", prefix="ACME", zone="UTC")
    assert setup.free_prefix("ACME") == "ACMEA"
    Company.objects.create(title="Acme", prefix="ACMEPR", zone="UTC")
    assert setup.free_prefix("Acme Presses") == "ACMEA"


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Europe/Berlin", "DE"), ("Asia/Calcutta", "IN"), ("America/New_York", "US"), ("UTC", "")],
)
def test_the_country_of_a_zone(zone: str, country: str) -> None:
    assert setup.country_of(zone) == country


def test_places_are_named_with_their_country() -> None:
    places = dict(setup.places())
    assert places["Europe/Berlin"] == "Germany: Europe/Berlin"
    assert places["UTC"] == "No country: UTC"


def test_addresses_are_stored_one_way() -> None:
    person = Person.objects.create(address=" Anna@Example.COM", title="Anna")
    person.refresh_from_db()
    assert person.address == "anna@example.com"
    assert Person.objects.get_by_natural_key("ANNA@example.com") == person
    assert not Membership.objects.exists()
