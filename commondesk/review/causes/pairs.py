"""Any two lenses side by side: the gap of a clock, whose verdict differs, and where from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from commondesk.core.metrics.counting import counted
from commondesk.core.metrics.facts import Facts, facts_of
from commondesk.core.metrics.figure import Backing, Figure, count_of
from commondesk.core.metrics.mirage import mirage
from commondesk.core.metrics.outcome import Outcome, belongs
from commondesk.core.metrics.scheme import Scheme
from commondesk.core.record.events import ClockName
from commondesk.core.service_level.clock import Verdict
from commondesk.core.texts import gettext, gettext_noop
from commondesk.ledger import tables
from commondesk.review import refresh
from commondesk.review.causes.plain import Plain, plain_of
from commondesk.review.counted import KeptCounts
from commondesk.review.figures import JUDGED, Sheet
from commondesk.review.models import Member, OutcomeFact

MOST = 800
"""The parts of other lenses than those of the review are read from the record: so many tickets."""

MET, MISSED, NOT = "met", "missed", "not"
MOVES = {
    (MET, MISSED): gettext_noop("met by the first, missed by the second"),
    (MISSED, MET): gettext_noop("missed by the first, met by the second"),
    (MET, NOT): gettext_noop("met by the first, not counted by the second"),
    (MISSED, NOT): gettext_noop("missed by the first, not counted by the second"),
    (NOT, MET): gettext_noop("not counted by the first, met by the second"),
    (NOT, MISSED): gettext_noop("not counted by the first, missed by the second"),
}
_OUTCOMES = OutcomeFact._meta.db_table
_COLUMNS = ", ".join(Outcome._fields)


def made(sheet: Sheet, clock: str, one: str, other: str) -> Plain:
    """The two attainments, the tickets of each move, and the parts where few have to be read."""
    name = ClockName(clock)
    moves = moves_of(sheet, name, one, other)
    return {
        "clock": clock,
        "one": plain_of(sheet.attainment(name, one)),
        "other": plain_of(sheet.attainment(name, other)),
        "moves": {f"{was}-{now}": len(moves.get((was, now), ())) for was, now in MOVES},
        "parts": _parts(sheet, name, one, other),
        "most": MOST,
    }


# ---- whose verdict differs ------------------------------------------------------------------


def moves_of(
    sheet: Sheet, clock: ClockName, one: str, other: str
) -> dict[tuple[str, str], list[str]]:
    """The tickets of which the two lenses say different things, by what they say.

    A ticket counts as missed where any of the units it begins was, as met where all were.
    """
    units = _differing(sheet, clock, one, other)
    first, second = (_verdicts(sheet, units, lens) for lens in (one, other))
    found: dict[tuple[str, str], list[str]] = {}
    for ticket in sorted(first.keys() | second.keys()):
        move = first.get(ticket, NOT), second.get(ticket, NOT)
        if move[0] != move[1]:
            found.setdefault(move, []).append(ticket)
    return found


def _verdicts(sheet: Sheet, units: Iterable[Outcome], lens: str) -> Mapping[str, str]:
    scheme = sheet.facts.scheme
    mark, population = scheme.mark_of(lens), scheme.named[lens].population
    found: dict[str, str] = {}
    for each in units:
        verdict = each.verdict_at(sheet.at)
        is_in = int(each.lenses, 16) & mark and verdict.is_judged
        if is_in and belongs(verdict, each.due_at, each.ended_at, population, sheet.period):
            is_missed = verdict is Verdict.MISSED or found.get(each.ticket) == MISSED
            found[each.ticket] = MISSED if is_missed else MET
    return found


def _differing(sheet: Sheet, clock: ClockName, one: str, other: str) -> list[Outcome]:
    """The units of the tickets of which some unit is not read alike by both lenses."""
    scheme = sheet.facts.scheme
    marks = scheme.mark_of(one), scheme.mark_of(other)
    counts = counted(sheet.facts, sheet.period)
    assert isinstance(counts, KeptCounts)
    is_same = scheme.named[one].population is scheme.named[other].population
    wanted = [
        text
        for text, told in counts.sorts
        if told.clock == clock.value
        and not told.apart
        and (bool(told.lenses & marks[0]) != bool(told.lenses & marks[1]) or not is_same)
        and told.lenses & (marks[0] | marks[1])
    ]
    mine = [
        text
        for text, told in counts.sorts
        if told.clock == clock.value and told.lenses & (marks[0] | marks[1]) and not told.apart
    ]
    moved = {each.ticket for each in counts.was.outcomes}
    kept = [each for each in _of_tickets(sheet, wanted, mine) if each.ticket not in moved]
    return [*kept, *(each for each in counts.now.outcomes if each.clock == clock.value)]


def _of_tickets(sheet: Sheet, wanted: Sequence[str], mine: Sequence[str]) -> list[Outcome]:
    if not wanted:
        return []
    span = sheet.period.start, sheet.period.end
    within = "(due_at >= %s AND due_at < %s OR ended_at >= %s AND ended_at < %s)"
    rows = tables.select(
        f"SELECT {_COLUMNS} FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
        f" AND alike IN ({tables.marks(len(mine))}) AND {within} AND ticket IN (SELECT ticket FROM"
        f" {_OUTCOMES} WHERE company = %s AND alike IN ({tables.marks(len(wanted))}) AND {within})",
        *(sheet.company, *mine, *span, *span, sheet.company, *wanted, *span, *span),
    )
    return list(map(Outcome._make, rows))


def figure_named(sheet: Sheet, key: str) -> Figure | None:
    """The tickets of a move. key: `moves.clock.one.other.was-now`."""
    kind, *told = key.split(".")
    if kind != "moves" or len(told) != 4:
        return None
    clock, one, other, text = told
    was, _, now = text.partition("-")
    named = sheet.facts.scheme.named
    is_known = clock in {each.value for each in JUDGED} and one in named and other in named
    if not is_known or (was, now) not in MOVES:
        return None
    tickets = moves_of(sheet, ClockName(clock), one, other).get((was, now), [])
    return count_of(
        len(tickets),
        name=key,
        title=gettext(MOVES[was, now]),
        period=sheet.period,
        still_open=0,
        behind=lambda: tuple(Backing((ticket,), "") for ticket in tickets),
        caveats=sheet.caveats,
    )


# ---- where the gap comes from ---------------------------------------------------------------


def _parts(sheet: Sheet, clock: ClockName, one: str, other: str) -> list[Plain] | None:
    """The parts of the gap in points, read from the record; None where too many would be read."""
    if one == other:
        return []
    streams = _streams(sheet)
    if streams is None:
        return None
    named = sheet.facts.scheme.named
    scheme = Scheme({one: named[one], other: named[other]}, one, other)
    histories = refresh.histories_of(sheet.company, streams)
    facts: Facts = facts_of(histories, refresh.agreements_of(sheet.company), scheme, sheet.at)
    told = mirage(facts, clock, sheet.period, sheet.caveats)
    return [
        {"setting": each.setting, "points": each.points, "tickets": each.tickets}
        for each in told.parts
    ]


def _streams(sheet: Sheet) -> list[str] | None:
    """All tickets that may bear on the period, with those that may make one case with them."""
    rows = tables.select(
        f"SELECT DISTINCT thread FROM {_OUTCOMES} WHERE company = %s AND settled_at >= %s"  # noqa: S608
        " AND started_at <= %s LIMIT %s",
        *(sheet.company, sheet.period.start, sheet.at, MOST + 1),
    )
    if len(rows) > MOST:
        return None
    found: list[str] = []
    threads = [row[0] for row in rows]
    for start in range(0, len(threads), 400):
        some = Member.objects.filter(company=sheet.company, thread__in=threads[start : start + 400])
        found += some.values_list("ticket", flat=True)
    return found if len(found) <= 2 * MOST else None
