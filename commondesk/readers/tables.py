"""Rows out of a table, however it was saved: CSV, XLSX, JSON Lines or Parquet, of any length.

Nothing of a file is believed: what it may take up is bounded before rows are made. Every value
comes as text, stripped; times of spreadsheets and Parquet come as ISO 8601. What a value means, and
which ones stand for "missing", is not decided here.
"""

from __future__ import annotations

import codecs
import csv
import heapq
import io
import json
import re
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from enum import StrEnum
from itertools import chain, islice, pairwise
from typing import Any, BinaryIO, TextIO

from commondesk.core.texts import gettext_noop
from commondesk.readers import vocabulary, wordings
from commondesk.readers.export import (
    MARKS,
    Head,
    Problem,
    Quality,
    Sort,
    Source,
    Truncated,
    UnusableExport,
)

MOST_COLUMNS = 2_000
LONGEST_LINE = 4_000_000
"""Characters of a line of CSV, or of one record of JSON."""
LONGEST_CELL = 131_072
"""Characters; more in one cell is a quote that nothing closes, or no export."""
LARGEST_SPREADSHEET = 1024 * 1024 * 1024
"""Bytes of a spreadsheet, unpacked: it is held in memory."""
PARQUET_BATCH = 20_000
"""Cells of a Parquet file that are in memory at once, if none is long."""
PARQUET_ROWS = 1_000
LARGEST_GROUP = 1024 * 1024 * 1024
"""Bytes of a row group of Parquet, unpacked, and of all else that is in memory with it."""
HEAVY = 64 * 1024 * 1024
"""Bytes of so many rows of Parquet: then they are taken one at a time."""
MOST_PARTS = 2_000_000
"""Columns times row groups of a Parquet file."""
MOST_STRINGS = 5_000_000
"""Different texts of a spreadsheet."""
MOST_CELLS = 40_000_000
"""Cells of a sheet, with the empty ones between those that are filled."""
SEPARATORS = (",", ";", "\t", "|")
MOST_TITLE_ROWS = 20
"""How many rows above the header are passed over."""
MOST_MISFITS = 20
SHARE_OF_MISFITS = 0.01
"""So many rows that do not fit the header, or this share of all, are left out; more is an error."""
MOST_KNOWN = 20_000
"""Values that are looked at once; tables say the same things again and again."""
RUN = 100_000
"""How many rows are sorted in memory."""

Row = dict[str, str]
Numbered = tuple[int, Row]


