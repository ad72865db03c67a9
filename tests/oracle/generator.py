"""Random cases and lenses that reach into every rule of docs/clocks.md."""

from __future__ import annotations

import random
import sys

from tests.oracle.coverage import report
from tests.oracle.lives import Life, allowed, live
from tests.oracle.presets import EVERY_CLOCK, EVERY_PAUSE
from tests.oracle.reading import DAY, Raw, instant, minute

WEEKS = [  # each begins on the Thursday before a week end; four of them have a change of clocks
    "2025-03-06T06:00Z",
    "2025-03-13T06:00Z",
    "2025-03-27T06:00Z",
    "2025-10-23T06:00Z",
    "2025-10-30T06:00Z",
]
CALENDARS: dict[str, Raw] = {
    "office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}},
    "lunch": {"zone": "Europe/Berlin", "week": {"mon-fri": "08:00-12:00, 13:00-17:00"}},
    "east": {"zone": "America/New_York", "week": {"mon-thu": "09:00-17:30", "fri": "09:00-15:00"}},
    "night": {"zone": "Europe/Berlin", "week": {"sun-thu": "22:00-06:00", "sat": "00:00-04:00"}},
    "always": {"zone": "America/New_York", "week": {"all": "24h"}},
    "long": {"zone": "Europe/Berlin", "week": {"mon-sat": "07:00-22:00"}},
}
PRIORITIES = ["P1", "P2", "P3", "P4"]


def random_case(rng: random.Random) -> Raw:
    """A case of one to four tickets, as the dict of a parsed case file."""
    base = minute(rng.choice(WEEKS))
    calendars = _calendars(rng, base)
    hold = rng.choice([1, 1, 2, 3]) * DAY if rng.random() < 0.8 else 7 * DAY
    case: Raw = {"title": "random", "now": "", "calendars": calendars}
    case |= _charters(rng, base, list(calendars), hold)
    lives = _lives(rng, base, hold)
    case["now"] = instant(_now(rng, lives))
    case["tickets"] = {life.name: _ticket(rng, life) for life in lives}
    return case


def random_lens(rng: random.Random) -> Raw:
    """Any combination of settings."""
    pick = rng.choice
    return {
        "response_ends": pick(["any_outgoing", "any_agent_action", "person"]),
        "resolving_responds": pick([True, False]),
        "next_reply_owed": pick(["first_unanswered", "every"]),
        "next_reply_every": pick(["1h", "2h", "4h", "8h"]),
        "resolution_ends": pick(["first", "last", "first_held", "first_held"]),
        "reopen": pick(["ignored", "restarts", "new_cycle", "subtracts", "changes_nothing"]),
        "pauses": [each for each in EVERY_PAUSE if rng.random() < 0.7],
        "pauses_for": [each for each in EVERY_CLOCK if rng.random() < 0.8],
        "requester_pause_needs": pick(["nothing", "question"]),
        "scheduled_pause_needs": pick(["nothing", "date"]),
        "priority": pick(["current", "first", "highest", "highest", "highest"]),
        "population": pick(["ended", "due"]),
        "disguised": pick(["off", "1d", "2d", "3d", "4d", "7d"]),
    }


# agreements


def _calendars(rng: random.Random, base: int) -> dict[str, Raw]:
    names = rng.sample(list(CALENDARS), rng.choice([1, 2, 2, 3]))
    return {name: _calendar(rng, base, CALENDARS[name]) for name in names}


def _calendar(rng: random.Random, base: int, raw: Raw) -> Raw:
    calendar = {**raw, **_days(rng, base, 0.15)}
    if rng.random() < 0.25:
        later = [base + rng.randrange(0, 7 * DAY, 30) for _ in range(rng.choice([1, 1, 2]))]
        calendar["entered"] = [
            {"at": instant(at), **_days(rng, base, 0.9)} for at in sorted(set(later))
        ]
    return calendar


def _days(rng: random.Random, base: int, likelihood: float) -> Raw:
    days: Raw = {}
    if rng.random() < likelihood:
        chosen = rng.sample(range(0, 9), rng.choice([1, 1, 2]))
        days["holidays"] = [instant(base + day * DAY)[:10] for day in sorted(chosen)]
    if rng.random() < likelihood / 3:
        day = instant(base + rng.randrange(0, 7) * DAY)[:10]
        if day not in days.get("holidays", []):
            days["exceptional"] = {day: rng.choice(["09:00-12:00", "10:00-14:30, 18:00-20:00"])}
    return days


def _charters(rng: random.Random, base: int, calendars: list[str], hold: int) -> Raw:
    charter = _charter(rng, calendars, hold)
    chance = rng.random()
    if chance < 0.8:
        return {"charter": charter}
    change = base + rng.randrange(DAY, 4 * DAY, 60)
    first = {"in_force_at": instant(base - DAY), "until": instant(change), **charter}
    if chance < 0.89:
        return {"charters": [first]}
    hold = rng.choice([1, 2, 3]) * DAY
    second = {"in_force_at": instant(change), **_charter(rng, calendars, hold)}
    return {"charters": [first, second]}


def _charter(rng: random.Random, calendars: list[str], hold: int) -> Raw:
    rows = [_row(rng, calendars, priority) for priority in PRIORITIES if rng.random() < 0.8]
    if rng.random() < 0.25:
        rows.insert(0, {**_row(rng, calendars, rng.choice(PRIORITIES)), "service": "mail"})
    if rng.random() < 0.25:
        rows.insert(0, {**_row(rng, calendars, rng.choice(PRIORITIES)), "kind": "request"})
    if rng.random() < 0.9:
        rows.append(_row(rng, calendars, None))
    return {
        "default_priority": rng.choice(PRIORITIES),
        "hold_period": f"{hold // DAY}d",
        "targets": rows,
    }


