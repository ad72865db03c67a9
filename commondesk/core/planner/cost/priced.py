"""An option priced: each line with its reasons, the totals, what is missing, what to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts import gettext
from ..told import Explained, shown
from . import formula, inputs, notes
from .costing import Candidate, Costing
from .lines import LINES
from .sheet import FIRST_YEAR, ONCE, YEARLY, Sheet, sheets_of, work

if TYPE_CHECKING:
    from .formula import Numbers

_ORDER = {name: place for place, name in enumerate(LINES)}


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its amount: a year, or once. amount.value None is "not priced yet"."""

    name: str
    label: str
    amount: Explained
    is_honest: bool
    is_once: bool
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """An option with what it costs at the likely values.

    yearly is the run rate, once what comes on top in the first year. Where a line is missing, both
    are sums of the others, and is_complete is False: the cost is at least that.
    """

    candidate: Candidate
    currency: str
    lines: tuple[PricedLine, ...]
    numbers: Mapping[str, Explained]
    labels: Mapping[str, str]
    yearly: Explained
    once: Explained
    first_year: Explained
    is_complete: bool
    per_month: Explained
    per_user_month: Explained
    per_ticket: Explained
    per_handled_ticket: Explained
    days_until_covered: Explained
    notes: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.candidate.key

    @property
    def missing(self) -> tuple[str, ...]:
        """A sentence for each line that is not priced: what to give."""
        return tuple(each.missing for each in self.lines if each.missing)

    @property
    def total_words(self) -> str:
        """The run rate in words that do not promise more than is known."""
        total = f"{shown(self.yearly.value)} {self.currency}"
        if self.is_complete:
            return total
        unpriced = ", ".join(each.label for each in self.lines if each.missing)
        return gettext("at least %(total)s; not priced yet: %(lines)s") % {
            "total": total,
            "lines": unpriced,
        }


def priced(costing: Costing) -> tuple[Priced, ...]:
    """Each option of a costing at its likely values."""
    return tuple(price(costing, sheet) for sheet in sheets_of(costing))


def price(costing: Costing, sheet: Sheet) -> Priced:
    """One option from its sheet."""
    teller = _Teller(costing, sheet)
    candidate = sheet.candidate
    yearly = teller.told(YEARLY)
    lines = [
        PricedLine(line.name, str(line), teller.told(line.name), line.is_honest, line.is_once)
        for line in sheet.lines
    ]
    for missing in sheet.missing:
        line = missing.line
        nothing = Explained(None, teller.unit(line.is_once), line.formula)
        lines.append(
            PricedLine(line.name, str(line), nothing, line.is_honest, line.is_once, str(missing))
        )
    lines.sort(key=_place)
    return Priced(
        candidate,
        costing.currency,
        tuple(lines),
        {name: teller.told(name) for name in (*sheet.numbers, *(s.name for s in sheet.steps))},
        teller.labels,
        yearly,
        teller.told(ONCE),
        teller.told(FIRST_YEAR),
        sheet.is_complete,
        teller.per("yearly / 12", gettext("a month")),
        teller.per("yearly / (12 * users)", gettext("a user and month"), "users"),
        teller.per("yearly / (12 * tickets_per_month)", gettext("a ticket"), "tickets_per_month"),
        teller.per(
            "yearly / (12 * tickets_per_month * (1 - deflected_share))",
            gettext("a ticket that a person handles"),
            "tickets_per_month",
            "deflected_share",
        ),
        days_until_covered(costing, candidate),
        notes.of(costing, sheet, teller.values),
    )


def _place(line: PricedLine) -> int:
    """Where a line stands: the roles of a team first, the others as they are listed."""
    return _ORDER.get(line.name, -1)


def days_until_covered(costing: Costing, candidate: Candidate) -> Explained:
    """Days from the decision until somebody answers."""
    unit = inputs.unit_words(inputs.Unit.DAYS, costing.currency)
    name = "days_until_covered"
    found = candidate.inputs.get(name) or costing.inputs.get(name)
    if found is None and candidate.option is inputs.LAUNCH_OF:
        found = inputs.Given(inputs.LAUNCH.range, inputs.LAUNCH.source, is_default=True)
    if found is None:
        return Explained(None, unit)
    return Explained(found.range.likely, unit, source=said(found))


def said(given: inputs.Given) -> str:
    """Where a number is from, in the language spoken where the words are ours."""
    return gettext(given.source) if given.source else ""


class _Teller:
    """Tells the numbers and steps of a sheet with what they rest on."""

    def __init__(self, costing: Costing, sheet: Sheet) -> None:
        self.costing = costing
        self.sheet = sheet
        self.values = work(sheet, sheet.base())
        self.steps = {each.name: each for each in sheet.steps}
        self.labels = {each.name: each.label for each in sheet.numbers.values()} | {
            each.name: each.label for each in sheet.steps
        }
        self._told: dict[str, Explained] = {}

    def told(self, name: str) -> Explained:
        if name not in self._told:
            self._told[name] = self._tell(name)
        return self._told[name]

    def unit(self, is_once: bool) -> str:
        unit = inputs.Unit.MONEY if is_once else inputs.Unit.MONEY_YEAR
        return inputs.unit_words(unit, self.costing.currency)

    def per(self, text: str, unit: str, *names: str) -> Explained:
        """The run rate by something that is counted; None where that is unknown or 0."""
        known: dict[str, float | Explained | None] = {}
        for name in names:
            given = self.sheet.candidate.inputs.get(name) or self.costing.inputs.get(name)
            known[name] = (
                None if given is None else Explained(given.range.likely, source=said(given))
            )
        return _per(self.told(YEARLY), text, known, f"{self.costing.currency} · {unit}")

    def _tell(self, name: str) -> Explained:
        value = _plain(self.values[name])
        currency = self.costing.currency
        if name in self.sheet.numbers:
            number = self.sheet.numbers[name]
            unit = inputs.unit_words(number.unit, currency)
            return Explained(value, unit, source=said(number.given))
        step = self.steps[name]
        return Explained(
            value,
            inputs.unit_words(step.unit, currency),
            step.formula,
            {each: self.told(each) for each in formula.names(step.formula)},
        )


def _per(
    yearly: Explained, text: str, known: Mapping[str, float | Explained | None], unit: str
) -> Explained:
    values: dict[str, float | Explained | None] = {YEARLY: yearly, **known}
    plain: dict[str, Numbers] = {}
    for name, each in values.items():
        value = each.value if isinstance(each, Explained) else each
        if value is None:
            return Explained(None, unit, text, values)
        plain[name] = value
    try:
        return Explained(_plain(formula.compute(text, plain)), unit, text, values)
    except ZeroDivisionError:
        return Explained(None, unit, text, values)


def _plain(value: Numbers) -> float:
    assert isinstance(value, (int, float))
    return float(value)
