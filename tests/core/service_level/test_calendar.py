"""Working time against cases worked by hand and against a reference that steps by minutes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record.instant import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Instant,
    Span,
    datetime_of,
    instant_of,
)
from commondesk.core.service_level.calendar import (
    EARLIEST,
    LATEST,
    SINCE_EVER,
    Calendar,
    CalendarError,
    CalendarVersions,
    Window,
    Windows,
    always_open,
    parse_windows,
    windows_text,
)

CLOSED: Windows = ()


def weekdays(text: str, zone: str = "UTC", holidays: frozenset[date] = frozenset()) -> Calendar:
    return Calendar("weekdays", zone, (parse_windows(text),) * 5 + (CLOSED, CLOSED), holidays)


def every_day(text: str, zone: str = "UTC") -> Calendar:
    return Calendar("every day", zone, (parse_windows(text),) * 7)


def with_exception(calendar: Calendar, on: date, text: str) -> Calendar:
    exceptional = ((on, parse_windows(text)),)
    return Calendar(calendar.name, calendar.zone, calendar.week, calendar.holidays, exceptional)


def at(text: str, zone: str = "UTC", fold: int = 0) -> Instant:
    """The instant at which the wall of the zone shows the text."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return instant_of(moment)


def march(day: int, clock: str) -> Instant:
    return at(f"2025-03-{day:02d}T{clock}")


OFFICE = weekdays("09:00-17:00")
LUNCH = weekdays("09:00-12:00, 13:00-17:00")
NIGHT = weekdays("22:00-06:00")


class TestCasesOfTheDesign:
    """Calendar Mon-Fri 09:00-17:00 UTC, week of Monday 10 March 2025, unless stated."""

    def test_s1_a_ticket_of_saturday_paused_on_monday(self) -> None:
        paused = OFFICE.elapsed(march(10, "10:00"), march(10, "12:00"))
        assert paused == 2 * HOUR
        assert OFFICE.add(march(8, "10:00"), 4 * HOUR + paused) == march(10, "15:00")

    def test_s2_a_weekend_does_not_count(self) -> None:
        assert OFFICE.elapsed(march(8, "10:00"), march(10, "09:20")) == 20 * MINUTE

    def test_s3_a_pause_over_the_weekend(self) -> None:
        paused = OFFICE.elapsed(march(7, "16:00"), march(10, "10:00"))
        assert paused == 2 * HOUR
        assert OFFICE.add(march(7, "10:00"), 8 * HOUR + paused) == march(10, "12:00")

    def test_s4_a_due_instant_never_lies_outside_hours(self) -> None:
        assert OFFICE.add(march(10, "16:30"), 2 * HOUR + 31 * MINUTE) == march(11, "11:01")

    def test_s5_the_rest_of_a_shorter_target(self) -> None:
        assert OFFICE.add(march(12, "10:00"), 3 * HOUR) == march(12, "13:00")

    def test_s7_working_time_over_three_days(self) -> None:
        assert OFFICE.elapsed(march(10, "09:00"), march(12, "12:00")) == 19 * HOUR
        assert OFFICE.add(march(11, "09:00"), 8 * HOUR) == march(11, "17:00")

    def test_s12_around_the_clock(self) -> None:
        assert always_open().add(march(10, "23:30"), HOUR) == march(11, "00:30")

    def test_s13_the_weekend_of_the_spring_change(self) -> None:
        berlin = weekdays("09:00-17:00", "Europe/Berlin")
        due = berlin.add(at("2025-03-28T16:00", "Europe/Berlin"), 4 * HOUR)
        assert due == at("2025-03-31T12:00", "Europe/Berlin") == march(31, "10:00")

    @pytest.mark.parametrize("calendar", [always_open(), every_day("24h", "Europe/Berlin")])
    def test_s13_an_hour_over_the_spring_change(self, calendar: Calendar) -> None:
        start = at("2025-03-30T01:30", "Europe/Berlin")
        assert calendar.add(start, HOUR) == at("2025-03-30T03:30", "Europe/Berlin")

    def test_s14_night_shift_and_lunch(self) -> None:
        assert NIGHT.add(march(10, "23:00"), 8 * HOUR) == march(11, "23:00")
        assert LUNCH.add(march(10, "11:30"), HOUR) == march(10, "13:30")

    def test_s16_thirty_minutes_late_stay_thirty(self) -> None:
        due = OFFICE.add(march(10, "09:00"), 8 * HOUR)
        assert OFFICE.elapsed(due, march(11, "09:30")) == 30 * MINUTE

    def test_s17_a_holiday_added_moves_only_what_is_ahead(self) -> None:
        newer = weekdays("09:00-17:00", holidays=frozenset({date(2025, 3, 18), date(2025, 3, 4)}))
        versions = CalendarVersions(((SINCE_EVER, OFFICE), (march(12, "12:00"), newer)))
        start, target = march(17, "09:00"), 16 * HOUR
        assert versions.known_at(march(11, "09:00")).add(start, target) == march(18, "17:00")
        assert versions.known_at(march(12, "12:00")).add(start, target) == march(19, "17:00")

    def test_s35_a_holiday_entered_after_its_day(self) -> None:
        newer = weekdays("09:00-17:00", holidays=frozenset({date(2025, 3, 7)}))
        entered_at = march(10, "08:00")
        versions = CalendarVersions(((SINCE_EVER, OFFICE), (entered_at, newer)))
        start, target = march(6, "09:00"), 16 * HOUR
        due = versions.known_at(start).add(start, target)
        assert due == march(7, "17:00")
        assert versions.entered_after(due) == (entered_at,)
        assert versions.known_at(entered_at).add(start, target) == march(10, "17:00")

    def test_s37_a_due_on_closing_time_is_the_closing_instant(self) -> None:
        due = OFFICE.add(march(10, "09:00"), 8 * HOUR)
        assert due == march(10, "17:00")
        assert OFFICE.elapsed(march(10, "09:00"), due) == 8 * HOUR
        assert OFFICE.add(march(14, "09:00"), 8 * HOUR) == march(14, "17:00")


