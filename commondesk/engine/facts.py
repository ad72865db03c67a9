"""Facts of an exchange: worked out by SQL where a ticket is plain, by the reference elsewhere.

docs/engine.md tells step by step what becomes of events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, overload

from commondesk.core.metrics.facts import (
    AGENT,
    REQUESTER,
    RULE,
    Facts,
    Membership,
    TicketFacts,
    calendar_named,
    counts_of,
    key_of,
    read_cases,
    read_facts,
)
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.outcome import Outcome, worked
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Event
from commondesk.core.record.events import ClockName, Kind, Priority
from commondesk.core.record.instant import DAY, Instant, Span
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import Calendar, CalendarError
from commondesk.core.service_level.clock import Agreements, entered_instants

from . import rules as ruling
from .apart import Group, groups_of, set_apart
from .changes import walked
from .database import Database, DuckDatabase, statement, table_of, written_out
from .exchange import COLUMNS, event_of, write
from .hours import NEVER, Hours, hours_of
from .processes import in_shares
from .rules import Rules

Handed = dict[int, list[tuple[Any, ...]]]
"""Rows of events by ticket, each after the ticket's stream."""
Told = dict[int, tuple[str, list[Event]]]
"""Stream and events by ticket."""
Read = tuple[list[TicketFacts], list[Outcome]]
Members = dict[int, Membership]
"""What tickets have of the cases that they make with others, by ticket."""

CLOCKS = (ClockName.RESPONSE, ClockName.RESOLUTION, ClockName.RESTORE, ClockName.NEXT_REPLY)
HANDED = 20_000
"""So many tickets are handed to the reference at once."""

WHOLE = -1
"""Marks a ticket that the reference reads under every lens, as the statements write it."""

FEWEST = 300
"""Below so many groups of tickets, several processes cost the reference more than they save."""


@dataclass(frozen=True)
class Shares:
    """How many tickets were read by SQL and by the reference, and for which reason."""

    by_sql: int
    by_reference: Mapping[str, int]

    def __str__(self) -> str:
        total = self.by_sql + sum(self.by_reference.values())
        rest = "".join(f"; {number} {why}" for why, number in sorted(self.by_reference.items()))
        return f"{self.by_sql} of {total} tickets by SQL{rest}"


@dataclass
class Calendars:
    """The calendars that targets run in, by number, and their counts."""

    at: Instant
    numbers: dict[str, int] = field(default_factory=dict)
    listed: list[Calendar] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def number(self, key: str, calendar: Calendar) -> int:
        """The number of a calendar under its key."""
        if key not in self.numbers:
            self.numbers[key] = len(self.listed)
            self.listed.append(calendar)
            self.keys.append(key)
        return self.numbers[key]

    def count(self, number: int) -> Span:
        """The working time from the origin to the instant of the facts."""
        return worked(self.listed[number], self.at)


class _Same(dict[str, str]):
    """One text for all that are equal: the database gives a new one for each row."""

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text


Row = TypeVar("Row")
T = TypeVar("T")


class Rows(Sequence[Row]):
    """Rows that are taken out of the database when somebody looks at them."""

    def __init__(self, load: Callable[[], Iterable[Row]]) -> None:
        self._load = load
        self._rows: list[Row] | None = None

    @property
    def _loaded(self) -> list[Row]:
        if self._rows is None:
            self._rows = list(self._load())
        return self._rows

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        return self._loaded[place]

    def __len__(self) -> int:
        return len(self._loaded)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._loaded)


class _Counted(dict[Period, object]):
    """Counts of periods, made by the database when asked for."""

    def __init__(self, facts: EngineFacts) -> None:
        super().__init__()
        self._facts = facts

    def get(self, period: Period, default: object = None) -> object:
        from .counts import EngineCounts

        if period not in self:
            self[period] = EngineCounts(self._facts, period)
        return self[period]


