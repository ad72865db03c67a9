"""The sheet of one option: its numbers, its steps in order, its lines, and what is missing.

The same sheet is worked out once for a plan, on draws for the ranges, with one number moved for the
tornado, along a volume for a break-even, and is written into a workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...texts import gettext
from . import formula, inputs, lines
from .costing import DAY, ROUND_THE_CLOCK, Candidate, Costing
from .distributions import (
    Discrete,
    Distribution,
    Fixed,
    LogNormal,
    Pert,
    Triangular,
    Uniform,
    YearlyLoss,
)
from .inputs import INPUTS, Default, Given, Unit
from .lines import Grows, Line
from .options import STANDING

if TYPE_CHECKING:
    from .formula import Numbers

DAYS_OF_WEEK = 168
YEARLY = "yearly"
ONCE = "once"
PAID_MONTH = "paid_month"
REGION = "@"
"""Begins the owner of a number that is a region's."""
FIRST_YEAR = "first_year"

_COVER = {DAY: 0.0, ROUND_THE_CLOCK: 1.0}
_WAYS: Mapping[str, tuple[str, ...]] = {
    "people_per_post": ("168 / (paid_hours_week * (1 - shrinkage))",),
    "turnover_share": ("separation_rate * replacement_share",),
    "price_per_call": ("hours_per_call * hourly_rate",),
    "workstations": ("users",),
}
"""How a number that was not given follows from others."""
_BY_THROUGHPUT = (
    "ceil(tickets_per_month * (1 - deflected_share) / (tickets_per_agent_day * workdays_per_month))"
)
_PEOPLE_BY_DAY = ("people_by_day", _BY_THROUGHPUT)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in use. owner is whose it is: an option, a region, or empty for all: what has one
    owner is drawn once."""

    name: str
    owner: str
    given: Given
    label: str
    unit: Unit
    growth: bool = False

    @property
    def key(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Step:
    """A formula on the way, or a line."""

    name: str
    formula: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Missing:
    """A line that cannot be priced, and the numbers that are missing for it."""

    line: Line
    wants: tuple[str, ...]
    labels: Mapping[str, str]

    def __str__(self) -> str:
        wanted = ", ".join(
            f"{each} ({self.labels.get(each, inputs.label(each))})" for each in self.wants
        )
        said = gettext("%(line)s is not priced yet: give %(wanted)s, or type 0 for the line.") % {
            "line": self.line,
            "wanted": wanted,
        }
        examples = [INPUTS[each].example for each in self.wants if each in INPUTS]
        told = "; ".join(gettext(each) for each in examples if each)
        return f"{said} ({told})" if told else said


@dataclass(frozen=True, slots=True)
class Sheet:
    """Numbers, then steps in order: each knows only what stands before it."""

    candidate: Candidate
    numbers: Mapping[str, Number]
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    """Those that are priced."""
    missing: tuple[Missing, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def base(self) -> dict[str, Numbers]:
        """The likely value of each number."""
        return {name: each.given.range.likely for name, each in self.numbers.items()}


def work(sheet: Sheet, values: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Every step of a sheet for these numbers, beside them."""
    found = dict(values)
    for step in sheet.steps:
        found[step.name] = formula.compute(step.formula, found)
    return found


def sheets_of(costing: Costing) -> tuple[Sheet, ...]:
    """The sheet of each option, in their order."""
    return tuple(_Maker(costing, each).sheet() for each in costing.candidates)


# ---- how a sheet is made ------------------------------------------------------------------


