"""The hours of the week in which tickets come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from commondesk.core import texts
from commondesk.core.texts import gettext, pgettext
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Cell, Chart, cell, number, same_numbers
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.material import Material

Counts = Counter[tuple[int, int]]
"""Tickets by the day of the week and the hour in which they were opened."""


def hours(figures: Figures) -> Chart | None:
    """How many tickets were opened in each hour of the week."""
    counts = _counts(figures.material)
    if not counts:
        return None
    total = sum(counts.values())
    (day, hour), most = max(counts.items(), key=lambda each: (each[1], -each[0][0], -each[0][1]))
    office = sum(counts[one, other] for one in range(5) for other in range(8, 18))
    days = [telling.weekday(place) for place in range(7)]
    told = gettext(
        "%(tickets)s by the hour of the week in which they were opened: the darker, the more, up to"
        " %(most)s."
    )
    words = [told % {"tickets": telling.tickets(total), "most": texts.number(most)}]
    if not figures.material.exhibit.has_zone:
        words.append(gettext("No zone was given: hours are those of the file."))
    return Chart(
        "hours",
        gettext("Most tickets come on %(day)s from %(hour)s; %(share)s outside weekdays 8 to 18")
        % {
            "day": days[day],
            "hour": f"{hour:02}:00",
            "share": telling.percent(1 - office / total),
        },
        " ".join(words),
        charts.hours_of_week(_values(counts, days), most, days),
        same_numbers(
            (gettext("Day"), *(str(each) for each in range(24)), pgettext("of all", "All")),
            _rows(counts, days),
        ),
    )


def _counts(material: Material) -> Counts:
    query = (
        "SELECT h.weekday, h.clock, COUNT(*) FROM pack.rows r"
        " JOIN pack.hours h ON h.hour = r.opened_hour GROUP BY h.weekday, h.clock"
    )
    return Counter({(one, other): count for one, other, count in material.tables.rows(query)})


def _values(counts: Counts, days: Sequence[str]) -> list[dict[str, Plain]]:
    return [
        {"day": days[one], "hour": other, "count": counts[one, other],
         "tip": gettext("%(day)s %(from)s to %(to)s: %(count)s")
                % {"day": days[one], "from": f"{other:02}:00", "to": f"{other + 1:02}:00",
                   "count": texts.number(counts[one, other])}}
        for one in range(7)
        for other in range(24)
    ]  # fmt: skip


def _rows(counts: Counts, days: Sequence[str]) -> list[Sequence[Cell]]:
    return [
        (cell(days[one]), *(number(counts[one, other]) for other in range(24)),
         number(sum(counts[one, other] for other in range(24))))
        for one in range(7)
    ]  # fmt: skip
