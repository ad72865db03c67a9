"""Zammad: tickets with their history and articles, as the interface answers them in JSON.

https://docs.zammad.org/en/latest/api/ticket/index.html and the pages that docs/readers.md names
describe the format; docs/readers.md tells how each field is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from commondesk.core.record import events as e
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
    stream_of,
)
from commondesk.readers.own_words import OwnWords, own_words_of
from commondesk.readers.records import (
    Item,
    Kept,
    Reading,
    Shelf,
    Unfit,
    digest_of,
    pieces,
    without_twins,
)
from commondesk.readers.tables import BEHIND_BREAK, BROKEN_OFF
from commondesk.readers.telling import (
    ACTIVE,
    RESOLVED,
    UNKNOWN_ROLE,
    Change,
    Meaning,
    People,
    Story,
    Trace,
    waiting,
)

NAME = "zammad"
TITLE = gettext_noop("Zammad (JSON: tickets, history and articles)")
SOURCE = "zammad"

LISTS = frozenset({"tickets", "ticket", "history", "articles", "users", "assets"})
_STATES = {
    "new": ACTIVE,
    "open": ACTIVE,
    "pending reminder": waiting(e.WaitReason.SCHEDULED),
    "pending close": waiting(e.WaitReason.SCHEDULED),
    "closed": RESOLVED,
}
_MERGED, _REMOVED = "merged", "removed"
_PRIORITIES = {
    "1 low": e.Priority.P4,
    "2 normal": e.Priority.P3,
    "3 high": e.Priority.P2,
}
_CHANNELS = {
    "email": e.Channel.MAIL,
    "phone": e.Channel.PHONE,
    "web": e.Channel.PORTAL,
    "note": e.Channel.PORTAL,
    "chat": e.Channel.CHAT,
    "sms": e.Channel.CHAT,
}
_SENDERS = ("Agent", "Customer", "System")
_ROLES = {"Admin": Side.PROVIDER, "Agent": Side.PROVIDER, "Customer": Side.REQUESTER}
_NOBODY = "1"
"""The id of the user that stands for the system, and as an owner for nobody."""
_ATTRIBUTES = frozenset({"state", "priority", "group", "owner", "customer"})


# ---- the file -------------------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file holds tickets, history or articles of Zammad."""
    text = head.text
    if '"history"' in text and '"o_id"' in text:
        return Fit(1.0, "it holds history with o_id")
    if '"customer_id"' in text and '"create_article_sender_id"' in text:
        return Fit(1.0, "it holds tickets with customer_id and create_article_sender_id")
    if '"ticket_id"' in text and '"content_type"' in text and '"internal"' in text:
        return Fit(0.8, "it holds articles with ticket_id and internal")
    if '"firstname"' in text and '"lastname"' in text and '"roles"' in text:
        return Fit(0.5, "it holds users with roles")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The tickets, by where they begin. Raises UnusableExport where reading cannot go on."""
    reading = Reading(quality, asked.zone)
    desk = _Desk(own_words_of(asked.mapping))
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
                quality.refuse(Problem(kept[0].row, wrong.column, str(wrong)))
                continue
            if told is not None:
                yield told


@dataclass(slots=True)
class _Desk:
    """What an export says of people, and of tickets by their ids."""

    own: OwnWords
    people: People = field(default_factory=lambda: People("Zammad user"))
    sides: dict[str, Side] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    has_articles: bool = False


def _lay(shelf: Shelf, desk: _Desk, row: int, name: str, item: Item) -> None:
    """Keep a record with those of its ticket, or learn of users. Raises Unfit."""
    match name or _kind_of(item):
        case "assets":
            users = item.part("User")
            for each in users.value if users else ():
                user = users.part(each) if users else None
                if user is not None:
                    _learn(desk, user)
        case "users":
            _learn(desk, item)
        case "history":
            ticket = _ticket_of(item)
            if ticket:
                shelf.lay(ticket, row, "history", dict(item.value))
        case "articles":
            desk.has_articles = True
            _know_author(desk, item)
            shelf.lay(item.needed("ticket_id"), row, "article", dict(item.value))
        case _:
            desk.numbers[item.needed("id")] = item.needed("number")
            shelf.lay(item.needed("id"), row, "ticket", dict(item.value))


def _kind_of(item: Item) -> str:
    """What a record is that stands by itself."""
    if "ticket_id" in item.value and "body" in item.value:
        return "articles"
    if "o_id" in item.value:
        return "history"
    if "number" in item.value and "customer_id" in item.value:
        return "tickets"
    if "login" in item.value:
        return "users"
    raise Unfit("", "is neither a ticket, an article, an entry of a history, nor a user")


def _learn(desk: _Desk, user: Item) -> None:
    number = user.needed("id")
    name = f"{user.label('firstname')} {user.label('lastname')}".strip()
    desk.people.add(number, name if name.strip("-") else user.label("login"))
    for role in user.labels("roles"):
        if role in _ROLES and desk.sides.get(number) is not Side.PROVIDER:
            desk.sides[number] = _ROLES[role]


def _know_author(desk: _Desk, article: Item) -> None:
    """Whoever writes as an agent is one."""
    author = article.label("created_by_id")
    if author and article.label("sender") == "Agent":
        desk.sides[author] = Side.PROVIDER


def _ticket_of(entry: Item) -> str:
    """The id of the ticket that an entry is about; empty for what is about something else."""
    match entry.needed("object"):
        case "Ticket":
            return entry.needed("o_id")
        case "Ticket::Article":
            return entry.label("related_o_id")
        case _:
            return ""


def _carry(quality: Quality, desk: _Desk) -> None:
    """Say how far such an export carries the figures."""
    for figure in ("attainment.restore", "time.restore"):
        quality.carry(
            figure, Support.NONE, gettext_noop("no field tells that the service was back")
        )
    quality.carry("escalations", Support.NONE, gettext_noop("no field tells an escalation"))
    quality.carry(
        "bucket.templated",
        Support.NONE,
        gettext_noop("which replies were sent unchanged is not told"),
    )
    quality.carry(
        "reopens.thanks", Support.NONE, gettext_noop("which reopening was thanks only is not told")
    )
    why = gettext_noop("waits are told by the state, which names nobody who is waited for")
    for figure in ("attainment.resolution", "time.resolution"):
        quality.carry(figure, Support.PROXY, why)
    if not desk.has_articles:
        why = gettext_noop("the export has no articles: add /api/v1/ticket_articles/by_ticket/ID")
        for clock in ("response", "next_reply"):
            quality.carry(f"attainment.{clock}", Support.NONE, why)
            quality.carry(f"time.{clock}", Support.NONE, why)


# ---- a ticket -------------------------------------------------------------------------------


class _Step(NamedTuple):
    """An article, or an entry of the history."""

    at: Instant
    rank: int
    id: int
    kept: Kept
    item: Item


class _Teller:
    """Walks history and articles of one ticket and tells the events that they mean."""

    def __init__(
        self, asked: Asked, id_: str, kept: Sequence[Kept], desk: _Desk, reading: Reading
    ) -> None:
        self._asked, self._id, self._desk, self._reading = asked, id_, desk, reading
        self._quality = reading.quality
        sole = without_twins(kept, reading.quality)
        self._ticket = self._newest([each for each in sole if each.kind == "ticket"])
        self._row = kept[0].row
        self._unknown: set[str] = set()
        self._history = self._sorted(sole, "history", 1)
        self._articles = self._sorted(sole, "article", 0)

    def _newest(self, kept: Sequence[Kept]) -> Item:
        """The ticket as it stood last. Raises Unfit."""
        items = [self._reading.item(each.value) for each in kept]
        if not items:
            raise Unfit("ticket_id", f"ticket {self._id} itself is not in the export")
        if len(items) > 1:
            text = gettext_noop("older versions of a ticket; the latest was taken")
            self._quality.note("versions", Sort.DROPPED, text, example=items[0].label("number"))
            items.sort(key=lambda item: item.at("updated_at"))
        return items[-1]

    def _sorted(self, kept: Sequence[Kept], kind: str, rank: int) -> list[_Step]:
        found: dict[int, _Step] = {}
        for each in kept:
            if each.kind != kind:
                continue
            item = self._reading.item(each.value, kind)
            number = item.needed("id")
            if not (number.isascii() and number.isdigit() and len(number) < 20):
                raise Unfit(item.spot("id"), f"{number!r} is no whole number")
            if int(number) in found:
                raise Unfit(item.spot("id"), f"{number} stands twice, with different contents")
            found[int(number)] = _Step(item.at("created_at"), rank, int(number), each, item)
        return sorted(found.values(), key=lambda step: step[:3])

    def _note(self, code: str, sort: Sort, text: str, example: str = "") -> None:
        self._quality.note(code, sort, text, example=example or self._ticket.label("number"))

    def ticket(self) -> ExportedTicket | None:
        """The whole ticket; None for a removed one. Raises Unfit."""
        self._story = Story(
            self._asked.company, SOURCE, self._ticket.needed("number"), self._row, self._quality
        )
        if not self._history:
            if self._quality.count_of(BROKEN_OFF):
                self._quality.note(
                    "behind_break", Sort.DROPPED, BEHIND_BREAK, example=self._story.number
                )
                return None
            text = "is missing: add the answer of /api/v1/ticket_history/ID, or read the tickets"
            raise Unfit("history", f"{text} --as table with a mapping")
        self._requester = self._ticket.needed("customer_id")
        self._count_gaps()
        if self._value("state") == _REMOVED:
            self._note("removed", Sort.DROPPED, gettext_noop("removed tickets"))
            return None
        self._open()
        steps = sorted((*self._articles, *self._history), key=lambda step: step[:3])
        for update, step in enumerate(steps):
            tell = self._changed if step.rank else self._said
            changes = list(tell(step))
            trace = Trace(step.kept.row, update + 1, step.kept.sha256, self._state)
            self._story.hear(trace, step.at, changes)
        self._compare()
        return self._story.ticket()

    def _count_gaps(self) -> None:
        if any(_attribute(step.item) == "customer" for step in self._history):
            self._note(
                "requester",
                Sort.READ,
                gettext_noop("tickets whose customer changed: the last is taken"),
            )
        count = self._ticket.label("article_count")
        if count.isascii() and count.isdigit() and int(count) != len(self._articles):
            text = gettext_noop(
                "tickets whose count of articles is not that of the articles in the export"
            )
            self._note("articles", Sort.DISAGREES, text)

    # who

    def _name(self, number: str) -> str:
        return self._desk.people.name(number)

    def _actor(self, number: str) -> Actor:
        """Who did something: the system, the customer, an agent; or nobody can tell."""
        if number in ("", _NOBODY):
            return self._story.machine
        if number == self._requester:
            return self._story.person(self._name(number), Side.REQUESTER)
        side = self._desk.sides.get(number)
        if side is None:
            if number not in self._unknown:
                self._unknown.add(number)
                self._note("roles", Sort.DOUBTFUL, UNKNOWN_ROLE, self._name(number))
            return self._story.for_nobody(self._name(number))
        return self._story.person(self._name(number), side)

    # the opening

    def _open(self) -> None:
        ticket, first = self._ticket, self._articles[0].item if self._articles else None
        story = self._story
        story.person(self._name(self._requester), Side.REQUESTER)
        by = ticket.label("created_by_id")
        kind = first.label("type") if first else ""
        is_call = first is not None and kind == "phone" and first.label("sender") == "Customer"
        is_live = is_call and self._actor(by).side.is_technical
        actor = self._actor(by)
        at = ticket.at("created_at")
        story.open(
            at,
            actor,
            requester=self._name(self._requester),
            channel=_CHANNELS.get(kind, e.Channel.IMPORT),
            kind=e.Kind.INCIDENT,
            subject=ticket.text("title"),
            opening=e.Opening.LIVE if is_live else e.Opening.NORMAL,
        )
        self._note(
            "kinds", Sort.READ, gettext_noop("tickets have no kind here: taken for incidents")
        )
        self._state = self._first("state")
        trace = Trace(self._row, 0, digest_of(dict(ticket.value), self._row), self._state)
        story.hear(trace, at, list(self._begun(actor)))

    _state = ""

    def _begun(self, actor: Actor) -> Iterator[Change]:
        """The first values: what the history changed first, or what the ticket still has."""
        priority = self._first("priority")
        if priority:
            yield actor, e.TicketPrioritised(self._priority(priority))
        yield from self._story.assigned(actor, self._first("group"))
        yield from self._owned(actor, self._first_owner())
        yield from self._story.entered(actor, self._meaning(self._state), "first")

    def _first(self, name: str) -> str:
        for step in self._history:
            if _attribute(step.item) == name and step.item.label("type") == "updated":
                return step.item.label("value_from")
        return self._value(name)

    def _first_owner(self) -> str:
        for step in self._history:
            if _attribute(step.item) == "owner" and step.item.label("type") == "updated":
                return step.item.label("id_from")
        return self._ticket.label("owner_id")

    def _value(self, name: str) -> str:
        """What the ticket has now, by name: the history's last word, or the expanded answer's."""
        for step in reversed(self._history):
            if _attribute(step.item) == name and step.item.label("type") == "updated":
                return step.item.label("value_to")
        found = self._ticket.label(name)
        if not found and name != "owner" and self._ticket.has(f"{name}_id"):
            text = "is not named: ask for tickets with expand=true"
            raise Unfit(name, text)
        return found

    def _priority(self, name: str) -> e.Priority:
        found = self._desk.own.priorities.get(name.lower()) or _PRIORITIES.get(name.lower())
        if found is None:
            known = ", ".join(_PRIORITIES)
            text = f"{name!r} is not known; known are {known}. Say what it means in a mapping"
            raise Unfit("priority", text)
        return found

    def _meaning(self, name: str) -> Meaning:
        if name == _MERGED:
            return self._story.meaning
        found = self._desk.own.states.get(name.lower()) or _STATES.get(name.lower())
        if found is None:
            known = ", ".join((*_STATES, _MERGED, _REMOVED))
            text = f"{name!r} is not known; known are {known}. Say what it means in a mapping"
            raise Unfit("state", text)
        return found

    def _owned(self, actor: Actor, number: str) -> Iterator[Change]:
        owner = ""
        if number not in ("", _NOBODY):
            owner = self._story.person(self._name(number), Side.PROVIDER).id
        yield from self._story.owned(actor, owner)

    # steps

    def _changed(self, step: _Step) -> Iterator[Change]:
        """What an entry of the history means."""
        entry = step.item
        actor = self._actor(entry.label("created_by_id"))
        kind, name = entry.needed("type"), _attribute(entry)
        if entry.needed("object") != "Ticket":
            return
        if kind in ("merged_into", "received_merge"):
            yield from self._merged(actor, kind, entry)
        elif kind == "updated" and name == "state":
            self._state = entry.needed("value_to")
            new = self._meaning(self._state)
            yield from self._story.left(actor, new)
            yield from self._story.entered(actor, new, str(step.id))
        elif kind == "updated" and name == "priority":
            yield actor, e.TicketPrioritised(self._priority(entry.needed("value_to")))
        elif kind == "updated" and name == "group":
            yield from self._story.assigned(actor, entry.label("value_to"))
        elif kind == "updated" and name == "owner":
            yield from self._owned(actor, entry.needed("id_to"))
        elif kind != "created" and name not in _ATTRIBUTES:
            text = gettext_noop("entries of the history that mean nothing here")
            self._note("entries", Sort.READ, text, " ".join(filter(None, (kind, name))))

    def _merged(self, actor: Actor, kind: str, entry: Item) -> Iterator[Change]:
        """One ticket went into another, if both are in the export."""
        other = entry.needed("id_to" if kind == "merged_into" else "id_from")
        number = self._desk.numbers.get(other, "")
        if not number or other == self._id:
            text = gettext_noop(
                "merges with tickets that are not in the export: both stay in all counts"
            )
            self._note("merged", Sort.DOUBTFUL, text)
            return
        stream = stream_of(self._asked.company, SOURCE, number)
        if kind == "merged_into":
            yield actor, e.TicketMerged(stream)
        else:
            yield actor, e.TicketAbsorbed(stream)

    def _said(self, step: _Step) -> Iterator[Change]:
        """An article: to the desk, to the customer, or among those who work the ticket."""
        story, article = self._story, step.item
        sender = article.needed("sender")
        if sender not in _SENDERS:
            known = ", ".join(_SENDERS)
            raise Unfit(article.spot("sender"), f"{sender!r} is not known; known are {known}")
        is_internal = article.flag("internal")
        if is_internal is None:
            raise Unfit(article.spot("internal"), "is missing")
        by = article.label("created_by_id")
        key, words, type_ = f"article:{step.id}", article.text("body"), article.label("type")
        channel = _CHANNELS.get(type_, e.Channel.IMPORT)
        if sender == "Customer" and not is_internal:
            author = self._customer(article.label("origin_by_id") or by)
            yield from story.received(author, key, channel, words)
            return
        actor = story.machine if sender == "System" else self._actor(by)
        is_first = bool(self._articles) and self._articles[0].id == step.id
        if is_internal or (sender == "Agent" and is_first):
            if not is_internal:
                text = gettext_noop(
                    "tickets that an agent opened: the first article is kept as a note, no reply"
                )
                self._note("opened_by_agent", Sort.READ, text)
            yield from story.noted(actor, key, words)
            return
        if type_ == "note":
            text = gettext_noop(
                "public notes: shown to the customer, but sent to nobody; taken for replies"
            )
            self._note("public_notes", Sort.DOUBTFUL, text)
        yield from story.written(
            actor, key, channel, words, to=story.id_of(self._name(self._requester))
        )

    def _customer(self, number: str) -> Actor:
        """The author of what a customer said: perhaps somebody else than the one who is served."""
        if self._desk.sides.get(number) is Side.PROVIDER and number != self._requester:
            number = self._requester
        return self._story.person(self._name(number), Side.REQUESTER)

    def _compare(self) -> None:
        """Count where the ticket itself says otherwise than its history."""
        now = self._ticket.label("state")
        if now and now != self._state:
            text = gettext_noop(
                "tickets whose state is not what their history comes to; the history is taken"
            )
            self._note("state", Sort.DISAGREES, text)


def _attribute(entry: Item) -> str:
    """Which attribute an entry changed, such as `state`, also where it says `state_id`."""
    return entry.label("attribute").removesuffix("_id")
