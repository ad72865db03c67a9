"""What programs do: each request once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from django.utils.crypto import salted_hmac

from commondesk.accounts import directory, queries
from commondesk.accounts.directory import UnfitPerson
from commondesk.accounts.models import Company, address_of
from commondesk.accounts.policy import Right
from commondesk.accounts.tokens import Scope
from commondesk.api.door import Caller
from commondesk.api.models import IdempotentAnswer
from commondesk.api.problems import Problem, unfit
from commondesk.api.shapes import NewMessage, NewTicket, OpenedGiven, WordsKind, WrittenGiven
from commondesk.core.record import codec
from commondesk.core.record.codec import Json
from commondesk.core.record.events import Audience, Channel, Opening
from commondesk.core.record.instant import DAY, iso_of
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.ledger import memory, tables

KEPT_SPAN = DAY
"""How long the same key gets the same answer."""

_ANSWERS = IdempotentAnswer._meta.db_table
_KNOWN = (
    f"SELECT request, answer FROM {_ANSWERS}"  # noqa: S608
    " WHERE company = %s AND person = %s AND key = %s AND expires_at > %s"
)
_FORGET = f"DELETE FROM {_ANSWERS} WHERE expires_at <= %s"  # noqa: S608
_OPENED = f"SELECT number, position, opened_at FROM {TicketRow._meta.db_table} WHERE uuid = %s"  # noqa: S608
_POSITION = f"SELECT position FROM {TicketRow._meta.db_table} WHERE uuid = %s"  # noqa: S608


# ---- once ---------------------------------------------------------------------------------


def once(caller: Caller, what: str, key: str | None, act: Callable[[], str]) -> str:
    """What act answers; with a key that was sent before, what it answered then. Raises Problem.

    Key, answer and all that act does are one transaction. Whoever sends a key while the same one is
    at work waits for the company's record, and is then told what the first was told.
    """
    company, person = caller.company.uuid, caller.viewer.person_uuid
    # One transaction that is undone as a whole: act needs no savepoint of its own.
    with memory.whole():
        directory.hold_record(company)
        if key is None:
            return act()
        asked = _fingerprint(what, caller.body)
        known = tables.select(_KNOWN, company, person, key, caller.at)
        if known:
            return _same_again(known[0], asked)
        tables.execute(_FORGET, caller.at)
        answer = act()
        row = {
            "company": company,
            "person": person,
            "key": key,
            "request": asked,
            "answer": answer,
            "expires_at": caller.at + KEPT_SPAN,
        }
        tables.insert(IdempotentAnswer, [row])
        return answer


def _fingerprint(what: str, body: object) -> str:
    """Tells two requests apart; without our secret key nobody can try guesses against it."""
    text = f"{what}\n{codec.canonical(_json(body))}"
    return salted_hmac("commondesk.api.once", text.encode(), algorithm="sha256").hexdigest()


def _json(body: object) -> Json:
    return body  # type: ignore[return-value]  # it was read as JSON


def _same_again(known: tuple[object, ...], asked: str) -> str:
    request, answer = known
    if request != asked:
        what = "It was sent before with another request. Make a new key for a new request."
        raise unfit(("Idempotency-Key", what))
    return str(answer)


# ---- opening ------------------------------------------------------------------------------


def open_ticket(caller: Caller, wanted: NewTicket) -> str:
    """Open the ticket; what to answer, as JSON. Raises Problem."""
    company = caller.company
    requester = _requester(caller, wanted)
    if wanted.opening is not Opening.NORMAL and not caller.may(Right.WORK_TICKETS):
        raise Problem(403, "Only somebody who works on tickets writes down how it was opened.")
    try:
        uuid = actions.open_ticket(
            company=company.uuid,
            at=caller.at,
            actor=caller.actor,
            requester=requester,
            channel=Channel.API,
            subject=one_line(wanted.subject),
            text=wanted.text,
            kind=wanted.kind,
            opening=wanted.opening,
            service=wanted.service.strip(),
            item=wanted.item.strip(),
            site=wanted.site.strip(),
        )
    except actions.NotAllowed:
        raise Problem(403, "Your roles here do not include opening tickets.") from None
    except actions.IllegalStep as refused:
        raise Problem(409, str(refused)) from None
    return opened(company, uuid).model_dump_json()


def _requester(caller: Caller, wanted: NewTicket) -> UUID:
    if wanted.requester is not None and wanted.requester_address is not None:
        raise unfit(("requester_address", "Name the requester by uuid or by address, not both."))
    mine = caller.viewer.person_uuid
    if wanted.requester in (None, mine) and wanted.requester_address is None:
        return mine
    if not caller.may(Right.WORK_TICKETS):
        raise Problem(403, "You may open tickets for yourself: leave the requester out.")
    if wanted.requester is not None:
        return _known(caller.company, wanted.requester)
    return _addressed(caller, str(wanted.requester_address), wanted.requester_name)


def _known(company: Company, person: UUID) -> UUID:
    """The same for somebody of another company as for nobody at all."""
    found = queries.membership_of(company.uuid, person)
    if found is None or not found.person.is_active:
        raise unfit(("requester", "Nobody of this company has this uuid."))
    return person


def _addressed(caller: Caller, address: str, name: str) -> UUID:
    try:
        person = directory.person_for_address(
            caller.company.uuid, address_of(address), name, at=caller.at, actor=caller.actor
        )
    except UnfitPerson as unfit_person:
        raise unfit(("requester_address", str(unfit_person))) from None
    return person.uuid


def one_line(text: str) -> str:
    """The text without line breaks and other characters that show nothing."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def opened(company: Company, uuid: UUID) -> OpenedGiven:
    """What is told of a ticket that was opened just now: none of its words."""
    number, position, opened_at = tables.select(_OPENED, uuid)[0]
    return OpenedGiven(
        uuid=uuid,
        number=number,
        code=f"{company.prefix}-{number}",
        position=position,
        url=f"/api/v1/tickets/{uuid}",
        opened_at=iso_of(opened_at),
    )


