"""What can be done to tickets: one function a use case, each one transaction.

Every step raises IllegalStep with a sentence for the person who tried, StaleWrite when the ticket
moved on since the person saw it at `expected`, NoSuchTicket, and NotAllowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import transaction

from commondesk.accounts import queries
from commondesk.accounts.models import Team
from commondesk.accounts.policy import Right
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Event, Side, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Audience,
    Channel,
    Kind,
    Opening,
    Priority,
    Relation,
    WaitReason,
)
from commondesk.core.record.instant import Instant, Span
from commondesk.core.record.priority import Level, impact_of, priority_of, template_matrix
from commondesk.core.record.steps import IllegalStep, opens_linked_ticket
from commondesk.core.record.ticket import Ticket
from commondesk.desk import sweep
from commondesk.desk.models import NumberCounter
from commondesk.desk.rows import HTML_BODY
from commondesk.desk.writing import (
    NoSuchTicket,
    NotAllowed,
    StaleWrite,
    Work,
    require_own_or,
    step,
    step_on,
)
from commondesk.governance import charters
from commondesk.ledger import store, words

__all__ = ["IllegalStep", "NoSuchTicket", "NotAllowed", "StaleWrite"]

ROUTING = Actor("routing", Side.MACHINE)
NUMBER_BEFORE_FIRST = 1000


# ---- opening ------------------------------------------------------------------------------


def open_ticket(
    *,
    company: UUID,
    at: Instant,
    actor: Actor,
    requester: UUID,
    channel: Channel,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    kind: Kind = Kind.INCIDENT,
    opening: Opening = Opening.NORMAL,
    service: str = "",
    item: str = "",
    site: str = "",
    happened_at: Instant | None = None,
    is_automatic: bool = False,
    raw: WordsRef | None = None,
    returned_from: UUID | None = None,
    ticket: UUID | None = None,
    message: str | None = None,
) -> UUID:
    """Open a ticket with its first message; the uuid of it.

    happened_at is when the request reached us, if that was before now. ticket and message name
    ids that the caller chose, so that it can keep attachments under them first.
    """
    uuid = ticket or uuid4()
    right = Right.ASK if actor.id == str(requester) else Right.WORK_TICKETS
    right_needed = None if channel is Channel.MAIL else right
    with step(company, at=at, actor=actor, right=right_needed, happened_at=happened_at) as work:
        body = e.TicketOpened(
            number=_next_number(company),
            requester=str(requester),
            channel=channel,
            kind=kind,
            subject=work.keep(uuid, "subject", subject),
            opening=opening,
            service=service,
            item=item,
            site=site,
            charter=_charter_at(company, work.happened_at),
            returned_from=str(returned_from or ""),
        )
        work.take(uuid, body, actor=_opener(actor, requester))
        _route(work, uuid)
        received = e.MessageReceived(
            message=message or str(uuid4()),
            author=str(requester),
            channel=channel,
            text=work.keep(uuid, "message", text),
            is_automatic=is_automatic,
            attachments=_with_html(work, uuid, html, attachments),
            raw=raw,
        )
        work.take(uuid, received, actor=Actor(str(requester), Side.REQUESTER))
    return uuid


def _opener(actor: Actor, requester: UUID) -> Actor:
    """Whoever opens for somebody else acts on their behalf; for oneself one is the requester."""
    if actor.id == str(requester):
        return Actor(actor.id, Side.REQUESTER)
    return Actor(actor.id, actor.side, on_behalf_of=str(requester)) if actor.is_person else actor


def _next_number(company: UUID) -> int:
    """The next number of the company; one that was given out is never used again."""
    counter, _ = NumberCounter.objects.select_for_update().get_or_create(
        company=company, defaults={"last": NUMBER_BEFORE_FIRST}
    )
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _charter_at(company: UUID, at: Instant) -> str:
    charter = charters.charter_for(company, at)
    return charter.uuid if charter else ""


def _route(work: Work, ticket: UUID) -> None:
    """Send a new ticket to the first line, so that somebody is accountable from the start."""
    team = next(iter(queries.teams(work.company)), None)
    if team is not None:
        work.take(ticket, e.TicketAssigned(team.slug, e.Tier(team.tier)), actor=ROUTING)


def _with_html(
    work: Work, ticket: UUID, html: str, attachments: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """The attachments and, as one more that is no file, the message as sanitised HTML."""
    if not html:
        return tuple(attachments)
    ref = work.keep(ticket, "html", html)
    body = Attachment(ref, ref, HTML_BODY, len(words.storable(html).encode()))
    return (*attachments, body)


def keep_attachment(
    company: UUID, ticket: UUID, *, name: str, media_type: str, content: bytes
) -> Attachment:
    """Store a file that belongs to a message of this ticket, before the message itself."""
    stream = str(ticket)
    file = words.keep_file(company, stream=stream, kind="attachment", content=content)
    return Attachment(
        content=file,
        name=words.keep(company, stream=stream, kind="file_name", text=name),
        media_type=media_type,
        size=len(content),
    )


# ---- words in -----------------------------------------------------------------------------


def receive_message(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    channel: Channel = Channel.MAIL,
    is_automatic: bool = False,
    happened_at: Instant | None = None,
    raw: WordsRef | None = None,
    message: str | None = None,
) -> UUID:
    """Add what somebody wrote to the desk; the ticket where it ended up.

    A merged ticket passes it on to the one it went into. An answer to a closed ticket opens a new
    one, linked to it. Who may write is settled before: by the mail table, or by the page.
    """
    stream = _survivor(company, ticket)
    key = message or str(uuid4())
    with step_on(
        company,
        stream,
        at=at,
        actor=actor,
        expected=expected if stream == ticket else None,
        right=None,
        happened_at=happened_at,
    ) as work:
        received = e.MessageReceived(
            message=key,
            author=actor.id,
            channel=channel,
            text=work.keep(stream, "message", text),
            is_automatic=is_automatic,
            attachments=_with_html(work, stream, html, attachments),
            raw=raw,
        )
        if not opens_linked_ticket(work.ticket(stream), received, actor):
            work.take(stream, received)
            return stream
        return _return(work, stream, received)


def _survivor(company: UUID, ticket: UUID) -> UUID:
    """The ticket that this one went into, if it was merged."""
    seen = {ticket}
    while (into := _merged_into(company, ticket)) and into not in seen:
        ticket = into
        seen.add(into)
    return ticket


def _merged_into(company: UUID, ticket: UUID) -> UUID | None:
    into = ""
    for event in store.history(company, str(ticket)):
        if isinstance(event.body, e.TicketMerged):
            into = event.body.into
        elif isinstance(event.body, e.MergeUndone) and event.body.other == into:
            into = ""
    return UUID(into) if into else None


def _return(work: Work, closed: UUID, received: e.MessageReceived) -> UUID:
    """Open a new ticket for an answer that came after the closing."""
    old, uuid = work.ticket(closed), uuid4()
    opened = e.TicketOpened(
        number=_next_number(work.company),
        requester=old.requester,
        channel=received.channel,
        kind=old.kind,
        subject=old.subject,
        service=old.service,
        item=old.item,
        site=old.site,
        charter=_charter_at(work.company, work.happened_at),
        returned_from=str(closed),
    )
    work.take(uuid, opened)
    _route(work, uuid)
    work.take(uuid, received)
    return uuid


def mark_delivered(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    channel: Channel = Channel.MAIL,
    happened_at: Instant | None = None,
) -> bool:
    """Record that a message reached the next mail server, or was shown; False if that is known."""
    with step_on(
        company,
        ticket,
        at=at,
        actor=actor,
        expected=expected,
        right=None,
        happened_at=happened_at,
    ) as work:
        if message not in work.ticket(ticket).undelivered:
            return False
        work.take(ticket, e.MessageDelivered(message, channel))
        return True


def mark_bounced(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    person: UUID | None = None,
    reason: str,
) -> None:
    """Record that a message could not be delivered."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        ref = work.keep(ticket, "bounce", reason)
        work.take(ticket, e.MessageBounced(message, str(person or ""), ref))


