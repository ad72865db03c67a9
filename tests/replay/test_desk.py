"""Rows that grew step by step equal rows made from the record alone, after any legal history."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from commondesk.accounts.models import Person
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions, projections
from commondesk.desk.models import MessageRow, NumberCounter, TicketRow
from commondesk.desk.sweep import sweep
from commondesk.governance import actions as governance
from commondesk.governance import projections as governance_projections
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import words
from tests.desk.cast import MONDAY, OUTBOX, Cast

STEPS = 90
KIN = (actions.IllegalStep, actions.NotAllowed)


class Walk:
    """A random walk over everything that can be done, by everybody who may."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random, self.at = cast, random.Random(seed), MONDAY
        self.tickets = [cast.open(), cast.open(requester=cast.colleague.uuid)]
        self.taken: Counter[str] = Counter()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.at += self.random.choice((0, MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY, 4 * DAY))
            chosen = self.random.choice(self.choices())
            with suppress(*KIN):
                chosen()
                self.taken[chosen.__name__] += 1
            if self.random.random() < 0.1:
                sweep(self.at)

    def choices(self) -> list[Callable[[], object]]:
        return [
            *(self.opens, self.answers, self.answers, self.replies, self.replies, self.asks),
            *(self.notes, self.waits, self.resumes, self.begins_leg, self.ends_leg, self.takes),
            *(self.releases, self.assigns, self.offers, self.accepts, self.declines),
            *(self.takes_back, self.escalates, self.calls, self.classifies, self.prioritises),
            *(self.confirms, self.agrees, self.restores, self.resolves, self.resolves),
            *(self.voids, self.reopens, self.closes, self.merges, self.unmerges, self.splits),
            *(self.links, self.logs, self.rates, self.delivers, self.bounces, self.enters),
            *(self.copies_in, self.copies_out, self.forwards, self.erases),
        ]

    def some(self) -> UUID:
        return self.random.choice(self.tickets)

    def helper(self) -> Person:
        return self.random.choice((self.cast.agent, self.cast.expert, self.cast.referent))

    def do(self, step: Callable[..., Any], who: Person | None = None, **more: Any) -> Any:
        actor = self.cast.actor(who or self.helper())
        return step(self.cast.uuid, self.some(), at=self.at, actor=actor, **more)

    def opens(self) -> None:
        self.tickets.append(
            self.cast.open(
                at=self.at,
                happened_at=self.at - self.random.choice((0, 0, 2 * HOUR)),
                kind=self.random.choice(list(e.Kind)),
                opening=self.random.choice(list(e.Opening)),
                html=self.random.choice(("", "<p>Hello</p>")),
                service=self.random.choice(("", "erp")),
            )
        )

    def answers(self) -> None:
        person = self.random.choice((self.cast.requester, self.cast.colleague))
        ticket = actions.receive_message(
            self.cast.uuid,
            self.some(),
            at=self.at,
            actor=Actor(str(person.uuid), Side.REQUESTER),
            text="Still broken.",
            is_automatic=self.random.random() < 0.2,
        )
        if ticket not in self.tickets:
            self.tickets.append(ticket)

    def replies(self) -> None:
        self.do(actions.reply, text="We look.", is_templated=self.random.random() < 0.2)

    def asks(self) -> None:
        self.do(actions.ask, text="Which one?")

    def notes(self) -> None:
        self.do(actions.write_note, text="Hm.", audience=self.random.choice(list(e.Audience)))

    def waits(self) -> None:
        reason = self.random.choice(list(e.WaitReason))
        until = self.at + DAY if reason is e.WaitReason.SCHEDULED else None
        is_theirs = self.random.random() < 0.5
        self.do(actions.wait_on, reason=reason, until=until, is_requesters_date=is_theirs)

    def resumes(self) -> None:
        self.do(actions.resume)

    def begins_leg(self) -> None:
        self.do(actions.begin_vendor_leg, vendor="PressCare")

    def ends_leg(self) -> None:
        self.do(actions.end_vendor_leg)

    def takes(self) -> None:
        self.do(actions.take)

    def releases(self) -> None:
        self.do(actions.release)

    def assigns(self) -> None:
        self.do(actions.assign, team=self.random.choice(("L1", "L2")))

    def offers(self) -> None:
        self.do(actions.offer_handover, team="L2", reason="Deeper.")

    def accepts(self) -> None:
        self.do(actions.accept_handover)

    def declines(self) -> None:
        self.do(actions.decline_handover, reason="No.")

    def takes_back(self) -> None:
        self.do(actions.take_back_handover)

    def escalates(self) -> None:
        self.do(actions.escalate_functionally, team="L2", reason="Deeper.")

    def calls(self) -> None:
        self.do(actions.escalate_hierarchically, reason="Help.")

    def classifies(self) -> None:
        self.do(actions.classify, kind=e.Kind.REQUEST, service="erp", category="print")

    def prioritises(self) -> None:
        spread, urgency = self.random.randint(1, 4), self.random.randint(1, 4)
        self.do(actions.prioritise, spread=spread, urgency=urgency)

    def confirms(self) -> None:
        self.do(actions.confirm_priority)

    def agrees(self) -> None:
        self.do(actions.agree_lowering, who=self.cast.requester)

    def restores(self) -> None:
        self.do(actions.restore_service)

    def resolves(self) -> None:
        self.do(actions.resolve, text=self.random.choice(("", "Done.")))

    def voids(self) -> None:
        self.do(actions.void_reopen)

    def reopens(self) -> None:
        self.do(actions.reopen)

    def closes(self) -> None:
        self.do(actions.close)

    def merges(self) -> None:
        self.do(actions.merge, into=self.some())

    def unmerges(self) -> None:
        self.do(actions.undo_merge)

    def splits(self) -> None:
        ticket = self.some()
        received = [each for each in self.cast.messages(ticket) if each.kind == "received"]
        actor = self.cast.actor(self.cast.agent)
        fresh = actions.split(
            self.cast.uuid,
            ticket,
            at=self.at,
            actor=actor,
            message=self.random.choice(received).id,
        )
        self.tickets.append(fresh)

    def links(self) -> None:
        self.do(actions.link, other=self.some(), relation=self.random.choice(list(e.Relation)))

    def logs(self) -> None:
        self.do(actions.log_time, span=self.random.randint(1, 50) * MINUTE)

    def rates(self) -> None:
        self.do(actions.rate, who=self.cast.requester, score=self.random.randint(1, 5))

    def delivers(self) -> None:
        for message in MessageRow.objects.filter(kind="written", delivered_at=None):
            ticket, key = message.ticket_id, message.id
            actions.mark_delivered(self.cast.uuid, ticket, at=self.at, actor=OUTBOX, message=key)

    def bounces(self) -> None:
        message = MessageRow.objects.filter(kind="written").order_by("id").first()
        if message:
            ticket, key = message.ticket_id, message.id
            actions.mark_bounced(
                self.cast.uuid, ticket, at=self.at, actor=OUTBOX, message=key, reason="Full"
            )

    def enters(self) -> None:
        start = date(2025, 3, 10)
        days = [start + timedelta(days=self.random.randint(0, 120)) for _ in range(4)]
        governance.enter_calendar(
            self.cast.uuid,
            at=self.at,
            actor=self.cast.actor(self.cast.referent),
            calendar="office",
            holidays=days,
        )

    def copies_in(self) -> None:
        person = self.random.choice((self.cast.colleague, self.cast.requester))
        self.do(actions.add_copy, person=person.uuid)

    def copies_out(self) -> None:
        self.do(actions.remove_copy, person=self.cast.colleague.uuid)

    def forwards(self) -> None:
        """A mail of a colleague with a signature, a check and others in copy."""
        text = "Same here.\n-- \nCarla"
        ticket = actions.receive_message(
            self.cast.uuid,
            self.some(),
            at=self.at,
            actor=Actor(str(self.cast.colleague.uuid), Side.REQUESTER),
            text=text,
            folds=[e.Fold(e.FoldKind.SIGNATURE, text.index("--"), len(text))],
            copied="otto@elsewhere.example",
            check=self.random.choice(list(e.SenderCheck)),
        )
        if ticket not in self.tickets:
            self.tickets.append(ticket)

    def erases(self) -> None:
        ids = words.of_stream(self.cast.uuid, str(self.some()))
        if ids and self.random.random() < 0.3:
            chosen = [self.random.choice(ids)]
            words.erase(self.cast.uuid, chosen, ground="asked", actor=OUTBOX, at=self.at)


