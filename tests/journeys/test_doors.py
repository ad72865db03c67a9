"""The doors in a browser: a passkey, codes from an app, a forgotten password, sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.doors import App
from tests.journeys.desk import Desk, free_port, looked_at, running_desk

PASSWORD = "a quiet morning in June"
NEW_PASSWORD = "a loud evening in May"
ADDRESS = "anna@acme.example"


@dataclass
class Place:
    """A desk that is reached by a name, as browsers want it for passkeys."""

    desk: Desk
    origin: str

    def letter(self, subject: str) -> str:
        """The link in the letter with this subject."""
        mail = self.desk.sink.mail(lambda each: each["Subject"] == subject)
        assert isinstance(mail, EmailMessage)
        part = mail.get_body(("plain",))
        assert part is not None
        found = re.search(rf"{re.escape(self.origin)}/forgot/\S+", part.get_content())
        assert found, part.get_content()
        return found[0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    port = free_port()
    named = {
        "COMMONDESK_WEB": f"127.0.0.1:{port}",
        "COMMONDESK_ORIGIN": f"http://localhost:{port}",
        "COMMONDESK_SECOND_FACTOR": "agents",
    }
    with running_desk(tmp_path, named) as desk:
        yield Place(desk, f"http://localhost:{port}")


def with_a_device(page: Page) -> None:
    """A device that keeps passkeys and always finds its owner's finger on it."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def sign_out(page: Page, place: Place) -> None:
    page.goto(f"{place.origin}/you/")
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in(page: Page, place: Place, password: str) -> None:
    page.goto(f"{place.origin}/sign-in/")
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_the_doors(page: Page, place: Place, pictures: Path) -> None:
    with_a_device(page)

    # Whoever works tickets here must have a second factor before the desk opens.
    page.goto(place.desk.setup_link)
    page.get_by_label("Your company").fill("Acme")
    page.get_by_label("Your name").fill("Anna Adams")
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("signs in with a second step")).to_be_visible()
    looked_at(page, "you-must", pictures)

    # A passkey, once the password was shown again, and the recovery codes that come with it.
    page.get_by_role("link", name="Add").first.click()
    looked_at(page, "again", pictures)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("A name for it").fill("Work laptop")
    looked_at(page, "passkey", pictures)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    looked_at(page, "codes", pictures)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Work laptop")).to_be_visible()
    page.get_by_role("link", name="Desk", exact=True).click()
    page.wait_for_url(re.compile(r"/c/ACME/queue/"))

    # The passkey alone opens the desk; a password alone does not.
    sign_out(page, place)
    looked_at(page, "sign-in", pictures)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r"/c/ACME/queue/"))
    sign_out(page, place)
    sign_in(page, place, PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.goto(f"{place.origin}/c/ACME/queue/")
    page.wait_for_url(re.compile("/sign-in/"))
    sign_in(page, place, PASSWORD)
    looked_at(page, "second-step", pictures)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(re.compile(r"/c/ACME/queue/"))

    # Codes from an app, allowed by the passkey.
    page.goto(f"{place.origin}/you/app/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_text("Type it instead").click()
    app = App(page.locator("code.key").inner_text())
    looked_at(page, "app", pictures)
    page.get_by_label("Code").fill("000000" if app.code() != "000000" else "111111")
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_text("Type it instead").click()
    assert page.locator("code.key").inner_text() == app.secret, "a wrong code changes no secret"
    page.get_by_label("Code").fill(app.code(-1))
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_text("Codes from an app")).to_be_visible()
    looked_at(page, "you", pictures)

    # A forgotten password: the letter, the new one, and still the second step.
    sign_out(page, place)
    page.get_by_role("link", name="Forgotten your password?").click()
    looked_at(page, "forgot", pictures)
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.get_by_role("button", name="Send me the link").click()
    looked_at(page, "forgot-sent", pictures)
    page.goto(place.letter("Choose a new password"))
    looked_at(page, "reset", pictures)
    page.get_by_label("A new password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    sign_in(page, place, NEW_PASSWORD)
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(r"/c/ACME/queue/"))
    place.desk.sink.mail(lambda each: each["Subject"] == "Your password was changed")

    # The passkey goes again, after a look at who asks.
    page.goto(f"{place.origin}/you/")
    page.locator("li", has_text="Work laptop").get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    looked_at(page, "remove", pictures)
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    place.desk.sink.mail(
        lambda each: each["Subject"] == "A second step was removed from your sign-in"
    )
