"""Every test of this room has a database, an own data folder and a company."""

import uuid
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def data(db: None, settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA = folder
    return folder


@pytest.fixture
def company() -> UUID:
    return uuid.uuid4()
