"""The pages about people in French, for whoever chose it; what is stored and exported stays."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts import letters, setup
from commondesk.accounts.arrangement import invitations, leaving
from commondesk.accounts.arrangement.arranging import UnfitArrangement
from commondesk.accounts.importing import people, people_export, people_writing
from commondesk.accounts.models import Company, Person
from commondesk.core import texts
from commondesk.ledger.now import instant_now
from tests.accounts.sides import Sides
from tests.desk.cast import MONDAY

NO_BREAK = "\N{NO-BREAK SPACE}"


def reading(person: Person, language: str = "fr") -> Client:
    """A browser in which somebody who reads that language is signed in."""
    person.language = language
    person.save(update_fields=["language"])
    client = Client()
    client.force_login(person)
    return client


def url(sides: Sides, name: str, *args: object) -> str:
    return reverse(name, args=[sides.cast.company.prefix, *args])


@pytest.mark.parametrize(
    ("name", "of", "said"),
    [
        ("people:list", "", ["Les deux côtés", "Rattachement", "responsable d’équipe", "Inviter"]),
        ("people:person", "agent", ["Sa place ici", "Responsable d’équipe", "Départ", "Absence"]),
        ("people:leave", "agent", ["Laisser partir Hal Per", "ne laisse rien en suspens"]),
        ("people:invite", "", ["Inviter quelqu’un", "Adresse de courriel", "Envoyer l’invitation"]),
        ("people:teams", "", ["Équipes", "Niveau", "Créer l’équipe"]),
        ("people:providers", "", ["Prestataires", "Inviter un prestataire", "depuis le"]),
        ("people:settings", "", ["Réglages de Acme", "Langue des courriels"]),
        ("tokens:list", "", ["Jetons pour programmes", "écrire des notes", "six mois"]),
    ],
)
def test_pages_are_in_french(sides: Sides, name: str, of: str, said: list[str]) -> None:
    who = {"agent": [sides.agent.uuid]}.get(of, [])
    reader = sides.lead if of or name == "tokens:list" else sides.cast.referent
    answer = reading(reader).get(url(sides, name, *who))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="fr"' in page
    assert [words for words in said if words not in page] == []


def test_what_is_wrong_is_said_in_french(sides: Sides) -> None:
    given: dict[str, Any] = {"address": "nobody", "place": "requester::", "roles": ["agent"]}
    answer = reading(sides.cast.referent).post(url(sides, "people:invite"), given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Donnez une adresse de courriel" in page
    given |= {"address": "neu@acme.example"}
    answer = reading(sides.cast.referent).post(url(sides, "people:invite"), given)
    assert f"ces rôles n’existent pas{NO_BREAK}: agent" in answer.content.decode()


def test_two_readers_read_the_same_page_each_in_their_language(sides: Sides) -> None:
    french, english = reading(sides.cast.referent), reading(sides.lead, "en")
    for _ in range(2):
        assert "Les deux côtés" in french.get(url(sides, "people:list")).content.decode()
        assert "Both sides" in english.get(url(sides, "people:list")).content.decode()


def test_an_invitation_says_the_role_in_the_language_of_its_letter(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[letters.Letter] = []
    monkeypatch.setattr(letters, "POSTMEN", [posted.append])
    given = {"place": "requester::", "roles": ["requester"]}
    for language, address in (("en", "ann@acme.example"), ("fr", "bea@acme.example")):
        Company.objects.filter(pk=sides.cast.company.pk).update(language=language)
        reader = reading(sides.cast.referent, "fr" if language == "en" else "en")
        answer = reader.post(url(sides, "people:invite"), given | {"address": address})
        assert answer.status_code == 200
    assert [each.language for each in posted] == ["en", "fr"]
    assert ["requester" in each.text for each in posted] == [True, False]
    assert ["demandeur" in each.text for each in posted] == [False, True]


def test_burdens_are_told_in_french(sides: Sides) -> None:
    with texts.spoken("fr"), pytest.raises(UnfitArrangement, match="contact de Helpers"):
        leaving.let_go(
            sides.cast.uuid,
            sides.lead.uuid,
            at=MONDAY,
            actor=sides.actor(sides.cast.referent),
        )


def test_a_list_of_people_is_exported_in_english_and_read_in_either_language(sides: Sides) -> None:
    with texts.spoken("fr"):
        exported = "".join(people_export.exported(sides.cast.uuid))
        assert ",decision maker" in exported or "decision maker," in exported
        assert "décideur" not in exported
        table = people.read(b"mail,role,team\na@b.example,responsable d'\xc3\xa9quipe,L1\n")
        plan = people_writing.look(
            sides.cast.uuid, table, at=MONDAY, actor=sides.cast.actor(sides.cast.referent)
        )
        assert [row.wanted.place.roles for row in plan.rows if row.wanted and row.wanted.place] == [
            ("lead",)
        ]
        wrong = people.read(b"mail,role\na@b.example,king\na@b.example,\n")
        plan = people_writing.look(
            sides.cast.uuid, wrong, at=MONDAY, actor=sides.cast.actor(sides.cast.referent)
        )
        told = [each.sentence for row in plan.rows for each in row.findings]
        assert any("demandeur, agent, responsable d’équipe" in each for each in told)
        assert any("N’en gardez qu’une" in each for each in told)


def test_places_are_named_and_ordered_in_french() -> None:
    with texts.spoken("fr"):
        named = setup.places()
    assert dict(named)["Europe/Berlin"] == f"Allemagne{NO_BREAK}: Europe/Berlin"
    countries = [each.partition(NO_BREAK)[0] for _, each in named]
    assert countries.index("Estonie") < countries.index("États-Unis") < countries.index("Fidji")
    assert dict(setup.places())["Europe/Berlin"] == "Germany: Europe/Berlin"


def test_somebody_who_was_invited_joins_in_french(client: Client, sides: Sides) -> None:
    sent = invitations.invite_provider(
        sides.cast.uuid,
        at=instant_now(),
        actor=sides.cast.actor(sides.cast.referent),
        provider_title="Fresh Hands",
        address="bea@fresh.example",
    )
    path = f"{urlsplit(sent.link).path}?language=fr"
    assert "agent, responsable d’équipe, décideur pour Fresh Hands" in (
        client.get(path).content.decode()
    )
    refused = client.post(path, {"name": "Bea", "password": "short"})
    assert refused.status_code == 422
    assert "Ce mot de passe est trop court" in refused.content.decode()
