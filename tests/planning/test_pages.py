"""The path: answers are saved as they come, and what they change is sent back."""

from __future__ import annotations

import re
from html import unescape

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core.planner.cost import break_even
from commondesk.core.record.codec import Json
from commondesk.planning import actions, queries
from commondesk.planning import worked as works
from commondesk.planning.models import Case, KeptPlan
from tests.desk.cast import FOUNDED, MONDAY, Cast
from tests.planning.conftest import TEST

ANSWERS: dict[str, Json] = {
    "users": 80,
    "internal_it": "none",
    "criticality": "high",
    "volume": "high",
}
COST: dict[str, Json] = {
    "tickets_per_month": {"low": 350, "likely": 420, "high": 560},
    "users": 80,
    "people": 2,
    "onboarding": 5000,
    "parallel_run": 2000,
    "ramp_days": 75,
    "maturity_days": 180,
    "ramp_loss": 0.2,
    "later_loss": 0.05,
    "oversight_hours_week": 2,
    "misaligned_share": 0.03,
    "hours_per_misaligned": 1.5,
    "internal_hours_month": 5,
    "waiting_hours_month": 10,
    "waiting_hour_value": 40,
    "outages_per_year": 2,
    "days_per_outage": 2,
    "own_hours_per_outage": 3,
    "nights_staffed": 0,
    "hours_per_call": 3,
    "hourly_rate": 120,
    "calls_per_month": {"low": 4, "likely": 8, "high": 20},
    "risks": [],
    "draws": 500,
    "options": {"internal": {}, "on_demand": {}},
}


def text_of(html: bytes) -> str:
    plain = re.sub(r"<[^>]+>", " ", re.sub(r"</?button[^>]*>", "", html.decode()))
    return " ".join(unescape(plain).split())


def at(name: str, cast: Cast, *more: object) -> str:
    return reverse(f"planning:{name}", args=[cast.company.prefix, *more])


def saved(planner: Client, cast: Cast, case: Case, step: str, **answers: str) -> bytes:
    """Send answers as the page does while somebody types."""
    sent = {place.replace("__", "."): value for place, value in answers.items()}
    answer = planner.post(at("step", cast, case.uuid, step), sent, headers={"hx-request": "true"})
    assert answer.status_code in (200, 204), answer.content
    return answer.content


def document_of(case: Case) -> object:
    return queries.document_of(Case.objects.get(uuid=case.uuid))


def filled(case: Case, decider: Person, **sections: Json) -> None:
    document = {**(queries.document_of(case) or {}), **sections}
    actions.rewrite(case.uuid, at=MONDAY, by=decider.uuid, document=document)


# ---- the list -----------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_next(cast: Cast, planner: Client) -> None:
    shown = text_of(planner.get(at("cases", cast)).content)
    assert "No case yet" in shown
    assert "Begin a case" in shown


def test_a_case_is_begun_and_found_again(cast: Cast, planner: Client) -> None:
    answer = planner.post(at("begin", cast), {"title": " IT  support "})
    case = Case.objects.get()
    assert answer.headers["Location"] == at("step", cast, case.uuid, "diagnosis")
    shown = text_of(planner.get(at("cases", cast)).content)
    assert "IT support" in shown
    assert "Dana Decider" in shown


@pytest.mark.parametrize("who", ["agent", "expert", "requester", "outsider"])
def test_the_providers_people_and_requesters_never_see_it(who: str, cast: Cast, case: Case) -> None:
    client = Client()
    client.force_login(getattr(cast, who))
    assert client.get(at("cases", cast)).status_code == 404
    assert client.get(at("step", cast, case.uuid, "diagnosis")).status_code == 404
    queue = client.get(reverse("desk:queue", args=[cast.company.prefix]))
    assert at("cases", cast).encode() not in queue.content


# ---- answering ----------------------------------------------------------------------------


def test_an_answer_is_saved_and_the_diagnosis_comes_back(
    cast: Cast, planner: Client, case: Case
) -> None:
    saved(planner, cast, case, "diagnosis", diagnosis__users="80")
    told = saved(planner, cast, case, "diagnosis", diagnosis__internal_it="none")
    assert document_of(case) == {"diagnosis": {"users": 80, "internal_it": "none"}}
    assert "The rules point to" in text_of(told)
    assert b'id="summary"' in told
    shown = planner.get(at("step", cast, case.uuid, "diagnosis")).content
    assert b'name="diagnosis.users" value="80"' in shown


def test_nonsense_is_kept_and_told_beside_its_field(
    cast: Cast, planner: Client, case: Case
) -> None:
    saved(planner, cast, case, "diagnosis", diagnosis__internal_it="none")
    for nonsense in ("-5", "many", "1e99", "2.5"):
        told = saved(planner, cast, case, "diagnosis", diagnosis__users=nonsense)
        beside = re.search(rb'id="diagnosis-users-wrong".*?</div>', told, re.DOTALL)
        assert beside is not None
        assert b'class="wrong"' in beside[0], nonsense
    shown = planner.get(at("step", cast, case.uuid, "diagnosis")).content
    assert b'value="2.5"' in shown
    assert b'id="diagnosis-users-wrong"' in shown


