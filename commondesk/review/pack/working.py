"""Working out: the facts of an export's tickets.

`facts_of` is the one place where figures get their facts: from the engine, or, of a few tickets,
from the reference, which gives the same.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from commondesk.core.metrics import facts as core_facts
from commondesk.core.metrics.facts import Facts, TicketFacts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.event import Event
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.review.pack.reading import Ticket
from commondesk.review.threads import Thread, thread_of, threads_of, ties_of

SHARES_A_PROCESS = 8
FEWEST = 500
"""Below so many things to do, more processes cost more than they save."""

T = TypeVar("T")


def facts_of(tickets: Sequence[Ticket], agreement: Agreement, scheme: Scheme, at: Instant) -> Facts:
    """The facts of all tickets at an instant, every ticket ruled by the one agreement."""
    made = engine_facts if len(tickets) >= FEWEST else reference_facts
    return made(tickets, agreement, scheme, at)


def engine_facts(
    tickets: Sequence[Ticket], agreement: Agreement, scheme: Scheme, at: Instant
) -> Facts:
    """The facts by the engine, in the order of the tickets."""
    from commondesk.engine.facts import facts_of as found_by_engine

    histories = (each.events for each in tickets)
    found = found_by_engine(histories, lambda _: agreement, scheme, at)
    places = {each.stream: place for place, each in enumerate(tickets)}
    told = sorted(found.tickets, key=lambda each: places[each.ticket])
    outcomes = sorted(
        found.outcomes,
        key=lambda each: (places[each.ticket], each.clock, each.cycle, each.lenses, str(each)),
    )
    return Facts(scheme, at, told, outcomes, dict(found.counts))


def reference_facts(
    tickets: Sequence[Ticket], agreement: Agreement, scheme: Scheme, at: Instant
) -> Facts:
    """The facts by the reference, on all processors."""
    threads = _threads(tickets, scheme, at)

    def some(first: int, last: int) -> list[tuple[list[TicketFacts], list[Outcome]]]:
        return [
            core_facts.read_facts(histories, lambda _: agreement, scheme, at)
            for histories in threads[first:last]
        ]

    found: list[TicketFacts] = []
    outcomes: list[Outcome] = []
    for told, units in in_shares(some, len(threads)):
        found += told
        outcomes += units
    counts = core_facts.counts_of(found, outcomes, lambda _: agreement, at)
    return Facts(scheme, at, found, outcomes, counts)


def _threads(
    tickets: Sequence[Ticket], scheme: Scheme, at: Instant
) -> list[dict[str, tuple[Event, ...]]]:
    """Tickets that may make one case under some lens stand together."""
    histories = {each.stream: each.events for each in tickets}
    alone: dict[str, Thread] = {}
    ties: dict[str, list[str]] = {}
    for stream, history in histories.items():
        if _may_be_joined(history):
            alone[stream] = thread_of(stream, history, scheme.farthest, at)
        else:
            start = history[0].happened_at
            alone[stream] = Thread([stream], set(), start, start)
        tied = list(ties_of(history))
        if tied:
            ties[stream] = tied
    return [
        {stream: histories[stream] for stream in thread.tickets}
        for thread in threads_of(alone, ties)
    ]


def _may_be_joined(history: Sequence[Event]) -> bool:
    """Only tickets of a service are taken for an earlier one come back."""
    return any(getattr(event.body, "service", "") for event in history)


# ---- processes ------------------------------------------------------------------------------

_work: Callable[[int, int], list[object]] | None = None
"""What the processes that are forked off find in their copy of the memory."""


def in_shares(work: Callable[[int, int], list[T]], count: int) -> list[T]:
    """The results of work(first, last) over all places below count, in their order."""
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if processes < 2 or count < FEWEST or "fork" not in multiprocessing.get_all_start_methods():
        return work(0, count)
    size = -(-count // (processes * SHARES_A_PROCESS))
    bounds = [(first, min(count, first + size)) for first in range(0, count, size)]
    global _work
    _work = work  # type: ignore[assignment]
    gc.freeze()
    try:
        with multiprocessing.get_context("fork").Pool(processes, initializer=gc.disable) as pool:
            return [each for some in pool.imap(_share, bounds) for each in some]  # type: ignore[misc]
    finally:
        _work = None
        gc.unfreeze()


def _share(bounds: tuple[int, int]) -> list[object]:
    assert _work is not None
    return _work(*bounds)
