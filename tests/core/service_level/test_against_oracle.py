"""The core and the minute-stepping calculator agree on random tickets under every lens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from commondesk.core.record.instant import MINUTE
from commondesk.core.service_level.cases import cases_of
from commondesk.core.service_level.charter_data import lens_of
from commondesk.core.service_level.clock import Reading, read
from commondesk.core.service_level.hands import Leg, legs_of
from commondesk.core.service_level.lens import PRESETS
from commondesk.readers.case_file import Case, case_of
from tests.oracle import calculator, generator, legs, presets

TICKETS = 10_000
BATCHES = 50
RANDOM_LENSES = 2

Row = dict[str, Any]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_core_and_oracle_agree(batch: int) -> None:
    rng = random.Random(f"agreement {batch}")
    tickets = 0
    while tickets < TICKETS // BATCHES:
        seed = rng.randrange(1 << 40)
        raw = generator.random_case(random.Random(seed))
        case = case_of(raw)
        tickets += len(raw["tickets"])
        for name in PRESETS:
            compare(raw, case, presets.PRESETS[name], f"seed {seed}, lens {name}")
        for _ in range(RANDOM_LENSES):
            lens = generator.random_lens(rng)
            compare(raw, case, lens, f"seed {seed}, lens {lens}")


def compare(raw: Row, case: Case, lens: Row, label: str) -> None:
    """Both calculators tell the same units, to the minute."""
    told = calculator.units_of(raw, lens, raw["now"])
    readings = read(case.histories, case.agreement, lens_of(lens), case.now)
    assert sorted(map(row_of, readings), key=key) == sorted(told, key=key), label


def test_hands_agree() -> None:
    compared = 0
    for seed in range(80):
        raw = generator.random_case(random.Random(f"hands {seed}"))
        case = case_of(raw)
        for story in cases_of(case.histories, None, case.now):
            if story.parts:
                continue
            told = legs.legs_of(raw, story.tickets[0], raw["now"])
            mine = hands_of(legs_of(story, case.agreement(story.charter), case.now))
            assert mine["wall"] == without_zeros(told["wall"]), f"seed {seed}"
            if story.charter:
                assert mine["working"] == without_zeros(told["working"]), f"seed {seed}"
            compared += 1
    assert compared > 80


def hands_of(turns: Sequence[Leg]) -> dict[str, dict[str, int]]:
    """Minutes by hands, in working time and on the wall."""
    sums: dict[str, dict[str, int]] = {"wall": {}, "working": {}}
    for leg in turns:
        for kind, span in (("wall", leg.wall), ("working", leg.work)):
            sums[kind][leg.hands] = sums[kind].get(leg.hands, 0) + span // MINUTE
    return {kind: without_zeros(each) for kind, each in sums.items()}


def without_zeros(sums: dict[str, int]) -> dict[str, int]:
    return {hands: minutes for hands, minutes in sums.items() if minutes}


def row_of(reading: Reading) -> Row:
    """A reading in the oracle's shape."""
    return {
        "tickets": list(reading.tickets),
        "clock": reading.clock.value,
        "cycle": reading.cycle,
        "started_at": reading.started_at // MINUTE,
        "due_at": None if reading.due_at is None else reading.due_at // MINUTE,
        "ended_at": None if reading.ended_at is None else reading.ended_at // MINUTE,
        "state": reading.state.value,
        "verdict": reading.verdict.value,
        "used": reading.used // MINUTE,
        "wall": reading.wall // MINUTE,
        "flags": sorted(reading.flags),
    }


def key(row: Row) -> tuple[object, ...]:
    """An order for rows of one case."""
    return (row["tickets"], row["clock"], row["cycle"])
