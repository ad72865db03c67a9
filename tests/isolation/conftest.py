from pathlib import Path

import pytest
from pytest_django import Settings

from .world import House, house


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    settings.EMAIL_HOST = ""
    return tmp_path


@pytest.fixture
def acme(db: None) -> House:
    return house("Acme Presses", "acme.example", 2)


@pytest.fixture
def bolt(acme: House) -> House:
    """The other company: it has more tickets, so that its last number is nothing at Acme."""
    return house("Bolt Works", "bolt.example", 5)
