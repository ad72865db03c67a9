"""Facts: what a company's tickets tell figures, worked out once for every lens of a scheme.

They are plain tuples, so that a table can keep them: what a figure says of them at a later instant,
while nothing happens, is arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ..record import events as e
from ..record.event import Event, Side
from ..record.instant import Instant, Span
from ..service_level.agreement import Agreement
from ..service_level.calendar import LATEST, Calendar
from ..service_level.cases import Histories, cases_of
from ..service_level.clock import Agreements, Reading, entered_instants
from ..service_level.diagnosis import diagnosis_of
from ..service_level.hands import NOBODY, Leg, calendar_of, legs_of, work_by_hands
from ..service_level.many import readings_under
from ..service_level.story import Story
from .figure import Period
from .outcome import Outcome, outcome_of, worked
from .scheme import Scheme

REQUESTER, AGENT, RULE = "requester", "agent", "rule"
SURE, LIKELY = "sure", "likely"


class TicketFacts(NamedTuple):
    """One ticket by itself; what went into another ticket has none. Lists are words with spaces.

    settled_at: the resolve that stands. bounces: from>to, each time it came back to a team that
    had had it. reopens: kind@instant. joined: how it is a disguised reopen of an earlier ticket,
    if it is. hands: hands=working time so far. first_reply says what kind of message came first.

    Time without an owner, and time lost, are spans; while they grow, `calendar` names their
    calendar and the spans are where they began on its count, and on the wall.
    """

    ticket: str
    requester: str
    channel: str
    kind: str
    priority: str
    service: str
    item: str
    site: str
    opening: str
    started_at: Instant
    settled_at: Instant | None
    first_resolved_at: Instant | None
    is_alone: bool
    ownerless: Span
    ownerless_wall: Span
    lost: Span
    calendar: str
    lost_calendar: str
    owners: str
    bounces: str
    functional: int
    hierarchical: int
    reopens: str
    thanks: str
    joined: str
    first_automatic: Span | None
    first_reply: str
    hands: str

    def ownerless_at(self, counts: Mapping[str, Span], at: Instant) -> tuple[Span, Span]:
        """Time without an owner: working time, and on the wall."""
        if not self.is_alone:
            return self.ownerless, self.ownerless_wall
        work = counts[self.calendar] - self.ownerless if self.calendar else 0
        return work, at - self.ownerless_wall

    def lost_at(self, counts: Mapping[str, Span]) -> Span:
        """Working time from its start until it was solved for good, as people lived it."""
        return counts[self.lost_calendar] - self.lost if self.lost_calendar else self.lost

    def is_open_at(self, at: Instant) -> bool:
        """Whether it was open then."""
        return self.started_at <= at and (self.settled_at is None or self.settled_at > at)


@dataclass(frozen=True)
class Facts:
    """The facts of some tickets at an instant.

    counts: the working time of each named calendar from the origin to that instant.
    """

    scheme: Scheme
    at: Instant
    tickets: Sequence[TicketFacts]
    outcomes: Sequence[Outcome]
    counts: Mapping[str, Span] = field(default_factory=dict)

    @cached_property
    def alike(self) -> Mapping[tuple[str, int], list[Outcome]]:
        """The outcomes by clock and by the set of lenses that tell them."""
        by_text: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for each in self.outcomes:
            by_text[each.clock, each.lenses].append(each)
        return {(clock, int(text, 16)): some for (clock, text), some in by_text.items()}

    @cached_property
    def running(self) -> Sequence[Outcome]:
        """The outcomes of clocks that have not ended."""
        return [each for each in self.outcomes if each.ended_at is None]

    def units(self, clock: e.ClockName, lens: str) -> Iterator[Outcome]:
        """The units of a clock as a lens reads them."""
        mark = self.scheme.mark_of(lens)
        for (name, lenses), some in self.alike.items():
            if name == clock.value and lenses & mark:
                yield from some

    @cached_property
    def counted(self) -> dict[Period, object]:
        """What was counted of them already, by period: counting.counted knows."""
        return {}

    def begun(self, period: Period) -> Sequence[TicketFacts]:
        """The tickets opened in a period."""
        start, end = period.start, period.end
        if ("begun", start, end) not in self._known:
            found = [each for each in self.tickets if start <= each.started_at < end]
            self._known["begun", start, end] = found
        return self._known["begun", start, end]

    def solved(self, period: Period) -> Sequence[TicketFacts]:
        """The tickets first solved in a period."""
        start, end = period.start, period.end
        if ("solved", start, end) not in self._known:
            found = [each for each in self.tickets if period.holds(each.first_resolved_at)]
            self._known["solved", start, end] = found
        return self._known["solved", start, end]

    @cached_property
    def _known(self) -> dict[tuple[str, Instant, Instant], list[TicketFacts]]:
        return {}


def facts_of(histories: Histories, agreements: Agreements, scheme: Scheme, at: Instant) -> Facts:
    """The facts of all tickets, read at an instant."""
    tickets, outcomes = read_facts(histories, agreements, scheme, at)
    return Facts(scheme, at, tickets, outcomes, counts_of(tickets, outcomes, agreements, at))


def counts_of(
    tickets: Iterable[TicketFacts],
    outcomes: Iterable[Outcome],
    agreements: Agreements,
    at: Instant,
) -> dict[str, Span]:
    """The counts at an instant of the calendars that these name."""
    names = {each.calendar for each in outcomes} | {each.calendar for each in tickets}
    names |= {each.lost_calendar for each in tickets}
    return {name: worked(calendar_named(name, agreements), at) for name in names if name}


def read_facts(
    histories: Histories, agreements: Agreements, scheme: Scheme, at: Instant
) -> tuple[list[TicketFacts], list[Outcome]]:
    """The facts of the tickets of some histories. All that may be one case must be among them."""
    spans = dict.fromkeys(lens.disguised for lens in scheme.lenses)
    known: dict[Span | None, list[Story]] = {}
    stories = cases_of(histories, None, at)
    is_one = len(stories) <= 1
    for span in spans:
        known[span] = stories if is_one or span is None else cases_of(histories, span, at)
    outcomes: list[Outcome] = []
    for span, cases in known.items():
        if is_one and span is not next(iter(known)):
            break
        bits = [bit for bit, lens in enumerate(scheme.lenses) if is_one or lens.disguised == span]
        for story in cases:
            outcomes += _outcomes(story, agreements, scheme, bits, at)
    joined = dict(_joined(known[scheme.lived_within]))
    solved = _solved(outcomes, scheme)
    tickets = [
        _facts(story, histories, agreements, at, joined, solved.get(story.tickets[0], ()))
        for story in stories
    ]
    return tickets, _folded(outcomes)


class Membership(NamedTuple):
    """What a ticket has of the case that it makes with others, as people lived it: see TicketFacts.

    The first of a case has all its lost time, the others have none.
    """

    ticket: str
    joined: str
    lost: Span
    lost_calendar: str

    def lost_at(self, counts: Mapping[str, Span]) -> Span:
        """Working time from its start until it was solved for good, as people lived it."""
        return counts[self.lost_calendar] - self.lost if self.lost_calendar else self.lost


def read_cases(
    cases: Mapping[Span, Sequence[Story]], agreements: Agreements, scheme: Scheme, at: Instant
) -> tuple[list[Membership], list[Outcome]]:
    """Cases of several tickets, by the span within which these join, under the lenses that join so.

    With what each ticket tells by itself under the other lenses it is what read_facts tells.
    """
    outcomes: list[Outcome] = []
    for span, stories in cases.items():
        bits = [bit for bit, lens in enumerate(scheme.lenses) if lens.disguised == span]
        for story in stories:
            outcomes += _outcomes(story, agreements, scheme, bits, at)
    lived = cases.get(scheme.lived_within or 0, ())
    joined = dict(_joined(lived))
    solved = _solved(outcomes, scheme)
    members = [
        Membership(stream, joined.get(stream, ""), *_lost(solved.get(stream, ())))
        for story in lived
        for stream in story.tickets
    ]
    return members, _folded(outcomes)


# ---- outcomes -------------------------------------------------------------------------------


def _outcomes(
    story: Story, agreements: Agreements, scheme: Scheme, bits: Sequence[int], at: Instant
) -> Iterator[Outcome]:
    agreement = agreements(story.charter)
    lenses = [scheme.lenses[bit] for bit in bits]
    marks: dict[int, int] = {}
    known: dict[int, tuple[Reading, ...]] = {}
    for bit, told in zip(
        bits, readings_under(story, agreement, lenses, at, parts=agreements), strict=True
    ):
        marks[id(told)] = marks.get(id(told), 0) | 1 << bit
        known[id(told)] = told
    ruling = [agreement, *(agreements(part.story.charter) for part in story.parts)]
    priority = priority_of(story, agreement)
    for key, told in known.items():
        for reading in told:
            name = key_of(reading.calendar, ruling)
            yield outcome_of(reading, lenses=marks[key], priority=priority, key=name, at=at)


def _folded(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """One outcome for all lenses that tell the same."""
    marks: dict[Outcome, int] = {}
    for each in outcomes:
        plain = each._replace(lenses="")
        marks[plain] = marks.get(plain, 0) | int(each.lenses, 16)
    return [each._replace(lenses=f"{mark:x}") for each, mark in marks.items()]


def _solved(outcomes: Iterable[Outcome], scheme: Scheme) -> dict[str, list[Outcome]]:
    """The resolutions as people lived them, by the first ticket of the case."""
    mark = scheme.mark_of(scheme.lived)
    solved: dict[str, list[Outcome]] = {}
    for each in outcomes:
        if each.clock == e.ClockName.RESOLUTION.value and int(each.lenses, 16) & mark:
            solved.setdefault(each.ticket, []).append(each)
    return solved


def priority_of(story: Story, agreement: Agreement | None) -> str:
    """The priority that was set last, or the charter's default; empty without either."""
    held = [mark.priority for mark in story.priorities if mark.step == "set" and mark.priority]
    if held:
        return held[-1].value
    return agreement.default_priority.value if agreement else ""


