"""Who answers to whom in a company, as its record tells. No table holds it yet."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from commondesk.core.record.arrangement import ManagerNamed
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.ledger import store


def managers(company: UUID) -> dict[str, str]:
    """The manager of each person who has one; uuids as text."""
    found: dict[str, str] = {}
    for event in store.named(company, COMPANY_STREAM, ManagerNamed.NAME):
        assert isinstance(event.body, ManagerNamed)
        found[event.body.person] = event.body.manager
    return {person: manager for person, manager in found.items() if manager}


def circles(manager_of: Mapping[str, str]) -> list[list[str]]:
    """The circles that managers run in, each from one of its people along to the last."""
    found, seen = [], set[str]()
    for start in manager_of:
        line: dict[str, int] = {}
        here = start
        while here and here not in seen:
            seen.add(here)
            line[here] = len(line)
            here = manager_of.get(here, "")
        if here in line:
            found.append(list(line)[line[here] :])
    return found
