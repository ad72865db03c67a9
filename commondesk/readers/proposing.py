"""A mapping proposed from the data of a table, each line with its reason, for a person to correct.

Only what the names of columns and their values show is proposed. What nothing shows is left as a
question, in a line that cannot be read until somebody has answered it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from commondesk.readers import tables, vocabulary
from commondesk.readers.export import Problem, Quality, Source, UnusableExport
from commondesk.readers.mapping import (
    COLUMNS,
    MISSING,
    TIMES,
    UNANSWERED,
    UNKNOWN,
    is_never,
)
from commondesk.readers.signs import looks_like_machine
from commondesk.readers.times import AmbiguousTimes, Evidence, NoTime, reading_of, value_of

LOOKED_AT = 1_000_000
"""Rows that a proposal is made from."""
MOST_VALUES = 2_000_000
"""Different values of a column that are kept apart."""
MOST_WORDS = 60
"""A column of more different values than this holds no words that one could list."""
ASK = UNANSWERED
SAMPLES = 4
"""Different values of a column that are shown beside its name."""

_WORDS: Mapping[str, tuple[str, vocabulary.Signs]] = {
    "states": ("state", vocabulary.STATES),
    "priorities": ("priority", vocabulary.PRIORITIES),
    "channels": ("channel", vocabulary.CHANNELS),
    "kinds": ("kind", vocabulary.KINDS),
}
"""Fields of the mapping that say what words mean: the column, and signs of each meaning."""
_FEW_MARKS = 3
"""How many different words of a column of times may stand for "never"."""
_MAY_BE_UNSET = ("priority", "owner", "team")
MOST_PRIORITIES = 20
"""Different words of a column of priorities."""
_CLEAR = 0.8
"""Which share of the words of a finer state must be clear for it to be taken."""


def proposed(source: Source) -> str:
    """A mapping for a table as YAML, with reasons and questions. Raises UnusableExport."""
    looked = _looked_at(source, tables.Layout(sheet=tables.largest_sheet(source)))
    if not looked.rows:
        text = "there is no row below the header, so nothing shows what its columns mean"
        raise UnusableExport([Problem(0, "", text)])
    return "\n".join(_Proposal(looked).lines()) + "\n"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: what it is called, how much of it is filled, and values from it.

    times: what it shows of how its times are written; empty where it was not taken for times.
    """

    name: str
    filled: float
    samples: tuple[str, ...]
    times: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a column, in how many rows it stands, and what it seems to mean; empty: unclear."""

    text: str
    count: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Dates:
    """How the times of a column seem to be written, and why; without an order, why asks."""

    order: str
    why: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a table shows, for a form in which a person says what it means.

    rows: `ticket` or `update`; empty where nothing shows it. columns: our names to the table's.
    words, by the field of the mapping; crowded: columns of too many different words to list.
    """

    sheet: str
    rows_read: int
    tickets: int
    rows: str
    columns: Mapping[str, str]
    headings: tuple[Heading, ...]
    words: Mapping[str, tuple[Word, ...]]
    crowded: Mapping[str, int]
    dates: Mapping[str, Dates]
    machines: tuple[str, ...]
    missing: tuple[str, ...]
    sla_met: tuple[str, ...]
    asks_zone: bool


def outline_of(
    source: Source, said: Mapping[str, str] | None = None, layout: tables.Layout | None = None
) -> Outline:
    """What a table shows. Raises UnusableExport.

    said: the columns that a person chose; layout: what they said of the file.
    """
    layout = layout or tables.Layout(sheet=tables.largest_sheet(source))
    return _Proposal(_looked_at(source, layout, said or {}), said or {}).outline()


# ---- what the table shows -------------------------------------------------------------------


