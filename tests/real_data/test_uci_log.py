"""The whole UCI incident log through the record: 141,712 updates of 24,918 incidents.

The figures expected here were counted in the file itself, without the reader.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from commondesk.accounts.setup import found_company
from commondesk.cli import import_log
from commondesk.cli.import_ import Outcome
from commondesk.core.record import events as e
from commondesk.core.record.event import Certainty, Event
from commondesk.core.record.instant import parse_instant
from commondesk.core.record.ticket import Status, Ticket, ticket_of
from commondesk.desk import projections
from commondesk.desk.models import TicketRow
from commondesk.ledger import verify

LOG = Path(os.environ["COMMONDESK_REAL_DATA"]) / "uci-incident-log" / "incident_event_log.csv.gz"
NOW = parse_instant("2026-01-05T08:00Z")
UTC = ZoneInfo("UTC")
ROWS, TICKETS = 141_712, 24_918
STATES = {
    "Active": 38_716,
    "New": 36_407,
    "Resolved": 25_751,
    "Closed": 24_985,
    "Awaiting User Info": 14_642,
    "Awaiting Vendor": 707,
    "Awaiting Problem": 461,
    "Awaiting Evidence": 38,
    "-100": 5,
}
EVENTS = {
    "ticket.opened": TICKETS,
    "import.row": ROWS,
    # Into Resolved from another state, into Closed, and back out of either.
    "ticket.resolved": 25_236,
    "ticket.closed": 24_930,
    "ticket.reopened": 332,
    "ticket.released": 2_325,
}
# Callers of first rows, those who opened, updated or owned, and the unknown caller.
PEOPLE = 6_532


@pytest.fixture
def company(db: None, settings: Settings, tmp_path: Path) -> UUID:
    settings.DATA = tmp_path
    company, _ = found_company(
        at=parse_instant("2016-01-04T08:00Z"),
        title="UCI",
        person_title="Anna Miller",
        address="anna@uci.example",
        password="a long enough word",
        zone="UTC",
    )
    return company.uuid


@pytest.mark.timeout(600)
def test_the_whole_log_goes_through_the_record(company: UUID) -> None:
    outcome = imported(company)
    check_outcome(outcome)
    report = verify.verify(company)
    assert report.is_sound, report.faults
    # Beside the import stand the company, its founder and what founding drafts.
    assert report.entries - outcome.events < 10
    assert report.words_checked >= TICKETS + PEOPLE
    check_histories(company)
    check_screens(company)


def imported(company: UUID) -> Outcome:
    with LOG.open("rb") as file:
        return import_log.import_log(company, file, zone=UTC, at=NOW, tell=lambda text: None)


def check_outcome(outcome: Outcome) -> None:
    quality = outcome.quality
    assert (quality.rows, quality.tickets) == (ROWS, TICKETS)
    assert (outcome.tickets, outcome.passed_over, outcome.people) == (TICKETS, 0, PEOPLE)
    counts = {code: finding.count for code, finding in quality.findings.items()}
    assert counts["missing_updates"] == 49_778
    assert counts["tickets_with_gaps"] == 9_259
    assert counts["repeated_updates"] == 5
    assert counts["unknown_states"] == 5
    assert quality.findings["unknown_states"].examples == ["-100"]
    assert counts["unknown_callers"] == 3
    assert not counts.keys() & {"blank_rows", "absent_columns"}


def check_histories(company: UUID) -> None:
    """Every ticket adds up, and the record alone tells what the file had."""
    kinds: Counter[str] = Counter()
    states: Counter[str] = Counter()
    ends: Counter[Status] = Counter()
    rows: set[int] = set()
    reopens = 0
    for history in projections.histories(company):
        ticket = ticket_of(history)
        assert ticket is not None
        check_orderly(history)
        check_last_state(ticket, history)
        kinds.update(event.name for event in history)
        traces = [event.body for event in history if isinstance(event.body, e.RowImported)]
        states.update(trace.state for trace in traces)
        rows.update(trace.row for trace in traces)
        ends[ticket.status] += 1
        reopens += ticket.reopens
    assert rows == set(range(2, ROWS + 2))
    assert states == STATES
    assert ends == {Status.CLOSED: TICKETS}
    assert reopens == EVENTS["ticket.reopened"]
    assert {name: kinds[name] for name in EVENTS} == EVENTS
    assert kinds["wait.begun"] == kinds["wait.ended"]


def check_orderly(history: tuple[Event, ...]) -> None:
    """Positions are in the order of time, traces apart, and no time counts as observed."""
    changes = [event for event in history if not isinstance(event.body, e.RowImported)]
    times = [event.happened_at for event in changes]
    assert times == sorted(times)
    assert all(event.certainty is not Certainty.OBSERVED for event in history)
    assert all(event.learnt_at == NOW for event in history)
    assert sum(trace_changes(history)) == len(changes) - 1


def trace_changes(history: tuple[Event, ...]) -> Iterator[int]:
    return (event.body.changes for event in history if isinstance(event.body, e.RowImported))


def check_last_state(ticket: Ticket, history: tuple[Event, ...]) -> None:
    *_, last = (event.body.state for event in history if isinstance(event.body, e.RowImported))
    assert (ticket.status is Status.CLOSED) == (last == "Closed")


def check_screens(company: UUID) -> None:
    assert projections.rebuild(company) == TICKETS
    found = TicketRow.objects.filter(company=company)
    assert found.filter(status="closed", waits_on="").count() == TICKETS
    ticket = found.get(subject="INC0000045 (imported, no subject)")
    assert ticket.requester_title == "Caller 2403"
    assert ticket.opened_at == parse_instant("2016-02-29T01:16Z")
    # When a row first said so; the column resolved_at says 11:29, but on the opening row already.
    assert ticket.resolved_at == parse_instant("2016-02-29T08:53Z")
    assert ticket.closed_at == parse_instant("2016-03-05T12:00Z")
    assert (ticket.priority, ticket.team) == ("P3", "Group 56")
