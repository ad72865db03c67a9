"""The oracle gives the answers of the table: every file in tests/cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.oracle.calculator import units_of
from tests.oracle.legs import diagnosis_of, legs_of
from tests.oracle.population import attainment_of, population_of
from tests.oracle.presets import PRESETS
from tests.oracle.reading import Raw, instant, minute, span

CASES = sorted((Path(__file__).parent.parent / "cases").glob("*.yaml"))
INSTANTS = ("started_at", "due_at", "ended_at")
SPANS = ("used", "wall")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_comes_out_right(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    for expected in case["expect"]:
        assert _found(case, expected) == _wanted(expected), expected


def test_every_row_of_the_table_has_a_file() -> None:
    assert {f"S{n:02d}" for n in range(1, 40)} <= {path.stem for path in CASES}


@pytest.mark.parametrize(
    ("name", "lens", "listed", "rate"),
    [
        ("S36", "experienced", ["undecided"], (0, 0)),
        ("S36", "first-resolve", [], (0, 0)),
        ("S15", "experienced", ["missed"], (0, 1)),
        ("S16", "first-resolve", ["missed"], (0, 1)),
    ],
)
def test_population(name: str, lens: str, listed: list[str], rate: tuple[int, int]) -> None:
    case = yaml.safe_load((CASES[0].parent / f"{name}.yaml").read_text())
    period = {"from": "2025-03-01T00:00Z", "until": "2025-04-01T00:00Z"}
    units = [u for u in units_of(case, PRESETS[lens], case["now"]) if u["clock"] == "resolution"]
    found = population_of(units, PRESETS[lens], period)
    assert [unit["verdict"] for unit in found] == listed
    assert attainment_of(found) == rate


def _wanted(expected: Raw) -> Raw:
    said = {k: v for k, v in expected.items() if k not in ("lens", "ticket", "clock", "cycle")}
    return {key: _plain(key, value) for key, value in said.items()}


def _plain(key: str, value: Any) -> Any:
    if key in INSTANTS:
        return instant(minute(value))
    if key in ("legs", "diagnosis"):
        return {name: each if isinstance(each, int) else span(each) for name, each in value.items()}
    return span(value) if key in (*SPANS, "ownerless") else value


def _found(case: Raw, expected: Raw) -> Raw:
    """What the oracle says about the keys that an entry states."""
    found: Raw = {}
    if "legs" in expected or "ownerless" in expected:
        legs = legs_of(case, expected["ticket"], case["now"])["working"]
        found |= {"legs": legs, "ownerless": legs.get("nobody", 0)}
    if "diagnosis" in expected:
        diagnosis = diagnosis_of(case, expected["ticket"], case["now"])
        found["diagnosis"] = {name: diagnosis[name] for name in expected["diagnosis"]}
    if "clock" in expected:
        found |= _unit(case, expected)
    return {key: value for key, value in found.items() if key in expected}


def _unit(case: Raw, expected: Raw) -> Raw:
    units = [
        unit
        for unit in units_of(case, _lens(case, expected.get("lens")), case["now"])
        if unit["tickets"][0] == expected["ticket"] and unit["clock"] == expected["clock"]
    ]
    told: Raw = {"units": len(units)}
    for unit in units:
        if unit["cycle"] == expected.get("cycle", 0):
            told |= unit
    for key in INSTANTS:
        told[key] = None if told.get(key) is None else instant(told[key])
    return {key: value for key, value in told.items() if key not in ("clock", "cycle")}


def _lens(case: Raw, name: str | None) -> Raw:
    if name is None:
        contract: Raw = (case.get("charter") or {}).get("lens") or {}
        return contract
    further: Raw = case.get("lenses") or {}
    return further[name] if name in further else PRESETS[name]
