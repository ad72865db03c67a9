"""Signals measured from tickets instead of asked: each as a figure, and what it suggests.

A measure suggests an answer only where a bound is known: from a source (fewer than one incident a
month), from our own definition (three alike tickets recur), or from a choice that is named here.
How much is "high" and from when a team is overloaded no source says: those stay a question, with
the figure beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import TypeVar

from ...metrics.recurring import LEAST, Matter, recurrences
from ...record.codec import Json
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


@dataclass(frozen=True, slots=True)
class Volume:
    """Tickets of the usual time, in days, and in either half of it."""

    tickets: int
    incidents: int
    days: float
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class AfterHours:
    """Of so many tickets, how many came outside the covered hours."""

    outside: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Recurring:
    """Matters that came back, the tickets within them of all with words, and hours lost."""

    matters: int
    within: int
    tickets: int
    lost_h: float


@dataclass(frozen=True, slots=True)
class Resolved:
    """Tickets that somebody resolved, those of whoever resolved most, and how many people did."""

    tickets: int
    most: int
    people: int


@dataclass(frozen=True, slots=True)
class Turns:
    """How often a person turns to another ticket in a day, and the longest stretch without, in
    minutes: medians. minutes None: nobody touched two tickets in a day."""

    times: float
    minutes: float | None
    tickets: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What tickets amount to, before it is put in words; None where they cannot tell."""

    volume: Volume | None = None
    after_hours: AfterHours | None = None
    recurring: Recurring | None = None
    resolved: Resolved | None = None
    turns: Turns | None = None

    def plain(self) -> Json:
        """As data that can be kept."""
        return asdict(self)


def signals(handled: Sequence[Handled], touches: Iterable[Touch] = ()) -> tuple[Signal, ...]:
    """What these tickets say. Too few of them, or too short a time, say less or nothing."""
    return signals_of(measure(handled, touches))


# ---- measuring ----------------------------------------------------------------------------


def measure(handled: Sequence[Handled], touches: Iterable[Touch] = ()) -> Measures:
    """What these tickets amount to."""
    if not handled:
        return Measures()
    usual = _usual(handled)
    days = (usual[-1].opened_at - usual[0].opened_at) / DAY
    is_long = days >= SHORTEST_DAYS
    return Measures(
        _volume(usual, days) if is_long else None,
        _after_hours(usual) if is_long else None,
        _recurring(handled),
        _resolved(handled),
        _turns(tuple(touches)),
    )


def _usual(handled: Sequence[Handled]) -> list[Handled]:
    """The tickets in their order, of many without the few at the ends: an export often has thin
    months before and after."""
    ordered = sorted(handled, key=lambda each: each.opened_at)
    cut = round(len(ordered) * END) if len(ordered) >= MANY else 0
    return ordered[cut : len(ordered) - cut]


def _volume(handled: Sequence[Handled], days: float) -> Volume:
    middle = handled[0].opened_at + round(days / 2) * DAY
    before = sum(each.opened_at < middle for each in handled)
    incidents = sum(each.is_incident for each in handled)
    return Volume(len(handled), incidents, days, before, len(handled) - before)


def _after_hours(handled: Sequence[Handled]) -> AfterHours | None:
    placed = [each.is_after_hours for each in handled if each.is_after_hours is not None]
    return AfterHours(sum(placed), len(placed)) if placed else None


def _recurring(handled: Sequence[Handled]) -> Recurring | None:
    worded = [each for each in handled if each.words]
    if not worded:
        return None
    groups = recurrences(
        Matter(each.ticket, each.words, each.facts, each.opened_at, each.lost) for each in worded
    )
    within = sum(len(each.tickets) for each in groups)
    lost = sum(each.lost for each in groups) / HOUR
    return Recurring(len(groups), within, len(worded), lost)


def _resolved(handled: Sequence[Handled]) -> Resolved | None:
    by = Counter(each.resolved_by for each in handled if each.resolved_by)
    return Resolved(sum(by.values()), max(by.values()), len(by)) if by else None


def _turns(touches: Sequence[Touch]) -> Turns | None:
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
        return None
    return Turns(
        median(switches),
        median(stretches) / MINUTE if stretches else None,
        len({each.ticket for each in touches}),
    )


# ---- kept measures ------------------------------------------------------------------------


_Part = TypeVar("_Part", Volume, AfterHours, Recurring, Resolved, Turns)


