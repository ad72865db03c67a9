"""What time alone brings about: targets missed, dates reached, handovers lapsed, tickets closed.

Each event is dated at the instant at which it fell due, however late the sweep comes. What falls
due is worked out anew from the record under the company's lock, so a sweep that comes twice, or
two at once, append nothing twice, and tell nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, queries
from commondesk.accounts.models import Company
from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Body
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep, decide
from commondesk.core.record.ticket import Ticket, ticket_of
from commondesk.desk import dues, notices, projections, sides, silence
from commondesk.desk.dues import SWEEP, Falling
from commondesk.desk.models import TicketRow
from commondesk.governance import charters
from commondesk.ledger import store
from commondesk.ledger.store import Recorded

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
MOST_STEPS_A_TICKET = 50


def sweep(at: Instant) -> int:
    """Take every step that fell due by this instant; how many events were appended."""
    waking = TicketRow.objects.filter(wakes_at__lte=at).order_by("wakes_at", "uuid")
    # The past of a sample that is being played is brought about by whoever plays it.
    playing = Company.objects.filter(is_playing=True).values("uuid")
    real = waking.exclude(company__in=playing)
    steps = 0
    for company, ticket in list(real.values_list("company", "uuid")[:MOST_AT_ONCE]):
        try:
            steps += wake(company, ticket, at)
        except Exception:
            # One broken ticket must not keep the others from their deadlines.
            log.exception("the sweep failed on ticket %s", ticket)
    return steps


def wake(company: UUID, ticket: UUID, at: Instant) -> int:
    """Take the steps of one ticket that fell due, the earliest first; how many."""
    with transaction.atomic():
        directory.hold_record(company)
        taken: list[Recorded] = []
        for _ in range(MOST_STEPS_A_TICKET):
            step = _take_earliest(company, str(ticket), at)
            if not step:
                break
            taken += step
        if taken or TicketRow.objects.filter(uuid=ticket).exists():
            # The row may say that something is due which the record does not bear out.
            projections.refresh(company, str(ticket))
        if taken and not silence.is_kept():
            notices.after(company, TicketRow.objects.get(uuid=ticket), taken, at)
        return len(taken)


def _take_earliest(company: UUID, stream: str, at: Instant) -> Sequence[Recorded]:
    history = store.history(company, stream)
    ticket = ticket_of(history)
    if ticket is None:
        return ()
    agreement = charters.agreement_by_id(company, ticket.charter) if ticket.charter else None
    parts = projections.parts_of(company, history)
    readings = dues.readings_of(ticket, history, parts, agreement)
    falling = dues.falling(ticket, history, readings, agreement, queries.contacts(company), parts)
    due = [each for each in falling if each.from_at <= at]
    if not due:
        return ()
    drafts = _drafts(company, ticket, min(due, key=_order))
    return store.append(company, drafts, learnt_at=at)


def _order(falling: Falling) -> tuple[Instant, str]:
    return (falling.from_at, falling.body.NAME)


def _drafts(company: UUID, ticket: Ticket, falling: Falling) -> list[Draft]:
    body = _named(company, ticket, falling)
    try:
        bodies = decide(ticket, body, at=falling.happened_at, actor=SWEEP)
    except IllegalStep as refused:
        log.error("the sweep could not take %s: %s", body.NAME, refused)
        return []
    return [Draft(ticket.stream, falling.happened_at, SWEEP, each) for each in bodies]


def _named(company: UUID, ticket: Ticket, falling: Falling) -> Body:
    """The step with the person who is called: a role or team is one by then, or a deputy."""
    body, at = falling.body, falling.happened_at
    match body:
        case e.HandoverLapsed(contact=contact):
            return e.HandoverLapsed(sides.stand_in(company, contact, at))
        case e.EscalatedHierarchically(contact=contact, step=step):
            called = sides.called(company, contact, ticket.team, at)
            return e.EscalatedHierarchically(called, step=step)
        case _:
            return body
