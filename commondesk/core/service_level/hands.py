"""Hands: in whose hands the time was, one leg at a time. docs/clocks.md, section 10."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..record.events import ClockName, WaitReason
from ..record.instant import Instant, Span
from .agreement import Agreement
from .calendar import Calendar
from .story import Story, WaitStretch

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch in one pair of hands: requester, L1, L2, L3, referent, vendor or nobody.

    work is its working time in the calendar of the resolution row, wall its length on the wall.
    """

    hands: str
    begun_at: Instant
    ended_at: Instant
    work: Span

    @property
    def wall(self) -> Span:
        """Its length on the wall."""
        return self.ended_at - self.begun_at


def legs_of(
    story: Story, agreement: Agreement | None, now: Instant, *, cuts: Collection[Instant] = ()
) -> tuple[Leg, ...]:
    """The legs of a case from its start to its last resolve, or now.

    At cuts a leg ends even if the same hands follow: another organisation may have those.
    """
    end = story.rounds[-1].resolved_at if story.is_resolved else now
    calendar = calendar_of(story, agreement, now)
    turns = list(_turns(story, end, cuts))
    return tuple(
        Leg(hands, begun_at, ended_at, calendar.elapsed(begun_at, ended_at) if calendar else 0)
        for hands, begun_at, ended_at in turns
    )


def ownerless(legs: tuple[Leg, ...]) -> tuple[Span, Span]:
    """Time without an owner: working time, and time on the wall."""
    alone = [leg for leg in legs if leg.hands == NOBODY]
    return sum(leg.work for leg in alone), sum(leg.wall for leg in alone)


def work_by_hands(legs: tuple[Leg, ...]) -> dict[str, Span]:
    """Working time by hands, most first."""
    sums: dict[str, Span] = {}
    for leg in legs:
        sums[leg.hands] = sums.get(leg.hands, 0) + leg.work
    return dict(sorted(sums.items(), key=lambda each: -each[1]))


def calendar_of(story: Story, agreement: Agreement | None, now: Instant) -> Calendar | None:
    """The calendar of the resolution row, as it is known now."""
    if agreement is None:
        return None
    held = [mark.priority for mark in story.priorities if mark.step == "set" and mark.priority]
    priority = held[-1] if held else agreement.default_priority
    term = agreement.term(ClockName.RESOLUTION, story.service, story.kind, priority)
    return term.calendar.known_at(now)


@dataclass(frozen=True, slots=True)
class _Third:
    """A third party's leg."""

    hands: str
    begun_at: Instant
    ended_at: Instant


def _turns(
    story: Story, end: Instant, cuts: Collection[Instant]
) -> Iterator[tuple[str, Instant, Instant]]:
    """Who had it when, joined where the same hands follow without a cut."""
    thirds = sorted(_thirds(story, end), key=lambda third: third.begun_at)
    owners = [(at, tier.value if tier else NOBODY) for at, tier in story.owners]
    start = story.started_at
    bounds = {start, end, *(at for at, _ in owners), *cuts}
    bounds |= {at for third in thirds for at in (third.begun_at, third.ended_at)}
    instants = sorted(at for at in bounds if start <= at <= end)
    current: tuple[str, Instant, Instant] | None = None
    for begin, stop in pairwise(instants):
        hands = _hands_at(begin, thirds, owners)
        if current is not None and current[0] == hands and begin not in cuts:
            current = (hands, current[1], stop)
            continue
        if current is not None:
            yield current
        current = (hands, begin, stop)
    if current is not None:
        yield current


def _hands_at(at: Instant, thirds: list[_Third], owners: list[tuple[Instant, str]]) -> str:
    running = [third for third in thirds if third.begun_at <= at < third.ended_at]
    if running:
        return running[-1].hands
    return [hands for since, hands in owners if since <= at][-1]


def _thirds(story: Story, end: Instant) -> Iterator[_Third]:
    for wait in story.waits:
        ended_at = end if wait.ended_at is None else wait.ended_at
        match wait.on:
            case WaitReason.VENDOR:
                yield _Third("vendor", wait.begun_at, ended_at)
            case WaitReason.APPROVAL:
                yield _Third("referent", wait.begun_at, ended_at)
            case WaitReason.SCHEDULED if wait.is_requesters_date:
                until = ended_at if wait.until is None else min(ended_at, wait.until)
                yield _Third("requester", wait.begun_at, until)
            case WaitReason.REQUESTER:
                yield from _requester_turns(story, wait, ended_at)
            case _:
                pass


def _requester_turns(story: Story, wait: WaitStretch, ended_at: Instant) -> Iterator[_Third]:
    """From the wait's begin, or a later question, to the requester's next words."""
    asked = [each.opened_at for each in story.questions if each.opened_at < ended_at]
    begins = sorted({wait.begun_at, *(at for at in asked if at > wait.begun_at)})
    words = [mark.at for mark in story.marks if mark.step == "words"]
    for begin in begins:
        answers = [at for at in words if at > begin]
        yield _Third("requester", begin, min([ended_at, *answers]))
