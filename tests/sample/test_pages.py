"""One tap plays the sample, shows how far it is, opens it and removes it; only for who may."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts import directory, setup
from commondesk.accounts.models import Company, Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import HOUR
from commondesk.ledger.now import instant_now
from commondesk.sample import cast, jobs, playing, removal
from commondesk.sample.models import Play
from tests.sample.conftest import AT, Played

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet word"


def founded(title: str = "Acme", domain: str = "acme.example") -> Person:
    _, founder = setup.found_company(
        at=AT,
        title=title,
        person_title=f"Fiona {title}",
        address=f"fiona@{domain}",
        password=PASSWORD,
        zone="Europe/London",
    )
    return founder


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that were begun, without beginning any."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: commands.append(command))
    return commands


def test_one_tap_asks_and_the_worker_begins(begun: list[list[str]]) -> None:
    client = browser(founded())
    answer = client.post(reverse("sample:play"))
    assert answer.status_code == 302 and answer["Location"] == reverse("sample:look")
    assert "Waiting for the worker" in client.get(reverse("sample:look")).content.decode()
    assert jobs.begin_due(instant_now()) == 1
    assert [command[-2:] for command in begun] == [["sample", "--asked"]]
    assert jobs.begin_due(instant_now()) == 0
    Play.objects.update(day=45, tickets=300)
    page = client.get(reverse("sample:progress")).content.decode()
    assert "Day 45 of 90, 300 tickets" in page and 'value="50"' in page


def test_its_page_is_in_french_for_who_reads_french(begun: list[list[str]]) -> None:
    person = founded()
    Person.objects.filter(pk=person.pk).update(language="fr")
    client = browser(person)
    page = client.get(reverse("sample:look")).content.decode()
    assert '<html lang="fr"' in page and "L’entreprise d’exemple" in page
    client.post(reverse("sample:play"))
    Play.objects.update(state=Play.State.PLAYING, day=45, days=90, tickets=1)
    assert "Jour 45 sur 90, 1 ticket" in client.get(reverse("sample:progress")).content.decode()


def test_it_can_be_stopped_while_it_plays(
    begun: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    founder = founded()
    client = browser(founder)
    client.post(reverse("sample:play"))
    jobs.begin_due(instant_now())

    def a_few_days(**given: Any) -> Any:
        days = real(**{**given, "tickets": 10})
        yield next(days)
        client.post(reverse("sample:stop"))
        yield from days

    real = playing.play
    monkeypatch.setattr(playing, "play", a_few_days)
    assert jobs.play_asked(instant_now) is False
    assert not Company.objects.filter(is_sample=True).exists()
    assert jobs.current() is None


def test_one_that_broke_off_is_cleared_up_and_told(begun: list[list[str]]) -> None:
    client = browser(founded())
    client.post(reverse("sample:play"))
    at = instant_now()
    jobs.begin_due(at)
    jobs.begin_due(at + HOUR)
    assert "broke off" in client.get(reverse("sample:look")).content.decode()
    client.post(reverse("sample:play"))
    current = jobs.current()
    assert current is not None and current.state == Play.State.ASKED


def test_whoever_asks_again_opens_it_and_sees_that_it_is_made_up(played: Played) -> None:
    client = browser(founded())
    answer = client.post(reverse("sample:play"))
    assert answer["Location"] == reverse("review:review", args=[cast.PREFIX])
    for name in ("desk:queue", "review:review", "governance:charter", "people:list", "desk:gaps"):
        page = client.get(reverse(name, args=[cast.PREFIX])).content.decode()
        assert "everything here is made up" in page, name
        assert "Remove it" in page, name
    made_up = browser(Person.objects.get(address=f"dana.decider@{cast.DOMAIN}"))
    page = made_up.get(reverse("desk:queue", args=[cast.PREFIX])).content.decode()
    assert "everything here is made up" in page
    assert "Remove it" not in page
    own = client.get(reverse("desk:queue", args=["ACME"])).content.decode()
    assert "everything here is made up" not in own
    assert "Sample Foods" in own


def test_nobody_else_plays_it_looks_at_it_or_removes_it(played: Played) -> None:
    founder = founded()
    founded("Other", "other.example")
    made_up = Person.objects.get(address=f"dana.decider@{cast.DOMAIN}")
    requester = directory.person_for_address(
        Company.objects.get(prefix="ACME").uuid, "paul@acme.example", "Paul", at=AT
    )
    for person in (founder, made_up, requester):
        client = browser(person)
        assert client.get(reverse("sample:look")).status_code == 404
        for name in ("play", "stop", "remove"):
            assert client.post(reverse(f"sample:{name}")).status_code == 404
    assert Company.objects.filter(is_sample=True).exists()


def test_one_tap_removes_it(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[int] = []

    def remove_all() -> int:
        removed.append(1)
        return 1

    monkeypatch.setattr(removal, "remove_all", remove_all)
    answer = browser(founded()).post(reverse("sample:remove"))
    assert answer["Location"] == reverse("accounts:front-door")
    assert removed == [1]


def test_a_sample_alone_is_no_company_of_anybody(played: Played) -> None:
    assert setup.setup_link() is not None
    assert "not set up" in Client().get("/").content.decode()


def test_a_machine_is_no_player() -> None:
    assert not jobs.may_play(Actor("sweep", Side.MACHINE))
