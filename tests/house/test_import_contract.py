"""The import contract holds."""

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_imports_point_down_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run(
        [linter, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout


def test_nothing_imports_the_site() -> None:
    offenders = [
        f"{file.relative_to(HOUSE)}: {line.strip()}"
        for file in (HOUSE / "commondesk").rglob("*.py")
        if not file.is_relative_to(HOUSE / "commondesk" / "site")
        for line in file.read_text().splitlines()
        if line.lstrip().startswith(("from commondesk.site", "import commondesk.site"))
    ]
    assert offenders == []
