"""Everybody reads their own language: theirs, their company's, their browser's, or English."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts.models import Company, Person
from commondesk.core import texts
from tests.desk.cast import Cast

FRENCH = "fr-FR,fr;q=0.9,en;q=0.5"


def browser(wanted: str) -> Client:
    return Client(headers={"Accept-Language": wanted})


def page(client: Client, name: str = "accounts:you") -> str:
    return client.get(reverse(name)).content.decode()


def known(person: Person, language: str, browsers: str = "") -> Client:
    Person.objects.filter(pk=person.pk).update(language=language)
    client = browser(browsers)
    client.force_login(person)
    return client


def test_whoever_is_unknown_is_spoken_to_as_their_browser_asks(db: None) -> None:
    assert '<html lang="en">' in page(Client(), "glossary")
    assert '<html lang="fr">' in page(browser(FRENCH), "glossary")
    assert '<html lang="en">' in page(browser("xx, *;q=0.1"), "glossary")
    assert texts.language() == texts.ENGLISH


def test_a_choice_at_the_doors_is_kept_by_the_browser(cast: Cast) -> None:
    client = browser("de")
    told = client.get("/sign-in/?language=fr").content.decode()
    assert '<html lang="fr">' in told and "Mot de passe oublié" in told
    assert '<html lang="fr">' in client.get("/sign-in/").content.decode()
    assert '<html lang="fr">' in client.get("/sign-in/?language=xx").content.decode()
    assert '<html lang="en">' in client.get("/sign-in/?language=en").content.decode()


def test_ones_own_choice_comes_before_the_companys(cast: Cast) -> None:
    assert '<html lang="en">' in page(known(cast.agent, "", FRENCH))
    Company.objects.update(language="fr")
    assert "Votre compte" in page(known(cast.agent, ""))
    assert "Your account" in page(known(cast.agent, "en", FRENCH))
    Company.objects.update(language="de")
    assert "Votre compte" in page(known(cast.agent, "", FRENCH))
    assert "Your account" in page(known(cast.agent, ""))


def test_a_page_of_a_company_is_in_its_language(cast: Cast) -> None:
    Company.objects.update(language="fr")
    client = known(cast.agent, "")
    queue = client.get(reverse("desk:queue", args=[cast.company.prefix])).content.decode()
    assert '<html lang="fr">' in queue and "Nouveau ticket" in queue
    assert texts.language() == texts.ENGLISH


def test_a_form_tells_what_is_wrong_in_the_language(cast: Cast) -> None:
    told = browser(FRENCH).post("/sign-in/", {"address": "", "password": ""})
    assert told.status_code == 422
    assert "Ce champ est à remplir." in told.content.decode()


def test_programs_are_answered_in_english(cast: Cast) -> None:
    answer = browser(FRENCH).get("/api/v1/openapi.json")
    refused = browser(FRENCH).get(f"/api/v1/{cast.company.prefix}/tickets")
    assert "Content-Language" not in answer.headers
    assert "é" not in refused.content.decode()


def test_an_error_page_is_in_the_language(db: None, settings: Settings) -> None:
    settings.DEBUG = False
    told = browser(FRENCH).get("/nowhere/at/all/")
    assert told.status_code == 404
    assert "Il n’y a rien ici" in told.content.decode()
