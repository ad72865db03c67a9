"""The rows of a ticket as a pure function of its history: live steps and replay share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Event, WordsRef
from commondesk.core.record.ticket import Ticket, ticket_of
from commondesk.core.service_level.agreement import Agreement
from commondesk.desk import dues

ERASED = "[erased]"
HTML_BODY = "text/html; role=body"
"""The media type of an attachment that is no file but the message itself, sanitised, as HTML."""

Values = dict[str, Any]
"""A row before it is stored: its fields by name."""

LONGEST_LAST_WORD = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What a row shows besides the history: words, names, contacts, agreement, absorbed tickets."""

    texts: Mapping[str, str | None]
    titles: Mapping[str, str]
    contacts: Mapping[str, str]
    agreement: Agreement | None
    parts: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    providers: Mapping[str, str] = field(default_factory=dict)
    """Whose each team is, by slug; and each charter, by uuid. Empty: the company's own."""

    def text(self, ref: WordsRef | None) -> str:
        """The words of a reference."""
        if ref is None:
            return ""
        found = self.texts.get(ref.id)
        return ERASED if found is None else found

    def title(self, person: str) -> str:
        """The name of a person, or what a machine calls itself."""
        return self.titles.get(person, person)


def rows_of(
    company: UUID, history: Sequence[Event], known: Known
) -> tuple[Values, tuple[Values, ...]]:
    """The ticket's row and the rows of its messages, in order of position."""
    ticket = ticket_of(history)
    if ticket is None:
        raise ValueError("a ticket without events has no row")
    uuid = UUID(ticket.stream)
    messages = tuple(_messages(uuid, history, known))
    row = {"uuid": uuid, "company": company, **_ticket(ticket, history, messages, known)}
    return row, messages


def words_in(history: Iterable[Event]) -> Iterator[str]:
    """The ids of all words that the rows of this history show."""
    for event in history:
        match event.body:
            case e.TicketOpened(subject=subject):
                yield subject.id
            case e.MessageReceived() | e.MessageWritten() as message:
                yield message.text.id
                yield from (attachment.name.id for attachment in message.attachments)
                if isinstance(message, e.MessageReceived) and message.copied:
                    yield message.copied.id
            case e.VendorWritten() as message:
                yield message.text.id
                yield from (attachment.name.id for attachment in message.attachments)
            case e.NoteWritten(text=text):
                yield text.id
            case e.MessageBounced(reason=reason):
                yield reason.id
            case _:
                pass


def people_in(history: Iterable[Event]) -> Iterator[str]:
    """Everybody whose name the rows of this history may show."""
    for event in history:
        yield event.actor.id
        match event.body:
            case e.TicketOpened(requester=person) | e.MessageReceived(author=person):
                yield person
            case e.TicketTaken(owner=person) | e.HandoverAccepted(owner=person):
                yield person
            case e.HandoverLapsed(contact=person):
                yield person
            case _:
                pass


# ---- the ticket ---------------------------------------------------------------------------


def _ticket(
    ticket: Ticket, history: Sequence[Event], messages: Sequence[Values], known: Known
) -> Values:
    priority = ticket.priority or (known.agreement.default_priority if known.agreement else "")
    return {
        "number": ticket.number,
        "position": ticket.position,
        "subject": known.text(ticket.subject),
        "requester": _uuid(ticket.requester),
        "requester_title": known.title(ticket.requester),
        "kind": str(ticket.kind),
        "service": ticket.service,
        "item": ticket.item,
        "site": ticket.site,
        "category": ticket.category,
        "channel": str(ticket.channel),
        "opening": str(ticket.opening),
        "status": str(ticket.status),
        "waits_on": _waits_on(ticket),
        "priority": str(priority),
        "is_priority_provisional": ticket.is_priority_provisional,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "opened_at": ticket.opened_at,
        "updated_at": max(event.happened_at for event in history),
        "restored_at": ticket.restored_at,
        "resolved_at": ticket.resolved_at if ticket.is_resolved else None,
        "closed_at": ticket.closed_at,
        "reopens": ticket.reopens,
        "merged_into": _uuid(ticket.merged_into),
        "copies": list(ticket.copies),
        "time_spent": ticket.time_spent + _time_brought_along(ticket, known),
        "charter": ticket.charter,
        "missed_at": _missed_at(history),
        **_hands(ticket, known),
        "providers": _providers(history, known),
        **_vendor(ticket),
        **_words(history, messages),
        **_due(ticket, history, known),
    }


@lru_cache(maxsize=65536)
def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


