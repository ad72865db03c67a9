"""Again: tickets in Parquet, as `--parquet` wrote them or as the bare exchange, reviewed.

docs/review-pack.md tells what may lie in such a folder. Nothing is copied: the database reads the
files where they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import parse_instant
from commondesk.engine import exchange
from commondesk.readers.export import Carries, Finding, Quality, Sort, Support
from commondesk.review.pack import bare, files, rows
from commondesk.review.pack.claims import Claims
from commondesk.review.pack.parquet import (
    EVENT_COLUMNS,
    EVENTS,
    EXCHANGE,
    FORMAT,
    SOURCE,
    TICKET_COLUMNS,
    TICKETS,
    TITLE,
    names_of,
)
from commondesk.review.pack.reading import Exhibit, Tell, Tickets
from commondesk.review.pack.rows import text_of


def exhibit_of(folder: Path, zone: ZoneInfo | None, tell: Tell) -> Exhibit:
    """The exhibit of a folder. Raises UnusableExport, which names the file and what is wrong."""
    if (folder / TICKETS).exists():
        tell(f"reading {TITLE}: {TICKETS} is there")
        exhibit = _told_again(folder, zone)
    else:
        tell(f"reading {bare.TITLE}: there is no {TICKETS}")
        exhibit = bare.exhibit_of(folder, zone)
    tell(f"  {len(exhibit.tickets):,} tickets in {exhibit.quality.events:,} events")
    return exhibit


def _told_again(folder: Path, zone: ZoneInfo | None) -> Exhibit:
    files.require([folder / TICKETS], TICKET_COLUMNS)
    events = files.by_month(folder / EVENTS)
    files.require(events, EVENT_COLUMNS)
    files.require(files.by_month(folder / EXCHANGE), exchange.COLUMNS)
    exhibit = _exhibit(folder / SOURCE)
    if zone is not None:
        exhibit.zone, exhibit.has_zone = zone, True
    tickets = exhibit.tickets
    tickets.exchange = folder / EXCHANGE
    given = text_of(str(folder / TICKETS))
    tickets.rows = f"SELECT {', '.join(_back())} FROM read_parquet({given})"  # noqa: S608
    tickets.lines = (
        "SELECT t.ticket, e.place, epoch_us(e.happened_at) AS happened_at, e.what, e.actor,"  # noqa: S608
        f" e.detail, e.is_estimated FROM {files.read(events)} e"
        f" JOIN read_parquet({given}) t ON t.number = e.ticket"
    )
    return exhibit


def _back() -> Iterator[str]:
    """The columns of rows, each from the table of tickets."""
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
        raise files.unusable(path, text) from None
