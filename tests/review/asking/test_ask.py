"""The question box on screen: a company asks its own record, and nobody else's."""

from __future__ import annotations

import csv
import io
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts.models import Membership
from commondesk.core.metrics.figure import Period
from commondesk.core.record.events import ClockName
from commondesk.desk import actions
from commondesk.ledger.now import instant_now
from commondesk.review import figures
from commondesk.review.asking import snapshot, turns
from commondesk.review.asking.columns import SAVED, Saved
from tests.desk.cast import Cast, make_cast, on


@pytest.fixture
def cast(db: None, settings: Settings, tmp_path: Path) -> Cast:
    settings.DATA = tmp_path
    return make_cast()


@pytest.fixture
def agent(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.agent)
    return client


def url(cast: Cast) -> str:
    return reverse("review:ask", args=[cast.company.prefix])


def rows(client: Client, cast: Cast, sql: str) -> list[list[str]]:
    answer = client.post(url(cast), {"sql": sql, "as": "csv"})
    assert answer.status_code == 200, answer.content.decode()
    text = answer.getvalue().decode()
    return list(csv.reader(io.StringIO(text)))


def solved(cast: Cast) -> None:
    ticket = cast.open(on(10, "09:00"), subject="=cmd|' /C calc'!A0")
    cast.replies(ticket, on(10, "09:20"))
    cast.does(cast.agent, ticket, actions.resolve, on(10, "10:00"))()
    cast.open(on(10, "11:00"), subject="Scanner")


def test_what_it_says_is_what_the_desk_knows(cast: Cast, agent: Client) -> None:
    solved(cast)
    asked = "SELECT number, is_open, opened_at FROM tickets ORDER BY number"
    head, first, second = rows(agent, cast, asked)
    assert head == ["number", "is_open", "opened_at"]
    assert [first[1], second[1]] == ["False", "True"]
    assert first[2] == "2025-03-10 09:00:00"


def test_it_agrees_with_the_figures_of_the_review(cast: Cast, agent: Client) -> None:
    solved(cast)
    asked = (
        "SELECT count(*) FILTER (verdict IN ('met', 'met_so_far')), count(*) FROM verdicts"
        " WHERE clock = 'resolution' AND list_contains(lenses, 'experienced')"
        " AND verdict IN ('met', 'met_so_far', 'missed')"
    )
    _, (met, judged) = rows(agent, cast, asked)
    now = instant_now()
    period = Period(on(1, "00:00"), now + 1)
    figure = figures.sheet_of(cast.uuid, period, at=now).attainment(
        ClockName.RESOLUTION, "experienced"
    )
    assert (figure.count, figure.value) == (int(judged), int(met) / int(judged))


@pytest.mark.parametrize("saved", SAVED, ids=lambda each: each.key)
def test_every_question_to_begin_with_is_answered(cast: Cast, agent: Client, saved: Saved) -> None:
    solved(cast)
    shown = agent.get(url(cast), {"saved": saved.key}).content.decode()
    assert saved.sql in unescape(shown)
    assert len(rows(agent, cast, saved.sql)) >= 1


def test_a_mistake_keeps_the_question_and_says_what_is_wrong(cast: Cast, agent: Client) -> None:
    answer = agent.post(url(cast), {"sql": "SELECT numbr FROM tickets"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "SELECT numbr FROM tickets</textarea>" in page
    assert "could not be understood" in page and "numbr" in page


def test_markup_in_an_answer_stays_text(cast: Cast, agent: Client) -> None:
    page = agent.post(url(cast), {"sql": "SELECT '<script>alert(1)</script>' AS \"<b>x</b>\""})
    text = page.content.decode()
    assert "<script>alert(1)" not in text and "<b>x</b>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_formulas_are_defused_in_the_csv(cast: Cast, agent: Client) -> None:
    _, (cell,) = rows(agent, cast, "SELECT '=1+1' AS sum")
    assert not cell.startswith("=")


def test_another_company_is_in_none_of_the_tables(cast: Cast, agent: Client) -> None:
    solved(cast)
    theirs = Membership.objects.get(person=cast.outsider).company
    assert theirs != cast.company
    stranger = Client()
    stranger.force_login(cast.outsider)
    assert stranger.post(url(cast), {"sql": "SELECT 1"}).status_code == 404
    path = reverse("review:ask", args=[theirs.prefix])
    assert agent.post(path, {"sql": "SELECT 1"}).status_code == 404
    made = snapshot.snapshot_of(theirs.uuid, on(12, "10:00"))
    assert (made.folder / "tickets.csv").read_text() == ""


def test_whoever_may_not_read_figures_finds_nothing(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.requester)
    assert client.get(url(cast)).status_code == 404
    assert client.post(url(cast), {"sql": "SELECT 1"}).status_code == 404


def test_new_events_are_in_the_next_answer_and_old_files_go(cast: Cast, agent: Client) -> None:
    solved(cast)
    count = "SELECT count(*) FROM tickets"
    assert rows(agent, cast, count)[1] == ["2"]
    cast.open(on(12, "09:00"), subject="Another")
    assert rows(agent, cast, count)[1] == ["3"]
    first = snapshot.snapshot_of(cast.company.uuid, on(12, "10:00")).folder
    assert [each.name for each in first.parent.iterdir()] == [first.name]
    snapshot.drop(cast.company.uuid)
    assert not first.exists()


def test_too_many_at_once_are_asked_to_wait(cast: Cast, agent: Client) -> None:
    with turns.turn() as one, turns.turn() as two:
        assert one and two
        answer = agent.post(url(cast), {"sql": "SELECT 1"})
    assert answer.status_code == 503
    assert "few seconds" in answer.content.decode()
    assert rows(agent, cast, "SELECT 1 AS one") == [["one"], ["1"]]


def test_a_company_without_a_ticket_has_empty_tables(cast: Cast, agent: Client) -> None:
    assert rows(agent, cast, "SELECT count(*) AS n FROM verdicts") == [["n"], ["0"]]
    page = agent.post(url(cast), {"sql": "SELECT * FROM tickets"}).content.decode()
    assert "No row fits" in page