@dataclass(slots=True)
class _Column:
    """What a column shows in the rows that were looked at."""

    heading: str
    ranks: Mapping[str, int]
    """What it may mean by its name, the surest with the smallest number."""
    may_be_time: bool
    filled: int = 0
    is_filled: bool = True
    """Whether no cell of it is missing."""
    values: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=lambda: Evidence(""))
    samples: dict[str, None] = field(default_factory=dict)

    def hear(self, value: str, row: int) -> None:
        """Take a cell into account."""
        if value in MISSING or (self.may_be_time and is_never(value)):
            self.is_filled = False
            return
        self.filled += 1
        if len(self.samples) < SAMPLES:
            self.samples[value[:60]] = None
        if not self.ranks:
            return
        if self.may_be_time:
            self.evidence.hear(value, row)
        if len(self.values) < MOST_VALUES or value in self.values:
            self.values[value] += 1

    @property
    def words(self) -> list[str]:
        """Its words, the most frequent first."""
        return [value for value, _ in self.values.most_common()]

    @property
    def marks(self) -> list[str]:
        """Words in a column of times that seem to say "never"; none if they say more than that."""
        if not self.evidence.count or len(self.values) - _FEW_MARKS > self.evidence.count:
            return []
        found = [word for word in self.values if not _is_time(word)]
        is_plain = all(len(word) < 30 and not re.search(r"\d", word) for word in found)
        return found if is_plain and len(found) <= _FEW_MARKS else []

    @property
    def is_time(self) -> bool:
        """Whether it holds times, beside words for "never"."""
        return self.evidence.is_time or bool(self.marks)

    @property
    def tells_hours(self) -> bool:
        """Whether some of its times tell the time of day."""
        return self.evidence.precisions["day"] < self.evidence.count

    @property
    def is_count(self) -> bool:
        """Whether it holds whole numbers only."""
        return all(re.fullmatch(r"\d{1,9}([.,]0+)?", word) for word in self.values)


def _is_time(word: str) -> bool:
    try:
        value_of(word)
    except NoTime:
        return False
    return True


def _column(heading: str, said: Mapping[str, str]) -> _Column:
    ranks = dict(vocabulary.meanings_of(heading))
    for name, other in said.items():
        if other == heading:
            ranks.setdefault(name, 0)
    may_be_time = any(name in TIMES for name in ranks)
    return _Column(heading, ranks, may_be_time, evidence=Evidence(heading))


@dataclass(frozen=True, slots=True)
class _Looked:
    source: Source
    layout: tables.Layout
    rows: int
    columns: list[_Column]


def _looked_at(
    source: Source, layout: tables.Layout, said: Mapping[str, str] | None = None
) -> _Looked:
    columns: dict[str, _Column] = {}
    joints: dict[str, _Column] = {}
    count = 0
    for row, values in islice(tables.rows_of(source, Quality(), layout), LOOKED_AT):
        count += 1
        if count == 1:
            joints = {each.heading: each for each in _joints([*values])}
        for joint in joints.values():
            joint.hear(tables.cell(values, joint.heading), row)
        for heading, value in values.items():
            column = columns.get(heading)
            if column is None:
                column = columns[heading] = _column(heading, said or {})
            column.hear(value, row)
    fitting = [each for each in joints.values() if each.is_time and each.tells_hours]
    return _Looked(source, layout, count, [*fitting, *columns.values()])


def _joints(headings: Sequence[str]) -> Iterator[_Column]:
    """A column for each day and hour that stand apart, and seem to make one time."""
    halves = {heading: vocabulary.half_of(heading) for heading in headings}
    for day, half in halves.items():
        ranks = {
            name: max(0, rank - 1)
            for name, rank in vocabulary.meanings_of(day).items()
            if name in TIMES
        }
        if half is None or half[0] != "day" or not ranks:
            continue
        hours = [heading for heading, other in halves.items() if other == ("hour", half[1])]
        if len(hours) == 1:
            joint = f"{day}{tables.JOINT}{hours[0]}"
            yield _Column(joint, ranks, may_be_time=True, evidence=Evidence(joint))


def _updates_differ(looked: _Looked, number: _Column, updated: _Column) -> bool:
    """Whether the rows of a ticket mostly differ in the time of their update, as joins do not."""
    last: dict[str, str] = {}
    same = other = 0
    rows = tables.rows_of(looked.source, Quality(), looked.layout)
    for _, values in islice(rows, LOOKED_AT):
        ticket, at = values.get(number.heading, ""), tables.cell(values, updated.heading)
        if ticket in last:
            same += last[ticket] == at
            other += last[ticket] != at
        if ticket in last or len(last) < MOST_VALUES:
            last[ticket] = at
    return other > same


# ---- what is proposed -----------------------------------------------------------------------


