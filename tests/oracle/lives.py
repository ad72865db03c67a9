"""The life of one random ticket, event by event."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.reading import DAY, instant

PRIORITIES = ["P1", "P2", "P3", "P4"]
Step = tuple[int, dict[str, Any]]
REASONS = ["requester", "requester", "requester", "vendor", "approval", "scheduled", "other"]


@dataclass
class Life:
    name: str
    requester: str
    start: int = 0
    is_return_of: str | None = None
    service: str | None = None
    item: str | None = None
    events: list[Step] = field(default_factory=list)
    resolves: list[int] = field(default_factory=list)
    is_resolved: bool = False
    waits: list[str] = field(default_factory=list)
    vendors: list[str] = field(default_factory=list)
    priority: str = "P3"
    void: str = "none"  # of the last reopen: none, may, voided

    def add(self, at: int, did: str, **more: Any) -> None:
        self.events.append((at, {"did": did, **more}))


def live(rng: random.Random, life: Life, start: int, hold: int) -> None:
    """Fill a life from its opening on."""
    life.start = start
    _open(rng, life)
    if rng.random() < 0.45:
        life.priority = rng.choice(PRIORITIES)
        life.add(start, "prioritised", by="machine", priority=life.priority)
    if rng.random() < 0.3:
        _reply(rng, life, start + _pace(rng))
        _resolve(rng, life, max(at for at, _ in life.events) + _pace(rng))
        if rng.random() < 0.6:
            return
    at, end = life.events[-1][0], start + rng.choice([1, 3, 5, 8]) * DAY
    for _ in range(rng.choice([3, 8, 14, 22])):
        at += _pace(rng)
        if life.is_resolved and rng.random() < 0.25:
            at = life.resolves[-1] + hold + rng.choice([0, -1, rng.randrange(0, DAY)])
            at = max(at, life.events[-1][0])
        if at > end + hold:
            break
        actions = RESOLVED if life.is_resolved else OPEN
        rng.choices([each for each, _ in actions], [weight for _, weight in actions])[0](
            rng, life, at
        )


def _pace(rng: random.Random) -> int:
    chance = rng.random()
    if chance < 0.12:
        return 0
    if chance < 0.5:
        return rng.randrange(1, 45)
    return rng.randrange(30, 360) if chance < 0.88 else rng.randrange(360, 1800)


def _open(rng: random.Random, life: Life) -> None:
    more: dict[str, Any] = {"by": rng.choice(["requester", "requester", "agent"])}
    more["kind"] = rng.choice(["incident", "incident", "request"])
    if life.service is None and rng.random() < 0.85:
        life.service = rng.choice(["erp", "erp", "mail"])
    if life.item is None and rng.random() < 0.7:
        life.item = rng.choice(["press-4", "press-4", "laptop-9"])
    more |= _about(life)
    chance = rng.random()
    if chance < 0.12:
        more["opening"] = "live" if chance < 0.07 else "after_the_fact"
    if life.is_return_of and rng.random() < 0.25:
        more["returned_from"] = life.is_return_of
    life.add(life.start, "opened", **more)


def _about(life: Life) -> dict[str, Any]:
    told = {"service": life.service, "item": life.item}
    return {name: value for name, value in told.items() if value}


# what may happen to an open ticket


def _prioritise(rng: random.Random, life: Life, at: int) -> None:
    by = rng.choice(["agent", "agent", "agent", "machine", "requester"])
    life.priority = rng.choice(PRIORITIES)
    life.add(at, "prioritised", by=by, priority=life.priority)


def _confirm(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, "confirmed", by=rng.choice(["agent", "agent", "agent", "machine"]))


def _lower(rng: random.Random, life: Life, at: int) -> None:
    """Lower by one or two steps, agreed before, at once, later or not at all."""
    lower = PRIORITIES[min(PRIORITIES.index(life.priority) + rng.choice([1, 2]), 3)]
    by = rng.choice(["requester", "requester", "company", "agent"])
    agreed = rng.choice(["before", "same", "after", "never"])
    if agreed == "before":
        life.add(at, "lowering_agreed", by=by, priority=lower)
        at += rng.randrange(0, 40)
    life.priority = lower
    life.add(at, "prioritised", by="agent", priority=lower)
    if agreed in ("same", "after"):
        at += rng.randrange(1, 200) if agreed == "after" else 0
        life.add(at, "lowering_agreed", by=by, priority=lower)


def _reply(rng: random.Random, life: Life, at: int) -> None:
    more: dict[str, Any] = {"by": rng.choice(["agent"] * 10 + ["machine"] * 2 + ["company"])}
    chance = rng.random()
    if chance < 0.08:
        more["delivered"] = "never"
    elif chance < 0.2:
        more["delivered"] = instant(at + rng.randrange(1, 240))
    if rng.random() < 0.12:
        more["templated"] = True
    if rng.random() < 0.2:
        more["to"] = rng.choice([["raul"], ["rita"], ["boss"], ["rita", "boss"]])
    if rng.random() < 0.25:
        more["asks"] = True
    life.add(at, "replied", **more)
    if more.get("asks") and rng.random() < 0.8:
        _wait_on(rng, life, at, "requester")


def _receive(rng: random.Random, life: Life, at: int) -> None:
    by = rng.choice(["requester"] * 5 + ["company", "vendor"])
    life.add(at, "received", by=by, **({"automatic": True} if rng.random() < 0.15 else {}))
    if "requester" in life.waits and rng.random() < 0.7:
        _resume_from(life, at, "requester")


def _question(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, "question", by="agent")
    if rng.random() < 0.7:
        _wait_on(rng, life, at + rng.choice([0, 0, 15]), "requester")


def _wait(rng: random.Random, life: Life, at: int) -> None:
    _wait_on(rng, life, at, rng.choice(REASONS))


def _wait_on(rng: random.Random, life: Life, at: int, reason: str) -> None:
    if reason in life.waits:
        return
    more: dict[str, Any] = {"by": "agent", "on": reason}
    if reason == "scheduled":
        more["until"] = instant(at + rng.randrange(30, 2 * DAY))
        more["requesters_date"] = rng.random() < 0.6
    life.waits.append(reason)
    life.add(at, "wait", **more)


def _resume(rng: random.Random, life: Life, at: int) -> None:
    if life.waits:
        _resume_from(life, at, rng.choice(life.waits))


def _resume_from(life: Life, at: int, reason: str) -> None:
    life.waits.remove(reason)
    life.add(at, "resume", by="agent", on=reason)


def _vendor(rng: random.Random, life: Life, at: int) -> None:
    vendor = rng.choice(["acme", "acme", "bolt"])
    if vendor in life.vendors:
        life.vendors.remove(vendor)
        life.add(at, "vendor_done", by="vendor", vendor=vendor)
    else:
        life.vendors.append(vendor)
        life.add(at, "vendor", by="agent", vendor=vendor)


def _restore(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, "restored", by="agent")


def _resolve(rng: random.Random, life: Life, at: int) -> None:
    did = "resolved" if rng.random() < 0.9 else "closed"
    life.add(at, did, by=rng.choice(["agent", "agent", "machine"]))
    life.is_resolved, life.waits, life.vendors = True, [], []
    life.resolves.append(at)


def _other(rng: random.Random, life: Life, at: int) -> None:
    acts: list[tuple[str, dict[str, Any]]] = [
        ("noted", {"by": "agent", "audience": "own_team"}),
        ("noted", {"by": "machine", "audience": "both_teams"}),
        ("assigned", {"by": "machine", "tier": "L1"}),
        ("taken", {"by": "agent", "tier": "L2"}),
        ("logged", {"by": "agent", "minutes": 10}),
        ("classified", {"by": "agent", "kind": "incident", "service": "erp"}),
        ("classified", {"by": "agent", "kind": "request", **_about(life)}),
    ]
    did, more = rng.choice(acts)
    life.add(at, did, **more)


def _void(rng: random.Random, life: Life, at: int) -> None:
    """Thanks only: the last reopen is voided."""
    if life.void == "may" and life.resolves:
        life.void, life.is_resolved = "voided", True
        life.add(at, "voided", by="agent")


# what may happen to a resolved ticket


def _thank(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, "received", by="requester")
    if life.void == "voided" and rng.random() < 0.7:
        life.add(at, "void_lifted", by="machine")
        life.void = "none"
    else:
        life.add(at, "reopened", by="requester")
        life.void = "may"
    life.is_resolved = False
    if life.void == "may" and rng.random() < 0.35:
        _void(rng, life, at + rng.randrange(1, 60))


def _reopen(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, "reopened", by=rng.choice(["agent", "machine"]))
    life.is_resolved, life.void = False, "none"


def _close(rng: random.Random, life: Life, at: int) -> None:
    life.add(at, rng.choice(["closed", "resolved"]), by="machine")


# what the desk allows


def allowed(events: list[Step]) -> list[Step]:
    """In order of time: a reopen only of a resolved ticket, a void only of an open one that
    was reopened, and the lifting of this void only."""
    kept: list[Step] = []
    ends: list[int] = []  # numbers of the resolves kept
    standing: list[int] = []  # and of the reopens that are not voided
    voided: int | None = None
    last = -1  # the last reopen
    for at, event in sorted(events, key=lambda step: step[0]):
        did, number = event["did"], len(kept)
        if did in ("resolved", "closed"):
            ends.append(number)
        elif did == "reopened":
            is_open = not any(end > max(standing, default=-1) for end in ends)
            if is_open or (last >= 0 and kept[last][0] == at):
                continue
            standing.append(number)
            last, voided = number, None
        elif did == "voided":
            is_resolved = any(end > last for end in ends)
            if not standing or standing[-1] != last or is_resolved:
                continue
            voided = standing.pop()
        elif did == "void_lifted":
            if voided is None:
                continue
            standing.append(voided)
            voided = None
        kept.append((at, event))
    return kept


Action = Callable[[random.Random, Life, int], None]

OPEN: list[tuple[Action, float]] = [
    (_prioritise, 9),
    (_confirm, 4),
    (_lower, 6),
    (_reply, 22),
    (_receive, 14),
    (_question, 5),
    (_wait, 9),
    (_resume, 6),
    (_vendor, 6),
    (_restore, 5),
    (_resolve, 13),
    (_other, 5),
    (_void, 4),
]
RESOLVED: list[tuple[Action, float]] = [
    (_thank, 10),
    (_reopen, 8),
    (_close, 2),
    (_prioritise, 1),
    (_reply, 2),
    (_receive, 1),
    (_restore, 1),
]
