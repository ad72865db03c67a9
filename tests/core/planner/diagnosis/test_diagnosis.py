"""The diagnosis beyond the given cases: each step, each bound, what would change the answer."""

import json
from dataclasses import replace
from itertools import product

import pytest

from commondesk.core.planner.diagnosis import section
from commondesk.core.planner.diagnosis.answers import (
    QUESTIONS,
    Answers,
    Coverage,
    Criticality,
    Dependence,
    InternalIt,
    Option,
    Scoping,
    Volume,
)
from commondesk.core.planner.diagnosis.changing import changes
from commondesk.core.planner.diagnosis.decision import decided
from commondesk.core.planner.diagnosis.diagnosis import Readiness, diagnose
from commondesk.core.planner.report import diagnosis as report

SETTLED = Scoping(True, True, True, True, True, True)
NOBODY = Answers(
    users=30,
    internal_it=InternalIt.NONE,
    volume=Volume.RISING,
    criticality=Criticality.LOW,
    scoping=SETTLED,
)
ONE = replace(NOBODY, internal_it=InternalIt.GENERALIST, internal_support_fte=1)
TEAM = replace(NOBODY, internal_it=InternalIt.SMALL_TEAM, internal_support_fte=2)
DEPARTMENT = replace(NOBODY, internal_it=InternalIt.DEPARTMENT, users=600)
NIGHT = Coverage.ROUND_THE_CLOCK


@pytest.mark.parametrize(
    ("answers", "step", "option", "others"),
    [
        (replace(ONE, third_party_access_restricted=True), "M1", "internal", ["co_managed"]),
        (replace(NOBODY, third_party_access_restricted=True), "M1", "internal", []),
        (DEPARTMENT, "M2", "internal", ["co_managed"]),
        (replace(DEPARTMENT, specialist_gap=True), "M2", "co_managed", ["internal"]),
        (
            replace(TEAM, tech_core=True, managed_soc_required=True),
            "M3",
            "co_managed",
            [],
        ),
        (
            replace(TEAM, coverage=NIGHT, internal_support_fte=5),
            "M4",
            "internal",
            ["co_managed"],
        ),
        (
            replace(TEAM, coverage=NIGHT),
            "M4",
            "co_managed",
            ["fractional_remote_team", "msp_retainer"],
        ),
        (
            replace(ONE, coverage=NIGHT, managed_soc_required=True),
            "M4",
            "msp_retainer",
            ["co_managed"],
        ),
        (replace(NOBODY, coverage=NIGHT), "M4", "msp_retainer", ["fractional_remote_team"]),
        (
            replace(NOBODY, coverage=NIGHT, users=50),
            "M4",
            "msp_retainer",
            ["per_seat_subscription", "fractional_remote_team"],
        ),
        (
            replace(NOBODY, coverage=NIGHT, flexible_scaling=True),
            "M4",
            "fractional_remote_team",
            ["msp_retainer"],
        ),
        (ONE, "M5", "internal_plus_on_demand", ["co_managed"]),
        (replace(ONE, team_overloaded=True), "M5", "co_managed", ["per_seat_subscription"]),
        (replace(ONE, users=50, key_person=True), "M5", "co_managed", ["msp_retainer"]),
        (replace(ONE, repeated_incidents=True), "M5", "co_managed", ["per_seat_subscription"]),
        (replace(ONE, volume=Volume.LOW), "M5", "internal", ["co_managed"]),
        (
            replace(NOBODY, it_dependence=Dependence.STRONG),
            "M6",
            "per_seat_subscription",
            ["fractional_remote_team"],
        ),
        (NOBODY, "M7", "internal", ["on_demand"]),
        (
            replace(NOBODY, internal_hours_month=2.5, incidents_per_month=0.9),
            "M8",
            "on_demand",
            ["hybrid_ai_expert"],
        ),
        (
            replace(NOBODY, backups_tested=False, incidents_per_month=0.9),
            "M10",
            "per_seat_subscription",
            ["hybrid_ai_expert"],
        ),
        (
            replace(NOBODY, users=50, change_event=True, incidents_per_month=1),
            "M10",
            "msp_retainer",
            ["per_seat_subscription", "fractional_remote_team"],
        ),
    ],
)
def test_each_step_decides(answers: Answers, step: str, option: str, others: list[str]) -> None:
    found = diagnose(answers)
    assert (found.step, found.option, list(found.alternatives)) == (step, option, others)


def test_bounds_are_strict() -> None:
    assert diagnose(replace(NOBODY, internal_hours_month=2)).rules_fired == ()
    assert "R05" in diagnose(replace(NOBODY, internal_hours_month=2.01)).rules_fired
    hundred = replace(NOBODY, users=100, regulated=True)
    assert "R19" not in diagnose(hundred).rules_fired
    assert "R19" in diagnose(replace(hundred, users=99)).rules_fired
    soon = replace(hundred, target_full_service_days=59)
    assert diagnose(soon).warnings == ("ramp_60_90_days",)
    assert [each.id for each in diagnose(soon).conflicts] == ["C2"]
    assert diagnose(replace(soon, target_full_service_days=60)).warnings == ()


