"""Who works when: a roster with names, for small teams.

Every person gets one shift or none a day, within the limits of that person; shifts that are short
of people, or have too many, and wishes not met have weights, and their sum is made least. Where
few ways to work are left to each person they are all listed and one of them is chosen (quick, and
proved); else each day is decided by itself. Both are solved by HiGHS.

This is the model of the shift scheduling benchmarks of Curtois and Qu (2014); `benchmark` reads
their files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from ...texts import gettext
from .columns import UnusableRoster
from .rules import LabourRules
from .solver import Programme

MOST_PEOPLE = 30
MOST_DAYS = 182
MOST_LISTED = 20_000
"""Ways to work, of all people together, that are listed; more are decided day by day."""
LIMIT_S = 30.0
OFF = ""


@dataclass(frozen=True, slots=True)
class ShiftKind:
    """A shift that can be worked on any day; not_before names those that may not follow it on the
    next day."""

    name: str
    hours: float
    starts: float = 0.0
    not_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One person with limits over the whole roster. In a row, and days off, do not bind at the two
    ends of it, as what lies beyond is not known. A weekend counts if Saturday or Sunday is
    worked."""

    name: str
    most_h: float = inf
    least_h: float = 0.0
    most_in_row: int = 7
    least_in_row: int = 1
    least_days_off: int = 1
    most_weekends: int | None = None
    most_shifts: Mapping[str, int] = field(default_factory=dict)
    days_off: frozenset[int] = frozenset()
    most_week_h: float = inf


@dataclass(frozen=True, slots=True)
class Wish:
    """To work a shift on a day, or not to; weight is what it costs if that is not met."""

    person: str
    day: int
    shift: str
    weight: float
    is_for: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """People needed in a shift of a day; under and over are the weights of one too few or too
    many."""

    day: int
    shift: str
    people: int
    under: float = 100.0
    over: float = 1.0


@dataclass(frozen=True, slots=True)
class RosterTask:
    """What a roster is wanted for; day 0 is a Monday. fair weighs the difference between the
    most and the fewest weekends that anybody works."""

    days: int
    shifts: tuple[ShiftKind, ...]
    people: tuple[Person, ...]
    needs: tuple[Need, ...]
    wishes: tuple[Wish, ...] = ()
    fair: float = 0.0


@dataclass(frozen=True, slots=True)
class NamedRoster:
    """For each person the shift of each day (empty is off). penalty is the sum of all weights not
    met, bound a sum below which nothing can be found."""

    days: int
    shifts: Mapping[str, tuple[str, ...]]
    penalty: float
    bound: float
    short: tuple[tuple[int, str, int], ...]
    """Day, shift, people missing."""
    refused: tuple[Wish, ...]
    by: str

    @property
    def is_best(self) -> bool:
        return self.penalty - self.bound <= 1e-6 * max(1.0, abs(self.penalty))


def successions(shifts: Sequence[ShiftKind], rules: LabourRules) -> tuple[ShiftKind, ...]:
    """The shifts, each with those that would follow it with too little rest."""
    rest = rules.rest_h or 0.0
    return tuple(
        ShiftKind(
            each.name,
            each.hours,
            each.starts,
            tuple(
                after.name
                for after in shifts
                if 24 + after.starts - (each.starts + each.hours) < rest
            ),
        )
        for each in shifts
    )


def assign(task: RosterTask, *, limit_s: float = LIMIT_S) -> NamedRoster:
    """The roster with the least weight not met. Raises UnusableRoster, also where no roster keeps
    within the limits of every person."""
    _check(task)
    listed = _listed(task)
    if listed is not None:
        empty = [person.name for person, ways in zip(task.people, listed, strict=True) if not ways]
        if empty:
            raise UnusableRoster(
                gettext("%(person)s cannot work any roster within the limits; loosen one of them.")
                % {"person": empty[0]}
            )
        found, bound = _chosen(task, listed, limit_s)
        return _told(task, found, bound, gettext("all ways to work listed"))
    found, bound = _day_by_day(task, limit_s)
    return _told(task, found, bound, gettext("each day decided"))


