"""How long the queues of the planner take: Erlang C, Erlang A, and the business-clock queue.

Run as `python benchmarks/plan_queues.py`; prints one JSON line, processor time in microseconds for
Erlang and in milliseconds for the rest. Loads and desks grow tenfold from step to step, so that
growth can be seen; the desk of the target has 800 tickets a month. `search` is what a
person waits for: the fewest agents, and the fewest with 30 % more tickets.
"""

import json
from collections.abc import Callable
from functools import partial
from math import ceil
from time import process_time

from commondesk.core.planner.demand.demand import Demand, TierWork
from commondesk.core.planner.queueing.abandonment import impatient_queue
from commondesk.core.planner.queueing.business_queue import (
    Stretch,
    business_queue,
    grown,
    open_week,
    required,
    staffed,
)
from commondesk.core.planner.queueing.erlang import required as required_erlang
from commondesk.core.planner.queueing.erlang import wait_probability
from commondesk.core.planner.queueing.general import mdc_wait
from commondesk.core.planner.simulation.model import Hours
from commondesk.core.planner.staffing.plan import plan
from commondesk.core.planner.staffing.question import Promise, Question

LOADS = (10, 100, 1_000, 10_000)
TICKETS = (80, 800, 8_000)
"""A month of 21 working days."""
WORK, TARGET, SHARE = 0.5, 1.0, 0.9
LEAST_SECONDS = 0.1


def took(work: Callable[[], object], least: float = LEAST_SECONDS) -> float:
    """Seconds of processor time, in the mean of as many runs as fill the least time."""
    runs, begun = 0, process_time()
    while runs == 0 or process_time() - begun < least:
        work()
        runs += 1
    return (process_time() - begun) / runs


def week_of(tickets: int) -> tuple[Stretch, ...]:
    """A fifth comes while closed, before Monday twice as many as before another day."""
    a_week = tickets / 21 * 5
    days = [(a_week * 0.2 * weight / 6, a_week * 0.8 / 40) for weight in (2, 1, 1, 1, 1)]
    return open_week(days, 8, 1)


def erlang() -> dict[str, dict[int, float]]:
    """Microseconds by load."""
    found: dict[str, dict[int, float]] = {"erlang_c": {}, "required": {}, "erlang_a": {}, "mdc": {}}
    for load in LOADS:
        agents = ceil(load + 2 * load**0.5)
        cases: dict[str, Callable[[], object]] = {
            "erlang_c": partial(wait_probability, load, agents),
            "required": partial(required_erlang, load, 180.0, 20.0, 0.8),
            "erlang_a": partial(impatient_queue, load, 1.0, 1.0, agents),
            "mdc": partial(mdc_wait, load, 1.0, agents),
        }
        for name, work in cases.items():
            found[name][load] = round(took(work) * 1e6, 2)
    return found


def business_clock() -> dict[str, dict[int, float]]:
    """Milliseconds by tickets a month; agents and states present are told beside."""
    found: dict[str, dict[int, float]] = {
        each: {} for each in ("agents", "states", "evaluation_ms", "search_ms")
    }
    for tickets in TICKETS:
        week = week_of(tickets)
        agents = required(week, WORK, TARGET, SHARE)
        enough = staffed(week, agents)
        found["agents"][tickets] = agents
        found["states"][tickets] = business_queue(enough, WORK).states
        found["evaluation_ms"][tickets] = ms(partial(evaluated, enough))
        found["search_ms"][tickets] = ms(partial(searched, week))
    return found


def evaluated(week: tuple[Stretch, ...]) -> float:
    return business_queue(week, WORK).started_within(TARGET)


def searched(week: tuple[Stretch, ...]) -> list[int]:
    return [required(each, WORK, TARGET, SHARE) for each in (week, grown(week, 1.3))]


def ms(work: Callable[[], object]) -> float:
    return round(took(work) * 1e3, 2)


def whole_plan() -> float:
    """Milliseconds of the whole answer for 800 tickets a month: table, other weeks, backlog."""
    demand = Demand(TICKETS[1] / 21 * 5, (TierWork("L1", WORK),), closed_share=0.2)
    question = Question(demand, Hours.office(), (Promise("", 1.0, TARGET, 8.0),), shrinkage=0.3)
    return ms(lambda: plan(question))


def main() -> None:
    print(
        json.dumps(
            {
                "benchmark": "plan_queues",
                "microseconds_by_load": erlang(),
                "business_clock_by_tickets_a_month": business_clock(),
                "whole_plan_ms": whole_plan(),
            }
        )
    )


if __name__ == "__main__":
    main()
