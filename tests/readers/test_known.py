"""Recognising formats, and `commondesk import`."""

import types
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk import cli
from commondesk.accounts.models import Company
from commondesk.accounts.setup import found_company
from commondesk.core.record.instant import parse_instant
from commondesk.desk.models import TicketRow
from commondesk.ledger import store, verify
from commondesk.readers import known
from commondesk.readers.export import Fit, Head, UnusableExport
from tests.readers.tables_made import SAMPLES, sample, source

LOG = SAMPLES / "servicenow_log.csv"
TABLE, MAPPING = SAMPLES / "table_tickets.csv", SAMPLES / "table_tickets.yaml"


# ---- formats ----------------------------------------------------------------------------------


def test_every_reader_says_what_it_is() -> None:
    readers = known.readers()
    names = [reader.NAME for reader in readers]
    assert {"servicenow-log", "table"} <= set(names)
    assert len(set(names)) == len(names)
    assert all(reader.TITLE and reader.SOURCE for reader in readers)


def test_a_format_is_recognised_with_its_reason() -> None:
    guess = known.reader_of([sample("servicenow_log.csv")])
    assert guess.reader.NAME == "servicenow-log"
    assert guess.fit.why.startswith("its header has number, incident_state")
    assert known.reader_of([sample("table_tickets.csv")]).reader.NAME == "table"


def test_a_format_may_be_said() -> None:
    assert known.reader_of([sample("servicenow_log.csv")], "table").reader.NAME == "table"
    with pytest.raises(UnusableExport, match=r"no format is named 'tabel'; there are .*table"):
        known.reader_of([sample("servicenow_log.csv")], "tabel")


def test_a_mapping_is_proposed_by_the_reader_of_the_format() -> None:
    assert "number: Ticket No" in known.proposed(sample("table_tickets.csv"))
    with pytest.raises(UnusableExport, match=r"ServiceNow incident log .CSV. needs no mapping"):
        known.proposed(sample("servicenow_log.csv"))
    assert "number: number" in known.proposed(sample("servicenow_log.csv"), "table")


def test_what_no_reader_knows_is_told() -> None:
    with pytest.raises(UnusableExport, match="the format is not known; name it"):
        known.reader_of([source(b'<?xml version="1.0"?><orders/>')])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"\x89PNG\r\n", "this is no table"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"\r\n<!DOCTYPE html><title>Sign in</title>", "this is a web page"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "this is an old spreadsheet (XLS): save it as XLSX"),
        (
            b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
            "this spreadsheet is locked by a password",
        ),
        (bytes(range(256)) * 9, "this is no table"),
        (b'{"error": "Could not authenticate you"}', "refused with: Could not authenticate you"),
        (
            b'{"errorMessages": ["No such project"], "errors": {}}',
            'refused with: ["No such project"]',
        ),
        (
            b'{"error": {"message": "User Not Authenticated"}, "status": "failure"}',
            "User Not Authenticated",
        ),
    ],
)
def test_what_is_no_export_is_called_by_its_name(content: bytes, told: str) -> None:
    with pytest.raises(UnusableExport) as refused:
        known.reader_of([source(content)])
    assert told in str(refused.value)


def test_a_mapping_is_proposed_by_the_largest_file() -> None:
    files = [source(b"Hello\n"), source(b"Ticket ID,Created\n1,2024-01-01 10:00\n")]
    assert known.largest(files) is files[1]


def test_files_that_fit_different_readers_only_fit_what_reads_both() -> None:
    both = [sample("servicenow_log.csv"), sample("table_tickets.csv")]
    assert known.reader_of(both).reader.NAME == "table"


def test_two_readers_that_are_as_sure_leave_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(
        types.SimpleNamespace(NAME=name, fits=lambda head: Fit(0.9, "it looks so"))
        for name in ("one", "other")
    )
    monkeypatch.setattr(known, "readers", lambda: found)
    with pytest.raises(UnusableExport, match=r"several formats .one: it looks so; other: it looks"):
        known.reader_of([source(b"a,b\n")])


def test_no_reader_trips_over_any_beginning() -> None:
    starts = (b"", b"\x00" * 50, b"\xff\xfe\x00", b"{", b"<?xml", b"PK\x03\x04", b'"' * 99, b"[[[")
    for start in starts:
        for reader in known.readers():
            fit = reader.fits(Head("file", start))
            assert fit is None or 0 <= fit.sureness <= 1


# ---- the command ------------------------------------------------------------------------------


@pytest.fixture
def company(db: None, settings: Settings, tmp_path: Path) -> Company:
    settings.DATA = tmp_path
    company, _ = found_company(
        at=parse_instant("2016-01-04T08:00Z"),
        title="Acme & Sons",
        person_title="Anna Miller",
        address="anna@acme.example",
        password="a long enough word",
        zone="Europe/London",
    )
    return company


def command(company: Company, *words: object) -> int:
    return cli.main(["import", "--company", company.prefix, *map(str, words)])


def test_the_command_imports_a_table(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(company, TABLE, "--mapping", MAPPING) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == (
        "read as any table (CSV, XLSX, JSON Lines, Parquet) with a mapping: it is CSV; a mapping"
        " says what its columns mean"
    )
    assert out[1] == "7 rows of 5 tickets can be read; writing them"
    assert "rows read: 7 of 5 tickets" in out
    assert any(line.startswith("cannot be computed: bounces") for line in out)
    assert verify.verify(company.uuid).is_sound
    assert [*TicketRow.objects.order_by("number").values_list("subject", "status")] == [
        ("Printer jams", "closed"),
        ("Laptop asks twice", "open"),
        ("Wifi; none", "resolved"),
        ("Wifi again", "closed"),
        ("No end", "open"),
    ]


def test_a_second_import_of_a_table_adds_nothing(company: Company) -> None:
    command(company, TABLE, "--mapping", MAPPING)
    head = store.head_of(company.uuid)
    assert command(company, TABLE, "--mapping", MAPPING) == 0
    assert store.head_of(company.uuid) == head


def test_the_command_recognises_a_log(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(company, LOG, "--zone", "Europe/London") == 0
    assert "rows read: 23 of 3 tickets" in capsys.readouterr().out


def test_the_command_proposes_a_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", str(TABLE), "--propose"]) == 0
    assert "  number: Ticket No  # which ticket" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ([TABLE], "a table needs a mapping"),
        ([TABLE, "--as", "tabel"], "no format is named 'tabel'"),
        ([TABLE, "--zone", "Mars/Base"], "no zone 'Mars/Base'"),
        (["missing.csv"], "missing.csv: No such file"),
        ([TABLE, "--mapping", "missing.yaml"], "missing.yaml: No such file"),
        ([LOG, "--as", "table", "--mapping", MAPPING], "the table has no such column"),
    ],
)
def test_wrong_words_are_answered_plainly(
    company: Company, capsys: pytest.CaptureFixture[str], words: list[object], what: str
) -> None:
    head = store.head_of(company.uuid)
    assert command(company, *words) == 2
    assert what in capsys.readouterr().err
    assert store.head_of(company.uuid) == head


def test_without_a_company_nothing_is_imported(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", str(TABLE)]) == 2
    assert "say with --company whose record it goes into" in capsys.readouterr().err
