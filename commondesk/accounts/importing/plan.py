"""What a list would do, row by row, before anything of it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from commondesk.accounts.works.kinds import Tell
from commondesk.core.texts import gettext
from commondesk.readers.table_file import Table

Wanted = TypeVar("Wanted")
Item = TypeVar("Item")


class Phase(IntEnum):
    """How an import goes: each row is looked at, then written, then put on the record."""

    LOOK = 0
    WRITE = 1
    RECORD = 2


PIECE = 500
"""After so many rows, whoever waits is told how far it is."""


def telling(rows: Sequence[Item], tell: Tell, phase: Phase) -> Iterator[Item]:
    """The rows one by one, with word of how far it is now and then."""
    tell(phase, 0, len(rows))
    for place, row in enumerate(rows):
        yield row
        if (place + 1) % PIECE == 0:
            tell(phase, place + 1, len(rows))
    tell(phase, len(rows), len(rows))


def pieces(rows: Sequence[Item], size: int = PIECE) -> Iterator[Sequence[Item]]:
    """The rows, so many at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


class State(StrEnum):
    """What a row is, beside what is there already."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a row, and what to do. column is empty where it is about all of it."""

    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a column was and becomes, in words."""

    column: str
    before: str
    after: str


@dataclass(slots=True)
class Checked(Generic[Wanted]):
    """A row and what would come of it. key names it; wanted is what a sound row asks for."""

    number: int
    key: str
    title: str
    wanted: Wanted | None = None
    is_new: bool = False
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def state(self) -> State:
        """What the row is."""
        if self.findings:
            return State.WRONG
        if self.is_new:
            return State.NEW
        return State.CHANGED if self.changes else State.UNCHANGED

    def blame(self, column: str, sentence: str) -> None:
        """Note what is wrong with it."""
        self.findings.append(Finding(column, sentence))


@dataclass(frozen=True)
class Plan(Generic[Wanted]):
    """All rows of a file, checked against what is there at one moment."""

    table: Table
    rows: tuple[Checked[Wanted], ...]

    def of(self, state: State) -> Iterator[Checked[Wanted]]:
        """The rows in that state, in the order of the file."""
        return (row for row in self.rows if row.state is state)

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many rows are in each state."""
        counts = dict.fromkeys(State, 0)
        for row in self.rows:
            counts[row.state] += 1
        return counts

    @property
    def is_needed(self) -> bool:
        """Whether carrying it out would change anything."""
        return bool(self.counts[State.NEW] or self.counts[State.CHANGED])

    @cached_property
    def fingerprint(self) -> str:
        """Another one as soon as any row would come to something else."""
        digest = hashlib.sha256()
        for row in self.rows:
            said = [(each.column, each.sentence) for each in row.findings]
            changes = [(each.column, each.before, each.after) for each in row.changes]
            digest.update(repr((row.number, str(row.state), row.key, changes, said)).encode())
        return digest.hexdigest()


def refuse_repeated(table: Table, rows: Sequence[Checked[Wanted]], what: str, column: str) -> None:
    """Blame rows about the same thing: all of them where they differ, else all but the first.

    what is the thing that they share, in the language that is spoken.
    """
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.key:
            groups.setdefault(row.key.casefold(), []).append(place)
    for places in groups.values():
        if len(places) > 1:
            _blame_repeated([rows[each] for each in places], _differ(table, places), what, column)


def _differ(table: Table, places: Sequence[int]) -> bool:
    first = table.rows[places[0]].cells
    return any(table.rows[each].cells != first for each in places)


def _blame_repeated(rows: Sequence[Checked[Wanted]], differ: bool, what: str, column: str) -> None:
    numbers = [str(row.number) for row in rows]
    listed = ", ".join(numbers[:6])
    if len(numbers) > 6:
        listed = gettext("%(rows)s and more") % {"rows": listed}
    for row in rows if differ else rows[1:]:
        if differ:
            said = gettext("Rows %(rows)s have the same %(what)s and differ. Keep one of them.")
            row.blame(column, said % {"rows": listed, "what": what})
        else:
            said = gettext("Row %(first)s has the same %(what)s. Remove row %(row)s.")
            row.blame(column, said % {"first": numbers[0], "what": what, "row": row.number})


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did."""

    new: int
    changed: int
    left_out: int


class Refused(ValueError):
    """A list was not carried out, and nothing of it was done. The text says why."""


class Moved(Refused):
    """Since it was looked at, a list came to mean something else."""


class HasWrongRows(Refused):
    """Some rows are wrong, and nobody said that they are to be left out."""


def require(plan: Plan[Wanted], seen: str | None, *, leave_out: bool) -> None:
    """Raises Moved where the plan is not the one that was seen, and HasWrongRows."""
    if seen is not None and seen != plan.fingerprint:
        raise Moved(
            gettext(
                "Something changed here since you looked, so nothing was imported. Look again, then"
                " import."
            )
        )
    if plan.counts[State.WRONG] and not leave_out:
        raise HasWrongRows(
            gettext(
                "Nothing was imported. Mend the wrong rows in your file and choose it again, or say"
                " that they are to be left out."
            )
        )
