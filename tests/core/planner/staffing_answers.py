"""How each topic of the staffing checks is asked of the public functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commondesk.core.planner import people
from commondesk.core.planner.queueing import (
    abandonment,
    erlang,
    general,
    priorities,
    square_root,
    tiers,
    varying,
)
from commondesk.core.planner.queueing.business_queue import (
    Stretch,
    business_queue,
    open_week,
    required,
)
from commondesk.core.planner.queueing.limits import OverloadError
from commondesk.core.planner.told import worth
from commondesk.core.record.instant import HOUR, datetime_of, instant_of
from commondesk.core.service_level.calendar import WHOLE_DAY, Calendar, Window

Inputs = Mapping[str, Any]
Answers = dict[str, Any]

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONDAY = date(2026, 11, 23)


def answer(topic: str, inputs: Inputs) -> Answers:
    """What our functions say to one check."""
    return TOPICS[topic](inputs)


# ---- Erlang ---------------------------------------------------------------------------------


def erlang_b(given: Inputs) -> Answers:
    return {"blocking": erlang.blocking(given["load_erlangs"], given["servers"])}


def load_of(given: Inputs) -> float:
    load: float = given["contacts"] * given["aht_s"] / given["interval_s"]
    return load


def erlang_c(given: Inputs) -> Answers:
    load = load_of(given)
    queue = erlang.queue(load, given["aht_s"], given["agents"])
    return {
        "load_erlangs": load,
        "p_wait": queue.p_wait,
        "service_level": queue.within(given.get("target_s", 0.0)),
        "asa_s": queue.mean_wait,
        "occupancy": queue.occupancy,
        "wait_p90_s": queue.wait_quantile(0.9),
        "mean_queue": queue.mean_queue,
    }


def erlang_c_required(given: Inputs) -> Answers:
    load = given["load_erlangs"] if "load_erlangs" in given else load_of(given)
    agents = erlang.required(
        load,
        given["aht_s"],
        given["target_s"],
        given["target_sl"],
        given.get("max_occupancy", 1.0),
    )
    return {
        "agents_on_queue": agents,
        "agents_rostered": erlang.rostered(agents, given.get("shrinkage", 0.0)),
    }


def erlang_c_unstable(given: Inputs) -> Answers:
    try:
        erlang.queue(load_of(given), given["aht_s"], given["agents"])
    except OverloadError as overload:
        return {"error": "unstable", "load_erlangs": overload.load}
    return {}


def volume_plus(given: Inputs) -> Answers:
    def agents(load: float) -> int:
        return erlang.required(load, given["aht_s"], given["target_s"], given["target_sl"])

    loads = given["loads_before"]
    return {
        "agents_before": [agents(load) for load in loads],
        "agents_after": [agents(people.grown(load, given["growth"])) for load in loads],
    }


def pooling(given: Inputs) -> Answers:
    def agents(load: float) -> int:
        return erlang.required(load, given["aht_s"], given["target_s"], given["target_sl"])

    return {
        "separate_total": 2 * agents(given["two_teams_load_each"]),
        "pooled": agents(given["pooled_load"]),
    }


def erlang_a(given: Inputs) -> Answers:
    queue = abandonment.impatient_queue(
        given["arrivals_per_h"], given["mean_service_h"], given["mean_patience_h"], given["agents"]
    )
    return {
        "p_wait": queue.p_wait,
        "p_abandon": queue.p_abandon,
        "mean_wait_h": queue.mean_wait,
        "mean_wait_s": queue.mean_wait * 3600,
        "mean_queue": queue.mean_queue,
        "occupancy": queue.occupancy,
        "answered_within_target": queue.answered_within(given.get("target_h", 0.0)),
        "wait_p90_h": queue.wait_quantile(0.9),
    }


def erlang_a_limit(given: Inputs) -> Answers:
    return {"p_wait_close_to_erlang_c": erlang_a(given)["p_wait"]}


def square_root_vs_exact(given: Inputs) -> Answers:
    return {
        "sqrt_rule": [
            [square_root.square_root_agents(load, alpha) for load in given["loads"]]
            for alpha in given["alpha"]
        ],
        "exact_erlang_c": [
            [erlang.required_for_delay(load, alpha) for load in given["loads"]]
            for alpha in given["alpha"]
        ],
    }


# ---- other work, priorities, tiers ----------------------------------------------------------


def m_d_c(given: Inputs) -> Answers:
    agents, work = given["servers"], given["service"]
    load = given["utilisation"] * agents
    return {
        "exact": general.mdc_wait(load, work, agents),
        "cosmetatos": general.cosmetatos_wait(load, work, agents),
        "half_of_mmc": general.mmc_wait(load, work, agents) / 2,
    }


def m_g_c(given: Inputs) -> Answers:
    agents, work, cv = given["servers"], given["mean_service"], given["cv"]
    load = given["utilisation"] * agents
    return {
        "allen_cunneen": general.allen_cunneen_wait(load, work, agents, cv),
        "kimura": general.kimura_wait(load, work, agents, cv),
    }


def nonpreemptive(given: Inputs) -> Answers:
    waits = priorities.priority_waits(given["lambda_by_class"], 1.0 / given["mu"], given["servers"])
    return {"mean_wait_by_class": list(waits)}


def tier_network(given: Inputs) -> Answers:
    flow = (given["arrivals_per_h"], given["escalation"], given["mean_service_h"])
    return {
        "loads_erlangs": list(tiers.tier_loads(*flow)),
        "mean_wait_h": [each.mean_wait for each in tiers.tier_queues(*flow, given["agents"])],
    }


def fcr_to_loads(given: Inputs) -> Answers:
    passed = [1.0 - given["fcr"], given["l2_to_l3"]]
    first, second, third = tiers.flows(given["tickets_per_month"], passed)
    return {"l1": first, "l2": second, "l3": third}


# ---- over the day ---------------------------------------------------------------------------


def offered_load(given: Inputs) -> Answers:
    wave = wave_of(given, given["mean_service_h"])
    return {"m_at_6h": wave.present(6), "peak_lag_h": wave.peak_lag, "peak_load": wave.peak}


def wave_of(given: Inputs, work: float) -> varying.Wave:
    return varying.Wave(given["mean_load"], given["amplitude"], given["period_h"], work)


def sipp_lag_mol(given: Inputs) -> Answers:
    found: Answers = {}
    for reading in varying.Reading:
        waits, hours = [], []
        for work in given["mean_service_h"]:
            wave = wave_of(given, work)
            agents = varying.hourly_agents(wave, reading, given["hourly_staffing_target_p_wait"])
            waits.append(max(varying.hourly_waiting(wave, agents)))
            hours.append(sum(agents))
        found |= {f"max_p_wait_{reading}": waits, f"agent_hours_{reading}": hours}
    return found


def temporary_overload(given: Inputs) -> Answers:
    found = varying.overload(given["arrivals_per_h"], given["mean_service_h"], given["agents"])
    return {
        "queue_end_exact": list(found.exact),
        "queue_end_fluid": list(found.fluid),
        "erlang_c_hours_3_4": "unstable" if all(found.is_unstable[2:4]) else "stable",
    }


# ---- business clock -------------------------------------------------------------------------


def business_clock(given: Inputs) -> Answers:
    batches = given["closed_hours_arrivals_released_at_opening"]
    rate, hours = given["arrivals_per_open_h"], given["open_hours_per_day"]
    work, agents, target = given["mean_work_h"], given["agents"], given["sla_business_h"]
    found = business_queue(open_week([(each, rate) for each in batches], hours, agents), work)
    average = found.tickets / (hours * len(batches))
    return {
        "started_within_sla": found.started_within(target),
        "mean_wait_business_h": found.mean_wait,
        "erlang_c_on_weekly_average": erlang.queue(average * work, work, agents).within(target),
        "erlang_c_open_arrivals_only": erlang.queue(rate * work, work, agents).within(target),
    }


def business_clock_staffing(given: Inputs) -> Answers:
    found = {}
    for tickets in given["tickets_per_month"]:
        found[str(tickets)] = [
            required(week_of_month(given, tickets), given["mean_work_h"], target, given["target"])
            for target in given["sla_business_h"]
        ]
    return {"agents_on_queue": found}


def week_of_month(given: Inputs, tickets: float) -> tuple[Stretch, ...]:
    """Five equal days; Monday's batch weighs more than the others."""
    week = tickets / given["workdays"] * 5
    closed = week * given["closed_share"]
    weights = [given["monday_batch_weight"], 1, 1, 1, 1]
    rate = (week - closed) / (5 * given["open_h"])
    days = [(closed * weight / sum(weights), rate) for weight in weights]
    return open_week(days, given["open_h"], agents=1)


