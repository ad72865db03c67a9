"""A roster of a case: searched as long work, shown on its step, taken away as files."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client

from commondesk.accounts.models import Person, Work
from commondesk.accounts.works import doing
from commondesk.core.record.codec import Json
from commondesk.ledger.now import instant_now
from commondesk.planning.models import Case
from tests.desk.cast import Cast
from tests.planning.test_pages import at, filled, saved, text_of

pytestmark = pytest.mark.database
ROSTER: dict[str, Json] = {
    "week": "2026-03-02",
    "rules": "none",
    "uncovered_hour": 90,
    "regions": [
        {
            "name": "EMEA",
            "zone": "Europe/Berlin",
            "roles": [{"role": "L1", "cost_per_week": 900}],
        }
    ],
    "patterns": [{"name": "5x8", "days": 5, "hours": "8 h", "starts": ["08:00"]}],
    "needed": [
        {
            "role": "L1",
            "seats": 2,
            "days": "mon-fri",
            "hours": "08:00-16:00",
            "zone": "Europe/Berlin",
        }
    ],
}


@pytest.fixture
def searched(cast: Cast, planner: Client, case: Case, decider: Person) -> Case:
    filled(case, decider, company={"currency": "EUR"}, roster=ROSTER)
    answer = planner.post(at("change", cast, case.uuid, "roster"))
    assert "/works/" in answer.headers["Location"] or Work.objects.exists()
    under_way = text_of(planner.get(at("step", cast, case.uuid, "risks")).content)
    assert "It is being searched." in under_way
    assert doing.do_due(instant_now) == 1
    return case


def test_a_roster_is_searched_and_shown_on_its_step(
    cast: Cast, planner: Client, searched: Case
) -> None:
    shown = text_of(planner.get(at("step", cast, searched.uuid, "risks")).content)
    assert "2 people cover" in shown
    assert "It is being searched." not in shown
    assert "Have it searched again." not in shown
    told = saved(planner, cast, searched, "risks", roster__uncovered_hour="95")
    assert "Have it searched again." in text_of(told)


def test_a_roster_is_taken_away_as_calendar_table_and_workbook(
    cast: Cast, planner: Client, searched: Case
) -> None:
    calendar = planner.get(at("download", cast, searched.uuid, "ics")).content
    assert calendar.startswith(b"BEGIN:VCALENDAR")
    table = planner.get(at("download", cast, searched.uuid, "csv")).content.decode()
    assert "EMEA" in table
    book = planner.get(at("download", cast, searched.uuid, "xlsx"))
    with ZipFile(BytesIO(book.content)) as file:
        assert b'name="Roster"' in file.read("xl/workbook.xml")
        assert b"SUM(H2:H" in file.read("xl/worksheets/sheet1.xml")


def test_without_questions_on_shifts_nothing_is_searched(
    cast: Cast, planner: Client, case: Case
) -> None:
    answer = planner.post(at("change", cast, case.uuid, "roster"), follow=True)
    assert "Fill the questions on shifts first." in text_of(answer.content)
    assert not Work.objects.exists()
    assert planner.get(at("download", cast, case.uuid, "ics")).status_code == 404


def test_who_may_not_plan_gets_no_roster(cast: Cast, searched: Case) -> None:
    client = Client()
    client.force_login(cast.agent)
    assert client.get(at("download", cast, searched.uuid, "csv")).status_code == 404
    assert client.post(at("change", cast, searched.uuid, "roster")).status_code == 404
