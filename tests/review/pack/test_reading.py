"""Reading an export for a pack: by one process or several, few tickets or many, it is the same."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest

from commondesk.readers.export import Problem, Source, Truncated, UnusableExport
from commondesk.review.pack import reading, sharing, working
from commondesk.review.pack.columns import columns_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.material import Material
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.terms import terms_of
from tests.review.pack.exports import log, plain_log, ticket


def many(count: int) -> bytes:
    """A log of so many tickets of several sorts, not in the order of their opening."""
    tickets = []
    for number in range(count):
        team, again = f"Team {number % 3}", f"Team {(number + number % 2) % 3}"
        updates = [(0.0, "New", team, "?"), (1.5, "Active", again, f"Agent {number % 5}")]
        if number % 4:
            updates.append((3.0 + number % 7, "Resolved", team, f"Agent {number % 4}"))
        if number % 5 == 2:
            updates.append((12.0, "Active", again, "?"))
        tickets.append(
            ticket(
                number + 1,
                updates,
                opened=(number * 37) % 400,
                made_sla=number % 3 != 0,
                resolved=5 if number % 2 else None,
                caller=f"Person {number % 9}",
            )
        )
    return log(*tickets)


def exhibit_of(path: Path) -> Exhibit:
    with path.open("rb") as file:
        return reading.exhibit_of([Source(path.name, file)], None, lambda _: None)


def told(exhibit: Exhibit) -> tuple[str, str]:
    """The figures and the data of the page."""
    terms = terms_of(None)
    facts = working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at)
    figures = Figures(Material(exhibit, terms, facts))
    return json.dumps(document_of(figures)), json.dumps(columns_of(figures))


def test_several_processes_read_what_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.csv").write_bytes(many(700))
    alone = exhibit_of(tmp_path / "log.csv")
    monkeypatch.setattr(sharing, "processes", lambda: 3)
    monkeypatch.setattr(reading, "SMALL", 1)
    monkeypatch.setattr("commondesk.readers.servicenow_log.PORTION", 100)
    shared = exhibit_of(tmp_path / "log.csv")
    assert len(shared.tickets) == 700
    assert shared.quality == alone.quality
    assert shared.claims == alone.claims
    assert told(shared) == told(alone)


def test_few_tickets_are_read_by_the_reference_and_many_by_sql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.csv").write_bytes(many(60))
    few = exhibit_of(tmp_path / "log.csv")
    monkeypatch.setattr(reading, "FEW", 20)
    many_ = exhibit_of(tmp_path / "log.csv")
    assert few.tickets.events is not None
    assert many_.tickets.events is None
    assert told(few) == told(many_)
    folder = many_.tickets.folder
    assert list(folder.glob("exchange/*/*.parquet"))
    del many_
    assert not folder.exists()


def test_what_one_process_cannot_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "processes", lambda: 2)
    monkeypatch.setattr(reading, "SMALL", 1)
    monkeypatch.setattr("commondesk.readers.servicenow_log.PORTION", 2)
    content = many(9).replace(b"11/3/2025 22:00", b"no time at all")
    (tmp_path / "log.csv").write_bytes(plain_log() + b'"')
    with pytest.raises(UnusableExport, match="no CSV from here on"):
        exhibit_of(tmp_path / "log.csv")
    (tmp_path / "log.csv").write_bytes(content)
    with pytest.raises(UnusableExport, match=r"row .*'no time at all' is no time"):
        exhibit_of(tmp_path / "log.csv")


def test_a_problem_keeps_its_kind_and_place_between_processes() -> None:
    problem = Truncated([Problem(3, "priority", "is missing")], 2)
    again = pickle.loads(pickle.dumps(problem))
    assert type(again) is Truncated
    assert str(again) == str(problem)
    assert again.problems == problem.problems


def test_a_process_that_ends_too_early_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "processes", lambda: 2)

    def work(number: int, _: int) -> Iterator[int]:
        yield number
        if number:
            os._exit(3)
        yield 10

    with pytest.raises(RuntimeError, match="ended before it was done"):
        list(sharing.in_turns(work, lambda: None))


def test_work_beside_gives_its_result_or_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (1, 2):
        monkeypatch.setattr(sharing, "processes", lambda count=count: count)
        with sharing.beside(lambda: 6 * 7) as result:
            assert result() == 42
        with sharing.beside(lambda: int("x")) as result, pytest.raises(ValueError, match="'x'"):
            result()


def test_rows_and_lines_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(plain_log())
    tickets = exhibit_of(tmp_path / "log.csv").tickets
    rows = pyarrow.parquet.read_table(tickets.folder / "rows").to_pylist()
    lines = pyarrow.parquet.read_table(tickets.folder / "lines").to_pylist()
    assert [each["number"][-1] for each in rows] == ["1", "2", "3", "4"]
    assert rows[1]["teams"] == ["A", "B", "A"]
    assert [each["what"] for each in lines][:3] == ["opened", "classified", "priority"]
    assert lines[0]["happened_at"] == rows[0]["opened_at"]
    assert {each["ticket"] for each in lines} == {each["ticket"] for each in rows}
