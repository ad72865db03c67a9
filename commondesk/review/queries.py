"""What the review page shows: a period and its figures, arranged for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.metrics import (
    backlog,
    bounces,
    escalations,
    flow,
    ownerless,
    reopens,
    speed,
    to_come,
)
from commondesk.core.metrics.backlog import AgeClass
from commondesk.core.metrics.counting import counted
from commondesk.core.metrics.figure import Figure, Period
from commondesk.core.metrics.flow import Flow
from commondesk.core.metrics.mirage import Mirage
from commondesk.core.metrics.survival import Point
from commondesk.core.record.events import ClockName, Priority
from commondesk.core.record.instant import Instant, datetime_of, instant_of
from commondesk.core.texts import gettext, gettext_noop, ngettext, number
from commondesk.review import figures
from commondesk.review.figures import Sheet, ShownFigure, shown
from commondesk.review.parts import PART_WORDS, part_title

DAYS = 30
LONGEST_BY_DAY = 62
CLOCKS = {
    ClockName.RESOLUTION: gettext_noop("Resolution"),
    ClockName.RESPONSE: gettext_noop("First response"),
    ClockName.NEXT_REPLY: gettext_noop("Next reply"),
    ClockName.RESTORE: gettext_noop("Service restored"),
}


@dataclass(frozen=True, slots=True)
class Days:
    """A period as people give it: both days included."""

    first: date
    last: date

    def period(self, zone: ZoneInfo) -> Period:
        return Period(_midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone))

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> list[Instant]:
        """Where its days begin, or its weeks where it is long, and its end."""
        step = 1 if self.count <= LONGEST_BY_DAY else 7
        days = [self.first + timedelta(days=each) for each in range(0, self.count, step)]
        return [_midnight(day, zone) for day in (*days, self.last + timedelta(days=1))]


@dataclass(frozen=True, slots=True)
class Preset:
    """A period that is one tap away."""

    title: str
    days: Days


@dataclass(frozen=True, slots=True)
class Promise:
    """How a clock's promise came out, under every lens, and by priority under the contract."""

    clock: str
    title: str
    rows: tuple[ShownFigure, ...]
    by_priority: tuple[tuple[str, ShownFigure, ShownFigure], ...]


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of the mirage: its key in an address, its words, points of 100, its tickets."""

    key: str
    title: str
    within: str
    points: float
    tickets: int

    @property
    def change(self) -> str:
        """`−3.2`: what it adds on the way from the usual count to what people lived."""
        return "0" if abs(self.points) < 0.05 else figures.signed(-self.points)


@dataclass(frozen=True, slots=True)
class Bridge:
    """The mirage of a clock, from the usual count down to what people lived; points of 100."""

    clock: str
    title: str
    usual: ShownFigure
    lived: ShownFigure
    usual_points: float
    lived_points: float
    parts: tuple[PartRow, ...]

    @property
    def gap(self) -> float:
        return self.usual_points - self.lived_points


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The figures of a period, as one screen shows them."""

    days: Days
    usual: str
    at: Instant
    period: Period
    speed: tuple[ShownFigure, ...]
    quality: tuple[ShownFigure, ...]
    ownerless_wall: int
    contract: tuple[ShownFigure, ...]
    promises: tuple[Promise, ...]
    bridges: tuple[Bridge, ...]
    usual_name: str
    by_contract: str
    as_lived: str
    largest: str
    backlog: ShownFigure
    ages: tuple[AgeClass, ...]
    flow: Flow
    curves: tuple[tuple[Point, ...], tuple[Point, ...]]
    waiting: tuple[int, ...]
    resolution: ShownFigure
    coming: tuple[ShownFigure, ...]
    caveats: tuple[str, ...]
    is_empty: bool


def days_of(given_first: str, given_last: str, zone: ZoneInfo, at: Instant) -> Days:
    """The days in an address; what is missing or makes no sense is the last thirty days."""
    today = datetime_of(at).astimezone(zone).date()
    last = _date(given_last) or today
    first = _date(given_first) or last - timedelta(days=DAYS - 1)
    return Days(first, last) if first <= last else Days(last, first)


def presets(zone: ZoneInfo, at: Instant) -> tuple[Preset, ...]:
    """The last 7, 30 and 90 days, this month and the one before."""
    today = datetime_of(at).astimezone(zone).date()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return (
        *(
            Preset(
                gettext("%(days)s days") % {"days": count},
                Days(today - timedelta(days=count - 1), today),
            )
            for count in (7, 30, 90)
        ),
        Preset(gettext("This month"), Days(month, today)),
        Preset(gettext("Last month"), Days(before.replace(day=1), before)),
    )


