"""Signals: what may have helped a figure along. Signs, not verdicts; each opens its tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commondesk.core.metrics.figure import Figure
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Span
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting, in_words
from commondesk.review.pack.material import Material

AGAIN_WITHIN = 7 * DAY
BULK = 20
"""So many tickets resolved by one person in one minute were resolved in bulk."""
SHORTLY: Span = HOUR
"""So long before a due instant is shortly before it."""
STEP = 0.05
"""Resolutions are counted in steps of this share of their target."""
RESOLVED = "len(resolved_ats) > 0"
NO_TARGETS = gettext_noop("no targets are known: give the charter with --charter")

Told = tuple[str, Figure, Support, str]


def signals(material: Material, usual: str) -> Iterator[Told]:
    """Every signal: its key, the figure, and how far the export carries it."""
    yield _automatic_closing(material)
    yield _reopened_within_a_day(material)
    yield _new_instead(material)
    yield _lowered(material)
    yield _in_bulk(material)
    yield _at_month_end(material)
    yield _after_closing(material)
    yield from _near_due(material, usual)


# ---- closing --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Closing:
    """Closings that follow the resolve by about the same time: low up to high, after hours.

    found are those in the band, closed are all.
    """

    low: Span
    high: Span
    found: int
    closed: int

    @property
    def is_automatic(self) -> bool:
        """Half of all closings in one narrow band, a day or more later, is no human hand."""
        return self.low >= DAY and 2 * self.found >= self.closed > 0

    @property
    def where(self) -> str:
        """The condition that a ticket is in the band."""
        hour = self.low // HOUR
        return f"{CLOSED} AND {WAITED} IN ({hour}, {hour + 1})"


CLOSED = f"closed_at IS NOT NULL AND {RESOLVED}"
WAITED = "pack.hour_of(closed_at - greatest(COALESCE(last_row_at, resolved_at), resolved_at))"
"""The whole hours from the last resolve to the closing."""


def closing_of(material: Material) -> Closing:
    """The band of two hours into which most closings fall, by the time since the last resolve."""
    query = f"SELECT {WAITED}, COUNT(*) FROM pack.rows WHERE {CLOSED} GROUP BY 1"  # noqa: S608
    hours: dict[int, int] = dict(material.tables.rows(query))
    if not hours:
        return Closing(0, 0, 0, 0)

    def within(hour: int) -> int:
        return hours[hour] + hours.get(hour + 1, 0)

    low = max(sorted(hours), key=within)
    return Closing(low * HOUR, (low + 2) * HOUR, within(low), sum(hours.values()))


def _automatic_closing(material: Material) -> Told:
    closing = closing_of(material)
    is_so = closing.is_automatic
    hours = {"low": closing.low // HOUR, "high": closing.high // HOUR}
    told = in_words.RULE_CLOSES % hours
    figure = counting.share(
        material, closing.where if is_so else "FALSE", closing.closed, name="closing.automatic",
        title=gettext_noop("Closed automatically"), caveats=(told,) if is_so else (),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


# ---- coming back ----------------------------------------------------------------------------


def _reopened_within_a_day(material: Material) -> Told:
    resolved = f"lambda each: back - each >= 0 AND back - each < {DAY}"
    where = (
        f"len(list_filter(reopened_ats, lambda back: len(list_filter(resolved_ats, {resolved})) > 0"
        ")) > 0"
    )
    figure = counting.share(
        material, where, material.tables.count(RESOLVED), name="signal.reopened_within_a_day",
        title=gettext_noop("Resolved, then reopened within a day"),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _new_instead(material: Material) -> Told:
    """The same person about the same category within a week of a resolve, by a new ticket."""
    tables = material.tables
    tables.execute(
        "CREATE OR REPLACE TABLE pack.again AS SELECT r.place FROM pack.rows r"  # noqa: S608
        " ASOF JOIN (SELECT requester, category, resolved_at FROM pack.rows"
        f" WHERE {RESOLVED} AND category <> '') e"
        " ON e.requester = r.requester AND e.category = r.category"
        " AND r.opened_at > e.resolved_at"
        f" WHERE r.opened_at - e.resolved_at < {AGAIN_WITHIN}"
    )
    figure = counting.share(
        material, "place IN (SELECT place FROM pack.again)", tables.count("category <> ''"),
        name="signal.new_instead_of_reopen",
        title=gettext_noop("New ticket within a week of a resolve: same person, same category"),
        caveats=(gettext_noop("likely at most: people do have two troubles of a kind"),),
    )  # fmt: skip
    return (
        figure.name,
        figure,
        Support.PROXY,
        gettext_noop("by requester and category, not by what was said"),
    )


# ---- other habits ---------------------------------------------------------------------------


def _lowered(material: Material) -> Told:
    where = (
        "len(list_filter(range(1, len(priorities)),"
        " lambda i: priorities[i + 1] > priorities[i])) > 0"
    )
    figure = counting.share(
        material, where, material.tables.count("priority <> ''"),
        name="signal.priority_lowered", title=gettext_noop("Priority lowered on the way"),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _in_bulk(material: Material) -> Told:
    tables = material.tables
    tables.execute(
        "CREATE OR REPLACE TABLE pack.bulk AS"  # noqa: S608
        " WITH each_one AS (SELECT place, unnest(resolvers) AS who,"
        f" unnest(resolved_ats) // {MINUTE} AS minute FROM pack.rows WHERE {RESOLVED})"
        " SELECT DISTINCT place FROM each_one WHERE who IS NOT NULL"
        " AND (who, minute) IN (SELECT (who, minute)"
        f" FROM each_one GROUP BY who, minute HAVING COUNT(DISTINCT place) >= {BULK})"
    )
    figure = counting.share(
        material, "place IN (SELECT place FROM pack.bulk)", tables.count(RESOLVED),
        name="signal.resolved_in_bulk",
        title=gettext_noop("Resolved in bulk: 20 or more by one person in one minute"),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _at_month_end(material: Material) -> Told:
    """Resolves on the last two days of a month; beside it stands how many days are such."""
    days = material.tables.rows(
        "SELECT DISTINCT h.day FROM pack.rows r JOIN pack.hours h ON h.hour = r.resolved_hour"
    )
    ends = sum(
        material.day(material.midnight(each) + 2 * DAY).month != each.month for (each,) in days
    )
    usual = in_words.MONTH_ENDS % {"count": f"{ends:,}", "all": f"{len(days):,}"}
    figure = counting.share(
        material, "resolved_hour IN (SELECT hour FROM pack.hours WHERE ends_month)",
        material.tables.count(RESOLVED), name="signal.month_end",
        title=gettext_noop("Resolved on the last two days of a month"), caveats=(usual,),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _after_closing(material: Material) -> Told:
    figure = counting.share(
        material, "after_closing > 0", material.tables.count("closed_at IS NOT NULL"),
        name="signal.work_after_closing",
        title=gettext_noop("Worked on after closing, without a reopening"),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


# ---- near a target --------------------------------------------------------------------------


def _near_due(material: Material, usual: str) -> Iterator[Told]:
    has_targets = material.terms.has_targets
    support = Support.EXACT if has_targets else Support.NONE
    bins = bunching_of(material, usual)
    tables = material.tables
    tables.execute(_NEAR_DUE.format(units=_units(material, usual), shortly=SHORTLY))
    cohort = tables.number("SELECT COUNT(DISTINCT place) FROM pack.near_due")
    neighbours = (bins[-2][1] + bins[-3][1]) / 2 if len(bins) > 2 else 0
    told = in_words.STEPS_BEFORE % {"count": f"{neighbours:.0f}"}
    for name, title, table, caveats in (
        (
            "signal.bunching",
            gettext_noop("Resolved in the last twentieth before the target"),
            "pack.bunched",
            (told,) if has_targets else (),
        ),
        (
            "signal.pause_before_due",
            gettext_noop("Pause set within the hour before due"),
            "pack.near_due WHERE is_paused",
            (),
        ),
        (
            "signal.lowered_near_due",
            gettext_noop("Priority lowered near the due instant, or after"),
            "pack.near_due WHERE is_lowered",
            (),
        ),
    ):
        figure = counting.share(
            material, f"place IN (SELECT place FROM {table})", cohort, name=name, title=title,  # noqa: S608
            caveats=caveats,
        )  # fmt: skip
        yield name, figure, support, "" if has_targets else NO_TARGETS


def _units(material: Material, lens: str) -> str:
    """The condition for the resolutions that a lens reads, with a target."""
    clock = ClockName.RESOLUTION.value
    return f"clock = '{clock}' AND {material.told_by(lens)} AND apart = '' AND due_at IS NOT NULL"


_NEAR_DUE = """
CREATE OR REPLACE TABLE pack.near_due AS
SELECT
    r.place,
    len(list_filter(
        r.paused_ats, lambda each: each >= u.due_at - {shortly} AND each < u.due_at
    )) > 0 AS is_paused,
    len(list_filter(
        range(1, len(r.priorities)),
        lambda i: r.priorities[i + 1] > r.priorities[i]
            AND r.prioritised_ats[i + 1] >= u.due_at - {shortly}
    )) > 0 AS is_lowered
