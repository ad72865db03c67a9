"""What the ticket page reads: the conversation, the hands, the clocks and what can be done."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts import policy
from commondesk.accounts import queries as people
from commondesk.accounts.models import Company, Person, Provider
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record import events as e
from commondesk.core.record.event import Event, Side
from commondesk.core.record.events import SenderCheck
from commondesk.core.record.instant import Instant, Span
from commondesk.core.record.priority import URGENCY_WORDS
from commondesk.core.record.ticket import Status, Ticket, VendorLeg, ticket_of
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.desk import about, chronicle, clock_words, own_words, readers, sides, wording
from commondesk.desk.chronicle import Line
from commondesk.desk.clock_words import ClockWords, Counted, LegBar, Turn
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.desk.queries import IMPACT_WORDS, channel_words, wait_words, waits_words
from commondesk.desk.writing import QUIET
from commondesk.governance import charters
from commondesk.ledger import memory, store, tables, words

ACTIVE = (Status.OPEN, Status.WAITING)
DONE = (Status.RESOLVED, Status.CLOSED)
STATUS_WORDS = {
    Status.OPEN: pgettext_noop("state of a ticket", "open"),
    Status.WAITING: pgettext_noop("state of a ticket", "waiting"),
    Status.RESOLVED: pgettext_noop("state of a ticket", "solved"),
    Status.CLOSED: pgettext_noop("state of a ticket", "closed"),
    Status.MERGED: pgettext_noop("state of a ticket", "merged"),
}
CHECK_TAGS: dict[str, tuple[tuple[str, str], ...]] = {
    SenderCheck.PASSED: (("met", gettext_noop("sender verified")),),
    SenderCheck.FAILED: (("late", gettext_noop("sender check failed")),),
}
KIND_WORDS = {
    "incident": gettext_noop("incident: something does not work"),
    "request": gettext_noop("request: something is wanted"),
    "question": gettext_noop("question"),
    "alert": gettext_noop("alert: told by a machine"),
}
DELICATE = {
    "har": gettext_noop("may hold sessions of somebody signed in"),
    "pcap": gettext_noop("recorded network traffic"),
    "pcapng": gettext_noop("recorded network traffic"),
    "ovpn": gettext_noop("access to a network"),
    "pem": gettext_noop("may hold a private key"),
    "key": gettext_noop("may hold a private key"),
    "ppk": gettext_noop("may hold a private key"),
    "p12": gettext_noop("may hold a private key"),
    "pfx": gettext_noop("may hold a private key"),
    "kdbx": gettext_noop("holds passwords"),
}
_MESSAGE_FIELDS = [
    each.attname for each in MessageRow._meta.concrete_fields if each.attname != "html"
]
_LISTS = frozenset({"to", "copies", "folds", "attachments"})
_MESSAGES = (
    "SELECT {}, html <> ''"  # noqa: S608 - names of ours
    f" FROM {MessageRow._meta.db_table} WHERE ticket_id = %s ORDER BY position"
).format(", ".join(f'"{each}"' for each in _MESSAGE_FIELDS))
_PROVIDERS = f"SELECT uuid, title FROM {Provider._meta.db_table} WHERE uuid IN ({{}})"  # noqa: S608
NOT_JUDGED = gettext_noop("not judged yet")
SIDE_WORDS = {
    Side.REQUESTER: pgettext_noop("side of a message", "requester"),
    Side.PROVIDER: pgettext_noop("side of a message", "provider"),
    Side.COMPANY: pgettext_noop("side of a message", "own IT"),
    Side.VENDOR: pgettext_noop("side of a message", "vendor"),
    Side.MACHINE: pgettext_noop("side of a message", "automatic"),
}


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, as a line that can be followed. delicate: what makes it one for few eyes."""

    id: str
    name: str
    size: int
    delicate: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message: words (kind is empty), or a quote or signature that is folded."""

    kind: str
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


@dataclass(frozen=True, slots=True)
class Beside:
    """Another address that a mail went to, and whether that person is on copy."""

    address: str
    is_on_copy: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message or note. paper is in, out, both or own; quiet ones are told as a line."""

    id: str
    at: Instant
    position: int
    author: str
    side: str
    paper: str
    to: str
    text: str
    pieces: tuple[Piece, ...]
    beside: tuple[Beside, ...]
    bounced: str
    has_look: bool
    files: tuple[File, ...]
    tags: tuple[tuple[str, str], ...]
    is_quiet: bool
    can_split: bool

    @property
    def has_many_folds(self) -> bool:
        return sum(1 for piece in self.pieces if piece.kind) > 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the conversation: a message, or a quiet line."""

    message: Message | None
    line: Line | None


@dataclass(frozen=True, slots=True)
class Readers:
    """Who will read what is written for an audience, by name."""

    own: tuple[str, ...]
    both: tuple[str, ...]
    everyone: tuple[str, ...]
    requester: str
    own_name: str


@dataclass(frozen=True, slots=True)
class OnCopy:
    """Somebody who gets what is written to everyone. Came along: with a merged ticket."""

    person: str
    title: str
    address: str
    came_along: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer that nobody has accepted yet, and what the viewer can do about it."""

    to: str
    ago: Span
    is_mine: bool
    can_take_back: bool
    is_lapsed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait or a vendor leg that is still on."""

    id: str
    text: str
    is_vendor: bool
    has_contact: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """Another ticket that belongs to this one."""

    uuid: str
    number: int
    code: str
    subject: str
    relation: str
    relation_words: str


@dataclass(frozen=True, slots=True)
class News:
    """What happened since somebody looked: who did what, and what they wrote."""

    lines: tuple[Line, ...]
    messages: tuple[Message, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of it in order."""
        told = [Entry(each, None) for each in self.messages]
        told += [Entry(None, each) for each in self.lines]
        return tuple(sorted(told, key=_place_of))


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The ticket as one screen shows it. path is its address."""

    row: TicketRow
    ticket: Ticket
    path: str
    code: str
    subject: str
    status: str
    is_active: bool
    opened: str
    kind: str
    service: str
    item: str
    site: str
    why: str
    impact: str
    urgency: str
    owner: str
    owner_beside: str
    is_mine: bool
    accountable: str
    offer: Offered | None
    waits: tuple[Waiting, ...]
    entries: tuple[Entry, ...]
    clocks: tuple[ClockWords, ...]
    legs: LegBar | None
    terms: tuple[str, ...]
    readers: Readers
    copies: tuple[OnCopy, ...]
    links: tuple[Linked, ...]
    merged_into: Linked | None
    absorbed: tuple[Linked, ...]
    booked: tuple[tuple[str, Span], ...]
    givable: tuple[tuple[str, str], ...]
    can: frozenset[str]
    needs_lowering: str


def find_ticket(company: Company, viewer: Viewer, number: int) -> TicketRow | None:
    """The ticket of that number, if the viewer may see it."""
    found = tables.read(TicketRow, "WHERE company = %s AND number = %s", company.uuid, number)
    if not found or not policy.may_read_ticket(
        viewer, company.uuid, found[0].requester, found[0].providers
    ):
        return None
    return found[0]


def ticket_page(company: Company, viewer: Viewer, row: TicketRow, at: Instant) -> TicketPage:
    """Everything about one ticket that this viewer may see."""
    with memory.remembering():
        return _Reader(company, viewer, row, at).page()


def counted(company: Company, viewer: Viewer, row: TicketRow, at: Instant) -> Counted:
    """How the clocks of a ticket were counted."""
    with memory.remembering():
        return _Reader(company, viewer, row, at).counted()


def clocks(company: Company, viewer: Viewer, row: TicketRow, at: Instant) -> clock_words.Clocks:
    """The clocks of a ticket alone."""
    with memory.remembering():
        return _Reader(company, viewer, row, at).clocks()


def news(company: Company, viewer: Viewer, row: TicketRow, seen: int, at: Instant) -> News:
    """What this viewer may know of what others did since the page was made at that position."""
    with memory.remembering():
        return _Reader(company, viewer, row, at).news(seen)


class _Reader:
    """Reads one ticket for one viewer: the record once, names once, messages once."""

    def __init__(self, company: Company, viewer: Viewer, row: TicketRow, at: Instant) -> None:
        self.company, self.viewer, self.row, self.at = company, viewer, row, at
        self.zone = ZoneInfo(company.zone)
        self.me = str(viewer.person_uuid)
        self.is_team = policy.may(viewer, Right.READ_TICKETS)
        self.history = store.history(company.uuid, str(row.uuid))
        ticket = ticket_of(self.history)
        assert ticket is not None, "a row stands for a ticket with events"
        self.ticket = ticket
        self.agreement = self._agreement()
        self.parts = {each: store.history(company.uuid, each) for each in ticket.absorbed}

    def counted(self) -> Counted:
        return clock_words.counted(
            self.ticket, self.history, self.parts, self.agreement, now=self.at
        )

    def clocks(self) -> clock_words.Clocks:
        return self._with_charters(
            clock_words.clocks_of(
                self.ticket,
                self.history,
                self.parts,
                self.agreement,
                zone=self.zone,
                now=self.at,
                turns=self._turns(),
            )
        )

    def news(self, seen: int) -> News:
        self._know()
        later = [event for event in self.history if event.position > seen]
        told = [event for event in later if not isinstance(event.body, QUIET)]
        lines = chronicle.lines(self.history, self.names)
        new = {event.position for event in told}
        written = [row for row in self._rows() if row.position in new]
        return News(
            lines=tuple(line for line in lines if line.position in new),
            messages=tuple(self._message(row, False, "") for row in written),
        )

    def page(self) -> TicketPage:
        self._know()
        ticket, row = self.ticket, self.row
        clocks = self.clocks() if self.is_team else clock_words.Clocks()
        return TicketPage(
            row=row,
            ticket=ticket,
            path=f"/c/{self.company.prefix}/tickets/{row.number}/",
            code=self._code(row.number),
            subject=row.subject or gettext("(no subject)"),
            status=pgettext("state of a ticket", STATUS_WORDS[ticket.status]),
            is_active=ticket.status in ACTIVE,
            opened=self._opened(),
            kind=gettext(KIND_WORDS[row.kind]) if row.kind in KIND_WORDS else row.kind,
            **self._about(),
            why=self._why(),
            impact=gettext(IMPACT_WORDS.get(ticket.impact, NOT_JUDGED)),
            urgency=gettext(URGENCY_WORDS.get(ticket.urgency, NOT_JUDGED)),
            owner=self.names.person(ticket.owner) if ticket.owner else "",
            owner_beside=self._team_words(),
            is_mine=ticket.owner == self.me,
            accountable=self._accountable(),
            offer=self._offer(),
            waits=tuple(self._waits()),
            entries=tuple(self._entries(clocks.first_human)),
            clocks=clocks.clocks,
            legs=clocks.legs,
            terms=clocks.terms,
            readers=self._readers(),
            copies=self.copies,
            links=tuple(self._linked(*link) for link in sorted(ticket.links)),
            merged_into=self._other(ticket.merged_into),
            absorbed=tuple(filter(None, map(self._other, ticket.absorbed))),
            booked=self._booked(),
            givable=self._givable() if self.is_team else (),
            can=frozenset(self._can()),
            needs_lowering=self._needs_lowering(),
        )

    def _know(self) -> None:
        """Read what the words need: teams, other tickets, copies, names."""
        self.teams = people.teams(self.company.uuid)
        self.others = self._others()
        self.copies = self._copies()
        self.names = self._names()

    # the charter, and whose hands are whose

    def _with_charters(self, clocks: clock_words.Clocks) -> clock_words.Clocks:
        return replace(clocks, terms=(*clocks.terms, *self._charter_words()))

    def _charter_words(self) -> Iterator[str]:
        """Which charter rules it, whether that is signed, and another one that a leg runs under."""
        wanted = [each for each in (self.ticket.charter, self.ticket.leg_charter) if each]
        if not wanted:
            return
        versions = charters.versions_of(self.company.uuid)
        known = {each.uuid: (each.version, each.provider) for each in versions}
        known = {uuid: known[uuid] for uuid in wanted if uuid in known}
        titles = self._provider_titles({provider for _, provider in known.values() if provider})
        if self.ticket.charter in known:
            version, provider = known[self.ticket.charter]
            state = pgettext("state of a charter", "unsigned draft")
            if self.agreement and self.agreement.is_signed:
                state = pgettext("state of a charter", "signed")
            told = gettext("Under the charter, version %(version)s, %(state)s.")
            if provider in titles:
                told = gettext("Under the charter with %(party)s, version %(version)s, %(state)s.")
            yield told % {"party": titles.get(provider), "version": version, "state": state}
        if self.ticket.leg_charter in known:
            version, provider = known[self.ticket.leg_charter]
            whose = titles.get(provider) or gettext("another organisation")
            told = gettext("Now with %(whose)s under its own charter, version %(version)s.")
            yield told % {"whose": whose, "version": version}

    def _turns(self) -> tuple[Turn, ...]:
        """Which organisation had it from when on, where providers' teams are at work."""
        whose = people.provider_by_team(self.company.uuid)
        had = [
            (event.happened_at, whose.get(event.body.team, ""))
            for event in self.history
            if isinstance(event.body, e.TicketTaken | e.HandoverAccepted)
        ]
        if len({provider for _, provider in had}) < 2:
            return ()
        titles = self._provider_titles({provider for _, provider in had if provider})
        turns = [Turn(at, titles.get(provider, self.company.title)) for at, provider in had]
        return tuple(
            turn
            for before, turn in zip([None, *turns], turns, strict=False)
            if before is None or before.organisation != turn.organisation
        )

    def _provider_titles(self, providers: Collection[str]) -> dict[str, str]:
        if not providers:
            return {}
        marks = tables.marks(len(providers))
        found = tables.select(_PROVIDERS.format(marks), *(UUID(each) for each in providers))
        return {str(tables.uuid_of(uuid)): title for uuid, title in found}

    # names

    def _agreement(self) -> Agreement | None:
        charter = self.ticket.charter
        return charters.agreement_by_id(self.company.uuid, charter) if charter else None

    def _others(self) -> dict[str, TicketRow]:
        wanted = chronicle.tickets_in(self.history) | {other for other, _ in self.ticket.links}
        if not wanted:
            return {}
        rows = TicketRow.objects.filter(company=self.company.uuid, uuid__in=list(wanted))
        return {str(row.uuid): row for row in rows}

    def _names(self) -> chronicle.Names:
        wanted = chronicle.people_in(self.history)
        wanted.update(_requester_of(part) for part in self.parts.values())
        wanted.update(each.person for each in self.copies)
        return chronicle.Names(
            people=people.titles(wanted),
            teams={team.slug: team.title for team in self.teams},
            tickets={
                stream: self._code(row.number)
                for stream, row in self.others.items()
                if self._may_see(row)
            },
            words=words.texts(chronicle.words_in(self.history), company=self.company.uuid),
            viewer=self.me,
            zone=self.zone,
            now=self.at,
            is_requester=not self.is_team,
        )

    def _copies(self) -> tuple[OnCopy, ...]:
        """Everybody on copy, with their addresses; merged tickets bring theirs along."""
        if not self.ticket.copies and not self.parts:
            return ()
        own = list(self.ticket.copies)
        parts = (ticket_of(part) for part in self.parts.values())
        brought = [each for part in parts if part for each in part.copies]
        wanted = list(dict.fromkeys([*own, *brought]))
        known = {str(each.uuid): each for each in Person.objects.filter(uuid__in=wanted)}
        return tuple(
            OnCopy(each, known[each].title, known[each].address or "", each not in own)
            for each in wanted
            if each in known
        )

    def _may_see(self, row: TicketRow) -> bool:
        return policy.may_read_ticket(self.viewer, self.company.uuid, row.requester, row.providers)

    def _code(self, number: int) -> str:
        return f"{self.company.prefix}-{number}"

    # the head

    def _opened(self) -> str:
        when = wording.instant_words(self.ticket.opened_at, self.zone, self.at)
        return f"{channel_words(self.row.channel)}, {when}"

    def _about(self) -> dict[str, str]:
        """Service, item and site as people call them, where anything was said."""
        row = self.row
        if not (row.service or row.item or row.site) or not self.is_team:
            return {"service": row.service, "item": row.item, "site": row.site}
        known = about.catalogue_of(self.company.uuid, self.at)
        return {kind: known.title(kind, getattr(row, kind)) for kind in ("service", "item", "site")}

    def _why(self) -> str:
        ticket = self.ticket
        if not ticket.impact and not ticket.urgency:
            return gettext(NOT_JUDGED) if not ticket.is_override else gettext("set by hand")
        parts = [IMPACT_WORDS.get(ticket.impact, ""), URGENCY_WORDS.get(ticket.urgency, "")]
        return ", ".join(gettext(part) for part in parts if part)

    def _team_words(self) -> str:
        team = self.names.teams.get(self.ticket.team, self.ticket.team)
        tier = self.ticket.tier or ""
        return ", ".join(part for part in (team, tier) if part)

    def _accountable(self) -> str:
        row = self.row
        if str(row.accountable) == self.me:
            return gettext("you")
        return row.accountable_title if row.accountable else ""

    def _offer(self) -> Offered | None:
        offer = self.ticket.offer
        if offer is None:
            return None
        company, ticket, giver = self.company.uuid, self.ticket, sides.giver_of(self.history)
        return Offered(
            to=self.names.person(offer.person) if offer.person else self.names.team(offer.team),
            ago=self.at - offer.offered_at,
            is_mine=ticket.owner != self.me
            and sides.is_receiver(company, self.viewer, ticket, self.at),
            can_take_back=sides.is_giver(company, self.viewer, ticket, giver, self.at),
            is_lapsed=offer.is_lapsed,
        )

    def _givable(self) -> tuple[tuple[str, str], ...]:
        return readers.givable(self.company.uuid, self.teams, self.viewer.provider)

    def _waits(self) -> Iterable[Waiting]:
        for wait in self.ticket.waits:
            text = gettext("Waits for %(what)s") % {"what": wait_words(wait.on)}
            if wait.until:
                text = gettext("Waits for %(what)s until %(at)s") % {
                    "what": wait_words(wait.on),
                    "at": self._when(wait.until),
                }
            yield Waiting(wait.id, text, is_vendor=False)
        for leg in self.ticket.vendor_legs:
            is_late = leg.due_at is not None and leg.due_at < self.at
            text = ", ".join(self._of_leg(leg))
            yield Waiting(leg.id, text, True, has_contact=bool(leg.contact), is_late=is_late)

    def _of_leg(self, leg: VendorLeg) -> Iterator[str]:
        yield gettext("With %(vendor)s") % {"vendor": leg.vendor}
        if leg.reference:
            yield gettext("their number %(number)s") % {"number": leg.reference}
        yield gettext("since %(at)s, %(span)s") % {
            "at": self._when(leg.begun_at),
            "span": wording.age_words(self.at - leg.begun_at),
        }
        yield self._promised(leg.due_at)

    def _promised(self, due_at: Instant | None) -> str:
        if due_at is None:
            return gettext("nothing promised")
        told = gettext("promised for %(at)s")
        if due_at < self.at:
            told = gettext("promised for %(at)s: %(span)s late")
        late = wording.age_words(max(0, self.at - due_at))
        return told % {"at": self._when(due_at), "span": late}

    def _when(self, at: Instant) -> str:
        return wording.instant_words(at, self.zone, self.at)

    # the conversation

    def _entries(self, first_human: str) -> list[Entry]:
        entries = [
            Entry(self._message(row, has_look, first_human), None)
            for row, has_look in self._rows_with_look()
        ]
        entries += [Entry(None, line) for line in chronicle.lines(self.history, self.names)]
        return sorted(entries, key=_place_of)

    def _rows(self) -> Iterator[MessageRow]:
        return (row for row, _ in self._rows_with_look())

    def _rows_with_look(self) -> Iterator[tuple[MessageRow, bool]]:
        """The messages that the viewer may read, without the HTML they may have looked like."""
        for *values, has_look in tables.select(_MESSAGES, self.row.uuid):
            told = [
                _list_of(value) if name in _LISTS else value
                for name, value in zip(_MESSAGE_FIELDS, values, strict=True)
            ]
            row = MessageRow.from_db("default", _MESSAGE_FIELDS, told)
            if self._may_read(row):
                yield row, bool(has_look)

    def _may_read(self, row: MessageRow) -> bool:
        return policy.may_read_note(self.viewer, row.audience, row.side, row.provider)

    def _message(self, row: MessageRow, has_look: bool, first_human: str) -> Message:
        return Message(
            id=row.id,
            at=row.happened_at,
            position=row.position,
            author=self._author(row),
            side=pgettext("side of a message", SIDE_WORDS[Side(row.side)]),
            paper=paper_of(row),
            to=self._to(row),
            text=row.text.strip("\n"),
            pieces=pieces_of(row.text, row.folds),
            beside=tuple(self._beside(row)) if self.is_team else (),
            bounced=own_words.shown(row.bounced) if self.is_team else "",
            has_look=has_look and self.is_team,
            files=tuple(_file(each) for each in row.attachments),
            tags=tuple(self._tags(row, first_human)),
            is_quiet=row.is_automatic,
            can_split=row.kind == "received" and not row.is_automatic,
        )

    def _author(self, row: MessageRow) -> str:
        if row.author == self.me:
            return gettext("You")
        is_machine = row.side == Side.MACHINE
        return own_words.shown(row.author_title) if is_machine else row.author_title

    def _beside(self, row: MessageRow) -> Iterable[Beside]:
        on_copy = {each.address for each in self.copies}
        for line in row.copied.splitlines():
            address = line.strip()
            if address:
                yield Beside(address, address.lower() in on_copy)

    def _to(self, row: MessageRow) -> str:
        if row.kind == "note":
            return "" if row.audience == policy.BOTH_TEAMS else self._side_name(row.side)
        if row.leg:
            return self._vendor_of(row.leg)
        if row.kind == "received":
            return gettext("To everyone on the ticket")
        to = self._listed(row.to)
        if not to:
            return gettext("Public reply to everyone on the ticket")
        copies = self._listed(row.copies) if self.is_team else ""
        told = gettext("Public reply to %(to)s")
        if copies:
            told = gettext("Public reply to %(to)s, on copy %(copies)s")
        return told % {"to": to, "copies": copies}

    def _vendor_of(self, leg: str) -> str:
        """What the third party of a leg calls itself."""
        begun = (event.body for event in self.history)
        named = (
            each.vendor for each in begun if isinstance(each, e.VendorLegBegun) and each.leg == leg
        )
        return next(named, gettext("the vendor"))

    def _listed(self, people: Iterable[str]) -> str:
        names = [self.names.people.get(each, "") for each in people]
        return wording.list_words([name for name in names if name], limit=6)

    def _side_name(self, side: str) -> str:
        return self.company.title if side == Side.COMPANY else gettext("the provider")

    def _tags(self, row: MessageRow, first_human: str) -> Iterable[tuple[str, str]]:
        if row.kind == "received" and self.is_team:
            for tone, words in CHECK_TAGS.get(row.check_result, ()):
                yield (tone, gettext(words))
        if row.id == first_human:
            span = wording.span_words((row.delivered_at or row.happened_at) - self.ticket.opened_at)
            yield ("met", gettext("first human response, %(span)s on the wall") % {"span": span})
        if row.asks:
            yield ("", gettext("asks a question"))
        if row.is_templated:
            yield ("", gettext("template, sent unchanged"))
        if row.kind in ("written", "vendor") and row.bounced:
            yield ("late", gettext("did not arrive"))
        elif row.kind in ("written", "vendor") and row.delivered_at is None:
            yield ("soon", gettext("on its way"))

    # what can be done

    def _readers(self) -> Readers:
        if not self.is_team:
            return Readers((), (), (), "", "")
        own = self._readers_of(policy.OWN_TEAM)
        both = self._readers_of(policy.BOTH_TEAMS)
        return Readers(
            own=tuple(each.title for each in own),
            both=tuple(each.title for each in both),
            everyone=tuple(self._everyone()),
            requester=self.names.people.get(self.ticket.requester, gettext("the requester")),
            own_name=self._side_name(self.viewer.side),
        )

    def _readers_of(self, audience: str) -> tuple[readers.Technician, ...]:
        return readers.readers_of(
            self.company.uuid,
            self.row.providers,
            audience=audience,
            side=self.viewer.side,
            provider=self.viewer.provider,
        )

    def _everyone(self) -> list[str]:
        """Who asked and who is on copy, but for the viewer on copy: who wrote it knows it."""
        asked = [self.ticket.requester]
        asked += [_requester_of(part) for part in self.parts.values()]
        beside = [each.person for each in self.copies if each.person != self.me]
        ids = dict.fromkeys([*asked, *beside])
        return [self.names.people.get(each, gettext("the requester")) for each in ids]

    def _linked(self, other: str, relation: e.Relation) -> Linked:
        row = self.others.get(other)
        return Linked(
            uuid=other,
            number=row.number if row else 0,
            code=self._code(row.number) if row else gettext("another ticket"),
            subject=row.subject if row else "",
            relation=relation.value,
            relation_words=gettext(chronicle.RELATION_WORDS[relation]),
        )

    def _other(self, stream: str) -> Linked | None:
        if stream not in self.others:
            return None
        return self._linked(stream, e.Relation.RELATED)

    def _booked(self) -> tuple[tuple[str, Span], ...]:
        sums: dict[str, Span] = {}
        for event in self.history:
            if isinstance(event.body, e.TimeLogged):
                sums[event.body.person] = sums.get(event.body.person, 0) + event.body.span
        return tuple((self.names.person(person), span) for person, span in sums.items())

    def _needs_lowering(self) -> str:
        """The priority of a lowering that nobody of the requester's side has agreed to yet."""
        before: e.Priority | None = None
        lowered = ""
        for event in self.history:
            if isinstance(event.body, e.TicketPrioritised):
                is_lower = before is not None and event.body.priority > before
                lowered = event.body.priority if is_lower and event.actor.is_person else ""
                before = event.body.priority
            elif isinstance(event.body, e.LoweringAgreed):
                lowered = ""
        return lowered

    def _can(self) -> Iterable[str]:
        """The steps that a button is shown for; the core decides again when one is pressed."""
        ticket = self.ticket
        if not policy.may(self.viewer, Right.WORK_TICKETS):
            return
        if ticket.status is Status.MERGED:
            yield "undo-merge"
            return
        yield from ("write", "classify", "link", "log-time", "add-copy", "remove-copy")
        if ticket.absorbed:
            yield "undo-merge"
        if ticket.status is Status.CLOSED:
            yield "reopen"
            return
        yield "prioritise"
        if ticket.is_priority_provisional and ticket.priority is not None:
            yield "confirm-priority"
        if ticket.status is Status.RESOLVED:
            yield from ("reopen", "close")
            return
        yield from self._can_while_open()

    def _can_while_open(self) -> Iterable[str]:
        ticket, me = self.ticket, self.me
        yield from ("wait", "resolve", "merge", "route", "call-on", "escalate")
        if ticket.offer is not None:
            yield "pass-on"
        if ticket.owner != me:
            yield "take"
        if ticket.owner:
            yield from ("release", "vendor") if ticket.owner == me else ("vendor",)
        if ticket.offer is None:
            yield "offer"
        if ticket.restored_at is None and ticket.priority in (e.Priority.P1, e.Priority.P2):
            yield "restore"
        if ticket.reopened_at is not None and not ticket.is_reopen_voided:
            yield "void-reopen"


