"""Times in words, as the screens say them."""

from zoneinfo import ZoneInfo

import pytest

from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND
from commondesk.desk import wording
from commondesk.desk.ticket_queries import split_quote
from tests.desk.cast import MONDAY, on

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (0, "0 min"),
        (-HOUR, "0 min"),
        (5 * SECOND, "5 s"),
        (38 * MINUTE + 59 * SECOND, "38 min"),
        (5 * HOUR, "5 h"),
        (2 * HOUR + 10 * MINUTE, "2 h 10 min"),
        (3 * HOUR + 5 * MINUTE, "3 h 05 min"),
        (1200 * HOUR, "1,200 h"),
    ],
)
def test_spans(span: int, words: str) -> None:
    assert wording.span_words(span) == words


def test_time_on_the_wall_is_told_in_days_from_two_days_on() -> None:
    assert wording.age_words(47 * HOUR + 20 * MINUTE) == "47 h 20 min"
    assert wording.age_words(51 * HOUR) == "2 days 3 h"
    assert wording.age_words(12 * DAY + HOUR) == "12 days"


def test_an_instant_is_told_by_its_day_while_it_is_near() -> None:
    tuesday = on(11, "11:01")
    assert wording.instant_words(tuesday, UTC, MONDAY) == "Tue 11:01"
    assert wording.instant_words(tuesday, BERLIN, MONDAY) == "Tue 12:01"
    assert wording.instant_words(tuesday, UTC, on(30, "09:00")) == "11 Mar 11:01"
    assert wording.instant_words(tuesday, UTC, MONDAY + 400 * DAY) == "11 Mar 2025 11:01"
    assert wording.full_words(tuesday, UTC) == "Tue 11 Mar 2025 11:01"
    assert wording.iso_words(tuesday, BERLIN) == "2025-03-11T12:01:00+01:00"


def test_the_day_is_the_one_at_the_place() -> None:
    late = on(10, "23:30")
    assert wording.day_words(late, UTC, MONDAY) == "today"
    assert wording.day_words(late, BERLIN, MONDAY) == "tomorrow"
    assert wording.day_words(on(14, "09:00"), UTC, MONDAY) == "Fri"
    assert wording.day_words(on(25, "09:00"), UTC, MONDAY) == "25 Mar"


def test_what_is_due() -> None:
    assert wording.due_words(2 * HOUR + 10 * MINUTE) == "due in 2 h 10 min"
    assert wording.due_words(59 * SECOND) == "due now"
    assert wording.missed_words(35 * MINUTE) == "missed 35 min ago"
    assert wording.missed_words(40 * HOUR) == "missed 40 h ago"
    assert wording.missed_words(58 * HOUR) == "missed 2 days ago"
    assert wording.missed_words(3 * SECOND) == "missed just now"
    assert wording.paused_words(110 * MINUTE) == "paused, 1 h 50 min left"
    assert wording.paused_words(None) == "paused"


def test_lists_counts_and_sizes() -> None:
    assert wording.list_words([]) == ""
    assert wording.list_words(["Ada"]) == "Ada"
    assert wording.list_words(["Ada", "Ben"]) == "Ada and Ben"
    assert wording.list_words(["Ada", "Ben", "Cy", "Di"]) == "Ada, Ben and 2 more"
    assert [wording.size_words(n) for n in (12, 212_900, 3_400_000)] == ["12 B", "212 kB", "3.4 MB"]


def test_the_quoted_mail_below_an_answer_is_told_apart() -> None:
    text = "It works.\n\nOn Monday Ada wrote:\n> Please try\n> again"
    assert split_quote(text) == ("It works.", "On Monday Ada wrote:\n> Please try\n> again")
    assert split_quote("> only a quote") == ("> only a quote", "")
    assert split_quote("A line.\n> quoted\nBelow it.") == ("A line.\n> quoted\nBelow it.", "")
