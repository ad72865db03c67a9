"""Plays one run of a desk through, event by event, in plain Python.

The rules: an arriving ticket takes a free agent who may work it, of the team with the fewest
skills; else it waits. A free agent first goes on with work that was begun and laid down, then
takes the most urgent ticket, the longest waiting first. When people go off duty, their work in
hand is laid down, the newest first, and goes on where it stopped. At one instant people come and
go first, then work ends, then tickets arrive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from .draws import Plan
from .layout import Layout, hours_after

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IDLE = -1
"""In place of a team: nobody has the visit in hand."""


@dataclass(frozen=True, slots=True)
class Trace:
    """When each visit was ready for an agent, was begun and was done, and how long the agent took;
    infinity and 0 for what had not come to that when nobody was left to do it."""

    ready: NDArray[np.float64]
    begun: NDArray[np.float64]
    done: NDArray[np.float64]
    took: NDArray[np.float64]


def played(plan: Plan, layout: Layout) -> Trace:
    """Play a run through to its last ticket."""
    import numpy as np

    visits = len(plan.work)
    ready, begun, done, took = [inf] * visits, [inf] * visits, [inf] * visits, [0.0] * visits
    _play(plan, layout, ready, begun, done, took)
    return Trace(np.array(ready), np.array(begun), np.array(done), np.array(took))


def _play(  # one long function on purpose: every call would be paid six million times
    plan: Plan,
    layout: Layout,
    ready: list[float],
    begun: list[float],
    done: list[float],
    took: list[float],
) -> None:
    arrivals = [*plan.arrival.tolist(), inf]
    first = plan.first.tolist()
    line_of, work, pause = plan.line.tolist(), plan.work.tolist(), plan.pause.tolist()
    tier_of = plan.tier.tolist()
    change_at = [*plan.change_at.tolist(), inf]
    change_team, change_people = plan.change_team.tolist(), plan.change_people.tolist()
    change_pace = plan.change_pace.tolist()
    lasts = bytearray(len(work))
    for end in first[1:]:
        lasts[end - 1] = 1

    teams = range(len(layout.order))
    takers, answering, level = layout.takers, layout.answering, layout.level
    lines: list[deque[int]] = [deque() for _ in range(layout.lines)]
    order = [[[lines[at] for at in same] for same in urgent] for urgent in layout.order]
    people, busy, pace = [0 for _ in teams], [0 for _ in teams], [1.0 for _ in teams]
    laid_down: list[deque[int]] = [deque() for _ in teams]
    left = [0.0] * len(work)
    hand = [IDLE] * len(work)
    due = [inf] * len(work)
    events: list[tuple[float, int]] = [(inf, IDLE)]
    waiting = [0 for _ in answering]
    ticket = changed = 0

    while True:
        at, visit = events[0]
        arrival, change = arrivals[ticket], change_at[changed]
        if change <= at and change <= arrival:
            if change == inf:
                return
            at, team = change, change_team[changed]
            people[team], pace[team] = change_people[changed], change_pace[changed]
            changed += 1
            if busy[team] > people[team]:
                held = [v for d, v in events if v >= 0 and hand[v] == team and due[v] == d]
                held = sorted(set(held))[people[team] - busy[team] :]
                for visit in held:
                    left[visit] = due[visit] - at
                    hand[visit], due[visit] = IDLE, inf
                laid_down[team] = deque(sorted([*laid_down[team], *held]))
                busy[team] = people[team]
            while busy[team] < people[team]:
                if laid_down[team]:
                    visit = laid_down[team].popleft()
                    finish = at + left[visit]
                else:
                    visit = _next(order[team], ready) if waiting[level[team]] else IDLE
                    if visit < 0:
                        break
                    waiting[level[team]] -= 1
                    begun[visit] = at
                    took[visit] = work[visit] / pace[team]
                    finish = at + took[visit]
                busy[team] += 1
                hand[visit], due[visit] = team, finish
                heappush(events, (finish, visit))
            continue

        if at <= arrival:
            heappop(events)
            if due[visit] != at:
                continue
            due[visit], team = inf, hand[visit]
            if team != IDLE:
                done[visit], hand[visit] = at, IDLE
                follower = IDLE if lasts[visit] else visit + 1
                if laid_down[team]:
                    visit = laid_down[team].popleft()
                    finish = at + left[visit]
                    hand[visit], due[visit] = team, finish
                    heappush(events, (finish, visit))
                else:
                    visit = _next(order[team], ready) if waiting[level[team]] else IDLE
                    if visit < 0:
                        busy[team] -= 1
                    else:
                        waiting[level[team]] -= 1
                        begun[visit] = at
                        took[visit] = work[visit] / pace[team]
                        finish = at + took[visit]
                        hand[visit], due[visit] = team, finish
                        heappush(events, (finish, visit))
                if follower < 0:
                    continue
                visit = follower
                if pause[visit] > 0:
                    edges, passed = answering[tier_of[visit]]
                    resumed = hours_after(at, pause[visit], edges, passed)
                    due[visit] = resumed
                    heappush(events, (resumed, visit))
                    continue
        else:
            at, visit = arrival, first[ticket]
            ticket += 1

        ready[visit] = at
        line = line_of[visit]
        for team in takers[line]:
            if busy[team] < people[team]:
                busy[team] += 1
                begun[visit] = at
                took[visit] = work[visit] / pace[team]
                finish = at + took[visit]
                hand[visit], due[visit] = team, finish
                heappush(events, (finish, visit))
                break
        else:
            lines[line].append(visit)
            waiting[tier_of[visit]] += 1


def _next(order: list[list[deque[int]]], ready: list[float]) -> int:
    """Take the next ticket for a team out of its line; none is IDLE."""
    for same in order:
        best: deque[int] | None = None
        for line in same:
            if line and (
                best is None
                or ready[line[0]] < ready[best[0]]
                or (ready[line[0]] == ready[best[0]] and line[0] < best[0])
            ):
                best = line
        if best is not None:
            return best.popleft()
    return IDLE
