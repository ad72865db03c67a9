"""The records of an export in JSON, one at a time, from files and archives of any size.

An export of an interface is what its calls answered: one document, one document a line, or a folder
of pages packed as ZIP. A document that fits into memory is read whole; of a larger one only one
record of its lists is held at a time.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple, TextIO, cast
from zoneinfo import ZoneInfo

from commondesk.core.record.codec import Json
from commondesk.core.record.instant import Instant, instant_of, iso_of
from commondesk.core.texts import gettext_noop
from commondesk.readers import wordings
from commondesk.readers.export import (
    MOST_TIMES_PACKED,
    SMALL,
    Problem,
    Quality,
    Sort,
    Source,
    Truncated,
    UnusableExport,
)
from commondesk.readers.tables import broke_off, rows_of
from commondesk.readers.times import AmbiguousTimes, Clock, Evidence, Form, reading_of, value_of

WHOLE = 4 * 1024 * 1024
"""How many characters of a document are looked at at once."""
LONGEST = 64 * 1024 * 1024
"""How many characters one record may have."""
LONGEST_NAME = 300
"""How many characters a name, state or id may have."""

Object = dict[str, Json]


# ---- files ----------------------------------------------------------------------------------


def texts(sources: Iterable[Source]) -> Iterator[tuple[str, TextIO]]:
    """The text of each file, with its name, files in an archive by their names.

    Raises UnusableExport for what cannot be unpacked.
    """
    for source in sources:
        source.file.seek(0)
        is_archive = source.file.read(4) == b"PK\x03\x04"
        source.file.seek(0)
        if is_archive:
            yield from _archived(source)
        else:
            with _text_of(source.opened()) as text:
                yield source.name, text


def _archived(source: Source) -> Iterator[tuple[str, TextIO]]:
    with told_as_damage(0), zipfile.ZipFile(source.file) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if info.is_dir():
                continue
            if info.file_size > SMALL and info.file_size > MOST_TIMES_PACKED * info.compress_size:
                raise broken(0, f"{info.filename!r} swells to many times its packed size")
            with archive.open(info) as member, _text_of(cast(BinaryIO, member)) as text:
                yield info.filename, text


def _text_of(bytes_: BinaryIO) -> TextIO:
    return io.TextIOWrapper(bytes_, encoding="utf-8-sig", newline="")


@contextmanager
def told_as_damage(row: int) -> Iterator[None]:
    """Tell the errors of damaged files as UnusableExport."""
    try:
        yield
    except UnusableExport:
        raise
    except UnicodeDecodeError:
        raise broken(row, "the text from here on is not UTF-8") from None
    except _DAMAGE:
        raise broken(row, "the archive is damaged, or locked by a password") from None


_DAMAGE = (
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What unpacking an archive raises when its bytes are wrong."""


def broken(row: int, text: str) -> UnusableExport:
    """The refusal of a file for one reason."""
    return UnusableExport([Problem(row, "", text)])


# ---- documents ------------------------------------------------------------------------------


class Piece(NamedTuple):
    """A record of a file: counted from 1, with the name of the list that it stood in, or ""."""

    row: int
    list: str
    value: Json


def pieces(sources: Iterable[Source], lists: frozenset[str], quality: Quality) -> Iterator[Piece]:
    """The records of all files in order; of one that breaks off those before, which is counted.

    A list, or a document with an id, gives itself. Of any other document the members that `lists`
    names are taken: each record of a list, or the member itself.
    Raises UnusableExport where a file is damaged.
    """
    row = 0
    for _, text in texts(sources):
        before = row
        try:
            for name, value in _Scanner(text, row).records(lists):
                row += 1
                yield Piece(row, name, value)
        except Truncated:
            if row == before:
                raise
            broke_off(quality, row + 1)


def _twinless(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"an object has two members named {twin!r}")
    return found


def _no_constant(text: str) -> Json:
    raise _Refused(f"{text} is no number in JSON")


class _Refused(Exception):
    """JSON that Python would read, and that says nothing certain."""


_DECODER = json.JSONDecoder(object_pairs_hook=_twinless, parse_constant=_no_constant)
_BLANK = re.compile(r"[ \t\r\n]*")


