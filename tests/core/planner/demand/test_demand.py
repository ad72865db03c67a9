"""Demand: when tickets come, and the week as the queue reads it."""

from __future__ import annotations

import pytest

from commondesk.core.planner.demand.demand import Demand, TierWork, joined, of_month, stretches
from commondesk.core.planner.queueing.limits import NonsenseError
from commondesk.core.planner.simulation.model import Hours

OFFICE = Hours.office()
DUTY = tuple((start, end, 3) for start, end in OFFICE.windows)
TYPED = Demand(200.0, (TierWork("L1", 0.5),), closed_share=0.2, monday_weight=2.0)


def test_typed_tickets_make_the_week_of_the_checks() -> None:
    """20 % while closed, twice as many before Monday: 40 tickets as 13.3 and 4 times 6.7."""
    week = stretches(TYPED, DUTY)
    assert [each.batch for each in week] == pytest.approx([40 / 3, *[20 / 3] * 4])
    assert [each.arrivals for each in week] == pytest.approx([4.0] * 5)
    assert sum(each.tickets for each in week) == pytest.approx(200.0)


def test_every_hour_has_its_tickets() -> None:
    hourly = TYPED.hourly(OFFICE)
    assert len(hourly) == 168
    assert sum(hourly) == pytest.approx(200.0)
    assert hourly[10] == pytest.approx(4.0)
    assert sum(hourly[17:33]) == pytest.approx(20 / 3)


def test_measured_hours_become_the_same_week() -> None:
    measured = Demand(200.0, TYPED.tiers, per_hour=TYPED.hourly(OFFICE))
    week = stretches(measured, DUTY)
    assert len(week) == 20
    assert [each.batch for each in week if each.batch] == pytest.approx([40 / 3, *[20 / 3] * 4])
    assert sum(each.tickets for each in week) == pytest.approx(200.0)


def test_shifts_split_the_day_but_bring_one_batch() -> None:
    duty = tuple(
        piece
        for start, end in OFFICE.windows
        for piece in ((start, start + 4, 4), (start + 4, end, 3))
    )
    week = stretches(TYPED, duty)
    assert [each.agents for each in week] == [4, 3] * 5
    assert sum(1 for each in week if each.batch) == 5


def test_a_desk_that_never_closes_has_no_batch() -> None:
    week = stretches(TYPED, ((0.0, 168.0, 3),))
    assert [each.batch for each in week] == [0.0]
    assert week[0].tickets == pytest.approx(200.0)


def test_more_tickets_are_more_in_each_hour() -> None:
    grown = TYPED.grown(1.3)
    assert sum(grown.hourly(OFFICE)) == pytest.approx(260.0)
    measured = Demand(200.0, TYPED.tiers, per_hour=TYPED.hourly(OFFICE)).grown(1.3)
    assert sum(measured.hourly(OFFICE)) == pytest.approx(260.0)


def test_a_month_is_a_twelfth_of_a_year() -> None:
    assert of_month(1000.0) * 365.25 / 7 == pytest.approx(12_000.0)


def test_windows_that_touch_are_one() -> None:
    assert joined(iter([(9.0, 12.0), (12.0, 17.0), (33.0, 41.0)])) == ((9.0, 17.0), (33.0, 41.0))
    with pytest.raises(NonsenseError, match="never open"):
        joined(iter([]))
