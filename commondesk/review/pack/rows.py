"""Rows: what the pack lists of each ticket, and its events in words, read from its events alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from commondesk.core.record import events as e
from commondesk.core.record.event import Body, Certainty, Event, Side
from commondesk.core.record.instant import MINUTE, Instant, Span
from commondesk.review.pack.reading import Exhibit, Ticket
from commondesk.review.pack.working import in_shares

BULK = 20
"""So many tickets resolved by one person in one minute were resolved in bulk."""


@dataclass(slots=True)
class Line:
    """An event in words. what is a few words; detail names a team, a person, a priority."""

    at: Instant
    what: str
    actor: str
    detail: str
    is_estimated: bool = False


@dataclass(slots=True)
class Row:
    """A ticket as the pack lists it.

    teams are those that it was given to or taken in, one after another. touched_at is when
    it first showed work: somebody took it, let it wait or resolved it. missing are updates that the
    source counted and the file lacks. priorities are those it was given, one after another.
    """

    number: str
    stream: str
    subject: str
    opened_at: Instant
    requester: str
    channel: str
    state: str = "open"
    priorities: list[tuple[Instant, str]] = field(default_factory=list)
    teams: list[tuple[Instant, str]] = field(default_factory=list)
    owner: str = ""
    service: str = ""
    item: str = ""
    site: str = ""
    category: str = ""
    resolves: list[tuple[Instant, str]] = field(default_factory=list)
    reopens: list[Instant] = field(default_factory=list)
    closed_at: Instant | None = None
    closed_by: str = ""
    touched_at: Instant | None = None
    has_messages: bool = False
    is_restored: bool = False
    pauses: list[Instant] = field(default_factory=list)
    missing: int = 0
    after_closing: int = 0
    last_resolved_row_at: Instant | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def team(self) -> str:
        """The team that had it last."""
        return self.teams[-1][1] if self.teams else ""

    @property
    def priority(self) -> str:
        """The priority that it has."""
        return self.priorities[-1][1] if self.priorities else ""

    @property
    def path(self) -> list[str]:
        """The teams, one after another."""
        return [team for _, team in self.teams]

    @property
    def returns(self) -> list[tuple[str, str]]:
        """Each time it came back to a team that had had it: from which team, to which."""
        path = self.path
        return [
            (path[place - 1], path[place])
            for place in range(1, len(path))
            if path[place] in path[:place]
        ]

    @property
    def straight_back(self) -> list[tuple[str, str]]:
        """Each time it went from a team to another and straight back, as a pair in order."""
        path = self.path
        return [
            (min(one, other), max(one, other))
            for one, other, third in zip(path, path[1:], path[2:], strict=False)
            if one == third
        ]


def rows_of(exhibit: Exhibit) -> list[Row]:
    """The rows of all tickets, in their order."""

    def some(first: int, last: int) -> list[Row]:
        return [_row(each, exhibit.people) for each in exhibit.tickets[first:last]]

    return in_shares(some, len(exhibit.tickets))


def _row(ticket: Ticket, people: Mapping[str, tuple[str, Side]]) -> Row:
    opened = next(each for each in ticket.events if isinstance(each.body, e.TicketOpened))
    body = opened.body
    assert isinstance(body, e.TicketOpened)
    row = Row(
        number=ticket.number,
        stream=ticket.stream,
        subject=ticket.subject,
        opened_at=opened.happened_at,
        requester=_name_of(body.requester, people),
        channel=body.channel.value,
        service=body.service,
        item=body.item,
        site=body.site,
    )
    reader = _Reader(row, people)
    for event in sorted(ticket.events, key=lambda each: (each.happened_at, each.position)):
        reader.hear(event)
    row.missing = _missing(ticket.events)
    return row


def _missing(events: Sequence[Event]) -> int:
    """How many updates the source counted that the file does not have."""
    counts = sorted({each.body.update for each in events if isinstance(each.body, e.RowImported)})
    return sum(later - earlier - 1 for earlier, later in pairwise([-1, *counts])) if counts else 0


_WORK = (e.TicketTaken, e.HandoverAccepted, e.WaitBegun, e.TicketResolved)
"""Events that show work on a ticket, where no message tells of any."""


class _Reader:
    """Hears the events of one ticket, in order of time."""

    def __init__(self, row: Row, people: Mapping[str, tuple[str, Side]]) -> None:
        self._row = row
        self._people = people

    def hear(self, event: Event) -> None:
        """Take in one event."""
        body, row = event.body, self._row
        if isinstance(body, e.RowImported):
            self._hear_row(event, body)
            return
        self._note(event, body)
        actor = _name_of(event.actor.id, self._people) if event.actor.is_person else ""
        if not actor and event.actor.on_behalf_of:
            actor = _name_of(event.actor.on_behalf_of, self._people)
        what, detail = words_of(body, self._people)
        is_estimated = event.certainty is Certainty.ESTIMATED
        row.lines.append(Line(event.happened_at, what, actor, detail, is_estimated))

    def _hear_row(self, event: Event, body: e.RowImported) -> None:
        """A trace of a row: somebody did something, even where it changed nothing that we read."""
        if body.state == "Resolved":
            self._row.last_resolved_row_at = event.happened_at
        if self._row.closed_at is not None and not body.changes:
            self._row.after_closing += event.happened_at > self._row.closed_at

    def _note(self, event: Event, body: Body) -> None:
        row, at = self._row, event.happened_at
        who = event.actor.id
        match body:
            case e.TicketAssigned(team=team):
                self._give(at, team)
            case e.TicketTaken(owner=owner, team=team) | e.HandoverAccepted(owner=owner, team=team):
                row.owner = _name_of(owner, self._people)
                self._give(at, team)
            case e.TicketReleased():
                row.owner = ""
            case e.TicketPrioritised(priority=priority):
                if not row.priorities or row.priorities[-1][1] != priority.value:
                    row.priorities.append((at, priority.value))
            case e.TicketClassified():
                row.service = body.service or row.service
                row.item, row.site, row.category = body.item, body.site, body.category
            case e.WaitBegun():
                row.pauses.append(at)
                row.state = "waiting"
            case e.WaitEnded():
                row.state = "open"
            case e.TicketResolved():
                row.resolves.append((at, who))
                row.state = "resolved"
            case e.TicketReopened():
                row.reopens.append(at)
                row.state, row.closed_at = "open", None
            case e.TicketClosed():
                row.closed_at, row.state = at, "closed"
                row.closed_by = _name_of(who, self._people) if event.actor.is_person else ""
            case e.MessageReceived() | e.MessageWritten():
                row.has_messages = True
            case e.TicketRestored():
                row.is_restored = True
            case _:
                pass
        if isinstance(body, _WORK) and row.touched_at is None:
            row.touched_at = max(at, row.opened_at)

    def _give(self, at: Instant, team: str) -> None:
        if team and (not self._row.teams or self._row.teams[-1][1] != team):
            self._row.teams.append((at, team))


def _name_of(person: str, people: Mapping[str, tuple[str, Side]]) -> str:
    return people[person][0] if person in people else ""


# ---- words ----------------------------------------------------------------------------------


def words_of(body: Body, people: Mapping[str, tuple[str, Side]]) -> tuple[str, str]:
    """An event in words: what happened, and to or by whom or what."""
    match body:
        case e.TicketOpened(channel=channel):
            return "opened", f"by {channel.value}"
        case e.TicketAssigned(team=team):
            return "given to", team
        case e.TicketTaken(owner=owner) | e.HandoverAccepted(owner=owner):
            return "taken by", " · ".join(filter(None, (_name_of(owner, people), body.team)))
        case e.TicketReleased():
            return "let go", "nobody has it"
        case e.TicketPrioritised(priority=priority):
            return "priority", priority.value
        case e.TicketClassified():
            named = (body.category, body.service, body.item, body.site)
            return "classified", " · ".join(filter(None, named))
        case e.WaitBegun(on=reason):
            return "waits on", reason.value
        case e.WaitEnded():
            return "goes on", ""
        case _:
            return body.NAME.partition(".")[2].replace("_", " "), _rest(body)


def _rest(body: Body) -> str:
    kind = body.NAME.partition(".")[0].replace("_", " ")
    return "" if kind == "ticket" else kind


# ---- what rows show together ----------------------------------------------------------------


def resolve_span(row: Row) -> Span | None:
    """From its opening to the resolve that stands, on the wall; None while it is open."""
    if not row.resolves or (row.reopens and row.reopens[-1] >= row.resolves[-1][0]):
        return None
    return max(0, row.resolves[-1][0] - row.opened_at)


def bulk_resolves(rows: Sequence[Row]) -> dict[tuple[str, Instant], list[int]]:
    """By person and minute: the places of the tickets that were resolved in bulk."""
    found: dict[tuple[str, Instant], list[int]] = {}
    for place, row in enumerate(rows):
        for at, who in row.resolves:
            found.setdefault((who, at // MINUTE), []).append(place)
    return {key: places for key, places in found.items() if len(set(places)) >= BULK}


def given_twice(rows: Sequence[Row]) -> Iterator[int]:
    """The places of tickets that came back to a team that had had them."""
    return (place for place, row in enumerate(rows) if row.returns)
