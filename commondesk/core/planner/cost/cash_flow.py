"""Money by month: what is paid when, what later money is worth today, when a change pays back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from .costing import Costing
from .lines import RAMP, Grows
from .sheet import ONCE, PAID_MONTH, Sheet, sheets_of, work

if TYPE_CHECKING:
    from .formula import Numbers

K = TypeVar("K", bound=str)

DAYS_OF_MONTH = 30
MONTHS_OF_YEAR = 12


# ---- worth today --------------------------------------------------------------------------


def monthly_rate(annual: float) -> float:
    """The interest of a month that compounds to the annual one."""
    return float((1 + annual) ** (1 / MONTHS_OF_YEAR)) - 1


def present_value(at_start: float, by_month: Sequence[float], annual: float) -> float:
    """What is paid at once and at the end of each month, at its worth today."""
    rate = monthly_rate(annual)
    return at_start + sum(paid / (1 + rate) ** month for month, paid in enumerate(by_month, 1))


def level_present_value(at_start: float, month: float, annual: float, months: int) -> float:
    """The same for one amount every month, by the annuity factor."""
    rate = monthly_rate(annual)
    factor = months if rate == 0 else (1 - (1 + rate) ** -months) / rate
    return at_start + month * factor


def payback_months(once: float, old_month: float, new_month: float) -> float | None:
    """Months until what is spent once has come back; None if it never does."""
    if once <= 0 and new_month <= old_month:
        return 0.0
    return once / (old_month - new_month) if old_month > new_month else None


# ---- running in ---------------------------------------------------------------------------


def lost_in_steps(month: float, steps: Iterable[tuple[float, float]]) -> float:
    """What is paid for work that is not done yet: steps of (up to this day, share that is done)."""
    lost, begun = 0.0, 0.0
    for until, done in steps:
        lost += month * (until - begun) / DAYS_OF_MONTH * (1 - done)
        begun = until
    return lost


def lost_share(month: int, values: Mapping[str, float]) -> float:
    """Share of a month's work (the first is 1) that is lost while it runs in."""
    ramp = values.get("ramp_days", 0.0)
    ripe = max(values.get("maturity_days", 0.0), ramp)
    start, end = DAYS_OF_MONTH * (month - 1), DAYS_OF_MONTH * month
    early = max(0.0, min(end, ramp) - start)
    later = max(0.0, min(end, ripe) - max(start, ramp))
    lost = early * values.get("ramp_loss", 0.0) + later * values.get("later_loss", 0.0)
    return lost / DAYS_OF_MONTH


# ---- month by month -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """What one month costs. month 0 is the day it begins; throughput is the share of work done."""

    month: int
    wages: float
    fees: float
    other: float
    once: float
    throughput: float
    total: float
    so_far: float


@dataclass(frozen=True, slots=True)
class Flow:
    """The months of an option. worth_today is None where no interest is given."""

    key: str
    months: tuple[Month, ...]
    worth_today: float | None
    contract_months: float | None
    exit_fee: float | None
    exit_work: float | None
    is_complete: bool

    @property
    def total(self) -> float:
        return self.months[-1].so_far

    @property
    def by_year(self) -> tuple[float, ...]:
        """What each year costs; the first has what is paid at the start."""
        last = len(self.months) - 1
        ends = [*range(MONTHS_OF_YEAR, last, MONTHS_OF_YEAR), last]
        so_far = [self.months[end].so_far for end in ends]
        return tuple(b - a for a, b in zip([0.0, *so_far], so_far, strict=False))

    def leaving(self, month: float) -> float | None:
        """What it costs to leave after so many months; None where the terms are not given."""
        if self.exit_work is None:
            return None
        if self.contract_months is None or month >= self.contract_months:
            return self.exit_work
        return None if self.exit_fee is None else self.exit_work + self.exit_fee