class TestHours:
    def test_the_opening_instant_is_open_and_the_closing_instant_is_not(self) -> None:
        assert not OFFICE.is_open(march(10, "09:00") - 1)
        assert OFFICE.is_open(march(10, "09:00"))
        assert OFFICE.is_open(march(10, "17:00") - 1)
        assert not OFFICE.is_open(march(10, "17:00"))

    def test_no_working_time_backwards(self) -> None:
        assert OFFICE.elapsed(march(10, "12:00"), march(10, "10:00")) == 0
        assert OFFICE.elapsed(march(10, "12:00"), march(10, "12:00")) == 0

    def test_microseconds_count(self) -> None:
        assert OFFICE.elapsed(march(10, "16:59") + 1, march(11, "09:00") + 1) == MINUTE
        assert OFFICE.add(march(10, "17:00") - 1, 2) == march(11, "09:00") + 1

    def test_adding_nothing_stays_where_it_is(self) -> None:
        assert OFFICE.add(march(8, "10:00"), 0) == march(8, "10:00")
        assert OFFICE.subtract(march(8, "10:00"), 0) == march(8, "10:00")

    def test_subtracting_gives_the_latest_start(self) -> None:
        assert OFFICE.subtract(march(10, "10:00"), 2 * HOUR) == march(7, "16:00")
        assert OFFICE.subtract(march(10, "10:00"), HOUR) == march(10, "09:00")
        assert OFFICE.subtract(march(9, "10:00"), 8 * HOUR) == march(7, "09:00")

    def test_next_opening_and_closing(self) -> None:
        assert OFFICE.next_opening(march(7, "17:00")) == march(10, "09:00")
        assert OFFICE.next_opening(march(10, "09:00")) == march(10, "09:00")
        assert OFFICE.next_opening(march(10, "09:00") + 1) == march(11, "09:00")
        assert OFFICE.next_closing(march(10, "09:00")) == march(10, "17:00")
        assert OFFICE.next_closing(march(10, "17:00")) == march(11, "17:00")
        assert LUNCH.next_closing(march(10, "11:00")) == march(10, "12:00")
        assert LUNCH.next_opening(march(10, "11:00")) == march(10, "13:00")

    def test_openings_are_cut_to_the_range(self) -> None:
        assert list(LUNCH.openings(march(10, "11:00"), march(11, "10:00"))) == [
            (march(10, "11:00"), march(10, "12:00")),
            (march(10, "13:00"), march(10, "17:00")),
            (march(11, "09:00"), march(11, "10:00")),
        ]
        assert list(LUNCH.openings(march(10, "17:00"), march(11, "09:00"))) == []
        assert list(LUNCH.openings(march(11, "09:00"), march(10, "09:00"))) == []

    def test_overlapping_windows_count_once(self) -> None:
        calendar = every_day("09:00-13:00, 12:00-17:00, 10:00-11:00")
        assert list(calendar.openings(march(10, "00:00"), march(11, "00:00"))) == [
            (march(10, "09:00"), march(10, "17:00"))
        ]

    def test_windows_that_touch_at_midnight_are_one_opening(self) -> None:
        calendar = every_day("18:00-24:00, 00:00-02:00")
        assert calendar.next_closing(march(10, "23:00")) == march(11, "02:00")
        assert calendar.next_opening(march(10, "23:00")) == march(11, "18:00")

    def test_an_overnight_shift_runs_into_the_weekend(self) -> None:
        assert NIGHT.is_open(march(15, "05:59"))
        assert not NIGHT.is_open(march(16, "23:00"))
        assert NIGHT.elapsed(march(14, "00:00"), march(17, "00:00")) == 14 * HOUR

    def test_a_window_may_last_until_the_end_of_the_next_date(self) -> None:
        monday = (Window(720, 2880), *CLOSED)
        calendar = Calendar("long", "UTC", (monday, *(CLOSED,) * 6))
        assert list(calendar.openings(march(8, "00:00"), march(16, "00:00"))) == [
            (march(10, "12:00"), march(12, "00:00"))
        ]


