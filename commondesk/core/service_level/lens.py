"""Lenses: ways of reading the same events. docs/clocks.md says what each setting does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..record.events import ClockName, WaitReason
from ..record.instant import DAY, HOUR, Span


class ResponseEnd(StrEnum):
    """What ends a first response."""

    ANY_OUTGOING = "any_outgoing"
    ANY_AGENT_ACTION = "any_agent_action"
    PERSON = "person"


class ReplyOwed(StrEnum):
    """From when on a next reply is owed."""

    FIRST_UNANSWERED = "first_unanswered"
    EVERY = "every"


class ResolutionEnd(StrEnum):
    """Which resolve ends a resolution."""

    FIRST = "first"
    LAST = "last"
    FIRST_HELD = "first_held"


class ReopenRule(StrEnum):
    """What a reopen does."""

    IGNORED = "ignored"
    RESTARTS = "restarts"
    NEW_CYCLE = "new_cycle"
    SUBTRACTS = "subtracts"
    CHANGES_NOTHING = "changes_nothing"


class RequesterPause(StrEnum):
    """What a pause for the requester needs."""

    NOTHING = "nothing"
    QUESTION = "question"


class ScheduledPause(StrEnum):
    """What a pause for a date needs."""

    NOTHING = "nothing"
    DATE = "date"


class PriorityUsed(StrEnum):
    """Which of the priorities that a ticket had rules its targets."""

    CURRENT = "current"
    FIRST = "first"
    HIGHEST = "highest"


class Population(StrEnum):
    """Which units belong to a period."""

    ENDED = "ended"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Lens:
    """One way of reading. disguised is a span of wall time, or None for off."""

    response_ends: ResponseEnd = ResponseEnd.PERSON
    resolving_responds: bool = False
    next_reply_owed: ReplyOwed = ReplyOwed.FIRST_UNANSWERED
    next_reply_every: Span = 8 * HOUR
    resolution_ends: ResolutionEnd = ResolutionEnd.LAST
    reopen: ReopenRule = ReopenRule.CHANGES_NOTHING
    pauses: frozenset[WaitReason] = frozenset(WaitReason)
    pauses_for: frozenset[ClockName] = frozenset(ClockName)
    requester_pause_needs: RequesterPause = RequesterPause.NOTHING
    scheduled_pause_needs: ScheduledPause = ScheduledPause.NOTHING
    priority: PriorityUsed = PriorityUsed.HIGHEST
    population: Population = Population.DUE
    disguised: Span | None = None


CONTRACT_TEMPLATE = Lens()
"""The contract lens of the charter templates: design.md, cases that must come out right."""

EXPERIENCED = Lens(
    resolution_ends=ResolutionEnd.FIRST_HELD,
    pauses=frozenset({WaitReason.REQUESTER, WaitReason.SCHEDULED}),
    requester_pause_needs=RequesterPause.QUESTION,
    scheduled_pause_needs=ScheduledPause.DATE,
    disguised=7 * DAY,
)


def _conventional(end: ResolutionEnd, reopen: ReopenRule) -> Lens:
    return Lens(
        response_ends=ResponseEnd.ANY_OUTGOING,
        resolving_responds=True,
        resolution_ends=end,
        reopen=reopen,
        priority=PriorityUsed.CURRENT,
        population=Population.ENDED,
    )


PRESETS: dict[str, Lens] = {
    "experienced": EXPERIENCED,
    "first-resolve": _conventional(ResolutionEnd.FIRST, ReopenRule.IGNORED),
    "restart-on-reopen": _conventional(ResolutionEnd.LAST, ReopenRule.RESTARTS),
    "cycles": _conventional(ResolutionEnd.LAST, ReopenRule.NEW_CYCLE),
    "subtract-resolved": _conventional(ResolutionEnd.LAST, ReopenRule.SUBTRACTS),
}
