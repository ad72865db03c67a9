"""How often each rule occurs among random cases."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from tests.oracle.calculator import Record
from tests.oracle.candidates import OCCURRED
from tests.oracle.cycles import stretches_of
from tests.oracle.grouping import cases_of
from tests.oracle.presets import PRESETS
from tests.oracle.reading import DAY, Raw, minute

Labels = set[str]


def report(
    random_case: Callable[[random.Random], Raw],
    random_lens: Callable[[random.Random], Raw],
    cases: int,
) -> None:
    """Print in how many percent of the cases each rule occurs, and the time it took."""
    counts: Counter[str] = Counter()
    tickets = lenses = 0
    spent = 0.0
    for seed in range(cases):
        rng = random.Random(seed)
        case = random_case(rng)
        chosen = [*PRESETS.values(), random_lens(rng), random_lens(rng), random_lens(rng)]
        OCCURRED.clear()
        begun = time.perf_counter()
        record = Record(case, minute(case["now"]))
        units = [(lens, record.units(lens)) for lens in chosen]
        spent += time.perf_counter() - begun
        tickets, lenses = tickets + len(record.tickets), len(chosen)
        counts.update(_told(case, record) | _answered(units))
        counts.update(f"rule {name}" for name, times in OCCURRED.items() if times)
    for label, count in sorted(counts.items()):
        print(f"{100 * count / cases:5.1f} %  {label}")
    print(f"{1000 * spent / tickets / lenses:.2f} ms a ticket and lens, {tickets} tickets")


def _told(case: Raw, record: Record) -> Labels:
    """What the events reach into."""
    labels: Labels = set()
    for ticket in record.tickets:
        labels |= {f"event {event.did}" for event in ticket.events}
        labels |= {f"wait {wait.on}" for wait in ticket.waits}
        labels |= {f"opening {ticket.opening}"}
        labels |= {"no charter"} if ticket.charter is None else set()
        labels |= {f"message {name}" for event in ticket.events for name in _message(event.raw)}
        instants = [event.at for event in ticket.events]
        labels |= {"equal instants"} if len(set(instants)) < len(instants) else set()
        waits = sorted((wait.begin, wait.end or record.now) for wait in ticket.waits)
        pairs = pairwise(waits)
        labels |= {"overlapping waits" for (_, end), (begin, _) in pairs if begin < end}
    labels |= {f"calendar {name}" for name in record.calendars}
    labels |= {"merged"} if record.merges else set()
    labels |= {"several charter versions"} if len(case.get("charters", [])) > 1 else set()
    labels |= {"calendar versions"} if record.entered else set()
    for each in cases_of(record.tickets, record.merges, 3 * DAY):
        labels |= {"disguised"} if len(each.tickets) > 1 else set()
        labels |= {"disguised, likely"} if each.is_likely else set()
        labels |= {"disguised, sure"} if len(each.tickets) > 1 and not each.is_likely else set()
        labels |= {"disguised, chain"} if len(each.tickets) > 2 else set()
        labels |= {f"{min(len(stretches_of(each)), 4)} stretches"}
    return labels


def _message(raw: Raw) -> list[str]:
    if raw["did"] == "received":
        return ["received automatic"] if raw.get("automatic") else [f"received {raw['by']}"]
    if raw["did"] != "replied":
        return []
    found = [name for name in ("templated", "to", "asks") if raw.get(name)]
    found += ["undelivered"] if raw.get("delivered") == "never" else []
    found += ["delayed"] if raw.get("delivered") not in (None, "never") else []
    return [*found, f"by {raw['by']}"]


def _answered(units: list[tuple[Raw, list[Raw]]]) -> Labels:
    """What the answers show."""
    labels: Labels = set()
    for lens, found in units:
        for unit in found:
            labels |= {f"{unit['clock']} {unit['verdict']}", f"state {unit['state']}"}
            labels |= {f"flag {flag}" for flag in unit["flags"]}
            if unit["state"] == "paused" and unit["verdict"] == "missed":
                labels.add("missed and paused")
            if unit["cycle"] and unit["clock"] == "resolution":
                labels.add(f"further cycle under {lens['reopen']}")
    return labels
