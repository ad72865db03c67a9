"""A team by name: the section, the fewest people, the roster, what is told and written."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml

from commondesk.core.planner import case_file
from commondesk.core.planner.report import team as report
from commondesk.core.planner.roster.columns import UnusableRoster
from commondesk.core.planner.roster.team import TeamPlan, planned

TEXT = """
team:
  week: 2026-03-02
  weeks: 2
  zone: Europe/Paris
  rules: EU
  shifts:
    - {name: early, starts: "06:00", hours: 8 h}
    - {name: late, starts: "14:00", hours: 8 h}
  needed:
    - {shift: early, days: mon-sun}
    - {shift: late, days: mon-fri}
  people:
    - {name: Ann, days_off: [2026-03-04]}
    - {name: Bo, most_weekends: 1}
    - {name: Cleo, shifts: [early]}
    - {name: Dee, hours_a_week: 24}
  wishes:
    - {person: Bo, day: 2026-03-03, shift: late, weight: 5}
"""


def team(**changes: Any) -> dict[str, Any]:
    section: dict[str, Any] = yaml.load(TEXT, yaml.BaseLoader)["team"]
    return {"team": {**section, **changes}}


def plan_of(**changes: Any) -> TeamPlan:
    read = case_file.read(team(**changes))
    assert read.complaints == ()
    assert read.case.team is not None
    return planned(read.case.team)


def test_everybody_keeps_within_limits_and_every_seat_is_filled() -> None:
    found = plan_of()
    ways = found.roster.shifts
    assert found.roster.short == ()
    assert ways["Ann"][2] == ""
    assert "late" not in ways["Cleo"]
    assert ways["Bo"][1] == "late"
    for week in (slice(0, 7), slice(7, 14)):
        assert sum(8 for each in ways["Dee"][week] if each) <= 24
        assert all(sum(8 for each in way[week] if each) <= 40 for way in ways.values())
    assert all(pair != ("late", "early") for way in ways.values() for pair in pairwise(way))
    told = report.machine(found)
    assert told["short"] == []
    assert told["people"] == {who: list(way) for who, way in ways.items()}


def test_without_names_the_fewest_people_get_weeks_that_repeat() -> None:
    found = plan_of(people=[], wishes=[])
    assert found.smallest.arithmetic == pytest.approx(12 * 8 / 40)
    assert found.smallest.people == found.smallest.bound == 3
    assert list(found.roster.shifts) == ["L1 1", "L1 2", "L1 3"]
    for way in found.roster.shifts.values():
        assert way[:7] == way[7:]
    worked = [[way[day] for way in found.roster.shifts.values()] for day in range(7)]
    assert all("early" in day for day in worked)
    assert all("late" in day for day in worked[:5])


def test_shifts_begin_by_the_local_clock() -> None:
    """The clocks of Paris go forward on Sunday 29 March 2026."""
    found = plan_of(week="2026-03-23", weeks=1, people=[{"name": "Ann"}], wishes=[])
    hours = {each.begins_at.date().day: each.begins_at.hour for each in found.duties}
    assert {hours[day] for day in hours if day < 29} <= {5, 13}
    assert {hours[day] for day in hours if day >= 29} <= {4, 12}


def test_too_few_people_leave_seats_empty_and_it_is_told() -> None:
    found = plan_of(people=[{"name": "Ann"}], wishes=[])
    told = [str(block) for chapter in report.chapters(found) for block in chapter.blocks]
    assert any("1 is named: too few" in each for each in told)
    assert len(found.roster.short) == 24 - sum(1 for each in found.roster.shifts["Ann"] if each)


def test_a_wish_that_cannot_be_met_is_told() -> None:
    wish = {"person": "Ann", "day": "2026-03-04", "shift": "early", "weight": 9}
    found = plan_of(wishes=[wish])
    assert [each.day for each in found.roster.refused] == [2]
    told = [str(block) for chapter in report.chapters(found) for block in chapter.blocks]
    assert any("Ann wished to work early on 2026-03-04" in each for each in told)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"shifts": []}, "team.needed[1].shift"),
        ({"shifts": [{"name": "x", "hours": "8 h"}]}, "team.shifts[1].starts"),
        ({"needed": [{"shift": "noon"}]}, "team.needed[1].shift"),
        ({"needed": [{"shift": "early", "people": 1e9}]}, "team.needed[1].people"),
        ({"needed": [{"shift": "early", "people": -1}]}, "team.needed[1].people"),
        ({"people": [{"name": "Ann"}, {"name": "Ann"}]}, "team.people[2].name"),
        ({"people": [{"name": "Ann", "shifts": ["noon"]}]}, "team.people[1].shifts"),
        ({"people": [{"name": "Ann", "days_off": ["soon"]}]}, "team.people[1].days_off"),
        ({"people": [{"name": "Ann", "days_off": ["2027-01-01"]}]}, "team.people[1].days_off"),
        ({"people": [{"name": f"P{n}"} for n in range(31)]}, "team.people"),
        ({"wishes": [{"person": "Eve", "shift": "early"}]}, "team.wishes[1].person"),
        ({"weeks": 1000}, "team.weeks"),
        ({"zone": "Mars/Base"}, "team.zone"),
        ({"hours_a_week": "-5"}, "team.hours_a_week"),
        ({"colour": "blue"}, "team.colour"),
    ],
)
def test_nonsense_names_its_field(changes: dict[str, Any], place: str) -> None:
    read = case_file.read(team(**changes))
    assert read.case.team is None
    assert place in [each.place for each in read.complaints]


@pytest.mark.parametrize(
    "changes",
    [
        {"needed": []},
        {"hours_a_week": 4, "people": [], "wishes": []},
        {"shifts": [{"name": "early", "starts": "06:00", "hours": "20 h"}],
         "needed": [{"shift": "early"}], "people": [], "wishes": []},
    ],
)  # fmt: skip
def test_what_nobody_can_work_is_told_in_a_sentence(changes: dict[str, Any]) -> None:
    read = case_file.read(team(**changes))
    assert read.case.team is not None
    with pytest.raises(UnusableRoster):
        planned(read.case.team)
