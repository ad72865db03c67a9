"""The pack in a browser that is offline: it opens, answers, prints, and keeps words as words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from commondesk import locale
from commondesk.core import texts
from commondesk.review.pack.page import page_of
from tests.journeys.conftest import pictures as pictures
from tests.journeys.desk import CHROMIUM, FLAGS, faults, looked_at
from tests.review.pack.exports import FORMULA, HOSTILE, figures_of, hostile_log, plain_log
from tests.review.pack.test_pack_figures import CHARTER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network; whatever goes wrong in it, or asks for anything, fails the test."""
    context = browser.new_context(
        offline=True, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    wrongs: list[str] = []
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda said: wrongs.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: wrongs.append(f"a dialog: {dialog.message}"))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith(("file:", "data:", "blob:")) else wrongs.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert wrongs == []


def opened(
    page: Page,
    folder: Path,
    content: bytes,
    charter: bytes | None = None,
    language: str = texts.ENGLISH,
) -> None:
    file = folder / "pack.html"
    file.write_text(page_of(figures_of(content, charter), language=language), "utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready=yes]", state="attached")


def test_it_fits_and_passes_axe_in_both_themes(page: Page, tmp_path: Path, pictures: Path) -> None:
    opened(page, tmp_path, plain_log(), CHARTER.read_bytes())
    assert page.locator(".drawing svg").count() == page.locator("[data-chart]").count() > 5
    looked_at(page, "review-pack", pictures)
    page.locator("#hands a").first.click()
    page.locator("#list button").first.click()
    assert faults(page) == []


def test_a_figure_opens_its_tickets_and_a_ticket_its_events(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, plain_log())
    page.locator("#figures .fig", has_text="Ping-pong").get_by_role("link").click()
    page.locator("#said", has_text="Ping-pong").wait_for()
    assert page.locator("#said").inner_text().startswith("Ping-pong")
    assert page.locator("#list tbody tr").count() == 1
    page.get_by_role("button", name="INC0000002").click()
    page.locator("#ticket tbody tr").first.wait_for()
    events = page.locator("#ticket tbody tr").all_inner_texts()
    assert events[0].split("\t")[1:3] == ["opened", "by phone"]
    assert [each.split("\t")[2] for each in events if "given to" in each] == ["A", "B", "A"]
    page.get_by_role("button", name="Close").click()
    assert not page.locator("#ticket").is_visible()


def test_filters_narrow_the_list_and_its_figures(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, plain_log())
    assert page.locator("#list tbody tr").count() == 4
    page.locator("#filters [name=priority]").select_option("P2")
    page.locator("#list tbody tr", has_text="INC0000001").wait_for(state="detached")
    assert page.locator("#list tbody tr").count() == 1
    page.get_by_role("button", name="Clear").click()
    page.locator("#list tbody tr", has_text="INC0000001").wait_for()
    page.locator("#filters [name=team]").select_option("C")
    page.locator("#list tbody tr", has_text="INC0000001").wait_for(state="detached")
    assert "INC0000004" in page.locator("#list tbody").inner_text()
    page.get_by_role("button", name="Clear").click()
    page.locator("#filters [name=words]").fill("dan")
    page.locator("#list tbody tr", has_text="INC0000001").wait_for(state="detached")
    assert page.locator("#list tbody tr").count() == 1


def test_the_figures_of_a_choice_are_those_of_the_file(page: Page, tmp_path: Path) -> None:
    """What the page counts over all tickets says the same as what was counted when it was made."""
    figures = figures_of(plain_log())
    opened(page, tmp_path, plain_log())
    told = dict(
        page.eval_on_selector_all(
            "#chosen .fig", "all => all.map(e => [e.children[0].textContent, e.innerText])"
        )
    )
    assert "10 h" in told["Opened to the resolve that stands, median"]
    interval = figures["reopens"].interval
    assert interval is not None
    shares = {
        "Came back to a team that had had it": ("25 %", "1 ticket"),
        "With updates missing from the file": ("25 %", "95 %: 4.6 % to 69.9 %"),
        "Missed by the vendor’s own flag": ("25 %", "of 4"),
    }
    for title, words in shares.items():
        assert all(each in told[title] for each in words), told[title]


def test_hostile_words_stay_words(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, hostile_log())
    assert page.locator("img, svg[onload]").count() == 0
    assert HOSTILE in page.locator("#list").inner_text()
    page.get_by_role("button", name="INC0000001").click()
    page.locator("#ticket tbody tr").first.wait_for()
    assert HOSTILE in page.locator("#ticket").inner_text()
    assert page.locator("#ticket img, #ticket b").count() == 0


def test_what_is_saved_is_csv_that_no_spreadsheet_runs(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, hostile_log())
    for name in ("these tickets", "their events"):
        with page.expect_download() as downloading:
            page.get_by_role("button", name=name).click()
        text = Path(downloading.value.path()).read_bytes().decode("utf-8")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        assert f"'{FORMULA}" in cells
    with page.expect_download() as downloading:
        page.get_by_role("button", name="all figures").click()
    saved = json.loads(Path(downloading.value.path()).read_text("utf-8"))
    assert saved["format"] == "commondesk.review-pack/1"


def test_its_policy_lets_no_script_in_and_nothing_out(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(offline=True)
    opened(page, tmp_path, plain_log())
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    blocked = page.evaluate(
        """async () => {
            const found = [];
            addEventListener("securitypolicyviolation", (each) => {
                found.push(each.effectiveDirective);
                each.stopImmediatePropagation();
            });
            const script = document.createElement("script");
            script.textContent = "window.isIn = true";
            document.body.append(script);
            await new Promise((done) => setTimeout(done, 100));
            return [found, window.isIn === true];
        }"""
    )
    page.close()
    assert blocked == [["script-src-elem"], False]


def test_its_lists_and_charts_speak_french(page: Page, tmp_path: Path) -> None:
    locale.learn_all()
    opened(page, tmp_path, plain_log(), language="fr")
    head = page.locator("#list thead th").all_inner_texts()
    assert head[:3] == ["Ticket", "Ouvert", "Priorité"]
    assert "clos" in page.locator("#list tbody tr").first.inner_text()
    assert "4 tickets" in page.locator("#said").inner_text()
    chosen = page.locator("#chosen").inner_text()
    assert "sur 4" in chosen and "95\u00a0%\u00a0: 4,6\u00a0% à 69,9\u00a0%" in chosen
    assert "1 jour" in page.locator("#chart-survival svg").inner_html()
    page.get_by_role("button", name="INC0000002").click()
    page.locator("#ticket tbody tr").first.wait_for()
    events = page.locator("#ticket tbody tr").all_inner_texts()
    assert "mars 2025" in events[0]
    assert events[0].split("\t")[1:3] == ["ouvert", "par : téléphone".replace(" :", "\u00a0:")]
    with page.expect_download() as downloading:
        page.evaluate("document.querySelector('[data-save=events]').click()")
    saved = Path(downloading.value.path()).read_text("utf-8")
    assert saved.startswith("ticket,happened_at,what,detail") and ",opened,by phone," in saved


def test_it_prints_on_a4(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, plain_log(), CHARTER.read_bytes())
    printed = page.pdf(format="A4", print_background=True)
    assert printed.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("#tickets").is_visible()
    assert page.locator("#speed .drawing svg").first.is_visible()
