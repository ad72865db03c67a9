from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.journeys.desk import CHROMIUM, FLAGS, KEPT_PICTURES, Desk, running_desk
from tests.journeys.stage import Stage, stage


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in a browser at a place; whatever goes wrong in it fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, timezone_id="Europe/Paris"
        )
        page = context.new_page()
        wrongs: list[str] = []
        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on(
            "console",
            lambda said: (
                wrongs.append(said.text)
                if said.type == "error" and "status of 4" not in said.text
                else None
            ),
        )
        yield page
        browser.close()
        assert wrongs == []


@pytest.fixture
def staged(settings: Settings, tmp_path: Path, live_server: LiveServer) -> Stage:
    """The longest names and the fullest ticket, served to browsers."""
    settings.DATA = tmp_path
    settings.EMAIL_HOST = ""
    return stage()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: a folder named by JOURNEY_PICTURES, else one that is thrown away."""
    folder = Path(os.environ.get(KEPT_PICTURES) or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
