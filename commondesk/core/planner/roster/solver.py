"""One door to HiGHS: least cost over rows of terms, some columns whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]

Terms = Sequence[tuple[int, float]]
"""Columns with their factors."""
_IMPOSSIBLE = 2
"""Status of HiGHS: no values keep within the rows."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Values of the columns, None where none were found in time; a bound below which the cost
    cannot lie; whether it was proved that no values exist."""

    values: Floats | None
    bound: float
    is_impossible: bool


@dataclass(slots=True)
class Programme:
    """Columns from 0 to their most, rows from low to high; the least cost is sought."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _factors: list[float] = field(default_factory=list)

    def column(self, cost: float, most: float = inf, *, is_whole: bool = True) -> int:
        """A new column; its number."""
        self.cost.append(cost)
        self.most.append(most)
        self.whole.append(int(is_whole))
        return len(self.cost) - 1

    def row(self, terms: Terms, low: float, high: float) -> None:
        """A new row: the sum of the terms lies between low and high."""
        at = len(self.low)
        for column, factor in terms:
            self._rows.append(at)
            self._columns.append(column)
            self._factors.append(factor)
        self.low.append(low)
        self.high.append(high)

    def solved(self, seconds: float, *, good_enough: float = 0.0) -> Solved:
        """The least cost, found in about so many seconds or within good_enough of the bound."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        if seconds <= 0:
            return Solved(None, -inf, False)
        found = milp(
            np.array(self.cost),
            constraints=LinearConstraint(self._matrix(), np.array(self.low), np.array(self.high)),
            integrality=np.array(self.whole, dtype=np.int64),
            bounds=Bounds(0, np.array(self.most)),
            options={"time_limit": seconds, "mip_rel_gap": good_enough},
        )
        bound = -inf if found.mip_dual_bound is None else float(found.mip_dual_bound)
        values = None if found.x is None else np.array(found.x, dtype=np.float64)
        return Solved(values, bound, found.status == _IMPOSSIBLE)

    def split(self) -> tuple[float, Floats]:
        """The least cost if nothing had to be whole, and the values; there must be some."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        found = milp(
            np.array(self.cost),
            constraints=LinearConstraint(self._matrix(), np.array(self.low), np.array(self.high)),
            bounds=Bounds(0, np.array(self.most)),
        )
        assert found.x is not None
        return float(np.dot(self.cost, found.x)), np.array(found.x, dtype=np.float64)

    def _matrix(self) -> csr_matrix[np.float64]:
        import numpy as np
        from scipy.sparse import csr_matrix

        return csr_matrix(
            (
                np.array(self._factors, dtype=np.float64),
                (np.array(self._rows, dtype=np.int64), np.array(self._columns, dtype=np.int64)),
            ),
            shape=(len(self.low), len(self.cost)),
        )