# ---- writing ------------------------------------------------------------------------------


def write(caller: Caller, row: TicketRow, wanted: NewMessage, *, seen: int | None) -> str:
    """Add words to a ticket; what to answer, as JSON. Raises Problem and StaleWrite."""
    try:
        if wanted.kind is WordsKind.NOTE:
            return _noted(caller, row, wanted, seen)
        return _said(caller, row, wanted, seen)
    except (actions.NotAllowed, actions.NoSuchTicket):
        raise Problem(403, "Your roles here do not include writing on this ticket.") from None
    except actions.IllegalStep as refused:
        raise Problem(409, str(refused)) from None


def _noted(caller: Caller, row: TicketRow, wanted: NewMessage, seen: int | None) -> str:
    caller.require(Scope.NOTES_WRITE)
    note = actions.write_note(
        row.company,
        row.uuid,
        at=caller.at,
        actor=caller.actor,
        expected=seen,
        text=wanted.text,
        audience=wanted.audience or Audience.OWN_TEAM,
    )
    return _written(note, row.uuid)


def _said(caller: Caller, row: TicketRow, wanted: NewMessage, seen: int | None) -> str:
    caller.require(Scope.TICKETS_WRITE)
    if wanted.audience is not None:
        raise unfit(("audience", "A reply goes to everyone: leave this out, or write a note."))
    if caller.may(Right.WORK_TICKETS):
        message = actions.reply(
            row.company,
            row.uuid,
            at=caller.at,
            actor=caller.actor,
            expected=seen,
            text=wanted.text,
        )
        return _written(message, row.uuid)
    return _answered(caller, row, wanted, seen)


def _answered(caller: Caller, row: TicketRow, wanted: NewMessage, seen: int | None) -> str:
    """A requester writes on a ticket of their own."""
    if row.requester != caller.viewer.person_uuid or not caller.may(Right.ASK):
        raise Problem(403, "You may write on tickets of your own.")
    message = str(uuid4())
    ticket = actions.receive_message(
        row.company,
        row.uuid,
        at=caller.at,
        actor=caller.actor,
        expected=seen,
        text=wanted.text,
        channel=Channel.API,
        message=message,
    )
    return _written(message, ticket)


def _written(message: str, ticket: UUID) -> str:
    position: int = tables.select(_POSITION, ticket)[0][0]
    return WrittenGiven(id=message, ticket=ticket, position=position).model_dump_json()
