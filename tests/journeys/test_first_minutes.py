"""The first ten minutes: from the printed link to a ticket answered, no dead end.

Each step prints how long it took; `benchmarks/first_minutes.py` holds the times to what is wanted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, looked_at
from tests.journeys.test_first_day import body_of

ROOMS = ("Queue", "Gaps", "Review", "Charter", "People")


class Watch:
    """Tells how long things took, and prints it."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def tell(self, what: str) -> float:
        """Seconds since the beginning."""
        took = time.monotonic() - self._began
        print(f"first minutes: {what} after {took:.1f} s")
        return took


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_from_the_printed_link_to_the_first_answer(desk: Desk, page: Page, pictures: Path) -> None:
    watch = Watch()
    set_up(desk, page)
    watch.tell("the desk was open")
    page.get_by_role("link", name="Your first ten minutes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your first ten minutes")
    see_a_request_come_in(page)
    watch.tell("the first request was in")
    answer_it(desk, page)
    watch.tell("the first ticket was answered")
    come_back(page)
    looked_at(page, "first-minutes", pictures)
    put_it_aside(page)
    assert no_dead_end(page) > len(ROOMS)
    explain_a_word(page, pictures)
    look_at_the_style_guide(desk, page, pictures)


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_from_the_printed_link_to_the_sample_review(desk: Desk, page: Page) -> None:
    watch = Watch()
    set_up(desk, page)
    page.get_by_role("link", name="Your first ten minutes").click()
    page.get_by_role("button", name="Play the sample company").click()
    page.wait_for_url("**/review/**", timeout=300_000)
    expect(page.locator("#headline")).to_contain_text("as people lived it")
    watch.tell("the sample review was there")
    page.goto(desk.origin)
    page.locator("details.me > summary").click()
    page.locator("details.me").get_by_role("link", name="Your first ten minutes").click()
    expect(page.locator("#step-sample")).to_contain_text("The sample company is here.")
    page.locator("#step-sample").get_by_role("link", name="Open its review").click()
    expect(page.locator("#headline")).to_contain_text("as people lived it")


# ---- step by step -------------------------------------------------------------------------


def set_up(desk: Desk, page: Page) -> None:
    page.goto(desk.setup_link)
    page.get_by_label("Your company").fill("Möbelwerke Grünwald")
    page.get_by_label("Your name").fill("Ana Ruiz")
    page.get_by_label("Your mail address").fill("ana@gruenwald.example")
    page.get_by_label("A password").fill("a long and quiet sentence")
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("No ticket has come in yet")).to_be_visible()


def see_a_request_come_in(page: Page) -> None:
    """It comes by itself, without the page being asked again."""
    page.get_by_role("button", name="Send yourself a test request").click()
    expect(page.locator("#step-mail")).to_contain_text("came in by mail", timeout=30_000)


def answer_it(desk: Desk, page: Page) -> None:
    page.locator("#step-answer").get_by_role("link").click()
    expect(page.locator(".msg.in")).to_contain_text("grey stripes")
    page.keyboard.press("r")
    page.keyboard.type("Thank you. We look at it at once.")
    page.get_by_role("button", name="Send reply to 1 person").click()
    expect(page.get_by_text("Reply is on its way.")).to_be_visible()
    reply = desk.sink.mail(lambda mail: "look at it at once" in body_of(mail))
    assert reply["To"].addresses[0].addr_spec == "ana@gruenwald.example"


def come_back(page: Page) -> None:
    """From anywhere, under one's name; what was done shows."""
    page.locator("details.me > summary").click()
    page.get_by_role("link", name="Your first ten minutes").click()
    for step in ("mail", "answer"):
        expect(page.locator(f"#step-{step}")).to_contain_text("done:")
    for step in ("provider", "charter"):
        expect(page.locator(f"#step-{step}")).to_contain_text("to do:")


def put_it_aside(page: Page) -> None:
    page.get_by_role("link", name="To the queue").click()
    reminder = page.locator(".views").get_by_role("link", name="First ten minutes")
    expect(reminder).to_contain_text("2 of 6")
    reminder.click()
    page.get_by_role("button", name="Put it aside").click()
    expect(page.get_by_text("You find it again under your name.")).to_be_visible()
    expect(reminder).to_have_count(0)


# ---- everywhere ---------------------------------------------------------------------------


def no_dead_end(page: Page) -> int:
    """Every room, and every page that its main part links to: each answers, and leads on."""
    seen: set[str] = set()
    for room in ROOMS:
        page.get_by_role("navigation", name="Main").get_by_role("link", name=room).click()
        for address in [page.url, *links_of(page)]:
            if address in seen:
                continue
            seen.add(address)
            answer = page.request.get(address)
            assert answer.status == 200, address
            if "text/html" in answer.headers.get("content-type", ""):
                assert "<a " in answer.text() or "<button" in answer.text(), address
    return len(seen)


def links_of(page: Page) -> Iterator[str]:
    here = urlsplit(page.url)
    hrefs = page.locator("main a[href]").evaluate_all("links => links.map(each => each.href)")
    for href in hrefs:
        there = urlsplit(urljoin(page.url, href))
        if there.netloc == here.netloc:
            yield there._replace(fragment="").geturl()


def explain_a_word(page: Page, pictures: Path) -> None:
    """By a tap and by keys; what is opened passes axe as well, on a phone too."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Charter").click()
    word = page.locator("button.term:visible").first
    meaning = page.locator(f"#{word.get_attribute('popovertarget')}")
    word.click()
    expect(meaning).to_be_visible()
    looked_at(page, "word-explained", pictures)
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(word).to_be_focused()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    meaning.get_by_role("link", name="All words").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Words of the desk")
    assert urlsplit(page.url).fragment
    looked_at(page, "glossary", pictures)


def look_at_the_style_guide(desk: Desk, page: Page, pictures: Path) -> None:
    page.goto(f"{desk.origin}/styleguide/")
    looked_at(page, "style-guide", pictures)
