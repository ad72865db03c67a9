"""Sentences: what the figures say, in plain words, for a headline and the titles of charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commondesk.core.metrics.figure import Figure
from commondesk.core.metrics.scheme import CONTRACT
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import HOUR
from commondesk.core.texts import gettext, ngettext, number
from commondesk.review import lenses
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
        usual = gettext("%(share)s of 100 targets met by contract.")
        if told.usual.lens != CONTRACT:
            usual = gettext("%(share)s of 100 targets met by %(lens)s.")
        by = {
            "share": telling.of_hundred(told.usual.value),
            "lens": lenses.name(told.usual.lens),
        }
        lived = gettext("%(share)s of 100 as people lived it.")
        return Headline(
            usual % by,
            lived % {"share": telling.of_hundred(told.lived.value)},
            " ".join(filter(None, (largest_part(figures), lead))),
        )
    claims = figures.material.exhibit.claims
    missed = figures["claimed.missed"].value if "claimed.missed" in figures else None
    if missed is not None and claims.rows:
        by_rows = telling.percent(claims.rows_missed / claims.rows)
        return Headline(
            gettext("%(share)s missed, if rows are counted.") % {"share": by_rows},
            gettext("%(share)s missed, if tickets are.") % {"share": telling.percent(missed)},
            lead,
        )
    figure = figures[f"time.resolution.{figures.lived}"]
    half, tenth = figure.value, figure.quantiles.get(90)
    within = gettext("Half is solved within %(span)s.")
    longer = gettext("One in ten takes longer than %(span)s.")
    return Headline(
        within % {"span": telling.span(half)} if half is not None else gettext("Half is open."),
        longer % {"span": telling.span(tenth)}
        if tenth is not None
        else gettext("One in ten is still open."),
        lead,
    )


def half_and_tenth(figure: Figure) -> str:
    """`Half is solved within 2 h; one in ten takes longer than 9 h`; empty if half is open."""
    half, tenth = figure.value, figure.quantiles.get(90)
    if half is None:
        return ""
    if tenth is None:
        return gettext("Half is solved within %(span)s") % {"span": telling.span(half)}
    told = gettext("Half is solved within %(span)s; one in ten takes longer than %(longer)s")
    return told % {"span": telling.span(half), "longer": telling.span(tenth)}


def largest_part(figures: Figures) -> str:
    """`14 of the 27 points come from clocks that restart on reopening (31 tickets).`"""
    told = figures.mirages.get(ClockName.RESOLUTION)
    if told is None or told.gap is None or not told.parts or round(100 * told.gap) < 1:
        return ""
    part = told.parts[0]
    return gettext("%(points)s of the %(gap)s points between come from %(part)s (%(tickets)s).") % {
        "points": number(100 * part.points, 1),
        "gap": number(100 * told.gap, 1),
        "part": gettext(PART_WORDS[part.setting][1]),
        "tickets": telling.tickets(part.tickets),
    }


def _lead(figures: Figures) -> Iterator[str]:
    yield from _of_times(figures)
    yield from _of_closing(figures)
    yield from _of_ping_pong(figures)
    alone = figures["ownerless.share"]
    if alone.value:
        told = gettext("For %(share)s of the time no person was named on the ticket.")
        yield told % {"share": telling.percent(alone.value)}


def _of_times(figures: Figures) -> Iterator[str]:
    time = figures[f"time.resolution.{figures.lived}"]
    if time.value is not None:
        tenth = time.quantiles.get(90)
        slow = gettext(
            "Half of the tickets is solved within %(span)s, one in ten takes longer than"
            " %(longer)s."
        )
        plain = gettext("Half of the tickets is solved within %(span)s.")
        spans = {
            "span": telling.span(time.value),
            "longer": "" if tenth is None else telling.span(tenth),
        }
        yield (plain if tenth is None else slow) % spans


def _of_closing(figures: Figures) -> Iterator[str]:
    closing = signals.closing_of(figures.material)
    if closing.is_automatic:
        yield gettext(
            "%(share)s of closings come from a rule, about %(hours)s h after the resolve: time to"
            " close measures the rule."
        ) % {
            "share": telling.percent(closing.found / closing.closed),
            "hours": closing.low // HOUR,
        }


def _of_ping_pong(figures: Figures) -> Iterator[str]:
    straight = figures["bounces.straight"]
    if straight.value and figures.pairs:
        (one, other), pair = figures.pairs[0]
        told = ngettext(
            "%(count)s ticket went to another team and straight back, most often between %(one)s"
            " and %(other)s (%(pair)s).",
            "%(count)s tickets went to another team and straight back, most often between %(one)s"
            " and %(other)s (%(pair)s).",
            straight.units,
        )
        yield told % {
            "count": number(straight.units),
            "one": one,
            "other": other,
            "pair": number(pair),
        }