class TestSpecialDates:
    def test_a_holiday_opens_no_window(self) -> None:
        calendar = weekdays("09:00-17:00", holidays=frozenset({date(2025, 3, 10)}))
        assert calendar.elapsed(march(10, "00:00"), march(11, "00:00")) == 0
        assert calendar.add(march(7, "16:00"), 2 * HOUR) == march(11, "10:00")

    def test_the_shift_of_the_evening_before_runs_to_its_end(self) -> None:
        calendar = weekdays("22:00-06:00", holidays=frozenset({date(2025, 3, 11)}))
        assert list(calendar.openings(march(10, "12:00"), march(13, "00:00"))) == [
            (march(10, "22:00"), march(11, "06:00")),
            (march(12, "22:00"), march(13, "00:00")),
        ]

    def test_a_holiday_is_a_date_of_the_zone(self) -> None:
        calendar = weekdays(
            "09:00-17:00", "Australia/Sydney", holidays=frozenset({date(2025, 3, 11)})
        )
        assert calendar.is_open(march(9, "22:30"))
        assert not calendar.is_open(march(10, "22:30"))

    def test_exceptional_hours_replace_those_of_the_week(self) -> None:
        calendar = with_exception(LUNCH, date(2025, 3, 11), "08:00-10:00")
        assert list(calendar.openings(march(11, "00:00"), march(12, "00:00"))) == [
            (march(11, "08:00"), march(11, "10:00"))
        ]

    def test_exceptional_hours_win_over_a_holiday_and_over_the_weekend(self) -> None:
        saturday = date(2025, 3, 15)
        holiday = weekdays("09:00-17:00", holidays=frozenset({saturday}))
        calendar = with_exception(holiday, saturday, "10:00-14:00")
        assert calendar.elapsed(march(15, "00:00"), march(16, "00:00")) == 4 * HOUR

    def test_an_exceptional_date_may_be_closed(self) -> None:
        calendar = with_exception(OFFICE, date(2025, 3, 10), "")
        assert calendar.next_opening(march(7, "17:00")) == march(11, "09:00")

    def test_around_the_clock_but_for_a_holiday(self) -> None:
        calendar = Calendar(
            "P1", "UTC", (parse_windows("24h"),) * 7, frozenset({date(2025, 12, 25)})
        )
        assert calendar.next_closing(march(10, "12:00")) == at("2025-12-25")
        assert calendar.next_opening(march(10, "12:00")) == at("2025-12-26")
        assert calendar.next_closing(at("2025-12-26")) is None
        assert calendar.next_opening(at("2025-12-26") + 1) is None
        assert calendar.add(at("2025-12-24T23:00"), 2 * HOUR) == at("2025-12-26T01:00")


BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