def test_the_same_answer_again_changes_nothing(cast: Cast, planner: Client, case: Case) -> None:
    saved(planner, cast, case, "diagnosis", diagnosis__users="80")
    assert saved(planner, cast, case, "diagnosis", diagnosis__users="80") == b""


def test_without_scripts_the_form_is_sent_whole_and_goes_on(
    cast: Cast, planner: Client, case: Case
) -> None:
    sent = {"diagnosis.users": "12", "diagnosis.internal_it": "", "onward": "demand"}
    answer = planner.post(at("step", cast, case.uuid, "diagnosis"), sent)
    assert answer.headers["Location"] == at("step", cast, case.uuid, "demand")
    assert document_of(case) == {"diagnosis": {"users": 12}}


def test_a_model_that_is_picked_brings_its_questions(
    cast: Cast, planner: Client, case: Case
) -> None:
    url = at("step", cast, case.uuid, "cost")
    assert b'name="cost.retainer"' not in planner.get(url).content
    sent = {"cost.options.msp_retainer": "yes"}
    answer = planner.post(url, sent, headers={"hx-request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    shown = planner.get(url).content
    assert b'name="cost.retainer"' in shown
    assert "8,000–20,000" in text_of(shown)


def test_costs_stand_with_their_reasons(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS, cost=COST)
    shown = text_of(planner.get(at("step", cast, case.uuid, "cost")).content)
    assert "In-house" in shown
    assert "P10" in shown
    staff = {"model": "internal", "of": "line.salaries"}
    panel = text_of(planner.get(at("told", cast, case.uuid), staff).content)
    assert "People on the desk, in full-time shares × Salary of one person" in panel
    assert "000: salary of one L1 agent" in panel
    risks = text_of(planner.get(at("step", cast, case.uuid, "risks")).content)
    assert "moves the answer most" in risks
    assert "30 % more tickets" in risks


def test_every_number_of_the_cost_says_how_it_came_about(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS, cost=COST)
    shown = planner.get(at("step", cast, case.uuid, "cost")).content.decode()
    asked = {unescape(each) for each in re.findall(r'class="told" hx-get="([^"]+)"', shown)}
    kinds = {each.partition("&of=")[2] for each in asked}
    assert kinds > {"yearly", "invoice", "spread", "spread_first_year", "cheaper", "once"}
    for each in asked:
        panel = planner.get(each, headers={"hx-request": "true"})
        assert panel.status_code == 200, each
        assert b"<!doctype" not in panel.content
        assert text_of(panel.content), each
    whole = planner.get(min(asked))
    assert b"<!doctype html>" in whole.content


@pytest.mark.parametrize(
    "asked", [{}, {"model": "internal", "of": "line.none"}, {"model": "no", "of": "yearly"}]
)
def test_no_such_number_is_no_page(
    asked: dict[str, str], cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, cost=COST)
    assert planner.get(at("told", cast, case.uuid), asked).status_code == 404


def test_two_models_against_each_other(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, cost=COST | {"people": 1})
    wanted = {"one": "internal", "other": "on_demand"}
    answer = planner.get(
        at("between", cast, case.uuid), wanted, headers={"hx-request": "true"}
    ).content
    told = text_of(answer)
    assert "of 500 draws On demand costs less" in told
    assert "Break-even at" in told
    assert "Calls for outside help a month" in told
    assert "(yearly now" not in told  # the values stand in the formula
    same = text_of(
        planner.get(
            at("between", cast, case.uuid), {"one": "internal", "other": "internal"}
        ).content
    )
    assert "Choose two models that are not the same." in same


def test_a_break_even_costs_the_same_on_both_sides(case: Case, decider: Person) -> None:
    filled(case, decider, cost=COST | {"hourly_rate": 400})
    case.refresh_from_db()
    document = queries.document_of(case)
    assert document is not None
    cost = works.worked(document).cost
    assert cost is not None
    one, other = cost.sheets
    (found,) = [
        crossing
        for each in break_even.break_evens(one, other)
        if each.driver == "calls_per_month"
        for crossing in each.crossings
    ]
    left, right = (break_even.yearly_at(each, "calls_per_month", found.at) for each in (one, other))
    assert left == pytest.approx(right, rel=1e-6)


def test_what_is_not_priced_is_said_and_no_total_promised(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    without = {name: each for name, each in COST.items() if name != "outages_per_year"}
    filled(case, decider, cost=without)
    shown = text_of(planner.get(at("step", cast, case.uuid, "cost")).content)
    assert "Not priced yet" in shown
    assert "outages_per_year" in shown
    assert "No model is priced whole yet" in shown


def test_the_sheet_becomes_a_charter_draft(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS)
    saved(planner, cast, case, "charter", scoping__why="Nights are not covered.")
    saved(planner, cast, case, "charter", scoping__documentation="A wiki, half of it old.")
    answer = planner.post(at("change", cast, case.uuid, "charter"))
    charter = planner.get(answer.headers["Location"])
    assert charter.status_code == 200
    assert "A wiki, half of it old." in text_of(charter.content)


# ---- versions -----------------------------------------------------------------------------


def test_one_sitting_is_one_version_and_another_person_begins_the_next(
    cast: Cast, case: Case, decider: Person
) -> None:
    minute = 60_000
    say = {"diagnosis.users": 5}
    actions.answer(case.uuid, at=MONDAY + minute, by=decider.uuid, answers=say)
    case.refresh_from_db()
    assert case.version == 1
    actions.answer(
        case.uuid, at=MONDAY + 2 * minute, by=cast.referent.uuid, answers={"diagnosis.users": 6}
    )
    later = MONDAY + 2 * minute + actions.SITTING
    actions.answer(case.uuid, at=later, by=cast.referent.uuid, answers={"diagnosis.users": 7})
    case.refresh_from_db()
    assert case.version == 3
    said = [queries.document_of(case, number) for number in (1, 2, 3)]
    assert said == [{"diagnosis": {"users": users}} for users in (5, 6, 7)]


def test_an_older_version_is_taken_up_again(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis={"users": 5})
    planner.post(at("change", cast, case.uuid, "restore"), {"version": "1"})
    case.refresh_from_db()
    assert (case.version, queries.document_of(case)) == (3, {})
    assert "Take it up again" in text_of(planner.get(at("versions", cast, case.uuid)).content)


# ---- the whole case ------------------------------------------------------------------------


def test_copies_names_and_deleting(cast: Cast, planner: Client, case: Case) -> None:
    planner.post(at("change", cast, case.uuid, "rename"), {"title": "Another name"})
    planner.post(at("change", cast, case.uuid, "duplicate"))
    assert sorted(Case.objects.values_list("title", flat=True)) == [
        "Another name",
        "Copy of Another name",
    ]
    planner.post(at("change", cast, case.uuid, "delete"))
    assert Case.objects.get().title == "Copy of Another name"


def test_two_cases_side_by_side(cast: Cast, planner: Client, case: Case, decider: Person) -> None:
    other = actions.begin_case(
        cast.uuid, at=MONDAY, by=decider.uuid, title="Later", document={"diagnosis": {"users": 9}}
    )
    shown = text_of(
        planner.get(at("compare", cast), {"one": str(case.uuid), "other": str(other.uuid)}).content
    )
    assert "1 answer differs" in shown
    assert "How many people use the company's IT? – 9" in shown


def test_a_case_goes_out_and_comes_in_again(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS)
    text = planner.get(at("download", cast, case.uuid, "yaml")).content.decode()
    assert yaml.safe_load(text) == {"diagnosis": ANSWERS}
    planner.post(at("import", cast), {"text": text, "title": "Copy"})
    assert queries.document_of(Case.objects.get(title="Copy")) == {"diagnosis": ANSWERS}


def test_what_is_no_case_is_not_imported_and_nothing_is_lost(cast: Cast, planner: Client) -> None:
    for text in ("just words", "a: [1", "a: &x 1\nb: *x"):
        answer = planner.post(at("import", cast), {"text": text})
        assert answer.status_code == 422
        assert "It was not imported." in text_of(answer.content)
        assert text.split()[0] in answer.content.decode()
    assert not Case.objects.exists()


def test_what_nobody_understands_in_a_file_is_told(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS, diagnossis={"users": 4})
    shown = text_of(planner.get(at("step", cast, case.uuid, "diagnosis")).content)
    assert "1 value of the file needs another look." in shown
    assert "did you mean diagnosis?" in shown


@pytest.mark.parametrize(("form", "start"), [("xlsx", b"PK"), ("pdf", b"%PDF"), ("md", b"#")])
def test_files_of_a_case(
    form: str, start: bytes, cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS, cost=COST)
    answer = planner.get(at("download", cast, case.uuid, form))
    assert answer.status_code == 200
    assert answer.content.startswith(start)


# ---- keeping it as the plan ---------------------------------------------------------------


def test_a_plan_is_kept_on_record_and_compared_with_what_came(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    filled(case, decider, diagnosis=ANSWERS, cost=COST)
    answer = planner.post(at("change", cast, case.uuid, "keep"), {"option": "on_demand"})
    plan = KeptPlan.objects.get()
    assert plan.option == "on_demand"
    shown = text_of(planner.get(answer.headers["Location"]).content)
    assert "Plan 1: Support from July" in shown
    assert "On demand" in shown
    assert "no figure" in shown
    typed = {"paid.calls": "1200", "paid.oversight": "a lot"}
    compared = text_of(planner.get(answer.headers["Location"], typed).content)
    assert "Type a number, 0 or more." in compared


def test_only_the_company_keeps_plans(cast: Cast, case: Case) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.keep_plan(
            cast.uuid,
            at=FOUNDED,
            actor=cast.actor(cast.agent),
            title="Theirs",
            document={},
            option="",
            figures={},
        )
    assert not KeptPlan.objects.exists()
    assert TEST.id == "test"
