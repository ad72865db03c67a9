"""Covers, rules, rosters with names, and what is written from them."""

import csv
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise, product
from pathlib import Path

import pytest

from commondesk.core.planner.case.fields import Complaints, Part
from commondesk.core.planner.case_file import read_text
from commondesk.core.planner.report import roster as report
from commondesk.core.planner.roster import benchmark, named
from commondesk.core.planner.roster.columns import (
    Pattern,
    Post,
    Region,
    UnusableRoster,
    columns_of,
    night_h,
    offset_h,
)
from commondesk.core.planner.roster.cover import cover
from commondesk.core.planner.roster.duties import Duty, calendar, of_named, table
from commondesk.core.planner.roster.loop import until_held
from commondesk.core.planner.roster.named import (
    Need,
    Person,
    RosterTask,
    ShiftKind,
    Wish,
    assign,
    successions,
)
from commondesk.core.planner.roster.question import ON_CALL, Needed, RosterQuestion, planned
from commondesk.core.planner.roster.rules import EU, allowed, objection
from commondesk.core.planner.roster.section import read
from commondesk.core.planner.simulation.model import (
    Flow,
    Hours,
    Model,
    Priority,
    Shape,
    Shift,
    Team,
    Tier,
    Work,
)

DOCS = Path(__file__).parents[4] / "docs" / "planning" / "roster.md"
WINTER, SPRING = date(2026, 1, 5), date(2026, 3, 23)
BERLIN = Region("EMEA", "Europe/Berlin")
EIGHT = Pattern("5x8", 5, 8.0, (9.0,), (0,))


# ---- columns ------------------------------------------------------------------------------


def slots_of(week: date, first_day: int = 0) -> tuple[int, ...]:
    pattern = replace(EIGHT, first_days=(first_day,))
    return columns_of((BERLIN,), (Post("EMEA", "L1", 900),), (pattern,), week=week)[0].slots


def test_the_same_local_shift_lies_an_hour_earlier_in_utc_in_summer() -> None:
    assert slots_of(WINTER)[0] == 8
    assert slots_of(date(2026, 7, 6))[0] == 7