def key_of(calendar: Calendar | None, agreements: Iterable[Agreement | None]) -> str:
    """A name by which calendar_named finds this very version of a calendar."""
    for agreement in agreements:
        for name, versions in agreement.calendars.items() if agreement else ():
            for place, (_, version) in enumerate(versions.versions):
                if agreement is not None and version is calendar:
                    return f"{agreement.id}/{place}/{name}"
    return ""


def calendar_named(key: str, agreements: Agreements) -> Calendar:
    """The version of a calendar of that name. Raises LookupError where there is none."""
    charter, place, name = key.split("/", 2)
    agreement = agreements(charter)
    if agreement is None:
        raise LookupError(f"no charter {charter} for calendar {name}")
    return agreement.calendars[name].versions[int(place)][1]


# ---- tickets --------------------------------------------------------------------------------


def _joined(cases: Iterable[Story]) -> Iterator[tuple[str, str]]:
    for case in cases:
        for stream in case.tickets[1:]:
            yield stream, LIKELY if stream in case.likely else SURE


def _facts(
    story: Story,
    histories: Histories,
    agreements: Agreements,
    at: Instant,
    joined: Mapping[str, str],
    solved: Sequence[Outcome],
) -> TicketFacts:
    stream = story.tickets[0]
    events = sorted(
        (each for each in histories[stream] if each.happened_at <= at),
        key=lambda each: (each.happened_at, each.position),
    )
    agreement = agreements(story.charter)
    calendar = calendar_of(story, agreement, at)
    legs = legs_of(story, agreement, at)
    is_alone = not story.is_resolved and bool(legs) and legs[-1].hands == NOBODY
    work, wall = _alone(legs)
    if is_alone:
        work, wall = (worked(calendar, at) if calendar else 0) - work, at - wall
    lost, lost_calendar = _lost(solved)
    teams = _teams(events)
    said = diagnosis_of(story)
    return TicketFacts(
        ticket=stream,
        requester=story.requester,
        channel=_opened(events).channel.value,
        kind=story.kind.value,
        priority=priority_of(story, agreement),
        service=story.service,
        item=story.item,
        site=_site(events),
        opening=story.opening.value,
        started_at=story.earliest_start,
        settled_at=story.rounds[-1].resolved_at if story.is_resolved else None,
        first_resolved_at=story.rounds[0].resolved_at if story.rounds else None,
        is_alone=is_alone,
        ownerless=work,
        ownerless_wall=wall,
        lost=lost,
        calendar=key_of(calendar, [agreement]) if is_alone else "",
        lost_calendar=lost_calendar,
        owners=" ".join(teams),
        bounces=" ".join(_bounces(teams)),
        functional=_count(events, e.EscalatedFunctionally),
        hierarchical=_count(events, e.EscalatedHierarchically),
        reopens=" ".join(_reopens(story, events)),
        thanks=" ".join(str(mark.at) for mark in story.marks if mark.step == "voided"),
        joined=joined.get(stream, ""),
        first_automatic=said.first_automatic,
        first_reply=_first_reply(story),
        hands=" ".join(f"{name}={span}" for name, span in work_by_hands(legs).items()),
    )