class Format(StrEnum):
    """How a table was saved."""

    CSV = "CSV"
    XLSX = "XLSX"
    JSON = "JSON Lines"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class Layout:
    """What whoever imports says of the file, where it does not say so itself. Empty: not said."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


_UNSAID = Layout()


def format_of(head: Head) -> Format | None:
    """How a file that begins so was saved; None: as no table that can be read."""
    start = head.start
    if start.startswith(b"PK\x03\x04"):
        return Format.XLSX
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    if start.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"\x89PNG", b"\xfd7zXZ")):
        return None
    if start.startswith((b"BZh", b"(\xb5/\xfd", b"\x1f\x8b", b"SQLite format")):
        return None
    if _is_binary(start) or answered_refusal(head):
        return None
    text = head.text.lstrip()
    if text.startswith(("{", "[")):
        return Format.JSON
    if text.startswith("<") or not text:
        return None
    return Format.CSV


def _is_binary(start: bytes) -> bool:
    """Whether bytes are no text: more than a few are signs that no text has."""
    if any(start.startswith(mark) for mark, _ in MARKS) or _wide(start):
        return False
    return len(start.translate(None, _TEXT)) > max(8, 0.01 * len(start))


_TEXT = bytes({9, 10, 12, 13, *range(32, 256)} - {127})


def rows_of(source: Source, quality: Quality, layout: Layout = _UNSAID) -> Iterator[Numbered]:
    """The rows below the header with their number in the file; counts into quality.

    A row has the same columns each time, in CSV and spreadsheets; in JSON a field may be missing.
    Raises UnusableExport where the file cannot be read any further.
    """
    head = source.head()
    format_ = format_of(head)
    if format_ is None:
        raise _unusable(what_it_is(head))
    read: dict[Format, Callable[[Source, Quality, Layout], Iterator[Numbered]]] = {
        Format.CSV: _csv,
        Format.XLSX: _xlsx,
        Format.JSON: _json,
        Format.PARQUET: _parquet,
    }
    known: dict[str, str] = {}
    for row, values in read[format_](source, quality, layout):
        quality.rows += 1
        if len(known) > MOST_KNOWN:
            known.clear()
        cleaned = {}
        for name, value in values.items():
            if value not in known:
                known[value] = _clean(value, quality)
            cleaned[name] = known[value]
        yield row, cleaned


JOINT = " + "
"""What stands between the headings of two columns that make one time: the day's and the hour's."""
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")


def has(values: Row, heading: str) -> bool:
    """Whether a row has a column, or both columns of a joint heading."""
    if heading in values:
        return True
    return JOINT in heading and all(part in values for part in heading.split(JOINT))


def cell(values: Row, heading: str) -> str:
    """The value of a column; of a joint heading, the day and its hour in one. Empty if absent."""
    value = values.get(heading)
    if value is not None or JOINT not in heading:
        return value or ""
    day, *hours = (values.get(part, "") for part in heading.split(JOINT))
    hour = " ".join(each for each in hours if any(letter.isdigit() for letter in each))
    return f"{_MIDNIGHT.sub('', day)} {hour}".strip() if day else ""


_PAGE = "a web page, or a table saved as one: sign in to the other desk, and export it as a file"
_KINDS = {
    b"%pdf": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (XLS): save it as XLSX",
    b"<!doctype html": _PAGE,
    b"<html": _PAGE,
    b"<": "HTML or XML",
    b"\x1f\x8b": "packed twice: unpack it once",
    b"sqlite format": "a database",
}


def what_it_is(head: Head) -> str:
    """What a file is that is no table, and what to do, in plain words."""
    start = head.start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "the file is empty"
    if head.start.startswith(_OLD) and _ENCRYPTED in head.start:
        return "this spreadsheet is locked by a password: save it once more without one"
    if refusal := answered_refusal(head):
        return f"this is no export, but what the other desk's interface refused with: {refusal}"
    kind = next((text for mark, text in _KINDS.items() if start.lower().startswith(mark)), "")
    told = f"this is {kind}" if kind else "this is no table"
    return f"{told}; tables are read as CSV, XLSX, JSON Lines or Parquet"


def answered_refusal(head: Head) -> str:
    """What an interface refused with, where its answer was saved instead of an export."""
    text = head.text.strip()
    if not text.startswith("{") or len(text) > 10_000:
        return ""
    with suppress(ValueError, RecursionError):
        answer = json.loads(text)
        for name in _REFUSALS:
            if answer.get(name) and set(answer) <= _BESIDE_REFUSALS:
                return " ".join(text_of(answer[name]).split())[:200]
    return ""


_OLD = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REFUSALS = ("error", "errors", "errorMessages", "error_message", "message")
_BESIDE_REFUSALS = frozenset(
    {*_REFUSALS, "status", "code", "description", "details", "warningMessages", "error_human"}
)


_unfit = re.compile("[\0\ud800-\udfff]")


def _clean(value: str, quality: Quality) -> str:
    value = value.strip()
    if len(value) > LONGEST_CELL:
        raise _unusable(f"a cell has {len(value):,} characters; {LONGEST_CELL:,} fit")
    if not value.isascii() or "\0" in value:
        cleaned = _unfit.sub("\ufffd", value)
        if cleaned != value:
            text = gettext_noop("cells with characters that nobody can read; they became \ufffd")
            quality.note("unreadable_characters", Sort.REPAIRED, text)
        return cleaned
    return value


def _unusable(text: str, row: int = 0, column: str = "") -> UnusableExport:
    return UnusableExport([Problem(row, column, text)])


# ---- a header -------------------------------------------------------------------------------


def _named(header: Sequence[str], quality: Quality) -> list[str]:
    """The columns of a header, each with a name of its own. Raises UnusableExport."""
    if len(header) > MOST_COLUMNS:
        raise _unusable(f"{len(header):,} columns; {MOST_COLUMNS:,} fit", 1)
    names: list[str] = []
    seen: Counter[str] = Counter()
    for place, heading in enumerate(header, 1):
        heading = _unfit.sub("\ufffd", " ".join(heading.split()))[:200]
        name = heading or f"column {place}"
        seen[name] += 1
        if seen[name] > 1:
            text = gettext_noop(
                "columns named like another one; the later ones are told apart by a number"
            )
            quality.note("twin_columns", Sort.REPAIRED, text, example=f"{name} ({seen[name]})")
            name = f"{name} ({seen[name]})"
        names.append(name)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise _unusable("two columns have this name", 1, twice[0])
    return names


def _fitted(records: Iterable[tuple[int, Sequence[str]]], quality: Quality) -> Iterator[Numbered]:
    """Records by the columns of the header, which is the first that looks like one."""
    records = iter(records)
    first = list(islice(records, MOST_TITLE_ROWS + 1))
    above = _rows_above_header(first)
    if not first:
        raise _unusable("the file is empty: its first row names the columns")
    if above:
        text = gettext_noop("rows above the header; they were passed over")
        quality.note("title_rows", Sort.DROPPED, text, count=above)
    header = list(first[above][1])
    while header and not header[-1].strip():
        header.pop()
    names = _named(header, quality)
    misfits = Misfits(len(names), quality)
    below = first[above + 1 :]
    if below and _RULER.fullmatch("".join(below[0][1])):
        quality.note(
            "ruler", Sort.DROPPED, gettext_noop("rows of lines that were drawn below the header")
        )
        del below[0]
    is_below_blank = False
    for row, record in chain(below, records):
        if not any(cell and not cell.isspace() for cell in record):
            quality.note("blank_rows", Sort.DROPPED, gettext_noop("blank rows"))
            is_below_blank = True
            continue
        if is_below_blank and len(record) == 1 < len(names):
            text = gettext_noop(
                "remarks below a blank row, in a single cell; they were passed over"
            )
            quality.note("remarks", Sort.DROPPED, text, example=f"row {row}")
        elif misfits.take(row, record):
            yield row, dict(zip(names, record, strict=False))
        is_below_blank = False
    misfits.end()


_RULER = re.compile(r"\s*[-=_+]{3}[-=_+\s]*")


def _rows_above_header(records: Sequence[tuple[int, Sequence[str]]]) -> int:
    """How many rows stand above the header: blank ones, and titles with one or two cells."""
    filled = [sum(1 for cell in record if cell.strip()) for _, record in records]
    most = max(filled, default=0)
    return next((place for place, count in enumerate(filled) if count * 2 > most), 0)


class Misfits:
    """Rows with another number of cells than the header: a few are left out, many are an error."""

    def __init__(self, width: int, quality: Quality) -> None:
        self._width = width
        self._quality = quality
        self._rows = 0
        self._last: tuple[int, int] | None = None

    def take(self, row: int, record: Sequence[str]) -> bool:
        """Whether the row fits. Raises UnusableExport once too many do not."""
        self._settle()
        self._rows += 1
        spare = record[self._width :]
        if len(record) >= self._width and not any(cell.strip() for cell in spare):
            return True
        self._last = (row, len(record))
        return False

    def end(self) -> None:
        """The last row is past: if that did not fit, the file breaks off."""
        if self._last is not None and self._last[1] < self._width:
            self.broke_off(self._last[0])
            self._last = None
            self._rows -= 1
        self._settle()
        count = self._quality.count_of("misfits")
        if count and count == self._rows:
            example = self._quality.findings["misfits"].examples[0]
            raise _unusable(
                f"no row has the {self._width} cells of the header ({example}); a cell that holds a"
                " separator needs quotes around it"
            )

    def broke_off(self, row: int) -> None:
        """Note that the file ends within this row."""
        broke_off(self._quality, row)

    def _settle(self) -> None:
        if self._last is None:
            return
        row, count = self._last
        self._last = None
        text = wordings.MISFITS % {"count": self._width}
        self._quality.note("misfits", Sort.DROPPED, text, example=f"row {row}: {count} cells")
        if self._quality.count_of("misfits") > max(MOST_MISFITS, self._rows * SHARE_OF_MISFITS):
            raise _unusable(
                f"{count} cells, where the header has {self._width}, and so it is in too many rows;"
                " a cell that holds a separator needs quotes around it",
                row,
            )


def is_cut_off(quality: Quality, row: int) -> bool:
    """Whether a row that cannot be used is the last one, in a line without an end.

    It is noted then that the file breaks off.
    """
    unended = quality.findings.get(_UNENDED)
    if unended is None or f"row {row}" not in unended.examples:
        return False
    broke_off(quality, row)
    return True


_UNENDED = "unended"
BROKEN_OFF = "broken_off"
BEHIND_BREAK = gettext_noop("tickets whose history stood behind the break; they were left out")


def broke_off(quality: Quality, row: int) -> None:
    """Note that a file ends before its end: whatever stood behind this row is missing."""
    unended = quality.findings.get(_UNENDED)
    if unended is not None and unended.examples == [f"row {row}"]:
        del quality.findings[_UNENDED]
    text = gettext_noop(
        "the file breaks off: what stood behind this is missing, and its counts are too low"
    )
    quality.note(BROKEN_OFF, Sort.ABSENT, text, example=f"row {row}")


# ---- CSV ------------------------------------------------------------------------------------


def _csv(source: Source, quality: Quality, layout: Layout) -> Iterator[Numbered]:
    encoding = _encoding_of(source, quality, layout.encoding)
    start = source.head().start.decode(encoding, errors="replace")
    told, begin = _told_separator(start)
    separator = layout.separator or told or separator_of(start[begin:])
    with source.opened() as content:
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
        yield from _fitted(_records(text, separator, quality, has_told=bool(told)), quality)


def _records(
    text: TextIO, separator: str, quality: Quality, *, has_told: bool
) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with its number. Raises UnusableExport where it is no CSV."""
    row = 0
    end = _End()
    lines = _lines(text, end)
    if has_told:
        next(lines)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for row, record in enumerate(reader, 1):
            if end.is_missing:
                told = gettext_noop("the last line has no end: its row may be cut off")
                quality.note(_UNENDED, Sort.DOUBTFUL, told, example=f"row {row}")
            yield row, record
    except Truncated:
        broke_off(quality, row + 1)
    except UnusableExport as problem:
        raise problem.at_row(row + 1) from None
    except UnicodeDecodeError:
        raise _unusable("the text from here on cannot be read in its encoding", row + 1) from None
    except csv.Error as problem:
        if "unexpected end" in str(problem) and reader.line_num - row < 50:
            broke_off(quality, row + 1)
            return
        raise _unusable(_csv_problem(problem), row + 1) from None


