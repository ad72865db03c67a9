"""`commondesk charter`: in and out, what changed, and a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from commondesk import cli
from commondesk.governance import charters
from commondesk.governance.models import CharterVersion
from tests.desk.cast import MONDAY
from tests.governance.sides import Sides


def said(capsys: pytest.CaptureFixture[str], sides: Sides, verb: str, *more: str) -> str:
    code = cli.main(["charter", verb, "--company", sides.cast.company.prefix, *more])
    told = capsys.readouterr()
    return told.out if code == 0 else f"{code}: {told.err}"


def test_a_version_goes_out_and_comes_back(
    capsys: pytest.CaptureFixture[str], sides: Sides, tmp_path: Path
) -> None:
    charter = sides.signed(sides.helpers, MONDAY)
    number = sides.number(charter)
    text = said(capsys, sides, "export", "--version", str(number))
    assert text.startswith("# Version ")
    assert "Helpers Ltd" in text
    file = tmp_path / "charter.yaml"
    file.write_text(text, encoding="utf-8")
    told = said(capsys, sides, "import", str(file))
    assert told == f"Version {number + 1} is written down, as a draft. Nobody has signed it yet.\n"
    versions = CharterVersion.objects.filter(company=sides.cast.uuid)
    old, new = versions.get(version=number), versions.get(version=number + 1)
    assert charters.document_of(new) == charters.document_of(old)
    assert (new.provider, new.signatures) == (old.provider, [])
    assert "In force from" in said(capsys, sides, "compare", str(number), str(number + 1))
    assert "say the same" in said(capsys, sides, "compare", str(number), str(number))
    assert said(capsys, sides, "import", str(file), "--provider", "nobody").startswith("2: ")


def test_every_problem_is_told_with_its_line(
    capsys: pytest.CaptureFixture[str], sides: Sides, tmp_path: Path
) -> None:
    file = tmp_path / "charter.yaml"
    file.write_text("charter:\n  titel: x\n  targets: [{response: 30}]\n", encoding="utf-8")
    told = said(capsys, sides, "import", str(file))
    assert told.startswith("2: ")
    assert "line 2: charter.titel: is not known here; did you mean 'title'?" in told
    assert "line 3: charter.targets row 1 response: 30 needs a unit" in told
    assert "3 things need another look" in told
    assert CharterVersion.objects.filter(company=sides.cast.uuid).count() == 1


def test_a_sheet_in_plain_text(capsys: pytest.CaptureFixture[str], sides: Sides) -> None:
    sides.signed(sides.helpers)
    text = said(capsys, sides, "sheet")
    assert "Acme Presses" in text
    assert "Helpers Ltd: signed by Bo Sshelper" in text
    assert "Topic: Firewall change; Limit: any; Decides: referent" in text
    assert said(capsys, sides, "sheet", "--version", "9").startswith("2: ")
