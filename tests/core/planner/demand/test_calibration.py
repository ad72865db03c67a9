"""Calibration: what tickets tell of demand, and what they do not."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

import pytest

from commondesk.core.planner.demand import section
from commondesk.core.planner.demand.calibration import (
    FEWEST_BOOKED,
    Seen,
    TooLittleData,
    calibrated,
    seen,
)
from commondesk.core.planner.simulation.model import Hours
from commondesk.core.record import events as e
from commondesk.core.record.event import Body
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant, parse_instant

UTC = ZoneInfo("UTC")
MONDAY = parse_instant("2026-01-05T00:00Z")


def made(weeks: int = 12, a_day: int = 20, worked: int | None = None) -> list[Seen]:
    """Weeks of tickets on working days between 9 and 17; one in four goes on to a second team."""
    random = Random(1)
    return [
        Seen(
            MONDAY + week * 7 * DAY + day * DAY + 9 * HOUR + random.randrange(8 * HOUR),
            ("desk", "network") if number % 4 == 0 else ("desk",),
            worked,
        )
        for week in range(-1, weeks + 1)
        for day in range(5)
        for number in range(a_day)
    ]


def test_arrivals_are_those_of_whole_weeks() -> None:
    found = calibrated(made(), UTC)
    assert found.weeks == 12
    assert found.tickets_a_week.value == pytest.approx(100.0)
    assert found.tickets_a_week.low < 100 < found.tickets_a_week.high
    assert sum(each.value for each in found.per_hour) == pytest.approx(100.0)
    assert found.per_hour[3].value == 0.0
    assert found.per_hour[3].high > 0.0
    assert found.closed_share(Hours.office()) == pytest.approx(0.0)
    assert found.closed_share(Hours.office(9, 13)) == pytest.approx(0.5, abs=0.05)


def test_hours_are_those_of_the_desk_s_zone() -> None:
    found = calibrated(made(), ZoneInfo("America/New_York"))
    assert found.per_hour[4].value > 0
    assert found.per_hour[14].value == 0.0


def test_thin_weeks_and_far_ones_are_left_out() -> None:
    late = [Seen(MONDAY + week * 7 * DAY + 10 * HOUR) for week in range(20, 40)]
    found = calibrated(made() + late, UTC)
    assert found.weeks == 13
    assert found.tickets_a_week.value == pytest.approx(100.0)
    assert any("left out" in each for each in found.told)


def test_without_booked_time_work_is_asked() -> None:
    found = calibrated(made(), UTC)
    assert found.work is None
    assert found.demand() is None
    assert any(each.startswith("Work per ticket: time is booked on 0") for each in found.lacks)
    typed = found.demand([0.5, 1.5])
    assert typed is not None
    assert [each.work for each in typed.tiers] == [0.5, 1.5]
    assert typed.tiers[0].escalates == pytest.approx(0.25)


def test_booked_time_is_the_work() -> None:
    found = calibrated(made(worked=30 * MINUTE), UTC)
    assert found.work is not None
    assert found.work.value == pytest.approx(0.5)
    assert found.work.count >= FEWEST_BOOKED
    assert found.cv == pytest.approx(0.0)
    assert not any("too few to tell" in each for each in found.lacks)


def test_passing_on_is_told_from_changes_of_team() -> None:
    found = calibrated(made(), UTC)
    assert [each.value for each in found.escalates] == pytest.approx([0.25, 0.0])
    alone = calibrated([Seen(each.opened_at) for each in made()], UTC)
    assert alone.escalates == ()
    assert any(each.startswith("Passing on: no changes") for each in alone.lacks)


def test_less_than_a_week_is_no_demand() -> None:
    with pytest.raises(TooLittleData, match="whole week"):
        calibrated([each for each in made() if each.opened_at < MONDAY + 3 * DAY], UTC)
    with pytest.raises(TooLittleData):
        calibrated([], UTC)


def test_the_demand_is_written_as_a_section_that_reads_back() -> None:
    from commondesk.core.planner.case.fields import Complaints, Part

    typed = calibrated(made(), UTC).demand([0.5, 1.5])
    assert typed is not None
    complaints = Complaints()
    back = section.read(Part("demand", section.written(typed), complaints), complaints)
    assert complaints.found == ()
    assert back is not None
    assert back.tiers == typed.tiers
    assert back.per_hour == pytest.approx(typed.per_hour, abs=1e-4)


@dataclass(frozen=True)
class Told:
    """A moment of a ticket."""

    happened_at: Instant
    body: Body


def test_a_ticket_s_events_tell_what_is_needed() -> None:
    opened = Told(MONDAY, e.TicketOpened(1, "ann", e.Channel.MAIL, e.Kind.INCIDENT, None))  # type: ignore[arg-type]
    found = seen(
        [
            opened,
            Told(MONDAY + HOUR, e.TicketTaken("ines", "desk", e.Tier.L1)),
            Told(MONDAY + HOUR, e.TimeLogged("ines", 10 * MINUTE)),
            Told(MONDAY + 2 * HOUR, e.HandoverAccepted("omar", "network", e.Tier.L2)),
            Told(MONDAY + 3 * HOUR, e.TimeLogged("omar", 20 * MINUTE)),
            Told(MONDAY + 4 * HOUR, e.HandoverAccepted("ines", "desk", e.Tier.L1)),
            Told(MONDAY + 5 * HOUR, e.WaitBegun("1", e.WaitReason.REQUESTER)),
        ]
    )
    assert found == Seen(MONDAY, ("desk", "network"), 30 * MINUTE, 1)
    assert seen([]) is None
