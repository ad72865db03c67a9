"""Outcomes: what came of a unit, as instants from which later verdicts are arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..record.instant import Instant, Span, parse_instant
from ..service_level.calendar import Calendar
from ..service_level.clock import Reading, State, Verdict
from ..service_level.lens import Population
from .figure import Period

ORIGIN: Instant = parse_instant("2020-01-01T00:00Z")
"""From where the working time of a calendar is counted; an instant before it counts backwards."""

APART = (Verdict.NO_TARGET, Verdict.LIVE, Verdict.AFTER_THE_FACT)
"""Verdicts that say why nothing is judged."""


class Outcome(NamedTuple):
    """One unit, as all lenses of a set read it. Holds from the latest event of its case on.

    ticket is the first of its case; others are the rest, with spaces. lenses is the set, in hex.
    apart says why it is not judged, empty where it is. holds_at: from then on a met so far is met.
    used is the working time it took. While the clock runs, `calendar` names what it is counted in,
    and used is where it began on that calendar's count.
    """

    ticket: str
    others: str
    clock: str
    cycle: int
    lenses: str
    started_at: Instant
    due_at: Instant | None
    ended_at: Instant | None
    holds_at: Instant | None
    apart: str
    is_paused: bool
    used: Span
    calendar: str
    priority: str
    flags: str

    def verdict_at(self, at: Instant) -> Verdict:
        """What came of it, read at an instant up to which nothing more has happened."""
        if self.apart:
            return Verdict(self.apart)
        if self.ended_at is not None:
            if self.due_at is not None and self.ended_at > self.due_at:
                return Verdict.MISSED
            is_open = self.holds_at is not None and at < self.holds_at
            return Verdict.MET_SO_FAR if is_open else Verdict.MET
        if self.due_at is None:
            return Verdict.UNDECIDED
        return Verdict.MISSED if self.due_at < at else Verdict.RUNNING

    def used_at(self, counts: Mapping[str, Span]) -> Span:
        """Working time used. counts has that of each calendar at the instant asked about."""
        return counts[self.calendar] - self.used if self.calendar else self.used

    @property
    def tickets(self) -> tuple[str, ...]:
        """The tickets of its case, the first first."""
        return (self.ticket, *self.others.split())

    @property
    def settled_at(self) -> Instant | None:
        """A period that begins after it has nothing of this unit; None: not known yet."""
        if self.ended_at is None:
            return None
        return max(self.ended_at, self.started_at, self.due_at or self.ended_at)


def belongs(
    verdict: Verdict,
    due_at: Instant | None,
    ended_at: Instant | None,
    kind: Population,
    period: Period,
) -> bool:
    """Whether a unit is in the population of a period."""
    if verdict in APART:
        return False
    if kind is Population.ENDED:
        return period.holds(ended_at)
    return verdict is Verdict.UNDECIDED or period.holds(due_at)


def outcome_of(reading: Reading, *, lenses: int, priority: str, key: str, at: Instant) -> Outcome:
    """What a reading at an instant tells of later ones. key names its calendar."""
    calendar = reading.calendar
    runs = reading.state is State.RUNNING and calendar is not None
    used = worked(calendar, at) - reading.used if runs and calendar else reading.used
    return Outcome(
        ticket=reading.tickets[0],
        others=" ".join(reading.tickets[1:]),
        clock=reading.clock.value,
        cycle=reading.cycle,
        lenses=f"{lenses:x}",
        started_at=reading.started_at,
        due_at=reading.due_at,
        ended_at=reading.ended_at,
        holds_at=reading.holds_at,
        apart=reading.verdict.value if reading.verdict in APART else "",
        is_paused=reading.state is State.PAUSED,
        used=used,
        calendar=key if runs else "",
        priority=priority,
        flags=" ".join(sorted(reading.flags)),
    )


def worked(calendar: Calendar, at: Instant) -> Span:
    """The working time of a calendar from the origin to an instant; negative before it."""
    return calendar.elapsed(ORIGIN, at) - calendar.elapsed(at, ORIGIN)
