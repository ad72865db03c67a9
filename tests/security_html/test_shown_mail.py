"""Mail of people who mean harm, everywhere Chromium shows it: nothing runs, nothing is fetched."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from tests.journeys.desk import CHROMIUM, FLAGS, Desk, running_desk, until
from tests.security_html.vectors import Vector, batches, page_of, vectors

DESK_ADDRESS = "support@quiet.example"
FEWEST = 1500
SVG = "http://www.w3.org/2000/svg"
DEFAULT_SPAN_IN_MS = 15_000


@dataclass
class Canary:
    """A server on loopback that nobody has any reason to ask."""

    place: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - names that the base class asks for

        def log_message(self, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.place = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@dataclass
class Watched:
    """A page, with everything suspicious that happened in it."""

    page: Page
    traces: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def refuse(self, dialog: Dialog) -> None:
        self.traces.append("dialog")
        dialog.dismiss()


@contextmanager
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(DEFAULT_SPAN_IN_MS)
    page = context.new_page()
    made = Watched(page)
    page.on("dialog", made.refuse)
    page.on("console", lambda said: made.traces.append(said.text))
    page.on("pageerror", lambda error: made.traces.append(str(error)))
    context.on("page", lambda other: made.traces.append("another page opened"))
    context.on("request", lambda request: made.hosts.add(urlsplit(request.url).netloc))
    yield made
    context.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with running_desk(tmp_path) as running:
        yield running


# ---- the tests ----------------------------------------------------------------------------


def test_there_are_many_different_vectors() -> None:
    found = vectors("127.0.0.1:9")
    assert len({each.html for each in found}) == len(found) >= FEWEST


@pytest.mark.browser
def test_the_traps_do_spring_where_nothing_guards(
    canary: Canary, browser: Browser, tmp_path: Path
) -> None:
    """Without this, a test that finds nothing would prove nothing."""
    wanted = 20
    with watched(browser) as seen:
        for some in batches(vectors(canary.place)):
            file = tmp_path / "open.html"
            file.write_text(page_of(some))
            seen.page.goto(file.as_uri(), wait_until="commit")
            seen.page.wait_for_timeout(300)
            if len(ran(seen)) > wanted and len(set(canary.asked)) > wanted:
                break
    assert len(ran(seen)) > wanted
    assert len(set(canary.asked)) > wanted


def ran(seen: Watched) -> set[str]:
    return {each for each in seen.traces if each.startswith("RAN-")}


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_nothing_of_a_mail_runs_or_is_fetched(
    desk: Desk, canary: Canary, browser: Browser, tmp_path: Path
) -> None:
    all_of_them = vectors(canary.place)
    some_each = batches(all_of_them)
    with watched(browser) as seen:
        page = seen.page
        found_the_company(desk, page)
        for some in some_each:
            desk.send(letter(some), DESK_ADDRESS)
        for some in some_each[:2]:
            desk.send(held_letter(some), DESK_ADDRESS)
        tickets = until(lambda: tickets_in(desk, page, len(some_each)))
        marks = asked = 0
        for address in tickets:
            marks += look_at_ticket(page, address)
            asked += ask_for_pictures(page)
        assert asked > 2, "some of them hold pictures that lie elsewhere"
        assert marks > 2 * len(all_of_them) * 0.95, "the mails are shown, and not only hidden"
        print_a_ticket(page, tickets[0])
        look_at_held_mail(desk, page)
        hosts = {
            desk.origin.split("/")[2],
            desk.origin.split("/")[2].replace("127.0.0.1", "localhost"),
        }
        assert seen.hosts <= hosts
        expected = [each for each in seen.traces if "status of 404" in each]
        assert len(expected) <= 2 * len(all_of_them)
        assert [each for each in seen.traces if each not in expected] == []
    with watched(browser) as seen:
        look_at_notices(desk, seen.page, tmp_path, len(some_each))
        assert seen.traces == []
        assert seen.hosts <= {""}
    assert canary.asked == []


# ---- mails --------------------------------------------------------------------------------


def letter(some: list[Vector]) -> EmailMessage:
    """The vectors as body, as what is quoted, as a forwarded mail, as subject and names."""
    first = some[0].number
    mail = EmailMessage(policy=SMTP.clone(max_line_length=900))
    # A longer name would be wrapped, and an odd one is held: these are to be shown.
    name = min((header(each.html) for each in some), key=len)[:60]
    mail["From"] = f'"{name}" <sender{first}@outside.example>'
    mail["To"] = DESK_ADDRESS
    mail["Subject"] = f"Mail {first} {header(some[2].html)}"
    mail["Message-ID"] = make_msgid(domain="outside.example")
    inside = page_of(some)
    mail.set_content(f"Hello {first}.\n\n{some[3].html}\n\n> {some[4].html}\n\n-- \n{some[5].html}")
    mail.add_alternative(
        f"<p>Hello {first}.</p>{inside}<blockquote type=cite>{inside}</blockquote>", subtype="html"
    )
    forwarded = EmailMessage(policy=SMTP.clone(max_line_length=900))
    forwarded["From"] = "other@outside.example"
    forwarded["Subject"] = header(some[6].html)
    forwarded.set_content(inside, subtype="html")
    mail.add_attachment(forwarded)
    drawing = f"<svg xmlns='{SVG}'>{some[8].html}</svg>".encode()
    named = header(some[7].html)[:100]
    mail.add_attachment(drawing, maintype="text", subtype="html", filename=named)
    mail.add_attachment(drawing, maintype="image", subtype="svg+xml", filename=f"{first}.svg")
    return mail


def held_letter(some: list[Vector]) -> EmailMessage:
    """One that is held: it claims to come from two people at once."""
    mail = letter(some)
    mail.replace_header("From", "one@outside.example, two@outside.example")
    mail.replace_header("Message-ID", make_msgid(domain="outside.example"))
    return mail


def header(text: str) -> str:
    """As much of a vector as one line of a header can hold."""
    return re.sub(r'[\x00-\x1f\x7f"\\\ufeff\u00a0]', "", text)[:400]


# ---- what is looked at --------------------------------------------------------------------


def found_the_company(desk: Desk, page: Page) -> None:
    page.goto(desk.setup_link)
    page.get_by_label("Your company").fill("Quiet Works")
    page.get_by_label("Your name").fill("Ana Ruiz")
    page.get_by_label("Your mail address").fill("ana@quiet.example")
    page.get_by_label("A password").fill("a long and quiet sentence")
    page.get_by_role("button", name="Open the desk").click()
    page.wait_for_url("**/queue/**")


def tickets_in(desk: Desk, page: Page, wanted: int) -> list[str] | None:
    page.goto(re.sub(r"/queue/.*", "/queue/?view=all", page.url))
    found = [str(each.get_attribute("href")) for each in page.locator("tr.row .subj a").all()]
    return [desk.origin + each for each in found] if len(found) >= wanted else None


def look_at_ticket(page: Page, address: str) -> int:
    """The conversation with every fold open, on screen and as print, then the mail as it looked."""
    page.goto(address)
    for fold in page.locator("#talk details").all():
        fold.evaluate("fold => { fold.open = true; }")
    page.emulate_media(media="print")
    page.emulate_media(media="screen")
    page.get_by_role("link", name="As the mail looked").click()
    page.locator(".paper iframe").wait_for()
    frame = page.frame_locator(".paper iframe")
    expect(frame.locator("body")).to_contain_text("Hello")
    shown = frame.locator("body").inner_text()
    return len(re.findall(r"mark-\d+\.", shown))


def print_a_ticket(page: Page, address: str) -> None:
    page.goto(address)
    assert page.pdf().startswith(b"%PDF")


def ask_for_pictures(page: Page) -> bool:
    """The desk itself is asked to fetch from loopback, and declines; False if there is nothing."""
    button = page.get_by_role("button", name="Show remote pictures")
    if not button.count():
        return False
    button.click()
    expect(button).to_have_count(0)
    expect(page.frame_locator(".paper iframe").locator("body")).to_contain_text("Hello")
    return True


def look_at_held_mail(desk: Desk, page: Page) -> None:
    page.goto(re.sub(r"(/c/[^/]+)/.*", r"\1/mail/", page.url))
    expect(page.locator("main")).to_contain_text("Mail 0")
    links = page.locator("a[href*='/view/']")
    assert links.count() >= 2
    for address in [str(each.get_attribute("href")) for each in links.all()]:
        page.goto(desk.origin + address)
        expect(page.locator("main")).to_contain_text("Hello")


def look_at_notices(desk: Desk, page: Page, folder: Path, wanted: int) -> None:
    """What the desk mailed, opened by a reader who guards against nothing."""
    until(lambda: True if len(desk.sink.mails) >= wanted else None)
    for index, mail in enumerate(list(desk.sink.mails)):
        html = mail.get_body(("html",))
        assert html is not None
        file = folder / f"{index}.html"
        file.write_text(str(html.get_content()))
        page.goto(file.as_uri())
