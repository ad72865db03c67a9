"""A table that somebody saved as CSV, however their program writes it: bytes to rows.

Nothing of the file is believed: size, width and length are bounded before rows are made.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from commondesk.core.texts import gettext, gettext_noop, number

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_LINE = 20_000
LONGEST_CELL = 10_000
LONGEST_TOLD = 60
SEPARATORS = (",", ";", "\t", "|")
SEPARATOR_WORDS = {
    ",": gettext_noop("commas"),
    ";": gettext_noop("semicolons"),
    "\t": gettext_noop("tabs"),
    "|": gettext_noop("vertical bars"),
}

Names = Mapping[str, Sequence[str]]
"""What each column is called by us, and how else people call it."""


class UnusableFile(ValueError):
    """A file that cannot be read as a table at all. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by our names of its columns. number is its place as a spreadsheet counts."""

    number: int
    cells: Mapping[str, str]
    problem: str = ""
    """What is wrong with the row as a whole."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was understood. columns are ours, in the order of the file."""

    encoding: str
    is_guess: bool
    separator: str
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: tuple[Row, ...]


def read(content: bytes, names: Names) -> Table:
    """The rows below the line of headings. Raises UnusableFile.

    names tells which headings are which column; the first column of it must be there.
    """
    text, encoding, is_guess = text_of(content)
    _refuse_unfit_lines(text)
    text, told = _without_told_separator(text)
    separator = told or _separator_of(text, names)
    records = _records(text, separator)
    headings = next(records, (0, ()))[1]
    if not any(each.strip() for each in headings):
        raise UnusableFile(gettext("The file is empty. Its first line names the columns."))
    columns = _columns_of(headings, names)
    rows = tuple(_rows(records, columns))
    if not rows:
        raise UnusableFile(
            gettext("There is nothing below the first line. Each row is a line of its own.")
        )
    return Table(
        encoding=encoding,
        is_guess=is_guess,
        separator=separator,
        columns=tuple(each for each in columns if each),
        unknown=tuple(
            shown(heading)
            for heading, column in zip(headings, columns, strict=True)
            if not column and heading.strip()
        ),
        rows=rows,
    )


# ---- bytes to text ------------------------------------------------------------------------

_PACKED = {
    b"\x1f\x8b": gettext_noop("a file packed by gzip"),
    b"PK\x03\x04": gettext_noop("a spreadsheet or another packed file"),
    b"\xd0\xcf\x11\xe0": gettext_noop("an old spreadsheet"),
    b"%PDF": gettext_noop("a PDF"),
    b"BZh": gettext_noop("a packed file"),
    b"\xfd7zXZ": gettext_noop("a packed file"),
    b"7z\xbc\xaf": gettext_noop("a packed file"),
    b"(\xb5/\xfd": gettext_noop("a packed file"),
}
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "UTF-32"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
# What no text of people holds; a tab and the ends of lines are fine.
_unreadable = re.compile("[\x01-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def text_of(content: bytes) -> tuple[str, str, bool]:
    """The text, what it is encoded in, and whether that is only a guess. Raises UnusableFile."""
    if len(content) > MOST_BYTES:
        raise UnusableFile(
            gettext("The file is larger than %(size)s MB. Split it into several.")
            % {"size": MOST_BYTES // 1024**2}
        )
    for start, what in _PACKED.items():
        if content.startswith(start):
            raise UnusableFile(
                gettext("This is %(what)s, not CSV. Save the table as CSV, and choose that.")
                % {"what": gettext(what)}
            )
    text, encoding, is_guess = _decoded(content)
    if (at := text.find("\0")) >= 0:
        raise UnusableFile(
            gettext(
                "Line %(line)s holds a zero character: this is no text. Save the table as CSV"
                " again."
            )
            % {"line": _line_at(text, at)}
        )
    if odd := _unreadable.search(text):
        raise UnusableFile(
            gettext(
                "Line %(line)s holds a character that cannot be read. Save the table as CSV again."
            )
            % {"line": _line_at(text, odd.start())}
        )
    return text, encoding, is_guess


def _decoded(content: bytes) -> tuple[str, str, bool]:
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], codec, name), name, False
    if codec := _wide_codec(content):
        return _strictly(content, codec, "UTF-16"), "UTF-16", True
    try:
        return content.decode("utf-8"), "UTF-8", False
    except UnicodeDecodeError:
        return _strictly(content, "cp1252", "Windows-1252"), "Windows-1252", True


