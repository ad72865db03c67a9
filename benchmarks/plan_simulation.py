"""How fast a desk is played through, and how near it comes to the business-clock queue.

Prints one JSON line. Played is a desk of 3 skills, 4 priorities, 2 tiers and shifts with a given
number of tickets a year: 600, 6,000 and 60,000, a hundred runs of a year by the compiled engine
and `--plain-runs` (10) by the plain one, told as CPU seconds of a hundred. `draws`, `loop` and
`figures` are their parts. `--desks 50` desks that close at night, with arrivals, work, agents and
target by chance, are played and reckoned: `agree` counts those that lie within the 95 % interval
or half a point.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from time import perf_counter, process_time

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from commondesk.core.planner.queueing.business_queue import (  # noqa: E402
    business_queue,
    least_agents,
    open_week,
)
from commondesk.core.planner.simulation.draws import drawn  # noqa: E402
from commondesk.core.planner.simulation.figures import Counter  # noqa: E402
from commondesk.core.planner.simulation.layout import layout_of  # noqa: E402
from commondesk.core.planner.simulation.model import (  # noqa: E402
    YEAR_WEEKS,
    Flow,
    Hours,
    Model,
    Priority,
    Shape,
    Shift,
    Team,
    Tier,
    Work,
    spread,
)
from commondesk.core.planner.simulation.run import player, run  # noqa: E402

SIZES = (600, 6_000, 60_000)
RUNS = 100
WARM_UP = 1
TO_REACH = {"compiled_60000_cpu_s": 2.5, "plain_60000_cpu_s": 60.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain-runs", type=int, default=10)
    parser.add_argument("--desks", type=int, default=50)
    args = parser.parse_args()
    figures: dict[str, object] = {"benchmark": "plan_simulation", "runs": RUNS}
    began = perf_counter()
    run(desk(600), weeks=1, warm_up=0)
    figures["compiling_s"] = round(perf_counter() - began, 2)
    for size in SIZES:
        figures |= measured(desk(size), size, args.plain_runs)
    figures |= agreement(args.desks)
    figures["to_reach"] = TO_REACH
    print(json.dumps(figures))


def measured(model: Model, size: int, plain_runs: int) -> dict[str, object]:
    """CPU seconds of a hundred runs by either engine, and whether their figures are equal."""
    found: dict[str, object] = {}
    cpu, wall = process_time(), perf_counter()
    outcome = run(model, runs=RUNS, warm_up=WARM_UP)
    found[f"compiled_{size}_cpu_s"] = round(process_time() - cpu, 2)
    found[f"compiled_{size}_s"] = round(perf_counter() - wall, 2)
    found[f"tickets_{size}"] = outcome.tickets
    cpu = process_time()
    plain = run(model, runs=plain_runs, warm_up=WARM_UP, engine="plain")
    found[f"plain_{size}_cpu_s"] = round((process_time() - cpu) * RUNS / plain_runs, 2)
    same = run(model, runs=plain_runs, warm_up=WARM_UP)
    found[f"identical_{size}"] = same.figures == plain.figures
    return found | parts(model, size)


def parts(model: Model, size: int) -> dict[str, object]:
    """Where the time of one compiled run goes, in CPU milliseconds: the best of five."""
    layout, counter, play = layout_of(model), Counter(model, WARM_UP, 52), player("compiled")[1]
    best = [float("inf")] * 3
    for each in range(5):
        times = [process_time()]
        plan = drawn(model, weeks=52 + WARM_UP + 2, seed=1, run=each, counted_from=0.0)
        times.append(process_time())
        trace = play(plan, layout)
        times.append(process_time())
        counter.count(plan, trace)
        times.append(process_time())
        best = [min(b, j - i) for b, i, j in zip(best, times, times[1:], strict=False)]
    return {
        f"{name}_{size}_ms": round(span * 1000, 1)
        for name, span in zip(("draws", "loop", "figures"), best, strict=True)
    }


def desk(tickets: int) -> Model:
    """A desk with so many tickets a year, and people in proportion."""
    day = [0.2] * 7 + [1, 3, 5, 6, 6, 5, 4, 5, 6, 5, 4, 2, 1] + [0.3] * 4
    week = day * 5 + [0.15] * 48
    factor = tickets / YEAR_WEEKS / sum(week)
    scale = max(1, round(tickets / 15_000))
    office = Hours.office(8, 18)
    early_and_late = tuple(Shift(d * 24 + at, 8, scale) for d in range(5) for at in (7, 10))
    night = tuple(Shift(d * 24 + at, 8, 1) for d in range(7) for at in (0, 8, 16))
    second = tuple(Shift(d * 24 + 9, 8, 2 * scale) for d in range(5))
    third = tuple(Shift(d * 24 + 9, 8, scale) for d in range(5))
    return Model(
        (
            Priority("P1", 0.5, 4),
            Priority("P2", 1, 8, office),
            Priority("P3", 4, 16, office),
            Priority("P4", 8, 40, office),
        ),
        (
            Tier(
                "L1",
                (
                    Team("mail and pc", early_and_late, ("mail", "pc")),
                    Team("pc and net", early_and_late, ("pc", "net")),
                    Team("night", night),
                ),
                0.3,
            ),
            Tier(
                "L2", (Team("L2 pc", second, ("mail", "pc")), Team("L2 net", third, ("pc", "net")))
            ),
        ),
        spread(
            "all",
            [each * factor for each in week],
            (Work(0.25, cv=1.2), Work(1.0, cv=1.5)),
            priorities=(0.05, 0.15, 0.5, 0.3),
            skills=(("mail", 0.4), ("pc", 0.4), ("net", 0.2)),
        ),
    )


def agreement(desks: int) -> dict[str, object]:
    """How many desks that close come out alike by simulation and by the business-clock queue."""
    chance = random.Random(20250310)
    agree, worst = 0, 0.0
    for number in range(desks):
        rate, work = chance.uniform(1, 10), chance.choice((0.25, 0.5, 1.0))
        batches = [rate * chance.uniform(0.5, 4) for _day in range(5)]
        days = [(batch, rate) for batch in batches]
        agents = least_agents(open_week(days, 8, 1), work) + chance.randrange(3)
        target = chance.choice((0.5, 1.0, 4.0))
        exact = business_queue(open_week(days, 8, agents), work).started_within(target)
        model = closing(rate, batches, work, agents, target)
        played = run(model, runs=16, weeks=250, warm_up=25, seed=number)
        found = played.figures.priorities[0].first_response.attained
        assert found.value is not None
        away = abs(found.value - exact)
        agree += found.holds(exact) or away <= 0.005
        worst = max(worst, away)
    return {"desks": desks, "agree": agree, "farthest_points": round(worst * 100, 2)}


def closing(rate: float, batches: list[float], work: float, agents: int, target: float) -> Model:
    """A desk open 9 to 17 on weekdays, with what came by night just before opening."""
    per_hour = [0.0] * 168
    for day, batch in enumerate(batches):
        per_hour[day * 24 + 8] = batch
        for hour in range(9, 17):
            per_hour[day * 24 + hour] = rate
    shifts = tuple(Shift(day * 24 + 9, 8, agents) for day in range(5))
    return Model(
        (Priority("all", target, None, Hours.office()),),
        (Tier("L1", (Team("one", shifts),)),),
        (Flow("all", tuple(per_hour), (Work(work, Shape.EXPONENTIAL),)),),
    )


if __name__ == "__main__":
    main()
