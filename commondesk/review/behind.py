"""Behind a figure: exactly the units it was made from, missed ones first, a page at a time.

The database says which rows stand behind a figure, and in which order; what is said of each is the
core's own, which reads no more than the rows of a page. What moved on since the instant that is
asked about comes from the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from commondesk.core.metrics.figure import Backing, Figure
from commondesk.core.metrics.words import verdict_words
from commondesk.core.service_level.why import span_words
from commondesk.desk.models import TicketRow
from commondesk.review import figures
from commondesk.review.causes import asked
from commondesk.review.figures import Sheet
from commondesk.review.models import TicketFact
from commondesk.review.piles import SLICE, Reached
from commondesk.review.standing import piles_of

PAGE = 100
"""How many units a page shows."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit behind a figure: the number to open it by, what came of it and how long it took.

    said is the verdict in words.
    """

    uuid: str
    number: int
    subject: str
    also: tuple[int, ...]
    verdict: str
    said: str
    took: str
    value: float | None
    hands: str


def figure_of(sheet: Sheet, key: str, of: str = "") -> Figure | None:
    """The figure of a key in an address, of those counted from facts or of those asked for."""
    return asked.figure_named(sheet, key, of) or figures.figure_named(sheet, key, of)


def page_of(sheet: Sheet, key: str, of: str = "", *, first: int = 0) -> list[Behind]:
    """The units behind a figure from that place on, as many as a page shows."""
    return _told(sheet, units_of(sheet, key, of, first=first, most=PAGE))


def every(sheet: Sheet, key: str, of: str = "") -> Iterator[Sequence[Behind]]:
    """All units behind a figure, some at a time; nothing is read before the first is asked for."""
    for some in every_unit(sheet, key, of):
        yield _told(sheet, some)


def units_of(sheet: Sheet, key: str, of: str = "", *, first: int, most: int) -> list[Reached]:
    """The units behind a figure from that place on, so many at most."""
    found: list[Reached] = []
    for pile in piles_of(sheet, key, of):
        count = pile.count()
        if first < count:
            found += pile.some(first, most - len(found))
        if len(found) >= most:
            break
        first = max(0, first - count)
    return found


def every_unit(sheet: Sheet, key: str, of: str = "") -> Iterator[Sequence[Reached]]:
    """All units behind a figure, some at a time."""
    for pile in piles_of(sheet, key, of):
        yield from pile.every()


# ---- in words -----------------------------------------------------------------------------


def _told(sheet: Sheet, units: Sequence[Reached]) -> list[Behind]:
    streams = {stream for unit in units for stream in unit.backing.tickets}
    rows = _numbers(sheet, streams)
    asked = sorted({unit.backing.tickets[0] for unit in units if unit.hands is None})
    hands = _hands(asked)
    return [
        _behind(backing, rows, hands.get(backing.tickets[0], "") if known is None else known)
        for backing, known in units
        if backing.tickets[0] in rows
    ]


def _numbers(sheet: Sheet, streams: set[str]) -> dict[str, tuple[int, str]]:
    """The number and the subject of tickets."""
    names, found = sorted(streams), {}
    for start in range(0, len(names), SLICE):
        some = TicketRow.objects.filter(company=sheet.company, uuid__in=names[start:][:SLICE])
        for uuid, number, subject in some.values_list("uuid", "number", "subject"):
            found[str(uuid)] = (number, subject)
    return found


def _hands(tickets: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(tickets), SLICE):
        # With the company beside it, a database may walk all of its tickets.
        some = TicketFact.objects.filter(ticket__in=tickets[start:][:SLICE])
        found.update(some.values_list("ticket", "hands"))
    return found


def _behind(unit: Backing, rows: Mapping[str, tuple[int, str]], hands: str) -> Behind:
    number, subject = rows[unit.tickets[0]]
    return Behind(
        uuid=unit.tickets[0],
        number=number,
        subject=subject,
        also=tuple(rows[stream][0] for stream in unit.tickets[1:] if stream in rows),
        verdict=unit.verdict,
        said=verdict_words(unit.verdict),
        took="" if unit.value is None else span_words(figures.whole_minutes(unit.value)),
        value=unit.value,
        hands=figures.hands_words(hands),
    )
