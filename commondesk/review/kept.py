"""Kept facts: those of a period from the projection, and from the record where that moved on."""

from __future__ import annotations

from uuid import UUID

from commondesk.core.metrics.facts import Facts, TicketFacts, counts_of, read_facts
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.record.instant import Instant
from commondesk.ledger import tables
from commondesk.review import refresh
from commondesk.review.models import Member, OutcomeFact, TicketFact
from commondesk.review.threads import History

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table
_OF_TICKET, _OF_OUTCOME = ", ".join(refresh.OF_TICKET), ", ".join(refresh.OF_OUTCOME)
_SELECT = (
    "SELECT {} FROM {} WHERE company = %s AND settled_at >= %s AND started_at <= %s"
    " AND changed_at <= %s AND stale_at > %s"
)


def facts_of(company: UUID, period: Period, at: Instant) -> Facts:
    """The facts that figures of a period need, read at an instant: its end, or now.

    Tickets to which something happened since are read from the record as it stood then.
    """
    scheme = refresh.scheme_for(company, at)
    agreements = refresh.agreements_of(company)
    told = company, period.start, at, at, at
    tickets = list(
        map(TicketFacts._make, tables.select(_SELECT.format(_OF_TICKET, _TICKETS), *told))
    )
    outcomes = list(
        map(Outcome._make, tables.select(_SELECT.format(_OF_OUTCOME, _OUTCOMES), *told))
    )
    for thread in _moved_on(company, at):
        more, units = read_facts(thread, agreements, scheme, at)
        tickets += more
        outcomes += units
    return Facts(scheme, at, tickets, outcomes, counts_of(tickets, outcomes, agreements, at))


def _moved_on(company: UUID, at: Instant) -> list[dict[str, History]]:
    """The histories, by thread, of those that had begun by then and changed since."""
    rows = tables.select(
        f"SELECT DISTINCT thread FROM {_TICKETS} WHERE company = %s AND started_at <= %s"  # noqa: S608
        " AND (changed_at > %s OR stale_at <= %s)",
        *(company, at, at, at),
    )
    names = [row[0] for row in rows]
    found: dict[str, dict[str, History]] = {name: {} for name in names}
    members: dict[str, str] = {}
    for start in range(0, len(names), refresh.TICKETS):
        some = Member.objects.filter(company=company, thread__in=names[start:][: refresh.TICKETS])
        members.update(some.values_list("ticket", "thread"))
    for stream, history in refresh.histories_of(company, members).items():
        found[members[stream]][stream] = history
    return list(found.values())
