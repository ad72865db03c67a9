"""Signs in any export that a figure does not mean what it seems to: read off the events.

A reader need do nothing for them: `known.py` shows each ticket to `Signs`. Only the other desk's
own verdict (`Verdicts`) is not among the events; a reader that finds one hands it over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from commondesk.core.record import events as e
from commondesk.core.record.event import Side
from commondesk.core.record.instant import HOUR, Instant, datetime_of
from commondesk.core.texts import gettext_noop
from commondesk.readers import wordings
from commondesk.readers.export import NAMED, ExportedTicket, Quality, Sort, Support

FEW = 50
"""Below so many tickets a pattern says nothing."""
SHARE_OF_SPIKE = 0.25
"""From this share of the closings on, a common distance from the solution is a rule's doing."""
REACH_OF_SPIKE = 0.02
"""How far from it, as a share of it, a span may be and still be the same."""
SHARE_IN_WINDOW = 0.95
THIN = 0.1
"""A month with less than this share of a usual one is thin."""
WORK_AFTER = HOUR

_TECHNICAL = frozenset(side for side in Side if side.is_technical)
_MACHINE = re.compile(
    r"\b(system|administrator|automation|automatic|automated|integration|api|bot|robot|batch|job|"
    r"workflow|scheduler|monitoring|daemon|service[ ._-]?account|svc|no[ ._-]?reply|webhook|"
    r"orchestrat\w*|event ?management|guest|siebel|root@localhost)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def looks_like_machine(name: str) -> bool:
    """Whether a name is that of a program rather than of a person."""
    return _MACHINE.search(name.replace("_", " ")) is not None


@dataclass(slots=True)
class Signs:
    """What the tickets show together, gathered one ticket at a time."""

    tickets: int = 0
    open: int = 0
    after_close: int = 0
    spans: Counter[int] = field(default_factory=Counter)
    """Whole hours from the solution to the closing."""
    months: Counter[tuple[int, int]] = field(default_factory=Counter)
    machine_owners: Counter[str] = field(default_factory=Counter)
    worked_after: list[str] = field(default_factory=list)

    def hear(self, ticket: ExportedTicket) -> None:
        """Take a ticket into account."""
        self.tickets += 1
        opened_at = ticket.drafts[0].happened_at
        moment = datetime_of(opened_at)
        self.months[moment.year, moment.month] += 1
        resolved_at: Instant | None = None
        closed_at: Instant | None = None
        is_worked_after = False
        for draft in ticket.drafts:
            body = draft.body
            if isinstance(body, e.RowImported) and body.changes:
                continue  # what it means comes next: a reopening is no work on a closed ticket
            if isinstance(body, e.TicketResolved):
                resolved_at = draft.happened_at
            elif isinstance(body, e.TicketClosed):
                closed_at = draft.happened_at
                if resolved_at is not None and closed_at > resolved_at:
                    self.spans[(closed_at - resolved_at + HOUR // 2) // HOUR] += 1
            elif isinstance(body, e.TicketReopened):
                resolved_at = closed_at = None
            elif closed_at is not None and draft.happened_at > closed_at + WORK_AFTER:
                is_worked_after = True
        if is_worked_after:
            self.after_close += 1
            if len(self.worked_after) < NAMED:
                self.worked_after.append(ticket.number)
        self.open += resolved_at is None and closed_at is None
        self._hear_owners(ticket)

    def _hear_owners(self, ticket: ExportedTicket) -> None:
        for name, side in ticket.people.items():
            if side in _TECHNICAL and looks_like_machine(name):
                self.machine_owners[name] += 1

    def add(self, later: Signs) -> None:
        """Take in what was gathered from tickets further on in the file."""
        self.tickets += later.tickets
        self.open += later.open
        self.after_close += later.after_close
        self.spans += later.spans
        self.months += later.months
        self.machine_owners += later.machine_owners
        self.worked_after = (self.worked_after + later.worked_after)[:NAMED]

    def tell(self, quality: Quality) -> None:
        """Put what they show into the quality of the file."""
        self._tell_closing(quality)
        self._tell_window(quality)
        self._tell_selection(quality)
        if self.after_close:
            text = gettext_noop("tickets with work more than an hour after they were closed")
            quality.note("work_after_close", Sort.DOUBTFUL, text, count=self.after_close)
            quality.findings["work_after_close"].examples += self.worked_after
        for name, count in self.machine_owners.most_common():
            text = gettext_noop(
                "tickets of people whose names are those of programs, counted as people"
            )
            quality.note("machine_people", Sort.DOUBTFUL, text, example=name, count=count)

    def _tell_closing(self, quality: Quality) -> None:
        found = automatic_closing(self.spans)
        if found is None:
            return
        hours, count = found
        total = sum(self.spans.values())
        text = wordings.CLOSED_BY_RULE % {"hours": hours, "all": f"{total:,}"}
        quality.note("automatic_closing", Sort.DOUBTFUL, text, count=count)

    def _tell_window(self, quality: Quality) -> None:
        window = window_of(self.months)
        if window is None:
            return
        (first, last), share = window
        ends = {"first": f"{first[0]}-{first[1]:02}", "last": f"{last[0]}-{last[1]:02}"}
        text = wordings.WINDOW % {"share": f"{share:.0%}", **ends}
        outside = sum(count for month, count in self.months.items() if not first <= month <= last)
        quality.note("window", Sort.DOUBTFUL, text, count=outside)
        reason = gettext_noop("outside the window of the extraction most tickets are missing")
        quality.carry("flow", Support.PROXY, reason)

    def _tell_selection(self, quality: Quality) -> None:
        if self.tickets >= FEW and not self.open:
            text = gettext_noop(
                "no ticket is open: the export was selected by its end, and open ones are missing"
            )
            quality.note("no_open", Sort.ABSENT, text, count=0)
            reason = gettext_noop("no ticket of the export is open")
            quality.carry("backlog", Support.NONE, reason)


def automatic_closing(spans: Counter[int]) -> tuple[int, int] | None:
    """The hours after which a rule closes, and how many tickets; None if no rule shows.

    A rule that runs from time to time, or at night, closes within some hours of its span.
    """
    total = sum(spans.values())
    late = {hours: count for hours, count in spans.items() if hours >= 20}
    if total < FEW or not late:
        return None
    best, most = range(0), 0
    for hours in sorted(late, key=lambda each: -late[each])[:50]:
        reach = max(1, round(hours * REACH_OF_SPIKE))
        around = range(hours - reach, hours + reach + 1)
        count = sum(late.get(each, 0) for each in around)
        if count > most:
            best, most = around, count
    if most < SHARE_OF_SPIKE * total:
        return None
    return sum(each * late.get(each, 0) for each in best) // most, most


Month = tuple[int, int]


def window_of(months: Counter[Month]) -> tuple[tuple[Month, Month], float] | None:
    """The run of months with almost all tickets, where those beside it are thin; and its share."""
    total = sum(months.values())
    if total < FEW or len(months) < 3:
        return None
    most = max(months.values())
    thick = sorted(month for month, count in months.items() if count >= THIN * most)
    first, last = thick[0], thick[-1]
    inside = sum(count for month, count in months.items() if first <= month <= last)
    beside = [count for month, count in months.items() if not first <= month <= last]
    if len(beside) < 2 or inside < SHARE_IN_WINDOW * total:
        return None
    return (first, last), inside / total


@dataclass(slots=True)
class Verdicts:
    """What another desk itself says of its targets: counted by ticket and by row, never believed.

    The verdict stands on every row of an update log, and on early rows before anything was missed:
    counted by rows it flatters.
    """

    rows: int = 0
    rows_missed: int = 0
    tickets: int = 0
    tickets_missed: int = 0

    def hear(self, met: Sequence[bool]) -> None:
        """Take a ticket into account: the verdict on each of its rows, in their order."""
        if not met:
            return
        self.rows += len(met)
        self.rows_missed += met.count(False)
        self.tickets += 1
        self.tickets_missed += not met[-1]

    def add(self, later: Verdicts) -> None:
        """Take in what was gathered from tickets further on in the file."""
        self.rows += later.rows
        self.rows_missed += later.rows_missed
        self.tickets += later.tickets
        self.tickets_missed += later.tickets_missed

    def tell(self, quality: Quality, *, judges_closing: bool = False) -> None:
        """Put it into the quality of the file."""
        if not self.tickets:
            return
        by_tickets = f"{self.tickets_missed / self.tickets:.1%}"
        by_rows = f"{self.rows_missed / self.rows:.1%}"
        is_same = by_rows == by_tickets
        text = (wordings.CALLED_MISSED if is_same else wordings.CALLED_MISSED_BY_ROWS) % {
            "share": by_tickets,
            "all": f"{self.tickets:,}",
            "rows": by_rows,
            "rule": wordings.JUDGES_CLOSING if judges_closing else wordings.OWN_RULES,
        }
        quality.note("vendor_verdict", Sort.READ, text, count=self.tickets_missed)


def closing_is_judged(spans: Sequence[tuple[bool, int, int]]) -> bool:
    """Whether a flag goes by the closing: from (met, span to the solution, span to the closing).

    True where spans to the closing tell met from missed better than spans to the solution.
    """
    if len(spans) < FEW:
        return False
    return _overlap([(met, closing) for met, _, closing in spans]) < _overlap(
        [(met, solution) for met, solution, _ in spans]
    )


def _overlap(spans: Sequence[tuple[bool, int]]) -> int:
    """How many verdicts the best single limit of the span would get wrong."""
    ordered = sorted(spans, key=lambda each: each[1])
    wrong = sum(met for met, _ in ordered)
    least = wrong
    for met, _ in ordered:
        wrong += -1 if met else 1
        least = min(least, wrong)
    return least
