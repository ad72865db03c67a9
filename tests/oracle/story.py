"""What one ticket tells at an instant (section 1 of docs/clocks.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.oracle.reading import Charter, Raw, charter_at, minute

Key = tuple[int, int, int]  # instant, number of the ticket in the file, position in the ticket

REQUESTERS_SIDE = ("requester", "company")
TECHNICAL_SIDES = ("agent", "company")
ENDS = ("resolved", "closed")
SAID_BY_REQUESTER = ("opened", "received", "lowering_agreed")


@dataclass(frozen=True)
class Event:
    key: Key
    did: str
    by: str
    raw: Raw

    @property
    def at(self) -> int:
        return self.key[0]


@dataclass(frozen=True)
class Message:
    """A delivered outgoing message."""

    key: Key  # of its delivery
    written: Key
    by: str
    templated: bool
    to: tuple[str, ...]
    asks: bool

    @property
    def is_human(self) -> bool:
        return self.by in TECHNICAL_SIDES and not self.templated

    def reaches(self, requester: str) -> bool:
        return not self.to or requester in self.to


@dataclass
class Wait:
    on: str  # vendor_leg for a leg
    begin: int
    end: int | None
    until: int | None
    is_requesters_date: bool
    vendor: str | None = None


@dataclass
class Ticket:
    name: str
    number: int
    requester: str
    events: list[Event]
    charter: Charter | None
    opened: Event
    turns: list[tuple[Key, str]] = field(default_factory=list)  # resolve and reopen in turn
    voids: list[Key] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    questions: list[tuple[int, int | None]] = field(default_factory=list)
    asked: list[Key] = field(default_factory=list)
    received: list[Key] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    restored: list[Key] = field(default_factory=list)
    service: str | None = None
    item: str | None = None
    kind: str | None = None

    @property
    def start(self) -> int:
        return self.opened.at

    @property
    def opening(self) -> str:
        return str(self.opened.raw.get("opening", "normal"))


def tickets_of(case: Raw, charters: list[Charter], now: int) -> list[Ticket]:
    """Every ticket opened by `now`, with what happened to it until then."""
    tickets = []
    for number, (name, raw) in enumerate((case.get("tickets") or {}).items()):
        events = _events_of(raw, number, now)
        opened = next((event for event in events if event.did == "opened"), None)
        if opened is not None:
            charter = charter_at(charters, opened.at)
            requester = str(raw.get("requester", "requester"))
            tickets.append(_told(Ticket(name, number, requester, events, charter, opened), now))
    return tickets


def _events_of(raw: Raw, number: int, now: int) -> list[Event]:
    events = []  # YAML 1.1 reads the name `on` as true
    for order, each in enumerate(raw["events"]):
        each = {"on" if name is True else name: value for name, value in each.items()}
        key = (minute(each["at"]), number, int(each.get("position", order + 1)))
        default = "requester" if each["did"] in SAID_BY_REQUESTER else "agent"
        events.append(Event(key, str(each["did"]), str(each.get("by", default)), each))
    return sorted((event for event in events if event.at <= now), key=lambda event: event.key)


def _told(ticket: Ticket, now: int) -> Ticket:
    for event in ticket.events:
        if event.did in ("opened", "classified"):
            ticket.kind = event.raw.get("kind")
            ticket.service = event.raw.get("service")
            ticket.item = event.raw.get("item")
    ticket.restored = [event.key for event in ticket.events if event.did == "restored"]
    ticket.received = [event.key for event in ticket.events if _is_requesters_message(event)]
    ticket.messages = _messages(ticket.events, now)
    voided, ticket.voids = _voided(ticket.events)
    ticket.turns = _turns(ticket.events, voided)
    ticket.waits = _waits(ticket)
    ticket.asked = _asked(ticket)
    ticket.questions = [(key[0], _next(ticket.received, key)) for key in ticket.asked]
    return ticket


def _is_requesters_message(event: Event) -> bool:
    is_automatic = bool(event.raw.get("automatic", False))
    return event.did == "received" and event.by in REQUESTERS_SIDE and not is_automatic


def _messages(events: list[Event], now: int) -> list[Message]:
    messages = []
    for event in events:
        delivered = event.raw.get("delivered", event.raw["at"])
        if event.did != "replied" or delivered == "never" or minute(delivered) > now:
            continue
        key = (minute(delivered), event.key[1], event.key[2])
        templated, asks = bool(event.raw.get("templated")), bool(event.raw.get("asks"))
        to = tuple(event.raw.get("to") or ())
        messages.append(Message(key, event.key, event.by, templated, to, asks))
    return sorted(messages, key=lambda message: message.key)


def _voided(events: list[Event]) -> tuple[set[Key], list[Key]]:
    """The reopens that stand voided at the end, and the voids that did this."""
    is_resolved = False
    reopens: list[Key] = []
    voided: dict[Key, Key] = {}
    for event in events:
        if event.did in ENDS:
            is_resolved = True
        elif event.did == "reopened" and is_resolved:
            is_resolved = False
            reopens.append(event.key)
        elif event.did == "voided" and reopens and reopens[-1] not in voided:
            is_resolved = True
            voided[reopens[-1]] = event.key
        elif event.did == "void_lifted" and voided:
            reopen = max(voided)
            is_resolved = any(e.did in ENDS and reopen < e.key < event.key for e in events)
            del voided[reopen]
    return set(voided), list(voided.values())


def _turns(events: list[Event], voided: set[Key]) -> list[tuple[Key, str]]:
    steps = []
    for event in events:
        if event.did in ENDS:
            steps.append((event.key, "resolve"))
        elif event.did == "reopened" and event.key not in voided:
            steps.append((event.key, "reopen"))
    return alternating(steps)


def alternating(steps: list[tuple[Key, str]]) -> list[tuple[Key, str]]:
    """Resolve and reopen in turn: what changes nothing is left out."""
    turns: list[tuple[Key, str]] = []
    state = "reopen"
    for key, kind in sorted(steps):
        if kind != state:
            turns.append((key, kind))
            state = kind
    return turns


def _waits(ticket: Ticket) -> list[Wait]:
    resolves = {key for key, kind in ticket.turns if kind == "resolve"}
    waits: list[Wait] = []
    for event in ticket.events:
        raw = event.raw
        if event.did == "wait":
            until = minute(raw["until"]) if raw.get("until") else None
            asked_for = bool(raw.get("requesters_date", False))
            waits.append(Wait(str(raw["on"]), event.at, None, until, asked_for))
        elif event.did == "vendor":
            waits.append(Wait("vendor_leg", event.at, None, None, False, raw.get("vendor")))
        for wait in waits:
            if wait.end is None and (event.key in resolves or _ends(event, wait)):
                wait.end = event.at
    return waits


def _ends(event: Event, wait: Wait) -> bool:
    if event.did == "resume":
        return wait.on != "vendor_leg" and event.raw.get("on") in (None, wait.on)
    if event.did == "vendor_done":
        return wait.on == "vendor_leg" and event.raw.get("vendor") in (None, wait.vendor)
    return False


def _asked(ticket: Ticket) -> list[Key]:
    asked = [message.key for message in ticket.messages if message.asks]
    return sorted(asked + [event.key for event in ticket.events if event.did == "question"])


def _next(keys: list[Key], after: Key) -> int | None:
    return next((key[0] for key in keys if key > after), None)
