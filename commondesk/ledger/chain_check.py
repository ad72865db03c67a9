"""Walk along the chain of a company and name the places where it is broken.

An entry that does not follow is held until a later one does. How that one follows tells what was
done: after the stored digest of the held one, it was changed; after the one before, the held ones
were inserted; under another number, entries were removed or inserted and the rest renumbered.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import combinations
from uuid import UUID

from . import chain

LOOK_AHEAD = 64
"""How many entries may fail to follow before the rest of the chain is given up."""
NAMED = 20
"""How many broken places are examined and named."""
_TRIED = 6
"""How many entries of one broken place are tried for having been swapped."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken place of a record, and what is wrong there."""

    place: str
    what: str


class Matter(IntEnum):
    """What a fault is about; at one place they are told in this order."""

    CHAIN = 0
    POSITION = 1
    BODY = 2
    WORDS = 3
    END = 4


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A fault and what it is sorted by."""

    sequence: int
    matter: Matter
    fault: Fault = field(compare=False)


@dataclass(slots=True)
class Break:
    """Entries that do not follow from the digest before them. shift leads to original numbers."""

    before: str
    shift: int
    rows: list[chain.Row]

    def follow(self, company: str, instead: dict[int, chain.Row]) -> bool:
        """True if the rows follow after all once some, by their index, are replaced."""
        previous = self.before
        for index, row in enumerate(self.rows):
            tried = instead.get(index, row)
            if not chain.follows(company, tried, previous, row[0] + self.shift):
                return False
            previous = tried[10]
        return True


class ChainCheck:
    """The state of a walk: take batches of rows in order, then finish, then read `found`."""

    def __init__(self, company: UUID, watched: Collection[int] = ()) -> None:
        self.company = str(company)
        self.entries = 0
        self.last = 0
        self.digest = chain.GENESIS
        self.found: list[Found] = []
        self.positions: dict[str, int] = {}
        self.seen = {0: chain.GENESIS}
        self._watched = frozenset(watched)
        self._earlier = chain.GENESIS
        self._shift = 0
        self._open: Break | None = None
        self._breaks: list[Break] = []
        self._is_lost = False
        self._misplaced: list[tuple[str, Found]] = []
        self._forgiven: set[str] = set()

    def take(self, rows: Sequence[chain.Row]) -> None:
        """Go on along the next rows."""
        positions = self.positions
        for row in rows:
            if self._open is None and self._is_next(row):
                self._earlier, self.digest, self.last = self.digest, row[10], row[0]
            else:
                self._examine(row)
            if positions.get(row[1], 0) + 1 != row[2]:
                self._misplace(row)
            positions[row[1]] = row[2]
            if row[0] in self._watched:
                self.seen[row[0]] = row[10]
        self.entries += len(rows)

    def finish(self) -> None:
        """Name the places that could not be named on the way."""
        if self._open is not None:
            self._close(self._open)
        self._name_breaks()
        self.found.extend(
            found for stream, found in self._misplaced if stream not in self._forgiven
        )
        self.found.sort()

    # ---- walking --------------------------------------------------------------------------

    def _is_next(self, row: chain.Row) -> bool:
        if row[0] != self.last + 1:
            return False
        return self._is_lost or chain.follows(self.company, row, self.digest, row[0] + self._shift)

    def _go_on_to(self, row: chain.Row) -> None:
        self._earlier, self.digest = self.digest, row[10]
        self.last = row[0]

    def _misplace(self, row: chain.Row) -> None:
        before = self.positions.get(row[1], 0)
        what = f"stream {row[1]} goes from position {before} to {row[2]}"
        fault = Fault(f"entry {row[0]}", what)
        self._misplaced.append((row[1], Found(row[0], Matter.POSITION, fault)))

    def _tell(self, sequence: int, place: str, what: str) -> None:
        self.found.append(Found(sequence, Matter.CHAIN, Fault(place, what)))

    # ---- examining what does not follow ---------------------------------------------------

    def _examine(self, row: chain.Row) -> None:
        last = self._open.rows[-1][0] if self._open else self.last
        if row[0] > last + 1:
            self._missing(last + 1, row[0] - 1)
            self._go_on_to(row)
        elif self._open is None:
            self._open = Break(self.digest, self._shift, [row])
        elif not self._explain(self._open, row):
            self._hold(self._open, row)

    def _missing(self, first: int, last: int) -> None:
        if self._open is not None:
            self._close(self._open)
        if first == last:
            self._tell(first, f"entry {first}", "is missing")
        else:
            self._tell(first, f"entries {first} to {last}", "are missing")

    def _explain(self, broken: Break, row: chain.Row) -> bool:
        """True if the row shows where the chain goes on; then what was done is told or kept."""
        held, count = broken.rows[-1][10], len(broken.rows)
        own = row[0] + self._shift
        if chain.follows(self.company, row, held, own):
            self._close(broken)
        elif chain.follows(self.company, row, broken.before, own - count):
            if self._is_rotated(broken, row):
                return True
            self._inserted(broken.rows[0][0], broken.rows[-1][0])
            self._renumbered(-count)
        elif count == 1 and chain.follows(self.company, row, self._right_digest(broken), own):
            self._tell(row[0] - 1, f"entry {row[0] - 1}", "holds another digest than its own")
            self._open = None
        elif not self._is_renumbered(broken, row):
            return False
        self._go_on_to(row)
        return True

    def _is_rotated(self, broken: Break, row: chain.Row) -> bool:
        """True if the first held entry and this one were swapped; then it is told."""
        first, whole = broken.rows[0], Break(broken.before, broken.shift, [*broken.rows, row])
        if not whole.follow(self.company, {0: row, len(broken.rows): first}):
            return False
        self._tell_swapped(first, row)
        self._open = None
        self._earlier, self.digest, self.last = self.digest, first[10], row[0]
        return True

    def _right_digest(self, broken: Break) -> str:
        row = broken.rows[0]
        envelope = chain.envelope_of(self.company, row, row[0] + broken.shift)
        return chain.digest_of(broken.before, envelope)

    def _is_renumbered(self, broken: Break, row: chain.Row) -> bool:
        """True if the row follows the held one under another number; then that is told."""
        held, own = broken.rows[-1][10], row[0] + self._shift
        for by in (step * sign for step in range(1, LOOK_AHEAD) for sign in (1, -1)):
            if chain.follows(self.company, row, held, own + by):
                self._tell_renumbered(broken, by)
                self._renumbered(by)
                return True
        return False

    def _renumbered(self, by: int) -> None:
        self._shift += by
        self._open = None

    def _tell_renumbered(self, broken: Break, by: int) -> None:
        first = broken.rows[0]
        if by > 0:
            what = f"{_entries(by)} removed before it, and the later ones renumbered"
            self._tell(first[0], f"entry {first[0]}", what)
        elif by == -1 and chain.follows(
            self.company, first, self._earlier, first[0] + self._shift - 1
        ):
            self._inserted(first[0] - 1, first[0] - 1)
        else:
            what = f"{_entries(-by)} inserted before it, and the later ones renumbered"
            self._tell(first[0], f"entry {first[0]}", what)

    def _inserted(self, first: int, last: int) -> None:
        if first == last:
            self._tell(first, f"entry {first}", "was inserted")
        else:
            self._tell(first, f"entries {first} to {last}", "were inserted")

    def _hold(self, broken: Break, row: chain.Row) -> None:
        broken.rows.append(row)
        if len(broken.rows) < LOOK_AHEAD:
            return
        first = broken.rows[0][0]
        what = "and those after it do not follow from what stands before"
        self._tell(first, f"entry {first}", what)
        self._is_lost, self._open = True, None
        self._go_on_to(row)

    def _close(self, broken: Break) -> None:
        if len(self._breaks) < NAMED:
            self._breaks.append(broken)
        else:
            self._tell_changed(broken)
        self._open = None
        self._go_on_to(broken.rows[-1])

    # ---- naming ---------------------------------------------------------------------------

    def _name_breaks(self) -> None:
        while swapped := self._swapped():
            one, other, broken = swapped
            self._tell_swapped(one, other)
            self._breaks = [each for each in self._breaks if each not in broken]
        for each in self._breaks:
            self._tell_changed(each)

    def _tell_swapped(self, one: chain.Row, other: chain.Row) -> None:
        self._tell(one[0], f"entries {one[0]} and {other[0]}", "were swapped")
        # Out of place because swapped: that is one fault, not several.
        self._forgiven |= {one[1], other[1]}

    def _swapped(self) -> tuple[chain.Row, chain.Row, list[Break]] | None:
        places = [(each, index) for each in self._breaks for index in range(_tried(each))]
        for (one, i), (other, j) in combinations(places, 2):
            if self._is_swap(one, i, other, j):
                broken = [one] if one is other else [one, other]
                return one.rows[i], other.rows[j], broken
        return None

    def _is_swap(self, one: Break, i: int, other: Break, j: int) -> bool:
        first, second = one.rows[i], other.rows[j]
        with_digests = (second, first)
        without = ((*second[:10], first[10]), (*first[:10], second[10]))
        return any(
            self._fits(one, {i: here}, other, {j: there}) for here, there in (with_digests, without)
        )

    def _fits(
        self, one: Break, here: dict[int, chain.Row], other: Break, there: dict[int, chain.Row]
    ) -> bool:
        if one is other:
            return one.follow(self.company, here | there)
        return one.follow(self.company, here) and other.follow(self.company, there)

    def _tell_changed(self, broken: Break) -> None:
        first, last = broken.rows[0], broken.rows[-1]
        if first is last:
            what = "was changed, or the one before it was changed together with its digest"
            self._tell(first[0], f"entry {first[0]}", what)
        else:
            what = "were changed, or the one before them together with its digest"
            self._tell(first[0], f"entries {first[0]} to {last[0]}", what)


def _tried(broken: Break) -> int:
    return min(len(broken.rows), _TRIED)


def _entries(count: int) -> str:
    return "one entry was" if count == 1 else f"{count} entries were"
