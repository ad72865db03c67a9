"""Tiers: what one passes on is what the next receives; in a steady state each is its own queue.

Jackson 1957. Who comes back after a wait for a user or vendor is another visit (Erlang-R): an agent
is busy for touches, not for the age of a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence

from .erlang import Queue, queue
from .limits import NonsenseError, check_not_negative, check_positive


def flows(arrivals: float, escalation: Sequence[float]) -> tuple[float, ...]:
    """What reaches each tier, given the share that each passes on."""
    check_not_negative("arrivals", arrivals)
    found = [arrivals]
    for share in escalation:
        if not 0 <= share <= 1:
            raise NonsenseError(f"escalation: {share:g} must be a share from 0 to 1, such as 0.3")
        found.append(found[-1] * share)
    return tuple(found)


def tier_loads(
    arrivals: float, escalation: Sequence[float], works: Sequence[float]
) -> tuple[float, ...]:
    """The load of each tier in erlangs; one share of escalation less than there are tiers."""
    reached = flows(arrivals, escalation)
    if len(reached) != len(works):
        raise NonsenseError(
            f"escalation: {len(works)} tiers need {len(works) - 1} shares,"
            f" {len(escalation)} are given"
        )
    for work in works:
        check_positive("works", work)
    return tuple(flow * work for flow, work in zip(reached, works, strict=True))


def tier_queues(
    arrivals: float, escalation: Sequence[float], works: Sequence[float], agents: Sequence[int]
) -> tuple[Queue, ...]:
    """The queue of each tier. Raises OverloadError for a tier that cannot keep up."""
    loads = tier_loads(arrivals, escalation, works)
    if len(agents) != len(loads):
        raise NonsenseError(f"agents: {len(loads)} tiers, {len(agents)} numbers of agents")
    return tuple(
        queue(load, work, number) for load, work, number in zip(loads, works, agents, strict=True)
    )


def returning_load(arrivals: float, return_share: float, work: float) -> float:
    """The load where each visit is followed by another with this chance: 1/(1 - share) visits."""
    check_not_negative("arrivals", arrivals)
    check_positive("work", work)
    if not 0 <= return_share < 1:
        raise NonsenseError(
            f"return_share: {return_share:g} must be from 0 to below 1: tickets must end some day"
        )
    return arrivals * work / (1 - return_share)