def _check(task: RosterTask) -> None:
    if not task.people or not task.shifts or not 1 <= task.days <= MOST_DAYS:
        raise UnusableRoster(
            gettext("A roster wants people, shifts, and 1 to %(most)s days.") % {"most": MOST_DAYS}
        )
    if len(task.people) > MOST_PEOPLE:
        raise UnusableRoster(
            gettext(
                "%(count)s people are too many for a roster with names; at most %(most)s. Split"
                " them into teams."
            )
            % {"count": len(task.people), "most": MOST_PEOPLE}
        )
    names = {person.name for person in task.people}
    if len(names) < len(task.people):
        raise UnusableRoster(gettext("Two people have one name; tell them apart."))
    shifts = {shift.name for shift in task.shifts}
    places = [(each.shift, each.day) for each in task.wishes]
    places += [(each.shift, each.day) for each in task.needs]
    for shift, day in places:
        if shift not in shifts or not 0 <= day < task.days:
            raise UnusableRoster(
                gettext("Shift %(shift)s on day %(day)s is not part of the roster.")
                % {"shift": shift, "day": day}
            )
    for wish in task.wishes:
        if wish.person not in names:
            raise UnusableRoster(
                gettext("%(person)s has a wish and is not on the roster.") % {"person": wish.person}
            )


# ---- all ways to work ---------------------------------------------------------------------


def _listed(task: RosterTask) -> list[list[tuple[str, ...]]] | None:
    """Every way each person may work; None if they are too many."""
    found: list[list[tuple[str, ...]]] = []
    left = MOST_LISTED
    if task.fair:
        return None
    for person in task.people:
        ways: list[tuple[str, ...]] = []
        for way in _ways(task, person, steps := [0]):
            ways.append(way)
            if len(ways) > left:
                return None
        if steps[0] < 0:
            return None
        left -= len(ways)
        found.append(ways)
    return found