# ---- words out ----------------------------------------------------------------------------


def reply(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    attachments: Sequence[Attachment] = (),
    is_templated: bool = False,
    to: Sequence[UUID] | None = None,
) -> str:
    """Write to everyone on the ticket; the id of the message. It counts once it is delivered."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        return _write(work, ticket, text, attachments, is_templated=is_templated, to=to)


def _write(
    work: Work,
    ticket: UUID,
    text: str,
    attachments: Sequence[Attachment] = (),
    *,
    is_templated: bool = False,
    to: Sequence[UUID] | None = None,
    ref: WordsRef | None = None,
) -> str:
    if not text.strip() and not attachments:
        raise IllegalStep("Write something first.")
    people = [str(each) for each in to] if to is not None else _requesters(work, ticket)
    body = e.MessageWritten(
        message=str(uuid4()),
        to=tuple(people),
        text=ref or work.keep(ticket, "message", text),
        is_templated=is_templated,
        attachments=tuple(attachments),
    )
    work.take(ticket, body)
    return body.message


def _requesters(work: Work, ticket: UUID) -> list[str]:
    """Everybody who asked: merged tickets bring their requesters along."""
    own = work.ticket(ticket)
    others = [work.ticket(source).requester for source in own.absorbed]
    return list(dict.fromkeys([own.requester, *others]))


def write_note(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    audience: Audience = Audience.OWN_TEAM,
) -> str:
    """Write a note that no requester sees; the id of it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not text.strip():
            raise IllegalStep("Write something first.")
        body = e.NoteWritten(str(uuid4()), audience, work.keep(ticket, "note", text))
        work.take(ticket, body)
        return body.note


