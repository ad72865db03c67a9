"""Patience, square roots, other work, priorities, tiers: values of the books, and limits."""

from __future__ import annotations

from itertools import pairwise
from math import exp, lgamma, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.planner.queueing import (
    abandonment,
    erlang,
    general,
    priorities,
    square_root,
    tiers,
)
from commondesk.core.planner.queueing.limits import NonsenseError, OverloadError

# ---- patience -------------------------------------------------------------------------------


def palm(arrivals: float, work: float, patience: float, agents: int) -> float:
    """The share that waits, by Palm's closed form with the incomplete gamma function."""
    from scipy.special import gammainc

    x, y = agents * patience / work, arrivals * patience
    a = x * exp(y - x * log(y) + lgamma(x)) * float(gammainc(x, y))
    b = erlang.blocking(arrivals * work, agents)
    return a * b / (1 + (a - 1) * b)


@pytest.mark.parametrize(
    ("arrivals", "work", "patience", "agents"),
    [(6, 0.5, 1, 4), (2880, 1 / 60, 2 / 60, 50), (30, 0.5, 0.3, 10), (10, 0.1, 2, 3)],
)
def test_waiting_is_that_of_the_closed_form(
    arrivals: float, work: float, patience: float, agents: int
) -> None:
    queue = abandonment.impatient_queue(arrivals, work, patience, agents)
    assert queue.p_wait == pytest.approx(palm(arrivals, work, patience, agents), rel=1e-9)


def test_the_paper_s_call_centre() -> None:
    """50 agents, 48 calls a minute, patience of 2 min: 3.7 s, queue of 3, 3.1 % leave, 93 %."""
    queue = abandonment.impatient_queue(2880, 1 / 60, 2 / 60, 50)
    assert queue.mean_wait * 3600 == pytest.approx(3.7, abs=0.05)
    assert queue.mean_queue == pytest.approx(3, abs=0.05)
    assert queue.p_abandon == pytest.approx(0.031, abs=0.0005)
    assert queue.occupancy == pytest.approx(0.93, abs=0.005)


def test_it_has_an_answer_under_overload() -> None:
    queue = abandonment.impatient_queue(100, 1, 1, 10)
    assert queue.p_abandon == pytest.approx(0.9)
    assert queue.mean_queue == pytest.approx(90)
    assert 0 <= queue.answered_within(0.5) < 1e-6
    assert queue.answered_within(20) == pytest.approx(1 - queue.p_abandon)


@given(st.floats(1, 100), st.integers(1, 40))
@settings(max_examples=40)
def test_long_patience_is_erlang_c(load: float, spare: int) -> None:
    agents = int(load) + spare
    if agents <= load * 1.02:
        return
    queue = abandonment.impatient_queue(load, 1.0, 1e8, agents)
    assert queue.p_wait == pytest.approx(erlang.wait_probability(load, agents), rel=1e-3)
    told = erlang.queue(load, 1.0, agents).within(0.3)
    assert queue.answered_within(0.3) == pytest.approx(told, abs=1e-3)


def test_shares_of_a_queue_agree() -> None:
    queue = abandonment.impatient_queue(30, 0.5, 0.3, 14)
    assert queue.answered_within(0.0) == pytest.approx(1 - queue.p_wait)
    assert queue.answered_within(50.0) == pytest.approx(1 - queue.p_abandon)
    assert queue.waits_longer(0.0) == pytest.approx(queue.p_wait)
    assert queue.waits_longer(queue.wait_quantile(0.9)) == pytest.approx(0.1)


def test_the_fewest_agents_with_patience() -> None:
    agents = abandonment.required_impatient(2880, 1 / 60, 2 / 60, 20 / 3600, 0.8)
    enough = abandonment.impatient_queue(2880, 1 / 60, 2 / 60, agents)
    fewer = abandonment.impatient_queue(2880, 1 / 60, 2 / 60, agents - 1)
    assert enough.answered_within(20 / 3600) >= 0.8 > fewer.answered_within(20 / 3600)


# ---- square roots ---------------------------------------------------------------------------


def test_margins() -> None:
    assert square_root.margin(0.2) == pytest.approx(1.0615, abs=1e-4)
    assert square_root.margin(0.5) == pytest.approx(0.5061, abs=1e-4)
    assert square_root.delay_probability(square_root.margin(0.37)) == pytest.approx(0.37)


