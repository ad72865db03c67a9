"""The twin of `plain`, compiled by numba where that is installed: the same rules, the same numbers.

Both add, subtract, divide and compare the same numbers in the same order, so that their results
are equal bit by bit; the tests hold them to it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np  # compiled code finds it among the names of its module, and nowhere else

from .draws import Plan
from .layout import Layout, hours_after
from .plain import Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def is_here() -> bool:
    """Whether the optional part that compiles is installed."""
    return find_spec("numba") is not None


def played(plan: Plan, layout: Layout) -> Trace:
    """Play a run through to its last ticket. Compiles once; later processes read what is kept."""
    visits = len(plan.work)
    ready, begun, done = (np.full(visits, np.inf) for _ in range(3))
    took = np.zeros(visits)
    takers = _padded(layout.takers)
    order = _padded(tuple(tuple(at for same in team for at in same) for team in layout.order))
    width = np.array([len(team[0]) for team in layout.order], dtype=np.int64)
    level = np.array(layout.level, dtype=np.int64)
    edges = _padded_floats(tuple(each[0] for each in layout.answering))
    passed = _padded_floats(tuple(each[1] for each in layout.answering))
    ends = np.array([len(each[0]) for each in layout.answering], dtype=np.int64)
    _compile()
    _play(
        plan.arrival, plan.first, plan.tier, plan.line, plan.work, plan.pause,
        plan.change_at, plan.change_team, plan.change_people, plan.change_pace,
        takers, order, width, level, edges, passed, ends, ready, begun, done, took,
    )  # fmt: skip
    return Trace(ready, begun, done, took)


def _padded(rows: tuple[tuple[int, ...], ...]) -> Ints:
    found = np.full((len(rows), max((len(row) for row in rows), default=0) + 1), -1, np.int64)
    for at, row in enumerate(rows):
        found[at, : len(row)] = row
    return found


def _padded_floats(rows: tuple[tuple[float, ...], ...]) -> Floats:
    found = np.zeros((len(rows), max(len(row) for row in rows)))
    for at, row in enumerate(rows):
        found[at, : len(row)] = row
    return found


@cache
def _compile() -> None:
    """Put compiled functions in the place of those below, each before the one that calls it."""
    njit = import_module("numba").njit(cache=True, nogil=True)
    global _push, _pop, _next, _hours_after, _play
    _push, _pop, _next, _hours_after = njit(_push), njit(_pop), njit(_next), njit(hours_after)
    _play = njit(_play)


_hours_after = hours_after


def _push(times: Floats, visits: Ints, size: int, at: float, visit: int) -> int:
    """Put an event onto the heap; the new size."""
    here = size
    while here > 0:
        above = (here - 1) >> 1
        if times[above] < at or (times[above] == at and visits[above] <= visit):
            break
        times[here], visits[here] = times[above], visits[above]
        here = above
    times[here], visits[here] = at, visit
    return size + 1


def _pop(times: Floats, visits: Ints, size: int) -> int:
    """Take the first event off the heap; the new size."""
    size -= 1
    at, visit = times[size], visits[size]
    here = 0
    while True:
        below = 2 * here + 1
        if below >= size:
            break
        beside = below + 1
        if beside < size and (
            times[beside] < times[below]
            or (times[beside] == times[below] and visits[beside] < visits[below])
        ):
            below = beside
        if at < times[below] or (at == times[below] and visit <= visits[below]):
            break
        times[here], visits[here] = times[below], visits[below]
        here = below
    times[here], visits[here] = at, visit
    return size


def _next(
    order: Ints, team: int, width: int, heads: Ints, tails: Ints, after: Ints, ready: Floats
) -> int:
    """Take the next ticket for a team out of its line; none is -1."""
    start = 0
    while order[team, start] >= 0:
        best = -1
        for at in range(start, start + width):
            line = order[team, at]
            head = heads[line]
            if head >= 0 and (
                best < 0
                or ready[head] < ready[heads[best]]
                or (ready[head] == ready[heads[best]] and head < heads[best])
            ):
                best = line
        if best >= 0:
            head = heads[best]
            heads[best] = after[head]
            if heads[best] < 0:
                tails[best] = -1
            return int(head)
        start += width
    return -1


def _play(
    arrival: Floats, first: Ints, tier: Ints, line_of: Ints, work: Floats, pause: Floats,
    change_at: Floats, change_team: Ints, change_people: Ints, change_pace: Floats,
    takers: Ints, order: Ints, width: Ints, level: Ints, edges: Floats, passed: Floats, ends: Ints,
    ready: Floats, begun: Floats, done: Floats, took: Floats,
) -> None:  # fmt: skip
    visits, tickets, changes = len(work), len(arrival), len(change_at)
    teams, lines = len(order), len(takers)
    lasts = np.zeros(visits, np.bool_)
    for i in range(tickets):
        lasts[first[i + 1] - 1] = True
    heads, tails = np.full(lines, -1, np.int64), np.full(lines, -1, np.int64)
    after = np.full(visits, -1, np.int64)
    people, busy, pace = np.zeros(teams, np.int64), np.zeros(teams, np.int64), np.ones(teams)
    most = 1  # a team never has more in hand and laid down together than people at its best
    for i in range(changes):
        most = max(most, change_people[i])
    down = np.empty((teams, most), np.int64)
    downs = np.zeros(teams, np.int64)
    left = np.zeros(visits)
    hand = np.full(visits, -1, np.int64)
    due = np.full(visits, np.inf)
    room = 2 * visits + changes * most + 8  # the heap, with what was laid down still in it
    times, events, size = np.empty(room), np.empty(room, np.int64), 1
    times[0], events[0] = np.inf, -1
    waiting = np.zeros(len(ends), np.int64)
    ticket = changed = 0

    while True:
        at, visit = times[0], events[0]
        arriving = arrival[ticket] if ticket < tickets else np.inf
        change = change_at[changed] if changed < changes else np.inf
        if change <= at and change <= arriving:
            if change == np.inf:
                return
            at, team = change, change_team[changed]
            people[team], pace[team] = change_people[changed], change_pace[changed]
            changed += 1
            if busy[team] > people[team]:
                held = np.full(busy[team], -1, np.int64)
                count = 0
                for i in range(size):
                    v = events[i]
                    if v >= 0 and hand[v] == team and due[v] == times[i]:
                        is_known = False
                        for j in range(count):
                            is_known = is_known or held[j] == v
                        if not is_known:
                            held[count] = v
                            count += 1
                held = np.sort(held[:count])[people[team] :]
                for i in range(len(held)):
                    visit = held[i]
                    left[visit] = due[visit] - at
                    hand[visit], due[visit] = -1, np.inf
                    down[team, downs[team]] = visit
                    downs[team] += 1
                down[team, : downs[team]] = np.sort(down[team, : downs[team]])
                busy[team] = people[team]
            while busy[team] < people[team]:
                if downs[team] > 0:
                    visit = down[team, 0]
                    for i in range(downs[team] - 1):
                        down[team, i] = down[team, i + 1]
                    downs[team] -= 1
                    finish = at + left[visit]
                else:
                    visit = -1
                    if waiting[level[team]] > 0:
                        visit = _next(order, team, width[team], heads, tails, after, ready)
                    if visit < 0:
                        break
                    waiting[level[team]] -= 1
                    begun[visit] = at
                    took[visit] = work[visit] / pace[team]
                    finish = at + took[visit]
                busy[team] += 1
                hand[visit], due[visit] = team, finish
                size = _push(times, events, size, finish, visit)
            continue

        if at <= arriving:
            size = _pop(times, events, size)
            if due[visit] != at:
                continue
            due[visit], team = np.inf, hand[visit]
            if team >= 0:
                done[visit], hand[visit] = at, -1
                follower = -1 if lasts[visit] else visit + 1
                if downs[team] > 0:
                    visit = down[team, 0]
                    for i in range(downs[team] - 1):
                        down[team, i] = down[team, i + 1]
                    downs[team] -= 1
                    finish = at + left[visit]
                    hand[visit], due[visit] = team, finish
                    size = _push(times, events, size, finish, visit)
                else:
                    visit = -1
                    if waiting[level[team]] > 0:
                        visit = _next(order, team, width[team], heads, tails, after, ready)
                    if visit < 0:
                        busy[team] -= 1
                    else:
                        waiting[level[team]] -= 1
                        begun[visit] = at
                        took[visit] = work[visit] / pace[team]
                        finish = at + took[visit]
                        hand[visit], due[visit] = team, finish
                        size = _push(times, events, size, finish, visit)
                if follower < 0:
                    continue
                visit = follower
                if pause[visit] > 0:
                    here = tier[visit]
                    resumed = _hours_after(
                        at, pause[visit], edges[here, : ends[here]], passed[here, : ends[here]]
                    )
                    due[visit] = resumed
                    size = _push(times, events, size, resumed, visit)
                    continue
        else:
            at, visit = arriving, first[ticket]
            ticket += 1

        ready[visit] = at
        line = line_of[visit]
        is_taken = False
        i = 0
        while takers[line, i] >= 0:
            team = takers[line, i]
            if busy[team] < people[team]:
                busy[team] += 1
                begun[visit] = at
                took[visit] = work[visit] / pace[team]
                finish = at + took[visit]
                hand[visit], due[visit] = team, finish
                size = _push(times, events, size, finish, visit)
                is_taken = True
                break
            i += 1
        if not is_taken:
            if tails[line] < 0:
                heads[line] = visit
            else:
                after[tails[line]] = visit
            tails[line] = visit
            waiting[tier[visit]] += 1
