"""Signals measured from tickets instead of asked: each as a figure, and what it suggests.

A measure suggests an answer only where a bound is known: from a source (fewer than one incident a
month), from our own definition (three alike tickets recur), or from a choice that is named here.
How much is "high" and from when a team is overloaded no source says: those stay a question, with
the figure beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ...metrics.recurring import LEAST, Matter, recurrences
from ...record.instant import DAY, HOUR, MINUTE, Instant, Span
from ...texts import gettext, ngettext, number
from .rules import RARE_INCIDENTS

MONTH_DAYS = 365.25 / 12
ONE_PERSON = 0.8
"""Share of the resolves from which continuity rests on one person. Our choice."""
SHORTEST_DAYS = 14
"""Days below which no figure a month is told."""
MANY = 200
END = 0.05
"""Of so many tickets or more, this share at either end is in no figure a month."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody worked on a ticket at an instant: wrote, moved, booked time or resolved."""

    person: str
    ticket: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Handled:
    """A ticket as the signals need it. lost is what it cost those who waited, in working time."""

    ticket: str
    opened_at: Instant
    is_incident: bool = True
    resolved_by: str = ""
    words: str = ""
    facts: tuple[str, ...] = ()
    lost: Span = 0
    is_after_hours: bool | None = None
    """None where nobody said which hours are covered."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One measure: the question it answers, the figure in words, and the answer it suggests; None
    where the figure alone answers nothing."""

    name: str
    words: str
    suggests: bool | float | None
    tickets: int
    """How many tickets it rests on."""


def signals(handled: Sequence[Handled], touches: Iterable[Touch] = ()) -> tuple[Signal, ...]:
    """What these tickets say. Too few of them, or too short a time, say less or nothing."""
    if not handled:
        return ()
    found = [*_recurring(handled), *_one_person(handled), *_fragments(tuple(touches))]
    usual = _usual(handled)
    days = (usual[-1].opened_at - usual[0].opened_at) / DAY
    if days >= SHORTEST_DAYS:
        found = [*_volume(usual, days), *found]
    return tuple(found)


def _usual(handled: Sequence[Handled]) -> list[Handled]:
    """The tickets in their order, of many without the few at the ends: an export often has thin
    months before and after."""
    ordered = sorted(handled, key=lambda each: each.opened_at)
    cut = round(len(ordered) * END) if len(ordered) >= MANY else 0
    return ordered[cut : len(ordered) - cut]


def _volume(handled: Sequence[Handled], days: float) -> Iterator[Signal]:
    months = days / MONTH_DAYS
    incidents = sum(each.is_incident for each in handled)
    a_month = incidents / months
    rare = gettext("fewer than one a month") if a_month < RARE_INCIDENTS else ""
    told = gettext("%(count)s incidents a month") % {"count": number(a_month, 1)}
    yield Signal(
        "incidents_per_month", f"{told}: {rare}" if rare else told, round(a_month, 2), incidents
    )
    middle = handled[0].opened_at + round(days / 2) * DAY
    before = sum(each.opened_at < middle for each in handled)
    after = len(handled) - before
    if before:
        change = (after - before) / before
        sign = "+" if change >= 0 else "−"
        yield Signal(
            "volume",
            gettext("%(change)s in the second half of the time against the first")
            % {"change": f"{sign}{number(abs(100 * change))} %"},
            None,
            len(handled),
        )
    placed = [each.is_after_hours for each in handled if each.is_after_hours is not None]
    if placed:
        yield Signal(
            "coverage",
            gettext("%(share)s of tickets come outside the covered hours")
            % {"share": f"{number(100 * sum(placed) / len(placed), 1)} %"},
            None,
            len(placed),
        )


def _recurring(handled: Sequence[Handled]) -> Iterator[Signal]:
    worded = [each for each in handled if each.words]
    if not worded:
        return
    groups = recurrences(
        Matter(each.ticket, each.words, each.facts, each.opened_at, each.lost) for each in worded
    )
    within = sum(len(each.tickets) for each in groups)
    lost = sum(each.lost for each in groups) / HOUR
    told = ngettext(
        "%(count)s matter came back at least %(least)s times: %(share)s of tickets",
        "%(count)s matters came back at least %(least)s times: %(share)s of tickets",
        len(groups),
    ) % {
        "count": number(len(groups)),
        "least": LEAST,
        "share": f"{number(100 * within / len(worded))} %",
    }
    if lost:
        told += gettext(", %(hours)s working hours lost") % {"hours": number(lost)}
    yield Signal("repeated_incidents", told, bool(groups), len(worded))


def _one_person(handled: Sequence[Handled]) -> Iterator[Signal]:
    resolved = Counter(each.resolved_by for each in handled if each.resolved_by)
    if not resolved:
        return
    total = sum(resolved.values())
    _, most = resolved.most_common(1)[0]
    told = gettext("one person resolved %(share)s of tickets, of %(people)s people in all") % {
        "share": f"{number(100 * most / total)} %",
        "people": number(len(resolved)),
    }
    yield Signal("key_person", told, most / total >= ONE_PERSON, total)


def _fragments(touches: Sequence[Touch]) -> Iterator[Signal]:
    """How often a person turns to another ticket in a day, and the longest stretch between."""
    by_day: dict[tuple[str, int], list[Touch]] = defaultdict(list)
    for each in touches:
        by_day[each.person, each.at // DAY].append(each)
    switches, stretches = [], []
    for day in by_day.values():
        ordered = sorted(day, key=lambda each: each.at)
        pairs = list(pairwise(ordered))
        switches.append(sum(one.ticket != other.ticket for one, other in pairs))
        if pairs:
            stretches.append(max(other.at - one.at for one, other in pairs))
    if not switches:
        return
    told = gettext("a person turns to another ticket %(count)s times a day (median)") % {
        "count": number(median(switches), 1)
    }
    if stretches:
        longest = gettext("the longest stretch without one is %(minutes)s minutes") % {
            "minutes": number(median(stretches) / MINUTE)
        }
        told = f"{told}; {longest}"
    yield Signal("team_overloaded", told, None, len({each.ticket for each in touches}))
