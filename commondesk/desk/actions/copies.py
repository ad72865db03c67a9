"""People on copy: who gets what is written to everyone, without being the one who asked."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts import directory, queries
from commondesk.accounts.models import Company, address_of
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.texts import gettext
from commondesk.desk import notify
from commondesk.desk.writing import Work, step_on


def add_copy(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    person: UUID | None = None,
    address: str = "",
    name: str = "",
) -> UUID:
    """Put a person on copy, by uuid or mail address; who it is.

    Only a person who works tickets does so: a mail makes nobody part of a ticket. Somebody whom
    the company does not know yet becomes one of its requesters.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        uuid = _known(company, person) if person else _person_at(work, address, name)
        work.take(ticket, e.CopyAdded(str(uuid)))
        return uuid


def _known(company: UUID, person: UUID) -> UUID:
    if queries.membership_of(company, person) is None:
        raise IllegalStep(gettext("This company knows no such person."))
    return person


def _person_at(work: Work, address: str, name: str) -> UUID:
    written = address_of(address)
    if not notify.is_plain_address(written):
        raise IllegalStep(gettext("Give a mail address, such as carla@example.com."))
    if is_desks_own(work.company, written):
        raise IllegalStep(
            gettext("This is an address of the desk itself: its mail would come back to it.")
        )
    try:
        found = directory.person_for_address(
            work.company, written, name, at=work.at, actor=work.actor
        )
    except directory.UnfitPerson as refused:
        raise IllegalStep(str(refused)) from None
    return _known(work.company, found.uuid)


def is_desks_own(company: UUID, address: str) -> bool:
    desk = notify.desk_address(Company.objects.get(uuid=company))
    return address == address_of(desk) or notify.ticket_of_reply_address(address) is not None


def remove_copy(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    person: UUID,
) -> None:
    """Take a person off copy. What they were mailed before they keep."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        state = work.ticket(ticket)
        brought = [other for other in state.absorbed if str(person) in work.ticket(other).copies]
        if brought and str(person) not in state.copies:
            raise IllegalStep(
                gettext("They came along with a ticket that was merged into this one.")
            )
        work.take(ticket, e.CopyRemoved(str(person)))
