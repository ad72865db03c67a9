"""Stories: the instants that clocks need, taken once from the events of a ticket or case.

docs/clocks.md, sections 1 to 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..record import events as e
from ..record.event import Body, Event
from ..record.instant import Instant


@dataclass(slots=True)
class Round:
    """A resolve and, if it was taken up again, the reopen that followed."""

    resolved_at: Instant
    reopened_at: Instant | None = None


@dataclass(slots=True)
class WaitStretch:
    """A wait or a vendor leg, from begin to end."""

    on: e.WaitReason
    begun_at: Instant
    ended_at: Instant | None = None
    until: Instant | None = None
    is_requesters_date: bool = False


@dataclass(slots=True)
class Question:
    """A question that reached the requester."""

    opened_at: Instant
    closed_at: Instant | None = None


@dataclass(slots=True)
class Outgoing:
    """A public message on its way out. It exists from delivered_at on."""

    written_at: Instant
    is_human: bool
    is_person: bool
    is_templated: bool
    to: tuple[str, ...]
    delivered_at: Instant | None = None

    def reaches(self, requester: str) -> bool:
        """True when the requester is among those it is for."""
        return not self.to or requester in self.to


@dataclass(frozen=True, slots=True)
class PriorityMark:
    """A priority set, confirmed or agreed to.

    A later ticket of a case that a person confirmed without any set has None: the default.
    """

    at: Instant
    step: str
    priority: e.Priority | None
    is_person: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that matters to the next reply: words of either side, a resolve, a reopen."""

    at: Instant
    step: str
    written_at: Instant = 0


@dataclass(slots=True)
class Part:
    """A ticket that went into this one, with the instant at which it did."""

    story: Story
    merged_at: Instant


@dataclass(slots=True)
class Story:
    """What a ticket, or a case of several, tells a clock.

    likely holds those of its tickets that joined it by likeness alone.
    """

    tickets: tuple[str, ...]
    requester: str
    opening: e.Opening
    charter: str
    started_at: Instant
    kind: e.Kind
    service: str
    item: str
    returned_from: str
    rounds: list[Round] = field(default_factory=list)
    waits: list[WaitStretch] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    priorities: list[PriorityMark] = field(default_factory=list)
    restored_at: list[Instant] = field(default_factory=list)
    owners: list[tuple[Instant, e.Tier | None]] = field(default_factory=list)
    first_action_at: Instant | None = None
    handed_over_at: Instant | None = None
    merged_into: str = ""
    parts: list[Part] = field(default_factory=list)
    is_likely: bool = False
    likely: tuple[str, ...] = ()
    disguised_reopens: int = 0

    @property
    def is_resolved(self) -> bool:
        """True while the last resolve stands."""
        return bool(self.rounds) and self.rounds[-1].reopened_at is None

    def resolved_at(self, at: Instant) -> Instant | None:
        """The resolve that stands at an instant; None while it is open."""
        turns = [each for each in self.rounds if each.resolved_at <= at]
        if not turns or (turns[-1].reopened_at is not None and turns[-1].reopened_at <= at):
            return None
        return turns[-1].resolved_at

    @property
    def earliest_start(self) -> Instant:
        """The start: of a survivor, the earliest of all its parts."""
        return self.earliest.started_at

    @property
    def earliest(self) -> Story:
        """The part that began first (the story itself unless it absorbed an older one)."""
        return min((self, *(part.story for part in self.parts)), key=lambda story: story.started_at)


def story_of(history: Sequence[Event], now: Instant) -> Story | None:
    """The story of one ticket's events (any order), as far as it happened by now."""
    known = sorted(
        (event for event in history if event.happened_at <= now),
        key=lambda event: (event.happened_at, event.position),
    )
    return told(known)


def told(events: Sequence[Event]) -> Story | None:
    """The story that sorted events tell. A later opening among them belongs to the same case."""
    teller: _Teller | None = None
    for event in events:
        if teller is None:
            if isinstance(event.body, e.TicketOpened):
                teller = _Teller(event, event.body)
            continue
        teller.hear(event)
    return teller.finish() if teller is not None else None


@dataclass(slots=True)
class _Turn:
    """A resolve or reopen of one ticket, with its place among all events."""

    order: int
    at: Instant
    is_resolve: bool


@dataclass(slots=True)
class _Line:
    """What one ticket of a case tells by itself."""

    turns: list[_Turn] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    open_waits: list[tuple[str, WaitStretch]] = field(default_factory=list)
    unput: set[str] = field(default_factory=set)
    void: tuple[_Turn, Mark] | None = None
    resolved_while_void: _Turn | None = None
    has_settled_priority: bool = False
    machine_priority: e.Priority | None = None

    @property
    def is_resolved(self) -> bool:
        return bool(self.turns) and self.turns[-1].is_resolve

    def end_waits(self, at: Instant) -> None:
        """End every wait that had begun by then."""
        for _, wait in self.open_waits:
            if wait.begun_at <= at:
                wait.ended_at = at
        self.open_waits = [each for each in self.open_waits if each[1].ended_at is None]


