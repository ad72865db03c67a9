"""What is written to the exchange tells the same when it is read back."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from commondesk.core.metrics.facts import facts_of
from commondesk.core.metrics.scheme import scheme_of
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Event
from commondesk.engine import exchange
from commondesk.readers.case_file import case_of
from tests.oracle import generator


def read_back(folder: Path) -> dict[str, list[Event]]:
    rows = ds.dataset(folder, partitioning="hive").to_table().to_pylist()
    streams = {row["ticket"]: row["stream"] for row in rows if row["name"] == "ticket.opened"}
    found: dict[str, list[Event]] = {}
    for row in sorted(rows, key=lambda each: (each["ticket"], each["place"])):
        stream = streams[row["ticket"]]
        found.setdefault(stream, []).append(exchange.event_of(row, stream))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_figures_read_all_they_need(seed: int, tmp_path: Path) -> None:
    case = case_of(generator.random_case(random.Random(f"exchange {seed}")))
    written = exchange.write(case.histories.values(), tmp_path)
    assert written <= sum(map(len, case.histories.values()))
    told = facts_of(read_back(tmp_path), case.agreement, scheme_of(None), case.now)
    reference = facts_of(case.histories, case.agreement, scheme_of(None), case.now)
    assert sorted(told.tickets) == sorted(reference.tickets)
    assert sorted(told.outcomes, key=str) == sorted(reference.outcomes, key=str)


def test_drafts_are_written_like_events(tmp_path: Path) -> None:
    case = case_of(generator.random_case(random.Random("drafts")))
    drafts = [
        [Draft(e.stream, e.happened_at, e.actor, e.body, e.certainty) for e in sorted(
            history, key=lambda each: each.position
        )]
        for history in case.histories.values()
    ]  # fmt: skip
    exchange.write(case.histories.values(), tmp_path / "events")
    exchange.write(drafts, tmp_path / "drafts")
    assert read_back(tmp_path / "events").keys() == read_back(tmp_path / "drafts").keys()


def test_no_more_than_a_batch_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BATCH", 5)
    case = case_of(generator.random_case(random.Random("batches")))
    written = exchange.write([*case.histories.values()] * 3, tmp_path)
    files = list(tmp_path.glob("*/*.parquet"))
    assert len(files) > 1
    assert all(path.parent.name.startswith("month=") for path in files)
    assert ds.dataset(tmp_path, partitioning="hive").count_rows() == written
