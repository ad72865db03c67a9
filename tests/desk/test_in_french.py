"""The pages of the desk in French, for whoever chose it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast
from tests.desk.pages import press, shown, signed_in


@pytest.fixture(autouse=True)
def reading_french(cast: Cast) -> None:
    for person in (cast.agent, cast.expert, cast.requester, cast.referent):
        person.language = "fr"
        person.save(update_fields=["language"])


def get(cast: Cast, person: Person, name: str, query: str = "") -> str:
    address = reverse(f"desk:{name}", args=[cast.company.prefix])
    return said(signed_in(person).get(address + query))


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def missing(page: str, *words: str) -> list[str]:
    """Those of these words that the page says neither in its text nor in what a tag is called."""
    assert '<html lang="fr"' in page
    spoken = re.sub(r"<[^>]*>", "", page), page
    return [each for each in words if not any(each in some for some in spoken)]


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("queue", "", ["Échéance, en heures de service", "Arrivé par", "1 affiché"]),
        ("queue", "?view=vendor", ["Rien n’est chez un fournisseur", "Tous les tickets"]),
        ("queue", "?view=all&q=weather", ["Aucun ticket ne correspond", "a été cherché dans"]),
        ("gaps", "", ["Où un ticket peut se perdre", "Ce qui ne va pas, depuis quand"]),
        ("gaps", "?gap=vendor", ["Si cela change, vous le verrez ici"]),
        ("shift", "", ["Relève d’équipe", "il y a 8 heures", "Aucun ticket n’a été résolu."]),
        ("new-ticket", "", ["Nouveau ticket pour quelqu’un", "De quoi il s’agit", "Annuler"]),
        ("replies", "", ["Réponses types", "deviennent le nom du demandeur", "Texte"]),
    ],
)
def test_pages_of_who_works_tickets(cast: Cast, name: str, query: str, words: list[str]) -> None:
    ticket = cast.open(at=instant_now() - DAY)
    if name == "shift":
        cast.does(cast.agent, ticket, actions.take, instant_now() - HOUR)()
        cast.does(cast.agent, ticket, actions.ask, instant_now() - HOUR)(text="Which belt?")
    person = cast.referent if name == "gaps" else cast.agent
    assert missing(get(cast, person, name, query), *words) == []


def test_a_queue_that_never_had_a_ticket(cast: Cast) -> None:
    page = get(cast, cast.referent, "queue")
    assert missing(page, "Aucun ticket n’est encore arrivé.", "Brouillon de charte") == []


def test_a_ticket_that_nobody_has_and_then_somebody(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    page = shown(cast, cast.agent, ticket)
    words = ("Dans quelles mains le temps est passé", "Prendre", "Sans titulaire")
    assert missing(page, *words, "Notre équipe", "Jamais envoyé par courriel.") == []
    cast.does(cast.agent, ticket, actions.take, instant_now() - HOUR + MINUTE)()
    page = shown(cast, cast.agent, ticket)
    assert missing(page, "en êtes titulaire", "Envoyer la réponse à 1 personne") == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("counted/", "Comment les chronomètres ont été comptés"),
        ("about/", "De quoi il s’agit"),
    ],
)
def test_what_lies_beside_a_ticket(cast: Cast, more: str, words: str) -> None:
    assert missing(shown(cast, cast.agent, cast.open(), more), words) == []


def test_a_text_that_came_too_late_stands_beside_what_others_did(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    seen = cast.row(ticket).position
    cast.writes(ticket, instant_now() - 30 * MINUTE)
    answer = press(cast, cast.agent, ticket, "write", position=seen, to="own", text="Soon.")
    words = ("Ce que d’autres ont fait entre-temps", "Votre texte est plus bas")
    assert missing(said(answer, 409), *words) == []


def test_pages_of_who_asks(cast: Cast) -> None:
    page = partial(get, cast, cast.requester)
    assert missing(page("queue"), "Vous n’avez encore rien demandé") == []
    assert missing(page("new-ticket"), "Contacter le bureau d’assistance") == []
    ticket = cast.open(at=instant_now() - HOUR)
    assert missing(page("queue"), "Qui s’en occupe", "Pour quand", ", demande du ") == []
    assert missing(shown(cast, cast.requester, ticket), "Vos tickets", "Envoyer au bureau") == []