class _Proposal:
    """Puts the lines of a mapping together."""

    def __init__(self, looked: _Looked, said: Mapping[str, str] | None = None) -> None:
        self._looked = looked
        self._chosen = self._said(said) if said else self._choices()
        self._is_update = self._has_updates()

    def outline(self) -> Outline:
        """The same as values, for a form."""
        number = self._chosen.get("number")
        rows = ("update" if self._is_update else "ticket") if number else ""
        listed = {
            field_: (column, self._signs(field_))
            for field_, (name, _) in _WORDS.items()
            if (column := self._chosen.get(name)) is not None
        }
        return Outline(
            sheet=self._looked.layout.sheet,
            rows_read=self._looked.rows,
            tickets=len(number.values) if number else 0,
            rows=rows,
            columns={name: column.heading for name, column in self._chosen.items()},
            headings=tuple(self._heading(column) for column in self._looked.columns),
            words={
                field_: tuple(_word(column, word, signs) for word in column.words[:MOST_WORDS])
                for field_, (column, signs) in listed.items()
            },
            crowded={
                field_: len(column.words)
                for field_, (column, _) in listed.items()
                if len(column.words) > MOST_WORDS
            },
            dates={name: self._date(name) for name in TIMES if name in self._chosen},
            machines=tuple(self._machine_names()[:MOST_WORDS]),
            missing=tuple(self._marks()),
            sla_met=tuple(self._met()),
            asks_zone=self._asks_zone(),
        )

    def _heading(self, column: _Column) -> Heading:
        share = column.filled / max(1, self._looked.rows)
        times = column.evidence.told() if column.may_be_time and column.filled else ""
        return Heading(column.heading, share, tuple(column.samples), times)

    def _date(self, name: str) -> Dates:
        evidence = {
            other: column.evidence for other, column in self._chosen.items() if other in TIMES
        }
        others = {other: one for other, one in evidence.items() if other != name}
        try:
            reading = reading_of(evidence[name], None, others)
        except AmbiguousTimes as question:
            return Dates("", str(question))
        return Dates(str(reading.order), reading.why)

    def _said(self, said: Mapping[str, str]) -> dict[str, _Column]:
        """The columns that a person chose, as far as the table has them."""
        by_heading = {column.heading: column for column in self._looked.columns}
        return {name: by_heading[other] for name, other in said.items() if other in by_heading}

    def lines(self) -> Iterator[str]:
        """The mapping, line by line."""
        yield "# Proposed from the data: read each line, and correct what is wrong."
        yield f"# A line with {ASK} is a question that nothing in the table answers."
        if sheet := self._looked.layout.sheet:
            yield f"sheet: {_quoted(sheet)}  # the one with most cells"
        yield from self._rows()
        yield "columns:"
        for name in COLUMNS:
            yield self._column(name)
        others = [
            each.heading
            for each in self._looked.columns
            if not self._is_taken(each) and tables.JOINT not in each.heading
        ]
        if others:
            yield f"# Not used: {_on_one_line(', '.join(others))}"
        for field_, (name, _) in _WORDS.items():
            yield from self._words(field_, name)
        yield from self._missing()
        yield from self._machines()
        yield from self._verdict()
        yield from self._dates()
        yield from self._zone()

    def _choices(self) -> dict[str, _Column]:
        """The column for each meaning, by its name first, and only if its values agree."""
        ranked = sorted(
            (rank, place, name)
            for place, column in enumerate(self._looked.columns)
            for name, rank in column.ranks.items()
            if column.filled and _agrees(name, column)
        )
        found: dict[str, _Column] = {}
        taken: set[int] = set()
        for _, place, name in ranked:
            if name not in found and place not in taken:
                found[name] = self._looked.columns[place]
                taken.add(place)
        return {name: found[name] for name in COLUMNS if name in found}

    def _is_taken(self, column: _Column) -> bool:
        return any(
            each is column or column.heading in each.heading.split(tables.JOINT)
            for each in self._chosen.values()
        )

    def _has_updates(self) -> bool:
        """Whether tickets come in several rows that differ in the time of their update."""
        number, updated = self._chosen.get("number"), self._chosen.get("updated")
        if number is None or updated is None or number.filled < 1.05 * len(number.values):
            return False
        return _updates_differ(self._looked, number, updated)

    def _rows(self) -> Iterator[str]:
        number = self._chosen.get("number")
        rows = self._looked.rows
        if number is None:
            yield f"rows: {ASK}  # ticket or update: which column names the ticket?"
            return
        several = f"{len(number.values):,} tickets in the {rows:,} rows looked at"
        yield f"rows: {'update' if self._is_update else 'ticket'}  # {several}"

    def _column(self, name: str) -> str:
        column = self._chosen.get(name)
        needed = ("number", "updated", "state") if self._is_update else ("number", "opened")
        if column is None:
            mark = f"{name}: {ASK}" if name in needed else f"# {name}:"
            return f"  {mark}  # {COLUMNS[name]}{self._unfit(name)}"
        share = column.filled / max(1, self._looked.rows)
        return f"  {name}: {_quoted(column.heading)}  # {COLUMNS[name]}; filled in {share:.0%}"

    def _unfit(self, name: str) -> str:
        """The column that is called so, and why it was not taken."""
        for column in self._looked.columns:
            if name in column.ranks and not self._is_taken(column) and not _agrees(name, column):
                values = ", ".join(list(column.samples)[:2])
                told = f"not {_quoted(column.heading)}, whose values are something else: {values}"
                return f"; {_on_one_line(told if column.filled else f'{told}nothing')}"
        return ""

    def _words(self, field_: str, name: str) -> Iterator[str]:
        column = self._chosen.get(name)
        if column is None:
            return
        words = column.words
        if len(words) > MOST_WORDS:
            yield f"# {field_}: column {_on_one_line(column.heading)} has {len(words):,} values"
            words = words[:MOST_WORDS]
        marks = self._marks()
        words = [word for word in words if word not in marks]
        signs = self._signs(field_)
        yield f"{field_}:{self._warning(field_, signs)}"
        for word in words:
            count = column.values[word]
            told = f"{count:,} row{'' if count == 1 else 's'}"
            meaning = vocabulary.meaning_of(word, signs)
            if meaning or not self._may_be_left(field_):
                yield f"  {_quoted(word)}: {meaning or ASK}  # {told}"
            elif field_ == "kinds":
                yield f"  {_quoted(word)}: incident  # {told}; not clear: taken for an incident"
            elif field_ == "states":
                yield f"  {_quoted(word)}: {UNKNOWN}  # {told}; not clear: changes nothing"
            else:
                yield f"  # {_quoted(word)}: {ASK}  # {told}; not clear: counted as imported"

    def _may_be_left(self, field_: str) -> bool:
        """Whether a word that nobody explains does no harm.

        States are the history of updates; but most steps change none.
        """
        is_history = self._is_update and self._signs("states") is not vocabulary.STEPS
        return field_ in ("channels", "kinds") or (field_ == "states" and not is_history)

    def _signs(self, field_: str) -> vocabulary.Signs:
        """What shows the meaning of words in this table."""
        name, signs = _WORDS[field_]
        column = self._chosen.get(name)
        if column is None:
            return signs
        if field_ == "priorities" and self._has_levels(column):
            return vocabulary.LEVELS
        if field_ == "states" and self._has_numbers_of_servicenow(column):
            return vocabulary.SERVICENOW
        if field_ == "states" and self._is_update and vocabulary.names_steps(column.heading):
            return vocabulary.STEPS
        return signs

    def _has_levels(self, column: _Column) -> bool:
        """Whether priorities are numbers alone, beside impact and urgency: then 1 is the worst."""
        others = [self._chosen.get(name) for name in ("impact", "urgency")]
        return all(re.fullmatch("[1-5]", word) for word in column.words) and all(others)

    def _has_numbers_of_servicenow(self, column: _Column) -> bool:
        """Whether states are numbers, in a table that has names of ServiceNow's own."""
        headings = {each.heading for each in self._looked.columns}
        is_its_own = bool(headings & {"sys_id", "sys_updated_on", "sys_created_on"})
        return is_its_own and all(re.fullmatch("[1-8]", word) for word in column.words)

    def _warning(self, field_: str, signs: vocabulary.Signs) -> str:
        if signs is vocabulary.LEVELS:
            return "  # numbers alone, taken for those of ITIL: 1 is the most urgent"
        if signs is vocabulary.SERVICENOW:
            return "  # numbers alone, taken for those that ServiceNow ships"
        return ""

    def _machines(self) -> Iterator[str]:
        if found := self._machine_names():
            listed = ", ".join(_quoted(word) for word in found[:MOST_WORDS])
            yield f"machines: [{listed}]  # names of programs, by their look: nobody's work"

    def _machine_names(self) -> list[str]:
        found: dict[str, None] = {}
        for name in ("owner", "updated_by", "opener"):
            column = self._chosen.get(name)
            for word in column.words if column else ():
                if looks_like_machine(word):
                    found[word] = None
        return [*found]

    def _marks(self) -> list[str]:
        """Words that seem to say that there is none: no time, no priority, nobody."""
        times = [column for name, column in self._chosen.items() if name in TIMES]
        others = [column for name, column in self._chosen.items() if name not in TIMES]
        found = dict.fromkeys(word for column in times for word in column.marks)
        marks = [word for word in found if not any(word in column.values for column in others)]
        hands = [self._chosen[name] for name in _MAY_BE_UNSET if name in self._chosen]
        unset = (word for column in hands for word in column.values if vocabulary.says_none(word))
        return [*dict.fromkeys([*marks, *unset])]

    def _missing(self) -> Iterator[str]:
        if marks := self._marks():
            listed = ", ".join(_quoted(word) for word in marks)
            yield f"missing: [{listed}]  # wherever they stand, there is none"

    def _met(self) -> list[str]:
        """The words of the other desk's verdict that seem to say that a target was met."""
        column = self._chosen.get("sla")
        if column is None or len(column.values) > MOST_WORDS:
            return []
        met = [word for word in column.words if vocabulary.SAID_MET.fullmatch(word)]
        if vocabulary.plain_of(column.heading) in vocabulary.SAYS_MISSED:
            return [word for word in column.words if word not in met]
        return met

    def _verdict(self) -> Iterator[str]:
        if met := self._met():
            listed = ", ".join(_quoted(word) for word in met)
            yield f"sla_met: [{listed}]  # reported beside our figures, never used in them"

    def _dates(self) -> Iterator[str]:
        evidence = {name: column.evidence for name, column in self._chosen.items() if name in TIMES}
        for name, each in evidence.items():
            heading = _on_one_line(each.column)
            others = {other: one for other, one in evidence.items() if other != name}
            try:
                reading = reading_of(each, None, others)
            except AmbiguousTimes as question:
                yield f"# {heading}: {_on_one_line(str(question))}"
                yield f"dates: {ASK}"
                return
            yield f"# {heading}: {reading.order}, since {_on_one_line(reading.why)}"

    def _asks_zone(self) -> bool:
        """Whether there are times that name no zone."""
        columns = [column for name, column in self._chosen.items() if name in TIMES]
        return any(column.evidence.offsets[None] for column in columns)

    def _zone(self) -> Iterator[str]:
        if self._asks_zone():
            yield (
                f"# zone: {ASK}  # times name none: where did the clock stand? As Europe/Paris;"
                " say it here or by --zone, else they are taken for UTC, and doubted"
            )