def _strictly(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise UnusableFile(
            gettext("Line %(line)s cannot be read as %(name)s. Save the table as “CSV UTF-8”.")
            % {"line": line, "name": name}
        ) from None


def _wide_codec(content: bytes) -> str:
    """UTF-16 without its mark: every other byte of western text is zero."""
    start = content[:1000]
    half = len(start) // 2
    if half < 4:
        return ""
    low, high = start[0::2].count(0), start[1::2].count(0)
    if high > half * 0.6 and low < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if low > half * 0.6 and high < half * 0.1 else ""


def _line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


# ---- text to records ----------------------------------------------------------------------


def _refuse_unfit_lines(text: str) -> None:
    for place, line in enumerate(_lines(text), 1):
        if len(line) > LONGEST_LINE:
            raise UnusableFile(
                gettext(
                    "Line %(line)s has %(count)s characters; %(most)s fit. Save the table as CSV"
                    " again."
                )
                % {"line": place, "count": number(len(line)), "most": number(LONGEST_LINE)}
            )


def _lines(text: str) -> Iterator[str]:
    # As the csv module splits them: no other character ends a line.
    return iter(io.StringIO(text, newline=""))


def _without_told_separator(text: str) -> tuple[str, str]:
    """Some spreadsheets say in a first line of their own what separates cells."""
    found = re.match(r'"?sep=([,;\t|])"?\r?\n', text, re.IGNORECASE)
    return (text[found.end() :], found[1]) if found else (text, "")


def _separator_of(text: str, names: Names) -> str:
    """What splits the headings into the most that we know, then into the most."""

    def fitness(separator: str) -> tuple[int, int]:
        headings = _headings(text, separator)
        return sum(bool(column_of(each, names)) for each in headings), len(headings)

    return max(SEPARATORS, key=fitness)


def _headings(text: str, separator: str) -> Sequence[str]:
    try:
        return next(iter(csv.reader(_lines(text), delimiter=separator, strict=True)), [])
    except csv.Error:
        return []


def _records(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with its number; a spreadsheet counts empty ones too. Raises UnusableFile."""
    place, begins, reader = 0, 1, csv.reader(_lines(text), delimiter=separator, strict=True)
    try:
        for place, record in enumerate(reader, 1):
            begins = reader.line_num + 1
            if len(record) > MOST_COLUMNS:
                raise UnusableFile(
                    gettext(
                        "Row %(row)s has %(count)s columns; %(most)s fit. Leave out what is not"
                        " needed."
                    )
                    % {"row": place, "count": number(len(record)), "most": MOST_COLUMNS}
                )
            yield place, record
    except csv.Error as problem:
        raise UnusableFile(_told(problem, place + 1, begins)) from None


def _told(problem: csv.Error, row: int, line: int) -> str:
    if "unexpected end" in str(problem) or "field larger" in str(problem):
        told = gettext(
            "Row %(row)s, which begins in line %(line)s, opens a quote that nothing closes. Put a"
            " second quote at the end of its cell."
        )
    else:
        told = gettext(
            "Row %(row)s, which begins in line %(line)s, has words behind a closing quote. Write a"
            " quote within a cell twice."
        )
    return told % {"row": row, "line": line}


# ---- records to rows ----------------------------------------------------------------------


def column_of(heading: str, names: Names) -> str:
    """Our name of a column, whatever case, accents and marks its heading has; empty: unknown."""
    plain = plain_of(heading)
    for column, others in names.items():
        if plain and plain in (plain_of(column), *map(plain_of, others)):
            return column
    return ""


def plain_of(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    apart = unicodedata.normalize("NFKD", text[:200]).casefold()
    return "".join(each for each in apart if each.isalnum())


def _columns_of(headings: Sequence[str], names: Names) -> list[str]:
    columns = [column_of(each, names) for each in headings]
    needed = next(iter(names))
    if needed not in columns:
        listed = ", ".join(shown(each) for each in headings[:10] if each.strip())
        raise UnusableFile(
            gettext(
                "No column is headed “%(needed)s”. The first line names the columns; here it says:"
                " %(listed)s."
            )
            % {"needed": needed, "listed": listed}
        )
    for column in names:
        if columns.count(column) > 1:
            _prefer_own(headings, columns, column)
        if columns.count(column) > 1:
            both = [
                shown(each) for each, ours in zip(headings, columns, strict=True) if ours == column
            ]
            raise UnusableFile(
                gettext("Several columns mean “%(column)s”: %(both)s. Leave one of them.")
                % {"column": column, "both": gettext(" and ").join(both)}
            )
    return columns


def _prefer_own(headings: Sequence[str], columns: list[str], column: str) -> None:
    """Where one heading is our own word, the others are something else."""
    own = [plain_of(each) == plain_of(column) for each in headings]
    if sum(own) == 1:
        for place, is_own in enumerate(own):
            if columns[place] == column and not is_own:
                columns[place] = ""


def _rows(records: Iterable[tuple[int, Sequence[str]]], columns: Sequence[str]) -> Iterator[Row]:
    count = 0
    for place, record in records:
        if not any(each.strip() for each in record):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnusableFile(
                gettext("There are more than %(most)s rows. Split the file.")
                % {"most": number(MOST_ROWS)}
            )
        cells = {
            column: undefused(cell.strip())
            for column, cell in zip(columns, record, strict=False)
            if column
        }
        yield Row(place, cells, _problem_of(record, columns))


def _problem_of(record: Sequence[str], columns: Sequence[str]) -> str:
    if any(each.strip() for each in record[len(columns) :]):
        return gettext(
            "It has %(count)s cells, the first line only %(columns)s. Put quotes around cells that"
            " hold a separator."
        ) % {"count": len(record), "columns": len(columns)}
    if any(len(each) > LONGEST_CELL for each in record):
        return gettext("A cell has more than %(most)s characters. Shorten it.") % {
            "most": number(LONGEST_CELL)
        }
    return ""


def shown(text: str) -> str:
    """A cell as a message may show it: on one line, and not too long."""
    line = " ".join(_unshown.sub("\ufffd", text).split())
    return line if len(line) <= LONGEST_TOLD else f"{line[: LONGEST_TOLD - 1]}…"


# Characters that turn around the text beside them.
_unshown = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def is_turning(text: str) -> bool:
    """Whether a text holds characters that turn around what stands beside it."""
    return bool(_unshown.search(text))


# ---- rows to bytes ------------------------------------------------------------------------

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of CSV, in which no cell is a formula to a spreadsheet."""
    line = io.StringIO()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    for cells in chain([headings], rows):
        writer.writerow([defused(each) for each in cells])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def defused(cell: str) -> str:
    """The cell, harmless to a spreadsheet. What begins with an apostrophe gets another one."""
    is_risky = cell.startswith((*_FORMULA, "'")) or cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if is_risky else cell


def undefused(cell: str) -> str:
    """The cell as it was before defused."""
    return cell[1:] if cell.startswith("'") and defused(cell[1:]) == cell else cell
