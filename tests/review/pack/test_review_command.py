"""`commondesk review` as a whole: two files from an export, without a database or a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.house import running
from tests.review.pack.exports import plain_log


def review(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "commondesk.cli", "review", *words],
        cwd=folder,
        env=running.surroundings(folder, {}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_export_becomes_a_page_and_figures(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(plain_log())
    done = review(
        tmp_path, "log.csv",
        *("--out", "pack.html", "--json", "figures.json", "--parquet", "tables"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "4 tickets read" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "figures.json",
        "log.csv",
        "pack.html",
        "tables",
    ]
    assert "tables: 4 tickets" in done.stderr
    document = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert document["source"]["tickets"] == 4
    page = (tmp_path / "pack.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert " src=" not in page.partition("<main")[0]


def test_mistakes_are_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(plain_log())
    (tmp_path / "bad.yaml").write_text("charter: {titel: x}")
    mistakes = {
        ("log.csv",): "say where it goes",
        ("none.csv", "--out", "p.html"): "none.csv: No such file",
        ("log.csv", "--out", "p.html", "--zone", "Mars"): "there is no zone 'Mars'",
        ("log.csv", "--out", "p.html", "--lens", "rosy"): "no lens is named 'rosy'",
        ("log.csv", "--out", "p.html", "--charter", "bad.yaml"): "is no charter that can be used",
        ("bad.yaml", "--out", "p.html"): "cannot be read",
        ("log.csv", "--json", "nowhere/figures.json"): "No such file",
        ("log.csv", "--parquet", "."): "holds something already",
    }
    for words, said in mistakes.items():
        done = review(tmp_path, *words)
        assert done.returncode == 2, words
        assert said in done.stderr
        assert "Traceback" not in done.stderr