def _alone(legs: Iterable[Leg]) -> tuple[Span, Span]:
    mine = [leg for leg in legs if leg.hands == NOBODY]
    return sum(leg.work for leg in mine), sum(leg.wall for leg in mine)


def _lost(solved: Sequence[Outcome]) -> tuple[Span, str]:
    """The working time of all its resolutions; where one runs, its begin on a calendar's count."""
    running = [each for each in solved if each.calendar]
    used = sum(each.used for each in solved if not each.calendar)
    if not running:
        return used, ""
    return running[-1].used - used, running[-1].calendar


def _opened(events: Sequence[Event]) -> e.TicketOpened:
    return next(each.body for each in events if isinstance(each.body, e.TicketOpened))


def _site(events: Sequence[Event]) -> str:
    said = [each.body for each in events if isinstance(each.body, e.TicketClassified)]
    return said[-1].site if said else _opened(events).site


def _teams(events: Iterable[Event]) -> list[str]:
    """The teams that had it, one after another; without a team's name, the tier."""
    teams: list[str] = []
    for each in events:
        body = each.body
        if isinstance(body, e.TicketTaken | e.HandoverAccepted):
            team = (body.team or body.tier.value).replace(" ", "_").replace(">", "_")
            if not teams or teams[-1] != team:
                teams.append(team)
    return teams


