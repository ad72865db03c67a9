"""Charts as shapes: drawn on our side, so that a page needs no script; each for two widths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log2
from operator import attrgetter
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from commondesk.core.metrics.backlog import AgeClass
from commondesk.core.metrics.flow import Flow, Limits
from commondesk.core.metrics.survival import Point
from commondesk.core.record.instant import HOUR, Instant, datetime_of
from commondesk.core.service_level.why import span_words
from commondesk.core.texts import gettext, gettext_noop, ngettext, number
from commondesk.desk import wording
from commondesk.review.figures import percent, signed, whole_minutes
from commondesk.review.queries import Bridge, ReviewPage

WIDE, NARROW = 880.0, 328.0
HALF = 430.0
"""The width of a chart that has a neighbour."""

Number = float


@dataclass(frozen=True, slots=True)
class Shape:
    """One mark: `line`, `rect`, `text`, `path` or `circle`, with its attributes."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    text: str = ""
    key: str = ""
    """The figure that a tap on it opens."""


_FIELDS = attrgetter("tag", "attributes", "text", "key")


@dataclass(slots=True)
class Drawing:
    """A chart at one width."""

    width: Number
    height: Number = 0
    shapes: list[Shape] = field(default_factory=list)

    def line(self, x1: Number, y1: Number, x2: Number, y2: Number, tone: str) -> None:
        self._add("line", tone, x1=x1, y1=y1, x2=x2, y2=y2)

    def rect(self, x: Number, y: Number, width: Number, height: Number, tone: str) -> None:
        self._add("rect", tone, x=x, y=y, width=max(0.0, width), height=height)

    def circle(self, x: Number, y: Number, r: Number, tone: str) -> None:
        self._add("circle", tone, cx=x, cy=y, r=r)

    def path(self, points: Sequence[tuple[Number, Number]], tone: str) -> None:
        told = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.shapes.append(Shape("path", (("d", told), ("class", tone))))

    def text(
        self, x: Number, y: Number, text: str, tone: str = "", anchor: str = "start", key: str = ""
    ) -> None:
        attributes = [("x", f"{x:.1f}"), ("y", f"{y:.1f}"), ("text-anchor", anchor)]
        if tone:
            attributes.append(("class", tone))
        self.shapes.append(Shape("text", tuple(attributes), text, key))

    def marks(self, url: Callable[..., str], prefix: str, asked: str) -> Markup:
        """Its shapes as SVG. A shape that opens a figure is a link: url gives its address, asked
        is the end of it. A page has thousands of shapes: a template would take ten times as long.
        """
        told = []
        for tag, attributes, text, key in map(_FIELDS, self.shapes):
            places = " ".join([f'{name}="{value}"' for name, value in attributes])
            shape = f"<{tag} {places}>{escape(text) if text else ''}</{tag}>"
            if key:
                address = f"{url('review:behind', args=[prefix, key])}?{asked}"
                shape = f'<a href="{escape(address)}">{shape}</a>'
            told.append(shape)
        return Markup("".join(told))  # noqa: S704 - numbers of ours, texts escaped

    def _add(self, tag: str, tone: str, **places: Number) -> None:
        told = tuple((name, f"{value:.1f}") for name, value in places.items())
        self.shapes.append(Shape(tag, (*told, ("class", tone))))


@dataclass(frozen=True, slots=True)
class Pair:
    """A chart for wide and for narrow screens."""

    wide: Drawing
    narrow: Drawing


@dataclass(frozen=True, slots=True)
class CurveRow:
    """By this working time, these percents were solved: by the usual count, and as people lived."""

    span: str
    usual: str
    lived: str


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A day or week: when it began, what came in and went out, and what stands out in it."""

    on: str
    inflow: int
    outflow: int
    is_whole: bool
    signal: str


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a page, and the tables that say the same."""

    bridges: dict[str, Pair]
    curve: Pair | None
    curve_rows: tuple[CurveRow, ...]
    ages: Pair
    inflow: Pair
    outflow: Pair
    flow_rows: tuple[FlowRow, ...]


