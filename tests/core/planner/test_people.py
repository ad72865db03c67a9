"""From agents to people: the arithmetic of seats, absence, leavers and learners."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.planner import people
from commondesk.core.planner.queueing.limits import NonsenseError


def test_one_seat_round_the_clock() -> None:
    assert people.seat().people.value == pytest.approx(4.2)
    assert people.seat(shrinkage=0.3).people.value == pytest.approx(6.0)
    assert people.seat().shrinkage_held_by(5) == pytest.approx(0.16)


def test_three_or_four_leave_hours_to_others() -> None:
    assert people.seat().uncovered(3) == pytest.approx(48.0)
    assert people.seat().uncovered(4) == pytest.approx(8.0)
    assert people.seat().uncovered(5) == 0.0


def test_people_on_the_payroll_say_how() -> None:
    told = people.people_for(4, 0.3)
    assert told.value == pytest.approx(4 / 0.7)
    assert told.with_values() == "4 ÷ (1 − 0.3) = 5.71"


def test_leavers_and_learners_cost_a_share() -> None:
    def share(leavers: float) -> float:
        found = people.effective_share(leavers, 45, 75, 0.5).value
        assert found is not None
        return found

    assert share(0.30) == pytest.approx(0.9355, abs=5e-5)
    assert share(0.20) - share(0.30) == pytest.approx(0.021, abs=0.001)
    assert share(0.27) - share(0.30) == pytest.approx(0.006, abs=0.0005)
    assert share(0.0) == 1.0


@given(st.floats(0, 5), st.floats(0, 400), st.floats(0, 400), st.floats(0, 1))
def test_a_straight_ramp_yields_no_less_than_a_step(
    leavers: float, vacancy: float, ramp: float, productivity: float
) -> None:
    step, line = (
        people.effective_share(leavers, vacancy, ramp, productivity, kind).value
        for kind in (people.Ramp.STEP, people.Ramp.LINEAR)
    )
    assert step is not None
    assert line is not None
    assert 0 <= step <= line + 1e-9 <= 1 + 2e-9


def test_a_backlog_is_cleared_or_never() -> None:
    assert people.days_to_clear(100, 4, 10, 30) == pytest.approx(10.0)
    assert people.days_to_clear(100, 3, 10, 30) is None
    assert people.days_to_clear(0, 1, 10, 30) == 0.0


@pytest.mark.parametrize("shrinkage", [1.0, -0.1, 30.0])
def test_a_shrinkage_that_cannot_be(shrinkage: float) -> None:
    with pytest.raises(NonsenseError, match="shrinkage"):
        people.people_for(4, shrinkage)
