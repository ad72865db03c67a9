"""Nearing: shares of a target that are used up, told once each before it falls due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..record.event import Event
from ..record.events import ClockName, TargetNeared
from ..record.instant import Instant
from .clock import Reading, Verdict

SHARES = (50, 75, 90)
"""The shares, in percent, at which those who work on a ticket are told."""

_COUNTING = frozenset({Verdict.RUNNING, Verdict.MISSED, Verdict.UNDECIDED})


@dataclass(frozen=True, slots=True)
class Nearing:
    """A share of the target of one unit, and when it is used up."""

    clock: ClockName
    cycle: int
    share: int
    used_up_at: Instant
    due_at: Instant | None

    @property
    def body(self) -> TargetNeared:
        """What the record says of it."""
        return TargetNeared(self.clock, self.cycle, self.share, self.due_at)


def nearings_ahead(history: Sequence[Event], readings: Sequence[Reading]) -> tuple[Nearing, ...]:
    """The shares that were used up on a ticket, or will be if nothing happens, in order of time.

    Those on its record are left out. readings are its clocks, read with these shares. A clock
    that has ended needs no warning any more.
    """
    told = [event for event in history if isinstance(event.body, TargetNeared)]
    found = [
        nearing
        for reading in readings
        if reading.ended_at is None and reading.verdict in _COUNTING
        for nearing in _nearings_of(reading)
        if not _is_told(told, reading, nearing)
    ]
    return tuple(sorted(found, key=lambda each: (each.used_up_at, each.clock, each.share)))


def _nearings_of(reading: Reading) -> Iterator[Nearing]:
    for share, used_up_at in reading.shares:
        yield Nearing(reading.clock, reading.cycle, share, used_up_at, reading.due_at)


def _is_told(told: Sequence[Event], reading: Reading, nearing: Nearing) -> bool:
    """Whether it stands on the record. A merge may number the answers owed anew: time tells."""
    return any(
        isinstance(event.body, TargetNeared)
        and event.body.clock is nearing.clock
        and event.body.share == nearing.share
        and (event.body.cycle == nearing.cycle or event.happened_at == nearing.used_up_at)
        and event.happened_at >= reading.started_at
        for event in told
    )
