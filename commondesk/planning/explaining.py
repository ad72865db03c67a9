"""How a number of the step on cost came about: its formula with the values in it, or its draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from commondesk.core.planner.cost.comparison import Compared, Pair
from commondesk.core.planner.cost.draws import PER_TICKET, PER_USER_MONTH, Spread
from commondesk.core.planner.cost.priced import Priced
from commondesk.core.planner.cost.sheet import FIRST_YEAR, ONCE, YEARLY
from commondesk.core.planner.report.cost import chance
from commondesk.core.planner.told import Explained, shown, worth
from commondesk.core.texts import gettext, number
from commondesk.planning import costs, wording


@dataclass(frozen=True, slots=True)
class Panel:
    """What is said of a number: sentences, its formula in words and with values, what it rests on.

    facts are names with their values and where these are from; source where the number itself is
    from, if it was given.
    """

    title: str
    says: tuple[str, ...] = ()
    formula: str = ""
    with_values: str = ""
    facts: tuple[tuple[str, str, str], ...] = ()
    source: str = ""


LINE = "line."
_NUMBERS: Mapping[str, Callable[[Priced], Explained]] = {
    YEARLY: lambda each: each.yearly,
    ONCE: lambda each: each.once,
    FIRST_YEAR: lambda each: each.first_year,
    PER_TICKET: lambda each: each.per_ticket,
    PER_USER_MONTH: lambda each: each.per_user_month,
    "days_until_covered": lambda each: each.days_until_covered,
    "invoice": costs.invoice,
}
_TITLES = {
    YEARLY: lambda: gettext("A year, run rate"),
    ONCE: lambda: gettext("Once, to begin"),
    FIRST_YEAR: lambda: gettext("First year"),
    PER_TICKET: lambda: gettext("A ticket"),
    PER_USER_MONTH: lambda: gettext("A user and month"),
    "days_until_covered": lambda: gettext("Days until covered"),
    "invoice": lambda: gettext("The invoice alone, a year"),
}
_SPREADS = {"spread": YEARLY, "spread_first_year": FIRST_YEAR}


def panel(found: Compared, key: str, of: str) -> Panel | None:
    """What is said of a number of the model of that key; None for no such number."""
    priced = next((each for each in found.options if each.key == key), None)
    if priced is None:
        return None
    if of.startswith(LINE):
        return _line(priced, of.removeprefix(LINE))
    if of in _SPREADS:
        return _spread(found, priced, _SPREADS[of])
    if of == "cheaper":
        base = costs.base_of(found)
        return _cheaper(found, base, priced) if base and base.key != key else None
    if of not in _NUMBERS:
        return None
    return _of_explained(_TITLES[of](), _NUMBERS[of](priced), priced.labels)


def _line(priced: Priced, name: str) -> Panel | None:
    for each in priced.lines:
        if each.name == name:
            return _of_explained(each.label, each.amount, priced.labels)
    return None


def _of_explained(title: str, one: Explained, labels: Mapping[str, str]) -> Panel:
    if not one.formula:
        said = f"{shown(one.value)} {one.unit}".strip()
        return Panel(title, (said,), source=one.source)
    return Panel(
        title,
        (),
        one.in_words(labels),
        f"{one.with_values()} {one.unit}".strip(),
        tuple(_facts(one, labels)),
        one.source,
    )


def _facts(one: Explained, labels: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, value in one.values.items():
        source = value.source if isinstance(value, Explained) else ""
        yield labels.get(name, name.replace("_", " ")), shown(worth(value)), source


def _spread(found: Compared, priced: Priced, output: str) -> Panel | None:
    spread = found.drawn.spreads.get(priced.key, {}).get(output)
    if spread is None or not priced.is_complete:
        return None
    one = priced.yearly if output == YEARLY else priced.first_year
    says = gettext(
        "%(draws)s times a value is drawn from the range of each number, the same for every model,"
        " and this is worked out with them:"
    ) % {"draws": number(found.drawn.count)}
    return Panel(
        _TITLES[output](),
        (says,),
        one.in_words(priced.labels),
        "",
        tuple(_of_draws(found, spread)),
    )


def _of_draws(found: Compared, spread: Spread) -> Iterator[tuple[str, str, str]]:
    yield gettext("Mean"), wording.money(spread.mean), ""
    yield gettext("Standard deviation"), wording.money(spread.sd), ""
    for percent, value in (
        (5, spread.p5),
        (10, spread.p10),
        (50, spread.p50),
        (90, spread.p90),
        (95, spread.p95),
    ):
        told = gettext("In %(percent)s of 100 draws at most") % {"percent": percent}
        yield told, wording.money(value), ""
    yield gettext("Seed of the draws"), str(found.drawn.seed), ""


def _cheaper(found: Compared, base: Priced, other: Priced) -> Panel | None:
    pair = found.pair(base.key, other.key)
    return Panel(chance_title(base, other), tuple(of_chance(found, pair, base, other)))


def chance_title(base: Priced, other: Priced) -> str:
    return gettext("Chance that %(other)s costs less a year than %(base)s") % {
        "other": other.candidate.name,
        "base": base.candidate.name,
    }


def of_chance(found: Compared, pair: Pair, base: Priced, other: Priced) -> Iterator[str]:
    """How the chance that the other costs less a year than the base came about."""
    if pair.cheaper is None:
        yield gettext("It is told once both are priced whole and promise the same.")
        yield from pair.unlike
        return
    count = found.drawn.count
    yield gettext(
        "In %(wins)s of %(draws)s draws %(other)s costs less: %(chance)s. Numbers that both rest on"
        " have the same value in each draw."
    ) % {
        "wins": number(round(pair.cheaper * count)),
        "draws": number(count),
        "other": other.candidate.name,
        "chance": chance(pair.cheaper),
    }
    ours, theirs = (found.drawn.spreads[each.key][YEARLY].mean for each in (base, other))
    yield gettext("On average: %(ours)s − %(theirs)s = %(saved)s %(currency)s less a year.") % {
        "ours": wording.money(ours),
        "theirs": wording.money(theirs),
        "saved": wording.money(ours - theirs),
        "currency": base.currency,
    }
