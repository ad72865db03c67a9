"""Threads: tickets that could make one case under some lens. Kept small: one event costs little.

Tickets belong together when one went into the other or a person or a score ties them, or when they
are of one requester about one service and item and the later one began while it could still be the
earlier one come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from commondesk.core.record import events as e
from commondesk.core.record.event import Event
from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.story import story_of

History = Sequence[Event]


@dataclass(slots=True)
class Thread:
    """Some tickets, what they are about, and from when to when another may join them."""

    tickets: list[str]
    keys: set[str]
    begins_at: Instant
    ends_at: Instant

    def absorb(self, other: Thread) -> None:
        """Take the tickets of another thread in."""
        self.tickets += other.tickets
        self.keys |= other.keys
        self.begins_at = min(self.begins_at, other.begins_at)
        self.ends_at = max(self.ends_at, other.ends_at)


def ties_of(history: History) -> Iterator[str]:
    """The other tickets that this one was ever tied to, whatever became of it."""
    for event in history:
        body = event.body
        match body:
            case e.TicketOpened(returned_from=other) if other:
                yield other
            case e.TicketAbsorbed(source=other) | e.TicketMerged(into=other):
                yield other
            case e.TicketLinked() | e.MatterConfirmed() | e.MatterScored() | e.MergeUndone():
                yield body.other
            case _:
                pass


def thread_of(stream: str, history: History, within: Span, at: Instant) -> Thread:
    """The thread of one ticket by itself."""
    story = story_of(history, at)
    start = min(event.happened_at for event in history)
    if story is None or not within or story.opening is e.Opening.AFTER_THE_FACT:
        return Thread([stream], set(), start, start)
    ends_at = start
    if story.rounds:
        ends_at = story.rounds[-1].resolved_at + within
    return Thread([stream], set(_keys(story.requester, history)), start, ends_at)


def _keys(requester: str, history: History) -> Iterator[str]:
    """Every matter that it was ever said to be about."""
    for event in history:
        body = event.body
        if isinstance(body, e.TicketOpened | e.TicketClassified) and body.service and body.item:
            text = f"{requester} {body.service} {body.item}"
            yield blake2b(text.encode(), digest_size=16).hexdigest()


def threads_of(alone: Mapping[str, Thread], ties: Mapping[str, Sequence[str]]) -> list[Thread]:
    """The threads that these tickets make."""
    threads = _tied(alone, ties)
    while True:
        joined = _overlapping(threads)
        if len(joined) == len(threads):
            return joined
        threads = joined


def _tied(alone: Mapping[str, Thread], ties: Mapping[str, Sequence[str]]) -> list[Thread]:
    parents = {stream: stream for stream in alone}

    def root(stream: str) -> str:
        while parents[stream] != stream:
            parents[stream] = stream = parents[parents[stream]]
        return stream

    for stream, others in ties.items():
        for other in others:
            if other in parents:
                parents[root(other)] = root(stream)
    found: dict[str, Thread] = {}
    for stream, thread in alone.items():
        mine = found.get(root(stream))
        if mine is None:
            found[root(stream)] = Thread(
                list(thread.tickets), set(thread.keys), thread.begins_at, thread.ends_at
            )
        else:
            mine.absorb(thread)
    return list(found.values())


def _overlapping(threads: Sequence[Thread]) -> list[Thread]:
    """Join threads about the same matter whose times overlap."""
    by_key: dict[str, list[int]] = {}
    for place, thread in enumerate(threads):
        for key in thread.keys:
            by_key.setdefault(key, []).append(place)
    into = list(range(len(threads)))

    def root(place: int) -> int:
        while into[place] != place:
            place = into[place]
        return place

    for places in by_key.values():
        places.sort(key=lambda place: (threads[place].begins_at, place))
        for one, other in pairwise(places):
            first, later = root(one), root(other)
            if first != later and threads[other].begins_at < threads[first].ends_at:
                threads[first].absorb(threads[later])
                into[later] = first
    return [thread for place, thread in enumerate(threads) if into[place] == place]
