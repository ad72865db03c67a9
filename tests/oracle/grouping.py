"""Merged tickets and cases of disguised reopens (sections 2 and 3 of docs/clocks.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.oracle.story import TECHNICAL_SIDES, Event, Key, Message, Ticket

NO_ACTIONS = ("opened", "received", "lowering_agreed", "rated", "absorbed", "unmerged")


@dataclass(frozen=True)
class Merge:
    source: Ticket
    survivor: Ticket
    key: Key


@dataclass(frozen=True)
class PriorityEvent:
    key: Key
    did: str  # set, confirmed, agreed
    priority: str | None
    is_by_person: bool
    since: Key | None = None  # the change of priority before this one


@dataclass
class Case:
    tickets: list[Ticket]
    merges: list[Merge]  # of parts into the first ticket, however many steps away
    is_likely: bool = False
    start_key: Key = (0, 0, 0)
    turns: list[tuple[Key, str]] = field(default_factory=list)
    voids: list[Key] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    received: list[Key] = field(default_factory=list)
    restored: list[Key] = field(default_factory=list)
    actions: list[Key] = field(default_factory=list)
    priorities: list[PriorityEvent] = field(default_factory=list)
    requester: str = ""  # of the earliest part

    @property
    def first(self) -> Ticket:
        return self.tickets[0]


def merges_of(tickets: list[Ticket]) -> list[Merge]:
    """The merges that were not undone."""
    named = {ticket.name: ticket for ticket in tickets}
    standing: dict[str, Merge] = {}
    for survivor, event in _in_order(tickets):
        source = named.get(str(event.raw.get("ticket")))
        if event.did == "absorbed" and source is not None:
            standing[source.name] = Merge(source, survivor, event.key)
        elif event.did == "unmerged" and source is not None:
            standing.pop(source.name, None)
    return list(standing.values())


def _in_order(tickets: list[Ticket]) -> list[tuple[Ticket, Event]]:
    pairs = [(ticket, event) for ticket in tickets for event in ticket.events]
    return sorted(pairs, key=lambda pair: pair[1].key)


def merges_into(ticket: Ticket, merges: list[Merge]) -> list[Merge]:
    """Every merge that ends in this ticket, directly or through another."""
    found: list[Merge] = []
    for merge in merges:
        if merge.survivor is ticket:
            found += [merge, *merges_into(merge.source, merges)]
    return found


def parts_of(ticket: Ticket, merges: list[Merge]) -> list[Ticket]:
    return [ticket, *(merge.source for merge in merges_into(ticket, merges))]


def cases_of(tickets: list[Ticket], merges: list[Merge], window: int | None) -> list[Case]:
    """The cases; `window` is the setting `disguised` in minutes, None when it is off."""
    sources = {merge.source.name for merge in merges}
    living = [ticket for ticket in tickets if ticket.name not in sources]
    starts = {ticket.name: _start_key(ticket, merges) for ticket in living}
    cases: list[Case] = []
    for ticket in sorted(living, key=lambda each: starts[each.name]):
        case = None if window is None else _joined(ticket, starts, cases, window)
        if case is None:
            cases.append(Case([ticket], merges_into(ticket, merges)))
        else:
            case.is_likely = case.is_likely or not any(_is_sure(ticket, m) for m in case.tickets)
            case.tickets.append(ticket)
    for case in cases:
        _tell(case, merges, starts)
    return cases


def _start_key(ticket: Ticket, merges: list[Merge]) -> Key:
    return min(part.opened.key for part in parts_of(ticket, merges))


def _joined(ticket: Ticket, starts: dict[str, Key], cases: list[Case], window: int) -> Case | None:
    start = starts[ticket.name][0]
    if ticket.opening == "after_the_fact":
        return None
    best: tuple[int, Case] | None = None
    for case in cases:
        resolved = [_resolved_at(member, start) for member in case.tickets]
        known = [at for at in resolved if at is not None]
        if case.first.requester != ticket.requester or len(known) < len(resolved):
            continue
        if case.first.opening == "after_the_fact":
            continue
        if start - max(known) < window and any(_is_same(ticket, m) for m in case.tickets):
            best = (max(known), case) if best is None or max(known) > best[0] else best
    return best[1] if best else None


def _resolved_at(ticket: Ticket, at: int) -> int | None:
    """When the ticket was resolved, if it is so at an instant (that instant's events included)."""
    turns = [turn for turn in ticket.turns if turn[0][0] <= at]
    return turns[-1][0][0] if turns and turns[-1][1] == "resolve" else None


def _is_same(ticket: Ticket, member: Ticket) -> bool:
    return _is_sure(ticket, member) or _is_guessed(ticket, member)


def _is_sure(ticket: Ticket, member: Ticket) -> bool:
    """A person linked or confirmed, or the ticket was opened by answering the other."""
    if ticket.opened.raw.get("returned_from") == member.name:
        return True
    told = [event for event in _between(ticket, member) if event.by != "machine"]
    links = [event for event in told if event.raw.get("relation") == "same_matter"]
    is_linked = bool(links) and links[-1].did == "linked"
    return is_linked or _last_word(told) == "matter_confirmed"


def _last_word(told: list[Event]) -> str | None:
    words = [event.did for event in told if event.did in ("matter_confirmed", "matter_denied")]
    return words[-1] if words else None


def _is_guessed(ticket: Ticket, member: Ticket) -> bool:
    told = _between(ticket, member)
    if _last_word([event for event in told if event.by != "machine"]) == "matter_denied":
        return False
    if ticket.service is None or ticket.service != member.service:
        return False
    is_same_item = ticket.item is not None and ticket.item == member.item
    scores = [event.raw for event in told if event.did == "scored"]
    return is_same_item or any(raw["score"] >= raw["threshold"] for raw in scores)


def _between(ticket: Ticket, member: Ticket) -> list[Event]:
    """What either of two tickets tells about the other, in order."""
    names = {ticket.name: member.name, member.name: ticket.name}
    pairs = _in_order([ticket, member])
    return [event for each, event in pairs if event.raw.get("ticket") == names[each.name]]


def _tell(case: Case, merges: list[Merge], starts: dict[str, Key]) -> None:
    """Lay the events of all tickets of a case, and of their parts, together."""
    case.turns = _turns_together(case.tickets, starts)
    case.start_key = starts[case.first.name]
    case.voids = sorted(key for ticket in case.tickets for key in ticket.voids)
    case.restored = sorted(key for ticket in case.tickets for key in ticket.restored)
    parts = [part for ticket in case.tickets for part in parts_of(ticket, merges)]
    case.messages = sorted(
        (message for part in parts for message in part.messages), key=lambda each: each.key
    )
    case.received = sorted(key for part in parts for key in part.received)
    acting = [ticket for each in case.tickets for ticket in (each, _earliest(each, merges))]
    case.actions = sorted({key for ticket in acting for key in _actions(ticket)})
    case.requester = _earliest(case.first, merges).requester
    case.priorities = priorities_of(case.tickets)


def _turns_together(tickets: list[Ticket], starts: dict[str, Key]) -> list[tuple[Key, str]]:
    """A case is resolved while all of its tickets are."""
    steps = [(*turn, ticket.name) for ticket in tickets for turn in ticket.turns]
    steps += [(starts[ticket.name], "reopen", ticket.name) for ticket in tickets[1:]]
    still_open = {tickets[0].name}
    turns: list[tuple[Key, str]] = []
    for key, kind, name in sorted(steps):
        was_open = bool(still_open)
        if kind == "reopen":
            still_open.add(name)
        else:
            still_open.discard(name)
        if was_open != bool(still_open):
            turns.append((key, kind))
    return turns


def _earliest(ticket: Ticket, merges: list[Merge]) -> Ticket:
    return min(parts_of(ticket, merges), key=lambda part: part.opened.key)


def _actions(ticket: Ticket) -> list[Key]:
    acted = [event for event in ticket.events if event.by in TECHNICAL_SIDES]
    return [event.key for event in acted if event.did not in NO_ACTIONS]


def priorities_of(tickets: list[Ticket]) -> list[PriorityEvent]:
    """The changes of priority of a case, the confirmations and the agreements, in order."""
    pending: dict[str, str | None] = {
        ticket.name: tickets[0].charter.default_priority if tickets[0].charter else None
        for ticket in tickets[1:]
    }
    told: list[PriorityEvent] = []
    for ticket, event in _in_order(tickets):
        is_person = event.by != "machine"
        priority = event.raw.get("priority")
        if event.did == "lowering_agreed" and event.by in ("requester", "company"):
            told.append(PriorityEvent(event.key, "agreed", priority, True))
        elif event.did == "prioritised" and (is_person or ticket is tickets[0]):
            pending.pop(ticket.name, None)
            told.append(PriorityEvent(event.key, "set", priority, is_person))
        elif event.did == "prioritised":
            pending[ticket.name] = priority
        elif event.did == "confirmed" and is_person and ticket is tickets[0]:
            told.append(PriorityEvent(event.key, "confirmed", None, True))
        elif event.did == "confirmed" and is_person and ticket.name in pending:
            told.append(PriorityEvent(event.key, "set", pending.pop(ticket.name), True))
    return _with_earlier_changes(told, tickets[0])


def _with_earlier_changes(told: list[PriorityEvent], first: Ticket) -> list[PriorityEvent]:
    value = first.charter.default_priority if first.charter else None
    changed: Key | None = None
    kept: list[PriorityEvent] = []
    for event in told:
        kept.append(
            PriorityEvent(event.key, event.did, event.priority, event.is_by_person, changed)
        )
        if event.did == "set" and event.priority != value:
            value = event.priority
            changed = event.key if event.key[0] > first.start else None
    return kept