class _Maker:
    """Finds for each name of a formula the number or the step that it stands for."""

    def __init__(self, costing: Costing, candidate: Candidate) -> None:
        self.costing = costing
        self.candidate = candidate
        self.numbers: dict[str, Number] = {}
        self.steps: dict[str, Step] = {}
        self.labels: dict[str, str] = {}
        self.own: dict[str, tuple[Given, Unit]] = {}
        self.missing: list[Missing] = []
        self.done: list[Line] = []

    def sheet(self) -> Sheet:
        paid = self._price((*lines.OF_OPTION[self.candidate.option], *self._roles()))
        short = tuple(dict.fromkeys(name for each in self.missing for name in each.wants))
        self._total(PAID_MONTH, "12", paid, gettext("Staff and fees a month"))
        honest = [self._risk() if each is lines.RISK else each for each in lines.HONEST]
        self._price(honest, short)
        self._total(YEARLY, "", [x for x in self.done if not x.is_once], gettext("A year"))
        self._total(ONCE, "", [x for x in self.done if x.is_once], gettext("Once, to begin"))
        self._step(FIRST_YEAR, f"{YEARLY} + {ONCE}", gettext("The first year"), Unit.MONEY)
        return Sheet(
            self.candidate,
            self.numbers,
            tuple(self.steps.values()),
            tuple(self.done),
            tuple(self.missing),
        )

    def _price(self, wanted: Iterable[Line | None], short: tuple[str, ...] = ()) -> list[Line]:
        """Price what can be priced; the others are kept as missing."""
        priced = []
        for line in wanted:
            if line is None:
                continue
            unit = Unit.MONEY if line.is_once else Unit.MONEY_YEAR
            if whole := self.candidate.amounts.get(line.name):
                self.own[f"{line.name}_typed"] = (whole, unit)
                self.labels[f"{line.name}_typed"] = str(line)
                line = replace(line, formula=f"{line.name}_typed")
            if self.candidate.is_extended:
                line = lines.extended(line)
            wants = self._wanted(line.formula)
            if PAID_MONTH in formula.names(line.formula) and short:
                wants = tuple(dict.fromkeys((*wants, *short)))
            if wants:
                self.missing.append(Missing(line, wants, self.labels))
                continue
            self._take(line.formula)
            self._step(line.name, line.formula, str(line), unit)
            self.done.append(line)
            priced.append(line)
        return priced

    def _total(self, name: str, months: str, summed: Iterable[Line], label: str) -> None:
        text = " + ".join(each.name for each in summed) or "0"
        text = f"({text}) / {months}" if months else text
        self._step(name, text, label, Unit.MONEY_MONTH if months else Unit.MONEY)

    def _step(self, name: str, text: str, label: str, unit: Unit) -> None:
        self.steps[name] = Step(name, text, label, unit)

    def _roles(self) -> Iterable[Line]:
        for index, role in enumerate(self.candidate.roles, 1):
            named = f"{role.name}, {role.region}" if role.region else role.name
            people, fee = f"role_{index}_people", f"role_{index}_fee"
            self.own[people] = (role.people, Unit.PEOPLE)
            self.own[fee] = (role.fee, Unit.MONEY_MONTH)
            self.labels[people] = f"{named}: {inputs.label('people')}"
            self.labels[fee] = f"{named}: {inputs.label('partner_fee')}"
            label = gettext(lines.ROLE_LABEL) % {"role": named}
            yield Line(f"role_{index}", label, f"12 * {people} * {fee}", Grows.FEES)
        if self.candidate.option in _BY_ROLE and not self.candidate.roles:
            self.labels["roles"] = gettext("at least one role with people and fee")
            yield Line("roles_paid", gettext(lines.ROLE_LABEL) % {"role": "?"}, "12 * roles")

    def _risk(self) -> Line:
        """The line of what nobody covers: a sum over the risks; unknown until risks are told."""
        risks = self.costing.risks
        if risks is None:
            self.labels["risks"] = gettext("what may happen, how often, at what loss")
            return replace(lines.RISK, formula="risks")
        parts = []
        for index, risk in enumerate(risks, 1):
            loss, covered = f"risk_{index}_a_year", f"risk_{index}_covered"
            self.labels[loss] = risk.name
            self.labels[covered] = gettext("Share of it that is covered: %(risk)s") % {
                "risk": risk.name
            }
            yearly = Given(YearlyLoss(risk.rate, risk.loss), risk.source)
            self.numbers[loss] = Number(loss, "", yearly, risk.name, Unit.MONEY_YEAR)
            if share := self.candidate.covered.get(risk.name):
                self.own[covered] = (share, Unit.SHARE)
            parts.append(f"{loss} * (1 - {covered})")
        return replace(lines.RISK, formula=" + ".join(parts) or "0")

    # names

    def _wanted(self, text: str) -> tuple[str, ...]:
        """The names of a formula that nothing stands for."""
        missing: list[str] = []
        for name in formula.names(text):
            if self._is_known(name):
                continue
            ways = [self._wanted(each) for each in self._ways(name)]
            if any(not each for each in ways) or self._default(name):
                continue
            started = [each for each in ways if self._is_started(name, each)]
            missing.extend(started[0] if started else (name,))
        return tuple(dict.fromkeys(missing))

    def _is_started(self, name: str, wants: tuple[str, ...]) -> bool:
        """Whether a way to a number was begun: some of what it needs is given for that purpose."""
        asked = {part for way in self._ways(name) for part in formula.names(way)}
        telling = asked - {"tickets_per_month", "users", *wants}
        return any(self._given(each) for each in telling)

    def _take(self, text: str) -> None:
        """Take into the sheet what a formula needs."""
        for name in formula.names(text):
            if name in self.numbers or name in self.steps:
                continue
            found = self._given(name)
            way = None if found else self._way(name)
            if way is not None:
                self._take(way)
                spec = INPUTS[name]
                self._step(name, way, str(spec), spec.unit)
                continue
            owner, given = found or ("", self._sure_default(name))
            self.numbers[name] = Number(name, owner, given, *self._told(name))

    def _told(self, name: str) -> tuple[str, Unit, bool]:
        if name in self.own:
            return self.labels.get(name, inputs.label(name)), self.own[name][1], False
        spec = INPUTS[name]
        return str(spec), spec.unit, spec.growth

    def _is_known(self, name: str) -> bool:
        return name in self.numbers or name in self.steps or self._given(name) is not None

    def _given(self, name: str) -> tuple[str, Given] | None:
        """Whose number it is, and the number: of the option, of its region, of all."""
        mine = self.candidate
        if name in self.own:
            return mine.key, self.own[name][0]
        if name in mine.inputs:
            return mine.key, mine.inputs[name]
        if name == "nights_staffed" and mine.coverage in _COVER:
            said = gettext("the cover: %(hours)s") % {"hours": mine.coverage}
            return mine.key, Given(Fixed(_COVER[mine.coverage]), said)
        of_region = self.costing.regions.get(mine.region, {})
        if name in of_region:
            return f"{REGION}{mine.region}", of_region[name]
        if name in self.costing.inputs:
            return "", self.costing.inputs[name]
        return None

    def _ways(self, name: str) -> tuple[str, ...]:
        if name != "people":
            return _WAYS.get(name, ())
        if self.candidate.coverage != ROUND_THE_CLOCK:
            return _PEOPLE_BY_DAY
        return tuple(f"max({each}, posts * people_per_post)" for each in _PEOPLE_BY_DAY)

    def _way(self, name: str) -> str | None:
        return next((each for each in self._ways(name) if not self._wanted(each)), None)

    def _default(self, name: str) -> Given | None:
        """What a document prints, where it holds for this option and its currency."""
        spec = INPUTS.get(name)
        default = spec.default if spec else None
        if spec is None or default is None:
            return None
        if spec.only_standing and self.candidate.option not in STANDING:
            return None
        if name == "retainer" and not self._is_of_printed_size():
            return None
        if not spec.unit.is_money:
            return Given(default.range, default.source, is_default=True)
        if self.costing.currency == inputs.DOLLAR and not self.costing.per_dollar:
            return Given(default.range, default.source, is_default=True)
        return converted(default, self.costing)

    def _is_of_printed_size(self) -> bool:
        """Whether a document's retainer is for companies of this size; so where it is unknown."""
        users = self.candidate.inputs.get("users") or self.costing.inputs.get("users")
        low, high = inputs.RETAINER_USERS
        return users is None or low <= users.range.likely <= high

    def _sure_default(self, name: str) -> Given:
        found = self._default(name)
        assert found is not None
        return found


