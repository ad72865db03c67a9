"""The business-clock queue: against closed forms, an own simulation, and itself told otherwise."""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.planner.queueing import chain, erlang, varying
from commondesk.core.planner.queueing.business_queue import (
    Stretch,
    business_queue,
    grown,
    least_agents,
    open_week,
    required,
    single_week,
    staffed,
)
from commondesk.core.planner.queueing.limits import NonsenseError, OverloadError

WEEK = open_week([(40, 10), (20, 10), (20, 10), (20, 10), (20, 10)], 8, 4)
WORK = 0.25


def test_a_desk_that_never_closes_is_erlang_c() -> None:
    told = business_queue([Stretch(168, 5.25, 3)], 0.5)
    plain = erlang.queue(5.25 * 0.5, 0.5, 3)
    assert told.started_within(1.0) == pytest.approx(plain.within(1.0), abs=1e-5)
    assert told.mean_wait == pytest.approx(plain.mean_wait, rel=1e-4)


def test_hours_told_one_by_one_are_the_same_week() -> None:
    hours = [
        Stretch(1, each.arrivals, each.agents, 0 if hour else each.batch)
        for each in WEEK
        for hour in range(8)
    ]
    whole, split = business_queue(WEEK, WORK), business_queue(hours, WORK)
    for target in (0.0, 0.5, 1.0, 4.0):
        assert split.started_within(target) == pytest.approx(whole.started_within(target))
        assert split.finished_within(target) == pytest.approx(whole.finished_within(target))
    assert split.mean_wait == pytest.approx(whole.mean_wait)


def test_a_squared_matrix_and_a_walk_agree() -> None:
    begun = chain.poisson(12.0, 90)
    squared = chain.passage(10.0, 4.0, 4, 90, 8.0, uses=1e9)
    walked = chain.passage(10.0, 4.0, 4, 90, 8.0, uses=0.0)
    assert type(squared) is not type(walked)
    for one, other in zip(squared.over(begun), walked.over(begun), strict=True):
        assert one == pytest.approx(other, abs=1e-11)


def played(week: tuple[Stretch, ...], work: float, target: float, weeks: int) -> float:
    """The share begun in time by playing a line of tickets, agents alike throughout."""
    random = Random(7)
    free: list[float] = []
    for _ in range(week[0].agents):
        heappush(free, 0.0)
    opened = came = met = 0.0
    for _ in range(weeks):
        for stretch in week:
            arrivals = [opened] * drawn_poisson(random, stretch.batch)
            at = opened + random.expovariate(stretch.arrivals)
            while at < opened + stretch.hours:
                arrivals.append(at)
                at += random.expovariate(stretch.arrivals)
            for at in arrivals:
                begun = max(at, heappop(free))
                heappush(free, begun + random.expovariate(1 / work))
                came += 1
                met += begun - at <= target
            opened += stretch.hours
    return met / came


def drawn_poisson(random: Random, mean: float) -> int:
    count, at = 0, random.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + random.expovariate(1.0)
    return count


def test_it_agrees_with_a_played_line() -> None:
    told = business_queue(WEEK, WORK).started_within(1.0)
    assert played(WEEK, WORK, 1.0, 600) == pytest.approx(told, abs=0.015)


def test_fewer_in_the_afternoon_lies_between() -> None:
    halves = [
        Stretch(4, each.arrivals, agents, batch)
        for each in WEEK
        for agents, batch in ((5, each.batch), (4, 0.0))
    ]
    few, some, many = (
        business_queue(week, WORK) for week in (staffed(WEEK, 4), tuple(halves), staffed(WEEK, 5))
    )
    for target in (0.25, 1.0, 3.0):
        assert few.started_within(target) < some.started_within(target)
        assert some.started_within(target) < many.started_within(target)
        assert some.finished_within(target) <= some.started_within(target)


