"""Two agents at once, as the record sees it: whoever is late is refused, and nothing is lost.

A thousand histories are drawn. In each, two agents take steps from what they last saw; a step
counts only if nothing happened since, as the desk asks of every save. Whatever the order, the
record must be what they could have written one after the other, step by step, and nothing else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import DAY, MINUTE
from commondesk.core.record.steps import IllegalStep, Terms, decide
from commondesk.core.record.ticket import Ticket, fold, ticket_of

HISTORIES = 1_000
STEPS = 12
ADA = Actor("5b0e4f0e-0000-4000-8000-00000000000a", Side.PROVIDER)
BEN = Actor("5b0e4f0e-0000-4000-8000-00000000000b", Side.PROVIDER)
PAUL = Actor("5b0e4f0e-0000-4000-8000-00000000000c", Side.REQUESTER)
WORDS = WordsRef("words-1", "0" * 64)
TERMS = Terms(hold_span=7 * DAY, void_until=None, team="L1", tier=e.Tier.L1)


class Stale(Exception):
    """Something happened since the writer looked."""


@dataclass
class Record:
    """One ticket's events, written only by whoever knows the latest of them."""

    events: list[Event] = field(default_factory=list)

    @property
    def ticket(self) -> Ticket | None:
        return ticket_of(self.events)

    def save(self, actor: Actor, wanted: Body, *, expected: int, at: int) -> int:
        """As the desk does it: refuse what is stale, decide, append all of it. The new position."""
        if expected != len(self.events):
            raise Stale
        ticket = self.ticket
        for body in decide(ticket, wanted, at=at, actor=actor, terms=TERMS):
            ticket = self.add(ticket, actor, body, at)
        return len(self.events)

    def add(self, ticket: Ticket | None, actor: Actor, body: Body, at: int) -> Ticket:
        event = Event("t", len(self.events) + 1, at, at, Certainty.OBSERVED, actor, body)
        self.events.append(event)
        return fold(ticket, event)


def opened() -> Record:
    record = Record()
    body = e.TicketOpened(1001, PAUL.id, e.Channel.MAIL, e.Kind.INCIDENT, WORDS)
    record.save(PAUL, body, expected=0, at=0)
    return record


def some_step(dice: random.Random, actor: Actor, ticket: Ticket, number: int) -> Body:
    """A step that somebody may want, legal or not."""
    waits = [wait.id for wait in ticket.waits]
    wanted: list[Body] = [
        e.TicketTaken(actor.id, "L1", e.Tier.L1),
        e.TicketReleased(ticket.owner),
        e.MessageWritten(f"m{number}", (PAUL.id,), WORDS),
        e.NoteWritten(f"n{number}", e.Audience.OWN_TEAM, WORDS),
        e.TicketPrioritised(dice.choice(list(e.Priority)), 2, 2),
        e.TicketClassified(e.Kind.REQUEST, f"service {number}"),
        e.WaitBegun(f"w{number}", e.WaitReason.OTHER),
        e.WaitEnded(dice.choice(waits) if waits else "none"),
        e.TicketResolved(),
        e.TicketReopened(),
    ]
    return dice.choice(wanted)


@dataclass
class Agent:
    """Somebody with a page open: they know the ticket as it was when they loaded it."""

    actor: Actor
    seen: int
    done: list[tuple[Body, int]] = field(default_factory=list)
    refused: int = 0


@pytest.mark.parametrize("lot", range(10))
def test_whoever_is_late_is_refused_and_the_record_is_a_serial_one(lot: int) -> None:
    refused = taken = 0
    for seed in range(lot * HISTORIES // 10, (lot + 1) * HISTORIES // 10):
        record, agents, order = interleaved(random.Random(seed))
        assert_serial(record, order)
        assert len(order) == sum(len(agent.done) for agent in agents)
        refused += sum(agent.refused for agent in agents)
        taken += len(order)
    assert refused > 50 and taken > 100, "the histories must hold both kinds"


def interleaved(
    dice: random.Random,
) -> tuple[Record, tuple[Agent, Agent], list[tuple[Actor, Body, int, int]]]:
    """Two agents who look, and save, in any order; what was taken, in order, with what they saw."""
    record = opened()
    agents = Agent(ADA, len(record.events)), Agent(BEN, len(record.events))
    order: list[tuple[Actor, Body, int, int]] = []
    for number in range(STEPS):
        agent, at = dice.choice(agents), (number + 1) * MINUTE
        if dice.random() < 0.4:
            agent.seen = len(record.events)
            continue
        before = list(record.events)
        seen = ticket_of(before[: agent.seen])
        assert seen is not None
        wanted = some_step(dice, agent.actor, seen, number)
        expected = agent.seen
        try:
            agent.seen = record.save(agent.actor, wanted, expected=expected, at=at)
        except (Stale, IllegalStep) as reason:
            assert record.events == before, "a refused step leaves nothing behind"
            assert isinstance(reason, Stale) == (expected != len(before))
            agent.refused += isinstance(reason, Stale)
            continue
        assert expected == len(before), "nobody writes over what they have not seen"
        agent.done.append((wanted, at))
        order.append((agent.actor, wanted, expected, at))
    return record, agents, order


def assert_serial(record: Record, order: list[tuple[Actor, Body, int, int]]) -> None:
    """The record is what the steps taken give, one after the other, by agents who wait in turn."""
    alone = opened()
    for actor, wanted, expected, at in order:
        assert expected == len(alone.events)
        alone.save(actor, wanted, expected=expected, at=at)
    assert alone.events == record.events
    positions = [event.position for event in record.events]
    assert positions == list(range(1, len(positions) + 1))
