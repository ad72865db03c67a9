"""What happened between the messages, each event as one quiet line in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Body, Event, Side, WordsRef
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import URGENCY_WORDS
from commondesk.desk import wording

KIND_WORDS = {
    e.Kind.INCIDENT: "an incident",
    e.Kind.REQUEST: "a request",
    e.Kind.QUESTION: "a question",
    e.Kind.ALERT: "an alert",
}
IMPACT_WORDS = {1: "severe impact", 2: "high impact", 3: "medium impact", 4: "low impact"}
WAIT_WORDS = {
    e.WaitReason.REQUESTER: "the requester’s answer",
    e.WaitReason.VENDOR: "a vendor",
    e.WaitReason.APPROVAL: "an approval",
    e.WaitReason.SCHEDULED: "a date",
    e.WaitReason.OTHER: "something else",
}
CLOCK_WORDS = {
    e.ClockName.RESPONSE: "first response",
    e.ClockName.NEXT_REPLY: "next reply",
    e.ClockName.RESOLUTION: "resolution",
    e.ClockName.RESTORE: "restore",
}
CHANNEL_WORDS = {
    e.Channel.MAIL: "by mail",
    e.Channel.PORTAL: "by portal",
    e.Channel.PHONE: "by phone",
    e.Channel.WALK_IN: "in person",
    e.Channel.CHAT: "by chat",
    e.Channel.MONITORING: "by monitoring",
    e.Channel.API: "by another system",
    e.Channel.IMPORT: "from an import",
}
RELATION_WORDS = {
    e.Relation.RELATED: "related to",
    e.Relation.DUPLICATE: "a duplicate of",
    e.Relation.RETURNED: "a return of",
    e.Relation.SAME_MATTER: "the same matter as",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: at which instant, with which mark, in which words."""

    at: Instant
    position: int
    icon: str
    text: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the lines call people, teams, other tickets and words. Unknown ones have a fallback."""

    people: Mapping[str, str]
    teams: Mapping[str, str]
    tickets: Mapping[str, str]
    words: Mapping[str, str | None]
    viewer: str
    zone: ZoneInfo
    now: Instant
    is_requester: bool = False

    def person(self, identity: str) -> str:
        """The name in the middle of a sentence: `you` for the viewer."""
        if identity and identity == self.viewer:
            return "you"
        return self.people.get(identity, "somebody")

    def actor(self, actor: Actor) -> str:
        """The name at the head of a sentence."""
        if actor.side is Side.MACHINE:
            return "The desk"
        name = self.person(actor.id)
        return name[0].upper() + name[1:]

    def team(self, slug: str) -> str:
        return self.teams.get(slug, slug or "a team")

    def ticket(self, stream: str) -> str:
        return self.tickets.get(stream, "another ticket")

    def said(self, ref: WordsRef | None) -> str:
        """`: “words”`, or nothing where there are none."""
        if ref is None:
            return ""
        text = self.words.get(ref.id)
        return f": “{' '.join(text.split())}”" if text else " (words erased)"

    def instant(self, at: Instant) -> str:
        return wording.instant_words(at, self.zone, self.now)

    def wait(self, reason: e.WaitReason) -> str:
        if self.is_requester and reason is e.WaitReason.REQUESTER:
            return "your answer"
        return WAIT_WORDS[reason]


TOLD_TO_REQUESTERS = (
    e.TicketOpened,
    e.TicketTaken,
    e.HandoverAccepted,
    e.LoweringAgreed,
    e.WaitBegun,
    e.WaitEnded,
    e.TicketRestored,
    e.TicketResolved,
    e.TicketReopened,
    e.ReopenVoided,
    e.VoidLifted,
    e.TicketClosed,
    e.TicketMerged,
    e.MergeUndone,
    e.TicketRated,
)


def lines(history: Iterable[Event], names: Names) -> list[Line]:
    """The lines of a ticket's history, in its order; messages are not among them.

    Requesters are told what happens to their matter, nothing of the work between the teams.
    """
    told = []
    waits: dict[str, e.WaitReason] = {}
    vendors: dict[str, str] = {}
    for event in history:
        body = event.body
        if isinstance(body, e.WaitBegun):
            waits[body.wait] = body.on
        if isinstance(body, e.VendorLegBegun):
            vendors[body.leg] = body.vendor
        if names.is_requester and not isinstance(body, TOLD_TO_REQUESTERS):
            continue
        line = line_of(event, names, waits, vendors)
        if line is not None:
            told.append(line)
    return told


def words_in(history: Iterable[Event]) -> list[str]:
    """The ids of the words that the lines quote."""
    found = []
    for event in history:
        body = event.body
        if isinstance(
            body, e.MessageReceived | e.MessageWritten | e.NoteWritten | e.TicketResolved
        ):
            continue
        refs = (getattr(body, name) for name in _said(body, _WORDS))
        found += [ref.id for ref in refs if isinstance(ref, WordsRef)]
    return found


def people_in(history: Iterable[Event]) -> set[str]:
    """The people that the lines name, by uuid."""
    found = set()
    for event in history:
        found.add(event.actor.id)
        found.update(_texts(event.body, _PEOPLE))
    return found


def tickets_in(history: Iterable[Event]) -> set[str]:
    """The other tickets that the lines name, by uuid."""
    found: set[str] = set()
    for event in history:
        found.update(_texts(event.body, _TICKETS))
    return found


_WORDS = ("reason", "text", "note")
_PEOPLE = ("person", "owner", "contact", "requester", "author")
_TICKETS = ("into", "source", "other", "returned_from", "split_from")


def _texts(body: Body, names: tuple[str, ...]) -> Iterator[str]:
    """What stands in those fields of a body that are texts and not empty."""
    for name in _said(body, names):
        value = getattr(body, name)
        if value and isinstance(value, str):
            yield value


def _said(body: Body, names: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these fields that kind of event has."""
    key = type(body), names
    if key not in _SAID:
        known = {field.name for field in fields(body)}
        _SAID[key] = tuple(name for name in names if name in known)
    return _SAID[key]


