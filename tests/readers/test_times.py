"""How times are written: what values show, what is asked, and what they become."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record.instant import datetime_of, iso_of, parse_instant
from commondesk.readers.times import (
    AmbiguousTimes,
    Clock,
    Evidence,
    NoTime,
    Order,
    Reading,
    reading_of,
    value_of,
)

UTC = ZoneInfo("UTC")
PARIS = ZoneInfo("Europe/Paris")


def evidence(*values: str, column: str = "at") -> Evidence:
    found = Evidence(column)
    for row, value in enumerate(values, 2):
        found.hear(value, row)
    return found


def question(found: Evidence, **others: Evidence) -> str:
    with pytest.raises(AmbiguousTimes) as asked:
        reading_of(found, None, others)
    return str(asked.value)


# ---- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("29/2/2016 01:16", Order.DAY_FIRST, "2016-02-29T01:16:00Z"),
        ("3/4/2024 9:05:07", Order.DAY_FIRST, "2024-04-03T09:05:07Z"),
        ("3/4/2024 9:05:07", Order.MONTH_FIRST, "2024-03-04T09:05:07Z"),
        ("03.04.2024 09:05", Order.DAY_FIRST, "2024-04-03T09:05:00Z"),
        ("3-4-24 9.05", Order.DAY_FIRST, "2024-04-03T09:05:00Z"),
        ("03/04/24, 12:05 AM", Order.MONTH_FIRST, "2024-03-04T00:05:00Z"),
        ("03/04/24 12:05 p.m.", Order.MONTH_FIRST, "2024-03-04T12:05:00Z"),
        ("25/12/2024", Order.AS_WRITTEN, "2024-12-25T00:00:00Z"),
        ("2024-04-03 09:05:07.125", Order.AS_WRITTEN, "2024-04-03T09:05:07.125Z"),
        ("2024-04-03T09:05:07,5Z", Order.AS_WRITTEN, "2024-04-03T09:05:07.500Z"),
        ("2024-04-03T09:05:07.123456789+02:00", Order.AS_WRITTEN, "2024-04-03T07:05:07.123456Z"),
        ("2024-04-03 09:05 -0330", Order.AS_WRITTEN, "2024-04-03T12:35:00Z"),
        ("2024/04/03", Order.AS_WRITTEN, "2024-04-03T00:00:00Z"),
        ("20240403T090507Z", Order.AS_WRITTEN, "2024-04-03T09:05:07Z"),
        ("20240403090507", Order.AS_WRITTEN, "2024-04-03T09:05:07Z"),
        ("2024-04-03 09:05", Order.SWAPPED, "2024-03-04T09:05:00Z"),
        ("03/Apr/24 9:05 AM", Order.AS_WRITTEN, "2024-04-03T09:05:00Z"),
        ("Apr 3, 2024 9:05:07 PM", Order.AS_WRITTEN, "2024-04-03T21:05:07Z"),
        ("Wed, 03 Apr 2024 09:05:07 +0200", Order.AS_WRITTEN, "2024-04-03T07:05:07Z"),
        ("3 avril 2024 9h05", Order.AS_WRITTEN, "2024-04-03T09:05:00Z"),
        ("3. März 2024 09:05", Order.AS_WRITTEN, "2024-03-03T09:05:00Z"),
        ("1712135107", Order.AS_WRITTEN, "2024-04-03T09:05:07Z"),
        ("1712135107125", Order.AS_WRITTEN, "2024-04-03T09:05:07.125Z"),
        ("1712135107125250", Order.AS_WRITTEN, "2024-04-03T09:05:07.125250Z"),
        ("45385,5", Order.AS_WRITTEN, "2024-04-03T12:00:00Z"),
    ],
)
def test_a_value_becomes_an_instant(text: str, order: Order, at: str) -> None:
    assert Clock(order, UTC).instant(text) == parse_instant(at)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "31/6/2024",
        "2024-13-45",
        "2023-02-29 10:00",
        "1/1/0001",
        "25/25/2024",
        "2024-04-03 25:00",
        "13/04/2024 13:00 PM",
        "03 Foo 2024",
        "2024-04-03T09:05:07+99:00",
        "9999999999999999",
        "12",
        "5",
        "",
        "٣/٤/2024",
    ],
)
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(NoTime):
        Clock(Order.DAY_FIRST, UTC).instant(text)


def test_times_without_a_zone_stand_in_the_one_that_is_given() -> None:
    clock = Clock(Order.DAY_FIRST, PARIS)
    assert iso_of(clock.instant("4/7/2024 09:00")) == "2024-07-04T07:00:00Z"
    assert iso_of(clock.instant("2024-07-04T09:00+00:00")) == "2024-07-04T09:00:00Z"
    assert clock.doubtful == 0


def test_times_that_clocks_skip_or_have_twice_are_counted() -> None:
    clock = Clock(Order.DAY_FIRST, PARIS)
    for text in ("31/3/2024 02:30", "27/10/2024 02:30", "27/10/2024 02:30", "27/10/2024 04:30"):
        clock.instant(text)
    assert clock.doubtful == 3


def test_a_value_that_can_only_be_read_against_the_order_is_and_is_counted() -> None:
    clock = Clock(Order.MONTH_FIRST, UTC)
    assert iso_of(clock.instant("25/3/2024")) == "2024-03-25T00:00:00Z"
    assert clock.against == 1


MOMENTS = st.datetimes(datetime(1981, 1, 1), datetime(2099, 12, 31))


@given(MOMENTS, st.booleans())
def test_what_is_written_is_read_again(moment: datetime, is_day_first: bool) -> None:
    moment = moment.replace(second=0, microsecond=0)
    order = Order.DAY_FIRST if is_day_first else Order.MONTH_FIRST
    first, second = (moment.day, moment.month) if is_day_first else (moment.month, moment.day)
    text = f"{first}/{second}/{moment.year} {moment:%H:%M}"
    assert datetime_of(Clock(order, UTC).instant(text)).replace(tzinfo=None) == moment


@given(st.text(alphabet="0123456789/-.: TZ+aApPmMjan", max_size=30))
def test_any_text_is_a_time_or_none(text: str) -> None:
    for order in Order:
        try:
            Clock(order, PARIS).instant(text)
        except NoTime as problem:
            assert str(problem)


# ---- columns --------------------------------------------------------------------------------


def test_one_day_above_twelve_settles_a_column() -> None:
    reading = reading_of(evidence("3/4/2024 09:00", "25/3/2024 09:00", "1/1/2024"))
    assert reading == Reading(
        Order.DAY_FIRST,
        "1 can only be day first (25/3/2024 09:00 in row 3), "
        "1 may be either (3/4/2024 09:00 in row 2)",
    )
    assert reading_of(evidence("3/25/2024", "3/4/2024")).order is Order.MONTH_FIRST


def test_what_nothing_settles_is_asked_with_the_way_to_answer() -> None:
    told = question(evidence("3/4/2024 09:00", "5/6/2024 10:00"))
    assert told.startswith("2 may be either (3/4/2024 09:00 in row 2): nothing shows whether")
    assert "`dates: day-first` or `dates: month-first`" in told


def test_what_is_said_is_believed() -> None:
    reading = reading_of(evidence("3/4/2024"), Order.MONTH_FIRST)
    assert (reading.order, reading.why) == (Order.MONTH_FIRST, "it was said so")


def test_the_other_columns_of_the_table_settle_it_unless_they_contradict() -> None:
    unclear = evidence("3/4/2024")
    day, month = evidence("25/3/2024", column="day"), evidence("3/25/2024", column="month")
    reading = reading_of(unclear, None, {"day": day})
    assert reading.order is Order.DAY_FIRST
    assert reading.why.startswith("as column day: 1 can only be day first")
    assert "nothing shows" in question(unclear, day=day, month=month)


def test_two_styles_in_a_column_are_asked_only_where_a_value_may_be_either() -> None:
    clear = evidence("25/3/2024", "3/25/2024")
    assert reading_of(clear).order is Order.AS_WRITTEN
    assert question(evidence("25/3/2024", "3/25/2024", "3/4/2024")).startswith(
        "two styles in one column: 1 can only be day first (25/3/2024 in row 2), 1 can only be "
        "month first (3/25/2024 in row 3), 1 may be either (3/4/2024 in row 4)."
    )


def test_days_that_a_spreadsheet_took_for_months_are_noticed() -> None:
    swapped = [f"2024-{month:02}-{day:02} 09:00" for month in range(1, 6) for day in range(1, 6)]
    told = question(evidence(*swapped, "25/03/2024 09:00", "13/01/2024 09:00"))
    assert "a spreadsheet seems to have taken their days for months" in told
    assert "`dates: swapped`" in told
    whole = [*swapped, "2024-03-25 09:00"]
    assert reading_of(evidence(*whole, "25/03/2024 09:00")).order is Order.DAY_FIRST


def test_a_column_of_other_things_holds_no_times() -> None:
    assert not evidence("Printer", "25/3/2024").is_time
    assert not evidence("12345", "23456").is_time
    assert evidence("25/3/2024", "1712135107").is_time


def test_how_fine_times_are_is_counted() -> None:
    found = evidence("2024-04-03", "2024-04-03 09:05", "2024-04-03 09:05:07", "1712135107125")
    assert found.precisions == {"day": 1, "minute": 1, "second": 1, "millisecond": 1}


def test_parts_of_a_value_tell_the_offset() -> None:
    assert str(value_of("2024-04-03 09:05 +0530").offset) == "5:30:00"
    assert value_of("2024-04-03 09:05").offset is None


@pytest.mark.parametrize(
    "text",
    [
        "3/14/2024, 9:12:00\u202fAM",
        "14/03/2024, 9:12:00 a.\u00a0m.",
        "\u200e14/03/2024 - 09:12",
        "14/03/2024 às 09:12",
        "14 de mar. de 2024 9:12",
        "14/set/2024 09:12",
        "March 14th, 2024 9:12 AM",
        "Mar-14-2024 09:12",
        "Thu Mar 14 09:12:00 2024",
        "Thu Mar 14 2024 09:12:00 GMT+0100 (Central European Standard Time)",
        "2024-03-14 09:12:00 UTC+02:00",
    ],
)
def test_times_are_read_as_browsers_and_other_desks_write_them(text: str) -> None:
    value = value_of(text)
    assert (value.year, value.hour, value.minute) == (2024, 9, 12)
    assert {value.first, value.second} == ({9, 14} if "set" in text else {3, 14})


def test_eight_digits_are_a_day_if_the_calendar_has_it() -> None:
    assert value_of("20240314").precision == "day"
    with pytest.raises(NoTime):
        value_of("20241314")