def backlog_agents(given: Inputs) -> Answers:
    found = people.people_for_throughput(
        given["throughput_per_day"], given["aht_min"] / 60, given["productive_h_per_day"]
    ).value
    assert found is not None
    return {"agents_exact": found, "agents": people.whole(found)}


# ---- people ---------------------------------------------------------------------------------


def shrinkage_divide(given: Inputs) -> Answers:
    work = given["hours_needed"] * 0.8
    return {"correct": people.hours_from_occupancy(work, 0.8), "wrong_multiply": work * 1.2}


def utilisation(given: Inputs) -> Answers:
    found = people.utilisation(
        given["tickets_per_month"],
        given["aht_h"],
        given["agents"],
        given["paid_h_per_month"],
        given["shrinkage"],
    )
    return {
        "handle_hours": worth(found.values["work_hours"]),
        "available_hours": worth(found.values["available_hours"]),
        "utilisation": found.value,
    }


def effective_capacity(ramp: people.Ramp) -> Callable[[Inputs], Answers]:
    def found(given: Inputs) -> Answers:
        share = people.effective_share(
            given["separation_rate_per_year"],
            given["vacancy_days"],
            given["ramp_days"],
            given.get("start_productivity", given.get("ramp_productivity", 0.5)),
            ramp,
        )
        return {"effective_share": share.value}

    return found