_SAID: dict[tuple[type[Body], tuple[str, ...]], tuple[str, ...]] = {}


def line_of(
    event: Event, names: Names, waits: Mapping[str, e.WaitReason], vendors: Mapping[str, str]
) -> Line | None:
    """The line of one event; None for what shows elsewhere."""
    body, who = event.body, names.actor(event.actor)
    if isinstance(body, e.WaitEnded):
        what = names.wait(waits.get(body.wait, e.WaitReason.OTHER))
        return _line(event, "clock", f"No longer waits for {what}.")
    if isinstance(body, e.VendorLegEnded):
        return _line(event, "vendor", f"{vendors.get(body.leg, 'The vendor')} is done.")
    if isinstance(body, e.VendorLegChanged):
        told = _vendor_told(body, vendors.get(body.leg, "the vendor"), names)
        return _line(event, "vendor", f"{who} noted: {told}.")
    teller = _TELLERS.get(type(body))
    if teller is None:
        return None
    icon, text, is_late = teller(body, who, names)
    return _line(event, icon, text, is_late) if text else None


def _line(event: Event, icon: str, text: str, is_late: bool = False) -> Line:
    return Line(event.happened_at, event.position, icon, text, is_late)


Told = tuple[str, str, bool]
B = TypeVar("B", bound=Body)
_TELLERS: dict[type[Body], Callable[[Body, str, Names], Told]] = {}


def _tells(
    kind: type[B], icon: str, *, is_late: bool = False
) -> Callable[[Callable[[B, str, Names], str]], Callable[[B, str, Names], str]]:
    def register(tell: Callable[[B, str, Names], str]) -> Callable[[B, str, Names], str]:
        def told(body: Body, who: str, names: Names) -> Told:
            assert isinstance(body, kind)
            return icon, tell(body, who, names), is_late

        _TELLERS[kind] = told
        return tell

    return register


# ---- opening and understanding ------------------------------------------------------------


@_tells(e.TicketOpened, "plus")
def _opened(body: e.TicketOpened, who: str, names: Names) -> str:
    if body.returned_from:
        return f"Opened by answering {names.ticket(body.returned_from)}, which was closed."
    if body.split_from:
        return f"Split off from {names.ticket(body.split_from)}."
    how = CHANNEL_WORDS[body.channel]
    if body.opening is e.Opening.AFTER_THE_FACT:
        return f"{who} wrote this down after the fact. It counts in volume, never against a target."
    if body.opening is e.Opening.LIVE:
        return f"{who} opened it while speaking with {names.person(body.requester)}, {how}."
    if body.channel in (e.Channel.MAIL, e.Channel.PORTAL) or who == "The desk":
        return ""
    return f"{who} opened it for {names.person(body.requester)}, {how}."


@_tells(e.TicketClassified, "tool")
def _classified(body: e.TicketClassified, who: str, names: Names) -> str:
    parts = [body.service, body.item, body.site, body.category]
    about = ", ".join(part for part in parts if part)
    return f"{who} said it is {KIND_WORDS[body.kind]}{': ' + about if about else ''}."


