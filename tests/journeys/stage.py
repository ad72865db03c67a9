"""A company with the longest names on every page, made by the same actions that people take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from commondesk.accounts import policy
from commondesk.accounts.models import Person
from commondesk.core.record import events as e
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.governance import entering
from commondesk.ledger.now import instant_now
from tests.isolation.world import TEST, House, house

LONG_TITLE = "Grünwaldschlegelsteinhausen Precision Presses International"
LONG_SUBJECT = (
    "The large press in hall seven stands still again since the night shift, error "
    "E-4711/Hydraulikdruckspeicherüberwachungsmodul, and nobody knows why it keeps doing that"
)
VENDOR = "Makers of Hydraulic Presses and Everything That Belongs to Them, Service Department West"
MESSAGES = 40


@dataclass
class Stage:
    """The house, and the ticket on which everything happened that a page can tell."""

    house: House
    busy: UUID

    @property
    def agent(self) -> Person:
        return self.house.people["provider's agent"]

    @property
    def lead(self) -> Person:
        return self.house.people["provider's lead"]

    def number(self, ticket: UUID) -> int:
        return TicketRow.objects.get(uuid=ticket).number

    def actor(self, person: Person) -> Actor:
        viewer = policy.viewer_of(person, self.house.company)
        assert viewer is not None
        return viewer.actor

    def does(
        self, ticket: UUID, step: Callable[..., Any], at: Instant, actor: Actor, **more: Any
    ) -> Any:
        return step(self.house.company.uuid, ticket, at=at, actor=actor, **more)

    def open(self, at: Instant, subject: str = LONG_SUBJECT, **more: Any) -> UUID:
        requester = self.house.people["requester"]
        made = partial(
            actions.open_ticket,
            company=self.house.company.uuid,
            at=at,
            actor=self.actor(requester),
            requester=requester.uuid,
            channel=e.Channel.MAIL,
            subject=subject,
            text="It stands still.\n\nWe have tried the usual things.",
        )
        return made(**more)


def stage() -> Stage:
    """Some tickets in every state of a queue, and one of forty messages with every kind of leg."""
    made = Stage(house(LONG_TITLE, "gruenwaldschlegelsteinhausen.example", 2), uuid4())
    now = instant_now()
    for number in range(3):
        entering.enter(
            made.house.company.uuid,
            at=now - 60 * HOUR,
            actor=TEST,
            kind=CatalogueKind.ITEM,
            key=f"press-in-hall-{number}",
            title=f"{LONG_TITLE}: press {number} of the west wing with its drive and cooling",
        )
    _talk(made, now - 50 * HOUR)
    _queue(made, now)
    return made


def _talk(made: Stage, begun: Instant) -> None:
    """Forty messages of every audience, on copy, with a vendor, waiting, and offered on."""
    agent, lead, asker = (
        made.actor(made.house.people[name])
        for name in ("provider's agent", "provider's lead", "requester")
    )
    does = partial(made.does, made.open(begun, ticket=made.busy))
    at = begun + HOUR
    does(actions.take, at, agent)
    does(actions.add_copy, at, agent, address=f"copy.{'x' * 40}@partners.example")
    does(actions.prioritise, at, agent, urgency=1, spread=1)
    for turn in range((MESSAGES - 4) // 4):
        at += 2 * HOUR
        does(actions.reply, at, agent, text=f"We look at drive {turn}.\n\nKind regards")
        does(actions.receive_message, at + 15 * MINUTE, asker, text="> We look.\n\nThe same still.")
        paper = e.Audience.BOTH_TEAMS if turn % 2 else e.Audience.OWN_TEAM
        does(actions.write_note, at + 30 * MINUTE, agent, text=f"Value {turn}.", audience=paper)
        address = f"https://files.example/{'a' * 120}"
        does(actions.receive_message, at + HOUR, asker, text=f"See {address}, line {turn}.")
    leg = does(
        actions.begin_vendor_leg,
        at + 2 * HOUR,
        agent,
        vendor=VENDOR,
        reference="SERVICE-2026-000000471100000815",
        contact_address="service@makers.example",
        contact_name="Service of the Makers",
    )
    at += 3 * HOUR
    does(actions.write_to_vendor, at, agent, leg=leg, text="When can you be here?")
    does(actions.ask, at + HOUR, agent, text="May we stop the line at noon?")
    does(actions.offer_handover, at + HOUR, agent, person=made.lead.uuid, reason="My shift ends.")
    does(actions.log_time, at + HOUR, agent, span=HOUR)
    does(actions.write_note, at + HOUR, lead, text="I read.", audience=e.Audience.BOTH_TEAMS)


def _queue(made: Stage, now: Instant) -> None:
    """Tickets of every state."""
    agent, lead = made.actor(made.agent), made.actor(made.lead)
    subject = "Scanner in gate 3 loses the network, {}"
    ended: dict[str, Callable[..., Any] | None] = {
        "resolved": partial(actions.resolve, text="It is changed and runs."),
        "waiting": partial(actions.ask, text="Which gate is it?"),
        "offered": partial(actions.offer_handover, team="L2"),
        "vendor": partial(actions.begin_vendor_leg, vendor=VENDOR, due_at=now - DAY),
        "mine": None,
    }
    for place, (state, end) in enumerate(ended.items()):
        at = now - (place + 2) * HOUR
        does = partial(made.does, made.open(at, subject=subject.format(state)))
        does(actions.take, at + MINUTE, lead if state == "mine" else agent)
        does(actions.prioritise, at + MINUTE, agent, urgency=place % 3 + 1, spread=place % 3 + 1)
        if end:
            does(end, at + HOUR, agent)
    made.open(now - 10 * MINUTE, subject=subject.format("fresh"))
