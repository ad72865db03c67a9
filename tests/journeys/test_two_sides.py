"""Two sides, one desk: eight people from the empty desk to a solved P1 and a second provider."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.desk import ROOT, Desk, looked_at, until

PASSWORD = "a long and quiet sentence"
FOUNDER = "ana@gruenwald.example"
LEAD = "paul@nordwind.example"
FIRST_LINE = "lena@nordwind.example"
SECOND_LINE = "emil@nordwind.example"
OTHER_LEAD = "sven@phoneworks.example"
VENDOR = "service@makers.example"
REQUESTER = "rita@gruenwald.example"
APPROVER = "boris@gruenwald.example"
AUDITOR = "vera@gruenwald.example"


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_from_an_empty_desk_to_two_providers(desk: Desk, page: Page, pictures: Path) -> None:
    found_the_company(desk, page)
    with other(page) as lead, other(page) as agent, other(page) as expert, other(page) as second:
        invite_the_provider(desk, page, lead, "Nordwind Support", LEAD, "Paul Lead")
        build_the_teams(desk, lead, agent, expert)
        looked_at(page_at(lead, "/people/"), "people", pictures)
        agree(page, lead, "Nordwind Support", service=("Machines", "machines"), pictures=pictures)
        number = open_by_phone(agent, "Press 4 stands still", "machines", pictures)
        hand_to_second_line(agent, number)
        with other(page) as approver:  # while the offer runs out
            invite(desk, page, approver, APPROVER, "Boris Approves", "Approver")
            sees_own_things_only(approver, number)
        let_it_lapse(lead, number, pictures)
        accept(expert, number)
        call_on_the_lead(expert, number)
        through_the_vendor(desk, expert, number, pictures)
        restore_and_resolve(desk, expert, number)
        invite_the_provider(desk, page, second, "Phone Works", OTHER_LEAD, "Sven Second")
        agree(page, second, "Phone Works", service=("Telephones", "telephones"), pictures=None)
        other_number = open_by_phone(page, "The lines are dead", "telephones", None)
        expect_charter(page, other_number, "Phone Works")
        each_sees_their_own(agent, second, number, other_number)
        with other(page) as auditor:
            invite(desk, page, auditor, AUDITOR, "Vera Audits", "Auditor")
            reads_and_changes_nothing(desk, auditor, number)


# ---- setting up ---------------------------------------------------------------------------


def found_the_company(desk: Desk, page: Page) -> None:
    page.goto(desk.setup_link)
    page.get_by_label("Your company").fill("Grünwald Works")
    page.get_by_label("Your name").fill("Ana Founder")
    page.get_by_label("Your mail address").fill(FOUNDER)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Open the desk").click()
    page.wait_for_url("**/queue/**")


@contextmanager
def other(page: Page) -> Iterator[Page]:
    """Somebody else, at a browser of their own."""
    browser = page.context.browser
    assert isinstance(browser, Browser)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def home(page: Page) -> str:
    found = re.match(r"(http://[^/]+/c/[^/]+)/", page.url)
    assert found, page.url
    return found[1]


def page_at(page: Page, path: str) -> Page:
    page.goto(home(page) + path)
    return page


def invite_the_provider(
    desk: Desk, page: Page, guest: Page, title: str, address: str, name: str
) -> None:
    page_at(page, "/people/providers/")
    page.get_by_label("What the provider calls itself").fill(title)
    page.get_by_label("Mail address of their first person").fill(address)
    page.get_by_label("Their name").fill(name)
    page.get_by_role("button", name="Send the invitation").click()
    join(desk, guest, address)


def join(desk: Desk, guest: Page, address: str) -> None:
    """Follow the link of the mail, choose a password, and stand in the desk."""
    mail = desk.sink.mail(lambda each: address in str(each["To"]))
    found = re.search(r"http://\S+/invited/[^\s>\"]+", text_of(mail))
    assert found, text_of(mail)
    guest.goto(found[0])
    guest.get_by_label("password").fill(PASSWORD)
    guest.get_by_role("button", name=re.compile("^Join")).click()
    guest.wait_for_url("**/c/**")


def build_the_teams(desk: Desk, lead: Page, agent: Page, expert: Page) -> None:
    """The provider forms its two lines and asks one agent into each."""
    for title, tier, address, name, role, browser in (
        ("Nordwind first line", "L1", FIRST_LINE, "Lena First", "Lead", agent),
        ("Nordwind second line", "L2", SECOND_LINE, "Emil Expert", "Agent", expert),
    ):
        page_at(lead, "/people/teams/")
        if lead.get_by_role("rowheader", name=title).count() == 0:
            lead.get_by_label("Name", exact=True).fill(title)
            lead.get_by_role("combobox", name="Tier").select_option(tier)
            lead.get_by_role("button", name="Form the team").click()
            expect(lead.get_by_text(f"{title} is there").first).to_be_visible()
        page_at(lead, "/people/invite/")
        lead.get_by_label("Mail address").fill(address)
        lead.get_by_label("name").fill(name)
        choose(lead, "place", f"{title} ({tier})")
        lead.get_by_label(f"{role}: works tickets").check()
        lead.get_by_role("button", name="Send the invitation").click()
        join(desk, browser, address)


def invite(desk: Desk, page: Page, guest: Page, address: str, name: str, role: str) -> None:
    """The company asks somebody of its own side in."""
    page_at(page, "/people/invite/")
    page.get_by_label("Mail address").fill(address)
    page.get_by_label("name").fill(name)
    choose(page, "place", "Grünwald Works: in no team")
    page.get_by_label(f"{role}:").check()
    page.get_by_role("button", name="Send the invitation").click()
    join(desk, guest, address)


def choose(within: Page | Locator, name: str, words: str) -> None:
    """Choose what is worded so, or ends so, from a list."""
    listed = within.locator(f"[name='{name}'] option").all_text_contents()
    within.locator(f"[name='{name}']").select_option(
        index=next(place for place, text in enumerate(listed) if text.strip().endswith(words))
    )


# ---- the charter --------------------------------------------------------------------------


def agree(
    page: Page, lead: Page, provider: str, *, service: tuple[str, str], pictures: Path | None
) -> None:
    """The company fills a charter with that provider; both sides sign."""
    page_at(page, "/charter/begin/")
    page.get_by_label(re.compile("^Between")).select_option(label=provider)
    page.get_by_label(re.compile("Follows the sun")).check()
    page.get_by_role("button", name="Open the form").click()
    page.get_by_role("button", name=re.compile(r"to\s+Services$")).click()
    page.locator("[name='services.1.title']").fill(service[0])
    page.locator("[name='services.1.key']").fill(service[1])
    page.locator("[name='services.1.criticality']").select_option("1")
    for point in ("criticality", "scope", "coverage", "documentation", "escalation", "referent"):
        page.locator(f"[name='points.{point}']").fill("As we agreed in our first meeting.")
    page.locator("[name='windows.P1'], [name='escalation_window.P1']").first.fill("20s")
    if pictures:
        looked_at(page, "charter-form", pictures)
    page.get_by_role("button", name="Save as a new version").first.click()
    page.wait_for_url(re.compile(r"/charter/\d+/"))
    version = page.url
    for side in (page, lead):
        side.goto(f"{version}sign/")
        side.get_by_role("button", name=re.compile("^Sign for")).click()
        side.wait_for_url(re.compile(r"/charter/(\d+/)?$"))
    page.goto(version)
    expect(page.get_by_text("unsigned")).to_have_count(0)
    if pictures:
        looked_at(page, "charter", pictures)


# ---- a ticket by phone, and its hands -----------------------------------------------------


def open_by_phone(page: Page, subject: str, service: str, pictures: Path | None) -> int:
    page_at(page, "/tickets/new/")
    page.get_by_label("Who asks").fill("Rita Requester")
    page.get_by_label("Their mail address").fill(REQUESTER)
    page.get_by_label("How they reached you").select_option("phone")
    page.get_by_label("In a few words").fill(subject)
    page.get_by_label("What they said").fill("Nothing moves any more, everybody waits.")
    chosen = page.locator("[name='service']")
    if chosen.evaluate("each => each.tagName") == "SELECT":
        chosen.select_option(service)
    else:
        chosen.fill(service)
    page.get_by_label("Who is affected").select_option(index=1)
    page.get_by_label("What they can still do").select_option(index=1)
    page.get_by_label("I take it myself").check()
    if pictures:
        looked_at(page, "new-ticket", pictures)
    page.get_by_role("button", name="Open the ticket").click()
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    expect(page.locator("b.p1").first).to_be_visible()
    found = re.search(r"/tickets/(\d+)/", page.url)
    assert found
    return int(found[1])


def at_ticket(page: Page, number: int) -> Page:
    return page_at(page, f"/tickets/{number}/")


def hand_to_second_line(agent: Page, number: int) -> None:
    at_ticket(agent, number)
    form = opened(agent, "offer")
    choose(form, "to", "Nordwind second line (L2)")
    form.locator("[name='reason']").fill("The drive is beyond the first line.")
    form.get_by_role("button").last.click()
    expect(agent.get_by_text("not accepted").first).to_be_visible()


def opened(page: Page, verb: str) -> Locator:
    """The form of a step, with the fold it lies in open."""
    form = page.locator(f"form[action$='/steps/{verb}/']").first
    form.evaluate(
        "form => { for (let each = form; each; each = each.parentElement)"
        " if (each.tagName === 'DETAILS') each.open = true }"
    )
    return form


def let_it_lapse(lead: Page, number: int, pictures: Path) -> None:
    """Nobody accepts within the span that is agreed: it goes to the receiving side's contact."""

    def look() -> bool | None:
        page_at(lead, "/gaps/")
        return (
            lead.get_by_text(re.compile("lapsed|window is over", re.IGNORECASE)).count() > 0 or None
        )

    until(look, 150)
    expect(lead.locator("main")).to_contain_text(f"-{number}")
    looked_at(lead, "gaps", pictures)


