"""Random tickets that keep to themselves: the kind that statements read without the reference.

Some of them may come back, and make a case under lenses that join.
"""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import CALENDARS, WEEKS, _calendar, _charter, _return, _say
from tests.oracle.lives import Life, allowed, live
from tests.oracle.reading import DAY, instant, minute

Raw = dict[str, Any]
ODD = ("voided", "void_lifted")


def random_case(
    rng: random.Random, tickets: int = 30, changes: float = 0.6, returns: float = 0.0
) -> Raw:
    """A case of many tickets, each of its own requester; some change their priority.

    returns is the likelihood that one is the matter of an earlier one, after a resolve.
    """
    base = minute(rng.choice(WEEKS))
    names = rng.sample(list(CALENDARS), 2)
    calendars = {name: _calendar(rng, base, CALENDARS[name]) for name in names}
    for calendar in calendars.values():
        calendar.pop("entered", None)
    hold = rng.choice([1, 2, 3]) * DAY
    lives: list[Life] = []
    for number in range(tickets):
        life = Life(f"T{number}", f"person{number}")
        start = base + rng.randrange(0, 6 * DAY, 5)
        earlier = rng.choice(lives) if returns and lives and rng.random() < returns else None
        if earlier is not None and earlier.resolves:
            start = _return(rng, life, earlier)
        live(rng, life, start, hold)
        if life.is_return_of is not None and earlier is not None and rng.random() < 0.3:
            _say(rng, life, earlier)
        if rng.random() >= changes:
            _keep_priority(life)
        life.events = [(at, _renamed(event, life)) for at, event in life.events]
        lives.append(life)
    instants = sorted(at for life in lives for at, _ in life.events)
    now = instants[-1] + 60 if rng.random() < 0.3 else rng.choice(instants[len(instants) // 2 :])
    return {
        "title": "random",
        "now": instant(now),
        "calendars": calendars,
        "charter": _charter(rng, names, hold),
        "tickets": {
            life.name: {
                "requester": life.requester,
                "events": [{"at": instant(at), **event} for at, event in allowed(life.events)],
            }
            for life in lives
        },
    }


def _keep_priority(life: Life) -> None:
    """Leave out what changes the priority, and voids of reopens."""
    left_out = ("prioritised", "confirmed", "lowering_agreed", *ODD)
    life.events = [
        each
        for each in life.events
        if each[1]["did"] not in left_out
        or (each[1]["did"] == left_out[0] and each[0] == life.start)
    ]


def _renamed(event: Raw, life: Life) -> Raw:
    """Messages for rita are for the ticket's own requester."""
    to = [life.requester if each == "rita" else each for each in event.get("to", ())]
    return {**event, "to": to} if to else event