def _row(rng: random.Random, calendars: list[str], priority: str | None) -> Raw:
    row: Raw = {} if priority is None else {"priority": priority}
    row["calendar"] = rng.choice(calendars)
    scale = PRIORITIES.index(priority) if priority else 3
    spans: dict[str, list[str]] = {
        "response": ["15m", "1h", "2h", "4h", "1bd"],
        "next_reply": ["30m", "1h", "2h", "4h", "1bd"],
        "resolution": ["2h", "4h", "8h", "16h", "2bd"],
    }
    for clock, choices in spans.items():
        if rng.random() < 0.9:
            row[clock] = choices[min(max(scale + rng.choice([-1, 0, 0, 1]), 0), 4)]
    if rng.random() < (0.7 if scale < 2 else 0.2):
        row["restore"] = rng.choice(["1h", "2h", "4h", "1bd"])
    return row


# tickets


def _lives(rng: random.Random, base: int, hold: int) -> list[Life]:
    """Some of the later tickets begin after a resolve of an earlier one, on the same matter."""
    lives: list[Life] = []
    for number in range(rng.choice([1, 1, 1, 2, 2, 2, 3, 3, 4, 4])):
        start = base + rng.randrange(0, 3 * DAY, 5)
        earlier = rng.choice([lives[-1], rng.choice(lives)]) if lives else None
        life = Life("ABCD"[number], rng.choice(["rita", "rita", "rita", "raul"]))
        if earlier and earlier.resolves and rng.random() < 0.85:
            start = _return(rng, life, earlier)
        live(rng, life, start, hold)
        lives.append(life)
    _say_about_each_other(rng, lives)
    _merge(rng, lives)
    return lives


def _return(rng: random.Random, life: Life, earlier: Life) -> int:
    """Come back on the matter of an earlier ticket: when, after one of its resolves."""
    life.requester, life.is_return_of = earlier.requester, earlier.name
    if rng.random() < 0.6:
        life.service, life.item = earlier.service, earlier.item
    resolve = rng.choice([earlier.resolves[-1], rng.choice(earlier.resolves)])
    if rng.random() < 0.6:
        earlier.events = [event for event in earlier.events if event[0] <= resolve]
    is_exact = rng.random() < 0.1
    return resolve + (rng.choice([1, 2, 3]) * DAY if is_exact else rng.randrange(1, 2 * DAY))


def _say_about_each_other(rng: random.Random, lives: list[Life]) -> None:
    """Scores, links, confirmations and denials between two tickets."""
    for number, later in enumerate(lives[1:], start=1):
        for earlier in lives[:number]:
            if later.is_return_of == earlier.name or rng.random() < 0.25:
                _say(rng, later, earlier)


def _say(rng: random.Random, later: Life, earlier: Life) -> None:
    if rng.random() < 0.5:
        score = {"score": rng.choice([0.4, 0.7, 0.8, 0.95]), "threshold": 0.8}
        later.add(later.start, "scored", by="machine", ticket=earlier.name, **score)
    if rng.random() < 0.35:
        one, other = rng.sample([later, earlier], 2)
        at = max(one.start, other.start) + rng.randrange(0, DAY)
        relation = rng.choice(["same_matter", "same_matter", "related"])
        by = rng.choice(["agent", "agent", "requester", "machine"])
        one.add(at, "linked", by=by, ticket=other.name, relation=relation)
        if rng.random() < 0.15:
            at += rng.randrange(0, 300)
            one.add(at, "unlinked", by="agent", ticket=other.name, relation=relation)
    if rng.random() < 0.25:
        one, other = rng.sample([later, earlier], 2)
        did = rng.choice(["matter_confirmed", "matter_denied"])
        at = later.start + rng.randrange(0, 2 * DAY)
        by = rng.choice(["agent", "requester", "machine"])
        one.add(max(at, one.start), did, by=by, ticket=other.name)


def _merge(rng: random.Random, lives: list[Life]) -> None:
    """Absorb some tickets into others; few of these merges are undone."""
    if len(lives) < 2 or rng.random() < 0.5:
        return
    survivor, *others = rng.sample(lives, len(lives))
    for source in others[: rng.choice([1, 1, 2])]:
        at = max(source.start, survivor.start) + rng.choice([0, rng.randrange(1, 300), 900, 2500])
        survivor.add(at, "absorbed", by="agent", ticket=source.name)
        if rng.random() < 0.2:
            survivor.add(at + rng.randrange(1, 500), "unmerged", by="agent", ticket=source.name)
        elif rng.random() < 0.85:
            source.events = [each for each in source.events if each[0] <= at]


def _now(rng: random.Random, lives: list[Life]) -> int:
    instants = sorted(at for life in lives for at, _ in life.events)
    chance = rng.random()
    if chance < 0.4:
        return instants[-1] + rng.randrange(0, 5 * DAY)
    if chance < 0.55:
        return rng.choice(instants)
    return rng.randrange(lives[0].start, instants[-1] + 60)


def _ticket(rng: random.Random, life: Life) -> Raw:
    """Events in order of time; in some tickets positions stand instead of the order."""
    events = [{"at": instant(at), **event} for at, event in allowed(life.events)]
    if rng.random() < 0.1:
        for position, event in enumerate(events, start=1):
            event["position"] = position
        rng.shuffle(events)
    return {"requester": life.requester, "events": events}


if __name__ == "__main__":
    report(random_case, random_lens, int(sys.argv[1]) if len(sys.argv) > 1 else 500)
