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
from commondesk.core.texts import gettext, gettext_noop, pgettext
from commondesk.desk import own_words, wording

KIND_WORDS = {
    e.Kind.INCIDENT: gettext_noop("an incident"),
    e.Kind.REQUEST: gettext_noop("a request"),
    e.Kind.QUESTION: gettext_noop("a question"),
    e.Kind.ALERT: gettext_noop("an alert"),
}
IMPACT_WORDS = {
    1: gettext_noop("severe impact"),
    2: gettext_noop("high impact"),
    3: gettext_noop("medium impact"),
    4: gettext_noop("low impact"),
}
WAIT_WORDS = {
    e.WaitReason.REQUESTER: gettext_noop("the requester’s answer"),
    e.WaitReason.VENDOR: gettext_noop("a vendor"),
    e.WaitReason.APPROVAL: gettext_noop("an approval"),
    e.WaitReason.SCHEDULED: gettext_noop("a date"),
    e.WaitReason.OTHER: gettext_noop("something else"),
}
CLOCK_WORDS = {
    e.ClockName.RESPONSE: gettext_noop("first response"),
    e.ClockName.NEXT_REPLY: gettext_noop("next reply"),
    e.ClockName.RESOLUTION: gettext_noop("resolution"),
    e.ClockName.RESTORE: gettext_noop("restore"),
}
CHANNEL_WORDS = {
    e.Channel.MAIL: gettext_noop("by mail"),
    e.Channel.PORTAL: gettext_noop("by portal"),
    e.Channel.PHONE: gettext_noop("by phone"),
    e.Channel.WALK_IN: gettext_noop("in person"),
    e.Channel.CHAT: gettext_noop("by chat"),
    e.Channel.MONITORING: gettext_noop("by monitoring"),
    e.Channel.API: gettext_noop("by another system"),
    e.Channel.IMPORT: gettext_noop("from an import"),
}
RELATION_WORDS = {
    e.Relation.RELATED: gettext_noop("related to"),
    e.Relation.DUPLICATE: gettext_noop("a duplicate of"),
    e.Relation.RETURNED: gettext_noop("a return of"),
    e.Relation.SAME_MATTER: gettext_noop("the same matter as"),
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
        if self.is_viewer(identity):
            return gettext("you")
        return self.people.get(identity, gettext("somebody"))

    def is_viewer(self, identity: str) -> bool:
        return bool(identity) and identity == self.viewer

    def actor(self, actor: Actor) -> str:
        """The name at the head of a sentence."""
        return desk() if actor.side is Side.MACHINE else self.head(actor.id)

    def head(self, identity: str) -> str:
        """The name of a person at the head of an English sentence; in others it may stand later."""
        if self.is_viewer(identity):
            return pgettext("who did it", "You")
        name = self.people.get(identity)
        return name[0].upper() + name[1:] if name else pgettext("who did it", "Somebody")

    def team(self, slug: str) -> str:
        return self.teams.get(slug, slug or gettext("a team"))

    def ticket(self, stream: str) -> str:
        return self.tickets.get(stream, gettext("another ticket"))

    def said(self, told: str, ref: WordsRef | None) -> str:
        """The sentence with the words that belong to it, if there are any, and its end."""
        if ref is None:
            return f"{told}."
        text = self.words.get(ref.id)
        if not text:
            return gettext("%(told)s (words erased).") % {"told": told}
        quoted = own_words.shown(" ".join(text.split()))
        return gettext("%(told)s: “%(words)s”.") % {"told": told, "words": quoted}

    def instant(self, at: Instant) -> str:
        return wording.instant_words(at, self.zone, self.now)

    def wait(self, reason: e.WaitReason) -> str:
        if self.is_requester and reason is e.WaitReason.REQUESTER:
            return gettext("your answer")
        return gettext(WAIT_WORDS[reason])


def desk() -> str:
    """What the desk calls itself where it acts by itself."""
    return pgettext("who did it", "The desk")


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
        return _line(event, "clock", gettext("No longer waits for %(what)s.") % {"what": what})
    if isinstance(body, e.VendorLegEnded):
        vendor = vendors.get(body.leg, gettext("The vendor"))
        return _line(event, "vendor", gettext("%(vendor)s is done.") % {"vendor": vendor})
    if isinstance(body, e.VendorLegChanged):
        told = _vendor_told(body, vendors.get(body.leg, gettext("the vendor")), names)
        return _line(
            event, "vendor", gettext("%(who)s noted: %(told)s.") % {"who": who, "told": told}
        )
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
        told = gettext("Opened by answering %(ticket)s, which was closed.")
        return told % {"ticket": names.ticket(body.returned_from)}
    if body.split_from:
        return gettext("Split off from %(ticket)s.") % {"ticket": names.ticket(body.split_from)}
    if body.opening is e.Opening.AFTER_THE_FACT:
        told = gettext(
            "%(who)s wrote this down after the fact. It counts in volume, never against a target."
        )
    elif body.opening is e.Opening.LIVE:
        told = gettext("%(who)s opened it while speaking with %(person)s, %(how)s.")
    elif body.channel in (e.Channel.MAIL, e.Channel.PORTAL) or who == desk():
        return ""
    else:
        told = gettext("%(who)s opened it for %(person)s, %(how)s.")
    how = gettext(CHANNEL_WORDS[body.channel])
    return told % {"who": who, "person": names.person(body.requester), "how": how}


@_tells(e.TicketClassified, "tool")
def _classified(body: e.TicketClassified, who: str, names: Names) -> str:
    parts = [body.service, body.item, body.site, body.category]
    about = ", ".join(part for part in parts if part)
    told = gettext("%(who)s said it is %(kind)s.")
    if about:
        told = gettext("%(who)s said it is %(kind)s: %(about)s.")
    return told % {"who": who, "kind": gettext(KIND_WORDS[body.kind]), "about": about}


@_tells(e.TicketPrioritised, "review")
def _prioritised(body: e.TicketPrioritised, who: str, names: Names) -> str:
    values = {"who": who, "priority": body.priority}
    if body.is_override:
        told = gettext("%(who)s set %(priority)s against the matrix") % values
        return names.said(told, body.reason)
    if who == desk():
        return gettext("%(priority)s until a person judges it.") % values
    parts = [IMPACT_WORDS.get(body.impact, ""), URGENCY_WORDS.get(body.urgency, "")]
    why = ", ".join(gettext(part) for part in parts if part)
    if not why:
        return gettext("%(who)s set %(priority)s.") % values
    return gettext("%(who)s set %(priority)s: %(why)s.") % {**values, "why": why}


@_tells(e.PriorityConfirmed, "check")
def _confirmed(body: e.PriorityConfirmed, who: str, names: Names) -> str:
    return gettext("%(who)s confirmed the priority.") % {"who": who}


@_tells(e.LoweringAgreed, "check")
def _agreed(body: e.LoweringAgreed, who: str, names: Names) -> str:
    return gettext("%(who)s agreed to %(priority)s.") % {"who": who, "priority": body.priority}


# ---- hands --------------------------------------------------------------------------------


@_tells(e.TicketAssigned, "hand")
def _assigned(body: e.TicketAssigned, who: str, names: Names) -> str:
    to = names.team(body.team)
    if body.person:
        to = f"{names.person(body.person)}, {to}"
    return gettext("Routed to %(to)s. Nobody owns it until somebody takes it.") % {"to": to}


@_tells(e.TicketTaken, "person")
def _taken(body: e.TicketTaken, who: str, names: Names) -> str:
    told = gettext("%(who)s took it.")
    if body.by_reply and names.is_viewer(body.owner):
        told = gettext("You replied first, and so own it.")
    elif body.by_reply:
        told = gettext("%(who)s replied first, and so owns it.")
    return told % {"who": names.head(body.owner)}


@_tells(e.TicketReleased, "gap", is_late=True)
def _released(body: e.TicketReleased, who: str, names: Names) -> str:
    return gettext("%(who)s gave it up. From here on nobody had it.") % {"who": who}


@_tells(e.HandoverOffered, "hand")
def _offered(body: e.HandoverOffered, who: str, names: Names) -> str:
    to = names.person(body.person) if body.person else names.team(body.team)
    told = gettext("%(who)s offered it to %(to)s") % {"who": who, "to": to}
    more = gettext("The owner stays until somebody accepts.")
    return f"{names.said(told, body.reason)} {more}"


@_tells(e.HandoverAccepted, "hand")
def _accepted(body: e.HandoverAccepted, who: str, names: Names) -> str:
    return gettext("%(who)s accepted it.") % {"who": who}


@_tells(e.HandoverDeclined, "hand")
def _declined(body: e.HandoverDeclined, who: str, names: Names) -> str:
    return names.said(gettext("%(who)s declined") % {"who": who}, body.reason)


@_tells(e.HandoverTakenBack, "undo")
def _taken_back(body: e.HandoverTakenBack, who: str, names: Names) -> str:
    return gettext("%(who)s took the offer back.") % {"who": who}


@_tells(e.HandoverLapsed, "gap", is_late=True)
def _lapsed(body: e.HandoverLapsed, who: str, names: Names) -> str:
    if not body.contact:
        return gettext("Nobody accepted in time, and the team has no contact.")
    if names.is_viewer(body.contact):
        return gettext("Nobody accepted in time. You are accountable now.")
    told = gettext("Nobody accepted in time. %(who)s is accountable now.")
    return told % {"who": names.head(body.contact)}


@_tells(e.EscalatedFunctionally, "hand")
def _functional(body: e.EscalatedFunctionally, who: str, names: Names) -> str:
    told = gettext("%(who)s called for more skill, %(team)s")
    return names.said(told % {"who": who, "team": names.team(body.team)}, body.reason)


@_tells(e.EscalatedHierarchically, "alarm")
def _hierarchical(body: e.EscalatedHierarchically, who: str, names: Names) -> str:
    contact = names.person(body.contact)
    if body.step:
        told = gettext("The charter’s step %(step)s fell due: %(contact)s was told.")
        return told % {"step": body.step, "contact": contact}
    told = gettext("%(who)s called on %(contact)s") % {"who": who, "contact": contact}
    return names.said(told, body.reason)


@_tells(e.VendorLegBegun, "vendor")
def _vendor(body: e.VendorLegBegun, who: str, names: Names) -> str:
    values = {"vendor": body.vendor, "number": body.reference}
    if body.due_at is None:
        told = gettext("With %(vendor)s. The owner stays.")
        if body.reference:
            told = gettext("With %(vendor)s under their number %(number)s. The owner stays.")
        return told % values
    told = gettext("With %(vendor)s, promised for %(at)s. The owner stays.")
    if body.reference:
        told = gettext(
            "With %(vendor)s under their number %(number)s, promised for %(at)s. The owner stays."
        )
    return told % {**values, "at": names.instant(body.due_at)}


def _vendor_told(body: e.VendorLegChanged, vendor: str, names: Names) -> str:
    number = gettext("no number of theirs")
    if body.reference:
        number = gettext("their number is %(number)s") % {"number": body.reference}
    until = gettext("no date promised")
    if body.due_at:
        until = gettext("promised for %(at)s") % {"at": names.instant(body.due_at)}
    return f"{vendor}, {number}, {until}"


# ---- words, waits -------------------------------------------------------------------------


@_tells(e.MessageBounced, "warn", is_late=True)
def _bounced(body: e.MessageBounced, who: str, names: Names) -> str:
    told = gettext("A mail did not reach %(person)s") % {"person": names.person(body.person)}
    return names.said(told, body.reason)


@_tells(e.CopyAdded, "mail")
def _copied(body: e.CopyAdded, who: str, names: Names) -> str:
    person = names.person(body.person)
    return gettext("%(who)s put %(person)s on copy.") % {"who": who, "person": person}


@_tells(e.CopyRemoved, "mail")
def _uncopied(body: e.CopyRemoved, who: str, names: Names) -> str:
    person = names.person(body.person)
    return gettext("%(who)s took %(person)s off the copies.") % {"who": who, "person": person}


@_tells(e.QuestionAsked, "chat")
def _asked(body: e.QuestionAsked, who: str, names: Names) -> str:
    return "" if body.message else gettext("%(who)s asked the requester a question.") % {"who": who}


@_tells(e.WaitBegun, "pause")
def _waits(body: e.WaitBegun, who: str, names: Names) -> str:
    what = {"what": names.wait(body.on)}
    if body.until is None:
        told = gettext("Waits for %(what)s.")
        if body.is_requesters_date:
            told = gettext("Waits for %(what)s, as the requester’s side asked.")
        return told % what
    told = gettext("Waits for %(what)s until %(at)s.")
    if body.is_requesters_date:
        told = gettext("Waits for %(what)s until %(at)s, as the requester’s side asked.")
    return told % {**what, "at": names.instant(body.until)}


# ---- ends and returns ---------------------------------------------------------------------


@_tells(e.TicketRestored, "check")
def _restored(body: e.TicketRestored, who: str, names: Names) -> str:
    told = gettext("%(who)s said the service works again.")
    if body.is_workaround:
        told = gettext("%(who)s said the service works again, by a workaround.")
    return told % {"who": who}


@_tells(e.TicketResolved, "check")
def _resolved(body: e.TicketResolved, who: str, names: Names) -> str:
    return gettext("%(who)s resolved it.") % {"who": who}


@_tells(e.TicketReopened, "undo")
def _reopened(body: e.TicketReopened, who: str, names: Names) -> str:
    told = gettext("%(who)s reopened it. The clock keeps its first start.")
    if body.message:
        told = gettext("%(who)s reopened it by answering. The clock keeps its first start.")
    return told % {"who": who}


@_tells(e.ReopenVoided, "undo")
def _voided(body: e.ReopenVoided, who: str, names: Names) -> str:
    return gettext("%(who)s said the answer was thanks only: it stays solved.") % {"who": who}


@_tells(e.VoidLifted, "undo")
def _lifted(body: e.VoidLifted, who: str, names: Names) -> str:
    return gettext("The requester wrote again: the reopening counts from its first day.")


@_tells(e.TicketClosed, "lock")
def _closed(body: e.TicketClosed, who: str, names: Names) -> str:
    if who == desk():
        return gettext("Closed, the time for objections has passed.")
    return gettext("%(who)s closed it.") % {"who": who}


@_tells(e.TicketMerged, "merge")
def _merged(body: e.TicketMerged, who: str, names: Names) -> str:
    told = gettext("%(who)s merged it into %(ticket)s. Work goes on there.")
    return told % {"who": who, "ticket": names.ticket(body.into)}


@_tells(e.TicketAbsorbed, "merge")
def _absorbed(body: e.TicketAbsorbed, who: str, names: Names) -> str:
    told = gettext("%(who)s merged %(ticket)s into this one.")
    return told % {"who": who, "ticket": names.ticket(body.source)}


@_tells(e.MergeUndone, "undo")
def _unmerged(body: e.MergeUndone, who: str, names: Names) -> str:
    told = gettext("%(who)s undid the merge with %(ticket)s.")
    return told % {"who": who, "ticket": names.ticket(body.other)}


@_tells(e.TicketSplit, "split")
def _split(body: e.TicketSplit, who: str, names: Names) -> str:
    told = gettext("%(who)s split a message off into %(ticket)s.")
    return told % {"who": who, "ticket": names.ticket(body.into)}


@_tells(e.TicketLinked, "link")
def _linked(body: e.TicketLinked, who: str, names: Names) -> str:
    return gettext("%(who)s linked it: %(relation)s %(ticket)s.") % {
        "who": who,
        "relation": gettext(RELATION_WORDS[body.relation]),
        "ticket": names.ticket(body.other),
    }


@_tells(e.LinkRemoved, "link")
def _unlinked(body: e.LinkRemoved, who: str, names: Names) -> str:
    told = gettext("%(who)s removed the link to %(ticket)s.")
    return told % {"who": who, "ticket": names.ticket(body.other)}


@_tells(e.MatterConfirmed, "link")
def _same(body: e.MatterConfirmed, who: str, names: Names) -> str:
    told = gettext("%(who)s said it is the same matter as %(ticket)s.")
    return told % {"who": who, "ticket": names.ticket(body.other)}


@_tells(e.MatterDenied, "link")
def _other(body: e.MatterDenied, who: str, names: Names) -> str:
    told = gettext("%(who)s said it is another matter than %(ticket)s.")
    return told % {"who": who, "ticket": names.ticket(body.other)}


# ---- work and worth -----------------------------------------------------------------------


@_tells(e.TimeLogged, "clock")
def _logged(body: e.TimeLogged, who: str, names: Names) -> str:
    told = gettext("%(who)s booked %(span)s")
    return names.said(told % {"who": who, "span": wording.span_words(body.span)}, body.note)


@_tells(e.TicketRated, "check")
def _rated(body: e.TicketRated, who: str, names: Names) -> str:
    told = gettext("%(who)s rated the help %(score)s of 5") % {"who": who, "score": body.score}
    return names.said(told, body.text)


@_tells(e.TargetNeared, "clock")
def _neared(body: e.TargetNeared, who: str, names: Names) -> str:
    clock = gettext(CLOCK_WORDS[body.clock])
    told = gettext("%(share)s %% of the time for the %(clock)s was used up here.")
    return told % {"share": body.share, "clock": clock}


@_tells(e.TargetMissed, "warn", is_late=True)
def _missed(body: e.TargetMissed, who: str, names: Names) -> str:
    clock = gettext(CLOCK_WORDS[body.clock])
    return gettext("The %(clock)s was due here and was missed.") % {"clock": clock}


@_tells(e.DueMoved, "clock")
def _moved(body: e.DueMoved, who: str, names: Names) -> str:
    return gettext("The %(clock)s is due %(now)s instead of %(was)s: the calendar changed.") % {
        "clock": gettext(CLOCK_WORDS[body.clock]),
        "now": names.instant(body.to_at),
        "was": names.instant(body.from_at),
    }