class TestClockChanges:
    def night(self, zone: str, day: str) -> Span:
        calendar = every_day("22:00-06:00", zone)
        noon = at(f"{day}T12:00", zone)
        return calendar.elapsed(noon, noon + DAY)

    @pytest.mark.parametrize(
        ("zone", "evening", "hours"),
        [
            (BERLIN, "2025-03-29", 7.0),
            (BERLIN, "2025-10-25", 9.0),
            (NEW_YORK, "2025-03-08", 7.0),
            (NEW_YORK, "2025-11-01", 9.0),
            (LORD_HOWE, "2025-10-04", 7.5),
            (LORD_HOWE, "2025-04-05", 8.5),
            ("Asia/Kathmandu", "2025-03-29", 8.0),
        ],
    )
    def test_a_night_shift_is_as_long_as_the_night(
        self, zone: str, evening: str, hours: float
    ) -> None:
        assert self.night(zone, evening) == hours * HOUR

    def test_hours_keep_their_time_on_the_wall(self) -> None:
        calendar = every_day("09:00-17:00", NEW_YORK)
        assert calendar.next_opening(march(8, "00:00")) == march(8, "14:00")
        assert calendar.next_opening(march(9, "00:00")) == march(9, "13:00")

    def test_zones_to_the_east_open_on_the_evening_before_in_utc(self) -> None:
        assert every_day("09:00-17:00", "Australia/Sydney").is_open(march(9, "22:00"))
        kathmandu = every_day("09:00-17:00", "Asia/Kathmandu")
        assert kathmandu.next_opening(march(10, "00:00")) == march(10, "03:15")

    @pytest.mark.parametrize(
        ("windows", "opens", "closes"),
        [
            ("02:30-06:00", "01:00", "04:00"),  # the clock jumps over the opening
            ("00:00-02:30", "23:00", "01:00"),  # over the closing
            ("02:00-06:00", "01:00", "04:00"),  # exactly from the opening
            ("00:00-03:00", "23:00", "01:00"),  # exactly to the closing
        ],
    )
    def test_a_bound_jumped_over_is_the_instant_of_the_jump(
        self, windows: str, opens: str, closes: str
    ) -> None:
        calendar = every_day(windows, BERLIN)
        opening = march(29 if opens == "23:00" else 30, opens)
        assert calendar.next_opening(march(29, "22:00")) == opening
        assert calendar.next_closing(opening) == march(30, closes)

    def test_a_window_jumped_over_is_empty_that_day(self) -> None:
        calendar = every_day("02:00-02:45", BERLIN)
        assert calendar.elapsed(march(29, "12:00"), march(30, "12:00")) == 0
        assert calendar.next_opening(march(29, "12:00")) == march(31, "00:00")

    @pytest.mark.parametrize(
        ("windows", "opens", "closes"),
        [
            ("02:30-06:00", "26T00:30", "26T05:00"),  # opens at the first 02:30
            ("00:00-02:30", "25T22:00", "26T01:30"),  # closes at the second 02:30
            ("02:00-02:30", "26T00:00", "26T01:30"),  # all the time between counts
            ("00:00-02:00", "25T22:00", "26T00:00"),  # never less than 02:00 after the first
            ("02:00-03:00", "26T00:00", "26T02:00"),
        ],
    )
    def test_a_bound_that_comes_twice(self, windows: str, opens: str, closes: str) -> None:
        calendar = every_day(windows, BERLIN)
        opening = calendar.next_opening(at("2025-10-25T20:00"))
        assert opening == at(f"2025-10-{opens}")
        assert calendar.next_closing(at(f"2025-10-{opens}")) == at(f"2025-10-{closes}")

    def test_shifts_that_follow_each_other_leave_no_gap_when_clocks_change(self) -> None:
        calendar = every_day("00:00-02:30, 02:30-24:00", BERLIN)
        year = at("2025-01-01"), at("2026-01-01")
        assert list(calendar.openings(*year)) == [year]

    def test_midnight_that_comes_twice(self) -> None:
        """Havana goes back from 01:00 to 00:00; both Saturday and Sunday stay whole."""
        calendar = every_day("20:00-24:00", "America/Havana")
        opening = at("2025-11-01T20:00", "America/Havana")
        assert calendar.next_closing(opening) == opening + 4 * HOUR

    def test_a_date_left_out_has_no_hours(self) -> None:
        """Samoa crossed the date line and had no 30 December 2011."""
        calendar = every_day("09:00-17:00", "Pacific/Apia")
        start, end = (at(f"2011-12-{day}T00:00", "Pacific/Apia") for day in ("29", "31"))
        assert calendar.elapsed(start, end) == 8 * HOUR
        assert end - start == DAY


