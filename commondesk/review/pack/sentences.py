"""Sentences: what the figures say, in plain words, for a headline and the titles of charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commondesk.core.metrics.scheme import CONTRACT
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR
from commondesk.review.pack import signals, telling
from commondesk.review.pack.figures import Figures
from commondesk.review.parts import PART_WORDS


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence that says it: what is usually said, what is so, and a few sentences more."""

    usual: str
    lived: str
    lead: str


def headline(figures: Figures) -> Headline:
    """The headline of a pack."""
    lead = " ".join(_lead(figures))
    told = figures.mirages.get(ClockName.RESOLUTION)
    if told is not None and told.usual.value is not None and told.lived.value is not None:
        by = "by contract" if told.usual.lens == CONTRACT else f"by {told.usual.lens}"
        return Headline(
            f"{telling.of_hundred(told.usual.value)} of 100 targets met {by}.",
            f"{telling.of_hundred(told.lived.value)} of 100 as people lived it.",
            " ".join(filter(None, (largest_part(figures), lead))),
        )
    claims = figures.material.exhibit.claims
    missed = figures["claimed.missed"].value if "claimed.missed" in figures else None
    if missed is not None and claims.rows:
        return Headline(
            f"{telling.percent(claims.rows_missed / claims.rows)} missed, if rows are counted.",
            f"{telling.percent(missed)} missed, if tickets are.",
            lead,
        )
    figure = figures[f"time.resolution.{figures.lived}"]
    half, tenth = figure.value, figure.quantiles.get(90)
    return Headline(
        f"Half is solved within {telling.span(half)}." if half is not None else "Half is open.",
        f"One in ten takes longer than {telling.span(tenth)}."
        if tenth is not None
        else "One in ten is still open.",
        lead,
    )


def largest_part(figures: Figures) -> str:
    """`14 of the 27 points come from clocks that restart on reopening (31 tickets).`"""
    told = figures.mirages.get(ClockName.RESOLUTION)
    if told is None or told.gap is None or not told.parts or round(100 * told.gap) < 1:
        return ""
    part = told.parts[0]
    return (
        f"{100 * part.points:.1f} of the {100 * told.gap:.1f} points between come from "
        f"{PART_WORDS[part.setting][1]} ({telling.many(part.tickets, 'ticket')})."
    )


def _lead(figures: Figures) -> Iterator[str]:
    time = figures[f"time.resolution.{figures.lived}"]
    if time.value is not None:
        tenth = time.quantiles.get(90)
        slow = f", one in ten takes longer than {telling.span(tenth)}" if tenth is not None else ""
        yield f"Half of the tickets is solved within {telling.span(time.value)}{slow}."
    closing = signals.closing_of(figures.material)
    if closing.is_automatic:
        yield (
            f"{telling.percent(closing.found / closing.closed)} of closings come from a rule,"
            f" about {closing.low // HOUR} h after the resolve: time to close measures the rule."
        )
    straight = figures["bounces.straight"]
    if straight.value and figures.pairs:
        (one, other), pair = figures.pairs[0]
        yield (
            f"{telling.many(straight.units, 'ticket')} went to another team and straight back,"
            f" most often between {one} and {other} ({pair:,})."
        )
    alone = figures["ownerless.share"]
    if alone.value:
        yield f"For {telling.percent(alone.value)} of the time no person was named on the ticket."
