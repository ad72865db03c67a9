"""Escalation: steps of the charter that fall due, and windows for handovers that end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..record.event import Event
from ..record.events import EscalatedHierarchically, Priority
from ..record.instant import Instant
from .agreement import Agreement, EscalationStep
from .clock import read


@dataclass(frozen=True, slots=True)
class StepDue:
    """A step of the charter (counted from 1) whose share of a target was used up, and when."""

    number: int
    step: EscalationStep
    fell_due_at: Instant


def steps_due(history: Sequence[Event], agreement: Agreement, now: Instant) -> tuple[StepDue, ...]:
    """The steps that fell due by now on a ticket and are not on its record, in order of time.

    A step falls due when its share of the target is used up before the clock ends, under the
    contract lens.
    """
    told = {event.body.step for event in history if isinstance(event.body, EscalatedHierarchically)}
    due = [
        StepDue(number, step, at)
        for number, step in enumerate(agreement.steps, 1)
        if number not in told
        for at in _falls_due(history, agreement, step, now)
    ]
    return tuple(sorted(due, key=lambda each: (each.fell_due_at, each.number)))


def _falls_due(
    history: Sequence[Event], agreement: Agreement, step: EscalationStep, now: Instant
) -> Iterator[Instant]:
    """When that share was first used up, if it was."""
    stream = history[0].stream
    readings = read({stream: history}, agreement, agreement.lens, now, percent=step.percent)
    dues = [
        reading.due_at
        for reading in readings
        if reading.clock is step.clock
        and reading.due_at is not None
        and reading.due_at <= now
        and (reading.ended_at is None or reading.due_at < reading.ended_at)
    ]
    yield from sorted(dues)[:1]


def window_ends_at(
    since: Instant, priority: Priority | None, agreement: Agreement, now: Instant
) -> Instant:
    """When the window for a handover, or for a ticket that nobody owns, ends: working time."""
    calendar = agreement.coverage.known_at(now)
    return calendar.add(since, agreement.window_span(priority))
