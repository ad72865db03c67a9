"""What must hold for every history: order of arrival, overlapping pauses, warnings, hands."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant, parse_instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.cases import cases_of
from commondesk.core.service_level.charter_data import agreement_of
from commondesk.core.service_level.clock import Reading, Verdict, read, read_ticket
from commondesk.core.service_level.escalation import steps_due, window_ends_at
from commondesk.core.service_level.hands import legs_of
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE, PRESETS
from commondesk.readers.case_file import Case, case_of
from tests.oracle import generator

MONDAY = parse_instant("2025-03-10T00:00Z")
NOW = MONDAY + 30 * DAY
LENA = Actor("lena", Side.PROVIDER)
RITA = Actor("rita", Side.REQUESTER)
WORDS = WordsRef("", "")
AGREEMENT = agreement_of(
    {
        "targets": [{"response": "4h", "next_reply": "8h", "resolution": "16h"}],
        "escalation": [
            {"clock": "resolution", "percent": 50, "contact": "lead"},
            {"clock": "resolution", "percent": 100, "contact": "owner"},
        ],
    },
    {"office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}},
)


def history(*told: tuple[Instant, Body, Actor]) -> list[Event]:
    """Events of one ticket at instants after Monday midnight."""
    opened = e.TicketOpened(1, "rita", e.Channel.MAIL, e.Kind.INCIDENT, WORDS)
    steps = [(9 * HOUR, opened, RITA), *told]
    return [
        Event("T", number, MONDAY + at, MONDAY + at, Certainty.OBSERVED, actor, body)
        for number, (at, body, actor) in enumerate(steps, 1)
    ]


def resolution(
    events: list[Event], now: Instant = NOW, agreement: Agreement = AGREEMENT
) -> Reading:
    readings = read_ticket(events, agreement, CONTRACT_TEMPLATE, now)
    return next(each for each in readings if each.clock is e.ClockName.RESOLUTION)


def random_case(seed: int) -> Case:
    return case_of(generator.random_case(random.Random(seed)))


@pytest.mark.parametrize("seed", range(150))
def test_verdicts_do_not_depend_on_the_order_of_arrival(seed: int) -> None:
    case = random_case(seed)
    rng = random.Random(seed)
    shuffled = {
        name: tuple(rng.sample(events, len(events))) for name, events in case.histories.items()
    }
    for lens in PRESETS.values():
        told = read(case.histories, case.agreement, lens, case.now)
        assert read(shuffled, case.agreement, lens, case.now) == told


@pytest.mark.parametrize("seed", range(150))
def test_one_pair_of_hands_at_each_instant(seed: int) -> None:
    case = random_case(seed)
    for story in cases_of(case.histories, None, case.now):
        legs = legs_of(story, case.agreement(story.charter), case.now)
        end = story.rounds[-1].resolved_at if story.is_resolved else case.now
        assert sum(leg.wall for leg in legs) == end - story.started_at
        assert all(one.ended_at == two.begun_at for one, two in pairwise(legs))


@given(
    begin=st.integers(0, 100),
    length=st.integers(1, 100),
    inner=st.integers(0, 99),
    inner_length=st.integers(1, 100),
)
def test_overlapping_pauses_count_once(
    begin: int, length: int, inner: int, inner_length: int
) -> None:
    first = (10 * HOUR + begin * MINUTE, length * MINUTE)
    second = (first[0] + min(inner, length - 1) * MINUTE, inner_length * MINUTE)
    both = waits(first, second)
    joined_end = max(first[0] + first[1], second[0] + second[1])
    one = waits((first[0], joined_end - first[0]))
    assert resolution(both).used == resolution(one).used
    assert resolution(both).due_at == resolution(one).due_at


def waits(*stretches: tuple[int, int]) -> list[Event]:
    told: list[tuple[Instant, Body, Actor]] = []
    for number, (begin, length) in enumerate(stretches):
        on = (e.WaitReason.APPROVAL, e.WaitReason.OTHER)[number]
        told.append((begin, e.WaitBegun(f"w{number}", on), LENA))
        told.append((begin + length, e.WaitEnded(f"w{number}"), LENA))
    told.append((40 * HOUR, e.TicketResolved(), LENA))
    return history(*sorted(told, key=lambda each: each[0]))


@given(now=st.integers(0, 20 * 24 * 60), percent=st.integers(1, 99))
def test_a_share_of_a_target_falls_due_before_the_whole(now: int, percent: int) -> None:
    at = MONDAY + 9 * HOUR + now * MINUTE
    share = read({"T": history()}, AGREEMENT, CONTRACT_TEMPLATE, at, percent=percent)
    whole = read({"T": history()}, AGREEMENT, CONTRACT_TEMPLATE, at)
    for one, other in zip(share, whole, strict=True):
        assert one.due_at is not None and other.due_at is not None
        assert one.due_at <= other.due_at


def test_escalation_steps_fall_due_once_each_and_at_their_instants() -> None:
    events = history()
    assert steps_due("T", {"T": events}, AGREEMENT, MONDAY + 16 * HOUR) == ()
    due = steps_due("T", {"T": events}, AGREEMENT, MONDAY + 3 * DAY)
    assert [(step.number, step.falls_due_at - MONDAY) for step in due] == [
        (1, 17 * HOUR),
        (2, DAY + 17 * HOUR),
    ]
    told = history((17 * HOUR, e.EscalatedHierarchically("lead", 1), Actor("rule", Side.MACHINE)))
    assert [step.number for step in steps_due("T", {"T": told}, AGREEMENT, MONDAY + 3 * DAY)] == [2]
    done = history((12 * HOUR, e.TicketResolved(), LENA))
    assert steps_due("T", {"T": done}, AGREEMENT, MONDAY + 3 * DAY) == ()


def test_a_window_is_working_time_and_shorter_for_the_most_pressing() -> None:
    friday = MONDAY + 4 * DAY + 16 * HOUR + 50 * MINUTE
    monday = MONDAY + 7 * DAY + 9 * HOUR
    assert window_ends_at(friday, e.Priority.P3, AGREEMENT) == monday + 20 * MINUTE
    assert window_ends_at(friday, e.Priority.P1, AGREEMENT) == friday + 10 * MINUTE


def test_hands_know_holidays_that_were_entered_later() -> None:
    agreement = agreement_of(
        {"targets": [{"resolution": "16h"}]},
        {
            "office": {
                "zone": "UTC",
                "week": {"mon-fri": "09:00-17:00"},
                "entered": [{"at": "2025-03-01T00:00Z", "holidays": ["2025-03-11"]}],
            }
        },
    )
    now = MONDAY + 2 * DAY + 10 * HOUR
    (story,) = cases_of({"T": history()}, None, now)
    assert [leg.work for leg in legs_of(story, agreement, now)] == [9 * HOUR]


def test_without_a_charter_nothing_is_promised() -> None:
    readings = read_ticket(history(), None, CONTRACT_TEMPLATE, NOW)
    assert {each.verdict for each in readings} == {Verdict.NO_TARGET}


def test_what_happens_after_now_plays_no_part() -> None:
    resolved = history((12 * HOUR, e.TicketResolved(), LENA))
    before = resolution(resolved, MONDAY + 11 * HOUR)
    assert (before.ended_at, before.verdict) == (None, Verdict.RUNNING)
    assert resolution(resolved).verdict is Verdict.MET


def test_met_so_far_until_the_hold_period_has_run() -> None:
    resolved = {"T": history((12 * HOUR, e.TicketResolved(), LENA))}
    lens, end = PRESETS["experienced"], MONDAY + 12 * HOUR
    for now, verdict in ((end + 7 * DAY - 1, "met_so_far"), (end + 7 * DAY, "met")):
        told = read(resolved, AGREEMENT, lens, now)
        assert [x.verdict for x in told if x.clock is e.ClockName.RESOLUTION] == [verdict]


def test_business_days_are_the_hours_of_their_calendar() -> None:
    for written, hours in (("2bd", 16), ("1bd", 8)):
        agreement = agreement_of(
            {"targets": [{"resolution": written}]},
            {"office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}},
        )
        assert resolution(history(), agreement=agreement).span == hours * HOUR


def test_a_lens_without_pauses_for_a_clock_lets_it_run() -> None:
    paused = history((10 * HOUR, e.WaitBegun("w", e.WaitReason.OTHER), LENA))
    lens = replace(CONTRACT_TEMPLATE, pauses_for=frozenset({e.ClockName.RESPONSE}))
    told = read({"T": paused}, AGREEMENT, lens, MONDAY + 11 * HOUR)
    states = {each.clock.value: each.state.value for each in told}
    assert states == {"response": "paused", "resolution": "running"}