class TestAlwaysOpen:
    ALWAYS = always_open()

    def test_all_time_counts(self) -> None:
        start, end = at("1970-01-01"), at("2200-01-01") + 7
        assert self.ALWAYS.elapsed(start, end) == end - start
        assert self.ALWAYS.add(start, end - start) == end
        assert self.ALWAYS.subtract(end, end - start) == start
        assert list(self.ALWAYS.openings(start, end)) == [(start, end)]
        assert self.ALWAYS.is_open(end)

    def test_it_neither_opens_nor_closes(self) -> None:
        assert self.ALWAYS.next_opening(march(10, "00:00")) is None
        assert self.ALWAYS.next_closing(march(10, "00:00")) is None


class TestLimits:
    NEVER = Calendar("Empty", "UTC", (CLOSED,) * 7)

    def test_a_calendar_that_never_opens(self) -> None:
        assert self.NEVER.elapsed(march(1, "00:00"), march(31, "00:00")) == 0
        assert self.NEVER.next_opening(march(1, "00:00")) is None
        assert self.NEVER.next_closing(march(1, "00:00")) is None
        with pytest.raises(CalendarError, match='calendar "Empty" never opens after 2025-03-01'):
            self.NEVER.add(march(1, "00:00"), MINUTE)
        with pytest.raises(CalendarError, match='calendar "Empty" never opens before 2025-03-01'):
            self.NEVER.subtract(march(1, "00:00"), MINUTE)

    def test_a_calendar_with_too_little_time(self) -> None:
        calendar = with_exception(self.NEVER, date(2025, 3, 10), "09:00-10:00")
        assert calendar.add(march(1, "00:00"), HOUR) == march(10, "10:00")
        assert calendar.subtract(march(31, "00:00"), HOUR) == march(10, "09:00")
        assert calendar.next_opening(at("2000-01-01")) == march(10, "09:00")
        with pytest.raises(CalendarError, match="only 60 minutes of working time after 2025"):
            calendar.add(march(1, "00:00"), HOUR + 1)
        with pytest.raises(CalendarError, match="never opens after"):
            calendar.add(march(11, "00:00"), 1)

    def test_beyond_the_years_a_calendar_knows(self) -> None:
        with pytest.raises(CalendarError, match="outside 1900 to 2299"):
            OFFICE.is_open(LATEST)
        with pytest.raises(CalendarError, match="outside 1900 to 2299"):
            OFFICE.elapsed(EARLIEST - 1, EARLIEST)
        with pytest.raises(CalendarError, match="outside 1900 to 2299"):
            always_open().add(march(1, "00:00"), 10**9 * DAY)

    def test_the_limits_themselves(self) -> None:
        assert datetime_of(EARLIEST) == datetime(1900, 1, 1, tzinfo=UTC)
        assert datetime_of(LATEST) == datetime(2300, 1, 1, tzinfo=UTC)
        assert every_day("12:00-13:00").elapsed(EARLIEST, LATEST) == (LATEST - EARLIEST) // 24

    def test_a_negative_span(self) -> None:
        with pytest.raises(CalendarError, match="span: -1 is negative"):
            OFFICE.add(march(1, "00:00"), -1)

    def test_hours_of_1970_and_of_2200(self) -> None:
        assert OFFICE.add(at("1970-01-01T16:00"), 2 * HOUR) == at("1970-01-02T10:00")
        # 31 December 2199 is a Tuesday.
        assert OFFICE.add(at("2199-12-31T16:00"), 2 * HOUR) == at("2200-01-01T10:00")

    def test_threads_may_share_a_calendar(self) -> None:
        calendar = weekdays("07:13-15:13", BERLIN)
        starts = [at(f"{year}-03-10") for year in (2025, 2012, 2030, 2003) * 8]
        with ThreadPoolExecutor(8) as pool:
            dues = list(pool.map(lambda start: calendar.add(start, 40 * HOUR), starts))
        fresh = [weekdays("07:13-15:13", BERLIN).add(start, 40 * HOUR) for start in starts]
        assert dues == fresh


