"""The cost of a case as its pages show it: rows, charts, and the finding in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commondesk.core.planner.cost import comparison, lines
from commondesk.core.planner.cost.cash_flow import Flow
from commondesk.core.planner.cost.comparison import Compared
from commondesk.core.planner.cost.draws import PER_TICKET, PER_USER_MONTH, Spread
from commondesk.core.planner.cost.priced import Priced, PricedLine
from commondesk.core.planner.cost.scenarios import Outcome
from commondesk.core.planner.cost.sheet import FIRST_YEAR, YEARLY
from commondesk.core.planner.cost.tornado import Tornado
from commondesk.core.planner.told import Explained
from commondesk.core.texts import gettext, number
from commondesk.planning import drawn
from commondesk.planning.drawing import Pair

_FEES = frozenset(each.name for each in lines.FEES)
MOST_BARS = 10
"""Of a tornado: the widest."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model: its range over the draws, its invoice, and how often it is cheaper than the base.

    spread is None for a model that is not priced whole.
    """

    priced: Priced
    spread: Spread | None
    invoice: float | None
    cheaper: float | None
    unlike: tuple[str, ...]
    per_ticket: Spread | None
    per_user: Spread | None
    first_year: Spread | None
    is_key: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of cost in every model."""

    label: str
    is_honest: bool
    cells: tuple[PricedLine | None, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What the step on cost shows."""

    currency: str
    finding: str
    base: Priced | None
    rows: tuple[Row, ...]
    chart: Pair | None
    lines: tuple[LineRow, ...]
    missing: tuple[tuple[str, str], ...]
    """Each model that is not priced whole, and what to give."""
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    draws: int

    def name_of(self, key: str) -> str:
        """What a model is called."""
        return next(row.priced.candidate.name for row in self.rows if row.priced.key == key)


def costs_of(found: Compared, key: str) -> Costs:
    """key: the model that is looked at, and set off in the chart."""
    base = base_of(found)
    rows = tuple(_row(found, each, base, key) for each in found.options)
    whole = [each for each in rows if each.spread]
    return Costs(
        currency=found.costing.currency,
        finding=_finding(found, whole, base),
        base=base,
        rows=rows,
        chart=drawn.ranges([_bar(each) for each in _by_cost(whole)]) if whole else None,
        lines=tuple(_lines(found.options)),
        missing=tuple(
            (each.candidate.name, said) for each in found.options for said in each.missing
        ),
        terms=tuple(_terms(found)),
        notes=found.notes,
        draws=found.drawn.count,
    )


def base_of(found: Compared) -> Priced | None:
    """What the others are held against: people of one's own where they are a model, else the
    first that is priced whole."""
    whole = [each for each in found.options if each.is_complete]
    own = [each for each in whole if each.candidate.option.value == "internal"]
    return next(iter([*own, *whole]), None)


def _row(found: Compared, each: Priced, base: Priced | None, key: str) -> Row:
    spreads = found.drawn.spreads.get(each.key, {}) if each.is_complete else {}
    pair = None
    if base is not None and base.key != each.key:
        pair = found.pair(base.key, each.key)
    return Row(
        each,
        spreads.get(YEARLY),
        invoice(each).value,
        pair.cheaper if pair else None,
        pair.unlike if pair else (),
        spreads.get(PER_TICKET),
        spreads.get(PER_USER_MONTH),
        spreads.get(FIRST_YEAR),
        each.key == key,
    )


def invoice(priced: Priced) -> Explained:
    """What is billed a year; no value while a part of it is not priced, or nothing is billed."""
    billed = {one.name: one.amount for one in priced.lines if _is_billed(one) and not one.is_once}
    known = [each.value for each in billed.values() if each.value is not None]
    is_known = bool(known) and len(known) == len(billed)
    return Explained(
        sum(known) if is_known else None, priced.yearly.unit, " + ".join(billed), dict(billed)
    )


def _is_billed(line: PricedLine) -> bool:
    return line.name in _FEES or line.name.startswith("role")


def _by_cost(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda each: each.spread.p50 if each.spread else 0)


def _bar(row: Row) -> drawn.Bar:
    assert row.spread is not None
    return drawn.Bar(
        row.priced.candidate.name,
        row.spread.p10,
        row.spread.p50,
        row.spread.p90,
        row.invoice,
        row.is_key,
    )


def _finding(found: Compared, whole: Sequence[Row], base: Priced | None) -> str:
    """What the chart says, in a sentence."""
    if not whole:
        return gettext("No model is priced whole yet")
    if len(whole) == 1:
        return gettext("One model is priced: %(name)s") % {"name": whole[0].priced.candidate.name}
    unlike = {each.priced.candidate.name for each in whole if each.unlike}
    if unlike:
        return gettext("These models do not promise the same: compare them on scope, not on price")
    cheapest, *others = _by_cost(whole)
    second = others[0]
    wins = found.drawn.cheaper.get((cheapest.priced.key, second.priced.key))
    if wins is not None and wins < 0.8:
        return gettext(
            "%(one)s and %(other)s cost about the same: choose between them on scope, not on price"
        ) % {"one": cheapest.priced.candidate.name, "other": second.priced.candidate.name}
    if (wins or 0) > 0.995:
        return gettext("%(one)s costs the least in nearly every draw") % {
            "one": cheapest.priced.candidate.name
        }
    return gettext("%(one)s costs the least in %(share)s of 100 draws") % {
        "one": cheapest.priced.candidate.name,
        "share": number(100 * (wins or 0)),
    }


def _lines(priced: Sequence[Priced]) -> list[LineRow]:
    names = dict.fromkeys(line.name for each in priced for line in each.lines)
    found = []
    for name in names:
        cells = tuple(
            next((line for line in each.lines if line.name == name), None) for each in priced
        )
        first = next(each for each in cells if each is not None)
        label = first.label
        if first.is_once:
            label = gettext("%(line)s (once)") % {"line": label}
        found.append(LineRow(label, first.is_honest, cells))
    return found


def _terms(found: Compared) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (label, tuple(found.terms[each.key].get(name, "–") for each in found.options))
        for name, label in comparison.aspect_labels().items()
    ]


# ---- what could go wrong -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """What one number moves the yearly cost to, at either end."""

    label: str
    low: float
    high: float
    at_low: float
    at_high: float


@dataclass(frozen=True, slots=True)
class Risks:
    """What the step on risks shows, for one model."""

    priced: Priced
    base: float
    moved: tuple[Moved, ...]
    tornado: Pair | None
    scenarios: tuple[tuple[str, tuple[Outcome, ...]], ...]
    """Each scenario with what comes of it in every model."""
    flows: tuple[Flow, ...]
    chart: Pair | None


def risks_of(found: Compared, key: str) -> Risks:
    priced = next((each for each in found.options if each.key == key), found.options[0])
    tornado = found.tornados[priced.key]
    moved = tuple(_moved(tornado))
    whole = [each for each in found.flows if each.is_complete]
    names = {each.key: each.candidate.name for each in found.options}
    return Risks(
        priced,
        tornado.base,
        moved,
        drawn.tornado(
            [drawn.Swing(each.label, each.at_low, each.at_high) for each in moved], tornado.base
        )
        if moved
        else None,
        tuple(_scenarios(found)),
        found.flows,
        _flow_chart(whole, names, priced.key) if whole else None,
    )


def _moved(tornado: Tornado) -> list[Moved]:
    wide = [each for each in tornado.bars if each.swing > 0][:MOST_BARS]
    return [
        Moved(
            each.reach.label or each.reach.name,
            each.reach.low,
            each.reach.high,
            each.at_low,
            each.at_high,
        )
        for each in wide
    ]


def _scenarios(found: Compared) -> list[tuple[str, tuple[Outcome, ...]]]:
    by_key = [found.scenarios[each.key] for each in found.options]
    return [
        (gettext(outcomes[0].scenario.title), tuple(outcomes))
        for outcomes in zip(*by_key, strict=True)
    ]


def _flow_chart(whole: Sequence[Flow], names: Mapping[str, str], key: str) -> Pair:
    months = len(whole[0].months)
    return drawn.curves(
        [
            drawn.Curve(
                names[each.key], tuple(month.so_far for month in each.months), each.key == key
            )
            for each in whole
        ],
        [str(month) for month in range(months)],
    )
