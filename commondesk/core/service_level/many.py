"""Many lenses on one case: what does not matter to it is left out, what they share is done once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from ..record.events import WaitReason
from ..record.instant import Instant
from .agreement import Agreement
from .clock import Agreements, Reading, readings_of
from .lens import Lens, ReopenRule, ReplyOwed, RequesterPause, ResolutionEnd, ScheduledPause
from .story import Story
from .units import responded_at


def readings_under(
    story: Story,
    agreement: Agreement | None,
    lenses: Sequence[Lens],
    now: Instant,
    *,
    parts: Agreements,
) -> Iterator[tuple[Reading, ...]]:
    """The clocks of one case under each lens, in the order of the lenses.

    Equal to readings_of under each by itself. Lenses that differ only in what this case never
    came to (a pause, a reopen, a change of priority) share their readings.
    """
    matters = _Matters(story, agreement)
    known: dict[Hashable, tuple[Reading, ...]] = {}
    units: dict[Hashable, Reading | None] = {}
    for lens in lenses:
        key = matters.of(lens)
        if key not in known:
            told = readings_of(
                *(story, agreement, lens, now), parts=parts, known=units, alike=matters.alike(lens)
            )
            known[key] = tuple(told)
        yield known[key]


class _Matters:
    """Which settings of a lens can matter to a case."""

    def __init__(self, story: Story, agreement: Agreement | None):
        self._story = story
        whole = [story, *(part.story for part in story.parts)]
        self._waits = frozenset(wait.on for each in whole for wait in each.waits)
        self._came_back = len(story.rounds) > 1 or any(each.reopened_at for each in story.rounds)
        self._has_priorities = bool(story.parts) or _has_priorities(story, agreement)
        self._responded: dict[Hashable, Instant | None] = {}

    def alike(self, lens: Lens) -> Hashable:
        """What of a lens matters to a unit, whatever its start and end."""
        return self._pauses(lens), lens.priority if self._has_priorities else None

    def of(self, lens: Lens) -> Hashable:
        """What of a lens matters: equal for lenses that read the case alike."""
        return (
            self._response(lens),
            self._ends(lens),
            self.alike(lens),
            lens.next_reply_owed,
            lens.next_reply_every if lens.next_reply_owed is ReplyOwed.EVERY else None,
        )

    def _response(self, lens: Lens) -> Instant | None:
        key = lens.response_ends, lens.resolving_responds
        if key not in self._responded:
            self._responded[key] = responded_at(self._story, lens)
        return self._responded[key]

    def _pauses(self, lens: Lens) -> Hashable:
        honoured = lens.pauses & self._waits
        if not honoured:
            return None
        requester: RequesterPause | None = None
        scheduled: ScheduledPause | None = None
        if WaitReason.REQUESTER in honoured:
            requester = lens.requester_pause_needs
        if WaitReason.SCHEDULED in honoured:
            scheduled = lens.scheduled_pause_needs
        return honoured, lens.pauses_for, requester, scheduled

    def _ends(self, lens: Lens) -> Hashable:
        if not self._story.rounds:
            return None
        if self._came_back:
            return lens.resolution_ends, lens.reopen
        is_held = lens.resolution_ends is ResolutionEnd.FIRST_HELD
        return is_held and lens.reopen is not ReopenRule.IGNORED


def _has_priorities(story: Story, agreement: Agreement | None) -> bool:
    """Whether the ticket had more than one priority that could have ruled it."""
    if agreement is None:
        return False
    marks = [mark for mark in story.priorities if mark.step == "set"]
    held = {mark.priority or agreement.default_priority for mark in marks}
    if not any(mark.at == story.started_at for mark in marks):
        held.add(agreement.default_priority)
    return len(held) > 1
