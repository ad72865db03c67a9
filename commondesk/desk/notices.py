"""Notices: who is mailed about what happened on a ticket, decided where it is recorded.

Each follows from an event, and is queued in the event's transaction: once each, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.conf import settings

from commondesk.accounts import policy, queries
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Event
from commondesk.core.record.instant import HOUR, MINUTE, Instant, Span
from commondesk.core.service_level.calendar import Calendar, CalendarError
from commondesk.desk import notify, sides, silence, suppression
from commondesk.desk.dues import ACTIVE
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.governance import charters
from commondesk.ledger import memory, store, words
from commondesk.ledger.store import Recorded

ASSIGNED, ASSIGNED_TEAM, ANSWERED = "assigned", "assigned_team", "answered"
OFFERED, LAPSED, ESCALATED = "handover_offered", "handover_lapsed", "escalated"
ACCEPTED, DECLINED, VENDOR_ANSWERED = "handover_accepted", "handover_declined", "vendor_answered"
NEARED, MISSED, MANY = "neared", "missed", "many"
MENTIONED = "mentioned"

PRESSING = frozenset({e.Priority.P1, e.Priority.P2})
FOLD_SPAN: Span = 2 * MINUTE
"""So long after one notice of an answer, further answers on the ticket make no other."""
MOST_AN_HOUR = 30
"""So many notices one person gets in an hour; then one that says there was more, then silence."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one person is to be told, and the event that it follows from."""

    template: str
    person: str
    event: Event
    values: Mapping[str, str] = field(default_factory=dict)
    clock: e.ClockName | None = None

    @property
    def right(self) -> Right:
        """What somebody must be allowed to get it. Who has authority need not work tickets."""
        if self.template == MENTIONED:
            return Right.READ_NOTES
        is_called = self.template in (ESCALATED, LAPSED, MISSED)
        return Right.READ_TICKETS if is_called else Right.WORK_TICKETS


def after(company: UUID, row: TicketRow, recorded: Sequence[Recorded], at: Instant) -> None:
    """Queue the notices that follow from these events of a ticket, as its row stands after them.

    Belongs into their transaction. Most events tell nobody anything, and cost nothing here.
    """
    if silence.is_kept():
        return
    events = [each.event for each in recorded]
    told: set[tuple[str, str, str]] = set()
    for notice in (*_of_events(company, row, events), *_of_targets(row, events, at)):
        key = (notice.template, notice.person, notice.clock or "")
        if key not in told and notice.person != notice.event.actor.id:
            told.add(key)
            _queue(company, row, notice, at)


# ---- what is told to whom -----------------------------------------------------------------


def _of_events(company: UUID, row: TicketRow, events: Sequence[Event]) -> Iterator[Notice]:
    for event in events:
        match event.body:
            case e.TicketAssigned(person=person) if person:
                yield Notice(ASSIGNED, person, event)
            case e.TicketPrioritised(priority=priority) if _is_nobodys(row, priority):
                yield from _to_contact(company, ASSIGNED_TEAM, row.team, event)
            case e.HandoverOffered(team=team, person=""):
                yield from _to_contact(company, OFFERED, team, event)
            case e.HandoverOffered(team=team, person=person):
                yield Notice(OFFERED, person, event, {"team": _title(company, team)})
            case e.HandoverAccepted():
                yield Notice(ACCEPTED, _giver_before(company, event), event)
            case e.HandoverDeclined(reason=reason):
                said = {"words": words.text(reason) or ""}
                yield Notice(DECLINED, _giver_before(company, event), event, said)
            case e.HandoverLapsed(contact=contact):
                yield Notice(LAPSED, contact, event, {"team": _title(company, row.offered_to)})
            case e.EscalatedHierarchically(contact=contact):
                yield Notice(ESCALATED, contact, event)
            case e.NoteWritten(mentions=people):
                yield from (Notice(MENTIONED, person, event) for person in people)
            case e.MessageReceived(is_automatic=False, leg=leg, text=text) if leg:
                said = {"words": words.text(text) or ""}
                who = str(row.owner or row.accountable or "")
                yield Notice(VENDOR_ANSWERED, who, event, said)
            case e.MessageReceived(is_automatic=False) if _is_answer(row, event):
                yield Notice(ANSWERED, str(row.owner), event)
            case _:
                pass


