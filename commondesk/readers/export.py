"""What every reader of a foreign export gives: tickets as events, and what the file was like.

A reader is one file. It turns rows or records into `ExportedTicket`s one at a time, so that no file
has to fit into memory, and counts into a `Quality` what it dropped, repaired or doubts.
docs/readers.md says what all readers keep to.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Side, WordsRef
from commondesk.core.record.instant import Instant

NAMED = 20
"""How many problems of a file, or examples of a finding, are named."""


TOLD = 5
"""How many of the examples stand in a line of text."""
MOST_TIMES_PACKED = 300
"""How many times its packed size a file may have unpacked, once it is larger than SMALL."""
SMALL = 256 * 1024 * 1024
HEAD = 64 * 1024
"""How many bytes of a file are looked at to tell its format."""


# ---- a file that cannot be used -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be used, with the place: a row or record counted from 1, and a field.

    row 0 means the file as a whole.
    """

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        places = (f"row {self.row}" * bool(self.row), f"column {self.column}" * bool(self.column))
        place = ", ".join(filter(None, places))
        return f"{place}: {self.text}" if place else self.text


class UnusableExport(ValueError):
    """A file that cannot be read into events; the text names every place, up to a number."""

    def __init__(self, problems: Sequence[Problem], further: int = 0) -> None:
        lines = [str(problem) for problem in problems]
        if further:
            lines.append(f"and {further} more")
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)
        self._further = further

    def __reduce__(self) -> tuple[type[UnusableExport], tuple[tuple[Problem, ...], int]]:
        return type(self), (self.problems, self._further)

    def at_row(self, row: int) -> UnusableExport:
        """The same with a row, where the problem names none."""
        return UnusableExport([replace(each, row=each.row or row) for each in self.problems])


class Truncated(UnusableExport):
    """A file that ends before its end, or is damaged from there on; what stood before was read."""


# ---- what the file was like -----------------------------------------------------------------


class Sort(StrEnum):
    """What became of the rows of a finding."""

    READ = "read"
    DROPPED = "dropped"
    REPAIRED = "repaired"
    DOUBTFUL = "doubtful"
    DISAGREES = "disagrees"
    ABSENT = "absent"


class Support(StrEnum):
    """How far a file carries a figure."""

    EXACT = "exact"
    PROXY = "proxy"
    NONE = "none"


@dataclass(slots=True)
class Finding:
    """One kind of thing met in a file: how often, in plain words, with the first places."""

    sort: Sort
    text: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Carries:
    """Whether a figure can be computed from this file, and why not exactly."""

    figure: str
    support: Support
    reason: str = ""


@dataclass(slots=True)
class Quality:
    """What reading a file told about it, counted while the rows pass.

    findings by a code of the reader's; carries by the name of a figure (docs/metrics.md).
    """

    source: str = ""
    rows: int = 0
    tickets: int = 0
    events: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    carries: dict[str, Carries] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    further_problems: int = 0

    def note(self, code: str, sort: Sort, text: str, *, example: str = "", count: int = 1) -> None:
        """Count a finding; the text is that of the first call."""
        finding = self.findings.get(code)
        if finding is None:
            finding = self.findings[code] = Finding(sort, text)
        finding.count += count
        if example and len(finding.examples) < NAMED and example not in finding.examples:
            finding.examples.append(example)

    def carry(self, figure: str, support: Support, reason: str = "") -> None:
        """Say how far the file carries a figure. A figure that nobody names is exact."""
        self.carries[figure] = Carries(figure, support, reason)

    def refuse(self, problem: Problem) -> None:
        """Note a problem; the file cannot be used any more."""
        if len(self.problems) < NAMED:
            self.problems.append(problem)
        else:
            self.further_problems += 1

    def require_sound(self) -> None:
        """Raise UnusableExport if any problem was noted."""
        if self.problems:
            raise UnusableExport(self.problems, self.further_problems)

    def add(self, later: Quality) -> None:
        """Take in what reading a part further on in the file told."""
        self.rows += later.rows
        self.tickets += later.tickets
        self.events += later.events
        for code, each in later.findings.items():
            self.note(code, each.sort, each.text, count=each.count)
            mine = self.findings[code].examples
            mine += [one for one in each.examples if one not in mine][: NAMED - len(mine)]
        self.carries |= later.carries
        for problem in later.problems:
            self.refuse(problem)
        self.further_problems += later.further_problems

    def count_of(self, code: str) -> int:
        """How often a finding was met; 0 if never."""
        finding = self.findings.get(code)
        return finding.count if finding else 0