class _Scanner:
    """Reads the documents of a text one after another, holding little of it."""

    def __init__(self, text: TextIO, row: int) -> None:
        self._text = text
        self._row = row
        self._buffer = ""
        self._at = 0
        self._is_end = False

    def records(self, lists: frozenset[str]) -> Iterator[tuple[str, Json]]:
        while first := self._peek():
            if first == "[":
                yield from self._elements("")
            elif first == "{":
                yield from self._document(lists)
            else:
                raise self._broken()

    def _document(self, lists: frozenset[str]) -> Iterator[tuple[str, Json]]:
        """A whole document if it is at hand, else its members."""
        self._fill(WHOLE)
        value, end = self._decoded()
        if end:
            self._at = end
            assert isinstance(value, dict)
            yield from self._counted(spread(value, lists))
        else:
            yield from self._members(lists)

    def _members(self, lists: frozenset[str]) -> Iterator[tuple[str, Json]]:
        self._take("{")
        found: Object = {}
        is_page = False
        while self._peek() != "}":
            name = self._value()
            if not isinstance(name, str):
                raise self._broken()
            self._take(":")
            if self._peek() == "[" and name in lists:
                is_page = True
                yield from self._elements(name)
            else:
                found[name] = self._value()
            if self._peek() != "}":
                self._take(",")
                if self._peek() == "}":
                    raise self._broken()
        self._take("}")
        yield from self._counted(spread(found, lists, is_page=is_page))

    def _elements(self, name: str) -> Iterator[tuple[str, Json]]:
        self._take("[")
        while self._peek() != "]":
            self._row += 1
            yield name, self._value()
            if self._peek() != "]":
                self._take(",")
                if self._peek() == "]":
                    raise self._broken()
        self._take("]")

    def _counted(self, found: Iterable[tuple[str, Json]]) -> Iterator[tuple[str, Json]]:
        for name, value in found:
            self._row += 1
            yield name, value

    def _peek(self) -> str:
        """The next character that is not blank, or "" at the end."""
        while True:
            found = _BLANK.match(self._buffer, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._is_end:
                return ""
            self._fill(WHOLE)

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._broken()
        self._at += 1

    def _value(self) -> Json:
        self._peek()
        wanted = WHOLE
        while True:
            value, end = self._decoded()
            if end and (end < len(self._buffer) or self._is_end):
                self._at = end
                return value
            if self._is_end:
                raise self._broken()
            if len(self._buffer) - self._at > LONGEST:
                raise broken(self._row, f"no record may be longer than {LONGEST:,} characters")
            wanted *= 2
            self._fill(wanted)

    def _decoded(self) -> tuple[Json, int]:
        """The value that begins here and where it ends; 0 if it does not end here."""
        try:
            return _DECODER.raw_decode(self._buffer, self._at)
        except json.JSONDecodeError:
            return None, 0
        except ValueError:
            raise broken(self._row + 1, "holds a number that is too long") from None
        except RecursionError:
            raise broken(self._row + 1, "is nested too deeply") from None
        except _Refused as wrong:
            raise broken(self._row + 1, str(wrong)) from None

    def _fill(self, wanted: int) -> None:
        """Have that many characters at hand, or all that are left."""
        while not self._is_end and len(self._buffer) - self._at < wanted:
            with told_as_damage(self._row + 1):
                more = self._text.read(wanted)
            self._is_end = not more
            self._buffer = self._buffer[self._at :] + more
            self._at = 0

    def _broken(self) -> UnusableExport:
        at = self._buffer[self._at : self._at + 40].strip()
        if self._is_end and self._ends_within():
            text = "the file ends in the middle of a record"
            return Truncated([Problem(self._row + 1, "", text)])
        return broken(self._row + 1, f"no JSON from here on: {at!r}")

    def _ends_within(self) -> bool:
        """Whether it is only the end of the file that is wrong."""
        rest = self._buffer[self._at :].strip()
        try:
            _DECODER.decode(rest)
        except json.JSONDecodeError as wrong:
            is_cut = wrong.pos >= len(rest) - 1 or wrong.msg.startswith("Unterminated")
            return not rest or (is_cut and rest[0] in '{["')
        except (ValueError, RecursionError, _Refused):
            return False
        return False


def spread(
    document: Object, lists: frozenset[str], *, is_page: bool = False
) -> Iterator[tuple[str, Json]]:
    """The records of a document: itself if it has an id, else the members that lists names.

    is_page: some of its lists were taken before, so that without an id it is no record itself.
    """
    if "id" in document or not (is_page or lists & document.keys()):
        if document:
            yield "", document
        return
    for name in document:
        value = document[name]
        if name not in lists:
            continue
        if isinstance(value, list):
            for each in value:
                yield name, each
        else:
            yield name, value


# ---- tables ---------------------------------------------------------------------------------


def is_table(source: Source) -> bool:
    """Whether a file holds neither JSON nor an archive, by its first character."""
    start = source.head().text.lstrip()
    return bool(start) and start[0] not in "[{" and not start.startswith("PK\x03\x04")


def rows(source: Source, quality: Quality) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """The rows of a CSV file with a header: the number of each, and its values by column.

    A column may come more than once. Counts into quality, also the rows. Raises UnusableExport.
    """
    twins = quality.count_of(_TWINS)
    for row, values in rows_of(source, quality):
        yield row, [(_sole_name(name, values), value) for name, value in values.items()]
    if not twins:
        # Here they are no flaw of the file.
        quality.findings.pop(_TWINS, None)


_TWINS = "twin_columns"
_NUMBERED = re.compile(r"(.+) \(\d+\)")


def _sole_name(name: str, values: Mapping[str, str]) -> str:
    """The name of a column as its header has it, where reading told it from its twin."""
    found = _NUMBERED.fullmatch(name)
    return found[1] if found and found[1] in values else name


# ---- a record -------------------------------------------------------------------------------


class Unfit(ValueError):
    """A value that does not fit its field; column names the field."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(slots=True)
class Reading:
    """What the fields of records need to be read: the zone of times without one, and the counts."""

    quality: Quality
    zone: ZoneInfo | None = None
    _times: dict[str, Instant] = field(default_factory=dict)
    _evidence: dict[str, Evidence] = field(default_factory=dict)
    _clocks: dict[str, Clock] = field(default_factory=dict)

    def hear(self, column: str, text: str, row: int) -> None:
        """Learn from a time of a table how its column is written."""
        if text:
            self._evidence.setdefault(column, Evidence(column)).hear(text, row)

    def settle(self) -> None:
        """Read the times of tables as their columns show, where they do not begin with the year."""
        for column, evidence in self._evidence.items():
            if evidence.forms.keys() <= {Form.ISO}:
                continue
            with suppress(AmbiguousTimes):
                order = reading_of(evidence, None, self._evidence).order
                self._clocks[column] = Clock(order, ZoneInfo("UTC"))

    def item(self, value: Json, place: str = "") -> Item:
        """An object of a record. Raises Unfit."""
        if not isinstance(value, dict):
            raise Unfit(place, f"wants named fields, not {shown(value)}")
        return Item(value, place, self)

    def sound(self, text: str) -> str:
        """A text without zero bytes and halves of characters, which no record can keep."""
        if (text.isascii() and "\0" not in text) or _UNSOUND.search(text) is None:
            return text
        self.quality.note(
            "unsound",
            Sort.REPAIRED,
            gettext_noop(
                "texts with zero bytes or halves of characters; each became a mark of what was lost"
            ),
        )
        return _UNSOUND.sub("\ufffd", text)

    def instant(self, text: str, column: str) -> Instant:
        """The instant of an ISO 8601 text. Raises Unfit."""
        known = self._times.get(text)
        if known is None:
            if len(self._times) > 100_000:
                self._times.clear()
            known = self._instant(text, column)
            if text[-1:] == "Z":
                self._times[text] = known
        return known

    def _instant(self, text: str, column: str) -> Instant:
        try:
            if not _TIME.match(text):
                text = self._by_clock(text, column)
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self.zone or UTC)
                self._note_zone()
            return instant_of(moment.astimezone(UTC))
        except (ValueError, OverflowError):
            told = f"{text!r} is no time such as 2025-03-10T09:00:00Z"
            if _TURNED.match(text):
                told += "; export once more with dates that begin with the year"
            raise Unfit(column, told) from None

    def _by_clock(self, text: str, column: str) -> str:
        """A time that does not begin with the year, as ISO 8601. Raises ValueError."""
        clock = self._clocks.get(column)
        if clock is None or value_of(text).offset is not None:
            raise ValueError
        return iso_of(clock.instant(text)).removesuffix("Z")

    def _note_zone(self) -> None:
        text = gettext_noop("times without a zone, no zone was given: taken for UTC")
        if self.zone:
            text = wordings.ZONELESS % {"zone": self.zone.key}
        self.quality.note("zone", Sort.READ if self.zone else Sort.DOUBTFUL, text)


_TURNED = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b", re.ASCII)
_UNSOUND = re.compile("[\0\ud800-\udfff]")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", re.ASCII)


def shown(value: Json) -> str:
    """A value as an error message quotes it."""
    text = json.dumps(value, default=str) if not isinstance(value, (dict, list)) else ""
    return (text if len(text) < 60 else f"{text[:57]}...") or f"a {type(value).__name__}"


class Item(NamedTuple):
    """An object of a record, read field by field. Every method raises Unfit, naming the field.

    A field that is null is missing.
    """

    value: Mapping[str, Json]
    place: str
    reading: Reading

    def spot(self, name: str) -> str:
        """How an error names a field."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.value.get(name) is not None

    def text(self, name: str) -> str:
        """Words; empty if missing."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Unfit(self.spot(name), f"wants text, not {shown(value)}")
        return self.reading.sound(value)

    def label(self, name: str) -> str:
        """A short text such as a name or a state, or a whole number; empty if missing."""
        value = self.value.get(name)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        elif not isinstance(value, str):
            raise Unfit(self.spot(name), f"wants text, not {shown(value)}")
        value = self.reading.sound(value).strip()
        if len(value) > LONGEST_NAME:
            raise Unfit(self.spot(name), f"is longer than {LONGEST_NAME} characters")
        return value

    def needed(self, name: str) -> str:
        """A label that must be there."""
        found = self.label(name)
        if not found:
            raise Unfit(self.spot(name), "is missing")
        return found

    def flag(self, name: str) -> bool | None:
        """True or false; None if missing."""
        value = self.value.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise Unfit(self.spot(name), f"wants true or false, not {shown(value)}")

    def at(self, name: str) -> Instant:
        """An instant that must be there."""
        return self.reading.instant(self.needed(name), self.spot(name))

    def part(self, name: str) -> Item | None:
        """An object within; None if missing."""
        value = self.value.get(name)
        return None if value is None else self.reading.item(value, self.spot(name))

    def parts(self, name: str) -> list[Item]:
        """The objects of a list; none if it is missing."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Unfit(self.spot(name), f"wants a list, not {shown(value)}")
        return [
            self.reading.item(each, f"{self.spot(name)}.{place}")
            for place, each in enumerate(value, 1)
        ]

    def labels(self, name: str) -> list[str]:
        """A list of short texts or numbers; none if it is missing."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Unfit(self.spot(name), f"wants a list, not {shown(value)}")
        return [Item({name: each}, self.place, self.reading).label(name) for each in value]


# ---- records that belong together -----------------------------------------------------------


class Kept(NamedTuple):
    """A record that was laid down: where it stood, what it is, its SHA-256 and itself."""

    row: int
    kind: str
    sha256: str
    value: Json


def canonical(value: Json, row: int) -> str:
    """A record as JSON with its fields by name, in ASCII."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise broken(row, "is nested too deeply") from None


class Shelf:
    """Records laid down on disk until all that belong to a ticket are together."""

    def __init__(self) -> None:
        # Without a name SQLite keeps a file of its own that is gone once it is closed.
        self._base = sqlite3.connect("", check_same_thread=False)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("CREATE TABLE laid (ticket TEXT, row INTEGER, kind TEXT, value TEXT)")

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def lay(self, ticket: str, row: int, kind: str, value: Json) -> None:
        """Keep a record of a ticket."""
        text = canonical(value, row)
        self._base.execute("INSERT INTO laid VALUES (?, ?, ?, ?)", (ticket, row, kind, text))

    def tickets(self) -> Iterator[tuple[str, list[Kept]]]:
        """Each ticket with its records in the order of the file, tickets by where they begin."""
        self._base.execute("CREATE INDEX by_ticket ON laid (ticket, row)")
        firsts = self._base.execute(
            "SELECT ticket FROM laid GROUP BY ticket ORDER BY MIN(row), ticket"
        )
        for (ticket,) in firsts:
            found = self._base.execute(
                "SELECT row, kind, value FROM laid WHERE ticket = ? ORDER BY row, rowid", (ticket,)
            )
            yield ticket, [_kept(*each) for each in found]

    def has(self, ticket: str) -> bool:
        """Whether anything of a ticket was laid down."""
        found = self._base.execute("SELECT 1 FROM laid WHERE ticket = ? LIMIT 1", (ticket,))
        return found.fetchone() is not None


def _kept(row: int, kind: str, text: str) -> Kept:
    return Kept(row, kind, hashlib.sha256(text.encode()).hexdigest(), json.loads(text))


def digest_of(value: Json, row: int) -> str:
    """The SHA-256 of a record in its canonical form."""
    return hashlib.sha256(canonical(value, row).encode()).hexdigest()


def without_twins(kept: Sequence[Kept], quality: Quality) -> list[Kept]:
    """The records without those that repeat an earlier one word for word."""
    seen: set[tuple[str, str]] = set()
    found = []
    for each in kept:
        if (each.kind, each.sha256) in seen:
            quality.note(
                "twins", Sort.DROPPED, gettext_noop("records that stand twice, word for word")
            )
            continue
        seen.add((each.kind, each.sha256))
        found.append(each)
    return found
