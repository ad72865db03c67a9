"""Differences between the facts that are kept and those that the record tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from commondesk.core.metrics.facts import Facts, TicketFacts, counts_of, read_facts
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.record.instant import Instant
from commondesk.desk.models import TicketRow
from commondesk.ledger import tables
from commondesk.review import alike, refresh
from commondesk.review.models import FactsMade, OutcomeFact, SignFact, TicketFact

_TICKETS, _OUTCOMES = TicketFact._meta.db_table, OutcomeFact._meta.db_table


def of(company: UUID, at: Instant) -> list[str]:
    """Where they differ, by ticket; what waits to be taken in is no difference. Empty is well."""
    numbers = {
        str(uuid): number
        for uuid, number in TicketRow.objects.filter(company=company).values_list("uuid", "number")
    }
    return of_tickets(company, numbers, at)


def of_tickets(company: UUID, numbers: Mapping[str, int], at: Instant) -> list[str]:
    """Where they differ in the threads of these tickets, given with their numbers."""
    made = FactsMade.objects.filter(company=company).first()
    scheme = refresh.scheme_for(company, at)
    if made is None or (made.version, made.scheme) != (refresh.VERSION, refresh.mark_of(scheme)):
        return []
    waiting = set(refresh.waiting(made, at))
    found: list[str] = []
    seen: set[str] = set()
    agreements = refresh.agreements_of(company)
    introduced = refresh.introduced_to(company)
    streams = [each for each in numbers if each not in waiting]
    for start in range(0, len(streams), refresh.TICKETS):
        some = [each for each in streams[start : start + refresh.TICKETS] if each not in seen]
        gathered = refresh.gather(company, some, scheme, at)
        for thread in gathered.threads:
            if seen.issuperset(thread.tickets) or waiting.intersection(thread.tickets):
                continue
            seen.update(thread.tickets)
            mine = {stream: gathered.histories[stream] for stream in thread.tickets}
            tickets, outcomes = read_facts(mine, agreements, scheme, at)
            kept_tickets, kept_outcomes, kept_texts = _kept(company, thread.tickets)
            counts = counts_of(
                [*tickets, *kept_tickets], [*outcomes, *kept_outcomes], agreements, at
            )
            texts = [alike.of_ticket(each, at) for each in tickets]
            texts += alike.of_units(outcomes, scheme, at)
            one = _told(Facts(scheme, at, tickets, outcomes, counts), texts)
            other = _told(Facts(scheme, at, kept_tickets, kept_outcomes, counts), kept_texts)
            one |= _signs(
                (each.ticket, refresh.kept_sign(sign))
                for each in tickets
                for sign in refresh.ticket_signs(
                    mine[each.ticket], agreements, scheme, introduced, at
                )
            )
            other |= _signs(_kept_signs(company, thread.tickets))
            names = ", ".join(str(numbers.get(each, each)) for each in sorted(thread.tickets))
            found += [f"figures of ticket {names}: {text}" for text in sorted(one ^ other)]
    return found


def _told(facts: Facts, texts: Sequence[str]) -> set[str]:
    """What the facts come to, each with the text of the sort it counts as."""
    return {f"{line} {text}" for line, text in zip(_lines(facts), texts, strict=True)}


def _signs(told: Iterable[tuple[str, tuple[object, ...]]]) -> set[str]:
    return {f"sign {ticket} {sign}" for ticket, sign in told}


def _kept_signs(company: UUID, tickets: Sequence[str]) -> Iterator[tuple[str, tuple[object, ...]]]:
    rows = SignFact.objects.filter(company=company, ticket__in=tickets)
    for ticket, *sign in rows.values_list("ticket", "kind", "at", "until_at", "actor"):
        yield ticket, tuple(sign)


def _lines(facts: Facts) -> Iterator[str]:
    """What the facts come to now, whenever they were made."""
    at, counts = facts.at, facts.counts
    for each in facts.tickets:
        alone, lost = each.ownerless_at(counts, at), each.lost_at(counts)
        rest = each._replace(
            ownerless=0, ownerless_wall=0, lost=0, calendar="", lost_calendar="", hands=""
        )
        yield f"{rest} {alone} {lost}".replace("=True", "=1").replace("=False", "=0")
    for unit in facts.outcomes:
        rest_of = unit._replace(used=0, calendar="", is_paused=bool(unit.is_paused))
        yield f"{rest_of} {unit.used_at(counts)} {unit.verdict_at(at)}"


def _kept(
    company: UUID, tickets: Sequence[str]
) -> tuple[list[TicketFacts], list[Outcome], list[str]]:
    """The facts of tickets and their units as they are kept, and the texts of both."""
    marks, owner = tables.marks(len(tickets)), tables.plain(company)
    of_ticket, of_outcome = ", ".join(refresh.OF_TICKET), ", ".join(refresh.OF_OUTCOME)
    where = f"WHERE company = %s AND ticket IN ({marks})"
    told = tables.select(f"SELECT alike, {of_ticket} FROM {_TICKETS} {where}", owner, *tickets)  # noqa: S608
    units = tables.select(f"SELECT alike, {of_outcome} FROM {_OUTCOMES} {where}", owner, *tickets)  # noqa: S608
    return (
        [TicketFacts._make(row[1:]) for row in told],
        [Outcome._make(row[1:]) for row in units],
        [row[0] for row in (*told, *units)],
    )