def accept(expert: Page, number: int) -> None:
    at_ticket(expert, number)
    opened(expert, "accept").get_by_role("button").first.click()
    expect(expert.get_by_text(re.compile("You own")).first).to_be_visible()


def call_on_the_lead(expert: Page, number: int) -> None:
    """An escalation by hand: whoever has more say is told, and it stands on the ticket."""
    at_ticket(expert, number)
    form = opened(expert, "call-on")
    person = form.locator("[name='to'] option", has_text="Lena First").first
    form.locator("[name='to']").select_option(value=person.get_attribute("value"))
    form.locator("[name='reason']").fill("The makers want a yes to a new drive.")
    form.get_by_role("button").last.click()
    told = re.compile("called on Lena First.*The makers want a yes to a new drive")
    expect(expert.locator(".talk")).to_contain_text(told)


# ---- the vendor ---------------------------------------------------------------------------


def through_the_vendor(desk: Desk, expert: Page, number: int, pictures: Path) -> None:
    at_ticket(expert, number)
    form = opened(expert, "vendor")
    form.locator("[name='vendor']").fill("Makers of presses")
    form.locator("[name='contact']").fill(VENDOR)
    form.get_by_role("button").last.click()
    form = opened(at_ticket(expert, number), "vendor-write")
    form.locator("[name='text']").fill("Drive 7 reports error 21. When can you be here?")
    form.get_by_role("button").last.click()
    asked = desk.sink.mail(lambda each: VENDOR in str(each["To"]))
    assert "Rita" not in str(asked), "a vendor is told nothing of the requester"
    answer = EmailMessage()
    answer["From"] = f"Makers' service <{VENDOR}>"
    answer["To"] = str(asked["Reply-To"])
    answer["Subject"] = f"Re: {asked['Subject']}"
    answer["Message-ID"] = "<answer-1@makers.example>"
    answer["In-Reply-To"] = str(asked["Message-ID"])
    answer.set_content("We come at noon. The part is in the car.")
    desk.send(answer, parseaddr(str(asked["Reply-To"]))[1])
    shown(at_ticket(expert, number), lambda: expert.get_by_text("We come at noon").count() > 0)
    looked_at(expert, "ticket-with-vendor", pictures)
    opened(expert, "end-vendor").get_by_role("button").last.click()
    to_requester = [each for each in desk.sink.mails if REQUESTER in str(each["To"])]
    assert not any("noon" in text_of(each) for each in to_requester)


