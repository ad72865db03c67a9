"""The given decision cases, each through the public functions."""

import json
from pathlib import Path

import pytest

from commondesk.core.planner.diagnosis import section
from commondesk.core.planner.diagnosis.diagnosis import diagnose
from commondesk.core.planner.diagnosis.disagreements import DISAGREEMENTS
from commondesk.core.planner.diagnosis.rules import BY_ID

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "decision-golden.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["id"])
def test_a_given_case(case: dict) -> None:  # type: ignore[type-arg]
    answers, complaints = section.answers_of(case["inputs"])
    assert complaints.found == ()
    assert answers is not None
    found = diagnose(answers)
    assert {
        "readiness": found.readiness.value,
        "missing_scoping": list(found.missing_scoping),
        "primary": found.option.value,
        "alternatives": [each.value for each in found.alternatives],
        "rules_fired": list(found.rules_fired),
        "conflicts": [each.id for each in found.conflicts],
        "warnings": list(found.warnings),
    } == case["expected"]


def test_every_rule_and_disagreement_of_the_sources_is_there() -> None:
    assert set(BY_ID) == {each["id"] for each in GOLDEN["rules"]}
    for each in GOLDEN["rules"]:
        assert BY_ID[each["id"]].source == each["seed_file"][:3]
    assert [each.id for each in DISAGREEMENTS] == [
        each["id"] for each in GOLDEN["seed_disagreements"]
    ]
    always = {each.id for each in DISAGREEMENTS if each.fires is None}
    assert always == {
        each["id"] for each in GOLDEN["seed_disagreements"] if "static" in each["fires_when"]
    }