def test_in_the_week_of_the_clock_change_the_days_differ() -> None:
    """The clocks of Berlin go forward on Sunday 29 March 2026."""
    slots = slots_of(SPRING, first_day=3)
    starts = [slot for slot in slots if slot - 1 not in slots]
    assert [slot % 24 for slot in starts] == [8, 8, 8, 8, 7]
    assert (starts[0] // 24, starts[-1] // 24) == (0, 6)
    assert offset_h("Europe/Berlin", date(2026, 3, 29), 9) == 2


def test_premiums_are_paid_for_their_hours_only() -> None:
    post = Post("EMEA", "L1", 1000, night_premium=0.5, weekend_premium=1.0)
    late = Pattern("late", 5, 8.0, (18.0,), (2,))
    (column,) = columns_of((BERLIN,), (post,), (late,), week=WINTER)
    assert night_h(18, 8) == 4
    assert column.cost == pytest.approx(1000 * (1 + 0.5 * 4 / 8 + 1.0 * 16 / 40))


def test_what_cannot_be_placed_is_refused_with_a_remedy() -> None:
    posts = (Post("EMEA", "L1", 900),)
    with pytest.raises(UnusableRoster, match="no time zone"):
        columns_of((Region("EMEA", "Europe/Berlim"),), posts, (EIGHT,), week=WINTER)
    with pytest.raises(UnusableRoster, match="shorter slots"):
        half = replace(EIGHT, starts=(9.5,))
        columns_of((BERLIN,), posts, (half,), week=WINTER)
    with pytest.raises(UnusableRoster, match="offer fewer starts"):
        many = tuple(Pattern(f"p{n}", 5, 8.0) for n in range(300))
        columns_of((BERLIN,), posts, many, week=WINTER)
    with pytest.raises(UnusableRoster, match="no region"):
        columns_of((), posts, (EIGHT,), week=WINTER)


# ---- cover --------------------------------------------------------------------------------


def question(**changes: object) -> RosterQuestion:
    base = RosterQuestion(
        WINTER,
        (BERLIN,),
        (Post("EMEA", "L1", 900),),
        (Pattern("5x8", 5, 8.0, (8.0, 9.0, 10.0)),),
        (Needed("L1", 1, tuple(range(5)), 8.0, 18.0, "Europe/Berlin"),),
        limit_s=10,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_office_hours_of_ten_take_two_people() -> None:
    found = planned(question()).cover
    assert (found.people, found.cost, found.is_best, found.gaps) == (2, 1800, True, ())
    assert all(
        there >= wanted for there, wanted in zip(found.seats("L1"), found.needed["L1"], strict=True)
    )


def test_a_gap_that_is_cheaper_than_a_person_stays_and_is_told() -> None:
    plan = planned(question(uncovered_price=30.0))
    assert (plan.cover.people, plan.cover.uncovered_h, plan.cover.uncovered_cost) == (1, 10, 300)
    told = "\n".join(str(block) for each in report.chapters(plan) for block in each.blocks)
    assert "10 seat hours" in told
    assert report.machine(plan)["uncovered_hours"] == 10


def test_without_a_price_one_hour_alone_is_worth_a_person() -> None:
    needed = (Needed("L1", 1, (0,), 9.0, 10.0, "Europe/Berlin"),)
    found = planned(question(needed=needed)).cover
    assert (found.people, found.gaps, found.is_best) == (1, (), True)


def test_a_cap_on_people_leaves_the_rest_uncovered() -> None:
    found = planned(question(regions=(replace(BERLIN, hire_cap=1),))).cover
    assert found.people == 1
    assert found.uncovered_h == pytest.approx(10)
    assert found.is_best


def test_on_call_takes_the_hours_without_a_seat() -> None:
    from commondesk.core.planner.roster.question import OnCall

    needs = (*question().needed, Needed(ON_CALL, 1))
    plan = planned(question(needed=needs, on_call=OnCall(5.0, 2, 1.5, 60.0)))
    assert plan.on_call_h == 168 - 50
    assert plan.on_call_cost == pytest.approx(118 * 5 + 2 * 1.5 * 60)


def test_a_small_cover_is_as_cheap_as_trying_everything() -> None:
    draw = random.Random(7)
    for _case in range(5):
        starts = tuple(float(each) for each in draw.sample(range(24), 3))
        pattern = Pattern("7x8", 7, 8.0, starts, (0,))
        posts = (Post("EMEA", "L1", draw.randrange(500, 900, 50)),)
        columns = columns_of((BERLIN,), posts, (pattern,), week=WINTER)
        wanted = [float(draw.randrange(0, 3)) for _hour in range(24)] * 7
        found = cover(columns, {"L1": wanted}, uncovered_price=9.0)
        totals = []
        for people in product(range(4), repeat=len(columns)):
            there = [0] * 168
            for count, column in zip(people, columns, strict=True):
                for slot in column.slots:
                    there[slot] += count
            short = sum(max(0.0, w - t) for w, t in zip(wanted, there, strict=True))
            cost = sum(n * c.cost for n, c in zip(people, columns, strict=True))
            totals.append(cost + 9.0 * short)
        assert found.total == pytest.approx(min(totals))
        assert found.bound == pytest.approx(min(totals))


@pytest.mark.parametrize(
    ("needed", "remedy"),
    [
        ({"L1": [0.0] * 168}, "Nobody is needed"),
        ({"L1": [-1.0] * 168}, "0 to"),
        ({"L1": [float("nan")] * 168}, "0 to"),
        ({"L1": [1e9] * 168}, "0 to"),
    ],
)
def test_nonsense_needs_are_refused(needed: dict[str, list[float]], remedy: str) -> None:
    columns = columns_of((BERLIN,), (Post("EMEA", "L1", 900),), (EIGHT,), week=WINTER)
    with pytest.raises(UnusableRoster, match=remedy):
        cover(columns, needed)


# ---- rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "starts", "why"),
    [
        (Pattern("5x8", 5, 8), 9.0, ""),
        (Pattern("4x10", 4, 10), 22.0, "night work"),
        (Pattern("4x10", 4, 10), 9.0, ""),
        (Pattern("5x14", 5, 14), 6.0, "between shifts"),
        (Pattern("6x9", 6, 9), 9.0, "54 h a week"),
        (Pattern("7x6", 7, 6), 9.0, "days in a row"),
    ],
)
def test_the_european_preset_objects_with_a_reason(
    pattern: Pattern, starts: float, why: str
) -> None:
    found = objection(pattern, starts, EU)
    assert why in found
    assert bool(why) is bool(found)


def test_only_the_starts_that_break_a_rule_are_left_out() -> None:
    (kept,), (left_out,) = allowed((Pattern("4x10", 4, 10, (8.0, 22.0)),), EU)
    assert kept.starts == (8.0,)
    assert "4x10 from 22" in left_out


# ---- rosters with names -------------------------------------------------------------------


def penalty_of(task: RosterTask, ways: dict[str, tuple[str, ...]]) -> float:
    total = sum(
        wish.weight
        for wish in task.wishes
        if (ways[wish.person][wish.day] == wish.shift) is not wish.is_for
    )
    for need in task.needs:
        there = sum(way[need.day] == need.shift for way in ways.values())
        total += need.under * max(0, need.people - there) + need.over * max(0, there - need.people)
    return total


def is_within(person: Person, way: tuple[str, ...], shifts: tuple[ShiftKind, ...]) -> bool:
    """The limits of a person, said another way than the roster does."""
    kinds = {shift.name: shift for shift in shifts}
    hours = sum(kinds[each].hours for each in way if each)
    text = "".join("x" if each else "." for each in way)
    rows = list(re.finditer("x+", text))
    free = list(re.finditer(r"\.+", text))
    inner = [m for m in rows if m.start() > 0 and m.end() < len(text)]
    inner_free = [m for m in free if m.start() > 0 and m.end() < len(text)]
    return (
        person.least_h <= hours <= person.most_h
        and not any(way[day] for day in person.days_off)
        and all(len(m[0]) <= person.most_in_row for m in rows)
        and all(len(m[0]) >= person.least_in_row for m in inner)
        and all(len(m[0]) >= person.least_days_off for m in inner_free)
        and all(b not in kinds[a].not_before for a, b in pairwise(way) if a and b)
        and all(way.count(name) <= most for name, most in person.most_shifts.items())
        and (
            person.most_weekends is None
            or len({day // 7 for day, each in enumerate(way) if each and day % 7 >= 5})
            <= person.most_weekends
        )
    )


def small_task(seed: int) -> RosterTask:
    draw = random.Random(seed)
    shifts = (ShiftKind("E", 8, 6, ()), ShiftKind("L", 8, 14, ("E",)))
    people = tuple(
        Person(
            name,
            most_h=40,
            least_h=draw.choice((16, 24)),
            most_in_row=draw.choice((3, 4)),
            least_in_row=2,
            least_days_off=2,
            most_weekends=1,
            most_shifts={"L": 3},
            days_off=frozenset({draw.randrange(7)}),
        )
        for name in ("Ann", "Bo")
    )
    needs = tuple(
        Need(day, shift.name, 1, draw.choice((10.0, 20.0)), 1.0)
        for day in range(7)
        for shift in shifts
    )
    wishes = tuple(
        Wish(
            draw.choice(("Ann", "Bo")),
            draw.randrange(7),
            draw.choice("EL"),
            3.0,
            draw.random() < 0.5,
        )
        for _each in range(5)
    )
    return RosterTask(7, shifts, people, needs, wishes)


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_find_what_trying_everything_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = small_task(seed)
    choices = [
        [way for way in product(("", "E", "L"), repeat=7) if is_within(person, way, task.shifts)]
        for person in task.people
    ]
    best = min(
        penalty_of(task, dict(zip(("Ann", "Bo"), ways, strict=True))) for ways in product(*choices)
    )
    for most in (named.MOST_LISTED, 0):
        monkeypatch.setattr(named, "MOST_LISTED", most)
        found = assign(task)
        assert found.penalty == pytest.approx(best)
        assert found.is_best
        for person in task.people:
            assert is_within(person, found.shifts[person.name], task.shifts)


def test_weekends_are_shared_and_rest_is_kept() -> None:
    shifts = successions((ShiftKind("day", 8, 8), ShiftKind("late", 8, 15)), EU)
    assert shifts[1].not_before == ("day",)
    people = tuple(Person(name, most_week_h=40, most_in_row=5) for name in "ABCD")
    needs = tuple(Need(day, shift.name, 1) for day in range(14) for shift in shifts)
    found = assign(RosterTask(14, shifts, people, needs, fair=5.0))
    assert not found.short
    weekends = [
        len({day // 7 for day, each in enumerate(way) if each and day % 7 >= 5})
        for way in found.shifts.values()
    ]
    assert max(weekends) - min(weekends) <= 1
    for way in found.shifts.values():
        assert ("late", "day") not in set(pairwise(way))


def test_a_roster_nobody_can_work_names_the_person() -> None:
    task = small_task(0)
    stuck = replace(task.people[0], least_h=80)
    with pytest.raises(UnusableRoster, match="Ann"):
        assign(replace(task, people=(stuck, task.people[1])))


BENCHMARK = """# a comment
SECTION_HORIZON
7

SECTION_SHIFTS
E,480,
L,480,E

SECTION_STAFF
A,E=7|L=3,2400,960,4,2,2,1
B,E=7|L=3,2400,960,4,2,2,1

SECTION_DAYS_OFF
A,3

SECTION_SHIFT_ON_REQUESTS
A,0,E,2

SECTION_SHIFT_OFF_REQUESTS
B,1,L,3

SECTION_COVER
0,E,1,100,1
1,L,1,100,1
2,E,2,100,1
"""


def test_benchmark_files_are_read() -> None:
    task = benchmark.task_of(BENCHMARK)
    assert (task.days, len(task.shifts), len(task.people), len(task.needs)) == (7, 2, 2, 3)
    assert task.shifts[1].not_before == ("E",)
    assert task.people[0] == Person("A", 40, 16, 4, 2, 2, 1, {"E": 7, "L": 3}, frozenset({3}))
    assert task.wishes == (Wish("A", 0, "E", 2.0), Wish("B", 1, "L", 3.0, is_for=False))
    assert assign(task).is_best
    with pytest.raises(UnusableRoster, match="no shift scheduling benchmark"):
        benchmark.task_of("SECTION_HORIZON\nsoon\n")


# ---- what is written ----------------------------------------------------------------------


def duty(who: str) -> Duty:
    at = datetime(2026, 3, 28, 8, tzinfo=UTC)
    return Duty(who, "L1", "Köln, Süd; 1", "Europe/Berlin", at, at + timedelta(hours=8))


def test_a_calendar_is_escaped_and_folded() -> None:
    text = calendar([duty("Zoë " * 30)], stamped_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert "LOCATION:Köln\\, Süd\\; 1" in lines
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:" + "Zoë " * 30 in unfolded
    assert "DTSTART:20260328T080000Z" in lines
    assert calendar([duty("A")], stamped_at=datetime(2026, 1, 1, tzinfo=UTC)).count("UID:") == 1


def test_cells_of_the_table_are_harmless() -> None:
    rows = list(csv.DictReader(StringIO(table([duty("=HYPERLINK(1)")]))))
    assert rows[0]["who"] == "'=HYPERLINK(1)"
    assert rows[0]["local begin"] == "2026-03-28 09:00"


def test_local_times_hold_over_a_clock_change() -> None:
    roster = assign(
        RosterTask(
            7,
            (ShiftKind("day", 8, 9),),
            (Person("Ann"),),
            tuple(Need(day, "day", 1) for day in range(7)),
        )
    )
    duties = of_named(roster, (ShiftKind("day", 8, 9),), week=SPRING, role="L1", region=BERLIN)
    assert [each.begins_at.hour for each in duties] == [8, 8, 8, 8, 8, 8, 7]


# ---- the section --------------------------------------------------------------------------


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_documented_example_is_read() -> None:
    read_case = read_text(example())
    assert read_case.complaints == ()
    asked = read_case.case.roster
    assert asked is not None
    assert asked.week == date(2026, 3, 2)
    assert asked.currency == "USD"
    assert [region.name for region in asked.regions] == ["AMER", "EMEA", "APAC"]
    assert asked.posts[1].night_premium == 0.25
    plan = planned(replace(asked, limit_s=3))
    assert plan.cover.bound <= plan.cover.total
    duties = report.duties(plan, weeks=2)
    assert len(duties) == plan.cover.people * 5 * 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"regions": []}, ""),
        ({"regions": [{"name": "A", "zone": "Mars/Base", "roles": []}]}, "roster.regions[1].zone"),
        ({"rules": "Atlantis"}, "roster.rules"),
        ({"slots": "20 min"}, "roster.slots"),
        ({"week": "next week"}, "roster.week"),
        ({"patern": []}, "roster.patern"),
        ({"uncovered_hour": -3}, "roster.uncovered_hour"),
        ({"needed": [{"role": "L9", "seats": 1}]}, "roster.needed"),
        ({"needed": [{"role": "L1", "seats": 1e9}]}, "roster.needed[1].seats"),
        ({"needed": [{"role": "L1", "seats": 1, "hours": "9 to 5"}]}, "roster.needed[1].hours"),
        ({"needed": [{"role": "L1", "seats": 1, "days": "someday"}]}, "roster.needed[1].days"),
        ({"patterns": [{"name": "p", "days": 9, "hours": "8 h"}]}, "roster.patterns[1].days"),
        ({"patterns": [{"name": "p", "days": 5, "hours": 8}]}, "roster.patterns[1].hours"),
    ],
)
def test_nonsense_names_the_field(change: dict[str, object], place: str) -> None:
    data: dict[str, object] = {
        "template": "24/7 follow-the-sun",
        "regions": [{"name": "A", "zone": "UTC", "roles": [{"role": "L1", "cost_per_week": 900}]}],
    }
    complaints = Complaints()
    part = Part("roster", {**data, **change}, complaints)  # type: ignore[dict-item]
    assert read(part, complaints) is None or not place
    places = [each.place for each in complaints.found]
    assert place in places or not place


def test_templates_need_little() -> None:
    for name in ("8x5 with on-call", "24/7 follow-the-sun"):
        complaints = Complaints()
        part = Part(
            "roster",
            {
                "template": name,
                "regions": [
                    {
                        "name": "EMEA",
                        "zone": "Europe/Berlin",
                        "roles": [{"role": "L1", "cost_per_week": 900}],
                    }
                ],
                "on_call": {"price_per_hour": 4},
                "uncovered_hour": 50,
                "seconds": 5,
            },
            complaints,
        )
        asked = read(part, complaints)
        assert complaints.found == ()
        assert asked is not None
        plan = planned(asked)
        assert plan.cover.people >= 1
        if name.startswith("8x5"):
            assert (plan.cover.people, plan.on_call_h) == (1, 128)


# ---- the loop -----------------------------------------------------------------------------


def test_seats_are_added_until_the_promise_holds() -> None:
    office = Hours.office(9, 17)
    per_hour = tuple(5.0 if 9 <= hour % 24 < 17 and hour < 120 else 0.0 for hour in range(168))
    model = Model(
        (Priority("P1", 1.0, None, office),),
        (Tier("L1", (Team("first line", (Shift(9, 8, 1),)),)),),
        (Flow("all", per_hour, (Work(0.5, Shape.EXPONENTIAL),)),),
    )
    asked = RosterQuestion(
        WINTER,
        (Region("HQ", 0.0),),
        (Post("HQ", "L1", 900),),
        (EIGHT,),
        (Needed("L1", 1, tuple(range(5)), 9.0, 17.0),),
        limit_s=5,
    )
    held = until_held(asked, model, {"L1": "first line"}, share=0.9, weeks=8)
    assert held.is_met
    assert held.rounds[0].outcome is None
    assert held.rounds[-1].least() >= 0.9
    assert held.rounds[-1].cover.people in (3, 4, 5)
    short = until_held(asked, model, {"L1": "first line"}, share=0.9, weeks=4, most_rounds=2)
    assert not short.is_met
