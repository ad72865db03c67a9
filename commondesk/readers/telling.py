"""One ticket of another desk, told as events: what all readers of records have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid5

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Body, Certainty, Side, WordsRef
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop
from commondesk.readers import export
from commondesk.readers.export import ExportedTicket, Quality, Sort


class Place(StrEnum):
    """Where a ticket stands, as far as the desk tells states apart."""

    ACTIVE = "active"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


_DONE = (Place.RESOLVED, Place.CLOSED)
UNKNOWN_ROLE = gettext_noop(
    "people whose role the export does not tell, counted once a ticket: what they did counts for no"
    " side"
)
"""How a reader tells of people who are `for_nobody`."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state of another desk means here; until is a date, if one is set."""

    place: Place
    on: e.WaitReason | None = None
    until: Instant | None = None


ACTIVE = Meaning(Place.ACTIVE)
RESOLVED = Meaning(Place.RESOLVED)
CLOSED = Meaning(Place.CLOSED)


def waiting(on: e.WaitReason, until: Instant | None = None) -> Meaning:
    """The meaning of a state in which a ticket waits."""
    return Meaning(Place.WAITING, on, until)


MEANINGS = {
    "open": ACTIVE,
    "waiting requester": waiting(e.WaitReason.REQUESTER),
    "waiting vendor": waiting(e.WaitReason.VENDOR),
    "waiting approval": waiting(e.WaitReason.APPROVAL),
    "waiting date": waiting(e.WaitReason.SCHEDULED),
    "waiting": waiting(e.WaitReason.OTHER),
    "resolved": RESOLVED,
    "closed": CLOSED,
}
"""What a state can mean, as mappings say it."""


class Trace(NamedTuple):
    """What a record leaves: its row, its place among the ticket's, its SHA-256, the state."""

    row: int
    update: int
    sha256: str
    state: str = ""


Change = tuple[Actor, Body]
Timed = tuple[Instant, Certainty, Change]


