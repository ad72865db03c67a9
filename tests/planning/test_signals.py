"""Signals of a diagnosis out of the company's own record."""

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.core.record.instant import DAY, HOUR
from commondesk.desk import actions
from commondesk.ledger.now import instant_now
from commondesk.planning import document as documents
from commondesk.planning import queries, signals
from commondesk.planning.models import Case
from tests.desk.cast import MONDAY, Cast

pytestmark = pytest.mark.database
SUBJECTS = ("Press 4 stands still", "Toner of the hall printer", "Mailbox of Ann is full")


def test_the_record_answers_what_it_can_and_leaves_what_was_answered(cast: Cast) -> None:
    for week in range(4):
        at = MONDAY + 7 * week * DAY
        ticket = cast.open(at, subject=SUBJECTS[0])
        cast.does(cast.agent, ticket, actions.resolve, at + HOUR)()
    for subject in SUBJECTS[1:]:
        cast.open(MONDAY + DAY, subject=subject)
    now = MONDAY + 22 * DAY
    found = {each.name: each for each in signals.measured(cast.uuid, now)}
    assert found["repeated_incidents"].suggests is True
    assert found["repeated_incidents"].tickets == 6
    assert found["key_person"].suggests is True
    assert found["team_overloaded"].suggests is None
    said = signals.answers_of(tuple(found.values()), {"diagnosis": {"key_person": False}})
    assert said["diagnosis.repeated_incidents"] is True
    assert "diagnosis.key_person" not in said
    assert "diagnosis.team_overloaded" not in said


def test_another_company_is_not_looked_at(cast: Cast) -> None:
    cast.open()
    assert signals.measured(cast.outsider.uuid, MONDAY + DAY) == ()


def test_filling_from_the_record_answers_signals_too(
    cast: Cast, case: Case, planner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week in range(3):
        at = MONDAY + 7 * week * DAY
        ticket = cast.open(at, subject=SUBJECTS[0])
        cast.does(cast.agent, ticket, actions.resolve, at + HOUR)()
    monkeypatch.setattr(signals, "LOOK_BACK", instant_now() - MONDAY + DAY)
    path = reverse("planning:change", args=[cast.company.prefix, case.uuid, "fill"])
    page = planner.post(path, follow=True).content.decode()
    assert "one person resolved 100 % of tickets" in page
    case.refresh_from_db()
    document = queries.document_of(case) or {}
    assert documents.at(document, "diagnosis.key_person") is True


def test_what_the_record_shows_stands_beside_the_answers_and_is_taken_by_a_tick(
    cast: Cast, case: Case, planner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "LOOK_BACK", instant_now() - MONDAY + DAY)
    for week in range(3):
        at = MONDAY + 7 * week * DAY
        ticket = cast.open(at, subject=SUBJECTS[0])
        cast.does(cast.agent, ticket, actions.resolve, at + HOUR)()
    address = reverse("planning:record", args=[cast.company.prefix, case.uuid])
    shown = planner.get(address, headers={"hx-request": "true"}).content.decode()
    assert "one person resolved 100 % of tickets" in shown
    assert "3 tickets, " in shown
    assert 'value="key_person" checked' in shown
    case.refresh_from_db()
    assert queries.document_of(case) == {}
    take = reverse("planning:change", args=[cast.company.prefix, case.uuid, "take"])
    planner.post(take, {"take": ["key_person", "no_such_signal"]})
    case.refresh_from_db()
    assert queries.document_of(case) == {"diagnosis": {"key_person": True}}
    again = planner.get(address, headers={"hx-request": "true"}).content.decode()
    assert 'value="key_person"' not in again
    assert "the same" in again


def test_an_empty_record_says_so(cast: Cast, case: Case, planner: Client) -> None:
    address = reverse("planning:record", args=[cast.company.prefix, case.uuid])
    assert (
        "Once tickets are on record"
        in planner.get(address, headers={"hx-request": "true"}).content.decode()
    )
    assert "<!doctype html>" in planner.get(address).content.decode()
