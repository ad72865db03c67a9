"""What the review page shows: a period and its figures, arranged for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core.metrics.figure import Period
from commondesk.core.record.instant import Instant, datetime_of, instant_of
from commondesk.review import figures
from commondesk.review.figures import ShownFigure

DAYS = 30
CLOCKS = {
    "resolution": "Resolution",
    "response": "First response",
    "next_reply": "Next reply",
    "restore": "Service restored",
}
LENS_TITLES = {
    "contract": "contract, your charter",
    "experienced": "experienced, as people lived it",
    "first-resolve": "first resolve",
    "restart-on-reopen": "restart on reopen",
    "cycles": "cycles",
    "subtract-resolved": "subtract resolved",
}
LENS_WORDS = {
    "contract": "What the charter says counts.",
    "experienced": "A person’s answer, a solution that held, no pause without a question.",
    "first-resolve": "Stops at the first resolve, whatever came after.",
    "restart-on-reopen": "Starts anew whenever a ticket comes back.",
    "cycles": "Counts each return as a clock of its own.",
    "subtract-resolved": "Takes out the time it was resolved.",
}


@dataclass(frozen=True, slots=True)
class Days:
    """A period as people give it: both days included."""

    first: date
    last: date

    def period(self, zone: ZoneInfo) -> Period:
        return Period(_midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone))


@dataclass(frozen=True, slots=True)
class Promise:
    """How a clock's promise came out, under every lens."""

    clock: str
    title: str
    rows: tuple[ShownFigure, ...]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The figures of a period, as one screen shows them."""

    days: Days
    speed: tuple[ShownFigure, ...]
    contract: tuple[ShownFigure, ...]
    promises: tuple[Promise, ...]
    by_contract: str
    as_lived: str
    caveats: tuple[str, ...]
    is_empty: bool


def days_of(given_first: str, given_last: str, zone: ZoneInfo, at: Instant) -> Days:
    """The days in an address; what is missing or makes no sense is the last thirty days."""
    today = datetime_of(at).astimezone(zone).date()
    last = _date(given_last) or today
    first = _date(given_first) or last - timedelta(days=DAYS - 1)
    return Days(first, last) if first <= last else Days(last, first)


def review_page(company: UUID, days: Days, zone: ZoneInfo, at: Instant) -> ReviewPage:
    found = figures.figures_of(company, days.period(zone), at=at)
    every = (Promise(clock, title, _of(found, clock)) for clock, title in CLOCKS.items())
    promises = tuple(each for each in every if any(row.count or row.undecided for row in each.rows))
    speed = tuple(each for each in found if each.name.startswith("time."))
    lived = _named(found, "attainment.resolution.experienced")
    agreed = _named(found, "attainment.resolution.contract")
    return ReviewPage(
        days=days,
        speed=speed,
        contract=tuple(
            each
            for each in found
            if each.lens == figures.CONTRACT
            and each.name.startswith("attainment.")
            and (each.count or each.undecided or each.name.endswith(("response", "resolution")))
        ),
        promises=promises,
        by_contract=_of_hundred(agreed),
        as_lived=_of_hundred(lived),
        caveats=agreed.caveats if agreed else lived.caveats if lived else (),
        is_empty=not any(each.count or each.still_open for each in found),
    )


def _of(found: Sequence[ShownFigure], clock: str) -> tuple[ShownFigure, ...]:
    return tuple(each for each in found if each.name == f"attainment.{clock}")


def _named(found: Sequence[ShownFigure], key: str) -> ShownFigure | None:
    return next((each for each in found if each.key == key), None)


def _of_hundred(figure: ShownFigure | None) -> str:
    """`71 of 100`, so that two lenses can stand side by side in one sentence."""
    if figure is None or figure.figure.value is None:
        return ""
    return f"{round(100 * figure.figure.value)} of 100"


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 1990 <= found.year < 2200 else None


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))
