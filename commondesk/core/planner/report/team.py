"""A team by name, told: the fewest people who could, who works when, and what stays open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ...record.codec import Json
from ...texts import gettext, ngettext, number
from ..document import Block, Chapter, List, Table, amount
from ..roster.named import OFF
from ..roster.rules import NONE, not_legal_advice
from ..roster.team import DAYS, TeamPlan

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def chapters(found: TeamPlan) -> tuple[Chapter, ...]:
    """The roster, chapter by chapter."""
    told = (
        (gettext("The fewest people"), _fewest(found)),
        (gettext("Who works when"), _weeks(found)),
        (gettext("What stays uncovered"), _short(found)),
        (gettext("Wishes that are not met"), _refused(found)),
        (gettext("What to look out for"), _notes(found)),
    )
    return tuple(Chapter(title, blocks) for title, each in told if (blocks := tuple(each)))


def machine(found: TeamPlan) -> dict[str, Json]:
    """The same for programs."""
    asked, roster = found.question, found.roster
    return {
        "week": asked.week.isoformat(),
        "weeks": asked.weeks,
        "fewest": {
            "people": found.smallest.people,
            "bound": found.smallest.bound,
            "if_split": found.smallest.arithmetic,
            "weeks": [list(week) for week in found.smallest.weeks],
        },
        "people": {who: list(way) for who, way in roster.shifts.items()},
        "short": [
            {"on": _on(found, day), "shift": shift, "people": people}
            for day, shift, people in roster.short
        ],
        "refused": [
            {"person": each.person, "on": _on(found, each.day), "shift": each.shift}
            for each in roster.refused
        ],
        "penalty": roster.penalty,
        "bound": roster.bound,
        "is_best": roster.is_best,
        "rules": asked.rules.name,
    }


def _fewest(found: TeamPlan) -> Iterator[Block]:
    fewest = found.smallest
    said = ngettext(
        "%(people)s person can keep these seats filled week after week; if people could be split,"
        " %(split)s would do.",
        "%(people)s people can keep these seats filled week after week; if people could be split,"
        " %(split)s would do.",
        fewest.people,
    ) % {"people": number(fewest.people), "split": amount(fewest.arithmetic)}
    if fewest.bound < fewest.people:
        said += " " + gettext("That fewer than %(bound)s cannot is proved.") % {
            "bound": number(fewest.bound)
        }
    yield said
    named = len(found.question.people)
    if not named:
        yield gettext("Nobody is named, so the roster below is theirs, week after week the same.")
    elif named < fewest.people:
        yield ngettext(
            "%(count)s is named: too few, so seats stay empty.",
            "%(count)s are named: too few, so seats stay empty.",
            named,
        ) % {"count": number(named)}


def _weeks(found: TeamPlan) -> Iterator[Block]:
    """A table a week; of people who work the same each week, one table."""
    ways = found.roster.shifts
    weeks = found.question.weeks if found.question.people else 1
    for ahead in range(weeks):
        monday = found.question.week + timedelta(days=DAYS * ahead)
        head = (
            gettext("Week of %(day)s") % {"day": monday.isoformat()},
            *(gettext(day) for day in _DAYS),
        )
        rows = tuple(
            (who, *(each or "–" for each in way[DAYS * ahead : DAYS * (ahead + 1)]))
            for who, way in ways.items()
        )
        yield Table(head, rows)


def _short(found: TeamPlan) -> Iterator[Block]:
    if found.roster.short:
        yield List(
            tuple(
                gettext("%(day)s, %(shift)s: %(people)s missing")
                % {"day": _on(found, day), "shift": shift, "people": number(people)}
                for day, shift, people in found.roster.short
            )
        )


def _refused(found: TeamPlan) -> Iterator[Block]:
    if not found.roster.refused:
        return
    told = {
        True: gettext("%(person)s wished to work %(shift)s on %(day)s"),
        False: gettext("%(person)s wished not to work %(shift)s on %(day)s"),
    }
    yield List(
        tuple(
            told[each.is_for]
            % {"person": each.person, "shift": each.shift, "day": _on(found, each.day)}
            for each in found.roster.refused
        )
    )


def _notes(found: TeamPlan) -> Iterator[Block]:
    notes = []
    if not found.roster.is_best:
        notes.append(
            gettext("The search ended before a better roster was ruled out; give it more seconds.")
        )
    hours = {each.name: each.hours for each in found.question.shifts}
    for who, way in found.roster.shifts.items():
        if not any(each != OFF for each in way):
            notes.append(gettext("%(person)s has no shift.") % {"person": who})
    most = max((sum(hours[each] for each in way if each) for way in found.roster.shifts.values()),
               default=0.0)  # fmt: skip
    notes.append(
        gettext("Nobody works more than %(hours)s h a week in the mean.")
        % {"hours": amount(most / found.question.weeks)}
    )
    if found.question.rules is not NONE:
        notes.append(not_legal_advice())
    notes.append(
        gettext("Leave, sickness and training are not in these people: divide by what is left.")
    )
    yield List(tuple(notes))


def _on(found: TeamPlan, day: int) -> str:
    return (found.question.week + timedelta(days=day)).isoformat()
