"""A mailbox connected on a page, with a real Dovecot; and long lists that the worker does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.intake.letters import written
from tests.journeys.desk import Desk, looked_at, running_desk, until, until_shown
from tests.journeys.test_first_minutes import set_up
from tests.mail_servers import dovecot
from tests.mail_servers.dovecot import Dovecot

ADDRESS = "support@gruenwald.example"
PASSWORD = "a word for programs"
MANY = 12_000


@pytest.fixture(scope="module")
def boxes() -> Iterator[Dovecot]:
    with dovecot.running({ADDRESS: PASSWORD}) as running:
        yield running


@pytest.fixture
def desk(boxes: Dovecot, tmp_path: Path) -> Iterator[Desk]:
    settings = {"COMMONDESK_MAIL_NETWORKS": "127.0.0.0/8", **dovecot.trusting(boxes)}
    with running_desk(tmp_path, settings) as running:
        yield running


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_a_mailbox_is_connected_and_long_work_is_watched(
    desk: Desk, boxes: Dovecot, page: Page, pictures: Path
) -> None:
    set_up(desk, page)
    boxes.append(ADDRESS, written(subject="Lies there already"))
    connect(desk, boxes, page, pictures)
    fetch(boxes, page, pictures)
    send_a_test_mail(desk, page, pictures)
    import_many(page, pictures)


# ---- a mailbox ----------------------------------------------------------------------------


def connect(desk: Desk, boxes: Dovecot, page: Page, pictures: Path) -> None:
    page.get_by_role("link", name="Your first ten minutes").click()
    page.locator("#step-mailbox").get_by_role("link", name="Mailboxes").click()
    looked_at(page, "mailboxes-none", pictures)
    page.get_by_role("link", name="Connect a mailbox").click()
    page.get_by_label("Mail address of the desk").fill(ADDRESS)
    page.get_by_label("Mail server (IMAP)").fill("127.0.0.1")
    page.get_by_label("Port").fill(str(boxes.tls_port))
    page.get_by_label("Password").fill("a wrong one")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("does not accept this name and password")
    looked_at(page, "mailbox-refused", pictures)
    assert "a wrong one" not in page.content()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("lets us in")
    expect(page.get_by_text("1 mail lies in the inbox")).to_be_visible()
    looked_at(page, "mailbox-works", pictures)
    page.get_by_role("button", name="Fetch from here on").click()
    expect(page.get_by_text(f"Mail to {ADDRESS} is fetched from now on.")).to_be_visible()


def fetch(boxes: Dovecot, page: Page, pictures: Path) -> None:
    """By itself, and only what is new; the step of the guide ticks itself."""
    until_shown(page, "last looked at")
    boxes.append(ADDRESS, written(subject="The new matter"))
    looked_at(page, "mailboxes", pictures)
    page.goto(page.url.replace("mailboxes/", "start/"))
    until_shown(page, f"{ADDRESS} is fetched.")
    page.get_by_role("link", name="To the queue").click()
    until_shown(page, "The new matter")
    assert page.get_by_text("Lies there already").count() == 0


def send_a_test_mail(desk: Desk, page: Page, pictures: Path) -> None:
    page.goto(f"{page.url.split('/c/')[0]}/c/{prefix_of(page)}/mailboxes/")
    page.get_by_role("button", name="Send a test mail to ana@gruenwald.example").click()
    expect(page.get_by_text("the next mail server took it")).to_be_visible(timeout=30_000)
    looked_at(page, "mailboxes-tested", pictures)
    assert desk.sink.mail(lambda mail: mail["Subject"] == "A test of your desk")


def prefix_of(page: Page) -> str:
    return page.url.split("/c/")[1].split("/")[0]


# ---- long work ----------------------------------------------------------------------------


def import_many(page: Page, pictures: Path) -> None:
    """Once stopped in the midst, then left alone until it is through."""
    hand_over(page)
    expect(page.locator("#work progress[value]")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("status").first).to_contain_text(f"of {MANY:,} people")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("Nothing of it was done")).to_be_visible(timeout=60_000)
    looked_at(page, "work-stopped", pictures)
    page.get_by_role("link", name="Look at the rows again").click()
    page.get_by_role("button", name=f"Import {MANY:,} people").click()
    expect(page.locator("#work progress[value]")).to_be_visible(timeout=60_000)
    page.screenshot(path=pictures / "work-going-on.png")
    expect(page.get_by_text(f"People imported: {MANY:,} new, 0 changed.")).to_be_visible(
        timeout=120_000
    )
    looked_at(page, "work-done", pictures)
    page.get_by_role("link", name="Long work").first.click()
    looked_at(page, "works", pictures)
    page.get_by_role("button", name="Put it away").first.click()
    until(lambda: page.get_by_role("button", name="Put it away").count() <= 1 or None)


def hand_over(page: Page) -> None:
    page.goto(f"{page.url.split('/c/')[0]}/c/{prefix_of(page)}/import/?kind=people")
    rows = "\n".join(f"p{number}@gruenwald.example,Person {number}" for number in range(MANY))
    page.get_by_label("A table, saved as CSV").set_input_files(
        {"name": "all.csv", "mimeType": "text/csv", "buffer": f"mail,name\n{rows}".encode()}
    )
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_role("button", name=f"Import {MANY:,} people").click()
