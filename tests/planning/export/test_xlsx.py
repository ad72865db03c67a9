"""The workbook of a case: its formulas, worked out anew, give the figures of the planner.

The evaluator here knows the few functions that the workbook uses; that LibreOffice comes to the
same figures was looked at by hand.
"""

from __future__ import annotations

import math
import re
import zipfile
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from commondesk.cli import main
from commondesk.core.planner import case_file
from commondesk.core.planner.cost import cash_flow
from commondesk.core.planner.cost.comparison import compared
from commondesk.core.planner.cost.costing import Costing
from commondesk.core.planner.cost.inputs import typed
from commondesk.core.planner.cost.priced import priced
from commondesk.core.planner.cost.section import costing_of_data
from commondesk.core.planner.cost.sheet import YEARLY
from commondesk.core.planner.people import whole
from commondesk.core.planner.staffing.plan import Plan, people_of, plan
from commondesk.core.record.codec import Json
from commondesk.planning.export.book import Table
from commondesk.planning.export.xlsx import workbook

DOCS = Path(__file__).parents[3] / "docs" / "planning" / "cost.md"
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")


@cache
def costing() -> Costing:
    found = re.search(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    read, complaints = costing_of_data(yaml.safe_load(found[1])["cost"])
    assert read and not complaints.found
    return read


class Book:
    """A workbook whose cells are worked out from its formulas alone, never from what is kept."""

    def __init__(self, data: bytes) -> None:
        self.formulas: dict[tuple[str, str], str] = {}
        self.kept: dict[tuple[str, str], float] = {}
        self.texts: dict[tuple[str, str], str] = {}
        with zipfile.ZipFile(BytesIO(data)) as file:
            words = [
                "".join(each.itertext())
                for each in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
            ]
            names = ElementTree.fromstring(file.read("xl/workbook.xml")).iterfind(
                ".//m:sheet", SPACE
            )
            self.names = [str(each.get("name")) for each in names]
            for index, name in enumerate(self.names, 1):
                root = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{index}.xml"))
                for cell in root.iterfind(".//m:c", SPACE):
                    self._keep((name, str(cell.get("r"))), cell, words)
        self._worth: dict[tuple[str, str], float] = {}

    def _keep(self, at: tuple[str, str], cell: ElementTree.Element, words: list[str]) -> None:
        formula, value = cell.findtext("m:f", None, SPACE), cell.findtext("m:v", None, SPACE)
        if cell.get("t") == "s":
            self.texts[at] = words[int(value or 0)]
        elif value is not None:
            self.kept[at] = float(value)
        if formula is not None:
            self.formulas[at] = formula

    def set(self, sheet: str, cell: str, value: float) -> None:
        self.kept[sheet, cell] = value
        self._worth.clear()

    def cell_of(self, sheet: str, text: str) -> str:
        """The cell beside the first that holds this text."""
        (found,) = [
            cell for (name, cell), held in self.texts.items() if name == sheet and held == text
        ]
        return found.replace("A", "B", 1)

    def worth(self, sheet: str, cell: str) -> float:
        at = sheet, cell
        if at not in self.formulas:
            return self.kept.get(at, 0.0)
        if at not in self._worth:
            self._worth[at] = self._work(sheet, self.formulas[at])
        return self._worth[at]

    def _work(self, sheet: str, formula: str) -> float:
        cells: list[object] = []

        def take(match: re.Match[str]) -> str:
            name, column, row, to_column, to_row = match.groups()
            of = name or sheet
            if to_column:
                assert column == to_column
                cells.append(
                    [self.worth(of, f"{column}{n}") for n in range(int(row), int(to_row) + 1)]
                )
            else:
                cells.append(self.worth(of, f"{column}{row}"))
            return f"_[{len(cells) - 1}]"

        text = REFERENCE.sub(take, formula).replace("^", "**")
        return float(eval(text, FUNCTIONS | {"_": cells}))


def roundup(value: float, places: int) -> float:
    assert places == 0
    return math.copysign(math.ceil(abs(value)), value)


def npv(rate: float, flows: list[float]) -> float:
    return sum(each / (1 + rate) ** month for month, each in enumerate(flows, 1))


FUNCTIONS: dict[str, object] = {
    "__builtins__": {},
    "ROUNDUP": roundup,
    "ROUND": round,
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "NPV": npv,
}


def test_every_formula_gives_the_value_beside_it() -> None:
    book = Book(workbook(costing()))
    assert len(book.formulas) > 300
    for sheet, cell in book.formulas:
        assert book.worth(sheet, cell) == pytest.approx(book.kept[sheet, cell], abs=1e-6), cell


def test_a_changed_number_changes_every_sheet_as_the_planner_does() -> None:
    book = Book(workbook(costing()))
    book.set("Numbers", book.cell_of("Numbers", "Tickets a month"), 900)
    changed = replace(costing(), inputs={**costing().inputs, "tickets_per_month": typed(900)})
    flows = {each.key: each for each in cash_flow.flows(changed)}
    for row, each in enumerate(priced(changed), 2):
        assert book.worth("Side by side", f"E{row}") == pytest.approx(each.yearly.value)
        assert book.worth("Side by side", f"G{row}") == pytest.approx(each.first_year.value)
        assert book.worth("Side by side", f"I{row}") == pytest.approx(each.per_ticket.value)
        column = chr(ord("A") + row - 1)
        last = changed.months
        assert book.worth("Months", f"{column}{last + 3}") == pytest.approx(flows[each.key].total)
        assert book.worth("Months", f"{column}{last + 4}") == pytest.approx(
            flows[each.key].worth_today
        )


def test_words_of_people_are_never_formulas() -> None:
    first, *others = costing().candidates
    risky = replace(first, title="=1+1", scope=frozenset({"=cmd()"}))
    twice = replace(others[0], title="=1+1")
    again = replace(others[1], title="A/B: [everything] that 'one' could want of a desk")
    book = Book(
        workbook(
            replace(costing(), candidates=(risky, twice, again)),
            [Table("Staffing", ("People", "Kept"), [("=2", 0.9), (None, 1)])],
        )
    )
    assert book.names[1:4] == ["=1+1", "=1+1 2", "A B   everything  that  one  co"]
    assert "=1+1" not in book.formulas.values()
    assert ("Staffing", "A2") in book.texts


def staffing() -> Plan:
    demand: Json = {"tickets_per_month": 300, "work": "5 min"}
    said: dict[str, Json] = {
        "hours": {"mon-fri": "08:00-16:00"},
        "first_response": "2 min",
        "shrinkage": "30 %",
    }
    read = case_file.read({"demand": demand, "staffing": {**said, "channel": "live"}}).case
    assert read.staffing is not None
    return plan(read.staffing)


def test_the_staffing_sheet_works_people_out_of_agents() -> None:
    made = staffing()
    book = Book(workbook(None, people=made))
    assert book.names == ["Staffing"]
    for sheet, cell in book.formulas:
        assert book.worth(sheet, cell) == pytest.approx(book.kept[sheet, cell], abs=1e-6), cell
    (row,) = [
        int(cell[1:]) for (_, cell), text in book.texts.items() if text == "smallest that holds"
    ]
    assert made.smallest is not None
    assert book.worth("Staffing", f"D{row}") == made.smallest.heads
    assert book.worth("Staffing", f"E{row}") == pytest.approx(made.smallest.level.busiest)
    book.set("Staffing", f"A{row}", made.smallest.agents + 3)
    more = people_of(made.question, (made.smallest.agents + 3,))
    assert book.worth("Staffing", f"C{row}") == pytest.approx(more.value)
    assert book.worth("Staffing", f"D{row}") == whole(more.value or 0.0)


def test_the_roster_sheet_sums_what_is_worked() -> None:
    shift = {"region": "Europe", "role": "L1", "pattern": "day", "starts": "08:00"}
    figures: dict[str, Json] = {
        "shifts": [
            {**shift, "first_day": "Mon", "people": 3, "cost": 900.0},
            {**shift, "first_day": "Sat", "people": 1, "cost": 1200.5},
        ],
        "people": 4,
        "cost_per_week": 3900.5,
        "uncovered_hours": 4.0,
        "uncovered_cost": 200.0,
        "on_call_hours": 20.0,
        "on_call_cost": 90.0,
    }
    book = Book(workbook(None, roster=figures))
    for sheet, cell in book.formulas:
        assert book.worth(sheet, cell) == pytest.approx(book.kept[sheet, cell]), cell
    assert book.worth("Roster", "H7") == pytest.approx(4190.5)
    book.set("Roster", "A2", 4)
    assert book.worth("Roster", "H7") == pytest.approx(5090.5)


def test_a_roster_of_nobody_sums_to_what_stays_open() -> None:
    empty: dict[str, Json] = {"shifts": [], "uncovered_hours": 50.0, "uncovered_cost": 100.0}
    book = Book(workbook(None, roster=empty))
    for sheet, cell in book.formulas:
        assert book.worth(sheet, cell) == pytest.approx(book.kept[sheet, cell]), cell
    assert book.worth("Roster", "H5") == 100


def test_what_the_draws_came_to_stands_there_as_values() -> None:
    found = compared(costing(), draws=200)
    book = Book(workbook(None, drawn=found))
    assert (book.names, book.formulas) == (["Ranges, drawn"], {})
    first = found.options[0]
    spread = found.drawn.spreads[first.key][YEARLY]
    assert book.texts["Ranges, drawn", "A2"] == first.candidate.name
    row = [book.worth("Ranges, drawn", f"{column}2") for column in "CDEF"]
    assert row == pytest.approx([spread.mean, spread.p10, spread.p50, spread.p90])
    assert any("200 drawn years" in text for text in book.texts.values())


def test_the_same_case_gives_the_same_bytes() -> None:
    assert workbook(costing()) == workbook(costing())


def test_the_command_writes_it(tmp_path: Path) -> None:
    text = re.search(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert text
    case, out = tmp_path / "case.yaml", tmp_path / "costs.xlsx"
    case.write_text(text[1], encoding="utf-8")
    assert main(["plan", "cost", str(case), "--out", str(out)]) == 0
    assert Book(out.read_bytes()).names[0] == "Numbers"


def test_the_command_writes_people_and_roster_beside_the_costs(tmp_path: Path) -> None:
    case, out = tmp_path / "case.yaml", tmp_path / "people.xlsx"
    case.write_text(PEOPLE, encoding="utf-8")
    for verb in ("staff", "roster"):
        assert main(["plan", verb, str(case), "--out", str(out)]) == 0
        assert Book(out.read_bytes()).names == ["Staffing", "Roster"]


def test_a_slip_in_any_part_of_a_workbook_stops_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, out = tmp_path / "case.yaml", tmp_path / "people.xlsx"
    case.write_text(PEOPLE.replace("seats: 1", "seats: -1"), encoding="utf-8")
    assert main(["plan", "staff", str(case), "--out", str(out)]) == 1
    assert "roster.needed[1].seats: -1 is less than 0" in capsys.readouterr().err
    assert not out.exists()


PEOPLE = """
demand: {tickets_per_month: 300, work: 5 min}
staffing:
  hours: {mon-fri: "08:00-16:00"}
  first_response: 2 min
  shrinkage: 30 %
  channel: live
roster:
  regions: [{name: HQ, zone: UTC, roles: [{role: L1, cost_per_week: 900}]}]
  patterns: [{name: day, days: 5, hours: 8 h, starts: ["09:00"], first_days: mon}]
  needed: [{role: L1, seats: 1, days: mon-fri, hours: "09:00-17:00"}]
"""
