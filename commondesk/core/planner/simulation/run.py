"""Simulate a desk: many runs of many weeks, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from os import cpu_count

from ...texts import gettext
from .draws import Plan, drawn
from .figures import Counter, Figures, RunFigures, gathered
from .layout import Layout, layout_of
from .model import WEEK_H, Model, UnusableModel, check
from .plain import Trace

LEAST_RUNS = 8
MOST_RUNS = 1_000
MOST_THREADS = 4
"""Compiled runs are played beside each other, as they leave the interpreter."""

Player = Callable[[Plan, Layout], Trace]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a simulation, and what makes it repeatable.

    engine is `compiled` or `plain`; both give the same figures. note says how to be faster where
    the compiled one is not installed. fingerprint is a hash of everything that was put in."""

    figures: Figures
    runs: int
    weeks: int
    warm_up: int
    seed: int
    engine: str
    note: str
    fingerprint: str
    tickets: int
    """Played in all runs together, warm-up included."""


def run(
    model: Model,
    *,
    runs: int = LEAST_RUNS,
    weeks: int = 52,
    warm_up: int = 4,
    seed: int = 1,
    engine: str = "",
) -> Outcome:
    """Simulate a desk. The first warm_up weeks are played but not counted, and tickets go on
    arriving for two weeks behind the last counted one.

    engine is `plain`, `compiled`, or empty for the faster one that is here.
    Raises UnusableModel, or Overloaded where the people cannot keep up."""
    if not LEAST_RUNS <= runs <= MOST_RUNS or weeks < 1 or warm_up < 0:
        raise UnusableModel(
            [
                gettext(
                    "A simulation wants %(least)s to %(most)s runs of at least one week; fewer"
                    " runs would mislead."
                )
                % {"least": LEAST_RUNS, "most": MOST_RUNS}
            ]
        )
    lasting = warm_up + weeks + 2
    check(model, weeks=lasting)
    named, play = player(engine)
    layout = layout_of(model)
    counter = Counter(model, warm_up, weeks)

    def once(number: int) -> tuple[RunFigures, int]:
        plan = drawn(model, weeks=lasting, seed=seed, run=number, counted_from=warm_up * WEEK_H)
        return counter.count(plan, play(plan, layout)), len(plan.arrival)

    if named == "compiled":
        first = once(0)  # alone, as it may have to compile
        with ThreadPoolExecutor(min(MOST_THREADS, cpu_count() or 1)) as threads:
            played = [first, *threads.map(once, range(1, runs))]
    else:
        played = [once(number) for number in range(runs)]
    return Outcome(
        gathered(model, [figures for figures, _tickets in played]),
        runs,
        weeks,
        warm_up,
        seed,
        named,
        "" if named == "compiled" else slow_note(),
        sha256(repr((model, runs, weeks, warm_up, seed)).encode()).hexdigest()[:16],
        sum(tickets for _figures, tickets in played),
    )


def player(engine: str = "") -> tuple[str, Player]:
    """The engine that plays runs, with its name. Raises UnusableModel for one that is not here."""
    from importlib.util import find_spec

    from .plain import played

    is_here = find_spec("numba") is not None
    if engine == "plain" or (not engine and not is_here):
        return "plain", played
    if not is_here:
        raise UnusableModel([slow_note()])
    from .compiled import played as fast

    return "compiled", fast


def slow_note() -> str:
    """One sentence on how simulations become faster."""
    return gettext(
        "Simulated in plain Python; the extra `simulation` (`pip install numba`) makes it several"
        " times faster and changes no figure."
    )


def compared(scenarios: Mapping[str, Model], **how: int) -> dict[str, Outcome | UnusableModel]:
    """Simulate several desks on the same tickets: what differs is the scenario, not chance. A
    desk that cannot keep up is answered by the reason."""
    found: dict[str, Outcome | UnusableModel] = {}
    for name, model in scenarios.items():
        try:
            found[name] = run(model, **how)  # type: ignore[arg-type]
        except UnusableModel as unusable:
            found[name] = unusable
    return found