def givable(company: UUID, provider: str) -> tuple[tuple[str, str], ...]:
    """The teams and people that somebody can give a ticket to, as choices for a form."""
    with memory.remembering():
        return readers.givable(company, people.teams(company), provider)


def _list_of(stored: str | list[Any]) -> list[Any]:
    if not isinstance(stored, str):
        return stored
    # Nearly always there is nothing in it.
    return [] if stored == "[]" else list(json.loads(stored))


def _requester_of(history: Sequence[Event]) -> str:
    opened = history[0].body if history else None
    return opened.requester if isinstance(opened, e.TicketOpened) else ""


def _place_of(entry: Entry) -> tuple[Instant, int]:
    if entry.message is not None:
        return entry.message.at, entry.message.position
    assert entry.line is not None
    return entry.line.at, entry.line.position


def paper_of(row: MessageRow) -> str:
    if row.kind == "note":
        return "both" if row.audience == policy.BOTH_TEAMS else "own"
    if row.leg:
        return "from-vendor" if row.kind == "received" else "to-vendor"
    return "in" if row.kind == "received" else "out"


def pieces_of(text: str, folds: Iterable[Mapping[str, object]]) -> tuple[Piece, ...]:
    """The message in stretches: what was written, and between it what is folded away.

    Mail brings its folds with it. Where there are none, marks at the start of lines tell a quote.
    """
    stretches = list(_stretches(text, folds)) or [("", text)]
    if len(stretches) == 1 and not stretches[0][0]:
        stretches = list(_quote_at_the_end(text))
    pieces = [Piece(kind, words.strip("\n").rstrip()) for kind, words in stretches]
    shown = tuple(piece for piece in pieces if piece.text.strip())
    # Nobody opens a ticket to see nothing: what is all quote is shown as it is.
    if shown and all(piece.kind for piece in shown):
        return (Piece("", text.strip("\n").rstrip()),)
    return shown


