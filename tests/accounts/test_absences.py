"""Who is away, and who stands in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from commondesk.accounts import directory, queries
from commondesk.accounts.arrangement import absences
from commondesk.accounts.arrangement.arranging import NotAllowed, NotThere, UnfitArrangement
from commondesk.accounts.models import Absence, Person
from commondesk.core.record.instant import DAY, HOUR
from tests.accounts.sides import MACHINE, Sides
from tests.desk.cast import MONDAY


def enter(
    sides: Sides, person: Person, deputy: Person, by: Person, first: int = 1, last: int = 5
) -> UUID:
    return absences.enter_absence(
        sides.cast.uuid,
        person.uuid,
        at=MONDAY,
        actor=sides.actor(by),
        from_at=MONDAY + first * DAY,
        until_at=MONDAY + last * DAY,
        deputy=deputy.uuid,
    )


def third(sides: Sides, name: str = "Tom Hird") -> Person:
    return directory.add_person(
        sides.cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title=name,
        address=f"{name.split()[0].lower()}@helpers.example",
        side="provider",
        roles=["agent"],
        team="helpers",
        provider=sides.helpers.uuid,
    )


def standing_in(sides: Sides, day: float) -> dict[str, str]:
    return queries.standing_in(sides.cast.uuid, MONDAY + int(day * DAY))


def test_a_deputy_stands_in_from_the_first_instant_until_the_last(sides: Sides) -> None:
    enter(sides, sides.agent, sides.lead, sides.agent)
    pair = {str(sides.agent.uuid): str(sides.lead.uuid)}
    assert [standing_in(sides, day) for day in (0.9, 1, 4.9, 5)] == [{}, pair, pair, {}]


def test_the_chain_is_followed(sides: Sides) -> None:
    tom = third(sides)
    enter(sides, sides.agent, sides.lead, sides.agent)
    enter(sides, sides.lead, tom, sides.lead, 2, 3)
    assert standing_in(sides, 1.5)[str(sides.agent.uuid)] == str(sides.lead.uuid)
    assert standing_in(sides, 2.5)[str(sides.agent.uuid)] == str(tom.uuid)


def test_somebody_is_always_left(sides: Sides) -> None:
    tom = third(sides)
    enter(sides, sides.agent, sides.lead, sides.agent, 1, 5)
    enter(sides, sides.lead, tom, sides.lead, 4, 9)
    with pytest.raises(UnfitArrangement, match="away then too"):
        enter(sides, tom, sides.agent, tom, 4, 5)
    enter(sides, tom, sides.agent, tom, 5, 9)


def test_a_circle_of_old_leaves_everybody_to_themselves(sides: Sides) -> None:
    for person, deputy in ((sides.agent, sides.lead), (sides.lead, sides.agent)):
        Absence.objects.create(
            uuid=person.uuid,
            company=sides.cast.company,
            person=person,
            deputy=deputy,
            from_at=MONDAY,
            until_at=MONDAY + DAY,
        )
    assert standing_in(sides, 0.5) == {}


def test_nobody_is_away_twice(sides: Sides) -> None:
    enter(sides, sides.agent, sides.lead, sides.agent)
    with pytest.raises(UnfitArrangement, match="already"):
        enter(sides, sides.agent, sides.lead, sides.agent, 4, 6)
    enter(sides, sides.agent, sides.lead, sides.agent, 5, 6)


@pytest.mark.parametrize("deputy", ["stranger", "agent", "expert", "referent", "outsider"])
def test_a_deputy_works_tickets_on_the_same_side(sides: Sides, deputy: str) -> None:
    person = getattr(sides, deputy, None) or getattr(sides.cast, deputy)
    with pytest.raises(UnfitArrangement):
        enter(sides, sides.agent, person, sides.agent)


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 1), (-2, -1), (1, 500)])
def test_days_that_do_not_fit(sides: Sides, first: int, last: int) -> None:
    with pytest.raises(UnfitArrangement):
        enter(sides, sides.agent, sides.lead, sides.agent, first, last)


def test_who_enters_it_for_whom(sides: Sides) -> None:
    enter(sides, sides.agent, sides.lead, sides.lead, 1, 2)
    enter(sides, sides.agent, sides.lead, sides.cast.referent, 2, 3)
    for by in (sides.stranger, sides.cast.agent, sides.cast.requester):
        with pytest.raises(NotAllowed):
            enter(sides, sides.agent, sides.lead, by, 3, 4)
    with pytest.raises(NotAllowed):
        enter(sides, sides.lead, sides.agent, sides.agent, 3, 4)
    with pytest.raises(NotAllowed):
        enter(sides, sides.cast.requester, sides.cast.colleague, sides.cast.requester)


def remove(sides: Sides, absence: UUID, by: Person) -> Any:
    at = MONDAY + HOUR
    return absences.remove_absence(sides.cast.uuid, absence, at=at, actor=sides.actor(by))


def test_an_absence_is_removed(sides: Sides) -> None:
    absence = enter(sides, sides.agent, sides.lead, sides.agent)
    for by in (sides.stranger, sides.cast.agent):
        with pytest.raises(NotAllowed):
            remove(sides, absence, by)
    remove(sides, absence, sides.agent)
    assert standing_in(sides, 2) == {}
    with pytest.raises(NotThere):
        remove(sides, absence, sides.agent)


def test_it_is_one_query(sides: Sides, django_assert_num_queries: Any) -> None:
    tom = third(sides)
    enter(sides, sides.agent, sides.lead, sides.agent)
    with django_assert_num_queries(1):
        standing_in(sides, 2)
    enter(sides, sides.lead, tom, sides.lead)
    with django_assert_num_queries(1):
        standing_in(sides, 2)
