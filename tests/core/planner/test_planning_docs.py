"""The examples in docs/planning are cases that can be read, and the page of rules names all."""

import re
from pathlib import Path

import pytest

from commondesk.core.planner import case_file
from commondesk.core.planner.diagnosis.answers import QUESTIONS
from commondesk.core.planner.diagnosis.diagnosis import WARNINGS
from commondesk.core.planner.diagnosis.disagreements import DISAGREEMENTS
from commondesk.core.planner.diagnosis.rules import RULES, Step
from commondesk.core.planner.procurement.scorecard import CRITERIA

DOCS = Path(__file__).parents[3] / "docs" / "planning"
EXAMPLES = [
    pytest.param(text, id=f"{page.stem}-{index}")
    for page in sorted(DOCS.glob("*.md"))
    for index, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.S), 1)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_case_without_a_slip(text: str) -> None:
    assert case_file.read_text(text).complaints == ()


def test_each_part_of_the_diagnosis_has_its_line() -> None:
    page = (DOCS / "diagnosis.md").read_text("utf-8")
    for id in (*[each.id for each in RULES], *[each.id for each in DISAGREEMENTS]):
        assert f"| {id} |" in page
    for step in Step:
        assert f"| {step} |" in page
    for name in (*[each.name for each in QUESTIONS], *WARNINGS):
        assert f"| `{name}` |" in page


def test_each_criterion_has_its_line() -> None:
    page = (DOCS / "procurement.md").read_text("utf-8")
    for each in CRITERIA:
        assert f"| `{each.name}` |" in page
