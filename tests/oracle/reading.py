"""Times, spans, calendars and charters of a case file, as plain numbers of minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

DAY = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DEFAULT_HOLD = 7 * DAY

Raw = dict[str, Any]
Window = tuple[int, int]
Windows = tuple[Window, ...]


def minute(value: object) -> int:
    """The whole minute of an instant since the epoch; seconds are dropped."""
    if isinstance(value, datetime):
        moment = value
    else:
        moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(minutes=1)


def instant(value: int) -> str:
    """The ISO text of a minute since the epoch, in UTC."""
    return (EPOCH + timedelta(minutes=value)).strftime("%Y-%m-%dT%H:%MZ")


def day_number(value: object) -> int:
    day = value if type(value) is date else date.fromisoformat(str(value))
    return day.toordinal() - date(1970, 1, 1).toordinal()


def span(text: object, business_day: int = 0) -> int:
    """The minutes of `90m`, `4h`, `7d`, `1h30m` or `2bd` (seconds are dropped)."""
    words = str(text).strip()
    if not re.fullmatch(r"(\d+(bd|d|h|m|s))+", words):
        raise ValueError(f"not a span: {text!r}")
    unit = {"bd": business_day, "d": DAY, "h": 60, "m": 1, "s": 0}
    return sum(int(n) * unit[u] for n, u in re.findall(r"(\d+)(bd|d|h|m|s)", words))


@dataclass(frozen=True)
class Version:
    """Holidays and exceptional days as known from an instant on (None: always)."""

    entered_at: int | None
    holidays: frozenset[int]
    exceptional: tuple[tuple[int, Windows], ...]


@dataclass(frozen=True)
class Calendar:
    name: str
    zone: str
    week: tuple[Windows, ...]
    versions: tuple[Version, ...]

    def version_at(self, known_at: int | None) -> Version:
        """The newest version entered at or before `known_at` (None: the first)."""
        known = self.versions[0]
        for version in self.versions[1:]:
            if known_at is not None and version.entered_at is not None:
                known = version if version.entered_at <= known_at else known
        return known

    def longest_day(self) -> int:
        return max(sum(end - start for start, end in day) for day in self.week)


@dataclass(frozen=True)
class Charter:
    in_force_at: int | None
    until: int | None
    default_priority: str | None
    hold_period: int
    rows: tuple[Raw, ...]
    calendar: str | None  # where no row matches


def windows_of(text: object) -> Windows:
    """`09:00-12:00, 13:00-17:00`; an end at or before its start lies on the next day."""
    words = "" if text is None else str(text).strip()
    if words in ("", "closed"):
        return ()
    if words == "24h":
        return ((0, DAY),)
    return tuple(_window(part) for part in words.split(","))


def _window(text: str) -> Window:
    start, end = (_minute_of_day(part) for part in text.split("-"))
    return (start, end) if end > start else (start, end + DAY)


def _minute_of_day(text: str) -> int:
    hours, minutes = text.strip().split(":")
    return int(hours) * 60 + int(minutes)


def calendar_of(name: str, raw: Raw) -> Calendar:
    if "holidays_of" in raw:
        raise ValueError("the oracle knows no public holidays: list the dates")
    week: list[Windows] = [()] * 7
    for days, text in (raw.get("week") or {}).items():
        for day in _days(str(days)):
            week[day] = windows_of(text)
    entered = sorted(raw.get("entered") or [], key=lambda each: minute(each["at"]))
    versions = [_version(None, raw), *(_version(minute(each["at"]), each) for each in entered)]
    return Calendar(name, str(raw.get("zone", "UTC")), tuple(week), tuple(versions))


def _days(text: str) -> Iterator[int]:
    if text == "all":
        yield from range(7)
        return
    first, _, last = text.partition("-")
    start, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
    yield from (day % 7 for day in range(start, end + 1 if end >= start else end + 8))


def _version(entered_at: int | None, raw: Raw) -> Version:
    days = raw.get("exceptional") or {}
    exceptional = sorted((day_number(day), windows_of(text)) for day, text in days.items())
    holidays = frozenset(day_number(day) for day in raw.get("holidays") or [])
    return Version(entered_at, holidays, tuple(exceptional))


def charters_of(case: Raw) -> list[Charter]:
    raw = case.get("charters") or ([case["charter"]] if case.get("charter") else [])
    first = next(iter(case.get("calendars") or {}), None)
    return [_charter(each, first) for each in raw]


def _charter(raw: Raw, first_calendar: str | None) -> Charter:
    return Charter(
        in_force_at=minute(raw["in_force_at"]) if raw.get("in_force_at") else None,
        until=minute(raw["until"]) if raw.get("until") else None,
        default_priority=raw.get("default_priority"),
        hold_period=span(raw["hold_period"]) if raw.get("hold_period") else DEFAULT_HOLD,
        rows=tuple(raw.get("targets") or []),
        calendar=raw.get("calendar") or first_calendar,
    )


def charter_at(charters: list[Charter], at: int) -> Charter | None:
    """The charter in force at an instant; of several, the one in force from the latest instant."""
    best: Charter | None = None
    for charter in charters:
        begun = charter.in_force_at is None or charter.in_force_at <= at
        over = charter.until is not None and charter.until <= at
        if begun and not over and (best is None or _begin(charter) >= _begin(best)):
            best = charter
    return best


def _begin(charter: Charter) -> int:
    return -(10**12) if charter.in_force_at is None else charter.in_force_at
