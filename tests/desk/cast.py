"""The fixed cast: a requester, an agent, a person of the other organisation, and an outsider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from commondesk.accounts import directory, policy, setup
from commondesk.accounts.models import Company, Person
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Event, Side
from commondesk.core.record.instant import Instant, instant_of
from commondesk.core.record.ticket import Ticket, ticket_of
from commondesk.desk import actions
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.ledger import store
from tests.stock import from_stock

PASSWORD = "a long and quiet sentence"
OUTBOX = Actor("outbox", Side.MACHINE)


def on(day: int, time: str, month: int = 3) -> Instant:
    """An instant of 2025, UTC: the 10th of March is a Monday."""
    hour, minute = time.split(":")
    return instant_of(datetime(2025, month, day, int(hour), int(minute), tzinfo=UTC))


MONDAY = on(10, "09:00")
FOUNDED = on(3, "08:00")


@dataclass
class Cast:
    company: Company
    referent: Person  # of the company itself
    requester: Person
    colleague: Person  # another requester
    agent: Person  # of the provider, first line
    expert: Person  # of the provider, second line
    outsider: Person  # of another company

    @property
    def uuid(self) -> UUID:
        return self.company.uuid

    def actor(self, person: Person) -> Actor:
        viewer = policy.viewer_of(person, self.company)
        assert viewer is not None
        return viewer.actor

    def open(self, at: Instant = MONDAY, **more: Any) -> UUID:
        wanted: dict[str, Any] = {
            "requester": self.requester.uuid,
            "actor": self.actor(self.requester),
            "channel": e.Channel.MAIL,
            "subject": "Press 4 stands still",
            "text": "It stopped at nine.",
        }
        return actions.open_ticket(company=self.uuid, at=at, **(wanted | more))

    def does(self, person: Person, ticket: UUID, step: Callable[..., Any], at: Instant) -> Any:
        """A step of this person, waiting for its own arguments."""
        return partial(step, self.uuid, ticket, at=at, actor=self.actor(person))

    def replies(self, ticket: UUID, at: Instant, text: str = "We look.", **more: Any) -> str:
        """A reply of the agent that is delivered at once."""
        key = self.does(self.agent, ticket, actions.reply, at)(text=text, **more)
        actions.mark_delivered(self.uuid, ticket, at=at, actor=OUTBOX, message=key)
        return str(key)

    def writes(self, ticket: UUID, at: Instant, text: str = "It is back.", **more: Any) -> UUID:
        """A message of the requester."""
        step = partial(actions.receive_message, self.uuid, ticket, at=at, text=text)
        return step(actor=Actor(str(self.requester.uuid), Side.REQUESTER), **more)

    def row(self, ticket: UUID) -> TicketRow:
        return TicketRow.objects.get(uuid=ticket)

    def messages(self, ticket: UUID) -> list[MessageRow]:
        return list(MessageRow.objects.filter(ticket_id=ticket).order_by("position"))

    def ticket(self, ticket: UUID) -> Ticket:
        found = ticket_of(self.history(ticket))
        assert found is not None
        return found

    def history(self, ticket: UUID) -> tuple[Event, ...]:
        return store.history(self.uuid, str(ticket))

    def names(self, ticket: UUID) -> list[str]:
        return [event.name for event in self.history(ticket)]


@from_stock
def make_cast() -> Cast:
    company, referent = found("Acme Presses", "Rita Ferent", "rita@acme.example")
    other, outsider = found("Other Works", "Otto Side", "otto@other.example")
    assert other.uuid != company.uuid
    add = partial(directory.add_person, company.uuid, at=FOUNDED, actor=Actor("test", Side.MACHINE))
    return Cast(
        company=company,
        referent=referent,
        requester=directory.person_for_address(
            company.uuid, "Paul@Acme.example", "Paul Press", at=FOUNDED
        ),
        colleague=directory.person_for_address(
            company.uuid, "carla@acme.example", "Carla League", at=FOUNDED
        ),
        agent=add(
            title="Ada Gent",
            address="ada@helpers.example",
            side="provider",
            roles=["agent"],
            team="L1",
            password=PASSWORD,
        ),
        expert=add(
            title="Ed Xpert",
            address="ed@helpers.example",
            side="provider",
            roles=["agent", "lead"],
            team="L2",
        ),
        outsider=outsider,
    )


def found(title: str, person: str, address: str) -> tuple[Company, Person]:
    return setup.found_company(
        at=FOUNDED,
        title=title,
        person_title=person,
        address=address,
        password=PASSWORD,
        zone="UTC",
    )
