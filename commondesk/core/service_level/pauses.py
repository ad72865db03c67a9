"""Pauses: which waits stop a clock under a lens. docs/clocks.md, section 5."""

from __future__ import annotations

from collections.abc import Sequence

from ..record.events import WaitReason
from ..record.instant import Instant
from .lens import Lens, RequesterPause, ScheduledPause
from .story import Story

Pauses = Sequence[tuple[Instant, Instant | None]]
"""Disjoint pauses in order; an end of None is still ahead."""


def pauses_of(story: Story, lens: Lens) -> list[tuple[Instant, Instant | None]]:
    """The pauses that a lens honours, merged, in order."""
    found: list[tuple[Instant, Instant | None]] = []
    for wait in story.waits:
        if wait.on not in lens.pauses:
            continue
        if wait.on is WaitReason.REQUESTER and (
            lens.requester_pause_needs is RequesterPause.QUESTION
        ):
            for question in story.questions:
                begin = max(wait.begun_at, question.opened_at)
                found.append((begin, _earlier(wait.ended_at, question.closed_at)))
        elif wait.on is WaitReason.SCHEDULED and lens.scheduled_pause_needs is ScheduledPause.DATE:
            if wait.is_requesters_date and wait.until is not None:
                found.append((wait.begun_at, _earlier(wait.ended_at, wait.until)))
        else:
            found.append((wait.begun_at, wait.ended_at))
    return merged(found)


def merged(
    ranges: Sequence[tuple[Instant, Instant | None]],
) -> list[tuple[Instant, Instant | None]]:
    """Ranges joined where they touch or overlap, without empty ones, in order."""
    joined: list[tuple[Instant, Instant | None]] = []
    for begin, end in sorted(ranges, key=lambda each: each[0]):
        if end is not None and end <= begin:
            continue
        if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
            last_begin, last_end = joined[-1]
            later = None if last_end is None or end is None else max(last_end, end)
            joined[-1] = (last_begin, later)
        else:
            joined.append((begin, end))
    return joined


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def before(pauses: Pauses, until: Instant) -> list[tuple[Instant, Instant | None]]:
    """What of them lies before an instant."""
    return [(begin, _earlier(end, until)) for begin, end in pauses if begin < until]


def after(pauses: Pauses, since: Instant) -> list[tuple[Instant, Instant | None]]:
    """What of them lies at or after an instant."""
    return [(max(begin, since), end) for begin, end in pauses if end is None or end > since]
