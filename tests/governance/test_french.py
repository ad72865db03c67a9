"""The pages of the charter and the catalogue for somebody who reads French."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core import texts
from commondesk.core.charter import choices, yaml_text
from commondesk.core.charter.leaf import ROLES
from commondesk.core.charter.schema import SECTIONS, DecisionRight, fields_of
from commondesk.core.service_level.charter_data import CharterError
from commondesk.desk import wording
from tests.desk.cast import MONDAY
from tests.governance.sides import Sides
from tests.governance.test_charter_pages import get, text_of, url

SAID = {
    "charter": ("Ce qui est promis", "Comment les chronomètres sont lus", "lun. au ven."),
    "versions": ("Toutes les versions de toutes les chartes", "en vigueur comme brouillon"),
    "calendars": ("Calendriers et jours fériés", "Jours de fermeture"),
    "begin": ("Commencer par un modèle", "aucun prestataire : l’entreprise s’en charge elle-même"),
    "write": ("Écrire la charte", "décideur", "Ce qui est vraiment dans le périmètre"),
    "import": ("Importer une charte en YAML", "celui que le fichier nomme"),
    "catalogue": ("Services", "Aucune charte en vigueur ne couvre de service"),
    "lists": ("Importer des personnes depuis un fichier", "Ses colonnes"),
}


@pytest.fixture
def reader(sides: Sides) -> Iterator[Person]:
    person = sides.cast.referent
    Person.objects.filter(pk=person.pk).update(language="fr")
    person.refresh_from_db()
    yield person
    assert texts.language() == texts.ENGLISH


@pytest.mark.parametrize("name", SAID)
def test_pages_speak_french(client: Client, sides: Sides, reader: Person, name: str) -> None:
    answer = get(client, reader, url(sides, name))
    assert answer.status_code == 200
    assert '<html lang="fr"' in answer.content.decode()
    page = text_of(answer)
    assert [each for each in SAID[name] if each not in page] == []


def plain(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def test_changes_are_told_with_dates_in_words(client: Client, sides: Sides, reader: Person) -> None:
    first = sides.draft()
    second = sides.draft(MONDAY + 1, until_at=MONDAY + 10**15, default_priority="P2")
    numbers = [sides.number(each) for each in (first, second)]
    address = url(sides, "changes") + f"?old={numbers[0]}&new={numbers[1]}"
    page = text_of(get(client, reader, address))
    assert "changements de la version" in page and "modification" in page
    assert "Priorité tant qu’aucune n’est fixée" in page
    zone = ZoneInfo(sides.cast.company.zone)
    with texts.spoken("fr"):
        begun = plain(wording.full_words(MONDAY + 1, zone))
    assert begun in page and re.search(r"\d{4}-\d\d-\d\dT", page) is None


def test_errors_teach_in_french(client: Client, sides: Sides, reader: Person) -> None:
    client.force_login(reader)
    answer = client.post(
        url(sides, "import"), {"text": "charter:\n  hold_period: 30\n", "provider": ""}
    )
    assert answer.status_code == 422
    assert "demande une unité" in answer.content.decode()
    with pytest.raises(CharterError, match="needs a unit"):
        yaml_text.from_yaml("charter:\n  hold_period: 30\n")


def test_the_catalogue_is_entered_in_french(client: Client, sides: Sides, reader: Person) -> None:
    client.force_login(reader)
    address = reverse("governance:entry-new", args=[sides.cast.company.prefix, "sites"])
    page = client.get(address).content.decode()
    assert "Nouveau site" in page and "À quel point c’est critique" in page
    assert "de confort" in page
    answer = client.post(address, {"key": "a,b", "title": "A", "criticality": "1"})
    assert answer.status_code == 422 and "sans virgule" in answer.content.decode()
    done = client.post(address, {"key": "plant", "title": "Usine", "criticality": "1"}, follow=True)
    listed = text_of(done)  # type: ignore[arg-type]
    assert "Usine : enregistré." in listed and "critique" in listed
    shelf = reverse("governance:entries-export", args=[sides.cast.company.prefix, "sites"])
    exported = b"".join(client.get(shelf).streaming_content).decode()  # type: ignore[attr-defined]
    assert '"plant","Usine","critical","no"' in exported


def test_every_word_to_choose_from_is_listed() -> None:
    known = {*choices.WORDS, *choices.NAMES}
    offered = {
        choice.replace("_", " ")
        for section in SECTIONS
        for each in fields_of(section.shape)
        for choice in each.told.choices
    }
    assert (offered | {each.replace("_", " ") for each in ROLES}) - known == set()


def test_who_decides_names_every_role() -> None:
    decides = next(each for each in fields_of(DecisionRight) if each.name == "decides")
    assert [role for role in ROLES if role not in decides.told.meaning] == []
