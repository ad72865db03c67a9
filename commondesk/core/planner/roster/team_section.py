"""The section `team` of a case, as a person writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ...texts import gettext
from ..case.fields import Complaints, Part, shown
from .columns import Region
from .named import LIMIT_S, MOST_PEOPLE, Person, ShiftKind, Wish, successions
from .rules import LabourRules
from .section import days_in, rules_in, starts_in, week_in, zone_in
from .team import DAYS, Seats, TeamQuestion

MOST_WEEKS = 13
MOST_SHIFTS = 4
USUAL_WISH = 1.0


def read(part: Part, complaints: Complaints) -> TeamQuestion | None:
    """The question, or None where it lacks what an answer needs."""
    before = len(complaints.found)
    rules = rules_in(part)
    week = week_in(part)
    weeks = part.whole("weeks", least=1, most=MOST_WEEKS, default=2)
    hours = part.number("hours_a_week", least=1, most=80, unit="h", default=40.0)
    shifts = successions(tuple(_shifts(part)), rules)
    names = [each.name for each in shifts]
    needed = tuple(_needed(part, names))
    people = tuple(_people(part, names, rules, hours, week, weeks))
    question = TeamQuestion(
        week=week,
        weeks=weeks,
        region=Region(part.text("place", longest=60), zone_in(part)),
        role=part.text("role", longest=60, default="L1"),
        shifts=shifts,
        needed=needed,
        people=people,
        wishes=tuple(_wishes(part, names, [each.name for each in people], week, weeks)),
        rules=rules,
        hours_a_week=hours,
        fair=part.number("fair", most=1_000, default=_usual_fairness(needed, people)),
        limit_s=part.number("seconds", least=1, most=600, unit="s", default=LIMIT_S),
    )
    part.end()
    return question if len(complaints.found) == before else None


def _usual_fairness(needed: Sequence[Seats], people: Sequence[Person]) -> float:
    """Weekends are shared where anybody works on them."""
    has_weekends = any(day >= 5 for each in needed for day in each.days)
    return 1.0 if has_weekends and len(people) > 1 else 0.0


def _shifts(part: Part) -> Iterator[ShiftKind]:
    names: list[str] = []
    for row in part.rows("shifts", needed=True):
        name = row.text("name", needed=True, longest=60)
        starts = tuple(starts_in(row)) or (0.0,)
        if not row.has("starts"):
            row.wrong("starts", gettext("is missing; give it a value"))
        yield ShiftKind(
            name, row.hours("hours", least=0.25, most=24, needed=True) or 8.0, starts[0]
        )
        row.end()
        if name in names:
            row.wrong("name", gettext("is the name of two shifts; tell them apart"))
        names.append(name)
    if len(names) > MOST_SHIFTS:
        part.wrong(
            "shifts",
            gettext("are %(count)s kinds; at most %(most)s are planned by name")
            % {"count": len(names), "most": MOST_SHIFTS},
        )


def _needed(part: Part, shifts: Sequence[str]) -> Iterator[Seats]:
    for row in part.rows("needed", needed=True):
        yield Seats(
            row.choice("shift", shifts, needed=True),
            row.whole("people", least=1, most=MOST_PEOPLE, default=1),
            days_in(row, "days"),
        )
        row.end()


def _people(
    part: Part,
    shifts: Sequence[str],
    rules: LabourRules,
    hours: float,
    week: date,
    weeks: int,
) -> Iterator[Person]:
    count, names = 0, set[str]()
    for row in part.rows("people"):
        count += 1
        name = row.text("name", needed=True, longest=60)
        if name in names:
            row.wrong("name", gettext("is the name of two people; tell them apart"))
        names.add(name)
        own = row.number("hours_a_week", least=0, most=80, unit="h", default=hours)
        works = row.texts("shifts")
        for shift in works:
            if shift not in shifts:
                row.wrong(
                    "shifts",
                    gettext("%(name)s is no shift given here") % {"name": shown(shift)},
                )
        most_week_h = min(own, rules.most_week_h) if rules.most_week_h is not None else own
        yield Person(
            name,
            most_week_h=most_week_h,
            most_in_row=row.whole(
                "days_in_a_row", least=1, most=DAYS * MOST_WEEKS,
                default=rules.most_days_in_row or DAYS,
            ),
            most_weekends=row.whole("most_weekends", most=MOST_WEEKS),
            most_shifts=dict.fromkeys(set(shifts) - set(works), 0) if works else {},
            days_off=frozenset(_dates(row, "days_off", week, weeks)),
        )  # fmt: skip
        row.end()
    if count > MOST_PEOPLE:
        part.wrong(
            "people",
            gettext("are %(count)s; at most %(most)s get a roster by name. Split them into teams.")
            % {"count": count, "most": MOST_PEOPLE},
        )


def _wishes(
    part: Part, shifts: Sequence[str], people: Sequence[str], week: date, weeks: int
) -> Iterator[Wish]:
    for row in part.rows("wishes"):
        person = row.choice("person", people, needed=True)
        shift = row.choice("shift", shifts, needed=True)
        days = list(_dates(row, "day", week, weeks))
        if not row.has("day"):
            row.wrong("day", gettext("is missing; give it a value"))
        weight = row.number("weight", most=1_000, default=USUAL_WISH)
        is_for = row.yes("wants", default=True)
        row.end()
        for day in days:
            yield Wish(person, day, shift, weight, is_for)


def _dates(part: Part, name: str, week: date, weeks: int) -> Iterator[int]:
    """Dates as days of the roster."""
    for text in part.texts(name):
        try:
            day = (date.fromisoformat(text) - week).days
        except ValueError:
            part.wrong(
                name, gettext("%(given)s is no date; write 2026-03-02") % {"given": shown(text)}
            )
            continue
        if 0 <= day < DAYS * weeks:
            yield day
        else:
            part.wrong(
                name,
                gettext("%(given)s is none of the %(days)s days from %(week)s on")
                % {"given": text, "days": DAYS * weeks, "week": week.isoformat()},
            )