def _time_brought_along(ticket: Ticket, known: Known) -> int:
    return sum(
        event.body.span
        for source in ticket.absorbed
        for event in known.parts.get(source, ())
        if isinstance(event.body, e.TimeLogged)
    )


def _waits_on(ticket: Ticket) -> str:
    if not ticket.waits and not ticket.vendor_legs:
        return ""
    return ",".join(reason for reason in e.WaitReason if ticket.waits_on(reason))


def _missed_at(history: Iterable[Event]) -> int | None:
    misses = [event.happened_at for event in history if isinstance(event.body, e.TargetMissed)]
    return min(misses, default=None)


def _hands(ticket: Ticket, known: Known) -> Values:
    accountable = dues.accountable(ticket, known.contacts)
    offer = ticket.offer
    return {
        "owner": _uuid(ticket.owner),
        "owner_title": known.title(ticket.owner),
        "team": ticket.team,
        "tier": str(ticket.tier or ""),
        "accountable": _uuid(accountable),
        "accountable_title": known.title(accountable),
        "offered_to": (offer.person or offer.team) if offer else "",
        "offered_at": offer.offered_at if offer else None,
        "is_offer_lapsed": offer.is_lapsed if offer else False,
        "unowned_since": dues.unowned_since(ticket),
        "leg_charter": ticket.leg_charter,
    }


_TO_TEAMS = (
    *(e.TicketAssigned, e.TicketTaken, e.HandoverOffered, e.HandoverAccepted),
    e.EscalatedFunctionally,
)


def _providers(history: Sequence[Event], known: Known) -> str:
    """Every provider whose charter ruled it or to whose team it was given, with commas around."""
    if not known.providers:
        return ""
    found: dict[str, None] = {}
    for event in history:
        body = event.body
        if isinstance(body, _TO_TEAMS):
            found[known.providers.get(body.team, "")] = None
        elif isinstance(body, e.TicketOpened) and body.charter:
            found[known.providers.get(body.charter, "")] = None
    named = [each for each in found if each]
    return f",{','.join(named)}," if named else ""


def _vendor(ticket: Ticket) -> Values:
    """Who has a part of it outside, since when, and when the first promised to be done."""
    legs = ticket.vendor_legs
    promised = [leg.due_at for leg in legs if leg.due_at is not None]
    return {
        "vendor": ", ".join(dict.fromkeys(leg.vendor for leg in legs)),
        "vendor_since": min((leg.begun_at for leg in legs), default=None),
        "vendor_due_at": min(promised, default=None),
    }


def _words(history: Sequence[Event], messages: Sequence[Values]) -> Values:
    public = [message for message in messages if message["audience"] == "everyone"]
    last = public[-1] if public else None
    return {
        "last_word": _shortened(str(last["text"])) if last else "",
        "last_word_by": last["author_title"] if last else "",
        "has_unread": _has_unread(history),
    }


def _shortened(text: str) -> str:
    line = " ".join(text[: 4 * LONGEST_LAST_WORD].split())
    return line if len(line) <= LONGEST_LAST_WORD else f"{line[: LONGEST_LAST_WORD - 1]}…"


def _has_unread(history: Sequence[Event]) -> bool:
    """Whether somebody wrote since a person who works tickets last did anything here."""
    for event in reversed(history):
        if isinstance(event.body, e.MessageReceived) and not event.body.is_automatic:
            return True
        if event.actor.side.is_technical:
            return False
    return False


def _clocks(ticket: Ticket, history: Sequence[Event], known: Known) -> Values:
    readings = dues.readings_of(ticket, history, known.parts, known.agreement)
    due = dues.due_of(ticket, readings)
    falling = dues.falling(ticket, history, readings, known.agreement, known.contacts, known.parts)
    return {
        "due_clock": str(due.clock),
        "due_at": due.at,
        "due_state": due.state,
        "used_share": due.share,
        "wakes_at": min((each.from_at for each in falling), default=None),
    }


NOBODY_HAS_IT, HAS_DUE, IS_PAUSED, NOTHING_DUE = range(4)
"""The shelves of the queue, in order: TicketRow.shelf."""
LAST_PLACE = (1 << 63) - 1


def _due(ticket: Ticket, history: Sequence[Event], known: Known) -> Values:
    clocks = _clocks(ticket, history, known)
    return {**clocks, **_place(ticket, clocks)}


