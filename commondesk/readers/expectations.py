"""Expectations: what a case file says must come out, compared with what does.

tests/cases/README.md lists what may stand under `expect`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from commondesk.core.record.codec import Json
from commondesk.core.record.instant import parse_instant
from commondesk.core.service_level.cases import cases_of
from commondesk.core.service_level.charter_data import span_of
from commondesk.core.service_level.clock import Reading, readings_of
from commondesk.core.service_level.diagnosis import diagnosis_of
from commondesk.core.service_level.hands import NOBODY, legs_of, work_by_hands
from commondesk.core.service_level.lens import Lens
from commondesk.core.service_level.story import Story

from .case_file import Case

_INSTANTS = ("started_at", "due_at", "ended_at")
_SPANS = ("used", "wall", "ownerless")
_Object = dict[str, Json]


def failures(case: Case) -> list[str]:
    """Every expectation of the case that does not hold, in words."""
    return [line for expected in case.expected for line in _failures(case, expected)]


def _failures(case: Case, expected: _Object) -> Iterator[str]:
    found = _found(case, expected)
    for key, value in expected.items():
        if key in ("lens", "ticket", "clock", "cycle"):
            continue
        wanted = _wanted(key, value)
        if key not in found:
            yield f"{expected}: {key} is not told"
        elif found[key] != wanted:
            yield f"{expected}: {key} is {found[key]!r}, wanted {wanted!r}"


def _wanted(key: str, value: Json) -> object:
    if key in _INSTANTS:
        return None if value is None else parse_instant(str(value))
    if key in _SPANS:
        return span_of(str(value))
    if isinstance(value, dict):
        return {
            name: each if isinstance(each, int) else span_of(str(each))
            for name, each in value.items()
        }
    return value


def _found(case: Case, expected: _Object) -> dict[str, object]:
    lens = case.lenses[str(expected.get("lens", "contract"))]
    story = _story(case, lens, str(expected.get("ticket")))
    if story is None:
        return {"units": 0}
    found: dict[str, object] = {}
    if "legs" in expected or "ownerless" in expected:
        sums = work_by_hands(legs_of(story, case.agreement(story.charter), case.now))
        found |= {"legs": sums, "ownerless": sums.get(NOBODY, 0)}
    if "diagnosis" in expected:
        found["diagnosis"] = _diagnosis(case, lens, story, expected["diagnosis"])
    if "clock" in expected:
        found |= _unit(case, lens, story, expected)
    return found


def _story(case: Case, lens: Lens, ticket: str) -> Story | None:
    stories = cases_of(case.histories, lens.disguised, case.now)
    return next((story for story in stories if story.tickets[0] == ticket), None)


def _diagnosis(case: Case, lens: Lens, story: Story, wanted: Json) -> dict[str, object]:
    told = asdict(diagnosis_of(story))
    stories = cases_of(case.histories, lens.disguised, case.now)
    told["templated"] = sum(diagnosis_of(each).templated for each in stories)
    names = wanted if isinstance(wanted, dict) else {}
    return {name: told.get(name) for name in names}


def _unit(case: Case, lens: Lens, story: Story, expected: _Object) -> dict[str, object]:
    agreement = case.agreement(story.charter)
    readings = [
        reading
        for reading in readings_of(story, agreement, lens, case.now, parts=case.agreement)
        if reading.clock.value == expected["clock"]
    ]
    found: dict[str, object] = {"units": len(readings)}
    for reading in readings:
        if reading.cycle == expected.get("cycle", 0):
            found |= _told(reading)
    return found


def _told(reading: Reading) -> dict[str, object]:
    return {
        "tickets": list(reading.tickets),
        "started_at": reading.started_at,
        "due_at": reading.due_at,
        "ended_at": reading.ended_at,
        "state": reading.state.value,
        "verdict": reading.verdict.value,
        "used": reading.used,
        "wall": reading.wall,
        "flags": sorted(reading.flags),
    }
