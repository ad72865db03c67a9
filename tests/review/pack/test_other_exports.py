"""Packs of exports that are no ServiceNow log: what people wrote as a subject, and messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.review.pack.test_review_command import review

SAMPLES = Path(__file__).parents[2] / "readers" / "samples"
SUBJECTS = [
    "Label printer in hall 2 is jammed",
    "Password expired",
    "hall 2: label printer jammed again",
    "New badge for a trainee",
    "Jammed label printer, hall 2",
    "Screen flickers",
]
MAPPING = """\
rows: ticket
zone: UTC
columns: {number: No, opened: Opened, resolved: Solved, subject: Title, state: State}
states: {Done: resolved, Open: open}
"""


def test_tickets_that_say_the_same_are_told(tmp_path: Path) -> None:
    lines = ["No,Opened,Solved,Title,State"]
    for place, subject in enumerate(SUBJECTS, 1):
        lines.append(
            f'{place},2025-03-{9 + place} 09:00,2025-03-{9 + place} 11:00,"{subject}",Done'
        )
    (tmp_path / "tickets.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    done = review(
        tmp_path,
        *("tickets.csv", "--mapping", "map.yaml", "--out", "pack.html", "--json", "figures.json"),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert figures["recurring.1"]["opens"] == 3
    assert "recurring.2" not in figures
    assert "What keeps coming back" in (tmp_path / "pack.html").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["zendesk/tickets.json"],
        ["jira/issues.json"],
        ["zammad/tickets.json", *(f"zammad/ticket_{kind}_{number}.json"
                                  for number in (7, 8) for kind in ("history", "articles"))],
        ["xes/log.xes", "--mapping", "xes/mapping.yaml"],
        ["servicenow_audit/incident.json", "servicenow_audit/sys_audit.csv",
         "servicenow_audit/sys_user.json"],
    ],
    ids=lambda words: words[0].partition("/")[0],
)  # fmt: skip
def test_every_format_becomes_a_pack(words: list[str], tmp_path: Path) -> None:
    given = [each if each.startswith("--") else str(SAMPLES / each) for each in words]
    done = review(tmp_path, *given, "--out", "pack.html", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "figures.json").read_text())
    assert document["source"]["tickets"] > 0
    assert document["figures"]["volume"]["value"] == document["source"]["tickets"]
