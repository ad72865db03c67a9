"""Again: tickets in Parquet, as `--parquet` wrote them or as the bare exchange, reviewed.

docs/review-pack.md tells what may lie in such a folder. Nothing is copied: the database reads the
files where they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import iso_of, parse_instant
from commondesk.core.texts import gettext_noop
from commondesk.engine import exchange
from commondesk.readers.export import (
    Carries,
    Finding,
    Problem,
    Quality,
    Sort,
    Support,
    UnusableExport,
)
from commondesk.review.pack import rows
from commondesk.review.pack.claims import Claims
from commondesk.review.pack.reading import Exhibit, Tell, Tickets
from commondesk.review.pack.rows import text_of

if TYPE_CHECKING:
    import pyarrow as pa

TICKETS, SOURCE, EVENTS, EXCHANGE, SUBJECTS = (
    *("tickets.parquet", "source.json", "events", "exchange", "subjects.parquet"),
)
FORMAT = "commondesk.review-tables/1"
TITLE = gettext_noop("tables of a review")
BARE = gettext_noop("the exchange")

_KINDS = {
    "instant": "a time (timestamp)",
    "instants": "a list of times",
    "strings": "a list of texts",
}


def exhibit_of(folder: Path, zone: ZoneInfo | None, tell: Tell) -> Exhibit:
    """The exhibit of a folder. Raises UnusableExport, which names the file and what is wrong."""
    if (folder / TICKETS).exists():
        tell(f"reading {TITLE}: {TICKETS} is there")
        exhibit = _told_again(folder, zone)
    else:
        tell(f"reading {BARE}: there is no {TICKETS}")
        exhibit = _bare(folder, zone)
    tell(f"  {len(exhibit.tickets):,} tickets in {exhibit.quality.events:,} events")
    return exhibit


# ---- as --parquet wrote it ------------------------------------------------------------------


def source_of(exhibit: Exhibit) -> str:
    """What a review needs to know of an export beside its tables, as JSON."""
    quality = asdict(exhibit.quality)
    del quality["problems"], quality["further_problems"]
    told = {
        "format": FORMAT,
        "file": exhibit.name,
        "read_as": exhibit.format,
        "zone": str(exhibit.zone),
        "zone_was_given": exhibit.has_zone,
        "read_at": iso_of(exhibit.at),
        "claims": asdict(exhibit.claims),
        "quality": quality,
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _told_again(folder: Path, zone: ZoneInfo | None) -> Exhibit:
    from commondesk.review.pack.parquet import EVENT_COLUMNS, TICKET_COLUMNS

    _require([folder / TICKETS], TICKET_COLUMNS)
    events = _files(folder / EVENTS)
    _require(events, EVENT_COLUMNS)
    _require(_files(folder / EXCHANGE), exchange.COLUMNS)
    exhibit = _exhibit(folder / SOURCE)
    if zone is not None:
        exhibit.zone, exhibit.has_zone = zone, True
    tickets = exhibit.tickets
    tickets.exchange = folder / EXCHANGE
    given = text_of(str(folder / TICKETS))
    tickets.rows = f"SELECT {', '.join(_back())} FROM read_parquet({given})"  # noqa: S608
    tickets.lines = (
        "SELECT t.ticket, e.place, epoch_us(e.happened_at) AS happened_at, e.what, e.actor,"  # noqa: S608
        f" e.detail, e.is_estimated FROM {_read(events)} e"
        f" JOIN read_parquet({given}) t ON t.number = e.ticket"
    )
    return exhibit


def _back() -> Iterator[str]:
    """The columns of rows, each from the table of tickets."""
    from commondesk.review.pack.parquet import TICKET_COLUMNS, names_of

    for name in rows.COLUMNS:
        theirs = names_of().get(name, name)
        if TICKET_COLUMNS[theirs] == "instants":
            yield f"list_transform({theirs}, lambda each: epoch_us(each)) AS {name}"
        elif TICKET_COLUMNS[theirs] == "instant":
            yield f"epoch_us({theirs}) AS {name}"
        else:
            yield f"{theirs} AS {name}"


def _exhibit(path: Path) -> Exhibit:
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if told["format"] != FORMAT:
            raise ValueError
        quality = told["quality"]
        quality["findings"] = {
            code: Finding(**{**each, "sort": Sort(each["sort"])})
            for code, each in quality["findings"].items()
        }
        quality["carries"] = {
            name: Carries(**{**each, "support": Support(each["support"])})
            for name, each in quality["carries"].items()
        }
        return Exhibit(
            name=told["file"],
            format=told["read_as"],
            zone=ZoneInfo(told["zone"]),
            has_zone=told["zone_was_given"],
            tickets=Tickets.made(quality["tickets"]),
            quality=Quality(**quality),
            claims=Claims(**told["claims"]),
            at=parse_instant(told["read_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        text = f"is missing, or was not written by --parquet; without it, review {EXCHANGE} alone"
        raise _unusable(path, text) from None


# ---- the bare exchange ----------------------------------------------------------------------


def _bare(folder: Path, zone: ZoneInfo | None) -> Exhibit:
    import duckdb

    files = _files(folder)
    _require(files, exchange.COLUMNS)
    has_subjects = (folder / SUBJECTS).exists()
    if has_subjects:
        _require([folder / SUBJECTS], {"stream": "string", "subject": "string"})
    given = _read(files)
    told = duckdb.connect(":memory:").execute(
        "SELECT COUNT(*), COUNT(DISTINCT CASE WHEN name = 'ticket.opened' THEN ticket END),"  # noqa: S608
        f" MAX(happened_at) FROM {given}"
    )
    ((events, count, at),) = told.fetchall()
    quality = Quality(source="exchange", rows=events, tickets=count, events=events)
    for figure in ("signal.resolved_in_bulk", "new_hands"):
        quality.carry(figure, Support.NONE, gettext_noop("the exchange names nobody"))
    tickets = Tickets.made(count)
    tickets.exchange = folder
    subjects = (
        f"LEFT JOIN read_parquet({text_of(str(folder / SUBJECTS))}) w ON w.stream = g.stream"
        if has_subjects
        else "CROSS JOIN (SELECT '' AS subject) w"
    )
    tickets.rows = _ROWS.format(events=given, subjects=subjects)
    tickets.lines = _LINES.format(events=given)
    return Exhibit(
        name=folder.name,
        format=BARE,
        zone=zone or ZoneInfo("UTC"),
        has_zone=zone is not None,
        tickets=tickets,
        quality=quality,
        at=at or 0,
    )


_ROWS = """
SELECT
    g.ticket, g.stream AS number, g.stream, COALESCE(w.subject, '') AS subject, g.opened_at,
    g.requester, g.channel,
    CASE g.last_turn
        WHEN 'wait.begun' THEN 'waiting' WHEN 'ticket.resolved' THEN 'resolved'
        WHEN 'ticket.closed' THEN 'closed' ELSE 'open' END AS state,
    '' AS owner,
    COALESCE(g.later_service, g.service) AS service, '' AS category,
    CASE WHEN g.is_classified THEN g.later_item ELSE g.item END AS item,
    CASE WHEN g.is_classified THEN g.later_site ELSE g.site END AS site,
    list_transform(g.held, lambda each: each.priority) AS priorities,
    list_transform(g.held, lambda each: each.happened_at) AS prioritised_ats,
    list_filter(g.had, lambda each, i: i = 1 OR each <> g.had[i - 1]) AS teams,
    g.resolved_ats, CAST([] AS VARCHAR[]) AS resolvers, g.reopened_ats, g.paused_ats,
    CASE WHEN g.closed_place > COALESCE(g.reopened_place, -1) THEN g.closed_at END AS closed_at,
    greatest(g.touched_at, g.opened_at) AS touched_at,
    CAST(NULL AS BIGINT) AS last_row_at,
    g.has_messages, COALESCE(g.is_restored, FALSE) AS is_restored,
    CAST(0 AS BIGINT) AS missing, CAST(0 AS BIGINT) AS after_closing,
    CAST(NULL AS BOOLEAN) AS is_missed, CAST(NULL AS BIGINT) AS claimed_at