def _csv_problem(problem: csv.Error) -> str:
    text = str(problem)
    if "unexpected end" in text or "field larger" in text:
        return "a quote is opened here that nothing closes"
    if "expected after" in text:
        return "words stand behind a closing quote; a quote within a cell is written twice"
    return f"no CSV from here on: {text}"


@dataclass(slots=True)
class _End:
    """Whether the line that was read last has no end, as only a last one can."""

    is_missing: bool = False


def _lines(text: TextIO, end: _End) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise _unusable(f"a line has more than {LONGEST_LINE:,} characters: this is no table")
        end.is_missing = not line.endswith(("\n", "\r"))
        yield line


def _told_separator(start: str) -> tuple[str, int]:
    """Some spreadsheets say in a first line of their own what separates cells."""
    found = re.match(r'"?sep=([,;\t|])"?\r?\n', start, re.IGNORECASE)
    return (found[1], found.end()) if found else ("", 0)


def header_of(head: Head) -> list[str]:
    """The names of the columns of a CSV file that begins so; none where it shows none."""
    start = head.text
    told, begin = _told_separator(start)
    separator = told or separator_of(start[begin:])
    first: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(start[begin:], newline=""), delimiter=separator)
    with suppress(csv.Error):
        first += islice(enumerate(reader, 1), MOST_TITLE_ROWS + 1)
    return [name.strip() for name in first[_rows_above_header(first)][1]] if first else []


