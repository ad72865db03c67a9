"""The fewest people who can keep seats filled week after week, all working weeks that repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

from ...texts import gettext
from .columns import UnusableRoster
from .named import OFF, ShiftKind
from .rules import LabourRules
from .solver import Programme

LIMIT_S = 20.0
MOST_WEEKS_LISTED = 100_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """The fewest people, and the week that each of them repeats. arithmetic is the hours to cover
    over the hours of one person: what it would take if people could be split. bound is proved."""

    people: int
    weeks: tuple[tuple[str, ...], ...]
    arithmetic: float
    bound: int


def full_time_equivalents(seat_hours: float, week_h: float = 40.0, shrinkage: float = 0.0) -> float:
    """People for so many seat hours a week, if they could be split: 168 / 40 = 4.2 for one seat
    around the clock, divided by what is left after shrinkage."""
    return seat_hours / week_h / (1 - shrinkage)


def smallest_team(
    shifts: Sequence[ShiftKind],
    seats: Mapping[tuple[int, str], int],
    rules: LabourRules,
    *,
    most_shifts: int | None = None,
    is_fixed: bool = False,
    limit_s: float = LIMIT_S,
) -> Rotation:
    """The fewest people for the seats of each (day, shift) of a week that repeats.

    most_shifts limits the shifts of one week beside the hours of the rules; is_fixed lets each
    person work one kind of shift only. Raises UnusableRoster."""
    weeks = _fullest(set(_weeks(shifts, rules, most_shifts, is_fixed)), shifts)
    programme = Programme()
    working: dict[tuple[int, str], list[tuple[int, float]]] = {place: [] for place in seats}
    for week in weeks:
        at = programme.column(1.0)
        for place in enumerate(week):
            if place in working:
                working[place].append((at, 1.0))
    for place, wanted in seats.items():
        if wanted > 0 and not working[place]:
            raise UnusableRoster(
                gettext("No week within the rules fills every seat; loosen a rule or add shifts.")
            )
        programme.row(working[place], wanted, inf)
    solved = programme.solved(limit_s)
    if solved.values is None:
        raise UnusableRoster(
            gettext("No team was found in %(limit)s s; give it more time or fewer shifts.")
            % {"limit": f"{limit_s:g}"}
        )
    taken = tuple(
        week
        for week, people in zip(weeks, solved.values, strict=True)
        for _each in range(round(people))
    )
    hours = {shift.name: shift.hours for shift in shifts}
    to_cover = sum(hours[name] * wanted for (_day, name), wanted in seats.items())
    longest = max(sum(hours[each] for each in week if each != OFF) for week in weeks)
    return Rotation(len(taken), taken, to_cover / longest, ceil(solved.bound - 1e-6))


def is_enough(
    people: int,
    shifts: Sequence[ShiftKind],
    seats: Mapping[tuple[int, str], int],
    rules: LabourRules,
    *,
    most_shifts: int | None = None,
) -> bool:
    """Whether so many people can keep the seats filled."""
    return smallest_team(shifts, seats, rules, most_shifts=most_shifts).people <= people


def _weeks(
    shifts: Sequence[ShiftKind], rules: LabourRules, most_shifts: int | None, is_fixed: bool
) -> Iterator[tuple[str, ...]]:
    """Every week that may be repeated within the rules."""
    kinds = {shift.name: shift for shift in shifts}
    if (len(kinds) + 1) ** 7 > MOST_WEEKS_LISTED:
        raise UnusableRoster(
            gettext("%(count)s kinds of shift are too many; at most 4.") % {"count": len(kinds)}
        )
    most_h = rules.most_week_h if rules.most_week_h is not None else 168.0
    way: list[str] = []

    def walk(day: int) -> Iterator[tuple[str, ...]]:
        if day == 7:
            if any(way) and _rests(way, kinds, rules):
                yield tuple(way)
            return
        for choice in (OFF, *kinds):
            worked = [each for each in (*way, choice) if each != OFF]
            if most_shifts is not None and len(worked) > most_shifts:
                continue
            if sum(kinds[each].hours for each in worked) > most_h + 1e-9:
                continue
            if is_fixed and len(set(worked)) > 1:
                continue
            way.append(choice)
            yield from walk(day + 1)
            way.pop()

    yield from walk(0)


def _fullest(weeks: set[tuple[str, ...]], shifts: Sequence[ShiftKind]) -> list[tuple[str, ...]]:
    """The weeks to which no shift can be added: whoever works the others may as well work these."""

    def can_grow(week: tuple[str, ...]) -> bool:
        return any(
            (*week[:day], shift.name, *week[day + 1 :]) in weeks
            for day, each in enumerate(week)
            if each == OFF
            for shift in shifts
        )

    return sorted(week for week in weeks if not can_grow(week))


def _rests(way: Sequence[str], kinds: Mapping[str, ShiftKind], rules: LabourRules) -> bool:
    """Whether a repeated week leaves the rest that is due between shifts, and once a week."""
    worked = [day for day, each in enumerate(way) if each != OFF]
    longest = 0.0
    for at, day in enumerate(worked):
        following = worked[(at + 1) % len(worked)]
        ahead = (following - day) % 7 or 7
        begun, next_ = kinds[way[day]], kinds[way[following]]
        if ahead == 1 and next_.name in begun.not_before:
            return False
        rest = ahead * 24 + next_.starts - begun.starts - begun.hours
        if rest < (rules.rest_h or 0.0) - 1e-9:
            return False
        longest = max(longest, rest)
    return longest >= (rules.weekly_rest_h or 0.0) - 1e-9
