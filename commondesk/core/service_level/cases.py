"""Cases: which tickets a clock reads as one, through merges and disguised reopens.

docs/clocks.md, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from ..record import events as e
from ..record.event import Body, Event
from ..record.instant import Instant, Span
from .story import Part, Story, story_of, told

Histories = Mapping[str, Sequence[Event]]
"""The events of tickets, by stream."""

_WORDS = (e.MessageReceived, e.MessageWritten, e.MessageDelivered)


def cases_of(histories: Histories, disguised: Span | None, now: Instant) -> list[Story]:
    """The cases that these tickets make, by start, without merged sources.

    disguised is the lens setting: tickets that come back within that span of wall time after a
    resolve join the case; None joins none.
    """
    survivors = _survivors(histories, now)
    if disguised is None or len(survivors) == 1:
        return survivors
    return _Chains(histories, survivors, disguised, now).cases()


# ---- merges ---------------------------------------------------------------------------------


def _survivors(histories: Histories, now: Instant) -> list[Story]:
    stories = {stream: story_of(history, now) for stream, history in histories.items()}
    known = {stream: story for stream, story in stories.items() if story is not None}
    absorbed: set[str] = set()
    for stream, story in known.items():
        for source, merged_at in _merges(histories[stream], now).items():
            absorbed.add(source)
            if source in histories:
                _absorb(story, histories[source], merged_at, now)
        _note_actions(story)
    absorbed |= {stream for stream in known if _is_merged(histories[stream], now)}
    rest = [story for stream, story in known.items() if stream not in absorbed]
    return sorted(rest, key=lambda story: (story.earliest_start, story.tickets))


def _merges(history: Sequence[Event], now: Instant) -> dict[str, Instant]:
    """The sources that a survivor holds at now, with the instant of each merge."""
    held: dict[str, Instant] = {}
    for event in _told(history, (e.TicketAbsorbed, e.MergeUndone), now):
        if isinstance(event.body, e.TicketAbsorbed):
            held[event.body.source] = event.happened_at
        elif isinstance(event.body, e.MergeUndone):
            held.pop(event.body.other, None)
    return held


def _is_merged(history: Sequence[Event], now: Instant) -> bool:
    told = _told(history, (e.TicketMerged, e.MergeUndone), now)
    return bool(told) and isinstance(told[-1].body, e.TicketMerged)


def _told(history: Sequence[Event], kinds: tuple[type[Body], ...], now: Instant) -> list[Event]:
    """The events of some kinds that happened by now, in order."""
    found = [
        event for event in history if isinstance(event.body, kinds) and event.happened_at <= now
    ]
    return sorted(found, key=lambda event: (event.happened_at, event.position))


def _absorb(survivor: Story, history: Sequence[Event], merged_at: Instant, now: Instant) -> None:
    """Add a source: a part for its target, and its messages."""
    part = story_of(history, merged_at)
    if part is None:
        return
    whole = story_of(history, now)
    if whole is not None:
        part.kind, part.service, part.item = whole.kind, whole.service, whole.item
    survivor.parts.append(Part(part, merged_at))
    _hear_words(survivor, history, now)


def _note_actions(survivor: Story) -> None:
    """An agent's action counts on the survivor and on the earliest part."""
    actions = [survivor.first_action_at, survivor.earliest.first_action_at]
    survivor.first_action_at = min((at for at in actions if at is not None), default=None)


def _hear_words(survivor: Story, history: Sequence[Event], now: Instant) -> None:
    """Add the messages of a source."""
    opening = next(event for event in history if isinstance(event.body, e.TicketOpened))
    words = [opening, *(event for event in history if isinstance(event.body, _WORDS))]
    spoken = story_of(words, now)
    if spoken is not None:
        survivor.outgoing += spoken.outgoing
        survivor.marks = sorted([*survivor.marks, *spoken.marks], key=attrgetter("at"))


# ---- disguised reopens ----------------------------------------------------------------------


@dataclass(slots=True)
class _Matters:
    """What people and scores said about two tickets being about the same matter."""

    linked: set[frozenset[str]] = field(default_factory=set)
    confirmed: set[frozenset[str]] = field(default_factory=set)
    denied: set[frozenset[str]] = field(default_factory=set)
    alike: set[frozenset[str]] = field(default_factory=set)

    def note(self, stream: str, event: Event) -> None:
        """Take in one event; what machines say is a score, never a link or a word."""
        if not event.actor.is_person and not isinstance(event.body, e.MatterScored):
            return
        match event.body:
            case e.TicketLinked(other, e.Relation.SAME_MATTER):
                self.linked.add(frozenset({stream, other}))
            case e.LinkRemoved(other, e.Relation.SAME_MATTER):
                self.linked.discard(frozenset({stream, other}))
            case e.MatterScored(other, score, threshold) if score >= threshold:
                self.alike.add(frozenset({stream, other}))
            case e.MatterConfirmed(other):
                self.confirmed.add(frozenset({stream, other}))
                self.denied.discard(frozenset({stream, other}))
            case e.MatterDenied(other):
                self.denied.add(frozenset({stream, other}))
                self.confirmed.discard(frozenset({stream, other}))
            case _:
                pass


