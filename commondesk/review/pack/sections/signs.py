"""Signs that a figure was helped along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from commondesk.core import texts
from commondesk.core.record.instant import HOUR
from commondesk.core.texts import gettext, pgettext
from commondesk.review.pack import charts, signals, telling
from commondesk.review.pack.blocks import (
    Cell,
    Chart,
    Section,
    Table,
    cell,
    figure_head,
    number,
    row_of,
    same_numbers,
)
from commondesk.review.pack.entry import SIGNALS
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.material import Material
from commondesk.review.pack.signals import Closing


def section(figures: Figures) -> Section:
    """Signs, and pictures of two of them."""
    return Section(
        "signals",
        gettext("Signs that a figure was helped along"),
        [gettext("Signs, not verdicts. Each opens its tickets.")],
        charts=[each for each in (_closing(figures.material), _bunching(figures)) if each],
        tables=[
            Table(
                gettext("Signs"), figure_head(), [row_of(each) for each in figures.known(SIGNALS)]
            )
        ],
    )


def _closing(material: Material) -> Chart | None:
    """Where a rule closes: closings by hours since the last resolve."""
    closing = signals.closing_of(material)
    if not closing.is_automatic:
        return None
    low = closing.low // HOUR
    step = max(1, low // 30)
    bins = _bins(material, 2 * low, step)
    values: list[dict[str, Plain]] = [
        {"low": place * step, "high": (place + 1) * step, "count": bins[place],
         "is_marked": low // step <= place <= (low + 1) // step,
         "tip": gettext("%(hours)s: %(count)s")
                % {"hours": _hours_of(place, step), "count": texts.number(bins[place])}}
        for place in range(2 * low // step + 1)
    ]  # fmt: skip
    return Chart(
        "closing",
        gettext(
            "%(share)s of closings follow the resolve after %(low)s to %(high)s h: a rule closes"
        )
        % {
            "share": telling.percent(closing.found / closing.closed),
            "low": low,
            "high": low + 2,
        },
        gettext(
            "Closings by hours since the last resolve. %(closed)s closings, %(found)s in the band."
            " What ends at closing says nothing of the repair."
        )
        % {"closed": texts.number(closing.closed), "found": texts.number(closing.found)},
        charts.histogram(values, gettext("hours from the last resolve to closing")),
        same_numbers(
            (pgettext("a span", "After"), gettext("Closings")), _closing_rows(closing, bins, step)
        ),
    )


def _bins(material: Material, until: int, step: int) -> Counter[int]:
    """Closings by hours since the last resolve, so many hours together."""
    waits: dict[int, int] = dict(
        material.tables.rows(
            "SELECT pack.hour_of(closed_at - COALESCE(last_row_at, resolved_at)), COUNT(*)"  # noqa: S608
            f" FROM pack.rows WHERE {signals.CLOSED} GROUP BY 1"
        )
    )
    bins: Counter[int] = Counter()
    for hour, count in waits.items():
        if 0 <= hour < until:
            bins[hour // step] += count
    return bins


def _closing_rows(closing: Closing, bins: Mapping[int, int], step: int) -> list[Sequence[Cell]]:
    """The bins that hold a hundredth of all closings, and the rest in one."""
    large = {place: count for place, count in bins.items() if 100 * count >= closing.closed}
    rest = closing.closed - sum(large.values())
    return [
        *((cell(_hours_of(place, step)), number(large[place])) for place in sorted(large)),
        (cell(gettext("any other span")), number(rest)),
    ]


def _hours_of(place: int, step: int) -> str:
    ends = {"low": place * step, "high": (place + 1) * step}
    return gettext("%(low)s to %(high)s h") % ends


def _bunching(figures: Figures) -> Chart | None:
    material = figures.material
    if not material.terms.has_targets:
        return None
    bins = signals.bunching_of(material, figures.usual)
    if not bins:
        return None
    values: list[dict[str, Plain]] = [
        {"low": round(100 * low), "high": round(100 * (low + signals.STEP)), "count": count,
         "is_marked": place == len(bins) - 1,
         "tip": gettext("%(low)s to %(high)s %% of the time: %(count)s")
                % {"low": f"{100 * low:.0f}", "high": f"{100 * (low + signals.STEP):.0f}",
                   "count": texts.number(count)}}
        for place, (low, count) in enumerate(bins)
    ]  # fmt: skip
    return Chart(
        "bunching",
        gettext("%(tickets)s resolved in the last twentieth before the target")
        % {"tickets": telling.tickets(bins[-1][1])},
        gettext(
            "Resolutions by how much of the time to the due instant had passed. A heap at the end"
            " is a sign that the target, not the trouble, decided when."
        ),
        charts.histogram(values, gettext("per cent of the time to the due instant")),
        same_numbers(
            (gettext("From, %"), gettext("To, %"), pgettext("how many", "Resolved")),
            [
                (
                    number(str(each["low"])),
                    number(str(each["high"])),
                    number(int(str(each["count"]))),
                )
                for each in values
            ],
        ),
    )
