"""What must hold for any case: sums, volumes, draws, scenarios, break-evens, months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from commondesk.core.planner.cost import (
    actual,
    arithmetic,
    break_even,
    cash_flow,
    scenarios,
    tornado,
)
from commondesk.core.planner.cost.comparison import compared
from commondesk.core.planner.cost.costing import Candidate, Costing, Risk, Role, Scenario
from commondesk.core.planner.cost.distributions import (
    BadRange,
    Discrete,
    Distribution,
    Fixed,
    LogNormal,
    Pert,
    Triangular,
    Uniform,
    YearlyLoss,
)
from commondesk.core.planner.cost.draws import draw, spread
from commondesk.core.planner.cost.formula import NoFormula, compute, names, parsed
from commondesk.core.planner.cost.inputs import Given, typed
from commondesk.core.planner.cost.lines import HONEST
from commondesk.core.planner.cost.notes import separations_implied
from commondesk.core.planner.cost.priced import Priced, priced
from commondesk.core.planner.cost.sheet import YEARLY, sheets_of
from commondesk.core.planner.diagnosis.answers import Option

NOTHING = {line.name: typed(0) for line in HONEST}
IN_HOUSE = Candidate(
    "own",
    Option.INTERNAL,
    {
        "tickets_per_agent_day": typed(8),
        "workdays_per_month": typed(20),
        "deflected_share": typed(0.1),
        "posts": typed(1),
        "onboarding": typed(2_000),
        "parallel_run": typed(0),
        "ramp_days": typed(30),
        "maturity_days": typed(60),
        "ramp_loss": typed(0.3),
        "later_loss": typed(0.1),
        "oversight_hours_week": typed(1),
        "misaligned_share": typed(0.01),
        "hours_per_misaligned": typed(1),
        "internal_hours_month": typed(2),
        "waiting_hours_month": typed(10),
        "waiting_hour_value": typed(40),
        "outages_per_year": typed(2),
        "days_per_outage": typed(1),
        "own_hours_per_outage": typed(3),
    },
    covered={"fire": typed(0.5)},
)
RETAINER = Candidate(
    "msp",
    Option.MSP_RETAINER,
    {
        **IN_HOUSE.inputs,
        "retainer": typed(8_000),
        "included_tickets": typed(300),
        "price_per_extra_ticket": typed(30),
        "excluded_hours_year": typed(20),
        "excluded_rate": typed(200),
    },
    covered={"fire": typed(0.8)},
)
SUBSCRIPTION = Candidate(
    "seats",
    Option.PER_SEAT_SUBSCRIPTION,
    {"workstations": typed(5), "fee_per_workstation": typed(50)},
    NOTHING | {"excluded_work": typed(0)},
)
ASSISTANT = Candidate(
    "assistant",
    Option.HYBRID_AI_EXPERT,
    {
        "plan_fee": typed(8),
        "expert_calls_per_month": typed(1),
        "price_per_expert_call": typed(90),
    },
    NOTHING,
)
FIRE = Risk("fire", 0.1, LogNormal(1_000, 90_000), "typed")
CASE = Costing(
    (IN_HOUSE, RETAINER),
    {"tickets_per_month": typed(300), "users": typed(80)},
    risks=(FIRE,),
)


def at(tickets: float) -> Costing:
    return replace(CASE, inputs={**CASE.inputs, "tickets_per_month": typed(tickets)})


def year(each: Priced) -> float:
    assert each.yearly.value is not None
    return each.yearly.value


# ---- sums and volumes ---------------------------------------------------------------------


@given(some.floats(0, 1e5))
@settings(max_examples=40, deadline=None)
def test_the_lines_add_up_to_the_total(tickets: float) -> None:
    for each in priced(at(tickets)):
        assert each.is_complete, each.missing
        yearly = sum(line.amount.value or 0 for line in each.lines if not line.is_once)
        once = sum(line.amount.value or 0 for line in each.lines if line.is_once)
        assert year(each) == pytest.approx(yearly)
        assert each.first_year.value == pytest.approx(yearly + once)


@given(some.floats(0, 1e5), some.floats(0, 1e5))
@settings(max_examples=40, deadline=None)
def test_more_tickets_never_cost_less(one: float, other: float) -> None:
    for few, many in zip(priced(at(min(one, other))), priced(at(max(one, other))), strict=True):
        assert year(few) <= year(many) + 1e-6


@given(some.floats(1, 1e5))
@settings(max_examples=30, deadline=None)
def test_no_growth_is_the_base(tickets: float) -> None:
    same = Scenario("same", "same", scenarios.growth(0.0), {"turnover_share": 0.0})
    for base, other in zip(priced(at(tickets)), scenarios.under(at(tickets), same), strict=True):
        assert year(base) == year(other)


def test_every_line_tells_its_formula_with_its_values() -> None:
    own, _ = priced(CASE)
    salaries = next(line for line in own.lines if line.name == "salaries")
    assert salaries.amount.with_values() == "2 × 60,000 = 120,000"
    assert own.numbers["people"].with_values() == "ceil(300 × (1 − 0.1) ÷ (8 × 20)) = 2"
    assert own.numbers["salary"].source.startswith("000")
    for line in own.lines:
        assert line.amount.formula


def test_people_leaving_may_be_told_by_how_many_and_at_what_cost() -> None:
    inputs = {**IN_HOUSE.inputs, "separation_rate": typed(0.5), "replacement_share": typed(0.21)}
    (own,) = priced(replace(CASE, candidates=(replace(IN_HOUSE, inputs=inputs),)))
    assert own.numbers["turnover_share"].value == pytest.approx(0.105)
    assert separations_implied(0.30, 0.21) > 1


# ---- the sources --------------------------------------------------------------------------


def test_figures_that_the_sources_print() -> None:
    table = Candidate("one", Option.INTERNAL, {"people": typed(1)}, NOTHING)
    night = replace(table, inputs={"people": typed(4)}, coverage="24x7")
    (round_the_clock,) = priced(Costing((night,)))
    assert year(round_the_clock) == 4 * 97_400
    assert any("8 hours a week" in note for note in round_the_clock.notes)
    assert arithmetic.people_per_post(0.3) == pytest.approx(6.0)
    low, high = (arithmetic.after_saving(3 * each, 0.65) for each in (102_400, 107_400))
    assert (low, high) == pytest.approx((107_520, 112_770))
    assert arithmetic.saving(102_400, 240_000) == pytest.approx(-1.34375)
    assert arithmetic.saving(409_600, 96_000) == pytest.approx(0.765625)
    assert arithmetic.own_time(3, 100) == 300
    assert arithmetic.outage(2, 200, 3, 100) == 700


def test_an_invoice_is_not_a_cost() -> None:
    honest = {
        "overage": typed(0),
        "excluded_work": typed(0),
        "oversight": typed(26_000),
        "internal_time": typed(2_800),
        "onboarding_work": typed(3_000),
    }
    msp = Candidate(
        "msp",
        Option.MSP_RETAINER,
        {
            "retainer": typed(8_000),
            "ramp_days": typed(75),
            "maturity_days": typed(75),
            "ramp_loss": typed(0.5),
            "later_loss": typed(0),
        },
        {name: each for name, each in NOTHING.items() if name != "ramp"} | honest,
    )
    (found,) = priced(Costing((msp,)))
    assert (year(found), found.first_year.value) == (124_800, 137_800)


# ---- draws --------------------------------------------------------------------------------

RANGES: list[Distribution] = [
    Fixed(3),
    Uniform(2, 9),
    Triangular(1, 2, 9),
    Pert(1, 2, 9),
    LogNormal(100, 5_000),
    Discrete((4, 4.2, 5)),
    Discrete((1, 2), (0.9, 0.1)),
    YearlyLoss(0.4, LogNormal(100, 900)),
    YearlyLoss(2.0, Fixed(50)),
]


def test_numbers_that_cannot_be_squared_have_a_spread() -> None:
    plain, huge = (spread(np.array([1.0, 3.0]) * scale) for scale in (1.0, 1e200))
    assert (plain.mean, plain.sd) == (2.0, 1.0)
    assert (huge.mean, huge.sd) == pytest.approx((2e200, 1e200))


@pytest.mark.parametrize("found", RANGES, ids=str)
def test_draws_have_the_mean_and_spread_they_should(found: Distribution) -> None:
    import numpy as np

    count = 200_000
    drawn = np.broadcast_to(found.draw(np.random.default_rng(1), count), (count,))
    assert drawn.mean() == pytest.approx(found.mean, abs=6 * found.sd / count**0.5 + 1e-9)
    assert drawn.std() == pytest.approx(found.sd, rel=0.05, abs=1e-9)
    assert found.low <= found.likely <= found.high or isinstance(found, YearlyLoss)


def test_a_log_normal_has_nine_of_ten_between_its_ends() -> None:
    import numpy as np

    drawn = np.asarray(LogNormal(100, 5_000).draw(np.random.default_rng(2), 200_000))
    assert ((drawn > 100) & (drawn < 5_000)).mean() == pytest.approx(0.9, abs=0.005)
    assert LogNormal(100, 5_000).mean > LogNormal(100, 5_000).median


@pytest.mark.parametrize(
    "made",
    [
        lambda: Pert(3, 2, 9),
        lambda: Uniform(9, 2),
        lambda: LogNormal(0, 9),
        lambda: Fixed(float("nan")),
        lambda: Discrete(()),
        lambda: Discrete((1, 2), (0.5, 0.6)),
        lambda: YearlyLoss(-1, Fixed(2)),
        lambda: YearlyLoss(1e9, Fixed(2)),
    ],
)
def test_what_is_no_range_is_refused(made: object) -> None:
    with pytest.raises(BadRange):
        made()  # type: ignore[operator]


def test_the_same_seed_gives_the_same_figures() -> None:
    one, again, other = draw(CASE), draw(CASE), draw(replace(CASE, seed=8))
    assert one == again
    assert one.spreads != other.spreads


def test_one_more_option_does_not_change_the_others() -> None:
    alone = draw(replace(CASE, candidates=(IN_HOUSE,)))
    assert alone.spreads["own"] == draw(CASE).spreads["own"]


def test_options_share_what_they_share() -> None:
    twin = replace(IN_HOUSE, key="twin", inputs={**IN_HOUSE.inputs, "onboarding": typed(1)})
    found = draw(replace(CASE, candidates=(IN_HOUSE, twin)))
    assert found.spreads["own"][YEARLY] == found.spreads["twin"][YEARLY]
    assert found.cheaper["own", "twin"] == found.cheaper["twin", "own"] == 0


def test_the_draws_lie_around_what_the_lines_say() -> None:
    found = draw(CASE, count=50_000)
    for key, means in found.line_means.items():
        assert sum(means.values()) == pytest.approx(found.spreads[key]["first_year"].mean, rel=1e-9)
        spread = found.spreads[key][YEARLY]
        assert spread.p10 <= spread.p50 <= spread.p90
    assert found.cheaper["own", "msp"] + found.cheaper["msp", "own"] == pytest.approx(1)


def test_an_option_that_is_not_priced_whole_has_no_chance() -> None:
    bare = replace(RETAINER, key="bare", covered={})
    found = draw(replace(CASE, candidates=(IN_HOUSE, bare)))
    assert not found.cheaper
    assert "bare" in found.spreads


# ---- what moves the answer ----------------------------------------------------------------


def test_a_difference_is_moved_by_shared_numbers_on_both_sides() -> None:
    sheets = sheets_of(
        replace(CASE, inputs={**CASE.inputs, "hour_value": Given(Uniform(50, 150), "typed")})
    )
    both = tornado.of_difference(sheets[0], sheets[1])
    swing = {bar.reach.name: bar.swing for bar in both.bars}
    own, msp = (
        {bar.reach.name: bar.swing for bar in tornado.tornado(each).bars} for each in sheets
    )
    assert own["hour_value"] == pytest.approx(msp["hour_value"])
    assert swing["hour_value"] == pytest.approx(0, abs=1e-6)
    assert swing["salary"] == pytest.approx(own["salary"])
    assert [bar.swing for bar in both.bars] == sorted(swing.values(), reverse=True)


def test_turnover_is_read_in_both_ways() -> None:
    found = {each.scenario.key: each for each in scenarios.outcomes(CASE)["own"]}
    salaries = 120_000
    assert found["turnover_relative_high"].more_a_year == pytest.approx(0.03 * salaries)
    assert found["turnover_points_high"].more_a_year == pytest.approx(0.10 * salaries)
    assert found["turnover_points_low"].more_a_year == pytest.approx(-0.10 * salaries)
    assert found["baseline"].more_a_year == 0


def test_day_and_night_holds_a_post_and_asks_what_a_fee_adds() -> None:
    found = scenarios.outcomes(CASE)
    own = next(each for each in found["own"] if each.scenario.key == "round_the_clock")
    assert own.priced.numbers["people"].value == pytest.approx(4.2)
    assert next(line for line in own.priced.lines if line.name == "gaps").amount.value == 0
    msp = next(each for each in found["msp"] if each.scenario.key == "round_the_clock")
    assert msp.more_a_year is None
    assert any("around_the_clock_surcharge" in each for each in msp.priced.missing)
    quoted = replace(RETAINER, inputs={**RETAINER.inputs, "around_the_clock_surcharge": typed(0.5)})
    again = scenarios.outcomes(replace(CASE, candidates=(quoted,)))["msp"]
    night = next(each for each in again if each.scenario.key == "round_the_clock")
    assert night.more_a_year == pytest.approx(0.5 * (96_000 + 4_000))


def test_typed_people_hold_a_post_too() -> None:
    few = replace(IN_HOUSE, inputs={**IN_HOUSE.inputs, "people": typed(2)})
    found = scenarios.outcomes(replace(CASE, candidates=(few,)))["own"]
    night = next(each for each in found if each.scenario.key == "round_the_clock")
    assert night.priced.numbers["people"].value == pytest.approx(4.2)


def test_poor_documentation_takes_the_longest_ramp() -> None:
    inputs = {name: each for name, each in RETAINER.inputs.items() if "days" not in name}
    inputs |= {"days_per_outage": typed(1)}
    case = replace(CASE, candidates=(replace(RETAINER, inputs=inputs),))
    found = {each.scenario.key: each for each in scenarios.outcomes(case)["msp"]}
    (before,) = priced(case)
    paid = before.numbers["paid_month"].value
    assert paid is not None
    assert found["poor_documentation"].more_in_first_year == pytest.approx(
        paid * (90 - 75) * (0.3 - 0.1) / 30
    )


def test_a_scenario_can_be_drawn_like_the_case() -> None:
    more = next(each for each in scenarios.USUAL if each.key == "more_tickets")
    found = draw(CASE, sheets=scenarios.sheets_under(CASE, more))
    base = draw(CASE)
    for key in ("own", "msp"):
        assert found.spreads[key][YEARLY].p50 > base.spreads[key][YEARLY].p50


# ---- break-even ---------------------------------------------------------------------------


def test_two_fees_cross_where_the_formula_says() -> None:
    assistant, seats = sheets_of(Costing((ASSISTANT, SUBSCRIPTION)))
    found = break_even.break_even(assistant, seats, "expert_calls_per_month", 100)
    (crossing,) = found.crossings
    assert crossing.at == pytest.approx(break_even.calls_for_fee(250, 90, 8))
    assert (crossing.cheaper_below, crossing.cheaper_above) == ("assistant", "seats")
    assert not crossing.is_jump


def test_one_more_person_is_a_jump() -> None:
    dearer = replace(RETAINER, inputs={**RETAINER.inputs, "retainer": typed(12_000)})
    own, msp = sheets_of(replace(CASE, candidates=(IN_HOUSE, dearer)))
    found = break_even.break_even(own, msp, "tickets_per_month", 2_000)
    assert len(found.crossings) == 1
    (crossing,) = found.crossings
    assert crossing.is_jump
    assert crossing.at == pytest.approx(160 / 0.9, rel=1e-6)
    assert crossing.cheaper_below == "own"


def test_no_crossing_is_none() -> None:
    dear = replace(
        SUBSCRIPTION, key="dear", inputs={**SUBSCRIPTION.inputs, "workstations": typed(9)}
    )
    one, other = sheets_of(Costing((SUBSCRIPTION, dear)))
    found = break_even.break_even(one, other, "fee_per_workstation", 500)
    assert found.crossings == ()
    never = break_even.break_even(one, other, "users", 500)
    assert never.cheaper_always == "seats"
    assert not never.moves
    assert break_even.calls_for_fee(100, 0) is None
    assert break_even.calls_for_fee(5, 90, 8) is None
    assert break_even.workstations_for(100, 0) is None


# ---- months -------------------------------------------------------------------------------


def test_the_months_add_up_to_the_years() -> None:
    for flow, each in zip(cash_flow.flows(CASE), priced(CASE), strict=True):
        assert each.once.value is not None
        assert flow.total == pytest.approx(each.once.value + 3 * year(each))
        assert sum(flow.by_year) == pytest.approx(flow.total)
        assert flow.by_year[0] == pytest.approx(each.first_year.value)
        assert flow.worth_today is None


def test_later_money_counts_less_and_wages_rise() -> None:
    rates = {"discount_rate": typed(0.08), "wage_growth": typed(0.03), "fee_growth": typed(0.05)}
    case = replace(CASE, inputs={**CASE.inputs, **rates})
    for flow in cash_flow.flows(case):
        assert flow.worth_today is not None
        assert flow.worth_today < flow.total
        assert flow.by_year[1] < flow.by_year[2]
    own, msp = cash_flow.flows(case)
    assert own.months[1].throughput == pytest.approx(0.7)
    assert own.months[2].throughput == pytest.approx(0.9)
    assert own.months[3].throughput == 1
    assert msp.months[13].fees == pytest.approx(1.05 * msp.months[12].fees)


def test_payback_is_none_when_it_never_comes() -> None:
    assert cash_flow.payback_months(13_000, 8_741.67, 10_400) is None
    assert cash_flow.payback_months(0, 5, 4) == 0
    assert cash_flow.payback_months(10, 5, 5) is None


def test_leaving_costs_the_fee_until_the_contract_ends() -> None:
    terms = {"contract_months": typed(12), "exit_fee": typed(9_000), "exit_work": typed(1_000)}
    bound = replace(RETAINER, inputs={**RETAINER.inputs, **terms})
    own, msp = cash_flow.flows(replace(CASE, candidates=(IN_HOUSE, bound)))
    assert (msp.leaving(6), msp.leaving(12)) == (10_000, 1_000)
    assert own.leaving(6) is None


# ---- side by side -------------------------------------------------------------------------


def test_only_like_is_set_off_against_like() -> None:
    night = replace(RETAINER, key="night", coverage="24x7")
    found = compared(replace(CASE, candidates=(IN_HOUSE, RETAINER, night)), draws=500)
    fair = found.pair("own", "msp")
    assert fair.is_fair and fair.cheaper is not None
    base, other = (year(each) for each in found.options[:2])
    assert fair.saving.value == pytest.approx((base - other) / base)
    unfair = found.pair("own", "night")
    assert (unfair.saving.value, unfair.payback_months.value, unfair.cheaper) == (None, None, None)
    assert "24x7" in unfair.unlike[0]


def test_the_claim_of_a_saving_is_checked_never_used() -> None:
    team = Candidate(
        "team",
        Option.FRACTIONAL_REMOTE_TEAM,
        {},
        NOTHING,
        roles=(Role("L1", typed(1), typed(11_000)),),
    )
    own = replace(IN_HOUSE, amounts=NOTHING)
    found = compared(replace(CASE, candidates=(own, team)), draws=500)
    assert any("outside the 40 to 70 %" in note for note in found.notes)


# ---- plan and actual ----------------------------------------------------------------------


def test_a_plan_is_set_against_what_came() -> None:
    _, msp = priced(CASE)
    found = actual.against(
        actual.kept(msp), {"retainer_fee": 50_000, "onboarding_work": 2_500, "lawyers": 900}, 6
    )
    rows = {each.name: each for each in found.lines}
    assert rows["retainer_fee"].planned.value == 48_000
    assert rows["retainer_fee"].told == "4 % more"
    assert rows["onboarding_work"].difference.value == 500
    assert rows["lawyers"].told == "not in the plan"
    assert rows["outages"].told == "no figure"
    assert rows["outages"].difference.value is None
    assert found.difference == pytest.approx(2_500)


# ---- formulas -----------------------------------------------------------------------------


def test_a_formula_is_arithmetic_and_nothing_else() -> None:
    assert names("12 * max(b - a, 0) + a") == ("b", "a")
    assert compute("ceil(a / 3)", {"a": 0.3 * 10}) == 1
    for bad in ("__import__('os')", "a.b", "a ** 9", "max(a)", "a if b else c", "'x'", "1 +"):
        with pytest.raises(NoFormula):
            parsed(bad)
