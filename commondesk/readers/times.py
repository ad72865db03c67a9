"""How a table writes its times: what the values show, and what must be asked.

`3/4/2024` is a day in March or in April, and nothing in it tells which. A value whose first number
is above 12 shows that the day comes first; as long as no value shows the contrary, that settles the
column. Where nothing settles it, whoever imports has to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import Instant, instant_of

EARLIEST, LATEST = 1980, 2100
"""No ticket of an export is older or newer, in years."""
ENOUGH = 20
"""From so many values on it says something that a kind of value is not among them."""


class Form(StrEnum):
    """What a value looks like."""

    ISO = "iso"
    SLASHED = "slashed"
    NAMED = "named"
    EPOCH = "epoch"
    SERIAL = "serial"


class Order(StrEnum):
    """What comes first where both numbers could be the day. SWAPPED: ISO with both exchanged."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    SWAPPED = "swapped"
    AS_WRITTEN = "as-written"


class NoTime(ValueError):
    """A value that is no time; the text says why."""


class AmbiguousTimes(ValueError):
    """Values that may be read in two ways; the text asks, and says how to answer."""


_TIME = (
    r"(?:(?:[T ,]+(?:(?:à|às|at|um) )?| - )"
    r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?(?: Uhr)?)?"
    r"\s*([AaPp]\.? ?[Mm]\.?)?"
)
_ZONE = (
    r"\s*(Z|z|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|UTC|GMT|[WCE]ES?T|[+-]\d{2})?"
    r"(?: \([^()\d]{2,50}\))?"
)
_HOURS = {"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3}
"""Zones of Europe by their letters; other letters stand for several zones, and are not read."""
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME + _ZONE, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?" + _ZONE + r")?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME + _ZONE, re.ASCII)
_NAMED = re.compile(
    r"(?:\w{2,10}[,.]? )?"
    r"(?:(\d{1,2})(?:st|nd|rd|th|er|º)?(?:[-/. ]{1,2}| de )([^\W\d]{3,10})"
    r"|([^\W\d]{3,10})[-/. ]{1,2}(\d{1,2})(?:st|nd|rd|th)?,?)"
    r"(?:[-/., ]{1,2}|\.? de )(\d{4}|\d{2})" + _TIME + _ZONE
)
_YEAR_LAST = re.compile(r"(\w{3} \w{3} {1,2}\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4})")
"""As C's asctime and Request Tracker write it."""
_SPACES = dict.fromkeys(map(ord, "\xa0\u2007\u2009\u202f"), " ") | dict.fromkeys(
    map(ord, "\u200e\u200f"), ""
)
"""What browsers and spreadsheets put for spaces, and marks of direction, which say nothing."""
_NUMBER = re.compile(r"\d{10}(\.\d+)?|\d{13}|\d{16}", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_MONTHS = {
    start: number
    for number, starts in enumerate(
        (
            ("jan", "ene", "gen"),
            ("feb", "fev", "fév"),
            ("mar", "mär", "mrz"),
            ("apr", "avr", "abr"),
            ("may", "mai", "mag"),
            ("jun", "juin", "giu"),
            ("jul", "juil", "lug"),
            ("aug", "aoû", "aou", "ago"),
            ("sep", "set"),
            ("oct", "okt", "out", "ott"),
            ("nov",),
            ("dec", "dez", "déc", "dic"),
        ),
        1,
    )
    for start in starts
}


# ---- one value ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """A value taken apart. first and second are day and month, or month and day."""

    form: Form
    year: int = 0
    first: int = 0
    second: int = 0
    hour: int = 0
    minute: int = 0
    second_: int = 0
    microsecond: int = 0
    offset: timedelta | None = None
    precision: str = "day"
    at: Instant = 0

    @property
    def is_ambiguous(self) -> bool:
        """Whether the day may be the month, and the other way round."""
        return self.first <= 12 and self.second <= 12 and self.first != self.second


def value_of(text: str) -> Value:
    """A time taken apart. Raises NoTime."""
    if not text.isascii():
        text = text.translate(_SPACES).strip()
    if found := _YEAR_LAST.fullmatch(text):
        text = f"{found[1]} {found[3]} {found[2]}"
    if found := _ISO.fullmatch(text):
        year, _, month, day, *rest = found.groups()
        return _value(Form.ISO, int(year), int(month), int(day), *rest)
    if found := _SLASHED.fullmatch(text):
        first, _, second, year, *rest = found.groups()
        return _value(Form.SLASHED, _year(year), int(first), int(second), *rest)
    if found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second_, zone = found.groups()
        if 1 <= int(month) <= 12 and EARLIEST <= int(year) < LATEST:
            numbers = (int(year), int(month), int(day))
            return _value(Form.ISO, *numbers, hour, minute, second_, None, None, zone)
    if _NUMBER.fullmatch(text):
        return _epoch(text)
    if _SERIAL.fullmatch(text):
        return _serial(text)
    if len(text) < 90 and (found := _NAMED.fullmatch(text)):
        day, month, other_month, other_day, year, *rest = found.groups()
        number = _month(month or other_month)
        return _value(Form.NAMED, _year(year), number, int(day or other_day), *rest)
    raise NoTime(f"{text[:60]!r} is no time")


@lru_cache(maxsize=65536)
def _value_or_none(text: str) -> Value | None:
    try:
        return value_of(text)
    except NoTime:
        return None


def _value(
    form: Form,
    year: int,
    first: int,
    second: int,
    hour: str | None,
    minute: str | None,
    seconds: str | None,
    fraction: str | None,
    half: str | None,
    zone: str | None,
) -> Value:
    if not EARLIEST <= year < LATEST:
        raise NoTime(f"the year {year} is no year of a ticket")
    if not (first and second and min(first, second) <= 12 and max(first, second) <= 31):
        raise NoTime(f"there is no day {first} and {second}")
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise NoTime(f"there is no hour {hours} {half}")
        hours = hours % 12 + 12 * (half[0] in "pP")
    if hours > 23 or int(minute or 0) > 59 or int(seconds or 0) > 59:
        raise NoTime(f"there is no time {hours}:{minute}:{seconds or 0}")
    precision = "millisecond" if fraction else "second" if seconds else "minute" if hour else "day"
    return Value(
        form=form,
        year=year,
        first=first,
        second=second,
        hour=hours,
        minute=int(minute or 0),
        second_=int(seconds or 0),
        microsecond=int((fraction or "0")[:6].ljust(6, "0")),
        offset=_offset(zone) if zone else None,
        precision=precision,
    )


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month(name: str) -> int:
    name = name.casefold()
    found = _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
    if found is None:
        raise NoTime(f"{name[:20]!r} is no month")
    return found


def _offset(zone: str) -> timedelta:
    if zone[-1].isdigit():
        zone = zone.removeprefix("GMT").removeprefix("UTC")
    if zone[0] not in "+-":
        return timedelta(hours=_HOURS.get(zone, 0))
    digits = zone[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if span >= timedelta(hours=15):
        raise NoTime(f"there is no offset {zone}")
    return -span if zone[0] == "-" else span


def _epoch(text: str) -> Value:
    whole, _, fraction = text.partition(".")
    scale = {10: 1_000_000, 13: 1000, 16: 1}[len(whole)]
    at = int(whole) * scale + int(fraction[:6].ljust(6, "0") or 0)
    precision = "second" if scale == 1_000_000 and not fraction else "millisecond"
    return Value(Form.EPOCH, precision=precision, at=at, offset=timedelta(0))


def _serial(text: str) -> Value:
    """A spreadsheet's count of days from 1899-12-30."""
    days = float(text.replace(",", "."))
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(days * 86400))  # noqa: DTZ001 (local)
    if not EARLIEST <= moment.year < LATEST:
        raise NoTime(f"{text} is no day of a spreadsheet")
    return Value(
        form=Form.SERIAL,
        year=moment.year,
        first=moment.month,
        second=moment.day,
        hour=moment.hour,
        minute=moment.minute,
        second_=moment.second,
        precision="second",
    )


_SAYS_UTC = re.compile(r"(?<![A-Za-z])(UTC|GMT)(?! ?[+-] ?\d|[A-Za-z])", re.IGNORECASE)


# ---- what a column shows --------------------------------------------------------------------


@dataclass(slots=True)
class Evidence:
    """What the values of a column show about how its times are written, with the first places."""

    column: str
    forms: Counter[Form] = field(default_factory=Counter)
    precisions: Counter[str] = field(default_factory=Counter)
    offsets: Counter[timedelta | None] = field(default_factory=Counter)
    day_first: int = 0
    month_first: int = 0
    either: int = 0
    no_times: int = 0
    iso_above_12: int = 0
    months: set[int] = field(default_factory=set)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def is_utc(self) -> bool:
        """Whether the heading says that its times are in UTC."""
        return _SAYS_UTC.search(self.column) is not None

    def hear(self, text: str, row: int) -> None:
        """Take one value into account. One that is missing is not heard."""
        value = _value_or_none(text)
        if value is None:
            self.no_times += 1
            self._show("no_time", text, row)
            return
        self.forms[value.form] += 1
        self.precisions[value.precision] += 1
        self.offsets[timedelta(0) if value.offset is None and self.is_utc else value.offset] += 1
        if value.form is Form.SLASHED:
            self._hear_slashed(value, text, row)
        elif value.form is Form.ISO and value.second > 12:
            self.iso_above_12 += 1
        if value.form not in (Form.EPOCH, Form.SLASHED):
            self.months.add(value.first)

    def _hear_slashed(self, value: Value, text: str, row: int) -> None:
        if value.is_ambiguous:
            self.either += 1
            self._show("either", text, row)
        elif value.first > 12:
            self.day_first += 1
            self._show("day_first", text, row)
        elif value.second > 12:
            self.month_first += 1
            self._show("month_first", text, row)

    def _show(self, what: str, text: str, row: int) -> None:
        self.examples.setdefault(what, f"{text[:40]} in row {row}")

    @property
    def count(self) -> int:
        """How many values are times."""
        return sum(self.forms.values())

    @property
    def is_time(self) -> bool:
        """Whether the column holds times, by almost all of its values; sums may stand below."""
        sure = self.count - self.forms[Form.SERIAL]
        return sure > self.no_times and self.no_times <= max(2, 0.02 * self.count)

    @property
    def looks_swapped(self) -> bool:
        """Whether a spreadsheet seems to have taken days up to 12 for months.

        It leaves 25/3 as it is, and makes 3/4 a date: then no ISO value has a day above 12, and no
        other value one below.
        """
        iso, slashed = self.forms[Form.ISO], self.forms[Form.SLASHED]
        return (
            iso >= ENOUGH
            and slashed > 0
            and self.iso_above_12 == 0
            and self.either * 10 < slashed
            and (self.day_first > 0) != (self.month_first > 0)
        )

    def told(self) -> str:
        """What the column shows, in plain words."""
        parts = []
        if self.forms[Form.ISO]:
            parts.append(f"{self.forms[Form.ISO]:,} year first")
        if self.day_first:
            example = self.examples["day_first"]
            parts.append(f"{self.day_first:,} can only be day first ({example})")
        if self.month_first:
            example = self.examples["month_first"]
            parts.append(f"{self.month_first:,} can only be month first ({example})")
        if self.either:
            parts.append(f"{self.either:,} may be either ({self.examples['either']})")
        for form, name in _FORM_NAMES.items():
            if self.forms[form]:
                parts.append(f"{self.forms[form]:,} {name}")
        return ", ".join(parts) or "no times"


_FORM_NAMES = {
    Form.NAMED: "with the name of the month",
    Form.EPOCH: "seconds or milliseconds since 1970",
    Form.SERIAL: "days of a spreadsheet",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the times of a column are read, and why."""

    order: Order
    why: str
    is_sure: bool = True


def reading_of(
    evidence: Evidence, said: Order | None = None, others: Mapping[str, Evidence] | None = None
) -> Reading:
    """How a column is read: as said, as its own values show, or as the other columns of the table.

    Raises AmbiguousTimes where nothing settles it; the text asks and says how to answer.
    """
    if said is not None:
        return Reading(said, "it was said so")
    if evidence.looks_swapped:
        raise AmbiguousTimes(_question_of_swap(evidence))
    if evidence.day_first and evidence.month_first:
        if evidence.either:
            raise AmbiguousTimes(_question_of_two(evidence))
        return Reading(Order.AS_WRITTEN, f"two styles, each clear by itself: {evidence.told()}")
    if evidence.day_first:
        return Reading(Order.DAY_FIRST, evidence.told())
    if evidence.month_first:
        return Reading(Order.MONTH_FIRST, evidence.told())
    if not evidence.either:
        return Reading(Order.AS_WRITTEN, evidence.told())
    return _by_others(evidence, others or {})


def _by_others(evidence: Evidence, others: Mapping[str, Evidence]) -> Reading:
    beside = [each for each in others.values() if each.column != evidence.column]
    shown = {
        Order.DAY_FIRST: [each for each in beside if each.day_first],
        Order.MONTH_FIRST: [each for each in beside if each.month_first],
    }
    for order, other in (
        (Order.DAY_FIRST, Order.MONTH_FIRST),
        (Order.MONTH_FIRST, Order.DAY_FIRST),
    ):
        if shown[order] and not shown[other]:
            first = shown[order][0]
            return Reading(order, f"as column {first.column}: {first.told()}")
    raise AmbiguousTimes(
        f"{evidence.told()}: nothing shows whether the day or the month comes first. Ask whoever"
        f" made the export, and say so in the mapping: `dates: {Order.DAY_FIRST}` or"
        f" `dates: {Order.MONTH_FIRST}`"
    )


def _question_of_two(evidence: Evidence) -> str:
    return (
        f"two styles in one column: {evidence.told()}. Say in the mapping how those are to be read"
        f" that may be either: `dates: {Order.DAY_FIRST}` or `dates: {Order.MONTH_FIRST}`"
    )


def _question_of_swap(evidence: Evidence) -> str:
    return (
        f"{evidence.told()}, and of the {evidence.forms[Form.ISO]:,} that are year first none has a"
        " day above 12: a spreadsheet seems to have taken their days for months. Export once more"
        " without opening the file in between; or, if you are sure, say in the mapping"
        f" `dates: {Order.SWAPPED}` (exchange them back) or `dates: {Order.AS_WRITTEN}`"
    )


# ---- values to instants ---------------------------------------------------------------------


class Clock:
    """Reads the times of one column. repaired and doubtful count what was met."""

    def __init__(self, order: Order, zone: ZoneInfo) -> None:
        self.against = 0
        """Values that can only be read against the order, and were."""
        self.doubtful = 0
        """Local times in an hour that the zone skips or has twice."""
        self._order = order
        self._zone = zone
        self._read = lru_cache(maxsize=65536)(self._once)

    def instant(self, text: str) -> Instant:
        """The instant of a value. Raises NoTime."""
        at, is_against, is_doubtful = self._read(text)
        self.against += is_against
        self.doubtful += is_doubtful
        return at

    def _once(self, text: str) -> tuple[Instant, bool, bool]:
        value = value_of(text)
        if value.form is Form.EPOCH:
            if not EARLIEST <= 1970 + value.at // 31_557_600_000_000 < LATEST:
                raise NoTime(f"{text} is no time of a ticket")
            return value.at, False, False
        month, day, is_against = self._month_and_day(value)
        try:
            local = datetime(
                value.year,
                month,
                day,
                value.hour,
                value.minute,
                value.second_,
                value.microsecond,
                tzinfo=self._zone if value.offset is None else timezone(value.offset),
            )
            is_doubtful = local.utcoffset() != local.replace(fold=1).utcoffset()
            return instant_of(local.astimezone(UTC)), is_against, is_doubtful
        except (ValueError, OverflowError):
            raise NoTime(f"{text[:60]!r} is no day of the calendar") from None

    def _month_and_day(self, value: Value) -> tuple[int, int, bool]:
        if value.form is Form.ISO and self._order is Order.SWAPPED:
            if value.second <= 12:
                return value.second, value.first, False
            return value.first, value.second, True
        if value.form is not Form.SLASHED:
            return value.first, value.second, False
        is_day_first = self._order is not Order.MONTH_FIRST
        day, month = (value.first, value.second) if is_day_first else (value.second, value.first)
        if month > 12:
            return day, month, self._order in (Order.DAY_FIRST, Order.MONTH_FIRST)
        return month, day, False
