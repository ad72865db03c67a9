"""What if: more tickets, more people leaving, nights staffed, poor documentation, or one's own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...texts import gettext, gettext_noop
from . import lines
from .costing import DAY, ROUND_THE_CLOCK, Candidate, Costing, Scenario
from .distributions import Discrete, Distribution, Fixed, LogNormal, Pert, Triangular, Uniform
from .inputs import INPUTS, Given
from .options import OWN_PEOPLE
from .priced import Priced, price
from .sheet import Number, Sheet, Step, scaled, sheets_of

GROWTH = 0.3
TURNOVER = 0.1


def growth(by: float) -> dict[str, float]:
    """The factors of so much more volume, as a share: 0.3 is 30 % more."""
    return {name: 1 + by for name, each in INPUTS.items() if each.growth}


BASELINE = Scenario("baseline", gettext_noop("As it is"))
USUAL = (
    BASELINE,
    Scenario("more_tickets", gettext_noop("30 % more tickets"), growth(GROWTH)),
    Scenario(
        "turnover_relative_low",
        gettext_noop("Turnover 10 % lower, of itself"),
        {"turnover_share": 1 - TURNOVER},
    ),
    Scenario(
        "turnover_relative_high",
        gettext_noop("Turnover 10 % higher, of itself"),
        {"turnover_share": 1 + TURNOVER},
    ),
    Scenario(
        "turnover_points_low",
        gettext_noop("Turnover 10 points of salary lower"),
        shifts={"turnover_share": -TURNOVER},
    ),
    Scenario(
        "turnover_points_high",
        gettext_noop("Turnover 10 points of salary higher"),
        shifts={"turnover_share": TURNOVER},
    ),
    Scenario("round_the_clock", gettext_noop("Day and night, all week"), coverage=ROUND_THE_CLOCK),
    Scenario(
        "poor_documentation",
        gettext_noop("Poor documentation: it takes longest to run in"),
        worst=("ramp_days",),
    ),
)
"""Tried with every case. 000 says "turnover ±10 %", which reads in two ways: both are here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An option under a scenario, and what it costs more than as it is. None where it cannot be
    told, because a line of the one or the other is not priced."""

    scenario: Scenario
    priced: Priced
    more_a_year: float | None
    more_in_first_year: float | None


def outcomes(
    costing: Costing, scenarios: tuple[Scenario, ...] | None = None
) -> dict[str, tuple[Outcome, ...]]:
    """Each option under each scenario, by the option's key, in the order of the scenarios.

    Without scenarios, under the usual ones and those of the case.
    """
    scenarios = (*USUAL, *costing.scenarios) if scenarios is None else scenarios
    base = {each.key: each for each in under(costing, BASELINE)}
    found: dict[str, list[Outcome]] = {each.key: [] for each in costing.candidates}
    for scenario in scenarios:
        for each in under(costing, scenario):
            before = base[each.key]
            sure = each.is_complete and before.is_complete
            found[each.key].append(
                Outcome(
                    scenario,
                    each,
                    _more(each.yearly.value, before.yearly.value) if sure else None,
                    _more(each.first_year.value, before.first_year.value) if sure else None,
                )
            )
    return {key: tuple(rows) for key, rows in found.items()}


def under(costing: Costing, scenario: Scenario) -> tuple[Priced, ...]:
    """Each option priced under a scenario."""
    changed = changed_case(costing, scenario)
    return tuple(price(changed, changed_sheet(sheet, scenario)) for sheet in sheets_of(changed))


def sheets_under(costing: Costing, scenario: Scenario) -> tuple[Sheet, ...]:
    """The sheets of a scenario, to draw from."""
    sheets = sheets_of(changed_case(costing, scenario))
    return tuple(changed_sheet(sheet, scenario) for sheet in sheets)


def _more(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


# ---- what is set anew ---------------------------------------------------------------------


def changed_case(costing: Costing, scenario: Scenario) -> Costing:
    """The case with what a scenario sets: values, and the hours that are covered."""
    return replace(
        costing,
        inputs={**costing.inputs, **scenario.values},
        regions={
            region: {name: each for name, each in its.items() if name not in scenario.values}
            for region, its in costing.regions.items()
        },
        candidates=tuple(_changed(each, scenario) for each in costing.candidates),
    )


def _changed(candidate: Candidate, scenario: Scenario) -> Candidate:
    own = {name: each for name, each in candidate.inputs.items() if name not in scenario.values}
    own |= scenario.options.get(candidate.key, {})
    changed = replace(candidate, inputs=own)
    if scenario.coverage == ROUND_THE_CLOCK and candidate.coverage == DAY:
        return _by_night(changed)
    return changed


def _by_night(candidate: Candidate) -> Candidate:
    """An option that was meant for the day, held day and night."""
    inputs = {name: each for name, each in candidate.inputs.items() if name != "nights_staffed"}
    if candidate.option in OWN_PEOPLE and "people" in inputs:
        inputs["people_by_day"] = inputs.pop("people")
    amounts = {name: each for name, each in candidate.amounts.items() if name != lines.GAPS.name}
    return replace(
        candidate, inputs=inputs, amounts=amounts, coverage=ROUND_THE_CLOCK, is_extended=True
    )


# ---- what is moved ------------------------------------------------------------------------


def changed_sheet(sheet: Sheet, scenario: Scenario) -> Sheet:
    """A sheet with its numbers moved as a scenario says, wherever they come from."""
    return replace(
        sheet,
        numbers={name: _moved(each, scenario) for name, each in sheet.numbers.items()},
        steps=tuple(_moved_step(each, scenario) for each in sheet.steps),
    )


def _moved(number: Number, scenario: Scenario) -> Number:
    found = number.given.range
    if number.name in scenario.factors:
        found = scaled(found, scenario.factors[number.name])
    if number.name in scenario.shifts:
        found = shifted(found, scenario.shifts[number.name])
    if number.name in scenario.worst:
        found = Fixed(max(found.high, _printed_high(number.name)))
    if found is number.given.range:
        return number
    said = gettext("%(source)s; %(scenario)s") % {
        "source": number.given.source,
        "scenario": scenario,
    }
    return replace(number, given=Given(found, said))


def _moved_step(step: Step, scenario: Scenario) -> Step:
    text = step.formula
    if step.name in scenario.factors:
        text = f"({text}) * {scenario.factors[step.name]!r}"
    if step.name in scenario.shifts:
        text = f"max({text} + {scenario.shifts[step.name]!r}, 0)"
    return step if text == step.formula else replace(step, formula=text)


def _printed_high(name: str) -> float:
    default = INPUTS[name].default
    return default.range.high if default else 0.0


def shifted(found: Distribution, by: float) -> Distribution:
    """A range moved by an amount, never below 0."""

    def to(value: float) -> float:
        return max(0.0, value + by)

    match found:
        case Fixed():
            return Fixed(to(found.value))
        case Uniform():
            return Uniform(to(found.low), to(found.high))
        case Triangular():
            return Triangular(to(found.low), to(found.likely), to(found.high))
        case Pert():
            return Pert(to(found.low), to(found.likely), to(found.high))
        case Discrete():
            middle = None if found.middle is None else to(found.middle)
            return Discrete(tuple(to(n) for n in found.numbers), found.chances, middle)
        case LogNormal():
            return Fixed(to(found.mean))
        case _:
            return Fixed(to(found.likely))