def _bounces(teams: Sequence[str]) -> Iterator[str]:
    for place in range(1, len(teams)):
        if teams[place] in teams[:place]:
            yield f"{teams[place - 1]}>{teams[place]}"


def _count(events: Iterable[Event], kind: type[object]) -> int:
    return sum(isinstance(each.body, kind) for each in events)


def _reopens(story: Story, events: Sequence[Event]) -> Iterator[str]:
    said = {
        each.happened_at: _kind_of(each)
        for each in events
        if isinstance(each.body, e.TicketReopened)
    }
    for each in story.rounds:
        if each.reopened_at is not None:
            yield f"{said.get(each.reopened_at, RULE)}@{each.reopened_at}"


def _kind_of(event: Event) -> str:
    assert isinstance(event.body, e.TicketReopened)
    if event.body.message or event.actor.side is Side.REQUESTER:
        return REQUESTER
    return RULE if event.actor.side is Side.MACHINE else AGENT


def _first_reply(story: Story) -> str:
    """What reached the requester first: a person's own words, a template, a machine's message."""
    sent = [
        (each.delivered_at, each)
        for each in story.outgoing
        if each.delivered_at is not None and each.is_person
    ]
    if not sent:
        return ""
    first = min(sent, key=lambda each: each[0])[1]
    return "templated" if first.is_templated else "written"


# ---- when facts hold ------------------------------------------------------------------------

_SILENT = (
    *(e.TargetMissed, e.TargetNeared, e.DueMoved, e.TicketRated, e.RowImported),
    *(e.CopyAdded, e.CopyRemoved, e.MessageBounced),
)
"""Events that change no fact."""

_ACTIONS_ONLY = (e.NoteWritten, e.TimeLogged, e.VendorWritten, e.VendorLegChanged)
"""Events that tell nothing but that somebody acted."""


def changed_at(histories: Histories, agreements: Agreements, at: Instant) -> Instant:
    """From this instant up to `at` nothing happened that these facts depend on."""
    stories = cases_of(histories, None, at)
    entered = [
        each
        for each in _entered(histories, agreements)
        if each <= at and any(story.resolved_at(each) is None for story in stories)
    ]
    resolves = {each.resolved_at for story in stories for each in story.rounds}
    acted = [story.first_action_at for story in stories if story.first_action_at is not None]
    first_action = max(acted, default=None) if len(acted) == len(stories) else None
    instants = [
        event.happened_at
        for history in histories.values()
        for event in history
        if event.happened_at <= at and _matters(event, resolves, first_action)
    ]
    dates = (until for until in _dates(histories.values()) if until <= at)
    return max((*instants, *dates, *entered), default=at)


def stale_at(histories: Histories, agreements: Agreements, at: Instant) -> Instant | None:
    """The next instant at which facts change though nothing more is recorded."""
    ahead = [event.happened_at for history in histories.values() for event in history]
    ahead += _dates(histories.values())
    ahead += _entered(histories, agreements)
    return min((each for each in ahead if each > at), default=None)


def _entered(histories: Histories, agreements: Agreements) -> tuple[Instant, ...]:
    """When later versions of the calendars that these tickets run in were entered."""
    charters = {
        event.body.charter
        for history in histories.values()
        for event in history
        if isinstance(event.body, e.TicketOpened)
    }
    return entered_instants([agreements(each) for each in sorted(charters)], LATEST)


def _matters(event: Event, resolves: set[Instant], first_action: Instant | None) -> bool:
    body = event.body
    if isinstance(body, _SILENT):
        return False
    if isinstance(body, e.TicketClosed):
        return event.happened_at in resolves
    if isinstance(body, _ACTIONS_ONLY):
        return first_action is None or event.happened_at <= first_action
    return True


def _dates(histories: Iterable[Sequence[Event]]) -> Iterator[Instant]:
    for history in histories:
        for event in history:
            if isinstance(event.body, e.WaitBegun) and event.body.until is not None:
                yield event.body.until
