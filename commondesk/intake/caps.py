"""How much is too much: what ends loops and storms, and what keeps the desk from bombing others.

Each cap is a number of an hour, with its reason. The numbers are in docs/mail.md as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from commondesk.accounts.models import Person
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import PersonIntroduced, SenderCheck, TicketReopened
from commondesk.core.record.instant import HOUR, MINUTE, SECOND, Instant, Span
from commondesk.core.texts import gettext_noop
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.ledger import tables
from commondesk.ledger.models import Entry

from . import envelopes, reasons
from .mail.understood import Understood
from .models import RawMail
from .table import Facts, Limit, Standing

SPAN: Span = HOUR
"""All that is counted, is counted over the last hour."""

MOST_ACKNOWLEDGEMENTS = 3
"""To one address, over all companies: more tells nobody anything, and feeds another machine."""
MOST_TO_STRANGERS = 60
"""First answers of one company to senders whom nothing proves. Their addresses may be forged: the
desk would else carry a bomb of mails to people who never wrote to it."""
MOST_TO_STRANGERS_OF_A_DOMAIN = 30
"""The same for the people of one domain, whose server gets it all."""

MOST_TICKETS_OF_A_SENDER = 1000
"""No person writes so much, and even the web form of a large company, which sends for everybody,
stays below. What is beyond is held: a page of held mail is emptied with one tap, a queue is not."""
MOST_ALERTS_OF_A_SENDER = 100
"""A monitor that tells more is telling the same again and again."""
MOST_MESSAGES_ON_A_TICKET = 100
"""By mail. People talk less; two machines that answer each other on a ticket do not."""
MOST_REOPENS = 3
"""Of one ticket. A machine that answers whenever a ticket is resolved would reopen it for ever."""

QUICK_SPAN: Span = 30 * SECOND
"""A machine answers a mail of ours within this; a person begins no new matter so soon, twice."""
SLACK: Span = 5 * SECOND
"""Its answer may be here before we have noted that ours was handed over."""
ANSWER_SPAN: Span = 15 * MINUTE
"""Slow machines fetch their mail every few minutes."""
LATEST = 30
"""So many mails of a sender are looked at, before any are counted."""


_GONE = (OutgoingMail.State.SENDING, OutgoingMail.State.SENT)
_INTRODUCED = (
    f"SELECT learnt_at, body FROM {Entry._meta.db_table}"  # noqa: S608
    f" WHERE company = %s AND stream = '{COMPANY_STREAM}' AND name = '{PersonIntroduced.NAME}'"
    " ORDER BY position DESC LIMIT %s OFFSET %s"
)
"""The latest of them by their place: asked for by their time, all the others would be looked at."""
_RECEIVED = (
    f"SELECT count(*) FROM {MessageRow._meta.db_table}"  # noqa: S608
    " WHERE ticket_id = %s AND happened_at > %s AND kind = 'received' AND channel = 'mail'"
)
_EARLIER = (
    "SELECT received_at, likeness, acknowledged_at, ticket"  # noqa: S608
    f" FROM {RawMail._meta.db_table}"
    " WHERE sender = %s AND received_at > %s AND received_at <= %s AND id <> %s"
    " ORDER BY received_at DESC LIMIT %s"
)
_OPENED = (
    f"SELECT count(*) FROM (SELECT 1 FROM {RawMail._meta.db_table}"  # noqa: S608
    " WHERE sender = %s AND received_at > %s AND received_at <= %s AND ticket IS NOT NULL"
    " LIMIT %s) AS opened"
)
_ACKNOWLEDGED = (
    f"SELECT count(*) FROM {RawMail._meta.db_table}"  # noqa: S608
    " WHERE sender = %s AND acknowledged_at > %s"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier mail of the same sender, and when we answered it by machine, if we did."""

    received_at: Instant
    likeness: str
    answered_at: Instant | None = None


# ---- what must not become a ticket, or change one -----------------------------------------