class TestRules:
    def test_equal_calendars_are_equal(self) -> None:
        one, other = (
            weekdays("09:00-17:00", BERLIN, holidays=frozenset({date(2025, 1, 1)}))
            for _ in range(2)
        )
        assert one == other
        assert hash(one) == hash(other)
        assert one != weekdays("09:00-17:00", BERLIN)

    def test_the_order_of_exceptional_dates_does_not_matter(self) -> None:
        rows = ((date(2025, 3, 11), CLOSED), (date(2025, 3, 10), parse_windows("24h")))
        assert Calendar("a", "UTC", OFFICE.week, frozenset(), rows) == Calendar(
            "a", "UTC", OFFICE.week, frozenset(), rows[::-1]
        )

    def test_a_date_given_twice(self) -> None:
        rows = ((date(2025, 3, 10), CLOSED), (date(2025, 3, 10), parse_windows("24h")))
        with pytest.raises(CalendarError, match="exceptional: 2025-03-10 is given twice"):
            Calendar("a", "UTC", OFFICE.week, frozenset(), rows)

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../etc", "/etc/localtime"])
    def test_an_unknown_zone(self, zone: str) -> None:
        with pytest.raises(CalendarError, match=r"zone: .* write an IANA name"):
            Calendar("a", zone, OFFICE.week)

    def test_a_week_has_seven_days(self) -> None:
        with pytest.raises(CalendarError, match="week: 5 days given"):
            Calendar("a", "UTC", OFFICE.week[:5])

    def test_a_calendar_has_a_name(self) -> None:
        with pytest.raises(CalendarError, match="name:"):
            Calendar(" ", "UTC", OFFICE.week)

    @pytest.mark.parametrize(
        ("opens", "closes", "field"),
        [(-1, 60, "opens"), (1440, 1500, "opens"), (60, 60, "closes"), (60, 2881, "closes")],
    )
    def test_bounds_of_a_window(self, opens: int, closes: int, field: str) -> None:
        with pytest.raises(CalendarError, match=f"^{field}: "):
            Window(opens, closes)


class TestVersions:
    def test_before_the_first_version_the_first_is_the_best_we_know(self) -> None:
        versions = CalendarVersions(((march(10, "00:00"), OFFICE), (march(11, "00:00"), LUNCH)))
        assert versions.known_at(march(1, "00:00")) is OFFICE
        assert versions.known_at(march(10, "00:00")) is OFFICE
        assert versions.known_at(march(11, "00:00") - 1) is OFFICE
        assert versions.known_at(march(11, "00:00")) is LUNCH

    def test_entered_after_leaves_out_the_instant_itself(self) -> None:
        versions = CalendarVersions(((SINCE_EVER, OFFICE), (march(11, "00:00"), LUNCH)))
        assert versions.entered_after(march(11, "00:00")) == ()
        assert versions.entered_after(march(11, "00:00") - 1) == (march(11, "00:00"),)

    def test_versions_are_in_order(self) -> None:
        with pytest.raises(CalendarError, match="entered later"):
            CalendarVersions(((march(11, "00:00"), OFFICE), (march(11, "00:00"), LUNCH)))
        with pytest.raises(CalendarError, match="at least its first"):
            CalendarVersions(())


class TestText:
    @pytest.mark.parametrize(
        ("text", "windows"),
        [
            ("09:00-12:00, 13:00-17:00", (Window(540, 720), Window(780, 1020))),
            ("13:00-17:00,9:00 – 12:00", (Window(540, 720), Window(780, 1020))),
            ("22:00-06:00", (Window(1320, 1800),)),
            ("18:00-24:00", (Window(1080, 1440),)),
            ("18:00-00:00", (Window(1080, 1440),)),
            ("09:00-33:00", (Window(540, 1980),)),
            ("00:00-48:00", (Window(0, 2880),)),
            ("24h", (Window(0, 1440),)),
            (" ", ()),
        ],
    )
    def test_what_people_write(self, text: str, windows: Windows) -> None:
        assert parse_windows(text) == windows

    @pytest.mark.parametrize(
        ("text", "lesson"),
        [
            ("9-17", '"9-17" is no opening time: write 09:00-17:00'),
            ("09:00-12:00;13:00-17:00", "with a comma between"),
            ("09:00-12:00,", '"" is no opening time'),
            ("09:60-12:00", "09:60 is no time of day"),
            ("24:00-25:00", "24:00 is no time of day"),
            ("09:00-48:01", "48:01 is no time of day"),
            ("09:00-09:00", "write 24h for the whole day"),
        ],
    )
    def test_what_cannot_be_read_teaches(self, text: str, lesson: str) -> None:
        with pytest.raises(CalendarError) as failure:
            parse_windows(text)
        assert lesson in str(failure.value)

    @given(st.data())
    def test_the_text_of_windows_reads_back(self, data: st.DataObject) -> None:
        windows = tuple(sorted(data.draw(st.lists(any_window, max_size=4))))
        assert parse_windows(windows_text(windows)) == windows