def flows(costing: Costing) -> tuple[Flow, ...]:
    """The months of each option at the likely values."""
    return tuple(flow(costing, sheet) for sheet in sheets_of(costing))


def flow(costing: Costing, sheet: Sheet) -> Flow:
    """The months of one option at the likely values."""
    values = _plain(work(sheet, sheet.base()))
    yearly = _plain(_by_growth(sheet, values))
    rates = rates_of(costing, sheet)
    is_spread = is_ramp_spread(sheet)
    begun = values[ONCE] - (values[RAMP.name] if is_spread else 0.0)
    rows = [(0.0, 0.0, 0.0, begun)]
    for month in range(1, costing.months + 1):
        year = (month - 1) // MONTHS_OF_YEAR
        wages, fees, other = (
            yearly[each] / MONTHS_OF_YEAR * (1 + rates[each]) ** year for each in Grows
        )
        lost = values[PAID_MONTH] * lost_share(month, values) if is_spread else 0.0
        rows.append((wages, fees, other, lost))
    totals = [sum(row) for row in rows]
    months = tuple(
        Month(index, *row, _throughput(index, values), total, so_far)
        for index, (row, total, so_far) in enumerate(
            zip(rows, totals, accumulate(totals), strict=True)
        )
    )
    interest = likely(costing, sheet, "discount_rate")
    today = None if interest is None else present_value(totals[0], totals[1:], interest)
    return Flow(
        sheet.candidate.key,
        months,
        today,
        likely(costing, sheet, "contract_months"),
        likely(costing, sheet, "exit_fee"),
        likely(costing, sheet, "exit_work"),
        sheet.is_complete,
    )


def horizon(costing: Costing, sheet: Sheet, values: Mapping[str, Numbers]) -> Numbers:
    """All months together, for numbers or draws: at the worth of today where an interest is given.

    Growth and interest are taken at their likely values; what is lost while it runs in counts at
    the start.
    """
    interest = likely(costing, sheet, "discount_rate") or 0.0
    rates = rates_of(costing, sheet)
    total: Numbers = values[ONCE]
    for grows, yearly in _by_growth(sheet, values).items():
        monthly = [
            (1 + rates[grows]) ** (month // MONTHS_OF_YEAR) for month in range(costing.months)
        ]
        total = total + yearly * (present_value(0.0, monthly, interest) / MONTHS_OF_YEAR)
    return total


def rates_of(costing: Costing, sheet: Sheet) -> dict[Grows, float]:
    """By how much wages and fees rise in a year; nothing where nobody said."""
    return {
        Grows.WAGES: likely(costing, sheet, "wage_growth") or 0.0,
        Grows.FEES: likely(costing, sheet, "fee_growth") or 0.0,
        Grows.NOT: 0.0,
    }


def likely(costing: Costing, sheet: Sheet, name: str) -> float | None:
    """The likely value of a number that stands beside the lines."""
    given = sheet.candidate.inputs.get(name) or costing.inputs.get(name)
    return given.range.likely if given else None


def _by_growth(sheet: Sheet, values: Mapping[str, Numbers]) -> dict[Grows, Numbers]:
    """The yearly lines, summed by what they rise with."""
    sums: dict[Grows, Numbers] = dict.fromkeys(Grows, 0.0)
    for line in sheet.lines:
        if not line.is_once:
            sums[line.grows] = sums[line.grows] + values[line.name]
    return sums


def is_ramp_spread(sheet: Sheet) -> bool:
    """Whether what is lost falls into its months: not where it was priced whole, or not at all."""
    return any(each.name == RAMP.name and each.formula == RAMP.formula for each in sheet.lines)


def _throughput(month: int, values: Mapping[str, float]) -> float:
    return 0.0 if month == 0 else 1 - lost_share(month, values)


def _plain(values: Mapping[K, Numbers]) -> dict[K, float]:
    return {name: each for name, each in values.items() if isinstance(each, (int, float))}