def told(quality: Quality) -> list[str]:
    """The quality of a file in plain lines."""
    lines = [f"rows read: {quality.rows:,} of {_many(quality.tickets, 'ticket')}"]
    for sort in Sort:
        lines += [_told(finding) for finding in quality.findings.values() if finding.sort is sort]
    for support in (Support.PROXY, Support.NONE):
        lines += [
            f"{_SUPPORT[support]}: {each.figure}{f' ({each.reason})' if each.reason else ''}"
            for each in quality.carries.values()
            if each.support is support
        ]
    return lines


_SUPPORT = {
    Support.PROXY: "can only be estimated",
    Support.NONE: "cannot be computed",
}


def _told(finding: Finding) -> str:
    count = f": {finding.count:,}" if finding.count else ""
    shown = ", ".join([*finding.examples[:TOLD], *["…"] * (len(finding.examples) > TOLD)])
    return f"{finding.sort}: {finding.text}{count}{f' ({shown})' if shown else ''}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# ---- a file ---------------------------------------------------------------------------------


class Unpacked(io.RawIOBase):
    """Bytes of a file from its beginning, unpacked if it is gzip. Closing it keeps the file open.

    Reading raises UnusableExport where the packed bytes are damaged, end too early, or swell out of
    all proportion.
    """

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        is_packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._file = file
        self._packed = gzip.GzipFile(fileobj=file) if is_packed else None
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            # One piece at a time: what can be unpacked before the damage is given.
            block = (
                self._packed.read1(len(buffer)) if self._packed else self._file.read(len(buffer))
            )
        except (EOFError, zlib.error, gzip.BadGzipFile):
            text = "the packed file is damaged or ends too early"
            raise Truncated([Problem(0, "", text)]) from None
        buffer[: len(block)] = block
        if self._packed:
            self._require_proportion(len(block))
        return len(block)

    def _require_proportion(self, more: int) -> None:
        self._size += more
        if self._size > SMALL and self._size > MOST_TIMES_PACKED * self._file.tell():
            raise _unusable(
                f"the packed file swells to more than {MOST_TIMES_PACKED} times its size; no export"
                " does that. Unpack it yourself if you trust it"
            )


_GZIP = b"\x1f\x8b"


def _unusable(text: str) -> UnusableExport:
    return UnusableExport([Problem(0, "", text)])


@dataclass(frozen=True, slots=True)
class Source:
    """A file of an export: its name, and its bytes, which can be read again from the beginning."""

    name: str
    file: BinaryIO

    def opened(self) -> io.BufferedReader:
        """Its bytes from the beginning, unpacked if it is gzip; closing them keeps the file open.

        Reading raises UnusableExport where packed bytes cannot be unpacked.
        """
        return io.BufferedReader(Unpacked(self.file), 1024 * 1024)

    def head(self) -> Head:
        """Its beginning, to tell the format by. Raises UnusableExport."""
        start = b""
        with self.opened() as content:
            try:
                while len(start) < HEAD and (block := content.read1(HEAD - len(start))):
                    start += block
            except Truncated:
                if not start:
                    raise
        return Head(self.name, start)


MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file, unpacked, by which a reader says whether the file is its own."""

    name: str
    start: bytes

    @property
    def text(self) -> str:
        """Its text without a byte-order mark; what cannot be read is replaced. It may break off."""
        for mark, codec in MARKS:
            if self.start.startswith(mark):
                return self.start[len(mark) :].decode(codec, errors="replace")
        return self.start.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Fit:
    """How sure a reader is that a file is its own: from 0 to 1, and why in plain words."""

    sureness: float
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever imports has said: for which company, the zone of times without one, a mapping.

    mapping is the text of a mapping file, for readers of tables. Who keeps no record has no use for
    the SHA-256 of rows: is_kept tells, and a reader may leave them empty where it is not so.
    """

    company: UUID
    zone: ZoneInfo | None = None
    mapping: str = ""
    is_kept: bool = True


@runtime_checkable
class Proposes(Protocol):
    """What a reader has that needs a mapping, which says what no documentation can."""

    def proposed(self, source: Source) -> str:
        """A mapping as text, for a person to correct. Raises UnusableExport."""