# The reference: the wall is read at every minute, and the stretch of a window reaches from the
# first minute that shows its opening or later to the last that shows less than its closing.

STRETCHES = {
    BERLIN: ("2025-03-28", "2025-10-24"),
    NEW_YORK: ("2025-03-07", "2025-10-31"),
    LORD_HOWE: ("2025-04-04", "2025-10-03"),
    "Australia/Sydney": ("2025-04-04", "2025-10-03"),
    "Asia/Kathmandu": ("2025-12-30", "1985-12-30"),
    "America/Havana": ("2025-03-07", "2025-10-31"),
    "America/St_Johns": ("2010-03-12", "2010-11-05"),
    "Pacific/Apia": ("2011-12-28", "2021-04-02"),
    "Africa/Casablanca": ("2025-02-21", "2025-04-04"),
    "UTC": ("2024-02-27", "2199-12-30"),
}
LENGTH = 4 * DAY

# The first question about a far year compiles the years between, so one example may take longer.
laws = settings(max_examples=60, deadline=None)

any_window = st.integers(0, 1439).flatmap(
    lambda opens: st.integers(opens + 1, min(opens + 1560, 2880)).map(
        lambda closes: Window(opens, closes)
    )
)
any_day: st.SearchStrategy[Windows] = st.lists(any_window, max_size=3).map(tuple)
any_stretch = st.sampled_from([(zone, day) for zone, days in STRETCHES.items() for day in days])


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, Instant]:
    """A calendar and the start of a stretch of days in which its clocks change."""
    zone, first = draw(any_stretch)
    dates = st.integers(-2, 6).map(lambda days: date.fromisoformat(first) + timedelta(days))
    calendar = Calendar(
        "random",
        zone,
        tuple(draw(st.lists(any_day, min_size=7, max_size=7))),
        draw(st.frozensets(dates, max_size=2)),
        tuple(draw(st.dictionaries(dates, any_day, max_size=2)).items()),
    )
    return calendar, at(first)


