"""A roster as duties of people, and those as a calendar (RFC 5545) or a table (CSV).

Instants are in UTC, so that every calendar shows them right on both sides of a clock change.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import StringIO
from zoneinfo import ZoneInfo

from .columns import Column, Region
from .cover import Cover
from .named import OFF, NamedRoster, ShiftKind

_LONGEST = 75
"""Octets of a line of a calendar, by RFC 5545."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Duty:
    """One shift of one person; zone is that of the place, for the local times of the table."""

    who: str
    role: str
    region: str
    zone: str | float
    begins_at: datetime
    ends_at: datetime


def of_cover(
    cover: Cover,
    regions: Iterable[Region],
    *,
    week: date,
    weeks: int = 1,
    hours: Mapping[str, float],
) -> tuple[Duty, ...]:
    """Everybody works the same local week again and again; people are numbered by region and role.
    hours are those of a shift of each pattern, and shifts are worked on the days of the column."""
    zones = {region.name: region.zone for region in regions}
    numbered: Counter[tuple[str, str]] = Counter()
    found: list[Duty] = []
    for each in cover.worked:
        column = each.column
        for _person in range(each.people):
            numbered[column.region, column.role] += 1
            who = f"{column.role} {column.region} {numbered[column.region, column.role]}"
            for day in _days(column, cover, hours[column.pattern]):
                for ahead in range(weeks):
                    on = week + timedelta(days=7 * ahead + day)
                    found.append(
                        _duty(
                            who,
                            column.role,
                            column.region,
                            zones[column.region],
                            on,
                            column.starts,
                            hours[column.pattern],
                        )
                    )
    return tuple(sorted(found, key=lambda duty: (duty.begins_at, duty.who)))


def of_named(
    roster: NamedRoster,
    shifts: Iterable[ShiftKind],
    *,
    week: date,
    role: str,
    region: Region,
) -> tuple[Duty, ...]:
    """The duties of a roster with names that begins on a Monday."""
    kinds = {shift.name: shift for shift in shifts}
    found = [
        _duty(
            who,
            role,
            region.name,
            region.zone,
            week + timedelta(days=day),
            kinds[each].starts,
            kinds[each].hours,
        )
        for who, way in roster.shifts.items()
        for day, each in enumerate(way)
        if each != OFF
    ]
    return tuple(sorted(found, key=lambda duty: (duty.begins_at, duty.who)))


def calendar(duties: Iterable[Duty], *, stamped_at: datetime, name: str = "Roster") -> str:
    """The duties as iCalendar text, one event each. stamped_at says when it was written."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Commondesk//Roster//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    for duty in duties:
        begins, ends = _stamp(duty.begins_at), _stamp(duty.ends_at)
        mark = sha256("\n".join((duty.who, duty.role, duty.region, begins)).encode()).hexdigest()
        lines += [
            "BEGIN:VEVENT",
            f"UID:{mark[:32]}@commondesk.invalid",
            f"DTSTAMP:{_stamp(stamped_at)}",
            f"DTSTART:{begins}",
            f"DTEND:{ends}",
            f"SUMMARY:{_escaped(_title(duty))}",
            f"LOCATION:{_escaped(duty.region)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def table(duties: Iterable[Duty]) -> str:
    """The duties as CSV, in UTC and in local time, cells harmless to a spreadsheet."""
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow(("who", "role", "region", "begins", "ends", "local begin", "local end", "hours"))
    for duty in duties:
        local = [_local(at, duty.zone) for at in (duty.begins_at, duty.ends_at)]
        length = (duty.ends_at - duty.begins_at).total_seconds() / 3600
        rows.writerow(
            _defused(cell)
            for cell in (
                duty.who,
                duty.role,
                duty.region,
                duty.begins_at.isoformat(),
                duty.ends_at.isoformat(),
                *local,
                f"{length:g}",
            )
        )
    return written.getvalue()


def _title(duty: Duty) -> str:
    return duty.who if duty.role in duty.who else f"{duty.who}, {duty.role}"


def _days(column: Column, cover: Cover, hours: float) -> tuple[int, ...]:
    """The local days of a column."""
    slots = len(column.slots) * cover.slot_h
    return tuple((column.first_day + at) % 7 for at in range(round(slots / hours)))


def _duty(
    who: str, role: str, region: str, zone: str | float, on: date, starts: float, hours: float
) -> Duty:
    begins = _instant(on, starts, zone)
    return Duty(who, role, region, zone, begins, begins + timedelta(hours=hours))


def _instant(on: date, hour: float, zone: str | float) -> datetime:
    """The instant of a local hour; one that a clock change skips is read by the clock before."""
    local = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(hours=hour)
    if isinstance(zone, int | float):
        return local - timedelta(hours=zone)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _local(at: datetime, zone: str | float) -> str:
    if isinstance(zone, int | float):
        return (at + timedelta(hours=zone)).strftime("%Y-%m-%d %H:%M")
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, no character cut in two."""
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _LONGEST:
            pieces.append(piece)
            piece, size = " ", 1
        piece += sign
        size += octets
    return "\r\n".join([*pieces, piece])


def _defused(cell: str) -> str:
    risky = cell.startswith((*_FORMULA, "'")) or cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if risky else cell
