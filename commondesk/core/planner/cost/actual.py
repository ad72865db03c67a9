"""Plan and actual, line by line: what was expected for so many months, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...texts import gettext
from ..told import Explained
from .lines import LINES
from .priced import Priced


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of a plan that was kept: an amount a year, or once; None was not priced."""

    name: str
    label: str
    amount: float | None
    is_once: bool = False


@dataclass(frozen=True, slots=True)
class Against:
    """A line of the plan beside its actual figure. None is "no figure", never 0."""

    name: str
    label: str
    planned: Explained
    actual: float | None
    difference: Explained
    told: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All lines, and the sums over those that have both a plan and a figure."""

    months: float
    lines: tuple[Against, ...]
    planned: float
    actual: float
    without_figure: tuple[str, ...]
    without_plan: tuple[str, ...]

    @property
    def difference(self) -> float:
        return self.actual - self.planned


def kept(priced: Priced) -> tuple[PlannedLine, ...]:
    """The lines of an option as a plan keeps them."""
    return tuple(
        PlannedLine(each.name, each.label, each.amount.value, each.is_once) for each in priced.lines
    )


def against(
    plan: tuple[PlannedLine, ...], actual: Mapping[str, float], months: float
) -> Comparison:
    """A plan beside actual figures by line, for so many months since it began.

    A line that is paid once is expected whole. A figure for no line of the plan is shown too.
    """
    known = {each.name for each in plan}
    rows = [_row(each, actual.get(each.name), months) for each in plan]
    rows += [
        _row(PlannedLine(name, _label(name), None), actual[name], months)
        for name in actual
        if name not in known
    ]
    both = [
        (each.planned.value, each.actual)
        for each in rows
        if each.planned.value is not None and each.actual is not None
    ]
    return Comparison(
        months,
        tuple(rows),
        sum(planned for planned, _ in both),
        sum(found for _, found in both),
        tuple(each.label for each in rows if each.actual is None),
        tuple(each.label for each in rows if each.planned.value is None),
    )


def _row(line: PlannedLine, found: float | None, months: float) -> Against:
    planned = _planned(line, months)
    difference = Explained(
        None if found is None or planned.value is None else found - planned.value,
        formula="actual - planned",
        values={"actual": found, "planned": planned},
    )
    return Against(line.name, line.label, planned, found, difference, _told(planned.value, found))


def _planned(line: PlannedLine, months: float) -> Explained:
    if line.amount is None:
        return Explained(None, source=gettext("not in the plan"))
    if line.is_once:
        return Explained(line.amount, source=gettext("paid once"))
    return Explained(
        line.amount * months / 12,
        formula="a_year * months / 12",
        values={"a_year": line.amount, "months": months},
    )


def _told(planned: float | None, found: float | None) -> str:
    if found is None:
        return gettext("no figure")
    if planned is None:
        return gettext("not in the plan")
    if planned == 0:
        return gettext("as planned") if found == 0 else gettext("planned at 0")
    share = 100 * (found / planned - 1)
    if abs(share) < 0.5:
        return gettext("as planned")
    if share > 0:
        return gettext("%(share)s %% more") % {"share": f"{share:.0f}"}
    return gettext("%(share)s %% less") % {"share": f"{-share:.0f}"}


def _label(name: str) -> str:
    return str(LINES[name]) if name in LINES else name
