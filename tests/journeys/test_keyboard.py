"""The main journeys by keyboard alone: where the keys lead is seen at each stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from commondesk.accounts.models import Person
from commondesk.desk.models import TicketRow
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.ledger.now import instant_now
from tests.desk.cast import PASSWORD
from tests.governance.sides import POINTS
from tests.isolation.world import TEST
from tests.journeys.desk import CHROMIUM, FLAGS
from tests.journeys.stage import Stage
from tests.journeys.test_pages import cookie_of

MOST_STOPS = 60
HERE = """
() => {
  const here = document.activeElement;
  const shown = here.matches(".seg input") ? here.closest("label") : here;
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const words = (here.labels && here.labels[0] || here).textContent;
  const named = here.getAttribute("aria-label") || words;
  return {
    name: named.replace(/\\s+/g, " ").trim(),
    tag: here.tagName,
    field: here.name || "",
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}
"""


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_the_main_journeys_by_keyboard_alone(staged: Stage, live_server: LiveServer) -> None:
    house, url = staged.house, live_server.url
    version = signable(staged)
    numbers = {row.subject.split(", ")[-1]: row.number for row in TicketRow.objects.all()}
    cookies = {who.pk: cookie_of(who) for who in [*house.people.values(), house.founder]}
    agent, lead = staged.agent, staged.lead
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))

        def at(who: Person | None, name: str, *args: object) -> Any:
            path = reverse(name, args=[house.prefix, *args]) if ":" in name else name
            return opened(browser, url, path, cookies[who.pk] if who else "")

        with at(None, "/sign-in/") as page:
            sign_in(page, house.founder)
        with at(agent, "desk:queue") as page:
            skip_to_the_tickets(page)
            open_from_the_queue(page)
            ask_for_help(page)
        with at(agent, "desk:queue") as page:
            search(page)
        with at(agent, "desk:queue") as page:
            open_a_ticket(page)
        with at(agent, "desk:ticket", numbers["fresh"]) as page:
            take_and_give_back(page)
            reply_and_note(page)
            resolve_and_reopen(page)
            leave_a_panel(page)
            hand_over(page)
        with at(lead, "desk:ticket", numbers["fresh"]) as page:
            accept(page)
        with at(house.people["decision maker"], "governance:sign", version) as page:
            sign(page)
        with at(house.people["requester"], "desk:ticket", numbers["waiting"]) as page:
            answer(page)
        browser.close()


def signable(staged: Stage) -> int:
    """The number of a charter whose six points are filled."""
    company = staged.house.company.uuid
    document = charters.document_of(charters.versions_of(company)[0])
    charters.charter_part(document)["points"] = dict(POINTS)
    drafted = governance.draft_charter(company, at=instant_now(), actor=TEST, document=document)
    return next(each.version for each in charters.versions_of(company) if str(each.uuid) == drafted)


@contextmanager
def opened(browser: Browser, url: str, path: str, cookie: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    if cookie:
        context.add_cookies([{"name": "session", "value": cookie, "url": url}])
    page = context.new_page()
    page.goto(url + path)
    yield page
    context.close()


# ---- keys -----------------------------------------------------------------------------------


def here(page: Page) -> dict[str, Any]:
    """What has the focus; it must be seen, with a ring around it."""
    found: dict[str, Any] = page.evaluate(HERE)
    assert found["seen"], f"focus out of sight at {found}"
    assert found["ring"], f"focus without a ring at {found}"
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name, or this field, has the focus."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found = here(page)
        if re.search(name, found["name"]) or re.fullmatch(name, found["field"]):
            return
        passed.append(found["name"][:40])
    raise AssertionError(f"no {name} within {MOST_STOPS} stops: {passed}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def said(page: Page, words: str) -> None:
    expect(page.locator(".toast").filter(has_text=words)).to_be_visible()


# ---- journeys -------------------------------------------------------------------------------


def sign_in(page: Page, person: Person) -> None:
    assert here(page)["field"] == "address", "the first field waits for its words"
    page.keyboard.type(str(person.address))
    tab_to(page, "password")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    page.wait_for_url("**/queue/**")


def skip_to_the_tickets(page: Page) -> None:
    press(page, "Tab")
    assert here(page)["name"] == "Skip to the tickets"
    press(page, "Enter", "Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def open_from_the_queue(page: Page) -> None:
    press(page, "j")
    first = here(page)["name"]
    press(page, "j")
    assert here(page)["name"] != first
    press(page, "k")
    assert here(page)["name"] == first
    press(page, "o")
    page.wait_for_url(re.compile(r"/tickets/\d+/"))


def ask_for_help(page: Page) -> None:
    tab_to(page, "^Queue$")
    press(page, "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    press(page, "Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    assert here(page)["name"] == "Queue", "the focus is back where it was"


def search(page: Page) -> None:
    press(page, "/")
    assert here(page)["field"] == "q"
    page.keyboard.type("scanner")
    press(page, "Enter")
    page.wait_for_url("**q=scanner**")
    expect(page.locator(".rows .subj a").first).to_be_visible()


def open_a_ticket(page: Page) -> None:
    press(page, "n")
    page.wait_for_url("**/tickets/new/")
    for name, words in (
        ("requester_name", "Carla Caller"),
        ("requester_address", "carla@caller.example"),
        ("subject", "The door does not open"),
        ("text", "It is locked."),
    ):
        tab_to(page, name)
        page.keyboard.type(words)
    tab_to(page, "^Open the ticket$")
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    expect(page.locator("h1")).to_have_text("The door does not open")


def take_and_give_back(page: Page) -> None:
    press(page, "a")
    said(page, "You own")
    press(page, "z")
    said(page, "Nobody owns")


def reply_and_note(page: Page) -> None:
    press(page, "r")
    assert here(page)["field"] == "text"
    page.keyboard.type("We look at it now.")
    press(page, "Control+Enter")
    said(page, "Reply is on its way")
    press(page, "n")
    page.keyboard.type("Mind the gate.")
    press(page, "Control+Enter")
    said(page, "Note saved for your own team")


def resolve_and_reopen(page: Page) -> None:
    press(page, "s")
    assert here(page)["field"] == "text"
    page.keyboard.type("It runs.")
    tab_to(page, "^Resolve")
    press(page, "Enter")
    said(page, "is resolved")
    press(page, "z")
    said(page, "is open again")


def leave_a_panel(page: Page) -> None:
    tab_to(page, "^Wait$")
    press(page, "Enter", "Tab")
    assert here(page)["field"] == "on"
    press(page, "Escape")
    assert here(page)["name"] == "Wait", "the focus is back on the button"


def hand_over(page: Page) -> None:
    press(page, "Shift+Tab")
    assert here(page)["name"] == "Hand over"
    press(page, "Enter")
    tab_to(page, "^to$")
    page.keyboard.type("Second")
    tab_to(page, "reason")
    page.keyboard.type("My shift ends.")
    tab_to(page, "^Offer it$")
    press(page, "Enter")
    said(page, "Offered.")


def accept(page: Page) -> None:
    tab_to(page, "^Accept$")
    press(page, "Enter")
    said(page, "You own")


def sign(page: Page) -> None:
    tab_to(page, "^Sign for")
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/charter/(\d+/)?$"))
    expect(page.get_by_text("nobody has signed it")).to_have_count(0)


def answer(page: Page) -> None:
    tab_to(page, "^text$")
    page.keyboard.type("It is gate 3.")
    tab_to(page, "^Send to the desk$")
    press(page, "Enter")
    said(page, "Sent to the desk")
