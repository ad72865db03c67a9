"""Facts: the cases of a company with their readings, what every figure is made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..record.instant import Instant
from ..service_level.cases import Histories, cases_of
from ..service_level.clock import Agreements, Reading, Verdict, readings_of
from ..service_level.diagnosis import Diagnosis, diagnosis_of
from ..service_level.lens import Lens, Population
from .figure import Period


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case as a lens reads it."""

    tickets: tuple[str, ...]
    started_at: Instant
    readings: tuple[Reading, ...]
    diagnosis: Diagnosis


def facts_of(
    histories: Histories, agreements: Agreements, lens: Lens, now: Instant
) -> tuple[CaseFacts, ...]:
    """The facts of all cases under a lens, read at an instant."""
    return tuple(
        CaseFacts(
            story.tickets,
            story.earliest_start,
            tuple(readings_of(story, agreements(story.charter), lens, now, parts=agreements)),
            diagnosis_of(story),
        )
        for story in cases_of(histories, lens.disguised, now)
    )


def population(readings: Iterable[Reading], kind: Population, period: Period) -> Iterator[Reading]:
    """The readings that belong to a period (docs/clocks.md, section 9)."""
    for reading in readings:
        if reading.verdict in (Verdict.NO_TARGET, Verdict.LIVE, Verdict.AFTER_THE_FACT):
            continue
        if kind is Population.ENDED:
            if period.holds(reading.ended_at):
                yield reading
        elif reading.verdict is Verdict.UNDECIDED or period.holds(reading.due_at):
            yield reading
