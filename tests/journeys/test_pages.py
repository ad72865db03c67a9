"""Every page that answers, on the longest names: it fits, nothing jumps, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from commondesk.accounts.models import Person
from tests.isolation.routes import ROUTES, Route, known_routes
from tests.isolation.test_routes import bolt_parts, worded
from tests.journeys.desk import CHECKED, CHROMIUM, FLAGS, WIDTHS, faults, settle
from tests.journeys.stage import Stage

NARROW, WIDE = CHECKED
MOST_SHIFT = 0.01
"""What browsers call a good page has 0.1; ours does not move at all but for rounding."""

SLOW = {
    "offline": False,
    "latency": 0,
    "downloadThroughput": 300_000,
    "uploadThroughput": 300_000,
}
"""Bytes a second."""

TOLD = """
(() => {
  window.moved = 0;
  const add = list => list.getEntries().forEach(each => { window.moved += each.value; });
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
})();
"""


@dataclass(frozen=True)
class Stop:
    """One page to look at, as somebody."""

    who: Person | None
    path: str


@pytest.mark.browser
@pytest.mark.timeout(1200)
def test_every_page_fits_and_is_for_everybody(staged: Stage, live_server: LiveServer) -> None:
    stops = [*walk(staged, staged.lead), *walk(staged, staged.house.people["requester"])]
    stops += [*walk(staged, staged.house.founder, known={each.path for each in stops})]
    stops += [Stop(None, path) for path in ("/sign-in/", "/forgot/", "/forgot/sent/", "/no/page/")]
    cookies = {who.pk: cookie_of(who) for who in {each.who for each in stops if each.who}}
    found: list[str] = []
    # The loop of the browser's driver runs in this thread; the pages are made in others.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for who in dict.fromkeys(each.who for each in stops):
            context = browser.new_context(reduced_motion="reduce")
            context.add_init_script(TOLD)
            if who:
                context.add_cookies(
                    [{"name": "session", "value": cookies[who.pk], "url": live_server.url}]
                )
            page = watched(context, found)
            slow_down(context, page)
            for stop in stops:
                if stop.who == who:
                    found += [
                        f"{who or 'nobody'} at {stop.path}: {each}"
                        for each in look(page, live_server.url, stop)
                    ]
            context.close()
        browser.close()
    assert not found, "\n".join(found)
    assert len(stops) > 60


# ---- where to go ----------------------------------------------------------------------------


def walk(
    staged: Stage, who: Person, known: frozenset[str] | set[str] = frozenset()
) -> Iterator[Stop]:
    """Every address of the desk that answers this person with a page of its own."""
    client = Client()
    client.force_login(who)
    seen = set(known)
    for path in addresses(staged):
        if path in seen:
            continue
        if is_page(client.get(path)):
            seen.add(path)
            yield Stop(who, path)


def is_page(answer: HttpResponseBase) -> bool:
    """Whether it is a page of its own: no file, no answer of a program, no piece of a page."""
    is_html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and is_html and b"<!doctype html>" in content_of(answer)


def content_of(answer: HttpResponseBase) -> bytes:
    return answer.content if isinstance(answer, HttpResponse) else b""


def addresses(staged: Stage) -> Iterator[str]:
    for name in known_routes():
        route = ROUTES.get(name)
        if route is None or name.startswith("api:") or not route.gets:
            continue
        for words in worded(route):
            yield address(name, route, words | bolt_parts(route, staged.house), staged)
    prefix, busy = staged.house.prefix, str(staged.number(staged.busy))
    yield reverse("desk:ticket", args=[prefix, busy])
    for query in ("view=due", "view=all&channel=mail&opened=900d", "view=all&q=nothing-like-it"):
        yield f"{reverse('desk:queue', args=[prefix])}?{query}"


def address(name: str, route: Route, parts: dict[str, str], staged: Stage) -> str:
    query = {field: staged.house.ids[kind] for field, kind in route.query.items()}
    return reverse(name, kwargs=parts) + (f"?{urlencode(query)}" if query else "")


def cookie_of(who: Person) -> str:
    client = Client()
    client.force_login(who)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


# ---- looking --------------------------------------------------------------------------------


def watched(context: BrowserContext, found: list[str]) -> Page:
    """A page whose console, errors and requests to elsewhere are faults."""
    page = context.new_page()
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda said: (
            found.append(f"{page.url}: {said.text}") if is_wrong(said.text, said.type) else None
        ),
    )
    return page


def slow_down(context: BrowserContext, page: Page) -> None:
    """Let a page come piece by piece, as to a phone on the road: what is there must not move."""
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)


def is_wrong(text: str, kind: str) -> bool:
    return kind in ("error", "warning") and "status of 404" not in text


def look(page: Page, origin: str, stop: Stop) -> Iterator[str]:
    """Load it once, then turn it round: every width, and each theme at one of two of them."""
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto(origin + stop.path)
    settle(page)
    moved = page.evaluate("window.moved")
    if moved > MOST_SHIFT:
        yield f"moves by {moved:.3f} while it loads"
    yield from (f"{fault}, dark, {NARROW} px" for fault in faults(page))
    for width in sorted(WIDTHS, key=lambda each: each == WIDE):
        page.set_viewport_size({"width": width, "height": 800})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            yield f"needs {needed} px at {width}"
    page.emulate_media(color_scheme="light")
    settle(page)
    yield from (f"{fault}, light, {WIDE} px" for fault in faults(page))
