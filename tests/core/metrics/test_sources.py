"""Arrivals, bunching, what others ask, and two periods side by side: by hand, and honest."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from commondesk.core.metrics import sources
from commondesk.core.metrics.arrivals import STEP, arrivals_of
from commondesk.core.metrics.bunching import STEPS, Bunching
from commondesk.core.metrics.comparison import Comparison, Said
from commondesk.core.metrics.counting import step_of
from commondesk.core.metrics.figure import Figure, Period, share_of
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.record.instant import DAY, HOUR, parse_instant
from commondesk.core.service_level.calendar import always_open

MARCH = Period(parse_instant("2025-03-01T00:00Z"), parse_instant("2025-03-31T00:00Z"))
MONDAY = parse_instant("2025-03-10T09:00Z")


def test_arrivals_are_told_by_the_clock_of_the_zone() -> None:
    """The same hour in UTC is another one in Berlin once summer time begins."""
    before, after = MONDAY, parse_instant("2025-03-31T09:00Z")
    told = arrivals_of({before // STEP: 2, after // STEP: 1}, ZoneInfo("Europe/Berlin"))
    assert (told.counts[0][10], told.counts[0][11]) == (2, 1)
    assert (told.total, told.most, told.outside) == (3, (0, 10), None)


def test_zones_with_half_hours_are_no_guess() -> None:
    at = parse_instant("2025-03-10T09:15Z")
    told = arrivals_of({at // STEP: 1}, ZoneInfo("Asia/Kathmandu"))
    assert told.counts[0][15] == 1


def test_nothing_lies_outside_hours_that_never_end() -> None:
    assert arrivals_of({MONDAY // STEP: 1}, ZoneInfo("UTC"), always_open()).outside == 0


def unit(ended: int | None, apart: str = "") -> Outcome:
    """Opened Monday 09:00, due twenty hours later on the wall."""
    return Outcome(
        ticket="a",
        others="",
        clock="resolution",
        cycle=1,
        lenses="1",
        started_at=MONDAY,
        due_at=MONDAY + 20 * HOUR,
        ended_at=None if ended is None else MONDAY + ended,
        holds_at=None,
        apart=apart,
        is_paused=False,
        used=0,
        calendar="",
        priority="P3",
        flags="",
    )


@pytest.mark.parametrize(
    ("ended", "step"),
    [
        (0, 0),
        (HOUR, 0),
        (HOUR + 1, 1),
        (19 * HOUR, 18),
        (19 * HOUR + 1, 19),
        (20 * HOUR, 19),
        (20 * HOUR + 1, None),
        (None, None),
    ],
)
def test_a_step_holds_its_end_and_misses_are_in_none(ended: int | None, step: int | None) -> None:
    assert step_of(unit(ended), MARCH, STEPS) == step
    assert step_of(unit(ended, "live"), MARCH, STEPS) is None


def test_what_is_more_than_the_steps_before() -> None:
    told = Bunching((0,) * 17 + (2, 4, 10))
    assert (told.met, told.last, told.beside, told.excess) == (16, 10, 3.0, 7.0)
    assert Bunching((0,) * 17 + (5, 5, 1)).excess == 0


def test_tickets_a_head_by_hand() -> None:
    """Ten tickets of four people in 30 days: 2.5 each, and by chance 1.2 to 4.6."""
    figure = sources.per_head(10, 4, MARCH.end, period=MARCH)
    assert figure.value == 2.5
    assert figure.interval is not None
    assert (round(figure.interval.low, 2), round(figure.interval.high, 2)) == (1.2, 4.6)
    half = sources.per_head(10, 4, MARCH.start + 15 * DAY, period=MARCH)
    assert half.value == 5.0


@pytest.mark.parametrize(("heads", "days"), [(0, 30), (4, 0)])
def test_nobody_or_no_time_is_no_data(heads: int, days: int) -> None:
    figure = sources.per_head(10, heads, MARCH.start + days * DAY, period=MARCH)
    assert (figure.value, figure.interval) == (None, None)


def test_no_trouble_is_no_data_and_never_a_nought() -> None:
    figure = sources.found_first(0, 0, period=MARCH, still_open=0, behind=tuple)
    assert (figure.value, figure.interval) == (None, None)


@pytest.mark.parametrize(
    ("kind", "channel", "is_so"),
    [
        ("alert", "mail", True),
        ("incident", "monitoring", True),
        ("incident", "mail", False),
    ],
)
def test_monitoring_is_a_kind_or_a_channel(kind: str, channel: str, is_so: bool) -> None:
    assert sources.is_found_by_machine(kind, channel) is is_so


def test_a_young_account_says_that_everybody_is_new() -> None:
    def told(began_at: int | None) -> tuple[str, ...]:
        return sources.new_hands(5, 10, began_at, period=MARCH, still_open=0, behind=tuple).caveats

    assert "everybody is new" in told(MARCH.start - 89 * DAY)[0]
    assert told(MARCH.start - 90 * DAY) == ()


def share(found: int, cohort: int) -> Figure:
    return share_of(found, cohort, name="x", title="X", period=MARCH, still_open=0, behind=tuple)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((10, 100), (60, 100), Said.HIGHER),
        ((60, 100), (10, 100), Said.LOWER),
        ((50, 100), (55, 100), Said.UNSETTLED),
        ((1, 4), (4, 4), Said.UNSETTLED),
        ((0, 0), (4, 4), Said.UNKNOWN),
    ],
)
def test_a_change_is_told_only_where_the_intervals_do_not_touch(
    before: tuple[int, int], after: tuple[int, int], said: Said
) -> None:
    assert Comparison(share(*before), share(*after)).said is said
