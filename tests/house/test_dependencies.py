"""Every dependency is explained, with its version, in docs/dependencies.md."""

import json
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROWS = dict(
    re.findall(
        r"^\| `?([@\w./-]+)`? \| (\S+) \|",
        (HOUSE / "docs" / "dependencies.md").read_text(),
        re.MULTILINE,
    )
)


def asked_for(file: str) -> list[str]:
    lines = (HOUSE / file).read_text().splitlines()
    return [re.split(r"[\[<>=]", line)[0] for line in lines if line and line[0] not in "#-"]


def pinned() -> dict[str, str]:
    found = re.findall(
        r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)",
        (HOUSE / "requirements-dev.txt").read_text(),
        re.MULTILINE,
    )
    return {name.lower(): version for name, version in found}


@pytest.mark.parametrize("file", sorted(path.name for path in HOUSE.glob("requirements*.in")))
def test_every_python_dependency_has_its_row(file: str) -> None:
    versions = pinned()
    assert {name: ROWS.get(name) for name in asked_for(file)} == {
        name: versions[name.lower()] for name in asked_for(file)
    }


def test_every_front_end_dependency_has_its_row() -> None:
    package = json.loads((HOUSE / "package.json").read_text())
    asked = package["dependencies"] | package["devDependencies"]
    assert {name: ROWS.get(name) for name in asked} == asked


def test_the_wheel_asks_for_what_requirements_name() -> None:
    import tomllib

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    named = [
        line for line in (HOUSE / "requirements.in").read_text().splitlines() if line[:1] not in "#"
    ]
    assert project["dependencies"] == named


def test_the_version_is_the_first_heading_of_the_changes() -> None:
    from commondesk import __version__

    headings = re.findall(r"^## (\S+)", (HOUSE / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__