@given(st.integers(1, 6), st.floats(0.2, 0.9), st.floats(0.0, 0.5), st.floats(0.1, 2.0))
@settings(max_examples=15, deadline=None)
def test_more_agents_and_longer_promises_are_kept_more(
    agents: int, busy: float, closed: float, work: float
) -> None:
    a_day = busy * agents * 8 / work
    week = open_week([(a_day * closed, a_day * (1 - closed) / 8)] * 5, 8, agents)
    told, more = business_queue(week, work), business_queue(staffed(week, agents + 1), work)
    shares = [told.started_within(target) for target in (0.0, 0.5, 1.0, 8.0)]
    for shorter, longer in pairwise(shares):
        assert 0 <= shorter <= longer <= 1 + 1e-9
    assert more.started_within(0.5) >= told.started_within(0.5) - 1e-9
    assert told.finished_within(4.0) <= told.started_within(4.0) + 1e-9
    assert told.utilisation == pytest.approx(busy)


def test_work_that_varies_more_waits_longer() -> None:
    even, usual, uneven = (business_queue(WEEK, WORK, cv) for cv in (0.5, 1.0, 2.0))
    assert even.mean_wait < usual.mean_wait < uneven.mean_wait
    assert even.started_within(1.0) > usual.started_within(1.0) > uneven.started_within(1.0)


def test_the_required_agents_are_the_fewest() -> None:
    agents = required(WEEK, WORK, 1.0, 0.9)
    assert business_queue(staffed(WEEK, agents), WORK).started_within(1.0) >= 0.9
    assert business_queue(staffed(WEEK, agents - 1), WORK).started_within(1.0) < 0.9
    assert required(grown(WEEK, 1.3), WORK, 1.0, 0.9) >= agents
    assert least_agents(WEEK, WORK) == 4


def test_a_usual_week_by_itself_is_the_usual_week() -> None:
    usual = business_queue(WEEK, WORK)
    once = single_week(usual, WEEK)
    assert once.started_within(1.0) == pytest.approx(usual.started_within(1.0), abs=1e-5)


def test_a_short_monday_is_worse_and_may_be_overloaded() -> None:
    usual = business_queue(WEEK, WORK)
    short = (replace(WEEK[0], agents=2), *WEEK[1:])
    once = single_week(usual, short)
    assert once.started_within(1.0) < usual.started_within(1.0)
    assert once.backlog[0][1] > usual.backlog[0][1]


def test_the_backlog_repeats_with_the_week() -> None:
    backlog = business_queue(WEEK, WORK).backlog
    assert len(backlog) == len(WEEK)
    assert backlog[0][0] == pytest.approx(backlog[-1][1] + WEEK[0].batch)


def test_too_much_work_is_refused() -> None:
    with pytest.raises(OverloadError, match="at least 4 agents"):
        business_queue(staffed(WEEK, 3), WORK)


@pytest.mark.parametrize(
    "week",
    [
        (),
        (Stretch(8, 0, 2),),
        (Stretch(8, -1, 2),),
        (Stretch(8, 1, -2),),
        (Stretch(0, 1, 2),),
        (Stretch(8, float("nan"), 2),),
        (Stretch(8, 1e12, 2),),
    ],
)
def test_weeks_that_cannot_be(week: tuple[Stretch, ...]) -> None:
    with pytest.raises((NonsenseError, OverloadError)):
        business_queue(week, WORK)


# ---- load over the day ----------------------------------------------------------------------


def test_the_offered_load_follows_the_rates() -> None:
    told = varying.offered_load([10.0] * 24, 2.0)
    assert told == pytest.approx([20.0] * 24)
    wave = varying.Wave(10, 8, 24, 4.0)
    rates = [wave.arriving(hour + 0.5) / 4.0 for hour in range(24)]
    told = varying.offered_load(rates, 4.0)
    assert told[5] == pytest.approx(wave.present(6), abs=0.02)


def test_a_steady_load_stays_in_its_steady_state() -> None:
    told = varying.overload([10.0, 10.0], 0.5, 8)
    assert told.exact == pytest.approx([erlang.queue(5.0, 0.5, 8).mean_queue] * 2, rel=1e-6)
    assert told.is_unstable == (False, False)


def test_an_overload_from_the_first_hour_on_has_no_beginning() -> None:
    with pytest.raises(OverloadError):
        varying.overload([24.0, 10.0], 0.5, 8)