def ask(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str,
    attachments: Sequence[Attachment] = (),
) -> str:
    """Put a question to the requester and wait for the answer, in one step."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        message = _write(work, ticket, text, attachments)
        work.take(ticket, e.QuestionAsked(message))
        if not any(wait.on is WaitReason.REQUESTER for wait in work.ticket(ticket).waits):
            work.take(ticket, e.WaitBegun(str(uuid4()), WaitReason.REQUESTER))
        return message


# ---- waiting ------------------------------------------------------------------------------


def wait_on(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    reason: WaitReason,
    until: Instant | None = None,
    is_requesters_date: bool = False,
) -> str:
    """Let the ticket wait; the id of the wait."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        body = e.WaitBegun(str(uuid4()), reason, until, is_requesters_date)
        work.take(ticket, body)
        return body.wait


def resume(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    wait: str | None = None,
) -> None:
    """End one wait, or all of them."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        waits = [wait] if wait else [each.id for each in work.ticket(ticket).waits]
        if not waits:
            raise IllegalStep("It does not wait for anything.")
        for each in waits:
            work.take(ticket, e.WaitEnded(each))


def begin_vendor_leg(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    vendor: str,
    reference: str = "",
    due_at: Instant | None = None,
) -> str:
    """Hand a part to a third party; the id of its leg. The inside owner stays."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not vendor.strip():
            raise IllegalStep("Say who the vendor is.")
        body = e.VendorLegBegun(str(uuid4()), vendor.strip(), reference.strip(), due_at)
        work.take(ticket, body)
        return body.leg


def end_vendor_leg(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    leg: str | None = None,
) -> None:
    """The third party is done, or was called off; without a leg named, the latest begun."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        legs = work.ticket(ticket).vendor_legs
        if not legs:
            raise IllegalStep("No vendor is at work on the ticket.")
        work.take(ticket, e.VendorLegEnded(leg or legs[-1].id))


# ---- hands --------------------------------------------------------------------------------


def take(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Become the owner."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketTaken(actor.id, work.team, work.tier))


def release(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Let go: the owner, whoever it is, owns it no longer."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        owner = work.ticket(ticket).owner
        if not owner:
            raise IllegalStep("Nobody owns the ticket.")
        work.take(ticket, e.TicketReleased(owner))


def assign(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str,
    person: UUID | None = None,
) -> None:
    """Route to a team, perhaps to a person. They own it once they take it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team)
        work.take(ticket, e.TicketAssigned(slug, tier, _colleague(company, person)))


def offer_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str = "",
    person: UUID | None = None,
    reason: str = "",
) -> None:
    """Offer the ticket to a team or person; the giver stays owner until somebody accepts."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team or _team_of(company, person))
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.HandoverOffered(slug, tier, _colleague(company, person), ref))


def accept_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Accept what was offered, and own it from now on."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        offer = work.ticket(ticket).offer
        team = work.team or (offer.team if offer else "")
        work.take(ticket, e.HandoverAccepted(actor.id, team, work.tier))


def decline_handover(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    reason: str,
) -> None:
    """Refuse what was offered, with a reason."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not reason.strip():
            raise IllegalStep("Say why, so that the giver can do better.")
        work.take(ticket, e.HandoverDeclined(work.keep(ticket, "reason", reason)))


