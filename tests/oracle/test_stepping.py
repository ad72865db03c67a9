"""The sums of the oracle are what counting one minute after the other gives."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.oracle.calculator import Record
from tests.oracle.candidates import Candidate, Meter, Pauses, Terms
from tests.oracle.generator import CALENDARS, random_case, random_lens
from tests.oracle.openness import open_minutes
from tests.oracle.presets import PRESETS
from tests.oracle.reading import DAY, EPOCH, calendar_of, instant, minute, windows_of


@pytest.mark.parametrize("seed", range(20))
def test_a_candidate_gains_minute_by_minute(seed: int) -> None:
    rng = random.Random(seed)
    opened = np.array([rng.random() < 0.5 for _ in range(3000)])
    paused = np.array([rng.random() < 0.3 for _ in range(1001)])
    target = rng.randrange(1, 1200)
    meter = Meter(500, 1500, lambda calendar, known: opened)
    one = Candidate("P1", Terms(target, "office"), Pauses(paused), 500)
    for until in (700, 701, 1500):
        one.advance(meter, None, until)
    used, due_at = 0, None
    for at in range(500, 3500):
        if due_at is None and at >= 1500 and used == target:
            break
        is_paused = at < 1500 and paused[at - 500]
        if opened[at - 500] and not is_paused and (at < 1500 or due_at is None):
            used += 1
            due_at = at + 1 if used == target else due_at
        if at == 1499:
            assert one.used == used
            assert one.due_at == due_at
    found = one.due_at if one.due_at is not None else meter.projected(one, None, 1500)
    assert found == due_at


@pytest.mark.parametrize("name", CALENDARS)
def test_a_minute_is_open_when_its_local_time_lies_in_a_window(name: str) -> None:
    raw = CALENDARS[name]
    calendar = calendar_of(name, raw)
    for day in ("2025-03-08", "2025-03-29", "2025-10-25", "2025-11-01"):
        start = minute(f"{day}T00:00Z")
        flags = open_minutes(calendar, None, start, start + 3 * DAY)
        wanted = [_is_open(raw, at) for at in range(start, start + 3 * DAY)]
        assert flags.tolist() == wanted


def _is_open(raw: dict[str, Any], at: int) -> bool:
    local = (EPOCH + timedelta(minutes=at)).astimezone(ZoneInfo(raw["zone"]))
    now = local.hour * 60 + local.minute
    today = [w for text in _texts(raw, local.weekday()) for w in windows_of(text)]
    before = [w for text in _texts(raw, (local.weekday() - 1) % 7) for w in windows_of(text)]
    over = any(start <= now + DAY < end for start, end in before)
    return over or any(start <= now < end for start, end in today)


def _texts(raw: dict[str, Any], weekday: int) -> list[str]:
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    found = []
    for days, text in raw["week"].items():
        first, _, last = days.partition("-")
        start, span = names.index(first) if days != "all" else 0, 6 if days == "all" else 0
        if last:
            span = (names.index(last) - start) % 7
        if (weekday - start) % 7 <= span:
            found.append(text)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_every_combination_has_a_verdict(seed: int) -> None:
    rng = random.Random(seed)
    case = random_case(rng)
    record = Record(case, minute(case["now"]))
    for lens in (*PRESETS.values(), random_lens(rng), random_lens(rng)):
        for unit in record.units(lens):
            assert unit["verdict"]
            assert unit["started_at"] <= record.now
            assert (unit["due_at"] is None) == (unit["verdict"] in ("no_target", "undecided")) or (
                unit["verdict"] in ("live", "after_the_fact")
            )
            assert unit["ended_at"] is None or unit["ended_at"] >= unit["started_at"], instant(
                unit["started_at"]
            )


def test_a_seed_gives_the_same_case_again() -> None:
    assert random_case(random.Random(7)) == random_case(random.Random(7))
