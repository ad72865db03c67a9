"""Making: what each part of the page holds, as data in which no words of people stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.metrics import backlog, bounces, bunching, offenders, reopens
from commondesk.core.metrics.counting import counted, number_of
from commondesk.core.metrics.figure import Figure, count_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.review import figures
from commondesk.review.causes import asked, pairs, recurring
from commondesk.review.causes.plain import Plain, plain_of
from commondesk.review.figures import Sheet
from commondesk.review.queries import Days

MOST_OFFENDERS = 10
MOST_PAIRS = 40
MONTHS = 6

PAIR, COMPARISON, SUMMARY = "pair", "comparison", "summary"
RECURRING, OFFENDERS, ARRIVALS, HANDS, SIGNS, TREND, SOURCES = (
    *("recurring", "offenders", "arrivals", "hands", "signs", "trend", "sources"),
)


def make(
    company: UUID, part: str, days: Days, zone: ZoneInfo, at: Instant, more: str = ""
) -> Plain:
    """A part, worked out now. English must be spoken. more: what else was asked."""
    if part == RECURRING:
        return recurring.made(company, at)
    if part == TREND:
        return _trend(company, days, zone, at)
    sheet = figures.sheet_of(company, days.period(zone), at=at)
    if part == PAIR:
        return pairs.made(sheet, *more.split(" "))
    if part == COMPARISON:
        first, last = map(date.fromisoformat, more.split(" "))
        before = figures.sheet_of(company, Days(first, last).period(zone), at=at)
        return _comparison(before, sheet)
    return _OF_A_PERIOD[part](sheet)


def _offenders(sheet: Sheet) -> Plain:
    """What tickets come back to, by kind, most time lost first."""
    found: Plain = {}
    for kind in offenders.KINDS:
        told = offenders.offenders(sheet.facts, kind, sheet.period)
        found[kind] = {
            "rows": [asdict(each) for each in told.rows[:MOST_OFFENDERS]],
            "lost": told.lost,
            "count": told.count,
            "unnamed": told.unnamed,
        }
    return {"kinds": found, "lens": sheet.lived}


def _arrivals(sheet: Sheet) -> Plain:
    told = asked.arrivals(sheet)
    begun = counted(sheet.facts, sheet.period).begun
    return {
        "counts": told.counts,
        "total": told.total,
        "still_open": number_of(begun, lambda sort: sort.is_open),
        "most": told.most,
        "has_hours": told.outside is not None,
        "outside": plain_of(asked.outside(sheet, told)),
    }


def _hands(sheet: Sheet) -> Plain:
    flows = bounces.flows(sheet.facts, sheet.period)
    ordered = sorted(flows.items(), key=lambda each: (-each[1], each[0]))
    return {
        "bounced": plain_of(bounces.bounced(sheet.facts, sheet.period)),
        "flows": [(giver, taker, count) for (giver, taker), count in ordered[:MOST_PAIRS]],
    }


def _signs(sheet: Sheet) -> Plain:
    told = bunching.bunching(sheet.facts, sheet.usual, sheet.period)
    return {
        "signs": [plain_of(each) for each in asked.signs(sheet)],
        "steps": told.steps,
        "near_due": plain_of(asked.near_due(sheet)),
        "usual": sheet.usual,
    }


def _sources(sheet: Sheet) -> Plain:
    return {
        "figures": [
            plain_of(each)
            for each in (
                asked.found_first(sheet),
                asked.per_head(sheet),
                asked.new_hands(sheet),
                asked.first_contact(sheet),
            )
        ],
        "fees": asked.fees_of(sheet),
    }


def _trend(company: UUID, days: Days, zone: ZoneInfo, at: Instant) -> Plain:
    """The last months up to the end of the period, as they are known now."""
    last = min(days.last, datetime_of(at).astimezone(zone).date())
    return {"months": [_month(company, each, zone, at) for each in months_to(last)], "at": int(at)}


def months_to(last: date) -> list[Days]:
    """The months up to the one of a day, the first first."""
    found: list[Days] = []
    day = last
    for _ in range(MONTHS):
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        found.append(Days(first, following - timedelta(days=1)))
        day = first - timedelta(days=1)
    return found[::-1]


def _month(company: UUID, month: Days, zone: ZoneInfo, at: Instant) -> Plain:
    sheet = figures.sheet_as_known(company, month.period(zone), at=at)
    begun = counted(sheet.facts, sheet.period).begun
    opened = count_of(
        number_of(begun),
        name="opened",
        title="",
        period=sheet.period,
        still_open=number_of(begun, lambda sort: sort.is_open),
        behind=tuple,
    )
    return {
        "first": month.first.isoformat(),
        "last": month.last.isoformat(),
        "is_over": sheet.period.end <= at,
        "opened": plain_of(opened),
        "usual": plain_of(_decided(sheet.attainment(ClockName.RESOLUTION, sheet.usual))),
        "lived": plain_of(_decided(sheet.attainment(ClockName.RESOLUTION, sheet.lived))),
        "response": plain_of(sheet.time(ClockName.RESPONSE, sheet.lived)),
        "resolution": plain_of(sheet.time(ClockName.RESOLUTION, sheet.lived)),
    }


def _decided(figure: Figure) -> Figure:
    """Without what waits with no due instant: read later, that belongs to no month."""
    still_open = figure.still_open - figure.undecided
    return replace(figure, undecided=0, extremes=None, still_open=still_open)


def _compared(sheet: Sheet) -> list[Plain]:
    """What two periods are compared by."""
    return [
        plain_of(each)
        for each in (
            asked.per_head(sheet),
            sheet.time(ClockName.RESPONSE, sheet.lived),
            sheet.time(ClockName.RESOLUTION, sheet.lived),
            sheet.attainment(ClockName.RESPONSE, sheet.lived),
            sheet.attainment(ClockName.RESOLUTION, sheet.lived),
            asked.first_contact(sheet),
            asked.found_first(sheet),
            asked.new_hands(sheet),
            bounces.bounced(sheet.facts, sheet.period),
            *(reopens.reopened(sheet.facts, kind, sheet.period) for kind in reopens.KINDS),
        )
    ]


def _comparison(before: Sheet, after: Sheet) -> Plain:
    return {"before": _compared(before), "after": _compared(after)}


def _summary(sheet: Sheet) -> Plain:
    """What a firm of five wants to know."""
    begun = counted(sheet.facts, sheet.period).begun
    return {
        "opened": number_of(begun),
        "still_open": number_of(begun, lambda sort: sort.is_open),
        "figures": [
            plain_of(each)
            for each in (
                sheet.time(ClockName.RESPONSE, sheet.lived),
                sheet.time(ClockName.RESOLUTION, sheet.lived),
                asked.first_contact(sheet),
                sheet.attainment(ClockName.RESPONSE, sheet.lived),
                sheet.attainment(ClockName.RESOLUTION, sheet.lived),
                backlog.backlog(sheet.facts, sheet.period),
            )
        ],
    }


_OF_A_PERIOD: dict[str, Callable[[Sheet], Plain]] = {
    OFFENDERS: _offenders,
    ARRIVALS: _arrivals,
    HANDS: _hands,
    SIGNS: _signs,
    SOURCES: _sources,
    SUMMARY: _summary,
}
PARTS = (RECURRING, OFFENDERS, ARRIVALS, HANDS, TREND, SIGNS, SOURCES)
"""Those that stand among others on a page; the rest are pages of their own."""
