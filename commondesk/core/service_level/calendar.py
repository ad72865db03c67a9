"""Working hours: which instants of a calendar count, and how much working time lies between two.

Windows are wall-clock times of the calendar's own zone. A window holds the shortest unbroken
stretch with every instant at which the clock on the wall shows a time inside it. From this follows
what happens when clocks change:

- each bound is converted by itself, so a night shift is an hour shorter in spring and an hour
  longer in autumn;
- a bound that the clock jumps over is the instant of the jump: nobody works a time that never was,
  and a window that lies wholly in the jump is empty that day;
- of a bound that comes twice, opening is the first and closing the last: a roster that promises
  cover until 02:30 keeps it for as long as the clock can still show less than 02:30.

A window belongs to the date it opens on. A holiday opens no window, yet lets the shift that opened
the evening before run to its end.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import DAY, MINUTE, Instant, Span, datetime_of, iso_of
from commondesk.core.texts import gettext

MINUTES_A_DAY = 24 * 60

EARLIEST: Instant = -25_567 * DAY
"""1900-01-01T00:00Z: calendars answer from here on."""

LATEST: Instant = 120_530 * DAY
"""2300-01-01T00:00Z: calendars answer up to here."""

SINCE_EVER: Instant = -(1 << 62)
"""Before every instant: when the first version of a calendar was entered, if nobody knows."""


class CalendarError(ValueError):
    """A calendar cannot be read or cannot answer; the text names the field and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Hours from opens to closes, minutes after midnight of the date the window opens on.

    closes beyond 1440 is on a later date. Raises CalendarError unless
    0 <= opens < 1440 and opens < closes <= 2880.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < MINUTES_A_DAY:
            raise CalendarError(f"opens: {self.opens} must be a minute of the day, 0 to 1439")
        if not self.opens < self.closes <= 2 * MINUTES_A_DAY:
            raise CalendarError(
                f"closes: {self.closes} must come after opens ({self.opens}) and be at most 2880,"
                " the end of the following day"
            )


Windows = tuple[Window, ...]
"""The windows of one date. They may touch or overlap: time in two of them counts once."""

