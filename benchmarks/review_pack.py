"""How long it takes to make a review pack, stage by stage, and how large it gets.

Run as `python benchmarks/review_pack.py [EXPORT] [--rows N ...] [--events N ...]`; prints one JSON
line an export, times in seconds on the wall and of all processors, and the most memory that one
process held. Without an export logs of so many rows are generated, or exchanges of so many events
whose tickets say one of 200,000 lines of text. `--charter FILE` judges them, `--data DIR` keeps the
exchanges for the next time.
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from commondesk.readers.export import Source
from commondesk.review.pack import again, bare, reading, working
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.material import Material
from commondesk.review.pack.page import page_of
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.terms import terms_of

T = TypeVar("T")

TO_REACH = (
    "UCI log 12 s on the wall; 10 million events 90 s on two cores with less than 3 GB;"
    " growth at most 1.1 times linear"
)
ROWS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[ROWS])
    parser.add_argument("--events", type=int, nargs="+", default=[])
    parser.add_argument("--data", type=Path, help="keeps exchanges for the next time")
    parser.add_argument("--charter", type=Path)
    args = parser.parse_args()
    if args.export is not None:
        told = {"benchmark": "review_pack", "to_reach": TO_REACH, "export": args.export.name}
        load = [round(each, 2) for each in os.getloadavg()]
        print(json.dumps({**told, **measured(args.export, args.charter), "load": load}))
        return
    if args.events:
        measure_exchanges(args.events, args.data, args.charter)
        return
    from benchmarks.import_log import generated

    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        for size in args.rows:
            path = Path(folder) / f"generated-{size}.csv"
            path.write_bytes(generated(size))
            measure_apart(path, args.charter)


def measure_exchanges(sizes: list[int], kept: Path | None, charter: Path | None) -> None:
    """Measure exchanges of about so many events, each in a process of its own."""
    from benchmarks import _engine_data

    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as temporary:
        for size in sizes:
            folder = (kept or Path(temporary)) / f"exchange-{size}"
            if not folder.exists():
                tickets = round(size / _engine_data.EVENTS_A_TICKET)
                _engine_data.make(tickets, folder)
                _engine_data.make_subjects(tickets, folder / bare.SUBJECTS)
            measure_apart(folder, charter)


def measure_apart(path: Path, charter: Path | None) -> None:
    """Measure in a process of its own."""
    more = ["--charter", str(charter)] if charter else []
    subprocess.run([sys.executable, __file__, str(path), *more], check=True)


def measured(path: Path, charter: Path | None) -> dict[str, Any]:
    """Each stage on the wall and in processor time, and what came of it."""
    gc.disable()
    stages = Stages()
    terms = terms_of(charter.read_bytes() if charter else None)
    exhibit = stages.timed("read", lambda: exhibit_of(path))
    facts = stages.timed(
        "facts",
        lambda: working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at),
    )
    figures = Figures(Material(exhibit, terms, facts))
    document = stages.timed("figures", lambda: document_of(figures))
    page = stages.timed("page", lambda: page_of(figures))
    shares = str(facts.shares)
    peaks = [
        resource.getrusage(which).ru_maxrss // 1024
        for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return {
        "rows": exhibit.quality.rows,
        "tickets": len(exhibit.tickets),
        "events": exhibit.quality.events,
        "figures": len(figures.entries),
        "shares": shares,
        **stages.times,
        "json_kb": round(len(json.dumps(document)) / 1000),
        "page_mb": round(len(page.encode()) / 1e6, 2),
        "peak_mb": peaks[0],
        "peak_of_the_others_mb": peaks[1],
    }


def exhibit_of(path: Path) -> Exhibit:
    """An export, or a folder of tables."""
    if path.is_dir():
        return again.exhibit_of(path, None, lambda _: None)
    with path.open("rb") as file:
        return reading.exhibit_of([Source(path.name, file)], None, lambda _: None)


class Stages:
    """Times of stages, and their sum."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {"all_s": 0.0, "all_cpu_s": 0.0}

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """Do the work, and keep how long it took."""
        wall, cpu = perf_counter(), processor_time()
        done = work()
        for key, spent in (("s", perf_counter() - wall), ("cpu_s", processor_time() - cpu)):
            self.times[f"{name}_{key}"] = round(spent, 2)
            self.times[f"all_{key}"] = round(self.times[f"all_{key}"] + spent, 2)
        return done


def processor_time() -> float:
    """Of this process and of all that it waited for."""
    return sum(
        each.ru_utime + each.ru_stime
        for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