def separator_of(start: str) -> str:
    """What splits the first lines of a table into the same number of cells, and into most."""

    def fitness(separator: str) -> tuple[float, int]:
        counts: list[int] = []
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
        with suppress(csv.Error):
            counts += [len(record) for record in islice(reader, 200) if record]
        if len(counts) > 2:
            counts.pop()  # it may break off
        if not counts:
            return 0.0, 0
        usual, often = Counter(counts).most_common(1)[0]
        return (often / len(counts), usual) if usual > 1 else (0.0, 0)

    return max(SEPARATORS, key=fitness)


def _encoding_of(source: Source, quality: Quality, said: str) -> str:
    """The encoding: as said, by its mark, or the one in which all of it can be read."""
    if said:
        try:
            return codecs.lookup(said).name
        except LookupError:
            raise _unusable(f"no encoding is called {said!r}; one is windows-1252") from None
    start = source.head().start
    for mark, codec in MARKS:
        if start.startswith(mark):
            # Those names take the mark away.
            return {"utf-8": "utf-8-sig"}.get(codec, codec[:6])
    if wide := _wide(start):
        text = wordings.UNMARKED % {"encoding": wide.upper()}
        quality.note("encoding", Sort.REPAIRED, text, count=0)
        return wide
    if _is_readable(source, "utf-8"):
        return "utf-8"
    text = gettext_noop(
        "the text is not UTF-8; it was read as Windows-1252, so look at its accents"
    )
    quality.note("encoding", Sort.DOUBTFUL, text, count=0)
    return "cp1252" if _is_readable(source, "cp1252") else "latin-1"