@lru_cache
def readings(zone: str, start: Instant) -> tuple[list[datetime], list[datetime]]:
    """For each minute the latest time the wall has shown so far and the earliest it will show."""
    margin = 3 * DAY
    walls = [
        datetime_of(minute).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for minute in range(start - margin, start + LENGTH + margin, MINUTE)
    ]
    latest = list(accumulate(walls, max))
    earliest = list(accumulate(reversed(walls), min))[::-1]
    kept = slice(margin // MINUTE, (margin + LENGTH) // MINUTE)
    return latest[kept], earliest[kept]


def stepped(calendar: Calendar, start: Instant) -> list[bool]:
    """Whether each minute of the stretch is open."""
    latest, earliest = readings(calendar.zone, start)
    minutes = [False] * len(latest)
    for opens, closes in wall_windows(calendar, start):
        if opens > latest[-1] or closes <= earliest[0]:
            continue
        for row in range(len(minutes)):
            if latest[row] >= opens and earliest[row] < closes:
                minutes[row] = True
    return minutes


def wall_windows(calendar: Calendar, start: Instant) -> Iterator[tuple[datetime, datetime]]:
    exceptional = dict(calendar.exceptional)
    for days in range(-4, LENGTH // DAY + 3):
        midnight = datetime_of(start).replace(tzinfo=None) + timedelta(days)
        on = midnight.date()
        usual = () if on in calendar.holidays else calendar.week[on.weekday()]
        for window in exceptional.get(on, usual):
            yield (
                midnight + timedelta(minutes=window.opens),
                midnight + timedelta(minutes=window.closes),
            )


class TestAgainstSteppingByMinutes:
    @laws
    @given(calendars(), st.integers(0, LENGTH // MINUTE), st.integers(0, LENGTH // MINUTE))
    def test_every_answer_agrees(
        self, drawn: tuple[Calendar, Instant], one: int, other: int
    ) -> None:
        calendar, start = drawn
        minutes = stepped(calendar, start)
        rows = range(len(minutes))
        first, last = sorted((one, other))
        begin, end = start + first * MINUTE, start + last * MINUTE
        worked = sum(minutes[first:last])

        assert [calendar.is_open(start + row * MINUTE) for row in rows] == minutes
        assert calendar.elapsed(begin, end) == worked * MINUTE
        assert sum(b - a for a, b in calendar.openings(begin, end)) == worked * MINUTE
        if worked:
            open_rows = [row for row in range(first, last) if minutes[row]]
            assert calendar.add(begin, worked * MINUTE) == start + (open_rows[-1] + 1) * MINUTE
            assert calendar.subtract(end, worked * MINUTE) == start + open_rows[0] * MINUTE

    @laws
    @given(calendars(), st.integers(1, LENGTH // MINUTE - 1))
    def test_openings_and_closings_agree(self, drawn: tuple[Calendar, Instant], row: int) -> None:
        calendar, start = drawn
        minutes = stepped(calendar, start)
        edges = [
            later for later in range(row, len(minutes)) if minutes[later] != minutes[later - 1]
        ]
        opening = next((later for later in edges if minutes[later]), None)
        closing = next((later for later in edges if not minutes[later] and later > row), None)
        begin = start + row * MINUTE
        if opening is not None:
            assert calendar.next_opening(begin) == start + opening * MINUTE
        if closing is not None:
            assert calendar.next_closing(begin) == start + closing * MINUTE


years = st.integers(at("1970-01-01"), at("2060-01-01"))
spans = st.integers(1, 400 * HOUR)

some_calendars = st.sampled_from(
    [
        OFFICE,
        LUNCH,
        NIGHT,
        always_open(),
        every_day("24h", BERLIN),
        every_day("01:30-02:30", LORD_HOWE),
        weekdays("08:00-12:00, 13:00-17:00", NEW_YORK, holidays=frozenset({date(2025, 7, 4)})),
        weekdays("20:00-08:00, 07:00-19:00", "Australia/Sydney"),
        Calendar("Fridays", "Asia/Kathmandu", (*(CLOSED,) * 4, parse_windows("9:00-9:01"), (), ())),
    ]
)


class TestLaws:
    @laws
    @given(some_calendars, st.lists(years, min_size=3, max_size=3))
    def test_splitting_a_range_changes_nothing(
        self, calendar: Calendar, instants: list[Instant]
    ) -> None:
        start, middle, end = sorted(instants)
        parts = calendar.elapsed(start, middle) + calendar.elapsed(middle, end)
        assert parts == calendar.elapsed(start, end)
        assert 0 <= parts <= end - start

    @laws
    @given(some_calendars, years, spans)
    def test_add_is_the_earliest_instant_with_that_much_time(
        self, calendar: Calendar, start: Instant, span: Span
    ) -> None:
        span = span % (3 * HOUR) + 1 if calendar.name == "Fridays" else span
        due = calendar.add(start, span)
        assert calendar.elapsed(start, due) == span
        assert calendar.elapsed(start, due - 1) == span - 1
        assert calendar.is_open(due - 1)

    @laws
    @given(some_calendars, years, spans)
    def test_subtract_is_the_latest_instant_with_that_much_time(
        self, calendar: Calendar, end: Instant, span: Span
    ) -> None:
        span = span % (3 * HOUR) + 1 if calendar.name == "Fridays" else span
        start = calendar.subtract(end, span)
        assert calendar.elapsed(start, end) == span
        assert calendar.elapsed(start + 1, end) == span - 1
        assert calendar.is_open(start)
        assert calendar.add(start, span) <= end

    @laws
    @given(some_calendars, years, st.integers(1, 30 * DAY))
    def test_add_undoes_elapsed(self, calendar: Calendar, start: Instant, length: Span) -> None:
        worked = calendar.elapsed(start, start + length)
        due = calendar.add(start, worked)
        assert start <= due <= start + length
        assert calendar.elapsed(due, start + length) == 0

    @laws
    @given(some_calendars, years, years, spans)
    def test_a_later_start_is_never_due_earlier(
        self, calendar: Calendar, one: Instant, other: Instant, span: Span
    ) -> None:
        first, last = sorted((one, other))
        span = span % HOUR + 1
        assert calendar.add(first, span) <= calendar.add(last, span)
        assert calendar.add(first, span) < calendar.add(first, span + SECOND)

    @laws
    @given(some_calendars, years)
    def test_between_opening_and_closing_all_time_counts(
        self, calendar: Calendar, start: Instant
    ) -> None:
        opening = calendar.next_opening(start)
        if opening is not None:
            closing = calendar.next_closing(opening)
            assert closing is not None
            assert calendar.elapsed(opening, closing) == closing - opening
            assert not calendar.is_open(opening - 1)
            assert not calendar.is_open(closing)
