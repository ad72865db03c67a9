"""The cheapest way to cover what is needed: an integer programme over columns, solved by HiGHS.

How many people work each column is chosen so that cost and the price of what stays uncovered are
least. Leaving slots uncovered is always allowed at its price, so there is always an answer, and it
shows where the gaps are. How far the answer may be from the best one is proved by the bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd, inf, isfinite
from time import monotonic
from typing import TYPE_CHECKING

from ...texts import gettext
from .columns import Column, UnusableRoster, check_count
from .solver import Programme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_NEEDED = 100_000.0
LIMIT_S = 40.0
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Worked:
    """So many people work a column."""

    column: Column
    people: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Seats that stay empty in a slot, of a role."""

    role: str
    slot: int
    seats: float


@dataclass(frozen=True, slots=True)
class Cover:
    """Who works when, what it costs in a week, and how good it is.

    cost is that of the people; uncovered_cost the price of the gaps. bound is a sum below which
    nothing can be found, lp_bound the one that people who can be split would give. gap is the share
    by which the total may lie above the best one; 0 is proved best."""

    worked: tuple[Worked, ...]
    gaps: tuple[Gap, ...]
    cost: float
    uncovered_cost: float
    bound: float
    lp_bound: float
    slot_h: float
    needed: Mapping[str, tuple[float, ...]]
    by: str
    """What found the answer."""

    @property
    def total(self) -> float:
        return self.cost + self.uncovered_cost

    @property
    def gap(self) -> float:
        return max(0.0, (self.total - self.bound) / self.total) if self.total > 0 else 0.0

    @property
    def is_best(self) -> bool:
        return self.gap <= _CLOSE

    @property
    def people(self) -> int:
        return sum(each.people for each in self.worked)

    @property
    def uncovered_h(self) -> float:
        """Seat hours of a week that stay empty."""
        return sum(each.seats for each in self.gaps) * self.slot_h

    def seats(self, role: str) -> tuple[int, ...]:
        """How many people of a role are there in each slot."""
        found = [0] * len(self.needed[role])
        for each in self.worked:
            if each.column.role == role:
                for slot in each.column.slots:
                    found[slot] += each.people
        return tuple(found)

    def statement(self) -> str:
        """How sure the answer is, in a sentence."""
        if self.is_best:
            return gettext("Proved: nothing cheaper covers as much.")
        return gettext(
            "The best found costs %(total)s; nothing costs less than %(bound)s, so at most"
            " %(gap)s %% could be saved."
        ) % {
            "total": f"{self.total:,.0f}",
            "bound": f"{self.bound:,.0f}",
            "gap": f"{self.gap * 100:.1f}",
        }


def cover(
    columns: Sequence[Column],
    needed: Mapping[str, Sequence[float]],
    *,
    slot_h: float = 1.0,
    uncovered_price: float | None = None,
    caps: Mapping[str, int] | None = None,
    limit_s: float = LIMIT_S,
    good_enough: float = 0.0,
) -> Cover:
    """Cover the seats needed of each role in each slot of a week.

    uncovered_price is for one seat and hour left empty; None makes each slot dearer than any
    column, so that a gap stays only where nothing covers it. caps are the most people of each
    region. The search stops after about limit_s seconds, or within good_enough of the bound.
    Raises UnusableRoster."""
    _check(columns, needed, uncovered_price)
    until = monotonic() + limit_s
    problem = _problem(columns, needed, slot_h, uncovered_price, caps or {})
    lp_bound, split = problem.relaxed()
    found, by = problem.dived(split, monotonic() + limit_s / 4), gettext("rounding")
    bound = problem.lifted(lp_bound)
    if problem.total(found) > bound * (1 + max(good_enough, _CLOSE)):
        better, proved = problem.searched(until - monotonic(), good_enough)
        bound = max(bound, problem.lifted(min(proved, problem.total(found))))
        if better is not None and problem.total(better) <= problem.total(found):
            found, by = better, gettext("integer programming (HiGHS)")
    return problem.told(found, bound, lp_bound, slot_h, needed, by)


