"""`commondesk mail parse`: a mail in a file, told as JSON."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from commondesk import cli

SAMPLES = Path(__file__).parent / "samples"


def parsed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert cli.main(["mail", "parse", *words]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_what_was_understood_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = parsed(capsys, str(SAMPLES / "answer_outlook_de.eml"))
    assert told["sender"] == {"address": "joerg@acme.example", "name": "Jörg Müller"}
    assert told["visible_reply"] == "Jetzt geht es wieder, schönen Dank."
    assert str(told["text"]).endswith("Bitte einmal neu starten.")
    assert told["language"] == "de"
    assert told["is_automatic"] is False
    assert told["would_become"] == {
        "row": "ticket",
        "reason": "A new matter.",
        "held_as": "",
        "check": "absent",
        "finding": "",
        "assumed": "its sender is a stranger, and it carries no proof of answering us",
    }


def test_files_come_with_size_and_hash(capsys: pytest.CaptureFixture[str]) -> None:
    told = parsed(capsys, str(SAMPLES / "inline_picture.eml"))
    files = told["attachments"]
    assert isinstance(files, list)
    assert {"name", "media_type", "size", "sha256", "is_sensitive"} <= set(files[0])
    assert "place" not in files[0]


def test_machines_and_reports_are_told_with_their_rule(capsys: pytest.CaptureFixture[str]) -> None:
    told = parsed(capsys, str(SAMPLES / "bounce.eml"))
    assert told["is_automatic"] is True
    assert told["automatic_rule"] == "Auto-Submitted: auto-replied"
    assert isinstance(told["would_become"], dict)
    assert told["would_become"]["row"] == "bounce"


def test_odd_mails_are_told_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\x00\xff")))
    told = parsed(capsys, "-")
    assert told["sender"] is None
    assert told["sender_trouble"] == "there is no From line"
    assert isinstance(told["would_become"], dict)
    assert told["would_become"]["held_as"] == "unclear_sender"


def test_a_trusted_host_is_believed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text(
        "Authentication-Results: mx.p.example; dmarc=fail header.from=acme.example\n"
        "From: rita@acme.example\n\nx\n"
    )
    rows = []
    for words in ([], ["--trusted-host", "mx.p.example"], ["--trusted-host", "other.example"]):
        told = parsed(capsys, str(mail), *words)["would_become"]
        assert isinstance(told, dict)
        rows.append((told["row"], told["check"], told["finding"]))
    assert rows == [
        ("ticket", "absent", ""),
        ("held", "failed", "dmarc=fail"),
        ("ticket", "absent", ""),
    ]


def test_a_file_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["mail", "parse", str(tmp_path / "nothing.eml")]) == 2
    assert "nothing.eml cannot be read: No such file" in capsys.readouterr().err
    assert cli.main(["mail", "parse", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