def throughput(given: Inputs) -> Answers:
    def persons(tickets: float) -> float:
        found = people.people_by_throughput(
            tickets, given["deflection"], given["tickets_per_agent_day"], given["workdays"]
        ).value
        assert found is not None
        return found

    tickets = given["tickets_per_month"]
    before, after = persons(tickets), persons(people.grown(tickets, given["growth"]))
    return {
        "fte_before": before,
        "heads_before": people.whole(before),
        "fte_after": after,
        "heads_after": people.whole(after),
    }


# ---- calendar -------------------------------------------------------------------------------


def business_hours_clock(given: Inputs) -> Answers:
    day, clock = given["created_local"].split()
    hour, minute = (int(part) for part in clock.split(":"))
    zone = ZoneInfo("UTC")
    created = datetime(MONDAY.year, MONDAY.month, MONDAY.day, hour, minute, tzinfo=zone)
    created += timedelta(days=DAYS.index(day))
    due = calendar_of(given["calendar"]).add(instant_of(created), round(given["sla_h"] * HOUR))
    told = datetime_of(due)
    return {"due_local": f"{DAYS[told.weekday()]} {told:%H:%M}"}


def calendar_of(text: str) -> Calendar:
    """`24x7`, or `Mon-Fri 09:00-17:00`."""
    if text == "24x7":
        return Calendar(text, "UTC", (WHOLE_DAY,) * 7)
    days, hours = text.split()
    first, last = (DAYS.index(day) for day in days.split("-"))
    opens, closes = (minutes(each) for each in hours.split("-"))
    week = [(Window(opens, closes),) if first <= day <= last else () for day in range(7)]
    return Calendar(text, "UTC", tuple(week))


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


TOPICS: dict[str, Callable[[Inputs], Answers]] = {
    "erlang_b": erlang_b,
    "erlang_c": erlang_c,
    "erlang_c_required": erlang_c_required,
    "erlang_c_unstable": erlang_c_unstable,
    "volume_plus_30pct": volume_plus,
    "pooling": pooling,
    "erlang_a": erlang_a,
    "erlang_a_limit": erlang_a_limit,
    "square_root_vs_exact": square_root_vs_exact,
    "m_d_c_mean_wait": m_d_c,
    "m_g_c_lognormal_mean_wait": m_g_c,
    "nonpreemptive_priority_mmc": nonpreemptive,
    "tier_network": tier_network,
    "fcr_to_loads": fcr_to_loads,
    "mt_ginf_offered_load": offered_load,
    "sipp_vs_lag_vs_mol": sipp_lag_mol,
    "business_clock_backlog": business_clock,
    "business_clock_staffing": business_clock_staffing,
    "backlog_agents": backlog_agents,
    "temporary_overload": temporary_overload,
    "shrinkage_divide": shrinkage_divide,
    "utilisation": utilisation,
    "effective_capacity": effective_capacity(people.Ramp.STEP),
    "effective_capacity_linear_ramp": effective_capacity(people.Ramp.LINEAR),
    "throughput_fte_plus_30pct": throughput,
    "business_hours_clock": business_hours_clock,
}


def differences(given: Answers, expected: Mapping[str, Any], tol: float) -> list[str]:
    """Where the answers leave the expected values, by more than the tolerance."""
    return [
        f"{key}: {given.get(key)!r} is not {value!r}"
        for key, value in expected.items()
        if not is_near(given.get(key), value, tol)
    ]


def is_near(given: object, expected: object, tol: float) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(given, Mapping) and all(
            is_near(given.get(key), value, tol) for key, value in expected.items()
        )
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return (
            isinstance(given, Sequence)
            and len(given) == len(expected)
            and all(is_near(*pair, tol) for pair in zip(given, expected, strict=True))
        )
    if isinstance(expected, int | float) and isinstance(given, int | float):
        return abs(given - expected) <= tol + 1e-12
    return given == expected