class Story:
    """The events of one ticket, put together in the order in which they happened."""

    def __init__(self, company: UUID, source: str, number: str, row: int, quality: Quality) -> None:
        self.company = company
        self.source = source
        self.number = number
        self.stream = export.stream_of(company, source, number)
        self.machine = export.reader_of(source)
        self.meaning = ACTIVE
        self.team = ""
        self.owner = ""
        self.reopens = 0
        self._row = row
        self._quality = quality
        self._people: dict[str, Side] = {}
        self._actors: dict[str, Actor] = {}
        self._ids: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._drafts: list[Draft] = []
        self._rows: list[str] = []
        self._latest_at: Instant | None = None
        self._wait = ""

    # who

    def person(self, name: str, side: Side) -> Actor:
        """Somebody as the actor of what they did; whoever was named before keeps their side."""
        known = self._actors.get(name)
        if known is None:
            told = self._people.setdefault(name, side)
            known = self._actors[name] = Actor(self.id_of(name), told)
        return known

    def id_of(self, name: str) -> str:
        """The id of somebody."""
        known = self._ids.get(name)
        if known is None:
            known = self._ids[name] = export.person_id(self.company, self.source, name)
        return known

    def for_nobody(self, name: str) -> Actor:
        """The machine, on behalf of somebody whose side nobody can tell."""
        self._people.setdefault(name, Side.REQUESTER)
        return Actor(self.machine.id, Side.MACHINE, on_behalf_of=self.id_of(name))

    # words and ids

    def said(self, key: str, text: str) -> WordsRef:
        """Keep words of people, under a key."""
        self._words[key] = text
        return WordsRef(key, "")

    def id_for(self, what: str) -> str:
        """The id of something within the ticket; the same in every import."""
        return str(uuid5(UUID(self.stream), what))

    # events

    def open(
        self,
        at: Instant,
        actor: Actor,
        *,
        requester: str,
        channel: e.Channel,
        kind: e.Kind,
        subject: str,
        opening: e.Opening = e.Opening.NORMAL,
    ) -> None:
        """The ticket began, for a requester by their name."""
        self._latest_at = at
        body = e.TicketOpened(
            number=0,
            requester=self.id_of(requester),
            channel=channel,
            kind=kind,
            subject=self.said("subject", subject) if subject else WordsRef("subject", ""),
            opening=opening,
        )
        self._add(at, actor, body)

    def hear(self, trace: Trace, at: Instant, changes: Iterable[Change]) -> None:
        """Add the trace of a record, then what it changed."""
        listed = list(changes)
        self._rows.append(trace.sha256)
        body = e.RowImported(
            source=self.source,
            row=trace.row,
            update=trace.update,
            sha256=trace.sha256,
            state=trace.state,
            changes=len(listed),
        )
        self._add(at, self.machine, body)
        if listed:
            moved_to, certainty = self._orderly(at)
            for actor, change in listed:
                self._add(moved_to, actor, change, certainty)

    def hear_of_times(self, trace: Trace, at: Instant, changes: Iterable[Timed]) -> None:
        """Add the trace of a record, then what it tells of several times, in their order."""
        listed = list(changes)
        self._rows.append(trace.sha256)
        body = e.RowImported(
            source=self.source,
            row=trace.row,
            update=trace.update,
            sha256=trace.sha256,
            state=trace.state,
            changes=len(listed),
        )
        self._add(at, self.machine, body)
        for told_at, certainty, (actor, change) in listed:
            moved_to, moved = self._orderly(told_at)
            self._add(moved_to, actor, change, moved if moved_to != told_at else certainty)

    def _orderly(self, at: Instant) -> tuple[Instant, Certainty]:
        """No change happens before an earlier one; a time that is told so is moved."""
        if self._latest_at is None or at >= self._latest_at:
            self._latest_at = at
            return at, Certainty.IMPORTED
        text = gettext_noop(
            "records timed before the opening or an earlier one; what they changed is dated at that"
            " one and marked as estimated"
        )
        self._quality.note("moved", Sort.REPAIRED, text, example=self.number)
        return self._latest_at, Certainty.ESTIMATED

    def _add(
        self, at: Instant, actor: Actor, body: Body, certainty: Certainty = Certainty.IMPORTED
    ) -> None:
        self._drafts.append(Draft(self.stream, at, actor, body, certainty))

    def ticket(self) -> ExportedTicket:
        """The whole ticket."""
        self._quality.tickets += 1
        return ExportedTicket(
            number=self.number,
            stream=self.stream,
            row=self._row,
            rows=tuple(self._rows),
            people=self._people,
            drafts=tuple(self._drafts),
            words=self._words,
        )

    @property
    def is_done(self) -> bool:
        """Whether it stands solved or closed."""
        return self.meaning.place in _DONE

    # messages

    def received(
        self,
        actor: Actor,
        key: str,
        channel: e.Channel,
        text: str,
        *,
        author: str = "",
        is_automatic: bool = False,
    ) -> Iterator[Change]:
        """A message to the desk. author is an id, where it is not the actor's."""
        yield (
            actor,
            e.MessageReceived(
                message=self.id_for(f"message:{key}"),
                author=author or actor.id,
                channel=channel,
                text=self.said(key, text),
                is_automatic=is_automatic,
            ),
        )

    def written(
        self, actor: Actor, key: str, channel: e.Channel, text: str, *, to: str
    ) -> Iterator[Change]:
        """A public message to somebody's id, delivered when the export says that it was public."""
        message = self.id_for(f"message:{key}")
        yield actor, e.MessageWritten(message=message, to=(to,), text=self.said(key, text))
        yield self.machine, e.MessageDelivered(message, channel)

    def noted(self, actor: Actor, key: str, text: str) -> Iterator[Change]:
        """An internal note."""
        note = self.id_for(f"note:{key}")
        yield actor, e.NoteWritten(note, e.Audience.BOTH_TEAMS, self.said(key, text))

    # states

    def left(self, actor: Actor, new: Meaning, *, message: str = "") -> Iterator[Change]:
        """What ends as the ticket goes into another state. message: what it was reopened by."""
        if new == self.meaning:
            return
        if self._wait:
            yield actor, e.WaitEnded(self._wait)
            self._wait = ""
        old = self.meaning.place
        if old in _DONE and (old, new.place) != _DONE:
            self.reopens += 1
            yield actor, e.TicketReopened(message)

    def entered(self, actor: Actor, new: Meaning, key: str) -> Iterator[Change]:
        """What begins with it. key tells this wait from the others of the ticket."""
        if new == self.meaning:
            return
        old, self.meaning = self.meaning, new
        if new.on is not None:
            self._wait = self.id_for(f"wait:{key}")
            yield actor, e.WaitBegun(self._wait, new.on, until=new.until)
        elif new.place is Place.RESOLVED:
            yield actor, e.TicketResolved()
        elif new.place is Place.CLOSED:
            if old.place is not Place.RESOLVED:
                self._quality.note(
                    "closed_unresolved",
                    Sort.READ,
                    gettext_noop(
                        "tickets closed without being solved before: taken for solved then"
                    ),
                    example=self.number,
                )
                yield actor, e.TicketResolved()
            yield actor, e.TicketClosed()

    # hands

    def assigned(self, actor: Actor, team: str) -> Iterator[Change]:
        """Routed to another team; an export that names none leaves the last one."""
        if team and team != self.team:
            self.team = team
            yield actor, e.TicketAssigned(team, e.Tier.L1)

    def owned(self, actor: Actor, owner: str) -> Iterator[Change]:
        """Somebody else has it, by their id, or nobody."""
        if owner == self.owner:
            return
        if owner:
            yield actor, e.TicketTaken(owner, self.team, e.Tier.L1)
        else:
            yield actor, e.TicketReleased(self.owner)
        self.owner = owner


class People:
    """Names by the ids of another desk: two people of one name are told apart by their ids."""

    def __init__(self, unnamed: str) -> None:
        self._unnamed = unnamed
        self._names: dict[str, str] = {}
        self._ids: dict[str, set[str]] = {}

    def add(self, id_: str, name: str) -> None:
        """Learn of somebody."""
        if not (id_ and name) or id_ in self._names:
            return
        self._names[id_] = name
        self._ids.setdefault(name, set()).add(id_)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._names

    def name(self, id_: str) -> str:
        """What somebody is called."""
        name = self._names.get(id_, "")
        if not name:
            return f"{self._unnamed} {id_}"
        return name if len(self._ids[name]) == 1 else f"{name} ({id_})"
