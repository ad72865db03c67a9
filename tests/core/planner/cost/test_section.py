"""The section `cost` as people write it: the documented example, and what teaches."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from commondesk.core.planner.case.fields import SHAPES
from commondesk.core.planner.cost.break_even import break_even
from commondesk.core.planner.cost.comparison import compared
from commondesk.core.planner.cost.costing import Costing
from commondesk.core.planner.cost.distributions import Discrete, LogNormal, Uniform
from commondesk.core.planner.cost.inputs import INPUTS
from commondesk.core.planner.cost.lines import LINES
from commondesk.core.planner.cost.priced import priced
from commondesk.core.planner.cost.section import MOST_OPTIONS, costing_of_data
from commondesk.core.planner.diagnosis.answers import Option

PAGE = (Path(__file__).parents[4] / "docs" / "planning" / "cost.md").read_text(encoding="utf-8")


@cache
def example_text() -> str:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def example() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(example_text())["cost"]
    return found


def read(data: dict[str, Any], currency: str = "USD") -> tuple[Costing | None, list[str]]:
    found, complaints = costing_of_data(data, currency)
    return found, [str(each) for each in complaints.found]


def costing() -> Costing:
    found, complaints = read(example())
    assert found is not None
    assert not complaints
    return found


def test_the_example_prices_all_nine_options() -> None:
    found = priced(costing())
    assert {each.candidate.option for each in found} == set(Option)
    assert [each.missing for each in found if not each.is_complete] == []


def test_every_line_and_every_default_is_on_the_page() -> None:
    assert not [name for name in LINES if f"`{name}`" not in PAGE]
    assert not [name for name, each in INPUTS.items() if each.default and name not in PAGE]


def test_the_example_is_compared_in_one_call() -> None:
    found = compared(costing(), draws=1_000)
    assert found.pair("in_house", "msp_retainer").is_fair
    assert found.pair("in_house", "on_demand").unlike
    assert found.pair("in_house", "on_demand").saving.value is None
    assert "three months before" in found.terms["msp_retainer"]["leaves"]
    assert len(found.scenarios["in_house"]) == 9
    assert any("102,400" in note for note in found.notes)


def test_ranges_are_read_by_their_shape() -> None:
    data = example()
    data["people_per_post"] = {"values": [5, 6], "chances": [0.25, 0.75]}
    found, complaints = read(data)
    assert found is not None and not complaints
    assert found.inputs["people_per_post"].range == Discrete((5, 6), (0.25, 0.75))
    assert found.risks is not None
    assert found.risks[0].loss == LogNormal(5_000, 250_000)
    excluded = found.candidate("msp_retainer").inputs["excluded_rate"]
    assert excluded.range == Uniform(150, 250)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("tickets_per_month", 1e9, "more than"),
        ("tickets_per_month", -3, "less than"),
        ("tickets_per_month", float("nan"), "write the number"),
        ("tickets_per_month", float("inf"), "write the number"),
        ("users", "eighty", "wants a number"),
        ("wage_growth", 3, "3 %"),
        ("salary", "55000 EUR", "is in EUR"),
        ("salary", {"low": 5, "high": 1}, "low"),
        ("separation_rate", 1.4, "says again"),
        ("ramp_days", 200, "comes before"),
        ("sallary", 60_000, "salary"),
        ("people_per_post", {"values": [5, 4]}, "low to high"),
        ("people_per_post", {"values": [4, 5], "chances": [1, 1]}, "add up to 1"),
        ("risks", [{"name": "fire", "per_year": 0.1}], "missing"),
        ("risks", "none", "list"),
        ("options", {}, "missing"),
        ("draws", 10**9, "more than"),
        ("scenarios", [{"title": "x", "options": {"nobody": {"people": 1}}}], "no option"),
    ],
)
def test_nonsense_is_answered_by_a_sentence(place: str, value: object, said: str) -> None:
    data = example() | {place: value}
    if place == "separation_rate":
        data["turnover_share"] = 0.3
    if place == "ramp_days":
        data["maturity_days"] = 100
    _, complaints = read(data)
    assert any(said in each and place in each for each in complaints), complaints


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("option", "outsorced", "none of these"),
        ("lines", {"outage": 0}, "outages"),
        ("covered", {"ransomwear": 0.5}, "ransomware"),
        ("covered", {"ransomware": 1.5}, "share"),
        ("terms", {"tool": "ours"}, "tools"),
        ("region", "mars", "latin_america"),
    ],
)
def test_nonsense_in_an_option_names_its_place(field: str, value: object, said: str) -> None:
    data = example()
    data["options"]["msp_retainer"][field] = value
    _, complaints = read(data)
    assert any(said in each and "cost.options.msp_retainer" in each for each in complaints)


def test_zero_must_be_typed() -> None:
    data = example()
    del data["options"]["msp_retainer"]["lines"]["outages"]
    del data["risks"]
    for option in data["options"].values():
        option.pop("covered", None)
    found, complaints = read(data)
    assert found is not None and not complaints
    msp = next(each for each in priced(found) if each.key == "msp_retainer")
    assert not msp.is_complete
    assert msp.total_words.startswith("at least")
    told = " ".join(msp.missing)
    assert "outages_per_year" in told and "type 0" in told and "risks" in told


def test_a_default_in_dollars_counts_for_no_other_currency() -> None:
    data = example()
    found, _ = read(data, "EUR")
    assert found is not None
    own = next(each for each in priced(found) if each.key == "in_house")
    assert any("salary" in each for each in own.missing)
    found, complaints = read(data | {"per_dollar": 0.9}, "EUR")
    assert found is not None and not complaints
    own = next(each for each in priced(found) if each.key == "in_house")
    assert own.is_complete
    salary = own.numbers["salary"]
    assert salary.value == pytest.approx(54_000)
    assert "0.9 EUR for one USD" in salary.source


def test_prices_of_a_region_come_before_those_of_all() -> None:
    data = example()
    data["options"]["fractional_remote_team"].pop("lines")
    data["options"]["fractional_remote_team"] |= {
        "internal_hours_month": 1,
        "waiting_hours_month": 10,
        "lines": {"outages": 0},
    }
    found, complaints = read(data)
    assert found is not None and not complaints
    team = next(each for each in priced(found) if each.key == "fractional_remote_team")
    assert team.numbers["waiting_hour_value"].value == 30


ANYTHING = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NUMBER = some.one_of(
    some.floats(-1e13, 1e13),
    some.sampled_from(["30 %", "5 USD", "5 EUR", "nan", "-1", "1e400", 0, 1]),
    some.fixed_dictionaries(
        {"low": some.floats(0, 1e9), "high": some.floats(0, 1e9)},
        optional={"likely": some.floats(0, 1e9), "shape": some.sampled_from(SHAPES)},
    ),
    some.fixed_dictionaries({"values": some.lists(some.floats(0, 100), max_size=3)}),
)
KEYS = some.sampled_from([*INPUTS, "lines", "covered", "roles", "terms", "coverage", "scope"])
OPTION = some.dictionaries(KEYS, NUMBER | ANYTHING, max_size=8)


@given(
    some.dictionaries(some.sampled_from([each.value for each in Option]), OPTION, max_size=3),
    some.dictionaries(
        some.sampled_from([*INPUTS, "risks", "scenarios", "months"]), NUMBER | ANYTHING
    ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_answered(options: dict[str, Any], numbers: dict[str, Any]) -> None:
    found, complaints = read({**numbers, "options": options, "draws": 100})
    assert all(complaints)
    if found is None:
        assert complaints
        return
    everything = compared(found)
    for each in everything.options:
        assert each.is_complete or each.missing
        assert each.yearly.value is not None and isfinite(each.yearly.value)
    for one, other in combinations(everything.sheets, 2):
        break_even(one, other, "tickets_per_month", 1_000)


def test_too_many_of_anything_are_refused() -> None:
    many = {f"way_{index}": {"option": "on_demand"} for index in range(40)}
    found, complaints = read({"options": many, "risks": []})
    assert found is not None and len(found.candidates) == MOST_OPTIONS
    assert any("too many" in each for each in complaints)


def test_two_risks_of_one_name_are_refused() -> None:
    twice = [{"name": "fire", "per_year": 0.1, "loss": 5_000}] * 2
    _, complaints = read(example() | {"risks": twice})
    assert any("stands twice" in each for each in complaints)


def test_a_printed_retainer_is_for_companies_of_its_size() -> None:
    data = example()
    del data["options"]["msp_retainer"]["retainer"]
    for users, is_priced in ((80, True), (20, False), (500, False)):
        found, _ = read(data | {"users": users})
        assert found is not None
        msp = next(each for each in priced(found) if each.key == "msp_retainer")
        assert msp.is_complete == is_priced
        assert is_priced or any("retainer" in each for each in msp.missing)
        assert is_priced or any("50 to 200" in each for each in msp.notes)


def test_a_region_without_prices_is_told_whose_it_takes() -> None:
    data = example()
    data["options"]["in_house"]["region"] = "latin_america"
    found, _ = read(data)
    assert found is not None
    own = next(each for each in priced(found) if each.key == "in_house")
    (note,) = (each for each in own.notes if "latin_america" in each)
    assert "Salary of one person" in note
