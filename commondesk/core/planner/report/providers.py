"""The scorecard, told: providers side by side."""

from __future__ import annotations

from collections.abc import Iterator

from ...record.codec import Json
from ...texts import gettext
from ..document import Block, Chapter, List, Table
from ..procurement.scorecard import BEST, Scorecard, Scored


def chapters(card: Scorecard) -> tuple[Chapter, ...]:
    """Totals, criteria and red flags."""
    return (
        Chapter(gettext("Providers side by side"), tuple(_totals(card))),
        Chapter(gettext("Criterion by criterion"), tuple(_criteria(card))),
        Chapter(gettext("Red flags"), tuple(_flags(card))),
    )


def machine(card: Scorecard) -> list[Json]:
    """The same for programs; shares of the best possible, 0 to 1."""
    return [
        {
            "provider": each.provider.name,
            "proven": each.proven,
            "claimed": each.claimed,
            "possible": each.possible,
            "unscored": list(each.unscored),
            "red_flags": list(each.flags),
        }
        for each in card.totals()
    ]


def _totals(card: Scorecard) -> Iterator[Block]:
    totals = card.totals()
    yield Table(
        (
            gettext("Provider"),
            gettext("Proven"),
            gettext("Claimed"),
            gettext("At best"),
            gettext("Red flags"),
        ),
        tuple(
            (
                each.provider.name,
                f"{100 * each.proven:.0f} %",
                f"{100 * each.claimed:.0f} %",
                f"{100 * each.possible:.0f} %",
                str(len(each.flags)),
            )
            for each in totals
        ),
    )
    yield gettext(
        "Proven counts scores with evidence; claimed counts all; at best is what is left open"
        " counted as perfect. Shares are of the best possible score."
    )


def _criteria(card: Scorecard) -> Iterator[Block]:
    names = tuple(each.name for each in card.providers)
    rows = tuple(
        (gettext(criterion.words), f"{weight:g}", *(_cell(each) for each in scores))
        for criterion, weight, scores in card.rows()
    )
    yield Table((gettext("Criterion"), gettext("Weight"), *names), rows)
    yield gettext("Scores from 0 to %(best)s; (?) is a claim without evidence.") % {
        "best": f"{BEST:g}"
    }


def _cell(scored: Scored | None) -> str:
    if scored is None:
        return "–"
    return f"{scored.points:g}" if scored.evidence else f"{scored.points:g} (?)"


def _flags(card: Scorecard) -> Iterator[Block]:
    for each in card.totals():
        if each.flags:
            yield f"{each.provider.name}:"
            yield List(each.flags)
        else:
            yield gettext("%(name)s: none known.") % {"name": each.provider.name}
