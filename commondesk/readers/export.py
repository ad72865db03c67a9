"""What every reader of a foreign export gives: tickets as events, and what the file was like.

A reader is one file. It turns rows or records into `ExportedTicket`s one at a time, so that no file
has to fit into memory, and counts into a `Quality` what it dropped, repaired or doubts.
docs/readers.md says what all readers keep to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Actor, Side, WordsRef

NAMED = 20
"""How many problems of a file, or examples of a finding, are named."""


# ---- a file that cannot be used -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be used, with the place: a row or record counted from 1, and a field."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"row {self.row}{column}: {self.text}"


class UnusableExport(ValueError):
    """A file that cannot be read into events; the text names every place, up to a number."""

    def __init__(self, problems: Sequence[Problem], further: int = 0) -> None:
        lines = [str(problem) for problem in problems]
        if further:
            lines.append(f"and {further} more")
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


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


# ---- a ticket -------------------------------------------------------------------------------


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

    @property
    def subject(self) -> str:
        """Its subject, or words that stand for one."""
        return self.words.get("subject") or f"{self.number} (imported, no subject)"

    def drafts_with(self, number: int, words: Mapping[str, WordsRef]) -> tuple[Draft, ...]:
        """The events, once the ticket has its number and the record keeps its words."""
        return tuple(_with(draft, number, words) for draft in self.drafts)


def _with(draft: Draft, number: int, words: Mapping[str, WordsRef]) -> Draft:
    changes: dict[str, object] = {}
    for each in fields(draft.body):
        value = getattr(draft.body, each.name)
        if isinstance(value, WordsRef) and not value.digest and value.id in words:
            changes[each.name] = words[value.id]
        elif each.name == "number":
            changes[each.name] = number
    return replace(draft, body=replace(draft.body, **changes)) if changes else draft


def reader_of(source: str) -> Actor:
    """The machine that reads exports of a source, as the actor of what nobody is named for."""
    return Actor(f"import:{source}", Side.MACHINE)


def person_id(company: UUID, source: str, name: str) -> str:
    """The id of somebody whom an export of this company names; the same in every import."""
    return id_of(company, f"{source}:person:{name}")


def stream_of(company: UUID, source: str, number: str) -> str:
    """The stream of a ticket of an export of this company; the same in every import."""
    return str(uuid5(company, f"{source}:incident:{number}"))


@lru_cache(maxsize=65536)
def id_of(company: UUID, name: str) -> str:
    """A UUID of version 5 as text."""
    return str(uuid5(company, name))
