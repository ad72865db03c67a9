"""Corrections: what was learnt of a closed period since, and which figures it would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from commondesk.accounts import queries as people
from commondesk.core.metrics.figure import Period
from commondesk.core.record.instant import Instant
from commondesk.desk.models import TicketRow
from commondesk.ledger import tables
from commondesk.review import closing, figures, late
from commondesk.review.closing import Settled
from commondesk.review.models import ClosedPeriod, LateEvent

MOST = 100
"""So many tickets are listed."""
_LATE = LateEvent._meta.db_table


@dataclass(frozen=True, slots=True)
class Changed:
    """A figure that would be another one: what it was and of how many, and what it would be."""

    key: str
    title: str
    lens: str
    was: str
    was_of: int
    known: str
    known_of: int


@dataclass(frozen=True, slots=True)
class Late:
    """A ticket of which something was learnt too late."""

    number: int
    subject: str
    events: int
    happened_at: Instant
    learnt_at: Instant


@dataclass(frozen=True, slots=True)
class Corrections:
    """All that was learnt of a closed period since. count: how many tickets that concerns."""

    closed: ClosedPeriod
    by: str
    count: int
    tickets: tuple[Late, ...]
    figures: tuple[Changed, ...]


def of(company: UUID, period: Period) -> Corrections | None:
    """The corrections of a period; None where it is not closed."""
    closed = late.closed(company, period)
    if closed is None:
        return None
    found = list(_late(company, closed))
    changed = tuple(_changed(company, closed, period)) if found else ()
    by = people.titles([closed.by]).get(closed.by, "")
    return Corrections(closed, by, len(found), tuple(found[:MOST]), changed)


def _late(company: UUID, closed: ClosedPeriod) -> Iterator[Late]:
    rows = tables.select(
        "SELECT stream, COUNT(*), MIN(happened_at), MAX(learnt_at)"  # noqa: S608
        f" FROM {_LATE} WHERE {late.OF_PERIOD}"
        " GROUP BY stream ORDER BY MAX(learnt_at) DESC",
        *(company, closed.sequence, closed.until_at),
    )
    known: dict[str, tuple[int, str]] = {}
    streams = [row[0] for row in rows]
    for start in range(0, len(streams), 500):
        some = TicketRow.objects.filter(company=company, uuid__in=streams[start : start + 500])
        known.update(
            (str(uuid), (number, subject))
            for uuid, number, subject in some.values_list("uuid", "number", "subject")
        )
    for stream, events, happened_at, learnt_at in rows:
        if stream in known:
            yield Late(*known[stream], int(events), int(happened_at), int(learnt_at))


def _changed(company: UUID, closed: ClosedPeriod, period: Period) -> Iterator[Changed]:
    sheet = figures.sheet_as_known(company, period, at=period.end)
    was = closing.settled(closed)
    for key, make in figures.makers(sheet).items():
        figure = make()
        now = closing.told_of(figure)
        before = was.get(key, Settled(None, 0))
        if (now.value, now.count) != (before.value, before.count) and (now.count or before.count):
            shown = figures.shown(figure)
            yield Changed(
                key=key,
                title=shown.title,
                lens=figure.lens,
                was=figures.value_words(figure, before.value),
                was_of=before.count,
                known=shown.value,
                known_of=figure.count,
            )