def _wide(start: bytes) -> str:
    """UTF-16 without its mark: every other byte of western text is zero."""
    low, high = start[0:1000:2].count(0), start[1:1000:2].count(0)
    half = len(start[:1000]) // 2
    if half < 4 or max(low, high) < half * 0.6 or min(low, high) > half * 0.1:
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _is_readable(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.opened() as content:
        try:
            while block := content.read1(1024 * 1024):
                decoder.decode(block)
        except UnicodeDecodeError:
            return False
        except Truncated:
            return True
    return True


# ---- JSON -----------------------------------------------------------------------------------


def _json(source: Source, quality: Quality, layout: Layout) -> Iterator[Numbered]:
    seen: set[str] = set()
    encoding = _encoding_of(source, quality, layout.encoding)
    with source.opened() as content:
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
        row = 0
        try:
            for row, record in enumerate(objects(text), 1):
                if row == 1 and (page := _page(record)) is not None:
                    for row, inner in enumerate(page, 1):
                        yield row, dict(_flat("", inner))
                    return
                if not isinstance(record, dict):
                    raise _unusable("each record is an object, with names and values", row)
                values = dict(_flat("", record))
                seen |= values.keys()
                if len(seen) > MOST_COLUMNS:
                    raise _unusable(f"more than {MOST_COLUMNS:,} names of fields", row)
                yield row, values
        except Truncated:
            broke_off(quality, row + 1)
        except UnusableExport as problem:
            raise problem.at_row(row + 1) from None
        except UnicodeDecodeError:
            raise _unusable(
                "the text from here on cannot be read in its encoding", row + 1
            ) from None


def _page(record: object) -> list[dict[str, Any]] | None:
    """The records of an interface's answer, those of its one list; None if it is a record."""
    if not isinstance(record, dict):
        return None
    lists = [value for value in record.values() if isinstance(value, list) and value]
    if len(lists) != 1 or not all(isinstance(each, dict) for each in lists[0]):
        return None
    is_record = any(vocabulary.meanings_of(name).get("number") is not None for name in record)
    return None if is_record else lists[0]


def objects(text: TextIO) -> Iterator[Any]:
    """The values of JSON Lines, or of one list, one at a time; one value in memory.

    Raises UnusableExport where it is no JSON, Truncated where it ends within a value.
    """
    decode = json.JSONDecoder().raw_decode
    buffer, size, is_end = "", 64 * 1024, False
    is_list: bool | None = None
    while True:
        buffer = buffer.lstrip(" \t\r\n,") if is_list else buffer.lstrip()
        if is_list is None and buffer:
            is_list = buffer.startswith("[")
            buffer = buffer[is_list:]
            continue
        if is_list and buffer.startswith("]"):
            return
        if buffer:
            try:
                value, end = decode(buffer)
            except json.JSONDecodeError as problem:
                if is_end and problem.pos < len(buffer) - 1 and problem.msg[:12] != "Unterminated":
                    raise _unusable(f"no JSON: {problem.msg}") from None
                if is_end:
                    raise Truncated([Problem(0, "", "the file ends within a record")]) from None
            except (RecursionError, ValueError):
                raise _unusable("a record is too deep, or has too long a number") from None
            else:
                if end < len(buffer) or is_end:
                    buffer = buffer[end:]
                    size = 64 * 1024
                    yield value
                    continue
        if is_end:
            if is_list:
                raise Truncated([Problem(0, "", "the list has no end")])
            return
        if len(buffer) > LONGEST_LINE:
            raise _unusable(f"no record ends within {LONGEST_LINE:,} characters")
        more = text.read(size)
        is_end = not more
        size *= 2
        buffer += more


def _flat(above: str, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values; the names of inner objects stand behind a point, lists stay as JSON."""
    for name, value in record.items():
        name = _unfit.sub("\ufffd", f"{above}.{name}" if above else name)[:200]
        if isinstance(value, dict) and name.count(".") < 5:
            yield from _flat(name, value)
        else:
            yield name, text_of(value)


def text_of(value: object) -> str:
    """A value as text: what is absent is empty, a whole number has no fraction, a time is ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | clock_time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


# ---- XLSX -----------------------------------------------------------------------------------


@contextmanager
def _book(source: Source) -> Iterator[Any]:
    """A spreadsheet, open. Raises UnusableExport, also while its sheets are taken."""
    import python_calamine as calamine

    with ExitStack() as stack:
        file = _seekable(source, stack, LARGEST_SPREADSHEET)
        _require_harmless(file)
        file.seek(0)
        try:
            yield stack.enter_context(calamine.load_workbook(file))
        except (UnusableExport, GeneratorExit):
            raise
        except Exception as problem:
            # Whatever it trips over, it says so by many kinds of errors; none of them is ours.
            raise _unusable(f"the spreadsheet cannot be read: {_one_line(problem)}") from None


def _xlsx(source: Source, quality: Quality, layout: Layout) -> Iterator[Numbered]:
    with _book(source) as book:
        sheets = list(book.sheet_names)
        sheet = book.get_sheet_by_name(_sheet_of(sheets, layout.sheet, quality))
        rows = sheet.iter_rows()
        # Rows above the used range are not given.
        above = sheet.start[0] if sheet.start else 0
        records = (
            (above + place, [text_of(cell) for cell in row]) for place, row in _counted(rows)
        )
        yield from _fitted(records, quality)


def largest_sheet(source: Source) -> str:
    """The sheet with most cells of a spreadsheet of several; empty for any other file.

    Raises UnusableExport.
    """
    if format_of(source.head()) is not Format.XLSX:
        return ""
    with _book(source) as book:
        names = list(book.sheet_names)
        if len(names) < 2:
            return ""
        sheets = [(name, book.get_sheet_by_name(name)) for name in names]
        return str(max(sheets, key=lambda each: each[1].height * each[1].width)[0])


def _counted(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, Sequence[object]]]:
    return enumerate(rows, 1)


def _sheet_of(sheets: Sequence[str], said: str, quality: Quality) -> str:
    if not sheets:
        raise _unusable("the spreadsheet has no sheet")
    if said and said not in sheets:
        raise _unusable(f"no sheet is called {said!r}; there are {', '.join(sheets)}")
    chosen = said or sheets[0]
    for other in sheets:
        if other != chosen:
            text = gettext_noop("further sheets, not read; name one as `sheet` in the mapping")
            quality.note("further_sheets", Sort.DROPPED, text, example=other)
    return chosen


class _SharedStrings:
    """What the cells of a workbook weigh that show one of its shared strings.

    A string stands once in the file however many cells show it; in memory each cell has its own.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._shown: Counter[bytes] = Counter()
        self._at = 0
        self._rest = b""

    def hear_strings(self, block: bytes) -> None:
        """Take a block of the shared strings into account."""
        begin, text = self._at - len(self._rest), self._rest + block
        self._starts += [begin + found.start() for found in _STRING.finditer(text)]
        self._at += len(block)
        self._rest = text[-3:]  # a sign of four bytes may be split, and is not met twice
        self._require_few(len(self._starts))

    def hear_cells(self, block: bytes) -> None:
        """Take a block of a sheet into account."""
        self._shown.update(_SHOWN.findall(block))
        self._require_few(len(self._shown))

    def _require_few(self, count: int) -> None:
        if count > MOST_STRINGS:
            raise _unusable(f"more than {MOST_STRINGS:,} different texts; save the table as CSV")

    def require_light(self) -> None:
        """Raise UnusableExport if the cells would take up far more than the file."""
        sizes = [end - start for start, end in pairwise([*self._starts, self._at])]
        shown = ((int(place), count) for place, count in self._shown.items())
        weight = sum(count * sizes[place] for place, count in shown if place < len(sizes))
        if weight > LARGEST_SPREADSHEET:
            raise _unusable(
                f"the texts of its cells take up {weight:,} bytes, more than"
                f" {LARGEST_SPREADSHEET:,}; save the table as CSV"
            )


_STRING = re.compile(rb"<si[\s>/]")
_SHOWN = re.compile(rb"""t\s*=\s*["']s["'][^<>]{0,100}>\s*<v>(\d{1,9})</v>""")
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,9})["']""")