def _giver_before(company: UUID, event: Event) -> str:
    """Whoever made the offer that this event answers; nobody where a machine did."""
    for each in reversed(store.history(company, event.stream)[: event.position - 1]):
        if isinstance(each.body, e.HandoverOffered):
            return each.actor.id if each.actor.is_person else ""
    return ""


def _is_nobodys(row: TicketRow, priority: e.Priority) -> bool:
    return row.owner is None and priority in PRESSING and row.status in ACTIVE


def _is_answer(row: TicketRow, event: Event) -> bool:
    return row.owner is not None and event.actor.side.is_requesters


def _to_contact(company: UUID, template: str, team: str, event: Event) -> Iterator[Notice]:
    contact = queries.contacts(company).get(team)
    if contact:
        yield Notice(template, contact, event, {"team": _title(company, team)})


def _title(company: UUID, offered_to: str) -> str:
    """What a team calls itself, or the name of the person whom something was offered to."""
    named = {team.slug: team.title for team in queries.teams(company)}
    return named.get(offered_to) or queries.titles([offered_to]).get(offered_to, "")


def _of_targets(row: TicketRow, events: Sequence[Event], at: Instant) -> Iterator[Notice]:
    """Of shares that were used up meanwhile the highest; of a target that is missed only that."""
    nearest: dict[tuple[str, int], Event] = {}
    for event in events:
        match event.body:
            case e.TargetMissed(clock=clock, due_at=due_at):
                for person in filter(None, (row.accountable, row.owner)):
                    values = {"clock": str(clock), "due": str(due_at)}
                    yield Notice(MISSED, str(person), event, values, clock)
            case e.TargetNeared(clock=clock, cycle=cycle, share=share):
                other = nearest.get((clock, cycle))
                if other is None or _share(other) < share:
                    nearest[clock, cycle] = event
            case _:
                pass
    for event in nearest.values():
        yield from _of_nearing(row, event, at)


def _share(event: Event) -> int:
    return event.body.share if isinstance(event.body, e.TargetNeared) else 0


def _of_nearing(row: TicketRow, event: Event, at: Instant) -> Iterator[Notice]:
    body, person = event.body, row.owner or row.accountable
    assert isinstance(body, e.TargetNeared)
    is_past = body.due_at is not None and body.due_at < at
    if person and not is_past and row.status in ACTIVE:
        values = {"clock": str(body.clock), "share": str(body.share)}
        if body.due_at is not None:
            values["due"] = str(body.due_at)
        yield Notice(NEARED, str(person), event, values, body.clock)


# ---- whether it goes, and when ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sent:
    """A notice that somebody got before: about which ticket, and when it was queued."""

    ticket: UUID
    at: Instant


class AlreadyTold(Exception):
    """They were told of this ticket less than an hour ago."""


def remind(company: UUID, row: TicketRow, *, at: Instant, actor: Actor) -> str:
    """Tell once more whoever a handover waits for, else the owner of a missed target; their name.

    Empty where mail reaches nobody. It is a mail and leaves no event. Raises AlreadyTold.
    """
    with memory.atomic(), memory.remembering():
        history = store.history(company, str(row.uuid))
        notice = _reminder(company, row, history, at)
        person, _ = _receiver(company, notice, at) if notice else (None, "")
        if notice is None or person is None:
            return ""
        if any(each.ticket == row.uuid for each in _sent_to(person, since=at - HOUR)):
            raise AlreadyTold
        who = queries.titles([actor.id]).get(actor.id, "")
        values = {**notice.values, "person": who}
        _queue(company, row, replace(notice, values=values), at)
        return person.title


def _reminder(
    company: UUID, row: TicketRow, history: Sequence[Event], at: Instant
) -> Notice | None:
    event = history[-1]
    if row.offered_to:
        is_person = queries.uuid_of(row.offered_to) is not None
        contact = sides.contact_for(company, row.offered_to, at)
        to = row.offered_to if is_person else contact
        return Notice(OFFERED, to, event, {"team": _title(company, row.offered_to)})
    if row.owner is None or row.due_at is None or row.due_at > at:
        return None
    return Notice(MISSED, str(row.owner), event, {"clock": row.due_clock, "due": str(row.due_at)})


