"""Two models against each other: who is cheaper how often, what is saved, and from which volume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commondesk.core.planner.cost.break_even import TIMES, BreakEven, break_evens, yearly_at
from commondesk.core.planner.cost.comparison import Compared, Pair
from commondesk.core.planner.cost.inputs import INPUTS
from commondesk.core.planner.cost.priced import Priced
from commondesk.core.planner.cost.sheet import Sheet
from commondesk.core.texts import gettext, number
from commondesk.planning import explaining, wording


@dataclass(frozen=True, slots=True)
class Volume:
    """Where two models cost the same along a volume. now is the likely volume of the case."""

    label: str
    now: str
    at: str
    says: str
    """What holds below and above, and what both cost there."""


@dataclass(frozen=True, slots=True)
class Against:
    """A model against another. says tells how the chance came about."""

    one: Priced
    other: Priced
    pair: Pair
    says: tuple[str, ...]
    volumes: tuple[Volume, ...]


def against(found: Compared, one: str, other: str) -> Against | None:
    """What is known of two models, the first being the one that is there; None for no such two."""
    by_key = {each.key: each for each in found.options}
    if one not in by_key or other not in by_key or one == other:
        return None
    pair = found.pair(one, other)
    sheets = {each.candidate.key: each for each in found.sheets}
    left, right = sheets[one], sheets[other]
    volumes: tuple[Volume, ...] = ()
    if left.is_complete and right.is_complete:
        names = {key: each.candidate.name for key, each in by_key.items()}
        volumes = tuple(
            volume
            for each in break_evens(left, right)
            for volume in _volumes(each, left, right, names, by_key[one].currency)
        )
    says = tuple(explaining.of_chance(found, pair, by_key[one], by_key[other]))
    return Against(by_key[one], by_key[other], pair, says, volumes)


def _volumes(
    found: BreakEven, one: Sheet, other: Sheet, names: dict[str, str], currency: str
) -> Iterator[Volume]:
    given = one.numbers.get(found.driver) or other.numbers[found.driver]
    label, now = str(INPUTS[found.driver]), wording.money(given.given.range.likely)
    for each in found.crossings:
        told = {
            "below": names[each.cheaper_below],
            "above": names[each.cheaper_above],
            "cost": wording.money(yearly_at(one, found.driver, each.at)),
            "currency": currency,
        }
        if each.is_jump:
            says = gettext(
                "%(below)s is cheaper below, %(above)s above: one of them jumps there, as one more"
                " is needed."
            )
        else:
            says = gettext(
                "%(below)s is cheaper below, %(above)s above. There both cost %(cost)s %(currency)s"
                " a year."
            )
        yield Volume(label, now, wording.plain(round(each.at, 1)), says % told)
    if found.crossings:
        return
    limit = {"limit": number(found.limit), "times": number(TIMES)}
    if found.cheaper_always is None:
        says = gettext("Both cost the same up to %(limit)s.") % limit
    else:
        says = gettext("%(name)s is cheaper all the way up to %(limit)s, %(times)s times as many.")
        says %= limit | {"name": names[found.cheaper_always]}
    yield Volume(label, now, wording.NOTHING, says)


@dataclass(frozen=True, slots=True)
class Chances:
    """How often the model of a row costs less a year than that of a column; None: not alike."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def chances(found: Compared) -> Chances | None:
    """Every pair that is priced whole; None for fewer than two."""
    whole = [each for each in found.options if each.is_complete]
    if len(whole) < 2:
        return None
    return Chances(
        tuple(each.candidate.name for each in whole),
        tuple(
            (each.candidate.name, tuple(_chance(found, each, other) for other in whole))
            for each in whole
        ),
    )


def _chance(found: Compared, one: Priced, other: Priced) -> str:
    if one.key == other.key:
        return "·"
    cheaper = found.pair(other.key, one.key).cheaper
    return gettext("not alike") if cheaper is None else wording.likely(cheaper)
