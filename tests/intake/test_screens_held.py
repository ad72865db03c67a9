"""Mail on hold on screen: shown with its reason to those who work tickets, to nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person

from .letters import AGENT, REQUESTER, Acme, filed, found_acme, written


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def body_of(client: Client, name: str, *args: object) -> tuple[int, str]:
    answer = client.get(reverse(name, args=args))
    return answer.status_code, content_of(answer)


def content_of(answer: HttpResponseBase) -> str:
    """What was answered."""
    if answer.streaming:
        return b"".join(
            cast(Iterable[bytes], cast(FileResponse, answer).streaming_content)
        ).decode()
    return cast(HttpResponse, answer).content.decode()


@pytest.fixture
def agent(acme: Acme) -> Client:
    return client_of(Person.objects.get(address=AGENT))


def test_nothing_on_hold_says_so(acme: Acme, agent: Client) -> None:
    status, shown = body_of(agent, "intake:held", acme.company.prefix)
    assert status == 200 and "No mail is on hold" in shown
    assert body_of(agent, "intake:held-count", acme.company.prefix) == (200, "0")


def test_a_mail_in_an_agents_name_is_shown_with_its_reason_and_can_be_saved(
    acme: Acme, agent: Client
) -> None:
    mail = filed(written(sender=f"Somebody <{AGENT}>"))
    assert mail.state == "held"
    status, shown = body_of(agent, "intake:held", acme.company.prefix)
    assert status == 200 and AGENT in shown
    assert mail.reason in shown.replace("&#39;", "'")
    assert "1 mail on hold" in shown
    assert body_of(agent, "intake:held-count", acme.company.prefix) == (200, "1")
    assert AGENT in body_of(agent, "intake:raw", acme.company.prefix, mail.pk)[1]


def test_a_saved_mail_is_never_a_page_of_ours(acme: Acme, agent: Client) -> None:
    mail = filed(written(sender=f"Somebody <{AGENT}>"))
    answer = agent.get(reverse("intake:raw", args=[acme.company.prefix, mail.pk]))
    assert AGENT in content_of(answer)
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_others_see_nothing_of_it(acme: Acme) -> None:
    filed(written())
    mail = filed(written(sender=f"Somebody <{AGENT}>"))
    requester = client_of(Person.objects.get(address=REQUESTER))
    for name, more in (("held", ()), ("held-count", ()), ("raw", (mail.pk,))):
        assert body_of(requester, f"intake:{name}", acme.company.prefix, *more)[0] == 404


def test_another_companys_mail_is_not_there(acme: Acme) -> None:
    mail = filed(written(sender=f"Somebody <{AGENT}>"))
    other = found_acme("Bolt Works", "bolt.example")
    boss = client_of(other.founder)
    assert body_of(boss, "intake:held", other.company.prefix)[1].count("No mail is on hold") == 1
    assert body_of(boss, "intake:raw", other.company.prefix, mail.pk)[0] == 404
    assert body_of(boss, "intake:held", acme.company.prefix)[0] == 404


def test_the_queue_leads_there(acme: Acme, agent: Client) -> None:
    status, shown = body_of(agent, "desk:queue", acme.company.prefix)
    assert status == 200
    assert reverse("intake:held", args=[acme.company.prefix]) in shown