_NO_ACTIONS = (
    *(e.TicketOpened, e.MessageReceived, e.LoweringAgreed, e.TicketRated),
    *(e.TicketMerged, e.TicketAbsorbed, e.MergeUndone),
)


class _Teller:
    """Walks events in order and notes what clocks need."""

    def __init__(self, event: Event, body: e.TicketOpened):
        self.story = Story(
            tickets=(event.stream,),
            requester=body.requester,
            opening=body.opening,
            charter=body.charter,
            started_at=event.happened_at,
            kind=body.kind,
            service=body.service,
            item=body.item,
            returned_from=body.returned_from,
        )
        self.story.owners.append((event.happened_at, None))
        self._first = event.stream
        self._lines = {event.stream: _Line()}
        self._messages: dict[str, Outgoing] = {}
        self._marks: list[tuple[int, Mark]] = []
        self._tier = e.Tier.L1
        self._order = 0

    def hear(self, event: Event) -> None:
        """Note one event."""
        self._order += 1
        note = _NOTES.get(type(event.body))
        if self.story.first_action_at is None and _is_action(event):
            self.story.first_action_at = event.happened_at
        if note is not None:
            note(self, event, event.body)

    def finish(self) -> Story:
        """The story told so far."""
        story = self.story
        turns = self._turns_of_case()
        for turn in turns:
            if turn.is_resolve:
                story.rounds.append(Round(turn.at))
            else:
                story.rounds[-1].reopened_at = turn.at
        marks = [
            *self._marks,
            *((turn.order, Mark(turn.at, _TURN_STEPS[turn.is_resolve])) for turn in turns),
        ]
        story.marks = [mark for _, mark in sorted(marks, key=lambda each: each[0])]
        story.outgoing = list(self._messages.values())
        story.questions = [each for line in self._lines.values() for each in line.questions]
        return story

    def _turns_of_case(self) -> list[_Turn]:
        """A case is resolved while all of its tickets are."""
        if len(self._lines) == 1:
            return self._lines[self._first].turns
        turns = sorted(
            ((turn, stream) for stream, line in self._lines.items() for turn in line.turns),
            key=lambda each: each[0].order,
        )
        still_open = {self._first}
        of_case: list[_Turn] = []
        for turn, stream in turns:
            if turn.is_resolve:
                still_open.discard(stream)
                if not still_open:
                    of_case.append(turn)
            else:
                if not still_open:
                    of_case.append(turn)
                still_open.add(stream)
        return of_case

    def _line(self, event: Event) -> _Line:
        return self._lines.setdefault(event.stream, _Line())

    def _mark(self, mark: Mark) -> None:
        self._marks.append((self._order, mark))

    # words

    def received(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.MessageReceived)
        if body.is_automatic or not event.actor.side.is_requesters:
            return
        for question in self._line(event).questions:
            if question.closed_at is None:
                question.closed_at = event.happened_at
        self._mark(Mark(event.happened_at, "words"))

    def written(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.MessageWritten)
        is_human = event.actor.side.is_technical and not body.is_templated
        self._messages[body.message] = Outgoing(
            event.happened_at, is_human, event.actor.is_person, body.is_templated, body.to
        )
        if is_human and self.story.owners[-1][1] is None:
            self.story.owners.append((event.happened_at, self._tier))

    def delivered(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.MessageDelivered)
        outgoing, at = self._messages.get(body.message), event.happened_at
        if outgoing is None or outgoing.delivered_at is not None:
            return
        outgoing.delivered_at = at
        if outgoing.is_human:
            self._mark(Mark(at, "reply", outgoing.written_at))
        line = self._line(event)
        if body.message in line.unput:
            line.questions.append(Question(at))

    def asked(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.QuestionAsked)
        outgoing, line = self._messages.get(body.message), self._line(event)
        if body.message and (outgoing is None or outgoing.delivered_at is None):
            line.unput.add(body.message)
        else:
            line.questions.append(Question(event.happened_at))

    # waits

    def wait_begun(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.WaitBegun)
        wait = WaitStretch(body.on, event.happened_at, None, body.until, body.is_requesters_date)
        self._begin_wait(event, body.wait, wait)

    def vendor_begun(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.VendorLegBegun)
        wait = WaitStretch(e.WaitReason.VENDOR, event.happened_at)
        self._begin_wait(event, body.leg, wait)

    def wait_ended(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.WaitEnded)
        self._end_wait(event, body.wait)

    def vendor_ended(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.VendorLegEnded)
        self._end_wait(event, body.leg)

    def _begin_wait(self, event: Event, key: str, wait: WaitStretch) -> None:
        self._line(event).open_waits.append((key, wait))
        self.story.waits.append(wait)

    def _end_wait(self, event: Event, key: str) -> None:
        line = self._line(event)
        for name, wait in line.open_waits:
            if name == key:
                wait.ended_at = event.happened_at
        line.open_waits = [each for each in line.open_waits if each[0] != key]

    # priority and matter

    def prioritised(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.TicketPrioritised)
        mark = PriorityMark(event.happened_at, "set", body.priority, event.actor.is_person)
        line = self._line(event)
        if event.stream == self._first or mark.is_person:
            self.story.priorities.append(mark)
            line.has_settled_priority, line.machine_priority = True, None
        else:
            line.machine_priority = body.priority

    def confirmed(self, event: Event, body: Body) -> None:
        line = self._line(event)
        if not event.actor.is_person:
            return
        if event.stream == self._first:
            mark = PriorityMark(event.happened_at, "confirmed", None, True)
            self.story.priorities.append(mark)
        elif line.machine_priority is not None or not line.has_settled_priority:
            mark = PriorityMark(event.happened_at, "set", line.machine_priority, True)
            self.story.priorities.append(mark)
            line.has_settled_priority, line.machine_priority = True, None

    def agreed(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.LoweringAgreed)
        if event.actor.side.is_requesters:
            mark = PriorityMark(event.happened_at, "agreed", body.priority, True)
            self.story.priorities.append(mark)

    def classified(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.TicketClassified)
        if event.stream == self._first:
            story = self.story
            story.kind, story.service, story.item = body.kind, body.service, body.item

    # hands

    def owned(self, event: Event, body: Body) -> None:
        assert isinstance(body, (e.TicketTaken, e.HandoverAccepted))
        self._handed(event)
        self.story.owners.append((event.happened_at, body.tier))

    def released(self, event: Event, body: Body) -> None:
        self.story.owners.append((event.happened_at, None))

    def assigned(self, event: Event, body: Body) -> None:
        assert isinstance(body, e.TicketAssigned)
        self._tier = body.tier
        self._handed(event)

    def _handed(self, event: Event) -> None:
        if self.story.handed_over_at is None:
            self.story.handed_over_at = event.happened_at

    # ends and returns

    def restored(self, event: Event, body: Body) -> None:
        self.story.restored_at.append(event.happened_at)

    def opened(self, event: Event, body: Body) -> None:
        """A later ticket of the case."""
        self.story.tickets = (*self.story.tickets, event.stream)
        self.story.disguised_reopens += 1
        self._turn(event, is_resolve=False)

    def resolved(self, event: Event, body: Body) -> None:
        line = self._line(event)
        if line.is_resolved:
            if line.void is not None and line.resolved_while_void is None:
                line.resolved_while_void = _Turn(self._order, event.happened_at, True)
            return
        line.end_waits(event.happened_at)
        self._turn(event, is_resolve=True)

    def reopened(self, event: Event, body: Body) -> None:
        line = self._line(event)
        if line.is_resolved:
            line.void = line.resolved_while_void = None
            self._turn(event, is_resolve=False)

    def _turn(self, event: Event, *, is_resolve: bool) -> None:
        turn = _Turn(self._order, event.happened_at, is_resolve)
        self._line(event).turns.append(turn)

    def voided(self, event: Event, body: Body) -> None:
        line = self._line(event)
        if len(line.turns) < 2 or line.is_resolved:
            return
        mark = Mark(event.happened_at, "voided")
        self._mark(mark)
        line.void, line.resolved_while_void = (line.turns.pop(), mark), None

    def lifted(self, event: Event, body: Body) -> None:
        line = self._line(event)
        if line.void is None or not line.is_resolved:
            return
        turn, mark = line.void
        line.turns.append(turn)
        if line.resolved_while_void is not None:
            line.turns.append(line.resolved_while_void)
            line.end_waits(line.resolved_while_void.at)
        line.void = line.resolved_while_void = None
        self._marks = [each for each in self._marks if each[1] is not mark]


