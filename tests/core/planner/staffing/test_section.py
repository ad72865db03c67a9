"""The sections `demand` and `staffing`: what they read, and how they complain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commondesk.core.planner.case.fields import Complaints, Part
from commondesk.core.planner.case.yaml_text import plain
from commondesk.core.planner.demand import section as demand_section
from commondesk.core.planner.demand.demand import Demand
from commondesk.core.planner.staffing import section
from commondesk.core.planner.staffing.plan import plan
from commondesk.core.planner.staffing.question import Channel, Question
from commondesk.core.record.codec import Json

DOCS = Path(__file__).parents[4] / "docs/planning"

DEMAND: dict[str, Json] = {"tickets_per_month": 800, "work": "30 min"}
ONE_OF_TWO: dict[str, Json] = {"name": "P1", "share": "40 %", "first_response": "1 h"}
STAFFING: dict[str, Json] = {
    "hours": {"mon-fri": "09:00-17:00"},
    "first_response": "1 h",
    "shrinkage": "30 %",
}


def read(
    demand: dict[str, Json], staffing: dict[str, Json]
) -> tuple[Demand | None, Question | None, list[str]]:
    complaints = Complaints()
    told = demand_section.read(Part("demand", demand, complaints), complaints)
    question = section.read(Part("staffing", staffing, complaints), complaints, told)
    return told, question, [str(each) for each in complaints.found]


def test_the_least_that_is_needed() -> None:
    demand, question, wrong = read(DEMAND, STAFFING)
    assert wrong == []
    assert demand is not None
    assert demand.tickets_a_week == pytest.approx(800 * 12 * 7 / 365.25)
    assert question is not None
    assert question.channel is Channel.TICKETS
    assert question.hours.per_week == 40.0
    assert question.shrinkage == pytest.approx(0.3)


def test_the_example_of_the_documents_reads_and_answers() -> None:
    text = (DOCS / "staffing.md").read_text("utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    data, _ = plain(found[1])
    assert isinstance(data, dict)
    demand, staffing = data["demand"], data["staffing"]
    assert isinstance(demand, dict)
    assert isinstance(staffing, dict)
    _, question, wrong = read(demand, staffing)
    assert wrong == []
    assert question is not None
    assert plan(question).smallest is not None


def test_the_demand_of_the_documents_reads() -> None:
    found = re.search(r"```yaml\n(.*?)```", (DOCS / "demand.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    data, _ = plain(found[1])
    assert isinstance(data, dict)
    demand = data["demand"]
    assert isinstance(demand, dict)
    told, _, wrong = read(demand, STAFFING)
    assert wrong == []
    assert told is not None
    assert told.tiers[0].escalates == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("hours", "per_week"),
    [
        ("24x7", 168.0),
        ({"mon-sun": "00:00-24:00"}, 168.0),
        ({"mon-fri": "08:00-12:00, 13:00-18:00", "sat": "9:30-12:00"}, 47.5),
        ({"fri-mon": "22:00-06:00"}, 32.0),
        ({"mon, wed": "10:00-11:00"}, 2.0),
    ],
)
def test_hours(hours: Json, per_week: float) -> None:
    _, question, wrong = read(DEMAND, STAFFING | {"hours": hours})
    assert wrong == []
    assert question is not None
    assert question.hours.per_week == pytest.approx(per_week)


def test_tiers_priorities_and_turnover() -> None:
    demand: dict[str, Json] = {
        "tickets_per_week": 200,
        "tiers": [
            {"name": "L1", "work": "20 min", "escalates": "30 %"},
            {"name": "L2", "work": "1 h 30 min"},
        ],
        "waiting": {"share": "20 %", "time": "8 h"},
    }
    staffing = STAFFING | {
        "priorities": [
            {"name": "P1", "share": "10 %", "first_response": "30 min", "resolution": "4 h"},
            {"name": "P2", "share": "90 %", "first_response": "4 h"},
        ],
        "turnover": {"leavers_per_year": "30 %"},
    }
    del staffing["first_response"]
    told, question, wrong = read(demand, staffing)
    assert wrong == []
    assert told is not None
    assert [each.escalates for each in told.tiers] == pytest.approx([0.3, 0.0])
    assert question is not None
    assert [each.name for each in question.promises] == ["P1", "P2"]
    assert question.staying is not None
    assert question.staying.share == pytest.approx(0.9355, abs=5e-5)


def test_a_tier_may_work_other_hours() -> None:
    demand: dict[str, Json] = {
        "tickets_per_week": 200,
        "tiers": [{"work": "20 min", "escalates": "30 %"}, {"work": "90 min"}],
    }
    others: dict[str, Json] = {"tier_hours": {"L2": {"mon-fri": "10:00-14:00"}}}
    _, question, wrong = read(demand, STAFFING | others)
    assert wrong == []
    assert question is not None
    assert question.hours_of(0).per_week == 40.0
    assert question.hours_of(1).per_week == 20.0
    assert question.agent_hours((3, 2)) == 160.0
    for name, complaint in (("L1", "first tier"), ("L3", "not known here")):
        _, question, wrong = read(demand, STAFFING | {"tier_hours": {name: "24x7"}})
        assert question is None
        assert any(complaint in each for each in wrong)


@pytest.mark.parametrize(
    ("demand", "staffing", "complaint"),
    [
        ({"tickets_per_month": 1e9}, {}, "demand.tickets_per_month: .*more than"),
        ({"tickets_per_month": -1}, {}, "demand.tickets_per_month: -1 is less than 0"),
        ({"tickets_per_month": 0}, {}, "demand.tickets_per_month: is 0"),
        ({"tickets_per_month": ".nan"}, {}, "demand.tickets_per_month: "),
        ({"tickets_per_week": 5}, {}, "demand.tickets_per_(month|week): says again"),
        ({"work": 30}, {}, "demand.work: 30 has no unit"),
        ({"work": "0 min"}, {}, "demand.work: is 0"),
        ({"wrok": "30 min"}, {}, "demand.wrok: .*did you mean work"),
        ({"closed_share": 20}, {}, "demand.closed_share: 20 is no share"),
        ({"per_hour": [1, 2]}, {}, "demand.per_hour: "),
        ({"patience": "2 min"}, {}, "staffing.channel: tickets do not hang up"),
        ({"waiting": {"share": "20 %"}}, {}, "demand.waiting.time: is missing"),
        ({}, {"shrinkage": None}, "staffing.shrinkage: is missing"),
        ({}, {"shrinkage": "130 %"}, "staffing.shrinkage: "),
        ({}, {"share": "100 %"}, "staffing.share: "),
        ({}, {"hours": None}, "staffing.hours: is missing"),
        ({}, {"hours": {"monday": "9-17"}}, "staffing.hours.monday: is no day"),
        ({}, {"hours": {"mon": "9-17"}}, "staffing.hours.mon: wants hours"),
        ({}, {"hours": {"mon-tue": "09:00-17:00", "tue": "16:00-18:00"}}, "same hour twice"),
        ({}, {"first_response": None}, "staffing.priorities: is missing"),
        ({}, {"resolution": "10 min"}, "staffing.resolution: is shorter"),
        ({}, {"max_utilisation": 0}, "staffing.max_utilisation: is 0"),
        ({}, {"growth": "-95 %"}, "staffing.growth: "),
        ({}, {"people": 2.5}, "staffing.people: wants a whole number"),
        ({}, {"channel": "chat"}, "staffing.channel: "),
        (
            {},
            {"first_response": None, "priorities": [ONE_OF_TWO]},
            "add to 40 %",
        ),
    ],
)  # fmt: skip
def test_complaints_name_field_and_remedy(
    demand: dict[str, Json], staffing: dict[str, Json], complaint: str
) -> None:
    _, question, wrong = read(DEMAND | demand, STAFFING | staffing)
    assert question is None
    assert any(re.search(complaint, each) for each in wrong), wrong
