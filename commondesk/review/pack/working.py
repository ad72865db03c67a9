"""Working out: the facts of an export's tickets.

`facts_of` is the one place where figures get their facts: from the engine, or, of a few tickets,
from the reference, which gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commondesk.core.metrics import facts as core_facts
from commondesk.core.metrics.facts import TicketFacts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.event import Event
from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.agreement import Agreement
from commondesk.engine.database import DuckDatabase
from commondesk.engine.facts import Engine, EngineFacts, Shares
from commondesk.review.pack.reading import Tickets
from commondesk.review.threads import Thread, thread_of, threads_of, ties_of

MEMORY = "1500MB"
"""So much the database holds before it puts tables into files."""


def facts_of(tickets: Tickets, agreement: Agreement, scheme: Scheme, at: Instant) -> EngineFacts:
    """The facts of all tickets at an instant, every ticket ruled by the one agreement."""
    made = reference_facts if tickets.events is not None else engine_facts
    return made(tickets, agreement, scheme, at)


def engine_facts(
    tickets: Tickets, agreement: Agreement, scheme: Scheme, at: Instant
) -> EngineFacts:
    """The facts by the engine, from the files of the export."""
    from commondesk.engine.facts import facts_of as found_by_engine

    return found_by_engine(
        tickets.exchange, lambda _: agreement, scheme, at, database=_database(tickets)
    )


def _database(tickets: Tickets) -> DuckDatabase:
    """A database for tickets that puts what does not fit into memory beside their files."""
    # Of few tickets one thread is done before others have begun.
    threads = 0 if tickets.events is None else 1
    database = DuckDatabase(memory=MEMORY, threads=threads, spill=tickets.folder / "spilt")
    database.connection.execute("SET enable_progress_bar = false")
    return database


def reference_facts(
    tickets: Tickets, agreement: Agreement, scheme: Scheme, at: Instant
) -> EngineFacts:
    """The facts by the reference, of tickets whose events are in memory."""
    threads = _threads(tickets.histories(), scheme, at)
    told: list[TicketFacts] = []
    outcomes: list[Outcome] = []
    for histories in threads:
        some, units = core_facts.read_facts(histories, lambda _: agreement, scheme, at)
        told += some
        outcomes += units
    database = _database(tickets)
    return EngineFacts.of(_Told(agreement, scheme, at, database, told, outcomes))


class _Told(Engine):
    """Facts that the reference worked out, as the tables of the engine."""

    has_read = False

    def __init__(
        self,
        agreement: Agreement,
        scheme: Scheme,
        at: Instant,
        database: DuckDatabase,
        told: Sequence[TicketFacts],
        outcomes: Sequence[Outcome],
    ) -> None:
        super().__init__(None, lambda _: agreement, scheme, at, database)
        self._told = told
        self._outcomes = outcomes

    def put_together(self) -> tuple[Shares, dict[str, Span]]:
        counts = self.keep_referred(self._told, self._outcomes)
        for name in ("unit", "ticket"):
            self.database.make(f"{name}_facts", f"SELECT * FROM referred_{name}s")  # noqa: S608
        return Shares(0, {"few": len(self._told)}), counts

    def tickets(self, condition: str = "1 = 1") -> Iterator[TicketFacts]:
        query = f"SELECT number FROM ticket_facts WHERE {condition}"  # noqa: S608
        for (number,) in self.database.rows(query):
            yield self._told[-1 - int(number)]


def _threads(
    histories: dict[str, tuple[Event, ...]], scheme: Scheme, at: Instant
) -> list[dict[str, tuple[Event, ...]]]:
    """Tickets that may make one case under some lens stand together."""
    alone: dict[str, Thread] = {}
    ties: dict[str, list[str]] = {}
    for stream, history in histories.items():
        if _may_be_joined(history):
            alone[stream] = thread_of(stream, history, scheme.farthest, at)
        else:
            start = history[0].happened_at
            alone[stream] = Thread([stream], set(), start, start)
        tied = list(ties_of(history))
        if tied:
            ties[stream] = tied
    return [
        {stream: histories[stream] for stream in thread.tickets}
        for thread in threads_of(alone, ties)
    ]


def _may_be_joined(history: Sequence[Event]) -> bool:
    """Only tickets of a service are taken for an earlier one come back."""
    return any(getattr(event.body, "service", "") for event in history)
