"""The operations of the API, version 1: what can be asked, and how it is answered."""

import hashlib
import re
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from commondesk.accounts.policy import Right
from commondesk.accounts.tokens import Scope
from commondesk.api import actions, problems, queries
from commondesk.api.door import Bearer, Caller, ReadAlready, caller_of, no_token
from commondesk.api.problems import Problem, unfit
from commondesk.api.shapes import (
    EventsGiven,
    MessagesGiven,
    NewMessage,
    NewTicket,
    OpenedGiven,
    ProblemGiven,
    TicketGiven,
    TicketsGiven,
    WrittenGiven,
)
from commondesk.core.record.instant import Instant, parse_instant
from commondesk.core.record.ticket import Status
from commondesk.desk.models import TicketRow
from commondesk.ledger.store import StaleWrite

DESCRIPTION = (
    "Tickets of one company, for programs. A token names the company and the person it stands for;"
    " it opens no more than that person may do. See docs/api.md."
)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="Sent again within 24 hours, the same request is answered as before.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the ticket as it was seen."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="The ETag of the ticket as it is known."),
]
_tag = re.compile(r'"([0-9]{1,9})(?:-[0-9a-f]+)?"')

api = NinjaAPI(
    title="Commondesk",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=Bearer(),
    parser=ReadAlready(),
    docs_url=None,
    openapi_url=None,
)


def refusing(*statuses: int) -> dict[Any, Any]:
    """The problems that an operation may answer with, beside those of every operation."""
    return dict.fromkeys((400, 401, 403, 429, 503, *statuses), ProblemGiven)


class Asked(Schema):
    """What may stand behind the question mark: nothing else is passed over silently."""


class ListAsked(Asked):
    """Which tickets, and where the page begins."""

    status: list[Status] = Field([], description="Only tickets of these statuses.", max_length=5)
    updated_since: str | None = Field(
        None,
        description="Only tickets that changed then or later, such as 2025-03-10T09:00:00Z.",
        json_schema_extra={"format": "date-time"},
    )
    cursor: str = Field("", description="The `next` of the page before.", max_length=100)
    limit: int = Field(50, ge=1, le=queries.MOST)


class NothingAsked(Asked):
    """Nothing stands there."""


class PartAsked(Asked):
    """Where the page begins."""

    after: int = Field(
        0, ge=0, le=queries.LAST_NUMBER, description="The `next` of the page before."
    )
    limit: int = Field(50, ge=1, le=queries.MOST)


# ---- tickets ------------------------------------------------------------------------------


