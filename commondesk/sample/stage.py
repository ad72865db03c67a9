"""Where the sample is played: a clock of its own, an agenda, and the steps of the desk.

Every step goes through the command that a page or a mail would call, dated at the instant of the
play. Between two steps time brings about what the sweep would have brought about by then.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection

from commondesk.accounts.models import Person
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import MINUTE, SECOND, Instant, Span
from commondesk.core.record.steps import IllegalStep
from commondesk.core.record.ticket import Status, Ticket, ticket_of
from commondesk.desk import actions, projections, sweep
from commondesk.ledger import chance as ids
from commondesk.ledger import memory, store
from commondesk.sample.cast import Cast, Member
from commondesk.sample.matters import Matter

P = ParamSpec("P")
Result = TypeVar("Result")
OUTBOX = Actor("outbox", Side.MACHINE)
LONGEST_HOLD_SECONDS, PAUSE_SECONDS = 0.5, 0.11
"""So long steps share a transaction; then others may write. Who waits for SQLite's one write lock
tries again every tenth of a second, and would never get it without a pause."""


NOTHING = UUID(int=0)


@dataclass(slots=True)
class Case:
    """A ticket of the play, as those who play it see it."""

    matter: Matter
    requester: Member
    site: str
    channel: e.Channel
    ticket: UUID = NOTHING


@dataclass
class Stage:
    """The play at one instant."""

    cast: Cast
    chance: Random
    now: Instant
    end: Instant
    grain: Span = 1
    """Everything happens at whole multiples of this."""
    opened: int = 0
    refused: int = 0
    """Steps that the rules of the desk forbade: somebody was faster, or it was closed already."""
    _agenda: list[tuple[Instant, int, Callable[[], object]]] = field(default_factory=list)
    _planned: int = 0
    _waking: list[tuple[Instant, str]] = field(default_factory=list)
    _wakes: dict[str, Instant] = field(default_factory=dict)
    _people: dict[UUID, Person] = field(default_factory=dict)
    _behind: projections.Behind = field(init=False)

    def __post_init__(self) -> None:
        self._behind = projections.Behind(self.cast.uuid)

    # ---- time -----------------------------------------------------------------------------

    def plan(self, at: Instant, do: Callable[[], object]) -> None:
        """Do something at an instant; what lies behind the end of the play never happens."""
        at += -at % self.grain
        if at < self.end:
            self._planned += 1
            heapq.heappush(self._agenda, (max(at, self.now), self._planned, do))

    def moments(self) -> Iterator[Instant]:
        """Play on to the end; yields whenever what happened so far is committed."""
        is_over = False
        while not is_over:
            with memory.atomic(), memory.remembering(), projections.waiting(self._behind):
                is_over = self._play_some()
                if is_over:
                    self._behind.catch_up()
            yield self.now
            if not is_over and connection.vendor == "sqlite":
                sleep(PAUSE_SECONDS)

    def _play_some(self) -> bool:
        """Play as long as others can wait; True at the end."""
        until = monotonic() + LONGEST_HOLD_SECONDS
        while self._agenda:
            at, _, do = heapq.heappop(self._agenda)
            self._pass_time(at)
            self.now = at
            do()
            if monotonic() > until:
                return False
        self._pass_time(self.end)
        self.now = self.end
        return True

    def catch_up(self) -> None:
        """Bring the rows up that the next step reads."""
        self._note_wakes()
        self._behind.catch_up()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For steps that look at the rows between two writes: within, none of them waits."""
        self.catch_up()
        with projections.waiting(None):
            yield

    def heard_of(self, ticket: UUID) -> None:
        """A ticket was opened aside: time passes for it as well."""
        self.opened += 1
        self._behind.note(store.history(self.cast.uuid, str(ticket)))
        for message in sorted(self.ticket(ticket).undelivered):
            self.plan(self.now + 5 * SECOND, partial(self._deliver, ticket, message))

    def _pass_time(self, until: Instant) -> None:
        """Take, each at its instant, the steps that fall due by themselves."""
        self._note_wakes()
        while self._waking and self._waking[0][0] <= until:
            at, stream = heapq.heappop(self._waking)
            if self._wakes.get(stream) != at:
                continue
            self.now = max(at, self.now)
            self._wakes.pop(stream)
            sweep.wake(self.cast.uuid, UUID(stream), self.now)
            self._note_wakes()

    def _note_wakes(self) -> None:
        for stream, at in self._behind.wakes():
            if at is None:
                self._wakes.pop(stream, None)
            elif self._wakes.get(stream) != at:
                self._wakes[stream] = at
                heapq.heappush(self._waking, (at, stream))

    def does(self, step: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result | None:
        """Take a step; None where the desk forbids it, as it would have told the person."""
        try:
            return step(*args, **kwargs)
        except (IllegalStep, actions.NotAllowed):
            self.refused += 1
            return None

    # ---- what requesters do ---------------------------------------------------------------

    def open(
        self,
        case: Case,
        *,
        subject: str = "",
        text: str = "",
        by: Member | None = None,
        opening: e.Opening = e.Opening.NORMAL,
        file: tuple[str, str, bytes] | None = None,
    ) -> UUID:
        """A case becomes a ticket; who writes a mail is told at once that we have it.

        by is who opens it for them; file is a name, a media type and what is in it.
        """
        matter, who = case.matter, case.requester
        is_mail = case.channel is e.Channel.MAIL
        actor = by.actor if by else Actor(who.actor.id, Side.REQUESTER)
        ticket = ids.uuid()
        case.ticket = actions.open_ticket(
            ticket=ticket,
            opening=opening,
            attachments=[self._kept(ticket, *file)] if file else (),
            company=self.cast.uuid,
            at=self.now,
            actor=actor,
            requester=who.person,
            channel=case.channel,
            subject=subject or matter.subject,
            text=text or matter.text,
            kind=matter.kind,
            service=matter.service,
            item=matter.item,
            site=case.site,
            acknowledged=self._person(who) if is_mail else None,
            check=e.SenderCheck.PASSED if is_mail else e.SenderCheck.ABSENT,
        )
        self.opened += 1
        if is_mail:
            self.plan(self.now + 5 * SECOND, lambda: self._acknowledged(case.ticket))
        return case.ticket

    def _kept(self, ticket: UUID, name: str, media_type: str, content: bytes) -> e.Attachment:
        company = self.cast.uuid
        return actions.keep_attachment(
            company, ticket, name=name, media_type=media_type, content=content
        )

    def _person(self, who: Member) -> Person:
        if who.person not in self._people:
            self._people[who.person] = Person.objects.get(uuid=who.person)
        return self._people[who.person]

    def _acknowledged(self, ticket: UUID) -> None:
        # Whatever is on its way five seconds after the opening is the acknowledgement.
        for message in sorted(self.ticket(ticket).undelivered):
            self._deliver(ticket, message)

    def answers(self, case: Case, text: str) -> UUID | None:
        """The requester writes on their ticket; where that went."""
        return self.does(
            actions.receive_message,
            self.cast.uuid,
            case.ticket,
            at=self.now,
            actor=Actor(case.requester.actor.id, Side.REQUESTER),
            text=text,
            channel=case.channel if case.channel is e.Channel.PORTAL else e.Channel.MAIL,
        )

    def rates(self, case: Case, score: int, text: str) -> None:
        """The requester says how it was."""
        actor = Actor(case.requester.actor.id, Side.REQUESTER)
        self.step(actions.rate, case, actor, score=score, text=text)

    # ---- what those who work tickets do ---------------------------------------------------

    def step(
        self, step: Callable[..., Result], case: Case, who: Member | Actor, **more: Any
    ) -> Result | None:
        """A step of somebody on a ticket."""
        actor = who if isinstance(who, Actor) else who.actor
        return self.does(step, self.cast.uuid, case.ticket, at=self.now, actor=actor, **more)

    def replies(self, case: Case, who: Member, text: str, *, is_templated: bool = False) -> str:
        """A reply, which the next server takes some seconds later."""
        key = self.step(actions.reply, case, who, text=text, is_templated=is_templated)
        return self._goes_out(case, key)

    def asks(self, case: Case, who: Member, text: str) -> str:
        """A question; the ticket waits for the answer."""
        return self._goes_out(case, self.step(actions.ask, case, who, text=text))

    def resolves(self, case: Case, who: Member, text: str) -> bool:
        """Say that it is done. False where it was already."""
        before = self.ticket(case.ticket)
        if before.status not in (Status.OPEN, Status.WAITING):
            return False
        self.step(actions.resolve, case, who, text=text)
        for key in sorted(self.ticket(case.ticket).undelivered - before.undelivered):
            self._goes_out(case, key)
        return True

    def ticket(self, ticket: UUID) -> Ticket:
        """A ticket as its record stands."""
        found = ticket_of(store.history(self.cast.uuid, str(ticket)))
        assert found is not None
        return found

    def _goes_out(self, case: Case, key: str | None) -> str:
        if key:
            seconds = self.chance.randint(2, 40)
            self.plan(self.now + seconds * SECOND, lambda: self._deliver(case.ticket, key))
        return key or ""

    def _deliver(self, ticket: UUID, message: str) -> None:
        self.does(
            actions.mark_delivered,
            self.cast.uuid,
            ticket,
            at=self.now,
            actor=OUTBOX,
            message=message,
        )

    def logs(self, case: Case, who: Member, minutes: float) -> None:
        """Time that somebody spent on it."""
        span: Span = max(1, round(minutes)) * MINUTE
        self.step(actions.log_time, case, who, span=span)

    def writes_to_vendor(self, case: Case, who: Member, leg: str, text: str) -> str:
        """Words to the vendor of a leg, which the next server takes some seconds later."""
        key = self.step(actions.write_to_vendor, case, who, leg=leg, text=text)
        return self._goes_out(case, key)

    def splits(self, case: Case, who: Member, subject: str) -> UUID | None:
        """The last message that came in gets a ticket of its own."""
        history = store.history(self.cast.uuid, str(case.ticket))
        came = [each.body for each in history if isinstance(each.body, e.MessageReceived)]
        self.opened += 1
        return self.step(actions.split, case, who, message=came[-1].message, subject=subject)


Tale = Generator[Any, Any, None]
"""What happens to a case, told in steps: it yields what it waits for (see `hands`)."""
