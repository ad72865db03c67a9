"""Signing in as people do, for the tests of the doors."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from commondesk.accounts.models import Person
from commondesk.desk.models import OutgoingMail
from tests.desk.cast import PASSWORD

NEW_PASSWORD = "another long and quiet sentence"


def sign_in(
    client: Client, person: Person, password: str = PASSWORD, onward: str = ""
) -> HttpResponse:
    given = {"address": person.address or "", "password": password, "next": onward}
    answer = client.post("/sign-in/", given)
    assert isinstance(answer, HttpResponse)
    return answer


def signed_in(person: Person, password: str = PASSWORD) -> Client:
    """A browser in which somebody has just signed in."""
    client = Client()
    assert sign_in(client, person, password).status_code == 302
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/you/").status_code == 200


def shown_again(client: Client, password: str = PASSWORD) -> None:
    """The password once more, where it is asked for."""
    assert client.post("/you/again/", {"password": password}).status_code == 302


@dataclass
class App:
    """An app that tells codes."""

    secret: str
    told: set[int] = field(default_factory=set)

    def code(self, step: int = 0) -> str:
        counter = int(time.time()) // 30 + step
        return str(totp.format_hotp_value(totp.hotp_value(self.secret, counter)))

    def wrong(self) -> str:
        """A code that is right at no step near now."""
        near = {self.code(step) for step in range(-3, 4)}
        return next(text for text in (f"{each:06}" for each in range(100)) if text not in near)


def app_of(client: Client, password: str = PASSWORD) -> tuple[App, list[str]]:
    """Set up an app as a person does; it, and the recovery codes that were shown.

    Its first code was that of the step before, so that the present one is still good.
    """
    shown_again(client, password)
    page = client.get("/you/app/").content.decode()
    found = re.search(r'<code class="key">([A-Z2-7]+)</code>', page)
    assert found
    app = App(found[1])
    answer = client.post("/you/app/", {"code": app.code(-1)})
    assert answer.status_code == 302, answer.content.decode()
    codes = client.get("/you/codes/").content.decode()
    return app, [code.replace(" ", "") for code in re.findall(r"<code>([\d ]+)</code>", codes)]


def posted() -> list[EmailMessage]:
    """The letters that wait, the oldest first."""
    mails = []
    for row in OutgoingMail.objects.filter(kind=OutgoingMail.Kind.LETTER).order_by("id"):
        mail = message_from_bytes(bytes(row.content), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        mails.append(mail)
    return mails


def link_in(mail: EmailMessage) -> str:
    """The path of the one link that stands alone in a letter."""
    part = mail.get_body(("plain",))
    assert part is not None
    ours = [line for line in part.get_content().splitlines() if line.startswith("http")]
    (link,) = ours
    assert link.startswith(f"{settings.ORIGIN}/")
    return str(link.removeprefix(settings.ORIGIN))


def link_of(person: Person) -> str:
    """Ask for a new password; where the letter leads."""
    Client().post("/forgot/", {"address": person.address or ""})
    return link_in(posted()[-1])


def choose(client: Client, link: str, password: str = NEW_PASSWORD) -> HttpResponse:
    """Follow the link of a letter and choose a new password."""
    page = client.get(link)
    if page.status_code != 302:
        assert isinstance(page, HttpResponse)
        return page
    answer = client.post(page.headers["Location"], {"password": password})
    assert isinstance(answer, HttpResponse)
    return answer
