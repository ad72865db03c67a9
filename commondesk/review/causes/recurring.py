"""What keeps coming back on a live desk: groups of tickets that say the same.

Words are read where they lie, and stay there: what is kept of a group is its tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from commondesk.core.metrics.recurring import Matter, Recurrence, recurrences, words_of
from commondesk.core.record.events import Relation
from commondesk.core.record.instant import DAY, Instant, Span
from commondesk.core.record.ticket import ticket_of
from commondesk.desk.models import TicketRow
from commondesk.ledger import store, tables
from commondesk.review import refresh
from commondesk.review.causes.plain import Plain
from commondesk.review.kept import CalendarCounts
from commondesk.review.models import NEVER, TicketFact

REACH: Span = 365 * DAY
MOST = 20_000
"""So many tickets are compared, the newest: it takes a second or two."""
MOST_GROUPS = 40
MOST_TERMS = 6

_TICKETS = TicketFact._meta.db_table


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets about the same: the first of them names the group, the middle one lends its words.

    lost is covered time until solved for good, of all together, so far.
    """

    number: int
    label: str
    tickets: tuple[str, ...]
    first_at: Instant
    last_at: Instant
    lost: Span
    still_open: int


def made(company: UUID, at: Instant) -> Plain:
    """The groups among the newest tickets of a year, up to the newest of all."""
    matters, is_cut = _matters(company, at)
    found = recurrences(matters)[:MOST_GROUPS]
    labels = {each.ticket: each.words for each in matters}
    return {
        "compared": len(matters),
        "is_cut": is_cut,
        "since": min((each.opened_at for each in matters), default=int(at)),
        "at": int(at),
        "groups": [_plain(each, labels) for each in found],
    }


def _plain(group: Recurrence, words: dict[str, str]) -> Plain:
    middle = next(each for each in group.tickets if words[each] == group.label)
    return {
        "tickets": list(group.tickets),
        "middle": middle,
        "first_at": group.first_at,
        "last_at": group.last_at,
        "lost": group.lost,
        "still_open": group.still_open,
    }


def _matters(company: UUID, at: Instant) -> tuple[list[Matter], bool]:
    counts = CalendarCounts(refresh.agreements_of(company), at)
    rows = tables.select(
        "SELECT ticket, item, started_at, settled_at, lost, lost_calendar"  # noqa: S608
        f" FROM {_TICKETS} WHERE company = %s AND started_at > %s AND started_at <= %s"
        " ORDER BY started_at DESC LIMIT %s",
        *(company, _newest(company, at) - REACH, at, MOST + 1),
    )
    is_cut = len(rows) > MOST
    subjects = subjects_of(company, [row[0] for row in rows[:MOST]])
    return [
        Matter(
            ticket=ticket,
            words=subjects.get(ticket, ""),
            facts=(f"item:{item}",) if item else (),
            opened_at=started_at,
            lost=counts[calendar] - lost if calendar else lost,
            is_open=settled_at == NEVER,
        )
        for ticket, item, started_at, settled_at, lost, calendar in rows[:MOST]
    ], is_cut


def _newest(company: UUID, at: Instant) -> Instant:
    """When the newest ticket was opened: a desk that fell silent is looked at all the same."""
    ((newest,),) = tables.select(
        f"SELECT MAX(started_at) FROM {_TICKETS} WHERE company = %s AND started_at <= %s",  # noqa: S608
        *(company, at),
    )
    return at if newest is None else int(newest)


def subjects_of(company: UUID, tickets: Sequence[str]) -> dict[str, str]:
    """The subjects of tickets."""
    found: dict[str, str] = {}
    for start in range(0, len(tickets), 500):
        some = TicketRow.objects.filter(company=company, uuid__in=tickets[start : start + 500])
        found.update((str(uuid), text) for uuid, text in some.values_list("uuid", "subject"))
    return found


def with_ticket(told: Plain, ticket: str) -> Plain:
    """The same with the one group that has this ticket, or none."""
    return {"groups": [group for group in told["groups"] if ticket in group["tickets"]]}


def groups_of(company: UUID, told: Plain) -> list[Group]:
    """The groups with the words of today: what was erased is gone."""
    firsts = [group["tickets"][0] for group in told["groups"]]
    middles = [group["middle"] for group in told["groups"]]
    rows = TicketRow.objects.filter(company=company, uuid__in=[*firsts, *middles])
    known = {
        str(uuid): (number, subject)
        for uuid, number, subject in rows.values_list("uuid", "number", "subject")
    }
    return [
        Group(
            number=known[group["tickets"][0]][0],
            label=known.get(group["middle"], (0, ""))[1],
            tickets=tuple(group["tickets"]),
            first_at=group["first_at"],
            last_at=group["last_at"],
            lost=group["lost"],
            still_open=group["still_open"],
        )
        for group in told["groups"]
        if group["tickets"][0] in known
    ]


def terms_of(company: UUID, tickets: Sequence[str]) -> list[str]:
    """The words that more than half of some tickets share, in the most of them first."""
    subjects = subjects_of(company, tickets)
    counts = Counter(word for text in subjects.values() for word in words_of(text))
    shared = [word for word, count in counts.items() if 2 * count > len(tickets)]
    return sorted(shared, key=lambda word: (-counts[word], word))[:MOST_TERMS]


def numbers_of(company: UUID, tickets: Sequence[str]) -> dict[UUID, int]:
    """The numbers of tickets that are not part of another one, in the order of their numbers."""
    found: dict[UUID, int] = {}
    for start in range(0, len(tickets), 500):
        rows = TicketRow.objects.filter(company=company, uuid__in=tickets[start : start + 500])
        found.update(rows.values_list("uuid", "number"))
    return dict(sorted(found.items(), key=lambda each: each[1]))


def linked_to(company: UUID, head: str) -> set[str]:
    """The tickets that somebody linked to one."""
    told = ticket_of(store.history(company, head))
    links = told.links if told else frozenset()
    return {other for other, relation in links if relation is Relation.RELATED}


@dataclass(frozen=True, slots=True)
class TicketOfGroup:
    """A ticket of a group. lost is covered time until solved for good, so far.

    is_linked: somebody linked it to the head of the group.
    """

    number: int
    subject: str
    opened_at: Instant
    lost: Span
    is_open: bool
    is_linked: bool


def rows_of(company: UUID, tickets: Sequence[str], at: Instant) -> list[TicketOfGroup]:
    """The tickets of a group, the newest first. The first ticket of a group is its head."""
    counts = CalendarCounts(refresh.agreements_of(company), at)
    linked = linked_to(company, tickets[0])
    found = []
    for start in range(0, len(tickets), 500):
        some = tickets[start : start + 500]
        rows = TicketRow.objects.filter(company=company, uuid__in=some)
        facts = {
            ticket: (settled_at, counts[calendar] - lost if calendar else lost)
            for ticket, settled_at, lost, calendar in TicketFact.objects.filter(
                ticket__in=some
            ).values_list("ticket", "settled_at", "lost", "lost_calendar")
        }
        for uuid, number, subject, opened_at in rows.values_list(
            "uuid", "number", "subject", "opened_at"
        ):
            settled_at, lost = facts.get(str(uuid), (0, 0))
            found.append(
                TicketOfGroup(
                    *(number, subject, opened_at, lost, settled_at == NEVER), str(uuid) in linked
                )
            )
    return sorted(found, key=lambda each: -each.opened_at)
