"""Escalation: steps of the charter that fall due, and windows for handovers that end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..record.events import EscalatedHierarchically, Priority
from ..record.instant import Instant
from .agreement import Agreement, EscalationStep
from .cases import Histories
from .clock import Reading, Verdict, read


@dataclass(frozen=True, slots=True)
class StepDue:
    """A step of the charter (counted from 1), and when its share of a target is used up."""

    number: int
    step: EscalationStep
    falls_due_at: Instant


def steps_ahead(
    stream: str, histories: Histories, agreement: Agreement, now: Instant
) -> tuple[StepDue, ...]:
    """The steps that have fallen due on a ticket, or will if nothing happens, in order of time.

    Those on its record are left out. histories holds the ticket and what was merged into it. A
    step falls due when its share of the target is used up before the clock ends, under the
    contract lens.
    """
    told = {
        event.body.step
        for event in histories[stream]
        if isinstance(event.body, EscalatedHierarchically)
    }
    steps = [
        StepDue(number, step, min(dues))
        for number, step in enumerate(agreement.steps, 1)
        if number not in told and (dues := list(_dues(stream, histories, agreement, step, now)))
    ]
    return tuple(sorted(steps, key=lambda each: (each.falls_due_at, each.number)))


def steps_due(
    stream: str, histories: Histories, agreement: Agreement, now: Instant
) -> tuple[StepDue, ...]:
    """Those of the steps ahead that have fallen due by now."""
    ahead = steps_ahead(stream, histories, agreement, now)
    return tuple(step for step in ahead if step.falls_due_at <= now)


def _dues(
    stream: str, histories: Histories, agreement: Agreement, step: EscalationStep, now: Instant
) -> Iterator[Instant]:
    """When that share of each unit's target is used up, unless the clock ends before."""
    for reading in read(histories, agreement, agreement.lens, now, percent=step.percent):
        # What was merged into it once and is separate again has clocks of its own.
        is_own = stream in reading.tickets and reading.clock is step.clock
        if is_own and reading.due_at is not None and _counts(reading):
            yield reading.due_at


def _counts(reading: Reading) -> bool:
    if reading.verdict in (Verdict.LIVE, Verdict.AFTER_THE_FACT) or reading.due_at is None:
        return False
    return reading.ended_at is None or reading.ended_at > reading.due_at


def window_ends_at(since: Instant, priority: Priority | None, agreement: Agreement) -> Instant:
    """When the window for a handover, or for a ticket that nobody owns, ends: working time.

    Raises CalendarError where the hours never come again.
    """
    calendar = agreement.coverage.known_at(since)
    return calendar.add(since, agreement.window_span(priority))