@dataclass(frozen=True)
class EngineFacts(Facts):
    """Facts that SQL worked out, with how many tickets went which way.

    What figures count is counted by the database; a ticket or outcome is taken out of it when
    somebody asks for the units behind a figure.
    """

    shares: Shares = Shares(0, {})
    engine: Engine = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of(cls, engine: Engine) -> EngineFacts:
        """Everything that an engine found."""
        shares, counts = engine.put_together()
        return cls(
            engine.scheme,
            engine.at,
            Rows(engine.tickets),
            Rows(engine.outcomes),
            counts,
            shares,
            engine=engine,
        )

    @cached_property
    def counted(self) -> dict[Period, object]:
        return _Counted(self)

    def begun(self, period: Period) -> Sequence[TicketFacts]:
        return self._cohort("started_at", period)

    def solved(self, period: Period) -> Sequence[TicketFacts]:
        return self._cohort("first_resolved_at", period)

    def _cohort(self, column: str, period: Period) -> Sequence[TicketFacts]:
        key = column, period.start, period.end
        if key not in self._known:
            within = f"{column} >= {period.start} AND {column} < {period.end}"
            self._known[key] = list(self.engine.tickets(within))
        return self._known[key]

    def units(self, clock: ClockName, lens: str) -> Iterator[Outcome]:
        sets = ", ".join(map(str, self.engine.sets_with(self.scheme.mark_of(lens)))) or "-1"
        yield from self.engine.outcomes(f"clock = '{clock.value}' AND lenses IN ({sets})")


