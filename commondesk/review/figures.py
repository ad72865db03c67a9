"""The figures of a company for a period, worked out from the record and ready for a screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from commondesk.core.metrics import promise, speed
from commondesk.core.metrics.facts import CaseFacts, facts_of
from commondesk.core.metrics.figure import Backing, Figure, Period, Unit
from commondesk.core.record.event import Event
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import MINUTE, Instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.lens import PRESETS, Lens
from commondesk.core.service_level.why import span_words
from commondesk.desk.models import TicketRow
from commondesk.governance import charters
from commondesk.ledger import store

CONTRACT = "contract"
DRAFT = "draft charter: unsigned"
NO_CHARTER = "no charter was in force: nothing is promised"
JUDGED = (ClockName.RESPONSE, ClockName.NEXT_REPLY, ClockName.RESTORE, ClockName.RESOLUTION)


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit behind a figure: the number to open it by, what came of it and how long it took."""

    uuid: str
    number: int
    subject: str
    also: tuple[int, ...]
    verdict: str
    took: str


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure in words. key names it in an address; value is "no data" where there is none."""

    key: str
    name: str
    title: str
    value: str
    aside: str
    count: int
    still_open: int
    undecided: int
    so_far: int
    interval: str
    extremes: str
    lens: str
    caveats: tuple[str, ...]
    figure: Figure

    @property
    def has_data(self) -> bool:
        """False where the figure has nothing to stand on."""
        return self.figure.value is not None


def figures_of(company: UUID, period: Period, *, at: Instant) -> tuple[ShownFigure, ...]:
    """First response, resolution and attainment under every lens, read at the period's end or now.

    Reads the record itself, so it grows with the number of events of the company.
    """
    read_at = min(at, period.end)
    book = _Book(company, read_at)
    figures = list(_experienced(book, period))
    for name, lens in book.lenses():
        facts = book.facts(lens)
        figures += [
            promise.attainment(facts, clock, lens, name, period, book.caveats) for clock in JUDGED
        ]
    return tuple(shown(figure) for figure in figures)


def figure_named(key: str, figures: tuple[ShownFigure, ...]) -> ShownFigure | None:
    """The figure of a key in an address."""
    return next((figure for figure in figures if figure.key == key), None)


def behind(company: UUID, figure: Figure) -> tuple[Behind, ...]:
    """The tickets behind a figure, worst first, by number."""
    streams = {stream for unit in figure.backing for stream in unit.tickets}
    rows = {
        str(uuid): (number, subject)
        for uuid, number, subject in TicketRow.objects.filter(
            company=company, uuid__in=streams
        ).values_list("uuid", "number", "subject")
    }
    units = [_behind(unit, rows) for unit in figure.backing if unit.tickets[0] in rows]
    return tuple(sorted(units, key=lambda each: (each.verdict != "missed", each.number)))


def shown(figure: Figure) -> ShownFigure:
    """A figure in words."""
    return ShownFigure(
        key=f"{figure.name}.{figure.lens}",
        name=figure.name,
        title=figure.title,
        value=_value(figure, figure.value),
        aside=_aside(figure),
        count=figure.count,
        still_open=figure.still_open,
        undecided=figure.undecided,
        so_far=figure.so_far,
        interval=_between(figure, figure.interval.low, figure.interval.high)
        if figure.interval
        else "",
        extremes=_between(figure, figure.extremes.low, figure.extremes.high)
        if figure.extremes
        else "",
        lens=figure.lens,
        caveats=figure.caveats,
        figure=figure,
    )


def _experienced(book: _Book, period: Period) -> Iterator[Figure]:
    lens = PRESETS["experienced"]
    facts, caveats = book.facts(lens), book.caveats
    yield speed.time_to(facts, ClockName.RESPONSE, "experienced", period, caveats)
    yield speed.first_automatic(facts, "experienced", period)
    yield speed.time_to(facts, ClockName.RESOLUTION, "experienced", period, caveats)


class _Book:
    """The record of a company as figures need it, read once."""

    def __init__(self, company: UUID, read_at: Instant):
        self._company = company
        self._read_at = read_at
        self._histories = _histories(company)
        self._ruling = charters.agreement_for(company, read_at)
        self._agreements: dict[str, Agreement | None] = {}
        self._facts: dict[Lens, tuple[CaseFacts, ...]] = {}

    def agreement(self, charter: str) -> Agreement | None:
        """The agreement that a ticket keeps for good."""
        if charter not in self._agreements:
            known = charters.agreement_by_id(self._company, charter) if charter else None
            self._agreements[charter] = known
        return self._agreements[charter]

    def facts(self, lens: Lens) -> tuple[CaseFacts, ...]:
        """What the lens sees."""
        if lens not in self._facts:
            self._facts[lens] = facts_of(self._histories, self.agreement, lens, self._read_at)
        return self._facts[lens]

    def lenses(self) -> list[tuple[str, Lens]]:
        """The contract's lens first, then every preset."""
        contract = [(CONTRACT, self._ruling.lens)] if self._ruling else []
        return [*contract, *PRESETS.items()]

    @property
    def caveats(self) -> tuple[str, ...]:
        """What has to be said beside every figure."""
        if self._ruling is None:
            return (NO_CHARTER,)
        return () if self._ruling.is_signed else (DRAFT,)


def _histories(company: UUID) -> dict[str, list[Event]]:
    histories: dict[str, list[Event]] = defaultdict(list)
    for batch in store.batches(company):
        for row in batch:
            event = store.recorded_of(row).event
            histories[event.stream].append(event)
    return dict(histories)


def _behind(unit: Backing, rows: dict[str, tuple[int, str]]) -> Behind:
    number, subject = rows[unit.tickets[0]]
    return Behind(
        uuid=unit.tickets[0],
        number=number,
        subject=subject,
        also=tuple(rows[stream][0] for stream in unit.tickets[1:] if stream in rows),
        verdict=unit.verdict.replace("_", " "),
        took="" if unit.value is None else span_words(whole_minutes(unit.value)),
    )


def _value(figure: Figure, value: float | None) -> str:
    if value is None:
        return _nothing(figure)
    if figure.unit is Unit.SHARE:
        return f"{value:.0%}".replace("%", " %")
    return span_words(whole_minutes(value))


def whole_minutes(span: float) -> int:
    """A span to the minute once it is longer than one: seconds are noise beside hours."""
    return int(span) if span < MINUTE else round(span / MINUTE) * MINUTE


def _nothing(figure: Figure) -> str:
    """No data; or so few have ended that half of them is not reached yet."""
    return "not reached yet" if figure.unit is Unit.SPAN and figure.count else "no data"


def _aside(figure: Figure) -> str:
    p90 = figure.quantiles.get(90)
    return f"p90 {span_words(whole_minutes(p90))}" if p90 is not None else ""


def _between(figure: Figure, low: float, high: float) -> str:
    return f"{_value(figure, low)} to {_value(figure, high)}"
