"""Many possible years: every uncertain number drawn, each option worked out on the same draws.

A number that several options share (tickets, salaries, the worth of an hour) is drawn once for all,
so a difference between two options is never a difference of luck. The same seed gives the same
figures, and one more uncertain number does not change the draws of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING
from zlib import crc32

from . import cash_flow
from .costing import Costing
from .sheet import FIRST_YEAR, ONCE, YEARLY, Sheet, sheets_of, work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .formula import Numbers

HORIZON = "horizon"
"""All months of the costing together, at their present value where an interest is given."""
PER_TICKET = "per_ticket"
PER_USER_MONTH = "per_user_month"
OUTPUTS = (YEARLY, ONCE, FIRST_YEAR, HORIZON, PER_TICKET, PER_USER_MONTH)
MOST_DRAWS = 1_000_000
_PERCENTS = (5, 10, 50, 90, 95)
_SQUARED = 1e150
"""Above this the square of a number is more than can be told."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a figure lies: its mean, its spread, and the value that so many percent stay under."""

    mean: float
    sd: float
    p5: float
    p10: float
    p50: float
    p90: float
    p95: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draws say: the spread of each output of each option, and who is cheaper how often.

    cheaper is by (option, other): the share of draws in which the one costs less in a year's run
    rate; cheaper_in_all the same over all months. Options that are not priced whole are in neither.
    """

    seed: int
    count: int
    spreads: Mapping[str, Mapping[str, Spread]]
    line_means: Mapping[str, Mapping[str, float]]
    cheaper: Mapping[tuple[str, str], float]
    cheaper_in_all: Mapping[tuple[str, str], float]
    samples: Mapping[str, NDArray[np.float64]] = field(compare=False, repr=False)
    """The run rate of each option in each draw, for a picture."""


def draw(
    costing: Costing, *, count: int | None = None, sheets: Iterable[Sheet] | None = None
) -> Drawn:
    """Work the options out on so many draws."""
    count = min(count or costing.draws, MOST_DRAWS)
    cast = _Cast(costing.seed, count)
    spreads, means, years, horizons = {}, {}, {}, {}
    sheets = tuple(sheets_of(costing) if sheets is None else sheets)
    for sheet in sheets:
        key = sheet.candidate.key
        outputs, means[key] = _outputs(costing, sheet, cast)
        spreads[key] = {name: spread(drawn) for name, drawn in outputs.items()}
        years[key], horizons[key] = outputs[YEARLY], outputs[HORIZON]
    whole = [each.candidate.key for each in sheets if each.is_complete]
    return Drawn(
        costing.seed,
        count,
        spreads,
        means,
        _cheaper({key: years[key] for key in whole}),
        _cheaper({key: horizons[key] for key in whole}),
        years,
    )


class _Cast:
    """The draws of each number, made when first asked for."""

    def __init__(self, seed: int, count: int) -> None:
        self.seed = seed
        self.count = count
        self._known: dict[str, Numbers] = {}

    def of(self, sheet: Sheet) -> dict[str, Numbers]:
        return {name: self._drawn(each.key, sheet, name) for name, each in sheet.numbers.items()}

    def named(self, costing: Costing, sheet: Sheet, name: str) -> Numbers | None:
        """The draws of a number that the sheet itself may not need."""
        if name in sheet.numbers:
            return self._drawn(sheet.numbers[name].key, sheet, name)
        mine = sheet.candidate
        key, given = f"{mine.key}/{name}", mine.inputs.get(name)
        if given is None:
            key, given = f"/{name}", costing.inputs.get(name)
        if given is None:
            return None
        if key not in self._known:
            self._known[key] = given.range.draw(self._chance(key), self.count)
        return self._known[key]

    def _drawn(self, key: str, sheet: Sheet, name: str) -> Numbers:
        if key not in self._known:
            given = sheet.numbers[name].given
            self._known[key] = given.range.draw(self._chance(key), self.count)
        return self._known[key]

    def _chance(self, key: str) -> np.random.Generator:
        import numpy as np

        return np.random.Generator(np.random.SFC64([self.seed, crc32(key.encode())]))


def _outputs(
    costing: Costing, sheet: Sheet, cast: _Cast
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    import numpy as np

    values = work(sheet, cast.of(sheet))
    found = {name: values[name] for name in (YEARLY, ONCE, FIRST_YEAR)}
    found[HORIZON] = cash_flow.horizon(costing, sheet, values)
    for name, driver in ((PER_TICKET, "tickets_per_month"), (PER_USER_MONTH, "users")):
        per = cast.named(costing, sheet, driver)
        if per is not None and bool(np.all(np.asarray(per) > 0)):
            found[name] = values[YEARLY] / (12 * per)
    full = {
        name: np.broadcast_to(np.asarray(each, float), (cast.count,))
        for name, each in found.items()
    }
    means = {line.name: float(np.mean(values[line.name])) for line in sheet.lines}
    return full, means


def spread(draws: NDArray[np.float64]) -> Spread:
    """Where drawn values lie."""
    import numpy as np

    if draws.strides == (0,):
        sure = float(draws[0])
        return Spread(sure, 0.0, sure, sure, sure, sure, sure)
    p5, p10, p50, p90, p95 = (float(each) for each in np.percentile(draws, _PERCENTS))
    most = float(np.abs(draws).max())
    scale = most if most > _SQUARED else 1.0
    scaled = draws / scale
    return Spread(scale * float(scaled.mean()), scale * float(scaled.std()), p5, p10, p50, p90, p95)


def _cheaper(drawn: Mapping[str, NDArray[np.float64]]) -> dict[tuple[str, str], float]:
    return {
        (one, other): float((drawn[one] < drawn[other]).mean())
        for one, other in permutations(drawn, 2)
    }
