"""Charters as plain data again: short, and the same whichever way they were written before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ..record.codec import Json
from .leaf import Leaf
from .schema import DAYS, SECTIONS, Charter, FieldOf, Hours, Record, Section, Written, fields_of

Document = dict[str, Json]


def document_of(charter: Charter) -> Document:
    """The document that reads back to this charter: an object with `charter` and `calendars`."""
    written: Document = _record(charter.about)
    for section in SECTIONS:
        if section.key not in ("about", "calendars"):
            value = _section(section, getattr(charter, section.key))
            if value or section.written is Written.ROWS:
                written[section.key] = value
    return {
        "charter": written,
        "calendars": {each.name: _calendar(each) for each in charter.calendars},
    }


def _section(section: Section, value: object) -> Json:
    if section.written is Written.TABLE:
        is_priority = section.key == "matrix"
        rows = cast(tuple[tuple[int, ...], ...], value)
        return [[f"P{cell}" if is_priority else cell for cell in row] for row in rows]
    if section.written is Written.RECORD:
        return _record(cast(Record, value))
    rows_of = cast(tuple[Record, ...], value)
    if section.written is Written.ROWS:
        return [_record(row) for row in rows_of]
    return _named(section, rows_of)


def _named(section: Section, rows: tuple[Record, ...]) -> Json:
    first, *rest = [each.name for each in fields_of(section.shape)]
    if len(rest) == 1:
        return {getattr(row, first): plain_of(getattr(row, rest[0])) for row in rows}
    return {getattr(row, first): _record(row, without=first) for row in rows}


def _record(row: Record, without: str = "") -> Document:
    """Its values; those at their default are left out, unless the default is not empty."""
    return {
        each.name: plain_of(value)
        for each in fields_of(type(row))
        if each.name != without and not _is_silent(each, value := getattr(row, each.name))
    }


def _is_silent(about: FieldOf, value: Leaf) -> bool:
    is_empty = value in ("", ()) or (value == 0 and not isinstance(value, bool))
    return is_empty and value == about.default


def plain_of(value: Leaf) -> Json:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def _calendar(hours: Hours) -> Document:
    entry: Document = {"zone": hours.zone, "week": dict(_week(hours))}
    if hours.holidays:
        entry["holidays"] = list(hours.holidays)
    if hours.exceptional:
        days = [text.partition(" ") for text in hours.exceptional]
        entry["exceptional"] = {day: windows for day, _, windows in days}
    return entry


def _week(hours: Hours) -> Iterator[tuple[str, str]]:
    """Days with the same hours stand together: `mon-fri`."""
    week = [str(getattr(hours, day)) for day in DAYS]
    if len(set(week)) == 1 and week[0]:
        yield "all", week[0]
        return
    start = 0
    for day in range(1, 8):
        if day < 7 and week[day] == week[start]:
            continue
        if week[start]:
            name = DAYS[start] if day - start == 1 else f"{DAYS[start]}-{DAYS[day - 1]}"
            yield name, week[start]
        start = day