@_tells(e.TicketPrioritised, "review")
def _prioritised(body: e.TicketPrioritised, who: str, names: Names) -> str:
    if body.is_override:
        return f"{who} set {body.priority} against the matrix{names.said(body.reason)}."
    parts = [IMPACT_WORDS.get(body.impact, ""), URGENCY_WORDS.get(body.urgency, "")]
    why = ", ".join(part for part in parts if part)
    if who == "The desk":
        return f"{body.priority} until a person judges it."
    return f"{who} set {body.priority}{': ' + why if why else ''}."


@_tells(e.PriorityConfirmed, "check")
def _confirmed(body: e.PriorityConfirmed, who: str, names: Names) -> str:
    return f"{who} confirmed the priority."


@_tells(e.LoweringAgreed, "check")
def _agreed(body: e.LoweringAgreed, who: str, names: Names) -> str:
    return f"{who} agreed to {body.priority}."


# ---- hands --------------------------------------------------------------------------------


@_tells(e.TicketAssigned, "hand")
def _assigned(body: e.TicketAssigned, who: str, names: Names) -> str:
    to = names.team(body.team)
    if body.person:
        to = f"{names.person(body.person)}, {to}"
    return f"Routed to {to}. Nobody owns it until somebody takes it."


@_tells(e.TicketTaken, "person")
def _taken(body: e.TicketTaken, who: str, names: Names) -> str:
    owner = names.person(body.owner)
    name = owner[0].upper() + owner[1:]
    if body.by_reply:
        return f"{name} replied first, and so {'own' if owner == 'you' else 'owns'} it."
    return f"{name} took it."


@_tells(e.TicketReleased, "gap", is_late=True)
def _released(body: e.TicketReleased, who: str, names: Names) -> str:
    return f"{who} gave it up. From here on nobody had it."


@_tells(e.HandoverOffered, "hand")
def _offered(body: e.HandoverOffered, who: str, names: Names) -> str:
    to = names.person(body.person) if body.person else names.team(body.team)
    said = names.said(body.reason)
    return f"{who} offered it to {to}{said}. The owner stays until somebody accepts."


@_tells(e.HandoverAccepted, "hand")
def _accepted(body: e.HandoverAccepted, who: str, names: Names) -> str:
    return f"{who} accepted it."


@_tells(e.HandoverDeclined, "hand")
def _declined(body: e.HandoverDeclined, who: str, names: Names) -> str:
    return f"{who} declined{names.said(body.reason)}."


@_tells(e.HandoverTakenBack, "undo")
def _taken_back(body: e.HandoverTakenBack, who: str, names: Names) -> str:
    return f"{who} took the offer back."


@_tells(e.HandoverLapsed, "gap", is_late=True)
def _lapsed(body: e.HandoverLapsed, who: str, names: Names) -> str:
    if not body.contact:
        return "Nobody accepted in time, and the team has no contact."
    name = names.person(body.contact)
    verb = "are" if name == "you" else "is"
    return f"Nobody accepted in time. {name[0].upper() + name[1:]} {verb} accountable now."


@_tells(e.EscalatedFunctionally, "hand")
def _functional(body: e.EscalatedFunctionally, who: str, names: Names) -> str:
    return f"{who} called for more skill, {names.team(body.team)}{names.said(body.reason)}."


@_tells(e.EscalatedHierarchically, "alarm")
def _hierarchical(body: e.EscalatedHierarchically, who: str, names: Names) -> str:
    contact = names.person(body.contact)
    if body.step:
        return f"The charter’s step {body.step} fell due: {contact} was told."
    return f"{who} called on {contact}{names.said(body.reason)}."


@_tells(e.VendorLegBegun, "vendor")
def _vendor(body: e.VendorLegBegun, who: str, names: Names) -> str:
    under = f" under their number {body.reference}" if body.reference else ""
    until = f", promised for {names.instant(body.due_at)}" if body.due_at else ""
    return f"With {body.vendor}{under}{until}. The owner stays."


def _vendor_told(body: e.VendorLegChanged, vendor: str, names: Names) -> str:
    number = f"their number is {body.reference}" if body.reference else "no number of theirs"
    until = f"promised for {names.instant(body.due_at)}" if body.due_at else "no date promised"
    return f"{vendor}, {number}, {until}"


# ---- words, waits -------------------------------------------------------------------------


@_tells(e.MessageBounced, "warn", is_late=True)
def _bounced(body: e.MessageBounced, who: str, names: Names) -> str:
    return f"A mail did not reach {names.person(body.person)}{names.said(body.reason)}."


@_tells(e.CopyAdded, "mail")
def _copied(body: e.CopyAdded, who: str, names: Names) -> str:
    return f"{who} put {names.person(body.person)} on copy."


@_tells(e.CopyRemoved, "mail")
def _uncopied(body: e.CopyRemoved, who: str, names: Names) -> str:
    return f"{who} took {names.person(body.person)} off the copies."