@dataclass(slots=True)
class _Chain:
    """Tickets that make one case so far."""

    stories: list[Story]
    likely: list[str] = field(default_factory=list)

    @property
    def streams(self) -> Iterator[str]:
        return (stream for story in self.stories for stream in story.tickets)


class _Chains:
    """Joins tickets of one requester into cases, walking them by start."""

    def __init__(self, histories: Histories, stories: list[Story], within: Span, now: Instant):
        self._histories = histories
        self._stories = stories
        self._within = within
        self._now = now
        self._matters = _matters_of(histories, now)

    def cases(self) -> list[Story]:
        chains: list[_Chain] = []
        for story in self._stories:
            chain = self._chain_for(story, chains)
            if chain is None:
                chains.append(_Chain([story]))
            else:
                chain.stories.append(story)
        return [self._case_of(chain) for chain in chains]

    def _chain_for(self, story: Story, chains: Iterable[_Chain]) -> _Chain | None:
        if story.opening is e.Opening.AFTER_THE_FACT:
            return None
        best: tuple[Instant, _Chain, bool] | None = None
        for chain in chains:
            resolved_at = self._resolved_at(chain, story)
            if resolved_at is None or not self._is_near(resolved_at, story):
                continue
            certain, likely = self._same_matter(chain, story)
            if (certain or likely) and (best is None or resolved_at > best[0]):
                best = (resolved_at, chain, not certain)
        if best is None:
            return None
        if best[2]:
            best[1].likely.append(story.tickets[0])
        return best[1]

    def _is_near(self, resolved_at: Instant, story: Story) -> bool:
        return resolved_at <= story.earliest_start < resolved_at + self._within

    def _resolved_at(self, chain: _Chain, story: Story) -> Instant | None:
        """The latest resolve of the chain, if all of it is resolved when the story starts."""
        first = chain.stories[0]
        if first.requester != story.requester or first.opening is e.Opening.AFTER_THE_FACT:
            return None
        ends = [each.resolved_at(story.earliest_start) for each in chain.stories]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    def _same_matter(self, chain: _Chain, story: Story) -> tuple[bool, bool]:
        """Whether it is the same matter: for certain, and by likeness."""
        stream = story.tickets[0]
        pairs = [(each, frozenset({each.tickets[0], stream})) for each in chain.stories]
        said = self._matters.linked | self._matters.confirmed
        certain = any(
            pair in said or story.returned_from == each.tickets[0] for each, pair in pairs
        )
        likely = any(
            pair not in self._matters.denied and self._is_alike(each, story, pair)
            for each, pair in pairs
        )
        return certain, likely

    def _is_alike(self, one: Story, other: Story, pair: frozenset[str]) -> bool:
        if not one.service or one.service != other.service:
            return False
        return (bool(one.item) and one.item == other.item) or pair in self._matters.alike

    def _case_of(self, chain: _Chain) -> Story:
        if len(chain.stories) == 1:
            return chain.stories[0]
        events = [
            (event.happened_at, rank, event.position, event)
            for rank, story in enumerate(chain.stories)
            for event in self._events_of(story, is_first=rank == 0)
            if event.happened_at <= self._now
        ]
        case = told([entry[-1] for entry in sorted(events, key=lambda entry: entry[:3])])
        assert case is not None
        case.likely = tuple(chain.likely)
        case.is_likely = bool(chain.likely)
        first = chain.stories[0]
        case.kind, case.service, case.item = first.kind, first.service, first.item
        for part in first.parts:
            _absorb(case, self._histories[part.story.tickets[0]], part.merged_at, self._now)
        _note_actions(case)
        for part in [part for story in chain.stories[1:] for part in story.parts]:
            _hear_words(case, self._histories[part.story.tickets[0]], self._now)
        return case

    def _events_of(self, story: Story, *, is_first: bool) -> Iterator[Event]:
        """The events of a ticket; a later one of a case starts with its earliest part."""
        for event in self._histories[story.tickets[0]]:
            if isinstance(event.body, e.TicketOpened) and not is_first:
                yield replace(event, happened_at=story.earliest_start)
            else:
                yield event


def _matters_of(histories: Histories, now: Instant) -> _Matters:
    events = [
        (event.happened_at, event.position, stream, event)
        for stream, history in histories.items()
        for event in history
        if event.happened_at <= now
    ]
    matters = _Matters()
    for _, _, stream, event in sorted(events, key=lambda entry: entry[:3]):
        matters.note(stream, event)
    return matters