def _queue(company: UUID, row: TicketRow, notice: Notice, at: Instant) -> None:
    person, absent = _receiver(company, notice, at)
    if person is None:
        return
    sent = _sent_to(person, since=at - 2 * HOUR)
    if notice.template in (ANSWERED, VENDOR_ANSWERED) and _is_folded(
        company, row, notice, sent, at
    ):
        return
    in_the_hour = [place for place, each in enumerate(sent) if each.at > at - HOUR]
    if len(in_the_hour) < MOST_AN_HOUR:
        not_before = _opening(company, row, notice.clock, at) if notice.clock else None
        notify.queue_notice(
            company,
            row,
            person,
            notice.template,
            at=at,
            not_before=not_before,
            values=_said(notice),
            **({"absent": absent} if absent else {}),
        )
    elif not any(_is_summary(sent, place) for place in in_the_hour):
        home = Company.objects.get(uuid=company)
        queue = f"{settings.ORIGIN}/c/{home.prefix}/queue/"
        notify.queue_notice(company, row, person, MANY, at=at, values={"link": queue})


def _receiver(company: UUID, notice: Notice, at: Instant) -> tuple[Person | None, str]:
    """Who gets it: the deputy of whoever is away, if mail reaches them; and who is away."""
    if notice.template == MENTIONED:
        # Whoever stands in need not be of the team that the note is for.
        return _reachable(company, notice.right, notice.person), ""
    deputy = sides.stand_in(company, notice.person, at) if notice.person else ""
    if deputy != notice.person and deputy != notice.event.actor.id:
        person = _reachable(company, notice.right, deputy)
        if person is not None:
            return person, queries.titles([notice.person]).get(notice.person, "")
    return _reachable(company, notice.right, notice.person), ""


def _reachable(company: UUID, right: Right, who: str) -> Person | None:
    """The person, if they are still somebody here who may be told of it, and mail reaches them."""
    uuid = queries.uuid_of(who)
    member = (
        Membership.objects.select_related("person")
        .filter(company_id=company, person__uuid=uuid, is_active=True, person__is_active=True)
        .first()
        if uuid
        else None
    )
    if member is None or right not in policy.rights_of(member.roles, member.side):
        return None
    address = member.person.address
    if not address or suppression.is_suppressed(company, address):
        return None
    return member.person


def _sent_to(person: Person, *, since: Instant) -> list[_Sent]:
    """The notices somebody got since then, in order."""
    found = OutgoingMail.objects.filter(
        # No mail is due before it is made: so the index of what is due finds the latest ones.
        state__in=OutgoingMail.State.values,
        next_attempt_at__gt=since,
        created_at__gt=since,
        kind=OutgoingMail.Kind.NOTICE,
    ).order_by("id")
    return [
        _Sent(ticket, created_at)
        for ticket, created_at, to in found.values_list("ticket", "created_at", "envelope_to")
        if to == [person.address]
    ]


def _is_folded(
    company: UUID, row: TicketRow, notice: Notice, sent: Iterable[_Sent], at: Instant
) -> bool:
    """Whether they were told a moment ago that somebody answered on this ticket.

    A notice does not say of what kind it is. The record does: it was queued when an answer came.
    """
    recent = {each.at for each in sent if each.ticket == row.uuid and each.at > at - FOLD_SPAN}
    return bool(recent) and any(
        isinstance(event.body, e.MessageReceived)
        and event.learnt_at in recent
        and event.position < notice.event.position
        for event in store.history(company, str(row.uuid))
    )


def _is_summary(sent: Sequence[_Sent], place: int) -> bool:
    """Whether this one said that there was more: it came when there had been enough."""
    since = sent[place].at - HOUR
    return sum(each.at > since for each in sent[:place]) >= MOST_AN_HOUR


def _said(notice: Notice) -> dict[str, str]:
    """What the notice says beside the ticket: who did it, and what its event tells."""
    actor = notice.event.actor
    who = queries.titles([actor.id]).get(actor.id, "") if actor.is_person else ""
    return {"person": who, **notice.values}


def _opening(company: UUID, row: TicketRow, clock: e.ClockName, at: Instant) -> Instant | None:
    """When the hours begin in which this target counts; None while they last."""
    calendar = _calendar(company, row, clock, at)
    try:
        if calendar is None or calendar.is_open(at):
            return None
        return calendar.next_opening(at)
    except CalendarError:
        return None  # beyond the years a calendar knows


def _calendar(company: UUID, row: TicketRow, clock: e.ClockName, at: Instant) -> Calendar | None:
    agreement = charters.agreement_by_id(company, row.charter) if row.charter else None
    if agreement is None:
        return None
    priority = e.Priority(row.priority) if row.priority else agreement.default_priority
    term = agreement.term(clock, row.service, e.Kind(row.kind), priority)
    return term.calendar.known_at(at)