class Engine:
    """One reading of an exchange at an instant: its tables lie in the database.

    has_read: whether there are tables of what SQL read, beside those of what the reference read.
    """

    has_read = True

    def __init__(
        self,
        folder: Path | None,
        agreements: Agreements,
        scheme: Scheme,
        at: Instant,
        database: Database | None = None,
    ) -> None:
        self.scheme = scheme
        self.at = at
        self.database = database or DuckDatabase()
        self.calendars = Calendars(at)
        self.rules = Rules(scheme)
        self.agreements = agreements
        self._hours: Hours | None = None
        self._sets: dict[int, int] = {}
        self._numbers: dict[tuple[Agreement, int], int] = {}
        self._referred: dict[int, TicketFacts] = {}
        self._referred_to: Read = [], []
        self.groups: list[Group] = []
        self.joins: dict[int, int] = {}
        self._members: Members = {}
        if folder is not None:
            self.database.attach(folder, at)

    def run(self) -> None:
        """Work out everything."""
        self._tell_stories()
        spans = self._terms()
        self._leave_out()
        self._set_apart()
        self._open_hours(spans)
        self._rule()
        self._read()

    # steps

    def _make(self, *names: str, **values: str) -> None:
        for name in names:
            told = {"AT": str(self.at), "NEVER": str(NEVER), **values}
            self.database.make(name, written_out(statement(name), self._hours, told))

    def _drop(self, *names: str) -> None:
        """Forget tables that no later statement reads."""
        for name in names:
            self.database.drop(name)

    def _keep(self, name: str, columns: dict[str, str], rows: Sequence[Sequence[object]]) -> None:
        self.database.keep(name, table_of(columns, rows))

    def _tell_stories(self) -> None:
        self._make("opened", "tally")
        self._keep("charters", _CHARTERS, list(self._charters()))
        self._make("classes", "priorities", "stories")
        self._drop("opened", "tally", "classes", "priorities")
        self._make("replies", "crossed")

    def _charters(self) -> Iterator[tuple[object, ...]]:
        query = "SELECT DISTINCT charter FROM opened ORDER BY charter"
        for (charter,) in self.database.rows(query):
            agreement = self.agreements(charter)
            if agreement is None:
                yield charter, "", 7 * DAY, False, False, False
                continue
            is_versioned = bool(entered_instants([agreement], self.at))
            default = agreement.default_priority.value
            restores = agreement.promises(ClockName.RESTORE)
            yield charter, default, agreement.hold_span, True, is_versioned, restores

    def _leave_out(self) -> None:
        """Tell the tickets that SQL does not read."""
        sorts = self.database.rows("SELECT DISTINCT waits, varies FROM stories")
        unread = ", ".join(
            str(waits + 32 * varies)
            for waits, varies in sorts
            if not ruling.fits(self.scheme, int(waits), int(varies))
        )
        every, first = str(int(self.rules.owes_every)), str(int(self.rules.subtracts_first))
        self._make("unread", EVERY=every, SUBTRACTED=first, UNREAD=unread or "-1")
        self._drop("crossed")

    def _set_apart(self) -> None:
        """Find the tickets that make cases, and let the reference read these."""
        self._make("shared")
        spans = self.rules.spans
        candidates = groups_of(self.database, self.scheme.farthest)
        unread = self._unread_among(candidates)

        def read(histories: Told) -> tuple[list[Group], dict[int, int], Members, Read]:
            mine = dict(histories.values())
            numbers = {stream: ticket for ticket, (stream, _) in histories.items()}
            apart = set_apart(mine, numbers, spans, unread, self.at)
            tickets, outcomes = self._read_all([_among(histories, each) for each in apart.whole])
            members, more = read_cases(apart.cases, self.agreements, self.scheme, self.at)
            numbered = {numbers[each.ticket]: each for each in members}
            return apart.whole, apart.joins(spans, numbers), numbered, (tickets, outcomes + more)

        for groups, joins, members, told in self._by_reference(candidates, read, "stories"):
            self.groups += groups
            self.joins |= joins
            self._members |= members
            self._take(told)
        rows = [(each, WHOLE) for group in self.groups for each in group]
        self._keep("apart", {"ticket": "int64", "joins": "int64"}, [*rows, *self.joins.items()])
        self._drop("shared", "handed_events")

    def _unread_among(self, groups: Iterable[Group]) -> frozenset[int]:
        """The tickets of some groups that SQL does not read."""
        rows = [(each,) for group in groups for each in group]
        self._keep("handed", {"ticket": "int64"}, rows)
        query = "SELECT u.ticket FROM unread u JOIN handed h ON h.ticket = u.ticket"
        return frozenset(int(ticket) for (ticket,) in self.database.rows(query))

    def _rule(self) -> None:
        endings = self.rules.endings
        self._make("plain", RESPONSES=ruling.response_columns(endings))
        self._drop("stories", "apart")
        pattern = ruling.pattern_of(endings)
        self.rules.add(
            (int(number), int(waits), int(varies), int(joins))
            for number, waits, varies, joins in self.database.rows(
                f"SELECT DISTINCT {pattern} AS pattern, waits, varies, joins FROM plain p"  # noqa: S608
            )
        )
        for name, columns, rows in (
            ("response_rules", _RESPONSE_RULES, self.rules.response),
            ("resolution_rules", _RESOLUTION_RULES, self.rules.resolution),
            ("cycle_rules", _CYCLE_RULES, self.rules.cycles),
            ("reply_rules", _REPLY_RULES, self.rules.replies),
            ("variants", _VARIANTS, self.rules.variants),
        ):
            self._keep(name, columns, rows)
        modes = [(place, *mode) for place, mode in enumerate(self.rules.modes)]
        self._keep("modes", _MODES, [(place, ends.value, how.value) for place, ends, how in modes])

    def _terms(self) -> dict[int, Span]:
        """Keep the targets of each sort of ticket; the longest span of each calendar."""
        rows: list[tuple[object, ...]] = []
        spans: dict[int, Span] = {}
        held: dict[tuple[str, str, str], set[str]] = {}
        for charter, service, kind, priority, varies in self.database.rows(
            "SELECT DISTINCT charter, service, kind, priority, varies FROM stories WHERE is_ruled"
            " ORDER BY charter, service, kind, priority, varies"
        ):
            every = {each.value for each in Priority} if varies else {priority}
            held.setdefault((charter, service, kind), set()).update(every)
        for sort, priorities in held.items():
            agreement = self.agreements(sort[0])
            assert agreement is not None
            told = [
                (each, *self._term(agreement, sort[1], sort[2], each, spans))
                for each in sorted(priorities)
            ]
            all_sound = all(is_sound for _, _, is_sound in told)
            for each, terms, is_sound in told:
                rows.append((len(rows), *sort, each, is_sound, all_sound, *terms))
        self._keep("terms", _TERMS, rows)
        return spans

    def _term(
        self,
        agreement: Agreement,
        service: str,
        kind: str,
        priority: str,
        spans: dict[int, Span],
    ) -> tuple[list[int | None], bool]:
        found: list[int | None] = []
        is_sound = True
        for clock in CLOCKS:
            term = agreement.term(clock, service, Kind(kind), Priority(priority))
            calendar = term.calendar.known_at(self.at)
            number = self.calendars.number(key_of(calendar, [agreement]), calendar)
            span = term.span or 0
            try:
                calendar.add(self.at, span)
            except CalendarError:
                is_sound = False
            else:
                spans[number] = max(spans.get(number, 0), span)
            found += [term.span, number]
        return found, is_sound

    def _open_hours(self, spans: Mapping[int, Span]) -> None:
        """Keep the calendars from the first start to the last instant that can fall due."""
        (first,) = self.database.rows("SELECT MIN(started_at) FROM stories")
        listed = self.calendars.listed
        since = min(self.at, self.at if first[0] is None else int(first[0]))
        dues = [listed[number].add(self.at, span) for number, span in spans.items()]
        self._hours = hours_of(listed, since, max([self.at, *dues]) + DAY)
        days = dict.fromkeys(self._hours.day_columns, "int64")
        self._keep("hours", days, self._hours.days)
        self._keep("dues", dict.fromkeys(self._hours.due_columns, "int64"), self._hours.dues)

    def _read(self) -> None:
        endings = self.rules.endings
        self._make("reopens", "turns", "rounds", "settled", "begins", "waits", "questions")
        self._make("stretches", "pauses", "cuts", "cycles", "restores")
        self._drop("reopens", "turns", "begins", "stretches", "cuts")
        cases = ruling.response_cases(endings)
        self._make("units", ENDED=cases, PATTERN=f"({ruling.pattern_of(endings)})")
        self._drop("cycles", "restores", "replies")
        self._make("marks", "held", "walks")
        told = walked(self.database, self.agreements, self._number_of, self.at)
        self._keep("walked", _WALKED, list(told))
        self._make("changed", "counts")
        self._drop("units", "marks", "held", "walks", "walked")
        self._make("paused", "runs")
        self._drop("counts", "paused", "pauses")
        self._keep("lived", {"family": "int64", "class": "int64"}, self.rules.lived())
        self._keep_members()
        self._make("outcomes", "losses")
        self._drop("runs", "changed")
        self._make("owners", "turns_of_others", "legs", "hands", "teams", "tickets")
        self._drop("owners", "turns_of_others", "legs", "losses", "settled", "waits", "questions")

    def _keep_members(self) -> None:
        """Keep what tickets have of the cases that they make with others, in `members`."""
        rows: list[tuple[object, ...]] = []
        numbers: dict[str, int] = {}
        for number, each in self._members.items():
            key = each.lost_calendar
            if key and key not in numbers:
                numbers[key] = self.calendars.number(key, calendar_named(key, self.agreements))
            counts = {key: self.calendars.count(numbers[key])} if key else {}
            rows.append((number, each.joined, each.lost_at(counts), numbers.get(key)))
        self._keep("members", _MEMBERS, rows)

    def _number_of(self, agreement: Agreement, calendar: Calendar) -> int:
        key = agreement, id(calendar)
        if key not in self._numbers:
            name = key_of(calendar, [agreement])
            self._numbers[key] = self.calendars.number(name, calendar)
        return self._numbers[key]

    # what came of it

    def put_together(self) -> tuple[Shares, dict[str, Span]]:
        """Join what the reference reads to what SQL read; shares, and the calendars' counts."""
        tickets, outcomes, referred = self.refer()
        counts = self.keep_referred(tickets, outcomes)
        self._keep_lens_sets()
        bounces = self._by_ticket(
            "SELECT ticket, came_back_from, team FROM teams WHERE came_back_from IS NOT NULL"
            " ORDER BY ticket, turn"
        )
        told = [
            (ticket, " ".join(f"{giver}>{team}" for giver, team in each))
            for ticket, each in bounces.items()
        ]
        self._keep("bounce_texts", {"ticket": "int64", "bounces": "string"}, told)
        self._make("unit_facts", "ticket_facts")
        ((read,),) = self.database.rows("SELECT COUNT(*) FROM plain WHERE joins = 0")
        self._drop("outcomes", "plain", "unread", "handed", "handed_events", "members")
        self._drop("hours", "dues", "bounce_texts", "referred_units", "referred_tickets")
        return Shares(int(read), referred), counts

    def keep_referred(
        self, tickets: Sequence[TicketFacts], outcomes: Sequence[Outcome]
    ) -> dict[str, Span]:
        """Keep what the reference read, in `referred_tickets` and `referred_units`; the calendars'
        counts."""
        counts = counts_of(tickets, outcomes, self.agreements, self.at)
        for key in counts:
            self.calendars.number(key, calendar_named(key, self.agreements))
        counts = {key: self.calendars.count(n) for key, n in self.calendars.numbers.items()}
        self._referred = dict(enumerate(tickets))
        self._keep("referred_units", _UNITS, [self._unit(each, counts) for each in outcomes])
        self._keep(
            "referred_tickets",
            _REFERRED,
            [self._ticket(-1 - place, each, counts) for place, each in enumerate(tickets)],
        )
        return counts

    def referred(self) -> Iterator[TicketFacts]:
        """The tickets that the reference read."""
        return iter(self._referred.values())

    def _keep_lens_sets(self) -> None:
        pairs = self.database.rows("SELECT DISTINCT family, bits FROM outcomes")
        rows = [
            (family, bits, self._set_number(int(self.rules.lenses_of(int(family), int(bits)), 16)))
            for family, bits in pairs
        ]
        self._keep("lens_sets", dict.fromkeys(("family", "bits", "lenses"), "int64"), rows)

    def _set_number(self, lenses: int) -> int:
        return self._sets.setdefault(lenses, len(self._sets))

    def lens_set(self, number: object) -> int:
        """The set of lenses of a number."""
        return list(self._sets)[int(str(number))]

    def sets_with(self, mark: int) -> list[int]:
        """The numbers of the sets that hold a lens."""
        return [number for lenses, number in self._sets.items() if lenses & mark]

    def _unit(self, each: Outcome, counts: Mapping[str, Span]) -> tuple[object, ...]:
        return (
            each.ticket, each.others, each.clock, each.cycle,
            self._set_number(int(each.lenses, 16)), each.started_at, each.due_at, each.ended_at,
            each.holds_at, each.apart, int(each.is_paused), each.used_at(counts),
            self.calendars.numbers[each.calendar] if each.calendar else None, each.priority,
            each.flags, each._replace(apart="").verdict_at(self.at).value,
        )  # fmt: skip

    def _ticket(
        self, number: int, each: TicketFacts, counts: Mapping[str, Span]
    ) -> tuple[object, ...]:
        work, wall = each.ownerless_at(counts, self.at)
        kinds = {reopen.partition("@")[0] for reopen in each.reopens.split()}
        return (
            number, each.ticket, each.requester, each.service, each.item, each.site, each.opening,
            each.started_at, each.settled_at, each.first_resolved_at, int(each.is_alone), work,
            wall, each.lost_at(counts), each.first_automatic, each.first_reply, each.joined,
            int(bool(each.thanks)), int(bool(each.owners)), each.bounces,
            int(each.functional > 0), int(each.hierarchical > 0),
            *(int(kind in kinds) for kind in (AGENT, REQUESTER, RULE)),
        )  # fmt: skip

    def outcomes(self, condition: str = "1 = 1") -> Iterator[Outcome]:
        """The outcomes, those that fulfil a condition on the columns of `unit_facts`."""
        sets = [f"{each:x}" for each in self._sets]
        same = _Same()
        query = f"SELECT {', '.join(_UNITS)} FROM unit_facts WHERE {condition}"  # noqa: S608
        for row in self.database.each(query):
            *told, used, calendar, priority, flags, _ = row
            ticket, others, clock, cycle, lenses, started, due, ended, holds, apart, paused = told
            runs = calendar is not None
            yield Outcome(
                ticket=same[ticket],
                others=same[others],
                clock=same[clock],
                cycle=int(cycle),
                lenses=sets[int(lenses)],
                started_at=started,
                due_at=due,
                ended_at=ended,
                holds_at=holds,
                apart=same[apart],
                is_paused=bool(paused),
                used=self.calendars.count(calendar) - used if runs else used,
                calendar=self.calendars.keys[calendar] if runs else "",
                priority=same[priority],
                flags=same[flags],
            )

    def tickets(self, condition: str = "1 = 1") -> Iterator[TicketFacts]:
        """The tickets, those that fulfil a condition on the columns of `ticket_facts`."""
        self.database.make(
            "asked",
            f"SELECT number FROM ticket_facts WHERE {condition}",  # noqa: S608
        )
        hands = self._by_ticket(
            "SELECT h.ticket, h.hands, h.work FROM hands h JOIN asked a ON a.number = h.ticket"
            " ORDER BY h.ticket, h.work DESC, h.first_at"
        )
        teams = self._by_ticket(
            "SELECT t.ticket, t.team, t.came_back_from FROM teams t"
            " JOIN asked a ON a.number = t.ticket ORDER BY t.ticket, t.turn"
        )
        reopens = self._by_ticket(
            "SELECT r.ticket, r.reopened_by, r.reopened_at FROM rounds r"
            " JOIN asked a ON a.number = r.ticket"
            " WHERE r.reopened_at IS NOT NULL ORDER BY r.ticket, r.round"
        )
        same = _Same()
        for ticket, *row in self.database.each(_TICKETS):
            told = [same[each] if type(each) is str else each for each in row]
            yield self._facts(
                told, hands.get(ticket, ()), teams.get(ticket, ()), reopens.get(ticket, ())
            )
        for (number,) in self.database.rows("SELECT number FROM asked WHERE number < 0"):
            yield self._referred[-1 - int(number)]

    def _by_ticket(self, query: str) -> dict[int, list[tuple[Any, ...]]]:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for ticket, *rest in self.database.rows(query):
            found.setdefault(ticket, []).append(tuple(rest))
        return found

    def _facts(
        self,
        told: Sequence[Any],
        hands: Sequence[tuple[Any, ...]],
        teams: Sequence[tuple[Any, ...]],
        reopens: Sequence[tuple[Any, ...]],
    ) -> TicketFacts:
        (
            stream, requester, channel, kind, priority, service, item, site, opening,
            started_at, settled_at, first_resolved_at, is_alone, work, wall, calendar,
            lost, lost_calendar, functional, hierarchical, first_automatic, first_reply, joined,
        ) = told  # fmt: skip
        calendars = self.calendars
        if is_alone:
            work = (calendars.count(calendar) if calendar is not None else 0) - work
            wall = self.at - wall
        if lost_calendar is not None:
            lost = calendars.count(lost_calendar) - lost
        return TicketFacts(
            ticket=stream,
            requester=requester,
            channel=channel,
            kind=kind,
            priority=priority,
            service=service,
            item=item,
            site=site,
            opening=opening,
            started_at=started_at,
            settled_at=settled_at,
            first_resolved_at=first_resolved_at,
            is_alone=bool(is_alone),
            ownerless=work,
            ownerless_wall=wall,
            lost=lost,
            calendar="" if calendar is None else calendars.keys[calendar],
            lost_calendar="" if lost_calendar is None else calendars.keys[lost_calendar],
            owners=" ".join(team for team, _ in teams),
            bounces=" ".join(f"{giver}>{team}" for team, giver in teams if giver is not None),
            functional=functional,
            hierarchical=hierarchical,
            reopens=" ".join(f"{by}@{reopened_at}" for by, reopened_at in reopens),
            thanks="",
            joined=joined,
            first_automatic=first_automatic,
            first_reply=first_reply,
            hands=" ".join(f"{HANDS[hand]}={span}" for hand, span in hands),
        )

    # what the reference reads

    def refer(self) -> tuple[list[TicketFacts], list[Outcome], dict[str, int]]:
        """Let the reference read the rest: tickets, outcomes, and how many for which reason.

        Cases of several tickets were read when they were found.
        """
        together = {each for group in self.groups for each in group}
        query = "SELECT ticket, route FROM unread ORDER BY ticket"
        reasons = {
            int(ticket): str(route)
            for ticket, route in self.database.rows(query)
            if ticket not in together
        }
        shares = Counter(reasons.values())
        if cases := len(together) + len(self.joins):
            shares["make a case together"] = cases
        rest: list[Group] = [(ticket,) for ticket in reasons]

        def read_alone(histories: Told) -> Read:
            return self._read_all([histories])

        for read in self._by_reference(rest, read_alone, "unread"):
            self._take(read)
        return *self._referred_to, dict(shares)

    def _take(self, read: Read) -> None:
        tickets, outcomes = self._referred_to
        tickets += read[0]
        outcomes += read[1]

    def _read_all(self, groups: Iterable[Told]) -> Read:
        """What the reference reads of groups of tickets."""
        tickets: list[TicketFacts] = []
        outcomes: list[Outcome] = []
        for group in groups:
            mine = dict(group.values())
            some, more = read_facts(mine, self.agreements, self.scheme, self.at)
            tickets += some
            outcomes += more
        return tickets, outcomes

    def _by_reference(
        self, groups: Sequence[Group], work: Callable[[Told], T], named_in: str
    ) -> Iterator[T]:
        """What work gives for each group of tickets, done by several processes.

        named_in is a table that has the stream of each ticket.
        """
        if not groups:
            return
        self._hand_over((each for group in groups for each in group), named_in)
        for batch in _batches(groups):
            rows = self._handed_rows(each for group in batch for each in group)

            def some(
                first: int, last: int, batch: list[Group] = batch, rows: Handed = rows
            ) -> list[T]:
                return [work(_told(group, rows)) for group in batch[first:last]]

            for share in in_shares(some, len(batch), least=FEWEST):
                yield from share

    def _hand_over(self, tickets: Iterable[int], named_in: str) -> None:
        """Put the events of tickets into a table of their own: the whole is read but once."""
        self._keep("handed", {"ticket": "int64"}, [(each,) for each in tickets])
        columns = ", ".join(f"e.{name}" for name in COLUMNS)
        self.database.make(
            "handed_events",
            f"SELECT s.stream AS whose, {columns} FROM events e"  # noqa: S608
            f" JOIN handed h ON h.ticket = e.ticket JOIN {named_in} s ON s.ticket = e.ticket",
        )

    def _handed_rows(self, tickets: Iterable[int]) -> Handed:
        """The rows of tickets that were handed over, by ticket."""
        self._keep("handed", {"ticket": "int64"}, [(each,) for each in tickets])
        columns = ", ".join(f"e.{name}" for name in ("whose", *COLUMNS))
        query = (
            f"SELECT {columns} FROM handed_events e"  # noqa: S608
            " JOIN handed h ON h.ticket = e.ticket ORDER BY e.ticket, e.place"
        )
        found: Handed = {}
        for row in self.database.rows(query):
            found.setdefault(row[1], []).append(row)
        return found


