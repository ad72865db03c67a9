"""Which words an event names, and which of them are a person's."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from uuid import UUID

from commondesk.core.record import codec
from commondesk.core.record.arrangement import InvitationAccepted, InvitationSent
from commondesk.core.record.event import Body, Event, WordsRef
from commondesk.core.record.events import (
    AddressAllowed,
    AddressSuppressed,
    Attachment,
    CompanyFounded,
    MessageBounced,
    MessageReceived,
    PersonIntroduced,
    TicketOpened,
)

from . import store

_SPEAKING = (WordsRef.__name__, Attachment.__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that an event names, and the digest that they must have."""

    id: str
    digest: str


def claims_of(body: Body) -> Iterator[Claim]:
    """Every claim that a body makes."""
    for name in _SPEAKING_FIELDS[type(body)]:
        value: object = getattr(body, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, WordsRef):
                yield Claim(each.id, each.digest)
            elif isinstance(each, Attachment):
                yield Claim(each.content.id, each.content.digest)
                yield Claim(each.name.id, each.name.digest)


_SPEAKING_FIELDS = {
    kind: tuple(
        each.name for each in fields(kind) if any(word in str(each.type) for word in _SPEAKING)
    )
    for kind in codec.known_bodies()
}


def ids_of(company: UUID, person: str) -> tuple[str, ...]:
    """The ids of all words that are a person's, erased ones too, in the order of the record."""
    found: dict[str, None] = {}
    asked: dict[str, list[str]] = {}
    for batch in store.batches(company):
        for row in batch:
            event = store.recorded_of(row).event
            body = event.body
            if isinstance(body, InvitationSent):
                asked[body.invitation] = [claim.id for claim in claims_of(body)]
            elif isinstance(body, InvitationAccepted) and body.person == person:
                found.update(dict.fromkeys(asked.get(body.invitation, ())))
            elif is_of(person, event):
                found.update(dict.fromkeys(claim.id for claim in claims_of(body)))
    return tuple(found)


def is_of(person: str, event: Event) -> bool:
    """True if the words that an event names are a person's: by them, or their name and address."""
    body = event.body
    if isinstance(body, CompanyFounded | InvitationSent):
        return False  # whom an invitation was for is known once somebody accepts it
    if isinstance(body, PersonIntroduced | MessageBounced | AddressSuppressed | AddressAllowed):
        return body.person == person
    if isinstance(body, TicketOpened):
        return body.requester == person
    if isinstance(body, MessageReceived):
        return body.author == person
    return person in (event.actor.id, event.actor.on_behalf_of)
