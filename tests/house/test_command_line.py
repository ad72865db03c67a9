"""The command line as a whole: every command is listed, and mistakes are told in one line."""

import subprocess
import sys
from pathlib import Path

from tests.house import running

COMMANDS = Path(__file__).parents[2] / "commondesk" / "cli"


def commondesk(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "commondesk.cli", *words],
        cwd=folder,
        env=running.surroundings(folder, {}),
        capture_output=True,
        text=True,
        check=False,
    )


def named() -> list[str]:
    """The commands, found in the text of their modules."""
    return sorted(
        line.split('"')[1]
        for file in COMMANDS.glob("*.py")
        for line in file.read_text().splitlines()
        if line.startswith("NAME = ")
    )


def test_help_lists_every_command(tmp_path: Path) -> None:
    outcome = commondesk(tmp_path, "--help")
    assert outcome.returncode == 0, outcome.stderr
    listed = [line.split()[0] for line in outcome.stdout.splitlines()[2:]]
    assert sorted(listed) == named()


def test_help_needs_no_data_folder(tmp_path: Path) -> None:
    commondesk(tmp_path, "--help")
    assert list(tmp_path.iterdir()) == []


def test_every_command_explains_itself(tmp_path: Path) -> None:
    for name in named():
        outcome = commondesk(tmp_path, name, "--help")
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.startswith(f"usage: commondesk {name}")


def test_an_unknown_command_is_told_in_one_line(tmp_path: Path) -> None:
    outcome = commondesk(tmp_path, "fly")
    assert outcome.returncode == 2
    assert outcome.stderr == (
        "commondesk: no command is named 'fly'; commondesk --help lists them\n"
    )


def test_a_place_without_a_desk_is_told_in_one_line(tmp_path: Path) -> None:
    for command in ("verify", "worker"):
        outcome = commondesk(tmp_path, command)
        assert outcome.returncode == 2, outcome.stderr
        assert outcome.stderr.startswith("commondesk: there is no desk here: ")
        assert outcome.stderr.endswith("COMMONDESK_DATA names another folder\n")
        assert outcome.stderr.count("\n") == 1
