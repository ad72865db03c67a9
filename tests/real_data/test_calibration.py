"""A staffing plan from the UCI incident log, and what that log cannot tell.

Counted in the file itself: 13 whole weeks on end, from 29 February 2016 on, hold 22,787 incidents;
what opens later is a trickle.
"""

from __future__ import annotations

import os
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import pytest

from commondesk.core.planner.demand.calibration import Calibration, calibrated, seen
from commondesk.core.planner.simulation.model import Hours
from commondesk.core.planner.staffing.plan import plan
from commondesk.core.planner.staffing.question import Promise, Question
from commondesk.readers import known
from commondesk.readers.export import Asked, Quality, Source

LOG = Path(os.environ["COMMONDESK_REAL_DATA"]) / "uci-incident-log" / "incident_event_log.csv.gz"
UTC = ZoneInfo("UTC")
OFFICE = Hours.office(8, 18)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    with LOG.open("rb") as file:
        sources = [Source(LOG.name, file)]
        guess = known.reader_of(sources)
        asked = Asked(uuid5(NAMESPACE_URL, "calibration"), UTC, "")
        tickets = known.tickets_of(guess, sources, asked, Quality(source=guess.reader.SOURCE))
        rows = [found for each in tickets if (found := seen(each.drafts)) is not None]
    return calibrated(rows, UTC)


def test_arrivals_and_escalations_are_measured(calibration: Calibration) -> None:
    assert (calibration.weeks, calibration.tickets) == (13, 22_787)
    assert calibration.tickets_a_week.value == pytest.approx(22_787 / 13)
    assert calibration.escalates[0].value == pytest.approx(0.088, abs=0.0005)
    assert 0.15 < calibration.closed_share(OFFICE) < 0.2


def test_what_it_cannot_tell_is_said(calibration: Calibration) -> None:
    assert calibration.work is None
    assert calibration.demand() is None
    said = " ".join(calibration.lacks)
    assert "time is booked on 0 tickets" in said
    assert "how long tickets were open cannot stand for it" in said
    assert "whether a team is a higher tier" in said
    assert "absences, patience of callers" in said


def test_with_typed_work_it_is_a_plan(calibration: Calibration) -> None:
    demand = calibration.demand([0.3])
    assert demand is not None
    found = plan(Question(demand, OFFICE, (Promise(first_response=1.0),), shrinkage=0.3))
    assert found.smallest is not None
    assert found.smallest.agents > 12  # what Erlang C asks for on the average of the week
    assert any("Erlang C on the average" in each for each in found.warnings)
