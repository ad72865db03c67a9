"""What the desk says of tickets, in French: rows, lines, clocks, gaps, steps and refusals."""

from __future__ import annotations

import pytest
from django.urls import reverse

from commondesk.accounts import policy
from commondesk.accounts.models import Person
from commondesk.core import texts
from commondesk.core.record.events import WaitReason
from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.core.record.steps import IllegalStep
from commondesk.desk import actions, blank, gaps, own_words, ticket_queries
from commondesk.desk.gaps import Gap, Reach
from commondesk.ledger.now import instant_now
from tests.desk.cast import MONDAY, Cast, on
from tests.desk.pages import press, shown, signed_in


@pytest.fixture(autouse=True)
def reading_french(cast: Cast) -> None:
    for person in (cast.agent, cast.requester, cast.referent):
        person.language = "fr"
        person.save(update_fields=["language"])


def missing(page: str, *words: str) -> list[str]:
    assert '<html lang="fr"' in page
    return [each for each in words if each not in plain(page)]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def listed(cast: Cast, person: Person, query: str = "") -> str:
    answer = signed_in(person).get(reverse("desk:queue", args=[cast.company.prefix]) + query)
    return str(answer.content.decode())


def test_rows_views_and_filters_of_the_queue(cast: Cast) -> None:
    now = instant_now()
    cast.open(at=now - HOUR)
    waiting = cast.open(at=now - HOUR)
    cast.does(cast.agent, waiting, actions.take, now - HOUR)()
    cast.does(cast.agent, waiting, actions.wait_on, now - HOUR)(reason=WaitReason.REQUESTER)
    page = listed(cast, cast.agent)
    assert missing(page, "Mon travail", "Prochaines échéances", "première réponse") == []
    page = listed(cast, cast.agent, "?view=all&q=status:waiting")
    assert missing(page, "en attente", "Tous les tickets", "la réponse du demandeur") == []
    page = listed(cast, cast.agent, "?view=all&status=gone&opened=7d")
    assert missing(page, "État : « gone » ne veut rien dire ici", "7 jours") == []


def test_lines_hands_and_clocks_of_a_ticket(cast: Cast) -> None:
    now = instant_now()
    ticket = cast.open(at=now - HOUR, channel="phone", actor=cast.actor(cast.agent))
    does = cast.does
    does(cast.agent, ticket, actions.take, now - HOUR)()
    does(cast.agent, ticket, actions.offer_handover, now - HOUR)(team="L2", reason="La carte")
    does(cast.agent, ticket, actions.wait_on, now - HOUR)(reason=WaitReason.APPROVAL)
    page = shown(cast, cast.agent, ticket)
    lines = (
        "Ouvert par vous pour Paul Press, par téléphone.",
        "Pris par vous.",
        "par vous : « La carte ». Le titulaire reste",
        "Attend un accord",
        "Première réponse",
    )
    assert missing(page, *lines) == []
    other = shown(cast, cast.referent, ticket)
    assert missing(other, "Pris par Ada Gent.", "Demander plus de compétences") == []


def test_a_step_says_what_it_did_and_what_it_refuses(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    code = f"{cast.company.prefix}-{cast.row(ticket).number}"
    client = signed_in(cast.agent)
    path = reverse("desk:step", args=[cast.company.prefix, cast.row(ticket).number, "take"])
    page = client.post(path, {}, follow=True).content.decode()
    assert missing(page, f"Vous êtes maintenant titulaire de {code}.", "Rendre le ticket") == []
    again = client.post(path, {})
    assert again.status_code == 422
    said = again.content.decode()
    assert missing(said, "Ce n’est pas fait.", "Cette personne est déjà titulaire") == []
    wanting = press(cast, cast.agent, ticket, "wait", on="scheduled").content.decode()
    assert missing(wanting, "Dites jusqu’à quand le ticket attend.", "un accord") == []


def test_a_ticket_that_is_closed_refuses_in_the_language_of_whoever_tries(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.resolve, MONDAY + MINUTE)(text="Fait.")
    asks = cast.does(cast.agent, ticket, actions.ask, MONDAY + HOUR)
    with texts.spoken("fr"), pytest.raises(IllegalStep, match="Rouvrez-le d’abord"):
        asks(text="?")
    with pytest.raises(IllegalStep, match="Reopen it first"):
        asks(text="?")


def test_a_row_of_the_gaps(cast: Cast) -> None:
    cast.open()
    viewer = policy.viewer_of(cast.expert, cast.company)
    assert viewer is not None
    with texts.spoken("fr"):
        (row,) = gaps.group([Reach(cast.company, viewer)], Gap.OWNERLESS, on(10, "12:00")).rows
    assert plain(row.detail) == "depuis le lun. 09:00, 3 h en temps réel"
    assert row.step == gaps.Step("take", "Prendre")
    assert row.answers == "Rita Ferent en répond"


def test_a_form_that_is_kept_is_kept_for_each_language(cast: Cast) -> None:
    viewer = policy.viewer_of(cast.agent, cast.company)
    assert viewer is not None
    row = cast.row(cast.open())
    page = ticket_queries.ticket_page(cast.company, viewer, row, MONDAY)
    drawn = {}
    for language in ("en", "fr", "en"):
        with texts.spoken(language):
            drawn[language] = blank.fields(page, "wait")
    assert "an approval" in drawn["en"]
    assert "un accord" in drawn["fr"]


@pytest.mark.parametrize(
    ("stored", "french"),
    [
        (own_words.SILENT, "Silencieux au-delà de son objectif."),
        (own_words.NOBODY, "aucun des destinataires n’a d’adresse de courriel"),
        (
            own_words.SWITCHED_OFF % {"address": "ada@acme.example", "why": "550 gone"},
            "le courriel à ada@acme.example a déjà échoué et n’est plus envoyé : 550 gone",
        ),
        ("Ask them again.", "Ask them again."),
    ],
)
def test_reasons_of_the_desk_itself_are_stored_in_english(stored: str, french: str) -> None:
    assert own_words.shown(stored) == stored
    with texts.spoken("fr"):
        assert plain(own_words.shown(stored)) == french