FROM (
    SELECT
        o.*, t.* EXCLUDE (ticket, resolved_ats, reopened_ats, paused_ats),
        COALESCE(t.resolved_ats, []) AS resolved_ats, COALESCE(t.reopened_ats, []) AS reopened_ats,
        COALESCE(t.paused_ats, []) AS paused_ats,
        c.* EXCLUDE (ticket), c.ticket IS NOT NULL AS is_classified,
        COALESCE(list_filter(
            p.prioritised, lambda each, i: i = 1 OR each.priority <> p.prioritised[i - 1].priority
        ), []) AS held,
        COALESCE(list_transform(h.had, lambda each: each.team), []) AS had,
        m.ticket IS NOT NULL AS has_messages
    FROM (
        SELECT
            ticket, MAX(stream) AS stream, MAX(requester) AS requester, MAX(channel) AS channel,
            MAX(happened_at) AS opened_at, MAX(service) AS service, MAX(item) AS item,
            MAX(site) AS site
        FROM {events}
        WHERE name = 'ticket.opened'
        GROUP BY ticket
    ) o
    LEFT JOIN (
        SELECT
            ticket, arg_max(service, place) FILTER (WHERE service <> '') AS later_service,
            arg_max(item, place) AS later_item, arg_max(site, place) AS later_site
        FROM {events}
        WHERE name = 'ticket.classified'
        GROUP BY ticket
    ) c ON c.ticket = o.ticket
    LEFT JOIN (
        SELECT
            ticket,
            arg_max(name, place) FILTER (WHERE name IN (
                'wait.begun', 'wait.ended', 'ticket.resolved', 'ticket.reopened', 'ticket.closed'
            )) AS last_turn,
            list_sort(list(happened_at) FILTER (WHERE name = 'ticket.resolved')) AS resolved_ats,
            list_sort(list(happened_at) FILTER (WHERE name = 'ticket.reopened')) AS reopened_ats,
            list_sort(list(happened_at) FILTER (WHERE name = 'wait.begun')) AS paused_ats,
            MAX(CASE WHEN name = 'ticket.closed' THEN happened_at END) AS closed_at,
            MAX(CASE WHEN name = 'ticket.closed' THEN place END) AS closed_place,
            MAX(CASE WHEN name = 'ticket.reopened' THEN place END) AS reopened_place,
            MIN(CASE WHEN name IN (
                'ticket.taken', 'handover.accepted', 'wait.begun', 'ticket.resolved'
            ) THEN happened_at END) AS touched_at,
            bool_or(name = 'ticket.restored') AS is_restored
        FROM {events}
        WHERE name IN (
            'wait.begun', 'wait.ended', 'ticket.resolved', 'ticket.reopened', 'ticket.closed',
            'ticket.taken', 'handover.accepted', 'ticket.restored'
        )
        GROUP BY ticket
    ) t ON t.ticket = o.ticket
    LEFT JOIN (
        SELECT
            ticket,
            list_sort(list({{'place': place, 'priority': priority, 'happened_at': happened_at}}))
                AS prioritised
        FROM {events}
        WHERE name = 'ticket.prioritised'
        GROUP BY ticket
    ) p ON p.ticket = o.ticket
    LEFT JOIN (
        SELECT ticket, list_sort(list({{'place': place, 'team': team}})) AS had
        FROM {events}
        WHERE team <> ''
        GROUP BY ticket
    ) h ON h.ticket = o.ticket
    LEFT JOIN (
        SELECT DISTINCT ticket
        FROM {events}
        WHERE name IN ('message.received', 'message.written')
    ) m ON m.ticket = o.ticket
) g
{subjects}
"""
_LINES = """
SELECT
    ticket, place, happened_at,
    CASE name
        WHEN 'ticket.opened' THEN 'opened' WHEN 'ticket.assigned' THEN 'given to'
        WHEN 'ticket.taken' THEN 'taken by' WHEN 'handover.accepted' THEN 'taken by'
        WHEN 'ticket.released' THEN 'let go' WHEN 'ticket.prioritised' THEN 'priority'
        WHEN 'wait.begun' THEN 'waits on' WHEN 'wait.ended' THEN 'goes on'
        ELSE replace(split_part(name, '.', 2), '_', ' ') END AS what,
    '' AS actor,
    CASE name
        WHEN 'ticket.opened' THEN 'by ' || channel
        WHEN 'ticket.released' THEN 'nobody has it'
        WHEN 'ticket.classified' THEN concat_ws(
            ' · ', nullif(service, ''), nullif(item, ''), nullif(site, '')
        )
        WHEN 'wait.ended' THEN ''
        ELSE COALESCE(
            team, priority, reason,
            CASE WHEN name LIKE 'ticket.%' THEN '' ELSE replace(split_part(name, '.', 1), '_', ' ')
            END
        ) END AS detail,
    FALSE AS is_estimated