def _stretches(text: str, folds: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    place = 0
    for fold in folds:
        start, end = int(str(fold["start"])), int(str(fold["end"]))
        if not place <= start < end <= len(text):
            continue
        yield "", text[place:start]
        yield str(fold["kind"]), text[start:end]
        place = end
    yield "", text[place:]


def _quote_at_the_end(text: str) -> Iterator[tuple[str, str]]:
    words, quoted = split_quote(text)
    yield "", words
    yield "quote", quoted


def split_quote(text: str) -> tuple[str, str]:
    """The words themselves, and the quoted mail that trails them."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    if end == len(lines) or not any(line.strip() for line in lines[:end]):
        return text.strip("\n"), ""
    last = lines[end - 1].rstrip()
    if last.endswith(":") and end > 1 and any(line.startswith(">") for line in lines[end:]):
        end -= 1
    return "\n".join(lines[:end]).rstrip(), "\n".join(lines[end:]).strip("\n")


def _file(kept: Mapping[str, object]) -> File:
    name = str(kept["name"])
    return File(str(kept["id"]), name, int(str(kept["size"])), delicate_words(name))


def delicate_words(name: str) -> str:
    """What a file of that name usually holds that is for few eyes only; empty for others."""
    ending = name.lower().rpartition(".")[2]
    known = DELICATE.get(ending)
    return gettext(known) if known else ""


def has_news(company: UUID, row: TicketRow, seen: int) -> bool:
    """Whether somebody did something since a page was made at that position."""
    if seen >= row.position:
        return False
    later = store.history(company, str(row.uuid))[seen:]
    return any(not isinstance(event.body, QUIET) for event in later)


# ---- the requester's own view -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MyTicket:
    """A ticket as its requester sees it: who has it, what next, by when."""

    number: int
    code: str
    subject: str
    asked: str
    is_done: bool
    state: str
    who: str
    next: str
    by_when: str
    waits_for_you: bool


def my_tickets(
    company: Company, viewer: Viewer, *, after: int | None, at: Instant
) -> list[MyTicket]:
    """The viewer's own tickets, newest first: up to MINE and one more."""
    rows = TicketRow.objects.filter(company=company.uuid, requester=viewer.person_uuid)
    rows = rows.exclude(status=Status.MERGED)
    if after is not None:
        rows = rows.filter(number__lt=after)
    return [my_ticket(company, row, at) for row in rows.order_by("-number")[: MINE + 1]]


MINE = 20


def my_ticket(company: Company, row: TicketRow, at: Instant) -> MyTicket:
    zone = ZoneInfo(company.zone)
    is_done = row.status in DONE
    ended_at = row.closed_at or row.resolved_at
    when = wording.instant_words(ended_at, zone, at) if ended_at else ""
    return MyTicket(
        number=row.number,
        code=f"{company.prefix}-{row.number}",
        subject=row.subject or gettext("(no subject)"),
        asked=wording.instant_words(row.opened_at, zone, at),
        is_done=is_done,
        state=gettext("Solved %(at)s") % {"at": when} if is_done else "",
        who=row.owner_title or gettext("Nobody yet"),
        next=_next_words(row),
        by_when=_by_when_words(row, zone, at),
        waits_for_you=not is_done and "requester" in row.waits_on.split(","),
    )


def _next_words(row: TicketRow) -> str:
    reasons = [each for each in row.waits_on.split(",") if each]
    if "requester" in reasons:
        return gettext("Waits for your answer")
    if reasons:
        return gettext("Waits for %(what)s") % {"what": waits_words(row.waits_on)}
    if not row.owner:
        return gettext("Somebody takes it and answers you")
    match row.due_clock:
        case "response" | "next_reply":
            return gettext("Answers you")
        case "restore":
            return gettext("Gets it working again")
        case _:
            return gettext("Works on it")


def _by_when_words(row: TicketRow, zone: ZoneInfo, at: Instant) -> str:
    if row.due_at is None:
        if row.waits_on:
            return gettext("Goes on once the answer is there")
        return gettext("No time is promised")
    when = wording.instant_words(row.due_at, zone, at)
    if row.due_at < at:
        return gettext("It was promised for %(at)s and is late") % {"at": when}
    return when