def limit_of(
    company: UUID,
    mail: RawMail,
    said: Understood,
    ticket: TicketRow | None,
    person: UUID | None,
) -> tuple[Limit, str]:
    """The cap that this mail would go beyond, and why, as a sentence. ticket: the one it answers.

    Of mail without a reference to us, person is its sender, if known here.
    """
    if ticket is not None:
        return _limit_on_ticket(ticket, mail)
    if said.is_automatic and not said.is_alert:
        return Limit.NONE, ""  # it opens nothing anyway
    since = mail.received_at - SPAN
    earlier = _earlier(mail, said, since)
    if reason := _loop(company, mail, said, earlier, person):
        return Limit.LOOP, reason
    return _storm(mail, said, earlier, since)


def _limit_on_ticket(ticket: TicketRow, mail: RawMail) -> tuple[Limit, str]:
    since = mail.received_at - SPAN
    ((received,),) = tables.select(_RECEIVED, ticket.uuid, since)
    if received >= MOST_MESSAGES_ON_A_TICKET:
        return Limit.STORM, reasons.MANY_ON_TICKET % {"count": MOST_MESSAGES_ON_A_TICKET}
    if ticket.status == "resolved" and ticket.reopens >= MOST_REOPENS:
        reopened = Entry.objects.filter(
            company=ticket.company,
            stream=str(ticket.uuid),
            name=TicketReopened.NAME,
            learnt_at__gt=since,
        )
        if reopened.count() >= MOST_REOPENS:
            return Limit.REOPENS, reasons.MANY_REOPENS % {"count": MOST_REOPENS}
    return Limit.NONE, ""


# ---- loops --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A row of an earlier mail of the same sender."""

    received_at: Instant
    likeness: str
    acknowledged_at: Instant | None
    ticket: UUID | None


def _earlier(mail: RawMail, said: Understood, since: Instant) -> list[_Earlier]:
    """The latest mails of its sender within the hour, over all companies, the newest first."""
    rows = tables.select(_EARLIER, _address(said), since, mail.received_at, mail.pk, LATEST)
    return [
        _Earlier(received_at, likeness, acknowledged_at, ticket and tables.uuid_of(ticket))
        for received_at, likeness, acknowledged_at, ticket in rows
    ]


def _loop(
    company: UUID,
    mail: RawMail,
    said: Understood,
    earlier: Sequence[_Earlier],
    person: UUID | None,
) -> str:
    """Why it looks like a machine that answers us, or "". It carries no reference to us."""
    answered = [row.ticket for row in earlier if row.acknowledged_at and row.ticket]
    if said.wording and _was_written_to(company, mail, person, answered):
        return reasons.WORDED_LIKE_MACHINE % {"wording": said.wording}
    # Two turns at least: with fewer answers of ours there is nothing to look up.
    if len(answered) < 2 or not said.likeness:
        return ""
    sent = _handed_over(answered)
    turns = [
        Turn(row.received_at, row.likeness, sent.get(row.ticket) if row.ticket else None)
        for row in earlier
    ]
    if takes_turns(mail.received_at, said.likeness, turns):
        return gettext_noop(
            "It looks like a machine that answers our mail: each time we acknowledged, a mail"
            " that says the same came back within seconds."
        )
    return ""


def takes_turns(received_at: Instant, likeness: str, earlier: Sequence[Turn]) -> bool:
    """Whether one mail followed each automatic answer of ours at once, and they say the same.

    earlier: the sender's mails before, the newest first. The first mail of all, which began it,
    says something else: somebody who sends a list of matters, one after the other, takes turns
    with us as well, but begins with what he goes on with.
    """
    if len(earlier) < 2:
        return False
    last, first = earlier[0], earlier[1]
    if last.likeness != likeness or first.likeness == likeness:
        return False
    return _follows(last.answered_at, received_at) and _follows(first.answered_at, last.received_at)


def _follows(sent_at: Instant | None, received_at: Instant) -> bool:
    return sent_at is not None and sent_at - SLACK <= received_at <= sent_at + QUICK_SPAN


