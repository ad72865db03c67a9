"""Signals: what may have helped a figure along. Signs, not verdicts; each opens its tickets."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commondesk.core.metrics.figure import Figure
from commondesk.core.metrics.outcome import Outcome
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, HOUR, Instant, Span
from commondesk.readers.export import Support
from commondesk.review.pack import counting
from commondesk.review.pack.material import Material
from commondesk.review.pack.rows import bulk_resolves

AGAIN_WITHIN = 7 * DAY
SHORTLY: Span = HOUR
"""So long before a due instant is shortly before it."""
STEP = 0.05
"""Resolutions are counted in steps of this share of their target."""

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
    """Closings that follow the resolve by about the same time: low up to high, after hours."""

    low: Span
    high: Span
    places: tuple[int, ...]
    closed: int

    @property
    def is_automatic(self) -> bool:
        """Half of all closings in one narrow band, a day or more later, is no human hand."""
        return self.low >= DAY and 2 * len(self.places) >= self.closed > 0


def closing_of(material: Material) -> Closing:
    """The band of two hours into which most closings fall, by the time since the last resolve."""
    waits: dict[int, Span] = {}
    for place, row in enumerate(material.rows):
        if row.closed_at is not None and row.resolves:
            resolved_at = row.last_resolved_row_at or row.resolves[-1][0]
            waits[place] = row.closed_at - max(resolved_at, row.resolves[-1][0])
    hours = Counter(wait // HOUR for wait in waits.values())
    if not hours:
        return Closing(0, 0, (), 0)
    low = max(sorted(hours), key=lambda hour: hours[hour] + hours[hour + 1])
    places = tuple(place for place, wait in waits.items() if low <= wait // HOUR <= low + 1)
    return Closing(low * HOUR, (low + 2) * HOUR, places, len(waits))


def _automatic_closing(material: Material) -> Told:
    closing = closing_of(material)
    places = closing.places if closing.is_automatic else ()
    hours = f"{closing.low // HOUR} to {closing.high // HOUR} h"
    told = (
        f"{hours} after the last resolve: a rule closes, not a person; a clock that ends at"
        " closing measures the rule"
    )
    figure = counting.share(
        material, places, closing.closed, name="closing.automatic",
        title="Closed automatically", caveats=(told,) if places else (),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


# ---- coming back ----------------------------------------------------------------------------


def _reopened_within_a_day(material: Material) -> Told:
    def is_so(resolved: Sequence[Instant], reopened: Sequence[Instant]) -> bool:
        return any(0 <= back - at < DAY for back in reopened for at in resolved)

    places = [
        place
        for place, row in enumerate(material.rows)
        if is_so([at for at, _ in row.resolves], row.reopens)
    ]
    cohort = sum(bool(row.resolves) for row in material.rows)
    figure = counting.share(
        material, places, cohort, name="signal.reopened_within_a_day",
        title="Resolved, then reopened within a day",
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _new_instead(material: Material) -> Told:
    """The same person about the same category within a week of a resolve, by a new ticket."""
    ends: dict[tuple[str, str], list[Instant]] = {}
    for row in material.rows:
        if row.resolves and row.category:
            ends.setdefault((row.requester, row.category), []).append(row.resolves[-1][0])
    for each in ends.values():
        each.sort()
    places = []
    for place, row in enumerate(material.rows):
        known = ends.get((row.requester, row.category), []) if row.category else []
        before = bisect_left(known, row.opened_at)
        if before and row.opened_at - known[before - 1] < AGAIN_WITHIN:
            places.append(place)
    cohort = sum(bool(row.category) for row in material.rows)
    figure = counting.share(
        material, places, cohort, name="signal.new_instead_of_reopen",
        title="New ticket within a week of a resolve: same person, same category",
        caveats=("likely at most: people do have two troubles of a kind",),
    )  # fmt: skip
    return figure.name, figure, Support.PROXY, "by requester and category, not by what was said"


# ---- other habits ---------------------------------------------------------------------------


def _lowered(material: Material) -> Told:
    def is_so(held: Sequence[str]) -> bool:
        return any(later > earlier for earlier, later in itertools.pairwise(held))

    places = [
        place
        for place, row in enumerate(material.rows)
        if is_so([priority for _, priority in row.priorities])
    ]
    figure = counting.share(
        material, places, sum(bool(row.priority) for row in material.rows),
        name="signal.priority_lowered", title="Priority lowered on the way",
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _in_bulk(material: Material) -> Told:
    places = sorted({place for some in bulk_resolves(material.rows).values() for place in some})
    figure = counting.share(
        material, places, sum(bool(row.resolves) for row in material.rows),
        name="signal.resolved_in_bulk",
        title="Resolved in bulk: 20 or more by one person in one minute",
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _at_month_end(material: Material) -> Told:
    """Resolves on the last two days of a month; beside it stands how many days are such."""
    places, days = [], set()
    for place, row in enumerate(material.rows):
        if row.resolves:
            at = row.resolves[-1][0]
            days.add(material.day(at))
            if material.day(at + 2 * DAY).month != material.day(at).month:
                places.append(place)
    ends = sum(material.day(material.midnight(each) + 2 * DAY).month != each.month for each in days)
    usual = f"{ends:,} of the {len(days):,} days with resolves are such days"
    figure = counting.share(
        material, places, sum(bool(row.resolves) for row in material.rows),
        name="signal.month_end", title="Resolved on the last two days of a month",
        caveats=(usual,),
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


def _after_closing(material: Material) -> Told:
    places = [place for place, row in enumerate(material.rows) if row.after_closing]
    figure = counting.share(
        material, places, sum(row.closed_at is not None for row in material.rows),
        name="signal.work_after_closing", title="Worked on after closing, without a reopening",
    )  # fmt: skip
    return figure.name, figure, Support.EXACT, ""


# ---- near a target --------------------------------------------------------------------------


def _near_due(material: Material, usual: str) -> Iterator[Told]:
    reason = "no targets are known: give the charter with --charter"
    has_targets = material.terms.has_targets
    support = Support.EXACT if has_targets else Support.NONE
    units = [each for each in units_of(material, usual) if each.due_at is not None]
    just, bins = bunching_of(material, usual)
    paused, lowered = [], []
    for each in units:
        place = material.places[each.ticket]
        row, due = material.rows[place], each.due_at
        assert due is not None
        if any(due - SHORTLY <= at < due for at in row.pauses):
            paused.append(place)
        moves = zip(row.priorities, row.priorities[1:], strict=False)
        if any(new > old and at >= due - SHORTLY for (_, old), (at, new) in moves):
            lowered.append(place)
    neighbours = (bins[-2][1] + bins[-3][1]) / 2 if len(bins) > 2 else 0
    told = f"the two steps before hold {neighbours:.0f} each on average"
    for name, title, places, caveats in (
        (
            "signal.bunching",
            "Resolved in the last twentieth before the target",
            just,
            (told,) if has_targets else (),
        ),
        ("signal.pause_before_due", "Pause set within the hour before due", paused, ()),
        ("signal.lowered_near_due", "Priority lowered near the due instant, or after", lowered, ()),
    ):  # fmt: skip
        figure = counting.share(
            material, sorted(set(places)), len({each.ticket for each in units}),
            name=name, title=title, caveats=caveats,
        )  # fmt: skip
        yield name, figure, support, "" if has_targets else reason


def units_of(material: Material, lens: str) -> list[Outcome]:
    """The resolutions that a lens reads, with a target."""
    found = material.facts.units(ClockName.RESOLUTION, lens)
    return [each for each in found if not each.apart]


def bunching_of(material: Material, lens: str) -> tuple[list[int], list[tuple[float, int]]]:
    """Tickets resolved in the last step before their target, and how many in each step up to it.

    Steps are shares of the time from the start to the due instant, on the wall.
    """
    steps: Counter[int] = Counter()
    last = []
    for each in units_of(material, lens):
        if each.due_at is None or each.ended_at is None or each.due_at <= each.started_at:
            continue
        share = (each.ended_at - each.started_at) / (each.due_at - each.started_at)
        if share <= 2:
            step = max(0, -int(-share // STEP) - 1)
            steps[step] += 1
            if step == round(1 / STEP) - 1:
                last.append(material.places[each.ticket])
    bins = [(place * STEP, steps[place]) for place in range(round(1 / STEP))] if steps else []
    return last, bins
