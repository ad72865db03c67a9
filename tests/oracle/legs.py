"""Whose hands a ticket was in (section 10), and the diagnosis that stands beside a response."""

from __future__ import annotations

from typing import Any

from tests.oracle.calculator import CaseClocks, Record
from tests.oracle.grouping import cases_of
from tests.oracle.presets import TEMPLATE
from tests.oracle.reading import Raw, minute
from tests.oracle.story import TECHNICAL_SIDES, Ticket, Wait

Legs = dict[str, int]


def legs_of(case: Raw, ticket: str, now: object) -> dict[str, Legs]:
    """Minutes in each pair of hands: in the calendar of the resolution row, and on the wall."""
    record = Record(case, minute(now))
    told = next(each for each in record.tickets if each.name == ticket)
    clocks = next(
        CaseClocks(record, each, TEMPLATE)
        for each in cases_of(record.tickets, record.merges, None)
        if each.first is told
    )
    charter = told.charter
    priority = next((e.priority for e in reversed(clocks.case.priorities) if e.did == "set"), None)
    priority = priority or (charter.default_priority if charter else None)
    calendar = clocks._row_terms("resolution", charter, told, priority).calendar
    resolves = [key[0] for key, kind in told.turns if kind == "resolve"]
    is_resolved = bool(told.turns) and told.turns[-1][1] == "resolve"
    end = resolves[-1] if is_resolved else record.now
    working: Legs = {}
    wall: Legs = {}
    open_flags = record.opened(calendar, record.now) if calendar else None
    for at in range(told.start, end):
        hands = _hands(told, at)
        wall[hands] = wall.get(hands, 0) + 1
        if open_flags is not None and open_flags[at - record.first]:
            working[hands] = working.get(hands, 0) + 1
    return {"working": working, "wall": wall}


def _hands(ticket: Ticket, at: int) -> str:
    """The hands a ticket is in during one minute."""
    running = [
        (since, order, hands)
        for order, wait in enumerate(ticket.waits)
        for since, hands in _third_party(ticket, wait, at)
    ]
    return max(running)[2] if running else _owners_tier(ticket, at)


def _third_party(ticket: Ticket, wait: Wait, at: int) -> list[tuple[int, str]]:
    """The leg that a wait makes during a minute: since when, and whose."""
    if not (wait.begin <= at and (wait.end is None or at < wait.end)):
        return []
    if wait.on in ("vendor", "vendor_leg"):
        return [(wait.begin, "vendor")]
    if wait.on == "approval":
        return [(wait.begin, "referent")]
    if wait.on == "scheduled" and wait.is_requesters_date:
        return [(wait.begin, "requester")] if wait.until is None or at < wait.until else []
    if wait.on != "requester":
        return []
    begins = [wait.begin, *(key[0] for key in ticket.asked if wait.begin < key[0] <= at)]
    answered = any(begins[-1] < key[0] <= at for key in ticket.received)
    return [] if answered else [(begins[-1], "requester")]


def _owners_tier(ticket: Ticket, at: int) -> str:
    tier, owner = "L1", False
    for event in ticket.events:
        if event.at > at:
            break
        if event.did in ("assigned", "taken", "accepted"):
            tier = event.raw.get("tier", tier)
        is_human = event.by in TECHNICAL_SIDES and not event.raw.get("templated")
        if event.did in ("taken", "accepted") or (event.did == "replied" and is_human):
            owner = True
        elif event.did == "released":
            owner = False
    return tier if owner else "nobody"


def diagnosis_of(case: Raw, ticket: str, now: object) -> dict[str, Any]:
    """Minutes from the start to the first automatic message, and to the writing of the first
    human one; from the first taking of the ticket to that message; templated messages."""
    record = Record(case, minute(now))
    told = next(each for each in record.tickets if each.name == ticket)
    automatic = [each for each in told.messages if each.by == "machine"]
    human = [each for each in told.messages if each.is_human]
    taken = [e.at for e in told.events if e.did in ("taken", "accepted", "assigned")]
    found: dict[str, Any] = {
        "templated": sum(each.templated for t in record.tickets for each in t.messages)
    }
    if automatic:
        found["first_automatic"] = automatic[0].key[0] - told.start
    if human:
        found["written"] = human[0].written[0] - told.start
        if taken:
            found["from_handover"] = human[0].key[0] - taken[0]
    return found
