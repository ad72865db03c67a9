"""The options side by side: only like with like is set off, everything else is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from ...texts import gettext, number, pgettext
from ..diagnosis.answers import Option
from ..told import Explained
from . import arithmetic, cash_flow, options, tornado
from .cash_flow import Flow
from .costing import Candidate, Costing
from .draws import Drawn, draw
from .inputs import INPUTS
from .priced import Priced, price
from .scenarios import Outcome, outcomes
from .sheet import Sheet, sheets_of
from .tornado import Tornado

CLAIMED = (0.4, 0.7)
"""What 000 says a fractional team saves against people of one's own. A check, never an input."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two options, and what keeps them from being compared. saving is the share of the first's
    yearly cost that the second saves (below 0 it costs more), None where they are unlike or not
    priced whole."""

    one: str
    other: str
    unlike: tuple[str, ...]
    saving: Explained
    payback_months: Explained
    cheaper: float | None
    """The chance that the second costs less in a year; None as for saving."""

    @property
    def is_fair(self) -> bool:
        return not self.unlike


@dataclass(frozen=True)
class Compared:
    """Everything that is known of the options of a case; what takes long once it is asked for."""

    costing: Costing
    sheets: tuple[Sheet, ...]
    options: tuple[Priced, ...]
    drawn: Drawn
    pairs: tuple[Pair, ...]
    terms: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]

    @cached_property
    def tornados(self) -> Mapping[str, Tornado]:
        """What each number moves, by option."""
        return {each.candidate.key: tornado.tornado(each) for each in self.sheets}

    @cached_property
    def scenarios(self) -> Mapping[str, tuple[Outcome, ...]]:
        """What comes of each scenario, by option."""
        return outcomes(self.costing)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """What each option costs month by month."""
        return tuple(cash_flow.flow(self.costing, each) for each in self.sheets)

    def pair(self, one: str, other: str) -> Pair:
        """What is known of two options, the first being there now. Raises KeyError."""
        for each in self.pairs:
            if (each.one, each.other) == (one, other):
                return each
        raise KeyError((one, other))


def compared(costing: Costing, *, draws: int | None = None) -> Compared:
    """Price, draw and compare the options of a case."""
    sheets = sheets_of(costing)
    priced = tuple(price(costing, each) for each in sheets)
    drawn = draw(costing, count=draws, sheets=sheets)
    return Compared(
        costing,
        sheets,
        priced,
        drawn,
        tuple(_pairs(priced, drawn)),
        {each.key: terms(costing, each) for each in costing.candidates},
        tuple(_notes(priced)),
    )


# ---- like with like -----------------------------------------------------------------------


def unlike(one: Candidate, other: Candidate) -> tuple[str, ...]:
    """What keeps two options from being compared by price: a sentence for each difference."""
    return tuple(_unlike(one, other))


def _unlike(one: Candidate, other: Candidate) -> Iterator[str]:
    names = {"one": one.name, "other": other.name}
    if one.coverage != other.coverage:
        yield gettext("Not the same hours: %(one)s answers %(first)s, %(other)s %(second)s.") % {
            **names,
            "first": one.coverage,
            "second": other.coverage,
        }
    if one.service_level != other.service_level:
        yield gettext("Not the same promise: %(one)s %(first)s, %(other)s %(second)s.") % {
            **names,
            "first": one.service_level or gettext("none named"),
            "second": other.service_level or gettext("none named"),
        }
    for more, less in ((one, other), (other, one)):
        if extra := sorted(more.scope - less.scope):
            yield gettext("Not the same work: only %(more)s includes %(work)s.") % {
                "more": more.name,
                "work": ", ".join(extra),
            }


def _pairs(priced: tuple[Priced, ...], drawn: Drawn) -> Iterator[Pair]:
    for first, second in combinations(priced, 2):
        for one, other in ((first, second), (second, first)):
            yield _pair(one, other, drawn)


def _pair(one: Priced, other: Priced, drawn: Drawn) -> Pair:
    differences = unlike(one.candidate, other.candidate)
    is_told = not differences and one.is_complete and other.is_complete
    base, option = one.yearly.value, other.yearly.value
    saved = back = None
    if is_told and base and option is not None and other.once.value is not None:
        saved = arithmetic.saving(base, option)
        back = cash_flow.payback_months(other.once.value, base / 12, option / 12)
    cheaper = drawn.cheaper.get((other.key, one.key)) if is_told else None
    return Pair(
        one.key,
        other.key,
        differences,
        Explained(
            saved,
            formula="(yearly_now - yearly_then) / yearly_now",
            values={"yearly_now": one.yearly, "yearly_then": other.yearly},
        ),
        Explained(
            back,
            gettext("months"),
            "once / (yearly_now / 12 - yearly_then / 12)",
            {"once": other.once, "yearly_now": one.yearly, "yearly_then": other.yearly},
        ),
        cheaper,
    )


# ---- beside the money ---------------------------------------------------------------------


def terms(costing: Costing, candidate: Candidate) -> dict[str, str]:
    """Who owns what, who carries which risk, how it scales, how one leaves, and what that costs."""
    found = options.terms_of(candidate.option, candidate.terms)
    for name in ("contract_months", "exit_fee", "exit_work"):
        given = candidate.inputs.get(name) or costing.inputs.get(name)
        unit = f" {costing.currency}" if INPUTS[name].unit.is_money else ""
        found[name] = (
            f"{number(given.range.likely)}{unit}" if given else pgettext("a term", "not given")
        )
    return found


def aspect_labels() -> dict[str, str]:
    """The rows of the table of terms, in their order."""
    return {name: gettext(label) for name, label in options.ASPECTS.items()} | {
        name: str(INPUTS[name]) for name in ("contract_months", "exit_fee", "exit_work")
    }


def _notes(priced: tuple[Priced, ...]) -> Iterator[str]:
    yield from dict.fromkeys(note for each in priced for note in each.notes)
    own = [each for each in priced if each.candidate.option is Option.INTERNAL]
    for each in priced:
        if each.candidate.option is not Option.FRACTIONAL_REMOTE_TEAM:
            continue
        for base in own:
            if told := _claim(base, each):
                yield told


def _claim(base: Priced, team: Priced) -> str:
    """Whether a fractional team saves what 000 says such teams do."""
    if unlike(base.candidate, team.candidate) or not (base.is_complete and team.is_complete):
        return ""
    if not base.yearly.value or team.yearly.value is None:
        return ""
    saved = arithmetic.saving(base.yearly.value, team.yearly.value)
    low, high = CLAIMED
    said = {"saved": number(100 * saved), "low": number(100 * low), "high": number(100 * high)}
    if low <= saved <= high:
        return (
            gettext(
                "The team saves %(saved)s %% here: within the %(low)s to %(high)s %% that 000"
                " claims."
            )
            % said
        )
    return (
        gettext(
            "The team saves %(saved)s %% here: outside the %(low)s to %(high)s %% that 000 claims."
            " Its two examples show about 40 and 65 %%."
        )
        % said
    )