_BY_ROLE = frozenset(option for option, its_lines in lines.OF_OPTION.items() if not its_lines)


def converted(default: Default, costing: Costing) -> Given | None:
    """A default in dollars in the currency of the case; None without a rate."""
    rate = costing.per_dollar
    if rate is None:
        return None
    by = rate.range.likely
    said = gettext("%(source)s; at %(rate)s %(currency)s for one USD") % {
        "source": gettext(default.source),
        "rate": f"{by:g}",
        "currency": costing.currency,
    }
    return Given(scaled(default.range, by), said, is_default=True)


def scaled(found: Distribution, by: float) -> Distribution:
    """A range times a number that is not negative."""
    match found:
        case Fixed():
            return Fixed(found.value * by)
        case Uniform():
            return Uniform(found.low * by, found.high * by)
        case Triangular():
            return Triangular(found.low * by, found.likely * by, found.high * by)
        case Pert():
            return Pert(found.low * by, found.likely * by, found.high * by)
        case LogNormal():
            return LogNormal(found.q5 * by, found.q95 * by) if by else Fixed(0)
        case Discrete():
            middle = None if found.middle is None else found.middle * by
            return Discrete(tuple(n * by for n in found.numbers), found.chances, middle)
        case YearlyLoss():
            return YearlyLoss(found.rate, scaled(found.loss, by))
        case _:
            raise TypeError(type(found).__name__)
