"""Tables as people's programs save them, and files that are none."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core import texts
from commondesk.readers import table_file
from commondesk.readers.table_file import UnusableFile

NAMES = {"email": ("mail", "courriel"), "name": ("nom",), "role": ("rôle",)}
TEXT = "E-Mail;Nom;Étage\r\nzoe@a.example;Zoë Müller;2\r\n"


def read(content: bytes) -> table_file.Table:
    return table_file.read(content, NAMES)


@pytest.mark.parametrize(
    ("content", "encoding", "is_guess"),
    [
        (TEXT.encode(), "UTF-8", False),
        (TEXT.encode("utf-8-sig"), "UTF-8", False),
        (TEXT.encode("utf-16"), "UTF-16", False),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "UTF-16", False),
        (TEXT.encode("utf-16-le"), "UTF-16", True),
        (TEXT.encode("utf-16-be"), "UTF-16", True),
        (TEXT.encode("utf-32"), "UTF-32", False),
        (TEXT.encode("cp1252"), "Windows-1252", True),
    ],
)
def test_every_encoding_is_read_and_told(content: bytes, encoding: str, is_guess: bool) -> None:
    table = read(content)
    assert (table.encoding, table.is_guess) == (encoding, is_guess)
    assert table.columns == ("email", "name")
    assert table.unknown == ("Étage",)
    assert table.rows[0].cells == {"email": "zoe@a.example", "name": "Zoë Müller"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(separator: str) -> None:
    table = read(f"name{separator}mail{separator}x;y,z\nA;B,C\n".encode())
    assert table.separator == separator
    assert table.columns == ("name", "email")


def test_a_separator_that_the_first_line_tells_is_believed() -> None:
    table = read(b"sep=;\r\nmail;name\r\na@b.example;x,y\r\n")
    assert table.rows[0].cells == {"email": "a@b.example", "name": "x,y"}


def test_a_cell_may_hold_line_breaks_and_rows_are_counted_as_a_spreadsheet_does() -> None:
    table = read(b'mail,name\n"a@b.example","An\nn ""x"""\n,\nc@d.example,Cee\n')
    assert [(row.number, row.cells["name"]) for row in table.rows] == [
        (2, 'An\nn "x"'),
        (4, "Cee"),
    ]


def test_our_own_word_goes_before_others_of_the_same_meaning() -> None:
    table = read(b"mail,Email,name\nx,a@b.example,A\n")
    assert table.rows[0].cells["email"] == "a@b.example"
    assert table.unknown == ("mail",)


def test_a_row_that_is_longer_than_the_first_line_is_wrong_by_itself() -> None:
    table = read(b"mail,name\na@b.example,A,surplus\nc@d.example,C,,\n")
    assert "3 cells" in table.rows[0].problem
    assert table.rows[1].problem == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"mail,name\n", "nothing below"),
        (b"name,floor\nA,2\n", "“email”"),
        (b"mail,courriel\na,b\n", "mail and courriel"),
        (b'mail\n"a@b.example\nc@d.example\n', "opens a quote"),
        (b'mail\n"a"@b.example\n', "behind a closing quote"),
        (b"mail,name\na@b.example,A\0\n", "Line 2 holds a zero character"),
        (b"mail,name\na@b.example,\x1b[31m\n", "Line 2 holds a character"),
        (b"mail\n" + b"," * 500, "501 columns"),
        (b"," * 1_000_000, "1,000,000 characters"),
        (b"mail\n" + b"a" * 30_000, "Line 2 has 30,000 characters"),
        (b"mail\n" + b"a\n" * 20_001, "more than 20,000 rows"),
        (b"mail\n" + b"a" * (5 * 1024 * 1024), "larger than 5 MB"),
        (gzip.compress(b"mail\n" + b"a" * 10_000_000), "gzip"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        (b"mail\n\x81\x8d\n", "Windows-1252"),
        (b"\xff\xfea", "UTF-16"),
        (b'mail\n"' + b"a,\n" * 100_000, "opens a quote"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UnusableFile, match=r"\.$") as refused:
        read(content)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 400


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"mail;name\n", b"\xff\xfe"):
        try:
            table = read(start + content)
        except UnusableFile:
            continue
        assert table.rows


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(
    lambda text: " ".join(text.split())
)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=10))
def test_what_was_written_is_read_back(rows: list[tuple[str, str]]) -> None:
    text = "".join(table_file.written(("email", "name"), rows))
    back = [(row.cells["email"], row.cells["name"]) for row in read(text.encode()).rows]
    assert back == [(first.strip(), second.strip()) for first, second in rows]


@given(CELLS, st.sampled_from(["", "=", "+", "-", "@", "\t=", "'", "'=", "''", " ="]))
def test_no_cell_that_is_written_is_a_formula(text: str, start: str) -> None:
    line = "".join(table_file.written(("name",), [(start + text,)]))
    cell = list(csv.reader(io.StringIO(line)))[1][0]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert table_file.undefused(cell) == start + text


def test_what_is_wrong_is_told_in_the_language_of_whoever_reads() -> None:
    with texts.spoken("fr"), pytest.raises(UnusableFile) as told:
        read(b"%PDF-1.7")
    assert str(told.value).startswith("C’est un PDF, pas du CSV.")