def test_garnett_is_close_at_fifty_agents() -> None:
    """Off by 3.6 % at 50 agents, as the research says (SR3)."""
    exact = abandonment.impatient_queue(2880, 1 / 60, 2 / 60, 50).p_wait
    beta = (50 - 48) / 48**0.5
    told = square_root.impatient_delay_probability(beta, 1 / 60, 2 / 60)
    assert abs(told / exact - 1) == pytest.approx(0.036, abs=0.001)


def test_garnett_with_endless_patience_is_halfin_whitt() -> None:
    told = square_root.impatient_delay_probability(0.8, 1.0, 1e10)
    assert told == pytest.approx(square_root.delay_probability(0.8), rel=1e-3)


# ---- other work -----------------------------------------------------------------------------


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.0, 2.0])
def test_one_agent_is_pollaczek_khinchine(cv: float) -> None:
    exact = general.mg1_wait(0.8, 1.0, cv)
    assert general.allen_cunneen_wait(0.8, 1.0, 1, cv) == pytest.approx(exact)
    assert general.kimura_wait(0.8, 1.0, 1, cv) == pytest.approx(exact)


@pytest.mark.parametrize("agents", [1, 2, 3, 10, 40])
def test_blends_meet_their_ends(agents: int) -> None:
    load = 0.85 * agents
    exponential = general.mmc_wait(load, 1.0, agents)
    assert general.kimura_wait(load, 1.0, agents, 1.0) == pytest.approx(exponential)
    constant = general.mdc_wait(load, 1.0, agents)
    assert general.kimura_wait(load, 1.0, agents, 0.0) == pytest.approx(constant)
    assert general.cosmetatos_wait(load, 1.0, agents) == pytest.approx(constant, rel=0.02)


def test_constant_work_of_many_agents_hardly_waits() -> None:
    assert general.mdc_wait(500.0, 1.0, 1000) == pytest.approx(0.0, abs=1e-9)


# ---- priorities -----------------------------------------------------------------------------


@given(st.lists(st.floats(0.01, 2.0), min_size=1, max_size=5), st.integers(1, 12))
@settings(max_examples=60)
def test_priorities_only_share_out_the_waiting(arrivals: list[float], agents: int) -> None:
    load = sum(arrivals)
    if load >= 0.98 * agents:
        return
    waits = priorities.priority_waits(arrivals, 1.0, agents)
    told = [wait for wait in waits if wait is not None]
    assert len(told) == len(arrivals)
    for sooner, later in pairwise(told):
        assert sooner <= later
    shared = sum(rate * wait for rate, wait in zip(arrivals, told, strict=True))
    assert shared == pytest.approx(load * erlang.queue(load, 1.0, agents).mean_wait)


def test_only_the_lowest_starves() -> None:
    assert priorities.priority_waits([0.5, 2.0, 5.5], 1.0, 6)[2] is None
    assert priorities.priority_waits([0.5, 2.0, 5.5], 1.0, 6)[0] == pytest.approx(2 / 11)


def test_one_agent_with_equal_work_is_cobham() -> None:
    assert priorities.cobham_waits([0.2, 0.5], [1.0, 1.0]) == pytest.approx(
        priorities.priority_waits([0.2, 0.5], 1.0, 1)
    )


def test_cobham_by_hand() -> None:
    """Half an hour and two hours of constant work: (0.4 × 0.25 + 0.2 × 4) / 2 = 0.45."""
    first, second = priorities.cobham_waits([0.4, 0.2], [0.5, 2.0], [0.0, 0.0])
    assert first == pytest.approx(0.45 / 0.8)
    assert second == pytest.approx(0.45 / (0.8 * 0.4))


# ---- tiers ----------------------------------------------------------------------------------


def test_who_comes_back_is_another_visit() -> None:
    assert tiers.returning_load(8.0, 0.2, 0.5) == pytest.approx(5.0)


def test_a_tier_that_cannot_keep_up_is_refused() -> None:
    with pytest.raises(OverloadError):
        tiers.tier_queues(12, [0.3], [0.25, 2.0], [4, 4])


@pytest.mark.parametrize(("escalation", "works"), [([1.2], [1, 1]), ([0.3], [1, 1, 1])])
def test_tiers_that_cannot_be(escalation: list[float], works: list[float]) -> None:
    with pytest.raises(NonsenseError, match="escalation"):
        tiers.tier_loads(12, escalation, works)
