"""Every given staffing check that is not a roster's, through the public functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .staffing_answers import TOPICS, answer, differences

CHECKS = json.loads((Path(__file__).parent / "golden/staffing-checks.json").read_text())["checks"]
MINE = [each for each in CHECKS if not each["id"].startswith("SH")]
SIMULATED = ("simulated", "sim_ci95_halfwidth")


def test_only_rosters_are_left_to_others() -> None:
    assert {each["topic"] for each in MINE} <= set(TOPICS)
    assert len(MINE) == 37


@pytest.mark.parametrize("check", MINE, ids=[each["id"] for each in MINE])
def test_a_check(check: dict[str, Any]) -> None:
    given = answer(check["topic"], check["inputs"])
    exact = {key: value for key, value in check["expect"].items() if key not in SIMULATED}
    assert differences(given, exact, check["tol"]["abs"]) == []
    near = check["tol"].get("rel_vs_simulation", {})
    if isinstance(near, dict):
        for key, share in near.items():
            assert abs(given[key] / check["expect"]["simulated"] - 1) <= share