def _told(group: Group, rows: Handed) -> Told:
    """The events of the tickets of a group, each with its stream."""
    found: Told = {}
    for ticket in group:
        stream = rows[ticket][0][0]
        told = (dict(zip(COLUMNS, row[1:], strict=True)) for row in rows[ticket])
        found[ticket] = stream, [event_of(each, stream) for each in told]
    return found


def _among(histories: Told, group: Group) -> Told:
    return {each: histories[each] for each in group}


def _batches(groups: Iterable[Group]) -> Iterator[list[Group]]:
    batch: list[Group] = []
    taken = 0
    for group in groups:
        batch.append(group)
        taken += len(group)
        if taken >= HANDED:
            yield batch
            batch, taken = [], 0
    if batch:
        yield batch


def facts_of(
    source: Path | Iterable[Sequence[Event | Draft]],
    agreements: Agreements,
    scheme: Scheme,
    at: Instant,
    *,
    database: Database | None = None,
    memory: str = "",
    spill: Path | None = None,
) -> EngineFacts:
    """The facts of an exchange folder, or of the events of tickets, read at an instant.

    They are those of `core.metrics.facts.facts_of`, in another order. Without a database of the
    caller's, DuckDB may take that much memory, such as `2GB`, and writes what does not fit into the
    folder `spill`; empty leaves both to DuckDB.
    """
    database = database or DuckDatabase(memory=memory, spill=spill)
    if not isinstance(source, Path):
        with TemporaryDirectory(prefix="exchange") as folder:
            write(source, Path(folder))
            return facts_of(Path(folder), agreements, scheme, at, database=database)
    engine = Engine(source, agreements, scheme, at, database)
    engine.run()
    return EngineFacts.of(engine)


