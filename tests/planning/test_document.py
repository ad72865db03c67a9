"""What somebody types finds its place in the case, and comes back as it was typed."""

from __future__ import annotations

import random

import pytest

from commondesk.core.record.codec import Json
from commondesk.planning import document as documents
from commondesk.planning import sheet
from commondesk.planning.document import Document
from commondesk.planning.questions import STEPS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("  ", None),
        ("80", 80),
        ("-5", -5),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("1,200", "1,200"),
        ("30 min", "30 min"),
        ("30 %", "30 %"),
        ("nan", "nan"),
        ("007", "007"),
        ("9" * 40, "9" * 40),
    ],
)
def test_what_is_typed_is_a_number_or_stays_a_text(text: str, value: Json) -> None:
    assert documents.typed(text) == value


def test_a_value_is_put_at_its_place_and_taken_away_with_what_it_leaves_empty() -> None:
    document: Document = {}
    documents.put(document, "cost.risks[2].name", "fire")
    assert document == {"cost": {"risks": [{}, {"name": "fire"}]}}
    assert documents.at(document, "cost.risks[2].name") == "fire"
    assert documents.at(document, "cost.risks[3].name") is None
    documents.put(document, "cost.risks[2].name", None)
    assert document == {"cost": {"risks": [{}]}}
    documents.put(document, "cost.risks", None)
    assert document == {}


def test_answers_in_any_order_make_the_same_case() -> None:
    """Autosave sends one field at a time: the case is the same as sent at once."""
    some = random.Random(7)
    answers = {}
    for question in STEPS["diagnosis"].questions:
        if some.random() < 0.7:
            choices = [value for value, _ in question.choices] or ["yes", "no"]
            is_line = question.kind == "line"
            answers[question.place] = str(some.randint(0, 99)) if is_line else some.choice(choices)
    at_once: Document = {}
    for place, value in sheet.answers_in(STEPS["diagnosis"], answers, at_once).items():
        documents.put(at_once, place, value)
    for _ in range(5):
        order = some.sample(sorted(answers), len(answers))
        one_by_one: Document = {}
        for place in order:
            said = sheet.answers_in(STEPS["diagnosis"], {place: answers[place]}, one_by_one)
            assert set(said) == {place}
            documents.put(one_by_one, place, said[place])
        assert documents.text_of(one_by_one) == documents.text_of(at_once)


def test_a_range_is_a_number_until_it_has_ends() -> None:
    step = sheet.asked_in(STEPS["cost"], {"cost": {"options": {"on_demand": {}}}})
    place = "cost.hour_value"
    assert sheet.answers_in(step, {place: "100"}, {})[place] == 100
    both = {place: "100", f"{place}.low": "80", f"{place}.high": "150"}
    assert sheet.answers_in(step, both, {})[place] == {"low": 80, "likely": 100, "high": 150}
    kept: Document = {"cost": {"hour_value": {"value": 90, "source": "our books"}}}
    said = sheet.answers_in(step, {place: "100"}, kept)[place]
    assert said == {"value": 100, "source": "our books"}


def test_what_a_form_cannot_show_is_not_lost() -> None:
    document: Document = {"diagnosis": {"users": [1, 2]}}
    assert sheet.answers_in(STEPS["diagnosis"], {"diagnosis.users": ""}, document) == {}
    (asked,) = (
        each
        for group in sheet.groups_of(STEPS["diagnosis"], document, ())
        for each in group.asked
        if each.question.place == "diagnosis.users"
    )
    assert asked.is_from_file
