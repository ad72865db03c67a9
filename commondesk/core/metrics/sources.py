"""Sources: figures that others ask of a desk, each with the definition that it needs."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from ..record.events import Channel, Kind
from ..record.instant import DAY, Instant, Span
from ..texts import gettext, gettext_noop
from .counting import AFTER_THE_FACT
from .facts import TicketFacts
from .figure import Backing, Figure, Interval, Period, Unit, share_of
from .signs import NEW

MONTH: Span = 30 * DAY
FOUND_BY_MACHINE = (Kind.ALERT.value,)
TROUBLE = (Kind.ALERT.value, Kind.INCIDENT.value)
FIRST_CONTACT_LINE = 0.7
"""The share that service desks are often held to. What it counts differs from desk to desk."""
LINE_WORDS = gettext_noop(
    "70 % is a number often quoted, seldom defined: a line to look at, no target of ours"
)
MERGED_WORDS = gettext_noop("what was merged counts as the ticket it went into")
YOUNG_WORDS = gettext_noop("the account itself is younger than 90 days: everybody is new")

_Behind = Callable[[], tuple[Backing, ...]]


def is_trouble(ticket: TicketFacts) -> bool:
    """Whether it is an incident or an alert, opened while it lasted."""
    return ticket.kind in TROUBLE and ticket.opening != AFTER_THE_FACT


def is_found_by_machine(kind: str, channel: str) -> bool:
    """Whether monitoring told of it, and no user had before."""
    return kind in FOUND_BY_MACHINE or channel == Channel.MONITORING.value


def found_first(
    found: int, cohort: int, *, period: Period, still_open: int, behind: _Behind
) -> Figure:
    """The share of the incidents and alerts opened in the period that monitoring told of first."""
    return share_of(
        found,
        cohort,
        name="found_first",
        title=gettext("Found by monitoring before a user"),
        period=period,
        still_open=still_open,
        behind=behind,
        caveats=(gettext(MERGED_WORDS),) if found else (),
    )


def per_head(
    tickets: int, heads: int, at: Instant, *, period: Period, caveats: tuple[str, ...] = ()
) -> Figure:
    """How many tickets were opened for each person and 30 days of the period that are over.

    heads: who could ask at the end. No data where nobody could, or less than a day is over. The
    interval is that of a count that comes by chance (Poisson, after Byar).
    """
    span = min(at, period.end) - period.start
    has_data = heads > 0 and span >= DAY
    each = MONTH / span / heads if has_data else 0.0
    low, high = by_chance(tickets)
    return Figure(
        name="per_head",
        title=gettext("Tickets for each person a month"),
        unit=Unit.COUNT,
        value=tickets * each if has_data else None,
        count=tickets,
        still_open=0,
        lens="",
        period=period,
        interval=Interval(low * each, high * each) if has_data else None,
        caveats=caveats,
        units=0,
    )


def by_chance(count: int) -> tuple[float, float]:
    """Between which means a count that comes by chance lies with 95 % confidence."""
    z = 1.959963984540054

    def cubed(one: int, sign: int) -> float:
        return one * (1 - 1 / (9 * one) + sign * z / (3 * sqrt(one))) ** 3

    return (max(0.0, cubed(count, -1)) if count else 0.0), cubed(count + 1, 1)


def new_hands(
    found: int,
    cohort: int,
    began_at: Instant | None,
    *,
    period: Period,
    still_open: int,
    behind: _Behind,
) -> Figure:
    """The share of the tickets opened in the period, and owned by somebody, that somebody owned who
    had been on the account for less than 90 days. began_at: when the account began."""
    is_young = began_at is not None and period.start - began_at < NEW
    return share_of(
        found,
        cohort,
        name="sign.new_hands",
        title=gettext("Worked by people under 90 days on the account"),
        period=period,
        still_open=still_open,
        behind=behind,
        caveats=(gettext(YOUNG_WORDS),) if is_young and found else (),
    )


def first_contact(
    found: int, cohort: int, *, period: Period, still_open: int, behind: _Behind
) -> Figure:
    """The share of the tickets first solved in the period that were settled in the first human
    contact, by the first tier, and held."""
    return share_of(
        found,
        cohort,
        name="sign.first_contact",
        title=gettext("Settled in the first contact"),
        period=period,
        still_open=still_open,
        behind=behind,
        caveats=(gettext(LINE_WORDS),) if cohort else (),
    )
