"""Signals of a diagnosis out of the company's own record."""

import json
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.core.planner.diagnosis.measured import (
    Handled,
    Measures,
    Resolved,
    Volume,
    measure,
    of_plain,
)
from commondesk.core.record.instant import DAY, HOUR
from commondesk.desk import actions
from commondesk.desk import handed_exports as handed
from commondesk.ledger.now import instant_now
from commondesk.planning import document as documents
from commondesk.planning import queries, signals
from commondesk.planning.models import Case
from tests.desk.cast import MONDAY, Cast

pytestmark = pytest.mark.database
UTC = ZoneInfo("UTC")
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


# ---- exports that were reviewed -----------------------------------------------------------


def reviewed(cast: Cast, measures: Measures, name: str = "old desk.csv") -> handed.Export:
    """An export of a company, with what a review of it measured."""
    export = handed.keep(cast.uuid, cast.referent.uuid, [(name, [b"x"])], at=instant_now())
    told = {"since": "2025-01-06", "until": "2025-03-28", "measures": measures.plain()}
    (export.folder / handed.RESULT).write_text(json.dumps({"measured": told}), "utf-8")
    (export.folder / handed.FIGURES).write_text("{}", "utf-8")
    return export


MEASURES = Measures(Volume(300, 250, 80.0, 140, 160), resolved=Resolved(290, 280, 4))


def test_a_reviewed_export_stands_beside_the_record_and_is_taken_by_a_tick(
    cast: Cast, case: Case, planner: Client
) -> None:
    export = reviewed(cast, MEASURES)
    address = reverse("planning:record", args=[cast.company.prefix, case.uuid])
    shown = planner.get(address, headers={"hx-request": "true"}).content.decode()
    assert "Export old desk.csv: measured when it was reviewed" in shown
    assert "one person resolved 97 % of tickets, of 4 people in all" in shown
    key = f"{export.uuid.hex}.key_person"
    assert f'value="{key}" checked' in shown
    take = reverse("planning:change", args=[cast.company.prefix, case.uuid, "take"])
    planner.post(take, {"take": [key, "key_person", f"{UUID(int=1).hex}.key_person"]})
    case.refresh_from_db()
    assert queries.document_of(case) == {"diagnosis": {"key_person": True}}


def test_the_record_goes_before_an_export_and_another_company_has_neither(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = MONDAY + 22 * DAY
    for week in range(3):
        at = MONDAY + 7 * week * DAY
        cast.does(cast.agent, cast.open(at), actions.resolve, at + HOUR)()
    reviewed(cast, Measures(resolved=Resolved(10, 2, 5)))
    record, export = signals.beside(cast.uuid, UTC, now, {})
    assert (record.is_record, export.is_record) == (True, False)
    keys = {each.key for source in (record, export) for each in source.rows}
    said = signals.taken((record, export), keys)
    assert said["diagnosis.key_person"] is True
    assert signals.taken((export,), keys)["diagnosis.key_person"] is False
    assert [each.until for each in export.rows] == [date(2025, 3, 28)]
    assert signals.beside(cast.outsider.uuid, UTC, now, {}) == ()
    (alone,) = signals.beside(cast.uuid, UTC, now, {}, with_exports=False)
    assert alone.is_record


def test_an_export_reviewed_before_anything_was_measured_shows_nothing(cast: Cast) -> None:
    export = reviewed(cast, MEASURES)
    assert len(signals.beside(cast.uuid, UTC, MONDAY, {})) == 1
    for told in ("{}", "[]", '{"measured": {"since": "x"}}', '{"measured": 3}', "{"):
        (export.folder / handed.RESULT).write_text(told, "utf-8")
        assert signals.beside(cast.uuid, UTC, MONDAY, {}) == ()


def test_measures_are_kept_and_read_as_they_were() -> None:
    handled = [Handled(f"T{at}", at * DAY, resolved_by="a", words="VPN drops") for at in range(40)]
    found = measure(handled)
    assert of_plain(json.loads(json.dumps(found.plain()))) == found
    assert of_plain({"volume": {"tickets": 0, "days": 0}, "resolved": "x"}) == Measures()
