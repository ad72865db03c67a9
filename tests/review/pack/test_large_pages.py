"""Pages of large exports hold some tickets of each figure, say which, and still count all."""

from __future__ import annotations

from typing import Any

import pytest

from commondesk.review.pack import columns
from commondesk.review.pack.columns import columns_of
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.page import page_of
from tests.review.pack.exports import figures_of, log, ticket

TICKETS = 30


def content() -> bytes:
    """Tickets that take as many hours as their number says."""
    return log(
        *(
            ticket(
                number,
                [(0, "New", "A", "?"), (number, "Resolved", "A", "Bob")],
                opened=100 - number,
            )
            for number in range(1, TICKETS + 1)
        )
    )


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "LISTED", 10)
    monkeypatch.setattr(columns, "NAMED", 3)


def behind(data: dict[str, Any], key: str) -> list[str]:
    """The tickets that a page lists of a figure."""
    rows, at = [], 0
    for step in data["behind"]["lists"][data["behind"]["by"][key]["i"]]:
        at += step
        rows.append(data["tickets"]["number"][at])
    return rows


@pytest.mark.usefixtures("few_are_many")
def test_each_figure_lists_its_longest_or_latest() -> None:
    figures = figures_of(content())
    data: dict[str, Any] = dict(columns_of(figures))
    assert data["of"] == TICKETS
    assert len(data["tickets"]["number"]) < TICKETS
    assert len(data["events"]["count"]) == len(data["tickets"]["number"])
    longest = {f"INC{number:07}" for number in (28, 29, 30)}
    assert set(behind(data, "resolved.first")) == longest
    assert set(behind(data, "time.resolution.experienced")) == longest
    latest = {f"INC{number:07}" for number in (1, 2, 3)}
    assert set(behind(data, "first_contact")) == latest


@pytest.mark.usefixtures("few_are_many")
def test_the_page_says_what_it_does_not_hold_and_counts_all() -> None:
    figures = figures_of(content())
    page = page_of(figures)
    assert f"The figures count all {TICKETS} tickets" in page
    assert "--parquet DIR" in page
    document: Any = document_of(figures)
    assert document["figures"]["resolved.first"]["opens"] == TICKETS


def test_the_page_of_a_small_export_holds_all() -> None:
    figures = figures_of(content())
    data: dict[str, Any] = dict(columns_of(figures))
    assert data["of"] == 0
    assert len(data["tickets"]["number"]) == TICKETS
    assert "The figures count all" not in page_of(figures)