def _require_harmless(file: BinaryIO) -> None:
    """Raise UnusableExport for a spreadsheet that would take up far more memory than it should.

    What it says of its own sizes is not believed: its parts are unpacked, and thrown away.
    """
    size = 0
    strings = _SharedStrings()
    try:
        with zipfile.ZipFile(file) as packed:
            for part in packed.infolist():
                last_row = last_column = 0
                rest = b""
                for block in _unpacked(file, part):
                    size += len(block)
                    if size > LARGEST_SPREADSHEET:
                        raise _unusable(
                            f"the spreadsheet unpacks to more than {LARGEST_SPREADSHEET:,} bytes;"
                            " save the table as CSV"
                        )
                    if part.filename.lower().endswith("sharedstrings.xml"):
                        strings.hear_strings(block)
                        continue
                    strings.hear_cells(rest + block)
                    if "worksheets/" in part.filename:
                        for letters, digits in _CELL.findall(rest + block):
                            last_row = max(last_row, int(digits))
                            last_column = max(last_column, _column_number(letters))
                    rest = block[-200:]
                if last_row * last_column > MOST_CELLS:
                    raise _unusable(
                        f"a sheet reaches to row {last_row:,} and column {last_column:,}, which is"
                        " too large; remove what stands far off, or save the table as CSV"
                    )
        strings.require_light()
    except UnusableExport:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise _unusable("the spreadsheet is damaged or ends too early") from None