FROM unit_facts u
JOIN pack.rows r ON r.stream = u.ticket
WHERE {units}
"""


def bunching_of(material: Material, lens: str) -> list[tuple[float, int]]:
    """How many tickets were resolved in each step up to their target.

    Steps are shares of the time from the start to the due instant, on the wall. The tickets of the
    last step stand in `pack.bunched`.
    """
    import numpy as np
    import pyarrow as pa

    told = material.tables.arrow(
        "SELECT r.place, u.ended_at - u.started_at AS took,"  # noqa: S608
        " u.due_at - u.started_at AS whole"
        " FROM unit_facts u JOIN pack.rows r ON r.stream = u.ticket"
        f" WHERE {_units(material, lens)} AND ended_at IS NOT NULL AND due_at > u.started_at"
    )
    shares = told["took"].to_numpy() / told["whole"].to_numpy()
    is_near = shares <= 2
    steps = np.maximum(0, -np.floor_divide(-shares[is_near], STEP).astype(np.int64) - 1)
    count = round(1 / STEP)
    last = told["place"].to_numpy()[is_near][steps == count - 1]
    material.tables.keep_table("bunched", pa.table({"place": last}))
    counts = np.bincount(steps, minlength=count)
    return [(place * STEP, int(counts[place])) for place in range(count)] if len(steps) else []
