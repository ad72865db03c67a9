"""Another desk's export handed over on a page: asked about, reviewed, its pack read, imported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, looked_at, until_shown
from tests.journeys.test_first_minutes import set_up

LONG = 120_000
ROWS = [
    "Nr;Opened;Resolved;Status;Team;Subject",
    "1;03/04/2024 09:00;04/04/2024 09:00;Done;Desk;Badge reader",
    "2;05/06/2024 09:00;07/06/2024 10:00;Parked;Desk;Label printer",
]


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_an_export_is_handed_over_and_read(desk: Desk, page: Page, pictures: Path) -> None:
    set_up(desk, page)
    hand_over(page, pictures)
    answer(page, pictures)
    review(page, pictures)
    read_pack(page)
    import_tickets(page, pictures)


def hand_over(page: Page, pictures: Path) -> None:
    page.get_by_role("link", name="Your first ten minutes").click()
    page.get_by_role("link", name="Hand over its export").click()
    looked_at(page, "exports-none", pictures)
    content = "\n".join(ROWS).encode()
    page.get_by_label("Files of the export").set_input_files(
        {"name": "old desk.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url(re.compile("/review/exports/[0-9a-f-]{36}/$"))
    expect(page.locator("#taken")).to_contain_text("Taken for a table", timeout=LONG)


def answer(page: Page, pictures: Path) -> None:
    """What nothing in the file shows is asked, and not reviewed before it is answered."""
    expect(page.get_by_text("Nothing in the table shows it, so we ask:").first).to_be_visible()
    expect(page.get_by_role("button", name="Review it")).to_have_count(0)
    looked_at(page, "export-asks", pictures)
    for when in ("When it was opened", "When it was resolved, the last time"):
        dates = page.get_by_role("group", name="How its dates are written")
        dates.get_by_label(when).select_option("day-first")
    page.get_by_label("Parked").select_option("waiting vendor")
    page.get_by_label("Where its clock stood").select_option("Europe/Berlin")
    page.get_by_role("button", name="Look at it this way").click()
    expect(page.locator("#preview")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("2024-04-03 09:00").first).to_be_visible()
    looked_at(page, "export-understood", pictures)


def review(page: Page, pictures: Path) -> None:
    page.get_by_role("button", name="Review it").click()
    expect(page.get_by_role("heading", name="What this file can tell")).to_be_visible(timeout=LONG)
    looked_at(page, "export-reviewed", pictures)


def read_pack(page: Page) -> None:
    """It runs, and is nobody here: no cookie, no other page."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the review pack").click()
    pack = opened.value
    expect(pack.get_by_role("heading", level=1)).to_be_visible()
    expect(pack.locator(".drawing svg").first).to_be_visible(timeout=LONG)
    assert pack.evaluate("self.origin") == "null"
    asked = "fetch('/healthz').then(() => 'reached', () => 'refused')"
    assert pack.evaluate(asked) == "refused"
    pack.close()


def import_tickets(page: Page, pictures: Path) -> None:
    page.get_by_label("Yes, put them into the record").check()
    page.get_by_role("button", name="Import these tickets").click()
    expect(page.get_by_text("2 tickets imported, 0 were there already.")).to_be_visible(
        timeout=LONG
    )
    looked_at(page, "export-imported", pictures)
    page.goto(re.sub(r"/review/.*", "/queue/?view=all", page.url))
    until_shown(page, "Label printer")
