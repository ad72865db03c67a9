"""How many people it takes: at once where that is quick, else as long work that is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from commondesk.accounts.models import Person, Work
from commondesk.accounts.works import doing
from commondesk.core import texts
from commondesk.core.planner import case_file
from commondesk.core.planner.staffing import remembered
from commondesk.core.planner.staffing.plan import plan
from commondesk.core.planner.staffing.remembered import Known
from commondesk.core.planner.staffing.simulated import Effort
from commondesk.core.record.codec import Json
from commondesk.ledger.now import instant_now
from commondesk.planning import queries, staffed, staffing
from commondesk.planning import worked as works
from commondesk.planning.models import Case, KnownTeams
from tests.desk.cast import Cast
from tests.planning.test_pages import at, filled, saved, text_of

pytestmark = pytest.mark.database
DEMAND: dict[str, Json] = {"tickets_per_month": 900, "work": "5 min"}
STAFFING: dict[str, Json] = {
    "hours": {"mon-fri": "08:00-16:00"},
    "first_response": "2 min",
    "shrinkage": "30 %",
    "channel": "live",
}


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    staffed.forget()
    yield
    staffed.forget()


@pytest.fixture
def small(case: Case, decider: Person) -> Case:
    filled(case, decider, demand=DEMAND, staffing=STAFFING)
    case.refresh_from_db()
    return case


@pytest.fixture
def large(small: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(staffed, "QUICK_AGENTS", 0.0)
    return small


def asked_for(planner: Client, cast: Cast, case: Case) -> None:
    answer = planner.post(at("change", cast, case.uuid, "people"))
    assert answer.headers["Location"] == at("step", cast, case.uuid, "demand")


def test_a_small_desk_is_worked_out_while_the_page_waits(
    cast: Cast, planner: Client, small: Case
) -> None:
    part = planner.get(at("people", cast, small.uuid)).content
    assert "smallest that holds" in text_of(part)
    assert b'id="summary"' in part
    assert not Work.objects.exists()


def test_much_work_is_long_work_that_is_kept_with_the_case(
    cast: Cast, planner: Client, large: Case
) -> None:
    page = planner.get(at("step", cast, large.uuid, "demand")).content
    assert "have it worked out" in text_of(page)
    assert b"every 1s" not in page
    asked_for(planner, cast, large)
    asked_for(planner, cast, large)  # once more looks at what is under way
    assert Work.objects.count() == 1
    part = planner.get(at("people", cast, large.uuid)).content
    assert b"every 1s" in part
    assert "Stop it" in text_of(part)
    assert doing.do_due(instant_now) == 1
    staffed.forget()  # another process knows nothing of it
    shown = planner.get(at("step", cast, large.uuid, "demand")).content
    assert "smallest that holds" in text_of(shown)
    assert b"every 1s" not in shown


def test_other_numbers_ask_for_it_anew(cast: Cast, planner: Client, large: Case) -> None:
    asked_for(planner, cast, large)
    doing.do_due(instant_now)
    told = saved(planner, cast, large, "demand", demand__tickets_per_month="950")
    assert "Answers changed since it was worked out last." in text_of(told)


def test_whoever_asked_may_stop_it(cast: Cast, planner: Client, large: Case) -> None:
    asked_for(planner, cast, large)
    planner.post(at("change", cast, large.uuid, "halt-people"))
    doing.do_due(instant_now)
    assert Work.objects.get().state == Work.State.STOPPED
    assert not KnownTeams.objects.exists()
    part = text_of(planner.get(at("people", cast, large.uuid)).content)
    assert "have it worked out" in part


def test_a_case_that_went_meanwhile_is_told(cast: Cast, planner: Client, large: Case) -> None:
    asked_for(planner, cast, large)
    large.delete()
    doing.do_due(instant_now)
    assert (Work.objects.get().state, Work.objects.get().why) == (Work.State.FAILED, "gone")


def test_what_is_known_is_told_in_the_reader_s_language_without_work(large: Case) -> None:
    document = queries.document_of(large)
    assert document is not None
    question = works.worked(document).people
    assert question is not None
    assert staffing.answer_now(large, question) is None
    known = Known()
    found = plan(question, known=known)
    KnownTeams.objects.create(
        case=large, question=staffed.mark_of(question), teams=known.text(), made_at=0
    )
    again = staffing.answer_of(large, question)
    assert again is not None
    assert again.plan == found
    with texts.spoken("fr"):
        french = staffing.answer_of(large, question)
    assert french is not None and french.plan is not None
    assert french.plan.steps == found.steps
    assert french.plan.reason != found.reason


def test_what_is_played_through_is_never_quick() -> None:
    tiers: list[Json] = [
        {"name": "L1", "work": "20 min", "escalates": "30 %"},
        {"name": "L2", "work": "1 h"},
    ]
    demand: Json = {"tickets_per_month": 60, "tiers": tiers}
    hours: Json = {**STAFFING, "channel": "tickets", "first_response": "4 h"}
    question = case_file.read({"demand": demand, "staffing": hours}).case.staffing
    assert question is not None
    assert not staffed.is_quick(question)


def test_one_promise_without_a_name_is_told_of_tiers_too() -> None:
    tiers: list[Json] = [
        {"name": "L1", "work": "6 min", "escalates": "30 %"},
        {"name": "L2", "work": "6 min"},
    ]
    said: Json = {**STAFFING, "channel": "tickets", "first_response": "4 h"}
    demand: Json = {"tickets_per_month": 60, "tiers": tiers}
    question = case_file.read({"demand": demand, "staffing": said}).case.staffing
    assert question is not None
    made = plan(question, Effort(weeks=2, warm_up=1))
    shown = staffed.shown(made)
    assert all(row.attained != ("–",) for row in shown.rows if not row.step.level.is_overloaded)


def test_teams_that_are_known_are_not_tried_again() -> None:
    question = case_file.read({"demand": DEMAND, "staffing": STAFFING}).case.staffing
    assert question is not None
    tried: list[int] = []
    first = Known(tried=tried.append)
    found = plan(question, known=first)
    assert tried == list(range(1, len(tried) + 1))
    again = remembered.of_text(first.text())
    assert again.levels == first.levels
    again.tried = tried.append
    count = len(tried)
    assert plan(question, known=again) == found
    assert len(tried) == count