_CHARTERS = {
    "charter": "string",
    "default_priority": "string",
    "hold_span": "int64",
    "is_ruled": "bool",
    "is_versioned": "bool",
    "promises_restore": "bool",
}
_TERMS = {
    **{"number": "int64", "charter": "string", "service": "string", "kind": "string"},
    **{"priority": "string", "is_sound": "bool", "all_sound": "bool"},
    **{f"{clock.value}_{what}": "int64" for clock in CLOCKS for what in ("span", "calendar")},
}
_WHEN = dict.fromkeys(("waits", "varies", "joins"), "int64")
_FAMILY = {"family": "int64", "class": "int64"}
_HOW = {"variant": "int64", "uses": "string"}
_RESPONSE_RULES = {"pattern": "int64", **_WHEN, **_FAMILY, "ends": "int64", **_HOW}
_RESOLUTION_RULES = {
    **{"is_resolved": "int64", **_WHEN, "clock": "string", **_FAMILY, "is_held": "int64"},
    **_HOW,
}
_CYCLE_RULES = {"mode": "int64", **_WHEN, "clock": "string", **_FAMILY, **_HOW}
_REPLY_RULES = {**_WHEN, **_FAMILY, **_HOW}
_WALKED = dict.fromkeys(
    ("number", "due_at", "used", "is_paused", "calendar", "has_target", "flags"), "int64"
)
_VARIANTS = {"variant": "int64", "reason": "string", "needs": "string"}
_MODES = {"mode": "int64", "ends": "string", "reopen": "string"}
_MEMBERS = {"ticket": "int64", "joined": "string", "lost": "int64", "calendar": "int64"}
_UNITS = {
    **{"ticket": "string", "others": "string", "clock": "string", "cycle": "int64"},
    **dict.fromkeys(("lenses", "started_at", "due_at", "ended_at", "holds_at"), "int64"),
    **{"apart": "string", "is_paused": "int64", "used": "int64", "calendar": "int64"},
    **{"priority": "string", "flags": "string", "verdict": "string"},
}
_REFERRED = {
    "number": "int64",
    **dict.fromkeys(("ticket", "requester", "service", "item", "site", "opening"), "string"),
    **dict.fromkeys(("started_at", "settled_at", "first_resolved_at", "is_alone"), "int64"),
    **dict.fromkeys(("ownerless", "ownerless_wall", "lost", "first_automatic"), "int64"),
    **{"first_reply": "string", "joined": "string", "is_thanks": "int64", "is_owned": "int64"},
    **{"bounces": "string", "functional": "int64", "hierarchical": "int64"},
    **dict.fromkeys(("by_agent", "by_requester", "by_rule"), "int64"),
}
_TICKETS = """
SELECT
    ticket, stream, requester, channel, kind, priority, service, item, site, opening, started_at,
    settled_at, first_resolved_at, is_alone, ownerless, ownerless_wall, calendar, lost,
    lost_calendar, functional, hierarchical, first_automatic, first_reply, joined
FROM tickets
JOIN asked ON asked.number = tickets.ticket
"""
HANDS = ("nobody", "L1", "L2", "L3", "referent", "vendor", "requester")
