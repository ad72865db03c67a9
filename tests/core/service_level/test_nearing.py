"""Shares of a target: used up when, told once each, and never of what has ended."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant, parse_instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.charter_data import agreement_of
from commondesk.core.service_level.clock import Verdict, read
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE, PRESETS, Lens
from commondesk.core.service_level.nearing import SHARES, nearings_ahead
from commondesk.readers.case_file import case_of
from tests.oracle import generator

MONDAY = parse_instant("2025-03-10T00:00Z")
LENA = Actor("lena", Side.PROVIDER)
RITA = Actor("rita", Side.REQUESTER)
RULE = Actor("rule", Side.MACHINE)
SWEEP = Actor("sweep", Side.MACHINE)
WORDS = WordsRef("", "")
OFFICE: dict[str, Json] = {
    "zone": "UTC",
    "week": {"mon-fri": "09:00-17:00"},
    "holidays": ["2025-03-11"],
}
ALWAYS: dict[str, Json] = {"zone": "UTC", "week": {"mon-sun": "24h"}}
AGREEMENT = agreement_of(
    {
        "targets": [
            {"priority": "P1", "response": "1h", "resolution": "4h", "calendar": "always"},
            {"priority": "P2", "response": "2h", "resolution": "10h"},
            {"response": "4h", "next_reply": "8h", "resolution": "20h"},
        ],
        "calendar": "office",
    },
    {"office": OFFICE, "always": ALWAYS},
)
JUDGED_LATER = (Verdict.RUNNING, Verdict.MISSED, Verdict.UNDECIDED)
Told = tuple[Instant, Body, Actor]


def ticket(*told: Told, stream: str = "T", opened_at: Instant = 9 * HOUR) -> list[Event]:
    """Events of one ticket at instants after Monday midnight."""
    opened = e.TicketOpened(1, "rita", e.Channel.MAIL, e.Kind.INCIDENT, WORDS)
    steps = [(opened_at, opened, RITA), *told]
    return [
        Event(stream, number, MONDAY + at, MONDAY + at, Certainty.OBSERVED, actor, body)
        for number, (at, body, actor) in enumerate(steps, 1)
    ]


def ahead(
    events: Sequence[Event],
    now: Instant,
    *,
    clock: e.ClockName = e.ClockName.RESOLUTION,
    parts: Mapping[str, Sequence[Event]] | None = None,
    agreement: Agreement = AGREEMENT,
) -> list[tuple[int, Instant]]:
    """The shares of a clock that are not told yet: percent, and hours after Monday midnight."""
    histories = {events[0].stream: events, **(parts or {})}
    readings = read(histories, agreement, CONTRACT_TEMPLATE, MONDAY + now, shares=SHARES)
    return [
        (each.share, each.used_up_at - MONDAY)
        for each in nearings_ahead(events, readings)
        if each.clock is clock
    ]


def prioritised(at: Instant, priority: e.Priority, actor: Actor = LENA) -> Told:
    return at, e.TicketPrioritised(priority), actor


def at(day: int, hour: float) -> Instant:
    """An hour of a day; Monday is day 0."""
    return day * DAY + int(hour * HOUR)


# ---- the same instants as a reading of that share --------------------------------------------


@pytest.mark.parametrize("lens", [CONTRACT_TEMPLATE, *PRESETS.values()], ids=["contract", *PRESETS])
@pytest.mark.parametrize("seed", range(40))
def test_a_share_is_used_up_when_a_clock_of_that_share_falls_due(seed: int, lens: Lens) -> None:
    rng = random.Random(seed)
    case = case_of(generator.random_case(rng))
    instants = sorted({each.happened_at for told in case.histories.values() for each in told})
    for now in [case.now, *rng.sample(instants, min(6, len(instants)))]:
        whole = read(case.histories, case.agreement, lens, now, shares=SHARES)
        for share in SHARES:
            of_share = {
                (each.tickets, each.clock, each.cycle): each.due_at
                for each in read(case.histories, case.agreement, lens, now, percent=share)
            }
            for one in whole:
                found = dict(one.shares).get(share)
                if one.ended_at is not None:
                    assert found is None
                elif one.verdict in JUDGED_LATER:
                    assert found == of_share[one.tickets, one.clock, one.cycle]


@given(
    now=st.integers(0, 9 * 24 * 60),
    pause=st.tuples(st.integers(1, 2000), st.integers(1, 3000)),
    raised=st.integers(1, 4000),
    priority=st.sampled_from(list(e.Priority)),
)
def test_shares_come_in_order_and_before_the_due_instant(
    now: int, pause: tuple[int, int], raised: int, priority: e.Priority
) -> None:
    begin, end = pause[0] * MINUTE, (pause[0] + pause[1]) * MINUTE
    told = [
        (at(0, 9) + begin, e.WaitBegun("w", e.WaitReason.APPROVAL), LENA),
        (at(0, 9) + end, e.WaitEnded("w"), LENA),
        prioritised(at(0, 9) + raised * MINUTE, priority),
    ]
    events = ticket(*sorted(told, key=lambda each: each[0]))
    instant = MONDAY + at(0, 9) + now * MINUTE
    histories = {"T": events}
    for reading in read(histories, AGREEMENT, CONTRACT_TEMPLATE, instant, shares=SHARES):
        instants = [used_up_at for _, used_up_at in reading.shares]
        if reading.due_at is not None:
            assert [*instants, reading.due_at] == sorted([*instants, reading.due_at])
            assert len(instants) == len(SHARES)
        for share in SHARES:
            other = next(
                each
                for each in read(histories, AGREEMENT, CONTRACT_TEMPLATE, instant, percent=share)
                if (each.clock, each.cycle) == (reading.clock, reading.cycle)
            )
            assert dict(reading.shares).get(share) == other.due_at


# ---- by hand --------------------------------------------------------------------------------


def test_working_time_counts_and_a_holiday_does_not() -> None:
    # 20 hours of eight a day: ten by Wednesday 11:00, for Tuesday is a holiday.
    events = ticket()
    assert ahead(events, at(0, 9)) == [(50, at(2, 11)), (75, at(2, 16)), (90, at(3, 11))]


def test_a_weekend_lies_between() -> None:
    # Opened on Friday at 15:00: two hours are left of the day.
    events = ticket(opened_at=at(4, 15))
    assert ahead(events, at(4, 15)) == [(50, at(7, 17)), (75, at(8, 14)), (90, at(8, 17))]


def test_a_pause_moves_what_is_ahead_and_hides_it_while_it_lasts() -> None:
    begun = (at(0, 11), e.WaitBegun("w", e.WaitReason.REQUESTER), LENA)
    ended = (at(0, 15), e.WaitEnded("w"), LENA)
    assert ahead(ticket(begun), at(0, 12)) == []
    # Two hours before the pause, two after it, six on Wednesday.
    assert ahead(ticket(begun, ended), at(0, 15))[0] == (50, at(2, 15))


def test_what_was_used_up_before_a_pause_stays_so() -> None:
    begun = (at(2, 12), e.WaitBegun("w", e.WaitReason.REQUESTER), LENA)
    assert ahead(ticket(begun), at(2, 14)) == [(50, at(2, 11))]


def test_a_raise_brings_the_instants_nearer_and_some_at_once() -> None:
    # Six hours are used when it becomes a P2 of ten: half of them went before.
    events = ticket(prioritised(at(0, 9), e.Priority.P3), prioritised(at(0, 15), e.Priority.P2))
    assert ahead(events, at(0, 15)) == [(50, at(0, 15)), (75, at(0, 16.5)), (90, at(2, 10))]


def test_the_most_pressing_runs_through_the_night() -> None:
    events = ticket(prioritised(at(0, 23), e.Priority.P1), opened_at=at(0, 23))
    assert ahead(events, at(0, 23)) == [(50, at(1, 1)), (75, at(1, 2)), (90, at(1, 2.6))]


def test_a_share_that_was_used_up_before_a_lowering_stays_used_up() -> None:
    # A provisional P2: five of ten hours by 14:00. A person sets P3 at 15:00.
    events = ticket(
        prioritised(at(0, 9), e.Priority.P2, RULE), prioritised(at(0, 15), e.Priority.P3)
    )
    assert ahead(events, at(0, 15)) == [(50, at(0, 14)), (75, at(2, 16)), (90, at(3, 11))]


def test_a_merged_ticket_brings_its_shares() -> None:
    early = ticket((at(2, 9), e.TicketMerged("T"), LENA), stream="S", opened_at=at(0, 9))
    late = ticket((at(2, 9), e.TicketAbsorbed("S"), LENA), opened_at=at(2, 8))
    assert ahead(late, at(2, 9), parts={"S": early})[0] == (50, at(2, 11))


def test_a_reopened_ticket_goes_on_where_it_stood() -> None:
    events = ticket(
        (at(0, 15), e.TicketResolved(), LENA),
        neared(at(2, 11), 50),
        (at(3, 10), e.TicketReopened(), RITA),
    )
    # The clock of the resolution never stopped; half of it went while it was resolved.
    assert ahead(events, at(3, 10)) == [(75, at(2, 16)), (90, at(3, 11))]


def test_what_has_ended_is_told_of_no_more() -> None:
    resolved = ticket((at(3, 12), e.TicketResolved(), LENA))
    assert ahead(resolved, at(3, 13)) == []
    replied = ticket(
        (at(0, 12), e.MessageWritten("m", ("rita",), WORDS), LENA),
        (at(0, 12), e.MessageDelivered("m", e.Channel.MAIL), SWEEP),
    )
    assert ahead(replied, at(0, 13), clock=e.ClockName.RESPONSE) == []


def test_without_a_target_nothing_nears() -> None:
    none = agreement_of({"targets": [{"response": "4h"}]}, {"office": OFFICE})
    assert ahead(ticket(), at(0, 10), agreement=none) == []


# ---- once each ------------------------------------------------------------------------------


def neared(
    instant: Instant, share: int, clock: e.ClockName = e.ClockName.RESOLUTION, cycle: int = 0
) -> Told:
    return instant, e.TargetNeared(clock, cycle, share), SWEEP


def test_each_share_of_a_clock_is_told_once() -> None:
    events = ticket(neared(at(2, 11), 50), neared(at(2, 16), 75))
    assert ahead(events, at(2, 16)) == [(90, at(3, 11))]
    other = ticket(neared(at(0, 11), 50, e.ClockName.RESPONSE))
    assert [share for share, _ in ahead(other, at(0, 12))] == [50, 75, 90]


def test_a_raise_tells_no_share_again() -> None:
    events = ticket(neared(at(2, 11), 50), prioritised(at(2, 11.5), e.Priority.P2))
    assert [share for share, _ in ahead(events, at(2, 12))] == [75, 90]


def test_the_next_answer_owed_has_its_own_shares() -> None:
    def reply(instant: Instant, key: str) -> list[Told]:
        return [
            (instant, e.MessageWritten(key, ("rita",), WORDS), LENA),
            (instant, e.MessageDelivered(key, e.Channel.MAIL), SWEEP),
        ]

    def word(instant: Instant, key: str) -> Told:
        return instant, e.MessageReceived(key, "rita", e.Channel.MAIL, WORDS), RITA

    owed = e.ClockName.NEXT_REPLY
    events = ticket(
        *reply(at(0, 9.5), "a"),
        word(at(0, 10), "b"),
        neared(at(0, 14), 50, owed, 0),
        *reply(at(0, 15), "c"),
        word(at(0, 16), "d"),
    )
    assert ahead(events, at(0, 16), clock=owed)[0] == (50, at(2, 12))
    # A merge may number the answers owed anew: what was told of this one stays told.
    renumbered = [*events, *ticket(neared(at(2, 12), 50, owed, 7))[1:]]
    assert [share for share, _ in ahead(renumbered, at(2, 12), clock=owed)] == [75, 90]
