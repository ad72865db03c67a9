"""Rows out of tables, whole and damaged, in every way they are saved."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commondesk.readers import export, tables
from commondesk.readers.export import Quality, UnusableExport
from commondesk.readers.tables import Layout
from tests.readers.tables_made import packed, source, spreadsheet

ROWS = [["id", "title", "site"], ["1", "Printer; jams", "Pier"], ["2", "Café", ""]]
READ = [
    (2, {"id": "1", "title": "Printer; jams", "site": "Pier"}),
    (3, {"id": "2", "title": "Café", "site": ""}),
]


def read(content: bytes, layout: Layout | None = None) -> tuple[list[tables.Numbered], Quality]:
    quality = Quality()
    rows = tables.rows_of(source(content), quality, layout or Layout())
    return list(rows), quality


def refusal(content: bytes, layout: Layout | None = None) -> str:
    with pytest.raises(UnusableExport) as refused:
        read(content, layout)
    return str(refused.value)


def text(separator: str = ",", end: str = "\n") -> str:
    lines = (separator.join(f'"{cell}"' for cell in row) for row in ROWS)
    return end.join(lines) + end


def parquet(columns: dict[str, list[object]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


# ---- as they are saved ----------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_separates_cells_is_found(separator: str, end: str) -> None:
    assert read(text(separator, end).encode())[0] == READ


def test_a_line_that_tells_the_separator_is_no_row() -> None:
    assert read(("sep=;\n" + text(";")).encode())[0] == READ


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_found_with_and_without_their_mark(encoding: str) -> None:
    rows, quality = read(text().encode(encoding))
    assert rows == READ
    told = {"cp1252": "doubtful", "utf-16-le": "repaired", "utf-16-be": "repaired"}
    finding = quality.findings.get("encoding")
    assert (finding.sort if finding else None) == told.get(encoding)


def test_an_encoding_may_be_said() -> None:
    assert read(text().encode("cp437"), Layout(encoding="cp437"))[0] == READ
    assert "no encoding is called 'runes'" in refusal(b"a,b\n1,2\n", Layout(encoding="runes"))


def test_files_packed_by_gzip_are_read_in_every_format() -> None:
    for content in (text().encode(), spreadsheet(ROWS), as_json_lines()):
        assert [row for _, row in read(gzip.compress(content))[0]] == [row for _, row in READ]


def as_json_lines() -> bytes:
    return "".join(json.dumps(row) + "\n" for _, row in READ).encode()


def test_json_comes_by_lines_or_as_a_list() -> None:
    whole = json.dumps([row for _, row in READ], indent=2).encode()
    for content in (as_json_lines(), whole, b"\xef\xbb\xbf" + whole):
        assert [row for _, row in read(content)[0]] == [row for _, row in READ]


def test_values_of_json_become_text() -> None:
    record = {"a": 1.0, "b": {"c": None, "d": True}, "e": [1, 2], "f": 1.5, "g": "\ud800"}
    rows, quality = read(json.dumps(record).encode())
    assert rows == [
        (1, {"a": "1", "b.c": "", "b.d": "true", "e": "[1, 2]", "f": "1.5", "g": "\ufffd"})
    ]
    assert quality.count_of("unreadable_characters") == 1


def test_records_of_json_that_do_not_fit_a_block_are_read() -> None:
    rows = [{"id": str(place), "text": "x" * 70_000} for place in range(5)]
    assert [row for _, row in read(json.dumps(rows).encode())[0]] == rows


def test_a_spreadsheet_is_read_with_rows_above_its_header() -> None:
    rows, quality = read(spreadsheet([["Tickets of May"], [], *ROWS]))
    assert [row for _, row in rows] == [row for _, row in READ]
    assert quality.count_of("title_rows") == 2


def test_a_sheet_that_is_not_there_is_told_with_those_that_are() -> None:
    told = refusal(spreadsheet(ROWS), Layout(sheet="May"))
    assert told == "no sheet is called 'May'; there are Tickets"


def test_parquet_is_read_by_batches_and_its_times_are_iso(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PARQUET_ROWS", 2)
    moment = datetime(2024, 3, 5, 10, 0, 0, 125000)
    rows, quality = read(parquet({"id": [1, 2, 3], "at": [moment, None, moment]}))
    assert rows == [
        (1, {"id": "1", "at": "2024-03-05 10:00:00.125000"}),
        (2, {"id": "2", "at": ""}),
        (3, {"id": "3", "at": "2024-03-05 10:00:00.125000"}),
    ]
    assert quality.rows == 3


def test_parquet_whose_texts_repeat_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "HEAVY", 1_000)
    rows, _ = read(parquet({"id": ["a" * 900, "b" * 900, None], "site": ["x", None, "y"]}))
    assert [(row["id"][:1], row["site"]) for _, row in rows] == [("a", "x"), ("b", ""), ("", "y")]


def test_parquet_of_one_long_text_told_a_million_times_takes_little_memory() -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), pa.array(["x" * 400_000]))
    out = io.BytesIO()
    pq.write_table(pa.table({"id": texts}), out, store_schema=False)
    content = out.getvalue()
    assert len(content) < 500_000
    assert refusal(content).startswith("a cell has 400,000 characters")


def test_a_row_group_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST_GROUP", 1_000)
    told = refusal(parquet({"id": [f"{place:0>9}" for place in range(200)]}))
    assert "row group 1 of the Parquet file unpacks to" in told


def test_a_spreadsheet_whose_cells_share_one_long_text_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place in range(300):
            sheet.write_row(place, 0, [f"number {place}", "x" * 9_000])
    content = out.getvalue()
    assert len(read(content)[0]) == 299
    monkeypatch.setattr(tables, "LARGEST_SPREADSHEET", 1_500_000)
    assert "the texts of its cells take up 2," in refusal(content)


# ---- damage ---------------------------------------------------------------------------------


def test_twin_headers_are_told_apart() -> None:
    rows, quality = read(b"id,site,site\n1,Pier,Hall\n")
    assert rows == [(2, {"id": "1", "site": "Pier", "site (2)": "Hall"})]
    assert quality.findings["twin_columns"].examples == ["site (2)"]


def test_blank_rows_and_headings_are_passed_over() -> None:
    rows, quality = read(b"id,,site\n1,x,Pier\n,,\n\n2,,Hall\n")
    assert [row for row, _ in rows] == [2, 5]
    assert rows[0][1] == {"id": "1", "column 2": "x", "site": "Pier"}
    assert quality.count_of("blank_rows") == 2


def test_some_rows_of_another_width_are_left_out_and_named() -> None:
    rows, quality = read(b"id,site\n1,Pier,oops\n2,Hall,\n3\n4,Pier\n")
    assert [row for row, _ in rows] == [3, 5]
    assert quality.findings["misfits"].examples == ["row 2: 3 cells", "row 4: 1 cells"]


def test_too_many_of_them_are_an_error() -> None:
    told = refusal(b"id,site\n" + b"1,Pier,oops\n" * 50)
    assert "row 22: 3 cells, where the header has 2, and so it is in too many rows" in told


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"id,site\n1,Pier\n2", 3),
        (b'id,site\n1,Pier\n2,"Ha', 3),
        (b'[{"id": 1}, {"id": 2}, {"id"', 3),
        (b'{"id": 1}\n{"id": 2}\n{"id": "th', 3),
        (b'[{"id": 1}, {"id": 2}', 3),
    ],
)
def test_a_file_that_breaks_off_gives_what_stands_before(content: bytes, row: int) -> None:
    rows, quality = read(content)
    assert len(rows) in (1, 2)
    assert quality.findings["broken_off"].examples == [f"row {row}"]


def test_a_packed_file_that_breaks_off_gives_what_can_be_unpacked() -> None:
    lines = b"".join(b"%d,%d\n" % (place, place * 7919 % 10007) for place in range(20_000))
    rows, quality = read(gzip.compress(b"id,site\n" + lines)[:-20_000])
    assert 0 < len(rows) < 20_000
    assert quality.count_of("broken_off") == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"  \n\n", "the file is empty"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old spreadsheet (XLS): save it as XLSX"),
        (b"<html><table>", "this is a web page, or a table saved as one"),
        (b"<?xml?><a/>", "this is HTML or XML"),
        (gzip.compress(gzip.compress(b"a,b")), "packed twice"),
        (b'id,site\n1,"Pier" oops\n2,x\n', "row 2: words stand behind a closing quote"),
        (b'id,site\n1,"Pier\n' + b"2,Hall\n" * 99, "row 2: a quote is opened here"),
        (b'{"id": 1}\n{"id": nope}\n', "row 2: no JSON"),
        (b"[1, 2]", "row 1: each record is an object"),
        (b"[" * 100_000, "too deep"),
        (b'{"id": ' + b"9" * 5000 + b"}", "too long a number"),
        (b"PK\x03\x04 and nothing", "the spreadsheet is damaged or ends too early"),
        (b"PAR1 and nothing PAR1", "the Parquet file cannot be read"),
        (spreadsheet(ROWS)[:-100], "the spreadsheet is damaged or ends too early"),
    ],
)
def test_what_is_no_table_is_told_plainly(content: bytes, what: str) -> None:
    assert what in refusal(content)


# ---- hostile files --------------------------------------------------------------------------


def test_a_packed_file_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SMALL", 1_000_000)
    assert "swells to more than 300 times" in refusal(gzip.compress(b"a,b\n" * 3_000_000, 9))


def test_a_spreadsheet_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST_SPREADSHEET", 1_000_000)
    assert "unpacks to more than 1,000,000 bytes" in refusal(packed(b" " * 5_000_000))


def test_a_spreadsheet_that_lies_about_its_sizes_is_unpacked_to_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "LARGEST_SPREADSHEET", 1_000_000)
    size = (5_000_000).to_bytes(4, "little")
    lying = packed(b" " * 5_000_000).replace(size, (10).to_bytes(4, "little"))
    assert "unpacks to more than 1,000,000 bytes" in refusal(lying)


def test_a_spreadsheet_with_a_cell_far_off_is_refused() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    told = refusal(spreadsheet(ROWS, more=far))
    assert "a sheet reaches to row 1,048,576 and column 16,384" in told


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a,b\n" + b"x" * 5_000_000, "a line has more than 4,000,000 characters"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "row 2: a quote is opened here"),
        (json.dumps({"a": "x" * 200_000}).encode(), "a cell has 200,000 characters"),
        (b",".join(b"c%d" % place for place in range(3000)) + b"\n", "3,000 columns"),
        (b'{"a": "' + b"x" * 9_000_000, "no record ends within 4,000,000 characters"),
        (
            b"".join(b'{"c%d": 1}\n' % place for place in range(3000)),
            "more than 2,000 names of fields",
        ),
    ],
)
def test_what_takes_up_too_much_is_refused(content: bytes, what: str) -> None:
    assert what in refusal(content)


# ---- in order -------------------------------------------------------------------------------


def test_rows_are_grouped_by_files_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "RUN", 3)
    rows = [(str(place * 7 % 11), place, ["é", "\n"]) for place in range(20)]
    grouped = list(tables.grouped(iter(rows)))
    assert sorted(grouped) == sorted(rows)
    assert [row[0] for row in grouped] == sorted((row[0] for row in rows), key=int)


# ---- any bytes ------------------------------------------------------------------------------

WHOLE = [
    text(";").encode(),
    text().encode("utf-16"),
    as_json_lines(),
    spreadsheet(ROWS),
    parquet({"id": [1, 2], "title": ["a", "b"]}),
]
Damage = Callable[[bytes], bytes]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_damage_ends_in_rows_or_a_plain_refusal(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    broken = bytes(content[: data.draw(st.integers(0, len(content)))])
    if data.draw(st.booleans()):
        broken = gzip.compress(broken)
    try:
        rows, quality = read(broken)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert len(rows) == quality.rows
        assert all(isinstance(cell, str) for _, row in rows for cell in row.values())


@given(st.binary(max_size=200))
def test_any_bytes_end_in_rows_or_a_plain_refusal(content: bytes) -> None:
    try:
        read(content)
    except UnusableExport as refused:
        assert str(refused)
