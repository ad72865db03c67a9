"""Standing: which rows stand behind a figure, of those that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from commondesk.core.metrics.changed import FIRST, changed_tickets
from commondesk.core.metrics.counting import AFTER_THE_FACT, TicketSort
from commondesk.core.metrics.facts import LIKELY, SURE, Facts
from commondesk.core.metrics.scheme import POPULATION
from commondesk.core.metrics.to_come import NEXT_HOURS
from commondesk.core.record.events import ClockName
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population
from commondesk.ledger import tables
from commondesk.review.alike import MISSED, OPEN, UnitSort
from commondesk.review.causes import asked
from commondesk.review.figures import Sheet
from commondesk.review.models import NEVER, OutcomeFact
from commondesk.review.piles import (
    Arm,
    Changed,
    Found,
    Listed,
    Pile,
    Reached,
    backing_of,
    counts_of,
)

_OUTCOMES = OutcomeFact._meta.db_table
_UNTIMED = (Verdict.LIVE.value, Verdict.AFTER_THE_FACT.value)


def piles_of(sheet: Sheet, key: str, of: str) -> list[Pile]:
    """Missed ones first; in each part, those that moved on come first."""
    listed = asked.figure_named(sheet, key, of)
    if listed is not None:
        return [Listed([Reached(each, None) for each in listed.backing])]
    counts = counts_of(sheet)
    hands = {each.ticket: each.hands for each in counts.now.tickets}
    now = [
        Reached(each, hands.get(each.tickets[0], ""))
        for each in backing_of(replace(sheet, facts=counts.now), key, of)
    ]
    missed = [unit for unit in now if unit.backing.verdict == Verdict.MISSED.value]
    rest = [unit for unit in now if unit.backing.verdict != Verdict.MISSED.value]
    kind, _, name = key.partition(".")
    if kind == "part":
        return [Listed(now), _changed(sheet, name)]

    def reached(arms: Sequence[Arm], *, is_ticket: bool, place: str = "started_at") -> Pile:
        kept = [arm for arm in arms if arm.texts is None or arm.texts]
        return Found(sheet, key, of, kept, is_ticket, place)

    if kind in ("attainment", "time") and name != "first_automatic":
        late, others = (_due if kind == "attainment" else _timed)(sheet, name.split("."))
        return [
            *(Listed(missed), reached(late, is_ticket=False)),
            *(Listed(rest), reached(others, is_ticket=False)),
        ]
    if kind in ("misses_to_come", "undecided"):
        arms = [_running(sheet, kind, name)]
        place = "started_at" if kind == "undecided" else "due_at"
        return [Listed(now), reached(arms, is_ticket=False, place=place)]
    return [Listed(now), reached([_tickets(sheet, key, of)], is_ticket=True)]


def _texts(sheet: Sheet, is_wanted: Callable[[UnitSort], bool]) -> list[str]:
    return [text for text, told in counts_of(sheet).sorts if is_wanted(told)]


def _due(sheet: Sheet, name: Sequence[str]) -> tuple[list[Arm], list[Arm]]:
    """Behind an attainment: what was missed, and the rest."""
    clock, *priority, lens = name
    scheme, period = sheet.facts.scheme, sheet.period
    mark, span = scheme.mark_of(lens), (period.start, period.end)

    def of(is_open: bool, is_missed: bool) -> list[str]:
        return _texts(
            sheet,
            lambda told: (
                told.clock == clock
                and bool(told.lenses & mark)
                and not told.apart
                and (not priority or priority == [told.priority])
                and (told.state == OPEN, told.state == MISSED) == (is_open, is_missed)
            ),
        )

    late, met, still_open = of(False, True), of(False, False), of(True, False)
    if scheme.named[lens].population is Population.ENDED:
        where = "ended_at >= %s AND ended_at < %s"
        return [Arm(late, where, span)], [Arm(met, where, span)]
    due = "due_at >= %s AND due_at < %s"
    nowhere = "due_at IS NULL AND ended_at IS NULL AND started_at <= %s"
    return (
        [Arm(late, due, span), Arm(still_open, f"{due} AND due_at < %s", (*span, sheet.at))],
        [
            Arm(met, due, span),
            Arm(still_open, f"{due} AND due_at >= %s", (*span, sheet.at)),
            Arm(still_open, nowhere, (sheet.at,)),
        ],
    )


def _timed(sheet: Sheet, name: Sequence[str]) -> tuple[list[Arm], list[Arm]]:
    """Behind a time: what was missed, and the rest."""
    clock, lens = name
    mark, span = sheet.facts.scheme.mark_of(lens), (sheet.period.start, sheet.period.end)
    begun = "started_at >= %s AND started_at < %s"
    mine = [
        (text, told)
        for text, told in counts_of(sheet).sorts
        if told.clock == clock and told.lenses & mark and told.apart not in _UNTIMED
    ]
    late = [text for text, told in mine if told.state == MISSED]
    running = [text for text, told in mine if told.state == OPEN and not told.apart]
    others = [text for text, _ in mine if text not in late and text not in running]
    return (
        [Arm(late, begun, span), Arm(running, f"{begun} AND due_at < %s", (*span, sheet.at))],
        [
            Arm(others, begun, span),
            Arm(running, f"{begun} AND (due_at IS NULL OR due_at >= %s)", (*span, sheet.at)),
        ],
    )


def _running(sheet: Sheet, kind: str, lens: str) -> Arm:
    mark, at = sheet.facts.scheme.mark_of(lens), sheet.at
    texts = _texts(
        sheet,
        lambda told: told.state == OPEN and bool(told.lenses & mark) and not told.apart,
    )
    if kind == "undecided":
        return Arm(texts, "due_at IS NULL AND started_at <= %s", (at,))
    where = "due_at >= %s AND due_at < %s AND started_at <= %s"
    return Arm(texts, where, (at, at + NEXT_HOURS, at))


def _tickets(sheet: Sheet, key: str, of: str) -> Arm:
    kind, _, name = key.partition(".")
    span = sheet.period.start, sheet.period.end
    begun = "started_at >= %s AND started_at < %s"
    after = f"opening <> '{AFTER_THE_FACT}'"
    if kind == "offender":
        assert name in ("service", "item", "site", "requester")
        return Arm(None, f"{name} = %s AND {begun} AND {after}", (of, *span))
    if kind == "backlog":
        return Arm(None, f"settled_at = {NEVER} AND started_at <= %s", (sheet.at,))
    if kind == "ownerless":
        wall = "CASE WHEN is_alone THEN %s - ownerless_wall ELSE ownerless_wall END"
        return Arm(None, f"{begun} AND {after} AND {wall} > 0", (*span, sheet.at))
    if key == "time.first_automatic":
        return Arm(None, f"{begun} AND first_automatic IS NOT NULL", span)
    texts = [text for text, sort in counts_of(sheet).ticket_sorts if _is_behind(sort, kind, name)]
    is_solved = kind == "reopens" and not name.startswith("disguised.")
    solved = "first_resolved_at >= %s AND first_resolved_at < %s"
    return Arm(texts, solved if is_solved else begun, span)


def _is_behind(sort: TicketSort, kind: str, name: str) -> bool:
    """Whether tickets of a sort stand behind a figure of a cohort."""
    if kind == "bounces":
        return bool(sort.bounces)
    if kind == "escalations":
        return sort.functional if name == "functional" else sort.hierarchical
    if kind == "bucket":
        return name in (sort.first_reply, sort.opening)
    if sort.opening == AFTER_THE_FACT:
        return False
    if name == "thanks":
        return sort.is_thanks
    if name.startswith("disguised."):
        return sort.joined in ((SURE,) if name == "disguised.sure" else (SURE, LIKELY))
    return name in sort.reopens.split()


def _changed(sheet: Sheet, name: str) -> Changed:
    clock_name, _, setting = name.partition(".")
    clock, counts = ClockName(clock_name), counts_of(sheet)
    moved = {each.ticket for each in counts.was.outcomes}
    odd = [each for each in counts.odd.get(clock_name, ()) if each.ticket not in moved]
    facts = Facts(sheet.facts.scheme, sheet.at, (), odd, sheet.facts.counts)
    found = changed_tickets(facts, clock, sheet.period).get(setting, [])
    if setting == POPULATION:
        found += [each for each in _counted_elsewhere(sheet, clock_name) if each not in moved]
    return Changed(sheet, clock, sorted(found))


def _counted_elsewhere(sheet: Sheet, clock: str) -> Iterator[str]:
    """Tickets of one unit that is in the period as due or as ended, and not as the other."""
    start, end = sheet.period.start, sheet.period.end
    until = max(start, min(end, sheet.at))

    def of(is_open: bool) -> list[str]:
        return _texts(
            sheet,
            lambda told: (
                told.clock == clock
                and told.bearing == FIRST
                and not told.apart
                and (told.state == OPEN) is is_open
            ),
        )

    due, ended = "due_at >= %s AND due_at < %s", "ended_at >= %s AND ended_at < %s"
    arms = (
        Arm(of(True), due, (start, until)),
        Arm(of(False), f"{due} AND NOT ({ended})", (start, end) * 2),
        Arm(of(False), f"{ended} AND (due_at IS NULL OR NOT ({due}))", (start, end) * 2),
    )
    for texts, where, values in arms:
        if texts:
            rows = tables.select(
                f"SELECT ticket FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
                f" AND alike IN ({tables.marks(len(texts))}) AND {where}",
                *(sheet.company, *texts, *values),
            )
            yield from (row[0] for row in rows)
