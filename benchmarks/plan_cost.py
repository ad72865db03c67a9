"""How long the costs of nine options take: all draws, outputs and tornados, and what a page asks.

Run as `python benchmarks/plan_cost.py`; prints one JSON line, CPU seconds. The case is the one
that docs/planning/cost.md shows, in which each option has its ranges. Each step draws ten times as
many years as the one before; `page` is one whole comparison at 20,000 draws, with its scenarios,
months and notes.
"""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

import yaml

from commondesk.core.planner.cost import draws, tornado
from commondesk.core.planner.cost.comparison import compared
from commondesk.core.planner.cost.costing import Costing
from commondesk.core.planner.cost.section import costing_of_data
from commondesk.core.planner.cost.sheet import sheets_of
from commondesk.planning.export.xlsx import workbook

CASE = Path(__file__).parents[1] / "docs" / "planning" / "cost.md"
STEPS = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
TIMES = 3


def main() -> None:
    costing = _costing()
    draws.draw(costing, count=100)
    figures = {}
    for label, count in STEPS.items():
        times = TIMES if count < max(STEPS.values()) else 1
        figures[f"draws_{label}_s"] = _least(partial(_all, costing, count), times)
    figures["page_s"] = _least(lambda: compared(costing), TIMES)
    figures["workbook_s"] = _least(lambda: workbook(costing), TIMES)
    numbers = {each.key for sheet in sheets_of(costing) for each in sheet.numbers.values()}
    rounded = {name: round(seconds, 4) for name, seconds in figures.items()}
    about = {"options": len(costing.candidates), "numbers": len(numbers)}
    print(json.dumps({"benchmark": "plan_cost", **about, **rounded}))


def _all(costing: Costing, count: int) -> None:
    draws.draw(costing, count=count)
    tornado.tornados(costing)


def _costing() -> Costing:
    text = re.search(r"```yaml\n(.*?)```", CASE.read_text(encoding="utf-8"), re.DOTALL)
    assert text
    found, _ = costing_of_data(yaml.safe_load(text[1])["cost"])
    assert found
    return found


def _least(work: Callable[[], object], times: int) -> float:
    """The least of a few runs: the others waited for something else."""
    found = []
    for _ in range(times):
        began = process_time()
        work()
        found.append(process_time() - began)
    return min(found)


if __name__ == "__main__":
    main()
