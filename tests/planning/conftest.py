"""A company with its cast, and a client of each who matters to plans."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from commondesk.accounts import directory
from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor, Side
from commondesk.planning import actions
from commondesk.planning.models import Case
from tests.desk.cast import FOUNDED, MONDAY, Cast, make_cast

TEST = Actor("test", Side.MACHINE)


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def decider(cast: Cast) -> Person:
    return directory.add_person(
        cast.uuid,
        at=FOUNDED,
        actor=TEST,
        title="Dana Decider",
        address="dana@acme.example",
        side="company",
        roles=["decision_maker"],
    )


@pytest.fixture
def planner(decider: Person) -> Client:
    client = Client()
    client.force_login(decider)
    return client


@pytest.fixture
def case(cast: Cast, decider: Person) -> Case:
    return actions.begin_case(
        cast.uuid, at=MONDAY, by=decider.uuid, title="Support from July", document={}
    )
