"""The given checks of shifts and seats, through the public functions."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from commondesk.core.planner.roster.columns import Column, Pattern, Post, Region, columns_of
from commondesk.core.planner.roster.cover import Cover, cover
from commondesk.core.planner.roster.named import ShiftKind
from commondesk.core.planner.roster.question import by_people
from commondesk.core.planner.roster.rotation import (
    full_time_equivalents,
    is_enough,
    smallest_team,
)
from commondesk.core.planner.roster.rules import LabourRules

GOLDEN = Path(__file__).parents[1] / "golden" / "staffing-checks.json"
CHECKS = {each["id"]: each for each in json.loads(GOLDEN.read_text())["checks"]}
MONDAY = date(2026, 1, 5)
SEAT = "seat"


def set_cover(inputs: Mapping[str, object]) -> dict[str, float]:
    """Shifts that begin at every part of a cyclic day."""
    demand = inputs["demand_per_4h"]
    assert isinstance(demand, list)
    span = int(str(inputs["shift_h"])) // 4
    columns = [
        Column("", SEAT, "", 4.0 * at, 0, 1.0, tuple((at + k) % 6 for k in range(span)))
        for at in range(6)
    ]
    found = cover(columns, {SEAT: demand})
    assert found.is_best
    return {"min_staff": found.people}


def one_seat(inputs: Mapping[str, object]) -> dict[str, object]:
    hours = float(str(inputs["shift_h"]))
    rest = float(str(inputs["min_rest_h"]))
    most = int(str(inputs["max_shifts_per_week"]))
    shifts = tuple(ShiftKind(f"from {at:g}", hours, at) for at in (0.0, 8.0, 16.0))
    seats = {(day, shift.name): 1 for day in range(7) for shift in shifts}
    rules = LabourRules("rest", rest_h=rest)
    capped = LabourRules("48 h", rest_h=rest, most_week_h=48)
    return {
        "arithmetic_fte": full_time_equivalents(168, most * hours),
        "min_people_rotating_40h": smallest_team(shifts, seats, rules, most_shifts=most).people,
        "min_people_fixed_shift": smallest_team(
            shifts, seats, rules, most_shifts=most, is_fixed=True
        ).people,
        "min_people_rotating_48h_cap": smallest_team(shifts, seats, capped).people,
        "three_people_48h_cap": "feasible" if is_enough(3, shifts, seats, capped) else "infeasible",
    }


def sun_columns() -> tuple[Column, ...]:
    inputs = CHECKS["SH4"]["inputs"]
    regions = tuple(Region(name, float(offset)) for name, offset, _cost in inputs["regions"])
    posts = tuple(Post(name, SEAT, float(cost)) for name, _offset, cost in inputs["regions"])
    starts = tuple(float(hour) for hour in inputs["local_starts"])
    pattern = Pattern("5x8", inputs["days"], inputs["shift_h"], starts)
    return columns_of(regions, posts, (pattern,), week=MONDAY)


def sun_curve() -> list[float]:
    busy = {**dict.fromkeys(range(7, 13), 2.0), **dict.fromkeys(range(13, 21), 3.0)}
    return [busy.get(hour, 1.0) if day < 5 else 1.0 for day in range(7) for hour in range(24)]


def told(found: Cover) -> dict[str, float]:
    assert found.is_best
    assert not found.gaps
    return {
        "lp_bound": found.lp_bound,
        "min_cost_per_week": found.cost,
        "people": found.people,
    }


def test_set_cover_of_bus_drivers() -> None:
    check = CHECKS["SH1"]
    assert set_cover(check["inputs"]) == check["expect"]


def test_one_seat_around_the_clock() -> None:
    check = CHECKS["SH3"]
    assert one_seat(check["inputs"]) == pytest.approx(check["expect"])


def test_follow_the_sun_with_one_seat() -> None:
    check = CHECKS["SH4"]
    assert told(cover(sun_columns(), {SEAT: [1.0] * 168})) == pytest.approx(check["expect"])


def test_follow_the_sun_on_a_curve() -> None:
    check = CHECKS["SH6"]
    curve = sun_curve()
    assert sum(curve) == 278
    found = told(cover(sun_columns(), {SEAT: curve}))
    fewest = cover(by_people(sun_columns()), {SEAT: curve})
    assert fewest.is_best
    assert {
        "lp_bound": found["lp_bound"],
        "min_cost_per_week": found["min_cost_per_week"],
        "min_people": fewest.people,
    } == pytest.approx(check["expect"])


def test_the_post_office_needs_23_and_no_fraction_of_one() -> None:
    """Winston's post office: five days in a row, an LP of 22 1/3."""
    wanted = [17.0, 13.0, 15.0, 19.0, 14.0, 16.0, 11.0]
    columns = [
        Column("", SEAT, "", 0.0, day, 1.0, tuple(sorted((day + k) % 7 for k in range(5))))
        for day in range(7)
    ]
    found = cover(columns, {SEAT: wanted})
    assert found.lp_bound == pytest.approx(67 / 3)
    assert (found.people, found.is_best) == (23, True)
