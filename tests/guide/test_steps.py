"""The first steps: done as the record says, through the real ways in, put aside at will."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts import setup
from commondesk.accounts.arrangement import providers
from commondesk.accounts.models import Company, Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import SenderCheck
from commondesk.desk import actions
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.guide.models import PutAside
from commondesk.intake import filing
from commondesk.intake.models import RawMail
from commondesk.ledger.now import instant_now
from tests.desk.cast import PASSWORD


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    settings.EMAIL_HOST = ""


@pytest.fixture
def founded(db: None) -> tuple[Company, Person]:
    return setup.found_company(
        at=instant_now(),
        title="Möbelwerke",
        person_title="Ana Ruiz",
        address="ana@moebel.example",
        password=PASSWORD,
        zone="UTC",
    )


@pytest.fixture
def founder(founded: tuple[Company, Person]) -> Client:
    client = Client()
    client.force_login(founded[1])
    return client


def start(company: Company) -> str:
    return reverse("guide:start", args=[company.prefix])


def done(founder: Client, company: Company) -> set[str]:
    page = founder.get(start(company)).content.decode()
    return set(re.findall(r'class="first-step is-done" id="step-(\w+)"', page))


def send_request(founder: Client, company: Company) -> None:
    answer = founder.post(reverse("guide:request", args=[company.prefix]))
    assert answer.status_code == 302 and answer["Location"] == start(company)


# ---- the test request ---------------------------------------------------------------------


def test_a_request_goes_the_way_of_every_mail(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    company, person = founded
    send_request(founder, company)
    kept = RawMail.objects.get()
    assert (kept.state, kept.source, kept.company) == ("received", "given", company.uuid)
    waiting = founder.get(start(company)).content.decode()
    assert "A request is coming in." in waiting and 'hx-trigger="every 1s"' in waiting
    assert filing.file_waiting(instant_now()) == 1
    ticket = TicketRow.objects.get(company=company.uuid)
    assert ticket.requester == person.uuid and ticket.owner is None
    (message,) = MessageRow.objects.filter(ticket=ticket, kind="received")
    assert message.check_result == SenderCheck.PASSED and "grey stripes" in message.text
    shown = founder.get(start(company)).content.decode()
    assert f"{company.prefix}-{ticket.number} came in by mail." in shown
    assert "hx-trigger" not in shown.partition('id="steps"')[2].partition("</ol>")[0]


def test_two_requests_are_two_tickets(founder: Client, founded: tuple[Company, Person]) -> None:
    send_request(founder, founded[0])
    send_request(founder, founded[0])
    assert filing.file_waiting(instant_now()) == 2
    assert TicketRow.objects.filter(company=founded[0].uuid).count() == 2


def test_a_company_without_an_address_gets_its_request_all_the_same(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    """Though another company is there, which the address alone would not tell apart."""
    company = founded[0]
    setup.found_company(
        at=instant_now(),
        title="Neighbours",
        person_title="Nils",
        address="nils@other.example",
        password=PASSWORD,
        zone="UTC",
    )
    Company.objects.filter(pk=company.pk).update(desk_address="")
    send_request(founder, company)
    filing.file_waiting(instant_now())
    assert TicketRow.objects.get().company == company.uuid


def test_given_words_speak_for_nobody_else(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    """The desk vouches for whoever was signed in, not for whatever the mail says."""
    send_request(founder, founded[0])
    RawMail.objects.update(envelope_from="somebody@else.example")
    filing.file_waiting(instant_now())
    assert not TicketRow.objects.exists()
    held = founder.get(start(founded[0])).content.decode()
    assert "The last one was held" in held


# ---- each step ----------------------------------------------------------------------------


def test_nothing_is_done_at_first_and_each_step_leads_on(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    company = founded[0]
    assert done(founder, company) == set()
    page = founder.get(start(company)).content.decode()
    steps = page.partition('id="steps"')[2].partition("</ol>")[0]
    for address in re.findall(r'<a class="btn[^"]*" href="([^"]+)"', steps):
        assert founder.get(address).status_code == 200, address


def test_an_answer_by_a_person_is_one(founder: Client, founded: tuple[Company, Person]) -> None:
    company, person = founded
    send_request(founder, company)
    filing.file_waiting(instant_now())
    assert done(founder, company) == {"mail"}
    ticket = TicketRow.objects.get(company=company.uuid)
    actions.reply(
        company.uuid,
        ticket.uuid,
        at=instant_now(),
        actor=Actor(str(person.uuid), Side.COMPANY),
        text="We look at it.",
    )
    assert done(founder, company) == {"mail", "answer"}


def test_a_provider_that_serves_is_one(founder: Client, founded: tuple[Company, Person]) -> None:
    company, person = founded
    providers.engage_provider(
        company.uuid, at=instant_now(), actor=Actor(str(person.uuid), Side.COMPANY), title="Helpers"
    )
    assert "provider" in done(founder, company)


# ---- leaving and coming back --------------------------------------------------------------


def test_it_is_put_aside_and_taken_up_again(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    company = founded[0]
    shelf, aside = (reverse(f"guide:{name}", args=[company.prefix]) for name in ("shelf", "aside"))
    assert start(company) in founder.get(shelf).content.decode()
    founder.post(aside)
    assert PutAside.objects.count() == 1
    assert founder.get(shelf).content.decode().strip() == ""
    assert founder.get(start(company)).status_code == 200
    founder.post(aside, {"again": "yes"})
    assert start(company) in founder.get(shelf).content.decode()


def test_the_empty_queue_leads_to_it(founder: Client, founded: tuple[Company, Person]) -> None:
    queue = founder.get(reverse("desk:queue", args=[founded[0].prefix])).content.decode()
    assert f'<a class="btn main" href="{start(founded[0])}">' in queue


# ---- in French ----------------------------------------------------------------------------


def test_the_steps_and_the_request_are_in_french_for_who_reads_french(
    founder: Client, founded: tuple[Company, Person]
) -> None:
    company, person = founded
    Person.objects.filter(pk=person.pk).update(language="fr")
    shown = founder.get(start(company)).content.decode()
    assert '<html lang="fr"' in shown and "Vos dix premières minutes" in shown
    assert "Le brouillon fait déjà tourner" in shown and "0 sur 6" in shown
    send_request(founder, company)
    assert filing.file_waiting(instant_now()) == 1
    ticket = TicketRow.objects.get(company=company.uuid)
    assert "imprimante du hall" in ticket.subject
    shown = founder.get(start(company)).content.decode()
    assert f"{company.prefix}-{ticket.number} est arrivé par courriel." in shown