def test_small_and_calm_and_yet_two_hours_is_a_disagreement() -> None:
    calm = replace(NOBODY, volume=Volume.LOW, internal_hours_month=3, incidents_per_month=0.5)
    found = diagnose(calm)
    assert found.option is Option.ON_DEMAND
    assert [each.id for each in found.conflicts] == ["C1", "C9"]
    found = diagnose(replace(calm, incidents_per_month=2))
    assert found.option is Option.HYBRID_AI_EXPERT
    assert [each.id for each in found.conflicts] == ["C1"]


def test_readiness_never_changes_the_option() -> None:
    for answers in (NOBODY, ONE, TEAM, DEPARTMENT, replace(NOBODY, regulated=True)):
        open_ = replace(answers, scoping=Scoping(), three_questions_answered=False)
        before, after = diagnose(answers), diagnose(open_)
        assert before.readiness is Readiness.READY
        assert after.readiness is Readiness.NOT_READY
        assert len(after.missing_scoping) == 6
        assert (before.option, before.alternatives) == (after.option, after.alternatives)


def test_cost_alone_warns_and_shows_the_disagreements() -> None:
    found = diagnose(replace(NOBODY, motive_cost_only=True, leadership_hours_week=5))
    assert found.warnings == ("honest_math", "existing_arrangement_failing")
    assert [each.id for each in found.conflicts] == ["C4", "C11"]


def test_prices_of_the_sources_do_not_reach_every_size() -> None:
    large = replace(NOBODY, users=201, regulated=True)
    assert diagnose(large).warnings == ("outside_seed_price_range_50_200_users",)
    assert diagnose(replace(large, users=200)).warnings == ()


def test_every_combination_has_an_answer_and_none_stands_beside_itself() -> None:
    flags = ("regulated", "own_stack_required", "managed_soc_required", "key_person", "tech_core")
    for it, volume, night in product(InternalIt, Volume, Coverage):
        answers = replace(NOBODY, internal_it=it, volume=volume, coverage=night)
        for said in product((False, True), repeat=len(flags)):
            given = replace(answers, **dict(zip(flags, said, strict=True)))  # type: ignore[arg-type]
            holds_for_all(given)


def holds_for_all(answers: Answers) -> None:
    found = diagnose(answers)
    assert found.option not in found.alternatives
    assert len(set(found.alternatives)) == len(found.alternatives)
    if answers.managed_soc_required:
        assert Option.FRACTIONAL_REMOTE_TEAM not in found.alternatives


def test_what_would_change_the_answer_does() -> None:
    for answers in (NOBODY, ONE, TEAM, DEPARTMENT):
        found = changes(answers)
        assert found
        for each in found:
            other = replace(answers, **{each.name: each.other})  # type: ignore[arg-type]
            assert decided(other).option is each.option is not decided(answers).option
            assert each.words()


def test_a_bound_is_told_as_a_bound() -> None:
    found = {each.name: each.words() for each in changes(replace(NOBODY, regulated=True))}
    assert found["users"] == "people who use IT: 50 or more"


def test_other_names_for_one_answer_are_understood_once() -> None:
    answers, complaints = section.answers_of(
        {"users": 5, "internal_it": "none", "overloaded": True, "cost_only": "yes"}
    )
    assert answers is not None
    assert answers.team_overloaded
    assert answers.motive_cost_only
    assert complaints.found == ()
    _, complaints = section.answers_of(
        {"users": 5, "internal_it": "none", "overloaded": True, "team_overloaded": False}
    )
    assert "keep one of the two" in complaints.found[0].what


def test_no_two_questions_share_a_name() -> None:
    names = [name for each in QUESTIONS for name in (each.name, *each.also)]
    assert len(set(names)) == len(names)


def test_contradictions_and_gaps_are_told() -> None:
    _, complaints = section.answers_of(
        {"internal_it": "none", "internal_support_fte": 2, "volum": "low"}
    )
    assert [each.place for each in complaints.found] == [
        "diagnosis.users",
        "diagnosis.volum",
        "diagnosis.internal_support_fte",
    ]


def test_what_nobody_answered_is_named() -> None:
    found = diagnose(Answers(users=5, internal_it=InternalIt.NONE))
    assert found.unknown == (
        "volume",
        "criticality",
        "incidents_per_month",
        "internal_hours_month",
    )


def test_programs_get_the_same_answer() -> None:
    told = report.machine(ONE)
    assert json.loads(json.dumps(told))["primary"] == "internal_plus_on_demand"
