"""The review on screen: figures that never travel alone, and the tickets behind them."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.desk import actions
from commondesk.review import figures
from tests.desk.cast import Cast, make_cast, on

MARCH = {"from": "2025-03-10", "until": "2025-03-14"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def agent(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.agent)
    return client


def review_url(cast: Cast) -> str:
    return reverse("review:review", args=[cast.company.prefix])


def week(cast: Cast) -> tuple[UUID, UUID, UUID]:
    """One answered and solved in time and back again; one answered late; one still open."""
    returned = cast.open(on(10, "09:00"), subject="Badge reader")
    cast.replies(returned, on(10, "09:20"))
    cast.does(cast.agent, returned, actions.resolve, on(10, "10:00"))()
    cast.writes(returned, on(11, "09:00"))
    cast.replies(returned, on(11, "09:10"))
    cast.does(cast.agent, returned, actions.resolve, on(14, "12:00"))()
    late = cast.open(on(10, "09:00"), subject="Label printer")
    cast.replies(late, on(10, "15:00"))
    cast.does(cast.agent, late, actions.resolve, on(10, "16:00"))()
    unsolved = cast.open(on(14, "16:00"), subject="Scanner")
    return returned, late, unsolved


def text_of(html: str) -> str:
    unmarked = re.sub(r"</?button[^>]*>", "", html)
    return " ".join(re.sub(r"<[^>]+>", " ", unmarked).split())


def test_a_figure_says_what_it_stands_on(cast: Cast, agent: Client) -> None:
    week(cast)
    shown = text_of(agent.get(review_url(cast), MARCH).content.decode())
    assert "50 of 100 resolutions in time by contract." in shown
    assert "draft charter: unsigned" in shown
    response = shown[shown.index("Response on time") :][:200]
    assert response.startswith("Response on time 50 % n 2 0 still open")
    assert "lens contract" in response
    assert "2 tickets" in response


def test_the_lenses_stand_side_by_side(cast: Cast, agent: Client) -> None:
    week(cast)
    shown = text_of(agent.get(review_url(cast), MARCH).content.decode())
    table = shown[shown.index("Resolution in time, under each lens") :]
    assert re.search(r"contract, your charter .*? 50 % 9 % to 91 %", table)
    assert re.search(r"first resolve .*? 100 %", table)


def test_a_figure_opens_exactly_its_tickets(cast: Cast, agent: Client) -> None:
    week(cast)
    page = agent.get(review_url(cast), MARCH).content.decode()
    link = re.search(r'href="([^"]*attainment\.response\.contract[^"]*)"', page)
    assert link is not None
    shown = text_of(agent.get(link[1].replace("&amp;", "&")).content.decode())
    assert "Response on time: 50 %" in shown
    assert "Label printer missed 6 h" in shown
    assert "Badge reader met 20 min" in shown
    assert "Scanner" not in shown


def test_without_tickets_there_is_no_data_and_never_a_nought(cast: Cast, agent: Client) -> None:
    shown = text_of(agent.get(review_url(cast), MARCH).content.decode())
    assert "No data for these days." in shown
    assert "0 %" not in shown
    week(cast)
    shown = text_of(
        agent.get(review_url(cast), {"from": "2025-01-01", "until": "2025-01-31"}).content.decode()
    )
    assert "No data for these days." in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"from": "2025-03-10", "until": "2025-03-14"}, "10 Mar 2025 to 14 Mar 2025"),
        ({"from": "2025-03-14", "until": "2025-03-10"}, "10 Mar 2025 to 14 Mar 2025"),
        ({"until": "2025-03-30"}, "1 Mar 2025 to 30 Mar 2025"),
        ({"from": "never", "until": "2025-03-30"}, "1 Mar 2025 to 30 Mar 2025"),
        ({"from": "0001-01-01", "until": "2025-03-30"}, "1 Mar 2025 to 30 Mar 2025"),
    ],
)
def test_days_are_given_both_included(
    cast: Cast, agent: Client, given: dict[str, str], shown: str
) -> None:
    assert shown in agent.get(review_url(cast), given).content.decode()


def test_the_day_until_is_included(cast: Cast, agent: Client) -> None:
    cast.open(on(10, "16:30"), subject="Late in the day")
    only = {"from": "2025-03-10", "until": "2025-03-10"}
    address = reverse("review:behind", args=[cast.company.prefix, "time.response.experienced"])
    assert "Late in the day" in agent.get(address, only).content.decode()
    before = {"from": "2025-03-09", "until": "2025-03-09"}
    assert "Late in the day" not in agent.get(address, before).content.decode()


def test_an_unknown_figure_is_not_there(cast: Cast, agent: Client) -> None:
    address = reverse("review:behind", args=[cast.company.prefix, "made.up"])
    assert agent.get(address).status_code == 404


def test_requesters_see_no_figure(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.requester)
    assert client.get(review_url(cast)).status_code == 404


def test_the_charter_is_readable(cast: Cast, agent: Client) -> None:
    address = reverse("governance:charter", args=[cast.company.prefix])
    shown = text_of(agent.get(address).content.decode())
    for words in (
        "This is a draft: nobody has signed it.",
        "3 business days 24 h",
        "Mon to Fri 09:00–17:00 Sat to Sun closed",
        "A reopening changes nothing: the clock runs on from the start",
        "A clock pauses while it waits for the requester, a vendor, an approval",
        "Where the internal referent sits Rita Ferent",
    ):
        assert words in shown


def test_every_figure_and_its_tickets_leave_as_csv(cast: Cast, agent: Client) -> None:
    week(cast)
    address = reverse("review:table", args=[cast.company.prefix])
    name = "attainment.response,Response on time,contract"
    lines = b"".join(agent.get(address, MARCH)).decode().splitlines()
    row = next(line for line in lines if line.startswith(name))
    assert row.split(",")[3:5] == ["0.5", "share"]
    address = reverse("review:behind", args=[cast.company.prefix, "attainment.response.contract"])
    lines = b"".join(agent.get(address, {**MARCH, "as": "csv"})).decode().splitlines()
    assert lines[0].startswith("ticket,with,subject")
    assert [line.split(",")[2:5] for line in lines[1:]] == [
        ["Label printer", "missed", "21600"],
        ["Badge reader", "met", "1200"],
    ]


def test_the_board_says_what_is_open_now(cast: Cast, agent: Client) -> None:
    week(cast)
    shown = text_of(agent.get(reverse("review:board", args=[cast.company.prefix])).content.decode())
    assert "Open 1" in shown
    assert "Nobody has it 1" in shown
    part = agent.get(reverse("review:board-now", args=[cast.company.prefix]))
    assert b'hx-trigger="every 15s"' in part.content


def test_a_later_event_is_in_the_figures_of_the_next_look(cast: Cast, agent: Client) -> None:
    unsolved = week(cast)[2]
    shown = text_of(agent.get(review_url(cast), MARCH).content.decode())
    assert "1 ticket open" in shown
    cast.replies(unsolved, on(14, "16:20"))
    cast.does(cast.agent, unsolved, actions.resolve, on(14, "16:30"))()
    shown = text_of(agent.get(review_url(cast), MARCH).content.decode())
    assert "0 tickets open" in shown


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100"), (0.0, "0"), (0.9958, "99.6"), (0.99996, "99.9"), (0.0001, "0.1"), (0.714, "71")],
)
def test_a_hundred_of_a_hundred_is_all_of_them(share: float, said: str) -> None:
    assert figures.of_hundred(share) == said
