"""ServiceNow: incidents with their sys_audit, as the Table API answers them in JSON, or as CSV.

https://www.servicenow.com/docs/r/washingtondc/platform-security/c_UnderstandingTheSysAuditTable.html
and the pages that docs/readers.md names describe the format; docs/readers.md tells how each field
is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import (
    Asked,
    ExportedTicket,
    Fit,
    Head,
    Problem,
    Quality,
    Sort,
    Source,
    Support,
)
from commondesk.readers.records import (
    Item,
    Kept,
    Reading,
    Shelf,
    Unfit,
    digest_of,
    is_table,
    pieces,
    rows,
    without_twins,
)
from commondesk.readers.tables import header_of
from commondesk.readers.telling import (
    ACTIVE,
    CLOSED,
    RESOLVED,
    UNKNOWN_ROLE,
    Change,
    Meaning,
    People,
    Story,
    Trace,
    waiting,
)

NAME = "servicenow-audit"
TITLE = gettext_noop("ServiceNow incidents with sys_audit (JSON or CSV)")
SOURCE = "servicenow"

LISTS = frozenset({"result", "records"})
_STATES = {
    "new": ACTIVE,
    "in progress": ACTIVE,
    "on hold": waiting(e.WaitReason.OTHER),
    "resolved": RESOLVED,
    "closed": CLOSED,
    "canceled": CLOSED,
}
_FIRST_STATES = ("new", "in progress")
_HOLDS = {
    "awaiting caller": waiting(e.WaitReason.REQUESTER),
    "awaiting vendor": waiting(e.WaitReason.VENDOR),
    "awaiting change": waiting(e.WaitReason.OTHER),
    "awaiting problem": waiting(e.WaitReason.OTHER),
}
_CHOICES = {
    "state": {
        "1": "New",
        "2": "In Progress",
        "3": "On Hold",
        "6": "Resolved",
        "7": "Closed",
        "8": "Canceled",
    },
    "hold_reason": {
        "1": "Awaiting Caller",
        "3": "Awaiting Problem",
        "4": "Awaiting Vendor",
        "5": "Awaiting Change",
    },
}
"""The values of choices as they come with the product; an export of sys_choice goes before them."""
_CHANNELS = {
    "email": e.Channel.MAIL,
    "phone": e.Channel.PHONE,
    "self-service": e.Channel.PORTAL,
    "chat": e.Channel.CHAT,
    "walk-in": e.Channel.WALK_IN,
    "monitoring": e.Channel.MONITORING,
    "event": e.Channel.MONITORING,
}
_PRIORITIES = {
    1: e.Priority.P1,
    2: e.Priority.P2,
    3: e.Priority.P3,
    4: e.Priority.P4,
    5: e.Priority.P4,
}
_MACHINES = frozenset({"system", "guest"})
_FULFILLERS = frozenset({"work_notes", "assignment_group", "assigned_to"})
"""Fields that only those who work incidents write."""
_PUBLIC, _PRIVATE = "comments", "work_notes"
_MATTER = ("category", "subcategory", "cmdb_ci", "location", "business_service")
_FIELDS = frozenset(
    {
        "state",
        "incident_state",
        "hold_reason",
        "priority",
        "impact",
        "urgency",
        "assignment_group",
        "assigned_to",
        _PUBLIC,
        _PRIVATE,
        *_MATTER,
    }
)
_TIMES = ("sys_created_on", "opened_at")
_NO_CALLER = "Unknown caller"


# ---- the file -------------------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file holds incidents, sys_audit, or the tables that name what these refer to."""
    text = head.text
    if text.lstrip()[:1] in ("{", "["):
        if '"documentkey"' in text and '"fieldname"' in text:
            return Fit(1.0, "it holds sys_audit: documentkey and fieldname")
        if '"sys_id"' in text and '"number"' in text and '"caller_id"' in text:
            return Fit(0.9, "it holds incidents: sys_id, number and caller_id")
        if '"sys_id"' in text and ('"user_name"' in text or '"element"' in text):
            return Fit(0.6, "it holds users or choices of ServiceNow")
        return None
    header = {*header_of(head)}
    if {"documentkey", "fieldname", "newvalue"} <= header:
        return Fit(1.0, "its header is that of sys_audit")
    if {"sys_id", "number", "opened_at", "caller_id"} <= header:
        return Fit(0.9, "its header is that of incidents with sys_id")
    if "sys_id" in header and ("user_name" in header or "element" in header):
        return Fit(0.6, "its header is that of users or choices of ServiceNow")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The incidents, by where they stand. Raises UnusableExport where reading cannot go on."""
    has_tables = any(is_table(source) for source in sources)
    # The interface answers in UTC; a table may be in the zone of whoever exported it.
    reading = Reading(quality, asked.zone or (None if has_tables else ZoneInfo("UTC")))
    desk = _Desk()
    with Shelf() as shelf:
        for row, item in _items(sources, reading):
            try:
                _lay(shelf, desk, row, item())
            except Unfit as wrong:
                quality.refuse(Problem(row, wrong.column, str(wrong)))
        reading.settle()
        if quality.rows and not desk.has_audits:
            text = "no audit of an incident is among the files: add sys_audit, or read incidents"
            quality.refuse(Problem(0, "", f"{text} alone --as table with a mapping"))
        _carry(quality, desk)
        for key, kept in shelf.tickets():
            try:
                told = _Teller(asked, key, kept, desk, reading).ticket()
            except Unfit as wrong:
                quality.refuse(Problem(kept[0].row, wrong.column, str(wrong)))
                continue
            if told is not None:
                yield told


class _Later(NamedTuple):
    """A record that is not looked at yet."""

    value: Json
    reading: Reading

    def __call__(self) -> Item:
        return self.reading.item(self.value)


def _items(sources: Sequence[Source], reading: Reading) -> Iterator[tuple[int, _Later]]:
    """The records of all files, JSON first."""
    tables = [source for source in sources if is_table(source)]
    documents = [source for source in sources if not is_table(source)]
    for row, _, value in pieces(documents, LISTS, reading.quality):
        reading.quality.rows += 1
        yield row, _Later(value, reading)
    for table in tables:
        for row, columns in rows(table, reading.quality):
            values = dict(columns)
            for name in _TIMES:
                reading.hear(name, values.get(name, ""), row)
            yield row, _Later({**values}, reading)


@dataclass(slots=True)
class _Desk:
    """What an export says of people, teams and choices. Users are known by two names."""

    people: People = field(default_factory=lambda: People("ServiceNow user"))
    groups: People = field(default_factory=lambda: People("ServiceNow group"))
    logins: dict[str, str] = field(default_factory=dict)
    choices: dict[tuple[str, str], str] = field(default_factory=dict)
    fulfillers: set[str] = field(default_factory=set)
    has_audits: bool = False

    def id_of(self, login: str) -> str:
        """The id of a user by the name under which they sign in; that name, if nothing tells."""
        return self.logins.get(login, login)

    def name(self, person: str) -> str:
        """What somebody is called, by id or by the name under which they sign in."""
        if person in self.people or re.fullmatch(r"[0-9a-f]{32}", person):
            return self.people.name(person)
        return person

    def label(self, name: str, value: str) -> str:
        """The words of a choice, in small letters."""
        found = self.choices.get((name, value)) or _CHOICES[name].get(value, value)
        return found.lower()


def _lay(shelf: Shelf, desk: _Desk, row: int, item: Item) -> None:
    """Keep a record with those of its incident, or learn from it. Raises Unfit."""
    if item.value.get("documentkey") is not None:
        _lay_audit(shelf, desk, row, _plain(item))
    elif item.value.get("user_name") is not None:
        person = item.needed("sys_id")
        desk.people.add(person, item.label("name"))
        desk.logins[item.needed("user_name")] = person
    elif item.value.get("element") is not None:
        if item.label("name") in ("incident", "task"):
            choice = item.needed("element").replace("incident_state", "state")
            desk.choices[choice, item.needed("value")] = item.needed("label")
    elif item.value.get("number") is not None:
        _lay_incident(shelf, desk, row, item)
    elif item.value.get("name") is not None:
        desk.groups.add(item.needed("sys_id"), item.label("name"))
    else:
        raise Unfit("", "is neither an incident, an audit, a user, a group, nor a choice")


def _plain(item: Item) -> Item:
    """A record in which each field that came with how it is shown is its value alone."""
    values = {name: _value_of(value) for name, value in item.value.items()}
    return item.reading.item(values, item.place)


def _value_of(value: Json) -> Json:
    if isinstance(value, dict) and value.keys() & {"value", "display_value"}:
        return value.get("value") or value.get("display_value")
    return value


def _lay_audit(shelf: Shelf, desk: _Desk, row: int, item: Item) -> None:
    table = item.needed("tablename")
    if table != "incident":
        text = gettext_noop("audits of other tables than incident")
        item.reading.quality.note("tables", Sort.DROPPED, text, example=table)
        return
    name, user = item.needed("fieldname"), item.label("user")
    if name in _FULFILLERS and user and user not in _MACHINES:
        desk.fulfillers.add(user)
    if name == "assigned_to":
        desk.fulfillers |= {item.label("newvalue"), item.label("oldvalue")} - {""}
    desk.has_audits = True
    shelf.lay(item.needed("documentkey"), row, "audit", dict(item.value))


def _lay_incident(shelf: Shelf, desk: _Desk, row: int, item: Item) -> None:
    for name, people in (
        ("caller_id", desk.people),
        ("assigned_to", desk.people),
        ("opened_by", desk.people),
        ("assignment_group", desk.groups),
    ):
        value, shown = _both(item, name)
        if shown and shown != value:
            people.add(value, shown)
    owner, _ = _both(item, "assigned_to")
    desk.fulfillers |= {owner} - {""}
    shelf.lay(_both(item, "sys_id")[0] or item.needed("sys_id"), row, "incident", dict(item.value))


def _both(item: Item, name: str) -> tuple[str, str]:
    """The value of a field and how it is shown; a field may come as one of them, or as both."""
    if isinstance(item.value.get(name), dict):
        part = item.part(name)
        assert part is not None
        shown = part.label("display_value")
        return part.label("value") or shown, shown
    value = item.label(name)
    return value, value


def _carry(quality: Quality, desk: _Desk) -> None:
    """Say how far such an export carries the figures."""
    for figure in ("attainment.restore", "time.restore"):
        quality.carry(
            figure, Support.NONE, gettext_noop("no field tells that the service was back")
        )
    quality.carry(
        "escalations", Support.NONE, gettext_noop("no field that is read tells an escalation")
    )
    quality.carry(
        "bucket.templated",
        Support.NONE,
        gettext_noop("which replies were sent unchanged is not told"),
    )
    quality.carry(
        "reopens.thanks", Support.NONE, gettext_noop("which reopening was thanks only is not told")
    )
    why = gettext_noop(
        "waits are told by the reason of the hold; whether a question was asked is not told"
    )
    for figure in ("attainment.resolution", "time.resolution"):
        quality.carry(figure, Support.PROXY, why)
    if desk.logins:
        why = gettext_noop("who works incidents is told by work notes and assignments alone")
    else:
        why = gettext_noop("without sys_user nobody can tell which comments are the caller's")
    for clock in ("response", "next_reply"):
        quality.carry(f"attainment.{clock}", Support.PROXY, why)
        quality.carry(f"time.{clock}", Support.PROXY, why)


# ---- an incident ----------------------------------------------------------------------------


class _Entry(NamedTuple):
    """A field that changed."""

    at: Instant
    checkpoint: int
    row: int
    user: str
    kept: Kept
    item: Item

    @property
    def name(self) -> str:
        return self.item.label("fieldname")

    @property
    def new(self) -> str:
        return self.item.label("newvalue")


class _Teller:
    """Walks the audits of one incident and tells the events that they mean."""

    def __init__(
        self, asked: Asked, key: str, kept: Sequence[Kept], desk: _Desk, reading: Reading
    ) -> None:
        self._asked, self._key, self._desk = asked, key, desk
        self._reading, self._quality = reading, reading.quality
        sole = without_twins(kept, reading.quality)
        self._unknown: set[str] = set()
        self._incidents = [each for each in sole if each.kind == "incident"]
        self._kept_audits = [each for each in sole if each.kind == "audit"]

    def _note(self, code: str, sort: Sort, text: str, example: str = "") -> None:
        self._quality.note(code, sort, text, example=example or self._story.number)

    def ticket(self) -> ExportedTicket | None:
        """The whole incident; None for audits of one that is not there. Raises Unfit."""
        if not self._incidents:
            text = gettext_noop("audits of incidents that are not in the export")
            self._quality.note("strays", Sort.DROPPED, text, example=self._key)
            return None
        if len(self._incidents) > 1:
            raise Unfit("sys_id", f"{self._key} stands twice, with different contents")
        kept = self._incidents[0]
        self._item = self._reading.item(kept.value)
        number = self._shown("number") or self._item.needed("number")
        self._story = Story(self._asked.company, SOURCE, number, kept.row, self._quality)
        self._entries = self._sorted()
        if not self._entries:
            self._note(
                "no_audit",
                Sort.DOUBTFUL,
                gettext_noop("incidents without any audit: only as opened"),
            )
        self._caller = self._value("caller_id")
        self._requester = self._desk.name(self._caller) if self._caller else _NO_CALLER
        if not self._caller:
            self._note("no_caller", Sort.DOUBTFUL, gettext_noop("incidents without a caller"))
        self._open(kept)
        update = 0
        for _, group in groupby(self._entries, key=lambda entry: (entry.at, entry.user)):
            update = self._hear(list(group), update)
        self._compare()
        return self._story.ticket()

    def _sorted(self) -> list[_Entry]:
        found = []
        for each in self._kept_audits:
            item = self._reading.item(each.value)
            count = item.label("record_checkpoint")
            is_count = count.isascii() and count.isdigit() and len(count) < 10
            found.append(
                _Entry(
                    item.at("sys_created_on"),
                    int(count) if is_count else 0,
                    each.row,
                    item.label("user"),
                    each,
                    self._worded(item),
                )
            )
        return sorted(found, key=lambda entry: entry[:4])

    def _worded(self, item: Item) -> Item:
        """The entry; the words of a comment are no label, so they may be long."""
        if item.label("fieldname") not in (_PUBLIC, _PRIVATE):
            return item
        return Item(
            {**item.value, "words": item.text("newvalue"), "newvalue": ""}, "", item.reading
        )

    def _value(self, name: str) -> str:
        return _both(self._item, name)[0]

    def _shown(self, name: str) -> str:
        return _both(self._item, name)[1]

    # who

    def _actor(self, user: str) -> Actor:
        """Who did something: the system, the caller, somebody who works incidents, or nobody."""
        if not user or user in _MACHINES:
            return self._story.machine
        person = self._desk.id_of(user)
        name = self._desk.name(person)
        if self._caller in (user, person) or (self._caller and name == self._requester):
            return self._story.person(self._requester, Side.REQUESTER)
        if user in self._desk.fulfillers or person in self._desk.fulfillers:
            return self._story.person(name, Side.PROVIDER)
        if name not in self._unknown:
            self._unknown.add(name)
            self._note("roles", Sort.DOUBTFUL, UNKNOWN_ROLE, name)
        return self._story.for_nobody(name)

    # the opening

    def _open(self, kept: Kept) -> None:
        story, item = self._story, self._item
        story.person(self._requester, Side.REQUESTER)
        at = self._reading.instant(
            self._value("opened_at") or item.needed("opened_at"), "opened_at"
        )
        opener = self._value("opened_by") or self._value("sys_created_by")
        actor = self._actor(opener)
        channel = self._shown("contact_type").lower()
        story.open(
            at,
            actor,
            requester=self._requester,
            channel=_CHANNELS.get(channel, e.Channel.IMPORT),
            kind=e.Kind.INCIDENT,
            subject=self._shown_text("short_description"),
        )
        self._matter = {name: self._first(name) for name in _MATTER}
        self._levels = {name: self._first(name) for name in ("priority", "impact", "urgency")}
        self._state, self._hold = self._first("state"), self._first("hold_reason")
        if not self._state:
            raise Unfit("state", "is missing")
        if not self._is_audited("state", "incident_state"):
            self._begin_open()
        sha256 = digest_of(kept.value, kept.row)
        changes = list(self._begun(actor))
        story.hear(Trace(kept.row, 0, sha256, self._state), at, changes)

    def _is_audited(self, *names: str) -> bool:
        return any(entry.name in names for entry in self._entries)

    def _begin_open(self) -> None:
        """A last state is not the first one: where no audit tells when it came, it never did."""
        if self._desk.label("state", self._state) not in _FIRST_STATES:
            text = gettext_noop(
                "incidents whose state has no audit: when it came is not known, they stay open"
            )
            self._note("unaudited_state", Sort.DOUBTFUL, text)
            self._state = _FIRST_STATES[0]

    def _shown_text(self, name: str) -> str:
        value = self._item.value.get(name)
        if isinstance(value, dict):
            part = self._item.part(name)
            assert part is not None
            return part.text("display_value") or part.text("value")
        return self._item.text(name)

    def _first(self, name: str) -> str:
        """The value that a field had at first: what its first audit changed, or what it has."""
        names = ("state", "incident_state") if name == "state" else (name,)
        for entry in self._entries:
            if entry.name in names and (entry.item.has("oldvalue") or entry.item.has("newvalue")):
                return entry.item.label("oldvalue") or (entry.new if name == "state" else "")
        return self._value(name)

    def _begun(self, actor: Actor) -> Iterator[Change]:
        story = self._story
        words = self._shown_text("description")
        if words and actor.side is Side.REQUESTER:
            yield from story.received(actor, "description", self._channel(), words)
        elif words:
            yield from story.noted(actor, "description", words)
        if any(self._matter.values()):
            yield actor, self._classified()
        if self._levels["priority"]:
            yield actor, self._prioritised()
        yield from self._assigned(actor, self._first("assignment_group"))
        yield from self._owned(actor, self._first("assigned_to"))
        yield from story.entered(actor, self._meaning(), "first")

    def _channel(self) -> e.Channel:
        return _CHANNELS.get(self._shown("contact_type").lower(), e.Channel.IMPORT)

    # what

    def _meaning(self) -> Meaning:
        """What the state means, with the reason of a hold."""
        label = self._desk.label("state", self._state)
        if label not in _STATES:
            known = ", ".join(_STATES)
            text = f"{self._state!r} is not known; known are {known}. Add sys_choice to name others"
            raise Unfit("state", text)
        if label != "on hold":
            return _STATES[label]
        reason = self._desk.label("hold_reason", self._hold)
        if not reason:
            self._note("holds", Sort.DOUBTFUL, gettext_noop("holds without a reason"))
            return _STATES[label]
        if reason not in _HOLDS:
            known = ", ".join(_HOLDS)
            text = f"{self._hold!r} is not known; known are {known}. Add sys_choice to name others"
            raise Unfit("hold_reason", text)
        return _HOLDS[reason]

    def _classified(self) -> e.TicketClassified:
        category = " / ".join(filter(None, (self._matter["category"], self._matter["subcategory"])))
        return e.TicketClassified(
            e.Kind.INCIDENT,
            service=self._matter["business_service"],
            item=self._matter["cmdb_ci"],
            site=self._matter["location"],
            category=category,
        )

    def _prioritised(self) -> e.TicketPrioritised:
        level = _level("priority", self._levels["priority"])
        if level == 5:
            self._note("planning", Sort.READ, gettext_noop("priority 5 (Planning): taken for P4"))
        impact, urgency = (_level(name, self._levels[name]) for name in ("impact", "urgency"))
        return e.TicketPrioritised(_PRIORITIES[level], min(impact, 4), min(urgency, 4))

    def _assigned(self, actor: Actor, group: str) -> Iterator[Change]:
        if group:
            known = group in self._desk.groups or re.fullmatch(r"[0-9a-f]{32}", group)
            yield from self._story.assigned(
                actor, self._desk.groups.name(group) if known else group
            )

    def _owned(self, actor: Actor, owner: str) -> Iterator[Change]:
        person = ""
        if owner:
            side = Side.REQUESTER if owner == self._caller else Side.PROVIDER
            person = self._story.person(self._desk.name(self._desk.id_of(owner)), side).id
        yield from self._story.owned(actor, person)

    # audits

    def _hear(self, group: Sequence[_Entry], update: int) -> int:
        """Tell what was changed in one go; gives the number of the last entry."""
        actor = self._actor(group[0].user)
        changes = list(self._changes(group, actor))
        for place, entry in enumerate(group, 1):
            trace = Trace(entry.row, update + place, entry.kept.sha256, self._state)
            self._story.hear(trace, entry.at, changes if place == len(group) else ())
        return update + len(group)

    def _changes(self, group: Sequence[_Entry], actor: Actor) -> Iterator[Change]:
        story = self._story
        for entry in group:
            yield from self._words(entry, actor)
        last = {entry.name: entry.new for entry in group}
        self._count_unread(last)
        self._state = last.get("state") or last.get("incident_state") or self._state
        self._hold = last.get("hold_reason", self._hold)
        new = self._meaning()
        yield from story.left(actor, new, message=_answer_in(group, story, actor))
        if any(self._turned(self._matter, last)):
            yield actor, self._classified()
        if any(self._turned(self._levels, last)) and self._levels["priority"]:
            yield actor, self._prioritised()
        yield from self._assigned(actor, last.get("assignment_group", ""))
        if "assigned_to" in last:
            yield from self._owned(actor, last["assigned_to"])
        yield from story.entered(actor, new, group[-1].kept.sha256[:16])

    def _turned(self, values: dict[str, str], last: Mapping[str, str]) -> list[str]:
        """The names of values that the audits changed; they are taken over."""
        found = [name for name in values if name in last and last[name] != values[name]]
        values |= {name: last[name] for name in found}
        return found

    def _count_unread(self, last: Mapping[str, str]) -> None:
        for name in last:
            if name not in _FIELDS:
                self._note(
                    "fields",
                    Sort.READ,
                    gettext_noop("changes of fields that mean nothing here"),
                    name,
                )

    def _words(self, entry: _Entry, actor: Actor) -> Iterator[Change]:
        """A comment, which the caller sees, or a work note, which the caller does not."""
        if entry.name not in (_PUBLIC, _PRIVATE):
            return
        words = entry.item.text("words")
        if not words:
            return
        story, key = self._story, f"audit:{entry.kept.sha256[:16]}"
        if entry.name == _PRIVATE:
            yield from story.noted(actor, key, words)
        elif actor.side.is_technical or (actor.side is Side.MACHINE and not actor.on_behalf_of):
            to = story.id_of(self._requester)
            yield from story.written(actor, key, e.Channel.PORTAL, words, to=to)
        else:
            yield from story.received(
                actor,
                key,
                e.Channel.PORTAL,
                words,
                author=actor.on_behalf_of,
                is_automatic=actor.side is Side.MACHINE,
            )

    def _compare(self) -> None:
        """Count where the incident itself says otherwise than its audits."""
        now = self._value("state")
        if now and self._desk.label("state", now) != self._desk.label("state", self._state):
            text = gettext_noop(
                "incidents whose state is not what their audits come to; the audits are taken"
            )
            self._note("state", Sort.DISAGREES, text)


def _answer_in(group: Sequence[_Entry], story: Story, actor: Actor) -> str:
    """The id of the comment by which the caller answered in the same go, if there is one."""
    if actor.side is not Side.REQUESTER:
        return ""
    for entry in group:
        if entry.name == _PUBLIC and entry.item.text("words"):
            return story.id_for(f"message:audit:{entry.kept.sha256[:16]}")
    return ""


def _level(name: str, label: str) -> int:
    """The digit of a value such as `3` or `3 - Moderate`; 0 if it is missing. Raises Unfit."""
    if not label:
        return 0
    found = re.fullmatch(r"([1-5])(\s*-.*)?", label)
    if found is None:
        raise Unfit(name, f"{label!r} does not begin with a level from 1 to 5")
    return int(found[1])
