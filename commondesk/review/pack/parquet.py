"""Parquet: the tickets and events of a pack as tables, for whoever wants to count for themselves.

docs/review-pack.md describes every column.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.core.record.instant import SECOND, iso_of
from commondesk.core.texts import gettext_noop
from commondesk.engine import exchange
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.rows import COLUMNS, text_of
from commondesk.review.pack.tables import Tables

if TYPE_CHECKING:
    import pyarrow as pa

TICKETS, SOURCE, EVENTS, EXCHANGE = ("tickets.parquet", "source.json", "events", "exchange")
FORMAT = "commondesk.review-tables/1"
TITLE = gettext_noop("tables of a review")
BATCH = 200_000
"""So many events are held before they are written."""

TICKET_COLUMNS: dict[str, str] = {
    **{"number": "string", "stream": "string", "subject": "string", "opened_at": "instant"},
    **{"first_resolved_at": "instant", "resolved_at": "instant", "closed_at": "instant"},
    **dict.fromkeys(("state", "priority", "team", "owner", "requester", "channel"), "string"),
    **dict.fromkeys(("service", "category", "item", "site"), "string"),
    **dict.fromkeys(("reopens", "team_returns", "missing_updates"), "int32"),
    "seconds_without_owner": "double",
    **{"touched_at": "instant", "last_resolved_row_at": "instant"},
    **{"vendor_missed": "bool", "vendor_resolved_at": "instant"},
    **{"teams": "strings", "priorities": "strings", "prioritised_ats": "instants"},
    **{"resolved_ats": "instants", "resolvers": "strings", "reopened_ats": "instants"},
    **{"paused_ats": "instants", "has_messages": "bool", "is_restored": "bool"},
    **{"updates_after_closing": "int32", "ticket": "int64"},
}
EVENT_COLUMNS: dict[str, str] = {
    **{"ticket": "string", "place": "int32", "happened_at": "instant", "what": "string"},
    **{"actor": "string", "detail": "string", "is_estimated": "bool"},
}
_SAID = {
    "resolved_at": "CASE WHEN took IS NOT NULL THEN resolved_at END",
    "team_returns": "returns",
    "missing_updates": "missing",
    "seconds_without_owner": f"alone / {SECOND}.0",
    "last_resolved_row_at": "last_row_at",
    "vendor_missed": "is_missed",
    "vendor_resolved_at": "claimed_at",
    "updates_after_closing": "after_closing",
}


def names_of() -> dict[str, str]:
    """What columns of rows are called in the table of tickets, where it is something else."""
    return {said: name for name, said in _SAID.items() if said in COLUMNS}


def write(figures: Figures, folder: Path) -> int:
    """Write tickets, events in words and the exchange; the number of events. Raises OSError.

    The folder is made; what is in it already stays, so give a new or empty one.
    """
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    tables = figures.material.tables
    query = f"SELECT {', '.join(map(_asked, TICKET_COLUMNS.items()))} FROM pack.rows ORDER BY place"  # noqa: S608
    with pq.ParquetWriter(folder / TICKETS, _schema(TICKET_COLUMNS), compression="zstd") as file:
        for table in _batches(tables, query, TICKET_COLUMNS):
            file.write_table(table)
    query = (
        "SELECT r.number AS ticket, l.place, l.happened_at, l.what, l.actor, l.detail,"
        " l.is_estimated"
        " FROM pack.lines_given l JOIN pack.rows r ON r.ticket = l.ticket"
    )
    for place, table in enumerate(_batches(tables, query, EVENT_COLUMNS)):
        exchange.write_by_month(table, folder / EVENTS, f"part-{place}")
    files = text_of(str(figures.material.exhibit.tickets.exchange / "*" / "*.parquet"))
    query = f"SELECT {', '.join(exchange.COLUMNS)} FROM read_parquet({files})"  # noqa: S608
    for place, batch in enumerate(tables.batches(query, BATCH)):
        told = batch.cast(exchange.schema())
        exchange.write_by_month(told, folder / EXCHANGE, f"part-{place}")
    (folder / SOURCE).write_text(source_of(figures.material.exhibit), "utf-8")
    return tables.lines


def _asked(column: tuple[str, str]) -> str:
    name, _ = column
    return f"{_SAID[name]} AS {name}" if name in _SAID else name


def _schema(columns: dict[str, str]) -> pa.Schema:
    import pyarrow as pa

    instant = pa.timestamp("us", "UTC")
    kinds = {"instant": instant, "instants": pa.list_(instant), "strings": pa.list_(pa.string())}
    return pa.schema(
        [(name, kinds.get(kind) or pa.type_for_alias(kind)) for name, kind in columns.items()]
    )


def _batches(tables: Tables, query: str, columns: dict[str, str]) -> Iterator[pa.Table]:
    for each in tables.batches(query, BATCH):
        yield each.cast(_schema(columns))


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
