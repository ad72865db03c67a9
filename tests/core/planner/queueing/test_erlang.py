"""Erlang B and C: published values that are not among the checks, and what must always hold."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import factorial, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.planner.queueing import erlang
from commondesk.core.planner.queueing.limits import NonsenseError, OverloadError

LOADS = st.floats(0.01, 200.0)


def exact_blocking(load: Fraction, servers: int) -> Fraction:
    """The sum of the textbook, in fractions."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(("load", "servers"), [(2, 5), (5, 10), (40, 45), (170, 180), (200, 90)])
def test_blocking_is_that_of_the_sum(load: int, servers: int) -> None:
    expected = float(exact_blocking(Fraction(load), servers))
    assert erlang.blocking(load, servers) == pytest.approx(expected, rel=1e-12)


def test_one_call_in_half_an_hour() -> None:
    """Published sheets disagree here, 2 or 3 agents; the formula itself is held."""
    load, work, target = 180 / 1800, 180.0, 20.0
    assert erlang.required(load, work, target, 0.8) == 1
    assert erlang.required(load, work, target, 0.95) == 2
    assert erlang.queue(load, work, 1).within(target) == pytest.approx(0.909516, abs=1e-6)


def test_ten_thousand_erlangs() -> None:
    assert erlang.blocking(10_000.0, 10_000) == pytest.approx(0.0079365632, rel=1e-8)
    agents = erlang.required(10_000.0, 180.0, 20.0, 0.8)
    assert erlang.queue(10_000.0, 180.0, agents).within(20.0) >= 0.8
    assert erlang.queue(10_000.0, 180.0, agents - 1).within(20.0) < 0.8


def test_more_servers_than_any_load_needs() -> None:
    assert erlang.blocking(0.5, 10_000_000) == 0.0
    assert erlang.wait_probability(0.5, 10_000_000) == 0.0


def test_without_load_nobody_waits() -> None:
    assert erlang.blocking(0.0, 3) == 0.0
    assert erlang.wait_probability(0.0, 1) == 0.0
    assert erlang.required(0.0, 1.0, 1.0, 0.9) == 0


@given(LOADS, st.floats(0.0, 2.0), st.floats(0.05, 0.99))
@settings(max_examples=60)
def test_the_required_agents_are_the_fewest(load: float, target: float, share: float) -> None:
    agents = erlang.required(load, 1.0, target, share)
    assert erlang.queue(load, 1.0, agents).within(target) >= share - 1e-12
    if agents - 1 > load:
        assert erlang.queue(load, 1.0, agents - 1).within(target) < share + 1e-12


@given(LOADS)
@settings(max_examples=60)
def test_more_agents_answer_more_in_time(load: float) -> None:
    agents = range(floor(load) + 1, floor(load) + 12)
    queues = [erlang.queue(load, 1.0, number) for number in agents]
    for fewer, more in pairwise(queues):
        assert more.p_wait <= fewer.p_wait
        assert more.within(0.5) >= fewer.within(0.5)
        assert more.mean_wait <= fewer.mean_wait


def test_the_quantile_is_where_the_share_is_reached() -> None:
    queue = erlang.queue(10.0, 180.0, 11)
    assert queue.within(queue.wait_quantile(0.9)) == pytest.approx(0.9)
    assert queue.wait_quantile(0.3) == 0.0


def test_occupancy_is_capped() -> None:
    assert erlang.required(48.0, 240.0, 20.0, 0.8, max_occupancy=0.85) == 57


@pytest.mark.parametrize(
    ("load", "agents"), [(78.25, 77), (5.0, 5), (float("nan"), 3), (-1.0, 3), (1e12, 10)]
)
def test_what_cannot_be_is_refused(load: float, agents: int) -> None:
    with pytest.raises((OverloadError, NonsenseError)) as refusal:
        erlang.queue(load, 1.0, agents)
    assert len(str(refusal.value)) > 30


def test_an_overload_says_how_many_would_do() -> None:
    with pytest.raises(OverloadError, match="at least 79 agents"):
        erlang.queue(78.25, 900.0, 77)


@pytest.mark.parametrize("share", [1.0, 1.2, -0.1])
def test_nobody_promises_all(share: float) -> None:
    with pytest.raises(NonsenseError, match="share"):
        erlang.required(5.0, 1.0, 1.0, share)