@runtime_checkable
class Shares(Protocol):
    """What a reader has whose one file several processes can read, each some of its tickets.

    portions gives those that are wanted, by their place in the file; conclude tells in the end what
    their tallies show together.
    """

    def portions(
        self, sources: Sequence[Source], asked: Asked, is_wanted: Callable[[int], bool]
    ) -> Iterator[Portion]:
        """The portions that are wanted. Raises UnusableExport where reading cannot go on."""

    def conclude(self, tallies: Iterable[object], quality: Quality) -> None:
        """Put what the tallies show, in the order of their portions, into quality."""


class Reader(Protocol):
    """A module that reads one format. commondesk/readers/known.py lists them.

    Sources are given as chosen: most formats take one file, some take more in any order.
    """

    NAME: str
    TITLE: str
    SOURCE: str

    def fits(self, head: Head) -> Fit | None:
        """How sure it is that a file which begins so is its own; None: it is not."""

    def tickets(
        self, sources: Sequence[Source], asked: Asked, quality: Quality
    ) -> Iterator[ExportedTicket]:
        """The tickets, one at a time; counts into quality what it meets.

        What cannot be read is noted as a problem there and left out: call require_sound before
        using what was read. Raises UnusableExport where reading cannot go on at all.
        """


# ---- a ticket -------------------------------------------------------------------------------


class Claim(NamedTuple):
    """What the other desk's own columns say of a ticket, which no event tells and no figure uses.

    flag: the column of its verdict; is_met and resolved_at: what stands there in the end. rows and
    rows_missed: how many rows of the ticket hold a verdict, and one that says it was missed.
    """

    flag: str
    is_met: bool | None
    resolved_at: Instant | None
    rows: int
    rows_missed: int


@dataclass(frozen=True, slots=True)
class ExportedTicket:
    """One ticket of an export as events, in the order in which they happened.

    row is where it first stands; rows are the SHA-256 of all that it was read from. people are whom
    it names, with their side. Words that people wrote stand in `words` by a key; in the bodies of
    the drafts they are `WordsRef(key, "")`. The subject has the key "subject".
    """

    number: str
    stream: str
    row: int
    rows: tuple[str, ...]
    people: Mapping[str, Side]
    drafts: tuple[Draft, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    claim: Claim | None = None

    @property
    def subject(self) -> str:
        """Its subject, or words that stand for one."""
        return self.words.get("subject") or f"{self.number} (imported, no subject)"

    def drafts_with(self, number: int, words: Mapping[str, WordsRef]) -> tuple[Draft, ...]:
        """The events, once the ticket has its number and the record keeps its words."""
        return tuple(_with(draft, number, words) for draft in self.drafts)


@dataclass(frozen=True, slots=True)
class Portion:
    """Tickets on end in a file: their place among the portions, and what reading them tells.

    quality and tally are filled while the tickets are read; other processes can be sent them.
    """

    place: int
    quality: Quality
    tally: object
    tickets: Iterator[ExportedTicket]


def _with(draft: Draft, number: int, words: Mapping[str, WordsRef]) -> Draft:
    changes: dict[str, object] = {}
    for each in fields(draft.body):
        value = getattr(draft.body, each.name)
        if isinstance(value, WordsRef) and not value.digest and value.id in words:
            changes[each.name] = words[value.id]
        elif each.name == "number":
            changes[each.name] = number
    return draft._replace(body=replace(draft.body, **changes)) if changes else draft


def reader_of(source: str) -> Actor:
    """The machine that reads exports of a source, as the actor of what nobody is named for."""
    return Actor(f"import:{source}", Side.MACHINE)


def person_id(company: UUID, source: str, name: str) -> str:
    """The id of somebody whom an export of this company names; the same in every import."""
    return id_of(company, f"{source}:person:{name}")


def stream_of(company: UUID, source: str, number: str) -> str:
    """The stream of a ticket of an export of this company; the same in every import."""
    return uuid5_text(company.bytes, f"{source}:incident:{number}")


@lru_cache(maxsize=65536)
def id_of(company: UUID, name: str) -> str:
    """A UUID of version 5 as text."""
    return uuid5_text(company.bytes, name)


def uuid5_text(space: bytes, name: str) -> str:
    """A UUID of version 5 as text, as `str(uuid5(UUID(bytes=space), name))` gives."""
    digest = bytearray(hashlib.sha1(space + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
