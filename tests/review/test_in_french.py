"""The review and the board in French, for whoever chose it; what leaves as CSV stays English."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.core import texts
from commondesk.review import figures, shelf
from tests.desk.cast import Cast, make_cast
from tests.review.test_screens_review import MARCH, review_url, text_of, week

NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.fixture
def cast(db: None) -> Cast:
    shelf.clear()
    return make_cast()


def reading(cast: Cast, language: str = "fr") -> Client:
    """A browser in which the agent, who reads that language, is signed in."""
    cast.agent.language = language
    cast.agent.save(update_fields=["language"])
    client = Client()
    client.force_login(cast.agent)
    return client


def behind_url(cast: Cast, key: str) -> str:
    return reverse("review:behind", args=[cast.company.prefix, key])


def test_the_review_is_in_french(cast: Cast) -> None:
    week(cast)
    page = reading(cast).get(review_url(cast), MARCH).content.decode()
    assert '<html lang="fr"' in page
    said = text_of(page)
    for words in (
        "50 résolutions sur 100 à temps selon le contrat.",
        "du 10 mars 2025 au 14 mars 2025",
        "charte en brouillon : non signée",
        "Réponse à temps 50 % n 2 0 encore ouvert",
        "9 % à 91 %",
        "lecture : selon le contrat",
        "2 tickets",
        "Résolution à temps, selon chaque lecture",
        "Repart de zéro chaque fois qu’un ticket revient.",
        "1 ticket ouvert",
        "moins d’1 jour",
    ):
        assert words in said, words


def test_what_is_kept_for_one_language_is_not_shown_in_another(cast: Cast) -> None:
    week(cast)
    french = reading(cast).get(review_url(cast), MARCH).content.decode()
    english = reading(cast, "en").get(review_url(cast), MARCH).content.decode()
    again = reading(cast).get(review_url(cast), MARCH).content.decode()
    assert "Response on time" in english and "Réponse à temps" not in english
    for page in (french, again):
        assert "Réponse à temps" in page and "Response on time" not in page


def test_the_tickets_behind_a_figure_are_told_in_french(cast: Cast) -> None:
    week(cast)
    client, address = reading(cast), behind_url(cast, "attainment.response.contract")
    page = client.get(address, MARCH).content.decode()
    assert f"50{NO_BREAK}%" in page
    said = text_of(page)
    assert "Réponse à temps : 50 %" in said
    assert "Label printer manqué 6 h" in said and "Badge reader tenu 20 min" in said
    lines = b"".join(client.get(address, {**MARCH, "as": "csv"})).decode().splitlines()
    assert lines[0].startswith("ticket,with,subject,what_came_of_it")
    assert [line.split(",")[3] for line in lines[1:]] == ["missed", "met"]


def test_all_figures_leave_in_english(cast: Cast) -> None:
    week(cast)
    address = reverse("review:table", args=[cast.company.prefix])
    lines = b"".join(reading(cast).get(address, MARCH)).decode().splitlines()
    row = next(line for line in lines if line.startswith("attainment.response,"))
    assert row.startswith("attainment.response,Response on time,contract,0.5,share")
    assert row.endswith("draft charter: unsigned")


def test_the_board_is_in_french(cast: Cast) -> None:
    week(cast)
    address = reverse("review:board", args=[cast.company.prefix])
    page = reading(cast).get(address).content.decode()
    assert '<html lang="fr"' in page
    said = text_of(page)
    assert "En ce moment" in said and "Ouverts 1" in said and "Sans titulaire 1" in said


def test_numbers_are_written_as_french_does() -> None:
    with texts.spoken("fr"):
        assert figures.of_hundred(0.9958) == "99,6"
        assert figures.percent("71") == f"71{NO_BREAK}%"
        assert figures.signed(-3.25) == "−3,2"