WHOLE_DAY: Windows = (Window(0, MINUTES_A_DAY),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working hours of one service; equal calendars are equal by value and share their table.

    zone is an IANA name. week has seven entries, Monday first. No window of the week opens on the
    local dates in holidays; exceptional gives other windows to a date and wins over both (kept in
    order of date). Raises CalendarError that names the field.

    Instants may lie between EARLIEST and LATEST; questions beyond raise CalendarError.
    """

    name: str
    zone: str
    week: tuple[Windows, ...]
    holidays: frozenset[date] = frozenset()
    exceptional: tuple[tuple[date, Windows], ...] = ()
    _hours: "_Hours" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "exceptional", tuple(sorted(self.exceptional)))
        hours = _hours_of(self.zone, self.week, self.holidays, self.exceptional)
        object.__setattr__(self, "_hours", hours)

    def is_open(self, at: Instant) -> bool:
        """Whether at is inside hours: the opening instant is, the closing instant is not."""
        table = self._hours.covering(at, at + 1)
        return at < table.closes[bisect_right(table.opens, at) - 1]

    def elapsed(self, start: Instant, end: Instant) -> Span:
        """Working time in [start, end); 0 when end is not after start."""
        if end <= start:
            return 0
        table = self._hours.covering(start, end)
        return table.worked(end) - table.worked(start)

    def add(self, start: Instant, span: Span) -> Instant:
        """The earliest instant from start on by which span of working time has passed.

        A span that ends on closing time gives the closing instant, never the next opening.
        A span of 0 gives start, even outside hours. Raises CalendarError for a negative span and
        where the calendar does not hold that much working time.
        """
        if span <= 0:
            return _unmoved(start, span)
        table = self._hours.covering(start, start + span)
        worked = table.worked(start) + span
        while worked > table.before[-1]:
            if table.until >= LATEST:
                raise self._too_little(start, "after")
            table = self._hours.covering(start, min(table.until + DAY, LATEST))
            worked = table.worked(start) + span
        last = bisect_left(table.before, worked) - 1
        return table.opens[last] + worked - table.before[last]

    def subtract(self, end: Instant, span: Span) -> Instant:
        """The latest instant up to end from which span of working time passes until end.

        A span that begins on opening time gives the opening instant, never the closing before it.
        Raises CalendarError like add.
        """
        if span <= 0:
            return _unmoved(end, span)
        table = self._hours.covering(end - span, end)
        worked = table.worked(end) - span
        while worked < 0:
            if table.since <= EARLIEST:
                raise self._too_little(end, "before")
            table = self._hours.covering(max(table.since - DAY, EARLIEST), end)
            worked = table.worked(end) - span
        first = bisect_right(table.before, worked) - 1
        return table.opens[first] + worked - table.before[first]

    def next_opening(self, at: Instant) -> Instant | None:
        """The earliest instant from at on at which hours begin; None if they never begin again.

        At a calendar that never closes nothing begins: ask is_open first.
        """
        return self._search(at, _Table.opening_from)

    def next_closing(self, at: Instant) -> Instant | None:
        """The earliest instant after at at which hours end; None if they never end again."""
        return self._search(at, _Table.closing_after)

    def openings(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
        """The stretches inside hours in [start, end), in order, merged and cut to the range."""
        if end <= start:
            return
        table = self._hours.covering(start, end)
        for row in range(bisect_right(table.closes, start), bisect_left(table.opens, end)):
            yield max(table.opens[row], start), min(table.closes[row], end)

    def _search(
        self, at: Instant, find: "Callable[[_Table, Instant], Instant | None]"
    ) -> Instant | None:
        found = find(self._hours.covering(at - 1, at), at)
        if found is None:
            found = find(self._hours.covering(at - 1, self._hours.settled_after(at)), at)
        return found

    def _too_little(self, at: Instant, side: str) -> CalendarError:
        held = self.elapsed(at, LATEST) if side == "after" else self.elapsed(EARLIEST, at)
        if held:
            return CalendarError(
                f'calendar "{self.name}" has only {held // MINUTE} minutes of working time {side}'
                f" {iso_of(at)}: ask for less, or add weekly hours"
            )
        return CalendarError(
            f'calendar "{self.name}" never opens {side} {iso_of(at)}:'
            " give it weekly hours, or choose another calendar"
        )


def _check(calendar: Calendar) -> None:
    if not calendar.name.strip():
        raise CalendarError(gettext('name: a calendar needs a name, such as "Support hours"'))
    if len(calendar.week) != 7:
        raise CalendarError(
            f"week: {len(calendar.week)} days given, seven needed, Monday first;"
            " a day without hours is an empty entry"
        )
    dates = [on for on, _ in calendar.exceptional]
    for on in dates:
        if dates.count(on) > 1:
            raise CalendarError(
                gettext("exceptional: %(day)s is given twice, keep one row with all windows")
                % {"day": on}
            )
    _zone_of(calendar.zone)


def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarError(
            gettext(
                'zone: "%(name)s" is no known time zone, write an IANA name such as Europe/Berlin'
            )
            % {"name": name}
        ) from None


def _unmoved(at: Instant, span: Span) -> Instant:
    if span < 0:
        raise CalendarError(f"span: {span} is negative; use subtract for add, add for subtract")
    return at


def always_open(name: str = "24/7") -> Calendar:
    """The calendar in which all time is working time."""
    return Calendar(name, "UTC", (WHOLE_DAY,) * 7)


@dataclass(frozen=True, slots=True)
class CalendarVersions:
    """One calendar through time: each version with the instant at which it was entered, ascending.

    Raises CalendarError when there is none or they are out of order.
    """

    versions: tuple[tuple[Instant, Calendar], ...]

    def __post_init__(self) -> None:
        if not self.versions:
            raise CalendarError("versions: none given, a calendar needs at least its first version")
        entered = [entered_at for entered_at, _ in self.versions]
        if any(later <= earlier for earlier, later in pairwise(entered)):
            raise CalendarError("versions: each must be entered later than the one before it")

    def known_at(self, at: Instant) -> Calendar:
        """The newest version entered at or before at; before the first, the first.

        An imported ticket may be older than the calendar: the first version is the best we know.
        """
        row = bisect_right(self.versions, at, key=_entered_at) - 1
        return self.versions[max(row, 0)][1]

    def entered_after(self, at: Instant) -> tuple[Instant, ...]:
        """When versions were entered after at, ascending: the instants at which dues may move."""
        return tuple(entered_at for entered_at, _ in self.versions if entered_at > at)


def _entered_at(version: tuple[Instant, Calendar]) -> Instant:
    return version[0]


# Windows as people write them.

_WINDOW = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")


def parse_windows(text: str) -> Windows:
    """The windows of one date, in order, from text such as "09:00-12:00, 13:00-17:00".

    "22:00-06:00" runs into the next date, "24h" is the whole day, an empty text is closed. An hour
    above 24 is on the next date too, so that "09:00-33:00" holds 24 hours. Raises CalendarError
    that quotes the part it cannot read and shows how to write it.
    """
    if not text.strip():
        return ()
    return tuple(sorted(_window_of(part.strip()) for part in text.split(",")))


def _window_of(part: str) -> Window:
    if part.lower() == "24h":
        return WHOLE_DAY[0]
    match = _WINDOW.fullmatch(part)
    if match is None:
        raise CalendarError(
            gettext(
                '"%(part)s" is no opening time: write 09:00-17:00, with a comma between two of'
                " them, 24h for the whole day, or nothing for closed"
            )
            % {"part": part}
        )
    opens = _minute_of(part, match[1], match[2], latest=MINUTES_A_DAY - 1)
    closes = _minute_of(part, match[3], match[4], latest=2 * MINUTES_A_DAY)
    if opens == closes:
        raise CalendarError(
            gettext(
                '"%(part)s" opens and closes at the same time: write 24h for the whole day,'
                " or nothing for closed"
            )
            % {"part": part}
        )
    return Window(opens, closes if closes > opens else closes + MINUTES_A_DAY)


def _minute_of(part: str, hours: str, minutes: str, latest: int) -> int:
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > latest:
        raise CalendarError(
            gettext(
                '"%(part)s": %(time)s is no time of day, opening is 00:00 to 23:59,'
                " closing up to 24:00, or up to 48:00 when on the next date"
            )
            % {"part": part, "time": f"{hours}:{minutes}"}
        )
    return minute


def windows_text(windows: Windows) -> str:
    """The text that parse_windows reads back to the same windows."""
    return ", ".join(_window_text(window) for window in windows)


def _window_text(window: Window) -> str:
    if window == WHOLE_DAY[0]:
        return "24h"
    closes = window.closes
    if closes > MINUTES_A_DAY and closes - MINUTES_A_DAY < window.opens:
        closes -= MINUTES_A_DAY
    return f"{_clock_text(window.opens)}-{_clock_text(closes)}"


def _clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


# The compiled table: openings in UTC with the working time before each, searched by bisection.


@dataclass(frozen=True, slots=True)
class _Table:
    """Merged openings between since and until, ascending; row 0 is empty and stands at since.

    before[row] is the working time from since to the opening of the row; before has one entry
    more than there are rows, the total.
    """

    since: Instant
    until: Instant
    opens: list[Instant]
    closes: list[Instant]
    before: list[Span]

    def worked(self, at: Instant) -> Span:
        """Working time from since to at."""
        row = bisect_right(self.opens, at) - 1
        running = self.before[row] + at - self.opens[row]
        whole = self.before[row + 1]
        return running if running < whole else whole

    def opening_from(self, at: Instant) -> Instant | None:
        row = bisect_left(self.opens, at)
        return self.opens[row] if row < len(self.opens) else None

    def closing_after(self, at: Instant) -> Instant | None:
        row = bisect_right(self.closes, at)
        # Hours that reach the end of the table are cut off there, not closed.
        if row == len(self.closes) or self.closes[row] == self.until:
            return None
        return self.closes[row]


_NOTHING = _Table(since=LATEST + 1, until=EARLIEST - 1, opens=[], closes=[], before=[0])
"""Covers no range at all."""

_YEAR = 366 * DAY


class _Hours:
    """The hours of a calendar, compiled for as many years as were asked about.

    Threads may share it: a wider table is built aside and put in place by one assignment; at worst
    two threads build the same one.
    """

    __slots__ = ("_special", "_table", "_week", "_zone")

    def __init__(self, zone: ZoneInfo, week: tuple[Windows, ...], special: dict[int, Windows]):
        self._zone = zone
        self._week = week
        self._special = special
        self._table = _NOTHING

    def covering(self, start: Instant, end: Instant) -> _Table:
        """A table that holds start to end. Raises CalendarError outside EARLIEST to LATEST."""
        table = self._table
        if table.since <= start and end <= table.until:
            return table
        if start < EARLIEST or end > LATEST:
            outside = start if start < EARLIEST else end
            raise CalendarError(
                f"an instant {outside // _YEAR} years from 1970 is outside 1900 to 2299,"
                " the years a calendar knows"
            )
        self._table = table = self._wider(table, start, end)
        return table

    def settled_after(self, at: Instant) -> Instant:
        """By when, after at, hours have opened and closed unless they never do so again.

        After the last special date weeks repeat; a year allows for hours lost when clocks change.
        """
        last = max(self._special, default=0)
        return min(max(at, _midnight(last)) + _YEAR, LATEST)

    def _wider(self, table: _Table, start: Instant, end: Instant) -> _Table:
        if self._is_always_open():
            return _table_of([(EARLIEST - 1, LATEST + 1)], EARLIEST - 1, LATEST + 1)
        since, until = min(start, table.since), max(end, table.until)
        # Growing by its own length at least keeps the work in proportion to the years covered.
        length = max(table.until - table.since, 0)
        if table.until < end:
            until = max(until, min(table.until + length, LATEST))
        if start < table.since:
            since = min(since, max(table.since - length, EARLIEST))
        return self._compiled(datetime_of(since).year - 1, datetime_of(until).year + 1)

    def _is_always_open(self) -> bool:
        return all(
            any(window.opens == 0 and window.closes >= MINUTES_A_DAY for window in windows)
            for windows in (*self._week, *self._special.values())
        )

    def _compiled(self, first_year: int, last_year: int) -> _Table:
        first, end = date(first_year, 1, 1).toordinal(), date(last_year + 1, 1, 1).toordinal()
        since = _opening_instant(self._zone, _midnight(first))
        until = _opening_instant(self._zone, _midnight(end))
        # A window may run on until the end of the following date.
        return _table_of(sorted(self._stretches(first - 2, end)), since, until)

    def _stretches(self, first: int, end: int) -> Iterator[tuple[Instant, Instant]]:
        zone, special, week = self._zone, self._special, self._week
        offsets = [_offset(zone, _midnight(day)) for day in range(first, end + 3)]
        for day in range(first, end):
            windows = special[day] if day in special else week[(day - 1) % 7]
            midnight, offset = _midnight(day), offsets[day - first]
            # No zone has changed its clocks twice within three days since 1900.
            if offset == offsets[day - first + 3]:
                start = midnight - offset
                for window in windows:
                    yield start + window.opens * MINUTE, start + window.closes * MINUTE
            else:
                for window in windows:
                    yield (
                        _opening_instant(zone, midnight + window.opens * MINUTE),
                        _closing_instant(zone, midnight + window.closes * MINUTE),
                    )


@lru_cache(maxsize=128)
def _hours_of(
    zone: str,
    week: tuple[Windows, ...],
    holidays: frozenset[date],
    exceptional: tuple[tuple[date, Windows], ...],
) -> _Hours:
    """The hours shared by all calendars of the same rules, so that each is compiled once."""
    special: dict[int, Windows] = {on.toordinal(): () for on in holidays}
    special.update((on.toordinal(), windows) for on, windows in exceptional)
    return _Hours(_zone_of(zone), week, special)


def _table_of(stretches: list[tuple[Instant, Instant]], since: Instant, until: Instant) -> _Table:
    opens, closes = [since], [since]
    for start, end in stretches:
        start, end = max(start, since), min(end, until)
        if end <= start:
            continue
        if start <= closes[-1] and len(opens) > 1:
            closes[-1] = max(closes[-1], end)
        else:
            opens.append(start)
            closes.append(end)
    lengths = (end - start for start, end in zip(opens, closes, strict=True))
    return _Table(since, until, opens, closes, [0, *accumulate(lengths)])


# From the clock on the wall to UTC. A reading is what the wall shows, as if it were UTC.

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def _midnight(day: int) -> Span:
    return (day - _EPOCH_DAY) * DAY


def _opening_instant(zone: ZoneInfo, reading: Span) -> Instant:
    """The first instant at which the wall shows reading or later."""
    first, second = reading - _offset(zone, reading), reading - _offset(zone, reading, fold=1)
    return first if first <= second else _change_between(zone, second, first)


def _closing_instant(zone: ZoneInfo, reading: Span) -> Instant:
    """The first instant from which on the wall never again shows less than reading."""
    first, second = reading - _offset(zone, reading), reading - _offset(zone, reading, fold=1)
    if first == second:
        return first
    change = _change_between(zone, min(first, second), max(first, second))
    if first > second:
        return change
    # Set back exactly to the reading, the clock never shows less than it a second time.
    return first if second == change else second


def _change_between(zone: ZoneInfo, early: Instant, late: Instant) -> Instant:
    """The instant after early and up to late at which the clocks change."""
    offset = datetime_of(late).astimezone(zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime_of(middle).astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late


def _offset(zone: ZoneInfo, reading: Span, fold: int = 0) -> Span:
    day, rest = divmod(reading, DAY)
    wall = datetime.fromordinal(day + _EPOCH_DAY)
    if rest or fold:
        wall = (wall + timedelta(microseconds=rest)).replace(fold=fold)
    return _span_of(zone.utcoffset(wall))


@lru_cache
def _span_of(offset: timedelta | None) -> Span:
    return offset // _MICROSECOND if offset is not None else 0