def shown(page: Page, is_there: Callable[[], bool]) -> None:
    def look() -> bool | None:
        page.reload()
        return True if is_there() else None

    until(look)


def restore_and_resolve(desk: Desk, expert: Page, number: int) -> None:
    at_ticket(expert, number)
    opened(expert, "restore").get_by_role("button").last.click()
    expect(expert.locator("main")).to_contain_text(re.compile("works again|restored"))
    form = opened(expert, "resolve")
    form.locator("[name='text']").fill("The drive is changed. Press 4 runs.")
    form.get_by_role("button").last.click()
    expect(expert.locator(".head").first).to_contain_text("solved")
    mail = desk.sink.mail(
        lambda each: REQUESTER in str(each["To"]) and "Press 4 runs" in text_of(each)
    )
    assert "noon" not in text_of(mail)


# ---- who looks on --------------------------------------------------------------------------


def status_of(page: Page, path: str) -> int:
    answer = page.goto(home(page) + path)
    assert answer
    return answer.status


def sees_own_things_only(approver: Page, number: int) -> None:
    """Who approves is a requester otherwise: their own tickets, and nobody else's."""
    root = home(approver)
    for path in (f"/tickets/{number}/", "/charter/", "/people/", "/gaps/"):
        answer = approver.goto(root + path)
        assert answer and answer.status == 404, path
    approver.goto(f"{root}/queue/")
    expect(approver.locator("main")).not_to_contain_text("Press 4 stands still")


