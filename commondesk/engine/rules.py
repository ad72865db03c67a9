"""Rules: the lenses of a scheme, grouped by what can tell them apart for a sort of ticket.

Lenses that read a sort of ticket alike share a class; the classes of a sort are a family, numbered
by powers of two, so that a sum of classes tells which they are. So a
ticket that never waited and never came back has one row where a scheme has hundreds of lenses.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.events import ClockName, WaitReason
from commondesk.core.record.instant import Span
from commondesk.core.service_level.lens import (
    Lens,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)

WAITS: dict[WaitReason, int] = {
    WaitReason.REQUESTER: 1,
    WaitReason.VENDOR: 2,
    WaitReason.APPROVAL: 4,
    WaitReason.SCHEDULED: 8,
    WaitReason.OTHER: 16,
}
"""The bits of the reasons for which a ticket waited, as the statements write them."""

MOST_CLASSES = 62
"""So many classes fit into the whole number that a family's lenses are told by."""

RESPONSES: dict[ResponseEnd, str] = {
    ResponseEnd.ANY_OUTGOING: "s.outgoing_at",
    ResponseEnd.ANY_AGENT_ACTION: "s.action_at",
    ResponseEnd.PERSON: "s.person_at",
}

Key = TypeVar("Key", bound=Hashable)
Ending = tuple[ResponseEnd, bool]
Mode = tuple[ResolutionEnd, ReopenRule]


class Sort(NamedTuple):
    """A sort of ticket: the set of reasons for which it waited, 1 where several priorities may have
    ruled it, and the set of the spans within which it makes a case with others."""

    waits: int
    varies: int
    joins: int


class TooManyWays(ValueError):
    """A scheme has more ways of reading one sort of ticket than a whole number has bits."""


