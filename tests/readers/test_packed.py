"""The files inside a ZIP, each as a file of the export."""

from __future__ import annotations

import io
import zipfile

import pytest

from commondesk.readers import known, packed
from commondesk.readers.export import Source, UnusableExport
from tests.readers.exports import SAMPLES
from tests.readers.tables_made import spreadsheet

LOG = (SAMPLES / "servicenow_log.csv").read_bytes()


def zipped(files: dict[str, bytes]) -> Source:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Source("export.zip", out)


def spread(*sources: Source) -> dict[str, bytes]:
    with packed.spread(sources) as found:
        return {each.name: each.file.read() for each in found}


def refusal(*sources: Source) -> str:
    with pytest.raises(UnusableExport) as refused:
        spread(*sources)
    return str(refused.value)


def test_a_zip_stands_for_its_files_by_name() -> None:
    plain = Source("a.csv", io.BytesIO(b"a"))
    found = spread(plain, zipped({"z/2.csv": b"two", "z/1.csv": b"one", "__MACOSX/._1.csv": b"-"}))
    assert list(found.items()) == [("a.csv", b"a"), ("z/1.csv", b"one"), ("z/2.csv", b"two")]


def test_what_is_inside_is_recognised() -> None:
    with packed.spread([zipped({"incidents.csv": LOG})]) as sources:
        assert known.reader_of(sources).reader.NAME == "servicenow-log"


def test_a_spreadsheet_stays_one() -> None:
    content = spreadsheet([["id"], ["1"]])
    assert spread(Source("t.xlsx", io.BytesIO(content))) == {"t.xlsx": content}


def test_names_lead_nowhere() -> None:
    assert spread(zipped({"../../etc/passwd": b"x", "/tmp/y": b"y"})) == {
        "../../etc/passwd": b"x",
        "/tmp/y": b"y",
    }


def test_what_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "SMALL", 1_000_000)
    assert "swells to more than 300 times" in refusal(zipped({"a.csv": b"0" * 3_000_000}))
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1_000)
    assert "unpacks to more than" in refusal(zipped({"a.csv": bytes(range(256)) * 8}))


def test_nothing_and_damage_are_told() -> None:
    assert "the ZIP holds no file" in refusal(zipped({"a/": b""}))
    whole = zipped({"a.csv": LOG}).file
    whole.seek(0)
    cut = Source("cut.zip", io.BytesIO(whole.read()[:300]))
    assert "the archive is damaged" in refusal(cut)
