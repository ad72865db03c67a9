"""S1 to S39: the cases that must come out right, through the core and by the command."""

from pathlib import Path

import pytest

from commondesk.cli import main
from commondesk.readers.case_file import read_case
from commondesk.readers.expectations import failures

CASES = sorted((Path(__file__).parents[2] / "cases").glob("*.yaml"))


def test_every_row_of_the_table_has_its_file() -> None:
    names = {path.stem for path in CASES}
    assert {f"S{number:02}" for number in range(1, 40)} <= names


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_comes_out_right(path: Path) -> None:
    case = read_case(path)
    assert case.expected, "a case that expects nothing shows nothing"
    assert failures(case) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_command_says_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clock", str(path), "--check"]) == 0
    assert "expectations hold" in capsys.readouterr().out


def test_command_prints_every_lens_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    path = next(path for path in CASES if path.stem == "S07")
    assert main(["clock", str(path), "--lens", "all", "--why"]) == 0
    told = capsys.readouterr().out
    for words in (
        "lens experienced",
        "lens cycles",
        "resolution 2",
        "used 19 h",
        "on the wall 51 h",
    ):
        assert words in told
    assert "a reopen restarts the target" in told


def test_a_wrong_expectation_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = next(path for path in CASES if path.stem == "S01").read_text()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(source.replace("2025-03-10T15:00Z", "2025-03-10T15:01Z"))
    assert main(["clock", str(wrong), "--check"]) == 1
    assert "due_at is" in capsys.readouterr().err


def test_every_problem_of_a_case_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        """
now: yesterday
calendars:
  office: {zone: Mars/Olympus, week: {mon-fri: "9 to 5", monday: 24h}}
charter:
  targets: [{calendar: nowhere, response: 4h}, {resolution: 0h, reply: 1h}]
  lens: {reopen: sometimes}
tickets:
  A: {events: [{at: "2025-03-10", did: opened}, {at: 2025-03-10T09:00Z, did: exploded}]}
"""
    )
    assert main(["clock", str(broken)]) == 2
    told = capsys.readouterr().err
    for place in (
        "now: ",
        "calendars.office.week",
        "charter.targets row 1",
        "charter.lens.reopen",
        "tickets.A event 1 at",
        "did 'exploded' is not known",
    ):
        assert place in told
