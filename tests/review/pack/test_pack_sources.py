"""What others ask, in a pack, and an older pack beside it: by hand, and honest about what lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commondesk.readers.export import Support
from commondesk.review.pack import baseline
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.page import page_of
from tests.review.pack.exports import figures_of, log, plain_log, ticket

DAY = 24.0


def worked(number: int, day: float, who: str) -> list[dict[str, str]]:
    return ticket(
        number,
        [(0, "New", "A", "?"), (1, "Active", "A", who), (2, "Resolved", "A", who)],
        opened=day * DAY,
    )


def test_new_hands_are_counted_from_the_ninetieth_day_on() -> None:
    """Bob since day 0, Cid since day 100: of days 95, 100 and 101 one ticket is Bob's."""
    figures = figures_of(
        log(
            worked(1, 0, "Bob"), worked(2, 95, "Bob"), worked(3, 100, "Cid"), worked(4, 101, "Cid")
        )
    )  # fmt: skip
    entry = figures.entries["new_hands"]
    assert (entry.figure.value, entry.figure.count, entry.figure.units) == (2 / 3, 3, 2)
    assert entry.support is Support.PROXY


def test_a_short_file_says_that_it_cannot_tell_new_hands() -> None:
    entry = figures_of(plain_log()).entries["new_hands"]
    assert (entry.figure.value, entry.support) == (None, Support.NONE)


def test_first_contact_is_an_upper_bound_and_says_so() -> None:
    """Of the three that were solved one was never handed on and never came back."""
    entry = figures_of(plain_log()).entries["first_contact"]
    assert (entry.figure.value, entry.figure.count) == (1 / 3, 3)
    assert entry.support is Support.PROXY
    assert "at most" in entry.figure.title


def test_what_monitoring_found_is_no_nought_where_no_word_is_for_it() -> None:
    entry = figures_of(plain_log()).entries["found_first"]
    assert entry.support is not Support.EXACT
    assert "no ticket that monitoring told of" in entry.reason


def test_tickets_a_head_are_by_those_who_asked() -> None:
    entry = figures_of(plain_log()).entries["per_head"]
    assert entry.figure.count == 4
    assert entry.support is Support.PROXY
    assert "people who asked" in entry.reason


def test_an_older_pack_stands_beside() -> None:
    before = json.dumps(document_of(figures_of(plain_log())))
    after = figures_of(log(*(worked(place, place, "Bob") for place in range(1, 40))))
    section = baseline.section(after, baseline.baseline_of(before))
    (table,) = section.tables
    said = {row[0].text: (row[1].text, row[2].text, row[4].text) for row in table.rows}
    told = said["Settled in the first contact, at most"]
    assert told[0].startswith("33.3") and "of 3)" in told[0]
    assert told[1].startswith("100")
    assert {each[2] for each in said.values()} <= set(baseline.SAID.values())
    assert "Before and after" in page_of(after, baseline.baseline_of(before))
    assert "Before and after" not in page_of(after)


def test_the_same_file_twice_shows_no_change() -> None:
    figures = figures_of(plain_log())
    told = baseline.baseline_of(json.dumps(document_of(figures)))
    (table,) = baseline.section(figures, told).tables
    assert {row[4].text for row in table.rows} <= {"may be chance", "cannot be told"}


def broken(**more: Any) -> str:
    told: dict[str, Any] = json.loads(json.dumps(document_of(figures_of(plain_log()))))
    return json.dumps(told | more)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"format": "commondesk.review-pack/1"}),
        json.dumps({"format": "commondesk.review-pack/1", "figures": {"x": 3}}),
    ],
)
def test_what_is_no_pack_is_refused_in_words(text: str) -> None:
    with pytest.raises(baseline.UnusableBaseline):
        baseline.baseline_of(text)


@pytest.mark.parametrize(
    "more", [{"period": {"start": 3, "read_at": ""}}, {"source": {}}, {"figures": {"x": {}}}]
)
def test_a_pack_with_a_hole_is_refused_in_words(more: dict[str, Any]) -> None:
    with pytest.raises(baseline.UnusableBaseline):
        baseline.baseline_of(broken(**more))
