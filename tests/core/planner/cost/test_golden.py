"""Every given cost case, worked out by the functions that the planner itself uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from commondesk.core.planner.cost import (
    arithmetic,
    break_even,
    cash_flow,
    distributions,
    notes,
    scenarios,
    tornado,
)
from commondesk.core.planner.cost.costing import Candidate, Costing, Role, Scenario
from commondesk.core.planner.cost.distributions import Fixed, Pert, Triangular, Uniform
from commondesk.core.planner.cost.draws import draw
from commondesk.core.planner.cost.inputs import INPUTS, Given, typed
from commondesk.core.planner.cost.lines import HONEST
from commondesk.core.planner.cost.priced import Priced, priced
from commondesk.core.planner.cost.sheet import YEARLY, sheets_of
from commondesk.core.planner.diagnosis.answers import Option

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "tco-golden.json").read_text(encoding="utf-8")
)
CASES = {case["id"]: case for case in GOLDEN["cases"]}
NOTHING = {line.name: typed(0) for line in HONEST}
"""The honest lines typed as 0: these cases are about the others."""

Inputs = Mapping[str, Any]
Answer = dict[str, Any]


def one(option: Option, numbers: Inputs, **more: Any) -> Costing:
    """A costing of one option, all beside its own lines typed as 0."""
    amounts = NOTHING | {name: typed(value) for name, value in more.pop("lines", {}).items()}
    inputs = {
        name: value if isinstance(value, Given) else typed(value) for name, value in numbers.items()
    }
    return Costing((Candidate("it", option, inputs, amounts, **more),))


def cost(option: Option, numbers: Inputs, **more: Any) -> Priced:
    (found,) = priced(one(option, numbers, **more))
    assert found.is_complete, found.missing
    return found


def line(found: Priced, name: str) -> float:
    (amount,) = (each.amount.value for each in found.lines if each.name == name)
    assert amount is not None
    return amount


def total(found: Priced) -> float:
    assert found.yearly.value is not None
    return found.yearly.value


IN_HOUSE = {"people": 1, "salary": 60_000, "benefit_rate": 0.25}


def t01(i: Inputs) -> Answer:
    rows = ("benefits", "tools", "training", "turnover")
    table = {"lines": {name: i[name] for name in rows}}
    low, high = (
        cost(
            Option.INTERNAL,
            {"people": i["fte"], "salary": i["salary"], "coverage_gaps": i[f"coverage_gaps_{end}"]},
            **table,
        )
        for end in ("low", "high")
    )
    known = notes.in_house_discrepancy()
    assert known is not None
    assert str(known) in cost(Option.INTERNAL, {"people": 1}).notes
    return {
        "fixed_lines": total(low) - line(low, "gaps"),
        "total_low": total(low),
        "total_high": total(high),
        "printed_low": known.printed,
        "printed_high": 107_400,
        "printed_low_minus_sum": known.printed - total(low),
    }


def t06(i: Inputs) -> Answer:
    names = {
        "salary": i["salary"],
        "tools_per_person": i["tools_per_month"],
        "training_per_person": i["training"],
        "coverage_gaps": i["coverage_gaps"],
    }
    rates = {"benefit_rate": i["benefit_rate"], "turnover_share": i["turnover_cost_share"]}
    low, high = (
        total(
            cost(
                Option.INTERNAL,
                {"people": 1, **rates, **{name: ends[end] for name, ends in names.items()}},
            )
        )
        for end in (0, 1)
    )
    return {"total_low": low, "total_high": high}


def t07(i: Inputs) -> Answer:
    return {
        end: total(
            cost(
                Option.INTERNAL,
                {"people": i[f"fte_{end}"]},
                lines={
                    "salaries": i[f"fte_{end}"] * i[f"unit_{end}"],
                    **dict.fromkeys(("benefits", "tools", "training", "turnover", "gaps"), 0),
                },
            )
        )
        for end in ("low", "high")
    }


def t09(i: Inputs) -> Answer:
    fees = {"overage": 0, "excluded_work": 0}
    low, high = (
        total(cost(Option.MSP_RETAINER, {"retainer": fee}, lines=fees))
        for fee in i["retainer_month"]
    )
    return {"annual_low": low, "annual_high": high}


def t11(i: Inputs) -> Answer:
    low, high = (
        cost(
            Option.PER_SEAT_SUBSCRIPTION,
            {"workstations": i["workstations"], "fee_per_workstation": fee},
            lines={"excluded_work": 0},
        )
        for fee in i["fee_per_workstation_month"]
    )
    return {
        "annual_low": total(low),
        "annual_high": total(high),
        "month_low": low.per_month.value,
        "month_high": high.per_month.value,
    }


def t17(i: Inputs) -> Answer:
    calls = i.get("expert_calls_per_month", i.get("expert_calls"))
    found = cost(
        Option.HYBRID_AI_EXPERT,
        {
            "plan_fee": i["plan_month"],
            "expert_calls_per_month": calls,
            "price_per_expert_call": i.get("price_per_call", 0),
        },
    )
    return {"annual": total(found), "month": found.per_month.value}


def t22(i: Inputs) -> Answer:
    def at(gaps: float, key: str) -> Priced:
        costing = one(
            Option.INTERNAL,
            {
                "people": 1,
                "salary": i["salary"],
                "turnover_share": i["turnover_share"],
                "coverage_gaps": gaps,
            },
            lines={
                "benefits": i["fixed_other"] - i["salary"],
                **dict.fromkeys(("tools", "training"), 0),
            },
        )
        change = next(each for each in scenarios.USUAL if each.key == f"turnover_relative_{key}")
        (found,) = scenarios.under(costing, change)
        return found

    return {
        "turnover": [line(at(0, key), "turnover") for key in ("low", "high")],
        "total_at_minus": [total(at(gaps, "low")) for gaps in i["coverage"]],
        "total_at_plus": [total(at(gaps, "high")) for gaps in i["coverage"]],
    }


def t24(i: Inputs) -> Answer:
    numbers = {
        "tickets_per_month": i["tickets_per_month"],
        "deflected_share": i["deflection"],
        "tickets_per_agent_day": i["tickets_per_agent_day"],
        "workdays_per_month": i["workdays"],
        "salary": i["unit_cost"],
    }
    costing = one(
        Option.INTERNAL,
        numbers,
        lines=dict.fromkeys(("benefits", "tools", "training", "turnover", "gaps"), 0),
    )
    more = Scenario("more", "more", scenarios.growth(i["growth"]))
    (base,), (growth,) = priced(costing), scenarios.under(costing, more)
    tickets = i["tickets_per_month"]

    def people(volume: float) -> float:
        return arithmetic.people_for(
            volume, i["deflection"], i["tickets_per_agent_day"], i["workdays"]
        )

    return {
        "fte_base": people(tickets),
        "heads_base": base.numbers["people"].value,
        "annual_base": total(base),
        "fte_growth": people(tickets * (1 + i["growth"])),
        "heads_growth": growth.numbers["people"].value,
        "annual_growth": total(growth),
        "cost_per_ticket_base": base.per_ticket.value,
        "cost_per_ticket_growth": arithmetic.per_ticket(total(growth), tickets * (1 + i["growth"])),
    }


def t31(i: Inputs) -> Answer:
    def ramp(fee: float, days: float) -> float:
        lines = {"overage": 0, "excluded_work": 0}
        costing = one(
            Option.MSP_RETAINER,
            {
                "retainer": fee,
                "ramp_days": days,
                "maturity_days": days,
                "ramp_loss": i["lost_share"],
                "later_loss": 0,
            },
            lines=lines,
        )
        (candidate,) = costing.candidates
        amounts = {name: each for name, each in candidate.amounts.items() if name != "ramp"}
        (found,) = priced(Costing((Candidate("it", candidate.option, candidate.inputs, amounts),)))
        return line(found, "ramp")

    low, high = (ramp(fee, days) for fee, days in zip(i["fee_month"], i["ramp_days"], strict=True))
    return {"low": low, "high": high}


def t39(i: Inputs) -> Answer:
    found = {}
    for key in ("msp", "inhouse"):
        start, month = i[f"{key}_month0"], i[f"{key}_monthly"]
        summed = cash_flow.present_value(start, [month] * i["months"], i["annual_rate"])
        level = cash_flow.level_present_value(start, month, i["annual_rate"], i["months"])
        assert summed == pytest.approx(level, abs=0.001)
        found[f"npv_{key}"] = summed
    found["difference"] = found["npv_msp"] - found["npv_inhouse"]
    return found


def t44(i: Inputs) -> Answer:
    pert, triangular = (kind(i["a"], i["m"], i["b"]) for kind in (Pert, Triangular))
    return {
        "pert_mean": pert.mean,
        "pert_sd": pert.sd,
        "triangular_mean": triangular.mean,
        "triangular_sd": triangular.sd,
    }


def t46(_: Inputs) -> Answer:
    msp = Candidate(
        "msp",
        Option.MSP_RETAINER,
        {"retainer": Given(Uniform(8_000, 20_000), "000")},
        NOTHING | {"overage": typed(0), "excluded_work": typed(0)},
    )
    own = Candidate("own", Option.INTERNAL, {"people": typed(1)}, NOTHING)
    return {"p_msp_cheaper": draw(Costing((own, msp)), count=200_000).cheaper["msp", "own"]}


def t47(i: Inputs) -> Answer:
    names = {
        "salary": "salary",
        "turnover_points": "turnover_share",
        "turnover_relative": "turnover_share",
        "coverage": "coverage_gaps",
        "training": "training_per_person",
        "tools": "tools_per_person",
    }
    per = {"tools": 12}
    reaches = [
        tornado.Reach(names[key], low / per.get(key, 1), high / per.get(key, 1), key)
        for key, (low, high) in i["ranges"].items()
    ]
    (sheet,) = sheets_of(one(Option.INTERNAL, {"people": 1}))
    found = tornado.tornado(sheet, YEARLY, reaches)
    assert found.base == pytest.approx(i["base"])
    return {
        "swing": {bar.reach.label: bar.swing for bar in found.bars},
        "order": [bar.reach.label for bar in found.bars],
    }


def t51(i: Inputs) -> Answer:
    roles = tuple(
        Role(each["role"], typed(each["fte"]), typed(each["month"])) for each in i["roles"]
    )
    found = cost(
        Option.FRACTIONAL_REMOTE_TEAM,
        {},
        roles=roles,
        lines={"onboarding_work": i["onboarding"]},
    )
    return {
        "month": found.per_month.value,
        "annual": total(found),
        "year1": found.first_year.value,
    }


def t36(i: Inputs) -> Answer:
    found = [arithmetic.seat_hours(people, i["hours"]) for people in i["l1"]]
    return {
        "seat_hours": [sat for sat, _, _ in found],
        "share_of_168": [share for _, share, _ in found],
        "hours_short": [short for _, _, short in found],
    }


ANSWERS: dict[str, Callable[[Inputs], Answer]] = {
    "T01": t01,
    "T02": lambda i: {
        "benefits": line(cost(Option.INTERNAL, {"people": 1, **i}), "benefits"),
    },
    "T04": lambda i: {
        "turnover": line(
            cost(
                Option.INTERNAL,
                {"people": 1, "salary": i["salary"], "turnover_share": i["turnover_cost_share"]},
            ),
            "turnover",
        ),
    },
    "T06": t06,
    "T07": t07,
    "T09": t09,
    "T11": t11,
    "T12": t11,
    "T14": lambda i: {
        "outage_cost": arithmetic.outage(i["days_down"], i["value_per_day"]),
    },
    "T16": t17,
    "T17": t17,
    "T19": lambda i: {"option": arithmetic.after_saving(i["baseline"], i["saving"])},
    "T21": lambda i: {
        "frt_change": arithmetic.change(*i["frt_min"]),
        "sev1_change": arithmetic.change(*i["sev1_h"]),
        "mttr_factor": arithmetic.after_saving(1, i["mttr_cut"]),
    },
    "T22": t22,
    "T24": t24,
    "T26": lambda i: {
        "month": arithmetic.own_time(i["threshold_hours_month"], i["value_per_hour"]),
    },
    "T27": lambda i: {
        f"workstations_break_even_{end}_fee": break_even.workstations_for(i["internal_month"], fee)
        for end, fee in zip(("low", "high"), i["fee"], strict=True)
    },
    "T29": lambda i: {
        f"n_at_{fee}": break_even.workstations_for(i["inhouse_annual"] / 12, fee)
        for fee in i["fee"]
    },
    "T31": t31,
    "T32": lambda i: {
        "lost_value": cash_flow.lost_in_steps(
            i["fee_month"],
            [(i["ramp_days"], i["eff_ramp"]), (i["maturity_days"], i["eff_mid"])],
        ),
    },
    "T34": lambda i: {
        "fte_no_shrinkage": arithmetic.people_per_post(0, i["paid_week"]),
        "shrinkage_at_4": arithmetic.shrinkage_at(4, i["paid_week"]),
        "shrinkage_at_5": arithmetic.shrinkage_at(5, i["paid_week"]),
    },
    "T36": t36,
    "T37": lambda _: {
        "loading_factor": arithmetic.loading(
            sum(notes.IN_HOUSE_TABLE.values()), notes.IN_HOUSE_TABLE["salaries"]
        ),
        "loading_factor_high": arithmetic.loading(
            sum((notes.IN_HOUSE_TABLE | {"gaps": 10_000}).values()),
            notes.IN_HOUSE_TABLE["salaries"],
        ),
    },
    "T39": t39,
    "T41": lambda i: {
        "break_even_calls_per_month": break_even.calls_for_fee(
            arithmetic.subscription(i["workstations"], i["fee"]),
            i["expert_price"],
            i["plan_month"],
        ),
    },
    "T42": lambda i: {
        "payback_months": cash_flow.payback_months(
            i["one_off"], i["monthly_old"], i["monthly_new"]
        ),
    },
    "T44": t44,
    "T46": t46,
    "T47": t47,
    "T49": lambda i: {
        "utilisation": arithmetic.utilisation(
            i["handle_h_month"], i["fte"], i["paid_h_month"], i["shrinkage"]
        ),
    },
    "T51": t51,
    "T52": lambda i: {
        "break_fix_annual_sd": distributions.sd_of_independent(
            i["incident_cost_sd"], 12 * i["incidents_per_month"]
        ),
        "managed_annual_sd": Fixed(i["fee_month"]).sd,
    },
}


def test_every_given_case_has_its_answer() -> None:
    assert set(ANSWERS) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_case(name: str) -> None:
    case = CASES[name]
    found = ANSWERS[name](case["inputs"])
    close = {"abs": max(case["tol_abs"], 1e-9), "rel": 0}
    for key, expected in case["expected"].items():
        is_words = isinstance(expected, list) and isinstance(expected[0], str)
        assert found[key] == (expected if is_words else pytest.approx(expected, **close)), key


NAMES = {
    "salary_l1": "salary",
    "benefit_rate": "benefit_rate",
    "tools_per_fte": "tools_per_person",
    "training": "training_per_person",
    "turnover_cost_share": "turnover_share",
    "coverage_gaps": "coverage_gaps",
    "fte_24x7": "people_per_post",
    "msp_retainer": "retainer",
    "ramp_days": "ramp_days",
    "maturity_days": "maturity_days",
    "oversight_h_week": "oversight_hours_week",
    "subscription_ws": "fee_per_workstation",
    "hybrid_base": "plan_fee",
    "owner_rate": "hour_value",
    "day_value": "day_value",
}
"""The rows of the table of defaults that count where nobody gives a number."""
ROWS = {row[0]: row for row in GOLDEN["defaults"]["rows"]}
ASKED = {
    "expert_call_price": "price_per_expert_call",
    "hourly_on_demand": "hourly_rate",
    "misaligned_share": "misaligned_share",
    "owner_hours": "internal_hours_month",
    "outage_days": "days_per_outage",
    "on_demand_incidents": "calls_per_month",
}
"""Rows without a number, or with one that only describes somebody's own case."""


@pytest.mark.parametrize("row", NAMES)
def test_a_default_is_the_one_its_document_prints(row: str) -> None:
    _, _, low, mode, high, _, seed, _ = ROWS[row]
    default = INPUTS[NAMES[row]].default
    assert default is not None
    found = default.range
    assert (found.low, found.high) == (low, high)
    assert found.likely == (mode if not isinstance(found, Uniform) else (low + high) / 2)
    assert default.source.startswith(seed)


@pytest.mark.parametrize("row", ASKED)
def test_what_no_document_prints_for_all_is_asked_for(row: str) -> None:
    assert row in ROWS
    assert INPUTS[ASKED[row]].default is None


def test_every_other_default_has_a_document() -> None:
    known = {*NAMES.values(), "plans"}
    assert {name for name, each in INPUTS.items() if each.default} == known
