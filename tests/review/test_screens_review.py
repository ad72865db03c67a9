"""The review on screen: figures that never travel alone, and the tickets behind them."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.desk import actions
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
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


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