def charts_of(page: ReviewPage, zone: ZoneInfo) -> Charts:
    """Everything there is to draw."""
    usual, lived = page.curves
    labels = [_label(each.start, zone) for each in page.flow.stretches]
    opened = [each.inflow for each in page.flow.stretches]
    solved = [each.outflow for each in page.flow.stretches]
    return Charts(
        bridges={each.clock: pair(_bridge(each)) for each in page.bridges},
        curve=pair(_curve(page)) if lived else None,
        curve_rows=_curve_rows(usual, lived),
        ages=pair(_ages(page.ages), HALF),
        inflow=pair(_process(opened, labels, page.flow.inflow), HALF),
        outflow=pair(_process(solved, labels, page.flow.outflow), HALF),
        flow_rows=_flow_rows(page.flow, labels, page.at),
    )


def pair(draw: Callable[[Drawing], None], width: Number = WIDE) -> Pair:
    wide, narrow = Drawing(width), Drawing(NARROW)
    draw(wide)
    draw(narrow)
    return Pair(wide, narrow)


# ---- the bridge ---------------------------------------------------------------------------


def _bridge(bridge: Bridge) -> Callable[[Drawing], None]:
    rows = [
        (_by(bridge), bridge.usual_points, bridge.usual.key, None),
        *(
            (each.title, -each.points, each.key, each.tickets)
            for each in bridge.parts
            if each.tickets or abs(each.points) >= 0.05
        ),
        (gettext("As people lived it"), bridge.lived_points, bridge.lived.key, None),
    ]

    def draw(on: Drawing) -> None:
        is_wide = on.width > 620
        step, bar = (38.0, 20.0) if is_wide else (54.0, 20.0)
        left, right = (270.0, 150.0) if is_wide else (0.0, 116.0)
        on.height = len(rows) * step + 24

        def x(points: Number) -> Number:
            return left + points / 100 * (on.width - left - right)

        for tick in (0, 25, 50, 75, 100):
            on.line(x(tick), 0, x(tick), len(rows) * step, "grid")
            on.text(x(tick), len(rows) * step + 18, str(tick), "faint", "middle")
        at = 0.0
        for place, (title, points, key, tickets) in enumerate(rows):
            is_total = place in (0, len(rows) - 1)
            is_last = place == len(rows) - 1
            y = place * step + (9 if is_wide else 26)
            start, end = (0.0, points) if is_total else (min(at, at + points), max(at, at + points))
            on.text(0, y + 15 if is_wide else y - 7, title, "strong" if is_total else "")
            tone = "key" if is_last else "plain" if is_total else "lost" if points < 0 else "gained"
            on.rect(x(start), y, x(end) - x(start), bar, tone)
            at = points if is_total else at + points
            if is_wide and not is_last:
                on.line(x(at), y + bar, x(at), y + step, "axis")
            said = number(points, 1)
            if not is_total:
                said = "0" if abs(points) < 0.05 else signed(points)
            tone = "key" if is_last else "strong" if is_total else "late" if points < -0.05 else ""
            on.text(x(end) + 8, y + 15, said, tone)
            count = bridge_count(bridge, place, len(rows), tickets)
            on.text(on.width, y + 15, count, "", "end", key)

    return draw


def _by(bridge: Bridge) -> str:
    is_contract = bridge.usual.lens == "contract"
    return gettext("By contract") if is_contract else gettext("By the usual count")


def bridge_count(bridge: Bridge, place: int, count: int, tickets: int | None) -> str:
    """`31 tickets`: how many a row of the bridge opens."""
    if tickets is None:
        figure = bridge.usual if place == 0 else bridge.lived
        tickets = figure.count
    return ngettext("%(count)s ticket", "%(count)s tickets", tickets) % {"count": number(tickets)}


# ---- the curve ----------------------------------------------------------------------------

_TICKS = ((0.25, "15 min"), (1, "1 h"), (4, "4 h"), (16, "16 h"), (64, "64 h"), (256, "256 h"))
_ROWS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)
_FIRST = 0.25


