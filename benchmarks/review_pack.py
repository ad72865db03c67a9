"""How long it takes to make a review pack, stage by stage, and how large it gets.

Run as `python benchmarks/review_pack.py [EXPORT]`; prints one JSON line, times in seconds on the
wall and of all processors. Without an export a log of 100,000 rows is generated.
"""

import io
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from commondesk.readers.export import Source
from commondesk.review.pack import reading, rows, working
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.material import Material
from commondesk.review.pack.page import page_of
from commondesk.review.pack.terms import terms_of

T = TypeVar("T")


ROWS = 100_000


def main() -> None:
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        name, content = path.name, path.read_bytes()
    else:
        from benchmarks.import_log import generated

        name, content = "generated.csv", generated(ROWS)
    print(json.dumps({"benchmark": "review_pack", "export": name, **measured(name, content)}))


def measured(name: str, content: bytes) -> dict[str, float]:
    """Each stage on the wall and in processor time, and what came of it."""
    stages = Stages()
    terms = terms_of(None)
    source = Source(name, io.BytesIO(content))
    exhibit = stages.timed("read", lambda: reading.exhibit_of([source], None, lambda _: None))
    facts = stages.timed(
        "facts",
        lambda: working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at),
    )
    found = stages.timed("rows", lambda: rows.rows_of(exhibit))
    figures = Figures(Material(exhibit, terms, found, facts))
    document = stages.timed("figures", lambda: document_of(figures))
    page = stages.timed("page", lambda: page_of(figures))
    return {
        "rows": exhibit.quality.rows,
        "tickets": len(found),
        "figures": len(figures.entries),
        **stages.times,
        "json_kb": round(len(json.dumps(document)) / 1000),
        "page_mb": round(len(page.encode()) / 1e6, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


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