@dataclass
class Rules:
    """What the statements need to know of a scheme.

    masks: the set of lenses by family and class. variants: by number, reason and what it needs.
    """

    scheme: Scheme
    masks: dict[int, list[int]] = field(default_factory=dict)
    response: list[tuple[str | int, ...]] = field(default_factory=list)
    resolution: list[tuple[str | int, ...]] = field(default_factory=list)
    cycles: list[tuple[str | int, ...]] = field(default_factory=list)
    replies: list[tuple[str | int, ...]] = field(default_factory=list)
    variants: list[tuple[int, str, str]] = field(default_factory=list)
    _known: dict[Hashable, int] = field(default_factory=dict)

    @property
    def endings(self) -> list[Ending]:
        """The ways in which a first response ends."""
        return list(
            dict.fromkeys((each.response_ends, each.resolving_responds) for each in self._lenses)
        )

    @property
    def modes(self) -> list[Mode]:
        """The ways in which a resolution ends and a reopen counts."""
        return list(dict.fromkeys((each.resolution_ends, each.reopen) for each in self._lenses))

    @property
    def owes_every(self) -> bool:
        """Whether any lens owes answers again and again."""
        return any(each.next_reply_owed is ReplyOwed.EVERY for each in self._lenses)

    @property
    def subtracts_first(self) -> bool:
        """Whether any lens takes the time while resolved off the first priority held."""
        return any(
            each.priority is PriorityUsed.FIRST and each.reopen is ReopenRule.SUBTRACTS
            for each in self._lenses
        )

    @property
    def _lenses(self) -> Sequence[Lens]:
        return self.scheme.lenses

    @property
    def spans(self) -> list[Span | None]:
        """The spans within which lenses join tickets that come back; None for those that do not."""
        return list(dict.fromkeys(each.disguised for each in self._lenses))

    def add(self, patterns: Iterable[tuple[int, int, int, int]]) -> None:
        """Make the rules for tickets of these patterns of response and sets of waits.

        The third number is 1 for tickets that several priorities may have ruled, the fourth the set
        of the spans within which a ticket makes a case with others: lenses that join so have no
        rules. Raises TooManyWays for waits that do not fit.
        """
        sorts = [(pattern, Sort(*sort)) for pattern, *sort in patterns]
        for pattern, sort in sorts:
            self._respond(pattern, sort)
        for sort in sorted({sort for _, sort in sorts}):
            for clock in (ClockName.RESOLUTION, ClockName.RESTORE):
                self._resolve(clock, sort)
            self._reply(sort)

    def lenses_of(self, family: int, bits: int) -> str:
        """The set of lenses, in hex, of some classes of a family."""
        masks = self.masks[family]
        return f"{sum(mask for place, mask in enumerate(masks) if bits >> place & 1):x}"

    def lived(self) -> list[tuple[int, int]]:
        """Family and class of the lens that people live, for every family."""
        mark = self.scheme.mark_of(self.scheme.lived)
        return [
            (family, 1 << place)
            for family, masks in self.masks.items()
            for place, mask in enumerate(masks)
            if mask & mark
        ]

    # families

    def _respond(self, pattern: int, sort: Sort) -> None:
        endings = self.endings
        digits = [pattern // len(endings) ** place % len(endings) for place in range(len(endings))]

        def key(lens: Lens) -> tuple[int, int, str]:
            ending = endings.index((lens.response_ends, lens.resolving_responds))
            pause = self._pause(lens, ClockName.RESPONSE, sort.waits)
            return digits[ending], pause, _used(lens, sort.varies)

        family, keys = self._family(key, sort.joins)
        for place, (ends, variant, uses) in enumerate(keys):
            told = (family, 1 << place, ends, variant, uses)
            self.response.append((pattern, *sort, *told))

    def _resolve(self, clock: ClockName, sort: Sort) -> None:
        for is_resolved in (False, True):

            def key(lens: Lens, is_resolved: bool = is_resolved) -> tuple[int, int, str]:
                is_held = lens.resolution_ends is ResolutionEnd.FIRST_HELD
                holds = is_resolved and is_held and lens.reopen is not ReopenRule.IGNORED
                return int(holds), self._pause(lens, clock, sort.waits), _used(lens, sort.varies)

            family, keys = self._family(key, sort.joins)
            when = (int(is_resolved), *sort, clock.value)
            for place, (is_held, variant, uses) in enumerate(keys):
                self.resolution.append((*when, family, 1 << place, is_held, variant, uses))
        modes = self.modes

        def back(lens: Lens) -> tuple[int, int, str]:
            mode = modes.index((lens.resolution_ends, lens.reopen))
            subtracts = lens.reopen is ReopenRule.SUBTRACTS
            pause = self._pause(lens, clock, sort.waits, subtracts=subtracts)
            return mode, pause, _used(lens, sort.varies)

        family, keys = self._family(back, sort.joins)
        for place, (mode, variant, uses) in enumerate(keys):
            told = (family, 1 << place, variant, uses)
            self.cycles.append((mode, *sort, clock.value, *told))

    def _reply(self, sort: Sort) -> None:
        def key(lens: Lens) -> tuple[int, str]:
            return self._pause(lens, ClockName.NEXT_REPLY, sort.waits), _used(lens, sort.varies)

        family, keys = self._family(key, sort.joins)
        for place, (variant, uses) in enumerate(keys):
            self.replies.append((*sort, family, 1 << place, variant, uses))

    def _family(self, key: Callable[[Lens], Key], joins: int) -> tuple[int, list[Key]]:
        """The number of a new family, and what tells its classes apart."""
        spans = self.spans
        classes: dict[Key, int] = {}
        for bit, lens in enumerate(self._lenses):
            if not joins >> spans.index(lens.disguised) & 1:
                classes[key(lens)] = classes.get(key(lens), 0) | 1 << bit
        if len(classes) > MOST_CLASSES:
            raise TooManyWays(f"{len(classes)} ways of reading one sort of ticket")
        family = len(self.masks) + 1
        self.masks[family] = list(classes.values())
        return family, list(classes)

    # pauses

    def _pause(self, lens: Lens, clock: ClockName, waits: int, *, subtracts: bool = False) -> int:
        """The number of a way of pausing, for tickets that waited for these reasons; 0 is none."""
        honoured = frozenset(
            reason
            for reason, bit in WAITS.items()
            if waits & bit and reason in lens.pauses and clock in lens.pauses_for
        )
        needs: dict[str, str] = {each.value: "nothing" for each in honoured}
        if WaitReason.REQUESTER in honoured and (
            lens.requester_pause_needs is RequesterPause.QUESTION
        ):
            needs[WaitReason.REQUESTER.value] = "question"
        if WaitReason.SCHEDULED in honoured and lens.scheduled_pause_needs is ScheduledPause.DATE:
            needs[WaitReason.SCHEDULED.value] = "date"
        if subtracts:
            needs["resolved"] = "nothing"
        if not needs:
            return 0
        key = frozenset(needs.items())
        if key not in self._known:
            number = self._known[key] = len(self._known) + 1
            self.variants += [(number, reason, need) for reason, need in sorted(needs.items())]
        return self._known[key]


def _used(lens: Lens, varies: int) -> str:
    """Which of several priorities rules; empty where there is one alone."""
    return lens.priority.value if varies else ""


def fits(scheme: Scheme, waits: int, varies: int) -> bool:
    """Whether the ways of reading tickets that waited for these reasons fit into whole numbers."""
    trial = Rules(scheme)
    count = len(trial.endings)
    all_differ = sum(place * count**place for place in range(count))
    try:
        trial.add([(all_differ, waits, varies, 0)])
    except TooManyWays:
        return False
    return True


def response_columns(endings: Sequence[Ending]) -> str:
    """The columns that hold when a first response ended, one for each way."""
    return ", ".join(
        f"{_ended(RESPONSES[ends], resolving=resolving)} AS response_{place}"
        for place, (ends, resolving) in enumerate(endings)
    )


def _ended(column: str, *, resolving: bool) -> str:
    if not resolving:
        return column
    return (
        f"CASE WHEN {column} IS NULL OR s.resolved_at < {column}"
        f" THEN s.resolved_at ELSE {column} END"
    )


def pattern_of(endings: Sequence[Ending]) -> str:
    """A number that tells which of these instants are the same: each by the first like it."""
    count = len(endings)
    digits = []
    for place in range(1, count):
        alike = " ".join(
            f"WHEN COALESCE(p.response_{place}, -1) = COALESCE(p.response_{first}, -1) THEN {first}"
            for first in range(place)
        )
        digits.append(f"(CASE {alike} ELSE {place} END) * {count**place}")
    return " + ".join(digits) or "0"


def response_cases(endings: Sequence[Ending]) -> str:
    """The branches that pick a response's end by its place."""
    return " ".join(f"WHEN {place} THEN p.response_{place}" for place in range(len(endings)))
