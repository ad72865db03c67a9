"""A played desk against what mathematics says of it, and the two engines against each other."""

import math
from dataclasses import replace

import numpy as np
import pytest

from commondesk.core.planner.simulation.draws import drawn
from commondesk.core.planner.simulation.figures import Interval
from commondesk.core.planner.simulation.layout import layout_of
from commondesk.core.planner.simulation.model import (
    Flow,
    Hours,
    Model,
    Priority,
    Shape,
    Shift,
    Team,
    Tier,
    Turnover,
    Waiting,
    Work,
    one_leaves,
    sick_day,
    spread,
    with_volume,
)
from commondesk.core.planner.simulation.run import compared, player, run

ALWAYS = 168 * (1.0,)


def around_the_clock(people: int) -> tuple[Shift, ...]:
    return (Shift(0, 168, people),)


def queue(
    per_hour: float,
    work: Work,
    people: int,
    *,
    target_h: float = 1.0,
    shares: tuple[float, ...] = (1.0,),
) -> Model:
    """One tier that never closes."""
    return Model(
        tuple(Priority(f"P{at + 1}", target_h) for at in range(len(shares))),
        (Tier("L1", (Team("one", around_the_clock(people)),)),),
        spread("all", tuple(per_hour * rate for rate in ALWAYS), (work,), priorities=shares),
    )


def erlang_c(load: float, people: int) -> float:
    blocked = 1.0
    for count in range(1, people + 1):
        blocked = load * blocked / (count + load * blocked)
    return people * blocked / (people - load * (1 - blocked))


def near(found: Interval, expected: float, slack: float = 0.0) -> bool:
    assert found.value is not None
    return found.low - slack <= expected <= found.high + slack


def test_one_queue_waits_as_erlang_c_says() -> None:
    load, people = 8.0, 10
    delayed = erlang_c(load, people)
    figures = run(
        queue(16, Work(0.5, Shape.EXPONENTIAL), people, target_h=0.2), seed=5, weeks=26
    ).figures
    assert near(figures.tiers[0].waits, delayed, 0.005)
    assert near(figures.tiers[0].wait_h, delayed * 0.5 / (people - load), 0.002)
    within = 1 - delayed * math.exp(-(people - load) * 0.2 / 0.5)
    assert near(figures.priorities[0].first_response.attained, within, 0.005)
    assert near(figures.tiers[0].utilisation, load / people, 0.005)
    assert near(figures.priorities[0].tickets_per_week, 16 * 168, 10)


def test_fixed_work_on_one_agent_waits_as_pollaczek_and_khinchine_say() -> None:
    figures = run(queue(1.4, Work(0.5, Shape.FIXED), 1), seed=5, weeks=104).figures
    assert near(figures.tiers[0].wait_h, 0.7 * 0.5 / (2 * 0.3), 0.01)


def test_log_normal_work_waits_as_pollaczek_and_khinchine_say() -> None:
    figures = run(queue(1.2, Work(0.5, cv=1.5), 1), seed=6, weeks=104, runs=12).figures
    assert near(figures.tiers[0].wait_h, 0.6 * 0.5 * (1 + 1.5**2) / (2 * 0.4), 0.05)


def test_priorities_wait_as_davis_says() -> None:
    """Check PR2: three classes, six servers."""
    rates, people = (0.5, 2.0, 2.5), 6
    model = queue(5.0, Work(1.0, Shape.EXPONENTIAL), people, shares=tuple(r / 5 for r in rates))
    found = run(model, seed=3, weeks=100, runs=12).figures.tiers[0].wait_by_priority_h
    for interval, expected in zip(found, (0.10682117, 0.18312201, 1.00717106), strict=True):
        assert interval.value == pytest.approx(expected, rel=0.06)


def test_tiers_wait_as_jackson_says() -> None:
    """Check TI1: three tiers, each by itself a queue on its own flow."""
    works = tuple(Work(mean, Shape.EXPONENTIAL) for mean in (0.25, 0.75, 2.0))
    teams = [Team(f"L{at + 1}", around_the_clock(people)) for at, people in enumerate((4, 4, 2))]
    tiers = tuple(
        Tier(team.name, (team,), share) for team, share in zip(teams, (0.3, 0.2, 0), strict=True)
    )
    model = Model((Priority("P1"),), tiers, (Flow("all", tuple(12.0 for _ in ALWAYS), works),))
    found = run(model, seed=2, weeks=52, runs=10).figures.tiers
    for tier, expected in zip(found, (0.12735849, 0.22540348, 2.15282392), strict=True):
        assert tier.wait_h.value == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(
    ("rate", "batches", "work", "people", "expected"),
    [
        (4, (18, 8, 8, 8, 8), 0.5, 3, 0.48764),
        (10, (40, 20, 20, 20, 20), 0.25, 4, 0.74197),
    ],
    ids=["BC2", "BC4"],
)
def test_a_desk_that_closes_starts_as_the_business_clock_says(
    rate: float, batches: tuple[int, ...], work: float, people: int, expected: float
) -> None:
    per_hour = [0.0] * 168
    for day, batch in enumerate(batches):
        for hour in range(8):
            per_hour[day * 24 + 9 + hour] = rate
        per_hour[day * 24 + 8] = batch
    office = Hours.office(9, 17)
    shifts = tuple(Shift(day * 24 + 9, 8, people) for day in range(5))
    model = Model(
        (Priority("P1", 1.0, None, office),),
        (Tier("L1", (Team("one", shifts),)),),
        (Flow("all", tuple(per_hour), (Work(work, Shape.EXPONENTIAL),)),),
    )
    found = run(model, seed=4, weeks=150, runs=10).figures
    assert near(found.priorities[0].first_response.attained, expected, 0.005)


