"""The rows of mails that came. Each is committed before its sender hears yes.

This is the one place where rows are written by hand: the mapper's share of a mail was more than
the disk's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from commondesk.core.record.instant import Instant

from . import mailboxes, raw_files
from .models import RawMail

KEPT = "250 2.0.0 Kept. We take care of it from here"
NO_DESK = "451 4.3.2 This desk is not set up yet; please try again later"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail whose bytes are on disk, and what the sending server said about it."""

    sha256: str
    size: int
    received_at: Instant
    envelope_from: str
    envelope_to: tuple[str, ...]
    peer: str
    helo: str
    source: str = RawMail.Source.SMTP
    account: int | None = None


def record(arrivals: Sequence[Arrival]) -> str:
    """Commit the rows of these mails; the same bytes for the same company are one mail."""
    with transaction.atomic():
        book = mailboxes.book_for([address for each in arrivals for address in each.envelope_to])
        if not book.has_companies:
            return NO_DESK
        rows = [row for each in arrivals for row in rows_of(each, book.scopes_of(each.envelope_to))]
        if _insert(rows) < len(rows):
            _name_files_again({each.sha256 for each in arrivals})
    return KEPT


def record_for(company: UUID, arrival: Arrival) -> None:
    """Commit the row of a mail of which we know whose it is, whatever addresses it names."""
    with transaction.atomic():
        _insert(rows_of(arrival, {str(company): company}))


def rows_of(arrival: Arrival, scopes: Mapping[str, UUID | None]) -> list[dict[str, Any]]:
    """One row for each company that it is for, by column."""
    return [
        {
            "uuid": uuid4(),
            "sha256": arrival.sha256,
            "scope": scope,
            "company": company,
            "received_at": arrival.received_at,
            "path": raw_files.place_of(arrival.sha256),
            "size": arrival.size,
            "envelope_from": arrival.envelope_from,
            "envelope_to": list(arrival.envelope_to),
            "peer": arrival.peer,
            "helo": arrival.helo,
            "source": str(arrival.source),
            "account_id": arrival.account,
            "next_attempt_at": arrival.received_at,
        }
        for scope, company in scopes.items()
    ]


def _insert(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many of them were new."""
    usual = _usual_row(connection.vendor)
    values = [value for row in rows for value in {**usual, **_in_wire_form(row)}.values()]
    names = ", ".join(f'"{name}"' for name in usual)
    places = ", ".join(["%s"] * len(usual))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{RawMail._meta.db_table}" ({names}) '  # noqa: S608 - names of ours
            f"VALUES {', '.join([f'({places})'] * len(rows))} ON CONFLICT DO NOTHING",
            values,
        )
        return int(cursor.rowcount)


@cache
def _usual_row(_vendor: str) -> dict[str, Any]:
    """Every column as a new row has it, in the form that this database takes."""
    blank = RawMail()
    return {
        field.attname: field.get_db_prep_save(getattr(blank, field.attname), connection)
        for field in RawMail._meta.concrete_fields
        if not field.primary_key
    }


def _in_wire_form(row: Mapping[str, Any]) -> dict[str, Any]:
    shaped = {
        field.attname: field.get_db_prep_save(row[field.attname], connection)
        for field in RawMail._meta.concrete_fields
        if field.attname in ("uuid", "company", "envelope_to")
    }
    return {**row, **shaped}


def _name_files_again(digests: set[str]) -> None:
    """Bytes that came again lie on disk again: their old row names them, to be tidied."""
    filed = RawMail.objects.filter(sha256__in=digests, path="")
    for sha256 in set(filed.values_list("sha256", flat=True)):
        RawMail.objects.filter(sha256=sha256, path="").update(path=raw_files.place_of(sha256))
