"""Every test of this room has an own data folder and a company with its fixed cast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.intake import parse
from commondesk.intake.checks import dns

from .letters import Acme, found_acme
from .signing import Names


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA = folder
    settings.EMAIL_HOST = ""
    return folder


@pytest.fixture(autouse=True)
def names() -> Iterator[Names]:
    """The name service: it knows nothing, unless a test gives it records."""
    service = Names()
    with dns.asking(service):
        yield service


@pytest.fixture
def acme(db: None) -> Acme:
    return found_acme()


@pytest.fixture(scope="session", autouse=True)
def child_of_this_run() -> Iterator[None]:
    yield
    parse.stop()