def test_waiting_on_others_brings_a_ticket_back() -> None:
    """Re-entrant visits: the load grows by 1 / (1 - share), the resolution clock stands still."""
    model = queue(4, Work(0.5, Shape.EXPONENTIAL), 6)
    tier = replace(model.tiers[0], waiting=Waiting(0.4, 10.0))
    paused, running = (
        run(
            replace(
                model, tiers=(tier,), priorities=(Priority("P1", 1, 1.5, is_paused=is_paused),)
            ),
            seed=2,
        ).figures
        for is_paused in (True, False)
    )
    assert near(paused.tiers[0].utilisation, 4 * 0.5 / 0.6 / 6, 0.005)
    load = 4 * 0.5 / 0.6
    mean = (erlang_c(load, 6) * 0.5 / (6 - load) + 0.5) / 0.6
    assert near(paused.priorities[0].resolution.mean_h, mean, 0.03)
    slow, quick = running.priorities[0].resolution.mean_h, paused.priorities[0].resolution.mean_h
    assert slow.value is not None
    assert quick.value is not None
    assert slow.value > quick.value + 6


def rich_desk() -> Model:
    """Everything a description can say, at a small size."""
    per_hour = [0.2] * 168
    for day in range(5):
        for hour in range(8, 18):
            per_hour[day * 24 + hour] = 3.0
    work = (Work(0.3, cv=1.3), Work(1.0, Shape.EXPONENTIAL))
    office = Hours.office(8, 18)
    days = tuple(Shift(day * 24 + at, 8, 2) for day in range(5) for at in (8, 10))
    nights = tuple(Shift(day * 24 + at, 8, 1) for day in range(7) for at in (0, 8, 16))
    second = tuple(Shift(day * 24 + 9, 8, 3) for day in range(5))
    return Model(
        (
            Priority("P1", 0.5, 4),
            Priority("P2", 1, 8, office),
            Priority("P3", 4, 16, office),
        ),
        (
            Tier(
                "L1",
                (
                    Team("mail", days, ("mail", "pc"), absence=0.05, pace=0.8),
                    Team("net", days, ("pc", "net"), turnover=Turnover(0.5)),
                    Team("night", nights),
                ),
                0.3,
                Waiting(0.2, 5.0, office),
            ),
            Tier("L2", (Team("second", second, absence=0.1),)),
        ),
        spread(
            "all", per_hour, work, priorities=(0.1, 0.3, 0.6),
            skills=(("mail", 0.5), ("pc", 0.3), ("net", 0.2)),
        ),
        unsteady=0.1,
    )  # fmt: skip


def test_both_engines_play_alike_bit_by_bit() -> None:
    model = sick_day(with_volume(rich_desk(), 1.1), "second", day=1)
    layout = layout_of(model)
    for each in range(3):
        plan = drawn(model, weeks=12, seed=9, run=each, counted_from=0.0)
        plain, compiled = (player(name)[1](plan, layout) for name in ("plain", "compiled"))
        for name in ("ready", "begun", "done", "took"):
            assert np.array_equal(getattr(plain, name), getattr(compiled, name)), name


def test_the_same_seed_gives_the_same_figures_and_another_others() -> None:
    model = rich_desk()
    once, again, other = (run(model, weeks=4, seed=seed, engine="plain") for seed in (1, 1, 2))
    assert once == again
    assert once.fingerprint != other.fingerprint
    assert once.figures != other.figures


def test_scenarios_meet_the_same_tickets() -> None:
    model = rich_desk()
    found = compared(
        {
            "base": model,
            "no more": with_volume(model, 1.0),
            "+30 %": with_volume(model, 1.3),
            "one leaves": one_leaves(model, "second"),
            "sick day": sick_day(model, "second", day=0),
        },
        weeks=26,
    )
    base, same, more, fewer, sick = (
        outcome.figures for outcome in found.values() if not isinstance(outcome, Exception)
    )
    assert base == same
    assert base.tiers[0] == fewer.tiers[0]

    def resolved(figures: object) -> float:
        share = figures.overall.resolution.attained.value  # type: ignore[attr-defined]
        assert share is not None
        return float(share)

    assert resolved(more) < resolved(base)
    assert resolved(fewer) < resolved(sick) < resolved(base)
    assert more.overall.tickets_per_week.value == pytest.approx(
        1.3 * (base.overall.tickets_per_week.value or 0), rel=0.02
    )
