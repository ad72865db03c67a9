"""Kept facts: those of a period from the projection, and from the record where that moved on.

Rows are read where somebody wants tickets; what figures count is counted by the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from threading import Lock
from typing import TypeVar, overload
from uuid import UUID

from commondesk.core.metrics.facts import Facts, TicketFacts, calendar_named, read_facts
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.outcome import Outcome, worked
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.event import STREAMS_OF_THE_COMPANY, Event
from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.clock import Agreements
from commondesk.ledger import tables
from commondesk.ledger.models import Entry
from commondesk.review import late, refresh
from commondesk.review.counted import KeptCounts
from commondesk.review.models import NEVER, ClosedPeriod, Member, OutcomeFact, TicketFact

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_OF_TICKET, _OF_OUTCOME = ", ".join(refresh.OF_TICKET), ", ".join(refresh.OF_OUTCOME)
_SELECT = (
    "SELECT {} FROM {} WHERE company = %s AND settled_at >= %s AND started_at <= %s"
    " AND changed_at <= %s AND stale_at > %s"
)
_ENTRY = Entry._meta.db_table
_THREADS = 400
MOST_THEN = 4000
"""Of so many threads it is remembered how they stood at the ends of periods."""

_T = TypeVar("_T")
_Stand = tuple[tuple[str, int], ...]
"""The tickets of a thread, each with how many events it has."""
_Told = tuple[list[TicketFacts], list[Outcome]]
_Key = tuple[UUID, Instant, str, tuple[int, ...], tuple[tuple[str, int], ...]]
_then: OrderedDict[_Key, dict[_Stand, _Told]] = OrderedDict()
_lock = Lock()


class Later(Sequence[_T]):
    """A list that is read when somebody first looks into it."""

    def __init__(self, read: Callable[[], list[_T]]) -> None:
        self._read = read

    @cached_property
    def _rows(self) -> list[_T]:
        return self._read()

    @overload
    def __getitem__(self, place: int) -> _T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[_T]: ...
    def __getitem__(self, place: int | slice) -> _T | Sequence[_T]:
        return self._rows[place]

    def __iter__(self) -> Iterator[_T]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class CalendarCounts(dict[str, Span]):
    """The working time of each named calendar up to an instant, worked out when asked."""

    def __init__(self, agreements: Agreements, at: Instant) -> None:
        super().__init__()
        self._agreements, self._at = agreements, at

    def __missing__(self, name: str) -> Span:
        self[name] = worked(calendar_named(name, self._agreements), self._at)
        return self[name]


def facts_of(
    company: UUID, period: Period, at: Instant, closed: ClosedPeriod | None = None
) -> Facts:
    """The facts that figures of a period need, read at an instant: its end, or now.

    Tickets to which something happened since are read from the record as it stood then. closed:
    what was learnt after that closing is left out.
    """
    scheme = refresh.scheme_for(company, at)
    agreements = refresh.agreements_of(company)
    counts = CalendarCounts(agreements, at)
    told: tuple[object, ...] = (company, period.start, at, at, at)
    select = _SELECT
    names = _moved_on(company, at, with_later=at < period.end)
    late_from: Mapping[str, int] = {}
    if closed is not None and (
        late_from := late.first_places(company, closed.sequence, closed.until_at)
    ):
        told_late = company, company, closed.sequence, closed.until_at
        names = list(dict.fromkeys([*names, *_threads_of_late(told_late)]))
        select, told = f"{_SELECT} AND thread NOT IN ({late.THREADS})", (*told, *told_late)
    now = _read_then(company, names, agreements, scheme, at, counts, late_from)
    was = _as_kept(company, names, scheme, at, counts, with_later=at < period.end)

    def tickets() -> list[TicketFacts]:
        rows = tables.select(select.format(_OF_TICKET, _TICKETS), *told)
        return [*map(TicketFacts._make, rows), *now.tickets]

    def outcomes() -> list[Outcome]:
        rows = tables.select(select.format(_OF_OUTCOME, _OUTCOMES), *told)
        return [*map(Outcome._make, rows), *now.outcomes]

    facts = Facts(scheme, at, Later(tickets), Later(outcomes), counts)
    facts.counted[period] = KeptCounts(facts, period, company, was, now)
    return facts


def _threads_of_late(told: tuple[object, ...]) -> list[str]:
    return list({row[0]: None for row in tables.select(late.THREADS, *told)})


def _moved_on(company: UUID, at: Instant, *, with_later: bool) -> list[str]:
    """The threads that changed since; with_later: also those that had not begun by then."""
    # By the index of what changed, not by that of all that had begun.
    begun = "" if with_later else f" AND +started_at <= {int(at)}"
    rows = tables.select(
        f"SELECT thread FROM {_TICKETS} WHERE company = %s AND changed_at > %s{begun}"  # noqa: S608
        f" UNION SELECT thread FROM {_TICKETS}"
        f" WHERE company = %s AND stale_at < {NEVER} AND stale_at <= %s{begun}",
        *(company, at, company, at),
    )
    return [row[0] for row in rows]


def _read_then(
    company: UUID,
    names: Sequence[str],
    agreements: Agreements,
    scheme: Scheme,
    at: Instant,
    counts: Mapping[str, Span],
    late_from: Mapping[str, int],
) -> Facts:
    """The facts of some threads as the record stood at an instant.

    They stay the same while these tickets, and what was agreed, have no new event. late_from: where
    the events of a ticket begin that are left out.
    """
    if not names:
        return Facts(scheme, at, [], [], counts)
    members: dict[str, list[str]] = {name: [] for name in names}
    for start in range(0, len(names), _THREADS):
        some = Member.objects.filter(company=company, thread__in=names[start:][:_THREADS])
        for ticket, name in some.values_list("ticket", "thread").order_by("ticket"):
            members[name].append(ticket)
    heads = _heads(company, [*STREAMS_OF_THE_COMPANY, *chain.from_iterable(members.values())])
    ruling = tuple(heads.get(each, 0) for each in STREAMS_OF_THE_COMPANY)
    key = company, at, refresh.mark_of(scheme), ruling, tuple(sorted(late_from.items()))
    known = _then.get(key, {})
    stands = {
        name: tuple((each, heads.get(each, 0)) for each in mine) for name, mine in members.items()
    }
    missing = [name for name, stand in stands.items() if stand not in known]
    histories = refresh.histories_of(company, [each for name in missing for each in members[name]])
    for name in missing:
        mine = {
            each: known_then
            for each in members[name]
            if (known_then := _until(histories.get(each, ()), late_from.get(each)))
        }
        known[stands[name]] = read_facts(mine, agreements, scheme, at)
    told = [known[stand] for stand in stands.values()]
    _remember(key, dict(zip(stands.values(), told, strict=True)))
    return Facts(
        *(scheme, at),
        [each for tickets, _ in told for each in tickets],
        [each for _, outcomes in told for each in outcomes],
        counts,
    )


def _until(history: Sequence[Event], place: int | None) -> tuple[Event, ...]:
    return tuple(each for each in history if place is None or each.position < place)


def _heads(company: UUID, streams: Sequence[str]) -> dict[str, int]:
    """How many events some streams have."""
    found: dict[str, int] = {}
    for start in range(0, len(streams), _THREADS):
        some = streams[start : start + _THREADS]
        rows = tables.select(
            f"SELECT stream, MAX(position) FROM {_ENTRY} WHERE company = %s"  # noqa: S608
            f" AND stream IN ({tables.marks(len(some))}) GROUP BY stream",
            *(company, *some),
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def _remember(key: _Key, told: dict[_Stand, _Told]) -> None:
    with _lock:
        _then.pop(key, None)
        _then[key] = told
        while len(_then) > 1 and sum(map(len, _then.values())) > MOST_THEN:
            _then.popitem(last=False)


def _as_kept(
    company: UUID,
    names: Sequence[str],
    scheme: Scheme,
    at: Instant,
    counts: Mapping[str, Span],
    *,
    with_later: bool,
) -> Facts:
    """The facts of some threads as they are kept now, which the database counts all the same."""
    tickets: list[TicketFacts] = []
    outcomes: list[Outcome] = []
    begun = "" if with_later else f" AND +started_at <= {int(at)}"
    for start in range(0, len(names), _THREADS):
        some = names[start : start + _THREADS]
        where = f"WHERE company = %s AND thread IN ({tables.marks(len(some))}){begun}"
        told = tables.select(f"SELECT {_OF_TICKET} FROM {_TICKETS} {where}", company, *some)  # noqa: S608
        tickets += [_as_counted(TicketFacts._make(row), at) for row in told]
        told = tables.select(f"SELECT {_OF_OUTCOME} FROM {_OUTCOMES} {where}", company, *some)  # noqa: S608
        outcomes += map(Outcome._make, told)
    return Facts(scheme, at, tickets, outcomes, counts)


def _as_counted(ticket: TicketFacts, at: Instant) -> TicketFacts:
    """The database counts a ticket as it is now: what was solved later is not open then."""
    is_later = ticket.settled_at is not None and ticket.settled_at > at
    return ticket._replace(settled_at=-1) if is_later else ticket