def _unpacked(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part really unpacks to, in blocks."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            left -= len(block)
            yield block
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    decoder = zlib.decompressobj(-15)
    while left > 0 and (packed := file.read(min(left, 1 << 16))):
        left -= len(packed)
        while packed:
            yield decoder.decompress(packed, 1 << 20)
            packed = decoder.unconsumed_tail


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _seekable(source: Source, stack: ExitStack, most: int) -> BinaryIO:
    """The bytes as a file in which one can go back; unpacked into a temporary one if packed."""
    source.file.seek(0)
    if source.file.read(2) != b"\x1f\x8b":
        source.file.seek(0)
        return source.file
    spooled = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
    with source.opened() as content:
        size = 0
        while block := content.read(1024 * 1024):
            size += len(block)
            if size > most:
                raise _unusable(f"the file unpacks to more than {most:,} bytes")
            spooled.write(block)
    spooled.seek(0)
    return spooled


def _one_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__


# ---- Parquet --------------------------------------------------------------------------------


def _parquet(source: Source, quality: Quality, layout: Layout) -> Iterator[Numbered]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        file = _seekable(source, stack, 1 << 40)
        row = 0
        try:
            table = pq.ParquetFile(pa.PythonFile(file, mode="r"))
            names = _named(table.schema_arrow.names, quality)
            _require_small_groups(table.metadata)
            file.seek(0)
            table = pq.ParquetFile(
                # Texts that repeat stand once in memory, however often they are shown.
                pa.PythonFile(file, mode="r"),
                read_dictionary=[
                    each.name
                    for each in table.schema_arrow
                    if pa.types.is_string(each.type) or pa.types.is_binary(each.type)
                ],
            )
            most = max(1, min(PARQUET_ROWS, PARQUET_BATCH // max(1, len(names))))
            batches = table.iter_batches(batch_size=most)
            for batch in chain.from_iterable(map(_light, batches)):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    row += 1
                    yield row, dict(zip(names, map(text_of, values), strict=True))
        except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as problem:
            if isinstance(problem, UnusableExport):
                raise
            told = f"the Parquet file cannot be read from here on: {_one_line(problem)}"
            raise _unusable(told, row + 1) from None


def _require_small_groups(about: Any) -> None:
    """Raise UnusableExport for a file whose parts would take up too much memory at once."""
    if about.num_row_groups * about.num_columns > MOST_PARTS:
        raise _unusable("the Parquet file has too many row groups and columns")
    for place in range(about.num_row_groups):
        group = about.row_group(place)
        parts = (group.column(column) for column in range(group.num_columns))
        size = sum(part.total_uncompressed_size for part in parts)
        if size > LARGEST_GROUP:
            raise _unusable(
                f"row group {place + 1} of the Parquet file unpacks to {size:,} bytes; write it"
                " with smaller row groups, or save the table as CSV"
            )


def _light(batch: Any) -> Iterator[Any]:
    """The rows of a batch at once, or one at a time where their values are long."""
    if sum(map(_weight, batch.columns)) <= HEAVY:
        yield batch
    else:
        yield from (batch.slice(place, 1) for place in range(batch.num_rows))


def _weight(column: Any) -> int:
    """Bytes of the values of a column of Parquet, each by itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    sizes = pc.binary_length(column.dictionary)
    return int(pc.sum(sizes.take(column.indices)).as_py() or 0)


# ---- in order -------------------------------------------------------------------------------

Sorted = tuple[str, int, list[str]]
"""What rows go together, the number of the row, and its values."""


def grouped(rows: Iterable[Sorted]) -> Iterator[Sorted]:
    """The rows sorted by their first, then by their second; of any number, by files on disk.

    Groups come shorter names first, so that `9` stands before `10`.
    """
    with ExitStack() as stack:
        runs: list[Iterator[Sorted]] = []
        rows = iter(rows)
        while run := sorted(islice(rows, RUN), key=_key):
            if len(run) < RUN and not runs:
                yield from run
                return
            runs.append(_kept(run, stack))
        yield from heapq.merge(*runs, key=_key)


def _key(row: Sorted) -> tuple[int, str, int]:
    return len(row[0]), row[0], row[1]


def _kept(run: Sequence[Sorted], stack: ExitStack) -> Iterator[Sorted]:
    file = stack.enter_context(
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 (the stack closes it)
    )
    for row in run:
        file.write(json.dumps(row, separators=(",", ":")) + "\n")
    file.seek(0)
    return (_again(line) for line in file)


def _again(line: str) -> Sorted:
    name, row, values = json.loads(line)
    return name, row, values