def reads_and_changes_nothing(desk: Desk, auditor: Page, number: int) -> None:
    """The ticket, what happened on it and how it was counted, charter, people: and no button."""
    root, before = home(auditor), verified(desk)
    auditor.goto(f"{root}/tickets/{number}/")
    expect(auditor.locator(".talk")).to_contain_text("Press 4 runs.")
    expect(auditor.locator(".talk")).to_contain_text("called on Lena First")
    expect(auditor.locator("form[action*='/steps/']")).to_have_count(0)
    for path in (f"/tickets/{number}/counted/", "/charter/", "/people/", "/gaps/"):
        answer = auditor.goto(root + path)
        assert answer and answer.status == 200, path
    refused = auditor.evaluate(
        """async path => {
            const cookie = document.cookie.match(/csrftoken=([^;]+)/);
            const headers = cookie ? {"X-CSRFToken": cookie[1]} : {};
            const sent = document.querySelector("[name=csrfmiddlewaretoken]");
            const body = new FormData();
            if (sent) body.set("csrfmiddlewaretoken", sent.value);
            return (await fetch(path, {method: "POST", headers, body})).status;
        }""",
        f"{root}/tickets/{number}/steps/take/",
    )
    assert refused == 404
    assert verified(desk) == before


def verified(desk: Desk) -> str:
    """The record is sound; its head."""
    found = subprocess.run(
        [sys.executable, "-m", "commondesk.cli", "verify"],
        cwd=ROOT,
        env=desk.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert ": sound" in found.stdout and "fault" not in found.stdout
    return next(line for line in found.stdout.splitlines() if "head:" in line)


# ---- the second provider ------------------------------------------------------------------


def expect_charter(page: Page, number: int, provider: str) -> None:
    at_ticket(page, number)
    expect(page.locator("main")).to_contain_text(provider)


def each_sees_their_own(agent: Page, second: Page, first_number: int, second_number: int) -> None:
    for person, theirs, others in (
        (agent, first_number, second_number),
        (second, second_number, first_number),
    ):
        root = home(person)
        found = person.goto(f"{root}/tickets/{theirs}/")
        assert found and found.status == 200
        found = person.goto(f"{root}/tickets/{others}/")
        assert found and found.status == 404
        person.goto(f"{root}/queue/")


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
