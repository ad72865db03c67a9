"""The staffing plan: the engine that fits, the table of steps, other weeks, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commondesk.core.planner.demand.demand import Demand, TierWork, Waiting
from commondesk.core.planner.queueing.limits import NonsenseError
from commondesk.core.planner.simulation.model import Hours
from commondesk.core.planner.staffing.level import Change, EngineName, duty_of
from commondesk.core.planner.staffing.line import LineEngine
from commondesk.core.planner.staffing.plan import Plan, plan
from commondesk.core.planner.staffing.question import Channel, Promise, Question, Staying
from commondesk.core.planner.staffing.remembered import Known
from commondesk.core.planner.staffing.simulated import Effort, SimulatedEngine, effort_for

MONTH = Demand(800 / 21 * 5, (TierWork("L1", 0.5),), closed_share=0.2)
"""800 tickets in a month of 21 working days, half an hour of work each."""

TICKETS = Question(MONTH, Hours.office(), (Promise(first_response=1.0),), shrinkage=0.3)
CALLS = Question(
    Demand(14_400.0, (TierWork("L1", 4 / 60),)),
    Hours.office(),
    (Promise(first_response=20 / 3600),),
    Channel.LIVE,
    share=0.8,
    most_busy=1.0,
)
TIERS = (TierWork("L1", 0.5, 0.3), TierWork("L2", 1.0))
PRIORITIES = (Promise("P1", 0.1, 0.5), Promise("P2", 0.9, 4.0))
SMALL = Effort(runs=8, weeks=8, warm_up=2)


def agents_of(found: Plan) -> int:
    assert found.smallest is not None
    return found.smallest.agents


# ---- which engine ---------------------------------------------------------------------------


def test_one_line_with_business_targets_is_the_business_clock() -> None:
    found = plan(TICKETS)
    assert found.engine is EngineName.BUSINESS_CLOCK
    assert "at the door" in found.reason


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (replace(TICKETS, demand=replace(MONTH, tiers=TIERS)), "tier to tier"),
        (replace(TICKETS, promises=PRIORITIES), "priorities"),
        (replace(TICKETS, demand=replace(MONTH, waiting=Waiting(0.2, 8.0))), "wait on others"),
        (replace(TICKETS, demand=replace(MONTH, cv=1.8)), "work varies"),
        (replace(TICKETS, demand=replace(MONTH, unsteady=0.2)), "week to week"),
    ],
)
def test_more_than_one_line_is_played_through(question: Question, why: str) -> None:
    found = plan(question, SMALL)
    assert found.engine is EngineName.SIMULATION
    assert why in found.reason
    assert found.smallest is not None
    told = found.smallest.level.attained[0].first_response
    assert told is not None
    assert told.low is not None
    assert told.low <= told.value


def test_a_tier_with_shorter_hours_needs_more_at_once() -> None:
    whole = replace(TICKETS, demand=replace(MONTH, tiers=TIERS))
    short = replace(whole, other_hours=(("L2", Hours.office(10, 14)),))
    usual, found = plan(whole, SMALL), plan(short, SMALL)
    assert usual.smallest is not None
    assert found.smallest is not None
    assert found.smallest.level.team[1] > usual.smallest.level.team[1]
    assert found.smallest.people.formula.startswith("agent_hours")


def test_uneven_work_with_a_long_target_needs_no_playing() -> None:
    question = replace(
        TICKETS, demand=replace(MONTH, cv=1.8), promises=(Promise(first_response=4.0),)
    )
    assert plan(question).engine is EngineName.BUSINESS_CLOCK


def test_live_calls_are_erlang() -> None:
    assert plan(CALLS).engine is EngineName.ERLANG_C
    patient = replace(CALLS, demand=replace(CALLS.demand, patience=2 / 60))
    assert plan(patient).engine is EngineName.ERLANG_A
    assert agents_of(plan(patient)) < agents_of(plan(CALLS))


def test_calls_take_what_erlang_c_says() -> None:
    """360 calls in half an hour of 4 minutes, 80 % within 20 s: 54 agents (check EC8)."""
    hourly = replace(CALLS.demand, tickets_a_week=720.0 * 40)
    assert agents_of(plan(replace(CALLS, demand=hourly))) == 54


# ---- the table ------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "agents"), [(0.5, 5), (1.0, 4), (4.0, 3)])
def test_the_verdict_of_the_research(target: float, agents: int) -> None:
    """800 tickets a month: 5, 4 or 3 agents for 90 % within half an hour, one hour or four."""
    question = replace(TICKETS, promises=(Promise(first_response=target),))
    assert agents_of(plan(question)) == agents


def test_steps_rise_and_the_smallest_that_holds_is_marked() -> None:
    found = plan(TICKETS)
    assert [step.agents for step in found.steps] == [2, 3, 4, 5, 6]
    assert found.steps[0].level.is_overloaded
    shares = [
        step.level.attained[0].first_response.value
        for step in found.steps
        if step.level.attained and step.level.attained[0].first_response
    ]
    assert shares == sorted(shares)
    assert [step.is_kept for step in found.steps] == [False, False, True, True, True]
    assert found.smallest is found.steps[2]
    assert found.smallest.busy.with_values() == "95.24 ÷ (4 × 40) = 0.5952"


def test_people_are_agents_over_what_is_left_of_their_time() -> None:
    found = plan(replace(TICKETS, staying=Staying(0.3)))
    assert found.smallest is not None
    assert found.smallest.people.value == pytest.approx(4 / 0.7 / 0.9355, rel=1e-4)
    assert found.smallest.heads == 7
    assert found.smallest.people.with_values().startswith("4 × 40 ÷ (40 × (1 − 0.3) × 0.9355")


def test_round_the_clock_a_seat_takes_six() -> None:
    demand = Demand(168.0, (TierWork("L1", 0.25),))
    found = plan(Question(demand, Hours(), (Promise(first_response=8.0),), shrinkage=0.3))
    assert agents_of(found) == 1
    assert found.smallest is not None
    assert found.smallest.people.value == pytest.approx(6.0)
    assert any("illness" in each for each in found.warnings)


def test_the_cap_on_being_busy_adds_people() -> None:
    loose = replace(TICKETS, promises=(Promise(first_response=16.0),), most_busy=0.95)
    assert agents_of(plan(loose)) == 3
    assert agents_of(plan(replace(loose, most_busy=0.7))) == 4


def test_the_backlog_is_that_of_a_week() -> None:
    found = plan(TICKETS)
    assert found.smallest is not None
    backlog = dict(found.smallest.level.backlog)
    assert len(backlog) == 168
    assert backlog[9.0] > backlog[16.0]
    assert backlog[33.0] > backlog[32.0 - 12.0]


# ---- other weeks ----------------------------------------------------------------------------


def test_other_weeks_are_told_with_what_mends_them() -> None:
    found = plan(TICKETS)
    volume, leaves, sick = found.scenarios
    assert volume.name == "more_volume"
    assert volume.team == (5,)
    assert leaves.uncovered == pytest.approx(20.0)
    assert leaves.explained is not None
    assert leaves.explained.with_values() == "160 − (6 − 1) × 28 = 20"
    assert "20.0 agent hours" in leaves.told
    for scenario in found.scenarios:
        told = scenario.level.attained[0].first_response
        assert told is not None
        assert told.value < 0.927
    assert "do not hold" in sick.told


def test_no_growth_is_the_same_week() -> None:
    found = plan(replace(TICKETS, growth=0.0))
    assert found.smallest is not None
    assert found.scenarios[0].level.attained == found.smallest.level.attained
    assert found.scenarios[0].team == found.smallest.level.team


def test_missing_hours_are_taken_from_the_beginning() -> None:
    duty = duty_of(Hours.office(), 3, Change(missing=12.0))
    assert duty[:3] == ((9.0, 17.0, 2), (33.0, 37.0, 2), (37.0, 41.0, 3))
    assert sum((end - start) * agents for start, end, agents in duty) == pytest.approx(108.0)


# ---- warnings and refusals ------------------------------------------------------------------


def test_what_other_rules_would_promise_is_told() -> None:
    said = " ".join(plan(replace(TICKETS, people=4)).warnings)
    assert "Erlang C on the average of the week would promise 98.9 %" in said
    assert "gives 3 agents, whatever is promised" in said
    assert "Today there are 4 people" in said


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (replace(TICKETS, demand=replace(MONTH, tickets_a_week=0.0)), "tickets"),
        (replace(TICKETS, demand=replace(MONTH, tickets_a_week=-5.0)), "tickets"),
        (replace(TICKETS, demand=replace(MONTH, tickets_a_week=float("nan"))), "tickets"),
        (replace(TICKETS, demand=replace(MONTH, tickets_a_week=1e9)), "tickets"),
        (replace(TICKETS, demand=replace(MONTH, tiers=(TierWork("L1", 0.0),))), "work"),
        (replace(TICKETS, shrinkage=1.0), "shrinkage"),
        (replace(TICKETS, share=1.0), "share"),
        (replace(TICKETS, most_busy=0.0), "max_utilisation"),
        (replace(TICKETS, paid_hours=0.0), "paid_hours"),
        (replace(TICKETS, hours=Hours(())), "hours"),
        (replace(TICKETS, promises=(Promise(),)), "promises"),
        (replace(TICKETS, promises=(Promise(resolution=0.6),)), "resolution"),
        (replace(CALLS, promises=(Promise(resolution=1.0),)), "promises"),
    ],
)
def test_nonsense_is_refused_by_field(question: Question, field: str) -> None:
    with pytest.raises(NonsenseError, match=rf"^{field}:") as refusal:
        plan(question)
    assert len(str(refusal.value)) > 40


@pytest.mark.parametrize("agents", [3, 4])
def test_simulation_and_business_clock_agree(agents: int) -> None:
    played = SimulatedEngine(TICKETS, (), Effort(runs=10, weeks=60, warm_up=4)).level((agents,))
    told = LineEngine(TICKETS).level((agents,))
    exact, found = told.attained[0].first_response, played.attained[0].first_response
    assert exact is not None
    assert found is not None
    assert found.value == pytest.approx(exact.value, abs=0.02)
    assert played.mean_wait == pytest.approx(told.mean_wait, rel=0.08)


# ---- large desks ----------------------------------------------------------------------------


def test_of_a_large_desk_fewer_weeks_are_played() -> None:
    small = replace(TICKETS, promises=PRIORITIES)
    assert effort_for(small) == Effort()
    for factor in (20.0, 80.0):
        large = replace(small, demand=MONTH.grown(factor))
        effort = effort_for(large)
        assert 4 <= effort.weeks < Effort().weeks
        weeks = effort.weeks + effort.warm_up + 2
        played = effort.runs * weeks * large.demand.tickets_a_week
        assert played <= 600_000 or effort.weeks == 4


def test_more_tickets_begin_with_those_who_can_do_the_work() -> None:
    tiers = replace(MONTH.grown(4.0), tiers=TIERS)
    large = replace(TICKETS, demand=tiers, promises=PRIORITIES, growth=0.5)
    tried: list[int] = []
    found = plan(large, SMALL, Known(tried=tried.append))
    (more, *_others) = found.scenarios
    assert more.team is not None and found.smallest is not None
    assert all(now <= then for now, then in zip(found.smallest.level.team, more.team, strict=True))
    assert len(tried) <= len(found.steps) + 8