def _was_written_to(
    company: UUID, mail: RawMail, person: UUID | None, answered: Sequence[UUID]
) -> bool:
    """Whether a mail about one of these tickets, or any of theirs, has just gone out.

    One that could not be handed over yet reached no machine.
    """
    since = mail.received_at - ANSWER_SPAN
    tickets = Q(ticket__in=answered)
    if person is not None:
        # A ticket that a mail went out for was written to then.
        theirs = TicketRow.objects.filter(company=company, requester=person, updated_at__gt=since)
        tickets |= Q(ticket__in=theirs.values("uuid"))
    gone = OutgoingMail.objects.filter(tickets, state__in=_GONE)
    return gone.filter(Q(sent_at__gt=since) | Q(created_at__gt=since)).exists()


def _handed_over(tickets: Sequence[UUID]) -> dict[UUID, Instant]:
    """When the first mail about each ticket was handed over: that is the acknowledgement."""
    gone = OutgoingMail.objects.filter(ticket__in=tickets, state__in=_GONE)
    found: dict[UUID, Instant] = {}
    for ticket, sent_at, created_at in gone.order_by("id").values_list(
        "ticket", "sent_at", "created_at"
    ):
        found.setdefault(ticket, sent_at or created_at)
    return found


# ---- storms -------------------------------------------------------------------------------


def _storm(
    mail: RawMail, said: Understood, earlier: Sequence[_Earlier], since: Instant
) -> tuple[Limit, str]:
    if len(earlier) < LATEST:
        return Limit.NONE, ""
    most = MOST_ALERTS_OF_A_SENDER if said.is_alert else MOST_TICKETS_OF_A_SENDER
    ((opened,),) = tables.select(_OPENED, _address(said), since, mail.received_at, most)
    if opened < most:
        return Limit.NONE, ""
    return Limit.STORM, reasons.MANY_OF_SENDER % {"sender": _address(said), "count": most}


# ---- acknowledgements ---------------------------------------------------------------------


def may_acknowledge(company: UUID, mail: RawMail, facts: Facts) -> bool:
    """Whether we tell the sender by machine that we have it: only what could feed no loop,
    no flood, and no bomb of mails to somebody whose address was forged.

    Ask once the ticket is open: its sender is then known here, and counted.
    """
    said = facts.said
    if said.sender is None or said.is_automatic or said.is_answer_unwanted or said.wording:
        return False
    if envelopes.sender_of(mail) == "":
        return False
    if _acknowledged_lately(mail, said) >= MOST_ACKNOWLEDGEMENTS:
        return False
    if facts.standing is not Standing.STRANGER or facts.check is SenderCheck.PASSED:
        return True
    return _has_room_for_stranger(company, mail, said)


def _acknowledged_lately(mail: RawMail, said: Understood) -> int:
    """Counted over all companies: it is one letter box that they would fill."""
    ((count,),) = tables.select(_ACKNOWLEDGED, _address(said), mail.received_at - SPAN)
    return int(count)


def _has_room_for_stranger(company: UUID, mail: RawMail, said: Understood) -> bool:
    """The strangers of the hour are those whom the record introduced in it."""
    since = mail.received_at - SPAN
    beyond = tables.select(_INTRODUCED, company, 1, MOST_TO_STRANGERS_OF_A_DOMAIN)
    if not beyond or beyond[0][0] <= since:
        return True
    introduced = tables.select(_INTRODUCED, company, MOST_TO_STRANGERS + 1, 0)
    latest = [body for learnt_at, body in introduced if learnt_at > since]
    if len(latest) > MOST_TO_STRANGERS:
        return False
    people = [UUID(json.loads(body)["person"]) for body in latest]
    addresses = Person.objects.filter(uuid__in=people).values_list("address", flat=True)
    domains = Counter(_domain(each) for each in addresses if each)
    return domains[_domain(_address(said))] <= MOST_TO_STRANGERS_OF_A_DOMAIN


def _address(said: Understood) -> str:
    return said.sender.address.lower() if said.sender else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