def take_back_handover(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Withdraw the offer."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.HandoverTakenBack())


def escalate_functionally(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    team: str,
    reason: str = "",
) -> None:
    """Call for more skill: offers the ticket to that team."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        slug, tier = _team(company, team)
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.EscalatedFunctionally(slug, tier, ref))


def escalate_hierarchically(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    contact: UUID | None = None,
    reason: str = "",
) -> None:
    """Call for more authority; without a contact named, that of the ticket's team."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        named = str(contact) if contact else queries.contacts(company).get(work.ticket(ticket).team)
        if not named:
            raise IllegalStep("This team has no escalation contact. Name a person.")
        ref = work.keep_if_any(ticket, "reason", reason)
        work.take(ticket, e.EscalatedHierarchically(named, reason=ref))


def _team(company: UUID, slug: str) -> tuple[str, e.Tier]:
    team = Team.objects.filter(company_id=company, slug=slug).first()
    if team is None:
        raise IllegalStep("There is no such team here.")
    return team.slug, e.Tier(team.tier)


def _team_of(company: UUID, person: UUID | None) -> str:
    member = queries.membership_of(company, person) if person else None
    return member.team.slug if member and member.team else ""


def _colleague(company: UUID, person: UUID | None) -> str:
    if person is None:
        return ""
    if all(each.uuid != person for each in queries.colleagues(company)):
        raise IllegalStep("This person does not work tickets here.")
    return str(person)


# ---- understanding ------------------------------------------------------------------------


def classify(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    kind: Kind,
    service: str = "",
    item: str = "",
    site: str = "",
    category: str = "",
) -> None:
    """Say what the ticket is about."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketClassified(kind, service, item, site, category))


def prioritise(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    urgency: Level = 0,
    spread: Level = 0,
    impact: Level = 0,
    priority: Priority | None = None,
    reason: str = "",
) -> Priority:
    """Work out the priority from spread (or impact) and urgency by the charter's matrix.

    Another priority than that is an override and needs a reason.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        impact = impact or _impact(work, work.ticket(ticket), spread)
        by_matrix = _priority(work, work.ticket(ticket), impact, urgency)
        chosen = priority or by_matrix
        if chosen is None:
            raise IllegalStep("Say how far it spreads and how urgent it is.")
        body = e.TicketPrioritised(
            priority=chosen,
            impact=impact,
            urgency=urgency,
            is_override=chosen is not by_matrix,
            reason=work.keep_if_any(ticket, "reason", reason),
        )
        work.take(ticket, body)
        return chosen


def _impact(work: Work, ticket: Ticket, spread: Level) -> Level:
    if not spread:
        return 0
    agreement = work.agreement(ticket)
    criticality = agreement.criticality if agreement else {}
    affected = (ticket.service, ticket.site, ticket.item)
    levels = tuple(criticality.get(name, 0) for name in affected)
    return impact_of(levels, spread, agreement.matrix if agreement else template_matrix())


def _priority(work: Work, ticket: Ticket, impact: Level, urgency: Level) -> Priority | None:
    if not impact or not urgency:
        return None
    agreement = work.agreement(ticket)
    return priority_of(impact, urgency, agreement.matrix if agreement else template_matrix())


def confirm_priority(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Confirm the priority that a machine had set."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.PriorityConfirmed())


def agree_lowering(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    priority: Priority | None = None,
) -> None:
    """Agree, for the requester's side, to a lower priority; to the present one if none is named."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.AGREE_LOWERING)
        agreed = priority or work.ticket(ticket).priority
        if agreed is None:
            raise IllegalStep("No priority has been set yet.")
        work.take(ticket, e.LoweringAgreed(agreed))


# ---- ends and returns ---------------------------------------------------------------------


def restore_service(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    is_workaround: bool = False,
) -> None:
    """The service works again, perhaps by a workaround."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.TicketRestored(is_workaround))


def resolve(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    text: str = "",
    article: str = "",
    attachments: Sequence[Attachment] = (),
    happened_at: Instant | None = None,
) -> None:
    """Say that it is done; a text goes to everyone on the ticket in the same save."""
    with step_on(
        company, ticket, at=at, actor=actor, expected=expected, happened_at=happened_at
    ) as work:
        ref = work.keep_if_any(ticket, "message", text)
        if ref is not None:
            _write(work, ticket, text, attachments, ref=ref)
        work.take(ticket, e.TicketResolved(ref, article))


def void_reopen(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Say that the message which reopened the ticket was thanks only."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.ReopenVoided())


def reopen(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """Take a resolved ticket up again."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.WORK_TICKETS)
        work.take(ticket, e.TicketReopened())


def close(
    company: UUID, ticket: UUID, *, at: Instant, actor: Actor, expected: int | None = None
) -> None:
    """The requester agrees that it is done, or somebody who works tickets says so."""
    with transaction.atomic():
        # On a closed ticket nothing falls due any more: what did before is told now.
        sweep.wake(company, ticket, at)
        with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
            require_own_or(work, ticket, Right.WORK_TICKETS)
            work.take(ticket, e.TicketClosed())


# ---- one ticket and another ---------------------------------------------------------------


def merge(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    into: UUID,
) -> None:
    """Put this ticket into another one of the same company; it leaves all counts."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.ticket(into)
        work.take(ticket, e.TicketMerged(str(into)))
        work.take(into, e.TicketAbsorbed(str(ticket)))


def undo_merge(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID | None = None,
) -> None:
    """Separate two tickets again; from a merged one, the other is known."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        merged_into = work.ticket(ticket).merged_into
        partner = other or (UUID(merged_into) if merged_into else None)
        if partner is None:
            raise IllegalStep("Say which ticket is to be separated.")
        work.take(ticket, e.MergeUndone(str(partner)))
        work.take(partner, e.MergeUndone(str(ticket)))


def split(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    message: str,
    subject: str = "",
) -> UUID:
    """Give a message that came in a ticket of its own, which begins when the message came."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        source, uuid = work.ticket(ticket), uuid4()
        event, received = _received(company, ticket, message)
        work.take(ticket, e.TicketSplit(message, str(uuid)))
        opened = e.TicketOpened(
            number=_next_number(company),
            requester=received.author,
            channel=received.channel,
            kind=source.kind,
            subject=work.keep(uuid, "subject", subject) if subject.strip() else source.subject,
            service=source.service,
            item=source.item,
            site=source.site,
            charter=_charter_at(company, event.happened_at),
            split_from=str(ticket),
        )
        work.take(uuid, opened, happened_at=event.happened_at)
        _route(work, uuid)
        copied = e.MessageReceived(
            message=str(uuid4()),
            author=received.author,
            channel=received.channel,
            text=received.text,
            is_automatic=received.is_automatic,
            attachments=received.attachments,
            raw=received.raw,
        )
        work.take(uuid, copied, actor=event.actor, happened_at=event.happened_at)
    return uuid


def _received(company: UUID, ticket: UUID, message: str) -> tuple[Event, e.MessageReceived]:
    for event in store.history(company, str(ticket)):
        if isinstance(event.body, e.MessageReceived) and event.body.message == message:
            return event, event.body
    raise IllegalStep("Only a message that came in can be split off.")


def link(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID,
    relation: Relation = Relation.RELATED,
) -> None:
    """Say that two tickets of the company belong together."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.ticket(other)
        work.take(ticket, e.TicketLinked(str(other), relation))


def unlink(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    other: UUID,
    relation: Relation = Relation.RELATED,
) -> None:
    """Say that they do not."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        work.take(ticket, e.LinkRemoved(str(other), relation))


# ---- work and worth -----------------------------------------------------------------------


def log_time(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    span: Span,
    note: str = "",
) -> None:
    """Record time worked on it."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        ref = work.keep_if_any(ticket, "note", note)
        work.take(ticket, e.TimeLogged(actor.id, span, ref))


def rate(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    score: int,
    text: str = "",
) -> None:
    """Judge the help, from 1 to 5."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected, right=None) as work:
        require_own_or(work, ticket, Right.AGREE_LOWERING)
        ref = work.keep_if_any(ticket, "rating", text)
        work.take(ticket, e.TicketRated(score, ref))
