"""Claims: what the other desk's own columns say of its tickets, which no event tells.

Known are `made_sla`, `resolved_at` and `closed_at` of ServiceNow's incident log: final values that
stand on every row of an incident, so they are read once, from its last row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import Instant, instant_of
from commondesk.readers.export import Source

FLAG, RESOLVED = "made_sla", "resolved_at"
_NUMBER, _ORDER = "number", "sys_mod_count"
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


@dataclass(slots=True)
class Claims:
    """By a ticket's number: whether its flag says that it was missed, and when it was resolved.

    rows and rows_missed count rows of the file, for the wrong number that counting rows gives.
    """

    flag: str = ""
    missed: dict[str, bool] = field(default_factory=dict)
    rows: int = 0
    rows_missed: int = 0
    resolved_at: dict[str, Instant] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missed or self.resolved_at)


def claims_of(source: Source, zone: ZoneInfo) -> Claims:
    """What the columns of a ServiceNow incident log claim; nothing where they are not there."""
    claims = Claims()
    with io.TextIOWrapper(source.opened(), encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines)
        header = [name.strip() for name in next(rows, [])]
        if _NUMBER not in header or _ORDER not in header:
            return claims
        final = _final(claims, rows, header)
    for number, (_, _, resolved) in final.items():
        at = _instant(resolved, zone)
        if at is not None:
            claims.resolved_at[number] = at
    if claims.flag:
        claims.missed = {number: said == "false" for number, (_, said, _) in final.items() if said}
    return claims


def _final(
    claims: Claims, rows: Iterator[list[str]], header: list[str]
) -> dict[str, tuple[int, str, str]]:
    """The last row of each number, by its own count of updates: that count, flag, resolved_at."""
    number, order = header.index(_NUMBER), header.index(_ORDER)
    flag = header.index(FLAG) if FLAG in header else None
    resolved = header.index(RESOLVED) if RESOLVED in header else None
    claims.flag = FLAG if flag is not None else ""
    final: dict[str, tuple[int, str, str]] = {}
    for row in rows:
        if len(row) != len(header) or not row[order].isdecimal():
            continue
        said = row[flag].strip().lower() if flag is not None else ""
        said = said if said in ("true", "false") else ""
        if said:
            claims.rows += 1
            claims.rows_missed += said == "false"
        place = int(row[order])
        if place >= final.get(row[number], (-1, "", ""))[0]:
            final[row[number]] = place, said, row[resolved] if resolved is not None else ""
    return final


def _instant(text: str, zone: ZoneInfo) -> Instant | None:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year, hour, minute, second = (int(each or 0) for each in found.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return instant_of(local.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
