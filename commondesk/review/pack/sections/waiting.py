"""What was open at the end of each week, and how old it was at the end of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from commondesk.core import texts
from commondesk.core.metrics import backlog
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.texts import gettext, pgettext
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Cell, Chart, cell, number, same_numbers
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.material import Material
from commondesk.review.pack.tables import open_at


def open_by_week(figures: Figures) -> Chart | None:
    """How many tickets were open at the end of each week."""
    material = figures.material
    ends = [each for each in material.weeks[1:] if each <= material.at + DAY]
    started, settled = material.tables.open_stretches
    # What was never settled comes last of all.
    counts = [int((settled[: started.searchsorted(end, side="right")] > end).sum()) for end in ends]
    if not counts or not max(counts):
        return None
    days = [material.day(end - 1) for end in ends]
    values: list[dict[str, Plain]] = [
        {"week": day.isoformat(), "open": count,
         "tip": gettext("%(count)s open at the end of %(day)s")
                % {"count": texts.number(count), "day": telling.day(day)}}
        for day, count in zip(days, counts, strict=True)
    ]  # fmt: skip
    peak = max(range(len(counts)), key=lambda place: counts[place])
    return Chart(
        "open",
        gettext("Open tickets were most on %(day)s: %(count)s")
        % {"day": telling.day(days[peak]), "count": texts.number(counts[peak])},
        gettext(
            "Tickets of the file that were open at the end of each week, as known at its last"
            " event."
        ),
        charts.open_ones(values),
        same_numbers(
            (gettext("End of"), pgettext("how many", "Open")),
            [
                (cell(telling.day(day)), number(count))
                for day, count in zip(days, counts, strict=True)
            ],
        ),
    )


def ages(figures: Figures) -> Chart | None:
    """By age at the end, or, where nothing is open any more, at the end of the window."""
    material = figures.material
    at = material.at
    if not figures["backlog"].count:
        at = min(at, material.midnight(material.window.last, days=1))
    open_ones = _open_ones(material, at)
    if open_ones is None:
        return None
    values: list[dict[str, Plain]] = []
    rows: list[Sequence[Cell]] = []
    for title, until in backlog.AGES:
        age, count, alone = gettext(title), open_ones.by_age[title], open_ones.alone[title]
        tip = gettext("%(age)s: %(count)s open") % {"age": age, "count": texts.number(count)}
        values.append({"age": age, "count": count, "unowned": alone, "old": until > 7 * DAY,
                       "tip": tip})  # fmt: skip
        rows.append((cell(age), number(count), number(alone)))
    day = {"day": telling.day(material.day(at - 1))}
    words = [
        gettext("Open at the end of %(day)s by age, as known at the last event of the file.") % day
    ]
    if open_ones.alone:
        words.append(gettext("Red: nobody has it."))
    return Chart(
        "ages",
        gettext("%(old)s of %(all)s open tickets were older than a week on %(day)s")
        % {
            "old": texts.number(open_ones.old),
            "all": texts.number(open_ones.by_age.total()),
            **day,
        },
        " ".join(words),
        charts.ages(values),
        same_numbers(
            (
                pgettext("of a ticket", "Age"),
                pgettext("how many", "Open"),
                gettext("Nobody has it"),
            ),
            rows,
        ),
    )


@dataclass(frozen=True, slots=True)
class _OpenOnes:
    """Open tickets by age, those of them that nobody has, and how many are older than a week."""

    by_age: Counter[str]
    alone: Counter[str]
    old: int


def _open_ones(material: Material, at: Instant) -> _OpenOnes | None:
    """Who has them is known of the last instant alone. None where nothing is open."""
    age = f"{at} - started_at"
    lower = [0, *(until for _, until in backlog.AGES)]
    told = material.tables.rows(
        f"SELECT {' + '.join(f'CAST({age} >= {each} AS INTEGER)' for each in lower)} - 1, COUNT(*),"  # noqa: S608
        f" COUNT(CASE WHEN is_alone = 1 THEN 1 END),"
        f" COUNT(CASE WHEN {age} > {7 * DAY} THEN 1 END)"
        f" FROM ticket_facts WHERE {open_at(at)} GROUP BY 1"
    )
    if not told:
        return None
    titles, is_now = [title for title, _ in backlog.AGES], at == material.at
    return _OpenOnes(
        Counter({titles[place]: count for place, count, _, _ in told}),
        Counter({titles[place]: some for place, _, some, _ in told if is_now and some}),
        sum(each for *_, each in told),
    )
