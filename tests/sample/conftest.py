"""A sample that is played once for all tests of a file, and is gone again after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from pytest_django import DjangoDbBlocker

from commondesk.accounts.models import Company
from commondesk.core.record.instant import MINUTE, parse_instant
from commondesk.sample import playing, removal

AT = parse_instant("2026-11-20T15:00:00Z")
TICKETS = 40


@dataclass(frozen=True)
class Played:
    company: Company

    @property
    def uuid(self) -> UUID:
        return self.company.uuid


def played_once(tickets: int = TICKETS, seed: str = "a test") -> Company:
    for _ in playing.play(at=AT, seed=seed, tickets=tickets, grain=MINUTE):
        pass
    return Company.objects.get(is_sample=True)


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Played]:
    with django_db_blocker.unblock():
        try:
            yield Played(played_once())
        finally:
            removal.remove_all()