@api.post(
    "/tickets",
    operation_id="open_ticket",
    summary="Open a ticket",
    response={201: OpenedGiven, **refusing(409, 413, 415, 422)},
)
def open_ticket(
    request: HttpRequest, wanted: NewTicket, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """For yourself, or for somebody else if you work on tickets."""
    caller = caller_of(request)
    caller.require(Scope.TICKETS_WRITE)
    refuse_others(request, NothingAsked)
    told = actions.once(
        caller, "POST /tickets", idempotency_key, lambda: actions.open_ticket(caller, wanted)
    )
    response = as_json(told, 201)
    ticket = OpenedGiven.model_validate_json(told)
    response["Location"] = ticket.url
    response["ETag"] = f'"{ticket.position}"'
    return response


@api.get(
    "/tickets",
    operation_id="list_tickets",
    summary="Tickets by last change",
    response={200: TicketsGiven, **refusing(422)},
)
def list_tickets(request: HttpRequest, asked: Query[ListAsked]) -> HttpResponse:
    """The longest unchanged first: whoever follows `next` to the end has seen every change."""
    caller = reader(request)
    refuse_others(request, ListAsked)
    try:
        found = queries.tickets(
            caller.company,
            caller.viewer,
            statuses=asked.status,
            since=since_of(asked.updated_since),
            cursor=asked.cursor,
            limit=asked.limit,
        )
    except queries.NoCursor:
        raise unfit(("cursor", "Take the `next` of the page before, as it is.")) from None
    return as_json(found.model_dump_json())


def since_of(text: str | None) -> Instant | None:
    try:
        # A plus sign that was not written as %2B arrives as a space.
        return None if text is None else parse_instant(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise unfit(("updated_since", "Give a time such as 2025-03-10T09:00:00Z.")) from None


@api.get(
    "/tickets/{key}",
    operation_id="read_ticket",
    summary="One ticket",
    response={200: TicketGiven, 304: None, **refusing(404, 422)},
)
def read_ticket(request: HttpRequest, key: str, if_none_match: IfNoneMatch = None) -> HttpResponse:
    """By its number, its code (`ACME-1042`) or its uuid."""
    caller = reader(request)
    refuse_others(request, NothingAsked)
    row = found(caller, key)
    told = queries.ticket(caller.company, row).model_dump_json()
    tag = f'"{row.position}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"'
    if if_none_match is not None and tag in if_none_match:
        response = HttpResponse(status=304)
    else:
        response = as_json(told)
    response["ETag"] = tag
    return response


# ---- what was written ---------------------------------------------------------------------


@api.get(
    "/tickets/{key}/messages",
    operation_id="list_messages",
    summary="What was written on a ticket",
    response={200: MessagesGiven, **refusing(404, 422)},
)
def list_messages(request: HttpRequest, key: str, asked: Query[PartAsked]) -> HttpResponse:
    """Messages, and with the scope notes:read the notes that you may read."""
    caller = reader(request)
    refuse_others(request, PartAsked)
    row = found(caller, key)
    told = queries.messages(row, caller.viewer, after=asked.after, limit=asked.limit)
    return as_json(told.model_dump_json())


@api.post(
    "/tickets/{key}/messages",
    operation_id="write_message",
    summary="Reply to everyone, or write a note",
    response={201: WrittenGiven, **refusing(404, 409, 412, 413, 415, 422)},
)
def write_message(
    request: HttpRequest,
    key: str,
    wanted: NewMessage,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """With If-Match it is refused if the ticket has moved on since you saw it."""
    caller = reader(request)
    refuse_others(request, NothingAsked)
    row = found(caller, key)
    seen = seen_of(if_match)
    what = f"POST /tickets/{row.uuid}/messages"
    try:
        told = actions.once(
            caller, what, idempotency_key, lambda: actions.write(caller, row, wanted, seen=seen)
        )
    except StaleWrite as stale:
        detail = "The ticket has moved on since you saw it. Read it again, then decide."
        raise Problem(412, detail, headers={"ETag": f'"{stale.actual}"'}) from None
    response = as_json(told, 201)
    response["ETag"] = f'"{WrittenGiven.model_validate_json(told).position}"'
    return response


def seen_of(if_match: str | None) -> int | None:
    """The position that was seen; None where any is well. Raises Problem."""
    if if_match is None or if_match.strip() == "*":
        return None
    positions = [int(each[1]) for each in _tag.finditer(if_match)]
    if not positions:
        raise Problem(412, "If-Match holds no ETag of a ticket. Read the ticket for its ETag.")
    return max(positions)


# ---- the record ---------------------------------------------------------------------------


@api.get(
    "/tickets/{key}/events",
    operation_id="list_events",
    summary="The record of a ticket",
    response={200: EventsGiven, **refusing(404, 422)},
)
def list_events(request: HttpRequest, key: str, asked: Query[PartAsked]) -> HttpResponse:
    """Every event that you may read, with the words it names. For people who read all tickets."""
    caller = reader(request)
    refuse_others(request, PartAsked)
    row = found(caller, key)
    if not caller.may(Right.READ_TICKETS):
        raise Problem(403, "The record is for people who read all tickets of the company.")
    told = queries.events(row, caller.viewer, after=asked.after, limit=asked.limit)
    return as_json(told.model_dump_json())


# ---- beneath all of them ------------------------------------------------------------------


def reader(request: HttpRequest) -> Caller:
    caller = caller_of(request)
    caller.require(Scope.TICKETS_READ)
    return caller


def refuse_others(request: HttpRequest, asked: type[Asked]) -> None:
    """What stands behind the question mark must mean something, and one thing only."""
    many = {name for name, field in asked.model_fields.items() if field.annotation == list[Status]}
    for name, values in request.GET.lists():
        if name not in asked.model_fields:
            raise unfit((problems.printable(name)[:100], "There is no such parameter here."))
        if len(values) > 1 and name not in many:
            raise unfit((name, "Give it once."))


def found(caller: Caller, key: str) -> TicketRow:
    row = queries.find_ticket(caller.company, caller.viewer, key)
    if row is None:
        raise problems.not_there()
    return row


def as_json(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="application/json")


@api.exception_handler(Problem)
def told(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(problem)


@api.exception_handler(ValidationError)
def told_by_field(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.answer(problems.of_fields(error.errors))


@api.exception_handler(AuthenticationError)
def told_to_sign(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.answer(no_token())


@api.exception_handler(HttpError)
def told_of_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.answer(Problem(error.status_code, str(error)))


@api.exception_handler(Exception)
def left_to_others(request: HttpRequest, error: Exception) -> HttpResponse:
    """What is around the operations tells the rest: here nothing is known of it."""
    raise error
