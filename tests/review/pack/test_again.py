"""Tables reviewed again: what --parquet wrote gives the same pack, an exchange what it can."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commondesk.cli import review as command
from commondesk.cli.user_error import UserError
from commondesk.readers.export import Support, UnusableExport
from commondesk.review.pack import again, parquet, working
from commondesk.review.pack.columns import columns_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.material import Material
from commondesk.review.pack.reading import Exhibit
from commondesk.review.pack.terms import Terms
from tests.review.pack.exports import figures_of, plain_log
from tests.review.pack.test_pack_figures import CHARTER


def reviewed(exhibit: Exhibit, terms: Terms) -> Figures:
    facts = working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at)
    return Figures(Material(exhibit, terms, facts))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, Path]:
    folder = tmp_path_factory.mktemp("tables") / "tables"
    figures = figures_of(plain_log(), CHARTER.read_bytes(), "first-resolve")
    parquet.write(figures, folder)
    return figures, folder


def test_tables_give_the_pack_of_the_export(written: tuple[Figures, Path]) -> None:
    figures, folder = written
    once_more = reviewed(again.exhibit_of(folder, None, lambda _: None), figures.material.terms)
    assert document_of(once_more) == document_of(figures)
    assert columns_of(once_more) == columns_of(figures)


def test_the_command_takes_a_folder(written: tuple[Figures, Path], tmp_path: Path) -> None:
    figures, folder = written
    terms, said = figures.material.terms, list[str]()
    assert command.worked_out_again([folder], terms, None, said.append)["volume"].value == 4
    assert any("4 tickets" in each for each in said)
    for paths, wrong in (
        ([tmp_path], "holds no Parquet files"),
        ([folder, folder], "one folder of tables alone"),
    ):
        with pytest.raises(UserError, match=wrong):
            command.worked_out_again(paths, terms, None, said.append)


def test_a_file_damaged_within_is_told_by_the_command(
    written: tuple[Figures, Path], tmp_path: Path
) -> None:
    bare = copied(written[1] / "exchange", tmp_path / "bare")
    (path,) = bare.glob("*/*.parquet")
    content = bytearray(path.read_bytes())
    content[4:2_000] = bytes(1_996)
    path.write_bytes(content)
    terms = written[0].material.terms
    with pytest.raises(UserError, match="cannot be read"):
        command.worked_out_again([bare], terms, None, lambda _: None)


def test_the_bare_exchange_gives_what_events_tell(written: tuple[Figures, Path]) -> None:
    figures, folder = written
    exhibit = again.exhibit_of(folder / "exchange", None, lambda _: None)
    bare = reviewed(exhibit, figures.material.terms)
    for key in ("volume", "resolved.first", "resolved.last", "resolved.closed", "first_contact",
                "bounces", "bounces.straight", "ownerless.never", "closing.automatic",
                "signal.priority_lowered"):  # fmt: skip
        assert bare[key].value == figures[key].value, key
        assert bare[key].units == figures[key].units, key
    assert [pair for pair, _ in bare.pairs] == [("A", "B")]
    assert bare.entries["signal.resolved_in_bulk"].support is Support.NONE
    assert bare.entries["new_hands"].support is Support.NONE
    words = columns_of(bare)["words"]
    assert isinstance(words, dict)
    told = words["what"]
    assert isinstance(told, list)
    assert {"opened", "given to", "taken by", "reopened"} <= {str(each) for each in told}


def test_subjects_beside_the_exchange_are_its_tickets_words(
    written: tuple[Figures, Path], tmp_path: Path
) -> None:
    figures, folder = written
    bare = copied(folder / "exchange", tmp_path / "bare")
    streams = [stream for (stream,) in figures.material.tables.rows("SELECT stream FROM pack.rows")]
    told = pa.table({"stream": streams, "subject": ["Label printer jams"] * len(streams)})
    pq.write_table(told, bare / "subjects.parquet")
    found = reviewed(again.exhibit_of(bare, None, lambda _: None), figures.material.terms)
    assert found["recurring.1"].units == len(streams)


def copied(folder: Path, into: Path) -> Path:
    for path in folder.glob("*/*.parquet"):
        (into / path.parent.name).mkdir(parents=True, exist_ok=True)
        (into / path.parent.name / path.name).write_bytes(path.read_bytes())
    return into


def without_team(path: Path) -> None:
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["team"]), path)


def with_times_as_text(path: Path) -> None:
    table = pq.ParquetFile(path).read()
    place = table.column_names.index("happened_at")
    pq.write_table(
        table.set_column(place, "happened_at", table["happened_at"].cast(pa.string())), path
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_team, r"part-0-0\.parquet has no column team, which is string"),
        (with_times_as_text, "column happened_at is string; it must be int64"),
        (lambda path: path.write_bytes(path.read_bytes()[:99]), "is damaged, or no Parquet"),
        (lambda path: path.unlink(), "holds no Parquet files in folders by month"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told(
    damage: Callable[[Path], object], said: str, written: tuple[Figures, Path], tmp_path: Path
) -> None:
    bare = copied(written[1] / "exchange", tmp_path / "bare")
    (path,) = bare.glob("*/*.parquet")
    damage(path)
    with pytest.raises(UnusableExport, match=said):
        again.exhibit_of(bare, None, lambda _: None)


def test_tables_without_their_source_are_refused_in_words(
    written: tuple[Figures, Path], tmp_path: Path
) -> None:
    for name in ("exchange", "events"):
        copied(written[1] / name, tmp_path / name)
    (tmp_path / "tickets.parquet").write_bytes((written[1] / "tickets.parquet").read_bytes())
    with pytest.raises(UnusableExport, match=r"source\.json is missing"):
        again.exhibit_of(tmp_path, None, lambda _: None)
    (tmp_path / "source.json").write_text(json.dumps({"format": "another"}))
    with pytest.raises(UnusableExport, match=r"source\.json is missing, or was not written"):
        again.exhibit_of(tmp_path, None, lambda _: None)
