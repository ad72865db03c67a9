"""The people of a company as a list that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from commondesk.accounts.importing import managers
from commondesk.accounts.importing.people import known_people
from commondesk.accounts.importing.people_columns import COLUMNS, role_cell
from commondesk.readers import table_file

SAMPLE = (
    ("anna@example.com", "Anna Archer", "requester", "", "ben@example.com"),  # not for readers
    ("ben@example.com", "Ben Baker", "agent, lead", "L1", ""),  # not for readers
)


def exported(company: UUID) -> Iterator[str]:
    """Lines of CSV: everybody of the company's own side who has an address, by address."""
    known = {each.person: each for each in known_people(company).values() if each.is_active}
    manager_of = managers.managers(company)
    own = sorted((each for each in known.values() if each.is_own), key=lambda each: each.address)
    rows = []
    for each in own:
        manager = known.get(manager_of.get(each.person, ""))
        told = manager.address if manager and manager.is_own else ""
        rows.append((each.address, each.title, role_cell(each.roles), each.team, told))
    return table_file.written(COLUMNS, rows)


def sample() -> Iterator[str]:
    """The same with two people who do not exist."""
    return table_file.written(COLUMNS, SAMPLE)
