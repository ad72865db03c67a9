"""What the step on cost asks of a case that came with a file, and names its models itself."""

from __future__ import annotations

from commondesk.core.record.codec import Json
from commondesk.planning import cost_questions
from commondesk.planning.questions import Group, Kind

FILE: dict[str, Json] = {
    "cost": {
        "options": {
            "now": {"option": "internal", "title": "Two people inside", "people": 2},
            "msp": {"option": "msp_retainer", "retainer": {"low": 8000, "high": 12000}},
        }
    }
}


def places_of(groups: tuple[Group, ...]) -> list[str]:
    return [each.place for group in groups for each in group.questions]


def test_the_models_of_a_file_are_those_that_can_be_left_out() -> None:
    asked = {
        each.place: (each.label, each.hint)
        for group in cost_questions.groups(FILE)
        for each in group.questions
        if each.kind is Kind.PICK
    }
    assert asked["cost.options.now"] == ("Two people inside", "In-house")
    assert asked["cost.options.msp"] == ("Managed service provider on retainer", "")
    assert "cost.options.internal" not in asked and "cost.options.msp_retainer" not in asked
    assert "cost.options.co_managed" in asked


def test_what_a_model_brings_is_asked_where_it_counts() -> None:
    places = places_of(cost_questions.groups(FILE))
    assert "cost.options.msp.retainer" in places and "cost.retainer" not in places
    assert "cost.options.now.people" in places and "cost.people" not in places
    # Salaries are brought by nobody: they hold for all.
    assert "cost.salary" in places and "cost.options.now.salary" not in places


def test_what_is_given_for_all_is_shown_even_where_each_model_brings_it() -> None:
    cost = FILE["cost"]
    assert isinstance(cost, dict)
    given: dict[str, Json] = {"cost": {**cost, "retainer": 9000}}
    assert "cost.retainer" in places_of(cost_questions.groups(given))


def test_a_model_whose_name_no_place_can_hold_is_left_to_the_file() -> None:
    odd: dict[str, Json] = {"cost": {"options": {"a.b": {"option": "internal"}}}}
    assert not any("a.b" in place for place in places_of(cost_questions.groups(odd)))


def test_rows_begin_where_a_thing_begins() -> None:
    (risks,) = (each for each in cost_questions.groups(FILE) if each.key == "" and each.is_folded
                and any(one.place.startswith("cost.risks[") for one in each.questions))  # fmt: skip
    begun = [each.place for each in risks.questions if each.begins]
    assert begun == [f"cost.risks[{row}].name" for row in range(1, cost_questions.RISKS + 1)]
