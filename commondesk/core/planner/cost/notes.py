"""What a reader should know beside the figures: where a source is wrong, vague, or stretched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts import gettext, gettext_noop, number
from ..diagnosis.answers import Option
from . import arithmetic
from .costing import ROUND_THE_CLOCK, Costing
from .inputs import RETAINER_USERS
from .options import OWN_PEOPLE
from .sheet import Sheet

if TYPE_CHECKING:
    from .formula import Numbers


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A figure that a source prints, and what its own numbers come to."""

    source: str
    what: str
    printed: float
    found: float

    @property
    def printed_minus_found(self) -> float:
        return self.printed - self.found

    def __str__(self) -> str:
        return gettext(
            "%(source)s prints %(printed)s for %(what)s, and its own rows add up to %(found)s:"
            " a difference of %(difference)s, shown here and not made to fit."
        ) % {
            "source": self.source,
            "what": gettext(self.what),
            "printed": number(self.printed),
            "found": number(self.found),
            "difference": number(self.printed_minus_found),
        }


def table_total(
    rows: Mapping[str, float], printed: float, *, source: str, what: str
) -> tuple[float, Discrepancy | None]:
    """The sum of a printed table's rows, and where the printed total differs from it."""
    found = sum(rows.values())
    differs = None if found == printed else Discrepancy(source, what, printed, found)
    return found, differs


IN_HOUSE_TABLE = {
    "salaries": 60_000.0,
    "benefits": 15_000.0,
    "tools": 2_400.0,
    "training": 2_000.0,
    "turnover": 18_000.0,
    "gaps": 5_000.0,
}
"""The rows of 000's table of one agent in-house, with the lower of its two figures for gaps."""
IN_HOUSE_PRINTED = 102_000.0
_IN_HOUSE = gettext_noop("one agent in-house, 8x5, at the lower end")


def in_house_discrepancy() -> Discrepancy | None:
    """The known difference in 000: 102,000 is printed where the rows add up to 102,400."""
    return table_total(IN_HOUSE_TABLE, IN_HOUSE_PRINTED, source="000", what=_IN_HOUSE)[1]


def of(costing: Costing, sheet: Sheet, values: Mapping[str, Numbers]) -> tuple[str, ...]:
    """What to know about an option's figures."""
    return (*_of_sources(sheet), *_of_volume(costing, sheet), *_of_posts(sheet, values))


def _of_sources(sheet: Sheet) -> Iterator[str]:
    used = {name for name, each in sheet.numbers.items() if each.given.is_default}
    rests_on_table = sheet.candidate.option in OWN_PEOPLE and "salary" in used
    if rests_on_table and (found := in_house_discrepancy()):
        yield str(found)
    if "turnover_share" in used:
        yield gettext(
            "The share for people leaving is 000's word. A study found about 21 % of a salary for"
            " each leaver (Boushey and Glynn 2012): 30 % a year would take more than one leaver a"
            " year for each person."
        )
    if "benefit_rate" in used:
        yield gettext(
            "Benefits of 25 % are 000's word; US statistics of December 2019 find 43 % of wages"
            " in private industry (10.37 of 24.36 an hour)."
        )
    if sheet.candidate.region and (foreign := _priced_in_dollars(sheet)):
        yield gettext(
            "%(region)s has no price of its own for: %(numbers)s. The documents' US prices stand in"
            " their place."
        ) % {"region": sheet.candidate.region, "numbers": ", ".join(foreign)}
    if "plans" in used:
        yield gettext(
            "004 prints a price from 8 a month without saying for whom; it is read as one plan for"
            " the whole account."
        )


def _priced_in_dollars(sheet: Sheet) -> list[str]:
    """What a sheet takes from the documents in money, by its label."""
    return [
        each.label
        for each in sheet.numbers.values()
        if each.given.is_default and each.unit.is_money
    ]


def _of_volume(costing: Costing, sheet: Sheet) -> Iterator[str]:
    if sheet.candidate.option in OWN_PEOPLE and "people" in sheet.numbers:
        yield gettext(
            "The number of people is given, so more tickets do not change it: give the tickets"
            " one agent settles a day to let it follow, or see the staffing plan."
        )
    if sheet.candidate.option is Option.MSP_RETAINER and (users := users_of(costing, sheet)):
        low, high = RETAINER_USERS
        if not low <= users <= high:
            yield gettext(
                "%(users)s users lie outside the 50 to 200 for which 000 prints a retainer: only"
                " a quote of your own tells the price."
            ) % {"users": number(users)}


def users_of(costing: Costing, sheet: Sheet) -> float | None:
    """How many people are supported, where that is said."""
    given = sheet.candidate.inputs.get("users") or costing.inputs.get("users")
    return given.range.likely if given else None


def _of_posts(sheet: Sheet, values: Mapping[str, Numbers]) -> Iterator[str]:
    """Round the clock with fewer people than one post takes."""
    people = values.get("people")
    if sheet.candidate.coverage != ROUND_THE_CLOCK or not isinstance(people, (int, float)):
        return
    sat, share, short = arithmetic.seat_hours(people)
    if short > 0:
        yield gettext(
            "%(people)s people at 40 hours sit %(sat)s of the week's 168 hours (%(share)s %%):"
            " %(short)s hours a week are left to others or to on-call, before any leave."
        ) % {
            "people": number(people, 1),
            "sat": number(sat),
            "share": number(100 * share),
            "short": number(short),
        }


def separations_implied(turnover_share: float, replacement_share: float) -> float:
    """Leavers a year for each person that a yearly share implies."""
    return turnover_share / replacement_share
