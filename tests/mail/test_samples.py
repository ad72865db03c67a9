"""Whole mails with what must be understood of them, side by side in samples/."""

import json
from pathlib import Path

import pytest

from commondesk.intake.mail.reading import understand
from commondesk.intake.mail.understood import Understood, json_of, understood_of

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_is_understood_as_written_beside_it(path: Path, tmp_path: Path) -> None:
    mail = json_of(understand(path.read_bytes(), tmp_path))
    written = json.loads(path.with_suffix(".json").read_text())
    written.setdefault("likeness", mail["likeness"])
    # What is not written there is as in an empty mail.
    assert json.loads(json.dumps(mail)) == {**json_of(Understood()), **written}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_goes_through_json_and_back(path: Path, tmp_path: Path) -> None:
    mail = understand(path.read_bytes(), tmp_path)
    assert understood_of(json.loads(json.dumps(json_of(mail)))) == mail


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_other_line_ends_say_the_same(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    raw = path.read_bytes().replace(b"\r\n", b"\n")
    one = understand(raw, tmp_path / "a")
    two = understand(raw.replace(b"\n", b"\r\n"), tmp_path / "b")
    assert (one.sender, one.subject, one.text, one.html) == (
        two.sender,
        two.subject,
        two.text,
        two.html,
    )
