"""How long working time takes to compute over ten years with lunch breaks and holidays.

Run as `python benchmarks/working_time.py`; prints one JSON line, times in seconds.
Each step asks ten times as much as the one before, so that growth can be seen; every figure
includes the loop.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter

from commondesk.core.record.instant import (
    DAY,
    HOUR,
    MINUTE,
    Instant,
    instant_of,
)
from commondesk.core.service_level.calendar import (
    Calendar,
    always_open,
    parse_windows,
)

START = instant_of(datetime(2016, 1, 1, tzinfo=UTC))
END = instant_of(datetime(2026, 1, 1, tzinfo=UTC))
STEPS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
HOLIDAYS = ((1, 1), (1, 6), (3, 8), (5, 1), (5, 29), (8, 15), (10, 3), (11, 1), (12, 25), (12, 26))

Question = tuple[Instant, int]


def main() -> None:
    figures = {"compile_10_years_s": _compile_time()}
    tasks = _tasks(max(STEPS.values()))
    for label, count in STEPS.items():
        for name, (answer, questions) in tasks.items():
            figures[f"{name}_{label}_s"] = _time_of(answer, questions[:count])
    rounded = {name: round(seconds, 4) for name, seconds in figures.items()}
    print(json.dumps({"benchmark": "calendar", **rounded}))


def _compile_time() -> float:
    calendar = _office("compiled once", minute_off=1)
    began = perf_counter()
    calendar.elapsed(START, END)
    return perf_counter() - began


def _tasks(count: int) -> dict[str, tuple[Callable[[Instant, int], int], list[Question]]]:
    """What is measured, with its questions: instants anywhere in the ten years."""
    draw = random.Random(20250310)
    starts = [draw.randrange(START + 60 * DAY, END - 60 * DAY) for _ in range(count)]
    ranges = [(start, start + draw.randrange(MINUTE, 21 * DAY)) for start in starts]
    targets = [(start, draw.randrange(MINUTE, 80 * HOUR)) for start in starts]
    office = _office("office")
    office.elapsed(START, END)
    return {
        "elapsed": (office.elapsed, ranges),
        "add": (office.add, targets),
        "subtract": (office.subtract, targets),
        "always_open_add": (always_open().add, targets),
    }


def _office(name: str, minute_off: int = 0) -> Calendar:
    """Office hours with lunch and ten holidays a year; minute_off gives it a table of its own."""
    day = parse_windows(f"08:{minute_off:02d}-12:00, 13:00-17:00")
    holidays = frozenset(date(year, *on) for year in range(2016, 2026) for on in HOLIDAYS)
    return Calendar(name, "Europe/Berlin", (day,) * 5 + ((), ()), holidays)


def _time_of(answer: Callable[[Instant, int], int], questions: list[Question]) -> float:
    began = perf_counter()
    for at, other in questions:
        answer(at, other)
    return perf_counter() - began


if __name__ == "__main__":
    main()
