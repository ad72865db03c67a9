"""Signs by hand: each shows where it should, and not where the same thing is innocent."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from commondesk.core.metrics.signs import (
    AFTER_CLOSING,
    AUTOMATIC_FIRST,
    BACK_WITHIN_A_DAY,
    FIRST_CONTACT,
    LOWERED_NEAR_DUE,
    NEW_HANDS,
    PAUSED_BEFORE_DUE,
    RESOLVED,
    Sign,
    signs_of,
)
from commondesk.core.record.instant import DAY, Instant, parse_instant
from commondesk.core.service_level.lens import PRESETS
from commondesk.readers.case_file import case_of

USUAL, LIVED = PRESETS["first-resolve"], PRESETS["experienced"]


def step(day: int, time: str, did: str, **more: object) -> dict[str, object]:
    return {"at": f"2025-03-{day:02}T{time}Z", "did": did, **more}


def on(day: int, time: str) -> Instant:
    return parse_instant(f"2025-03-{day:02}T{time}Z")


def signs(
    *steps: dict[str, object],
    lens: str = "first-resolve",
    known: Mapping[str, Instant] | None = None,
) -> list[Sign]:
    told = case_of(
        {
            "now": "2025-03-31T00:00Z",
            "calendars": {"office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}},
            "charter": {
                "targets": [
                    {"priority": "P2", "response": "2h", "resolution": "4h"},
                    {"response": "2h", "resolution": "8h"},
                ]
            },
            "tickets": {"a": {"events": list(steps)}},
        }
    )
    history = told.histories["a"]
    agreement = told.charters[-1][2]
    return signs_of(history, agreement, PRESETS[lens], known or {}, told.now)


def kinds(*steps: dict[str, object], **more: str) -> set[str]:
    return {each.kind for each in signs(*steps, lens=more.get("lens", "first-resolve"))}


OPENED = step(10, "09:00", "opened")
RESOLVED_AT_TEN = step(10, "10:00", "resolved")


def test_a_machine_that_answers_first_is_a_sign_where_the_lens_counts_it() -> None:
    machine = step(10, "09:01", "replied", by="machine")
    person = step(10, "09:30", "replied")
    assert AUTOMATIC_FIRST in kinds(OPENED, machine, person)
    assert AUTOMATIC_FIRST not in kinds(OPENED, machine, person, lens="experienced")
    assert AUTOMATIC_FIRST not in kinds(OPENED, person, step(10, "09:31", "replied", by="machine"))


@pytest.mark.parametrize(("day", "is_sign"), [(10, True), (12, False)])
def test_back_within_a_day(day: int, is_sign: bool) -> None:
    back = step(day, "16:00", "reopened")
    assert (BACK_WITHIN_A_DAY in kinds(OPENED, RESOLVED_AT_TEN, back)) is is_sign


@pytest.mark.parametrize(("time", "is_sign"), [("15:59", False), ("16:30", True)])
def test_a_pause_is_a_sign_in_the_last_hour_before_due(time: str, is_sign: bool) -> None:
    """Opened Monday 09:00 with eight hours: due at 17:00."""
    replied, wait = step(10, "09:30", "replied"), step(10, time, "wait", on="requester")
    assert (PAUSED_BEFORE_DUE in kinds(OPENED, replied, wait)) is is_sign


def test_a_priority_is_lowered_near_due_or_after_it() -> None:
    """Eight hours by P2's four: due at 13:00."""
    high = step(10, "09:05", "prioritised", priority="P2")
    replied = step(10, "09:30", "replied")
    for day, time, is_sign in ((10, "10:00", False), (10, "12:30", True), (11, "10:00", True)):
        low = step(day, time, "prioritised", priority="P4")
        assert (LOWERED_NEAR_DUE in kinds(OPENED, high, replied, low)) is is_sign
    raised = step(10, "12:30", "prioritised", priority="P1")
    assert LOWERED_NEAR_DUE not in kinds(OPENED, high, replied, raised)


def test_work_after_closing_without_a_reopening() -> None:
    closed, note = step(20, "09:00", "closed"), step(21, "09:00", "noted")
    assert AFTER_CLOSING in kinds(OPENED, RESOLVED_AT_TEN, closed, note)
    reopened = step(20, "10:00", "reopened")
    assert AFTER_CLOSING not in kinds(OPENED, RESOLVED_AT_TEN, closed, reopened, note)


def first_contacts(*steps: dict[str, object]) -> list[Sign]:
    return [each for each in signs(*steps) if each.kind == FIRST_CONTACT]


def test_first_contact_by_hand() -> None:
    answer = step(10, "09:30", "replied")
    assert first_contacts(OPENED, answer, RESOLVED_AT_TEN) == [Sign(FIRST_CONTACT, on(10, "10:00"))]
    live = step(10, "09:00", "opened", opening="live")
    assert len(first_contacts(live, RESOLVED_AT_TEN)) == 1


@pytest.mark.parametrize(
    "between",
    [
        [],
        [step(10, "09:30", "replied"), step(10, "09:40", "replied")],
        [step(10, "09:30", "replied"), step(10, "09:40", "received")],
        [step(10, "09:10", "taken", tier="L2"), step(10, "09:30", "replied")],
        [step(10, "09:20", "replied", by="machine")],
    ],
    ids=["nobody answered", "two answers", "asked again", "second tier", "a machine"],
)
def test_more_than_one_contact_is_none(between: list[dict[str, object]]) -> None:
    assert first_contacts(OPENED, *between, RESOLVED_AT_TEN) == []


def test_a_first_contact_that_comes_back_held_until_then() -> None:
    answer, back = step(10, "09:30", "replied"), step(11, "09:00", "reopened")
    (sign,) = first_contacts(OPENED, answer, RESOLVED_AT_TEN, back)
    assert sign.until_at == on(11, "09:00")
    late = step(20, "09:00", "reopened")
    (sign,) = first_contacts(OPENED, answer, RESOLVED_AT_TEN, late)
    assert sign.until_at is None


def test_new_hands_are_those_of_the_first_ninety_days() -> None:
    taken = step(10, "09:10", "taken", owner="ada")
    just_before = {"ada": on(10, "09:10") - 90 * DAY + 1}
    assert NEW_HANDS in {each.kind for each in signs(OPENED, taken, known=just_before)}
    long_since = {"ada": on(10, "09:10") - 90 * DAY}
    assert NEW_HANDS not in {each.kind for each in signs(OPENED, taken, known=long_since)}
    assert NEW_HANDS not in {each.kind for each in signs(OPENED, taken)}


def test_resolves_name_the_person_and_no_machine() -> None:
    by_rule = step(10, "11:00", "resolved", by="machine")
    found = [each.by for each in signs(OPENED, by_rule) if each.kind == RESOLVED]
    assert found == [""]
    found = [each.by for each in signs(OPENED, RESOLVED_AT_TEN) if each.kind == RESOLVED]
    assert found == ["agent"]
