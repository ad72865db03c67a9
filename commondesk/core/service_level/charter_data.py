"""Charters as plain data: the `charter` and `calendars` keys of a case file (docs/clocks.md).

Every problem is collected with its place, and all are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar, cast

from ..record.codec import Json
from ..record.events import ClockName, Kind, Priority, WaitReason
from ..record.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span, parse_instant
from ..record.priority import Matrix, template_matrix
from ..texts import gettext, pgettext
from .agreement import Agreement, EscalationStep, Row, longest_day
from .calendar import SINCE_EVER, Calendar, CalendarError, CalendarVersions, Windows, parse_windows
from .lens import (
    CONTRACT_TEMPLATE,
    Lens,
    Population,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)

HolidaySource = Callable[[str, str], Iterable[date]]
"""Public holidays of (country, subdivision); the library that knows them lies outside the core."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what to do."""

    place: str
    what: str
    line: int | None = None
    """The line of the text it was read from, where that is known."""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class CharterError(ValueError):
    """A charter, calendar or lens that cannot be read. problems lists every reason."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def agreement_of(
    charter: Json,
    calendars: Json,
    *,
    identity: str = "",
    holidays_of: HolidaySource | None = None,
) -> Agreement:
    """The agreement that these data describe. Raises CharterError with every problem found."""
    reader = _Reader(holidays_of)
    versions = reader.calendars(calendars)
    agreement = reader.agreement(charter, versions, identity)
    if reader.problems:
        raise CharterError(reader.problems)
    return agreement


def calendars_of(
    calendars: Json, *, holidays_of: HolidaySource | None = None
) -> dict[str, CalendarVersions]:
    """The calendars, by name, that these data describe. Raises CharterError."""
    reader = _Reader(holidays_of)
    versions = reader.calendars(calendars)
    if reader.problems:
        raise CharterError(reader.problems)
    return versions


def lens_of(data: Json, *, base: Lens = CONTRACT_TEMPLATE, place: str = "lens") -> Lens:
    """The lens that these settings make of the base one. Raises CharterError."""
    reader = _Reader(None)
    lens = reader.lens(data, base, place)
    if reader.problems:
        raise CharterError(reader.problems)
    return lens


_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def span_of(text: str) -> Span:
    """The span of a text such as 90m, 4h, 7d or 1h30m. Raises ValueError that says how to write."""
    number, total = "", 0
    for letter in text.strip():
        if letter.isdigit():
            number += letter
        elif number and letter in _UNITS:
            total, number = total + int(number) * _UNITS[letter], ""
        else:
            break
    else:
        if not number and text.strip():
            return total
    raise ValueError(
        gettext("%(given)s is no span such as 90m, 4h, 7d or 1h30m") % {"given": repr(text)}
    )


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def days_of(text: str) -> tuple[int, ...]:
    """The weekdays, Monday is 0, of a text such as mon-fri, sat or all. Raises ValueError."""
    if text == "all":
        return tuple(range(7))
    days: list[int] = []
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(
                gettext("%(given)s is no day such as mon, or mon-fri, or all")
                % {"given": repr(part)}
            )
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        days += range(begin, end + 1) if begin <= end else [*range(begin, 7), *range(end + 1)]
    return tuple(days)


_CHOICES: dict[str, type[StrEnum]] = {
    "response_ends": ResponseEnd,
    "next_reply_owed": ReplyOwed,
    "resolution_ends": ResolutionEnd,
    "reopen": ReopenRule,
    "requester_pause_needs": RequesterPause,
    "scheduled_pause_needs": ScheduledPause,
    "priority": PriorityUsed,
    "population": Population,
}
_CHARTER_KEYS = frozenset(
    {
        *("title", "parties", "scope", "boundaries", "channels", "points", "signatures"),
        *("in_force_at", "until", "calendar", "default_priority", "hold_period", "close_after"),
        *("targets", "lens", "matrix", "impact", "criticality", "services", "sites", "items"),
        *("teams", "escalation_window", "escalation", "contacts", "decision_rights", "ramp_up"),
        *("knowledge", "review", "compliance", "fees", "internal_hours", "words"),
    }
)
_E = TypeVar("_E", bound=StrEnum)
_Object = dict[str, Json]


class _Reader:
    """Reads data and collects problems instead of stopping at the first."""

    def __init__(self, holidays_of: HolidaySource | None):
        self.problems: list[Problem] = []
        self._holidays_of = holidays_of

    # the agreement

    def agreement(
        self, data: Json, calendars: Mapping[str, CalendarVersions], identity: str
    ) -> Agreement:
        charter = self._object(data, "charter")
        self._strangers(charter, _CHARTER_KEYS, "charter")
        default = self._default_calendar(charter, calendars)
        rows = tuple(self._rows(charter.get("targets", []), calendars, default))
        impact = self._table(charter.get("impact"), "charter.impact")
        matrix = self._table(charter.get("matrix"), "charter.matrix")
        template = template_matrix()
        ranks = tuple(Priority)
        return Agreement(
            id=identity,
            calendars=calendars or {default: CalendarVersions(((SINCE_EVER, _closed()),))},
            rows=rows,
            default_calendar=default,
            default_priority=self._choice(
                charter.get("default_priority", "P3"), Priority, "charter.default_priority"
            )
            or Priority.P3,
            hold_span=self._span(charter.get("hold_period", "7d"), "charter.hold_period")
            or 7 * DAY,
            close_span=self._span(charter.get("close_after", "14d"), "charter.close_after")
            or 14 * DAY,
            window_spans=self._windows(charter.get("escalation_window")),
            matrix=Matrix(
                impact or template.impact,
                {cell: ranks[level - 1] for cell, level in matrix.items()} or template.priority,
            ),
            criticality=_listed_levels(charter) | self._criticality(charter.get("criticality")),
            steps=tuple(self._steps(charter.get("escalation"))),
            lens=self.lens(charter.get("lens", {}), CONTRACT_TEMPLATE, "charter.lens"),
        )

    def _default_calendar(self, charter: _Object, calendars: Mapping[str, CalendarVersions]) -> str:
        name = charter.get("calendar") or next(iter(calendars), "")
        if not isinstance(name, str) or name not in calendars:
            self._wrong(
                "charter.calendar",
                gettext("names no calendar; known: %(listed)s") % {"listed": _listed(calendars)},
            )
            return next(iter(calendars), "")
        return name

    def _rows(
        self, data: Json, calendars: Mapping[str, CalendarVersions], default: str
    ) -> Iterator[Row]:
        for index, each in enumerate(self._list(data, "charter.targets"), 1):
            place = f"charter.targets row {index}"
            row = self._object(each, place)
            clocks = [clock.value for clock in ClockName]
            self._strangers(row, {"service", "kind", "priority", "calendar", *clocks}, place)
            name = row.get("calendar", default)
            if not isinstance(name, str) or name not in calendars:
                self._wrong(
                    place,
                    gettext("calendar %(name)s is not known; known: %(listed)s")
                    % {"name": repr(name), "listed": _listed(calendars)},
                )
                continue
            yield Row(
                service=self._text(row.get("service", ""), f"{place} service"),
                kind=self._choice(row.get("kind"), Kind, f"{place} kind"),
                priority=self._choice(row.get("priority"), Priority, f"{place} priority"),
                calendar=name,
                spans={
                    clock: self._target(row.get(clock.value), calendars[name], f"{place} {clock}")
                    for clock in ClockName
                },
            )

    def _target(self, data: Json, calendar: CalendarVersions, place: str) -> Span | None:
        if data is None or data == "none":
            return None
        if isinstance(data, str) and data.strip().endswith("bd"):
            return self._business_days(data, calendar, place)
        span = self._span(data, place)
        if span == 0:
            self._wrong(place, gettext("0 is no target; leave it out, or write none"))
            return None
        return span

    def _business_days(self, text: str, calendar: CalendarVersions, place: str) -> Span | None:
        number = text.strip().removesuffix("bd")
        if not number.isdigit() or int(number) == 0:
            self._wrong(
                place,
                gettext("%(text)s is no number of business days such as 2bd")
                % {"text": repr(text)},
            )
            return None
        return int(number) * longest_day(calendar.versions[0][1])

    def _windows(self, data: Json) -> dict[Priority, Span]:
        place = "charter.escalation_window"
        if data is None:
            return {}
        if isinstance(data, str):
            span = self._span(data, place)
            return {} if span is None else dict.fromkeys(Priority, span)
        spans: dict[Priority, Span] = {}
        for name, value in self._object(data, place).items():
            priority = self._choice(name, Priority, place)
            span = self._span(value, f"{place} {name}")
            if priority is not None and span is not None:
                spans[priority] = span
        return spans

    def _table(self, data: Json, place: str) -> dict[tuple[int, int], int]:
        """A 4 x 4 table of levels 1 to 4, written as four rows of four."""
        if data is None:
            return {}
        rows = [self._list(row, place) for row in self._list(data, place)]
        cells = [_level_of(cell) for row in rows for cell in row]
        if [len(row) for row in rows] != [4] * 4 or not all(cells):
            self._wrong(place, gettext("wants four rows of four levels, each 1 to 4 (or P1 to P4)"))
            return {}
        return {(i // 4 + 1, i % 4 + 1): level for i, level in enumerate(cells)}

    def _criticality(self, data: Json) -> dict[str, int]:
        place = "charter.criticality"
        levels: dict[str, int] = {}
        for name, value in self._object(data if data is not None else {}, place).items():
            if _level_of(value):
                levels[name] = _level_of(value)
            else:
                self._wrong(f"{place} {name}", gettext("wants a level from 1 (critical) to 4"))
        return levels

    def _steps(self, data: Json) -> Iterator[EscalationStep]:
        for index, each in enumerate(self._list(data or [], "charter.escalation"), 1):
            place = f"charter.escalation step {index}"
            step = self._object(each, place)
            self._strangers(step, {"clock", "percent", "contact"}, place)
            clock = self._choice(step.get("clock", "resolution"), ClockName, f"{place} clock")
            percent, contact = step.get("percent"), step.get("contact")
            if clock is None or not isinstance(percent, int) or not isinstance(contact, str):
                self._wrong(place, gettext("wants clock, percent (a whole number) and contact"))
                continue
            yield EscalationStep(clock, percent, contact)

    # lenses

    def lens(self, data: Json, base: Lens, place: str) -> Lens:
        settings = self._object(data if data is not None else {}, place)
        self._strangers(settings, {each.name for each in fields(Lens)}, place)
        lens = base
        for name, value in settings.items():
            lens = self._set(lens, name, value, f"{place}.{name}")
        return lens

    def _set(self, lens: Lens, name: str, value: Json, place: str) -> Lens:
        if name in _CHOICES:
            choice = self._choice(value, _CHOICES[name], place)
            return lens if choice is None else cast(Lens, _replaced(lens, name, choice))
        match name:
            case "resolving_responds":
                if isinstance(value, bool):
                    return replace(lens, resolving_responds=value)
                self._wrong(place, gettext("wants true or false"))
            case "next_reply_every":
                return replace(lens, next_reply_every=self._span(value, place) or 8 * HOUR)
            case "disguised":
                if value in (None, False, "off"):
                    return replace(lens, disguised=None)
                return replace(lens, disguised=self._span(value, place))
            case "pauses":
                return replace(lens, pauses=self._choices(value, WaitReason, place))
            case "pauses_for":
                return replace(lens, pauses_for=self._choices(value, ClockName, place))
        return lens

    # calendars

    def calendars(self, data: Json) -> dict[str, CalendarVersions]:
        named = self._object(data, "calendars")
        if not named:
            self._wrong("calendars", gettext("name at least one calendar"))
        read = {name: self._versions(name, each) for name, each in named.items()}
        return {name: versions for name, versions in read.items() if versions is not None}

    def _versions(self, name: str, data: Json) -> CalendarVersions | None:
        place = f"calendars.{name}"
        entry = self._object(data, place)
        known = {"zone", "week", "holidays", "holidays_of", "exceptional", "entered"}
        self._strangers(entry, known, place)
        zone = entry.get("zone")
        if not isinstance(zone, str):
            self._wrong(place, gettext("zone is missing; write one such as Europe/Berlin"))
            return None
        week = self._week(entry.get("week"), f"{place}.week")
        first = self._calendar(name, zone, week, entry, place)
        if first is None:
            return None
        versions = [(SINCE_EVER, first)]
        for index, each in enumerate(self._list(entry.get("entered", []), place), 1):
            spot = f"{place}.entered {index}"
            later = self._object(each, spot)
            self._strangers(later, {"at", "holidays", "holidays_of", "exceptional"}, spot)
            at = self._instant(later.get("at"), f"{spot} at")
            calendar = self._calendar(name, zone, week, later, spot)
            if at is not None and calendar is not None:
                versions.append((at, calendar))
        return CalendarVersions(tuple(sorted(versions, key=lambda version: version[0])))

    def _calendar(
        self, name: str, zone: str, week: tuple[Windows, ...], data: _Object, place: str
    ) -> Calendar | None:
        try:
            return Calendar(
                name=name,
                zone=zone,
                week=week,
                holidays=frozenset(self._holidays(data, place)),
                exceptional=tuple(self._exceptional(data.get("exceptional"), place)),
            )
        except CalendarError as wrong:
            self._wrong(place, str(wrong))
            return None

    def _week(self, data: Json, place: str) -> tuple[Windows, ...]:
        week: list[Windows] = [()] * 7
        for days, text in self._object(data, place).items():
            windows = self._day_windows(text, f"{place} {days}")
            for day in self._days(days, place):
                week[day] = windows
        return tuple(week)

    def _days(self, text: str, place: str) -> Iterable[int]:
        try:
            return days_of(text)
        except ValueError as wrong:
            self._wrong(place, str(wrong))
            return ()

    def _day_windows(self, data: Json, place: str) -> Windows:
        try:
            return parse_windows(self._text(data, place))
        except CalendarError as wrong:
            self._wrong(place, str(wrong))
            return ()

    def _holidays(self, data: _Object, place: str) -> Iterator[date]:
        for each in self._list(data.get("holidays", []), f"{place}.holidays"):
            day = self._date(each, f"{place}.holidays")
            if day is not None:
                yield day
        source = data.get("holidays_of")
        if source is None:
            return
        region = self._object(source, f"{place}.holidays_of")
        country, part = region.get("country", ""), region.get("subdivision", "")
        if self._holidays_of is None or not isinstance(country, str) or not isinstance(part, str):
            self._wrong(
                f"{place}.holidays_of",
                gettext("country and subdivision cannot be looked up here"),
            )
            return
        try:
            yield from self._holidays_of(country, part)
        except ValueError as wrong:
            self._wrong(f"{place}.holidays_of", str(wrong))

    def _exceptional(self, data: Json, place: str) -> Iterator[tuple[date, Windows]]:
        spot = f"{place}.exceptional"
        for day, text in self._object(data if data is not None else {}, spot).items():
            read = self._date(day, spot)
            if read is not None:
                yield read, self._day_windows(text, f"{spot} {day}")

    # single values

    def _wrong(self, place: str, what: str) -> None:
        self.problems.append(Problem(place, what))

    def _object(self, data: Json, place: str) -> _Object:
        if isinstance(data, dict):
            return data
        self._wrong(
            place, gettext("wants names with values, not %(given)s") % {"given": repr(data)}
        )
        return {}

    def _list(self, data: Json, place: str) -> list[Json]:
        if isinstance(data, list):
            return data
        self._wrong(place, gettext("wants a list, not %(given)s") % {"given": repr(data)})
        return []

    def _text(self, data: Json, place: str) -> str:
        if isinstance(data, str):
            return data
        self._wrong(place, gettext("wants words, not %(given)s") % {"given": repr(data)})
        return ""

    def _span(self, data: Json, place: str) -> Span | None:
        try:
            return span_of(data if isinstance(data, str) else str(data))
        except ValueError as wrong:
            self._wrong(place, str(wrong))
            return None

    def _instant(self, data: Json, place: str) -> Instant | None:
        try:
            return parse_instant(str(data))
        except ValueError as wrong:
            self._wrong(place, str(wrong))
            return None

    def _date(self, data: Json, place: str) -> date | None:
        try:
            return date.fromisoformat(str(data))
        except ValueError:
            self._wrong(
                place, gettext("%(text)s is no date such as 2025-12-24") % {"text": repr(data)}
            )
            return None

    def _choice(self, data: Json, kind: type[_E], place: str) -> _E | None:
        if data is None:
            return None
        try:
            return kind(str(data))
        except ValueError:
            self._wrong(
                place,
                gettext("%(given)s is none of %(listed)s")
                % {"given": repr(data), "listed": _listed(kind)},
            )
            return None

    def _choices(self, data: Json, kind: type[_E], place: str) -> frozenset[_E]:
        if data == "all":
            return frozenset(kind)
        read = (self._choice(each, kind, place) for each in self._list(data, place))
        return frozenset(each for each in read if each is not None)

    def _strangers(self, data: _Object, known: Iterable[str], place: str) -> None:
        known = set(known)
        for name in sorted(data.keys() - known):
            self._wrong(
                place,
                gettext("%(name)s is not known here; %(known)s")
                % {"name": repr(name), "known": nearest(name, sorted(known))},
            )


def _listed_levels(charter: _Object) -> dict[str, int]:
    """Levels that services, sites and items say of themselves; core.charter checks the lists."""
    levels: dict[str, int] = {}
    for section in ("items", "sites", "services"):
        rows = charter.get(section)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(key := row.get("key"), str):
                levels[key] = _level_of(row.get("criticality"))
    return {key: level for key, level in levels.items() if level}


def _closed() -> Calendar:
    return Calendar("none", "UTC", ((),) * 7, frozenset(), ())


def _level_of(cell: Json) -> int:
    if isinstance(cell, str) and cell in Priority.__members__:
        return tuple(Priority).index(Priority(cell)) + 1
    return cell if isinstance(cell, int) and 1 <= cell <= 4 else 0


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests what was meant, and lists what is known."""
    listed = [str(each) for each in known]
    close = get_close_matches(name, listed, n=1, cutoff=0.6)
    if close:
        return gettext("did you mean %(close)s? known: %(listed)s") % {
            "close": repr(close[0]),
            "listed": _listed(listed),
        }
    return gettext("known: %(listed)s") % {"listed": _listed(listed)}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names) or pgettext("nothing is known", "none")


def _replaced(lens: Lens, name: str, choice: StrEnum) -> object:
    values = {each.name: getattr(lens, each.name) for each in fields(Lens)}
    return Lens(**{**values, name: choice})