def _is_action(event: Event) -> bool:
    """An action of an agent, as the lens setting any_agent_action means it."""
    return event.actor.side.is_technical and not isinstance(event.body, _NO_ACTIONS)


_TURN_STEPS = {True: "resolved", False: "reopened"}
_NOTES: dict[type[Body], Callable[[_Teller, Event, Body], None]] = {
    e.MessageReceived: _Teller.received,
    e.MessageWritten: _Teller.written,
    e.MessageDelivered: _Teller.delivered,
    e.QuestionAsked: _Teller.asked,
    e.WaitBegun: _Teller.wait_begun,
    e.VendorLegBegun: _Teller.vendor_begun,
    e.WaitEnded: _Teller.wait_ended,
    e.VendorLegEnded: _Teller.vendor_ended,
    e.TicketPrioritised: _Teller.prioritised,
    e.PriorityConfirmed: _Teller.confirmed,
    e.LoweringAgreed: _Teller.agreed,
    e.TicketClassified: _Teller.classified,
    e.TicketAssigned: _Teller.assigned,
    e.TicketTaken: _Teller.owned,
    e.HandoverAccepted: _Teller.owned,
    e.TicketReleased: _Teller.released,
    e.TicketRestored: _Teller.restored,
    e.TicketResolved: _Teller.resolved,
    e.TicketClosed: _Teller.resolved,
    e.TicketReopened: _Teller.reopened,
    e.TicketOpened: _Teller.opened,
    e.ReopenVoided: _Teller.voided,
    e.VoidLifted: _Teller.lifted,
}
