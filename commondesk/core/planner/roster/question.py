"""A roster as a case asks for it: who is needed when, who can be hired where, by which rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from ...texts import gettext
from .columns import (
    WEEK_H,
    Column,
    Pattern,
    Post,
    Region,
    UnusableRoster,
    columns_of,
    offset_h,
)
from .cover import LIMIT_S, Cover, cover
from .rules import NONE, LabourRules, allowed, not_legal_advice

ON_CALL = "on call"
EVERY_DAY = tuple(range(7))
FULL_WEEK_H = 40.0


@dataclass(frozen=True, slots=True)
class Needed:
    """Seats of a role on some days (0 is Monday) from a local hour until another; where several
    hold at once, the most seats count. Until may be over 24: the next day."""

    role: str
    seats: float
    days: tuple[int, ...] = EVERY_DAY
    from_h: float = 0.0
    until_h: float = 24.0
    zone: str | float = 0.0


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody reachable, not at the desk, in the needed hours that no seat covers: price_per_hour
    is paid for each of them, calls_per_week come out in work of hours_per_call at call_price an
    hour."""

    price_per_hour: float
    calls_per_week: float = 0.0
    hours_per_call: float = 1.0
    call_price: float = 0.0

    def cost(self, hours: float) -> float:
        """Of a week with so many hours on call."""
        if hours <= 0:
            return 0.0
        calls = self.calls_per_week * self.hours_per_call * self.call_price
        return hours * self.price_per_hour + calls


@dataclass(frozen=True, slots=True)
class RosterQuestion:
    """What is to be covered. week begins on a Monday; uncovered_price is for a seat and hour left
    empty (None: only where nothing covers it). on_call takes the hours that are needed but not
    seated, as `called` says."""

    week: date
    regions: tuple[Region, ...]
    posts: tuple[Post, ...]
    patterns: tuple[Pattern, ...]
    needed: tuple[Needed, ...]
    rules: LabourRules = NONE
    slot_h: float = 1.0
    uncovered_price: float | None = None
    on_call: OnCall | None = None
    limit_s: float = LIMIT_S
    currency: str = ""


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """The answer: the cover, what stays open and who answers then, and what the rules left out."""

    question: RosterQuestion
    cover: Cover
    on_call_h: float
    on_call_cost: float
    notes: tuple[str, ...]

    @property
    def cost_per_week(self) -> float:
        """People and on-call; the price of gaps is no bill, and left out."""
        return self.cover.cost + self.on_call_cost


def planned(question: RosterQuestion) -> RosterPlan:
    """The cheapest cover of what is needed. Raises UnusableRoster."""
    if question.week.weekday():
        raise UnusableRoster(
            gettext("The week of a roster begins on a Monday; %(given)s is none. %(monday)s is.")
            % {
                "given": question.week.isoformat(),
                "monday": question.week - timedelta(days=question.week.weekday()),
            }
        )
    patterns, left_out = allowed(question.patterns, question.rules)
    columns = columns_of(
        question.regions, question.posts, patterns, week=question.week, slot_h=question.slot_h
    )
    caps = {
        region.name: region.hire_cap for region in question.regions if region.hire_cap is not None
    }
    found = cover(
        columns,
        seats_needed(question),
        slot_h=question.slot_h,
        uncovered_price=question.uncovered_price,
        caps=caps,
        limit_s=question.limit_s,
    )
    called = _unseated_h(question) if question.on_call else 0.0
    notes = list(left_out)
    if question.rules is not NONE:
        notes.append(not_legal_advice())
    if clock := _clock_change(question):
        notes.append(clock)
    cost = question.on_call.cost(called) if question.on_call else 0.0
    return RosterPlan(question, found, called, cost, tuple(notes))


