"""Diagnosis: what stands beside a first response and explains it. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from ..record.instant import Span
from .story import Story


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Spans on the wall; None where there is nothing to tell.

    first_automatic: start to the first delivered message of a machine. from_handover: from the
    first assignment, taking or acceptance to the first human message. written: start to the writing
    of the first human message, however late it was sent. templated: templated messages delivered.
    """

    first_automatic: Span | None
    from_handover: Span | None
    written: Span | None
    templated: int


def diagnosis_of(story: Story) -> Diagnosis:
    """The diagnosis of a case."""
    sent = [each for each in story.outgoing if each.delivered_at is not None]
    automatic = [each.delivered_at for each in sent if each.delivered_at and not each.is_person]
    human = [each for each in sent if each.is_human]
    first = min(human, key=lambda each: each.delivered_at or 0, default=None)
    handed_at, start = story.handed_over_at, story.started_at
    return Diagnosis(
        first_automatic=min(automatic) - start if automatic else None,
        from_handover=(
            first.delivered_at - handed_at
            if first and first.delivered_at and handed_at is not None
            else None
        ),
        written=first.written_at - start if first else None,
        templated=sum(each.is_templated for each in sent),
    )
