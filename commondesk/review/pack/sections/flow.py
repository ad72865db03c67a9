"""What comes in, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

from commondesk.core import texts
from commondesk.core.metrics.flow import Limits, Stretch, flow
from commondesk.core.texts import gettext, gettext_noop, ngettext, pgettext
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Cell, Chart, Section, cell, number, same_numbers
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.sections.hours import hours
from commondesk.review.pack.sections.waiting import ages, open_by_week

_SIGNALS = {
    "above": gettext_noop("above its limits"),
    "below": gettext_noop("below its limits"),
    "run": gettext_noop("the last of eight or more on one side of the mean"),
}


def section(figures: Figures) -> Section:
    """Inflow by week and by hour, and what was open when."""
    return Section(
        "flow",
        gettext("What comes in, and what waits"),
        charts=[each for each in (_process(figures), hours(figures)) if each],
        pairs=[each for each in (open_by_week(figures), ages(figures)) if each],
    )


def _process(figures: Figures) -> Chart | None:
    material = figures.material
    told = flow(material.facts, material.period, material.weeks)
    limits = told.inflow
    if limits is None:
        return None
    values: list[dict[str, Plain]] = []
    rows: list[Sequence[Cell]] = []
    for place, each in enumerate(told.stretches):
        day = material.day(each.start)
        kind = limits.signals.get(place)
        signal = gettext(_SIGNALS[kind]) if kind else ""
        tip = _week(telling.day(day), each)
        values.append({"week": day.isoformat(), "count": each.inflow, "signal": signal,
                       "tip": f"{tip}; {signal}" if signal else tip})  # fmt: skip
        rows.append((cell(telling.day(day)), number(each.inflow), number(each.outflow),
                     cell(signal)))  # fmt: skip
    return Chart(
        "process",
        _process_title(limits),
        gettext(
            "New tickets by week, with the natural limits of the process (XmR: mean plus and minus"
            " 2.66 times the mean moving range). A week within its limits needs no explanation."
        ),
        charts.process(values, limits.mean, limits.low, limits.high),
        same_numbers(
            (
                gettext("Week of"),
                pgettext("how many", "Opened"),
                pgettext("how many", "Solved for good"),
                gettext("Signal"),
            ),
            rows,
        ),
    )


def _week(day: str, week: Stretch) -> str:
    return gettext("week of %(day)s: %(opened)s opened, %(solved)s solved") % {
        "day": day,
        "opened": texts.number(week.inflow),
        "solved": texts.number(week.outflow),
    }


def _process_title(limits: Limits) -> str:
    mean = texts.number(limits.mean)
    outside = sum(kind != "run" for kind in limits.signals.values())
    runs = len(limits.signals) - outside
    if not limits.signals:
        return gettext("Inflow is steady at %(mean)s tickets a week") % {"mean": mean}
    said = []
    if outside:
        weeks = ngettext(
            "%(count)s week outside its limits", "%(count)s weeks outside its limits", outside
        )
        said.append(weeks % {"count": texts.number(outside)})
    if runs:
        run = gettext("a run of %(count)s weeks on one side of the mean")
        said.append(run % {"count": 7 + runs})
    told = gettext("Inflow is %(mean)s tickets a week, with %(what)s")
    return told % {"mean": mean, "what": gettext(" and ").join(said)}