def _check(
    columns: Sequence[Column],
    needed: Mapping[str, Sequence[float]],
    uncovered_price: float | None,
) -> None:
    check_count(len(columns))
    if not any(seats for each in needed.values() for seats in each):
        raise UnusableRoster(gettext("Nobody is needed at any hour; give the seats that are."))
    for role, each in needed.items():
        for slot, seats in enumerate(each):
            if not isfinite(seats) or not 0 <= seats <= MOST_NEEDED:
                raise UnusableRoster(
                    gettext(
                        "%(role)s needs %(seats)s seats in slot %(slot)s; it wants 0 to %(most)s."
                    )
                    % {
                        "role": role,
                        "seats": f"{seats:g}",
                        "slot": slot,
                        "most": f"{MOST_NEEDED:,.0f}",
                    }
                )
    for column in columns:
        if not isfinite(column.cost) or column.cost < 0:
            raise UnusableRoster(
                gettext("%(role)s in %(region)s costs %(cost)s a week; it wants 0 or more.")
                % {"role": column.role, "region": column.region, "cost": f"{column.cost:g}"}
            )
    if uncovered_price is not None and (not isfinite(uncovered_price) or uncovered_price < 0):
        raise UnusableRoster(gettext("The price of an uncovered hour wants a number of 0 or more."))


# ---- the programme ------------------------------------------------------------------------


def _problem(
    columns: Sequence[Column],
    needed: Mapping[str, Sequence[float]],
    slot_h: float,
    uncovered_price: float | None,
    caps: Mapping[str, int],
) -> _Problem:
    """Rows are the slots of each role in which somebody is needed; columns that cover the same rows
    from the same region are one, the cheapest of them."""
    import numpy as np

    rows = {
        (role, slot): at
        for at, (role, slot) in enumerate(
            (role, slot)
            for role, each in needed.items()
            for slot, seats in enumerate(each)
            if seats > 0
        )
    }
    kept: dict[tuple[str, tuple[int, ...]], Column] = {}
    for column in columns:
        covers = tuple(
            rows[column.role, slot] for slot in column.slots if (column.role, slot) in rows
        )
        key = (column.region if column.region in caps else "", covers)
        if covers and (key not in kept or column.cost < kept[key].cost):
            kept[key] = column
    chosen = list(kept.values())
    covered = [key[1] for key in kept]
    matrix = np.zeros((len(rows), len(chosen)))
    for at, each in enumerate(covered):
        matrix[list(each), at] = 1.0
    cost = np.array([column.cost for column in chosen])
    dearest = max((column.cost for column in chosen), default=1.0)
    price = 2 * max(dearest, _CLOSE) if uncovered_price is None else slot_h * uncovered_price
    return _Problem(
        chosen,
        list(rows),
        matrix,
        cost,
        np.array([float(needed[role][slot]) for role, slot in rows]),
        price,
        [
            (np.array([column.region == region for column in chosen], dtype=np.float64), cap)
            for region, cap in caps.items()
        ],
    )


