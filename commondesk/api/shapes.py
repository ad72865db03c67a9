"""What programs send and get: every field is named here, and no other is taken or given."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from commondesk.core.record.events import Audience, Kind, Opening
from commondesk.core.record.ticket import Status

LONGEST_TEXT = 200_000
LONGEST_SUBJECT = 500
LONGEST_KEY = 100

SOMETHING = r"[^\s\x00-\x1f\x7f-\x9f]"
"""At least one character that can be seen."""
Text = Annotated[str, StringConstraints(pattern=SOMETHING, max_length=LONGEST_TEXT)]
Subject = Annotated[str, StringConstraints(pattern=SOMETHING, max_length=LONGEST_SUBJECT)]
Key = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=LONGEST_KEY)]
When = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Sent(Schema):
    """What a program sends: a field that we do not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class NewTicket(Sent):
    """A ticket to open, for oneself or for somebody else."""

    subject: Subject
    text: Text
    kind: Kind = Kind.INCIDENT
    requester: UUID | None = Field(
        None, description="Who asks, if not the holder of the token: somebody known here."
    )
    requester_address: (
        Annotated[str, StringConstraints(pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]
        | None
    ) = Field(
        None,
        max_length=254,
        description="The same by mail address; somebody new becomes a requester of the company.",
    )
    requester_name: Key = Field("", description="What to call somebody new.")
    opening: Opening = Field(
        Opening.NORMAL, description="live: you speak with them now; after_the_fact: it is all over."
    )
    service: Key = ""
    item: Key = ""
    site: Key = ""


class WordsKind(StrEnum):
    """What is written on a ticket: to everyone on it, or among those who work on it."""

    REPLY = "reply"
    NOTE = "note"


class NewMessage(Sent):
    """Words to add to a ticket. audience is a note's alone."""

    text: Text
    kind: WordsKind = WordsKind.REPLY
    audience: Audience | None = Field(
        None, description="Of a note: who may read it. Without one: own_team."
    )


class Given(Schema):
    """What a program gets."""

    model_config = ConfigDict(extra="forbid")


class PersonGiven(Given):
    """Somebody, by uuid and name."""

    uuid: UUID
    title: str


class DueGiven(Given):
    """What is owed next. at is null while that is unknown, in a pause for instance."""

    clock: str
    state: str
    at: When | None


class TicketGiven(Given):
    """A ticket as it stands. position counts the events of its record."""

    uuid: UUID
    number: int
    code: str
    position: int
    subject: str
    kind: Kind
    status: Status
    waits_on: list[str]
    priority: str
    is_priority_provisional: bool
    requester: PersonGiven
    owner: PersonGiven | None
    accountable: PersonGiven | None
    team: str
    tier: str
    service: str
    item: str
    site: str
    category: str
    channel: str
    opening: Opening
    due: DueGiven | None
    missed_at: When | None
    opened_at: When
    updated_at: When
    restored_at: When | None
    resolved_at: When | None
    closed_at: When | None
    reopens: int
    merged_into: UUID | None


class TicketsGiven(Given):
    """A page of tickets, the longest unchanged first. next is null on the last page."""

    tickets: list[TicketGiven]
    next: str | None


class OpenedGiven(Given):
    """The ticket that was opened."""

    uuid: UUID
    number: int
    code: str
    position: int
    url: str
    opened_at: When


class FileGiven(Given):
    """A file that came with a message."""

    id: str
    name: str
    media_type: str
    size: int


class MessageGiven(Given):
    """A message or note. author is a person's uuid, or a machine's name."""

    id: str
    position: int
    kind: str
    audience: str
    author: str
    author_title: str
    side: str
    channel: str
    text: str
    is_automatic: bool
    happened_at: When
    delivered_at: When | None
    attachments: list[FileGiven]


class MessagesGiven(Given):
    """A page of what was written, in order. next is null on the last page."""

    messages: list[MessageGiven]
    next: int | None


class WrittenGiven(Given):
    """The message or note that was written. An answer to a closed ticket opens another one."""

    id: str
    ticket: UUID
    position: int


class ActorGiven(Given):
    """Who did it."""

    id: str
    side: str
    on_behalf_of: str


class EventGiven(Given):
    """An event of the record. words holds the texts that its body names, null where erased."""

    position: int
    name: str
    version: int
    happened_at: When
    learnt_at: When
    certainty: str
    actor: ActorGiven
    body: dict[str, object]
    words: dict[str, str | None]


class EventsGiven(Given):
    """A page of the record of a ticket, in order. next is null on the last page."""

    events: list[EventGiven]
    next: int | None


class FieldProblem(Given):
    """One field, and what to do about it."""

    field: str
    problem: str


class ProblemGiven(Given):
    """Why a request was not carried out. Nothing of it was done."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]
