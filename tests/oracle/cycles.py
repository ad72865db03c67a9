"""When the units of each clock begin and end (sections 6, 7 and 8 of docs/clocks.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from tests.oracle.grouping import Case
from tests.oracle.reading import Raw
from tests.oracle.story import Key, Message

Stretch = tuple[Key, int | None]  # from its start to its own resolve


@dataclass
class Unit:
    clock: str
    cycle: int
    key: Key  # its start
    end: int | None
    flags: set[str] = field(default_factory=set)
    is_resolve: bool = False  # it ends at a resolve of the resolution clock
    is_followed: bool = False  # by a new cycle

    @property
    def start(self) -> int:
        return self.key[0]


def response(case: Case, lens: Raw) -> Unit:
    """The first response of a case."""
    ends: list[int] = []
    if lens["response_ends"] == "any_agent_action":
        ends = [key[0] for key in case.actions]
    else:
        is_human = lens["response_ends"] == "person"
        ends = [
            message.key[0]
            for message in case.messages
            if message.reaches(case.requester) and (message.is_human or not is_human)
        ]
    if lens["resolving_responds"]:
        ends += [key[0] for key, kind in case.turns if kind == "resolve"]
    return Unit("response", 0, case.start_key, min(ends, default=None))


def stretches_of(case: Case) -> list[Stretch]:
    """From the start, and from each reopen, to the resolve that follows."""
    stretches: list[Stretch] = [(case.start_key, None)]
    for key, kind in case.turns:
        if kind == "resolve":
            stretches[-1] = (stretches[-1][0], key[0])
        else:
            stretches.append((key, None))
    return stretches


def resolutions(case: Case, lens: Raw, hold: int) -> list[Unit]:
    """The units of resolution: cycles first, then ends."""
    stretches = stretches_of(case)
    if lens["reopen"] == "ignored":
        resolves = [end for _, end in stretches if end is not None]
        last = resolves[-1] if lens["resolution_ends"] == "last" and resolves else None
        end = last if last is not None else next(iter(resolves), None)
        return [Unit("resolution", 0, case.start_key, end, is_resolve=True)]
    groups = _groups(stretches, lens, hold)
    units = [_resolution(group, number, lens) for number, group in enumerate(groups)]
    for number, unit in enumerate(units):
        unit.is_followed = number + 1 < len(units)
        is_held = bool(number) and lens["resolution_ends"] == "first_held"
        if is_held and _is_late(groups[number - 1][-1], groups[number][0], hold):
            unit.flags.add("late_return")
    return units


def _groups(stretches: list[Stretch], lens: Raw, hold: int) -> list[list[Stretch]]:
    """Which stretches make one unit."""
    groups = [[stretches[0]]]
    for earlier, later in pairwise(stretches):
        is_late = lens["resolution_ends"] == "first_held" and _is_late(earlier, later, hold)
        if lens["reopen"] == "new_cycle" or is_late:
            groups.append([later])
        else:
            groups[-1].append(later)
    return groups


def _is_late(earlier: Stretch, later: Stretch, hold: int) -> bool:
    return earlier[1] is not None and later[0][0] >= earlier[1] + hold


def _resolution(group: list[Stretch], number: int, lens: Raw) -> Unit:
    is_restarted = lens["reopen"] == "restarts"
    counted = group[-1:] if is_restarted else group
    end = counted[0][1] if lens["resolution_ends"] == "first" else counted[-1][1]
    return Unit("resolution", number, counted[0][0], end, is_resolve=True)


def resolved_times(case: Case, lens: Raw, hold: int) -> list[tuple[int, int]]:
    """Under `subtracts`: from each resolve to the reopen in the same unit."""
    if lens["reopen"] != "subtracts":
        return []
    groups = _groups(stretches_of(case), lens, hold)
    return [
        (earlier[1], later[0][0])
        for group in groups
        for earlier, later in pairwise(group)
        if earlier[1] is not None
    ]


def restore(case: Case, resolution: Unit) -> Unit:
    """The restore unit that goes with a unit of resolution."""
    end, is_resolve = resolution.end, resolution.is_resolve
    for key in case.restored:
        if key[0] >= resolution.start and (end is None or key[0] <= end):
            end, is_resolve = key[0], False
            break
    unit = Unit("restore", resolution.cycle, resolution.key, end, set(resolution.flags))
    unit.is_resolve, unit.is_followed = is_resolve, resolution.is_followed
    return unit


def next_replies(case: Case, lens: Raw) -> list[Unit]:
    """The answers owed after the first human message."""
    human = [message for message in case.messages if message.is_human]
    if not human:
        return []
    if lens["next_reply_owed"] == "every":
        spans = _every(case, human)
    else:
        spans = _unanswered(case, human)
    return [Unit("next_reply", number, key, end) for number, (key, end) in enumerate(spans)]


def _unanswered(case: Case, human: list[Message]) -> list[Stretch]:
    spans: list[Stretch] = []
    free_from = human[0].key
    for key in case.received:
        if key <= free_from or (spans and spans[-1][1] is None):
            continue
        ends = [each.key for each in human if each.key > key and each.written[0] >= key[0]]
        ends += [void for void in case.voids if void > key]
        end = min(ends, default=None)
        spans.append((key, end[0] if end else None))
        free_from = end or free_from
    return spans


def _every(case: Case, human: list[Message]) -> list[Stretch]:
    """Begun by each human message and each reopen while open, ended by the next or a resolve."""
    resolves = {key[0] for key, kind in case.turns if kind == "resolve"}
    steps = case.turns + [(message.key, "reply") for message in human]
    spans: list[Stretch] = []
    is_open, is_begun = True, False
    for key, kind in sorted(steps):
        if kind != "reopen" and spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], key[0])
        is_open = is_open if kind == "reply" else kind == "reopen"
        is_begun = is_begun or kind == "reply"
        is_at_resolve = kind == "reply" and key[0] in resolves
        if kind != "resolve" and is_open and is_begun and not is_at_resolve:
            spans.append((key, None))
    return spans
