"""The bridge: from the usual count to what people lived, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commondesk.core import texts
from commondesk.core.metrics.figure import Figure
from commondesk.core.metrics.mirage import Mirage, Part
from commondesk.core.metrics.words import clock_words
from commondesk.core.record.events import ClockName
from commondesk.core.texts import gettext, ngettext
from commondesk.review import lenses
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Cell, Chart, cell, number, same_numbers
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.sentences import largest_part
from commondesk.review.parts import part_title


def bridge(figures: Figures, clock: ClockName) -> Chart | None:
    """The gap of a clock and its parts; None where one of both lenses has no data."""
    told = figures.mirages[clock]
    if told.gap is None or told.usual.value is None or told.lived.value is None:
        return None
    usual, lived = 100 * told.usual.value, 100 * told.lived.value
    title = largest_part(figures) if clock is ClockName.RESOLUTION else ""
    if not title:
        gap = gettext("%(clock)s: the gap is %(points)s points")
        named = telling.begun(clock_words(clock.value))
        title = gap % {"clock": named, "points": texts.number(usual - lived, 1)}
    return Chart(
        f"bridge-{clock.value}",
        title.rstrip("."),
        gettext(
            "Targets met per 100, from the usual count to lived experience. The parts add up to the"
            " gap exactly. Tickets are those whose verdict changes when one setting alone is"
            " switched."
        ),
        charts.bridge(list(_values(told, usual, lived))),
        same_numbers(
            (gettext("Step"), gettext("Points"), gettext("Tickets")),
            list(_rows(told, usual, lived, clock)),
        ),
    )


def _values(told: Mirage, usual: float, lived: float) -> Iterator[dict[str, Plain]]:
    """The bars: the usual count, each part that can be seen, and what people lived."""
    yield {"step": _by_usual(told), "low": 0, "high": usual, "kind": "usual",
           "text": texts.number(usual, 1), "tip": _judged(told.usual)}  # fmt: skip
    at = usual
    for part in told.parts:
        points = 100 * part.points
        low, high = min(at, at - points), max(at, at - points)
        at -= points
        if abs(points) >= 0.05:
            yield {
                "step": part_title(part.setting), "low": low, "high": high,
                "kind": "lost" if points > 0 else "gained",
                "text": telling.signed(-points), "tip": _switched(part),
            }  # fmt: skip
    yield {"step": gettext("As people lived it"), "low": 0, "high": lived, "kind": "lived",
           "text": texts.number(lived, 1), "tip": _judged(told.lived)}  # fmt: skip


def _rows(told: Mirage, usual: float, lived: float, clock: ClockName) -> Iterator[Sequence[Cell]]:
    def end(title: str, points: float, figure: Figure) -> Sequence[Cell]:
        key = f"attainment.{clock.value}.{figure.lens}"
        return cell(title), number(texts.number(points, 1)), number(figure.units, key)

    yield end(_by_usual(told), usual, told.usual)
    for part in told.parts:
        key = f"part.{clock.value}.{part.setting}" if part.tickets else ""
        points = number(telling.signed(-100 * part.points))
        yield cell(part_title(part.setting)), points, number(part.tickets, key)
    yield end(gettext("As people lived it"), lived, told.lived)


def _by_usual(told: Mirage) -> str:
    return gettext("By %(lens)s") % {"lens": lenses.name(told.usual.lens)}


def _judged(figure: Figure) -> str:
    told = ngettext("%(count)s judged", "%(count)s judged", figure.count)
    return told % {"count": texts.number(figure.count)}


def _switched(part: Part) -> str:
    told = ngettext(
        "%(count)s tickets change when this alone is switched",
        "%(count)s tickets change when this alone is switched",
        part.tickets,
    )
    return told % {"count": texts.number(part.tickets)}
