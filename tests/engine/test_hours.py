"""Working time by equi-join is that of the calendar, to the microsecond."""

from __future__ import annotations

import random

import pytest

from commondesk.core.record.instant import DAY, HOUR, MINUTE, parse_instant
from commondesk.core.service_level.calendar import Calendar
from commondesk.engine.database import DuckDatabase, table_of, written_out
from commondesk.engine.hours import hours_of
from commondesk.readers.case_file import case_of
from tests.oracle.generator import CALENDARS

START = parse_instant("2025-03-01T00:00Z")
COUNT = """
SELECT q.number, @COUNT(b, q.ended_at) - @COUNT(a, q.begun_at) FROM questions q
JOIN hours a ON a.slot = @DAY(q.calendar, q.begun_at)
JOIN hours b ON b.slot = @DAY(q.calendar, q.ended_at)
"""
DUE = """
SELECT c.number, @INSTANT(d, c.count)
FROM (
    SELECT q.number, q.calendar, @COUNT(a, q.begun_at) + q.span AS count FROM questions q
    JOIN hours a ON a.slot = @DAY(q.calendar, q.begun_at)
) c
JOIN dues d ON d.slot = @DUE(c.calendar, c.count)
"""


@pytest.fixture(scope="module")
def calendars() -> list[Calendar]:
    target = {"calendar": "office", "response": "1h"}
    odd = {"zone": "Asia/Kathmandu", "week": {"all": "00:07-00:09, 06:00-06:01, 23:59-24:00"}}
    data = {"now": "2025-03-10T00:00Z", "calendars": {**CALENDARS, "odd": odd}}
    case = case_of({**data, "charter": {"targets": [target]}, "tickets": {}})
    agreement = case.charters[0][2]
    return [each.known_at(START) for each in agreement.calendars.values()]


def test_counts_and_dues(calendars: list[Calendar]) -> None:
    rng = random.Random("hours")
    hours = hours_of(calendars, START, START + 300 * DAY)
    questions = []
    for number in range(4_000):
        begun_at = START + rng.randrange(60 * DAY)
        begun_at -= begun_at % rng.choice([1, MINUTE, HOUR, DAY])
        ended_at = begun_at + rng.randrange(30 * DAY)
        span = rng.choice([1, 5 * MINUTE, 8 * HOUR, rng.randrange(1, 12 * HOUR)])
        calendar = rng.randrange(len(calendars))
        if calendar == len(calendars) - 1:
            span = span % (20 * MINUTE) + 1
        questions.append((number, calendar, begun_at, ended_at, span))
    database = DuckDatabase(threads=1)
    columns = ("number", "calendar", "begun_at", "ended_at", "span")
    database.keep("questions", table_of(dict.fromkeys(columns, "int64"), questions))
    database.keep("hours", table_of(dict.fromkeys(hours.day_columns, "int64"), hours.days))
    database.keep("dues", table_of(dict.fromkeys(hours.due_columns, "int64"), hours.dues))
    counts: dict[int, int] = dict(database.rows(written_out(COUNT, hours, {})))
    dues: dict[int, int] = dict(database.rows(written_out(DUE, hours, {})))
    for number, calendar, begun_at, ended_at, span in questions:
        assert counts[number] == calendars[calendar].elapsed(begun_at, ended_at)
        assert dues[number] == calendars[calendar].add(begun_at, span)
