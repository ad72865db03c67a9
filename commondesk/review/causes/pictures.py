"""Pictures of the causes: each drawn for wide and for narrow screens, above a table of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commondesk.core.texts import gettext, number, pgettext
from commondesk.desk import wording
from commondesk.review.charts import HALF, Drawing, Number, Pair, Shape, pair
from commondesk.review.figures import percent

MOST_TEAMS = 8


def day_words(day: int) -> str:
    """`Mon`."""
    return pgettext("day", wording.DAYS[day])


def shaded(on: Drawing, x: Number, y: Number, width: Number, height: Number, share: float) -> None:
    """A field that is the darker, the more it holds of the most."""
    places = {"x": x, "y": y, "width": width, "height": height}
    told = tuple((name, f"{value:.1f}") for name, value in places.items())
    shade = 0.04 + 0.96 * share if share else 0.04
    on.shapes.append(Shape("rect", (*told, ("fill-opacity", f"{shade:.2f}"), ("class", "key"))))


# ---- arrivals -------------------------------------------------------------------------------


def hours(counts: Sequence[Sequence[int]]) -> Pair:
    """Tickets by day and hour of the week."""
    most = max(map(max, counts)) or 1

    def draw(on: Drawing) -> None:
        left, step = 44.0, 24.0 if on.width > 400 else 20.0
        width = (on.width - left) / 24
        on.height = 7 * step + 24
        for day, row in enumerate(counts):
            on.text(0, day * step + step * 0.68, day_words(day), "faint")
            for hour, count in enumerate(row):
                shaded(on, left + hour * width, day * step, width - 1, step - 1, count / most)
        for hour in range(0, 24, 3 if on.width > 400 else 6):
            on.text(left + hour * width, 7 * step + 16, f"{hour}:00", "faint")

    return pair(draw)


# ---- hands ----------------------------------------------------------------------------------


def teams_of(flows: Sequence[tuple[str, str, int]]) -> list[str]:
    """The teams with most bounces, most first."""
    weight: dict[str, int] = {}
    for giver, taker, count in flows:
        weight[giver] = weight.get(giver, 0) + count
        weight[taker] = weight.get(taker, 0) + count
    return sorted(weight, key=lambda team: (-weight[team], team))[:MOST_TEAMS]


def hands(flows: Sequence[tuple[str, str, int]]) -> Pair:
    """How often tickets came back, from the teams in rows to those in columns."""
    teams = teams_of(flows)
    counts = {(giver, taker): count for giver, taker, count in flows}
    most = max(counts.values(), default=0) or 1

    def draw(on: Drawing) -> None:
        is_wide = on.width > 400
        left, step, head = (150.0, 36.0, 26.0) if is_wide else (92.0, 30.0, 26.0)
        width = min(96.0, (on.width - left) / max(1, len(teams)))
        on.height = head + len(teams) * step + 4
        for place, team in enumerate(teams):
            short = _short(team, 12 if is_wide else 5)
            on.text(left + (place + 0.5) * width, 16, short, "faint", "middle")
            on.text(0, head + place * step + step * 0.62, _short(team, 22 if is_wide else 12))
        for row, giver in enumerate(teams):
            for column, taker in enumerate(teams):
                if giver == taker:
                    continue
                x, y = left + column * width, head + row * step
                count = counts.get((giver, taker), 0)
                shaded(on, x, y, width - 2, step - 2, count / most)
                if count:
                    tone = "inverse" if count > most * 0.5 else "strong"
                    middle = x + (width - 2) / 2
                    on.text(middle, y + step * 0.6, number(count), tone, "middle")

    return pair(draw)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# ---- time lost ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """A named share of a whole, with the sum from the top."""

    title: str
    share: float
    cumulated: float
    said: str


def pareto(bars: Sequence[Bar]) -> Pair:
    """Shares of all time lost, and the line that adds them up."""

    def draw(on: Drawing) -> None:
        is_wide = on.width > 620
        step = 30.0 if is_wide else 46.0
        left, right = (240.0, 90.0) if is_wide else (0.0, 78.0)
        on.height = len(bars) * step + 24

        def x(share: Number) -> Number:
            return left + share * (on.width - left - right)

        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            on.line(x(tick), 0, x(tick), len(bars) * step, "grid" if tick else "axis")
            words = percent(f"{100 * tick:.0f}")
            on.text(x(tick), len(bars) * step + 18, words, "faint", "middle" if tick else "start")
        points = []
        for place, bar in enumerate(bars):
            y = place * step + (5 if is_wide else 22)
            title = _short(bar.title, 34 if is_wide else 40)
            on.text(0, y + 14 if is_wide else y - 6, title, "strong" if place == 0 else "")
            on.rect(x(0), y, x(bar.share) - x(0), 18, "plain" if place else "key")
            on.text(on.width, y + 14, bar.said, "", "end")
            points.append((x(bar.cumulated), y + 9))
        on.path(points, "line sum")
        for one in points:
            on.circle(*one, 3.0, "dot")

    return pair(draw)


# ---- signs ----------------------------------------------------------------------------------


def near_due(steps: Sequence[int]) -> Pair:
    """Resolutions in time by how much of the time to the due instant had passed."""
    most = max(steps, default=0) or 1

    def draw(on: Drawing) -> None:
        on.height = 190.0
        width = on.width / max(1, len(steps))
        for place, count in enumerate(steps):
            tall = 140.0 * count / most
            tone = "key" if place == len(steps) - 1 else "plain"
            on.rect(place * width, 150 - tall, width - 2, tall, tone)
            if count and (place == len(steps) - 1 or count == most):
                middle = (place + 0.5) * width
                on.text(middle, 144 - tall, number(count), "strong", "middle")
        on.line(0, 150, on.width, 150, "axis")
        on.text(0, 170, gettext("opened"), "faint")
        on.text(on.width, 170, gettext("due"), "faint", "end")

    return pair(draw, HALF)


# ---- trend ----------------------------------------------------------------------------------


def trend(
    labels: Sequence[str], lines: Sequence[tuple[str, Sequence[Mapping[str, float] | None]]]
) -> Pair:
    """Shares by month (`value`, `low`, `high`), each with its interval; a gap where none is."""

    def draw(on: Drawing) -> None:
        height = 230.0
        on.height = height + 26

        def x(place: int) -> Number:
            return 60 + (place + 0.5) / max(1, len(labels)) * (on.width - 66)

        def y(share: Number) -> Number:
            return 10 + (1 - share) * (height - 20)

        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            on.line(44, y(share), on.width, y(share), "grid" if share else "axis")
            on.text(36, y(share) + 4, percent(f"{100 * share:.0f}"), "faint", "end")
        for place, label in enumerate(labels):
            on.text(x(place), height + 18, label, "faint", "middle")
        for shift, (tone, values) in enumerate(lines):
            known = [(place, each) for place, each in enumerate(values) if each is not None]
            apart = 6.0 * shift - 3.0
            on.path([(x(place) + apart, y(each["value"])) for place, each in known], f"line {tone}")
            for place, each in known:
                at = x(place) + apart
                on.line(at, y(each["low"]), at, y(each["high"]), f"span {tone}")
                on.circle(at, y(each["value"]), 3.5, tone or "plain")

    return pair(draw)
