"""How near to the best a cover comes in the time given.

Prints one JSON line. Sizes are columns x slots: 10 x 24, 100 x 168 and 1,008 x 336 half hours
(48 starts x 7 first days x 3 patterns), each with a curve of two peaks that needs few and many
people, at one price and with night premiums. `gap` is between the cover and its proved bound after
at most `--seconds` (40). `instance1` solves a file of the shift scheduling benchmarks if its path
is given with `--benchmark`; the files are not part of this project.
"""

import argparse
import json
import random
import sys
from datetime import date
from math import exp
from pathlib import Path
from time import perf_counter, process_time

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from commondesk.core.planner.roster.benchmark import task_of  # noqa: E402
from commondesk.core.planner.roster.columns import (  # noqa: E402
    Column,
    Pattern,
    Post,
    Region,
    columns_of,
)
from commondesk.core.planner.roster.cover import cover  # noqa: E402
from commondesk.core.planner.roster.named import assign  # noqa: E402
from commondesk.core.planner.roster.question import by_people  # noqa: E402

MONDAY = date(2026, 1, 5)
TO_REACH = {"gap_1008x336": 0.02, "seconds": 40}
HALF_HOURS = tuple(at / 2 for at in range(48))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--benchmark", type=Path)
    args = parser.parse_args()
    figures: dict[str, object] = {"benchmark": "plan_roster", "seconds": args.seconds}
    for name, columns, slot_h in sizes():
        for many, scale in (("few", 0.3), ("many", 1.0)):
            needed = curve(slot_h, scale)
            for price, priced in (("one_price", by_people(columns)), ("premiums", columns)):
                began, cpu = perf_counter(), process_time()
                found = cover(priced, {"seat": needed}, slot_h=slot_h, limit_s=args.seconds)
                figures[f"{name}_{many}_{price}"] = {
                    "columns": len(columns),
                    "people": found.people,
                    "total": round(found.total, 2),
                    "bound": round(found.bound, 2),
                    "lp_bound": round(found.lp_bound, 2),
                    "gap": round(found.gap, 4),
                    "uncovered_h": found.uncovered_h,
                    "by": found.by,
                    "s": round(perf_counter() - began, 1),
                    "cpu_s": round(process_time() - cpu, 1),
                }
    if args.benchmark:
        began = perf_counter()
        roster = assign(task_of(args.benchmark.read_text()), limit_s=args.seconds)
        figures[args.benchmark.stem.lower()] = {
            "penalty": roster.penalty,
            "bound": round(roster.bound, 2),
            "s": round(perf_counter() - began, 2),
        }
    figures["to_reach"] = TO_REACH
    print(json.dumps(figures))


def sizes() -> list[tuple[str, tuple[Column, ...], float]]:
    """Columns of three sizes, and their slots in hours."""
    region = (Region("HQ", 0.0),)
    post = (Post("HQ", "seat", 1000.0, night_premium=0.25),)

    def columns(slot_h: float, *patterns: Pattern) -> tuple[Column, ...]:
        return columns_of(region, post, patterns, week=MONDAY, slot_h=slot_h)

    hours = tuple(float(at) for at in range(6, 20))
    return [
        ("10x168", columns(1.0, Pattern("5x8", 5, 8, tuple(range(0, 20, 4)), (0, 2)))[:10], 1.0),
        ("98x168", columns(1.0, Pattern("5x8", 5, 8, hours)), 1.0),
        (
            "1008x336",
            columns(
                0.5,
                Pattern("5x8", 5, 8, HALF_HOURS),
                Pattern("4x10", 4, 10, HALF_HOURS),
                Pattern("3x12", 3, 12, HALF_HOURS),
            ),
            0.5,
        ),
    ]


def curve(slot_h: float, scale: float) -> list[float]:
    """Seats needed: two peaks a day, fewer at the weekend, a tenth of chance."""
    chance = random.Random(1)
    needed = []
    for slot in range(round(168 / slot_h)):
        hour, day = slot * slot_h % 24, slot * slot_h // 24
        peaks = 14 * exp(-(((hour - 10.5) / 2.5) ** 2)) + 12 * exp(-(((hour - 15.5) / 2.5) ** 2))
        seats = (1.0 if day < 5 else 0.45) * (3 + peaks) * scale * chance.uniform(0.9, 1.1)
        needed.append(float(max(1, round(seats))))
    return needed


if __name__ == "__main__":
    main()