def _ways(task: RosterTask, person: Person, steps: list[int]) -> Iterator[tuple[str, ...]]:
    """Ways to work, day after day, left as soon as a limit is passed. steps[0] turns negative
    where the search was given up."""
    kinds = {shift.name: shift for shift in task.shifts}
    barred = {(shift.name, after) for shift in task.shifts for after in shift.not_before}
    way: list[str] = []
    longest = max(shift.hours for shift in task.shifts)

    def fits(day: int, choice: str, hours: float) -> bool:
        if choice == OFF:
            return not _ends_too_soon(way, True, person.least_in_row)
        if day in person.days_off or (way and (way[-1], choice) in barred):
            return False
        if hours + kinds[choice].hours > person.most_h + 1e-9:
            return False
        if way.count(choice) >= person.most_shifts.get(choice, task.days):
            return False
        if _row(way, True) >= person.most_in_row:
            return False
        week = sum(kinds[each].hours for each in way[day - day % 7 :] if each != OFF)
        if week + kinds[choice].hours > person.most_week_h + 1e-9:
            return False
        if person.most_weekends is not None and day % 7 >= 5:
            weekends = {at // 7 for at, each in enumerate(way) if each != OFF and at % 7 >= 5}
            if len(weekends | {day // 7}) > person.most_weekends:
                return False
        return not _ends_too_soon(way, False, person.least_days_off)

    def walk(day: int, hours: float) -> Iterator[tuple[str, ...]]:
        steps[0] += 1
        if steps[0] > 50 * MOST_LISTED:
            steps[0] = -(10**12)
        if steps[0] < 0 or hours + (task.days - day) * longest < person.least_h - 1e-9:
            return
        if day == task.days:
            yield tuple(way)
            return
        for choice in (OFF, *kinds):
            if fits(day, choice, hours):
                way.append(choice)
                yield from walk(day + 1, hours + (kinds[choice].hours if choice else 0.0))
                way.pop()

    yield from walk(0, 0.0)


def _row(way: Sequence[str], is_work: bool) -> int:
    """How many days at the end are alike: worked, or off."""
    count = 0
    for each in reversed(way):
        if (each != OFF) is not is_work:
            break
        count += 1
    return count


def _ends_too_soon(way: Sequence[str], is_work: bool, least: int) -> bool:
    """Whether a row that ends here is too short; one that began before the roster is not."""
    row = _row(way, is_work)
    return 0 < row < least and row < len(way)


def _chosen(
    task: RosterTask, listed: list[list[tuple[str, ...]]], limit_s: float
) -> tuple[list[tuple[str, ...]], float]:
    """One way for each person, by integer programming."""
    programme = Programme()
    columns: list[list[int]] = []
    working: dict[tuple[int, str], list[tuple[int, float]]] = {
        (need.day, need.shift): [] for need in task.needs
    }
    for person, ways in zip(task.people, listed, strict=True):
        columns.append([])
        for way in ways:
            at = programme.column(_refused_weight(task, person.name, way), 1.0)
            columns[-1].append(at)
            for place in enumerate(way):
                if place in working:
                    working[place].append((at, 1.0))
        programme.row([(at, 1.0) for at in columns[-1]], 1, 1)
    for need in task.needs:
        _fill(programme, need, working[need.day, need.shift])
    solved = programme.solved(limit_s)
    if solved.values is None:
        raise UnusableRoster(_no_time(limit_s))
    values = solved.values
    found = [
        max(zip(ways, mine, strict=True), key=lambda each: float(values[each[1]]))[0]
        for ways, mine in zip(listed, columns, strict=True)
    ]
    return found, solved.bound


def _fill(programme: Programme, need: Need, working: list[tuple[int, float]]) -> None:
    """A row for a need: those who work it, and those short less those too many, make it up."""
    short = programme.column(need.under, is_whole=False)
    over = programme.column(need.over, is_whole=False)
    programme.row([*working, (short, 1.0), (over, -1.0)], need.people, need.people)


def _refused_weight(task: RosterTask, person: str, way: Sequence[str]) -> float:
    return sum(
        wish.weight
        for wish in task.wishes
        if wish.person == person and (way[wish.day] == wish.shift) is not wish.is_for
    )


def _no_time(limit_s: float) -> str:
    return gettext(
        "No roster within every limit was found in %(limit)s s; loosen a limit, shorten the roster,"
        " or give it more time."
    ) % {"limit": f"{limit_s:g}"}


# ---- each day by itself -------------------------------------------------------------------


def _day_by_day(task: RosterTask, limit_s: float) -> tuple[list[tuple[str, ...]], float]:
    """Each person, day and shift decided by itself, by integer programming."""
    decided = _Decided(task)
    solved = decided.programme.solved(limit_s)
    if solved.is_impossible:
        raise UnusableRoster(
            gettext("No roster keeps within the limits of every person; loosen one of them.")
        )
    if solved.values is None:
        raise UnusableRoster(_no_time(limit_s))
    found = []
    for at in range(len(task.people)):
        way = [OFF] * task.days
        for day in range(task.days):
            for shift in task.shifts:
                if solved.values[decided.works[at, day, shift.name]] > 0.5:
                    way[day] = shift.name
        found.append(tuple(way))
    return found, solved.bound + sum(wish.weight for wish in task.wishes if wish.is_for)


class _Decided:
    """The rows and columns of the day by day model."""

    def __init__(self, task: RosterTask) -> None:
        self.programme = Programme()
        self._task = task
        self.works = {
            (at, day, shift.name): self.programme.column(
                self._wish_cost(person.name, day, shift.name),
                0.0 if day in person.days_off else 1.0,
            )
            for at, person in enumerate(task.people)
            for day in range(task.days)
            for shift in task.shifts
        }
        weekends = [self._limit(at, person) for at, person in enumerate(task.people)]
        for need in task.needs:
            here = [(self.works[at, need.day, need.shift], 1.0) for at in range(len(task.people))]
            _fill(self.programme, need, here)
        if task.fair:
            top, least = (
                self.programme.column(task.fair, inf),
                self.programme.column(-task.fair, inf),
            )
            for worked in weekends:
                terms = [(each, 1.0) for each in worked]
                self.programme.row([*terms, (top, -1.0)], -inf, 0)
                self.programme.row([*terms, (least, -1.0)], 0, inf)

    def _wish_cost(self, person: str, day: int, shift: str) -> float:
        """A wish for a shift is won by working it: its weight is taken off, and `_day_by_day`
        adds the sum of all such weights to the bound."""
        return sum(
            -wish.weight if wish.is_for else wish.weight
            for wish in self._task.wishes
            if (wish.person, wish.day, wish.shift) == (person, day, shift)
        )

    def _limit(self, at: int, person: Person) -> list[int]:
        """The limits of one person; the columns that say whether each weekend is worked."""
        task = self._task
        days = range(task.days)
        on = [[(self.works[at, day, shift.name], 1.0) for shift in task.shifts] for day in days]
        hours = [
            [(self.works[at, day, shift.name], shift.hours) for shift in task.shifts]
            for day in days
        ]
        for day in days:
            self.programme.row(on[day], -inf, 1)
        for day in days[:-1]:
            for shift in task.shifts:
                after = [(self.works[at, day + 1, name], 1.0) for name in shift.not_before]
                if after:
                    self.programme.row([(self.works[at, day, shift.name], 1.0), *after], -inf, 1)
        for name, most in person.most_shifts.items():
            self.programme.row([(self.works[at, day, name], 1.0) for day in days], -inf, most)
        self.programme.row(
            [each for day in days for each in hours[day]], person.least_h, person.most_h
        )
        if person.most_week_h < inf:
            for monday in range(0, task.days, 7):
                week = [each for day in days[monday : monday + 7] for each in hours[day]]
                self.programme.row(week, -inf, person.most_week_h)
        row = person.most_in_row
        for day in days[: max(0, task.days - row)]:
            self.programme.row(
                [each for ahead in days[day : day + row + 1] for each in on[ahead]], -inf, row
            )
        for span in range(1, person.least_in_row):
            for day in range(task.days - span - 1):
                inner = [each for ahead in range(day + 1, day + span + 1) for each in on[ahead]]
                ends = [(c, -1.0) for c, _one in (*on[day], *on[day + span + 1])]
                self.programme.row([*inner, *ends], -inf, span - 1)
        for span in range(1, person.least_days_off):
            for day in range(task.days - span - 1):
                inner = [
                    (c, -1.0) for ahead in range(day + 1, day + span + 1) for c, _one in on[ahead]
                ]
                self.programme.row([*on[day], *on[day + span + 1], *inner], -inf, 1)
        return self._weekends(person, on)

    def _weekends(self, person: Person, on: list[list[tuple[int, float]]]) -> list[int]:
        if person.most_weekends is None and not self._task.fair:
            return []
        found = []
        for saturday in range(5, self._task.days, 7):
            worked = self.programme.column(0.0, 1.0)
            for day in (saturday, saturday + 1):
                if day < self._task.days:
                    self.programme.row([*on[day], (worked, -1.0)], -inf, 0)
            both = [each for day in on[saturday : saturday + 2] for each in day]
            self.programme.row([*both, (worked, -1.0)], 0, inf)
            found.append(worked)
        if person.most_weekends is not None:
            self.programme.row([(each, 1.0) for each in found], -inf, person.most_weekends)
        return found


# ---- what came of it ----------------------------------------------------------------------


def _told(task: RosterTask, found: list[tuple[str, ...]], bound: float, by: str) -> NamedRoster:
    ways = {person.name: way for person, way in zip(task.people, found, strict=True)}
    refused = tuple(
        wish
        for wish in task.wishes
        if (ways[wish.person][wish.day] == wish.shift) is not wish.is_for
    )
    penalty = sum(wish.weight for wish in refused)
    short = []
    for need in task.needs:
        there = sum(way[need.day] == need.shift for way in found)
        penalty += need.under * max(0, need.people - there)
        penalty += need.over * max(0, there - need.people)
        if there < need.people:
            short.append((need.day, need.shift, need.people - there))
    if task.fair:
        weekends = [
            len({day // 7 for day, each in enumerate(way) if each != OFF and day % 7 >= 5})
            for way in found
        ]
        penalty += task.fair * (max(weekends) - min(weekends))
    return NamedRoster(task.days, ways, penalty, min(bound, penalty), tuple(short), refused, by)
