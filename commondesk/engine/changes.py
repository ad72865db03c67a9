"""Changes: clocks whose target may have changed on the way, walked by the rules of the core.

SQL finds what is to be walked, what was said of priorities and when it paused; the walk itself is
that of `core/service_level/run.py`, so that chains of raises and lowerings have one definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from commondesk.core.record.events import ClockName, Kind, Opening, Priority
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import SINCE_EVER, Calendar
from commondesk.core.service_level.clock import Agreements
from commondesk.core.service_level.held import Held
from commondesk.core.service_level.lens import Lens, PriorityUsed
from commondesk.core.service_level.pauses import Pauses, after
from commondesk.core.service_level.run import Run, Runner, Track
from commondesk.core.service_level.story import PriorityMark, Story
from commondesk.core.service_level.units import Unit

from .database import Database

Walked = tuple[int, Instant | None, int, int, int, int, int]
"""Number of the walk, due instant, working time used, whether it pauses, number of the calendar,
whether it has a target, flags."""

FLAGS = {"lowered_after_miss": 2, "used_up_when_raised": 4}
"""The bits of what a walk may have met, as the statements write them."""

TAKEN = 20_000
"""So many walks are taken out of the database at once."""

Numbered = Callable[[Agreement, Calendar], int]


def walked(
    database: Database, agreements: Agreements, numbered: Numbered, at: Instant
) -> Iterator[Walked]:
    """What came of each row of `walks` by an instant. numbered tells the number of a calendar."""
    batch: list[tuple[Any, ...]] = []
    for row in database.each(_WALKS):
        if len(batch) >= TAKEN and row[1] != batch[-1][1]:
            yield from _walked(batch, database, agreements, numbered, at)
            batch = []
        batch.append(row)
    if batch:
        yield from _walked(batch, database, agreements, numbered, at)


def _walked(
    batch: Sequence[tuple[Any, ...]],
    database: Database,
    agreements: Agreements,
    numbered: Numbered,
    at: Instant,
) -> Iterator[Walked]:
    within = f"ticket >= {batch[0][1]} AND ticket <= {batch[-1][1]}"
    marks: dict[int, list[PriorityMark]] = {}
    for ticket, step, priority, is_person, happened_at in database.rows(_MARKS + within + _ORDER):
        said = Priority(priority) if priority else None
        mark = PriorityMark(happened_at, step, said, bool(is_person))
        marks.setdefault(ticket, []).append(mark)
    pauses: dict[tuple[int, int], list[tuple[Instant, Instant | None]]] = {}
    for ticket, variant, begun_at, ended_at in database.rows(_PAUSES + within):
        pauses.setdefault((ticket, variant), []).append((begun_at, ended_at))
    for each in pauses.values():
        each.sort()
    for ticket, walks in groupby(batch, itemgetter(1)):
        story: Story | None = None
        for number, _, clock, variant, uses, is_whole, begins, ends, *about in walks:
            story = story or _story(about, marks.get(ticket, []))
            agreement = agreements(story.charter)
            assert agreement is not None
            ended_at = None if ends < 0 else ends
            unit = Unit(ClockName(clock), 0, begins, ended_at, bool(is_whole))
            held = Held(story, agreement, _LENSES[uses], unit, SINCE_EVER)
            run = _run(held, pauses.get((ticket, variant), ()), at)
            assert run.calendar is not None
            yield (
                number, run.due_at, run.used, int(run.is_paused),
                numbered(agreement, run.calendar), int(run.has_target),
                sum(FLAGS[each] for each in run.flags),
            )  # fmt: skip


def _story(about: Sequence[Any], marks: list[PriorityMark]) -> Story:
    """As much of a ticket's story as its targets need."""
    charter, service, kind, started_at = about
    told = Story((), "", Opening.NORMAL, charter, started_at, Kind(kind), service, "", "")
    told.priorities = marks
    return told


def _run(held: Held, pauses: Pauses, at: Instant) -> Run:
    unit = held.unit
    limit = at if unit.ended_at is None else unit.ended_at
    runner = Runner(held.term_of, held.known_at, limit, unit.ended_at is not None)
    opening, marks = held.beginning(pauses)
    return runner.run(Track(held.started_at, after(pauses, held.started_at), opening, marks))


_LENSES = {each.value: Lens(priority=each) for each in PriorityUsed}
_WALKS = """
SELECT
    w.number, w.ticket, w.clock, w.variant, w.uses, w.is_whole, w.started_at, w.end_key,
    p.charter, p.service, p.kind, p.started_at AS opened_at
FROM walks w
JOIN plain p ON p.ticket = w.ticket
ORDER BY w.number
"""
_MARKS = "SELECT ticket, step, priority, is_person, happened_at FROM marks WHERE "
_ORDER = " ORDER BY ticket, place"
_PAUSES = "SELECT ticket, variant, begun_at, ended_at FROM pauses WHERE "
