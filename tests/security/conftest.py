"""A desk that listens, a name service with the records of its people, and an attacker's host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.intake import parse
from commondesk.intake.checks import dns
from tests.intake.letters import Acme, found_acme
from tests.mail_servers.dns import NameServer, served

from .wire import Wire, records


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA = folder
    settings.EMAIL_HOST = ""
    return folder


@pytest.fixture(autouse=True)
def names(settings: Settings) -> Iterator[NameServer]:
    """The name service that the desk asks."""
    with served(records()) as server:
        settings.DNS = server.address
        dns.forget()
        yield server
        dns.forget()


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    return found_acme()


@pytest.fixture
def wire(acme: Acme) -> Iterator[Wire]:
    """The desk's receiver, as the world reaches it."""
    with Wire.opened() as opened:
        yield opened


@pytest.fixture(scope="session", autouse=True)
def child_of_this_run() -> Iterator[None]:
    yield
    parse.stop()
