"""The roster, told: who works when, what it costs, where the gaps are, and how sure that is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from ...record.codec import Json
from ...texts import gettext, number
from ..document import Block, Chapter, List, Table, amount
from ..roster.columns import WEEK_H, Column
from ..roster.cover import Cover
from ..roster.duties import Duty, of_cover
from ..roster.loop import Held
from ..roster.question import RosterPlan
from ..roster.rotation import full_time_equivalents

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_GAPS = 40


def chapters(found: RosterPlan, held: Held | None = None) -> tuple[Chapter, ...]:
    """The roster, chapter by chapter; held: how the promises came to hold with it."""
    told = (
        (gettext("Until the promises hold"), _rounds(held)),
        (gettext("Who works when"), _answer(found)),
        (gettext("What stays uncovered"), _gaps(found)),
        (gettext("Seats by day, in UTC"), _seats(found.cover)),
        (gettext("What to look out for"), _notes(found)),
    )
    return tuple(Chapter(title, blocks) for title, each in told if (blocks := tuple(each)))


def machine(found: RosterPlan, held: Held | None = None) -> dict[str, Json]:
    """The same for programs; hours and money of one week."""
    cover = found.cover
    kept: dict[str, Json] = {
        "is_kept": held.is_met,
        "rounds": [
            {"people": each.cover.people, "cost_per_week": each.cover.cost, "least": each.least()}
            for each in held.rounds
        ],
    } if held else {}  # fmt: skip
    return kept | {
        "week": found.question.week.isoformat(),
        "people": cover.people,
        "cost_per_week": cover.cost,
        "on_call_hours": found.on_call_h,
        "on_call_cost": found.on_call_cost,
        "uncovered_hours": cover.uncovered_h,
        "uncovered_cost": cover.uncovered_cost,
        "total": cover.total,
        "bound": cover.bound,
        "lp_bound": cover.lp_bound,
        "gap": cover.gap,
        "is_best": cover.is_best,
        "found_by": cover.by,
        "rules": found.question.rules.name,
        "shifts": [
            {
                "people": each.people,
                "region": each.column.region,
                "role": each.column.role,
                "pattern": each.column.pattern,
                "starts": _clock(each.column.starts),
                "first_day": _DAYS[each.column.first_day],
                "cost": each.column.cost,
            }
            for each in cover.worked
        ],
        "gaps": [
            {"role": each.role, "utc": _hour(each.slot, cover.slot_h), "seats": each.seats}
            for each in cover.gaps
        ],
        "notes": list(found.notes),
    }


def duties(found: RosterPlan, weeks: int = 1) -> tuple[Duty, ...]:
    """The shifts of so many weeks, for a calendar or a table."""
    return of_cover(
        found.cover,
        found.question.regions,
        week=found.question.week,
        weeks=weeks,
        hours={pattern.name: pattern.hours for pattern in found.question.patterns},
    )


def _rounds(held: Held | None) -> Iterator[Block]:
    if held is None:
        return
    last = held.rounds[-1].cover.people
    yield (
        gettext("With %(people)s people every promise holds.")
        if held.is_met
        else gettext("Even with %(people)s people not every promise holds; the search ended there.")
    ) % {"people": number(last)}
    head = (gettext("People"), gettext("Cost a week"), gettext("The promise least kept"))
    rows = tuple(
        (
            number(each.cover.people),
            amount(each.cover.cost),
            gettext("they cannot keep up")
            if each.outcome is None
            else f"{number(100 * each.least(), 1)} %",
        )
        for each in held.rounds
    )
    yield Table(head, rows)
    yield gettext(
        "Each round was played through; then seats were added where most tickets wait for each."
        " A promise counts in the hours of the desk, on the clock of the week that is planned."
    )


def _answer(found: RosterPlan) -> Iterator[Block]:
    cover, currency = found.cover, found.question.currency
    needed = sum(sum(seats) for seats in cover.needed.values()) * cover.slot_h
    yield gettext(
        "%(people)s people cover %(hours)s seat hours a week for %(cost)s. If people could be"
        " split, %(fte)s of 40 hours would do; whole shifts and days off take the rest."
    ) % {
        "people": number(cover.people),
        "hours": amount(needed - cover.uncovered_h),
        "cost": f"{amount(cover.cost)} {currency}".strip(),
        "fte": amount(full_time_equivalents(needed)),
    }
    yield cover.statement()
    if found.on_call_h:
        yield gettext("On call for %(hours)s h a week: %(cost)s.") % {
            "hours": amount(found.on_call_h),
            "cost": f"{amount(found.on_call_cost)} {currency}".strip(),
        }
    head = (
        gettext("People"),
        gettext("Region"),
        gettext("Role"),
        gettext("Pattern"),
        gettext("From"),
        gettext("Days"),
        gettext("Each, a week"),
    )
    rows = tuple(
        (
            number(each.people),
            each.column.region,
            each.column.role,
            each.column.pattern,
            _clock(each.column.starts),
            _days(each.column, found),
            amount(each.column.cost),
        )
        for each in sorted(cover.worked, key=lambda worked: _order(worked.column))
    )
    if rows:
        yield Table(head, rows)


def _gaps(found: RosterPlan) -> Iterator[Block]:
    cover = found.cover
    if not cover.gaps:
        return
    yield gettext("%(hours)s seat hours a week stay empty, priced at %(price)s.") % {
        "hours": amount(cover.uncovered_h),
        "price": f"{amount(cover.uncovered_cost)} {found.question.currency}".strip(),
    }
    stretches = _stretches(cover)
    yield List(
        tuple(
            gettext("%(role)s, %(from)s to %(until)s UTC: %(seats)s") % each
            for each in stretches[:_MOST_GAPS]
        )
    )
    if len(stretches) > _MOST_GAPS:
        yield gettext("… and %(count)s more stretches.") % {"count": len(stretches) - _MOST_GAPS}


def _stretches(cover: Cover) -> list[dict[str, str]]:
    """Gaps that follow each other with as many seats, as one."""
    found: list[tuple[str, int, int, float]] = []
    for each in sorted(cover.gaps, key=lambda gap: (gap.role, gap.slot)):
        if found and found[-1][0] == each.role and found[-1][2] == each.slot:
            role, first, _until, seats = found[-1]
            if seats == each.seats:
                found[-1] = (role, first, each.slot + 1, seats)
                continue
        found.append((each.role, each.slot, each.slot + 1, each.seats))
    return [
        {
            "role": role,
            "from": _hour(first, cover.slot_h),
            "until": _hour(until, cover.slot_h),
            "seats": amount(seats),
        }
        for role, first, until, seats in found
    ]


def _seats(cover: Cover) -> Iterator[Block]:
    """The fewest and the most seats of each part of each day, with what is needed."""
    span = round(4 / cover.slot_h)
    for role in cover.needed:
        seats, needed = cover.seats(role), cover.needed[role]
        rows: dict[int, list[str]] = defaultdict(list)
        for at in range(0, len(seats), span):
            there, wanted = seats[at : at + span], needed[at : at + span]
            told = f"{min(there)}" if min(there) == max(there) else f"{min(there)} to {max(there)}"
            rows[at * 7 // len(seats)].append(f"{told} / {amount(max(wanted))}")
        hours = tuple(f"{hour:02d}–{hour + 4:02d}" for hour in range(0, 24, 4))
        yield Table(
            (gettext("%(role)s: there / needed at most") % {"role": role}, *hours),
            tuple((gettext(_DAYS[day]), *cells) for day, cells in sorted(rows.items())),
        )


def _notes(found: RosterPlan) -> Iterator[Block]:
    notes = list(found.notes)
    alone = Counter(
        each.column.region for each in found.cover.worked for _person in range(each.people)
    )
    lonely = sorted(region for region, people in alone.items() if people == 1)
    if lonely:
        notes.append(
            gettext("One person alone in %(regions)s: a leave or a sick day leaves a gap.")
            % {"regions": ", ".join(lonely)}
        )
    notes.append(
        gettext("Leave, sickness and training are not in these people: divide by what is left.")
    )
    yield List(tuple(notes))


def _order(column: Column) -> tuple[str, str, float, int]:
    return column.role, column.region, column.starts, column.first_day


def _days(column: Column, found: RosterPlan) -> str:
    hours = {pattern.name: pattern.hours for pattern in found.question.patterns}
    count = round(len(column.slots) * found.cover.slot_h / hours[column.pattern])
    first, last = column.first_day, (column.first_day + count - 1) % 7
    return f"{gettext(_DAYS[first])}–{gettext(_DAYS[last])}"


def _clock(hour: float) -> str:
    return f"{int(hour):02d}:{round(hour % 1 * 60):02d}"


def _hour(slot: int, slot_h: float) -> str:
    hour = slot * slot_h % WEEK_H
    return f"{_DAYS[int(hour // 24)]} {_clock(hour % 24)}"