def _agrees(name: str, column: _Column) -> bool:
    """Whether the values of a column may be what its name says."""
    if name in TIMES:
        return column.is_time
    if name == "number" and column.ranks[name] == vocabulary.BY_VALUES:
        return column.is_filled and len(column.values) == column.filled and not column.is_time
    if name == "sla" and not any(_is_verdict(word) for word in column.values):
        return False
    if name in ("update", "reopens", "reassignments"):
        return column.is_count
    if name in ("state", "kind", "sla"):
        return len(column.values) <= MOST_WORDS and not column.is_time and _is_whole(name, column)
    if name == "priority":
        return len(column.values) <= MOST_PRIORITIES
    return not (column.may_be_time and column.is_time)


def _is_verdict(word: str) -> bool:
    """Whether a word judges a target, rather than naming one."""
    return bool(vocabulary.SAID_MET.fullmatch(word) or vocabulary.SAID_MISSED.fullmatch(word))


def _is_whole(name: str, column: _Column) -> bool:
    """Whether a column says it all by itself, as a state below another one seldom does."""
    if name != "state" or "sub" not in vocabulary.plain_of(column.heading):
        return True
    clear = [word for word in column.words if vocabulary.meaning_of(word, vocabulary.STATES)]
    return column.is_filled and len(clear) >= _CLEAR * len(column.values)


def _word(column: _Column, word: str, signs: vocabulary.Signs) -> Word:
    return Word(word, column.values[word], vocabulary.meaning_of(word, signs))


def _quoted(text: str) -> str:
    """A text that YAML reads as it is, in double quotes unless it is plain."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .-]*[A-Za-z0-9_]", text):
        return text
    escaped = "".join(_escaped(each) for each in text)
    return f'"{escaped}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _on_one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:1000]