def stored() -> list[object]:
    models = (TicketRow, MessageRow, NumberCounter, CharterVersion)
    rows: list[object] = [list(model._default_manager.order_by("pk").values()) for model in models]
    calendars = CalendarVersion.objects.order_by("company", "name", "version")
    return [*rows, list(calendars.values("name", "version", "document", "entered_at"))]


@pytest.mark.parametrize("seed", range(4))
def test_rows_made_anew_equal_rows_that_grew(cast: Cast, seed: int) -> None:
    walk = Walk(cast, seed)
    walk.run(STEPS)
    assert projections.differences(cast.uuid) == []
    grown = stored()
    governance_projections.rebuild(cast.uuid)
    assert projections.rebuild(cast.uuid) == len(walk.tickets)
    assert stored() == grown
    assert len(walk.taken) > 12


def test_the_same_events_twice_change_nothing(cast: Cast) -> None:
    walk = Walk(cast, 99)
    walk.run(40)
    before = stored()
    for ticket in walk.tickets:
        projections.refresh(cast.uuid, str(ticket))
    assert stored() == before


def test_differences_name_ticket_and_field(cast: Cast) -> None:
    ticket, gone = cast.open(), cast.open()
    with changed(ticket, status="resolved"):
        found = projections.differences(cast.uuid)
        assert found == ["ticket 1001: status is 'resolved', the record says 'open'"]
    MessageRow.objects.filter(ticket_id=gone).delete()
    TicketRow.objects.filter(uuid=gone).delete()
    assert "ticket 1002: has no row" in projections.differences(cast.uuid)


def test_a_row_without_a_record_is_a_difference(cast: Cast) -> None:
    ticket = cast.open()
    row = TicketRow.objects.get(uuid=ticket)
    row.pk, row.number = UUID(int=7), 77
    row.save(force_insert=True)
    assert projections.differences(cast.uuid) == ["ticket 77: not in the record"]


def test_one_companys_replay_leaves_the_others_alone(cast: Cast) -> None:
    other = cast.outsider.memberships.get().company_id
    theirs = actions.open_ticket(
        company=other,
        at=MONDAY,
        actor=Actor(str(cast.outsider.uuid), Side.REQUESTER),
        requester=cast.outsider.uuid,
        channel=e.Channel.MAIL,
        subject="Ours",
        text="Ours",
    )
    projections.rebuild(cast.uuid)
    assert TicketRow.objects.filter(uuid=theirs).exists()


@contextmanager
def changed(ticket: UUID, **values: object) -> Iterator[None]:
    before = TicketRow.objects.filter(uuid=ticket).values(*values).get()
    TicketRow.objects.filter(uuid=ticket).update(**values)
    yield
    TicketRow.objects.filter(uuid=ticket).update(**before)
