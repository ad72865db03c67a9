"""The cost of the options, told: side by side, line by line, with ranges, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from ...record.codec import Json
from ...texts import gettext, number
from ..cost.break_even import break_evens
from ..cost.cash_flow import Flow
from ..cost.comparison import Compared, Pair, aspect_labels
from ..cost.inputs import label
from ..cost.priced import Priced
from ..cost.sheet import YEARLY
from ..cost.tornado import Bar
from ..document import Block, Chapter, List, Range, Ranges, Table, amount
from ..told import shown

MOST_BARS = 8
"""So many numbers are told of a tornado: those that move the answer most."""
LEAST_SWING = 0.5
"""What moves the answer by less is not told."""


def chapters(found: Compared) -> tuple[Chapter, ...]:
    """Everything that is known of the cost, chapter by chapter."""
    told = (
        (gettext("What each option costs"), _options(found)),
        (gettext("Not priced yet"), _missing(found)),
        (gettext("Like with like"), _pairs(found)),
        (gettext("Line by line"), _lines(found)),
        (gettext("Which number moves the answer most"), _tornados(found)),
        (gettext("What if"), _scenarios(found)),
        (gettext("Over the years"), _years(found)),
        (gettext("Where two options cost the same"), _crossings(found)),
        (gettext("Beside the money"), _terms(found)),
        (gettext("What to know about these figures"), _notes(found)),
    )
    return tuple(Chapter(title, blocks) for title, each in told if (blocks := tuple(each)))


def ranges(found: Compared) -> Ranges:
    """What each option that is priced whole costs a year, from P10 to P90."""
    currency = found.costing.currency
    rows = tuple(
        Range(each.candidate.name, spread.p10, spread.p50, spread.p90)
        for each in found.options
        if each.is_complete
        for spread in (found.drawn.spreads[each.key][YEARLY],)
    )
    title = gettext("What does a year cost, in eight of ten cases?")
    return Ranges(title, currency, rows)


def machine(found: Compared) -> dict[str, Json]:
    """The same for programs, in units of the currency."""
    return {
        "currency": found.costing.currency,
        "seed": found.drawn.seed,
        "draws": found.drawn.count,
        "options": {each.key: _machine_option(found, each) for each in found.options},
        "pairs": [_machine_pair(each) for each in found.pairs],
        "scenarios": {
            key: {
                each.scenario.key: {
                    "yearly": each.priced.yearly.value,
                    "more_a_year": each.more_a_year,
                    "more_in_first_year": each.more_in_first_year,
                }
                for each in outcomes
            }
            for key, outcomes in found.scenarios.items()
        },
        "terms": {key: dict(terms) for key, terms in found.terms.items()},
        "notes": list(found.notes),
    }


def percent(share: float) -> str:
    """A share in percent, with the minus that belongs to numbers."""
    return f"{'−' if round(share, 2) < 0 else ''}{number(abs(100 * share))} %"


def chance(share: float) -> str:
    """A chance in percent; no number of draws makes a thing certain."""
    if share > 0.99:
        return gettext("over 99 %")
    return gettext("under 1 %") if share < 0.01 else f"{number(100 * share)} %"


def _machine_option(found: Compared, each: Priced) -> dict[str, Json]:
    flow = next(one for one in found.flows if one.key == each.key)
    return {
        "option": each.candidate.option.value,
        "title": each.candidate.name,
        "coverage": each.candidate.coverage,
        "is_complete": each.is_complete,
        "yearly": each.yearly.value,
        "once": each.once.value,
        "first_year": each.first_year.value,
        "per_month": each.per_month.value,
        "per_user_month": each.per_user_month.value,
        "per_ticket": each.per_ticket.value,
        "days_until_covered": each.days_until_covered.value,
        "lines": {
            line.name: {
                "label": line.label,
                "amount": line.amount.value,
                "unit": line.amount.unit,
                "formula": line.amount.formula,
                "with_values": line.amount.with_values(),
                "is_once": line.is_once,
                "missing": line.missing,
            }
            for line in each.lines
        },
        "spread": {
            name: {
                "mean": s.mean, "sd": s.sd, "p5": s.p5, "p10": s.p10, "p50": s.p50,
                "p90": s.p90, "p95": s.p95,
            }
            for name, s in found.drawn.spreads[each.key].items()
        },
        "tornado": [
            {
                "input": bar.reach.name,
                "low": bar.reach.low,
                "high": bar.reach.high,
                "at_low": bar.at_low,
                "at_high": bar.at_high,
            }
            for bar in found.tornados[each.key].bars
        ],
        "by_year": list(flow.by_year),
        "months": [month.total for month in flow.months],
        "worth_today": flow.worth_today,
    }  # fmt: skip


def _machine_pair(each: Pair) -> dict[str, Json]:
    return {
        "now": each.one,
        "other": each.other,
        "unlike": list(each.unlike),
        "saving": each.saving.value,
        "payback_months": each.payback_months.value,
        "chance_cheaper": each.cheaper,
    }


# ---- side by side -------------------------------------------------------------------------


def _options(found: Compared) -> Iterator[Block]:
    head = (
        gettext("In %(currency)s") % {"currency": found.costing.currency},
        gettext("A year"),
        gettext("Once"),
        gettext("First year"),
        gettext("A month"),
        gettext("A ticket"),
        gettext("A user and month"),
        gettext("Days until covered"),
    )
    yield Table(head, tuple(_option(each) for each in found.options))
    if any(not each.is_complete for each in found.options):
        yield gettext("≥: some lines are not priced yet, so it is at least that.")
    if (chart := ranges(found)).rows:
        yield chart


def _option(each: Priced) -> tuple[str, ...]:
    sign = "" if each.is_complete else "≥ "
    return (
        each.candidate.name,
        f"{sign}{_money(each.yearly.value)}",
        f"{sign}{_money(each.once.value)}",
        f"{sign}{_money(each.first_year.value)}",
        f"{sign}{_money(each.per_month.value)}",
        f"{sign}{_small(each.per_ticket.value)}",
        f"{sign}{_small(each.per_user_month.value)}",
        _money(each.days_until_covered.value),
    )


def _missing(found: Compared) -> Iterator[Block]:
    for each in found.options:
        if each.missing:
            yield f"{each.candidate.name}:"
            yield List(each.missing)


def _pairs(found: Compared) -> Iterator[Block]:
    rows, unlike = [], []
    for each in found.pairs:
        names = tuple(_name(found, key) for key in (each.one, each.other))
        if each.is_fair and each.saving.value is not None:
            rows.append(
                (
                    *names,
                    percent(each.saving.value),
                    "–" if each.cheaper is None else chance(each.cheaper),
                    gettext("never")
                    if each.payback_months.value is None
                    else amount(each.payback_months.value),
                )
            )
        elif each.unlike and found.pairs.index(each) % 2 == 0:
            unlike += list(each.unlike)
    if rows:
        yield Table(
            (
                gettext("Instead of"),
                gettext("this"),
                gettext("saves a year"),
                gettext("chance that it is cheaper"),
                gettext("pays back after months"),
            ),
            tuple(rows),
        )
    if unlike:
        yield gettext("Not set off against each other:")
        yield List(tuple(dict.fromkeys(unlike)))


def _name(found: Compared, key: str) -> str:
    return found.costing.candidate(key).name


def _lines(found: Compared) -> Iterator[Block]:
    for each in found.options:
        yield f"{each.candidate.name}: {each.total_words}"
        yield Table(
            (gettext("Line"), gettext("Amount"), gettext("How")),
            tuple(
                (
                    f"{line.label} ({gettext('once')})" if line.is_once else line.label,
                    _money(line.amount.value),
                    line.amount.with_values() if line.amount.value is not None else "–",
                )
                for line in each.lines
            ),
        )


# ---- what moves it ------------------------------------------------------------------------


def _tornados(found: Compared) -> Iterator[Block]:
    for key, each in found.tornados.items():
        bars = [bar for bar in each.bars if bar.swing >= LEAST_SWING][:MOST_BARS]
        if not bars:
            continue
        yield gettext("%(option)s, a year:") % {"option": _name(found, key)}
        yield Table(
            (
                gettext("Number"),
                gettext("low"),
                gettext("high"),
                gettext("cost at low"),
                gettext("cost at high"),
                gettext("moves it by"),
            ),
            tuple(_bar(bar) for bar in bars),
        )


def _bar(bar: Bar) -> tuple[str, ...]:
    return (
        bar.reach.label or label(bar.reach.name),
        shown(bar.reach.low),
        shown(bar.reach.high),
        _money(bar.at_low),
        _money(bar.at_high),
        _money(bar.swing),
    )


def _scenarios(found: Compared) -> Iterator[Block]:
    keys = list(found.scenarios)
    if not keys:
        return
    first = found.scenarios[keys[0]]
    yield Table(
        (gettext("A year"), *(_name(found, key) for key in keys)),
        tuple(
            (
                gettext(each.scenario.title),
                *(_outcome(found, key, index) for key in keys),
            )
            for index, each in enumerate(first)
        ),
    )


def _outcome(found: Compared, key: str, index: int) -> str:
    each = found.scenarios[key][index]
    total = _money(each.priced.yearly.value)
    if not each.priced.is_complete:
        return gettext("not priced")
    if each.more_a_year is None:
        return total
    if abs(each.more_a_year) < 0.5:
        return total
    return f"{total} ({'+' if each.more_a_year > 0 else '−'}{number(abs(each.more_a_year))})"


def _years(found: Compared) -> Iterator[Block]:
    longest = max((len(each.by_year) for each in found.flows), default=0)
    if not longest:
        return
    years = (gettext("Year %(year)s") % {"year": at} for at in range(1, longest + 1))
    yield Table(
        ("", *years, gettext("Together"), gettext("Worth today")),
        tuple(_flow(found, each) for each in found.flows),
    )


def _flow(found: Compared, flow: Flow) -> tuple[str, ...]:
    sign = "" if flow.is_complete else "≥ "
    years = (f"{sign}{_money(each)}" for each in flow.by_year)
    total = f"{sign}{_money(flow.total)}"
    return (_name(found, flow.key), *years, total, _money(flow.worth_today))


def _crossings(found: Compared) -> Iterator[Block]:
    rows = []
    sheets = [each for each in found.sheets if each.is_complete]
    for at, one in enumerate(sheets):
        for other in sheets[at + 1 :]:
            for found_along in break_evens(one, other):
                for each in found_along.crossings:
                    rows.append(
                        (
                            label(found_along.driver),
                            amount(each.at),
                            _name(found, each.cheaper_below),
                            _name(found, each.cheaper_above),
                        )
                    )
    if rows:
        head = (
            gettext("Number"),
            gettext("at"),
            gettext("cheaper below"),
            gettext("cheaper above"),
        )
        yield Table(head, tuple(rows))


def _terms(found: Compared) -> Iterator[Block]:
    keys = list(found.terms)
    rows = tuple(
        (words, *(found.terms[key].get(name, "–") for key in keys))
        for name, words in aspect_labels().items()
    )
    yield Table(("", *(_name(found, key) for key in keys)), rows)


def _notes(found: Compared) -> Iterator[Block]:
    if found.notes:
        yield List(found.notes)
    yield gettext("%(draws)s draws, seed %(seed)s: the same case gives the same figures.") % {
        "draws": number(found.drawn.count),
        "seed": found.drawn.seed,
    }


def _money(value: float | None) -> str:
    return "–" if value is None else number(round(value))


def _small(value: float | None) -> str:
    return "–" if value is None else number(value, 2)