@_tells(e.QuestionAsked, "chat")
def _asked(body: e.QuestionAsked, who: str, names: Names) -> str:
    return "" if body.message else f"{who} asked the requester a question."


@_tells(e.WaitBegun, "pause")
def _waits(body: e.WaitBegun, who: str, names: Names) -> str:
    until = f" until {names.instant(body.until)}" if body.until else ""
    theirs = ", as the requester’s side asked" if body.is_requesters_date else ""
    return f"Waits for {names.wait(body.on)}{until}{theirs}."


# ---- ends and returns ---------------------------------------------------------------------


@_tells(e.TicketRestored, "check")
def _restored(body: e.TicketRestored, who: str, names: Names) -> str:
    return f"{who} said the service works again{', by a workaround' if body.is_workaround else ''}."


@_tells(e.TicketResolved, "check")
def _resolved(body: e.TicketResolved, who: str, names: Names) -> str:
    return f"{who} resolved it."


@_tells(e.TicketReopened, "undo")
def _reopened(body: e.TicketReopened, who: str, names: Names) -> str:
    how = " by answering" if body.message else ""
    return f"{who} reopened it{how}. The clock keeps its first start."


@_tells(e.ReopenVoided, "undo")
def _voided(body: e.ReopenVoided, who: str, names: Names) -> str:
    return f"{who} said the answer was thanks only: it stays solved."


@_tells(e.VoidLifted, "undo")
def _lifted(body: e.VoidLifted, who: str, names: Names) -> str:
    return "The requester wrote again: the reopening counts from its first day."


@_tells(e.TicketClosed, "lock")
def _closed(body: e.TicketClosed, who: str, names: Names) -> str:
    return (
        "Closed, the time for objections has passed." if who == "The desk" else f"{who} closed it."
    )


@_tells(e.TicketMerged, "merge")
def _merged(body: e.TicketMerged, who: str, names: Names) -> str:
    return f"{who} merged it into {names.ticket(body.into)}. Work goes on there."


@_tells(e.TicketAbsorbed, "merge")
def _absorbed(body: e.TicketAbsorbed, who: str, names: Names) -> str:
    return f"{who} merged {names.ticket(body.source)} into this one."


@_tells(e.MergeUndone, "undo")
def _unmerged(body: e.MergeUndone, who: str, names: Names) -> str:
    return f"{who} undid the merge with {names.ticket(body.other)}."


@_tells(e.TicketSplit, "split")
def _split(body: e.TicketSplit, who: str, names: Names) -> str:
    return f"{who} split a message off into {names.ticket(body.into)}."


@_tells(e.TicketLinked, "link")
def _linked(body: e.TicketLinked, who: str, names: Names) -> str:
    return f"{who} linked it: {RELATION_WORDS[body.relation]} {names.ticket(body.other)}."


@_tells(e.LinkRemoved, "link")
def _unlinked(body: e.LinkRemoved, who: str, names: Names) -> str:
    return f"{who} removed the link to {names.ticket(body.other)}."


@_tells(e.MatterConfirmed, "link")
def _same(body: e.MatterConfirmed, who: str, names: Names) -> str:
    return f"{who} said it is the same matter as {names.ticket(body.other)}."


@_tells(e.MatterDenied, "link")
def _other(body: e.MatterDenied, who: str, names: Names) -> str:
    return f"{who} said it is another matter than {names.ticket(body.other)}."


# ---- work and worth -----------------------------------------------------------------------


@_tells(e.TimeLogged, "clock")
def _logged(body: e.TimeLogged, who: str, names: Names) -> str:
    return f"{who} booked {wording.span_words(body.span)}{names.said(body.note)}."


@_tells(e.TicketRated, "check")
def _rated(body: e.TicketRated, who: str, names: Names) -> str:
    return f"{who} rated the help {body.score} of 5{names.said(body.text)}."


@_tells(e.TargetNeared, "clock")
def _neared(body: e.TargetNeared, who: str, names: Names) -> str:
    return f"{body.share} % of the time for the {CLOCK_WORDS[body.clock]} was used up here."


@_tells(e.TargetMissed, "warn", is_late=True)
def _missed(body: e.TargetMissed, who: str, names: Names) -> str:
    return f"The {CLOCK_WORDS[body.clock]} was due here and was missed."


@_tells(e.DueMoved, "clock")
def _moved(body: e.DueMoved, who: str, names: Names) -> str:
    was, now = names.instant(body.from_at), names.instant(body.to_at)
    clock = CLOCK_WORDS[body.clock]
    return f"The {clock} is due {now} instead of {was}: the calendar changed."
