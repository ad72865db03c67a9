"""The first day of a desk: from the printed link to an honest figure, in a browser and by mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.desk import Desk, looked_at, until_shown

DESK_ADDRESS = "support@gruenwald.example"
OWNER = "ana@gruenwald.example"
REQUESTER = "Rita Okonkwo <rita@gruenwald.example>"


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_mail_is_worked_from_arrival_to_the_figures(
    desk: Desk, page: Page, pictures: Path
) -> None:
    found_the_company(desk, page, pictures)
    asked = send_first_mail(desk)
    open_the_ticket(page)
    reply = answer_the_requester(desk, page, asked)
    take_the_answer_in(desk, page, reply)
    resolve(page, "It was the reader. It works again.")
    come_back(desk, page, asked, reply)
    looked_at(page, "ticket", pictures)
    resolve(page, "The cable is changed as well.")
    expect(page.locator(".head")).to_contain_text("solved")
    read_the_figures(page, pictures)
    look_around(desk, page, pictures)


# ---- step by step -------------------------------------------------------------------------


def found_the_company(desk: Desk, page: Page, pictures: Path) -> None:
    page.goto(desk.origin)
    expect(page.get_by_role("heading", level=1)).to_have_text("This desk is not set up yet")
    page.goto(desk.setup_link)
    assert page.get_by_label("Where you are").input_value() == "Europe/Paris"
    looked_at(page, "set-up", pictures)
    page.get_by_label("Your company").fill("Möbelwerke Grünwald")
    page.get_by_label("Your name").fill("Ana Ruiz")
    page.get_by_label("Your mail address").fill(OWNER)
    page.get_by_label("A password").fill("a long and quiet sentence")
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("No ticket has come in yet")).to_be_visible()
    expect(page.get_by_text(DESK_ADDRESS)).to_be_visible()
    looked_at(page, "queue-empty", pictures)


def send_first_mail(desk: Desk) -> EmailMessage:
    mail = letter("Badge does not open the tool room", "The reader stays dark.\n\nRita")
    mail.add_alternative(
        "<p>The reader <b>stays dark</b>.</p>"
        "<p><img src='http://pictures.gruenwald.example/logo.png' alt='our logo'></p><p>Rita</p>",
        subtype="html",
    )
    mail.add_attachment(b"\x89PNG picture", maintype="image", subtype="png", filename="reader.png")
    desk.send(mail, DESK_ADDRESS)
    return mail


def open_the_ticket(page: Page) -> None:
    until_shown(page, "Badge does not open the tool room")
    row = page.locator("tr.row")
    expect(row).to_contain_text("Rita Okonkwo")
    expect(row).to_contain_text("Nobody")
    expect(row.locator(".due")).to_contain_text(re.compile("due in|due now"))
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/tickets/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Badge does not open the tool room")
    expect(page.locator(".msg.in")).to_contain_text("The reader stays dark.")
    expect(page.locator(".clip")).to_contain_text("reader.png")
    see_the_mail_as_it_looked(page)


def see_the_mail_as_it_looked(page: Page) -> None:
    page.get_by_role("link", name="As the mail looked").click()
    frame = page.locator(".paper iframe")
    assert str(frame.get_attribute("src")).startswith("http://localhost:")
    inside = page.frame_locator(".paper iframe")
    expect(inside.locator("b")).to_have_text("stays dark")
    expect(inside.locator("img")).not_to_have_attribute("src", re.compile("."))
    expect(page.get_by_role("button", name="Show remote pictures")).to_be_visible()


def answer_the_requester(desk: Desk, page: Page, asked: EmailMessage) -> EmailMessage:
    page.keyboard.press("r")
    write(page, "We are on our way. Does the lamp blink?")
    way = FilePayload(name="way.txt", mimeType="text/plain", buffer=b"through hall 2")
    page.locator("#composer input[type=file]").set_input_files(way)
    page.get_by_role("button", name="Send reply to 1 person").click()
    expect(page.get_by_text("Reply is on its way.")).to_be_visible()
    reply = desk.sink.mail(lambda mail: "on our way" in body_of(mail))
    assert reply["To"].addresses[0].addr_spec == "rita@gruenwald.example"
    assert reply["In-Reply-To"] == asked["Message-ID"]
    assert str(asked["Message-ID"]) in str(reply["References"])
    assert "Badge does not open the tool room" in reply["Subject"]
    assert reply["Message-ID"] and reply["Reply-To"]
    (attached,) = reply.iter_attachments()
    assert (attached.get_filename(), attached.get_content().strip()) == (
        "way.txt",
        "through hall 2",
    )
    until_shown(page, "first human response")
    return reply


def take_the_answer_in(desk: Desk, page: Page, reply: EmailMessage) -> None:
    quoted = "On Monday the desk wrote:\n> We are on our way. Does the lamp blink?"
    answer = letter(f"Re: {reply['Subject']}", f"No, it does not blink.\n\n{quoted}", to=reply)
    desk.send(answer, reply["Reply-To"].addresses[0].addr_spec)
    until_shown(page, "No, it does not blink.")
    assert page.locator(".msg.in").count() == 2
    latest = page.locator(".msg.in").last
    expect(latest.get_by_text("Does the lamp blink?")).to_be_hidden()
    latest.get_by_text("Show quoted text").click()
    expect(latest.get_by_text("Does the lamp blink?")).to_be_visible()


def resolve(page: Page, text: str) -> None:
    page.get_by_text("Everyone", exact=True).click()
    write(page, text)
    page.get_by_role("button", name="Send and resolve").click()
    expect(page.locator(".toast")).to_contain_text("is resolved")


def come_back(desk: Desk, page: Page, asked: EmailMessage, reply: EmailMessage) -> None:
    solved = desk.sink.mail(lambda mail: "It was the reader" in body_of(mail))
    assert solved["In-Reply-To"] != reply["Message-ID"]
    assert str(asked["Message-ID"]) in str(solved["References"])
    answer = letter(f"Re: {solved['Subject']}", "It is dark again.", to=solved)
    desk.send(answer, solved["Reply-To"].addresses[0].addr_spec)
    until_shown(page, "It is dark again.")
    expect(page.locator("#talk")).to_contain_text("reopened it by answering")


def read_the_figures(page: Page, pictures: Path) -> None:
    page.get_by_role("link", name="Review").click()
    today = datetime.now(UTC).date()
    page.locator("#from").fill((today - timedelta(days=2)).isoformat())
    page.locator("#until").fill((today + timedelta(days=14)).isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 of 100 as people lived it.")
    figures = page.locator(".fig")
    for title in ("First human response", "Resolution on time", "Response on time"):
        figure = figures.filter(has_text=title).first
        expect(figure).to_contain_text("n 1")
        expect(figure).to_contain_text("0 still open")
    expect(figures.filter(has_text="Resolution on time").first).to_contain_text("100 %")
    expect(figures.filter(has_text="First automatic response")).to_contain_text("never counted")
    expect(page.get_by_text("draft charter: unsigned").first).to_be_visible()
    looked_at(page, "review", pictures)
    lenses = page.get_by_role("region", name="Resolution under each lens")
    cycles = lenses.locator("tr", has_text="cycles")
    expect(cycles.locator("td.num").nth(2)).to_have_text("2")
    figures.filter(has_text="Resolution on time").first.get_by_role("link").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Badge does not open the tool room")
    looked_at(page, "behind", pictures)


def look_around(desk: Desk, page: Page, pictures: Path) -> None:
    page.get_by_role("link", name="Charter").click()
    expect(page.get_by_text("This is a draft: nobody has signed it.")).to_be_visible()
    looked_at(page, "charter", pictures)
    page.get_by_role("link", name="Queue").click()
    page.get_by_role("link", name="All tickets", exact=True).first.click()
    looked_at(page, "queue", pictures)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New ticket for somebody")
    looked_at(page, "new-ticket", pictures)
    find_the_held_mail(desk, page, pictures)
    page.goto(f"{desk.origin}/nowhere/")
    looked_at(page, "not-found", pictures)
    page.goto(desk.setup_link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing any more")
    page.goto(desk.origin)
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    looked_at(page, "sign-in", pictures)


def find_the_held_mail(desk: Desk, page: Page, pictures: Path) -> None:
    """A mail in the owner's name proves nothing: it waits, and the queue leads to it."""
    claimed = letter("A test by myself", "Hello.")
    claimed.replace_header("From", OWNER)
    desk.send(claimed, DESK_ADDRESS)
    page.get_by_role("link", name="Queue").first.click()
    page.get_by_role("link", name="On hold").click()
    until_shown(page, f"It says that it comes from {OWNER}")
    looked_at(page, "held", pictures)


# ---- words --------------------------------------------------------------------------------


def write(page: Page, text: str) -> None:
    page.locator("#composer textarea").fill(text)


def letter(subject: str, text: str, to: EmailMessage | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = REQUESTER
    mail["To"] = DESK_ADDRESS
    mail["Subject"] = subject
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = make_msgid(domain="gruenwald.example")
    if to is not None:
        mail["In-Reply-To"] = str(to["Message-ID"])
        mail["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    mail.set_content(text)
    return mail


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
