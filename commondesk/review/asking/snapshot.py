"""The tables of one company as files, as of an instant; made anew when its record moved on.

A snapshot holds facts and keys, no words that people wrote but the names of teams and categories.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from django.conf import settings

from commondesk.core.metrics.facts import TicketFacts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.instant import Instant
from commondesk.desk.models import TicketRow
from commondesk.engine.questions.box import Table
from commondesk.ledger import tables
from commondesk.review import refresh
from commondesk.review.asking.columns import TABLES
from commondesk.review.kept import CalendarCounts
from commondesk.review.models import FactsMade, OutcomeFact, TicketFact

_NOTHING = "\\N"
_TICKETS = TicketFact._meta.db_table
_OUTCOMES = OutcomeFact._meta.db_table
_ROWS = TicketRow._meta.db_table


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where the files lie, and of when they are."""

    folder: Path
    at: Instant

    def tables(self) -> dict[str, Table]:
        """The tables for the question box."""
        return {
            name: Table(
                self.folder / f"{name}.csv", {column.name: column.kind for column in columns}
            )
            for name, columns in TABLES.items()
        }


def snapshot_of(company: UUID, at: Instant) -> Snapshot:
    """The tables of a company; those made before where nothing has happened since."""
    shelf = Path(settings.DATA) / "questions" / str(company)
    sequence = FactsMade.objects.filter(company=company).values_list("sequence", flat=True).first()
    hour = at // 3_600_000_000
    folder = shelf / f"{sequence or 0}-{hour}"
    if not folder.is_dir():
        _make(company, folder, at)
    return Snapshot(folder, int((folder / "at").read_text()))


def drop(company: UUID) -> None:
    """Remove what is kept of a company."""
    shutil.rmtree(Path(settings.DATA) / "questions" / str(company), ignore_errors=True)


def _make(company: UUID, folder: Path, at: Instant) -> None:
    """Write the files beside their place, then put them there at once; older ones go."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=".made-", dir=folder.parent))
    try:
        _write(company, beside, at)
        try:
            beside.rename(folder)
        except OSError:
            if not folder.is_dir():  # somebody else was faster
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    for other in folder.parent.iterdir():
        if other != folder and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def _write(company: UUID, folder: Path, at: Instant) -> None:
    counts = CalendarCounts(refresh.agreements_of(company), at)
    scheme = refresh.scheme_for(company, at)
    beside = _beside(company)
    with (folder / "tickets.csv").open("w", newline="", encoding="utf-8") as file:
        _fill(file, _tickets(company, counts, beside, at))
    with (folder / "verdicts.csv").open("w", newline="", encoding="utf-8") as file:
        _fill(file, _verdicts(company, counts, beside, scheme, at))
    (folder / "at").write_text(str(int(at)))


def _fill(file: object, rows: Iterator[Sequence[object]]) -> None:
    writer = csv.writer(file)  # type: ignore[arg-type]
    writer.writerows([_NOTHING if cell is None else cell for cell in row] for row in rows)


_Beside = dict[str, tuple[int, str, str, str]]


def _beside(company: UUID) -> _Beside:
    """Number, category, team and status of each ticket: what facts do not hold."""
    rows = TicketRow.objects.filter(company=company)
    return {
        str(uuid): (number, category, team, status)
        for uuid, number, category, team, status in rows.values_list(
            "uuid", "number", "category", "team", "status"
        ).iterator(chunk_size=5000)
    }


def _tickets(
    company: UUID, counts: CalendarCounts, beside: _Beside, at: Instant
) -> Iterator[Sequence[object]]:
    names = ", ".join(refresh.OF_TICKET)
    rows = tables.select(f"SELECT {names} FROM {_TICKETS} WHERE company = %s", company)  # noqa: S608
    for fact in map(TicketFacts._make, rows):
        if fact.ticket not in beside:
            continue
        number, category, team, status = beside[fact.ticket]
        reopens = len(fact.reopens.split()) - len(fact.thanks.split())
        yield (
            *(number, fact.kind, fact.priority, fact.channel, fact.opening, fact.service),
            *(fact.item, fact.site, category, fact.requester, team, status, fact.started_at),
            *(fact.first_resolved_at, fact.settled_at, _yes(fact.is_open_at(at))),
            *(fact.ownerless_at(counts, at)[0], fact.lost_at(counts), fact.owners),
            *(len(fact.bounces.split()), fact.functional, fact.hierarchical),
            *(max(reopens, 0), fact.joined),
        )


def _verdicts(
    company: UUID, counts: CalendarCounts, beside: _Beside, scheme: Scheme, at: Instant
) -> Iterator[Sequence[object]]:
    names = ", ".join(refresh.OF_OUTCOME)
    rows = tables.select(f"SELECT {names} FROM {_OUTCOMES} WHERE company = %s", company)  # noqa: S608
    marks = {name: scheme.mark_of(name) for name in scheme.named}
    known: dict[str, str] = {}
    for unit in map(Outcome._make, rows):
        if unit.lenses not in known:
            lenses = int(unit.lenses, 16)
            known[unit.lenses] = " ".join(name for name in marks if lenses & marks[name])
        if not known[unit.lenses] or unit.ticket not in beside:
            continue
        yield (
            *(beside[unit.ticket][0], unit.clock, unit.cycle, known[unit.lenses], unit.priority),
            *(unit.started_at, unit.due_at, unit.ended_at, unit.verdict_at(at).value),
            *(unit.used_at(counts), unit.flags),
        )


def _yes(value: bool) -> str:
    return "true" if value else "false"