def of_plain(data: Json) -> Measures | None:
    """Measures that were kept; None where the data are none."""
    if not isinstance(data, dict):
        return None
    return Measures(
        _part(Volume, data.get("volume")),
        _part(AfterHours, data.get("after_hours")),
        _part(Recurring, data.get("recurring")),
        _part(Resolved, data.get("resolved")),
        _part(Turns, data.get("turns")),
    )


def _part(kind: type[_Part], data: Json) -> _Part | None:
    if not isinstance(data, Mapping):
        return None
    values = {each.name: data.get(each.name) for each in fields(kind)}
    is_sound = all(_is_sound(name, value) for name, value in values.items())
    return kind(**values) if is_sound else None  # type: ignore[arg-type]


def _is_sound(name: str, value: Json) -> bool:
    """Whether a number may be kept under a name: what divides is above 0."""
    if isinstance(value, int | float):
        return isfinite(value) and (value > 0 if name in ("tickets", "days") else value >= 0)
    return name == "minutes" and value is None


# ---- in words -----------------------------------------------------------------------------


def signals_of(measures: Measures) -> tuple[Signal, ...]:
    """The measures in words, each with what it suggests."""
    return tuple(_signals(measures))


def _signals(measures: Measures) -> Iterator[Signal]:
    if measures.volume:
        yield from _volume_told(measures.volume)
    if measures.after_hours:
        yield _after_hours_told(measures.after_hours)
    if measures.recurring:
        yield _recurring_told(measures.recurring)
    if measures.resolved:
        yield _resolved_told(measures.resolved)
    if measures.turns:
        yield _turns_told(measures.turns)


def _volume_told(found: Volume) -> Iterator[Signal]:
    a_month = found.incidents / (found.days / MONTH_DAYS)
    rare = gettext("fewer than one a month") if a_month < RARE_INCIDENTS else ""
    told = gettext("%(count)s incidents a month") % {"count": number(a_month, 1)}
    yield Signal(
        "incidents_per_month",
        f"{told}: {rare}" if rare else told,
        round(a_month, 2),
        found.incidents,
    )
    if found.before:
        change = (found.after - found.before) / found.before
        sign = "+" if change >= 0 else "−"
        yield Signal(
            "volume",
            gettext("%(change)s in the second half of the time against the first")
            % {"change": f"{sign}{number(abs(100 * change))} %"},
            None,
            found.tickets,
        )


def _after_hours_told(found: AfterHours) -> Signal:
    return Signal(
        "coverage",
        gettext("%(share)s of tickets come outside the covered hours")
        % {"share": f"{number(100 * found.outside / found.tickets, 1)} %"},
        None,
        found.tickets,
    )


def _recurring_told(found: Recurring) -> Signal:
    told = ngettext(
        "%(count)s matter came back at least %(least)s times: %(share)s of tickets",
        "%(count)s matters came back at least %(least)s times: %(share)s of tickets",
        found.matters,
    ) % {
        "count": number(found.matters),
        "least": LEAST,
        "share": f"{number(100 * found.within / found.tickets)} %",
    }
    if found.lost_h:
        told += gettext(", %(hours)s working hours lost") % {"hours": number(found.lost_h)}
    return Signal("repeated_incidents", told, bool(found.matters), found.tickets)


def _resolved_told(found: Resolved) -> Signal:
    told = gettext("one person resolved %(share)s of tickets, of %(people)s people in all") % {
        "share": f"{number(100 * found.most / found.tickets)} %",
        "people": number(found.people),
    }
    return Signal("key_person", told, found.most / found.tickets >= ONE_PERSON, found.tickets)


def _turns_told(found: Turns) -> Signal:
    told = gettext("a person turns to another ticket %(count)s times a day (median)") % {
        "count": number(found.times, 1)
    }
    if found.minutes is not None:
        longest = gettext("the longest stretch without one is %(minutes)s minutes") % {
            "minutes": number(found.minutes)
        }
        told = f"{told}; {longest}"
    return Signal("team_overloaded", told, None, found.tickets)


# ---- beside what was answered -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """A signal beside the answer that was given; None: nobody answered, and what the signal
    suggests counts."""

    signal: Signal
    answered: Json

    @property
    def is_taken(self) -> bool:
        """Whether the diagnosis goes by what was measured."""
        return self.answered is None and self.signal.suggests is not None


def filled(
    section: Mapping[str, Json], found: Iterable[Signal]
) -> tuple[dict[str, Json], tuple[Beside, ...]]:
    """The section `diagnosis` of a case, with what was measured where nobody answered; an answer
    that was given stays."""
    told = tuple(Beside(each, section.get(each.name)) for each in found)
    measured = {each.signal.name: each.signal.suggests for each in told if each.is_taken}
    return {**section, **measured}, told