def review_page(company: UUID, days: Days, zone: ZoneInfo, at: Instant) -> ReviewPage:
    """The page of a period."""
    sheet = figures.sheet_of(company, days.period(zone), at=at)
    facts, period = sheet.facts, sheet.period
    usual = sheet.usual
    resolution = sheet.time(ClockName.RESOLUTION, sheet.lived)
    times = (
        sheet.time(ClockName.RESPONSE, sheet.lived),
        speed.first_automatic(facts, period),
        sheet.time(ClockName.NEXT_REPLY, sheet.lived),
        resolution,
    )
    alone = ownerless.ownerless(facts, period)
    promises = tuple(
        each
        for each in (_promise(sheet, clock, gettext(title)) for clock, title in CLOCKS.items())
        if any(row.count or row.undecided for row in each.rows)
    )
    agreed = {clock: sheet.attainment(clock, usual) for clock in figures.JUDGED}
    bridges = tuple(_bridges(sheet))
    lived = sheet.attainment(ClockName.RESOLUTION, sheet.lived)
    main = next((each for each in bridges if each.clock == "resolution"), None)
    waiting = [to_come.undecided(facts, usual, period)]
    if at <= period.end:
        waiting.insert(0, to_come.misses_to_come(facts, usual, period))
    return ReviewPage(
        days=days,
        usual=sheet.usual,
        at=sheet.at,
        period=period,
        speed=tuple(map(shown, times)),
        quality=tuple(map(shown, _quality(sheet, alone.figure))),
        ownerless_wall=alone.wall,
        contract=tuple(
            shown(each)
            for clock, each in agreed.items()
            if each.count or each.undecided or clock in (ClockName.RESPONSE, ClockName.RESOLUTION)
        ),
        promises=promises,
        bridges=bridges,
        usual_name=gettext("by contract") if usual == "contract" else gettext("by the usual count"),
        by_contract=_of_hundred(agreed[ClockName.RESOLUTION].value),
        as_lived=_of_hundred(lived.value),
        largest=_largest(main),
        backlog=shown(backlog.backlog(facts, period)),
        ages=backlog.by_age(facts, period),
        flow=flow.flow(facts, period, days.bounds(zone)),
        curves=(
            speed.curve(facts, ClockName.RESOLUTION, usual, period),
            speed.curve(facts, ClockName.RESOLUTION, sheet.lived, period),
        ),
        waiting=tuple(sorted(counted(facts, period).spans(ClockName.RESOLUTION, sheet.lived)[1])),
        resolution=shown(resolution),
        coming=tuple(map(shown, waiting)),
        caveats=sheet.caveats,
        is_empty=not counted(facts, period).begun
        and not any(each.count or each.still_open for each in promises_figures(promises)),
    )


def promises_figures(promises: Sequence[Promise]) -> list[ShownFigure]:
    """Every figure of these promises."""
    return [row for each in promises for row in each.rows]


def _quality(sheet: Sheet, alone: Figure) -> list[Figure]:
    """How well the work was done; alone is the time in which nobody had tickets."""
    facts, period = sheet.facts, sheet.period
    return [
        *(reopens.reopened(facts, kind, period) for kind in reopens.KINDS),
        reopens.thanks(facts, period),
        reopens.disguised(facts, period, with_likely=False),
        reopens.disguised(facts, period, with_likely=True),
        alone,
        bounces.bounced(facts, period),
        *(escalations.escalated(facts, how, period) for how in figures.ESCALATIONS),
        *(speed.bucket(facts, name, period) for name in figures.BUCKETS),
    ]


def _promise(sheet: Sheet, clock: ClockName, title: str) -> Promise:
    rows = tuple(shown(sheet.attainment(clock, lens)) for lens in sheet.facts.scheme.named)
    by_priority = tuple(
        (priority.value, shown(agreed), shown(lived))
        for priority in Priority
        for agreed in [sheet.attainment(clock, sheet.usual, priority.value)]
        for lived in [sheet.attainment(clock, sheet.lived, priority.value)]
        if agreed.count or lived.count or agreed.undecided or lived.undecided
    )
    return Promise(clock.value, title, rows, by_priority)


def _bridges(sheet: Sheet) -> list[Bridge]:
    found = []
    for clock, title in CLOCKS.items():
        told = sheet.mirage(clock)
        if told.gap is not None and told.usual.value is not None and told.lived.value is not None:
            found.append(
                Bridge(
                    clock=clock.value,
                    title=gettext(title),
                    usual=shown(told.usual),
                    lived=shown(told.lived),
                    usual_points=100 * told.usual.value,
                    lived_points=100 * told.lived.value,
                    parts=_parts(told),
                )
            )
    return found


def _parts(told: Mirage) -> tuple[PartRow, ...]:
    return tuple(
        PartRow(
            key=f"part.{told.clock.value}.{each.setting}",
            title=part_title(each.setting),
            within=gettext(PART_WORDS[each.setting][1]),
            points=100 * each.points,
            tickets=each.tickets,
        )
        for each in told.parts
    )


def _largest(bridge: Bridge | None) -> str:
    """`14 of the 27 points come from clocks that restart on reopening (31 tickets)`."""
    if bridge is None or not bridge.parts or round(bridge.gap) < 1:
        return ""
    part = bridge.parts[0]
    if round(part.points) < 1:
        return ""
    gap = round(bridge.gap)
    told = {
        "points": round(part.points),
        "gap": gap,
        "cause": part.within,
        "count": number(part.tickets),
    }
    if gap > 1:
        return (
            ngettext(
                "%(points)s of the %(gap)s points come from %(cause)s (%(count)s ticket).",
                "%(points)s of the %(gap)s points come from %(cause)s (%(count)s tickets).",
                part.tickets,
            )
            % told
        )
    return (
        ngettext(
            "The one point come from %(cause)s (%(count)s ticket).",
            "The one point come from %(cause)s (%(count)s tickets).",
            part.tickets,
        )
        % told
    )


KIND_TITLES = {
    "service": gettext_noop("Services"),
    "item": gettext_noop("Items"),
    "site": gettext_noop("Sites"),
    "requester": gettext_noop("People who asked"),
}


def _of_hundred(value: float | None) -> str:
    """`71` of 100, so that two lenses can stand side by side in one sentence."""
    return "" if value is None else figures.of_hundred(value)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 1990 <= found.year < 2200 else None


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))