def _curve(page: ReviewPage) -> Callable[[Drawing], None]:
    usual, lived = map(_thinned, page.curves)
    ends = [curve[-1].span / HOUR for curve in (usual, lived) if curve]
    longest = max([*ends, *(span / HOUR for span in page.waiting[-1:])], default=1.0)
    most = max(1.0, log2(max(longest, _FIRST * 2) / _FIRST))

    def draw(on: Drawing) -> None:
        height = 300.0
        on.height = height + 32

        def x(hours: Number) -> Number:
            return 44 + log2(max(hours, _FIRST) / _FIRST) / most * (on.width - 60)

        def y(share: Number) -> Number:
            return 12 + (1 - share) * (height - 20)

        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            on.line(44, y(share), on.width, y(share), "grid" if share else "axis")
            on.text(36, y(share) + 4, percent(f"{100 * share:.0f}"), "faint", "end")
        for hours, words in _TICKS:
            if hours <= longest or hours == _FIRST:
                on.text(x(hours), height + 20, words, "faint", "middle")
        for curve, tone in ((usual, "line"), (lived, "line key")):
            if curve:
                on.path(_steps(curve, x, y), tone)
        for hours, share in _ticks(page.waiting, page.curves[1], x):
            on.line(x(hours), y(share) - 5, x(hours), y(share) + 5, "open")
        for part in (50, 90):
            span = page.resolution.figure.quantiles.get(part)
            if span is not None:
                hours = span / HOUR
                on.line(x(hours), y(part / 100), x(hours), y(0), "mean")
                on.circle(x(hours), y(part / 100), 4.5, "key")
                told = gettext("median %(span)s") if part == 50 else gettext("p90 %(span)s")
                words = told % {"span": span_words(whole_minutes(span))}
                is_far = x(hours) > on.width - 150
                place = x(hours) - 10 if is_far else x(hours) + 10
                on.text(place, y(part / 100) + 22, words, "key", "end" if is_far else "start")

    return draw


def _ticks(
    waiting: Sequence[int], curve: Sequence[Point], x: Callable[[Number], Number]
) -> list[tuple[Number, Number]]:
    """Where the open ones stand on the curve: by how long they have run, none over another."""
    places: list[tuple[Number, Number]] = []
    at, share = 0, 1.0
    for span in waiting:
        while at < len(curve) and curve[at].span <= span:
            share = curve[at].still_open
            at += 1
        hours = span / HOUR
        if not places or x(hours) - x(places[-1][0]) > 3:
            places.append((hours, 1 - share))
    return places


def _thinned(curve: Sequence[Point]) -> list[Point]:
    """Without the points that lie a small part of a pixel from another."""
    kept = list(curve[:1])
    for point in curve:
        if kept[-1].still_open - point.still_open > 0.001 or point.span > kept[-1].span * 1.003:
            kept.append(point)
    if curve and kept[-1] is not curve[-1]:
        kept.append(curve[-1])
    return kept


def _steps(
    curve: Sequence[Point], x: Callable[[Number], Number], y: Callable[[Number], Number]
) -> list[tuple[Number, Number]]:
    """The curve as corners, no more than the eye can tell apart."""
    corners = [(x(_FIRST), y(0.0))]
    for point in curve:
        place = x(point.span / HOUR), y(1 - point.still_open)
        if abs(place[0] - corners[-1][0]) + abs(place[1] - corners[-1][1]) < 0.7:
            continue
        corners += [(place[0], corners[-1][1]), place]
    last = curve[-1]
    corners.append((x(last.span / HOUR), y(1 - last.still_open)))
    return corners


def _curve_rows(usual: Sequence[Point], lived: Sequence[Point]) -> tuple[CurveRow, ...]:
    longest = max((curve[-1].span / HOUR for curve in (usual, lived) if curve), default=0.0)
    return tuple(
        CurveRow(number(hours, _places(hours)), _solved(usual, hours), _solved(lived, hours))
        for hours in _ROWS
        if hours / 2 <= longest
    )


def _places(hours: Number) -> int:
    """How many digits behind the point tell it whole."""
    return len(f"{hours:g}".partition(".")[2])