FROM {events}
"""


# ---- files ----------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*/*.parquet"))
    if not found:
        text = (
            "holds no Parquet files in folders by month, as month=2025-03: give an export, or a"
            " folder that --parquet wrote"
        )
        raise _unusable(folder, text)
    return found


def _read(files: Sequence[Path]) -> str:
    listed = ", ".join(text_of(str(each)) for each in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _require(files: Sequence[Path], columns: dict[str, str]) -> None:
    """Raise UnusableExport unless all files are sound and have the columns in their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in files:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError):
            text = "is damaged, or no Parquet: write the folder again, or take the file from a copy"
            raise _unusable(path, text) from None
        for name, kind in columns.items():
            place = schema.get_field_index(name)
            if place < 0:
                raise _unusable(path, f"has no column {name}, which is {_named(kind)}")
            if not _fits(schema.field(place).type, kind):
                wrong = schema.field(place).type
                raise _unusable(path, f"column {name} is {wrong}; it must be {_named(kind)}")


def _named(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _fits(given: pa.DataType, kind: str) -> bool:
    import pyarrow as pa

    fits: dict[str, Callable[[pa.DataType], bool]] = {
        "int64": pa.types.is_integer,
        "int32": pa.types.is_integer,
        "double": pa.types.is_floating,
        "bool": pa.types.is_boolean,
        "string": lambda each: pa.types.is_string(each) or pa.types.is_large_string(each),
        "instant": pa.types.is_timestamp,
    }
    if kind in ("strings", "instants"):
        is_list = pa.types.is_list(given) or pa.types.is_large_list(given)
        return is_list and _fits(given.value_type, kind[:-1])
    return fits[kind](given)


def _unusable(path: Path, text: str) -> UnusableExport:
    return UnusableExport([Problem(0, "", f"{path.name} {text}")])