class _Problem:
    """min cost @ x + price * sum(u), matrix @ x + u >= needed, people of a region within its cap,
    x whole, u >= 0."""

    def __init__(
        self,
        columns: list[Column],
        rows: list[tuple[str, int]],
        matrix: Floats,
        cost: Floats,
        needed: Floats,
        price: float,
        caps: list[tuple[Floats, int]],
    ) -> None:
        self._columns, self._rows, self._matrix = columns, rows, matrix
        self._cost, self._needed, self._price, self._caps = cost, needed, price, caps

    def total(self, people: Floats) -> float:
        """Cost of the people and price of what they leave uncovered."""
        return float(self._cost @ people + self._price * self._missing(people).sum())

    def lifted(self, bound: float) -> float:
        """A bound raised to the next sum that whole people can cost, where all costs are multiples
        of one sum; a bound that is one but for rounding stays."""
        import numpy as np

        if not isfinite(bound) or not len(self._cost):
            return bound
        parts = np.concatenate([self._cost, [self._price]]) * 100
        whole = np.round(parts)
        if np.abs(parts - whole).max() > 1e-6 or (self._needed % 1).any():
            return bound
        step = gcd(*(int(each) for each in whole)) / 100
        return ceil(bound / step - 1e-6) * step if step > 0 else bound

    def relaxed(self) -> tuple[float, Floats]:
        """The least total if people could be split, and how."""
        return self._split(self._needed, [cap for _of, cap in self._caps])

    def dived(self, split: Floats, until: float) -> Floats:
        """Whole people by rounding: those nearly whole are fixed, the rest is split again."""
        import numpy as np

        found = np.zeros(len(self._cost))
        missing = self._needed.copy()
        left = [float(cap) for _of, cap in self._caps]
        while len(split) and split.max(initial=0.0) > _CLOSE:
            step = np.floor(split + _CLOSE)
            rest = split - step
            late = monotonic() > until
            step[rest >= (0.5 if late else 0.75)] += 1
            if not step.any():
                step[int(np.argmax(rest))] = 1
            for at, (of, _cap) in enumerate(self._caps):
                self._hold_back(step, of, left[at])
                left[at] -= float(of @ step)
            if not step.any():
                break
            found += step
            missing = np.maximum(0.0, self._needed - self._matrix @ found)
            if not missing.any():
                break
            split = self._split(missing, left)[1]
        return self._pruned(found)

    def searched(self, seconds: float, good_enough: float) -> tuple[Floats | None, float]:
        """The best whole people found by HiGHS in the time, and the bound it proved. Totals over
        groups of columns are whole numbers of their own, so that it can branch on them."""
        import numpy as np

        programme = self._programme(self._needed, [cap for _of, cap in self._caps], is_whole=True)
        for group in self._groups():
            total = programme.column(0.0)
            terms = [(int(at), 1.0) for at in np.flatnonzero(group)]
            programme.row([*terms, (total, -1.0)], 0, 0)
        solved = programme.solved(seconds, good_enough=good_enough)
        if solved.values is None:
            return None, solved.bound
        return self._pruned(np.round(solved.values[: len(self._cost)])), solved.bound

    def told(
        self,
        people: Floats,
        bound: float,
        lp_bound: float,
        slot_h: float,
        needed: Mapping[str, Sequence[float]],
        by: str,
    ) -> Cover:
        missing = self._missing(people)
        total = self.total(people)
        return Cover(
            tuple(
                Worked(column, int(count))
                for column, count in zip(self._columns, people, strict=True)
                if count > 0
            ),
            tuple(
                Gap(role, slot, float(seats))
                for (role, slot), seats in zip(self._rows, missing, strict=True)
                if seats > _CLOSE
            ),
            float(self._cost @ people),
            self._price * float(missing.sum()),
            total if total - bound <= _CLOSE * max(1.0, abs(total)) else bound,
            lp_bound,
            slot_h,
            {role: tuple(float(seats) for seats in each) for role, each in needed.items()},
            by,
        )

    def _missing(self, people: Floats) -> Floats:
        import numpy as np

        missing: Floats = np.maximum(0.0, self._needed - self._matrix @ people)
        return missing

    def _split(self, needed: Floats, left: Sequence[float]) -> tuple[float, Floats]:
        """What is still needed, covered by people who can be split."""
        total, values = self._programme(needed, left, is_whole=False).split()
        return total, values[: len(self._cost)]

    def _programme(self, needed: Floats, left: Sequence[float], *, is_whole: bool) -> Programme:
        """The columns, then what stays uncovered of each row in which somebody is needed."""
        import numpy as np

        programme = Programme()
        for cost in self._cost:
            programme.column(float(cost), is_whole=is_whole)
        for row in np.flatnonzero(needed > 0):
            empty = programme.column(self._price, float(needed[row]), is_whole=False)
            terms = [(int(at), 1.0) for at in np.flatnonzero(self._matrix[row])]
            programme.row([*terms, (empty, 1.0)], float(needed[row]), inf)
        for (of, _cap), most in zip(self._caps, left, strict=True):
            programme.row([(int(at), 1.0) for at in np.flatnonzero(of)], 0, most)
        return programme

    @staticmethod
    def _hold_back(step: Floats, of: Floats, left: float) -> None:
        """Take people out of a step until a region is within what is left to hire."""
        import numpy as np

        over = float(of @ step) - left
        for at in np.flatnonzero((of > 0) & (step > 0))[::-1]:
            if over <= 0:
                return
            taken = min(over, step[at])
            step[at] -= taken
            over -= taken

    def _pruned(self, people: Floats) -> Floats:
        """Without the people who are not missed: the one who saves most goes first."""
        import numpy as np

        found = people.copy()
        while True:
            spare = self._matrix @ found - self._needed
            missed = np.clip(1.0 - spare, 0.0, 1.0)
            saved, dropped = _CLOSE, -1
            for at in np.flatnonzero(found > 0):
                gain = float(self._cost[at]) - self._price * float(missed @ self._matrix[:, at])
                if gain > saved:
                    saved, dropped = gain, int(at)
            if dropped < 0:
                return found
            found[dropped] -= 1

    def _groups(self) -> Floats:
        """Sums of columns that must be whole: all, and those alike in one respect."""
        import numpy as np

        likenesses = (
            [()] * len(self._columns),
            [(each.region, each.role) for each in self._columns],
            [(each.pattern,) for each in self._columns],
            [(each.first_day,) for each in self._columns],
        )
        marks = [
            [float(each == likeness) for each in column_likeness]
            for column_likeness in likenesses
            for likeness in dict.fromkeys(column_likeness)
        ]
        groups: Floats = np.unique(np.array(marks), axis=0)
        return groups
