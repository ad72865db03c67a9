"""`commondesk plan`: a case answered as text, as a page or for programs; what is wrong with it."""

import json
import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from commondesk.cli import main, plan
from commondesk.core.charter import yaml_text
from commondesk.core.planner.case_file import Case
from commondesk.core.planner.diagnosis.answers import (
    Answers,
    Criticality,
    Dependence,
    InternalIt,
    Option,
    Volume,
)
from commondesk.core.planner.report import board
from commondesk.core.planner.staffing.plan import Plan
from commondesk.planning.export.pdf import board_pdf


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example case, in a file of its own."""
    file = tmp_path / "CASE.yaml"
    file.write_text(plan.example(), "utf-8")
    return file


@pytest.fixture(autouse=True)
def _planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation tells the same each time: no need to play it for every test."""
    planned = plan.planned

    def once(case: Case) -> Plan:
        key = repr(case.staffing)
        if key not in _PLANNED:
            _PLANNED[key] = planned(case)
        return _PLANNED[key]

    monkeypatch.setattr(plan, "planned", once)


_PLANNED: dict[str, Plan] = {}


def ran(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """The exit code of a command, what it printed, and what it told."""
    code = main(["plan", *map(str, words)])
    out, told = capsys.readouterr()
    return code, out, told


@pytest.mark.parametrize("verb", plan._ANSWERS)
def test_the_example_is_answered(verb: str, case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, told = ran(capsys, verb, case)
    assert (code, told) == (0, "")
    assert out.startswith(f"{out.splitlines()[0]}\n===")
    assert "Acme Tools" in out
    assert "None" not in out
    code, out, told = ran(capsys, verb, case, "--json")
    assert (code, told) == (0, "")
    assert json.loads(out)


def test_the_diagnosis_for_programs_speaks_as_the_rules_do(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = ran(capsys, "diagnose", case, "--json")
    found = json.loads(out)
    assert found["primary"] == Option.CO_MANAGED
    assert found["readiness"] == "scope_first"
    assert found["missing_scoping"] == ["escalation"]
    assert "R16" in found["rules_fired"]


@pytest.mark.parametrize("verb", [*plan._ANSWERS, "request"])
def test_a_page_needs_nothing_else(
    verb: str, case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    code, out, told = ran(capsys, verb, case, "--out", page)
    assert (code, out, told) == (0, "", f"{page} is written\n")
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert not re.search(r"<script|<link|src=|href=", text)


def test_a_charter_comes_out_that_the_desk_reads(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(capsys, "charter", case)
    assert code == 0
    found = yaml_text.from_yaml(out)
    assert found.about.title == "IT support for Acme Tools"
    assert found.points.escalation == ""


def test_a_request_is_markdown_and_its_guide_is_another(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, request, _ = ran(capsys, "request", case)
    _, guide, _ = ran(capsys, "request", case, "--guide")
    assert request.startswith("# Request for proposals: IT support for Acme Tools")
    assert guide.startswith("# What to listen for")


def test_the_board_gets_two_pages(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "board.pdf"
    code, _, _ = ran(capsys, "board", case, "--out", file, "--date", "22 November 2026")
    first = file.read_bytes()
    assert code == 0
    assert first.startswith(b"%PDF")
    assert pages_of(first) == 2
    ran(capsys, "board", case, "--out", file, "--date", "22 November 2026")
    assert file.read_bytes() == first


def test_the_board_never_gets_a_third_page() -> None:
    long = "a thing that nobody can foresee, however long one thinks about it, "
    data = board.board("Acme " * 20, "today", EVERYTHING, None, None)
    bar = {"label": long[:60], "low": 1.0, "middle": 2.0, "high": 3.0, "told": "2"}
    parts = {
        "cost": {
            "title": "Cost",
            "head": ["In USD", "A year", "First year", "A month"],
            "rows": [[long[:60], "1,000,000", "1,000,000", "100,000"]] * board.MOST_OPTIONS,
            "chart": long,
            "bars": [bar] * board.MOST_OPTIONS,
            "pairs": [(long * 5)[: board.LONGEST]] * 4,
        },
        "staffing": {
            "title": "People",
            "question": long * 3,
            "head": ["People", "On duty", "P1", "P2", "P3", "P4", "Busy", "Kept"],
            "rows": [["10", "5+3", *["99 % (98 % – 100 %)"] * 4, "80 %, 70 %", "no"]] * 8,
            "meets": 7,
            "engine": long * 3,
            "notes": [(long * 5)[: board.LONGEST]] * 3,
        },
        "worries": {
            "title": "What could go wrong",
            "items": [(long * 5)[: board.LONGEST]] * board.MOST_WORRIES,
        },
    }
    data |= json.loads(json.dumps(parts))
    assert pages_of(board_pdf(data)) == 2


EVERYTHING = Answers(
    users=300,
    internal_it=InternalIt.GENERALIST,
    volume=Volume.HIGH,
    criticality=Criticality.HIGH,
    it_dependence=Dependence.STRONG,
    internal_hours_month=50,
    leadership_hours_week=10,
    target_full_service_days=10,
    three_questions_answered=False,
    backups_tested=False,
    security_known=False,
    repeated_incidents=True,
    change_event=True,
    team_overloaded=True,
    key_person=True,
    cost_unreadable=True,
    motive_cost_only=True,
    regulated=True,
    needs_steering=True,
    multi_site_cloud_remote=True,
)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_slips_are_told_all_at_once_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "CASE.yaml"
    file.write_text(
        "company: {users: 80, currency: dollars}\n"
        "diagnosis:\n"
        "  internal_it: generalst\n"
        "  incidents_per_month: -3\n"
        "  internal_hours_month: .nan\n"
        "colour: blue\n",
        "utf-8",
    )
    code, out, told = ran(capsys, "diagnose", file)
    assert (code, out) == (plan.WRONG, "")
    assert [line.removeprefix(f"{file}:") for line in told.splitlines()] == [
        "1: company.currency: 'dollars' is no currency; write three capital letters such as EUR",
        "3: diagnosis.internal_it: 'generalst' is none of these; did you mean generalist?"
        " Known: none, generalist, small_team, department",
        "4: diagnosis.incidents_per_month: -3 is less than 0; is the number, and its unit, meant?",
        "5: diagnosis.internal_hours_month: wants a number, not '.nan'",
        "6: colour: is not known here; known: company, scoping, diagnosis, demand, staffing,"
        " roster, team, cost, providers",
        "commondesk: nothing was worked out: 5 things need another look",
    ]


def test_a_slip_elsewhere_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "CASE.yaml"
    file.write_text(
        "diagnosis: {users: 5, internal_it: none}\ncost: {options: {x: {option: y}}}\n", "utf-8"
    )
    assert ran(capsys, "diagnose", file)[0] == 0
    assert ran(capsys, "cost", file)[0] == plan.WRONG


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        ("a: [1", "is no YAML"),
        ("- 1\n", "wants sections with names"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("company: {}\n", "no section 'diagnosis'"),
        ("diagnosis: []\n", "wants names with values, not a list"),
    ],
)
def test_no_text_makes_a_traceback(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "CASE.yaml"
    file.write_text(text, "utf-8")
    code, out, told = ran(capsys, "diagnose", file)
    assert code in (1, 2)
    assert out == ""
    assert says in told


def test_json_is_a_case_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text('{\n\t"diagnosis": {"users": 5, "internal_it": "none"}\n}', "utf-8")
    assert ran(capsys, "diagnose", file)[0] == 0
    file.write_text('{\n\t"diagnosis": {"users": NaN, "internal_it": "none"}\n}', "utf-8")
    code, out, told = ran(capsys, "diagnose", file)
    assert (code, out) == (plan.WRONG, "")
    assert "diagnosis.users: is no number that can be reckoned with" in told


def test_a_file_that_is_not_there_and_a_name_that_says_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, told = ran(capsys, "cost", tmp_path / "none.yaml")
    assert code == 2
    assert "cannot be read" in told
    code, _, told = ran(capsys, "cost", case, "--out", tmp_path / "report.docx")
    assert code == 2
    assert ".html, .md, .txt" in told
    code, _, told = ran(capsys, "board", case)
    assert code == 2
    assert "--out board.pdf" in told


def test_what_cannot_be_planned_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "CASE.yaml"
    file.write_text(
        "demand: {tickets_per_month: 1000000000, work: 30 min}\n"
        'staffing: {hours: {mon-fri: "09:00-17:00"}, first_response: 1 h, shrinkage: 30 %}\n',
        "utf-8",
    )
    code, out, told = ran(capsys, "staff", file)
    assert (code, out) == (plan.WRONG, "")
    assert "demand.tickets_per_month" in told
    assert "more than" in told


MANY = (
    "demand: {tickets_per_month: 1000000, work: 5 min, tiers: null}\n"
    'staffing: {hours: {mon-fri: "09:00-17:00"}, shrinkage: 30 %, priorities: ['
    "{name: P1, share: 50 %, first_response: 1 h}, {name: P2, share: 50 %, first_response: 4 h}]}\n"
)
WIDE = (
    "demand: {tickets_per_month: 400000, work: 30 min}\n"
    'staffing: {hours: {mon-fri: "09:00-17:00"}, first_response: 1 h, shrinkage: 30 %}\n'
)


@pytest.mark.parametrize(
    ("text", "says"), [(MANY, "played through one by one"), (WIDE, "agents at once")]
)
def test_what_would_take_minutes_is_refused_at_once(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "CASE.yaml"
    file.write_text(text, "utf-8")
    code, out, told = ran(capsys, "staff", file)
    assert (code, out) == (2, "")
    assert "tickets: " in told
    assert says in told
    assert "plan the desk in parts" in told


# ---- rosters --------------------------------------------------------------------------------


def test_names_go_into_a_calendar_and_a_table(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar, table = tmp_path / "team.ics", tmp_path / "team.csv"
    assert ran(capsys, "team", case, "--out", calendar)[0] == 0
    assert ran(capsys, "team", case, "--out", table)[0] == 0
    events = calendar.read_text("utf-8").count("BEGIN:VEVENT")
    rows = table.read_text("utf-8").splitlines()[1:]
    assert events == len(rows) == 20
    assert {row.split(",")[0] for row in rows} == {"Ann", "Bo", "Cleo"}
    case.write_text("team: {shifts: [], needed: []}\n", "utf-8")
    code, out, told = ran(capsys, "team", case)
    assert (code, out) == (2, "")
    assert "team: Nobody is needed at any hour" in told


def test_a_roster_grows_until_the_promises_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, table = tmp_path / "CASE.yaml", tmp_path / "roster.csv"
    file.write_text(KEPT, "utf-8")
    code, out, told = ran(capsys, "roster", file, "--until-kept", "--json")
    assert (code, told) == (0, "")
    found = json.loads(out)
    rounds = found["rounds"]
    assert found["is_kept"]
    assert found["people"] == rounds[-1]["people"] > rounds[0]["people"] == 1
    assert rounds[-1]["least"] >= 0.8 > rounds[0]["least"]
    code, _, _ = ran(capsys, "roster", file, "--until-kept", "--weeks", 1, "--out", table)
    assert code == 0
    assert len(table.read_text("utf-8").splitlines()) == 1 + 5 * found["people"]
    file.write_text(KEPT.replace("work: 30 min", "tiers: [{name: L9, work: 1 h}]"), "utf-8")
    code, _, told = ran(capsys, "roster", file, "--until-kept")
    assert code == 2
    assert "No seats of L9 are needed" in told
    file.write_text(KEPT[KEPT.index("roster:") :], "utf-8")
    code, _, told = ran(capsys, "roster", file, "--until-kept")
    assert code == 2
    assert "no section 'demand'" in told


KEPT = """
demand: {tickets_per_month: 350, work: 30 min}
staffing:
  {hours: {mon-fri: "09:00-17:00"}, first_response: 2 h, share: 80 %, shrinkage: 30 %}
roster:
  week: 2026-07-06
  uncovered_hour: 1
  regions: [{name: HQ, zone: Europe/Paris, roles: [{role: L1, cost_per_week: 900}]}]
  patterns: [{name: day, days: 5, hours: 8 h, starts: ["09:00"], first_days: mon}]
  needed: [{role: L1, seats: 1, days: mon-fri, hours: "09:00-17:00", zone: Europe/Paris}]
"""


# ---- calibration ----------------------------------------------------------------------------


def export_of(folder: Path, weeks: int) -> Path:
    """An export with five tickets a working day, resolved by one agent; one matter every week."""
    rows = ["number,opened,agent,resolved,subject"]
    for week, day, at in product(range(weeks), range(5), range(5)):
        on = date(2025, 3, 3) + timedelta(days=7 * week + day)
        number = f"{week}{day}{at}"
        subject = "VPN gateway drops" if day == at == 0 else f"matter{number} thing{number}"
        rows.append(f"{number},{on}T09:{at:02}:00Z,Ann,{on}T15:{at:02}:00Z,{subject}")
    file = folder / "export.csv"
    file.write_text("\n".join(rows) + "\n", "utf-8")
    return file


MAPPING = """
rows: ticket
columns:
  number: number
  opened: opened
  resolved: resolved
  owner: agent
  subject: subject
zone: UTC
"""


def test_an_export_becomes_a_demand_and_says_what_it_cannot_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, "utf-8")
    words = ("calibrate", export_of(tmp_path, 6), "--mapping", mapping, "--as", "table")
    code, out, _ = ran(capsys, *words)
    assert code == 0
    assert "#   Work per ticket: time is booked on 0 tickets" in out
    assert "repeated_incidents: 1 matter came back" in out
    assert "key_person: one person resolved 100 % of tickets" in out
    assert "work: null" in out
    code, out, _ = ran(capsys, *words, "--work", "25min")
    case = tmp_path / "CASE.yaml"
    staffing = 'staffing: {hours: {mon-fri: "09:00-17:00"}, first_response: 4 h, shrinkage: 30 %}'
    case.write_text(f"{out}\n{staffing}\n", "utf-8")
    code, out, told = ran(capsys, "staff", case, "--json")
    assert (code, told) == (0, "")
    assert json.loads(out)["agents"] == 1


def test_an_export_answers_what_a_case_leaves_open_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping, case = tmp_path / "mapping.yaml", tmp_path / "CASE.yaml"
    mapping.write_text(MAPPING, "utf-8")
    case.write_text(
        "diagnosis: {users: 50, internal_it: generalist, key_person: no, volume: low}\n", "utf-8"
    )
    export = export_of(tmp_path, 6)
    words = ("diagnose", case, "--export", export, "--mapping", mapping, "--as", "table")
    code, out, _ = ran(capsys, *words)
    assert code == 0
    assert "What the tickets show" in out
    code, out, _ = ran(capsys, *words, "--json")
    measured = {each["name"]: each for each in json.loads(out)["measured"]}
    assert measured["repeated_incidents"]["is_taken"]
    person = measured["key_person"]
    assert (person["answered"], person["suggests"], person["is_taken"]) == ("no", True, False)
    assert "incidents_per_month" not in json.loads(out)["not_answered"]
    case.write_text("company: {name: Acme}\n", "utf-8")
    code, out, told = ran(capsys, *words)
    assert (code, out) == (plan.WRONG, "")
    assert "diagnosis.internal_it: is missing" in told


def test_an_export_that_holds_nothing_is_told_so(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.csv"
    export.write_text("", "utf-8")
    code, out, told = ran(capsys, "diagnose", case, "--export", export)
    assert (code, out) == (2, "")
    assert "export.csv" in told


def test_an_export_that_is_too_short_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, "utf-8")
    file = export_of(tmp_path, 1)
    code, _, told = ran(capsys, "calibrate", file, "--mapping", mapping, "--as", "table")
    assert code == 2
    assert "do not span one whole week" in told
