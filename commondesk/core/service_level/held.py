"""Held: which priority rules a unit, and what became of it. docs/clocks.md, section 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..record.events import Priority
from ..record.instant import Instant
from .agreement import Agreement, Term
from .lens import Lens, PriorityUsed
from .pauses import Pauses
from .run import Opening, Runner, Track, effective_at
from .story import PriorityMark, Story
from .units import Unit

Beginning = tuple[Opening, Sequence[PriorityMark]]
"""The priority that a run begins with, and what is said of priorities from then on."""


class Held:
    """The priorities of one story for one unit, under a lens and the agreement it keeps.

    known_at says which versions of the calendars count.
    """

    def __init__(
        self, story: Story, agreement: Agreement, lens: Lens, unit: Unit, known_at: Instant
    ):
        self._story = story
        self._agreement = agreement
        self._lens = lens
        self.unit = unit
        self.known_at = known_at

    @property
    def started_at(self) -> Instant:
        """Where the story's own run begins."""
        return self._story.started_at if self.unit.is_whole else self.unit.started_at

    def term_of(self, priority: Priority) -> Term:
        """The target and calendar of a priority for this unit's clock."""
        story, unit = self._story, self.unit
        term = self._agreement.term(unit.clock, story.service, story.kind, priority)
        return term if unit.every is None else Term(unit.every, term.calendar)

    def beginning(self, pauses: Pauses) -> Beginning:
        """How the run begins and goes on under the lens."""
        if self._lens.priority is not PriorityUsed.HIGHEST:
            return self._fixed(pauses), ()
        opening, marks = self._told()
        if self.unit.is_whole:
            return opening, marks
        since = self.unit.started_at
        opening = effective_at(marks, opening, since, self.term_of)
        return opening, [mark for mark in marks if mark.at > since]

    def at_merge(self, merged_at: Instant, pauses: Pauses) -> Opening:
        """The priority that a part brings into a merge."""
        if self._lens.priority is not PriorityUsed.HIGHEST:
            return self._fixed(pauses)
        opening, marks = self._told()
        return effective_at(marks, opening, merged_at, self.term_of)

    def _told(self) -> tuple[Opening, list[PriorityMark]]:
        """The priority a ticket began with, and what was said of priorities since."""
        default = self._agreement.default_priority
        priority, is_provisional = default, True
        rest = [
            replace(mark, priority=default) if mark.step == "set" and not mark.priority else mark
            for mark in self._story.priorities
        ]
        at_start = [mark for mark in rest if mark.at == self._story.started_at]
        for mark in at_start:
            if mark.step == "set":
                priority = mark.priority or default
            if mark.step != "agreed":
                is_provisional = is_provisional and not mark.is_person
                rest.remove(mark)
        return Opening(priority, is_provisional, priority), rest

    def _fixed(self, pauses: Pauses) -> Opening:
        """The one priority that rules under `current` and `first`."""
        opening, marks = self._told()
        end = self.unit.ended_at
        marks = [mark for mark in marks if end is None or mark.at < end]
        if self._lens.priority is PriorityUsed.CURRENT:
            sets = [mark.priority for mark in marks if mark.step == "set" and mark.priority]
            priority = sets[-1] if sets else opening.priority
        else:
            priority = self._first(opening, marks, pauses)
        return Opening(priority, False, priority)

    def _first(self, opening: Opening, marks: Sequence[PriorityMark], pauses: Pauses) -> Priority:
        """The first priority held: a machine's gives way to a person's before its due instant."""
        priority, is_provisional = opening.priority, opening.is_provisional
        for mark in marks:
            if not is_provisional or mark.step == "confirmed":
                break
            if mark.step != "set" or mark.priority is None:
                continue
            if self._fell_due(priority, pauses, mark.at):
                break
            priority, is_provisional = mark.priority, not mark.is_person
        return priority

    def _fell_due(self, priority: Priority, pauses: Pauses, by: Instant) -> bool:
        runner = Runner(self.term_of, self.known_at, by, is_ended=False)
        track = Track(self._story.started_at, pauses, Opening(priority, False, priority))
        due_at = runner.run(track).due_at
        return due_at is not None and due_at <= by
