"""Figures by hand: rates with their intervals, curves with the open ones, populations."""

from __future__ import annotations

import pytest

from commondesk.core.metrics import promise, speed
from commondesk.core.metrics.facts import Facts, facts_of
from commondesk.core.metrics.figure import Period, quantile, wilson
from commondesk.core.metrics.scheme import scheme_of
from commondesk.core.metrics.survival import curve_of, quantile_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR, MINUTE, parse_instant
from commondesk.readers.case_file import Case, case_of

MARCH = Period(parse_instant("2025-03-01T00:00Z"), parse_instant("2025-04-01T00:00Z"))


def case(**tickets: list[dict[str, object]]) -> Case:
    return case_of(
        {
            "now": "2025-03-31T00:00Z",
            "calendars": {"office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}},
            "charter": {"targets": [{"response": "2h", "resolution": "8h"}]},
            "tickets": {name: {"events": events} for name, events in tickets.items()},
        }
    )


def step(day: int, hour: int, did: str, **more: object) -> dict[str, object]:
    return {"at": f"2025-03-{day:02}T{hour:02}:00Z", "did": did, **more}


def facts_in(told: Case) -> Facts:
    return facts_of(told.histories, told.agreement, scheme_of(None), told.now)


MET = [step(10, 9, "opened"), step(10, 10, "replied"), step(10, 12, "resolved")]
LATE = [step(10, 9, "opened"), step(10, 14, "replied"), step(12, 12, "resolved")]
OPEN_AND_LATE = [step(10, 9, "opened")]
UNANSWERED = [
    step(10, 9, "opened"),
    step(10, 10, "replied", asks=True),
    step(10, 10, "wait", on="requester"),
]
AFTERWARDS = [step(10, 9, "opened", opening="after_the_fact"), step(10, 10, "resolved")]


def test_wilson_by_hand() -> None:
    interval = wilson(8, 10)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) is None
    none, every = wilson(0, 5), wilson(5, 5)
    assert none is not None and every is not None
    assert none.low == 0.0 and every.high == 1.0


def test_quantiles_by_hand() -> None:
    assert quantile([], 50) is None
    assert [quantile([1.0, 2.0, 3.0, 4.0], percent) for percent in (25, 50, 75, 90)] == [1, 2, 3, 4]


def test_curve_counts_the_open_ones_by_hand() -> None:
    curve = curve_of([1, 3, 5], [2, 4])
    assert [(point.span, round(point.still_open, 4)) for point in curve] == [
        (1, 0.8),
        (3, 0.5333),
        (5, 0.0),
    ]
    assert quantile_of(curve, 50) == 5
    assert quantile_of(curve, 20) == 1


def test_a_median_that_is_not_reached_is_no_number() -> None:
    curve = curve_of([1], [9, 9])
    assert quantile_of(curve, 50) is None


def test_open_late_tickets_stay_in_the_denominator() -> None:
    told = case(a=MET, b=LATE, c=OPEN_AND_LATE, d=UNANSWERED, e=AFTERWARDS)
    facts = facts_in(told)
    figure = promise.attainment(facts, ClockName.RESOLUTION, "experienced", MARCH)
    assert (figure.value, figure.count, figure.undecided) == (1 / 3, 3, 1)
    assert figure.still_open == 2
    assert figure.extremes is not None
    assert (figure.extremes.low, figure.extremes.high) == (1 / 4, 2 / 4)
    assert {unit.tickets: unit.verdict for unit in figure.backing} == {
        ("a",): "met",
        ("b",): "missed",
        ("c",): "missed",
        ("d",): "undecided",
    }


def test_the_usual_count_leaves_them_out() -> None:
    told = case(a=MET, b=LATE, c=OPEN_AND_LATE, d=UNANSWERED)
    facts = facts_in(told)
    figure = promise.attainment(facts, ClockName.RESOLUTION, "first-resolve", MARCH)
    assert (figure.value, figure.count, figure.undecided) == (1 / 2, 2, 0)


def test_no_data_is_no_number() -> None:
    facts = facts_of({}, lambda _charter: None, scheme_of(None), MARCH.end)
    figure = promise.attainment(facts, ClockName.RESPONSE, "experienced", MARCH)
    assert (figure.value, figure.count, figure.interval, figure.extremes) == (None, 0, None, None)
    assert speed.time_to(facts, ClockName.RESPONSE, "experienced", MARCH).value is None


@pytest.mark.parametrize(("start", "count"), [("2025-03-01", 3), ("2025-03-11", 0)])
def test_times_are_of_units_begun_in_the_period(start: str, count: int) -> None:
    told = case(a=MET, b=LATE, c=OPEN_AND_LATE, e=AFTERWARDS)
    facts = facts_in(told)
    period = Period(parse_instant(f"{start}T00:00Z"), MARCH.end)
    figure = speed.time_to(facts, ClockName.RESPONSE, "experienced", period)
    assert figure.count == count
    if count:
        assert (figure.value, figure.still_open) == (5 * HOUR, 1)


def test_the_automatic_answer_stands_beside() -> None:
    automatic: dict[str, object] = {"at": "2025-03-10T09:01Z", "did": "replied", "by": "machine"}
    told = case(a=[MET[0], automatic, *MET[1:]], b=LATE)
    facts = facts_in(told)
    figure = speed.first_automatic(facts, MARCH)
    assert (figure.value, figure.count) == (MINUTE, 1)
    assert "never counted" in figure.caveats[0]