def _solved(curve: Sequence[Point], hours: Number) -> str:
    """The percent solved within so many working hours."""
    share = 1.0
    for point in curve:
        if point.span > hours * HOUR:
            break
        share = point.still_open
    return number(100 * (1 - share), 1)


# ---- backlog and flow ---------------------------------------------------------------------


def _ages(ages: Sequence[AgeClass]) -> Callable[[Drawing], None]:
    most = max((each.count for each in ages), default=0) or 1

    def draw(on: Drawing) -> None:
        on.height = len(ages) * 34.0 + 4

        def x(count: Number) -> Number:
            return 104 + count / most * (on.width - 160)

        for place, each in enumerate(ages):
            y, owned = place * 34.0 + 4, each.count - each.unowned
            on.text(0, y + 16, each.title)
            on.rect(x(0), y, x(owned) - x(0), 22, "plain" if each.is_old else "pale")
            if each.unowned:
                on.rect(x(owned), y + 0.5, x(each.count) - x(owned), 21, "lost")
            on.text(x(each.count) + 8, y + 16, str(each.count), "strong")

    return draw


def _process(
    values: Sequence[int], labels: Sequence[str], limits: Limits | None
) -> Callable[[Drawing], None]:
    top = max([*values, limits.high if limits else 0, 1]) * 1.08

    def draw(on: Drawing) -> None:
        height, right = 204.0, 76.0
        on.height = height

        def x(place: int) -> Number:
            return 6 + place / max(1, len(values) - 1) * (on.width - right - 6)

        def y(value: Number) -> Number:
            return 10 + (1 - value / top) * (height - 40)

        on.line(0, y(0), on.width - right + 12, y(0), "axis")
        if limits is not None:
            limit, mean = gettext("limit %(count)s"), gettext("mean %(count)s")
            lines = [(limits.high, limit, "grid"), (limits.mean, mean, "mean")]
            if limits.low > 0:
                lines.append((limits.low, limit, "grid"))
            for value, told, tone in lines:
                on.line(0, y(value), on.width - right + 12, y(value), tone)
                on.text(on.width, y(value) + 4, told % {"count": number(value)}, "faint", "end")
        on.path([(x(place), y(value)) for place, value in enumerate(values)], "line")
        signals = limits.signals if limits else {}
        every = max(1, len(values) // (6 if on.width > 400 else 3))
        for place, value in enumerate(values):
            said = signals.get(place)
            on.circle(x(place), y(value), 4.5 if said else 2.0, "key" if said else "plain")
            if said in ("above", "below"):
                anchor = "end" if place > len(values) / 2 else "start"
                on.text(
                    x(place) + (-9 if anchor == "end" else 9),
                    y(value) + 5,
                    str(value),
                    "key",
                    anchor,
                )
            if place % every == every // 2:
                on.text(x(place), height - 4, labels[place], "faint", "middle")

    return draw


def _label(at: Instant, zone: ZoneInfo) -> str:
    day = datetime_of(at).astimezone(zone)
    return wording.date_words(day, day)


_SIGNALS = {
    ("in", "above"): gettext_noop("in: above its limit"),
    ("in", "below"): gettext_noop("in: below its limit"),
    ("in", "run"): gettext_noop("in: eight on one side"),
    ("out", "above"): gettext_noop("out: above its limit"),
    ("out", "below"): gettext_noop("out: below its limit"),
    ("out", "run"): gettext_noop("out: eight on one side"),
}


def _flow_rows(flow: Flow, labels: Sequence[str], at: Instant) -> tuple[FlowRow, ...]:
    rows = []
    for place, (each, label) in enumerate(zip(flow.stretches, labels, strict=True)):
        told = []
        for name, limits in (("in", flow.inflow), ("out", flow.outflow)):
            said = limits.signals.get(place) if limits else None
            if said:
                told.append(gettext(_SIGNALS[name, said]))
        rows.append(FlowRow(label, each.inflow, each.outflow, each.end <= at, ", ".join(told)))
    return tuple(rows)