def _place(ticket: Ticket, clocks: Values) -> Values:
    """Where it stands in the queue. That a due instant passes moves it nowhere: it was first."""
    if ticket.status not in dues.ACTIVE:
        return {"shelf": None, "shelf_at": 0}
    due_at, state = clocks["due_at"], clocks["due_state"]
    if not ticket.owner:
        shelf = NOBODY_HAS_IT
    elif due_at is not None or state == "missed":
        shelf = HAS_DUE
    else:
        shelf = IS_PAUSED if state == "paused" else NOTHING_DUE
    if due_at is None and state == "missed":
        return {"shelf": shelf, "shelf_at": ticket.opened_at}
    return {"shelf": shelf, "shelf_at": LAST_PLACE if due_at is None else due_at}


# ---- messages -----------------------------------------------------------------------------


def _messages(uuid: UUID, history: Sequence[Event], known: Known) -> Iterator[Values]:
    found: dict[str, Values] = {}
    for event in history:
        match event.body:
            case e.MessageReceived() as body:
                found[body.message] = _received(event, body, known)
            case e.MessageWritten() as body:
                found[body.message] = _written(event, body, known)
            case e.NoteWritten() as body:
                found[body.note] = _note(event, body, known)
            case e.VendorWritten() as body:
                found[body.message] = _to_vendor(event, body, known)
            case e.MessageDelivered(message=key, channel=channel) if key in found:
                _deliver(found[key], event, channel)
            case e.QuestionAsked(message=key) if key in found:
                found[key]["asks"] = True
            case e.MessageBounced(message=key, reason=reason) if key in found:
                found[key]["bounced"] = known.text(reason)
            case _:
                pass
    for values in found.values():
        values["ticket_id"] = uuid
        yield values


def _deliver(values: Values, event: Event, channel: e.Channel) -> None:
    if values["delivered_at"] is None:
        values["delivered_at"] = event.happened_at
        values["channel"] = str(channel)


def _received(event: Event, body: e.MessageReceived, known: Known) -> Values:
    return {
        **_message(event, body.message, "received", body.author, known),
        "audience": "both_teams" if body.leg else "everyone",
        "leg": body.leg,
        "text": known.text(body.text),
        "is_automatic": body.is_automatic,
        "channel": str(body.channel),
        "delivered_at": event.happened_at,
        "copied": known.text(body.copied),
        "folds": [
            {"kind": str(fold.kind), "start": fold.start, "end": fold.end} for fold in body.folds
        ],
        "check_result": str(body.check) if body.channel is e.Channel.MAIL else "",
        **_attached(body.attachments, known),
    }


def _written(event: Event, body: e.MessageWritten, known: Known) -> Values:
    return {
        **_message(event, body.message, "written", event.actor.id, known),
        "audience": "everyone",
        "text": known.text(body.text),
        "is_automatic": not event.actor.is_person,
        "is_templated": body.is_templated,
        "to": list(body.to),
        "copies": list(body.copies),
        **_attached(body.attachments, known),
    }


def _note(event: Event, body: e.NoteWritten, known: Known) -> Values:
    return {
        **_message(event, body.note, "note", event.actor.id, known),
        "audience": str(body.audience),
        "provider": body.provider,
        "text": known.text(body.text),
        "is_automatic": not event.actor.is_person,
    }


def _to_vendor(event: Event, body: e.VendorWritten, known: Known) -> Values:
    return {
        **_message(event, body.message, "vendor", event.actor.id, known),
        "audience": "both_teams",
        "leg": body.leg,
        "text": known.text(body.text),
        "is_automatic": not event.actor.is_person,
        **_attached(body.attachments, known),
    }


def _message(event: Event, key: str, kind: str, author: str, known: Known) -> Values:
    return {
        "id": key,
        "position": event.position,
        "kind": kind,
        "author": author,
        "author_title": known.title(author),
        "side": str(event.actor.side),
        "happened_at": event.happened_at,
        "html": "",
        "delivered_at": None,
        "is_templated": False,
        "asks": False,
        "channel": "",
        "to": [],
        "copies": [],
        "copied": "",
        "folds": [],
        "check_result": "",
        "attachments": [],
        "bounced": "",
        "provider": "",
        "leg": "",
    }


def _attached(attachments: Sequence[e.Attachment], known: Known) -> Values:
    bodies = [each for each in attachments if each.media_type == HTML_BODY]
    files = [
        {
            "id": each.id,
            "name": known.text(each.name),
            "media_type": each.media_type,
            "size": each.size,
        }
        for each in attachments
        if each.media_type != HTML_BODY
    ]
    html = known.texts.get(bodies[0].id) if bodies else ""
    return {"html": html or "", "attachments": files}
