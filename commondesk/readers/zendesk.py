"""Zendesk: tickets with their audits, or the export of ticket events, as JSON.

https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/ and the pages that
docs/readers.md names describe the format; docs/readers.md tells how each field is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

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
    pieces,
    shown,
    without_twins,
)
from commondesk.readers.tables import BEHIND_BREAK, BROKEN_OFF
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

NAME = "zendesk"
TITLE = gettext_noop("Zendesk (JSON: tickets with audits, or ticket events)")
SOURCE = "zendesk"

LISTS = frozenset({"ticket", "tickets", "audits", "ticket_events", "users", "groups"})
_STATES = {
    "new": ACTIVE,
    "open": ACTIVE,
    "pending": waiting(e.WaitReason.REQUESTER),
    "hold": waiting(e.WaitReason.VENDOR),
    "solved": RESOLVED,
    "closed": CLOSED,
}
_PRIORITIES = {
    "urgent": e.Priority.P1,
    "high": e.Priority.P2,
    "normal": e.Priority.P3,
    "low": e.Priority.P4,
}
_KINDS = {
    "incident": e.Kind.INCIDENT,
    "problem": e.Kind.INCIDENT,
    "question": e.Kind.QUESTION,
    "task": e.Kind.REQUEST,
}
_CHANNELS = {
    "email": e.Channel.MAIL,
    "mail": e.Channel.MAIL,
    "web": e.Channel.PORTAL,
    "web_form": e.Channel.PORTAL,
    "web_widget": e.Channel.PORTAL,
    "help_center": e.Channel.PORTAL,
    "mobile": e.Channel.PORTAL,
    "mobile_sdk": e.Channel.PORTAL,
    "api": e.Channel.API,
    "web_service": e.Channel.API,
    "chat": e.Channel.CHAT,
    "native_messaging": e.Channel.CHAT,
    "voice": e.Channel.PHONE,
    "phone": e.Channel.PHONE,
}
_ROLES = {"end-user": Side.REQUESTER, "agent": Side.PROVIDER, "admin": Side.PROVIDER}
_MACHINES = frozenset({"rule", "system", "trigger", "automation"})
_SYSTEM = "-1"
_FIELDS = frozenset(
    {"status", "priority", "type", "group_id", "assignee_id", "requester_id", "subject"}
)
_SETTING = frozenset({"Create", "Change"})
_SPOKEN = frozenset({"Comment", "VoiceComment"})
_RATED = "SatisfactionRating"
_KNOWN = _SETTING | _SPOKEN | {"Notification", _RATED}
_SCORES = {"good": 5, "bad": 1}
"""Its two judgements, at the ends of our scale: nothing between them can be said there."""
_UNRATED = ("offered", "unoffered")
_TOLD = ("status", "type", "priority", "group_id", "assignee_id")
_PLAIN = frozenset({"id", "via", "via_reference_id", "event_type", "previous_value"})
_MERGED = "closed_by_merge"


# ---- the file -------------------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file holds audits or ticket events of Zendesk."""
    text = head.text
    if '"ticket_events"' in text or ('"child_events"' in text and '"ticket_id"' in text):
        return Fit(1.0, "it holds ticket_events")
    if '"audits"' in text and ('"ticket_id"' in text or '"requester_id"' in text):
        return Fit(1.0, "it holds audits of tickets")
    if '"tickets"' in text and '"requester_id"' in text and '"submitter_id"' in text:
        return Fit(0.8, "it holds tickets with requester_id and submitter_id")
    if '"users"' in text and any(f'"{role}"' in text for role in _ROLES):
        return Fit(0.5, "it holds users with roles of Zendesk")
    if text.lstrip().startswith("{") and '"groups"' in text and '"name"' in text:
        return Fit(0.4, "it holds groups")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The tickets, by where they begin. Raises UnusableExport where reading cannot go on."""
    reading = Reading(quality, asked.zone)
    desk = _Desk()
    with Shelf() as shelf:
        for row, name, value in pieces(sources, LISTS, quality):
            quality.rows += 1
            try:
                _lay(shelf, desk, row, name, reading.item(value))
            except Unfit as wrong:
                quality.refuse(Problem(row, wrong.column, str(wrong)))
        _carry(quality, desk)
        for number, kept in shelf.tickets():
            try:
                told = _Teller(asked, number, kept, desk, reading).ticket()
            except Unfit as wrong:
                quality.refuse(Problem(_row_of(wrong, kept), wrong.column, str(wrong)))
                continue
            if told is not None:
                yield told


def _row_of(wrong: Unfit, kept: Sequence[Kept]) -> int:
    return wrong.row if isinstance(wrong, _UnfitAt) else kept[0].row


class _UnfitAt(Unfit):
    """A value that does not fit, with the record that it stands in."""

    def __init__(self, row: int, wrong: Unfit) -> None:
        super().__init__(wrong.column, str(wrong))
        self.row = row


@dataclass(slots=True)
class _Desk:
    """What an export says of people and groups."""

    people: People = field(default_factory=lambda: People("Zendesk user"))
    groups: People = field(default_factory=lambda: People("Zendesk group"))
    sides: dict[str, Side] = field(default_factory=dict)
    has_words: bool = True


def _lay(shelf: Shelf, desk: _Desk, row: int, name: str, item: Item) -> None:
    """Keep a record with those of its ticket, or learn of a user or group. Raises Unfit."""
    match name or _kind_of(item):
        case "users":
            _learn(desk, item)
        case "groups":
            desk.groups.add(item.needed("id"), item.label("name"))
        case "audits":
            shelf.lay(item.needed("ticket_id"), row, "audit", dict(item.value))
        case "ticket_events":
            shelf.lay(item.needed("ticket_id"), row, "audit", _audit_of(item, desk))
        case _:
            _lay_ticket(shelf, desk, row, item)


def _kind_of(item: Item) -> str:
    """What a record is that stands by itself."""
    if "child_events" in item.value:
        return "ticket_events"
    if "ticket_id" in item.value and "events" in item.value:
        return "audits"
    if "role" in item.value:
        return "users"
    if "requester_id" in item.value or "status" in item.value:
        return "ticket"
    raise Unfit("", "is neither a ticket, an audit, a ticket event, nor a user")


def _learn(desk: _Desk, user: Item) -> None:
    number, role = user.needed("id"), user.label("role")
    desk.people.add(number, user.label("name"))
    if role:
        if role not in _ROLES:
            known = ", ".join(_ROLES)
            raise Unfit(user.spot("role"), f"{role!r} is not known; known are {known}")
        desk.sides.setdefault(number, _ROLES[role])


def _lay_ticket(shelf: Shelf, desk: _Desk, row: int, ticket: Item) -> None:
    """Keep a ticket, and apart from it what a side load put inside."""
    number = ticket.needed("id")
    for audit in ticket.parts("audits"):
        owner = audit.label("ticket_id")
        if owner and owner != number:
            raise Unfit(audit.spot("ticket_id"), f"is {owner}, inside ticket {number}")
        shelf.lay(number, row, "audit", dict(audit.value))
    for user in ticket.parts("users"):
        _learn(desk, user)
    for group in ticket.parts("groups"):
        desk.groups.add(group.needed("id"), group.label("name"))
    own = {name: value for name, value in ticket.value.items() if name not in LISTS}
    shelf.lay(number, row, "ticket", own)


def _audit_of(event: Item, desk: _Desk) -> Json:
    """A ticket event as an audit: the same update, told another way."""
    at = event.label("created_at") or _iso_of(event)
    children = event.parts("child_events")
    return {
        "id": event.needed("id"),
        "ticket_id": event.needed("ticket_id"),
        "created_at": at,
        "author_id": event.label("updater_id"),
        "via": event.value.get("via"),
        "events": [each for child in children for each in _events_of(child, desk)],
    }


def _iso_of(event: Item) -> str:
    text = event.needed("timestamp")
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise Unfit(event.spot("timestamp"), f"{text!r} is no number of seconds since 1970")
    return datetime.fromtimestamp(int(text), UTC).isoformat()


def _events_of(child: Item, desk: _Desk) -> Iterator[Json]:
    """A child event as events of an audit: each field that it names is one."""
    kind = child.needed("event_type")
    if kind not in ("Create", "Change"):
        if child.flag("comment_present") is False:
            return
        desk.has_words = desk.has_words and (kind != "Comment" or "body" in child.value)
        public = child.value.get("public", child.value.get("comment_public"))
        yield {**child.value, "type": kind, "public": public}
        return
    for name, value in child.value.items():
        if name not in _PLAIN:
            yield {
                "id": child.value.get("id"),
                "type": kind,
                "field_name": name,
                "value": value,
                "previous_value": child.value.get("previous_value"),
                "via": child.value.get("via"),
            }


def _carry(quality: Quality, desk: _Desk) -> None:
    """Say how far such an export carries the figures."""
    pending = gettext_noop(
        "pending is taken for a wait on the requester; whether a question was asked is told"
        " only where a public reply and pending came in one update"
    )
    for clock in ("response", "next_reply"):
        if not desk.sides:
            why = gettext_noop(
                "the export names no users, so sides are told by requester and assignee alone"
            )
            quality.carry(f"attainment.{clock}", Support.PROXY, why)
            quality.carry(f"time.{clock}", Support.PROXY, why)
    for figure in ("attainment.resolution", "time.resolution"):
        quality.carry(figure, Support.PROXY, pending)
    for figure in ("attainment.restore", "time.restore"):
        quality.carry(
            figure, Support.NONE, gettext_noop("no audit tells that the service was back")
        )
    if not desk.has_words:
        text = gettext_noop(
            "comments come without words: ask for include=comment_events to have them"
        )
        quality.note("wordless", Sort.ABSENT, text, count=0)
    quality.carry("escalations", Support.NONE, gettext_noop("no audit tells an escalation"))
    quality.carry(
        "bucket.templated",
        Support.NONE,
        gettext_noop("which replies were sent unchanged is not told"),
    )
    quality.carry(
        "reopens.thanks", Support.NONE, gettext_noop("which reopening was thanks only is not told")
    )


# ---- an audit -------------------------------------------------------------------------------


class _Part(NamedTuple):
    """An event of an audit; field is what a Create or Change set, and empty otherwise."""

    kind: str
    field: str
    item: Item


@dataclass(frozen=True, slots=True)
class _Audit:
    """One update of a ticket."""

    row: int
    sha256: str
    id: int
    at: Instant
    author: str
    via: str
    parts: list[_Part]

    @property
    def is_by_machine(self) -> bool:
        """Whether a rule or the system made the update."""
        return self.author == _SYSTEM or self.via in _MACHINES


def _via(item: Item, default: str = "") -> str:
    """How something came about: the type of a via, which the export of events gives as words."""
    value = item.value.get("via")
    if isinstance(value, dict):
        value = value.get("channel")
    if value is None or isinstance(value, int):
        return default
    if not isinstance(value, str):
        raise Unfit(item.spot("via"), f"wants a channel, not {shown(value)}")
    return re.sub(r"[^a-z]+", "_", value.lower()).strip("_")


def _audit(kept: Kept, reading: Reading) -> _Audit:
    item = reading.item(kept.value)
    number = item.needed("id")
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise Unfit(item.spot("id"), f"{number!r} is no whole number")
    return _Audit(
        row=kept.row,
        sha256=kept.sha256,
        id=int(number),
        at=item.at("created_at"),
        author=item.label("author_id"),
        via=_via(item),
        parts=[_part(each) for each in item.parts("events")],
    )


def _part(event: Item) -> _Part:
    kind = event.needed("type")
    return _Part(kind, event.needed("field_name") if kind in _SETTING else "", event)


# ---- a ticket -------------------------------------------------------------------------------


class _Teller:
    """Walks the audits of one ticket and tells the events that they mean."""

    def __init__(
        self, asked: Asked, number: str, kept: Sequence[Kept], desk: _Desk, reading: Reading
    ) -> None:
        self._desk = desk
        self._reading = reading
        self._quality = reading.quality
        sole = without_twins(kept, reading.quality)
        self._story = Story(asked.company, SOURCE, number, kept[0].row, reading.quality)
        self._ticket = self._newest([each for each in sole if each.kind == "ticket"])
        self._audits = self._sorted([each for each in sole if each.kind == "audit"])
        self._requester = ""
        self._assignees: set[str] = set()
        self._status = ""
        self._unknown: set[str] = set()

    def ticket(self) -> ExportedTicket | None:
        """The whole ticket; None for a deleted one. Raises Unfit."""
        if self._is_deleted():
            self._note("deleted", Sort.DROPPED, gettext_noop("deleted tickets"))
            return None
        if not self._audits:
            if self._quality.count_of(BROKEN_OFF):
                self._note("behind_break", Sort.DROPPED, BEHIND_BREAK)
                return None
            text = f"ticket {self._story.number} has no audits, so no history: add them"
            raise Unfit("audits", f"{text}, or read it --as table with a mapping")
        self._know_people()
        self._open()
        is_whole = self._is_whole()
        for update, audit in enumerate(self._audits):
            try:
                self._hear(audit, update, is_first=is_whole and not update)
            except Unfit as wrong:
                raise _UnfitAt(audit.row, wrong) from None
        self._compare()
        return self._story.ticket()

    def _note(self, code: str, sort: Sort, text: str, example: str = "") -> None:
        self._quality.note(code, sort, text, example=example or self._story.number)

    def _newest(self, kept: Sequence[Kept]) -> Item | None:
        """The ticket as it stood last, where it was exported more than once."""
        items = [self._reading.item(each.value) for each in kept]
        if len(items) > 1:
            self._note(
                "versions",
                Sort.DROPPED,
                gettext_noop("older versions of a ticket; the latest was taken"),
            )
            items.sort(key=lambda item: item.at("updated_at"))
        return items[-1] if items else None

    def _sorted(self, kept: Sequence[Kept]) -> list[_Audit]:
        found: dict[int, _Audit] = {}
        for each in kept:
            try:
                audit = _audit(each, self._reading)
            except Unfit as wrong:
                raise _UnfitAt(each.row, wrong) from None
            if audit.id in found:
                twin = Unfit("id", f"audit {audit.id} stands twice, with different contents")
                raise _UnfitAt(each.row, twin)
            found[audit.id] = audit
        return sorted(found.values(), key=lambda audit: (audit.at, audit.id))

    def _is_deleted(self) -> bool:
        return self._ticket is not None and self._ticket.label("status") == "deleted"

    # who

    def _know_people(self) -> None:
        """Who the requester is, and who ever was the assignee."""
        requesters = self._values_of("requester_id")
        final = self._ticket.label("requester_id") if self._ticket else ""
        self._requester = final or (requesters[-1] if requesters else "")
        if len({*requesters, self._requester} - {""}) > 1:
            self._note(
                "requester",
                Sort.READ,
                gettext_noop("tickets whose requester changed: the last is taken"),
            )
        if not self._requester:
            self._note(
                "no_requester", Sort.DOUBTFUL, gettext_noop("tickets of an unknown requester")
            )
        self._assignees = {each for each in self._values_of("assignee_id") if each}

    def _values_of(self, name: str) -> list[str]:
        """Every value that the audits give a field, in order."""
        return [
            part.item.label("value")
            for audit in self._audits
            for part in audit.parts
            if part.field == name
        ]

    def _name(self, number: str) -> str:
        return self._desk.people.name(number) if number else "Unknown requester"

    def _actor(self, number: str) -> Actor:
        """Who did something; the machine where nobody is named or nobody can tell their side."""
        if not number or number == _SYSTEM:
            return self._story.machine
        side = self._side(number)
        if side is None:
            if number not in self._unknown:
                self._unknown.add(number)
                self._note("roles", Sort.DOUBTFUL, UNKNOWN_ROLE, self._name(number))
            return self._story.for_nobody(self._name(number))
        return self._story.person(self._name(number), side)

    def _side(self, number: str) -> Side | None:
        if number == self._requester:
            return Side.REQUESTER
        known = self._desk.sides.get(number)
        if known is None and number in self._assignees:
            return Side.PROVIDER
        return known

    # the opening

    def _open(self) -> None:
        first, ticket = self._audits[0], self._ticket
        at = first.at if ticket is None or not ticket.has("created_at") else ticket.at("created_at")
        via = _via(ticket, first.via) if ticket else first.via
        if not self._is_whole():
            self._note(
                "begun",
                Sort.DOUBTFUL,
                gettext_noop("tickets whose first audit is not in the export"),
            )
        self._story.person(self._name(self._requester), Side.REQUESTER)
        self._story.open(
            at,
            self._actor(first.author or self._requester),
            requester=self._name(self._requester),
            channel=self._channel(via),
            kind=self._kind(self._first_value("type")),
            subject=self._first_value("subject") or (ticket.text("subject") if ticket else ""),
        )

    def _is_whole(self) -> bool:
        """Whether the history begins with the opening."""
        return any(part.kind == "Create" for part in self._audits[0].parts)

    def _first_value(self, name: str) -> str:
        for part in self._audits[0].parts:
            if part.field == name and part.kind == "Create":
                return part.item.text("value")
        return ""

    def _channel(self, via: str) -> e.Channel:
        channel = _CHANNELS.get(via)
        if channel is None:
            text = gettext_noop(
                "tickets and comments that came another way than by mail, page, API, chat, phone"
            )
            self._note("channel", Sort.READ, text, via or "none named")
        return channel or e.Channel.IMPORT

    def _kind(self, name: str) -> e.Kind:
        if name and name not in _KINDS:
            raise Unfit("type", f"{name!r} is not known; known are {', '.join(_KINDS)}")
        if not name:
            self._note(
                "no_type",
                Sort.READ,
                gettext_noop("tickets without a type at first: taken for incidents"),
            )
        return _KINDS.get(name, e.Kind.INCIDENT)

    # audits

    def _hear(self, audit: _Audit, update: int, *, is_first: bool) -> None:
        status = self._values(audit).get("status")
        state = status.label("value") if status else self._status
        trace = Trace(audit.row, update, audit.sha256, state)
        self._story.hear(trace, audit.at, list(self._changes(audit, is_first=is_first)))

    def _changes(self, audit: _Audit, *, is_first: bool) -> Iterator[Change]:
        """What an audit means: words first, then the matter, hands, and the state."""
        story, values = self._story, self._values(audit)
        self._count_unread(audit)
        messages = [*self._messages(audit, is_first=is_first)]
        yield from messages
        new, actor = story.meaning, self._actor_of(audit, values.get("status"))
        if status := values.get("status"):
            new = self._meaning(status.label("value"))
        yield from story.left(actor, new, message=_answer_in(messages))
        for name, event in values.items():
            by = self._actor_of(audit, event)
            yield from self._set(name, event.label("value"), by, is_first=is_first)
        asked = _reply_in(messages)
        if asked and new != story.meaning and new.on is e.WaitReason.REQUESTER:
            yield actor, e.QuestionAsked(asked)
        yield from story.entered(actor, new, str(audit.id))
        for part in audit.parts:
            if part.kind == _RATED:
                yield from self._rated(audit, part.item)

    def _actor_of(self, audit: _Audit, event: Item | None) -> Actor:
        """Who changed a field: a rule may do so within the update of a person."""
        if audit.is_by_machine or (event is not None and _via(event) in _MACHINES):
            return self._story.machine
        return self._actor(audit.author)

    def _values(self, audit: _Audit) -> Mapping[str, Item]:
        """The last setting of each field in an audit, in the order in which they are told."""
        found = {part.field: part.item for part in audit.parts if part.field}
        return {name: found[name] for name in _TOLD if name in found}

    def _set(self, name: str, value: str, actor: Actor, *, is_first: bool) -> Iterator[Change]:
        """What setting a field means, beside the status."""
        if name == "type" and value and not is_first:
            yield actor, e.TicketClassified(self._kind(value))
        elif name == "priority" and value:
            yield actor, e.TicketPrioritised(self._priority(value))
        elif name == "group_id" and value:
            yield from self._story.assigned(actor, self._desk.groups.name(value))
        elif name == "assignee_id":
            yield from self._owned(actor, value)

    def _meaning(self, status: str) -> Meaning:
        if status not in _STATES:
            raise Unfit("status", f"{status!r} is not known; known are {', '.join(_STATES)}")
        self._status = status
        return _STATES[status]

    def _priority(self, name: str) -> e.Priority:
        if name not in _PRIORITIES:
            raise Unfit("priority", f"{name!r} is not known; known are {', '.join(_PRIORITIES)}")
        return _PRIORITIES[name]

    def _owned(self, actor: Actor, number: str) -> Iterator[Change]:
        owner = ""
        if number:
            owner = self._story.person(self._name(number), self._side(number) or Side.PROVIDER).id
        yield from self._story.owned(actor, owner)

    def _count_unread(self, audit: _Audit) -> None:
        for part in audit.parts:
            if part.field and part.field not in _FIELDS:
                text = gettext_noop("changes of fields that mean nothing here")
                self._note("fields", Sort.READ, text, part.field)
            elif part.kind not in _KNOWN:
                text = gettext_noop("events of kinds that are not read")
                self._note("kinds", Sort.DROPPED, text, part.kind)

    # words

    def _messages(self, audit: _Audit, *, is_first: bool) -> Iterator[Change]:
        comments = [part for part in audit.parts if part.kind in _SPOKEN]
        is_mailed = any(self._is_mail_to_requester(part) for part in audit.parts)
        has_reply = False
        for place, comment in enumerate(comments, 1):
            said = [*self._comment(audit, comment, place, is_first=is_first, is_mailed=is_mailed)]
            has_reply = has_reply or any(isinstance(body, e.MessageWritten) for _, body in said)
            yield from said
        if has_reply:
            return
        for place, part in enumerate(audit.parts, 1):
            if self._is_mail_to_requester(part):
                key = f"notification:{audit.id}:{place}"
                yield from self._story.written(
                    self._story.machine,
                    key,
                    e.Channel.MAIL,
                    part.item.text("body"),
                    to=self._story.id_of(self._name(self._requester)),
                )

    def _rated(self, audit: _Audit, rating: Item) -> Iterator[Change]:
        """What the requester thought of it; whoever else sets a rating judges nothing."""
        said = rating.label("score")
        if said in _UNRATED:
            return
        judged = said.partition("_")[0]
        if judged not in _SCORES:
            known = ", ".join((*_SCORES, *_UNRATED))
            raise Unfit(rating.spot("score"), f"{said!r} is not known; known are {known}")
        actor = self._actor_of(audit, rating)
        if not actor.side.is_requesters or not self._story.is_done:
            text = gettext_noop(
                "ratings by nobody of the requester's side, or of a ticket not solved: left out"
            )
            self._note("ratings", Sort.DOUBTFUL, text)
            return
        words = rating.text("body")
        text_of = self._story.said(f"rating:{audit.id}", words) if words else None
        yield actor, e.TicketRated(_SCORES[judged], text_of)

    def _is_mail_to_requester(self, part: _Part) -> bool:
        """Whether an event is a mail that a rule sent to the requester."""
        if part.kind != "Notification" or not self._requester:
            return False
        return self._requester in part.item.labels("recipients")

    def _comment(
        self, audit: _Audit, part: _Part, place: int, *, is_first: bool, is_mailed: bool
    ) -> Iterator[Change]:
        """A comment: to the desk, to the requester, or among those who work the ticket."""
        story, comment = self._story, part.item
        author = comment.label("author_id") or audit.author
        via = _via(comment, audit.via)
        is_by_machine = author == _SYSTEM or via in _MACHINES
        actor = story.machine if is_by_machine else self._actor(author)
        key = f"comment:{comment.label('id') or f'{audit.id}:{place}'}"
        words = comment.text("plain_body") or comment.text("body")
        is_public = comment.flag("public")
        if is_public is None:
            raise Unfit(comment.spot("public"), "is missing: a comment is public or it is not")
        channel = e.Channel.PHONE if part.kind == "VoiceComment" else self._channel(via)
        if not is_public:
            yield from story.noted(actor, key, words)
        elif actor.side.is_technical and is_first:
            text = gettext_noop(
                "tickets that an agent opened: the first comment is kept as a note, not a reply"
            )
            self._note("opened_by_agent", Sort.READ, text)
            yield from story.noted(actor, key, words)
        elif actor.side.is_technical or is_by_machine:
            channel = e.Channel.MAIL if is_mailed else channel
            to = story.id_of(self._name(self._requester))
            yield from story.written(actor, key, channel, words, to=to)
        else:
            yield from story.received(
                actor,
                key,
                channel,
                words,
                author=actor.on_behalf_of,
                is_automatic=actor.side is Side.MACHINE,
            )

    # the end

    def _compare(self) -> None:
        """Count where the ticket itself says otherwise than its history."""
        if self._ticket is None:
            return
        status = self._ticket.label("status")
        if status and self._meaning_of(status) != self._story.meaning:
            text = gettext_noop(
                "tickets whose status is not what their history comes to; the history is taken"
            )
            self._note("status", Sort.DISAGREES, text)
        if _MERGED in self._ticket.labels("tags"):
            text = gettext_noop(
                "merged tickets: into which is told in words only, so they stay in all counts"
            )
            self._note("merged", Sort.DOUBTFUL, text)

    def _meaning_of(self, status: str) -> Meaning:
        kept = self._status
        meaning = self._meaning(status)
        self._status = kept
        return meaning


def _reply_in(changes: Sequence[Change]) -> str:
    """The id of the public message that a person of the desk wrote, if there is one."""
    for actor, body in changes:
        if isinstance(body, e.MessageWritten) and actor.side.is_technical:
            return body.message
    return ""


def _answer_in(changes: Sequence[Change]) -> str:
    """The id of the message that the requester's side wrote, if there is one."""
    for actor, body in changes:
        if isinstance(body, e.MessageReceived) and actor.side is Side.REQUESTER:
            return body.message
    return ""