def seats_needed(question: RosterQuestion) -> dict[str, tuple[float, ...]]:
    """The seats of each role in each slot of the UTC week."""
    count = round(WEEK_H / question.slot_h)
    found: dict[str, list[float]] = {}
    for each in question.needed:
        seats = found.setdefault(each.role, [0.0] * count)
        if each.role == ON_CALL:
            continue
        for slot in _slots(each, question):
            seats[slot] = max(seats[slot], each.seats)
    return {role: tuple(seats) for role, seats in found.items() if role != ON_CALL}


def _slots(needed: Needed, question: RosterQuestion) -> set[int]:
    """The slots of the UTC week that a need touches."""
    count, slot_h = round(WEEK_H / question.slot_h), question.slot_h
    found: set[int] = set()
    for day in needed.days:
        on = question.week + timedelta(days=day)
        ahead = offset_h(needed.zone, on, min(needed.from_h, 23.0))
        begins = (day * 24 + needed.from_h - ahead) / slot_h
        ends = (day * 24 + needed.until_h - ahead) / slot_h
        first, last = int(begins // 1), int(-(-(ends - 1e-9) // 1))
        found.update(slot % count for slot in range(first, max(first, last)))
    return found


def _unseated_h(question: RosterQuestion) -> float:
    """Hours of the week to be reachable in, in which no seat of any role is needed."""
    called: set[int] = set()
    for each in question.needed:
        if each.role == ON_CALL:
            called |= _slots(each, question)
    seated = {
        slot
        for seats in seats_needed(question).values()
        for slot, number in enumerate(seats)
        if number > 0
    }
    return len(called - seated) * question.slot_h


def _clock_change(question: RosterQuestion) -> str:
    """A note where a clock of the regions changes in the week, or differs half a year on."""
    moved = []
    for region in question.regions:
        start = offset_h(region.zone, question.week)
        end = offset_h(region.zone, question.week + timedelta(days=7))
        later = offset_h(region.zone, question.week + timedelta(days=182))
        if start != end:
            return gettext("The clock changes in %(region)s in this week.") % {
                "region": region.name
            }
        if start != later:
            moved.append(region.name)
    if not moved:
        return ""
    return gettext(
        "Planned for the clocks of the week of %(week)s; in the other half of the year the shifts"
        " of %(regions)s lie an hour off in UTC. Plan a week of that half as well."
    ) % {"week": question.week.isoformat(), "regions": ", ".join(moved)}


# ---- templates ----------------------------------------------------------------------------

EIGHT_BY_FIVE = "8x5 with on-call"
FOLLOW_THE_SUN = "24/7 follow-the-sun"

FIVE_BY_EIGHT = Pattern("5x8", 5, 8.0, tuple(float(hour) for hour in range(6, 12)))
OFFICE = Pattern("office", 5, 8.0, (9.0,), (0,))


@dataclass(frozen=True, slots=True)
class Template:
    """Patterns and needs to begin with; whoever writes the case may put others in their place."""

    patterns: tuple[Pattern, ...]
    needed: Callable[[str, str | float], tuple[Needed, ...]] = field(repr=False)
    on_call: OnCall | None = None


def _office_needs(role: str, zone: str | float) -> tuple[Needed, ...]:
    return (
        Needed(role, 1, tuple(range(5)), 9.0, 17.0, zone),
        Needed(ON_CALL, 1, EVERY_DAY, 0.0, 24.0, zone),
    )


def _always_needs(role: str, _zone: str | float) -> tuple[Needed, ...]:
    return (Needed(role, 1),)


TEMPLATES: dict[str, Template] = {
    EIGHT_BY_FIVE: Template((OFFICE,), _office_needs, OnCall(0.0)),
    FOLLOW_THE_SUN: Template((FIVE_BY_EIGHT,), _always_needs),
}


def flat(region: str, role: str, cost_per_week: float) -> Post:
    """A role hired at one price, whatever the hours."""
    return Post(region, role, cost_per_week, FULL_WEEK_H)


def by_people(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The same columns at one apiece: a cover of these needs the fewest people."""
    return tuple(map(partial(replace, cost=1.0), columns))
